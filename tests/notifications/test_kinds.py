"""What every kind of event must say about itself."""

import pytest
from django.utils import translation

from notifications import kinds

TO_PEOPLE = [  # an address that was typed or invited has nothing to choose
    kind for kind in kinds.all_kinds() if not all(audience.is_for_addresses for audience in kind.audiences.values())
]


@pytest.mark.parametrize("kind", TO_PEOPLE, ids=lambda kind: kind.topic)
def test_every_kind_has_a_plain_label_by_which_people_choose(kind):
    assert str(kind.label).strip()
    assert not str(kind.label).endswith(".")


def test_no_two_kinds_of_mail_share_a_label():
    with translation.override("en"):
        labels = [str(kind.label) for kind in TO_PEOPLE]
    assert sorted(labels) == sorted(set(labels))

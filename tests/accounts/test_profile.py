import pytest
from django.test import Client

from accounts.models import User
from accounts.zones import zone_names, zones_by_area

pytestmark = pytest.mark.django_db

PROFILE = "/account/profile/"
GOOD = {"name": "Camille R.", "language": "fr", "time_zone": "America/Argentina/Buenos_Aires"}


def kept(user: User) -> dict[str, str]:
    return User.objects.values(*GOOD).get(pk=user.pk)


def test_name_language_and_zone_are_kept_and_hold_on_the_next_page(signed_in: Client, user):
    assert signed_in.post(PROFILE, GOOD).url == PROFILE
    assert kept(user) == GOOD
    page = signed_in.get(PROFILE).content.decode()
    assert '<html lang="fr">' in page
    assert "Camille R." in page
    assert user.email in page


def test_as_my_browser_follows_the_browser(signed_in, user):
    signed_in.post(PROFILE, GOOD | {"language": "browser"})
    assert kept(user)["language"] == ""
    assert '<html lang="fr">' in signed_in.get(PROFILE, headers={"accept-language": "fr"}).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"time_zone": "../../etc/passwd"}, "Choose a time zone from the list."),
        ({"time_zone": ""}, "Choose one."),
        ({"time_zone": "Europe/Paris\x00"}, "Choose a time zone from the list."),
        ({"language": "xx"}, "Choose from what is offered."),
        ({"language": ""}, "Choose one."),
        ({"name": ""}, "Fill this in."),
        ({"name": "x" * 101}, "at most 100"),
        ({"name": "a\u202eb"}, "invisible characters"),
        ({"name": "a\x00b"}, "control characters"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(signed_in, user, changes, sentence):
    before = kept(user)
    response = signed_in.post(PROFILE, GOOD | changes)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "Camille Roy" in response.content.decode()  # around the page stands who they are, not what was typed
    assert kept(user) == before


def test_nothing_else_can_be_written(signed_in, user):
    signed_in.post(PROFILE, GOOD | {"email": "evil@people.example", "is_staff": "on", "is_superuser": "on"})
    user.refresh_from_db()
    assert (user.email, user.is_staff, user.is_superuser) == ("camille@people.example", False, False)


def test_every_zone_that_may_be_picked_is_offered_once():
    offered = [name for _label, names in zones_by_area()[1:] for name, _city in names]
    assert sorted(["UTC", *offered]) == sorted(zone_names())

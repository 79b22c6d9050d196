from collections import Counter
from contextlib import suppress

import pytest
from django.urls import reverse

from collaborators import actions, codes
from collaborators.errors import CannotAsk
from collaborators.models import AccessRequest, RequestCode, RequestPolicy
from notifications.models import Event
from stores.models import Activity
from tests.factories import CODE, MembershipFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_a_code_is_four_digits_from_all_of_them():
    drawn = Counter(codes.new_digits(avoid=()) for _ in range(2000))
    assert all(len(digits) == 4 and digits.isdigit() for digits in drawn)
    assert len({digits[0] for digits in drawn}) == 10  # leading zeros too


def test_a_code_to_avoid_is_never_drawn():
    all_but_one = {f"{number:04d}" for number in range(10_000)} - {"0042"}
    assert codes.new_digits(avoid=all_but_one) == "0042"


def test_a_new_code_ends_the_old_one_at_once(monkeypatch):
    store = StoreFactory.create()
    avoided = []
    monkeypatch.setattr(codes, "new_digits", lambda *, avoid: avoided.append(avoid) or f"000{len(avoided)}")
    for _ in range(6):
        actions.make_code(store, by=store.owner)
    assert RequestCode.objects.get(store=store, ended_at=None).digits == "0006"
    assert avoided[-1] == ["0005", "0004", "0003", "0002", "0001"]  # the last five
    assert store.request_codes.exclude(ended_at=None).count() == 6


def test_making_a_code_is_recorded_and_told_without_its_digits():
    store = StoreFactory.create()
    code = actions.make_code(store, by=store.owner)
    entry = Activity.objects.get()
    event = Event.objects.get()
    assert (entry.kind, event.topic) == ("code.made", "code.made")
    assert code.digits not in f"{entry.before}{entry.after}{event.payload}{code}"


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [("code", True, False), ("anyone", True, True), ("nobody", False, False)],
)
def test_the_policy_says_who_may_ask(rule, right, wrong):
    store = StoreFactory.create()
    actions.change_policy(store, rule=rule, by=store.owner)

    def is_let_in(code: str) -> bool:
        asker = MembershipFactory.create(owner=True)
        terms = {"permissions": ["products.view"], "ends_on": None, "message": "", "by": asker.user}
        with suppress(CannotAsk):
            actions.request_access(asker.partner, store_url=store.handle, code=code, **terms)
        return AccessRequest.objects.filter(partner=asker.partner).exists()

    assert is_let_in(CODE) is right
    assert is_let_in("0000") is wrong
    assert is_let_in("") is wrong


def test_a_changed_policy_is_recorded_once():
    store = StoreFactory.create()
    for _ in range(2):
        actions.change_policy(store, rule=RequestPolicy.Rule.NOBODY, by=store.owner)
    entry = Activity.objects.get()
    assert (entry.kind, entry.before, entry.after) == ("policy.changed", {"rule": "code"}, {"rule": "nobody"})


def test_the_code_is_shown_to_those_who_manage_users_only(client):
    store = StoreFactory.create()
    pages = [
        reverse("store-home", args=[store.handle]),
        reverse("collaborators:list", args=[store.handle]),
        reverse("collaborators:security", args=[store.handle]),
        reverse("stores:activity-list", args=[store.handle]),
    ]

    def shown_to(user) -> int:
        client.force_login(user)
        assert not sum(CODE in client.get(page).content.decode() for page in pages)  # nobody asked for it yet
        client.post(reverse("collaborators:code-display", args=[store.handle]))
        return sum(CODE in client.get(page).content.decode() for page in pages)

    viewer = StaffFactory.create(store=store)
    viewer.role = viewer.role._meta.model.objects.create(
        store=store, name="Viewer", for_staff=True, permissions=["users.view", "activity.view"]
    )
    viewer.save(update_fields=["role"])
    assert shown_to(store.owner) == 2
    assert shown_to(StaffFactory.create(store=store, key="store_manager").user) == 2
    assert shown_to(viewer.user) == 0


def test_an_unknown_policy_is_refused(client):
    store = StoreFactory.create()
    client.force_login(store.owner)
    response = client.post(reverse("collaborators:security", args=[store.handle]), {"rule": "everybody"})
    assert response.status_code == 422
    assert RequestPolicy.objects.get(store=store).rule == "code"

"""Too many wrong codes close a door, people are told, and one button opens it again. Looking at the code is an act."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from accounts.errors import NotAllowed
from collaborators import actions
from collaborators.errors import CannotAsk, CodePathIsOpen, OwnPartner, ReopeningIsForTheOwner
from collaborators.models import AccessRequest, CodeGuess, CodePathOpening, Collaboration, PartnerBlock, RequestCode
from collaborators.tasks import close_code_paths, tidy_codes
from notifications.models import Event
from stores.models import Activity
from tests.factories import (
    CODE,
    AccessRequestFactory,
    CollaborationFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def guess(store, code="0000", membership=None):
    us = membership or MembershipFactory.create(owner=True)
    terms = {"permissions": ["products.view"], "ends_on": None, "message": "", "by": us.user}
    return actions.request_access(us.partner, store_url=store.handle, code=code, **terms)


def close(store):
    for _ in range(4):
        with pytest.raises(CannotAsk):
            guess(store)


@pytest.fixture
def store():
    return StoreFactory.create(handle="shop")


@pytest.fixture
def manager(store):
    return StaffFactory.create(store=store, key="store_manager").user


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def page(name, store, *args):
    return reverse(f"collaborators:{name}", args=[store.handle, *args])


# --- Closing ----------------------------------------------------------------------------------------------------------


def test_the_fourth_wrong_code_closes_the_path_and_tells(store):
    close(store)
    assert CodePathOpening.objects.get(store=store).closed_at
    entry = Activity.objects.get(kind="code.closed")
    assert (entry.store, entry.actor) == (store, None)
    assert Event.objects.get(topic="code.closed").payload == {"store": store.pk}


def test_closing_touches_nothing_that_is_there(store):
    pending, active = AccessRequestFactory.create(store=store), CollaborationFactory.create(store=store)
    close(store)
    assert list(AccessRequest.objects.values_list("pk", "status")) == [(pending.pk, "pending")]
    assert list(Collaboration.objects.active()) == [active]
    actions.approve_request(pending, permissions=["products.view"], ends_on=None, by=store.owner)


def test_what_a_dead_process_left_open_is_closed_within_a_minute(store, monkeypatch):
    monkeypatch.setattr("collaborators.actions.requests.refuse_guess", lambda attempt, now: None)  # it dies before
    with time_machine.travel(NOON, tick=False):
        close(store)
    with time_machine.travel(NOON + timedelta(seconds=14), tick=False):
        close_code_paths()  # the last one may still be comparing
        assert not Event.objects.filter(topic="code.closed").exists()
    with time_machine.travel(NOON + timedelta(seconds=25), tick=False):  # the next sweep at the latest
        close_code_paths()
        close_code_paths()
    assert Event.objects.filter(topic="code.closed").count() == 1
    assert settings.CELERY_BEAT_SCHEDULE["close-code-paths"]["schedule"] <= timedelta(seconds=10)


def test_a_right_code_under_way_keeps_the_path_open(store):
    """Three were wrong, and the fourth is about to be compared: if it is right, one guess is left."""
    for _ in range(2):
        with pytest.raises(CannotAsk):
            guess(store)
    us, terms = under_way(store)
    with pytest.raises(CannotAsk):
        guess(store)
    with pytest.raises(CannotAsk):
        guess(store, "0007")  # a fifth: not compared, and closes nothing
    assert CodePathOpening.objects.get(store=store).is_open
    actions.requests.send_request(us, ends_on=None, message="", **terms)
    assert CodePathOpening.objects.get(store=store).is_open
    with pytest.raises(CannotAsk):
        guess(store)
    assert CodePathOpening.objects.get(store=store).closed_at


def test_one_that_died_under_way_keeps_nothing_open_for_a_minute(store):
    with time_machine.travel(NOON, tick=False):
        for _ in range(2):
            with pytest.raises(CannotAsk):
                guess(store)
        under_way(store)
        with pytest.raises(CannotAsk):
            guess(store)
        close_code_paths()
        assert CodePathOpening.objects.get(store=store).is_open
    with time_machine.travel(NOON + timedelta(seconds=25), tick=False):
        close_code_paths()
    assert Event.objects.filter(topic="code.closed").count() == 1


def under_way(store):
    """A guess with the right code that was reserved and not yet compared."""
    us = MembershipFactory.create(owner=True)
    terms = {"store_url": store.handle, "code": CODE, "permissions": ["products.view"], "by": us.user}
    return actions.requests.attempt_at(us.partner, network="", **terms), terms


def test_a_refusal_reads_the_same_while_somebody_else_holds_the_store(store, monkeypatch):
    """Else the answer of a store that is there would be another than that of one that is not."""

    def held(store):
        raise OperationalError("canceling statement due to lock timeout")

    us = MembershipFactory.create(owner=True)
    with monkeypatch.context() as busy:
        busy.setattr("collaborators.guesses.lock_store", held)
        client = signed_in(us.user)
        body = {"code": "0007", "permissions": ["products.view"], "ends_on": None}
        path = reverse("api:partner-requests", args=[us.partner.slug])
        answers = [client.post(path, body | {"store_url": name}, "application/json") for name in ("nowhere", "shop")]
        assert answers[0].status_code == answers[1].status_code == 422
        assert answers[0].content == answers[1].content
        for _ in range(3):
            with pytest.raises(CannotAsk):
                guess(store)
    assert CodePathOpening.objects.get(store=store).is_open
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=25)):
        close_code_paths()
    assert CodePathOpening.objects.get(store=store).closed_at


def test_one_broken_store_keeps_no_other_from_closing(store, monkeypatch):
    other = StoreFactory.create()
    with time_machine.travel(NOON, tick=False):
        for each in (store, other):
            opening = CodePathOpening.objects.create(store=each)
            for number in range(4):
                CodeGuess.objects.create(
                    partner=PartnerFactory.create(),
                    store=each,
                    fingerprint=f"{each.pk}-{number}",
                    opening=opening,
                    compared_at=NOON,
                )
    whole = actions.openings.guesses.is_spent
    monkeypatch.setattr(
        "collaborators.guesses.is_spent", lambda opening: 1 / 0 if opening.store_id == store.pk else whole(opening)
    )
    assert actions.close_all_spent(now=NOON + timedelta(minutes=1)) == 1
    assert CodePathOpening.objects.get(store=other).closed_at


# --- Opening again ----------------------------------------------------------------------------------------------------


def test_one_button_makes_a_new_code_and_opens_the_path(store, manager):
    close(store)
    client = signed_in(manager)
    response = client.post(page("code-opening", store), follow=True)
    code = RequestCode.objects.get(store=store, ended_at=None)
    assert code.digits != CODE
    assert code.digits in response.content.decode()
    assert guess(store, code.digits)
    assert set(Activity.objects.filter(actor=manager).values_list("kind", flat=True)) == {"code.reopened", "code.shown"}
    assert Event.objects.filter(topic="code.made").count() == 1


def test_a_new_code_alone_opens_nothing_and_the_card_says_so(store, manager):
    close(store)
    client = signed_in(manager)
    text = client.post(page("code", store), follow=True).content.decode()
    assert "nobody can ask with a code, not even with this one" in text
    assert "New code and reopen" in text
    with pytest.raises(CannotAsk):
        guess(store, RequestCode.objects.get(store=store, ended_at=None).digits)


def test_the_second_time_within_a_year_is_for_the_owner(store, manager):
    with time_machine.travel(NOON, tick=False):
        close(store)
        actions.reopen_code_path(store, by=manager)
    with time_machine.travel(NOON + timedelta(days=364), tick=False):
        close(store)
        codes = RequestCode.objects.count()
        with pytest.raises(ReopeningIsForTheOwner):
            actions.reopen_code_path(store, by=manager)
        response = signed_in(manager).post(page("code-opening", store))
        assert response.status_code == 403
        assert "Only the owner of the store may do it again" in response.content.decode()
        assert RequestCode.objects.count() == codes
        text = signed_in(manager).get(page("code-opening", store)).content.decode()
        assert "<form" not in text.split("<main", 1)[1] or "only the owner may do it again" in text
        owner = signed_in(store.owner)
        assert "at most 8 in 10,000" in owner.get(page("code-opening", store)).content.decode()
        assert owner.post(page("code-opening", store)).status_code == 302
        assert CodePathOpening.objects.filter(store=store, closed_at=None).count() == 1


def test_after_a_year_those_who_manage_users_may_again(store, manager):
    with time_machine.travel(NOON, tick=False):
        close(store)
        actions.reopen_code_path(store, by=manager)
        close(store)
    with time_machine.travel(NOON + timedelta(days=365), tick=False):
        assert actions.reopen_code_path(store, by=manager)


def test_what_is_open_is_not_reopened(store, manager):
    with pytest.raises(CodePathIsOpen):
        actions.reopen_code_path(store, by=manager)
    close(store)
    first = actions.reopen_code_path(store, by=manager)
    assert actions.reopen_code_path(store, by=manager) == first  # a second click
    with pytest.raises(CodePathIsOpen) as already:
        actions.reopen_code_path(store, by=store.owner)
    assert manager.name in str(already.value)
    assert RequestCode.objects.filter(store=store).count() == 2


@pytest.mark.parametrize("meanwhile", ["twenty days", "another code"])
def test_where_nothing_was_reopened_no_new_code_is_said(store, manager, meanwhile):
    with time_machine.travel(NOON, tick=False) as clock:
        close(store)
        clock.shift(timedelta(hours=1))
        actions.reopen_code_path(store, by=manager)
        clock.shift(timedelta(days=20) if meanwhile == "twenty days" else timedelta(seconds=30))
        if meanwhile == "another code":
            actions.make_code(store, by=store.owner)
        before = RequestCode.objects.count()
        text = signed_in(manager).post(page("code-opening", store), follow=True).content.decode()
        assert "There is a new code" not in text
        assert "made a new code and reopened on" in text
        answer = signed_in(manager).post("/api/v1/stores/shop/code/opening/")
        assert (answer.status_code, answer.json()["code"]) == (409, "code_path_is_open")
        assert RequestCode.objects.count() == before
        assert not Activity.objects.filter(kind="code.shown").exists()


def test_reopening_asks_for_a_renewed_sign_in(store, manager):
    close(store)
    client = signed_in(manager)
    session = client.session
    session["signed_in_at"] -= 301
    session.save()
    response = client.post(page("code-opening", store))
    assert response.url.startswith("/account/")
    assert CodePathOpening.objects.filter(store=store).count() == 1
    answer = client.post("/api/v1/stores/shop/code/opening/")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again")


def test_nobody_without_the_right_reopens(store):
    close(store)
    clerk = StaffFactory.create(store=store).user
    with pytest.raises(NotAllowed):
        actions.reopen_code_path(store, by=clerk)
    assert CodePathOpening.objects.get(store=store).closed_at


# --- Looking at the code ----------------------------------------------------------------------------------------------


def test_looking_at_the_code_leaves_one_row_per_person_and_renewed_sign_in(store, manager):
    for user, times in ((store.owner, 2), (manager, 1)):
        client = signed_in(user)
        assert CODE not in client.get(page("list", store)).content.decode()
        for _ in range(times):
            assert CODE in client.post(page("code-display", store), follow=True).content.decode()
        assert CODE in client.get(page("security", store)).content.decode()
        assert client.post("/api/v1/stores/shop/code/display/").json()["digits"] == CODE
    shown = Activity.objects.filter(kind="code.shown").order_by("pk")
    assert [row.actor for row in shown] == [store.owner, manager]
    assert not [row for row in shown if row.before or row.after]
    signed_in(manager).post(page("code-display", store))  # signed in anew
    assert Activity.objects.filter(kind="code.shown", actor=manager).count() == 2


def test_a_code_that_somebody_else_made_is_not_shown_to_who_looked_at_the_one_before(store, manager):
    client = signed_in(manager)
    client.post(page("code-display", store))
    code = actions.make_code(store, by=store.owner)
    assert code.digits not in client.get(page("security", store)).content.decode()


def test_the_api_tells_about_the_code_without_its_digits(store):
    answer = signed_in(store.owner).get("/api/v1/stores/shop/code/")
    assert answer.json().keys() == {"made_at", "made_by", "closed_at"}


# --- At rest ----------------------------------------------------------------------------------------------------------


def test_the_code_is_kept_closed_and_the_key_may_be_replaced(store, settings):
    row = RequestCode.objects.get(store=store)
    assert row.plain == ""
    assert CODE not in row.sealed
    settings.REQUEST_CODE_KEY, settings.REQUEST_CODE_KEY_FALLBACKS = "new", [settings.REQUEST_CODE_KEY]
    assert RequestCode.objects.get(store=store).digits == CODE
    actions.seal_all(anew=True)
    settings.REQUEST_CODE_KEY_FALLBACKS = []
    assert RequestCode.objects.get(store=store).digits == CODE


def test_without_its_key_a_code_is_nobodys_and_a_new_one_is_made(store, settings):
    settings.REQUEST_CODE_KEY = "lost"
    for typed in ("", "none", CODE):
        with pytest.raises(CannotAsk):
            guess(store, typed)
    text = signed_in(store.owner).post(page("code-display", store), follow=True).content.decode()
    assert "This code cannot be read any more" in text
    assert actions.make_code(store, by=store.owner).digits


def test_a_code_that_an_older_version_wrote_is_read_and_then_sealed(store):
    RequestCode.objects.filter(store=store).update(sealed=None, plain="0042")
    assert RequestCode.objects.get(store=store).digits == "0042"
    tidy_codes()
    row = RequestCode.objects.get(store=store)
    assert (row.plain, row.digits) == ("", "0042")
    assert row.sealed


# --- Blocking ---------------------------------------------------------------------------------------------------------


def test_a_blocked_partner_gets_the_one_answer_until_it_is_lifted(store):
    us = MembershipFactory.create(owner=True)
    row = actions.block(store, us.partner, by=store.owner)
    assert actions.block(store, us.partner, by=store.owner) == row
    with pytest.raises(CannotAsk):
        guess(store, CODE, us)
    actions.unblock(row, by=store.owner)
    actions.unblock(row, by=store.owner)
    assert guess(store, CODE, us)
    kinds = Activity.objects.filter(actor=store.owner).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["partner.blocked", "partner.unblocked"]
    assert not Activity.objects.visible_to(us.user).filter(kind__startswith="partner.").exists()
    assert not Event.objects.exclude(topic="access.requested").exists()  # nobody is told


def test_blocking_ends_nothing_and_says_what_is_left_to_do(store):
    access_request = AccessRequestFactory.create(store=store)
    client = signed_in(store.owner)
    text = client.post(page("request-block", store, access_request.public_id), follow=True).content.decode()
    assert "This one still waits: decline it if you like." in text
    access_request.refresh_from_db()
    assert access_request.status == "pending"
    collaboration = CollaborationFactory.create(store=store)
    text = client.post(page("collaboration-block", store, collaboration.public_id), follow=True).content.decode()
    assert "Its access goes on until you revoke it." in text
    assert collaboration.is_active
    listed = client.get(page("security", store)).content.decode()
    assert access_request.partner.name in listed
    block = PartnerBlock.objects.get(partner=access_request.partner)
    assert client.post(page("unblocking", store, block.public_id)).status_code == 302
    assert PartnerBlock.objects.get().partner == collaboration.partner


def test_nobody_blocks_a_partner_they_belong_to_but_the_owner(store, manager):
    us = MembershipFactory.create(user=manager, owner=True)
    access_request = AccessRequestFactory.create(store=store, partner=us.partner)
    with pytest.raises(OwnPartner):
        actions.block(store, us.partner, by=manager)
    answer = signed_in(manager).post("/api/v1/stores/shop/blocked/", {"partner": us.partner.slug}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_partner")
    row = actions.block(store, us.partner, by=store.owner)
    with pytest.raises(OwnPartner):
        actions.unblock(row, by=manager)
    assert PartnerBlock.objects.count() == 1
    assert access_request.is_pending


def test_only_a_partner_that_the_store_knows_is_blocked_by_the_api(store):
    stranger = PartnerFactory.create(slug="stranger")
    client = signed_in(store.owner)
    answers = [
        client.post("/api/v1/stores/shop/blocked/", {"partner": slug}, "application/json")
        for slug in (stranger.slug, "no-such-partner")
    ]
    assert answers[0].content == answers[1].content
    assert [answer.status_code for answer in answers] == [422, 422]
    assert not PartnerBlock.objects.exists()


# --- Limits on asking -------------------------------------------------------------------------------------------------


def test_twenty_requests_of_a_partner_wait_at_once(store):
    us = MembershipFactory.create(owner=True)
    AccessRequestFactory.create_batch(20, partner=us.partner)
    with pytest.raises(actions.requests.TooManyPending):
        guess(store, "0000", us)
    assert not CodeGuess.objects.exists()  # said before any code is read
    actions.withdraw_request(AccessRequest.objects.filter(partner=us.partner)[0], by=us.user)
    assert guess(store, CODE, us)


def test_fifty_requests_wait_for_one_store(store):
    AccessRequestFactory.create_batch(50, store=store)
    with pytest.raises(CannotAsk):
        guess(store, CODE)
    actions.decline_request(AccessRequest.objects.filter(store=store)[0], by=store.owner)
    assert guess(store, CODE)


def test_a_partner_waits_seven_days_after_a_decline(store):
    us = MembershipFactory.create(owner=True)
    with time_machine.travel(NOON, tick=False):
        actions.decline_request(guess(store, CODE, us), by=store.owner)
    with time_machine.travel(NOON + timedelta(days=7) - timedelta(seconds=1), tick=False):
        with pytest.raises(actions.requests.AskedTooSoon) as refused:
            guess(store, "0000", us)
        assert "29 November 2026" in str(refused.value)
        assert not CodeGuess.objects.exists()
        assert guess(StoreFactory.create(), CODE, us)  # elsewhere
    with time_machine.travel(NOON + timedelta(days=7), tick=False):
        assert guess(store, CODE, us)

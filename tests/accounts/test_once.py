"""A request that came twice under one key is done once and answered twice."""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import once as once_module
from accounts.errors import BadIdempotencyKey, KeyInUse, KeyUsedOtherwise, Refused, is_busy
from accounts.models import GivenAnswer, User
from accounts.once import once
from accounts.tasks import forget_answers
from collaborators.models import AccessRequest
from notifications.models import Event
from partners.models import Partner
from tests.config.test_addresses import fingerprint
from tests.factories import CODE, MembershipFactory, PartnerFactory, StoreFactory, UserFactory
from tests.races import together

pytestmark = pytest.mark.django_db

PATH = "/api/v1/partners/agency/requests/"
FORM = "/partner/agency/stores/request/"
ASKED = {"store_url": "shop", "code": CODE, "permissions": ["products.view"], "ends_on": None, "message": "Hello"}
FILLED = {"store_url": "shop", "code": CODE, "permissions": ["products.view"], "how_long": "open", "message": "Hello"}


@pytest.fixture
def partner() -> Partner:
    StoreFactory.create(handle="shop")
    partner = PartnerFactory.create(slug="agency")
    MembershipFactory.create(partner=partner, owner=True)
    return partner


@pytest.fixture
def user(partner) -> User:
    return partner.memberships.get().user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def ask(client: Client, key: str, **change):
    headers = {"idempotency-key": key} if key else {}
    return client.post(PATH, json.dumps({**ASKED, **change}), content_type="application/json", headers=headers)


# --- The API ---------------------------------------------------------------------------------------------------------


def test_a_repeat_gets_the_same_answer_and_asks_no_second_time(user):
    client = signed_in(user)
    first = ask(client, "one")
    before = fingerprint()
    second = ask(client, "one")
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code == 201
    assert fingerprint() == before
    assert AccessRequest.objects.count() == 1


def test_the_same_key_with_something_else_is_refused(user):
    client = signed_in(user)
    ask(client, "one")
    before = fingerprint()
    answer = ask(client, "one", message="Something else")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_used_otherwise")
    assert fingerprint() == before


def test_another_key_or_none_is_another_request(user):
    client = signed_in(user)
    assert ask(client, "one").status_code == 201
    for key in ("two", ""):
        answer = ask(client, key)
        assert (answer.status_code, answer.json()["code"]) == (422, "already_asked")
    assert GivenAnswer.objects.count() == 1


def test_two_people_may_use_the_same_key(user, partner):
    colleague = MembershipFactory.create(partner=partner, stores=True).user
    assert ask(signed_in(user), "one").status_code == 201
    assert ask(signed_in(colleague), "one").json()["code"] == "already_asked"


def test_what_was_refused_leaves_the_key_free(user):
    client = signed_in(user)
    assert ask(client, "one", code="0000").json()["code"] == "cannot_ask"
    assert not GivenAnswer.objects.exists()
    assert ask(client, "one").status_code == 201


@pytest.mark.parametrize("key", ["é", "a" * 101, "a\tb"])
def test_a_key_that_is_none_is_a_400(user, key):
    client = signed_in(user)
    before = fingerprint()
    answer = ask(client, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")
    assert fingerprint() == before


def test_whoever_lost_the_right_gets_no_answer_again(user, partner):
    client = signed_in(user)
    ask(client, "one")
    partner.memberships.update(is_owner=False, permissions=["manage_team"])
    assert ask(client, "one").status_code == 403


def test_after_a_day_the_key_is_forgotten(user):
    client, asked_at = signed_in(user), timezone.now()
    ask(client, "one")
    with time_machine.travel(asked_at + timedelta(hours=23, minutes=59), tick=False):
        forget_answers()
        assert GivenAnswer.objects.count() == 1
    with time_machine.travel(asked_at + timedelta(hours=24, seconds=1), tick=False):
        again = signed_in(user)
        assert ask(again, "one").json()["code"] == "already_asked"  # not swept yet, and forgotten
        forget_answers()
        assert not GivenAnswer.objects.exists()


# --- Two at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_asks_and_both_hear_so(user):
    clients = [signed_in(user), signed_in(user)]
    answers = together([lambda client=client: ask(client, "one") for client in clients])
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert AccessRequest.objects.count() == Event.objects.filter(topic="access.requested").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_key_the_second_of_two_at_once_is_refused(user):
    """The negative control: it is the key that makes them one."""
    clients = [signed_in(user), signed_in(user)]
    answers = together([lambda client=client: ask(client, "") for client in clients])
    assert sorted(answer.status_code for answer in answers) == [201, 422]


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_both_of_two_at_once_act(user, monkeypatch):
    """The negative control for `once` itself, with an act that nothing else guards."""
    acts: list[int] = []

    def act():
        acts.append(1)
        return 200, "done"

    def both():
        return together([lambda: once(act, by=user, key="one", asked="it")] * 2)

    assert both() == [(200, "done"), (200, "done")]
    assert len(acts) == 1
    acts.clear()
    GivenAnswer.objects.all().delete()
    monkeypatch.setattr(once_module, "_take", lambda by, key, waits: None)
    monkeypatch.setattr(once_module, "_claim", lambda by, key, asked: GivenAnswer(user=by, key=key, asked=asked))
    monkeypatch.setattr(GivenAnswer, "save", lambda row, **fields: None)
    both()
    assert len(acts) == 2


@contextmanager
def in_the_midst(user, key: str):
    """In this block a first request under the key is being done; it is over when the block is."""
    inside, over = threading.Event(), threading.Event()

    def act():
        inside.set()
        assert over.wait(20)
        return 201, "first"

    def run():
        try:
            answers.append(once(act, by=user, key=key, asked="it"))
        finally:
            connection.close()

    answers: list = []
    first = threading.Thread(target=run)
    first.start()
    try:
        assert inside.wait(10)
        yield answers
    finally:
        over.set()
        first.join(20)


@pytest.mark.django_db(transaction=True)
def test_a_program_that_comes_second_hears_at_once_that_the_first_is_not_done(user):
    acts: list[str] = []
    with in_the_midst(user, "one") as answers:
        with pytest.raises(KeyInUse):
            once(lambda: (201, acts.append("second")), by=user, key="one", asked="it", waits=False)
        with pytest.raises(KeyInUse):  # whatever was asked: nobody knows yet what the first one asked
            once(lambda: (201, acts.append("second")), by=user, key="one", asked="that", waits=False)
        other = once(lambda: (201, "other"), by=user, key="two", asked="it", waits=False)
        another_person = once(lambda: (201, "hers"), by=UserFactory.create(), key="one", asked="it", waits=False)
        assert (other, another_person) == ((201, "other"), (201, "hers"))
        assert not answers  # the first is in the midst of it all the while
    assert answers == [(201, "first")]
    assert acts == []
    assert once(lambda: (201, "again"), by=user, key="one", asked="it", waits=False) == (201, "first")


@pytest.mark.django_db(transaction=True)
def test_without_the_try_the_second_waits_until_it_is_turned_away(user, monkeypatch):
    """The negative control: asking for the row itself waits for the first one."""
    monkeypatch.setattr(once_module, "_take", lambda by, key, waits: None)
    with in_the_midst(user, "one") as answers:
        with pytest.raises(OperationalError) as waited:
            once(lambda: (201, "second"), by=user, key="one", asked="it", waits=False)
        assert is_busy(waited.value)  # after lock_timeout
        assert not answers


# --- The function ----------------------------------------------------------------------------------------------------


def test_an_act_that_fails_leaves_nothing(user):
    def act():
        UserFactory.create(email="half-done@people.example")
        raise Refused

    with pytest.raises(Refused):
        once(act, by=user, key="one", asked="it")
    assert not GivenAnswer.objects.exists()
    assert not User.objects.filter(email="half-done@people.example").exists()


def test_the_database_holds_one_answer_for_a_key(user):
    GivenAnswer.objects.create(user=user, key="one", asked="x")
    with pytest.raises(IntegrityError, match="given_answer_once_per_person_and_key"), transaction.atomic():
        GivenAnswer.objects.create(user=user, key="one", asked="y")


def test_its_refusals_are_told_apart(user):
    once(lambda: (200, None), by=user, key="one", asked="it")
    with pytest.raises(KeyUsedOtherwise):
        once(lambda: (200, None), by=user, key="one", asked="that")
    with pytest.raises(BadIdempotencyKey):
        once(lambda: (200, None), by=user, key="\n", asked="it")


# --- The form --------------------------------------------------------------------------------------------------------


def key_of(page) -> str:
    content = page.content.decode()
    return content.split('name="key" value="')[1].split('"')[0]


def test_a_form_that_is_sent_twice_asks_once_and_leads_to_the_same_request(user):
    client = signed_in(user)
    form = {**FILLED, "key": key_of(client.get(FORM))}
    first, second = client.post(FORM, form), client.post(FORM, form)
    assert first.status_code == second.status_code == 302
    assert first.url == second.url
    assert AccessRequest.objects.count() == 1


def test_each_form_has_a_key_of_its_own(user):
    client = signed_in(user)
    assert key_of(client.get(FORM)) != key_of(client.get(FORM))
    assert not GivenAnswer.objects.exists()  # looking writes nothing


def test_a_form_that_was_refused_may_be_sent_again_with_what_was_wrong_put_right(user):
    client = signed_in(user)
    form = {**FILLED, "key": key_of(client.get(FORM))}
    refused = client.post(FORM, {**form, "code": "0000"})
    assert refused.status_code == 422
    assert client.post(FORM, {**form, "key": key_of(refused)}).status_code == 302


def test_a_form_that_was_sent_and_changed_since_says_so_and_keeps_what_was_typed(user):
    client = signed_in(user)
    StoreFactory.create(handle="other-shop")
    form = {**FILLED, "key": key_of(client.get(FORM))}
    client.post(FORM, form)
    changed = {**form, "store_url": "other-shop", "message": "Hello again"}
    again = client.post(FORM, changed)
    assert again.status_code == 422
    content = again.content.decode()
    assert "You sent this form once already." in content
    assert "Hello again" in content
    assert key_of(again) != form["key"]
    assert client.post(FORM, {**changed, "key": key_of(again)}).status_code == 302
    assert AccessRequest.objects.count() == 2


def test_a_form_without_a_key_still_asks(user):
    assert signed_in(user).post(FORM, FILLED).status_code == 302

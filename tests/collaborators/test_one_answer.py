"""Whatever only the store knows is one answer: the failures side by side, byte for byte, on page and API."""

import json
import re
from contextlib import suppress

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collaborators import actions
from collaborators.errors import CannotAsk
from collaborators.models import AccessRequest, CodePathOpening
from stores.models import Store
from tests.factories import CODE, AccessRequestFactory, CollaborationFactory, MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db

WRONG = "0815"


def unknown(us, handle):
    return CODE


def wrong_code(us, handle):
    StoreFactory.create(handle=handle)
    return WRONG


def no_code(us, handle):
    StoreFactory.create(handle=handle)
    return ""


def closed(us, handle):
    CodePathOpening.objects.create(store=StoreFactory.create(handle=handle), closed_at="2026-11-22T12:00:00Z")
    return WRONG


def right_code_while_closed(us, handle):
    closed(us, handle)
    return CODE


def blocked(us, handle):
    store = StoreFactory.create(handle=handle)
    actions.block(store, us.partner, by=store.owner)
    return CODE


def nobody_may_ask(us, handle):
    StoreFactory.create(handle=handle, rule="nobody")
    return CODE


def fifty_wait(us, handle):
    AccessRequestFactory.create_batch(50, store=StoreFactory.create(handle=handle))
    return CODE


def over_budget(us, handle):
    store = StoreFactory.create(handle=handle)
    terms = {"permissions": ["products.view"], "ends_on": None, "message": "", "by": us.user}
    for number in range(3):
        with suppress(CannotAsk):
            actions.request_access(us.partner, store_url=store.handle, code=f"000{number}", **terms)
    return CODE


FAILURES = [
    unknown,
    wrong_code,
    no_code,
    closed,
    right_code_while_closed,
    blocked,
    nobody_may_ask,
    fifty_wait,
    over_budget,
]


@pytest.fixture
def us():
    """Of a partner that some store accepted once, so that its budget reaches for all of them."""
    membership = MembershipFactory.create(owner=True, partner__slug="agency")
    CollaborationFactory.create(partner=membership.partner, revoked=True)
    return membership


@pytest.fixture
def client(us):
    client = Client()
    client.force_login(us.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def by_page(client, handle, code):
    form = {"store_url": handle, "code": code, "permissions": ["products.view"], "how_long": "open", "key": "one"}
    return client.post(reverse("collaborators:store-request", args=["agency"]), form)


def by_api(client, handle, code):
    body = {"store_url": handle, "code": code, "permissions": ["products.view"], "ends_on": None}
    path = reverse("api:partner-requests", args=["agency"])
    return client.post(path, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": "one"})


def essence(response, handle: str) -> tuple:
    """All of an answer but for the form's own token, and address and code as they were typed."""
    text = re.sub(r'(csrfmiddlewaretoken"? value=)"\w+"', r'\1""', response.content.decode())
    text = re.sub(r'(<input type="text" name="code")( value="[^"]*")?', r"\1", text).replace(handle, "")
    headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
    return response.status_code, headers, text


@pytest.mark.parametrize("ask", [by_page, by_api])
def test_all_failures_side_by_side_are_one_answer(us, client, ask):
    with time_machine.travel(timezone.now(), tick=False):  # headers name the second
        _side_by_side(us, client, ask)


def _side_by_side(us, client, ask):
    by_page(client, "warm-up", WRONG)  # the first request of a session sets a cookie
    answers = {}
    for failure in FAILURES:
        handle = failure.__name__.replace("_", "-")
        code = failure(us, handle)
        requests = AccessRequest.objects.count()
        response = ask(client, handle, code)
        answers[failure.__name__] = essence(response, handle)
        assert response.status_code == 422
        assert "This request could not be sent." in response.content.decode()
        assert AccessRequest.objects.count() == requests
    different = [name for name, answer in answers.items() if answer != answers["unknown"]]
    assert not different
    assert Store.objects.filter(handle__in=[name.replace("_", "-") for name in answers]).count() == len(FAILURES) - 1


@pytest.mark.parametrize("ask", [by_page, by_api])
def test_the_right_code_is_answered_otherwise(us, client, ask):
    """The negative control: what is compared here can differ."""
    StoreFactory.create(handle="the-store")
    assert ask(client, "the-store", CODE).status_code in {201, 302}

"""A broker that accepts and says nothing, while several people at once do what others are told of.

`make soak` does the same with 200 requests to a real web process.
"""

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from collaborators.models import RequestCode
from notifications.models import Event
from stores.models import Store
from tests.factories import StoreFactory
from tests.notifications.test_faults import broker_at
from tests.servers import frozen, own_valkey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(90)]

REQUESTS, AT_ONCE = 20, 4  # as many as a web process has threads
LONGER_BY = 1.5  # seconds that a broker may cost


def make_codes(stores: list[Store]) -> list[tuple[int, float]]:
    """Status and seconds of each request. Every thread has a store, and an owner, of its own."""

    def ask(store: Store) -> list[tuple[int, float]]:
        client = Client(raise_request_exception=False)
        client.force_login(store.owner)
        answers = []
        for _ in range(REQUESTS // AT_ONCE):
            began = time.monotonic()
            status = client.post(reverse("collaborators:code", args=[store.handle])).status_code
            answers.append((status, time.monotonic() - began))
        connection.close()
        return answers

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [answer for answers in pool.map(ask, stores) for answer in answers]


@pytest.mark.parametrize("met_before", [True, False], ids=["connections stand open", "never met"])
def test_a_frozen_broker_fails_no_request_and_holds_none(met_before):
    stores = StoreFactory.create_batch(AT_ONCE)
    with own_valkey() as valkey, broker_at(valkey.broker_url):
        usual = statistics.median(seconds for _, seconds in make_codes(stores)) if met_before else 0.5
        with frozen(valkey):
            answers = make_codes(stores)
    assert Counter(status for status, _ in answers) == {302: REQUESTS}
    assert max(seconds for _, seconds in answers) < usual + LONGER_BY
    rounds = 2 if met_before else 1
    assert Event.objects.filter(topic="code.made").count() == rounds * REQUESTS
    assert RequestCode.objects.filter(ended_at=None).count() == AT_ONCE

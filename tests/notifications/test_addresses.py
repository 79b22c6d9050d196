"""Mails to people who may have no account yet: an address in place of a person."""

from dataclasses import replace

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from notifications import delivery, events, kinds
from notifications.kinds import Audience
from notifications.letters import Letter
from notifications.models import Delivery, Notification
from tests.factories import StoreFactory, UserFactory

GUEST = "guest@elsewhere.example"


@pytest.fixture
def told(db, monkeypatch):
    """An event of a kind that writes to an address, told."""
    kind = kinds.get("code.made")
    guests = Audience(
        recipients=lambda event: (),
        addresses=lambda event: [GUEST, GUEST.upper()],
        line=lambda facts: "",
        place=lambda facts: "",
        url=lambda facts: "/",
        still_in=None,
        letter=lambda facts, reader: Letter(
            subject=f"Hello {reader.email} in {reader.language}", reason="", button="Open", path="/"
        ),
    )
    monkeypatch.setitem(kinds._kinds, "code.made", replace(kind, audiences={"guest": guests}))
    store = StoreFactory.create(owner__language="fr")
    with transaction.atomic():
        event = events.post("code.made", dedupe_key="activity:1", by=store.owner, store=store.pk)
    delivery.tell(event.pk)
    return event


def test_an_address_gets_one_mail_and_no_line_in_an_inbox(told, deliver):
    deliver()
    [letter] = mail.outbox
    assert letter.to == [GUEST]
    assert letter.subject == f"Hello {GUEST} in fr"
    assert not Notification.objects.exists()


def test_somebody_with_an_account_reads_in_their_own_language(told, deliver):
    UserFactory.create(email=GUEST, language="en")
    deliver()
    assert mail.outbox[0].subject == f"Hello {GUEST} in en"


@pytest.mark.parametrize("who", [{"user": None, "address": ""}, {"address": GUEST}])
def test_a_mail_goes_to_a_person_or_to_an_address(told, who):
    with pytest.raises(IntegrityError, match="delivery_to_a_person_or_an_address"):
        Delivery.objects.create(event=told, audience="guest", **{"user": told.actor} | who)


def test_an_address_gets_one_mail_an_event_whoever_writes(told):
    with pytest.raises(IntegrityError, match="delivery_once_per_event_address_and_channel"):
        Delivery.objects.create(event=told, address=GUEST, audience="guest")

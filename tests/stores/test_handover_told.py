"""Who is told of a hand-over, where mails go, and what they say."""

from http import HTTPStatus

import pytest
from django.core import mail

from notifications.models import Notification
from partners.actions import remove_member
from stores.actions import (
    accept_handover,
    decline_handover,
    lapse_all_due,
    offer_handover,
    take_back_handover,
)
from stores.handover_events import KINDS
from stores.models import HandoverOffer
from tests.factories import MembershipFactory, PartnerFactory, StoreFactory, UserFactory

MERCHANT = "merchant@shop.example"
RIVAL = "rival@elsewhere.example"


@pytest.fixture
def cast(db):
    partner = PartnerFactory.create(name="Atelier Nord")
    people = {
        "owner": MembershipFactory.create(partner=partner, owner=True).user,
        "sender": MembershipFactory.create(partner=partner, stores=True).user,
        "jobs": MembershipFactory.create(partner=partner, permissions=["manage_jobs"]).user,
        "merchant": UserFactory.create(email=MERCHANT, name="Mona Merchant"),
    }
    store = StoreFactory.create(owner=None, built_by=partner, name="Tea Room")
    return {"partner": partner, "store": store, **people}


def offered(cast) -> HandoverOffer:
    return offer_handover(
        cast["store"],
        email=MERCHANT,
        message="Yours <now>",
        wished=["themes.view", "themes.edit"],
        by=cast["sender"],
    )


def lapse(cast) -> None:
    lapse_all_due(now=offered(cast).expires_at)


CASES = {  # act, who finds it in the inbox, who else gets a mail
    "handover.offered": (offered, set(), {MERCHANT}),
    "handover.accepted": (
        lambda cast: accept_handover(offered(cast), keeps=["themes.view"], ends_on=None, by=cast["merchant"]),
        {"owner", "sender"},
        set(),
    ),
    "handover.declined": (
        lambda cast: decline_handover(offered(cast), by=cast["merchant"]),
        {"owner", "sender"},
        set(),
    ),
    "handover.taken_back": (lambda cast: take_back_handover(offered(cast), by=cast["sender"]), {"owner"}, {MERCHANT}),
    "handover.lapsed": (lapse, {"owner", "sender"}, {MERCHANT}),
}


@pytest.mark.parametrize("topic", CASES)
def test_each_event_tells_exactly_these_people(cast, deliver, topic):
    act, inbox, addresses = CASES[topic]
    act(cast)
    deliver()
    people = {cast[name].pk for name in inbox}
    assert {row.user_id for row in Notification.objects.filter(event__topic=topic)} == people
    mails = [letter for letter in mail.outbox if topic_of(letter) == topic]
    assert {letter.to[0] for letter in mails} == {cast[name].email for name in inbox} | addresses
    assert all("Tea Room" in letter.subject + letter.body for letter in mails)


def topic_of(letter) -> str:
    """By the words of its subject."""
    subject = letter.subject
    for topic, words in {
        "handover.offered": "hands Tea Room over to you",
        "handover.accepted": "Tea Room is handed over",
        "handover.declined": "declined",
        "handover.taken_back": "back",
        "handover.lapsed": ("lapsed", "in time"),
    }.items():
        if any(word in subject for word in ((words,) if isinstance(words, str) else words)):
            return topic
    raise AssertionError(subject)


def test_every_kind_is_in_the_table():
    assert {kind.topic for kind in KINDS} == CASES.keys()


def test_the_letter_says_who_gets_what_and_escapes_what_people_wrote(cast, deliver):
    offer = offered(cast)
    deliver()
    (letter,) = mail.outbox
    html = letter.alternatives[0].content
    assert "Yours &lt;now&gt;" in html
    assert "View themes" in letter.body
    assert f"/account/invitations/handovers/{offer.token}/" in letter.body


def test_an_offer_that_was_taken_back_before_its_mail_left_is_not_sent(cast, deliver):
    take_back_handover(offered(cast), by=cast["sender"])
    deliver()
    assert "handover.offered" not in {topic_of(letter) for letter in mail.outbox}


def test_whoever_lost_the_right_hears_nothing_more(cast, deliver):
    offer = offered(cast)
    deliver()
    mail.outbox.clear()
    remove_member(cast["partner"].membership_of(cast["sender"]), by=cast["owner"])
    deliver()
    assert {letter.to[0] for letter in mail.outbox if "Tea Room" in letter.subject} == {MERCHANT}
    offer.refresh_from_db()
    assert offer.taken_back_at is not None


def test_the_partner_reads_what_concerns_it_in_its_own_activity(client, cast, deliver):
    accept_handover(offered(cast), keeps=["themes.view"], ends_on=None, by=cast["merchant"])
    client.force_login(cast["owner"])
    said = client.get(f"/partner/{cast['partner'].slug}/activity/").content.decode()
    for sentence in ("Store offered to", "Store handed over to Mona Merchant", "kept at the hand-over"):
        assert sentence in said
    assert "Tea Room" in said


def test_whoever_owns_the_store_does_not_learn_to_whom_else_it_was_offered(client, cast):
    """Nor what the others said: their addresses are the partner's business."""
    take_back_handover(offer_handover(cast["store"], email=RIVAL, by=cast["sender"]), by=cast["sender"])
    handle, slug = cast["store"].handle, cast["partner"].slug
    inside = (
        f"/store/{handle}/",
        f"/store/{handle}/activity/",
        f"/store/{handle}/activity/export/",
        f"/api/v1/stores/{handle}/activity/",
    )

    def read(address: str) -> str:
        response = client.get(address)
        assert response.status_code == HTTPStatus.OK, address
        return response.getvalue().decode()

    client.force_login(cast["owner"])
    assert all(RIVAL in read(address) for address in inside)
    accept_handover(offered(cast), keeps=[], ends_on=None, by=cast["merchant"])
    assert RIVAL in read(f"/partner/{slug}/activity/")
    client.force_login(cast["merchant"])
    for address in inside:
        said = read(address)
        assert RIVAL not in said
        assert "Mona Merchant" in said

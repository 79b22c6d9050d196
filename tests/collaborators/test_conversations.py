"""What a store and a partner write to each other: who may, what is shown, what is unread, who is told when."""

import re
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
import time_machine
from django.core import mail
from django.db import InternalError, connection, transaction

from accounts.errors import NotAllowed
from collaborators import actions, conversations
from collaborators.errors import ConversationClosed, TooManyMessages
from collaborators.models import AccessRequest, Conversation, Message, Reading, Side
from notifications import delivery, events
from notifications.models import Event
from tests.factories import (
    CODE,
    CollaborationFactory,
    MembershipFactory,
    MessageFactory,
    StaffFactory,
    UserFactory,
    converse,
)
from tests.sessions import signed_in
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def talk(world) -> Conversation:
    """About the pending request; the partner's owner wrote the first message."""
    return world.pending.conversation


def path(world: World, talk: Conversation, side: Side, more: str = "") -> str:
    place = f"store/{world.store.handle}" if side is Side.STORE else f"partner/{world.asking.slug}"
    return f"/{place}/conversations/{talk.public_id}/{more}"


def write(talk: Conversation, text: str, *, side: Side, by) -> Message:
    return conversations.send(talk, text=text, side=side, by=by)


# --- One for a request and what follows ------------------------------------------------------------------------------


def test_a_request_and_its_collaboration_share_one_conversation(world):
    member = MembershipFactory.create(owner=True)
    asked = actions.request_access(
        member.partner,
        store_url="maison-lavande",
        code=CODE,
        permissions=["products.view"],
        ends_on=None,
        message="",
        by=member.user,
    )
    granted = actions.approve_request(asked, permissions=["products.view"], ends_on=None, by=world.store.owner)
    assert asked.conversation is not None
    assert granted.conversation == asked.conversation
    assert conversations.for_request(world.store, member.partner) == asked.conversation  # more is asked for


def test_what_is_from_before_gets_one_conversation_when_somebody_begins(world):
    collaboration = world.collaboration
    owner = world.people["collaborator"]
    first = conversations.find_or_start(collaboration, by=owner, side=Side.PARTNER)
    again = conversations.find_or_start(collaboration, by=world.store.owner, side=Side.STORE)
    assert first == again
    revoked = world.store.collaborations.get(ended_how="revoked")
    with pytest.raises(ConversationClosed):
        conversations.find_or_start(revoked, by=world.store.owner, side=Side.STORE)
    with pytest.raises(NotAllowed):
        conversations.find_or_start(collaboration, by=world.people["other_owner"], side=Side.STORE)


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_what_is_sent_is_shown_to_both_sides_with_who_wrote_it(world, talk):
    for side, person, other in (
        (Side.STORE, "manager", "partner_owner"),
        (Side.PARTNER, "member_with_manage_stores", "owner"),
    ):
        client = signed_in(world.people[person])
        text = f"From {person} <b> https://shop.example/"
        response = client.post(path(world, talk, side), {"text": text, "key": person})
        assert response.status_code == 302
        assert response.url.endswith("#latest")
        page = signed_in(world.people[other]).get(path(world, talk, side.other)).content.decode()
        assert f"From {person} &lt;b&gt; <a href=" in page
        assert str(world.people[person]) in page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x" * 5001, "Use at most 5000 characters; yours has 5001."),
        ("", "Fill this in."),
        (" \n ", "Fill this in."),
        ("turn\u202earound", "This contains invisible characters"),
        ("bell\x07", "This contains control characters."),
    ],
)
def test_what_cannot_be_sent_is_said_beside_the_field_keeps_what_was_typed_and_changes_nothing(
    world, talk, text, sentence
):
    response = signed_in(world.store.owner).post(path(world, talk, Side.STORE), {"text": text})
    assert response.status_code == 422
    page = response.content.decode()
    assert sentence in page
    assert text.strip() in page
    answer = signed_in(world.store.owner).post(
        f"/api/v1/stores/maison-lavande/conversations/{talk.public_id}/messages/",
        {"text": text},
        content_type="application/json",
    )
    assert answer.status_code == 422
    assert Message.objects.count() == 1


def test_5000_code_points_are_sent_whatever_they_take(world, talk):
    text = "👩🏽" * 2500 + "\r\n"
    assert signed_in(world.store.owner).post(path(world, talk, Side.STORE), {"text": text}).status_code == 302
    assert Message.objects.order_by("-pk")[0].text == "👩🏽" * 2500


def test_a_form_that_is_sent_twice_sends_once(world, talk):
    client = signed_in(world.store.owner)
    for _click in range(2):
        assert client.post(path(world, talk, Side.STORE), {"text": "Once", "key": "k"}).status_code == 302
    assert Message.objects.filter(text="Once").count() == 1
    other = client.post(path(world, talk, Side.STORE), {"text": "Twice", "key": "k"})
    assert other.status_code == 422
    assert "Twice" in other.content.decode()
    assert not Message.objects.filter(text="Twice").exists()


def test_who_only_sees_users_reads_and_does_not_write(world, talk):
    clerk = world.people["staff_without_the_right"]
    role = world.store.roles.create(name="Looks", for_staff=True, permissions=["users.view"])
    world.store.staff.filter(user=clerk).update(role=role)
    client = signed_in(clerk)
    page = client.get(path(world, talk, Side.STORE)).content.decode()
    assert "When may we begin?" in page
    assert "<textarea" not in page
    assert client.post(path(world, talk, Side.STORE), {"text": "Now"}).status_code == 403
    assert Message.objects.count() == 1


def test_after_the_answer_no_and_after_the_end_it_can_be_read_and_not_written_in(world, talk):
    actions.decline_request(world.pending, by=world.store.owner)
    response = signed_in(world.store.owner).post(path(world, talk, Side.STORE), {"text": "Too late"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "This conversation is closed" in page
    assert "Too late" in page  # what was typed is not lost
    page = signed_in(world.people["partner_owner"]).get(path(world, talk, Side.PARTNER)).content.decode()
    assert "When may we begin?" in page
    assert "<textarea" not in page
    granted = converse(world.collaboration)
    actions.revoke(world.collaboration, by=world.store.owner)
    with pytest.raises(ConversationClosed):
        write(granted, "Too late", side=Side.PARTNER, by=world.people["collaborator"])
    assert Message.objects.count() == 1


def test_past_its_time_it_is_closed_swept_or_not(world):
    late = converse(CollaborationFactory.create(store=world.store, partner=world.asking, past_its_end=True))
    with pytest.raises(ConversationClosed):
        write(late, "Hello", side=Side.STORE, by=world.store.owner)


def test_sixty_messages_an_hour_and_no_more(world, talk):
    owner = world.store.owner
    with time_machine.travel(NOON, tick=False):
        MessageFactory.create_batch(59, conversation=talk, author=owner, side=Side.STORE, sent_at=NOON)
        AccessRequest.objects.update(expires_at=NOON + timedelta(days=1))
        write(talk, "The sixtieth", side=Side.STORE, by=owner)
        response = signed_in(owner).post(path(world, talk, Side.STORE), {"text": "One too many"})
        assert response.status_code == 422
        assert "You sent 60 messages within an hour." in response.content.decode()
        write(talk, "Somebody else may", side=Side.STORE, by=world.people["manager"])
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        write(talk, "Later", side=Side.STORE, by=owner)
    assert not Message.objects.filter(text="One too many").exists()
    assert TooManyMessages.field == "text"


@pytest.mark.parametrize(
    "statement", ["UPDATE collaborators_message SET text = 'other'", "DELETE FROM collaborators_message"]
)
def test_the_database_refuses_to_change_or_delete_a_message(talk, statement):
    with pytest.raises(InternalError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- What the partner learns -----------------------------------------------------------------------------------------


def test_until_the_store_says_yes_the_partner_reads_the_address_it_typed_and_not_its_name(world, talk):
    AccessRequest.objects.filter(pk=world.pending.pk).update(typed_address="https://www.typed.example")
    type(world.store).objects.update(name="Secret House")
    write(talk, "Who are you?", side=Side.STORE, by=world.store.owner)
    client = signed_in(world.people["partner_owner"])
    page = client.get(path(world, talk, Side.PARTNER)).content.decode()
    listed = client.get(f"/api/v1/partners/{world.asking.slug}/conversations/").content.decode()
    conversations.gather_unread(now=datetime.now(UTC) + conversations.UNREAD_FOR)
    delivery.tell_untold(until=monotonic() + 30)
    delivery.send_due(until=monotonic() + 30)
    inbox = client.get("/notifications/").content.decode()
    letters = [
        f"{letter.subject} {letter.body}" for letter in mail.outbox if letter.to == ["partner-owner@people.example"]
    ]
    assert len(letters) == 1
    for text in (page, listed, inbox, *letters):
        assert "typed.example" in text
        assert "Secret House" not in text
    assert "Owner" in page  # who wrote
    actions.approve_request(world.pending, permissions=["products.view"], ends_on=None, by=world.store.owner)
    assert "Secret House" in client.get(path(world, talk, Side.PARTNER)).content.decode()


# --- Unread ----------------------------------------------------------------------------------------------------------


def unread(world: World, person: str, side: Side) -> int:
    return conversations.readable(world.people[person], side).get(pk=world.pending.conversation_id).unread


def test_looking_reads_nothing_and_a_form_without_script_does(world, talk):
    client = signed_in(world.store.owner)
    page = client.get(path(world, talk, Side.STORE)).content.decode()
    assert unread(world, "owner", Side.STORE) == 1
    assert "Mark as read" in page
    up_to = re.search(r'name="up_to" value="([^"]+)"', page)[1]
    response = client.post(path(world, talk, Side.STORE, "reading/"), {"up_to": up_to})
    assert response.status_code == 302
    assert unread(world, "owner", Side.STORE) == 0
    assert unread(world, "manager", Side.STORE) == 1
    assert "Mark as read" not in client.get(path(world, talk, Side.STORE)).content.decode()


def test_sending_reads_what_was_shown_and_never_goes_back(world, talk):
    owner, client = world.store.owner, signed_in(world.store.owner)
    first = talk.messages.get()
    second = write(talk, "And?", side=Side.PARTNER, by=world.people["partner_owner"])
    client.post(path(world, talk, Side.STORE), {"text": "Monday", "up_to": str(first.public_id)})
    assert unread(world, "owner", Side.STORE) == 1
    conversations.read(talk, up_to=second, by=owner)
    conversations.read(talk, up_to=first, by=owner)
    assert Reading.objects.get(user=owner).up_to == second.pk


def test_a_message_of_another_conversation_is_not_read(world, talk):
    theirs = MessageFactory.create()
    client = signed_in(world.store.owner)
    for up_to in (str(theirs.public_id), "nonsense", ""):
        assert client.post(path(world, talk, Side.STORE, "reading/"), {"up_to": up_to}).status_code == 302
    assert not Reading.objects.exists()


def test_what_is_unread_is_counted_where_the_request_stands(world, talk):
    mark = "1 unread message"
    client = signed_in(world.store.owner)
    pages = [
        "/store/maison-lavande/settings/users/collaborators/",
        "/store/maison-lavande/settings/users/collaborators/requests/",
        f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/",
    ]
    assert [mark in client.get(page).content.decode() for page in pages] == [True] * 3
    conversations.read(talk, up_to=talk.messages.get(), by=world.store.owner)
    assert [mark in client.get(page).content.decode() for page in pages] == [False] * 3
    write(talk, "Monday", side=Side.STORE, by=world.store.owner)
    client = signed_in(world.people["member_with_manage_stores"])
    pages = [
        f"/partner/{world.asking.slug}/stores/",
        f"/partner/{world.asking.slug}/stores/requests/{world.pending.public_id}/",
    ]
    assert [mark in client.get(page).content.decode() for page in pages] == [True] * 2


def test_the_open_page_gets_what_is_newer_and_nothing_where_nothing_is(world, talk):
    client = signed_in(world.store.owner)
    first = talk.messages.get()
    newer = path(world, talk, Side.STORE, f"newer/?after={first.public_id}")
    assert client.get(newer).status_code == 204
    write(talk, "And?", side=Side.PARTNER, by=world.people["partner_owner"])
    part = client.get(newer, headers={"hx-request": "true"})
    assert part.status_code == 200
    assert "And?" in part.content.decode()
    assert "When may we begin?" not in part.content.decode()
    assert 'hx-trigger="every 30s"' in part.content.decode()
    client.logout()
    assert client.get(newer, headers={"hx-request": "true"}).status_code == 401


def test_what_is_newer_than_a_message_that_does_not_stand_here_is_nothing(world, talk):
    client, elsewhere = signed_in(world.store.owner), MessageFactory.create()
    for after in (elsewhere.public_id, "00000000-0000-4000-8000-000000000000", "nonsense"):
        assert client.get(path(world, talk, Side.STORE, f"newer/?after={after}")).status_code == 204
    first = client.get(path(world, talk, Side.STORE, "newer/?after="))  # the page was empty
    assert "When may we begin?" in first.content.decode()


def test_a_long_conversation_goes_back_page_by_page(world, talk):
    for number in range(120):
        MessageFactory.create(conversation=talk, author=world.people["partner_owner"], text=f"number-{number:03}")
    client, seen, query = signed_in(world.store.owner), [], ""
    while True:
        page = client.get(path(world, talk, Side.STORE, query)).content.decode()
        seen = re.findall(r"number-\d+", page) + seen
        older = re.search(r'href="(\?after=[^"]+)"', page)
        if not older:
            break
        query = older[1]
    assert seen == [f"number-{number:03}" for number in range(120)]


# --- Telling ---------------------------------------------------------------------------------------------------------


def sweep(at: datetime) -> set[str]:
    """Who got a mail by this sweep, with how many messages."""
    mail.outbox.clear()
    with time_machine.travel(at, tick=False):
        conversations.gather_unread(now=at)
        conversations.gather_unread(now=at)  # a task may run twice
        delivery.tell_untold(until=monotonic() + 30)
        delivery.send_due(until=monotonic() + 30)
    return {f"{letter.to[0].partition('@')[0]}: {letter.subject}" for letter in mail.outbox}


@pytest.fixture
def quiet(world, talk) -> Conversation:
    """Nobody wrote yet; open for long."""
    AccessRequest.objects.update(expires_at=NOON + timedelta(days=5), asked_at=NOON)
    later = converse(world.pending)
    Event.objects.update(told_at=NOON)
    Message.objects.update(gathered_at=NOON)
    return later


def said(quiet: Conversation, minutes: float, *, side: Side, by, text: str = "Hello") -> Message:
    with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
        return write(quiet, text, side=side, by=by)


def test_a_mail_leaves_after_ten_unread_minutes_and_takes_younger_messages_along(world, quiet):
    asker = world.people["partner_owner"]
    said(quiet, 0, side=Side.PARTNER, by=asker, text="First")
    said(quiet, 8, side=Side.PARTNER, by=asker, text="Second")
    assert sweep(NOON + timedelta(minutes=9, seconds=59)) == set()
    both = "2 new messages from Atelier Nord"
    assert sweep(NOON + timedelta(minutes=10)) == {f"owner: {both}", f"manager: {both}"}
    assert all("First" in letter.body and "Second" in letter.body for letter in mail.outbox)
    assert sweep(NOON + timedelta(minutes=18)) == set()  # the second was in that mail
    assert sweep(NOON + timedelta(days=2)) == set()


def test_who_was_told_and_never_read_is_told_of_later_messages_once_each(world, quiet):
    asker, one = world.people["partner_owner"], "1 new message from Atelier Nord"
    said(quiet, 0, side=Side.PARTNER, by=asker, text="First")
    assert len(sweep(NOON + timedelta(minutes=10))) == 2
    said(quiet, 15, side=Side.PARTNER, by=asker, text="Second")
    assert sweep(NOON + timedelta(minutes=24)) == set()
    assert sweep(NOON + timedelta(minutes=25)) == {f"owner: {one}", f"manager: {one}"}
    assert all("Second" in letter.body and "First" not in letter.body for letter in mail.outbox)
    third = said(quiet, 40, side=Side.PARTNER, by=asker, text="Third")
    conversations.read(quiet, up_to=third, by=world.store.owner)
    assert sweep(NOON + timedelta(minutes=50)) == {f"manager: {one}"}
    said(quiet, 60, side=Side.PARTNER, by=asker, text="Fourth")
    assert sweep(NOON + timedelta(days=3)) == {f"owner: {one}", f"manager: {one}"}
    assert all("Fourth" in letter.body and "Third" not in letter.body for letter in mail.outbox)


def test_what_somebody_reads_in_part_is_mailed_in_part(world, quiet):
    asker, owner = world.people["partner_owner"], world.store.owner
    first = said(quiet, 0, side=Side.PARTNER, by=asker, text="First")
    said(quiet, 9, side=Side.PARTNER, by=asker, text="Second")
    at = NOON + timedelta(minutes=10)
    with time_machine.travel(at, tick=False):
        conversations.gather_unread(now=at)
    conversations.read(quiet, up_to=first, by=owner)
    assert sweep(at) == {"owner: 1 new message from Atelier Nord", "manager: 2 new messages from Atelier Nord"}


def test_what_was_gathered_by_the_version_before_still_leaves(world, quiet):
    said(quiet, 0, side=Side.PARTNER, by=world.people["partner_owner"], text="First")
    Message.objects.update(gathered_at=NOON)
    ids = {"conversation": quiet.pk, "partner": quiet.partner_id, "store": quiet.store_id, "side": "store"}
    with transaction.atomic():
        events.post("message.unread", dedupe_key="old", **ids, reader=world.store.owner.pk, after=0)
    [told] = sweep(NOON + timedelta(minutes=11))
    assert told.startswith("owner: ")


def test_whoever_read_or_answered_in_time_gets_no_mail_and_nobody_is_told_of_their_own(world, quiet):
    asker = world.people["partner_owner"]
    message = said(quiet, 0, side=Side.PARTNER, by=asker)
    conversations.read(quiet, up_to=message, by=world.store.owner)
    said(quiet, 1, side=Side.STORE, by=world.people["manager"])
    told = sweep(NOON + timedelta(minutes=20))
    assert told == {
        "manager: 1 new message from Atelier Nord",  # wrote, but nothing says that it was read
        "partner-owner: 1 new message from maison-lavande",
        "member-with: 1 new message from maison-lavande",
    }


def test_who_read_or_lost_the_right_between_the_sweep_and_the_mail_gets_none(world, quiet):
    message = said(quiet, 0, side=Side.PARTNER, by=world.people["partner_owner"])
    at = NOON + timedelta(minutes=10)
    mail.outbox.clear()
    with time_machine.travel(at, tick=False):
        conversations.gather_unread(now=at)
        delivery.tell_untold(until=monotonic() + 30)
        conversations.read(quiet, up_to=message, by=world.store.owner)
        world.store.staff.filter(user=world.people["manager"]).delete()
        delivery.send_due(until=monotonic() + 30)
    assert mail.outbox == []


def test_a_broken_conversation_keeps_no_other_from_being_told(world, quiet, monkeypatch):
    said(quiet, 0, side=Side.PARTNER, by=world.people["partner_owner"])
    other = converse(world.collaboration)
    said(other, 0, side=Side.PARTNER, by=world.people["collaborator"])
    gather = conversations._gather
    monkeypatch.setattr(conversations, "_gather", lambda pk, now: 1 / 0 if pk == quiet.pk else gather(pk, now))
    assert sweep(NOON + timedelta(minutes=10)) == {
        "owner: 1 new message from Bureau Lumen",
        "manager: 1 new message from Bureau Lumen",
    }


def test_a_very_long_stretch_is_quoted_in_part(world, quiet):
    for number in range(12):
        said(quiet, 0, side=Side.PARTNER, by=world.people["partner_owner"], text=f"{number} " + "x" * 400)
    assert sweep(NOON + timedelta(minutes=10)) >= {"owner: 12 new messages from Atelier Nord"}
    assert all("4 more messages stand in the conversation." in letter.body for letter in mail.outbox)


def test_somebody_on_both_sides_is_told_for_each_side_once(world, quiet):
    both = UserFactory.create(name="Both", email="both@people.example")
    StaffFactory.create(store=world.store, user=both, key="store_manager")
    MembershipFactory.create(partner=world.asking, user=both, owner=True)
    said(quiet, 0, side=Side.PARTNER, by=world.people["partner_owner"], text="From the partner")
    said(quiet, 0, side=Side.STORE, by=world.store.owner, text="From the store")
    told = sweep(NOON + timedelta(minutes=10))
    assert sorted(line for line in told if line.startswith("both")) == [
        "both: 1 new message from Atelier Nord",
        "both: 1 new message from maison-lavande",
    ]
    assert sweep(NOON + timedelta(minutes=30)) == set()


def test_somebody_on_both_sides_is_not_told_of_what_they_wrote(world, quiet):
    both = UserFactory.create(name="Both", email="both@people.example")
    StaffFactory.create(store=world.store, user=both, key="store_manager")
    MembershipFactory.create(partner=world.asking, user=both, owner=True)
    said(quiet, 0, side=Side.PARTNER, by=both)
    assert len(sweep(NOON + timedelta(minutes=10))) == 2  # the owner and the manager
    assert not Event.objects.filter(topic="message.unread", payload__reader=both.pk).exists()

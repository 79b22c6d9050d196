"""Two at once: nothing lost, nothing doubled, nothing written after the end. And red without the locks."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from collaborators import actions, conversations
from collaborators.errors import ConversationClosed, TooManyMessages
from collaborators.models import Conversation, Message, Side
from notifications.models import Event
from tests.factories import CollaborationFactory, MembershipFactory, MessageFactory, converse
from tests.races import meeting, together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 10


def working():
    member = MembershipFactory.create(owner=True)
    return CollaborationFactory.create(partner=member.partner), member.user


def send(talk: Conversation, by, text: str = "Hello"):
    return lambda: conversations.send(talk, text=text, side=Side.PARTNER, by=by)


def test_what_many_send_at_once_is_all_kept(monkeypatch):
    collaboration, by = working()
    talk = converse(collaboration)
    together([send(talk, by, f"number {number}") for number in range(CROWD)])
    assert sorted(talk.messages.values_list("text", flat=True)) == sorted(f"number {n}" for n in range(CROWD))


def revoked_while_sending(monkeypatch, collaboration, talk, by) -> bool:
    """Whether a message was written after the access had ended."""
    revoked = threading.Event()
    after_the_end = []
    create = Message.objects.create

    def revoke():
        actions.revoke(collaboration, by=collaboration.store.owner)
        revoked.set()

    def write_late(**fields):
        revoked.wait(1)  # with the locks, the revocation waits for us; without, it is over by then
        after_the_end.append(revoked.is_set())
        return create(**fields)

    monkeypatch.setattr(Message.objects, "create", write_late)
    together([send(talk, by), revoke])
    return any(after_the_end)


def test_nothing_is_written_once_the_access_is_revoked(monkeypatch):
    collaboration, by = working()
    talk = converse(collaboration)
    assert not revoked_while_sending(monkeypatch, collaboration, talk, by)
    with pytest.raises(ConversationClosed):
        send(talk, by)()


def test_without_the_locks_something_is(monkeypatch):
    collaboration, by = working()
    talk = converse(collaboration)
    with without_locks(monkeypatch, meet_at=(Conversation, "__str__"), parties=1):
        assert revoked_while_sending(monkeypatch, collaboration, talk, by)


def test_sixty_an_hour_hold_however_many_come_at_once(monkeypatch):
    collaboration, by = working()
    talk = converse(collaboration)
    MessageFactory.create_batch(58, conversation=talk, author=by)
    results = together([send(talk, by) for _ in range(CROWD)])
    assert Message.objects.count() == 60
    assert sum(isinstance(result, TooManyMessages) for result in results) == CROWD - 2


def test_two_who_begin_at_once_share_one_conversation(monkeypatch):
    collaboration, by = working()
    with meeting(monkeypatch, (Conversation, "save"), parties=2, timeout=0.3):
        together([lambda: conversations.find_or_start(collaboration, by=by, side=Side.PARTNER)] * 2)
    assert Conversation.objects.count() == 1


def test_without_the_locks_they_begin_two(monkeypatch):
    collaboration, by = working()
    with without_locks(monkeypatch, meet_at=(Conversation, "save"), parties=2):
        together([lambda: conversations.find_or_start(collaboration, by=by, side=Side.PARTNER)] * 2)
    assert Conversation.objects.count() == 2


def test_two_sweeps_at_once_tell_each_reader_once():
    collaboration, by = working()
    talk = converse(collaboration)
    send(talk, by)()
    at = timezone.now() + timedelta(minutes=10)
    together([lambda: conversations.gather_unread(now=at)] * 4)
    assert Event.objects.filter(topic="message.unread").count() == 1

"""Conversations: what a store and a partner write to each other about something, and who has read it.

What they talk about points at its conversation (`AccessRequest.conversation`, `Collaboration.conversation`) and says
here, as a *subject*, when it is open. A conversation may be written in while one of its subjects is open, and read for
ever. An access request and the collaboration that follows share theirs.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from collaborators.actions.clock import lapse_due
from collaborators.errors import ConversationClosed, TooManyMessages
from collaborators.models import RIGHTS, About, AccessRequest, Collaboration, Conversation, Message, Reading, Side
from collaborators.models.conversations import Rights
from collaborators.models.requests import without_scheme
from notifications import events
from notifications.models import Event
from partners.actions import require as require_in_team
from partners.models import Membership, Partner, held
from stores import access
from stores.models import Store

logger = logging.getLogger(__name__)

MOST = 60  # messages that a person may send in a while
WHILE = timedelta(hours=1)
UNREAD_FOR = timedelta(minutes=10)  # before somebody is told
UNREAD = "message.unread"  # what they are told

type Subject = Callable[[datetime], QuerySet]
"""Rows with a `conversation` that are open at an instant."""

SUBJECTS: list[Subject] = [AccessRequest.objects.pending, Collaboration.objects.active]


# --- Beginning ------------------------------------------------------------------------------------------------------


def start(store: Store, partner: Partner, *, about: About = About.ACCESS) -> Conversation:
    return Conversation.objects.create(store=store, partner=partner, about=about)


def for_request(store: Store, partner: Partner) -> Conversation:
    """For a new request: that of the access which goes on while more is asked for, else a new one. Both are locked."""
    between = Collaboration.objects.filter(store=store, partner=partner, ended_at=None).select_related("conversation")
    going_on = between.first()
    return start(store, partner) if going_on is None else _of_collaboration(going_on)


@transaction.atomic
def find_or_start(row: AccessRequest | Collaboration, *, by: User, side: Side) -> Conversation:
    """The conversation of something from before there were any. Raises NotAllowed, ConversationClosed."""
    partner, store = Partner.objects.lock(row.partner_id), Store.objects.lock(row.store_id)
    _require(by, side, store, partner, RIGHTS[About.ACCESS])
    lapse_due(partner, store, now=timezone.now())
    row = type(row).objects.select_related("conversation").get(pk=row.pk)
    if row.conversation:
        return row.conversation
    is_open = row.is_active if isinstance(row, Collaboration) else row.is_pending
    if not is_open:
        raise ConversationClosed
    return _of_collaboration(row) if isinstance(row, Collaboration) else _of_request(row)


def _of_request(row: AccessRequest) -> Conversation:
    return _keep(row, for_request(row.store, row.partner))


def _of_collaboration(row: Collaboration) -> Conversation:
    """Its own, or that of a request which led to it. Its partner and store are locked."""
    if row.conversation:
        return row.conversation
    asked = Conversation.objects.filter(access_requests__collaboration=row).order_by("-pk").first()
    return _keep(row, asked or start(row.store, row.partner))


def _keep(row: AccessRequest | Collaboration, conversation: Conversation) -> Conversation:
    row.conversation = conversation
    row.save(update_fields=["conversation"])
    return conversation


# --- Writing and reading --------------------------------------------------------------------------------------------


def _require(by: User, side: Side, store: Store, partner: Partner, rights: Rights) -> None:
    """Raise NotAllowed unless `by` may write for this side now."""
    if side == Side.STORE:
        access.require(by, rights.write, store)
    else:
        require_in_team(by, rights.team, partner)


def is_open(conversation: Conversation, now: datetime) -> bool:
    return any(subject(now).filter(conversation=conversation).exists() for subject in SUBJECTS)


@transaction.atomic
def send(conversation: Conversation, *, text: str, side: Side, by: User) -> Message:
    """Write to the other side. Raises NotAllowed, ConversationClosed, TooManyMessages.

    What closes a conversation (a revocation, an answer) locks partner and store too: it comes before or after.
    """
    partner, store = Partner.objects.lock(conversation.partner_id), Store.objects.lock(conversation.store_id)
    _require(by, side, store, partner, conversation.rights)
    now = timezone.now()
    lapse_due(partner, store, now=now)
    if not is_open(conversation, now):
        raise ConversationClosed
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # who writes in two places at once is counted in both
    if Message.objects.filter(author=by, sent_at__gt=now - WHILE)[:MOST].count() >= MOST:
        raise TooManyMessages
    return Message.objects.create(conversation=conversation, author=by, side=side, text=text, sent_at=now)


def read(conversation: Conversation, *, up_to: Message, by: User) -> None:
    """Note that `by` has read it up to this message. Who read further already stays there."""
    row = Reading(conversation=conversation, user=by, up_to=up_to.pk)
    Reading.objects.bulk_create([row], ignore_conflicts=True)
    behind = Reading.objects.filter(conversation=conversation, user=by, up_to__lt=up_to.pk)
    behind.update(up_to=up_to.pk, read_at=timezone.now())


def named(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Conversations with what it takes to name the store for the partner (`name_for`), and with both of them."""
    asked = AccessRequest.objects.filter(conversation=OuterRef("pk")).order_by("-pk")
    granted = Collaboration.objects.filter(conversation=OuterRef("pk")).order_by("-pk")
    return rows.annotate(
        typed_address=Subquery(asked.values("typed_address")[:1]),
        access_request_key=Subquery(asked.values("public_id")[:1]),
        collaboration_key=Subquery(granted.values("public_id")[:1]),
    ).select_related("store", "partner")


def readable(user: User, side: Side) -> QuerySet[Conversation]:
    """Conversations that the user may read for this side, each with what its page shows: whether it is open, what it is
    about, and how much of it they have read."""
    now = timezone.now()
    open_now = reduce(or_, (Q(Exists(subject(now).filter(conversation=OuterRef("pk")))) for subject in SUBJECTS))
    rows = Conversation.objects.readable_for(side, user).read_by(user, side)
    return named(rows).annotate(is_open=Exists(Conversation.objects.filter(open_now, pk=OuterRef("pk"))))


def name_for(side: Side, conversation: Conversation) -> str:
    """Whom this side talks to; the conversation comes from `named`.

    Until the store said yes, it has for the partner the name that the partner typed.
    """
    if side == Side.STORE:
        return str(conversation.partner)
    typed, granted = conversation.typed_address, conversation.collaboration_key  # type: ignore[attr-defined]
    return without_scheme(typed) if typed and not granted else str(conversation.store)


# --- Telling --------------------------------------------------------------------------------------------------------


def people_of(side: Side, conversation: Conversation) -> set[int]:
    """Who is told of messages to this side: those who may answer them."""
    if side == Side.STORE:
        people = access.users_who_may(conversation.store_id, conversation.rights.write)
    else:
        team = Membership.objects.filter(held(conversation.rights.team), partner_id=conversation.partner_id)
        people = set(team.values_list("user_id", flat=True))
    return set(User.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))


def gather_unread(*, now: datetime, limit: int = 500) -> int:
    """Tell of messages that somebody has not read for ten minutes. Returns how many conversations were looked at.

    One event for each reader and side, about all that is unread at that moment and was not told of before: younger
    messages go along with the one whose time has come. What comes later waits for its own ten minutes.
    """
    due = Message.objects.filter(gathered_at=None, sent_at__lte=now - UNREAD_FOR).order_by("sent_at")
    found = sorted(set(due.values_list("conversation_id", flat=True)[:limit]))
    for conversation_id in found:
        try:
            _gather(conversation_id, now)
        except Exception:  # one conversation that is busy or broken keeps no other from being told
            logger.exception("What is unread in conversation %s waits", conversation_id)
    return len(found)


@transaction.atomic
def _gather(conversation_id: int, now: datetime) -> None:
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
    due = conversation.messages.filter(gathered_at=None, sent_at__lte=now - UNREAD_FOR)
    keys = sorted(due.values_list("pk", flat=True))
    for side in Side:
        theirs = conversation.messages.filter(side=side.other)
        latest = theirs.aggregate(latest=Max("pk"))["latest"]
        for reader, after in _behind(conversation, side, people_of(side, conversation), theirs.filter(pk__in=keys)):
            events.post(
                UNREAD,
                dedupe_key=f"conversation:{conversation.pk}:{side}:{reader}:{latest}",
                conversation=conversation.pk,
                partner=conversation.partner_id,
                store=conversation.store_id,
                reader=reader,
                side=side.value,
                after=after,
                told_up_to=latest,
            )
    Message.objects.filter(pk__in=keys).update(gathered_at=now)


def _behind(
    conversation: Conversation, side: Side, people: Iterable[int], due: QuerySet[Message]
) -> list[tuple[int, int]]:
    """Who of `people` has neither read nor been told of one of these messages, and after which message that begins."""
    read = dict(conversation.readings.filter(user__in=people).values_list("user_id", "up_to"))
    told = _told(conversation, side)
    theirs = list(due.values_list("pk", "author_id"))
    known = {person: max(read.get(person, 0), told.get(person, 0)) for person in people}
    return [
        (person, after)
        for person, after in sorted(known.items())
        if any(key > after and author != person for key, author in theirs)
    ]


def _told(conversation: Conversation, side: Side) -> dict[int, int]:
    """Up to which message each reader on this side was told. Events are for ever, so nobody is told twice."""
    mine = Event.objects.filter(topic=UNREAD, dedupe_key__startswith=f"{UNREAD}:conversation:{conversation.pk}:{side}:")
    return dict(mine.order_by("pk").values_list("payload__reader", "payload__told_up_to"))

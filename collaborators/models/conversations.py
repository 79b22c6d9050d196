"""Messages between one store and one partner. Nothing here knows what they talk about: an access request, the
collaboration that follows, a job each point at their conversation."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

import pgtrigger
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from partners.models import Membership, Partner
from partners.permissions import TeamPermission
from stores.models import Store

TEXT_LENGTH = 5000  # code points
COUNTED = 100  # unread messages are counted up to here


class Side(models.TextChoices):
    """Of which side somebody writes and reads."""

    STORE = "store", _("The store")
    PARTNER = "partner", _("The partner")

    @property
    def other(self) -> "Side":
        return Side.PARTNER if self is Side.STORE else Side.STORE


class About(models.TextChoices):
    """What kind of thing a conversation is about: says which rights read and write it."""

    ACCESS = "access", _("Access")
    JOB = "job", _("A job")


@dataclass(frozen=True)
class Rights:
    """Who reads and writes conversations about one kind of thing."""

    read: str  # store permissions
    write: str
    team: TeamPermission  # of the partner's people, for both

    def of_store(self, user: Visitor) -> Q:
        return Q(store__in=Store.objects.where_user_may(user, self.read).values("pk"))

    def of_partner(self, user: Visitor) -> Q:
        return Q(partner__in=Membership.objects.where_user_may(user, self.team).values("partner"))


# The one place that says so: pages, API, lists, what is unread and who is told of it all ask here.
RIGHTS = {
    About.ACCESS: Rights("users.view", "users.manage", TeamPermission.MANAGE_STORES),
    About.JOB: Rights("jobs.view", "jobs.manage", TeamPermission.MANAGE_JOBS),
}


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: Visitor) -> "ConversationQuerySet":
        """Conversations that the user may read, for one side or the other."""
        return self.readable_for(Side.STORE, user) | self.readable_for(Side.PARTNER, user)

    def readable_for(self, side: Side, user: Visitor) -> "ConversationQuerySet":
        """Those that the user may read as one of the store's people, or as one of the partner's."""
        if not user.is_authenticated:
            return self.none()
        conditions = (
            Q(about=about) & (rights.of_store(user) if side is Side.STORE else rights.of_partner(user))
            for about, rights in RIGHTS.items()
        )
        return self.filter(reduce(or_, conditions))

    def read_by(self, user: User, side: Side) -> "ConversationQuerySet":
        """Each with how far the user read it (`up_to`), and how much is `unread`."""
        return self.annotate(up_to=_read_up_to(user, "pk"), unread=unread(user, side, "pk"))


class Conversation(models.Model):
    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="conversations")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="conversations")
    about = models.CharField(max_length=10, choices=About, default=About.ACCESS, db_default=About.ACCESS)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["store", "-id"], name="conversation_of_store"),
            models.Index(fields=["partner", "-id"], name="conversation_of_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.partner} and {self.store}"

    @property
    def rights(self) -> Rights:
        """Who reads and writes here."""
        return RIGHTS[About(self.about)]


class MessageQuerySet(models.QuerySet["Message"]):
    def unread_by(self, user: User, side: Side) -> "MessageQuerySet":
        """What the other side wrote since the user, who reads for `side`, read last."""
        theirs = self.filter(side=side.other).exclude(author=user)
        return theirs.filter(pk__gt=_read_up_to(user, "conversation"))


class Message(models.Model):
    """What somebody wrote. Nobody changes it: the database refuses."""

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="messages", db_index=False
    )  # the index below begins with it
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    text = models.TextField(max_length=TEXT_LENGTH)
    sent_at = models.DateTimeField(default=timezone.now)
    gathered_at = models.DateTimeField(null=True)  # when it was looked at who has not read it

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="message_says_something"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("text"), TEXT_LENGTH), name="message_is_not_too_long"
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "-id"], name="message_of_conversation"),
            models.Index(fields=["author", "-sent_at"], name="message_of_author"),
            models.Index(fields=["sent_at"], name="message_to_gather", condition=Q(gathered_at=None)),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="message_is_not_changed", exclude=["gathered_at"]),
            pgtrigger.Protect(name="message_is_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"message in {self.conversation}"  # never the text: this ends up in logs


class Reading(models.Model):
    """How far somebody read a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="readings", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    up_to = models.BigIntegerField()  # key of the last message that was read
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user"], name="reading_once_per_conversation_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.user} read {self.conversation}"


def _read_up_to(user: User, conversation: str) -> Coalesce:
    """Key of the last message that the user read; 0 for none. `conversation` is how the outer row names it."""
    reading = Reading.objects.filter(conversation=OuterRef(conversation), user=user)
    return Coalesce(Subquery(reading.values("up_to")[:1]), Value(0), output_field=models.BigIntegerField())


def unread(user: User, side: Side, conversation: str = "conversation") -> Func:
    """To annotate rows with: how many messages of their conversation the user has not read, counted up to COUNTED."""
    theirs = Message.objects.filter(conversation=OuterRef(conversation)).unread_by(user, side)
    return Func(
        ArraySubquery(theirs.values("pk")[:COUNTED]), function="cardinality", output_field=models.IntegerField()
    )


def with_unread[Rows: QuerySet](rows: Rows, user: User, side: Side) -> Rows:
    """Rows that have a conversation (requests, collaborations), each with how much of it is `unread`."""
    return rows.annotate(unread=unread(user, side), conversation_key=F("conversation__public_id"))

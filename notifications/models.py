import uuid
from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor


class Event(models.Model):
    """One thing that happened, written in the transaction of the change. Ids only: the words live in code."""

    topic = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=120, unique=True)
    payload = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)  # when its notifications and deliveries were made

    class Meta:
        indexes = [models.Index(fields=["id"], name="event_untold", condition=Q(told_at=None))]
        triggers = [
            pgtrigger.ReadOnly(name="event_keeps_its_facts", exclude=["told_at"]),
            pgtrigger.Protect(name="event_is_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.topic} ({self.dedupe_key})"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: Visitor) -> "NotificationQuerySet":
        """The user's own; none for anonymous."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)


class Notification(models.Model):
    """One line in one person's inbox."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="notifications")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    audience = models.CharField(max_length=20)  # in which role the person is told: chooses words and link
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "user"], name="notification_once_per_event_and_person"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_inbox"),
            models.Index(fields=["user"], name="notification_unread", condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.event} for {self.user}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """What may be claimed: its time has come and nobody holds it."""
        open_states = (Delivery.State.PENDING, Delivery.State.SENDING)
        return self.filter(state__in=open_states, next_at__lte=now, lease_until__lte=now)

    def gathered(self) -> "DeliveryQuerySet":
        """What waits for its reader's next digest."""
        return self.filter(state=Delivery.State.GATHERED, digest=None)

    def given_up(self) -> "DeliveryQuerySet":
        """What nobody tries any more though somebody should have had it: an operator may."""
        refused = Q(state=Delivery.State.SUPPRESSED, problem=Delivery.REFUSED)
        return self.filter(Q(state=Delivery.State.DEAD) | refused)


class Delivery(models.Model):
    """One mail about one event to one person, or to an address that was invited: the row is the truth, the broker only
    wakes a worker."""

    # What stands in `problem` where it is not the class of an error.
    REFUSED = "address refused"  # by the mail server, for good
    NOT_CONCERNED = "no longer concerned"
    TURNED_OFF = "turned off"
    WORKER_LOST = "worker lost"  # in each attempt

    class Channel(models.TextChoices):
        MAIL = "mail"

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("On its way")
        GATHERED = "gathered", _("In a digest")  # in the one it points at, which has the Message-ID, or in the next
        SENT = "sent", _("Sent")
        SUPPRESSED = "suppressed", _("Not sent")  # no longer concerns the person, is turned off, or refused for good
        DEAD = "dead", _("Given up")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="deliveries")
    address = models.EmailField(max_length=254, blank=True, db_default="")  # in lower case; in place of a user
    audience = models.CharField(max_length=20)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.MAIL)
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)  # also the ticket of the attempt that may mark it sent
    next_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(default=timezone.now)  # never null: an expired lease is claimable
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(
        max_length=200, blank=True
    )  # one of the words above, or the class of the last error, never its text

    digest = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="lines", db_index=False)
    retried_at = models.DateTimeField(null=True)  # when an operator began the patience anew

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["event", "user", "channel"], name="delivery_once_per_event_person_and_channel"
            ),
            models.UniqueConstraint(
                fields=["event", "address", "channel"],
                condition=Q(user=None),
                name="delivery_once_per_event_address_and_channel",
            ),
            models.CheckConstraint(
                condition=Q(user=None) & ~Q(address="") | Q(user__isnull=False, address=""),
                name="delivery_to_a_person_or_an_address",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None),
                name="delivery_sent_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=Q(state__in=["pending", "sending"])),
            models.Index(fields=["user"], name="delivery_gathered", condition=Q(state="gathered", digest=None)),
            models.Index(fields=["digest"], name="delivery_of_digest", condition=Q(digest__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.user or 'an address'} ({self.state})"

    @property
    def reader(self) -> User:
        """Whom the mail is written for. For an address: whoever has it as their own, else somebody without a name who
        reads the language of the one who acted, or by the clock, of whoever wrote to that address before."""
        if self.user is not None:
            return self.user
        known = User.objects.filter(email=self.address).first()
        actor = self.event.actor or User.objects.filter(pk=self.event.payload.get("invited_by")).first()
        return known or User(email=self.address, language=actor.language if actor else "")

    @property
    def message_id(self) -> str:
        """The same for every attempt, so that a receiver can drop a repeat."""
        return f"<delivery-{self.public_id}@{settings.MESSAGE_ID_DOMAIN}>"


class MailChoice(models.Model):
    """How somebody wants the mails of one kind. Without a row: at once."""

    class How(models.TextChoices):
        NOW = "now", _("At once")  # never stored
        DIGEST = "digest", _("Daily digest")
        OFF = "off", _("Off")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_choices")
    topic = models.CharField(max_length=60)
    how = models.CharField(max_length=10, choices=How)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="mail_choice_once_per_person_and_topic"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} for {self.user}: {self.how}"


class RefusedAddress(models.Model):
    """Somebody's address that a mail server refused for good, until it takes a mail or the person says it works."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refused_address")
    address = models.EmailField(max_length=254)
    refused_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"refused since {self.refused_at}"

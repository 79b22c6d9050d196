import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from collaborators.errors import already_ended
from collaborators.models.conversations import Conversation
from partners.models import Membership, Partner
from partners.permissions import TeamPermission
from stores.models import Store
from stores.permissions import STAFF_ONLY

SOON = timedelta(days=10)  # from here on lists say "ends in 9 days"


def managed_partners(user: User) -> QuerySet:
    """Ids of the partners whose stores the user manages."""
    return Membership.objects.where_user_may(user, TeamPermission.MANAGE_STORES).values("partner")


class CollaborationQuerySet(models.QuerySet["Collaboration"]):
    def visible_to(self, user: Visitor) -> "CollaborationQuerySet":
        """Collaborations, ended ones too, of partners whose stores the user manages and of stores where they may see
        users."""
        if not user.is_authenticated:
            return self.none()
        stores = Store.objects.where_user_may(user, "users.view").values("pk")
        return self.filter(Q(partner__in=managed_partners(user)) | Q(store__in=stores))

    def active(self, now: datetime | None = None) -> "CollaborationQuerySet":
        """Open now: not ended, and not past its end, swept or not."""
        return self.filter(ended_at=None).filter(Q(ends_at=None) | Q(ends_at__gt=now or timezone.now()))

    def over(self, now: datetime | None = None) -> "CollaborationQuerySet":
        """What is not active any more."""
        return self.filter(Q(ended_at__isnull=False) | Q(ends_at__lte=now or timezone.now()))

    def overdue(self, now: datetime) -> "CollaborationQuerySet":
        return self.filter(ended_at=None, ends_at__lte=now)


class Collaboration(models.Model):
    """The access that a store granted to a partner, until it ends."""

    class EndedBy(models.TextChoices):
        REVOKED = "revoked", _("Revoked")
        LEFT = "left", _("Left")
        LAPSED = "lapsed", _("Ended")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="collaborations")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="collaborations")
    permissions = ArrayField(models.CharField(max_length=40))
    since = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True)  # None: no end date
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_how = models.CharField(max_length=10, choices=EndedBy, blank=True)
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.PROTECT, related_name="collaborations"
    )  # that of the request which it follows; None: from before there were any, and nobody wrote yet

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "store"], condition=Q(ended_at=None), name="collaboration_one_active"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_how="")
                | Q(ended_at__isnull=False, ended_by=None, ended_how="lapsed")
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_how__in=["revoked", "left"]),
                name="collaboration_ended_by_somebody",  # by nobody only when the clock did it
            ),
            models.CheckConstraint(condition=~Q(permissions=[]), name="collaboration_grants_something"),
            models.CheckConstraint(
                condition=~Q(permissions__overlap=sorted(STAFF_ONLY)), name="collaboration_nothing_for_staff"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="collaboration_of_store"),
            models.Index(fields=["partner", "-id"], name="collaboration_of_partner"),
            models.Index(fields=["ends_at"], name="collaboration_due", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.partner} in {self.store}"

    @property
    def is_active(self) -> bool:
        return self.ended_at is None and (self.ends_at is None or self.ends_at > timezone.now())

    @property
    def ends_soon(self) -> bool:
        return self.is_active and self.ends_at is not None and self.ends_at - timezone.now() < SOON

    @property
    def days_left(self) -> int | None:
        """Whole days until the end; None without one."""
        return (self.ends_at - timezone.now()).days if self.ends_at else None

    @property
    def over_since(self) -> datetime | None:
        """When it stopped opening anything: ended, or past its end and not swept yet. None while active."""
        return None if self.is_active else self.ended_at or self.ends_at

    def require_active(self) -> None:
        """Raise TransitionNotAllowed if it is over. The row must be locked, and lapsed if its time is past."""
        if self.ended_at is not None:
            raise already_ended(self)

    def end(self, how: "Collaboration.EndedBy", *, by: User | None, at: datetime) -> None:
        self.ended_how, self.ended_by, self.ended_at = how, by, at
        self.save(update_fields=["ended_how", "ended_by", "ended_at"])

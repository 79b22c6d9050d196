import re
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from collaborators.errors import already_decided
from collaborators.models.collaborations import Collaboration, managed_partners
from collaborators.models.conversations import Conversation
from partners.models import Membership, Partner
from stores.models import Store

ANSWER_WITHIN = timedelta(days=30)
MESSAGE_LENGTH = 2000  # code points
REASON_LENGTH = 1000


def without_scheme(typed: str) -> str:
    """ "shop.example" for what was typed as https://www.shop.example."""
    return re.sub(r"^[a-z]+://(www\.)?", "", typed, flags=re.IGNORECASE)


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    def visible_to(self, user: Visitor) -> "AccessRequestQuerySet":
        """Requests of partners whose stores the user manages, and of stores where they may see users."""
        if not user.is_authenticated:
            return self.none()
        stores = Store.objects.where_user_may(user, "users.view").values("pk")
        return self.filter(Q(partner__in=managed_partners(user)) | Q(store__in=stores))

    def pending(self, now: datetime | None = None) -> "AccessRequestQuerySet":
        """Still to be answered: past its time a request is not pending, swept or not."""
        return self.filter(status=AccessRequest.Status.PENDING, expires_at__gt=now or timezone.now())

    def in_status(self, status: str) -> "AccessRequestQuerySet":
        """With this status as it is now: past its time a request is expired, swept or not."""
        now = timezone.now()
        if status == AccessRequest.Status.PENDING:
            return self.pending(now)
        if status == AccessRequest.Status.EXPIRED:
            overdue = Q(status=AccessRequest.Status.PENDING, expires_at__lte=now)
            return self.filter(Q(status=status) | overdue)
        return self.filter(status=status)

    def waiting_for(self, user: User, store: Store) -> "AccessRequestQuerySet":
        """Pending ones of the store, without those of the user's own partners: only the owner decides about these."""
        rows = self.filter(store=store).pending()
        if store.owner_id == user.pk:
            return rows
        return rows.exclude(partner__in=Membership.objects.filter(user_id=user.pk).values("partner"))

    def overdue(self, now: datetime) -> "AccessRequestQuerySet":
        return self.filter(status=AccessRequest.Status.PENDING, expires_at__lte=now)


class AccessRequest(models.Model):
    """A partner asks a store for a set of permissions."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for an answer")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    ALLOWED = {  # statuses not listed are final
        Status.PENDING: {Status.APPROVED, Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED},
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="access_requests")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="access_requests")
    typed_address = models.CharField(max_length=300)  # all the partner knows of the store until approval
    permissions = ArrayField(models.CharField(max_length=40))
    ends_at = models.DateTimeField(null=True)  # how long access is asked for; None: open end
    message = models.TextField(max_length=MESSAGE_LENGTH, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=REASON_LENGTH, blank=True)  # of a decline
    collaboration = models.ForeignKey(
        Collaboration, null=True, on_delete=models.PROTECT, related_name="access_requests"
    )  # what an approval led to
    granted = ArrayField(models.CharField(max_length=40), null=True)  # what the approval made of `permissions`
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.PROTECT, related_name="access_requests"
    )  # None: from before there were any, and nobody wrote yet

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "store"], condition=Q(status="pending"), name="access_request_one_pending"
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at=None, decided_by=None)
                | Q(status="expired", decided_at__isnull=False, decided_by=None)
                | Q(
                    status__in=["approved", "declined", "withdrawn"], decided_at__isnull=False, decided_by__isnull=False
                ),
                name="access_request_decided_by_somebody",  # by nobody only when the clock did it
            ),
            models.CheckConstraint(
                condition=Q(status="approved", collaboration__isnull=False, granted__isnull=False)
                | ~Q(status="approved") & Q(collaboration=None, granted=None),
                name="access_request_approved_grants",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="access_request_of_store"),
            models.Index(fields=["partner", "-id"], name="access_request_of_partner"),
            models.Index(fields=["expires_at"], name="access_request_due", condition=Q(status="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.partner} asks {self.store}"

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING and self.expires_at > timezone.now()

    @property
    def name_for_partner(self) -> str:
        """The store's name once it said yes; until then what was typed, without scheme."""
        if self.status == self.Status.APPROVED:
            return self.store.name
        return without_scheme(self.typed_address)

    def worked_together_before(self) -> bool:
        """Whether the partner had access to the store at some time before it asked."""
        between = Collaboration.objects.filter(partner_id=self.partner_id, store_id=self.store_id)
        return between.filter(since__lt=self.asked_at).exists()

    def require(self, wanted: "AccessRequest.Status") -> None:
        """Raise TransitionNotAllowed unless `wanted` may follow the current status. The row must be locked."""
        if wanted not in self.ALLOWED.get(self.Status(self.status), ()):
            raise already_decided(self)

    def decide(self, status: "AccessRequest.Status", *, by: User | None, at: datetime, **fields) -> None:
        self.status, self.decided_by, self.decided_at = status, by, at
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=["status", "decided_by", "decided_at", *fields])

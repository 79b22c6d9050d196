import re
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from collaborators.errors import already_decided
from collaborators.models.collaborations import Collaboration, managed_partners
from collaborators.models.conversations import Conversation
from partners.models import Membership, Partner
from stores.models import Store
from stores.permissions import in_order, with_required

ANSWER_WITHIN = timedelta(days=30)
REMIND_AFTER = (3, 14)  # days of 24 hours
REOPEN_WITHIN = timedelta(hours=24)
MESSAGE_LENGTH = 2000  # code points
REASON_LENGTH = 1000


def without_scheme(typed: str) -> str:
    """ "shop.example" for what was typed as https://www.shop.example."""
    return re.sub(r"^[a-z]+://(www\.)?", "", typed, flags=re.IGNORECASE)


def _count(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().values("partner").annotate(count=Count("store", distinct=True)).values("count")
    return Coalesce(Subquery(counted), 0)


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

    def with_partner_facts(self, user: User) -> "AccessRequestQuerySet":
        """Who asks, as far as `user` may know, in the same query: what the partner may do here `today`, how many stores
        it works for, and for how many other stores of `user`'s own."""
        active = Collaboration.objects.active()
        elsewhere = active.filter(partner=OuterRef("partner"))
        here = elsewhere.filter(store=OuterRef("store"))
        of_theirs = elsewhere.exclude(store=OuterRef("store")).filter(store__in=Store.objects.belonging_to(user))
        before = Collaboration.objects.filter(
            partner=OuterRef("partner"), store=OuterRef("store"), since__lt=OuterRef("asked_at")
        )
        return self.annotate(
            today=Subquery(here.values("permissions")[:1]),
            stores_today=_count(elsewhere),
            stores_in_common=_count(of_theirs),
            worked_before=Exists(before),
        )

    def to_remind_of(self, now: datetime) -> "AccessRequestQuerySet":
        """Waiting long enough for a reminder that did not leave yet."""
        due = Q()
        for days in REMIND_AFTER:  # how long it waits stands in its end: what was asked or reopened ends 30 days later
            due |= Q(reminded_after__lt=days, expires_at__lte=now + ANSWER_WITHIN - timedelta(days=days))
        return self.pending(now).filter(due)


class AccessRequest(models.Model):
    """A partner asks a store for a set of permissions, or for more than it holds there.

    Asking for more names all that the partner would then hold: `permissions` has what it held (`held`) in it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for an answer")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    ALLOWED = {  # statuses not listed are final
        Status.PENDING: {Status.APPROVED, Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED},
        Status.DECLINED: {Status.PENDING},  # reopened by the merchant within 24 hours
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
    more_of = models.ForeignKey(
        Collaboration, null=True, on_delete=models.PROTECT, related_name="more_requests", db_index=False
    )  # the access that goes on until the answer
    held = ArrayField(models.CharField(max_length=40), null=True)  # what the partner might do when it asked for more
    seen_at = models.DateTimeField(null=True)  # when somebody first opened it who may decide
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reminded_after = models.PositiveSmallIntegerField(default=0, db_default=0)  # days: the latest reminder that left

    # of `with_partner_facts`
    today: list[str] | None
    stores_today: int
    stores_in_common: int
    worked_before: bool

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
            models.CheckConstraint(
                condition=Q(more_of=None, held=None) | Q(more_of__isnull=False, held__isnull=False),
                name="access_request_more_than_held",
            ),
            models.CheckConstraint(
                condition=Q(seen_at=None, seen_by=None) | Q(seen_at__isnull=False, seen_by__isnull=False),
                name="access_request_seen_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(reopened_at=None, reopened_by=None)
                | Q(reopened_at__isnull=False, reopened_by__isnull=False),
                name="access_request_reopened_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="access_request_of_store"),
            models.Index(fields=["partner", "-id"], name="access_request_of_partner"),
            models.Index(fields=["expires_at"], name="access_request_due", condition=Q(status="pending")),
            # Most rows have none of these.
            models.Index(fields=["more_of"], name="access_request_more_of", condition=Q(more_of__isnull=False)),
            models.Index(fields=["seen_by"], name="access_request_seen_by", condition=Q(seen_by__isnull=False)),
            models.Index(
                fields=["reopened_by"], name="access_request_reopened_by", condition=Q(reopened_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} asks {self.store}"

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING and self.expires_at > timezone.now()

    @property
    def waiting_since(self) -> datetime:
        """When it was asked, or reopened."""
        return self.expires_at - ANSWER_WITHIN

    @property
    def is_for_more(self) -> bool:
        return self.more_of_id is not None

    @property
    def added(self) -> list[str]:
        """What it asks for beyond what the partner held when it asked."""
        return in_order(set(self.permissions) - set(self.held or ()))

    def offered(self, today: Collection[str]) -> set[str]:
        """What the merchant finds ticked: what the partner may do today, and what it asked for."""
        return set(today) | with_required(self.added)

    @property
    def ended_with_access(self) -> bool:
        """Whether it was closed because the access that it asked to widen ended, not because nobody answered."""
        if self.status != self.Status.EXPIRED or self.decided_at is None:
            return False
        return self.is_for_more and self.decided_at < self.expires_at

    @property
    def reopens_until(self) -> datetime | None:
        """Until when the merchant may take a decline back; None if that is not possible any more."""
        if self.status != self.Status.DECLINED or self.decided_at is None:
            return None
        until = self.decided_at + REOPEN_WITHIN
        return until if until > timezone.now() else None

    @property
    def knows_store(self) -> bool:
        """Whether the partner knows which store this is: it said yes, or the partner works there."""
        return self.status == self.Status.APPROVED or self.is_for_more

    @property
    def name_for_partner(self) -> str:
        """The store's name once it said yes; until then what was typed, without scheme."""
        if self.knows_store:
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

    def reopen(self, *, by: User, at: datetime) -> None:
        """As it was before it was declined, with 30 new days. The row must be locked, and guarded."""
        self.status, self.decided_by, self.decided_at, self.reason = self.Status.PENDING, None, None, ""
        self.reopened_by, self.reopened_at, self.expires_at, self.reminded_after = by, at, at + ANSWER_WITHIN, 0
        fields = ["status", "decided_by", "decided_at", "reason", "reopened_by", "reopened_at", "expires_at"]
        self.save(update_fields=[*fields, "reminded_after"])

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from collaborators.models import Side
from jobs.errors import job_moved_on
from partners.models import Membership, Partner
from partners.permissions import TeamPermission
from stores.models import Store

TITLE_LENGTH = 120  # code points
BRIEF_LENGTH = 5000
REASON_LENGTH = 1000
ITEM_LENGTH = 200
MOST_ITEMS = 100  # of one job
ANSWER_WITHIN_HOURS = 72


def managed_partners(user: User) -> models.QuerySet:
    """Ids of the partners whose jobs the user manages."""
    return Membership.objects.where_user_may(user, TeamPermission.MANAGE_JOBS).values("partner")


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Visitor) -> "JobQuerySet":
        """Jobs of stores where the user may see jobs, and those in which a partner whose jobs they manage has, or had,
        a part."""
        if not user.is_authenticated:
            return self.none()
        stores = Store.objects.where_user_may(user, "jobs.view").values("pk")
        return self.filter(Q(store__in=stores) | Q(candidates__partner__in=managed_partners(user))).distinct()

    def of_partner(self, partner: Partner) -> "JobQuerySet":
        """Jobs in which the partner has, or had, a part."""
        from jobs.models.candidates import Candidate

        return self.filter(pk__in=Candidate.objects.filter(partner=partner).values("job"))


class Job(models.Model):
    """Work that a partner does for a store."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        IN_PROGRESS = "in_progress", _("In progress")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    class Beginning(models.TextChoices):
        POSTED = "posted", _("Posted by the store")  # to several partners
        ASKED = "asked", _("The store asked one partner")
        PROPOSED = "proposed", _("Proposed by the partner")

    ALLOWED = {  # statuses not listed are final
        Status.OPEN: {Status.IN_PROGRESS, Status.CANCELLED},
        Status.IN_PROGRESS: {Status.COMPLETED, Status.CANCELLED},
    }

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="jobs", db_index=False)
    partner = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="jobs", db_index=False
    )  # once hired
    beginning = models.CharField(max_length=10, choices=Beginning)
    title = models.CharField(max_length=TITLE_LENGTH)
    brief = models.TextField(max_length=BRIEF_LENGTH)
    services = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # keys of partners.services
    currency = models.CharField(max_length=3)  # ISO 4217; fixed at hire
    budget = models.BigIntegerField(null=True)  # smallest units; None: not said
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    # At hire, from the proposal that was accepted
    hired_at = models.DateTimeField(null=True)
    hired_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    price = models.BigIntegerField(null=True)  # smallest units; None: not hired yet, or agreed as free
    is_free = models.BooleanField(default=False, db_default=False)

    # Sums of its payments, reversals taken off: kept beside it, under its lock
    received = models.BigIntegerField(default=0, db_default=0)  # by the partner, as the partner says
    paid = models.BigIntegerField(default=0, db_default=0)  # by the merchant, as the merchant says

    completed_at = models.DateTimeField(null=True)
    is_counted = models.BooleanField(null=True)  # in track records; None until it is completed

    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_side = models.CharField(max_length=10, choices=Side, blank=True, default="", db_default="")
    cancel_reason = models.TextField(max_length=REASON_LENGTH, blank=True, default="", db_default="")

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="job_has_a_title"),
            models.CheckConstraint(condition=Q(budget=None) | Q(budget__gt=0), name="job_budget_is_positive"),
            models.CheckConstraint(
                condition=Q(hired_at=None, partner=None, hired_by=None, price=None, is_free=False)
                | Q(hired_at__isnull=False, partner__isnull=False, hired_by__isnull=False, price=None, is_free=True)
                | Q(hired_at__isnull=False, partner__isnull=False, hired_by__isnull=False, is_free=False)
                & Q(price__isnull=False, price__gt=0),  # NULL > 0 is no "no" to a CHECK
                name="job_hired_with_terms",
            ),
            models.CheckConstraint(
                condition=Q(status="open", hired_at=None)
                | Q(status__in=["in_progress", "completed"], hired_at__isnull=False)
                | Q(status="cancelled"),
                name="job_in_progress_once_hired",
            ),
            models.CheckConstraint(
                condition=Q(status="completed", completed_at__isnull=False, is_counted__isnull=False)
                | ~Q(status="completed") & Q(completed_at=None, is_counted=None),
                name="job_completed_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False, cancelled_by__isnull=False)
                & ~Q(cancelled_side="")
                & ~Q(cancel_reason="")
                | ~Q(status="cancelled") & Q(cancelled_at=None, cancelled_by=None, cancelled_side="", cancel_reason=""),
                name="job_cancelled_by_somebody_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(received__gte=0, paid__gte=0), name="job_sums_are_not_negative"),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="job_of_store"),
            models.Index(fields=["store", "status", "-id"], name="job_of_store_by_status"),
            models.Index(fields=["partner", "status", "-id"], name="job_of_partner_by_status"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_payable(self) -> bool:
        """Whether payments may be recorded: the last one often comes after the yes."""
        return self.status in {self.Status.IN_PROGRESS, self.Status.COMPLETED}

    @property
    def may_be_completed(self) -> bool:
        """Whether enough was paid for the partner to say that it is done."""
        return self.is_free or self.received > 0

    def require_payable(self) -> None:
        """Raise JobMovedOn unless payments may be recorded. The row must be locked."""
        if not self.is_payable:
            raise job_moved_on(self)

    def require(self, wanted: "Job.Status") -> None:
        """Raise JobMovedOn unless `wanted` may follow the current status. The row must be locked."""
        if wanted not in self.ALLOWED.get(self.Status(self.status), ()):
            raise job_moved_on(self)

    def require_in_progress(self) -> None:
        """Raise JobMovedOn unless the work is going on. The row must be locked."""
        if self.status != self.Status.IN_PROGRESS:
            raise job_moved_on(self)

    def book(self, kind: str, amount: int) -> None:
        """Add to what was `received` or `paid`; a reversal is below zero. The row must be locked."""
        setattr(self, kind, getattr(self, kind) + amount)
        self.save(update_fields=[kind])

    def hire(self, partner: Partner, *, price: int | None, by: User, at: datetime) -> None:
        """`price` None: agreed as free."""
        self.status, self.partner, self.hired_by, self.hired_at = self.Status.IN_PROGRESS, partner, by, at
        self.price, self.is_free = price, price is None
        self.save(update_fields=["status", "partner", "hired_by", "hired_at", "price", "is_free"])

    def complete(self, *, at: datetime, is_counted: bool) -> None:
        self.status, self.completed_at, self.is_counted = self.Status.COMPLETED, at, is_counted
        self.save(update_fields=["status", "completed_at", "is_counted"])

    def cancel(self, *, side: Side, reason: str, by: User, at: datetime) -> None:
        self.status, self.cancelled_side, self.cancel_reason = self.Status.CANCELLED, side, reason
        self.cancelled_by, self.cancelled_at = by, at
        self.save(update_fields=["status", "cancelled_side", "cancel_reason", "cancelled_by", "cancelled_at"])


class JobItem(models.Model):
    """One line of what is to be done: of the proposal, added on the way, or missing when the merchant declined."""

    class Origin(models.TextChoices):
        PROPOSAL = "proposal", _("Agreed at the beginning")
        ADDED = "added", _("Added by the partner")
        DECLINE = "decline", _("Still to be done, said the store")

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items", db_index=False)
    text = models.CharField(max_length=ITEM_LENGTH)
    origin = models.CharField(max_length=10, choices=Origin)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    completion = models.ForeignKey(
        "jobs.CompletionRequest", null=True, on_delete=models.PROTECT, related_name="missing_items"
    )  # that was declined because of it
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="job_item_says_something"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="job_item_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(origin="decline", completion__isnull=False) | ~Q(origin="decline") & Q(completion=None),
                name="job_item_missing_from_a_completion",
            ),
        ]
        indexes = [models.Index(fields=["job", "id"], name="job_item_of_job")]

    def __str__(self) -> str:
        return f"item of {self.job}"

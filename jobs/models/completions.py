from datetime import datetime

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from collaborators.models import Collaboration
from jobs.errors import completion_moved_on
from jobs.models.jobs import Job

MESSAGE_LENGTH = 1000  # code points


class CompletionRules(models.Model):
    """What operators set for completion requests to come: one row, without which the defaults hold. Requests that were
    sent keep the times that both sides were told."""

    by_the_clock = models.BooleanField("approved by the clock when nobody answers", default=True)
    days = models.PositiveSmallIntegerField("days until the clock approves", default=14)
    more_days = models.PositiveSmallIntegerField("days that the merchant may take once", default=7)

    class Meta:
        verbose_name_plural = "completion rules"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="completion_rules_are_one_row"),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=90, more_days__gte=1, more_days__lte=90),
                name="completion_rules_between_one_and_ninety_days",
            ),
        ]

    def __str__(self) -> str:
        return "Completion rules"


class CompletionRequestQuerySet(models.QuerySet["CompletionRequest"]):
    def pending(self, now: datetime | None = None) -> "CompletionRequestQuerySet":
        """Still to be answered: past its deadline a request is approved, swept or not."""
        in_time = Q(deadline=None) | Q(deadline__gt=now or timezone.now())
        return self.filter(in_time, status=CompletionRequest.Status.PENDING)

    def overdue(self, now: datetime) -> "CompletionRequestQuerySet":
        return self.filter(status=CompletionRequest.Status.PENDING, deadline__lte=now)


class CompletionRequest(models.Model):
    """The partner says that the job is done."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for an answer")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    ALLOWED = {Status.PENDING: {Status.APPROVED, Status.DECLINED, Status.WITHDRAWN}}  # statuses not listed are final

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="completions", db_index=False)
    message = models.TextField(max_length=MESSAGE_LENGTH, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    deadline = models.DateTimeField(null=True)  # when the clock approves; None: the clock was off
    more_days = models.PositiveSmallIntegerField()  # that the merchant may take once
    extended_at = models.DateTimeField(null=True)
    extended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reminded_after = models.PositiveSmallIntegerField(default=0, db_default=0)  # days: the latest reminder that left
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = CompletionRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job"], condition=Q(status="pending"), name="completion_one_pending"),
            models.UniqueConstraint(fields=["job"], condition=Q(status="approved"), name="completion_one_approved"),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at=None, decided_by=None)
                | Q(status="approved", decided_at__isnull=False)  # by nobody only for the clock
                | Q(status__in=["declined", "withdrawn"], decided_at__isnull=False, decided_by__isnull=False),
                name="completion_decided_by_somebody_or_the_clock",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved", decided_by=None) | Q(deadline__isnull=False),
                name="completion_by_the_clock_had_a_deadline",
            ),
            models.CheckConstraint(
                condition=Q(extended_at=None, extended_by=None)
                | Q(extended_at__isnull=False, extended_by__isnull=False),
                name="completion_extended_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["job", "-id"], name="completion_of_job"),
            models.Index(fields=["deadline"], name="completion_due", condition=Q(status="pending")),
            models.Index(fields=["requested_at"], name="completion_to_remind", condition=Q(status="pending")),
        ]

    def __str__(self) -> str:
        return f"completion of {self.job}"

    @property
    def is_pending(self) -> bool:
        """Waits for an answer, and in time: swept or not."""
        in_time = self.deadline is None or self.deadline > timezone.now()
        return self.status == self.Status.PENDING and in_time

    @property
    def is_by_the_clock(self) -> bool:
        return self.status == self.Status.APPROVED and self.decided_by_id is None

    def require(self, wanted: "CompletionRequest.Status") -> None:
        """Raise CompletionMovedOn unless `wanted` may follow the current status. The job must be locked."""
        if wanted not in self.ALLOWED.get(self.Status(self.status), ()):
            raise completion_moved_on(self)

    def decide(self, status: "CompletionRequest.Status", *, by: User | None, at: datetime) -> None:
        """`by` None: the clock."""
        self.status, self.decided_by, self.decided_at = status, by, at
        self.save(update_fields=["status", "decided_by", "decided_at"])


class JobAccess(models.Model):
    """Access that belongs to a job: it ends with it."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="access", db_index=False)
    collaboration = models.ForeignKey(Collaboration, on_delete=models.PROTECT, related_name="job_access")
    days_after = models.PositiveSmallIntegerField(null=True)  # picked at the approval; None: not yet
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "job access"
        constraints = [
            models.UniqueConstraint(fields=["job", "collaboration"], name="job_access_once_per_job"),
        ]

    def __str__(self) -> str:
        return f"{self.collaboration} for {self.job}"

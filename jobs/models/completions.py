from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from collaborators.models import Collaboration
from jobs.errors import completion_moved_on
from jobs.models.jobs import Job, managed_partners
from stores.models import Store

MESSAGE_LENGTH = 1000  # code points
MOST_MISSING = 20  # items that one decline names
REMIND_AFTER = (3, 7)  # days without an answer: then the merchant is reminded
CLOCK_ENDS_ACCESS_AFTER = 7  # days after an approval by the clock
LONGEST_AFTER = 90  # days that access may go on after an approval


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

    @classmethod
    def current(cls) -> "CompletionRules":
        """What holds for requests that are sent now."""
        return cls.objects.first() or cls()

    def deadline_of(self, requested_at: datetime) -> datetime | None:
        """When the clock approves what is requested then; None: it does not."""
        return requested_at + timedelta(days=self.days) if self.by_the_clock else None


class CompletionRequestQuerySet(models.QuerySet["CompletionRequest"]):
    def visible_to(self, user: Visitor) -> "CompletionRequestQuerySet":
        """Those of stores where the user may see jobs, and of partners whose jobs they manage: of whoever is hired, not
        of others that were asked."""
        if not user.is_authenticated:
            return self.none()
        stores = Store.objects.where_user_may(user, "jobs.view").values("pk")
        return self.filter(Q(job__store__in=stores) | Q(job__partner__in=managed_partners(user)))

    def pending(self, now: datetime | None = None) -> "CompletionRequestQuerySet":
        """Still to be answered: past its deadline a request is approved, swept or not."""
        in_time = Q(deadline=None) | Q(deadline__gt=now or timezone.now())
        return self.filter(in_time, status=CompletionRequest.Status.PENDING)

    def overdue(self, now: datetime) -> "CompletionRequestQuerySet":
        return self.filter(status=CompletionRequest.Status.PENDING, deadline__lte=now)

    def to_remind_of(self, now: datetime) -> "CompletionRequestQuerySet":
        """Waiting long enough for a reminder that did not leave yet."""
        due = Q()
        for days in REMIND_AFTER:
            due |= Q(reminded_after__lt=days, requested_at__lte=now - timedelta(days=days))
        return self.pending(now).filter(due)


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
    def stands(self) -> "CompletionRequest.Status":
        """What became of it as of now: past its deadline it is approved, swept or not."""
        status = self.Status(self.status)
        return self.Status.APPROVED if status == self.Status.PENDING and not self.is_pending else status

    @property
    def settled_at(self) -> datetime | None:
        """When that was; None while it waits."""
        return None if self.is_pending else self.decided_at or self.deadline

    @property
    def is_by_the_clock(self) -> bool:
        return self.stands == self.Status.APPROVED and self.decided_by_id is None

    @property
    def extended_deadline(self) -> datetime | None:
        """When the clock would approve if the store took more days now; None: it cannot."""
        if self.deadline is None or self.extended_at is not None:
            return None
        return self.deadline + timedelta(days=self.more_days)

    def require(self, wanted: "CompletionRequest.Status") -> None:
        """Raise CompletionMovedOn unless `wanted` may follow the current status. The job must be locked."""
        if wanted not in self.ALLOWED.get(self.Status(self.status), ()):
            raise completion_moved_on(self)

    def extend(self, *, by: User, at: datetime) -> None:
        self.deadline, self.extended_by, self.extended_at = self.extended_deadline, by, at
        self.save(update_fields=["deadline", "extended_by", "extended_at"])

    def decide(self, status: "CompletionRequest.Status", *, by: User | None, at: datetime) -> None:
        """`by` None: the clock."""
        self.status, self.decided_by, self.decided_at = status, by, at
        self.save(update_fields=["status", "decided_by", "decided_at"])


class JobAccessQuerySet(models.QuerySet["JobAccess"]):
    def held_by_others(self) -> "JobAccessQuerySet":
        """Each row with `others`: whether the access belongs to another unfinished job too, and stays for that."""
        unfinished = [Job.Status.OPEN, Job.Status.IN_PROGRESS]
        same = JobAccess.objects.filter(collaboration=OuterRef("collaboration"), job__status__in=unfinished)
        return self.annotate(others=Exists(same.exclude(job=OuterRef("job"))))


class JobAccess(models.Model):
    """Access that belongs to a job: it ends with it."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="access", db_index=False)
    collaboration = models.ForeignKey(Collaboration, on_delete=models.PROTECT, related_name="job_access")
    days_after = models.PositiveSmallIntegerField(null=True)  # picked at the approval; None: not yet
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    others: bool  # whether another unfinished job holds it too: of rows `held_by_others()`

    objects = JobAccessQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "job access"
        constraints = [
            models.UniqueConstraint(fields=["job", "collaboration"], name="job_access_once_per_job"),
        ]

    def __str__(self) -> str:
        return f"{self.collaboration} for {self.job}"

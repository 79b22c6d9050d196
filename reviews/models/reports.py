from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.models.replies import Reply
from reviews.models.reviews import Review
from reviews.reasons import Reason

REPORT_LENGTH = 500  # code points
REPORTS_A_DAY = 20  # of one person: more than anybody finds by reading, few enough to be read one by one

# Of two reports, in a subquery: what waits about one thing is one case, and so is what one decision settled.
SAME_THING = Q(review=OuterRef("review")) | Q(reply=OuterRef("reply"))
SAME_DECISION = Q(status=OuterRef("status")) & (Q(decided_at=None) | Q(decided_at=OuterRef("decided_at")))


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> "ReportQuerySet":
        return self.filter(status=Report.Status.OPEN)

    def of(self, thing: Review | Reply) -> "ReportQuerySet":
        return self.filter(review=thing) if isinstance(thing, Review) else self.filter(reply=thing)

    def settled_with(self, report: "Report") -> "ReportQuerySet":
        """Those that the same decision settled."""
        return self.of(report.thing).filter(decided_at=report.decided_at)

    def one_for_each_case(self) -> "ReportQuerySet":
        """The oldest of each case."""
        return self.filter(~Exists(Report.objects.filter(SAME_THING, SAME_DECISION, pk__lt=OuterRef("pk"))))

    def with_numbers(self) -> "ReportQuerySet":
        """Each with the `number` of reports in its case."""
        case = Report.objects.filter(SAME_THING, SAME_DECISION).order_by().values("status")
        return self.annotate(number=Subquery(case.annotate(number=Count("pk")).values("number")))


class Report(models.Model):
    """Somebody says that a review or a reply should not stand. It stays online until operators decide."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waits for a decision")
        KEPT = "kept", _("Stays online")
        REMOVED = "removed", _("Removed")

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    review = models.ForeignKey(Review, null=True, on_delete=models.PROTECT, related_name="reports")
    reply = models.ForeignKey(Reply, null=True, on_delete=models.PROTECT, related_name="reports")
    reason = models.CharField(max_length=20, choices=Reason)
    details = models.TextField(max_length=REPORT_LENGTH, blank=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_for = models.CharField(max_length=20, choices=Reason, blank=True)  # which of the reasons it was removed for
    explanation = models.TextField(max_length=REPORT_LENGTH, blank=True)  # in the operators' words, for both sides

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(review__isnull=False, reply=None) | Q(review=None, reply__isnull=False),
                name="report_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["review", "reported_by"], condition=Q(review__isnull=False), name="report_of_review_once"
            ),
            models.UniqueConstraint(
                fields=["reply", "reported_by"], condition=Q(reply__isnull=False), name="report_of_reply_once"
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_at=None, decided_by=None, decided_for="")
                | Q(status="kept", decided_at__isnull=False, decided_by__isnull=False, decided_for="")
                | Q(status="removed", decided_at__isnull=False, decided_by__isnull=False) & ~Q(decided_for=""),
                name="report_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status="open"), name="report_open")]

    def __str__(self) -> str:
        return f"report {self.public_id}"

    @property
    def thing(self) -> Review | Reply:
        """What was reported."""
        return self.reply or self.review  # type: ignore[return-value]

    @property
    def about(self) -> Review:
        """The review: the one that was reported, or whose reply was."""
        return self.reply.review if self.reply else self.review  # type: ignore[return-value]

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

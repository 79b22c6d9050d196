from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reviews.models.replies import Reply
from reviews.models.reviews import Review
from reviews.reasons import Reason

REPORT_LENGTH = 500  # code points


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

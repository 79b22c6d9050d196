import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.money import MOST
from collaborators.models import Side
from jobs.models.jobs import Job

REFERENCE_LENGTH = 100  # code points


class Payment(models.Model):
    """Money for a job, as one side says; or the entry that takes another one back. Nobody changes it."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Received")  # by the partner
        PAID = "paid", _("Paid")  # by the merchant

        @property
        def side(self) -> Side:
            return Side.PARTNER if self is Payment.Kind.RECEIVED else Side.STORE

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="payments", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.BigIntegerField()  # smallest units of the job's currency; of a reversal: what it takes off
    paid_on = models.DateField()  # the day, in the store's zone
    reference = models.CharField(max_length=REFERENCE_LENGTH, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    reverses = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reversal"
    )  # the entry that was a mistake

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=MOST), name="payment_is_positive"),
        ]
        indexes = [models.Index(fields=["job", "-id"], name="payment_of_job")]
        triggers = [
            pgtrigger.ReadOnly(name="payment_is_not_changed"),
            pgtrigger.Protect(name="payment_is_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"payment for {self.job}"

    @property
    def is_reversal(self) -> bool:
        return self.reverses_id is not None

    @property
    def is_reversed(self) -> bool:
        """Costs a query unless the row came with its `reversal`."""
        return hasattr(self, "reversal")

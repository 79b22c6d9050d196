import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Visitor
from accounts.money import MOST
from collaborators.models import Side
from jobs.models.jobs import Job, managed_partners
from stores.models import Store

REFERENCE_LENGTH = 100  # code points
MOST_PAYMENTS = 200  # of one job, reversals aside


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: Visitor) -> "PaymentQuerySet":
        """Of stores where the user may see jobs, and of the partners whose jobs they manage; of both sides. Whoever was
        not hired sees none."""
        if not user.is_authenticated:
            return self.none()
        stores = Store.objects.where_user_may(user, "jobs.view").values("pk")
        return self.filter(Q(job__store__in=stores) | Q(job__partner__in=managed_partners(user)))

    def with_reversals(self) -> "PaymentQuerySet":
        """Each with its reversal, or the entry that it reverses, and who recorded it: in the same query."""
        return self.select_related("recorded_by", "reverses", "reversal", "reversal__recorded_by")


class Payment(models.Model):
    """Money for a job, as one side says; or the entry that takes another one back. Nobody changes it."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Received")  # by the partner
        PAID = "paid", _("Paid")  # by the merchant

        @property
        def side(self) -> Side:
            return Side.PARTNER if self is Payment.Kind.RECEIVED else Side.STORE

        @classmethod
        def of(cls, side: Side) -> "Payment.Kind":
            return cls.RECEIVED if side is Side.PARTNER else cls.PAID

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

    objects = PaymentQuerySet.as_manager()

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
    def side(self) -> Side:
        """Who says so, and who alone may take it back."""
        return Payment.Kind(self.kind).side

    @property
    def signed(self) -> int:
        """What it adds to the sum."""
        return -self.amount if self.is_reversal else self.amount

    @property
    def is_reversal(self) -> bool:
        return self.reverses_id is not None

    @property
    def is_reversed(self) -> bool:
        """Costs a query unless the row came with its `reversal`."""
        return hasattr(self, "reversal")

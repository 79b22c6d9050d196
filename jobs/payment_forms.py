from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.keyed import KeyedForm
from accounts.money import AmountField
from accounts.text import LineField
from jobs.actions.payments import OLDEST
from jobs.models import REFERENCE_LENGTH, Job


class PaymentForm(KeyedForm):
    """What was received or paid. Days are those of the store."""

    amount = AmountField(label=_("Amount"), max_length=60)
    paid_on = forms.DateField(label=_("Date"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reference = LineField(
        label=_("Reference"),
        max_length=REFERENCE_LENGTH,
        required=False,
        help_text=_("As on the invoice or the bank statement."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, job: Job, **kwargs):
        super().__init__(*args, **{"auto_id": "id_payment_%s", **kwargs})
        self.job = job
        today = timezone.localdate(timezone=ZoneInfo(job.store.time_zone))
        amount, paid_on = self.fields["amount"], self.fields["paid_on"]
        amount.currency = job.currency  # type: ignore[attr-defined]
        amount.label = _("Amount in %(currency)s") % {"currency": job.currency}
        paid_on.initial = today
        paid_on.widget.attrs |= {"min": (today - OLDEST).isoformat(), "max": today.isoformat()}

    @property
    def terms(self) -> dict[str, Any]:
        """What the action takes."""
        return {
            "amount": self.cleaned_data["amount"],
            "currency": self.job.currency,
            "paid_on": self.cleaned_data["paid_on"],
            "reference": self.cleaned_data["reference"],
        }

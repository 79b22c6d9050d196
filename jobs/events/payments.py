"""Payments: recorded, and reversed. The other side is told."""

from dataclasses import replace
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import money
from accounts.models import User
from collaborators.models import Side
from jobs.events import words
from jobs.events.words import about, because_partner, because_store, names
from jobs.models import Payment
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from stores.activity import Words
from stores.models import Activity

# --- Who is told ----------------------------------------------------------------------------------------------------


def to_store(line, letter) -> Audience:
    def recipients(event: Event) -> set[int]:
        return words.people_who_manage_jobs(event) if event.payload["side"] == Side.PARTNER else set()

    return replace(words.to_store(line, letter, url=stores_payments), recipients=recipients)


def to_partner(line, letter) -> Audience:
    def recipients(event: Event) -> set[int]:
        return words.partners_people(event) if event.payload["side"] == Side.STORE else set()

    return words.to_partner(line, letter, recipients=recipients, url=partners_payments)


def stores_payments(facts: Facts) -> str:
    return f"{words.stores_job(facts)}#payments"


def partners_payments(facts: Facts) -> str:
    return f"{words.partners_job(facts)}#payments"


# --- Letters --------------------------------------------------------------------------------------------------------


def amount(facts: Facts) -> str:
    return money.in_words(facts.payment.amount, facts.job.currency)


def with_amount(facts: Facts) -> dict[str, str]:
    return names(facts) | {"amount": amount(facts)}


def rows(facts: Facts) -> list[Row]:
    """Of the payment, or of the one that was taken back."""
    payment = facts.payment.reverses or facts.payment
    return [
        Row(str(Payment.Kind(payment.kind).label), amount(facts)),
        Row(_("Date"), date_format(payment.paid_on)),
        *([Row(_("Reference"), payment.reference)] if payment.reference else []),
        Row(_("Reversed by") if facts.payment.is_reversal else _("Recorded by"), str(facts.actor)),
    ]


def totals(facts: Facts) -> list[Row]:
    job = facts.job
    return [
        *words.terms_rows(job),
        Row(_("Received in all"), money.in_words(job.received, job.currency)),
        Row(_("Paid in all"), money.in_words(job.paid, job.currency)),
    ]


def received_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(partner)s received %(amount)s for “%(job)s”") % with_amount(facts),
        opening=_("%(partner)s recorded a payment. If it is not right, tell them: only they can reverse it.")
        % names(facts),
        rows=[*rows(facts), *totals(facts)],
        button=_("See the payments"),
        path=stores_payments(facts),
        reason=because_store(facts, reader),
    )


def paid_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s paid %(amount)s for “%(job)s”") % with_amount(facts),
        opening=_("%(store)s recorded a payment. Once you have it, record it on your side as received.") % names(facts),
        rows=[*rows(facts), *totals(facts)],
        button=_("See the payments"),
        path=partners_payments(facts),
        reason=because_partner(facts, reader),
    )


def reversed_letter_to_store(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(partner)s reversed a payment of %(amount)s for “%(job)s”") % with_amount(facts),
        opening=_("It was recorded by mistake, and no longer counts."),
        rows=[*rows(facts), *totals(facts)],
        button=_("See the payments"),
        path=stores_payments(facts),
        reason=because_store(facts, reader),
    )


def reversed_letter_to_partner(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s reversed a payment of %(amount)s for “%(job)s”") % with_amount(facts),
        opening=_("It was recorded by mistake, and no longer counts."),
        rows=[*rows(facts), *totals(facts)],
        button=_("See the payments"),
        path=partners_payments(facts),
        reason=because_partner(facts, reader),
    )


KINDS = (
    Kind(
        "job.paid",
        "banknotes",
        {
            "store": to_store(
                lambda facts: _("%(partner)s received %(amount)s for “%(job)s”") % with_amount(facts), received_letter
            ),
            "partner": to_partner(
                lambda facts: _("%(store)s paid %(amount)s for “%(job)s”") % with_amount(facts), paid_letter
            ),
        },
        label=gettext_lazy("Payment recorded"),
    ),
    Kind(
        "job.payment_reversed",
        "arrow-uturn-left",
        {
            "store": to_store(
                lambda facts: _("%(partner)s reversed a payment of %(amount)s for “%(job)s”") % with_amount(facts),
                reversed_letter_to_store,
            ),
            "partner": to_partner(
                lambda facts: _("%(store)s reversed a payment of %(amount)s for “%(job)s”") % with_amount(facts),
                reversed_letter_to_partner,
            ),
        },
        label=gettext_lazy("Payment reversed"),
    ),
)


# --- Activity -------------------------------------------------------------------------------------------------------


def in_words(kept: Any, row: Activity) -> str:
    """ "Received, €600.00": what activity keeps of a payment."""
    kind, units, currency = kept
    return f"{Payment.Kind(kind).label}, {money.in_words(units, currency)}"


def details(row: Activity) -> list[str]:
    kept = row.after.get("payment") or row.before.get("payment")
    return [in_words(kept, row)] if kept else []


ACTIVITY = {
    "job.paid": Words(about(lambda: _("Payment recorded for “%(job)s”")), details),
    "job.payment_reversed": Words(about(lambda: _("Payment reversed for “%(job)s”")), details),
}
VALUES = {"payment": (gettext_lazy("Payment"), in_words)}

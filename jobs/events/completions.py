"""The partner says that a job is done, and what becomes of that."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from jobs.events.words import (
    about,
    because_partner,
    because_store,
    names,
    partners_job,
    price,
    said,
    stores_job,
    to_partner,
    to_store,
)
from jobs.models import CompletionRequest
from notifications.kinds import Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from partners.events import owners
from stores import phrases
from stores.activity import Words

# --- Who is told ----------------------------------------------------------------------------------------------------


def who_asked_and_owners(event: Event) -> set[int]:
    """The person who said that it is done, and the owners of the partner."""
    return {*owners(event), event.payload["asked_by"]}


def still_waits(event: Event) -> bool:
    """A mail that comes after the answer, or after the deadline, is not sent."""
    return CompletionRequest.objects.pending().filter(pk=event.payload["completion"]).exists()


# --- The facts ------------------------------------------------------------------------------------------------------


def approved_by_itself(facts: Facts) -> list[Row]:
    """When the clock approves if nobody answers, to the minute."""
    deadline = facts.completion.deadline
    if deadline is None:
        return []
    return [Row(_("Approved by itself if nobody answers"), phrases.moment(deadline, facts.store.time_zone))]


def agreed(facts: Facts) -> list[Row]:
    return [Row(_("Price"), price(facts.job.price, facts.job.currency))]


def its_access(facts: Facts) -> list[Row]:
    """When access that belongs to the job ends."""
    rows = list(facts.job.access.held_by_others().select_related("collaboration"))
    return [Row(_("Access to the store"), _access_in_words(row, facts.store.time_zone)) for row in rows]


def _access_in_words(row, zone: str) -> str:
    collaboration = row.collaboration
    if row.others:
        return _("goes on: it belongs to another job too")
    if collaboration.over_since:
        return _("ended on %(when)s") % {"when": phrases.moment(collaboration.over_since, zone)}
    return _("ends on %(when)s") % {"when": phrases.end(collaboration.ends_at, zone)}


def decided_at(facts: Facts) -> str:
    return phrases.moment(facts.completion.settled_at, facts.store.time_zone)


def missing(facts: Facts) -> list[Row]:
    texts = facts.completion.missing_items.order_by("pk").values_list("text", flat=True)
    return [Row(_("Still to be done"), text) for text in texts]


def who_wrote(facts: Facts) -> str:
    return _("%(person)s wrote:") % {"person": facts.completion.requested_by}


# --- To the store ---------------------------------------------------------------------------------------------------


def requested_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(partner)s says that “%(job)s” is done") % names(facts),
        opening=_("Approve it, or decline and say what is still to be done."),
        rows=[*agreed(facts), *approved_by_itself(facts)],
        button=_("Review request"),
        path=stores_job(facts),
        reason=because_store(facts, reader),
        quote=facts.completion.message,
        quoted=who_wrote(facts),
    )


def reminded_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("“%(job)s” waits for your yes") % names(facts),
        opening=_("%(partner)s said that the job is done, and nobody answered yet.") % names(facts),
        rows=[
            Row(_("Asked"), phrases.moment(facts.completion.requested_at, facts.store.time_zone)),
            *agreed(facts),
            *approved_by_itself(facts),
        ],
        button=_("Review request"),
        path=stores_job(facts),
        reason=because_store(facts, reader),
        quote=facts.completion.message,
        quoted=who_wrote(facts),
    )


def withdrawn_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(partner)s took back that “%(job)s” is done") % names(facts),
        opening=_("The work goes on, and there is nothing to answer. The partner asks again when it is done."),
        rows=[Row(_("Withdrawn"), decided_at(facts))],
        button=_("See the job"),
        path=stores_job(facts),
        reason=because_store(facts, reader),
    )


def clock_letter_to_store(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("“%(job)s” was approved by the clock") % names(facts),
        opening=_("Nobody answered %(partner)s in time. The job is completed, as was said beforehand.") % names(facts),
        rows=[Row(_("Approved by itself"), decided_at(facts)), *agreed(facts), *its_access(facts)],
        button=_("See the job"),
        path=stores_job(facts),
        reason=because_store(facts, reader),
    )


# --- To the partner -------------------------------------------------------------------------------------------------


def extended_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s takes more time for “%(job)s”") % names(facts),
        opening=_("%(actor)s needs longer to look at the work. This can be done once.") % names(facts),
        rows=approved_by_itself(facts),
        button=_("See the job"),
        path=partners_job(facts),
        reason=because_partner(facts, reader),
    )


def approved_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s approved “%(job)s”") % names(facts),
        opening=_("The job is completed. Payments can still be recorded."),
        rows=[
            Row(_("Approved by"), str(facts.actor)),
            Row(_("Approved"), decided_at(facts)),
            *agreed(facts),
            *its_access(facts),
        ],
        button=_("See the job"),
        path=partners_job(facts),
        reason=because_partner(facts, reader),
    )


def declined_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s says that “%(job)s” is not done yet") % names(facts),
        opening=_("What is still to be done joined the list of the job. Ask again when it is done."),
        rows=[Row(_("Declined by"), str(facts.actor)), *missing(facts)],
        button=_("See what is missing"),
        path=partners_job(facts),
        reason=because_partner(facts, reader),
    )


def clock_letter_to_partner(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("“%(job)s” was approved by the clock") % names(facts),
        opening=_("%(store)s did not answer in time. The job is completed, as was said beforehand.") % names(facts),
        rows=[Row(_("Approved by itself"), decided_at(facts)), *agreed(facts), *its_access(facts)],
        button=_("See the job"),
        path=partners_job(facts),
        reason=because_partner(facts, reader),
    )


def _to_who_asked(line: Callable[[Facts], str], letter: Callable[[Facts, User], Letter]):
    return {"partner": to_partner(line, letter, recipients=who_asked_and_owners)}


KINDS = (
    Kind(
        "completion.requested",
        "check-circle",
        {
            "store": to_store(
                said(lambda: _("%(partner)s says that “%(job)s” is done")), requested_letter, while_so=still_waits
            )
        },
        label=gettext_lazy("A job is said to be done"),
    ),
    Kind(
        "completion.reminded",
        "bell-alert",
        {"store": to_store(said(lambda: _("“%(job)s” waits for your yes")), reminded_letter, while_so=still_waits)},
        label=gettext_lazy("Reminder of a job that is said to be done"),
    ),
    Kind(
        "completion.extended",
        "clock",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s takes more time for “%(job)s”")), extended_letter, while_so=still_waits
            )
        },
        label=gettext_lazy("A store takes more time to approve"),
    ),
    Kind(
        "completion.withdrawn",
        "arrow-uturn-left",
        {"store": to_store(said(lambda: _("%(partner)s took back that “%(job)s” is done")), withdrawn_letter)},
        label=gettext_lazy("Completion request withdrawn"),
    ),
    Kind(
        "completion.approved",
        "check-badge",
        _to_who_asked(said(lambda: _("%(store)s approved “%(job)s”")), approved_letter),
        label=gettext_lazy("Completion approved"),
    ),
    Kind(
        "completion.declined",
        "x-circle",
        _to_who_asked(said(lambda: _("%(store)s says that “%(job)s” is not done yet")), declined_letter),
        label=gettext_lazy("Completion declined"),
    ),
    Kind(
        "completion.approved_by_clock",
        "clock",
        {
            "store": to_store(said(lambda: _("“%(job)s” was approved by the clock")), clock_letter_to_store),
            **_to_who_asked(said(lambda: _("“%(job)s” was approved by the clock")), clock_letter_to_partner),
        },
        label=gettext_lazy("Completion approved by the clock"),
    ),
)

ACTIVITY = {
    "completion.requested": Words(about(lambda: _("%(partner)s says that “%(job)s” is done"))),
    "completion.extended": Words(about(lambda: _("More time taken to approve “%(job)s”"))),
    "completion.withdrawn": Words(about(lambda: _("Completion request for “%(job)s” withdrawn"))),
    "completion.approved": Words(about(lambda: _("Completion of “%(job)s” approved"))),
    "completion.declined": Words(about(lambda: _("Completion of “%(job)s” declined"))),
    "completion.approved_by_clock": Words(about(lambda: _("Completion of “%(job)s” approved by the clock"))),
    "job_access.linked": Words(about(lambda: _("Access of %(partner)s ends with “%(job)s”"))),
    "job_access.unlinked": Words(about(lambda: _("Access of %(partner)s no longer ends with “%(job)s”"))),
}

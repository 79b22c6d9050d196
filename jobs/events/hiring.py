"""Until somebody is hired, and when a job ends undone."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from collaborators.models import Side
from jobs.events.words import (
    about,
    because_partner,
    because_store,
    names,
    partners_job,
    partners_people,
    people_who_manage_jobs,
    price,
    said,
    stores_job,
    terms_rows,
    to_partner,
    to_store,
)
from jobs.models import Candidate, Job, Proposal
from notifications.kinds import Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from partners.services import labels
from stores import phrases
from stores.activity import Words
from stores.models import Activity, Store

ITEMS_NAMED = 5  # in a mail; the rest is on the page

# --- Who is told ----------------------------------------------------------------------------------------------------


def store_if(is_theirs):
    return lambda event: people_who_manage_jobs(event) if is_theirs(event) else set()


def partner_if(is_theirs):
    return lambda event: partners_people(event) if is_theirs(event) else set()


def has_proposal(event: Event) -> bool:
    return "proposal" in event.payload


def has_none(event: Event) -> bool:
    return "proposal" not in event.payload


def by_store(event: Event) -> bool:
    return event.payload["side"] == Side.STORE and "partner" in event.payload


def by_partner(event: Event) -> bool:
    return event.payload["side"] == Side.PARTNER


def is_invited(event: Event) -> bool:
    return Candidate.objects.filter(pk=event.payload["candidate"], status=Candidate.Status.INVITED).exists()


def is_proposed(event: Event) -> bool:
    return Proposal.objects.filter(pk=event.payload["proposal"], status=Proposal.Status.PENDING).exists()


# --- Letters --------------------------------------------------------------------------------------------------------


def about_rows(job: Job) -> list[Row]:
    services = [Row(_("Services"), ", ".join(labels(job.services)))] if job.services else []
    return [Row(_("Job"), job.title), *services, *terms_rows(job)]


def offer_rows(proposal: Proposal, job: Job) -> list[Row]:
    rows = [Row(_("Job"), job.title), Row(_("Price"), price(proposal.price, job.currency))]
    if proposal.items:
        named = ", ".join(proposal.items[:ITEMS_NAMED])
        rows.append(Row(_("Items"), named + (" …" if len(proposal.items) > ITEMS_NAMED else "")))
    return rows


def answer_until(candidate: Candidate, store: Store) -> str:
    """Empty once nothing waits any more."""
    if candidate.waits_until is None:
        return ""
    until = phrases.moment(candidate.waits_until, store.time_zone)
    return _("If nobody answers by %(moment)s, this closes by itself.") % {"moment": until}


def invited_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s has a job for %(partner)s") % names(facts),
        opening=_("Send a proposal with your price, or decline. Nothing is agreed until the store accepts a proposal."),
        quoted=_("%(actor)s wrote:") % names(facts),
        quote=facts.job.brief,
        rows=about_rows(facts.job),
        button=_("See the job"),
        path=partners_job(facts),
        note=answer_until(facts.candidate, facts.store),
        reason=because_partner(facts, reader),
    )


def proposed_letter(facts: Facts, reader: User) -> Letter:
    proposal: Proposal = facts.proposal
    began = facts.job.beginning == Job.Beginning.PROPOSED
    subject = _("%(partner)s proposes a job to %(store)s") if began else _("%(partner)s sent a proposal to %(store)s")
    words = proposal.message or (facts.job.brief if began else "")
    return Letter(
        subject=subject % names(facts),
        opening="" if words else _("%(actor)s sent it without a message.") % names(facts),
        quoted=_("%(actor)s wrote:") % names(facts) if words else "",
        quote=words,
        rows=offer_rows(proposal, facts.job),
        button=_("Review proposal"),
        path=stores_job(facts),
        note=answer_until(facts.candidate, facts.store),
        reason=because_store(facts, reader),
    )


def declined_by_partner_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(partner)s declined your job") % names(facts),
        opening=_("You can invite it again, ask another partner, or cancel the job."),
        rows=about_rows(facts.job),
        button=_("See the job"),
        path=stores_job(facts),
        reason=because_store(facts, reader),
    )


def declined_by_store_letter(facts: Facts, reader: User) -> Letter:
    proposal: Proposal = facts.proposal
    return Letter(
        subject=_("%(store)s declined your proposal") % names(facts),
        opening="" if proposal.reason else _("The merchant gave no reason."),
        quoted=_("The merchant wrote:") if proposal.reason else "",
        quote=proposal.reason,
        rows=offer_rows(proposal, facts.job),
        button=_("See the job"),
        path=partners_job(facts),
        note=_("You can send another proposal while the job is open."),
        reason=because_partner(facts, reader),
    )


def lapsed_for_store_letter(facts: Facts, reader: User) -> Letter:
    if facts.proposal:
        subject = _("The proposal of %(partner)s was not answered in time")
        opening = _("It closed by itself. If the work is still wanted, invite the partner again.")
    else:
        subject = _("%(partner)s did not answer your invitation in time")
        opening = _("It closed by itself. You can invite the partner again, ask another one, or cancel the job.")
    return Letter(
        subject=subject % names(facts),
        opening=opening,
        rows=offer_rows(facts.proposal, facts.job) if facts.proposal else about_rows(facts.job),
        button=_("See the job"),
        path=stores_job(facts),
        reason=because_store(facts, reader),
    )


def lapsed_for_partner_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s did not answer your proposal in time") % names(facts),
        opening=_("It closed by itself. If the work is still wanted, talk to the merchant and propose again."),
        rows=offer_rows(facts.proposal, facts.job),
        button=_("See the job"),
        path=partners_job(facts),
        reason=because_partner(facts, reader),
    )


def hired_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s accepted your proposal") % names(facts),
        opening=_("The job is in progress. Tick its items as you finish them, and record what you receive."),
        rows=offer_rows(facts.proposal, facts.job),
        button=_("See the job"),
        path=partners_job(facts),
        reason=because_partner(facts, reader),
    )


def closed(facts: Facts) -> str:
    if facts.event.payload["cause"] == "cancelled":
        return _("%(store)s needs “%(job)s” no longer") % names(facts)
    return _("%(store)s chose another partner for “%(job)s”") % names(facts)


def closed_letter(facts: Facts, reader: User) -> Letter:
    if facts.event.payload["cause"] == "cancelled":
        subject = _("%(store)s cancelled a job it had posted")
        opening = _("There is nothing left for you to do. Thank you for your time.")
    else:
        subject = _("%(store)s chose another partner")
        opening = _("This time the merchant decided for another proposal. Thank you for your time.")
    return Letter(
        subject=subject % names(facts),
        opening=opening,
        rows=[Row(_("Job"), facts.job.title)],
        button=_("See the job"),
        path=partners_job(facts),
        reason=because_partner(facts, reader),
    )


def _cancelled_letter(facts: Facts, *, path: str, reason: str) -> Letter:
    job: Job = facts.job
    return Letter(
        subject=_("%(actor)s cancelled “%(job)s”") % names(facts),
        quoted=_("%(actor)s wrote:") % names(facts),
        quote=job.cancel_reason,
        rows=about_rows(job),
        button=_("See the job"),
        note=_("Access to the store goes on until somebody ends it."),
        path=path,
        reason=reason,
    )


def cancelled_for_store_letter(facts: Facts, reader: User) -> Letter:
    return _cancelled_letter(facts, path=stores_job(facts), reason=because_store(facts, reader))


def cancelled_for_partner_letter(facts: Facts, reader: User) -> Letter:
    return _cancelled_letter(facts, path=partners_job(facts), reason=because_partner(facts, reader))


# --- Kinds ----------------------------------------------------------------------------------------------------------

CANCELLED = said(lambda: _("%(actor)s cancelled “%(job)s”"))

KINDS = (
    Kind(
        "job.invited",
        "envelope",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s asks for a proposal: “%(job)s”")), invited_letter, while_so=is_invited
            )
        },
        label=gettext_lazy("Invited to a job"),
    ),
    Kind(
        "job.lapsed",
        "clock",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s did not answer your proposal for “%(job)s” in time")),
                lapsed_for_partner_letter,
                recipients=partner_if(has_proposal),
            ),
            "store": to_store(said(lambda: _("No answer in time: %(partner)s and “%(job)s”")), lapsed_for_store_letter),
        },
        label=gettext_lazy("Invitation or proposal lapsed"),
    ),
    Kind(
        "job.proposed",
        "document-text",
        {
            "store": to_store(
                said(lambda: _("%(partner)s sent a proposal for “%(job)s”")), proposed_letter, while_so=is_proposed
            )
        },
        label=gettext_lazy("Proposal for a job"),
    ),
    Kind(
        "job.declined",
        "x-mark",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s declined your proposal for “%(job)s”")),
                declined_by_store_letter,
                recipients=partner_if(has_proposal),
                was_concerned=True,
            ),
            "store": to_store(
                said(lambda: _("%(partner)s declined “%(job)s”")),
                declined_by_partner_letter,
                recipients=store_if(has_none),
            ),
        },
        label=gettext_lazy("Job or proposal declined"),
    ),
    Kind(
        "job.withdrawn",
        "arrow-uturn-left",
        {"store": to_store(said(lambda: _("%(partner)s withdrew its proposal for “%(job)s”")))},
        label=gettext_lazy("Proposal withdrawn"),
    ),
    Kind(
        "job.hired",
        "check",
        {"partner": to_partner(said(lambda: _("%(store)s accepted your proposal for “%(job)s”")), hired_letter)},
        label=gettext_lazy("Proposal accepted"),
    ),
    Kind(
        "job.closed",
        "archive-box",
        {"partner": to_partner(closed, closed_letter)},
        label=gettext_lazy("Job went to somebody else"),
    ),
    Kind(
        "job.cancelled",
        "no-symbol",
        {
            "partner": to_partner(CANCELLED, cancelled_for_partner_letter, recipients=partner_if(by_store)),
            "store": to_store(CANCELLED, cancelled_for_store_letter, recipients=store_if(by_partner)),
        },
        label=gettext_lazy("Job cancelled"),
    ),
)


# --- In a store's activity ------------------------------------------------------------------------------------------


def agreed(row: Activity) -> list[str]:
    amount, currency = row.after["price"]
    return [price(amount, currency)]


def cancelled(row: Activity) -> str:
    return _("“%(job)s” cancelled") % {"job": row.after["job"]}


ACTIVITY = {
    "job.invited": Words(about(lambda: _("%(partner)s invited to “%(job)s”"))),
    "job.lapsed": Words(about(lambda: _("No answer in time: %(partner)s and “%(job)s”"))),
    "job.proposed": Words(about(lambda: _("%(partner)s sent a proposal for “%(job)s”")), agreed),
    "job.declined": Words(about(lambda: _("“%(job)s”: no agreement with %(partner)s"))),
    "job.withdrawn": Words(about(lambda: _("%(partner)s withdrew its proposal for “%(job)s”"))),
    "job.hired": Words(about(lambda: _("%(partner)s hired for “%(job)s”")), agreed),
    "job.closed": Words(about(lambda: _("“%(job)s” closed for %(partner)s"))),
    "job.cancelled": Words(cancelled),
}

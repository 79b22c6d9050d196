from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import Conflict, NotAllowed, Refused


class OwnPartnersJob(NotAllowed):
    """Nobody but the owner decides for a store about a partner they belong to."""

    code = "own_partner"

    def __init__(self, partner):
        super().__init__(
            format_lazy(
                _("You belong to {partner}, so you cannot decide about its jobs. Ask the owner of the store."),
                partner=partner.name,
            )
        )


class JobMovedOn(Conflict):
    """The job is in another state than the act needs."""

    code = "job_moved_on"


class CandidateMovedOn(Conflict):
    code = "candidate_moved_on"


class ProposalMovedOn(Conflict):
    code = "proposal_moved_on"


class NoPartnerChosen(Refused):
    code = "no_partner_chosen"
    field = "partners"
    sentence = _("Choose who gets the job: partners that worked for you, or one by its address.")


class UnknownPartner(Refused):
    code = "unknown_partner"
    field = "slug"

    def __init__(self, slug: str):
        super().__init__(
            format_lazy(_("No partner has the address “{slug}”. Ask them for the one of their dashboard."), slug=slug)
        )


class PartnerTwice(Refused):
    code = "partner_twice"
    field = "partners"

    def __init__(self, partner):
        super().__init__(format_lazy(_("{partner} is chosen twice. Name each partner once."), partner=partner.name))


class NotWorkedHere(Refused):
    """Several get a job only if all of them worked for the store; one alone may be anybody."""

    code = "not_worked_here"
    field = "partners"

    def __init__(self, partner):
        super().__init__(
            format_lazy(
                _("{partner} has not worked for this store yet. Ask it alone, by its address."),
                partner=partner.name,
            )
        )


class TooManyPartners(Refused):
    code = "too_many_partners"
    field = "partners"
    sentence = _("A job goes to at most 20 partners. Choose fewer.")


class TooManyOpenJobs(Refused):
    code = "too_many_open_jobs"
    sentence = _("Too many jobs wait for an answer already. Decide about some of them, or cancel them, first.")


class TooManyInADay(Refused):
    """Cancelling makes room for another open job, and mails to somebody: this has an end too."""

    code = "too_many_in_a_day"
    sentence = _("Many jobs were begun here within a day. Begin this one tomorrow.")


class NotWorkingHere(Refused):
    """The same for a store that does not exist: nobody finds out here."""

    code = "not_working_here"
    field = "store"
    sentence = _("You can propose a job only to a store that you work for. Choose one from the list.")


class TooManyProposals(Refused):
    code = "too_many_proposals"
    sentence = _("You sent five proposals for this job. Write to the store instead.")


class NoAccessToEnd(Refused):
    code = "no_access_to_end"
    field = "ends_access"
    sentence = _("This partner has no access to the store, so there is none that could end with the job.")


class OnlyTheStoreCancels(Refused):
    code = "only_the_store_cancels"
    sentence = _("Only the store can cancel this job now. Decline the invitation, or withdraw your proposal.")


class NotOpenAnyMore(Conflict):
    """To a partner that was not hired: says nothing of who was."""

    code = "not_open_any_more"
    sentence = _("This job is not open any more.")


class CompletionMovedOn(Conflict):
    code = "completion_moved_on"


class PaymentFirst(Refused):
    code = "payment_first"
    sentence = _("Record the payment that you received first. A job that was agreed as free needs none.")


class NothingMissing(Refused):
    code = "nothing_missing"
    field = "items"
    sentence = _("Say at least one thing that is still to be done, so that the partner knows what you wait for.")


class TooManyMissing(Refused):
    code = "too_many_missing"
    field = "items"
    sentence = _("Name at most 20 things at once. Put some together.")


class NoClock(Refused):
    """There is no deadline to move."""

    code = "no_clock"
    sentence = _("This request waits until you answer. There is no end that could be moved.")


class CompletionExtended(Conflict):
    code = "completion_extended"

    def __init__(self, completion):
        said = gettext("%(who)s took more days on %(when)s. That can be done once.")
        super().__init__(said % {"who": str(completion.extended_by), **_when(completion.extended_at)})


class NoAccess(Refused):
    code = "no_access"
    sentence = _("This partner has no access to the store that could belong to the job.")


class TooManyItems(Refused):
    code = "too_many_items"
    field = "items"
    sentence = _("A job has at most 100 items. Put some together.")


class BadAmount(Refused):
    """Not above zero, or absurd: what a form or serializer says beside its field."""

    code = "bad_amount"
    field = "amount"


class OtherCurrency(Refused):
    code = "other_currency"
    field = "currency"

    def __init__(self, currency: str):
        super().__init__(format_lazy(_("This job is in {currency}. Amounts of it are in no other."), currency=currency))


class PaymentDay(Refused):
    code = "payment_day"
    field = "paid_on"


class TooManyPayments(Refused):
    code = "too_many_payments"
    sentence = _("A job has at most 200 payments. Record several of them as one.")


class NotYourPayment(Refused):
    """A mistake is put right by the side that made it."""

    code = "not_your_payment"
    sentence = _("This payment was recorded by the other side. Only they can reverse it: tell them what is wrong.")


class ReversalStays(Refused):
    code = "reversal_stays"
    sentence = _("This is a reversal, which stays. If the payment was right after all, record it again.")


class PaymentNeeded(Refused):
    code = "payment_needed"
    sentence = _(
        "A completion request is waiting, and this is the last payment received. Withdraw the request first, or record "
        "the right payment first."
    )


class PaymentReversed(Conflict):
    code = "payment_reversed"


def payment_reversed(reversal) -> PaymentReversed:
    """For the one who comes second."""
    who = {"who": str(reversal.recorded_by), **_when(reversal.recorded_at)}
    return PaymentReversed(gettext("%(who)s reversed this payment on %(when)s.") % who)


def job_moved_on(job) -> JobMovedOn:
    """Why this cannot be done with the job as it is now, for the one who comes second."""
    status = job.Status(job.status)
    if status == status.COMPLETED:
        return JobMovedOn(gettext("This job was completed on %(when)s.") % _when(job.completed_at))
    if status == status.CANCELLED:
        who = {"who": str(job.cancelled_by), **_when(job.cancelled_at)}
        return JobMovedOn(gettext("%(who)s cancelled this job on %(when)s.") % who)
    if status == status.IN_PROGRESS:
        who = {"who": str(job.hired_by), "partner": str(job.partner), **_when(job.hired_at)}
        return JobMovedOn(gettext("%(who)s hired %(partner)s for this job on %(when)s.") % who)
    return JobMovedOn(gettext("Nobody is hired for this job yet."))


def candidate_moved_on(candidate) -> CandidateMovedOn:
    """Why a partner's part in a job cannot change that way any more."""
    status = candidate.Status(candidate.status)
    sentences = {
        status.INVITED: gettext("%(partner)s was invited on %(when)s and has not answered yet."),
        status.PROPOSED: gettext("%(partner)s sent a proposal on %(when)s, which waits for an answer."),
        status.HIRED: gettext("%(partner)s was hired on %(when)s."),
        status.PASSED: gettext("%(partner)s declined on %(when)s."),
        status.TURNED_DOWN: gettext("The proposal of %(partner)s was declined on %(when)s."),
        status.WITHDRAWN: gettext("%(partner)s withdrew its proposal on %(when)s."),
        status.LAPSED: gettext("Nobody answered in time: this closed by itself on %(when)s."),
        status.CLOSED: gettext("This was closed on %(when)s: another partner was hired, or the job was cancelled."),
    }
    return CandidateMovedOn(sentences[status] % {"partner": str(candidate.partner), **_when(candidate.changed_at)})


def proposal_moved_on(proposal) -> ProposalMovedOn:
    """Why a proposal cannot be decided any more."""
    status = proposal.Status(proposal.status)
    sentences = {
        status.PENDING: gettext("This proposal waits for an answer."),
        status.ACCEPTED: gettext("%(who)s accepted this proposal on %(when)s."),
        status.DECLINED: gettext("%(who)s declined this proposal on %(when)s."),
        status.WITHDRAWN: gettext("%(who)s withdrew this proposal on %(when)s."),
        status.LAPSED: gettext("Nobody answered this proposal in time: it closed by itself on %(when)s."),
        status.CLOSED: gettext("This proposal was closed on %(when)s: another was accepted, or the job was cancelled."),
    }
    return ProposalMovedOn(sentences[status] % {"who": str(proposal.decided_by or ""), **_when(proposal.decided_at)})


def completion_moved_on(completion) -> CompletionMovedOn:
    """Why a completion request cannot be decided any more."""
    status = completion.Status(completion.status)
    sentences = {
        status.PENDING: gettext("A completion request is waiting for an answer."),
        status.APPROVED: gettext("%(who)s approved the completion on %(when)s."),
        status.DECLINED: gettext("%(who)s declined the completion on %(when)s."),
        status.WITHDRAWN: gettext("%(who)s withdrew the completion request on %(when)s."),
    }
    if completion.is_by_the_clock:
        sentences[status.APPROVED] = gettext("The completion was approved by the clock on %(when)s.")
    return CompletionMovedOn(
        sentences[status] % {"who": str(completion.decided_by or ""), **_when(completion.decided_at)}
    )


def _when(instant) -> dict[str, str]:
    return {"when": date_format(timezone.localtime(instant), "DATETIME_FORMAT") if instant else ""}

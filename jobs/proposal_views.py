"""Proposals and invitations on the page of a job: what the store decides, and what a partner answers."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.errors import Conflict, Refused
from accounts.keyed import made_once
from collaborators.models import Collaboration
from jobs import actions, job_views
from jobs.events.words import price
from jobs.hiring_forms import AcceptanceForm, OfferForm, RefusalForm
from jobs.job_views import Here, find, in_partner, in_store, show
from jobs.models import MOST_PROPOSALS, Candidate, Job, Proposal
from partners.models import Membership

AUTO_ID = "id_proposal_%s"  # the page has other forms with a message

# --- What the page shows --------------------------------------------------------------------------------------------


def candidates(request, here: Here, job: Job) -> dict[str, Any]:
    """To the store all candidates; to a partner its own part, and nothing of the others."""
    return _for_store(request, job) if here.is_store else _for_partner(here, job)


def _proposals(**which: Any) -> dict[int, list[Proposal]]:
    """By candidate, newest first."""
    rows = Proposal.objects.filter(**which).select_related("sent_by", "decided_by").order_by("-pk")
    found: dict[int, list[Proposal]] = {}
    for row in rows:
        found.setdefault(row.candidate_id, []).append(row)
    return found


def _shown(proposal: Proposal, job: Job) -> dict[str, Any]:
    return {"proposal": proposal, "price": price(proposal.price, job.currency)}


def _for_store(request, job: Job, *, refused: dict[int, RefusalForm] | None = None) -> dict[str, Any]:
    """`refused`: forms that did not pass, by candidate."""
    rows = job.candidates.select_related("partner__track_record", "invited_by").order_by("pk")
    proposals = _proposals(candidate__job=job)
    partners = [row.partner_id for row in rows]
    is_open = job.status == Job.Status.OPEN  # else there is nothing to decide
    own: set[int] = set()
    if is_open and job.store.owner_id != request.user.pk:
        mine = Membership.objects.filter(user_id=request.user.pk, partner__in=partners)
        own = set(mine.values_list("partner", flat=True))
    working: set[int] = set()
    if is_open and "users.manage" in request.held:
        active = Collaboration.objects.active().filter(store=job.store_id, partner__in=partners)
        working = set(active.values_list("partner", flat=True))
    stake = next((row.partner for row in rows if row.partner_id in own and row.is_waiting), None)
    shown: list[dict[str, Any]] = []
    for row in rows:
        sent = proposals.get(row.pk, [])
        latest = sent[0] if sent else None
        auto_id = f"id_{latest.public_id if latest else row.public_id}_%s"
        shown.append(
            {
                "candidate": row,
                "status_label": row.status_now.label,
                "latest": _shown(latest, job) if latest else None,
                "earlier": [_shown(proposal, job) for proposal in sent[1:]],
                "is_own": row.partner_id in own,
                "stake": stake,  # the reader's own partner waits among them
                "waits": row.is_waiting and row.status == Candidate.Status.PROPOSED,
                "may_be_invited": is_open and row.status_now in AGAIN,
                "acceptance": AcceptanceForm(auto_id=auto_id) if row.partner_id in working else None,
                "refusal": (refused or {}).get(row.pk) or RefusalForm(auto_id=auto_id),
            }
        )
    return {"candidates": shown, "one_waits": sum(row["waits"] for row in shown) == 1}


AGAIN = {status for status, after in Candidate.ALLOWED.items() if Candidate.Status.INVITED in after}


def _for_partner(here: Here, job: Job) -> dict[str, Any]:
    candidate = job.candidates.select_related("partner").get(partner=here.partner)
    sent = _proposals(candidate=candidate).get(candidate.pk, [])
    status = candidate.status_now
    may_propose = (
        job.status == Job.Status.OPEN
        and Candidate.Status.PROPOSED in Candidate.ALLOWED.get(status, ())
        and (status != Candidate.Status.LAPSED or bool(sent))
        and len(sent) < MOST_PROPOSALS
    )
    form = OfferForm(currency=job.currency, auto_id=AUTO_ID, initial={"how": OfferForm.PRICE})
    return {
        "own": candidate,
        "own_status": status,
        "own_status_label": status.label,
        "own_latest": _shown(sent[0], job) if sent else None,
        "own_earlier": [_shown(proposal, job) for proposal in sent[1:]],
        "proposal_form": form if may_propose else None,
    }


job_views.PARTS.append(candidates)


# --- The partner ----------------------------------------------------------------------------------------------------


@require_POST
@in_partner
def partner_proposal_making(request, here: Here, public_id: UUID) -> HttpResponse:
    job, partner = find(request, here, public_id), here.partner
    form = OfferForm(request.POST, currency=job.currency, auto_id=AUTO_ID)
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            sent = made_once(
                form,
                lambda: actions.send_proposal(job, partner=partner, offer=form.offer, by=request.user),
                by=request.user,
                path=request.path,
            )
        except Conflict as late:
            return _said(request, here, public_id, late)
        if sent is not None:
            messages.success(request, _("Sent. You are told as soon as the merchant answers."))
            return redirect(here.url("job", public_id))
    return show(request, here, job, status=status, proposal_form=form)


@require_POST
@in_partner
def partner_proposal_withdrawal(request, here: Here, public_id: UUID, proposal_id: UUID) -> HttpResponse:
    job = find(request, here, public_id)
    proposal = get_object_or_404(_of(job).filter(candidate__partner=here.partner), public_id=proposal_id)
    return _do(request, here, public_id, _("Withdrawn."), lambda: actions.withdraw_proposal(proposal, by=request.user))


@require_POST
@in_partner
def partner_invitation_refusal(request, here: Here, public_id: UUID) -> HttpResponse:
    job, partner = find(request, here, public_id), here.partner
    return _do(
        request,
        here,
        public_id,
        _("Declined. %(store)s is told.") % {"store": job.store},
        lambda: actions.decline_invitation(job, partner=partner, by=request.user),
    )


# --- The store ------------------------------------------------------------------------------------------------------


@require_POST
@in_store("jobs.manage")
def proposal_acceptance(request, here: Here, public_id: UUID, proposal_id: UUID) -> HttpResponse:
    proposal = get_object_or_404(_of(find(request, here, public_id)), public_id=proposal_id)
    form = AcceptanceForm(request.POST)
    form.full_clean()  # a tick, which cannot be wrong
    hired = _("%(partner)s is hired. The job is in progress.") % {"partner": proposal.candidate.partner}
    return _do(
        request,
        here,
        public_id,
        hired,
        lambda: actions.accept_proposal(proposal, **form.cleaned_data, by=request.user),
    )


@require_POST
@in_store("jobs.manage")
def proposal_refusal(request, here: Here, public_id: UUID, proposal_id: UUID) -> HttpResponse:
    job = find(request, here, public_id)
    proposal = get_object_or_404(_of(job), public_id=proposal_id)
    form = RefusalForm(request.POST, auto_id=f"id_{proposal.public_id}_%s")
    if not form.is_valid():
        shown = _for_store(request, job, refused={proposal.candidate_id: form})
        return show(request, here, job, status=HTTPStatus.UNPROCESSABLE_ENTITY, **shown)
    declined = _("Declined. %(partner)s is told.") % {"partner": proposal.candidate.partner}
    return _do(
        request,
        here,
        public_id,
        declined,
        lambda: actions.decline_proposal(proposal, **form.cleaned_data, by=request.user),
    )


@require_POST
@in_store("jobs.manage")
def invitation_renewal(request, here: Here, public_id: UUID, candidate_id: UUID) -> HttpResponse:
    job = find(request, here, public_id)
    candidate = get_object_or_404(job.candidates.select_related("partner", "job"), public_id=candidate_id)
    invited = _("%(partner)s is invited again, and has 72 hours to answer.") % {"partner": candidate.partner}
    return _do(request, here, public_id, invited, lambda: actions.invite_again(candidate, by=request.user))


# --- Both -----------------------------------------------------------------------------------------------------------


def _of(job: Job):
    return Proposal.objects.filter(candidate__job=job).select_related("candidate__partner")


def _do(request, here: Here, public_id: UUID, said: str, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        return _said(request, here, public_id, refused)
    messages.success(request, said)
    return redirect(here.url("job", public_id))


def _said(request, here: Here, public_id: UUID, refused: Refused) -> HttpResponse:
    """The page as it stands now, with the sentence; whoever was too late sees what became of it."""
    messages.warning(request, str(refused))
    late = isinstance(refused, Conflict)
    status = HTTPStatus.CONFLICT if late else HTTPStatus.UNPROCESSABLE_ENTITY
    return show(request, here, find(request, here, public_id), status=status)

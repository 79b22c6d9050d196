"""Until somebody is hired, and cancelling: the store's side, then the partner's."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, After, Endpoint, paged
from accounts.once import Answer
from collaborators.models import Side
from jobs import actions
from jobs.hiring_serializers import (
    AcceptanceSerializer,
    BegunJobSerializer,
    CancellationSerializer,
    CandidacySerializer,
    CandidateSerializer,
    NewJobSerializer,
    OfferSerializer,
    ProposalRefusalSerializer,
    ProposalSerializer,
    ProposedJobSerializer,
)
from jobs.models import Candidate, Job, Proposal
from partners.models import Partner
from partners.pages import enter as enter_partner
from partners.permissions import TeamPermission
from stores.models import Store
from stores.pages import enter as enter_store


class _Jobs(Endpoint):
    def job_of_store(self, request: Request, handle: str, public_id: UUID, *, may: str = "jobs.manage") -> Job:
        store = enter_store(request, handle, may)
        rows = Job.objects.visible_to(self.me).filter(store=store).select_related("store")
        return get_object_or_404(rows, public_id=public_id)

    def job_of_partner(self, request: Request, slug: str, public_id: UUID) -> tuple[Job, Partner]:
        partner = enter_partner(request, slug, TeamPermission.MANAGE_JOBS)
        rows = Job.objects.visible_to(self.me).of_partner(partner).select_related("store")
        return get_object_or_404(rows, public_id=public_id), partner

    def candidates_of(self, **which: object) -> QuerySet[Candidate]:
        proposals = Proposal.objects.select_related("sent_by", "candidate__job").order_by("-pk")
        rows = Candidate.objects.filter(**which).select_related("partner", "job")
        return rows.prefetch_related(Prefetch("proposals", proposals))

    def candidate(self, key: int, shows: type[CandidateSerializer] = CandidateSerializer) -> Response:
        return Response(shows(self.candidates_of(pk=key).get()).data)

    def begun(self, job: Job) -> Response:
        return Response(BegunJobSerializer(Job.objects.select_related("store").get(pk=job.pk)).data)


# --- The store --------------------------------------------------------------------------------------------------------


class NewStoreJob(_Jobs):
    """The part of `StoreJobs` that makes one."""

    @extend_schema(
        operation_id="job_begin",
        summary="Ask one partner, or post a job to several",
        parameters=[IDEMPOTENCY_KEY],
        request=NewJobSerializer,
        responses={HTTPStatus.CREATED: BegunJobSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """Each partner has 72 hours to send a proposal. One may be any; several only such as work or worked for me."""
        store = enter_store(request, handle, "jobs.manage")
        terms = {"currency": store.currency, **self.body(NewJobSerializer)}

        def begin() -> Answer:
            job = actions.begin_job(store, **terms, by=self.me)
            return HTTPStatus.CREATED, BegunJobSerializer(job).data

        return self.answer_once(begin)


@extend_schema(tags=["Jobs, for stores"])
class Candidates(_Jobs):
    @extend_schema(
        operation_id="job_candidates",
        summary="Who is invited, and what they proposed",
        parameters=[After],
        responses=paged(CandidateSerializer),
    )
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Each partner with its proposals. For those who hold `jobs.view`."""
        job = self.job_of_store(request, handle, public_id, may="jobs.view")
        return self.listed(self.page(self.candidates_of(job=job)), CandidateSerializer)


@extend_schema(tags=["Jobs, for stores"])
class InvitationRenewal(_Jobs):
    @extend_schema(operation_id="job_invite_again", summary="Invite again", request=None, responses=CandidateSerializer)
    def post(self, request: Request, handle: str, public_id: UUID, candidate_id: UUID) -> Response:
        """A partner that declined, withdrew, was declined or let the time pass: it has 72 hours again."""
        job = self.job_of_store(request, handle, public_id)
        candidate = get_object_or_404(job.candidates.select_related("partner", "job"), public_id=candidate_id)
        return self.candidate(actions.invite_again(candidate, by=self.me).pk)


class _OneProposal(_Jobs):
    def proposal(self, request: Request, handle: str, public_id: UUID, proposal_id: UUID) -> Proposal:
        job = self.job_of_store(request, handle, public_id)
        return get_object_or_404(Proposal.objects.filter(candidate__job=job), public_id=proposal_id)


@extend_schema(tags=["Jobs, for stores"])
class Acceptance(_OneProposal):
    @extend_schema(
        operation_id="proposal_accept",
        summary="Accept a proposal",
        request=AcceptanceSerializer,
        responses=BegunJobSerializer,
    )
    def post(self, request: Request, handle: str, public_id: UUID, proposal_id: UUID) -> Response:
        """The job is in progress for the price that was proposed; all other partners are told kindly."""
        proposal = self.proposal(request, handle, public_id, proposal_id)
        return self.begun(actions.accept_proposal(proposal, **self.body(AcceptanceSerializer), by=self.me))


@extend_schema(tags=["Jobs, for stores"])
class Refusal(_OneProposal):
    @extend_schema(
        operation_id="proposal_decline",
        summary="Decline a proposal",
        request=ProposalRefusalSerializer,
        responses=CandidateSerializer,
    )
    def post(self, request: Request, handle: str, public_id: UUID, proposal_id: UUID) -> Response:
        """The partner may propose again while the job is open."""
        proposal = self.proposal(request, handle, public_id, proposal_id)
        actions.decline_proposal(proposal, **self.body(ProposalRefusalSerializer), by=self.me)
        return self.candidate(proposal.candidate_id)


@extend_schema(tags=["Jobs, for stores"])
class Cancellation(_Jobs):
    @extend_schema(
        operation_id="job_cancel", summary="Cancel a job", request=CancellationSerializer, responses=BegunJobSerializer
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Open or in progress. What waits for an answer is withdrawn; access goes on."""
        job = self.job_of_store(request, handle, public_id)
        sent = self.body(CancellationSerializer)
        return self.begun(actions.cancel_job(job, side=Side.STORE, **sent, by=self.me))


# --- The partner ------------------------------------------------------------------------------------------------------


class NewPartnerJob(_Jobs):
    """The part of `PartnerJobs` that makes one."""

    @extend_schema(
        operation_id="job_propose",
        summary="Propose a job",
        parameters=[IDEMPOTENCY_KEY],
        request=ProposedJobSerializer,
        responses={HTTPStatus.CREATED: BegunJobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """To a store that the partner works for, which has 72 hours to answer."""
        partner = enter_partner(request, slug, TeamPermission.MANAGE_JOBS)
        terms = self.body(ProposedJobSerializer)
        terms["store"] = Store.objects.filter(handle=terms["store"]).first()

        def propose() -> Answer:
            job = actions.propose_job(partner, **terms, by=self.me)
            return HTTPStatus.CREATED, BegunJobSerializer(job).data

        return self.answer_once(propose)


@extend_schema(tags=["Jobs, for partners"])
class Candidacy(_Jobs):
    @extend_schema(
        operation_id="job_candidacy", summary="Our part in a job until somebody is hired", responses=CandidacySerializer
    )
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Our invitation and our proposals, and nothing of the others'."""
        job, partner = self.job_of_partner(request, slug, public_id)
        return Response(CandidacySerializer(get_object_or_404(self.candidates_of(job=job, partner=partner))).data)


@extend_schema(tags=["Jobs, for partners"])
class Proposals(_Jobs):
    @extend_schema(
        operation_id="proposal_send",
        summary="Send a proposal",
        parameters=[IDEMPOTENCY_KEY],
        request=OfferSerializer,
        responses={HTTPStatus.CREATED: ProposalSerializer},
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Answers an invitation, or tries again after a no; five for each job at most."""
        job, partner = self.job_of_partner(request, slug, public_id)
        terms = self.body(OfferSerializer)

        def send() -> Answer:
            proposal = actions.send_proposal(job, partner=partner, **terms, by=self.me)
            return HTTPStatus.CREATED, ProposalSerializer(proposal).data

        return self.answer_once(send)


@extend_schema(tags=["Jobs, for partners"])
class ProposalWithdrawal(_Jobs):
    @extend_schema(
        operation_id="proposal_withdraw", summary="Withdraw a proposal", request=None, responses=CandidacySerializer
    )
    def post(self, request: Request, slug: str, public_id: UUID, proposal_id: UUID) -> Response:
        """While it waits for an answer."""
        job, partner = self.job_of_partner(request, slug, public_id)
        ours = Proposal.objects.filter(candidate__job=job, candidate__partner=partner)
        proposal = actions.withdraw_proposal(get_object_or_404(ours, public_id=proposal_id), by=self.me)
        return self.candidate(proposal.candidate_id, CandidacySerializer)


@extend_schema(tags=["Jobs, for partners"])
class InvitationRefusal(_Jobs):
    @extend_schema(
        operation_id="job_invitation_decline",
        summary="Decline an invitation",
        request=None,
        responses=CandidacySerializer,
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """The store is told, and may invite again."""
        job, partner = self.job_of_partner(request, slug, public_id)
        return self.candidate(actions.decline_invitation(job, partner=partner, by=self.me).pk, CandidacySerializer)


@extend_schema(tags=["Jobs, for partners"])
class PartnerCancellation(_Jobs):
    @extend_schema(
        operation_id="partner_job_cancel",
        summary="Cancel a job of ours",
        request=CancellationSerializer,
        responses=BegunJobSerializer,
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """One in progress, or one that we proposed. An invitation is declined instead."""
        job, partner = self.job_of_partner(request, slug, public_id)
        sent = self.body(CancellationSerializer)
        return self.begun(actions.cancel_job(job, side=Side.PARTNER, partner=partner, **sent, by=self.me))

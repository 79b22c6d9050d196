"""What the page of a job shows of its review, and where an approval leads."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from jobs import next_steps
from jobs.job_views import PARTS, Here, is_of_own_partner
from jobs.models import CompletionRequest, Job
from jobs.next_steps import NextStep
from reviews import addresses
from reviews.models import ReviewInvitation


def ask_for_review(completion: CompletionRequest, by: User) -> NextStep | None:
    """Of whoever approved, if they may write the review."""
    asked = ReviewInvitation.objects.visible_to(by).filter(completion=completion)
    invitation = asked.select_related("store", "partner").first()
    if invitation is None or not invitation.is_open_at(timezone.now()) or invitation.partner.membership_of(by):
        return None
    address = reverse("api:store-review-invitation", args=[invitation.store.handle, invitation.public_id])
    return NextStep(page=addresses.to_write(invitation), address=address)


def review_of_job(request: HttpRequest, here: Here, job: Job) -> dict[str, Any]:
    """For the store: the invitation, or the review that was written on it."""
    if not here.is_store or "reviews.write" not in request.held:  # type: ignore[attr-defined]
        return {}
    if job.partner is None:
        return {}
    if job.status == Job.Status.IN_PROGRESS:
        return {"will_be_asked": not is_of_own_partner(request, job)}
    if job.status != Job.Status.COMPLETED:
        return {}
    rows = ReviewInvitation.objects.filter(completion__job=job)
    invitation = rows.select_related("review", "settled_by").first()
    if invitation is None:
        return {}
    invitation.store, invitation.partner = job.store, job.partner
    is_open = invitation.is_open_at(timezone.now())
    may = is_open and not is_of_own_partner(request, job)
    return {
        "review_invitation": invitation,
        "review": getattr(invitation, "review", None),
        "may_review": may,
        "review_open": is_open,
    }


def register() -> None:
    next_steps.register(ask_for_review)
    if review_of_job not in PARTS:
        PARTS.append(review_of_job)

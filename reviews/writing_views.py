"""The page on which a store writes a review, with its question after a hand-over, its preview, and the correction."""

from http import HTTPStatus
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Conflict, Refused
from accounts.keyed import made_once
from accounts.models import User
from partners.services import labels
from reviews.actions.invitations import answer_handover
from reviews.actions.reviews import correct_review, publish_review
from reviews.errors import NotTheAuthor, OwnPartnersReview, invitation_moved_on, review_moved_on
from reviews.models import Review, ReviewInvitation, Source
from reviews.writing_forms import CorrectionForm, OpinionForm, ReviewForm
from stores.models import Store
from stores.pages import store_page

Status = ReviewInvitation.Status


def find(request: HttpRequest, store: Store, public_id: UUID) -> ReviewInvitation:
    """One of this store's, of a partner that the person stands apart from; 404, or OwnPartnersReview else."""
    rows = ReviewInvitation.objects.visible_to(request.user).filter(store=store)
    people = rows.select_related("store", "partner", "settled_by", "asked", "review")
    invitation = get_object_or_404(people, public_id=public_id)
    stand_apart(request, invitation)
    return invitation


def stand_apart(request: HttpRequest, row: ReviewInvitation | Review) -> None:
    """The action asks again, under the lock."""
    if row.partner.membership_of(request.user):
        raise OwnPartnersReview(row.partner)


# --- On an invitation -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("reviews.write")
def review_making(request: HttpRequest, store: Store, public_id: UUID) -> HttpResponse:
    invitation = find(request, store, public_id)
    if request.method != "POST":
        if invitation.status == Status.WRITTEN:
            return redirect("reviews:review", store.handle, invitation.review.public_id)
        return _writing(request, invitation, ReviewForm.about(invitation))
    form = ReviewForm.about(invitation, request.POST)
    if not form.is_valid():
        return _writing(request, invitation, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if _asks_to_look(request):
        return _writing(request, invitation, form, shows=True)
    try:
        written = made_once(
            form,
            lambda: publish_review(invitation, **form.opinion, by=request.user),  # type: ignore[arg-type]
            by=request.user,  # type: ignore[arg-type]
            path=request.path,
        )
    except Conflict as already:
        already.stand_in(form)
        return _writing(request, find(request, store, public_id), form, status=HTTPStatus.CONFLICT)
    if written is None:
        return _writing(request, invitation, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, _("Published. %(partner)s is told, and may reply.") % {"partner": invitation.partner})
    return redirect("reviews:review", store.handle, written)


def _writing(
    request: HttpRequest,
    invitation: ReviewInvitation,
    form: OpinionForm,
    *,
    shows: bool = False,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    is_open = invitation.is_open_at(timezone.now())
    asks = invitation.source == Source.HANDOVER and not invitation.worked_here
    context = {
        "store": invitation.store,
        "invitation": invitation,
        "partner": invitation.partner,
        "services": labels(invitation.services),
        "over": "" if is_open else str(invitation_moved_on(invitation)),
        "written": getattr(invitation, "review", None),
        "form": form,
    }
    if is_open and asks and not form.is_bound:
        return render(request, "reviews/question.html", context)
    return render(request, "reviews/writing.html", context | _preview(form, shows), status=status)


def _asks_to_look(request: HttpRequest) -> bool:
    return request.POST.get("step") == "preview"


def _preview(form: OpinionForm, shows: bool) -> dict:
    """How it would read, from what was just typed."""
    if not shows:
        return {}
    return {"preview": form.opinion, "preview_services": labels(form.opinion["services"])}


@require_POST
@store_page("reviews.write")
def handover_answer(request: HttpRequest, store: Store, public_id: UUID) -> HttpResponse:
    """Did they work on this store before it was handed over?"""
    invitation = find(request, store, public_id)
    answer = {"yes": True, "no": False}.get(request.POST.get("worked_here", ""))
    if answer is None:
        messages.warning(request, _("Answer with yes or no."))
        return redirect("reviews:review-making", store.handle, invitation.public_id)
    try:
        answer_handover(invitation, worked_here=answer, by=request.user)  # type: ignore[arg-type]
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("reviews:review-list", store.handle)
    if answer:
        return redirect("reviews:review-making", store.handle, invitation.public_id)
    messages.success(request, _("Thank you. %(partner)s is not reviewed.") % {"partner": invitation.partner})
    return redirect("reviews:review-list", store.handle)


# --- Correcting -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("reviews.write")
def review_correction(request: HttpRequest, store: Store, public_id: UUID) -> HttpResponse:
    rows = Review.objects.of_stores_of(request.user).filter(store=store)
    review = get_object_or_404(rows.select_related("store", "partner", "invitation"), public_id=public_id)
    stand_apart(request, review)
    if review.author_id != request.user.pk:
        raise NotTheAuthor
    if request.method != "POST":
        return _correcting(request, review, CorrectionForm.of(review))
    form = CorrectionForm.of(review, request.POST)
    if not form.is_valid():
        return _correcting(request, review, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if _asks_to_look(request):
        return _correcting(request, review, form, shows=True)
    seen = form.cleaned_data["edited_at"]
    try:
        corrected = correct_review(review, **form.opinion, edited_at=seen, by=_person(request))
    except Refused as refused:
        refused.stand_in(form)
        status = HTTPStatus.CONFLICT if isinstance(refused, Conflict) else HTTPStatus.UNPROCESSABLE_ENTITY
        return _correcting(request, review, form, status=status)
    if corrected.edited_at == review.edited_at:
        messages.info(request, _("Nothing was different, so nothing changed."))
    else:
        messages.success(request, _("Corrected. It is marked as edited, and %(partner)s is told.") % _names(review))
    return redirect("reviews:review", store.handle, review.public_id)


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def _names(review: Review) -> dict[str, str]:
    return {"partner": str(review.partner)}


def _correcting(
    request: HttpRequest, review: Review, form: forms.Form, *, shows: bool = False, status: int = HTTPStatus.OK
) -> HttpResponse:
    may = review.is_correctable_at(timezone.now())
    context = {
        "store": review.store,
        "invitation": review.invitation,
        "partner": review.partner,
        "services": labels(review.services) if review.source == Source.JOB else [],
        "over": "" if may else str(review_moved_on(review)),
        "written": review,
        "corrects": True,
        "form": form,
    }
    return render(request, "reviews/writing.html", context | _preview(form, shows), status=status)  # type: ignore[arg-type]

"""Where anybody who is signed in says that a review or a reply should not stand, and reads what became of it."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import Conflict, Refused
from partners.permissions import TeamPermission
from reviews import addresses
from reviews.actions.reports import report_reply, report_review
from reviews.errors import AlreadyReported, NothingToReport, OwnReply, OwnReview, ReplyReplaced
from reviews.models import Reply, Report, Review
from reviews.report_forms import ReportForm

page = require_http_methods(["GET", "HEAD", "POST"])


def find_review(public_id: UUID) -> Review:
    """Live or not; whoever is signed in may ask for it."""
    return get_object_or_404(Review.objects.select_related("partner__listing", "store"), public_id=public_id)


def find_reply(public_id: UUID) -> Reply:
    """The live reply to this review, or else the last that there was."""
    replies = Reply.objects.select_related("partner__listing", "review__store", "review__partner")
    reply = replies.filter(review__public_id=public_id).order_by("-pk").first()
    if reply is None:
        raise Http404
    return reply


@page
@login_required
def review_report(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _report(request, find_review(public_id))


@page
@login_required
def reply_report(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _report(request, find_reply(public_id))


def _report(request, thing: Review | Reply) -> HttpResponse:
    form = ReportForm(request.POST if request.method == "POST" else None, initial={"seen": thing.public_id})
    if request.method == "POST" and form.is_valid():
        try:
            _send(request, thing, form)
            messages.success(request, _("Thank you. The operators look at it, and tell you what they decide."))
            return redirect(request.path)
        except AlreadyReported:  # the page says so
            return redirect(request.path)
        except Conflict as moved_on:
            messages.warning(request, str(moved_on))
            return redirect(request.path)
        except Refused as refused:
            refused.stand_in(form)
    return _show(request, thing, form)


def _send(request, thing: Review | Reply, form: ReportForm) -> Report:
    if form.cleaned_data["seen"] not in {"", str(thing.public_id)}:
        raise ReplyReplaced
    if isinstance(thing, Reply):
        return report_reply(thing, **form.terms, by=request.user)
    return report_review(thing, **form.terms, by=request.user)


def _show(request, thing: Review | Reply, form: ReportForm) -> HttpResponse:
    mine = Report.objects.of(thing).filter(reported_by=request.user).first()
    refusal = None if mine else _refusal(request, thing)
    review = thing.review if isinstance(thing, Reply) else thing
    context = {
        "thing": thing,
        "review": review,
        "is_reply": isinstance(thing, Reply),
        "report": mine,
        "refusal": refusal,
        "form": form,
        "public": addresses.in_public(review),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and not mine else HTTPStatus.OK
    if isinstance(refusal, NothingToReport):
        status = HTTPStatus.GONE
    return render(request, "reviews/report_form.html", context, status=status)


def _refusal(request, thing: Review | Reply) -> Exception | None:
    """Why there is no form; the action asks again."""
    if isinstance(thing, Review):
        if not thing.is_live:
            return NothingToReport()
        return OwnReview() if thing.author_id == request.user.pk else None
    if not (thing.is_live and thing.review.is_live):
        return NothingToReport()
    membership = thing.partner.membership_of(request.user)
    return OwnReply() if membership and membership.may(TeamPermission.MANAGE_PUBLIC_LISTINGS) else None

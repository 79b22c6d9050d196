"""One review, as the partner sees it: what it rests on, its history, and the reply with advice."""

from http import HTTPStatus
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import BadIdempotencyKey, Conflict, KeyUsedOtherwise, Refused
from accounts.once import Answer, once
from accounts.text import LONGEST
from partners.models import Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from partners.services import labels
from reviews import addresses
from reviews.actions import replies
from reviews.advising import advice_for, days_since, praised_besides
from reviews.models import Reply, Review
from reviews.reply_forms import ReplyForm, draft

for_repliers = partner_page(TeamPermission.MANAGE_PUBLIC_LISTINGS)


def reviews_of(request: HttpRequest, partner: Partner) -> QuerySet[Review]:
    """Removed ones too: the partner sees why they are gone."""
    rows = Review.objects.answerable_by(request.user).filter(partner=partner)
    return rows.select_related("store", "invitation", "partner__listing")


def find(request: HttpRequest, partner: Partner, public_id: UUID) -> Review:
    written = Reply.objects.select_related("author", "withdrawn_by").order_by("-pk")
    rows = reviews_of(request, partner).prefetch_related(Prefetch("replies", written))
    return get_object_or_404(rows, public_id=public_id)


def live_reply(review: Review) -> Reply | None:
    """Of a review with its replies."""
    return next((reply for reply in review.replies.all() if reply.is_live), None)


def show(
    request: HttpRequest,
    review: Review,
    *,
    form: ReplyForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The page. A form stands on it where there is something to write, or something was refused."""
    reply = live_reply(review)
    if review.is_live and reply is None:
        form = form or ReplyForm()
    text = (form["text"].value() or "") if form is not None else ""
    partner = review.partner
    context = {
        "partner": partner,
        "review": review,
        "services": ", ".join(labels(review.services)),
        "days": days_since(review),
        "versions": review.versions.order_by("-pk") if review.edited_at else [],
        "reply": reply,
        "reply_versions": reply.versions.select_related("replaced_by").order_by("-pk")
        if reply and reply.edited_at
        else [],
        "former": [row for row in review.replies.all() if not row.is_live],
        "form": form,
        "public_path": addresses.in_public(review) if review.is_live else "",
        "site": settings.SITE_URL,
    }
    if form is not None:
        context["praised"] = praised_besides(review)
        context["advice"] = advice_for(review, text[:LONGEST], editing=reply)
    return render(request, "reviews/partner_review.html", context, status=status)


@require_safe
@for_repliers
def partner_review(request: HttpRequest, partner: Partner, public_id: UUID) -> HttpResponse:
    return show(request, find(request, partner, public_id))


@require_POST
@for_repliers
def reply_making(request: HttpRequest, partner: Partner, public_id: UUID) -> HttpResponse:
    review = find(request, partner, public_id)

    def publish(form: ReplyForm) -> None:
        replies.publish_reply(review, text=form.cleaned_data["text"], by=request.user)  # type: ignore[arg-type]

    said = _("Published. %(store)s is told.") % {"store": review.store}
    return _save(request, review, publish, said=said)


@require_http_methods(["GET", "HEAD", "POST"])
@for_repliers
def reply_edit(request: HttpRequest, partner: Partner, public_id: UUID) -> HttpResponse:
    review = find(request, partner, public_id)
    live = live_reply(review) if review.is_live else None
    if request.method != "POST" and live is not None:
        return show(request, review, form=ReplyForm.of(live))
    reply = live or next(iter(review.replies.all()), None)  # the action says what became of it
    if request.method != "POST" or reply is None:
        return redirect(addresses.in_partner(review))

    def edit(form: ReplyForm) -> None:
        replies.edit_reply(reply, text=form.cleaned_data["text"], by=request.user, edits=form.cleaned_data["edits"])  # type: ignore[arg-type]

    return _save(request, review, edit, said=_("Saved. %(store)s is told of what changed.") % {"store": review.store})


def _save(request: HttpRequest, review: Review, act, *, said: str) -> HttpResponse:
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return show(request, review, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sent = {name: form.cleaned_data[name] for name in ("text", "edits")}

    def save() -> Answer:
        act(form)
        return HTTPStatus.FOUND, ""

    try:
        once(save, by=request.user, key=form.cleaned_data["key"], asked=[request.path, sent])  # type: ignore[arg-type]
    except (KeyUsedOtherwise, BadIdempotencyKey):
        form.say_sent_before()
        return show(request, review, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except Conflict as late:
        return _late(request, review, late)
    except Refused as refused:
        refused.stand_in(form)
        return show(request, review, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, said)
    return redirect(addresses.in_partner(review))


def _late(request: HttpRequest, review: Review, late: Refused) -> HttpResponse:
    """The page as it is now. What was typed stays where it can still be sent; else it is shown, to be copied."""
    messages.warning(request, str(late))
    review = find(request, review.partner, review.public_id)
    reply, form = live_reply(review), None
    if review.is_live and request.POST.get("text"):
        edits = reply.edits if reply else ""
        form = ReplyForm({"text": request.POST["text"], "edits": edits, "key": str(uuid4())})
    return show(request, review, form=form, status=HTTPStatus.CONFLICT)


@require_POST
@for_repliers
def reply_withdrawal(request: HttpRequest, partner: Partner, public_id: UUID) -> HttpResponse:
    """Names the reply: a page that was open for long must not withdraw one that came after."""
    review = find(request, partner, public_id)
    wanted = request.POST.get("reply", "")
    reply = next((row for row in review.replies.all() if str(row.public_id) == wanted), None)
    if reply is None:
        messages.warning(request, _("This reply is not there any more."))
        return show(request, review, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        replies.withdraw_reply(reply, by=request.user)  # type: ignore[arg-type]
    except Refused as refused:
        return _late(request, review, refused)
    messages.success(request, _("Withdrawn. %(store)s is told.") % {"store": review.store})
    return redirect(addresses.in_partner(review))


@require_POST
@for_repliers
def reply_advice(request: HttpRequest, partner: Partner, public_id: UUID) -> HttpResponse:
    """Beside the text as it is typed; without a script, the page with the advice for what was typed."""
    review = find(request, partner, public_id)
    if request.htmx:  # type: ignore[attr-defined]
        try:
            points = advice_for(review, draft(request.POST), editing=live_reply(review))
        except ValidationError as refused:
            return render(request, "reviews/_advice.html", {"refused": refused.messages[0]})
        return render(request, "reviews/_advice.html", {"advice": points, "review": review})
    if not review.is_live:
        return redirect(addresses.in_partner(review))
    return show(
        request, review, form=ReplyForm(initial={name: request.POST.get(name, "") for name in ("text", "edits")})
    )

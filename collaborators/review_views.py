"""The access review of a quarter: Settings › Users and permissions › Collaborators › Access review."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.db import OperationalError
from django.db.models import Count, Exists, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.csv_files import csv_response
from accounts.errors import NotAllowed, Refused, is_busy
from accounts.keyset import page
from accounts.models import User
from accounts.zones import last_day
from collaborators import actions
from collaborators.errors import BeingChanged, ChangedMeanwhile, ReviewClosed
from collaborators.models import BEFORE_END, AccessReview, Collaboration
from collaborators.models.collaborations import CollaborationQuerySet
from collaborators.review_forms import AnswerForm, Line
from stores import access, phrases
from stores.models import Store
from stores.pages import store_page

PAST = 8  # earlier reviews that are listed: two years
WAITS = 2  # lines of one form that wait for somebody else's lock, seconds each; the rest is not tried then


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("users.view")
def review(request, store: Store):
    """The one of this quarter, to answer; a sentence if there is none."""
    latest = list(_reviews(request, store).with_progress().order_by("-quarter")[: PAST + 1])
    current = latest.pop(0) if latest and latest[0].is_open else None
    if request.method == "POST":
        if "users.manage" not in request.held:
            raise NotAllowed
        return _answer(request, store, current, latest)
    return _review_page(request, store, current, latest)


def with_what_waits(rows: CollaborationQuerySet, store: Store) -> CollaborationQuerySet:
    """Active collaborations of a store, each with what the store's home says above them all: whether the review waits,
    and how many end soon. Without a query of its own."""
    now = timezone.now()
    reviews = AccessReview.objects.filter(store=store).open(now).with_progress(now)
    waiting = reviews.filter(unanswered__gt=0)  # type: ignore[misc]  # annotated by with_progress()
    soon = Collaboration.objects.filter(store=store, ends_at__lte=now + BEFORE_END[0]).active(now).order_by()
    number = soon.values("store").annotate(number=Count("pk")).values("number")
    return rows.annotate(review_waits=Exists(waiting), ending_soon=Coalesce(Subquery(number), 0))


def _reviews(request: HttpRequest, store: Store):
    return AccessReview.objects.visible_to(request.user).filter(store=store)


def _review_page(request, store: Store, review: AccessReview | None, past, *, sent=None, status=200) -> HttpResponse:
    """`sent`: the lines that were refused, by collaboration."""
    context = {
        "store": store,
        "review": review,
        "past": past[:PAST],
        "may_manage": "users.manage" in request.held,
        "refused": bool(sent),
    }
    if review is not None:
        found = page(review.lines(request.user), after=request.GET.get("after"))
        answered = review.kept + review.reduced + review.ended  # type: ignore[attr-defined]
        context |= {
            "lines": [_line(request, store, review, row, (sent or {}).get(row.pk)) for row in found],
            "page": found,
            "answered": answered,
            "total": answered + review.unanswered,  # type: ignore[attr-defined]
        }
    return render(request, "collaborators/review.html", context, status=status)


def _line(request, store: Store, review: AccessReview, row: Collaboration, sent: "Sent | None") -> Line:
    """Without a form for those who do not answer here: the action asks again, under the lock."""
    apart = store.owner_id == request.user.pk or not row.of_own_partner  # type: ignore[attr-defined]
    to_answer = review.is_open and row.is_active and not row.answers_here  # type: ignore[attr-defined]
    may_answer = to_answer and apart and "users.manage" in request.held
    fresh = AnswerForm(collaboration=row) if may_answer else None
    if sent is None:
        return Line(row, fresh)
    if fresh is None or sent.version != row.version:  # what was sent is not shown again: as it is now, to be looked at
        return Line(row, fresh, sent.refusal or str(ChangedMeanwhile()))
    return Line(row, sent.form, sent.refusal)


@dataclass
class Sent:
    """What was answered about one collaborator, and what the rules say to it."""

    form: AnswerForm
    saved: bool = False
    busy: bool = False  # somebody else held the lock for longer than we wait
    refusal: str = ""  # what stands beside no field

    @property
    def version(self) -> str | None:
        return self.form.data.get(self.form.add_prefix("version"))

    def save(self, review: AccessReview, *, seen: str, by: User) -> None:
        """`seen`: the review that the page showed. On an old page it is that of last quarter."""
        if not self.form.is_valid():
            return
        try:
            if seen != str(review.public_id):
                raise ReviewClosed
            actions.answer_review(review, self.form.collaboration, **self.form.terms, by=by)
            self.saved = True
        except Refused as refused:
            if refused.field == "permissions":
                self.form.add_error("take", str(refused))
            else:
                self.refusal = str(refused)
        except NotAllowed as refused:
            self.refusal = str(refused)
        except OperationalError as error:  # by here, lines above it may be saved: no page that says "nothing"
            if not is_busy(error):
                raise
            self.wait()

    def wait(self) -> None:
        self.busy, self.refusal = True, str(BeingChanged())


def _answer(request, store: Store, review: AccessReview | None, past) -> HttpResponse:
    """Save the lines that say something, each for itself: one that is refused keeps no other back."""
    if review is None:
        messages.warning(request, _("There is no access review to answer at the moment."))
        return redirect("collaborators:review", store.handle)
    lines = [Sent(form) for form in _sent(request, review)]
    for line in lines:
        if sum(before.busy for before in lines) < WAITS:
            line.save(review, seen=request.POST.get("review", ""), by=request.user)
        else:
            line.wait()
    if saved := sum(line.saved for line in lines):
        said = ngettext("%(count)d answer is saved.", "%(count)d answers are saved.", saved)
        messages.success(request, said % {"count": saved})
    if saved < len(lines):
        refused = {line.form.collaboration.pk: line for line in lines if not line.saved}
        fresh = _reviews(request, store).with_progress().get(pk=review.pk)
        return _review_page(request, store, fresh, past, sent=refused, status=422)
    if not lines:
        messages.warning(request, _("Choose an answer for at least one collaborator."))
    return redirect("collaborators:review", store.handle)


def _sent(request, review: AccessReview) -> Iterator[AnswerForm]:
    suffix = "-decision"
    ids = [name.removesuffix(suffix) for name, value in request.POST.items() if name.endswith(suffix) and value]
    rows = review.lines(request.user).filter(
        public_id__in=[public_id for public_id in ids if _is_our_spelling(public_id)]
    )
    for row in rows:
        yield AnswerForm(request.POST, collaboration=row)


def _is_our_spelling(text: str) -> bool:
    """UUID() reads capitals, braces and no hyphens too; the fields of a line have one name."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


@require_safe
@store_page("users.view")
def past_review(request, store: Store, public_id):
    """What was answered once, to read."""
    found = get_object_or_404(_reviews(request, store).with_progress(), public_id=public_id)
    if found.is_open:
        return redirect("collaborators:review", store.handle)
    rows = page(found.lines(request.user), after=request.GET.get("after"))
    context = {"store": store, "review": found, "lines": [Line(row, is_over=True) for row in rows], "page": rows}
    return render(request, "collaborators/past_review.html", context)


@require_safe
@store_page("users.view")
def review_csv(request, store: Store, public_id):
    found = get_object_or_404(_reviews(request, store), public_id=public_id)
    header = [
        _("Partner"),
        _("Access granted"),
        _("Last used"),
        _("Access ends"),
        _("Permissions"),
        _("Sensitive"),
        _("Decision"),
        _("Permissions afterwards"),
        _("Answered by"),
        _("Answered at"),
    ]
    return csv_response(
        f"access-review-{store.handle}-{found.quarter}",
        header,
        found.lines(request.user),
        cells=partial(_cells, is_over=not found.is_open),
        may_go_on=lambda: access.still_may(request.user, "users.view", store),
        stopped=_("The list ends here: you may no longer see the users of this store."),
    )


def _cells(row: Collaboration, *, is_over: bool) -> list[object]:
    line = Line(row, is_over=is_over)
    answer = line.answer
    used_at, ends_at = (None, None) if line.was_skipped else (row.last_used_at, row.ends_at)
    return [
        row.partner.name,
        _minute(row.since),
        _minute(used_at),
        last_day(ends_at, row.store.time_zone).isoformat() if ends_at else "",
        "; ".join(phrases.labels(line.looked_at)),
        line.sensitive,
        answer.get_decision_display() if answer else "",
        "; ".join(phrases.labels(answer.after)) if answer else "",
        answer.answered_by if answer else "",
        _minute(answer.answered_at) if answer else "",
    ]


def _minute(at) -> str:
    """In the reader's zone, as a spreadsheet reads it."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""

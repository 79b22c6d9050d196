"""Store admin › Settings › Users and permissions › Security: who may ask, the code, its path, who is blocked."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Refused
from accounts.keyset import page
from accounts.renewed import is_renewed, renewed_sign_in, require_renewed
from accounts.sessions import confirmed_at
from accounts.two_step import asked_for, has_two_step
from collaborators import actions
from collaborators.errors import CodePathIsOpen
from collaborators.forms import PolicyForm
from collaborators.models import AccessRequest, CodePathOpening, Collaboration, PartnerBlock, RequestCode, RequestPolicy
from stores.actions import require_two_step
from stores.models import Store
from stores.pages import store_page

SHOWN = "codes_shown"  # in the session: which code of which store somebody looks at, since which sign-in


# --- The card -------------------------------------------------------------------------------------------------------


def current_code(store: Store, **beside) -> RequestCode:
    """Today's code with the policy it stands under, `path_closed_at` if it lets nobody ask, and what the page shows
    beside it; in one query."""
    latest = CodePathOpening.objects.filter(store=OuterRef("store")).order_by("-pk").values("closed_at")[:1]
    codes = RequestCode.objects.select_related("made_by", "store__request_policy")
    return codes.annotate(path_closed_at=Subquery(latest), **beside).get(store=store, ended_at=None)


def code_card(request: HttpRequest, store: Store, **beside) -> dict[str, Any]:
    """What the card shows. The digits only to whoever asked for them since they last confirmed who they are."""
    code = current_code(store, **beside)
    card = {"code": code, "code_shown": _is_shown(request, code)}
    return card | reopening(request, store) if code.path_closed_at else card  # type: ignore[attr-defined]


def reopening(request: HttpRequest, store: Store) -> dict[str, bool]:
    again = actions.reopened_lately(store, now=timezone.now())
    return {"again": again, "may_reopen": not again or store.owner_id == request.user.pk}


def _is_shown(request: HttpRequest, code: RequestCode) -> bool:
    looked_at = request.session.get(SHOWN, {}).get(str(code.store_id))
    return is_renewed(request) and looked_at == [code.pk, confirmed_at(request)]


def show_code(request: HttpRequest, store: Store) -> RequestCode:
    """From now on pages show it to this person, until the sign-in is no longer renewed. Leaves a row."""
    since = confirmed_at(request)
    code = actions.note_shown(store, since=datetime.fromtimestamp(since, UTC), by=request.user)  # type: ignore[arg-type]
    request.session[SHOWN] = {**request.session.get(SHOWN, {}), str(store.pk): [code.pk, since]}
    return code


def _back(request: HttpRequest, store: Store):
    """To the page that the card stood on."""
    place = "collaborators:security" if request.POST.get("back") == "security" else "collaborators:list"
    return redirect(place, store.handle)


# --- The code -------------------------------------------------------------------------------------------------------


@require_POST
@store_page("users.manage")
@renewed_sign_in
def code(request, store: Store):
    actions.make_code(store, by=request.user)
    show_code(request, store)
    messages.success(request, _("There is a new code. The old one no longer works."))
    return _back(request, store)


@require_POST
@store_page("users.manage")
@renewed_sign_in
def code_display(request, store: Store):
    """Looking at the code is an act: it leaves a row, so a GET cannot do it."""
    show_code(request, store)
    return _back(request, store)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("users.manage")
def code_opening(request, store: Store):
    """What closed the code path, and the button that opens it again. Mails lead here."""
    if request.method == "POST":
        require_renewed(request)
        try:
            actions.reopen_code_path(store, by=request.user)
        except CodePathIsOpen as already:
            messages.warning(request, str(already))
        else:
            show_code(request, store)
            messages.success(request, _("There is a new code, and partners can ask with it. The old one is gone."))
        return redirect("collaborators:security", store.handle)
    opening = CodePathOpening.objects.filter(store=store).order_by("-pk").first()
    context = {"store": store, "closed_at": opening and opening.closed_at, **reopening(request, store)}
    return render(request, "collaborators/code_opening.html", context)


# --- Security -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("users.manage")
def security(request, store: Store):
    """Who may ask, the code, and whom the store does not want to hear from."""
    card = code_card(request, store)
    form = PolicyForm(request.POST or None, initial={"rule": card["code"].store.request_policy.rule})
    if request.method == "POST" and form.is_valid():
        actions.change_policy(store, rule=form.cleaned_data["rule"], by=request.user)
        messages.success(request, _("Saved. From now on this decides who may ask."))
        return redirect("collaborators:security", store.handle)
    blocked = PartnerBlock.objects.visible_to(request.user).filter(store=store).select_related("partner", "blocked_by")
    context = {
        "store": store,
        "form": form,
        "has_two_step": has_two_step(request.user),
        "rules": RequestPolicy.Rule,
        "blocked": page(blocked, after=request.GET.get("after")),
        **card,
    }
    return render(request, "collaborators/security.html", context, status=422 if form.is_bound else 200)


@require_POST
@store_page("users.manage")
@renewed_sign_in
def two_step(request, store: Store):
    try:
        require_two_step(store, required=asked_for(request.POST), by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Saved. It holds from now on."))
    return redirect("collaborators:security", store.handle)


# --- Blocking -------------------------------------------------------------------------------------------------------


@require_POST
@store_page("users.manage")
def request_block(request, store: Store, public_id):
    """Block whoever asked. The request stays to be answered: its page offers to decline it."""
    rows = AccessRequest.objects.visible_to(request.user).filter(store=store).select_related("partner")
    row = get_object_or_404(rows, public_id=public_id)
    actions.block(store, row.partner, by=request.user)
    said = _("%(partner)s is blocked: no new request reaches you.") % {"partner": row.partner}
    if row.is_pending:
        said = _(
            "%(partner)s is blocked: no new request reaches you. This one still waits: decline it if you like."
        ) % {"partner": row.partner}
    messages.success(request, said)
    return redirect("collaborators:request", store.handle, public_id)


@require_POST
@store_page("users.manage")
def collaboration_block(request, store: Store, public_id):
    """Block a partner beside its access, which goes on until it is revoked."""
    rows = Collaboration.objects.visible_to(request.user).filter(store=store).select_related("partner")
    row = get_object_or_404(rows, public_id=public_id)
    actions.block(store, row.partner, by=request.user)
    said = _("%(partner)s is blocked: no new request reaches you.") % {"partner": row.partner}
    if row.is_active:
        said = _("%(partner)s is blocked: no new request reaches you. Its access goes on until you revoke it.") % {
            "partner": row.partner
        }
    messages.success(request, said)
    return redirect("collaborators:collaboration", store.handle, public_id)


@require_POST
@store_page("users.manage")
def unblocking(request, store: Store, public_id):
    rows = PartnerBlock.objects.visible_to(request.user).filter(store=store).select_related("partner")
    row = get_object_or_404(rows, public_id=public_id)
    actions.unblock(row, by=request.user)
    messages.success(request, _("%(partner)s may ask you again.") % {"partner": row.partner})
    return redirect("collaborators:security", store.handle)

"""The store's side of one access request: Settings › Users and permissions › Collaborators › Review request."""

from collections.abc import Callable

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import Refused
from accounts.renewed import require_renewed
from accounts.zones import last_day
from collaborators import actions
from collaborators.errors import TransitionNotAllowed
from collaborators.forms import ApprovalForm, RefusalForm
from collaborators.models import AccessRequest, Side, block_key, with_unread
from collaborators.views import may_decide, renew_for
from stores import actions as stores
from stores import phrases
from stores.forms import RoleForm
from stores.models import Role, Store
from stores.pages import store_page
from stores.permissions import in_order
from stores.trees import completed, split, tree

EARLIER = 5  # requests of the same partner that stand beside one


def _request(request, store: Store, public_id) -> AccessRequest:
    rows = AccessRequest.objects.visible_to(request.user).filter(store=store)
    related = rows.select_related(
        "partner__track_record",
        "asked_by",
        "decided_by",
        "collaboration",
        "more_of",
        "seen_by",
        "reopened_by",
        "expert_invitation__invited_by",
    )
    found = with_unread(related.with_partner_facts(request.user), request.user, Side.STORE).annotate(block=block_key())
    return get_object_or_404(found, public_id=public_id)


def _first_form(request, store: Store, access_request: AccessRequest) -> ApprovalForm:
    """What is offered: all that the partner may do today, and of what it asks all that the reader may grant."""
    today = set(access_request.today or ())
    ticked = today | (access_request.offered(today) & request.held)
    day = access_request.ends_at and last_day(access_request.ends_at, store.time_zone)
    over = day is not None and day < ApprovalForm(store=store).today
    how_long = ApprovalForm.UNTIL if access_request.ends_at else ApprovalForm.OPEN
    end = {"how_long": how_long, "ends_on": None if over else day}
    return ApprovalForm(store=store, initial={"permissions": in_order(ticked), **end})


def _request_page(
    request, store: Store, access_request: AccessRequest, *, form=None, refusal=None, role_form=None, status=200
):
    """The page of a request, with what was typed if a decision did not pass."""
    decides = may_decide(request, store, access_request.partner)
    form = form or _first_form(request, store, access_request)
    ticked = set(form["permissions"].value() or ())
    today = set(access_request.today or ())
    asked, new = set(access_request.permissions), set(access_request.added)
    offered = access_request.offered(today)
    granted = set(access_request.granted or ())
    marks = today if access_request.is_for_more else None
    branches, more = split(tree(ticked=ticked, asked=offered, held=request.held, today=marks))
    earlier = AccessRequest.objects.visible_to(request.user).filter(store=store, partner=access_request.partner)
    context = {
        "store": store,
        "access_request": access_request,
        "form": form,
        "refusal": refusal or RefusalForm(),
        "role_form": role_form or RoleForm(for_staff=False, prefix="role"),
        "branches": branches,
        "more": more,
        "summary": phrases.allows(completed(ticked)),
        "in_words": phrases.they_ask(asked, held=access_request.held or ()),
        "asked": phrases.labels(asked),
        "offered_count": len(offered),
        "new": phrases.labels(new) if access_request.is_for_more else [],
        "granted": phrases.labels(granted),
        "left_out": phrases.labels(asked - granted),
        "added": phrases.labels(granted - asked),
        "asked_end": phrases.end(access_request.ends_at, store.time_zone),
        "today_end": phrases.end(access_request.more_of.ends_at, store.time_zone) if access_request.more_of else "",
        "kept": len(offered & ticked),
        "added_count": len(ticked - offered),
        "roles": Role.objects.of(store).filter(for_staff=False),
        "earlier": earlier.exclude(pk=access_request.pk).order_by("-pk")[:EARLIER],
        "may_decide": decides,
        "block_between": access_request.block,  # type: ignore[attr-defined]  # block_key()
        "sees": decides and access_request.is_pending and access_request.seen_at is None,
    }
    return render(request, "collaborators/request_detail.html", context, status=status)


@require_safe
@store_page("users.view")
def request_detail(request, store: Store, public_id):
    return _request_page(request, store, _request(request, store, public_id))


@require_POST
@store_page("users.manage")
def request_approval(request, store: Store, public_id):
    access_request = _request(request, store, public_id)
    if "apply_role" in request.POST:
        return _request_page(request, store, access_request, form=_with_role(request, store))
    if "update" in request.POST:
        form = _as_it_was(request, store, completed(request.POST.getlist("permissions")))
        return _request_page(request, store, access_request, form=form)
    if "make_role" in request.POST or ("enter" in request.POST and request.POST.get("role-name")):
        return _make_role(request, store, access_request)
    form = ApprovalForm(request.POST, store=store)
    try:
        if form.is_valid():
            renew_for(request, set(form.terms["permissions"]) - set(access_request.today or ()))
            collaboration = actions.approve_request(access_request, **form.terms, by=request.user)
            said = (
                _("Approved. It holds from now on.")
                if access_request.today
                else _("Approved. %(partner)s may enter now.")
            )
            messages.success(request, said % {"partner": access_request.partner})
            return redirect("collaborators:collaboration", store.handle, collaboration.public_id)
    except TransitionNotAllowed as already:
        messages.warning(request, str(already))
        return redirect("collaborators:request", store.handle, public_id)
    except Refused as refused:
        refused.stand_in(form)
    return _request_page(request, store, access_request, form=form, status=422)


def _as_it_was(request, store: Store, permissions: list[str]) -> ApprovalForm:
    values = {name: request.POST.get(name) for name in ("how_long", "ends_on")}
    return ApprovalForm(store=store, initial={**values, "permissions": permissions})


def _with_role(request, store: Store) -> ApprovalForm:
    """The form as it was, ticked as the chosen role says. Decides nothing, whatever was chosen."""
    roles = {str(role.public_id): role for role in Role.objects.of(store).filter(for_staff=False)}
    role = roles.get(request.POST.get("role", ""))
    ticked = request.POST.getlist("permissions") if role is None else role.permissions
    return _as_it_was(request, store, [key for key in ticked if key in request.held])


def _make_role(request, store: Store, access_request: AccessRequest):
    """Keep what is ticked as a role for collaborators. Decides nothing; all stays as it was filled in."""
    ticked = request.POST.getlist("permissions")
    form = _as_it_was(request, store, ticked)
    data = request.POST.copy()
    data.setlist("role-permissions", ticked)
    role_form = RoleForm(data, for_staff=False, prefix="role")
    if role_form.is_valid():
        require_renewed(request)
        try:
            role = stores.make_role(store, **role_form.cleaned_data, for_staff=False, by=request.user)
        except Refused as refused:
            refused.stand_in(role_form)
        else:
            messages.success(request, _("The role %(name)s is made.") % {"name": role.name})
            return _request_page(request, store, access_request, form=form)
    return _request_page(request, store, access_request, form=form, role_form=role_form, status=422)


@require_POST
@store_page("users.manage")
def request_refusal(request, store: Store, public_id):
    access_request = _request(request, store, public_id)
    refusal = RefusalForm(request.POST)
    if not refusal.is_valid():
        return _request_page(request, store, access_request, refusal=refusal, status=422)
    declined = _("Declined. %(partner)s is told.") % {"partner": access_request.partner}
    _do(request, declined, lambda: actions.decline_request(access_request, **refusal.cleaned_data, by=request.user))
    return redirect("collaborators:request", store.handle, public_id)


@require_POST
@store_page("users.manage")
def request_reopening(request, store: Store, public_id):
    """Take a decline back."""
    access_request = _request(request, store, public_id)
    reopened = _("Open again. %(partner)s is told, and waits for your answer.") % {"partner": access_request.partner}
    _do(request, reopened, lambda: actions.reopen_request(access_request, by=request.user))
    return redirect("collaborators:request", store.handle, public_id)


def _do(request, said: str, act: Callable[[], object]) -> None:
    try:
        act()
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, said)


@require_POST
@store_page("users.manage")
def request_sight(request, store: Store, public_id):
    """Keep that it was seen: sent by the page itself once it stands there, or by its button where nothing runs.

    Looking (GET) writes nothing: whoever fetches the address ahead, or looks over a shoulder, has not seen it.
    """
    access_request = actions.see_request(_request(request, store, public_id), by=request.user)
    if request.htmx:
        return render(request, "collaborators/_seen.html", {"access_request": access_request})
    return redirect("collaborators:request", store.handle, public_id)

"""The store's side: Settings › Users and permissions."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import Refused
from accounts.keyset import page
from accounts.renewed import require_renewed
from accounts.zones import last_day
from collaborators import actions, consequences
from collaborators.code_views import code_card
from collaborators.errors import TransitionNotAllowed
from collaborators.forms import PermissionsForm
from collaborators.models import AccessRequest, Collaboration, ExpertInvitation, Side, block_key, with_unread
from stores import phrases
from stores.activity_views import in_words
from stores.ends import EndForm
from stores.models import Activity, Store
from stores.pages import store_page
from stores.permissions import PERMISSIONS
from stores.trees import completed, split, tree

HISTORY = 20  # latest activity rows beside a collaboration
PEOPLE = 20  # who used it latest


def request_rows(requests) -> list[dict]:
    """Access requests as lists show them."""
    return [
        {
            "request": access_request,
            "groups": phrases.group_names(access_request.permissions),
            "count": len(access_request.permissions),
        }
        for access_request in requests
    ]


def collaboration_rows(collaborations) -> list[dict]:
    """Collaborations as lists show them."""
    return [
        {
            "collaboration": collaboration,
            "groups": phrases.group_names(collaboration.permissions),
            "end": phrases.end(collaboration.ends_at, collaboration.store.time_zone),
        }
        for collaboration in collaborations
    ]


@require_safe
@store_page("users.view")
def collaborator_list(request, store: Store):
    asked = AccessRequest.objects.visible_to(request.user).filter(store=store)
    granted = Collaboration.objects.visible_to(request.user).filter(store=store)
    pending = with_unread(asked.pending().select_related("partner"), request.user, Side.STORE)
    active = granted.active().with_use().select_related("partner", "store")
    active = with_unread(active, request.user, Side.STORE)
    requests = page(pending, after=request.GET.get("requests_after"), among=asked)
    collaborations = page(active, after=request.GET.get("after"), among=granted)
    may_manage = "users.manage" in request.held
    context = {
        "store": store,
        "requests": request_rows(requests),
        "requests_page": requests,
        "collaborations": collaboration_rows(collaborations),
        "page": collaborations,
        "may_manage": may_manage,
        **(code_card(request, store, open_invitations=ExpertInvitation.objects.count_open()) if may_manage else {}),
    }
    return render(request, "collaborators/collaborator_list.html", context)


@require_safe
@store_page("users.view")
def request_list(request, store: Store):
    """Every request there ever was, newest first."""
    rows = with_unread(AccessRequest.objects.visible_to(request.user).filter(store=store), request.user, Side.STORE)
    found = page(rows.select_related("partner", "decided_by"), after=request.GET.get("after"))
    context = {"store": store, "requests": request_rows(found), "page": found}
    return render(request, "collaborators/request_list.html", context)


@require_safe
@store_page("users.view")
def collaboration_list(request, store: Store):
    """Access that is over, newest first."""
    rows = Collaboration.objects.visible_to(request.user).filter(store=store)
    over = rows.exclude(pk__in=rows.active().values("pk"))
    found = page(over.with_use().select_related("partner", "store", "ended_by"), after=request.GET.get("after"))
    context = {"store": store, "collaborations": collaboration_rows(found), "page": found}
    return render(request, "collaborators/collaboration_list.html", context)


# --- Deciding -------------------------------------------------------------------------------------------------------


def may_decide(request, store: Store, partner) -> bool:
    """Whether to show the buttons; the action asks again, under the lock."""
    apart = store.owner_id == request.user.pk or partner.membership_of(request.user) is None
    return "users.manage" in request.held and apart


def renew_for(request, permissions: Iterable[str]) -> None:
    """Personal data, money and code are granted by somebody who showed just now that it is them."""
    if any(PERMISSIONS[key].is_sensitive for key in permissions if key in PERMISSIONS):
        require_renewed(request)


# --- One collaboration ----------------------------------------------------------------------------------------------


def one_collaboration(request, store: Store, public_id) -> Collaboration:
    rows = Collaboration.objects.visible_to(request.user).filter(store=store).with_use()
    related = rows.select_related("partner", "store", "granted_by", "ended_by", "kept_by")
    found = with_unread(related, request.user, Side.STORE).annotate(block=block_key())
    return get_object_or_404(found, public_id=public_id)


def _collaboration_page(request, store: Store, collaboration: Collaboration, *, form=None, end_form=None, status=200):
    if end_form is None:
        day = collaboration.ends_at and last_day(collaboration.ends_at, store.time_zone)
        how_long = EndForm.UNTIL if day else EndForm.OPEN
        end_form = EndForm(zone=store.time_zone, initial={"how_long": how_long, "ends_on": day})
    ticked = collaboration.permissions if form is None else form["permissions"].value() or ()
    branches, more = split(tree(ticked=ticked, asked=collaboration.permissions, held=request.held))
    history = Activity.objects.visible_to(request.user).filter(store=store, partner=collaboration.partner)
    decides = may_decide(request, store, collaboration.partner)
    context = {
        "store": store,
        "collaboration": collaboration,
        "form": form or PermissionsForm(),
        "end_form": end_form,
        "branches": branches,
        "more": more,
        "summary": phrases.allows(completed(ticked)),
        "granted": phrases.labels(collaboration.permissions),
        "end": phrases.end(collaboration.ends_at, store.time_zone),
        "history": in_words(history.select_related("actor", "partner", "store").order_by("-pk")[:HISTORY]),
        "uses": collaboration.uses.select_related("user").order_by("-last_used_at")[:PEOPLE],
        "ends_on": collaboration.ends_at and last_day(collaboration.ends_at, store.time_zone),
        "may_decide": collaboration.is_active and decides,
        "consequences": consequences.told(collaboration, side=Side.STORE, reader=request.user) if decides else [],
        "may_block": decides,
        "block_between": collaboration.block,  # type: ignore[attr-defined]  # block_key()
    }
    return render(request, "collaborators/collaboration_detail.html", context, status=status)


@require_safe
@store_page("users.view")
def collaboration_detail(request, store: Store, public_id):
    return _collaboration_page(request, store, one_collaboration(request, store, public_id))


@require_POST
@store_page("users.manage")
def collaboration_permissions(request, store: Store, public_id):
    collaboration = one_collaboration(request, store, public_id)
    if "update" in request.POST:
        form = PermissionsForm(initial={"permissions": completed(request.POST.getlist("permissions"))})
        return _collaboration_page(request, store, collaboration, form=form)
    form = PermissionsForm(request.POST)
    if form.is_valid():
        renew_for(request, set(form.cleaned_data["permissions"]) - set(collaboration.permissions))
    if _settled(request, form, lambda: actions.change_permissions(collaboration, **form.cleaned_data, by=request.user)):
        return redirect("collaborators:collaboration", store.handle, public_id)
    return _collaboration_page(request, store, collaboration, form=form, status=422)


@require_POST
@store_page("users.manage")
def collaboration_end(request, store: Store, public_id):
    collaboration = one_collaboration(request, store, public_id)
    end_form = EndForm(request.POST, zone=store.time_zone)
    if _settled(request, end_form, lambda: actions.change_end(collaboration, **end_form.terms, by=request.user)):
        return redirect("collaborators:collaboration", store.handle, public_id)
    return _collaboration_page(request, store, collaboration, end_form=end_form, status=422)


def _settled(request, form, save: Callable[[], object]) -> bool:
    """Save what a form holds. False if the form has to be shown again, with what is wrong beside its fields.

    Whoever comes too late is told so; that settles it too.
    """
    if not form.is_valid():
        return False
    try:
        save()
        messages.success(request, _("Saved. It holds from now on."))
    except TransitionNotAllowed as already:
        messages.warning(request, str(already))
    except Refused as refused:
        refused.stand_in(form)
        return False
    return True


@require_POST
@store_page("users.manage")
def collaboration_revocation(request, store: Store, public_id):
    collaboration = one_collaboration(request, store, public_id)
    try:
        actions.revoke(collaboration, by=request.user)
        messages.success(request, _("Revoked. %(partner)s can no longer enter.") % {"partner": collaboration.partner})
    except TransitionNotAllowed as already:
        messages.warning(request, str(already))
    return redirect("collaborators:collaboration", store.handle, public_id)

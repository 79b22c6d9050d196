"""Store admin › Settings › Users and permissions: staff, roles, and who owns the store."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import NotAllowed, Refused
from accounts.invitation_pages import invitation_page
from accounts.keyset import page
from accounts.renewed import renewed_sign_in, require_renewed
from stores import access, actions, phrases
from stores.errors import NoLongerInStore, RoleIsGone
from stores.forms import OwnershipForm, RoleForm, RoleGivingForm, StaffInvitationForm
from stores.models import OwnershipOffer, Role, Staff, StaffInvitation, Store
from stores.pages import store_page
from stores.permissions import grouped
from stores.trees import completed, tree

PEOPLE_SHOWN = 50  # of those who have a role

# --- Staff ----------------------------------------------------------------------------------------------------------


def _staff_page(request, store: Store, *, form: StaffInvitationForm | None = None, status: int = 200):
    people = Staff.objects.visible_to(request.user).filter(store=store)
    staff = page(people.select_related("user", "role"), after=request.GET.get("after"))
    may_manage = "users.manage" in request.held
    is_owner = store.owner_id == request.user.pk
    context = {
        "store": store,
        "staff": staff,
        "page": staff,
        "may_manage": may_manage,
        "owner": request.user if is_owner else store.owner,
        "is_owner": is_owner,
        "seats": store.seats_taken(),
    }
    if may_manage:
        unanswered = StaffInvitation.objects.visible_to(request.user).filter(store=store).unanswered()
        found = page(unanswered.select_related("invited_by", "role"), after=request.GET.get("invitations_after"))
        context |= {"invitations": found, "form": form or StaffInvitationForm(store=store)}
    return render(request, "stores/staff_list.html", context, status=status)


@require_safe
@store_page("users.view")
def staff_list(request, store: Store):
    return _staff_page(request, store)


@require_POST
@store_page("users.manage")
@renewed_sign_in
def invitation_list(request, store: Store):
    """Invite somebody."""
    form = StaffInvitationForm(request.POST, store=store)
    if form.is_valid():
        try:
            invitation = actions.invite(store, **form.cleaned_data, by=request.user)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("%(email)s is invited.") % {"email": invitation.email})
            return redirect("stores:staff", store.handle)
    return _staff_page(request, store, form=form, status=422)


@require_POST
@store_page("users.manage")
@renewed_sign_in
def invitation_withdrawal(request, store: Store, public_id):
    rows = StaffInvitation.objects.visible_to(request.user)
    invitation = get_object_or_404(rows, store=store, public_id=public_id)
    try:
        actions.take_back_invitation(invitation, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The invitation of %(email)s is taken back.") % {"email": invitation.email})
    return redirect("stores:staff", store.handle)


def _staff(request, store: Store, public_id) -> Staff:
    rows = Staff.objects.visible_to(request.user).select_related("user", "role")
    return get_object_or_404(rows, store=store, public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("users.manage")
def staff_detail(request, store: Store, public_id):
    """One person of the staff, to give another role."""
    staff = _staff(request, store, public_id)
    form = RoleGivingForm(request.POST or None, store=store, initial={"role": staff.role.public_id})
    if request.method == "POST" and form.is_valid():
        require_renewed(request)
        try:
            actions.assign_role(staff, **form.cleaned_data, by=request.user)
        except NoLongerInStore as gone:
            messages.warning(request, str(gone))
            return redirect("stores:staff", store.handle)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Saved. It holds from now on."))
            return redirect("stores:staff", store.handle)
    context = {
        "store": store,
        "staff": staff,
        "form": form,
        "groups": grouped(staff.role.permissions),
        "is_self": staff.user_id == request.user.pk,
    }
    return render(request, "stores/staff_detail.html", context, status=422 if form.is_bound else 200)


@require_POST
@store_page("users.manage")
@renewed_sign_in
def staff_removal(request, store: Store, public_id):
    staff = _staff(request, store, public_id)
    try:
        actions.remove_staff(staff, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("%(person)s no longer works here.") % {"person": staff.user})
    return redirect("home") if staff.user_id == request.user.pk else redirect("stores:staff", store.handle)


@require_POST
@store_page()
def departure(request, store: Store):
    try:
        actions.leave_store(store, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("stores:access", store.handle)
    messages.success(request, _("You left the staff of %(store)s.") % {"store": store})
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invitation(request, token: str):
    rows = StaffInvitation.objects.select_related("store", "role", "invited_by")
    invitation = get_object_or_404(rows.with_token(token))
    store, role = invitation.store, invitation.role

    def accept() -> str:
        actions.accept_invitation(invitation, by=request.user)
        messages.success(request, _("You work in %(store)s now.") % {"store": store})
        return reverse("store-home", args=[store.handle])

    return invitation_page(
        request,
        invitation,
        heading=_("Work in %(store)s") % {"store": store},
        stranger_heading=_("Invitation"),
        offered=[
            (_("Store"), store),
            *([(_("Role"), role), *phrases.opens(role.permissions)] if role else []),
        ],
        button=_("Join the staff"),
        accept=accept,
    )


# --- Ownership ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@store_page()
def ownership(request, store: Store):
    """The owner passes the store on: offered here, accepted by the other."""
    access.require_owner(request.user, store)
    offers = OwnershipOffer.objects.filter(store=store)
    form = OwnershipForm(request.POST or None, store=store)
    if request.method == "POST" and form.is_valid():
        require_renewed(request)
        chosen = form.cleaned_data
        try:
            actions.offer_ownership(chosen["staff"], keeps_role=chosen["keeps_role"], by=request.user)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Offered to %(person)s.") % {"person": chosen["staff"].user})
            return redirect("stores:ownership", store.handle)
    offer = offers.open().select_related("keeps_role").first()
    context = {
        "store": store,
        "form": form,
        "offer": offer,
        "offered_to": store.staff.filter(user__email__iexact=offer.email).select_related("user").first()
        if offer
        else None,
        "has_staff": store.staff.exists(),
    }
    return render(request, "stores/ownership.html", context, status=422 if form.is_bound else 200)


@require_POST
@store_page()
@renewed_sign_in
def ownership_withdrawal(request, store: Store):
    access.require_owner(request.user, store)
    offer = OwnershipOffer.objects.filter(store=store).open().first()
    try:
        if offer:
            actions.take_back_offer(offer, by=request.user)
            messages.success(request, _("The offer is taken back. The store stays yours."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("stores:ownership", store.handle)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ownership_offer(request, token: str):
    rows = OwnershipOffer.objects.select_related("store", "keeps_role", "invited_by")
    offer = get_object_or_404(rows.with_token(token))
    store = offer.store

    def accept() -> str:
        require_renewed(request)
        actions.accept_ownership(offer, by=request.user)
        messages.success(request, _("%(store)s is yours.") % {"store": store})
        return reverse("store-home", args=[store.handle])

    return invitation_page(
        request,
        offer,
        heading=_("Become the owner of %(store)s") % {"store": store},
        stranger_heading=_("Offer"),
        offered=[(_("Store"), store), (_("Afterwards"), phrases.afterwards(offer))],
        button=_("Become the owner"),
        accept=accept,
    )


# --- Roles ----------------------------------------------------------------------------------------------------------


def _roles(store: Store):
    """With how many people of this store have each."""
    return Role.objects.of(store).annotate(people=Count("staff", filter=Q(staff__store=store)))


@require_safe
@store_page("users.view")
def role_list(request, store: Store):
    roles = [{"role": role, "groups": phrases.group_names(role.permissions)} for role in _roles(store)]
    context = {
        "store": store,
        "for_staff": [row for row in roles if row["role"].for_staff],
        "for_collaborators": [row for row in roles if not row["role"].for_staff],
        "may_manage": "users.manage" in request.held,
    }
    return render(request, "stores/role_list.html", context)


def _role(store: Store, public_id) -> Role:
    return get_object_or_404(_roles(store), public_id=public_id)


def _people_with(store: Store, role: Role) -> list[Staff]:
    return list(store.staff.filter(role=role).select_related("user").order_by("pk")[:PEOPLE_SHOWN])


def _role_page(request, store: Store, form: RoleForm, *, for_staff: bool, role: Role | None = None):
    """A role to make or to change, with what was typed if it was not saved."""
    ticked = form["permissions"].value() or ()
    context = {
        "store": store,
        "role": role,
        "form": form,
        "for_staff": for_staff,
        "branches": tree(ticked=ticked, held=request.held, for_staff=for_staff),
        "sentences": True,
        "summary": phrases.allows(completed(ticked)),
        "people": _people_with(store, role) if role else [],
        "may_manage": True,
    }
    return render(request, "stores/role_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("users.manage")
def role_making(request, store: Store):
    """A new role: empty, or a copy of the one named by `?copy=`."""
    copied = _to_copy(store, request.GET.get("copy", ""))
    chosen = request.POST if request.method == "POST" else request.GET
    for_staff = copied.for_staff if copied else chosen.get("for") != "collaborators"
    initial = {}
    if copied:
        name = _("%(name)s, copy") % {"name": copied.label}
        initial = {"name": name[:60], "permissions": [key for key in copied.permissions if key in request.held]}
    form = _role_form(request, for_staff=for_staff, initial=initial)
    if form.is_valid():
        require_renewed(request)
        try:
            role = actions.make_role(store, **form.cleaned_data, for_staff=for_staff, by=request.user)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("The role %(name)s is made.") % {"name": role.name})
            return redirect("stores:roles", store.handle)
    return _role_page(request, store, form, for_staff=for_staff)


def _role_form(request, *, for_staff: bool, initial: dict) -> RoleForm:
    """Bound to what is to be saved; else as it is to be shown, which may be as it was filled in."""
    if request.method != "POST":
        return RoleForm(for_staff=for_staff, initial=initial)
    if "update" not in request.POST:
        return RoleForm(request.POST, for_staff=for_staff)
    typed = {"name": request.POST.get("name", ""), "permissions": completed(request.POST.getlist("permissions"))}
    return RoleForm(for_staff=for_staff, initial=typed)


def _to_copy(store: Store, public_id: str) -> Role | None:
    try:
        return Role.objects.of(store).filter(public_id=UUID(public_id)).first()
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("users.view")
def role_detail(request, store: Store, public_id):
    """What a role opens and who has it; to change, if it is the store's own."""
    role = _role(store, public_id)
    may_change = "users.manage" in request.held and role.store_id == store.pk
    if not may_change:
        if request.method == "POST":
            raise NotAllowed
        people = _people_with(store, role)
        context = {"store": store, "role": role, "groups": grouped(role.permissions), "people": people}
        return render(request, "stores/role_detail.html", context | {"may_manage": "users.manage" in request.held})
    initial = {"name": role.name, "permissions": role.permissions}
    form = _role_form(request, for_staff=role.for_staff, initial=initial)
    if form.is_valid():
        require_renewed(request)
        try:
            actions.change_role(role, **form.cleaned_data, by=request.user)
        except RoleIsGone as gone:
            messages.warning(request, str(gone))
            return redirect("stores:roles", store.handle)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Saved. It holds from now on."))
            return redirect("stores:roles", store.handle)
    return _role_page(request, store, form, for_staff=role.for_staff, role=role)


@require_POST
@store_page("users.manage")
@renewed_sign_in
def role_removal(request, store: Store, public_id):
    role = _role(store, public_id)
    try:
        actions.remove_role(role, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("stores:role", store.handle, public_id)
    messages.success(request, _("The role %(name)s is removed.") % {"name": role.name})
    return redirect("stores:roles", store.handle)

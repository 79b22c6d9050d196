"""Expert invitations: the store's side, then the page behind the link."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import Refused
from accounts.invitations import InvitationClosed
from accounts.keyset import page
from accounts.zones import last_day
from collaborators import actions
from collaborators.invitation_forms import AcceptanceForm, AcceptanceTermsForm, ExpertInvitationForm
from collaborators.models import Collaboration, ExpertInvitation
from collaborators.views import renew_for
from partners.models import Membership, Partner
from stores import access, phrases
from stores.models import Role, Store
from stores.pages import store_page
from stores.permissions import grouped
from stores.trees import completed, split, tree

USUAL_LENGTH = timedelta(days=90)  # what the form proposes
OWNERS_SHOWN = 5  # of a partner, as those whom to ask

# --- The store ------------------------------------------------------------------------------------------------------


@require_safe
@store_page("users.manage")
def invitation_list(request, store: Store):
    """Every invitation there ever was, newest first: open, used by whom, taken back, too old."""
    rows = ExpertInvitation.objects.visible_to(request.user).filter(store=store)
    related = rows.select_related("invited_by", "accepted_by", "partner", "collaboration", "access_request")
    found = page(related, after=request.GET.get("after"))
    invitations = [
        {
            "invitation": row,
            "groups": phrases.group_names(row.permissions),
            "count": len(row.permissions),
            "end": phrases.end(row.ends_at, store.time_zone),
        }
        for row in found
    ]
    return render(
        request, "collaborators/invitation_list.html", {"store": store, "invitations": invitations, "page": found}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("users.manage")
def invitation_making(request, store: Store):
    access.require_owned(store)
    if request.method != "POST":
        form = ExpertInvitationForm(store=store, initial={"how_long": ExpertInvitationForm.UNTIL})
        form.initial["ends_on"] = form.today + USUAL_LENGTH
        return _making_page(request, store, form)
    if "apply_role" in request.POST:
        return _making_page(request, store, _with_role(request, store))
    if "update" in request.POST:
        return _making_page(request, store, _as_it_was(request, store, completed(request.POST.getlist("permissions"))))
    form = ExpertInvitationForm(request.POST, store=store)
    if form.is_valid():
        renew_for(request, form.terms["permissions"])
        try:
            invitation = actions.invite_expert(store, **form.terms, by=request.user)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("%(email)s is invited.") % {"email": invitation.email})
            return redirect("collaborators:invitation-list", store.handle)
    return _making_page(request, store, form, status=422)


def _making_page(request, store: Store, form: ExpertInvitationForm, status: int = 200):
    ticked = form["permissions"].value() or ()
    context = {
        "store": store,
        "form": form,
        "branches": tree(ticked=ticked, held=request.held),
        "sentences": True,
        "summary": phrases.allows(completed(ticked)),
        "roles": Role.objects.of(store).filter(for_staff=False),
    }
    return render(request, "collaborators/invitation_form.html", context, status=status)


def _as_it_was(request, store: Store, permissions: list[str]) -> ExpertInvitationForm:
    typed = {name: request.POST.get(name, "") for name in ("email", "note", "how_long", "ends_on")}
    return ExpertInvitationForm(store=store, initial={**typed, "permissions": permissions})


def _with_role(request, store: Store) -> ExpertInvitationForm:
    """The form as it was, ticked as the chosen role says. Sends nothing, whatever was chosen."""
    roles = {str(role.public_id): role for role in Role.objects.of(store).filter(for_staff=False)}
    role = roles.get(request.POST.get("role", ""))
    ticked = request.POST.getlist("permissions") if role is None else role.permissions
    return _as_it_was(request, store, [key for key in ticked if key in request.held])


@require_POST
@store_page("users.manage")
def invitation_withdrawal(request, store: Store, public_id):
    rows = ExpertInvitation.objects.visible_to(request.user)
    invitation = get_object_or_404(rows, store=store, public_id=public_id)
    try:
        actions.take_back_expert_invitation(invitation, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The invitation of %(email)s is taken back.") % {"email": invitation.email})
    return redirect("collaborators:invitation-list", store.handle)


# --- Whoever was invited --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invitation(request, token: str):
    """What is offered; to accept as it is."""
    invitation = _with_token(token)
    try:
        _require_open(request, invitation)
        form = AcceptanceForm(request.POST or None, user=request.user, initial=_named_partner(request))
        if request.method == "POST" and form.is_valid():
            accepted = _accepted(request, invitation, form, partner=form.cleaned_data["partner"])
            if accepted:
                return _led(request, accepted)
    except InvitationClosed as no:
        return _closed_page(request, invitation, no)
    working = _working_there(invitation, form)
    context = {
        "invitation": invitation,
        "form": form,
        "working": working,
        "may_accept": form.is_bound or len(working) < len(form.partners),
        "groups": grouped(invitation.permissions),
        "count": len(invitation.permissions),
        "end": phrases.end(invitation.ends_at, invitation.store.time_zone),
        "ask_whom": [] if form.partners else _whom_to_ask(request.user),
    }
    return render(request, "collaborators/invitation.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invitation_terms(request, token: str):
    """To take less than what is offered, or to ask for more."""
    invitation = _with_token(token)
    zone = invitation.store.time_zone
    try:
        _require_open(request, invitation)
        day = invitation.ends_at and last_day(invitation.ends_at, zone)
        how_long = AcceptanceTermsForm.UNTIL if day else AcceptanceTermsForm.OPEN
        initial = {"how_long": how_long, "ends_on": day, **_named_partner(request)}
        form = AcceptanceTermsForm(request.POST or None, user=request.user, zone=zone, initial=initial)
        working = _working_there(invitation, form)
        if len(working) == len(form.partners) and not form.is_bound:
            return redirect("collaborators:invitation", token)
        if request.method == "POST" and form.is_valid():
            terms = form.terms
            partner, wanted = terms.pop("partner"), actions.Wanted(**terms)
            accepted = _accepted(request, invitation, form, partner=partner, wanted=wanted)
            if accepted:
                return _led(request, accepted)
    except InvitationClosed as no:
        return _closed_page(request, invitation, no)
    ticked = form["permissions"].value() if form.is_bound else invitation.permissions
    branches, more = split(tree(ticked=ticked or (), asked=invitation.permissions))
    context = {
        "invitation": invitation,
        "form": form,
        "working": working,
        "branches": branches,
        "more": more,
        "end": phrases.end(invitation.ends_at, zone),
    }
    return render(request, "collaborators/invitation_terms.html", context, status=422 if form.is_bound else 200)


def _with_token(token: str) -> ExpertInvitation:
    rows = ExpertInvitation.objects.select_related("store", "invited_by")
    return get_object_or_404(rows.with_token(token))


def _require_open(request, invitation: ExpertInvitation) -> None:
    """Raise InvitationClosed unless the reader may accept. The same acceptance sent twice is the action's to answer."""
    if request.method != "POST" or invitation.accepted_by_id != request.user.pk:
        invitation.require_open_to(request.user)


def _working_there(invitation: ExpertInvitation, form: AcceptanceForm) -> list[Collaboration]:
    """What the reader’s partners have in the store already: they have nothing to accept, but more to ask for."""
    mine = [str(slug) for slug, _name in form.partners]
    rows = Collaboration.objects.active().filter(store=invitation.store, partner__slug__in=mine)
    return list(rows.select_related("partner").order_by("partner__name", "pk"))


def _named_partner(request) -> dict[str, str]:
    """The partner from whose pages somebody came."""
    slug = request.GET.get("partner")
    return {"partner": slug} if slug else {}


def _accepted(request, invitation, form, *, partner: Partner, wanted=None) -> ExpertInvitation | None:
    """None if the form has to be shown again, with what is wrong beside its fields. Raises InvitationClosed."""
    try:
        return actions.accept_expert_invitation(invitation, partner=partner, wanted=wanted, by=request.user)
    except InvitationClosed:
        raise
    except Refused as refused:
        refused.stand_in(form)
        return None


def _led(request, accepted: ExpertInvitation):
    """To what it led to, with a word on why where that is a request."""
    slug = accepted.partner.slug  # type: ignore[union-attr]
    if accepted.collaboration:
        messages.success(request, _("You may enter %(store)s now.") % {"store": accepted.store})
        return redirect("collaborators:partner-collaboration", slug, accepted.collaboration.public_id)
    asked = accepted.access_request
    assert asked is not None  # noqa: S101 - one of the two, says the database
    if accepted.covers(asked.permissions, asked.ends_at):
        messages.warning(
            request,
            _(
                "%(person)s can no longer grant this access. Your acceptance became a request that the store has to "
                "answer."
            )
            % {"person": accepted.invited_by},
        )
    else:
        messages.success(
            request, _("You asked for more than the store offered. You are told as soon as the merchant answers.")
        )
    return redirect("collaborators:partner-request", slug, asked.public_id)


def _closed_page(request, invitation: ExpertInvitation, no: InvitationClosed):
    is_mine = invitation.is_for(request.user)
    context = {
        "heading": _("Work for %(store)s") % {"store": invitation.store} if is_mine else _("Invitation"),
        "invitation": invitation if is_mine else None,
        "refused": no,
    }
    status = 409 if request.method == "POST" else 200
    return render(request, "accounts/invitation.html", context, status=status)


def _whom_to_ask(user) -> list[dict]:
    """The teams in which the user may not accept, each with the owners who could let them."""
    partners = list(Partner.objects.visible_to(user).order_by("name", "pk"))
    owners = Membership.objects.filter(partner__in=partners, is_owner=True).select_related("user").order_by("pk")
    names: dict[int, list[str]] = {}
    for row in owners:
        names.setdefault(row.partner_id, []).append(str(row.user))
    return [{"partner": partner, "owners": ", ".join(names.get(partner.pk, [])[:OWNERS_SHOWN])} for partner in partners]

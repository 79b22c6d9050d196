from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import Refused
from accounts.invitation_pages import invitation_page
from accounts.keyset import page
from accounts.renewed import renewed_sign_in, require_renewed
from accounts.two_step import asked_for, has_two_step
from partners import actions
from partners.errors import NoLongerInTeam, SlugTaken
from partners.forms import PartnerForm, RightsForm, TeamInvitationForm
from partners.models import Membership, Partner, TeamInvitation, TrackRecord
from partners.pages import partner_page
from partners.permissions import TeamPermission, in_words


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partner_foundation(request):
    form = PartnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            partner = actions.found_partner(**form.cleaned_data, by=request.user)
        except SlugTaken as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("%(partner)s is founded.") % {"partner": partner})
            return redirect(_back_to(request) or reverse("partner-home", args=[partner.slug]))
    return render(request, "partners/partner_form.html", {"form": form}, status=422 if form.is_bound else 200)


def _back_to(request) -> str:
    """Where somebody came from who needed a partner first: an invitation, say. "" for anywhere but here."""
    path = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(path, {request.get_host()}, require_https=request.is_secure())
    return path if safe else ""


# --- Team -----------------------------------------------------------------------------------------------------------


def _team_page(request, partner: Partner, *, form: TeamInvitationForm | None = None, status: int = 200):
    rows = Membership.objects.visible_to(request.user).filter(partner=partner)
    members = page(rows.select_related("user"), after=request.GET.get("after"))
    may_manage = request.membership.may(TeamPermission.MANAGE_TEAM)
    context = {
        "partner": partner,
        "members": [{"member": member, "rights": rights_of(member)} for member in members],
        "page": members,
        "may_manage": may_manage,
    }
    if may_manage:
        open_ones = TeamInvitation.objects.visible_to(request.user).filter(partner=partner).unanswered()
        invitations = page(open_ones.select_related("invited_by"), after=request.GET.get("invitations_after"))
        context["invitations"] = [{"invitation": row, "rights": rights_of(row)} for row in invitations]
        context["invitations_page"] = invitations
        context["form"] = form or TeamInvitationForm(granter=request.membership)
    return render(request, "partners/team.html", context, status=status)


def rights_of(row: Membership | TeamInvitation) -> str:
    return in_words(is_owner=row.is_owner, permissions=row.permissions)


@require_safe
@partner_page()
def team(request, partner: Partner):
    return _team_page(request, partner)


@require_POST
@partner_page(TeamPermission.MANAGE_TEAM)
@renewed_sign_in
def invitation_list(request, partner: Partner):
    """Invite somebody."""
    form = TeamInvitationForm(request.POST, granter=request.membership)
    if form.is_valid():
        try:
            invitation = actions.invite(partner, **form.cleaned_data, by=request.user)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("%(email)s is invited.") % {"email": invitation.email})
            return redirect("partners:team", partner.slug)
    return _team_page(request, partner, form=form, status=422)


@require_POST
@partner_page(TeamPermission.MANAGE_TEAM)
@renewed_sign_in
def invitation_withdrawal(request, partner: Partner, public_id):
    rows = TeamInvitation.objects.visible_to(request.user)
    invitation = get_object_or_404(rows, partner=partner, public_id=public_id)
    try:
        actions.take_back_invitation(invitation, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("The invitation of %(email)s is taken back.") % {"email": invitation.email})
    return redirect("partners:team", partner.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(TeamPermission.MANAGE_TEAM)
def member(request, partner: Partner, public_id):
    """What one member may do, to change it."""
    rows = Membership.objects.visible_to(request.user).select_related("user")
    member = get_object_or_404(rows, partner=partner, public_id=public_id)
    initial = {"is_owner": member.is_owner, "permissions": member.permissions}
    form = RightsForm(request.POST or None, initial=initial, granter=request.membership, member=member)
    if request.method == "POST" and form.is_valid():
        require_renewed(request)
        try:
            actions.change_member(member, **form.cleaned_data, by=request.user)
        except NoLongerInTeam as gone:
            messages.warning(request, str(gone))
            return redirect("partners:team", partner.slug)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Saved. It holds from now on."))
            return redirect("partners:team", partner.slug)
    context = {
        "partner": partner,
        "member": member,
        "form": form,
        "may_change": request.membership.is_owner or not member.is_owner,
        "rights": rights_of(member),
        "is_self": member.user_id == request.user.pk,
    }
    return render(request, "partners/member.html", context, status=422 if form.is_bound else 200)


@require_POST
@partner_page(TeamPermission.MANAGE_TEAM)
@renewed_sign_in
def member_removal(request, partner: Partner, public_id):
    rows = Membership.objects.visible_to(request.user).select_related("user")
    member = get_object_or_404(rows, partner=partner, public_id=public_id)
    try:
        actions.remove_member(member, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("%(person)s is out of the team.") % {"person": member.user})
    if member.user_id == request.user.pk:
        return redirect("home")
    return redirect("partners:team", partner.slug)


@require_POST
@partner_page()
def departure(request, partner: Partner):
    try:
        actions.leave_team(partner, by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("partners:team", partner.slug)
    messages.success(request, _("You left %(partner)s.") % {"partner": partner})
    return redirect("home")


# --- Settings -------------------------------------------------------------------------------------------------------


@require_safe
@partner_page(TeamPermission.MANAGE_TEAM)
def settings(request, partner: Partner):
    record = TrackRecord.objects.filter(partner=partner).first()
    context = {"partner": partner, "has_two_step": has_two_step(request.user), "record": record}
    return render(request, "partners/settings.html", context)


@require_POST
@partner_page(TeamPermission.MANAGE_TEAM)
@renewed_sign_in
def two_step(request, partner: Partner):
    try:
        partner = actions.require_two_step(partner, required=asked_for(request.POST), by=request.user)
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Saved. It holds from now on."))
    return redirect("partners:settings", partner.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invitation(request, token: str):
    rows = TeamInvitation.objects.select_related("partner", "invited_by")
    invitation = get_object_or_404(rows.with_token(token))
    partner = invitation.partner

    def accept() -> str:
        actions.accept_invitation(invitation, by=request.user)
        messages.success(request, _("You are in the team of %(partner)s.") % {"partner": partner})
        return reverse("partner-home", args=[partner.slug])

    return invitation_page(
        request,
        invitation,
        heading=_("Join the team of %(partner)s") % {"partner": partner},
        stranger_heading=_("Invitation"),
        offered=[(_("Partner"), partner), (_("What you may do"), rights_of(invitation))],
        button=_("Join the team"),
        accept=accept,
    )

"""Partner dashboard › Stores › Templates: what is asked for often."""

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import Refused
from accounts.keyset import page
from collaborators import actions, filling
from collaborators.errors import TemplateIsGone
from collaborators.models import AccessRequest, RequestTemplate
from collaborators.template_forms import TemplateForm
from partners.models import Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from stores import phrases
from stores.trees import tree


def link_of(template: RequestTemplate) -> str:
    """Where the form opens filled in with it, for whoever manages stores of the partner."""
    path = reverse("collaborators:store-request", args=[template.partner.slug])
    return f"{settings.SITE_URL}{path}?{urlencode({'template': template.public_id})}"


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def template_list(request, partner: Partner):
    rows = RequestTemplate.objects.visible_to(request.user).filter(partner=partner)
    found = page(rows.select_related("made_by", "partner"), after=request.GET.get("after"))
    context = {
        "partner": partner,
        "templates": [
            {"template": row, "groups": phrases.group_names(row.permissions), "link": link_of(row)} for row in found
        ],
        "page": found,
    }
    return render(request, "collaborators/template_list.html", context)


def _template(request, partner: Partner, public_id) -> RequestTemplate:
    rows = RequestTemplate.objects.visible_to(request.user).filter(partner=partner)
    return get_object_or_404(rows.select_related("partner"), public_id=public_id)


def _template_page(request, partner: Partner, form: TemplateForm, template: RequestTemplate | None = None):
    context = {
        "partner": partner,
        "form": form,
        "template": template,
        "link": link_of(template) if template else "",
        "branches": tree(ticked=form["permissions"].value() or ()),
        "sentences": True,
    }
    return render(request, "collaborators/template_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(TeamPermission.MANAGE_STORES)
def template_making(request, partner: Partner):
    """A new template: empty, or what the request named by `?from=` asked for."""
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=_copied(request, partner))
    if request.method == "POST" and form.is_valid():
        try:
            template = actions.make_template(partner, **form.cleaned_data, by=request.user)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("The template %(name)s is kept.") % {"name": template.name})
            return redirect("collaborators:template-list", partner.slug)
    return _template_page(request, partner, form)


def _copied(request, partner: Partner) -> dict[str, object]:
    try:
        wanted = UUID(request.GET.get("from", ""))
    except ValueError:
        return {"days": filling.USUAL_DAYS}
    rows = AccessRequest.objects.visible_to(request.user).filter(partner=partner).select_related("store")
    asked = rows.filter(public_id=wanted).first()
    if asked is None:
        return {"days": filling.USUAL_DAYS}
    return {"permissions": asked.permissions, "days": filling.days_asked(asked), "message": asked.message}


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(TeamPermission.MANAGE_STORES)
def template_detail(request, partner: Partner, public_id):
    template = _template(request, partner, public_id)
    kept = {name: getattr(template, name) for name in ("name", "permissions", "days", "message")}
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=kept)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_template(template, **form.cleaned_data, by=request.user)
        except TemplateIsGone as gone:
            messages.warning(request, str(gone))
            return redirect("collaborators:template-list", partner.slug)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Saved. Requests that were sent stay as they are."))
            return redirect("collaborators:template-list", partner.slug)
    return _template_page(request, partner, form, template)


@require_POST
@partner_page(TeamPermission.MANAGE_STORES)
def template_removal(request, partner: Partner, public_id):
    template = _template(request, partner, public_id)
    try:
        actions.remove_template(template, by=request.user)
        messages.success(request, _("The template %(name)s is removed.") % {"name": template.name})
    except TemplateIsGone as gone:
        messages.warning(request, str(gone))
    return redirect("collaborators:template-list", partner.slug)

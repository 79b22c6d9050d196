"""Partner dashboard › Stores › Request access to a store."""

from datetime import date
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import KeyUsedOtherwise, Refused
from accounts.networks import network_of
from accounts.once import Answer
from accounts.zones import known_zone
from collaborators import actions, filling
from collaborators.forms import RequestForm
from collaborators.models import AccessRequest, Collaboration
from collaborators.template_forms import TemplateNameForm
from collaborators.waiting import code_sealed_while_waiting
from partners.models import Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from stores import phrases
from stores.permissions import in_order, with_required
from stores.roles import SHIPPED
from stores.trees import tree

PRESETS = [role for role in SHIPPED.values() if not role.for_staff]


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@code_sealed_while_waiting
@partner_page(TeamPermission.MANAGE_STORES)
def store_request(request, partner: Partner):
    """The form: empty, from a link, or for more where the partner works. Buttons but the last fill it in and send
    nothing, so that all of it works without a script."""
    data = request.POST if request.method == "POST" else request.GET
    more = _more(request, partner, data.get("more", ""))
    zone = more.store.time_zone if more else known_zone(request.user.time_zone)
    if request.method != "POST":
        return _filled_page(request, partner, more, zone)
    names_template = data.get("send") == "enter" and data.get("template-name")
    if ("send" not in data or names_template) and (filled := _refilled(request, partner, more, zone)) is not None:
        return filled
    if data.get("more") and more is None:
        messages.warning(request, _("This access is over. To come back, ask with the store’s code."))
        return redirect("collaborators:store-request", partner.slug)
    form = RequestForm(_with_store(request.POST, more), zone=zone)
    if form.is_valid():
        try:
            _status, sent = actions.request_access_once(
                partner,
                **form.terms,
                by=request.user,
                network=network_of(request),
                key=form.cleaned_data["key"],
                asked=[request.path, form.terms],
                answer=_sent,
            )
        except KeyUsedOtherwise:
            form.say_sent_before()
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Sent. You are told as soon as the merchant answers."))
            return redirect("collaborators:partner-request", partner.slug, sent)
    return _request_form(request, partner, form, more, status=422)


def _more(request, partner: Partner, public_id: str) -> Collaboration | None:
    """The access that is to be widened, while there is one."""
    try:
        wanted = UUID(public_id)
    except ValueError:
        return None
    rows = Collaboration.objects.visible_to(request.user).filter(partner=partner).active()
    return rows.select_related("store").filter(public_id=wanted).first()


def _with_store(data: QueryDict, more: Collaboration | None) -> QueryDict:
    """For more, the store is the one where the partner works, whatever was typed."""
    if more is None:
        return data
    data = data.copy()
    data["store_url"] = more.store.handle
    return data


def _sent(access_request: AccessRequest) -> Answer:
    return HTTPStatus.FOUND, str(access_request.public_id)


def _filled_page(request, partner: Partner, more: Collaboration | None, zone: str):
    """What a link asks for; nothing is sent."""
    form = RequestForm(zone=zone)
    if more is not None:
        form.initial = filling.of_collaboration(more)
        return _request_form(request, partner, form, more)
    filled = filling.of_link(request.GET, partner=partner, today=form.today)
    form.initial = filled.values
    return _request_form(request, partner, form, None, remarks=filled.remarks)


def _refilled(request, partner: Partner, more: Collaboration | None, zone: str):
    """The page after a button that fills the form in; None if the form is to be sent."""
    data = _with_store(request.POST, more)
    values: dict[str, object] = filling.typed(data)
    remarks: list[str] = []
    today: date = RequestForm(zone=zone).today
    if preset := SHIPPED.get(data.get("preset", "")):
        values["permissions"] = [*preset.permissions, *(more.permissions if more else ())]
    elif "update" in data:
        values["permissions"], remarks = filling.complete(data.getlist("permissions"))
    elif "use_template" in data:
        template = filling.template_of(partner, data.get("template", ""))
        if template is None:
            remarks.append(_("Choose one of your templates first."))
        else:
            values |= filling.of_template(template, today)
            values["permissions"] = in_order({*template.permissions, *(more.permissions if more else ())})
    elif "save_template" in data or data.get("send") == "enter":
        return _save_as_template(request, partner, more, zone)
    else:
        return None
    return _request_form(request, partner, RequestForm(zone=zone, initial=values), more, remarks=remarks)


def _save_as_template(request, partner: Partner, more: Collaboration | None, zone: str):
    """Keep what is ticked, how long and the message; the store and the code stay out of it."""
    data = _with_store(request.POST, more)
    form = RequestForm(data, zone=zone)
    form.full_clean()
    for name in set(form.errors) - set(RequestForm.TERMS):
        del form.errors[name]  # nothing is sent: what is wrong there is said when it is
    name_form = TemplateNameForm(request.POST)
    if not form.errors and name_form.is_valid():
        terms = form.cleaned_data
        kept = {"permissions": terms["permissions"], "message": terms["message"]}
        days = filling.days_until(terms.get("ends_on"), form.today)
        name = name_form.cleaned_data["name"]
        try:
            actions.make_template(partner, name=name, days=days, **kept, by=request.user)
        except Refused as refused:
            refused.stand_in(name_form)
        else:
            messages.success(request, _("The template %(name)s is kept.") % {"name": name})
            unsent = RequestForm(zone=form.zone, initial=filling.typed(data))
            return _request_form(request, partner, unsent, more)
    return _request_form(request, partner, form, more, name_form=name_form, status=422)


def _request_form(request, partner: Partner, form: RequestForm, more, *, remarks=(), name_form=None, status: int = 200):
    held = in_order(more.permissions) if more else []
    ticked = {*(form["permissions"].value() or ()), *held}
    words_at = reverse("collaborators:request-summary", args=[partner.slug])
    context = {
        "partner": partner,
        "form": form,
        "more_of": more,  # "more" is what the tree calls its other branches
        "held": held,
        "branches": tree(ticked=ticked, fixed=held),
        "sentences": True,
        "presets": PRESETS,
        "templates": partner.request_templates.order_by("name"),
        "name_form": name_form or TemplateNameForm(),
        "remarks": remarks,
        "summary": phrases.you_ask(with_required(ticked), held=held),
        "words_at": f"{words_at}?{urlencode({'held': ','.join(held)})}",
        "today_end": phrases.end_day(more.ends_at, more.store.time_zone) if more else "",
    }
    return render(request, "collaborators/request_form.html", context, status=status)


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def request_summary(request, partner: Partner):
    """What a set of permissions means in words: the very sentence of the page, for its script to show meanwhile."""
    held = request.GET.get("held", "").split(",")
    ticked = with_required(request.GET.getlist("permissions"))
    return HttpResponse(phrases.you_ask(ticked, held=in_order(held)), content_type="text/plain; charset=utf-8")

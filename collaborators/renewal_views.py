"""The store's side of access that is about to end, or that nobody uses: renew it, keep it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import Conflict, NotAllowed
from accounts.zones import last_day
from collaborators import actions, consequences
from collaborators.actions.steps import require_decider, require_renewer
from collaborators.errors import EndMoved
from collaborators.forms import RenewalForm
from collaborators.models import Collaboration, Side
from collaborators.views import one_collaboration
from stores import phrases
from stores.models import Store
from stores.pages import store_page


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(as_use=False)  # for the store alone; no collaborator ever holds users.manage
def collaboration_renewal(request, store: Store, public_id):
    """What a reminder leads to: one button. The partner's own people hear that only the store extends."""
    collaboration = _renewable(request, store, public_id)
    if request.method != "POST":
        return _page(request, store, collaboration, "collaborators/renewal.html")
    form = RenewalForm(request.POST)
    if not form.is_valid():
        messages.warning(request, str(EndMoved(collaboration)) if collaboration.ends_at else _("Look again."))
        return redirect("collaborators:collaboration-renewal", store.handle, public_id)
    try:
        renewed = actions.renew(collaboration, **form.cleaned_data, by=request.user)
        messages.success(request, _("Renewed. Access ends on %(date)s now.") % {"date": _day(renewed, store)})
    except Conflict as already:
        messages.warning(request, str(already))
    return redirect("collaborators:collaboration", store.handle, public_id)


def _renewable(request, store: Store, public_id) -> Collaboration:
    """Raises OnlyTheStoreExtends for the partner's people, NotAllowed for others who do not manage users."""
    if "users.manage" not in request.held:
        theirs = Collaboration.objects.visible_to(request.user).filter(store=store, public_id=public_id)
        for collaboration in theirs.select_related("partner"):
            require_renewer(request.user, store, collaboration.partner)
        raise NotAllowed
    collaboration = one_collaboration(request, store, public_id)
    require_renewer(request.user, store, collaboration.partner)
    return collaboration


def _day(collaboration: Collaboration, store: Store) -> str:
    return date_format(last_day(collaboration.ends_at, store.time_zone)) if collaboration.ends_at else ""


@require_http_methods(["GET", "HEAD", "POST"])
@store_page("users.manage")
def collaboration_keeping(request, store: Store, public_id):
    """Access that nobody uses: keep it, or end it."""
    collaboration = one_collaboration(request, store, public_id)
    require_decider(request.user, store, collaboration.partner)
    if request.method != "POST":
        return _page(request, store, collaboration, "collaborators/keeping.html")
    try:
        actions.keep(collaboration, by=request.user)
        messages.success(request, _("Kept. You are asked again if it stays unused for 60 more days."))
    except Conflict as already:
        messages.warning(request, str(already))
    return redirect("collaborators:collaboration", store.handle, public_id)


def _page(request, store: Store, collaboration: Collaboration, template: str):
    context = {
        "store": store,
        "collaboration": collaboration,
        "consequences": consequences.told(collaboration, side=Side.STORE, reader=request.user),
        "end": phrases.end(collaboration.ends_at, store.time_zone),
        "ends_on": collaboration.ends_at and last_day(collaboration.ends_at, store.time_zone),
        "granted": phrases.listed(collaboration.permissions),
        "sensitive": phrases.sensitive_listed(collaboration.permissions),
    }
    return render(request, template, context)

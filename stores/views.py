from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from stores import access, actions, phrases
from stores.errors import HandleTaken
from stores.forms import StoreForm
from stores.models import Store
from stores.pages import store_page
from stores.permissions import grouped
from stores.trees import completed


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def store_opening(request):
    form = StoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            store = actions.open_store(**form.cleaned_data, by=request.user)
        except HandleTaken as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("%(store)s is open.") % {"store": store})
            return redirect("store-home", store.handle)
    return render(request, "stores/store_form.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@store_page()
def store_access(request, store: Store):
    """What the reader may do here, in words, and until when."""
    grants = access.grants_of(request.user, store)
    if not grants:  # it ended between the door and here
        raise Http404
    ends = [until for _keys, until in grants if until]
    last = max(ends) if len(ends) == len(grants) else None  # one grant without an end outlasts the others
    context = {
        "store": store,
        "groups": grouped(request.held),
        "count": len(request.held),
        "ends": phrases.end(last, store.time_zone),
        "is_owner": store.owner_id == request.user.pk,
        "is_staff": store.staff.filter(user=request.user).select_related("role").first(),
    }
    return render(request, "stores/access.html", context)


@require_safe
@store_page("users.manage")
def permission_words(request, store: Store):
    """What a set of permissions allows: the very sentence of the pages that grant some, for their script to show."""
    sentence = phrases.allows(completed(request.GET.getlist("permissions")))
    return HttpResponse(sentence, content_type="text/plain; charset=utf-8")

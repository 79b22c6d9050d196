from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from partners import actions
from partners.errors import SlugTaken
from partners.forms import PartnerForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partner_foundation(request):
    form = PartnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            partner = actions.found_partner(**form.cleaned_data, by=request.user)
        except SlugTaken as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, _("%(partner)s is founded.") % {"partner": partner})
            return redirect("partner-home", partner.slug)
    return render(request, "partners/partner_form.html", {"form": form}, status=422 if form.is_bound else 200)

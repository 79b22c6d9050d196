"""Partner dashboard › Services › Public listing."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Refused
from accounts.places import country_name, language_names
from partners import listings, services
from partners.errors import ListingChanged
from partners.listing_forms import FIELDS, ListingForm
from partners.models import Partner, PublicListing
from partners.pages import partner_page
from partners.permissions import TeamPermission


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(TeamPermission.MANAGE_PUBLIC_LISTINGS)
def listing(request, partner: Partner):
    """Write it; look at how it reads; save it, or show it to everybody."""
    kept = listings.listing_of(partner)
    if request.method != "POST":
        return _page(request, partner, kept, ListingForm.of(kept), shown=kept)
    publish = "publish" in request.POST
    is_preview = "preview" in request.POST
    form = ListingForm(request.POST, is_shown=(kept.is_published or publish) and not is_preview)
    if is_preview:
        typed = _as_typed(partner, form) if form.is_valid() else None
        return _page(request, partner, kept, form, shown=typed, status=200 if typed else 422)
    if form.is_valid():
        try:
            listings.save_listing(
                partner,
                written=form.written,
                version=form.cleaned_data["version"],
                publish=publish,
                by=request.user,
            )
        except ListingChanged as changed:
            kept = listings.listing_of(partner)
            form = form.with_version(kept.version)
            form.add_error(None, str(changed))
            return _page(request, partner, kept, form, shown=kept, status=409)
        except Refused as refused:
            refused.stand_in(form)
        else:
            said = _("Published. Everybody can read it now.") if publish else _("Saved.")
            messages.success(request, said)
            return redirect("partners:listing", partner.slug)
    return _page(request, partner, kept, form, shown=None, status=422)


@require_POST
@partner_page(TeamPermission.MANAGE_PUBLIC_LISTINGS)
def listing_withdrawal(request, partner: Partner):
    listings.unpublish_listing(partner, by=request.user)
    messages.success(request, _("Your listing is no longer public. It stays here as a draft."))
    return redirect("partners:listing", partner.slug)


def _as_typed(partner: Partner, form: ListingForm) -> PublicListing:
    """Not saved anywhere."""
    return PublicListing(partner=partner, **{name: form.cleaned_data[name] for name in FIELDS})


def _page(request, partner: Partner, kept: PublicListing, form: ListingForm, *, shown, status: int = 200):
    context = {"partner": partner, "listing": kept, "form": form, "shown": shown}
    if shown:
        context |= {
            "services": services.labels(shown.services),
            "languages": language_names(shown.languages),
            "country": country_name(shown.country),
        }
    return render(request, "partners/listing.html", context, status=status)

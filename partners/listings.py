"""What a partner says about itself in public: saved, published, taken down. All under the partner's lock."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.places import LANGUAGES
from partners.actions import require
from partners.errors import ListingChanged, ListingIncomplete, ListingIsPublished
from partners.models import Partner, PartnerRating, PublicListing
from partners.permissions import TeamPermission
from partners.services import in_order

# What others read must say all of this; a draft may lack anything.
NEEDED: dict[str, str | Promise] = {
    "name": _("Type the name that merchants read."),
    "text": _("Say in a few sentences what you do."),
    "services": _("Choose at least one service."),
    "languages": _("Choose at least one language."),
    "country": _("Choose a country."),
}
_is_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Written:
    """A listing as somebody wrote it."""

    name: str = ""
    text: str = ""
    services: Collection[str] = field(default_factory=list)
    languages: Collection[str] = field(default_factory=list)
    country: str = ""
    website: str = ""

    @property
    def missing(self) -> list[str]:
        """What it lacks to be published."""
        return [name for name in NEEDED if not getattr(self, name)]


def clean_website(typed: str) -> str:
    """With its scheme. Raises ValidationError for what is no plain address of a website."""
    address = typed if "://" in typed or not typed else f"https://{typed}"
    if not address:
        return ""
    sentence = _("Type the address of a website, like https://atelier-nord.example, without a user name.")
    try:
        _is_url(address)
        parts = urlsplit(address)
    except ValueError:  # a ValidationError is none
        raise ValidationError(sentence, code="not_a_website") from None
    except ValidationError:
        raise ValidationError(sentence, code="not_a_website") from None
    if "@" in parts.netloc:
        raise ValidationError(sentence, code="not_a_website")
    return address


def listing_of(partner: Partner) -> PublicListing:
    """The partner's listing; an empty draft of version 0 where nobody wrote one yet."""
    return PublicListing.objects.filter(partner=partner).first() or PublicListing(
        partner=partner, name=partner.name, version=0
    )


@transaction.atomic
def save_listing(partner: Partner, *, written: Written, version: int, publish: bool = False, by: User) -> PublicListing:
    """Write it anew; `publish`: show it to everybody, too. One that is shown already stays so, and is complete.

    `version` is the one that was read before: nobody overwrites what they have not seen. Raises NotAllowed,
    ListingChanged, ListingIncomplete.
    """
    partner = Partner.objects.lock(partner.pk)
    require(by, TeamPermission.MANAGE_PUBLIC_LISTINGS, partner)
    listing = listing_of(partner)
    values = _values(written)
    is_shown = listing.is_published or publish
    if listing.version and is_shown == listing.is_published and _has(listing, values):
        return listing  # said twice, or nothing new
    if listing.version != version:
        raise ListingChanged
    if is_shown and (missing := written.missing):
        raise ListingIncomplete(str(NEEDED[name]) for name in missing)
    for name, value in values.items():
        setattr(listing, name, value)
    if publish and not listing.is_published:
        _publish(listing)
    return _changed(listing)


@transaction.atomic
def publish_listing(partner: Partner, *, by: User) -> PublicListing:
    """Show it as it was saved. Raises NotAllowed, ListingIsPublished, ListingIncomplete."""
    partner = Partner.objects.lock(partner.pk)
    require(by, TeamPermission.MANAGE_PUBLIC_LISTINGS, partner)
    listing = listing_of(partner)
    if listing.is_published:
        raise ListingIsPublished
    if missing := [name for name in NEEDED if not getattr(listing, name)]:
        raise ListingIncomplete(str(NEEDED[name]) for name in missing)
    _publish(listing)
    return _changed(listing)


@transaction.atomic
def unpublish_listing(partner: Partner, *, by: User) -> PublicListing:
    """Nobody outside sees it any more; it stays as a draft. Raises NotAllowed."""
    partner = Partner.objects.lock(partner.pk)
    require(by, TeamPermission.MANAGE_PUBLIC_LISTINGS, partner)
    listing = listing_of(partner)
    if not listing.is_published:
        return listing
    listing.published_at = None
    return _changed(listing)


def _values(written: Written) -> dict:
    known = [code for code in LANGUAGES if code in set(written.languages)]
    return {**asdict(written), "services": in_order(written.services), "languages": known}


def _has(listing: PublicListing, values: dict) -> bool:
    return all(getattr(listing, name) == value for name, value in values.items())


def _publish(listing: PublicListing) -> None:
    listing.published_at = timezone.now()
    PartnerRating.objects.get_or_create(partner=listing.partner)  # by which lists of partners sort


def _changed(listing: PublicListing) -> PublicListing:
    """Public pages are kept by this version."""
    listing.version += 1
    listing.changed_at = timezone.now()
    listing.save()
    return listing

"""What public pages say to machines: schema.org as JSON-LD, true to what people read beside it."""

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from partners.models import PartnerRating, PublicListing
from reviews.models import Reply, Review

# In a script element only these could end it, or begin another one.
ESCAPED = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}


def address(name: str, *args: object) -> str:
    """A page of ours, as everybody can be sent to it."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"


def script(data: dict[str, Any]) -> SafeString:
    """The data as it stands in its script element, whatever people are called."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(ESCAPED))  # noqa: S308 - escaped above


def organization(name: str, url: str = "") -> dict[str, Any]:
    return {"@type": "Organization", "name": name, **({"url": url} if url else {})}


def of_profile(listing: PublicListing, rating: PartnerRating, url: str) -> dict[str, Any]:
    data = {
        "@context": "https://schema.org",
        **organization(listing.name, url),
        "description": listing.text,
        "address": {"@type": "PostalAddress", "addressCountry": listing.country},
        "knowsLanguage": list(listing.languages),
    }
    if listing.website:
        data["sameAs"] = listing.website
    if rating.reviews:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(rating.mean or 0, 2),
            "ratingCount": rating.stores,
            "reviewCount": rating.reviews,
            "bestRating": 5,
            "worstRating": 1,
        }
    return data


def of_review(
    review: Review, reply: Reply | None, *, store: str, partner: str, url: str, profile: str
) -> dict[str, Any]:
    data = {
        "@context": "https://schema.org",
        "@type": "Review",
        "url": url,
        "itemReviewed": organization(partner, profile),
        "author": organization(store),
        "datePublished": review.published_at.isoformat(),
        "reviewRating": {"@type": "Rating", "ratingValue": review.rating, "bestRating": 5, "worstRating": 1},
        "publisher": organization("Entente", settings.SITE_URL),
    }
    if review.text:
        data["reviewBody"] = review.text
    if review.edited_at:
        data["dateModified"] = review.edited_at.isoformat()
    if reply:
        data["comment"] = {
            "@type": "Comment",
            "text": reply.text,
            "author": organization(partner, profile),
            "dateCreated": reply.published_at.isoformat(),
        }
    return data

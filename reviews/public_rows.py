"""Reviews as public pages show them, one after the other: what is the same for all of a page is asked for once."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.urls import reverse

from partners import services
from reviews.models import Reply, Review, Source

ANY = UUID(int=0)


def rows(shown: Iterable[tuple[str, Review, Reply | None]]) -> list[dict[str, Any]]:
    """Of the name of a store, its review, and the reply."""
    sources = {source: str(label) for source, label in Source.choices}
    before, after = reverse("reviews:public-review", args=[ANY]).split(str(ANY))
    labels = cache(lambda *keys: ", ".join(services.labels(keys)))
    return [
        {
            "id": review.public_id,
            "url": f"{before}{review.public_id}{after}",
            "store": store,
            "services": labels(*review.services),
            "source": sources[review.source],
            "communication": review.communication,
            "quality": review.quality,
            "text": review.text,
            "published_at": review.published_at,
            "is_edited": review.edited_at is not None,
            "reply": reply,
        }
        for store, review, reply in shown
    ]

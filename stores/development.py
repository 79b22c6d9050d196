"""The stores that a partner builds, or built."""

from django.db.models import OuterRef, QuerySet, Subquery

from partners.models import Partner
from stores.models import HandoverOffer, Store


def stores_built_by(partner: Partner) -> QuerySet[Store]:
    """Each with the address that it is offered to now and until when: `offered_to`, `offered_until`, null for none."""
    offer = HandoverOffer.objects.open().filter(store=OuterRef("pk")).order_by()
    return Store.objects.filter(built_by=partner).annotate(
        offered_to=Subquery(offer.values("email")[:1]), offered_until=Subquery(offer.values("expires_at")[:1])
    )

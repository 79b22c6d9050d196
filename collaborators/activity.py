"""A partner's own view of activity: what concerns it, in every store it asked or works for.

Until a store said yes, the partner knows the address that it typed and no more: rows of such a store show that address,
never the name, the zone, or another address under which the same store was asked.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.zones import known_zone
from collaborators.models import AccessRequest, Collaboration
from partners.models import Partner
from stores.activity_filters import OFFERED, PeriodFilter
from stores.models import Activity, Store


def stores_known_to(partner: Partner) -> QuerySet[Store]:
    """Stores that said yes to the partner at some time."""
    return Store.objects.filter(pk__in=Collaboration.objects.filter(partner=partner).values("store"))


def seen_by(partner: Partner) -> QuerySet[Activity]:
    """What concerns the partner, each row with `place`: the name of the store, or what was typed to ask it."""
    asked = AccessRequest.objects.filter(partner=OuterRef("partner"), store=OuterRef("store"))
    asked = asked.filter(asked_at__lte=OuterRef("created_at")).order_by("-asked_at")
    typed = Coalesce(Subquery(asked.values("typed_address")[:1]), Value(""))
    known = Q(store__in=stores_known_to(partner).values("pk"))
    place = Case(When(known, then=F("store__name")), default=typed, output_field=CharField())
    rows = Activity.objects.seen_by(partner).annotate(place=place)
    return rows.select_related("actor", "partner", "store")


class PartnerActivityFilter(PeriodFilter):
    """For a partner. Days are those of the reader: the stores are in many zones, and not all are theirs to know."""

    for_partner = True

    store = forms.CharField(label=_("Store"), required=False, widget=forms.Select)

    field_order = ["kind", "store", "since", "until"]

    def __init__(self, data=None, *, partner: Partner, zone: str):
        super().__init__(data, zone=known_zone(zone))
        self.partner = partner

    @cached_property
    def stores(self) -> dict[str, Store]:
        return {store.handle: store for store in stores_known_to(self.partner).order_by("-pk")[:OFFERED]}

    def offer(self) -> None:
        """Fill the list of stores, for a page. What is chosen is on it, however many there are."""
        known = sorted(self.stores.values(), key=lambda store: store.name.casefold())
        self.fields["store"].widget.choices = [
            ("", _("Any store")),
            *((store.handle, store.name) for store in known),
        ]

    def clean_store(self) -> Store | None:
        handle = self.cleaned_data["store"]
        if not handle:
            return None
        store = self.stores.get(handle) or stores_known_to(self.partner).filter(handle=handle).first()
        if store is None:
            raise ValidationError(_("You never worked for such a store. Choose one from the list."), "no_such")
        self.stores[handle] = store
        return store

    def conditions(self) -> dict:
        wanted = super().conditions()
        if store := self.cleaned_data["store"]:
            wanted["store_id"] = store.pk
        return wanted

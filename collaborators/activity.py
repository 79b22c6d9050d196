"""A partner's own view of activity: what concerns it, in every store it asked or works for.

Until a store said yes, the partner knows the address that it typed and no more: rows of such a store show that address,
never the name, the zone, or another address under which the same store was asked.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.zones import known_zone
from collaborators.events import requests
from collaborators.models import AccessRequest, Collaboration
from notifications.models import Event
from partners.models import Membership, Partner
from stores.activity_filters import OFFERED, PeriodFilter
from stores.models import Activity, Store

ABOUT_REQUESTS = [*requests.ACTIVITY]  # kinds; the others come from stores that the partner knows


def stores_known_to(partner: Partner) -> QuerySet[Store]:
    """Stores that said yes to the partner at some time, and those that it built."""
    said_yes = Q(pk__in=Collaboration.objects.filter(partner=partner).values("store"))
    return Store.objects.filter(said_yes | Q(built_by=partner))


def seen_by(member: Membership) -> QuerySet[Activity]:
    """What concerns the partner, as far as this member may know, each row with `place`: the name of the store, or what
    was typed to ask it; `is_known` says which.

    That is decided row by row: access that is over names its store, a new request under another address does not.
    """
    between = {"partner": OuterRef("partner"), "store": OuterRef("store")}
    request = AccessRequest.objects.filter(pk=OuterRef("request_key"))
    answered = Collaboration.objects.filter(**between, since__gt=OuterRef("asked_at"))
    unanswered = request.filter(~Exists(answered), more_of=None).exclude(status=AccessRequest.Status.APPROVED)
    typed = Coalesce(Subquery(request.values("typed_address")[:1]), Value(""))
    rows = Activity.objects.seen_by(member).annotate(
        request_key=_request_key(),
        is_known=~Q(kind__in=ABOUT_REQUESTS)
        | Q(Exists(Collaboration.objects.filter(**between))) & ~Q(Exists(unanswered)),
        place=Case(When(is_known=True, then=F("store__name")), default=typed, output_field=CharField()),
    )
    return rows.select_related("actor", "partner", "store")


def _request_key() -> Case:
    """The request that a row is about, as its event says; the last one by then, for a row without an event."""
    events = Event.objects.filter(
        dedupe_key=Concat(OuterRef("kind"), Value(":activity:"), Cast(OuterRef("pk"), CharField()))
    )
    asked = AccessRequest.objects.filter(
        partner=OuterRef("partner"), store=OuterRef("store"), asked_at__lte=OuterRef("created_at")
    )
    said = Cast(KT("payload__access_request"), BigIntegerField())
    found = Coalesce(Subquery(events.values(said=said)[:1]), Subquery(asked.order_by("-asked_at").values("pk")[:1]))
    return Case(When(kind__in=ABOUT_REQUESTS, then=found), default=None, output_field=BigIntegerField())


class PartnerActivityFilter(PeriodFilter):
    """For a partner's people. Days are those of the reader: the stores are in many zones, not all theirs to know."""

    store = forms.CharField(label=_("Store"), required=False, widget=forms.Select)

    field_order = ["kind", "store", "since", "until"]

    def __init__(self, data=None, *, member: Membership, zone: str):
        self.held = member.held
        super().__init__(data, zone=known_zone(zone))
        self.partner = member.partner

    @cached_property
    def stores(self) -> dict[str, Store]:
        return {store.handle: store for store in stores_known_to(self.partner).order_by("-pk")[:OFFERED]}

    def offer(self) -> None:
        """Fill the list of stores, for a page. What is chosen is on it, however many there are."""
        known = sorted(self.stores.values(), key=lambda store: store.name.casefold())
        stores = [(store.handle, store.name) for store in known]
        self.offer_in("store", stores, before=(("", _("Any store")),))

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
            wanted |= {"store_id": store.pk, "is_known": True}
        return wanted

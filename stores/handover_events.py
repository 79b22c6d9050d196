"""What can happen when a development store is handed over, who is told, in which words."""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from notifications import events, kinds
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from partners.models import Membership, held
from partners.permissions import TeamPermission
from stores import activity, phrases
from stores.actions.handovers import take_back_of
from stores.activity import Group, Words
from stores.models import Activity, HandoverOffer

# --- Who is told ----------------------------------------------------------------------------------------------------


def offer_of(event: Event) -> HandoverOffer:
    return HandoverOffer.objects.get(pk=event.payload["handover"])


def people_who_manage_stores(event: Event) -> list[int]:
    """The partner's owners, and its members who manage stores."""
    team = Membership.objects.filter(held(TeamPermission.MANAGE_STORES), partner_id=event.payload["partner"])
    return list(team.order_by("pk").values_list("user_id", flat=True))


def still_manages_stores(event: Event, user: User) -> bool:
    return user.pk in people_who_manage_stores(event)


def to_partner(line, letter) -> Audience:
    return Audience(
        recipients=people_who_manage_stores,
        line=line,
        place=lambda facts: str(facts.partner),
        url=development_store,
        still_in=still_manages_stores,
        letter=letter,
    )


def to_merchant(line, letter, *, while_open: bool = False) -> Audience:
    """Whoever has the address that it was offered to, known here or not."""
    return Audience(
        recipients=lambda event: (),
        addresses=lambda event: [offer_of(event).email],
        line=line,
        place=lambda facts: str(facts.store),
        url=handover,
        still_in=(lambda event, reader: offer_of(event).is_open) if while_open else None,
        letter=letter,
    )


# --- Where it leads -------------------------------------------------------------------------------------------------


def handover(facts: Facts) -> str:
    return reverse("stores:handover", args=[facts.handover.token])


def development_store(facts: Facts) -> str:
    return reverse("stores:development-store", args=[facts.partner.slug, facts.store.public_id])


# --- Words ----------------------------------------------------------------------------------------------------------


def names(facts: Facts) -> dict[str, str]:
    return {
        "partner": str(facts.partner),
        "store": str(facts.store),
        "actor": str(facts.actor) if facts.actor else "",
        "email": facts.handover.email,
    }


def said(sentence):
    return lambda facts: sentence() % names(facts)


def day(instant) -> str:
    return date_format(timezone.localtime(instant), "DATE_FORMAT")


def because_partner(facts: Facts) -> str:
    return _("You get this because you own %(partner)s or manage its stores.") % names(facts)


def because_offered(facts: Facts) -> str:
    return _("You get this because %(partner)s offered a store to this address.") % names(facts)


def wished_rows(offer: HandoverOffer) -> list[Row]:
    if not offer.wished:
        return [Row(_("Afterwards"), _("The partner asks to keep nothing."))]
    opens, *sensitive = phrases.opens(offer.wished)
    return [Row(_("What the partner asks to keep"), opens[1]), *(Row(*row, sensitive=True) for row in sensitive)]


def offered_letter(facts: Facts, reader: User) -> Letter:
    offer: HandoverOffer = facts.handover
    return Letter(
        subject=_("%(partner)s hands %(store)s over to you") % names(facts),
        opening=_(
            "Sign in with this address, or make an account with it. You see who gets what; if you accept, the store is "
            "yours and you decide what %(partner)s may still do there."
        )
        % names(facts),
        quote=offer.message,
        quoted=_("%(person)s wrote:") % {"person": offer.invited_by} if offer.message else "",
        rows=wished_rows(offer),
        button=_("See the offer"),
        path=handover(facts),
        note=_("The offer works once, for this address only, until %(date)s.") % {"date": day(offer.expires_at)},
        reason=_("You get this because %(actor)s typed your address. Nobody can act in your name with it.")
        % names(facts),
    )


def taken_back_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(partner)s took the offer of %(store)s back") % names(facts),
        opening=_("The store is not handed over for now. There is nothing for you to do."),
        button=_("See the offer"),
        path=handover(facts),
        reason=because_offered(facts),
    )


def lapsed_letter_to_merchant(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("The offer of %(store)s has lapsed") % names(facts),
        opening=_("It was open for 14 days. If you want the store, ask %(partner)s for a new offer.") % names(facts),
        button=_("See the offer"),
        path=handover(facts),
        reason=because_offered(facts),
    )


def kept_rows(offer: HandoverOffer) -> list[Row]:
    if not offer.kept:
        return [Row(_("What you may do"), _("Nothing any more"))]
    opens, *sensitive = phrases.opens(offer.kept)
    end = phrases.end(offer.kept_until, offer.store.time_zone)
    rows = [Row(_("What you may do"), opens[1]), *(Row(*row, sensitive=True) for row in sensitive)]
    return [*rows, Row(_("Access ends"), end)]


def accepted_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s is handed over") % names(facts),
        opening=_("%(actor)s accepted and owns the store now. That you built it opens nothing there any more.")
        % names(facts),
        rows=kept_rows(facts.handover),
        button=_("See the store"),
        path=development_store(facts),
        reason=because_partner(facts),
    )


def declined_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(email)s declined %(store)s") % names(facts),
        opening=_("The store stays with you. You can offer it again, to the same address or another one."),
        button=_("See the store"),
        path=development_store(facts),
        reason=because_partner(facts),
    )


def taken_back_letter_to_partner(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("The offer of %(store)s to %(email)s is taken back") % names(facts),
        opening=_("The store stays with you. You can offer it again, to the same address or another one."),
        button=_("See the store"),
        path=development_store(facts),
        reason=because_partner(facts),
    )


def lapsed_letter_to_partner(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Nobody accepted %(store)s in time") % names(facts),
        opening=_("The offer to %(email)s was open for 14 days. You can offer the store again.") % names(facts),
        button=_("See the store"),
        path=development_store(facts),
        reason=because_partner(facts),
    )


KINDS = (
    Kind(
        "handover.offered",
        "gift",
        {
            "address": to_merchant(
                said(lambda: _("%(partner)s hands a store over to you")), offered_letter, while_open=True
            )
        },
        label=gettext_lazy("A store is handed over to you"),
    ),
    Kind(
        "handover.accepted",
        "building-storefront",
        {"partner": to_partner(said(lambda: _("%(actor)s owns %(store)s now")), accepted_letter)},
        label=gettext_lazy("A store that you built was accepted"),
    ),
    Kind(
        "handover.declined",
        "x-circle",
        {"partner": to_partner(said(lambda: _("%(email)s declined %(store)s")), declined_letter)},
        label=gettext_lazy("A store that you built was declined"),
    ),
    Kind(
        "handover.taken_back",
        "arrow-uturn-left",
        {
            "address": to_merchant(said(lambda: _("%(partner)s took the offer back")), taken_back_letter),
            "partner": to_partner(
                said(lambda: _("The offer of %(store)s is taken back")), taken_back_letter_to_partner
            ),
        },
        label=gettext_lazy("An offer of a store was taken back"),
    ),
    Kind(
        "handover.lapsed",
        "clock",
        {
            "address": to_merchant(said(lambda: _("The offer has lapsed")), lapsed_letter_to_merchant),
            "partner": to_partner(said(lambda: _("Nobody accepted %(store)s in time")), lapsed_letter_to_partner),
        },
        label=gettext_lazy("Nobody accepted a store in time"),
    ),
)


# --- In a store's activity --------------------------------------------------------------------------------------------


def _wished(row: Activity) -> list[str]:
    keys = row.after.get("permissions")
    return [_("Asks to keep: %(what)s") % {"what": phrases.listed(keys)}] if keys else []


def _kept(row: Activity) -> list[str]:
    keys = row.after.get("permissions")
    return [_("The partner keeps: %(what)s") % {"what": phrases.listed(keys)}] if keys else []


HANDOVERS = Group("handovers", gettext_lazy("Hand-over"))

ACTIVITY = {
    "store.built": Words(lambda row: _("Development store built by %(partner)s") % {"partner": row.partner}),
    "handover.offered": Words(lambda row: _("Store offered to %(email)s") % row.after, _wished),
    "handover.accepted": Words(lambda row: _("Store handed over to %(name)s") % row.after, _kept),
    "handover.declined": Words(lambda row: _("Offer declined by %(email)s") % row.before),
    "handover.taken_back": Words(lambda row: _("Offer to %(email)s taken back") % row.before),
    "handover.lapsed": Words(lambda row: _("Nobody answered the offer to %(email)s") % row.before),
}


def take_back_of_whoever_lost_the_right(event: Event) -> None:
    """An offer is worth what its sender still holds (ADR 8). The partner is locked by whoever changed its team."""
    take_back_of(event.payload["person"], event.payload["partner"], by=event.actor)


def register() -> None:
    kinds.register_thing("handover", HandoverOffer.objects.select_related("store", "invited_by").in_bulk)
    kinds.register(*KINDS)
    kinds.register_silent("store.handed_over")
    for kind, words in ACTIVITY.items():
        activity.register(kind, words, group=HANDOVERS, partner_sees=True)
    for topic in ("team.removed", "team.left", "team.changed"):
        events.subscribe(topic, take_back_of_whoever_lost_the_right)

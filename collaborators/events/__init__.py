"""What can happen about access, who is told, in which words."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from collaborators.actions import begin_anew, keep_what_was_granted, replace_code
from collaborators.conversations import named
from collaborators.events import access_reviews, codes, collaborations, conversations, invitations, requests
from collaborators.events.collaborations import review_of
from collaborators.models import (
    AccessRequest,
    AccessReview,
    Collaboration,
    Conversation,
    ExpertInvitation,
    RequestPolicy,
)
from notifications import events, kinds
from notifications.models import Event
from partners.models import Partner
from stores import activity
from stores.models import Activity, HandoverOffer, Store

TOPICS = (requests, collaborations, access_reviews, codes, invitations, conversations)
KINDS = tuple(kind for topic in TOPICS for kind in topic.KINDS)
ACTIVITY = {kind: words for topic in TOPICS for kind, words in topic.ACTIVITY.items()}

ACCESS = activity.Group("access", gettext_lazy("Access of partners"))
ASKING = activity.Group("asking", gettext_lazy("Codes and who may ask"))
GROUPS = {"code": ASKING, "policy": ASKING}  # by how kinds begin; the others are about the access of a partner

# What stands in a partner's own activity too. A kind that is not named here stays inside the store.
SEEN_BY_PARTNERS = {
    "access.requested",
    "access.withdrawn",
    "access.expired",
    "access.approved",
    "access.declined",
    "access.reopened",
    "access.granted",
    "access.changed",
    "access.extended",
    "access.revoked",
    "access.left",
    "access.ended",
    "access.ends_with_job",
    "expert.accepted",
}

# What activity keeps of these changes, in words.
VALUES: dict[str, tuple[Promise, Callable[[Any, Activity], str]]] = {
    "rule": (gettext_lazy("Who may ask"), lambda rule, row: str(RequestPolicy.Rule(rule).label)),
    "invited": (gettext_lazy("Invitation"), lambda invited, row: _("yes")),
    "by": (gettext_lazy("Declined by"), lambda person, row: str(person)),
    "at": (gettext_lazy("Declined at"), lambda at, row: local_iso(at)),
    "review": (gettext_lazy("Access review"), review_of),
    "wrong": (gettext_lazy("Wrong codes"), lambda number, row: str(number)),
    "partner": (gettext_lazy("Partner"), lambda name, row: str(name)),
}


def local_iso(raw: str) -> str:
    """As the column of times says it, with the distance to UTC: a file may be read in any zone."""
    return timezone.localtime(datetime.fromisoformat(raw)).isoformat(timespec="seconds")


def give_code(event: Event) -> None:
    """A new store begins with a policy and a code."""
    store = Store.objects.get(pk=event.payload["store"])
    RequestPolicy.objects.create(store=store)
    replace_code(store, by=event.actor)


def keep_access(event: Event) -> None:
    """A store was handed over: what its new owner lets the builder keep, and a code that the builder never saw."""
    store, partner = Store.objects.get(pk=event.payload["store"]), Partner.objects.get(pk=event.payload["partner"])
    offer = HandoverOffer.objects.get(pk=event.payload["handover"])
    new_owner = User.objects.get(pk=event.payload["person"])
    begin_anew(store, by=new_owner)
    keep_what_was_granted(store, partner, offer, by=new_owner)


def register() -> None:
    with_people = ("partner", "store")
    requests = AccessRequest.objects.select_related(*with_people)
    collaborations = Collaboration.objects.select_related(*with_people)
    kinds.register_thing("access_request", requests.in_bulk)
    kinds.register_thing("collaboration", collaborations.in_bulk)
    kinds.register_thing("conversation", named(Conversation.objects.all()).in_bulk)
    kinds.register_thing("expert_invitation", ExpertInvitation.objects.select_related("store").in_bulk)
    kinds.register_thing("access_review", AccessReview.objects.in_bulk)
    kinds.register(*KINDS)
    for kind, words in ACTIVITY.items():
        group = GROUPS.get(kind.partition(".")[0], ACCESS)
        activity.register(kind, words, group=group, partner_sees=kind in SEEN_BY_PARTNERS)
    for name, (label, in_words) in VALUES.items():
        activity.register_value(name, label, in_words)
    events.subscribe("store.opened", give_code)
    events.subscribe("store.handed_over", keep_access)

"""What can happen to reviews, who is told, in which words."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications import events, kinds
from partners.permissions import TeamPermission
from reviews.actions.invitations import invite_after_handover, invite_after_job
from reviews.events import invitations, replies, reports, reviews
from reviews.events.words import stars
from reviews.models import Reply, Report, Review, ReviewInvitation
from stores import activity
from stores.models import Activity

TOPICS: tuple[ModuleType, ...] = (invitations, reviews, replies, reports)
KINDS = tuple(kind for topic in TOPICS for kind in topic.KINDS)
ACTIVITY = {kind: words for topic in TOPICS for kind, words in topic.ACTIVITY.items()}
STAYS_INSIDE = {kind for topic in TOPICS for kind in topic.STAYS_INSIDE}  # the store: partners do not see these

REVIEWS = activity.Group("reviews", gettext_lazy("Reviews"), team=TeamPermission.MANAGE_PUBLIC_LISTINGS)

# What activity keeps of these changes, in words.
VALUES: dict[str, tuple[Promise, Callable[[Any, Activity], str]]] = {
    "about": (gettext_lazy("About"), lambda about, row: str(about)),
    "communication": (gettext_lazy("Communication"), lambda number, row: stars(number)),
    "quality": (gettext_lazy("Quality of work"), lambda number, row: stars(number)),
    "worked_here": (gettext_lazy("Worked on the store"), lambda yes, row: _("yes") if yes else _("no")),
    **reports.VALUES,
}


def register() -> None:
    kinds.register_thing("review_invitation", ReviewInvitation.objects.select_related("store").in_bulk)
    kinds.register_thing("review", Review.objects.select_related("store", "partner").in_bulk)
    kinds.register_thing("reply", Reply.objects.in_bulk)
    kinds.register_thing("report", Report.objects.select_related("review", "reply__review", "reported_by").in_bulk)
    kinds.register(*KINDS)
    for kind, words in ACTIVITY.items():
        activity.register(kind, words, group=REVIEWS, partner_sees=kind not in STAYS_INSIDE)
    for name, (label, in_words) in VALUES.items():
        activity.register_value(name, label, in_words)
    events.subscribe("job.completed", invite_after_job)
    events.subscribe("store.handed_over", invite_after_handover)

"""What can happen about access, who is told, in which words."""

from collaborators.actions import replace_code
from collaborators.events import codes, collaborations, requests
from collaborators.models import AccessRequest, Collaboration, RequestPolicy
from notifications import events, kinds
from notifications.models import Event
from stores import activity
from stores.models import Store

TOPICS = (requests, collaborations, codes)
KINDS = tuple(kind for topic in TOPICS for kind in topic.KINDS)
ACTIVITY = {kind: words for topic in TOPICS for kind, words in topic.ACTIVITY.items()}


def give_code(event: Event) -> None:
    """A new store begins with a policy and a code."""
    store = Store.objects.get(pk=event.payload["store"])
    RequestPolicy.objects.create(store=store)
    replace_code(store, by=event.actor)


def register() -> None:
    with_people = ("partner", "store")
    requests = AccessRequest.objects.select_related(*with_people)
    collaborations = Collaboration.objects.select_related(*with_people)
    kinds.register_thing("access_request", requests.in_bulk)
    kinds.register_thing("collaboration", collaborations.in_bulk)
    kinds.register(*KINDS)
    for kind, words in ACTIVITY.items():
        activity.register(kind, words)
    events.subscribe("store.opened", give_code)

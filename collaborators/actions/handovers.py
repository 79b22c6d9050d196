"""What a hand-over means for access: the builder is out, but for what the new owner lets it keep."""

from django.utils import timezone

from accounts.models import User
from collaborators import conversations
from collaborators.actions.codes import replace_code
from collaborators.actions.records import terms
from collaborators.models import Collaboration, RequestPolicy
from partners.models import Partner
from stores import activity
from stores.models import HandoverOffer, Store


def keep_what_was_granted(store: Store, partner: Partner, offer: HandoverOffer, *, by: User) -> Collaboration | None:
    """What the new owner lets the partner keep. None for nothing. Both are locked, and there is nothing yet."""
    if not offer.kept:
        return None
    collaboration = Collaboration.objects.create(
        partner=partner,
        store=store,
        permissions=offer.kept,
        since=store.handed_over_at or timezone.now(),
        granted_by=by,
        ends_at=offer.kept_until,
        conversation=conversations.start(store, partner),
    )
    after = terms(collaboration.permissions, collaboration.ends_at)
    activity.record(store, "access.granted", by=by, partner=partner, after=after)
    return collaboration


def begin_anew(store: Store, *, by: User) -> None:
    """A code that the builder does not know, and the policy that stores begin with."""
    RequestPolicy.objects.filter(store=store).update(rule=RequestPolicy.Rule.CODE)
    replace_code(store, by=by)

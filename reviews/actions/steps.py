"""The steps that acts share. Locks in this order: partner → store → invitation → review; replies and reports are
written under the lock of their review."""

from dataclasses import dataclass

from accounts.models import User
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission
from reviews.errors import OwnPartnersReview
from reviews.models import Review, ReviewInvitation
from stores import access
from stores.models import Store


@dataclass(frozen=True)
class Locked:
    """Locked until the transaction ends."""

    partner: Partner
    store: Store
    invitation: ReviewInvitation
    review: Review | None

    @property
    def written(self) -> Review:
        """The review, for acts on what was written. Raises LookupError if nothing was."""
        if self.review is None:
            raise LookupError("Nothing was written on this invitation")
        return self.review


def lock(invitation: ReviewInvitation) -> Locked:
    """The invitation with its parents, and the review that was written on it, if any."""
    partner = Partner.objects.lock(invitation.partner_id)
    store = Store.objects.lock(invitation.store_id)
    invitation = ReviewInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    review = Review.objects.select_for_update(of=("self",)).filter(invitation=invitation).first()
    invitation.partner, invitation.store = partner, store
    if review is not None:
        review.partner, review.store, review.invitation = partner, store, invitation
    return Locked(partner, store, invitation, review)


def lock_review(review: Review) -> Locked:
    """As above, for a review that was written: `review` is never None."""
    return lock(ReviewInvitation.objects.get(pk=review.invitation_id))


def require_writer(by: User, store: Store, partner: Partner) -> None:
    """Raise unless `by` may write reviews for the store and stands apart from the partner, as its owner too. The store
    is locked. Raises NotAllowed, OwnPartnersReview."""
    access.require(by, "reviews.write", store)
    if partner.membership_of(by):
        raise OwnPartnersReview(partner)


def require_replier(by: User, partner: Partner) -> None:
    """Raise NotAllowed unless `by` speaks for the partner in public now. The partner is locked."""
    require_in_team(by, TeamPermission.MANAGE_PUBLIC_LISTINGS, partner)

"""Everybody who has to do with the review of a job, and those who have not."""

from dataclasses import dataclass

from accounts.models import User
from jobs.actions import completions
from jobs.models import CompletionRequest, Job
from notifications import events
from partners.models import Partner
from reviews.models import ReviewInvitation
from stores.models import HandoverOffer, Store
from tests.factories import (
    CompletionRequestFactory,
    HandoverOfferFactory,
    JobFactory,
    MembershipFactory,
    PublicListingFactory,
    RoleFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
)

SAID = {"communication": 5, "quality": 4, "text": "Clear at every step."}


@dataclass
class People:
    store: Store
    partner: Partner
    manager: User  # on the staff, with reviews.write
    clerk: User  # on the staff, without
    lea: User  # owns the partner

    @property
    def owner(self) -> User:
        return self.store.owner

    def say_done(self, title: str = "Theme refresh") -> CompletionRequest:
        job = JobFactory.create(
            in_progress=True, received=1, store=self.store, partner=self.partner, title=title, services=["theme_design"]
        )
        return CompletionRequestFactory.create(job=job, requested_by=self.lea)

    def approve(self, *, by: User | None = None) -> Job:
        return completions.approve_completion(self.say_done(), by=by or self.owner).job

    def invited(self, *, by: User | None = None) -> ReviewInvitation:
        return ReviewInvitation.objects.get(completion__job=self.approve(by=by))


def people() -> People:
    store = StoreFactory.create(name="Maison Lavande", owner__name="Odile Owner")
    job = JobFactory.create(in_progress=True, store=store, partner__name="Atelier Nord")
    lea = MembershipFactory.create(partner=job.partner, owner=True, user__name="Lea Asker").user
    manager = StaffFactory.create(store=job.store, key="store_manager", user__name="Manon Manager").user
    role = RoleFactory.create(store=job.store, name="Shipping", permissions=["orders.view", "jobs.view", "jobs.manage"])
    clerk = StaffFactory.create(store=job.store, role=role).user
    return People(job.store, job.partner, manager, clerk, lea)


def hand_over(*, listing: bool = True, to: User | None = None) -> HandoverOffer:
    """A development store that its builder handed over just now; not told yet."""
    offer = HandoverOfferFactory.create(accepted=True, **({"accepted_by": to} if to else {}))
    offer.store.owner = offer.accepted_by
    offer.store.handed_over_at = offer.accepted_at
    offer.store.save(update_fields=["owner", "handed_over_at"])
    PublicListingFactory.create(partner=offer.partner, **({} if listing else {"published_at": None}))
    return offer


def tell(offer: HandoverOffer, key: str = "") -> None:
    """As acceptance does, in its transaction."""
    events.post(
        "store.handed_over",
        dedupe_key=f"handover:{offer.pk}{key}",
        by=offer.accepted_by,
        store=offer.store_id,
        partner=offer.partner_id,
        person=offer.accepted_by_id,
        handover=offer.pk,
    )


def stranger() -> User:
    return UserFactory.create(name="Sam Stranger")

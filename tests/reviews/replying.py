"""A review, and the people around it who may reply, or must not."""

from dataclasses import dataclass

from accounts.models import User
from partners.models import PartnerRating
from reviews import ratings
from reviews.actions import replies
from reviews.models import Reply, Review
from tests.factories import MembershipFactory, PartnerFactory, ReviewFactory, StaffFactory, StoreFactory, UserFactory

TEXT = "Thank you, Camille. The size guide was a treasure hunt."


@dataclass
class Scene:
    review: Review
    people: dict[str, User]

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    def reply(self, text: str = TEXT, *, by: str = "owner") -> Reply:
        return replies.publish_reply(self.review, text=text, by=self[by])

    def edit(self, reply: Reply, text: str, *, by: str = "owner", edits: int | None = None) -> Reply:
        return replies.edit_reply(reply, text=text, by=self[by], edits=edits)

    def withdraw(self, reply: Reply, *, by: str = "owner") -> Reply:
        return replies.withdraw_reply(reply, by=self[by])

    @property
    def now(self) -> Review:
        return Review.objects.get(pk=self.review.pk)

    @property
    def rating(self) -> PartnerRating:
        return PartnerRating.objects.get(partner=self.review.partner_id)

    def is_right(self) -> bool:
        """Whether the figures that were kept are what a rebuild comes to."""
        return not ratings.rebuild(self.review.partner_id)


def make_scene(**review) -> Scene:
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    people = {
        "owner": MembershipFactory.create(partner=partner, owner=True, user__name="Ines Owner").user,
        "speaker": MembershipFactory.create(
            partner=partner, permissions=["manage_public_listings"], user__name="Sam Speaker"
        ).user,
        "member": MembershipFactory.create(
            partner=partner, permissions=["manage_team", "manage_stores", "manage_jobs"], user__name="Mo Member"
        ).user,
        "stranger": MembershipFactory.create(owner=True, user__name="Other Owner").user,
        "operator": UserFactory.create(name="Ops", is_staff=True, is_superuser=True),
    }
    store = StoreFactory.create(name="Maison Lavande", handle="maison-lavande", owner__name="Odile Owner")
    people["author"] = store.owner
    people["manager"] = StaffFactory.create(store=store, key="store_manager", user__name="Manon Manager").user
    made = ReviewFactory.create(partner=partner, store=store, **review)
    ratings.rebuild(partner.pk)
    return Scene(made, people)

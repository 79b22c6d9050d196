"""Stores and partners with their people, what they do all day, and who must hear of it.

`must_hear` is written down here a second time, on purpose: it does not ask the code that it checks.
"""

import random
from dataclasses import dataclass, field

from accounts.models import User
from collaborators import actions
from collaborators.actions import requests
from collaborators.guesses import Attempt
from collaborators.models import AccessRequest, Collaboration
from notifications.models import Event
from partners.models import Partner
from stores.models import Store
from tests.factories import MembershipFactory, PartnerFactory, StaffFactory, StoreFactory, UserFactory

TO_STORE = {"access.requested", "access.withdrawn", "access.left", "code.made"}
TO_PARTNER = {"access.approved", "access.declined", "access.reopened", "access.changed", "access.revoked"}
INBOX_ONLY = {"access.withdrawn", "access.left"}
TO_THE_ACTOR_TOO = {"code.made"}  # security


@dataclass
class Pair:
    """A store and a partner that deal with each other. No two threads share one."""

    store: Store
    store_people: list[User]
    partner: Partner
    owners: list[User]
    member: User  # manages stores, owns nothing
    random: random.Random
    posted: list[int] = field(default_factory=list)  # ids of events in the transaction in hand

    @property
    def pending(self) -> AccessRequest | None:
        return AccessRequest.objects.filter(partner=self.partner, store=self.store, status="pending").first()

    @property
    def collaboration(self) -> Collaboration | None:
        return Collaboration.objects.filter(partner=self.partner, store=self.store, ended_at=None).first()

    def act(self) -> None:
        """One thing that these people may do now, at random."""
        anybody_here = self.random.choice(self.store_people)
        anybody_there = self.random.choice([*self.owners, self.member])
        if self.random.random() < 0.2:
            actions.make_code(self.store, by=anybody_here)
        elif pending := self.pending:
            self._answer(pending, by=anybody_here, partners=anybody_there)
        elif collaboration := self.collaboration:
            self._go_on(collaboration, by=anybody_here, partners=anybody_there)
        else:
            self._ask(anybody_here, by=anybody_there)

    def _ask(self, answered: User, *, by: User) -> None:
        """Anyone may ask here, so that nothing has to be reserved before the transaction. Who was declined waits for
        seven days, unless the store reopens it."""
        declined = AccessRequest.objects.filter(partner=self.partner, store=self.store).order_by("-pk").first()
        if declined and declined.status == "declined":
            actions.reopen_request(declined, by=answered)
            return
        named = {"store_url": self.store.handle, "code": "", "permissions": ["products.view"]}
        attempt = Attempt(self.partner, self.store)
        requests.send_request(attempt, **named, ends_on=None, message="Hello", by=by)

    def _answer(self, pending: AccessRequest, *, by: User, partners: User) -> None:
        what = self.random.choice(["approve", "approve", "decline", "withdraw"])
        if what == "approve":
            actions.approve_request(pending, permissions=["products.view"], ends_on=None, by=by)
        elif what == "decline":
            actions.decline_request(pending, reason="Not now", by=by)
        else:
            actions.withdraw_request(pending, by=partners)

    def _go_on(self, collaboration: Collaboration, *, by: User, partners: User) -> None:
        what = self.random.choice(["change", "change", "revoke", "leave"])
        if what == "change":
            more = {"products.view", "discounts.view"}
            fewer = {"products.view"}
            permissions = fewer if set(collaboration.permissions) == more else more
            actions.change_permissions(collaboration, permissions=permissions, by=by)
        elif what == "revoke":
            actions.revoke(collaboration, by=by)
        else:
            actions.leave(collaboration, by=partners)


def make_pair(number: int, seed: int) -> Pair:
    store = StoreFactory.create(handle=f"soak-{number}", name=f"Soak {number}", staff_limit=5, rule="anyone")
    managers = [StaffFactory.create(store=store, key="store_manager").user for _ in range(2)]
    StaffFactory.create(store=store)  # a clerk, who hears of nothing
    partner = PartnerFactory.create(slug=f"soak-{number}", name=f"Soak partner {number}")
    owners = [MembershipFactory.create(partner=partner, owner=True).user for _ in range(2)]
    member = MembershipFactory.create(partner=partner, stores=True).user
    MembershipFactory.create(partner=partner, user=UserFactory.create(), permissions=["manage_jobs"])
    return Pair(store, [store.owner, *managers], partner, owners, member, random.Random(f"{seed} {number}"))


def must_hear(event: Event, pairs: dict[int, Pair]) -> set[int]:
    """Ids of the people who are told of the event, each once. `pairs` by store."""
    pair = pairs[event.payload["store"]]
    if event.topic in TO_STORE:
        told = {user.pk for user in pair.store_people}
    elif event.topic in TO_PARTNER:
        told = {user.pk for user in pair.owners} | {_who_asked(event)}
    else:
        raise LookupError(event.topic)
    return told if event.topic in TO_THE_ACTOR_TOO else told - {event.actor_id}


def _who_asked(event: Event) -> int:
    if "access_request" in event.payload:
        return AccessRequest.objects.get(pk=event.payload["access_request"]).asked_by_id
    return AccessRequest.objects.filter(collaboration=event.payload["collaboration"]).latest("pk").asked_by_id

"""One store, one partner, and every kind of person who may come to their doors."""

from dataclasses import dataclass, field

from accounts.models import User
from collaborators.models import AccessRequest, Collaboration
from partners.models import Partner
from stores.models import Store
from tests.factories import (
    AccessRequestFactory,
    CollaborationFactory,
    MembershipFactory,
    MessageFactory,
    PartnerFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
    converse,
)

GRANTED = ["orders.view", "products.view"]
ASKED = ["products.view", "themes.view", "themes.edit", "customers.view"]


@dataclass
class World:
    """`store` has a pending request of `asking` and an active collaboration with `working`; others stand outside.

    `people` by what they are to the store and to the partner `asking`; None is somebody who is signed out.
    """

    store: Store
    asking: Partner
    working: Partner
    pending: AccessRequest
    collaboration: Collaboration
    people: dict[str, User | None] = field(default_factory=dict)


def _partner(name: str, slug: str, owner: User) -> Partner:
    partner = PartnerFactory.create(name=name, slug=slug)
    MembershipFactory.create(partner=partner, user=owner, owner=True)
    return partner


def make_world() -> World:
    def person(name: str) -> User:
        return UserFactory.create(name=name, email=f"{name.replace(' ', '-').lower()}@people.example")

    store = StoreFactory.create(name="Maison Lavande", handle="maison-lavande", owner=person("Owner"), staff_limit=5)
    manager, clerk = person("Manager"), person("Clerk")
    StaffFactory.create(store=store, user=manager, key="store_manager")
    StaffFactory.create(store=store, user=clerk)

    partner_owner, with_right, without_right = person("Partner Owner"), person("Member With"), person("Member Without")
    asking = _partner("Atelier Nord", "atelier-nord", partner_owner)
    MembershipFactory.create(partner=asking, user=with_right, stores=True)
    MembershipFactory.create(partner=asking, user=without_right, permissions=["manage_jobs"])
    pending = AccessRequestFactory.create(
        partner=asking, store=store, permissions=ASKED, asked_by=partner_owner, message="Hello"
    )

    MessageFactory.create(conversation=converse(pending), author=partner_owner, text="When may we begin?")

    collaborator = person("Collaborator")
    working = _partner("Bureau Lumen", "bureau-lumen", collaborator)
    granted = AccessRequestFactory.create(
        partner=working, store=store, permissions=GRANTED, asked_by=collaborator, approved=True
    )

    revoked, ended = person("Revoked"), person("Ended")
    CollaborationFactory.create(partner=_partner("Studio Vif", "studio-vif", revoked), store=store, revoked=True)
    CollaborationFactory.create(partner=_partner("Orange Coda", "orange-coda", ended), store=store, past_its_end=True)

    other_owner, other_partner_owner = person("Other Owner"), person("Other Partner Owner")
    StoreFactory.create(name="Café Bruma", handle="cafe-bruma", owner=other_owner)
    _partner("Pixel & Co", "pixel-co", other_partner_owner)

    operator = UserFactory.create(name="Operator", email="operator@people.example", is_staff=True, is_superuser=True)
    return World(
        store=store,
        asking=asking,
        working=working,
        pending=pending,
        collaboration=granted.collaboration,
        people={
            "owner": store.owner,
            "manager": manager,
            "staff_without_the_right": clerk,
            "partner_owner": partner_owner,
            "member_with_manage_stores": with_right,
            "member_without": without_right,
            "collaborator": collaborator,
            "revoked": revoked,
            "ended": ended,
            "other_owner": other_owner,
            "other_partner_owner": other_partner_owner,
            "operator": operator,
            "signed_out": None,
        },
    )

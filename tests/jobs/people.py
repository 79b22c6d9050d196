"""A store, two partners that work for it and one that does not, each with whoever may act and whoever may not."""

from dataclasses import dataclass

import pytest

from accounts.models import User
from jobs import actions
from jobs.models import Candidate, Job, Proposal
from notifications.models import Event
from partners.models import Partner
from stores.models import Activity, Store
from tests.factories import CollaborationFactory, MembershipFactory, PartnerFactory, StaffFactory, StoreFactory

WANTED = actions.Wanted("Theme refresh", "New colours, and a size guide.", ["theme_design"])
OFFER = actions.Offer(180_000, "We can begin on Monday.", ["New colours", "Size guide"])


@dataclass
class Town:
    store: Store
    nord: Partner
    lumen: Partner
    far: Partner
    owner: User
    manager: User
    clerk: User
    ines: User  # owns Nord
    tom: User  # manages the jobs of Nord
    lea: User  # is in Nord, without the right
    luc: User  # owns Lumen
    fay: User  # owns Far

    def ask(self, *partners: Partner, by: User | None = None, **terms) -> Job:
        terms = {"wanted": WANTED, "currency": "EUR", "budget": 200_000, **terms}
        slugs = [partner.slug for partner in partners or (self.nord,)]
        return actions.begin_job(self.store, **terms, partners=slugs, by=by or self.manager)

    def answer(self, job: Job, partner: Partner | None = None, by: User | None = None, **terms) -> Proposal:
        partner = partner or self.nord
        by = by or {self.nord: self.tom, self.lumen: self.luc, self.far: self.fay}[partner]
        offer = actions.Offer(**{"price": OFFER.price, "message": OFFER.message, "items": OFFER.items, **terms})
        return actions.send_proposal(job, partner=partner, offer=offer, by=by)

    def propose(self, by: User | None = None) -> Job:
        return actions.propose_job(self.nord, store=self.store, wanted=WANTED, offer=OFFER, by=by or self.tom)

    def hire(self, job: Job | None = None) -> Job:
        return self.hire_for(job or self.ask(), self.nord)

    def hire_for(self, job: Job, partner: Partner) -> Job:
        return actions.accept_proposal(self.answer(job, partner), by=self.manager)


def make_town() -> Town:
    store = StoreFactory.create(name="Maison Lavande", handle="maison-lavande", owner__name="Camille Roche")
    manager = StaffFactory.create(store=store, key="store_manager", user__name="Manon Manager").user
    clerk = StaffFactory.create(store=store, user__name="Clara Clerk").user
    nord, lumen, far = (
        PartnerFactory.create(name=name, slug=slug)
        for name, slug in (("Atelier Nord", "atelier-nord"), ("Bureau Lumen", "bureau-lumen"), ("Far Away", "far-away"))
    )
    ines = MembershipFactory.create(partner=nord, owner=True, user__name="Ines Owner").user
    tom = MembershipFactory.create(partner=nord, permissions=["manage_jobs"], user__name="Tom Jobs").user
    lea = MembershipFactory.create(partner=nord, stores=True, user__name="Lea Stores").user
    luc = MembershipFactory.create(partner=lumen, owner=True, user__name="Luc Lumen").user
    fay = MembershipFactory.create(partner=far, owner=True, user__name="Fay Far").user
    CollaborationFactory.create(partner=nord, store=store)
    CollaborationFactory.create(partner=lumen, store=store, revoked=True)
    return Town(store, nord, lumen, far, store.owner, manager, clerk, ines, tom, lea, luc, fay)


def topics() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("topic", flat=True))


def status_of(row: Candidate | Proposal | Job) -> str:
    row.refresh_from_db(fields=["status"])
    return str(row.status)


def part(job: Job, partner: Partner) -> Candidate:
    return Candidate.objects.get(job=job, partner=partner)


class _Unchanged:
    """What is refused leaves no trace."""

    def __enter__(self):
        self.before = self._now()

    def __exit__(self, kind, error, traceback):
        if kind is None:
            assert self._now() == self.before

    def _now(self):
        tables = (Job, Candidate, Proposal, Event, Activity)
        return [list(model.objects.order_by("pk").values()) for model in tables]


nothing_changes = _Unchanged


def refused(error: type[Exception], match: str = ""):
    return pytest.raises(error, match=match or None)

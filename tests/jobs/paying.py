"""A job in progress between a store and a partner, and who may come to its payments."""

from dataclasses import dataclass, field
from datetime import date

from django.test import Client
from django.utils import timezone

from accounts.models import User
from collaborators.models import Side
from jobs.actions.payments import record_payment, reverse_payment
from jobs.models import Candidate, Job, Payment
from partners.models import Partner
from stores.models import Store
from tests.factories import (
    CandidateFactory,
    JobFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
)
from tests.sessions import signed_in


@dataclass
class Deal:
    """Atelier Nord works for Maison Lavande; Studio Vif was asked too and was not hired."""

    job: Job
    people: dict[str, User] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.job.store

    @property
    def partner(self) -> Partner:
        assert self.job.partner
        return self.job.partner

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    def client(self, user: User) -> Client:
        """Everybody is signed in from the beginning: signing in writes."""
        return self.clients[user.pk]

    def by(self, side: Side) -> User:
        return self["member"] if side is Side.PARTNER else self["manager"]

    def record(self, amount: int = 60_000, *, side: Side = Side.PARTNER, day: date | None = None, **change) -> Payment:
        terms = {"currency": self.job.currency, "paid_on": day or timezone.localdate(), "by": self.by(side), **change}
        return record_payment(self.job, side=side, amount=amount, **terms)

    def reverse(self, payment: Payment, **change) -> Payment:
        side = change.pop("side", payment.side)
        return reverse_payment(payment, side=side, by=change.pop("by", self.by(side)))

    def sums(self) -> tuple[int, int]:
        """Received and paid, as kept with the job."""
        return Job.objects.values_list("received", "paid").get(pk=self.job.pk)

    def path(self, side: Side, more: str = "", *, slug: str = "atelier-nord") -> str:
        place = "store/maison-lavande" if side is Side.STORE else f"partner/{slug}"
        return f"/{place}/jobs/{self.job.public_id}/{more}"

    def api(self, side: Side, more: str = "") -> str:
        return f"/api/v1{self.path(side, more).replace('/store/', '/stores/').replace('/partner/', '/partners/')}"


def make_deal(**of_job) -> Deal:
    def person(name: str) -> User:
        return UserFactory.create(name=name, email=f"{name.replace(' ', '-').lower()}@people.example")

    store = StoreFactory.create(name="Maison Lavande", handle="maison-lavande", owner=person("Owner"))
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    job = JobFactory.create(**{"store": store, "partner": partner, "in_progress": True, **of_job})
    people = {"owner": store.owner}
    people["manager"] = StaffFactory.create(store=store, user=person("Manager"), key="store_manager").user
    people["clerk"] = StaffFactory.create(store=store, user=person("Clerk")).user
    people["partner_owner"] = MembershipFactory.create(partner=partner, user=person("Ines"), owner=True).user
    right = {"permissions": ["manage_jobs"]}
    people["member"] = MembershipFactory.create(partner=partner, user=person("Lea"), **right).user
    people["member_without"] = MembershipFactory.create(partner=partner, user=person("Tom"), stores=True).user
    other = PartnerFactory.create(name="Studio Vif", slug="studio-vif")
    people["not_hired"] = MembershipFactory.create(partner=other, user=person("Vera"), owner=True).user
    CandidateFactory.create(job=job, partner=other, status=Candidate.Status.CLOSED, waits_until=None)
    people["stranger"] = person("Stranger")
    people["operator"] = UserFactory.create(name="Operator", is_staff=True, is_superuser=True)
    return Deal(job, people, {user.pk: signed_in(user) for user in people.values()})

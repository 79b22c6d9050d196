"""Track records: counted with the act, and the same from scratch."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.template.loader import render_to_string
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from accounts.errors import Sentence
from collaborators.models import Side
from jobs.models import Candidate, CompletionRequest, Job, Payment
from jobs.track_records import count_answer, rebuild_partner, rebuild_store
from partners.models import Partner, TrackRecord
from stores.models import Store, StoreTrackRecord
from tests.factories import (
    AccessRequestFactory,
    CandidateFactory,
    CompletionRequestFactory,
    MembershipFactory,
    StoreFactory,
)
from tests.jobs.acts import Acts
from tests.jobs.paying import Deal, make_deal
from tests.races import together

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOTHING = {"jobs_completed": 0, "first_time_approvals": 0, "answers": 0, "seconds_to_answer": 0}
acts = Acts()


@pytest.fixture
def deal() -> Deal:
    return make_deal()


def of_partner(partner: Partner) -> dict[str, int]:
    return TrackRecord.objects.filter(partner=partner).values(*NOTHING).first() or NOTHING


def of_store(store: Store) -> tuple[int, int, int]:
    row = StoreTrackRecord.objects.filter(store=store).first()
    return (row.jobs_completed, row.answered_by_people, row.answered_by_the_clock) if row else (0, 0, 0)


def asked(deal: Deal) -> CompletionRequest:
    return CompletionRequestFactory.create(job=deal.job, requested_by=deal["member"])


def are_as_from_scratch(deal: Deal) -> bool:
    return not rebuild_partner(deal.partner.pk) and not rebuild_store(deal.store.pk)


# --- What counts ----------------------------------------------------------------------------------------------------


def test_a_completion_counts_on_both_sides(deal):
    acts.approve(asked(deal), by=deal["manager"], at=NOON)
    assert of_partner(deal.partner) == NOTHING | {"jobs_completed": 1, "first_time_approvals": 1}
    assert of_store(deal.store) == (1, 1, 0)
    assert are_as_from_scratch(deal)


def test_a_declined_request_before_it_is_no_first_time_approval(deal):
    acts.decline(asked(deal), by=deal["manager"], at=NOON)
    assert (of_partner(deal.partner), of_store(deal.store)) == (NOTHING, (0, 0, 0))
    acts.approve(asked(deal), by=deal["manager"], at=NOON)
    assert of_partner(deal.partner) == NOTHING | {"jobs_completed": 1}
    assert of_store(deal.store) == (1, 2, 0)
    assert are_as_from_scratch(deal)


def test_one_that_the_partner_withdrew_before_it_says_nothing(deal):
    acts.withdraw(asked(deal), by=deal["member"], at=NOON)
    acts.approve(asked(deal), by=deal["manager"], at=NOON)
    assert of_partner(deal.partner)["first_time_approvals"] == 1
    assert of_store(deal.store) == (1, 1, 0)


def test_the_clock_completes_but_approves_nothing_at_first(deal):
    acts.approve(asked(deal), by=None, at=NOON)
    assert of_partner(deal.partner) == NOTHING | {"jobs_completed": 1}
    assert of_store(deal.store) == (1, 0, 1)
    assert are_as_from_scratch(deal)


def test_what_an_owner_decides_about_their_own_partner_counts_nowhere(deal):
    MembershipFactory.create(partner=deal.partner, user=deal["owner"])
    acts.approve(asked(deal), by=deal["owner"], at=NOON)
    assert (of_partner(deal.partner), of_store(deal.store)) == (NOTHING, (0, 0, 0))
    assert are_as_from_scratch(deal)


@pytest.mark.parametrize("proposes", [True, False])
def test_the_first_answer_to_an_invitation_counts_with_its_time(proposes):
    candidate = CandidateFactory.create(invited_at=NOON)
    acts.answer(candidate, proposes=proposes, at=NOON + timedelta(hours=2, milliseconds=900))
    count_answer(candidate)  # once
    assert of_partner(candidate.partner) == NOTHING | {"answers": 1, "seconds_to_answer": 7_200}
    assert TrackRecord.objects.get().hours_to_answer == 2
    assert not rebuild_partner(candidate.partner_id)


def test_an_answer_to_oneself_is_none():
    candidate = CandidateFactory.create(invited_at=NOON)
    MembershipFactory.create(partner=candidate.partner, user=candidate.invited_by, owner=True)
    acts.answer(candidate, proposes=True, at=NOON)
    assert of_partner(candidate.partner) == NOTHING
    candidate.partner.memberships.all().delete()  # what was decided then stays
    assert not rebuild_partner(candidate.partner_id)


def test_a_lapse_and_a_proposal_that_nobody_asked_for_are_no_answers():
    lapsed = CandidateFactory.create(invited_at=NOON)
    acts.lapse(lapsed, at=NOON + timedelta(hours=72))
    CandidateFactory.create(partner=lapsed.partner, proposed=True, invited_at=None, invited_by=None)
    assert of_partner(lapsed.partner) == NOTHING
    assert not rebuild_partner(lapsed.partner_id)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({}, "No job completed yet"),
        ({"jobs_completed": 1, "first_time_approvals": 1}, "1 job completed · 1 approved at first"),
        (
            {"jobs_completed": 12, "first_time_approvals": 10, "answers": 2, "seconds_to_answer": 2 * 86_400},
            "12 jobs completed · 10 approved at first · answers within a day",
        ),
        ({"answers": 1}, "No job completed yet · answers within an hour"),
        ({"answers": 2, "seconds_to_answer": 2 * 7_201}, "No job completed yet · answers within 3 hours"),
        ({"answers": 1, "seconds_to_answer": 86_401}, "No job completed yet · answers within 2 days"),
    ],
)
def test_a_track_record_reads_in_words(figures, words):
    assert render_to_string("partners/_track_record.html", {"record": TrackRecord(**figures)}).strip() == words


def test_the_partner_sees_its_own_and_the_store_that_of_who_asks(deal):
    TrackRecord.objects.create(partner=deal.partner, jobs_completed=12, first_time_approvals=10)
    words = "12 jobs completed · 10 approved at first"
    assert words in deal.client(deal["partner_owner"]).get("/partner/atelier-nord/settings/").content.decode()
    asked = AccessRequestFactory.create(store=deal.store, partner=deal.partner)
    page = f"/store/maison-lavande/settings/users/collaborators/requests/{asked.public_id}/"
    assert words in deal.client(deal["manager"]).get(page).content.decode()
    asked.partner.track_record.delete()
    assert "No job completed yet" in deal.client(deal["manager"]).get(page).content.decode()


# --- From scratch ---------------------------------------------------------------------------------------------------


def test_the_command_puts_wrong_figures_right_and_leaves_right_ones(deal):
    acts.approve(asked(deal), by=deal["manager"], at=NOON)
    right = (of_partner(deal.partner), of_store(deal.store))
    TrackRecord.objects.update(jobs_completed=7)
    StoreTrackRecord.objects.all().delete()
    said = StringIO()
    call_command("rebuild_track_records", stdout=said)
    assert said.getvalue().splitlines() == [
        f"partners: {Partner.objects.count()} looked at, 1 put right",
        f"stores: {Store.objects.count()} looked at, 1 put right",
    ]
    assert (of_partner(deal.partner), of_store(deal.store)) == right
    again = StringIO()
    call_command("rebuild_track_records", stdout=again)
    assert again.getvalue().count(" 0 put right") == 2


@pytest.mark.django_db(transaction=True)
def test_it_may_run_while_jobs_are_completed(monkeypatch):
    """A completion in the midst of a rebuild waits for it, or the rebuild for the completion: nothing counts twice."""
    deals = [make_deal()]
    deal = deals[0]
    requests = [asked(deal)]
    rebuild: Callable[[], bool] = lambda: rebuild_partner(deal.partner.pk)  # noqa: E731
    results = together([lambda: acts.approve(requests[0], by=deal["manager"], at=NOON), rebuild, rebuild])
    assert not [result for result in results if isinstance(result, Exception)]
    assert of_partner(deal.partner)["jobs_completed"] == 1
    assert are_as_from_scratch(deal)


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("track_record_first_time_of_completed", "UPDATE partners_trackrecord SET first_time_approvals = 2"),
        ("partners_trackrecord_jobs_completed_check", "UPDATE partners_trackrecord SET jobs_completed = -1"),
        ("store_record_clock_of_completed", "UPDATE stores_storetrackrecord SET answered_by_the_clock = 2"),
    ],
)
def test_the_database_refuses_figures_that_cannot_be(deal, name, statement):
    acts.approve(asked(deal), by=deal["manager"], at=NOON)
    with pytest.raises(DatabaseError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- Whatever happens -----------------------------------------------------------------------------------------------

ACTIONS = 500
done: list[str] = []


class Jobs(RuleBasedStateMachine):
    """Two stores, three partners, and anybody doing anything. What may not be done is refused and changes nothing."""

    @initialize()
    def begin(self):
        self.around = transaction.atomic()
        self.around.__enter__()
        self.at = NOON
        self.stores = [StoreFactory.create(), StoreFactory.create(currency="JPY")]
        self.members = [MembershipFactory.create(owner=True) for _ in range(3)]
        for store in self.stores:
            for member in self.members:
                acts.invite(acts.post(store, at=self.at), member.partner, at=self.at)
        # The second store's owner belongs to the third partner: what they decide about it does not count.
        MembershipFactory.create(partner=self.members[2].partner, user=self.stores[1].owner, owner=True)

    def one(self, rows, number: int):
        """One of them, or None where there are none."""
        rows = rows.order_by("pk")
        count = rows.count()
        return rows[number % count] if count else None

    def job(self, number: int) -> Job | None:
        return self.one(Job.objects.filter(store__in=self.stores), number)

    def candidate(self, number: int) -> Candidate | None:
        return self.one(Candidate.objects.filter(job__store__in=self.stores), number)

    def completion(self, number: int) -> CompletionRequest | None:
        return self.one(CompletionRequest.objects.filter(job__store__in=self.stores), number)

    def do(self, name: str, thing, act: Callable) -> None:
        if thing is None:
            return
        self.at += timedelta(minutes=7)
        done.append(name)
        try:
            with transaction.atomic():
                act(thing)
        except Sentence:
            pass

    def member_of(self, job: Job):
        return next((member.user for member in self.members if member.partner_id == job.partner_id), None)

    NUMBER = st.integers(0, 30)

    @rule(number=NUMBER)
    def post(self, number):
        self.do("post", self.stores[number % 2], lambda store: acts.post(store, at=self.at))

    @rule(number=NUMBER, which=st.integers(0, 2))
    def invite(self, number, which):
        partner = self.members[which].partner
        self.do("invite", self.job(number), lambda job: acts.invite(job, partner, at=self.at))

    @rule(number=NUMBER, proposes=st.booleans())
    def answer(self, number, proposes):
        self.do("answer", self.candidate(number), lambda row: acts.answer(row, proposes=proposes, at=self.at))

    @rule(number=NUMBER)
    def lapse(self, number):
        self.do("lapse", self.candidate(number), lambda row: acts.lapse(row, at=self.at))

    @rule(number=NUMBER, price=st.one_of(st.none(), st.integers(1, 10**6)))
    def hire(self, number, price):
        self.do("hire", self.candidate(number), lambda row: acts.hire(row, price=price, at=self.at))

    @rule(number=NUMBER, side=st.sampled_from(list(Side)), amount=st.integers(-1, 10**6))
    def record(self, number, side, amount):
        def act(job):
            by = job.store.owner if side is Side.STORE else self.member_of(job) or job.store.owner
            acts.record(job, side, amount, by=by)

        self.do("record", self.job(number), act)

    @rule(number=NUMBER)
    def reverse(self, number):
        payment = self.one(Payment.objects.filter(job__store__in=self.stores), number)

        def act(payment):
            by = payment.job.store.owner if payment.side is Side.STORE else self.member_of(payment.job)
            acts.reverse(payment, by=by)

        self.do("reverse", payment, act)

    @rule(number=NUMBER)
    def ask_completion(self, number):
        job = self.job(number)
        self.do("ask", job, lambda job: acts.ask_completion(job, by=job.store.owner, at=self.at))

    @rule(number=NUMBER, how=st.sampled_from(["approve", "clock", "decline", "withdraw"]))
    def decide(self, number, how):
        def act(completion):
            by = completion.job.store.owner
            if how in {"approve", "clock"}:
                acts.approve(completion, by=None if how == "clock" else by, at=self.at)
            else:
                getattr(acts, how)(completion, by=by, at=self.at)

        self.do(how, self.completion(number), act)

    @rule(number=NUMBER)
    def cancel(self, number):
        self.do("cancel", self.job(number), lambda job: acts.cancel(job, by=job.store.owner, at=self.at))

    def teardown(self):
        try:
            self.check()
        finally:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    def check(self):
        """What was counted act by act is what comes out from scratch."""
        assert not any(rebuild_partner(member.partner_id) for member in self.members)
        assert not any(rebuild_store(store.pk) for store in self.stores)
        for job in Job.objects.filter(store__in=self.stores).prefetch_related("payments"):
            for kind in Payment.Kind:
                assert getattr(job, kind.value) == sum(row.signed for row in job.payments.all() if row.kind == kind)


def test_after_500_random_actions_the_figures_are_those_from_scratch():
    done.clear()
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Jobs,
        settings=settings(
            max_examples=12,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=checks,
        ),
    )
    assert len(done) >= ACTIONS
    assert {"hire", "approve", "clock", "decline", "record", "reverse", "cancel"} <= set(done)

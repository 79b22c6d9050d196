"""Track records: counted with the act, and the same from scratch."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from accounts.errors import Sentence
from collaborators.models import Side
from jobs.actions.completions import approve_completion
from jobs.models import Candidate, CompletionRequest, Job, Payment, Proposal
from jobs.track_records import count_answer, rebuild_partner, rebuild_store
from partners.models import Partner, TrackRecord
from stores.models import Store, StoreTrackRecord
from tests.factories import (
    AccessRequestFactory,
    CandidateFactory,
    CollaborationFactory,
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
    acts.clock(at=asked(deal).deadline)
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
    candidate = CandidateFactory.create(partner=MembershipFactory.create(owner=True).partner, invited_at=NOON)
    acts.answer(candidate, proposes=proposes, at=NOON + timedelta(hours=2, milliseconds=900))
    candidate.refresh_from_db()
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
    acts.lapse(at=lapsed.waits_until)
    lapsed.refresh_from_db()
    assert lapsed.status == Candidate.Status.LAPSED
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
def test_it_may_run_while_jobs_are_completed():
    """A completion in the midst of a rebuild waits for it, or the rebuild for the completion: nothing counts twice."""
    deal = make_deal()
    completion = asked(deal)
    rebuild: Callable[[], bool] = lambda: rebuild_partner(deal.partner.pk)  # noqa: E731
    approve = lambda: approve_completion(completion, by=deal["manager"])  # noqa: E731
    results = together([approve, rebuild, rebuild])
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
held: Counter[str] = Counter()
refused: Counter[str] = Counter()
KINDS = ["decide", "ask", "record", "hire", "answer", "decide", "ask", "reverse", "record", "invite", "cancel", "post"]
PENDING = CompletionRequest.Status.PENDING


class Jobs(RuleBasedStateMachine):
    """Two stores, three partners, and anybody doing anything. What may not be done is refused and changes nothing."""

    @initialize()
    def begin(self):
        self.around = transaction.atomic()
        self.around.__enter__()
        self.at = NOON
        self.stores = [StoreFactory.create(), StoreFactory.create(currency="JPY")]
        self.members = [MembershipFactory.create(owner=True) for _ in range(3)]
        self.partners = [member.partner for member in self.members]
        for store in self.stores:
            for partner in self.partners:
                CollaborationFactory.create(store=store, partner=partner)
                job = acts.post(store, [partner], at=self.at)
                acts.answer(job.candidates.get(), proposes=True, price=1, at=self.at)
                acts.hire(Proposal.objects.latest("pk"), at=self.at)
        # The second store's owner belongs to the third partner: what they decide about it does not count.
        MembershipFactory.create(partner=self.partners[2], user=self.stores[1].owner, owner=True)

    def one(self, rows: QuerySet, number: int, *fit: Q, **also):
        """Mostly one with which it can be done, sometimes any; None where there are none."""
        rows = rows.order_by("pk") if number % 7 == 6 else rows.filter(*fit, **also).order_by("pk")
        count = rows.count()
        return rows[number % count] if count else None

    def job(self, number: int, *fit: Q, **also) -> Job | None:
        return self.one(Job.objects.filter(store__in=self.stores), number, *fit, **also)

    def candidate(self, number: int, **fit) -> Candidate | None:
        return self.one(Candidate.objects.filter(job__store__in=self.stores), number, **fit)

    def do(self, name: str, thing, act: Callable) -> bool:
        """False where there is nothing with which it could be done."""
        if thing is None:
            return False
        try:
            with transaction.atomic():
                act(thing)
        except Sentence:
            refused[name] += 1
        else:
            held[name] += 1
        return True

    def member_of(self, job: Job):
        members = [member.user for member in self.members if member.partner_id == job.partner_id]
        return members[0] if members else job.store.owner

    def by(self, side: Side, job: Job):
        return job.store.owner if side is Side.STORE else self.member_of(job)

    @rule(kind=st.integers(0, len(KINDS) - 1), number=st.integers(0, 30), how=st.integers(0, 59))
    def act(self, kind, number, how):
        """One of them, or the next that can be done. Now and then time passes first, and beat runs or does not: whoever
        comes then meets what nothing swept."""
        self.at += timedelta(minutes=7)
        if how % 12 == 11:
            self.at += timedelta(days=(1, 4, 14)[number % 3])
            if how % 24 == 11:
                acts.lapse(at=self.at)
                acts.clock(at=self.at)
        for name in [*KINDS[kind:], *KINDS[:kind]]:
            if getattr(self, name)(number, how):
                return

    def post(self, number, how):
        partners = self.partners[: how % 3 + 1]
        return self.do("post", self.stores[number % 2], lambda store: acts.post(store, partners, at=self.at))

    def invite(self, number, how):
        over = [status for status in Candidate.Status if status not in {*Candidate.WAITING, "hired", "closed"}]
        row = self.candidate(number, status__in=over, job__status=Job.Status.OPEN)
        return self.do("invite", row, lambda row: acts.invite(row, at=self.at))

    def answer(self, number, how):
        row = self.candidate(number, status="invited")
        terms = {"proposes": how % 4 > 0, "price": how * 100 if how % 3 else None}
        return self.do("answer", row, lambda row: acts.answer(row, **terms, at=self.at))

    def hire(self, number, how):
        row = self.one(Proposal.objects.filter(candidate__job__store__in=self.stores), number, status="pending")
        return self.do("hire", row, lambda row: acts.hire(row, at=self.at))

    def record(self, number, how):
        job = self.job(number, status__in=[Job.Status.IN_PROGRESS, Job.Status.COMPLETED])
        side, amount = list(Side)[how % 2], (how + 1) * 700 if how != 7 else -7
        return self.do("record", job, lambda job: acts.record(job, side, amount, by=self.by(side, job), at=self.at))

    def reverse(self, number, how):
        rows = Payment.objects.filter(job__store__in=self.stores)
        payment = self.one(rows, number, reverses=None, reversal=None)
        return self.do("reverse", payment, lambda row: acts.reverse(row, by=self.by(row.side, row.job), at=self.at))

    def ask(self, number, how):
        may_ask = (Q(received__gt=0) | Q(is_free=True)) & ~Q(completions__status=PENDING)
        job = self.job(number, may_ask, status=Job.Status.IN_PROGRESS)
        return self.do("ask", job, lambda job: acts.ask_completion(job, by=self.member_of(job), at=self.at))

    def decide(self, number, how):
        name = ("approve", "decline", "withdraw", "approve")[how % 4]

        def act(completion):
            by = self.by(Side.PARTNER if name == "withdraw" else Side.STORE, completion.job)
            getattr(acts, name)(completion, by=by, at=self.at)

        rows = CompletionRequest.objects.filter(job__store__in=self.stores)
        return self.do(name, self.one(rows, number, status=PENDING), act)

    def cancel(self, number, how):
        job = self.job(number, status=Job.Status.OPEN) if how % 3 == 0 else None
        return self.do("cancel", job, lambda job: acts.cancel(job, by=job.store.owner, at=self.at))

    def teardown(self):
        try:
            self.check()
        finally:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    def check(self):
        """What was counted act by act is what comes out from scratch."""
        by_the_clock = Q(status="approved", decided_by=None)
        held["clock"] += CompletionRequest.objects.filter(by_the_clock, job__store__in=self.stores).count()
        held["counted"] += sum(TrackRecord.objects.values_list("jobs_completed", flat=True))
        assert not any(rebuild_partner(partner.pk) for partner in self.partners)
        assert not any(rebuild_store(store.pk) for store in self.stores)
        for job in Job.objects.filter(store__in=self.stores).prefetch_related("payments"):
            for kind in Payment.Kind:
                assert getattr(job, kind.value) == sum(row.signed for row in job.payments.all() if row.kind == kind)


WHAT_PEOPLE_DO = {
    *("post", "invite", "answer", "hire", "cancel"),
    *("record", "reverse", "ask", "approve", "decline", "withdraw"),
}


@pytest.mark.slow
def test_after_500_random_actions_the_figures_are_those_from_scratch():
    held.clear()
    refused.clear()
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Jobs,
        settings=settings(
            max_examples=10,
            stateful_step_count=72,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=checks,
        ),
    )
    assert sum(held[name] for name in WHAT_PEOPLE_DO) >= ACTIONS, (held, refused)
    assert all(held[name] for name in [*WHAT_PEOPLE_DO, "clock", "counted"]), held
    assert refused

"""The partner says that a job is done; the store approves, or says what is missing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.errors import NotAllowed
from collaborators.models import Side
from jobs.actions import completions
from jobs.errors import (
    CompletionExtended,
    CompletionMovedOn,
    JobMovedOn,
    NoClock,
    NothingMissing,
    OwnPartnersJob,
    PaymentFirst,
    TooManyMissing,
)
from jobs.models import CompletionRequest, CompletionRules, Job, JobItem
from notifications.models import Event
from stores.models import Activity
from tests.factories import (
    CompletionRequestFactory,
    JobFactory,
    JobItemFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def job() -> Job:
    job = JobFactory.create(in_progress=True, received=180_000)
    MembershipFactory.create(partner=job.partner, owner=True)
    return job


@pytest.fixture
def completion(job) -> CompletionRequest:
    return CompletionRequestFactory.create(job=job, requested_by=asker(job))


def asker(job: Job):
    return job.partner.memberships.order_by("pk")[0].user


def topics() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("topic", flat=True))


def state() -> list:
    """All that an act of this file could change."""
    return [list(model.objects.order_by("pk").values()) for model in (Job, CompletionRequest, JobItem, Event, Activity)]


# --- Asking ---------------------------------------------------------------------------------------------------------


def test_a_request_waits_fourteen_days_and_is_told(job):
    completion = completions.request_completion(job, message="All live.", by=asker(job))
    assert (completion.status, completion.message) == ("pending", "All live.")
    assert completion.deadline == NOW + 14 * DAY
    assert completion.more_days == 7
    assert topics() == ["completion.requested"]
    assert Activity.objects.get().after == {"job": job.title}


def test_a_request_keeps_what_operators_say_when_it_is_sent(job):
    CompletionRules.objects.create(pk=1, days=3, more_days=2)
    completion = completions.request_completion(job, message="", by=asker(job))
    CompletionRules.objects.update(days=30, more_days=30, by_the_clock=False)
    completion.refresh_from_db()
    assert (completion.deadline, completion.more_days) == (NOW + 3 * DAY, 2)


def test_without_the_clock_a_request_waits_until_somebody_answers(job, frozen):
    CompletionRules.objects.create(pk=1, by_the_clock=False)
    completion = completions.request_completion(job, message="", by=asker(job))
    assert completion.deadline is None
    frozen.shift(100 * DAY)
    assert completion.is_pending
    with pytest.raises(NoClock):
        completions.extend_completion(completion, by=job.store.owner)
    completions.approve_completion(completion, by=job.store.owner)


def test_a_job_that_was_agreed_as_free_needs_no_payment():
    job = JobFactory.create(in_progress=True, is_free=True)
    by = MembershipFactory.create(partner=job.partner, permissions=["manage_jobs"]).user
    assert completions.request_completion(job, message="", by=by).is_pending


@pytest.mark.parametrize(
    ("traits", "refusal"),
    [
        ({"in_progress": True}, PaymentFirst),
        ({"completed": True, "received": 1}, JobMovedOn),
        ({"hired": True, "cancelled": True, "received": 1}, JobMovedOn),
        ({}, JobMovedOn),
    ],
    ids=["not paid", "completed", "cancelled", "open"],
)
def test_what_is_not_to_be_completed_is_refused(traits, refusal):
    job = JobFactory.create(**traits)
    by = MembershipFactory.create(partner=job.partner or PartnerFactory.create(), owner=True).user
    before = state()
    with pytest.raises(refusal) as refused:
        completions.request_completion(job, message="", by=by)
    assert str(refused.value)
    assert state() == before


def test_completing_twice_says_that_one_waits(job, completion):
    before = state()
    with pytest.raises(CompletionMovedOn) as refused:
        completions.request_completion(job, message="", by=asker(job))
    assert "waiting" in str(refused.value)
    assert state() == before


@pytest.mark.parametrize("who", ["member without", "other partner", "store owner", "operator"])
def test_only_who_manages_the_partners_jobs_asks_and_withdraws(job, completion, who):
    by = {
        "member without": lambda: MembershipFactory.create(partner=job.partner, stores=True).user,
        "other partner": lambda: MembershipFactory.create(owner=True).user,
        "store owner": lambda: job.store.owner,
        "operator": lambda: UserFactory.create(is_staff=True, is_superuser=True),
    }[who]()
    before = state()
    with pytest.raises(NotAllowed):
        completions.withdraw_completion(completion, by=by)
    CompletionRequest.objects.filter(pk=completion.pk).delete()
    with pytest.raises(NotAllowed):
        completions.request_completion(job, message="", by=by)
    CompletionRequest.objects.bulk_create([completion])
    assert state() == before


# --- Answering ------------------------------------------------------------------------------------------------------


def test_an_approval_completes_the_job_and_posts_it_once(job, completion):
    completions.approve_completion(completion, by=job.store.owner)
    job.refresh_from_db()
    assert (job.status, job.completed_at, job.is_counted) == ("completed", NOW, True)
    assert topics() == ["completion.approved", "job.completed", "review.invited"]
    assert Event.objects.get(topic="job.completed").payload == {
        "job": job.pk,
        "partner": job.partner_id,
        "store": job.store_id,
        "completion": completion.pk,
        "counted": 1,
    }


def test_a_decline_adds_what_is_missing_to_the_list_and_the_job_goes_on(job, completion):
    completions.decline_completion(completion, items=["Size guide", "Colours"], by=job.store.owner)
    rows = job.items.order_by("pk").values_list("text", "origin", "completion", "added_by")
    assert list(rows) == [
        ("Size guide", "decline", completion.pk, job.store.owner_id),
        ("Colours", "decline", completion.pk, job.store.owner_id),
    ]
    job.refresh_from_db()
    assert job.status == "in_progress"
    assert topics() == ["completion.declined"]
    again = completions.request_completion(job, message="Now it is.", by=asker(job))
    assert again.is_pending


def test_a_full_list_keeps_nobody_from_declining(job, completion):
    JobItemFactory.create_batch(100, job=job, added_by=asker(job))
    completions.decline_completion(completion, items=["One more"], by=job.store.owner)
    assert job.items.count() == 101


@pytest.mark.parametrize(("items", "refusal"), [([], NothingMissing), (["x"] * 21, TooManyMissing)])
def test_a_decline_names_between_one_and_twenty_things(job, completion, items, refusal):
    before = state()
    with pytest.raises(refusal):
        completions.decline_completion(completion, items=items, by=job.store.owner)
    assert state() == before


def test_a_withdrawn_request_can_be_sent_again(job, completion):
    completions.withdraw_completion(completion, by=asker(job))
    assert topics() == ["completion.withdrawn"]
    assert completions.request_completion(job, message="", by=asker(job)).is_pending


def test_the_store_takes_more_days_once(job, completion):
    completions.extend_completion(completion, by=job.store.owner)
    completions.extend_completion(completion, by=job.store.owner)  # a second click
    completion.refresh_from_db()
    assert completion.deadline == NOW + 21 * DAY
    assert topics() == ["completion.extended"]
    manager = StaffFactory.create(store=job.store, key="store_manager").user
    before = state()
    with pytest.raises(CompletionExtended) as refused:
        completions.extend_completion(completion, by=manager)
    assert job.store.owner.name in str(refused.value)
    assert state() == before


DECISIONS = {
    "approve": lambda completion, by: completions.approve_completion(completion, by=by),
    "decline": lambda completion, by: completions.decline_completion(completion, items=["Colours"], by=by),
    "extend": lambda completion, by: completions.extend_completion(completion, by=by),
}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS.keys())
@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("clerk", NotAllowed),
        ("partner owner", NotAllowed),
        ("other owner", NotAllowed),
        ("own manager", OwnPartnersJob),
    ],
)
def test_only_who_manages_the_stores_jobs_and_stands_apart_decides(job, completion, decide, who, refusal):
    def own_manager():
        manager = StaffFactory.create(store=job.store, key="store_manager").user
        MembershipFactory.create(partner=job.partner, user=manager)
        return manager

    by = {
        "clerk": lambda: StaffFactory.create(store=job.store).user,
        "partner owner": lambda: asker(job),
        "other owner": lambda: JobFactory.create().store.owner,
        "own manager": own_manager,
    }[who]()
    before = state()
    with pytest.raises(refusal):
        decide(completion, by)
    assert state() == before


def test_the_owner_decides_about_their_own_partner_and_nothing_counts_it(job, completion):
    MembershipFactory.create(partner=job.partner, user=job.store.owner)
    completions.approve_completion(completion, by=job.store.owner)
    job.refresh_from_db()
    assert job.is_counted is False
    assert Event.objects.get(topic="job.completed").payload["counted"] == 0


SIDES = {**DECISIONS, "withdraw": lambda completion, by: completions.withdraw_completion(completion, by=by)}
FIRST = {
    "approved": lambda completion, by: completions.approve_completion(completion, by=by),
    "declined": lambda completion, by: completions.decline_completion(completion, items=["Colours"], by=by),
    "withdrew": lambda completion, by: completions.withdraw_completion(completion, by=asker(completion.job)),
}


@pytest.mark.parametrize("then", SIDES.keys())
@pytest.mark.parametrize("first", FIRST.keys())
def test_who_comes_second_hears_who_decided_what_and_when(job, completion, first, then):
    FIRST[first](completion, job.store.owner)
    decided_by = CompletionRequest.objects.get().decided_by
    if then == "withdraw":
        second = MembershipFactory.create(partner=job.partner, owner=True).user
    else:
        second = StaffFactory.create(store=job.store, key="store_manager").user
    before = state()
    with pytest.raises(CompletionMovedOn) as refused:
        SIDES[then](completion, second)
    assert all(word in str(refused.value) for word in (decided_by.name, first, "6 May 2030, 12:00"))
    assert state() == before


@pytest.mark.parametrize(
    "decide", [*list(DECISIONS.values())[:2], SIDES["withdraw"]], ids=["approve", "decline", "withdraw"]
)
def test_the_same_decision_said_twice_is_answered_like_the_first_time(job, completion, decide):
    by = asker(job) if decide is SIDES["withdraw"] else job.store.owner
    decide(completion, by)
    before = state()
    decide(completion, by)
    assert state() == before


def test_another_list_is_another_decision(job, completion):
    completions.decline_completion(completion, items=["Colours"], by=job.store.owner)
    before = state()
    with pytest.raises(CompletionMovedOn):
        completions.decline_completion(completion, items=["Colours", "Sizes"], by=job.store.owner)
    assert state() == before


@pytest.mark.parametrize("side", Side)
def test_a_request_is_seen_by_both_sides_and_not_by_others_that_were_asked(job, completion, side):
    seen = CompletionRequest.objects.visible_to
    assert list(seen(job.store.owner if side is Side.STORE else asker(job))) == [completion]
    for stranger in (
        MembershipFactory.create(owner=True).user,
        MembershipFactory.create(partner=job.partner, stores=True).user,
        StaffFactory.create(store=job.store).user,
        UserFactory.create(is_staff=True, is_superuser=True),
    ):
        assert not seen(stranger).exists()

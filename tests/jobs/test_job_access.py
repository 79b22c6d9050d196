"""Access that belongs to a job ends with it; what another unfinished job holds too goes on."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.errors import NotAllowed
from collaborators import actions as collaborators
from collaborators import consequences
from collaborators import tasks as collaborators_tasks
from collaborators.models import Collaboration, Side
from jobs import tasks
from jobs.actions import completions, job_access
from jobs.errors import JobMovedOn, NoAccess, OwnPartnersJob
from jobs.models import Job, JobAccess
from notifications.models import Event
from stores.models import Activity
from tests.factories import (
    AccessRequestFactory,
    CollaborationFactory,
    CompletionRequestFactory,
    JobFactory,
    MembershipFactory,
    RoleFactory,
    StaffFactory,
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
    CollaborationFactory.create(partner=job.partner, store=job.store)
    return job


def collaboration() -> Collaboration:
    return Collaboration.objects.get()


def linked(job: Job) -> JobAccess:
    return job_access.link_access(job, by=job.store.owner)


def approve(job: Job, **days) -> None:
    completion = CompletionRequestFactory.create(job=job)
    completions.approve_completion(completion, by=job.store.owner, **days)


def events_of_access() -> list[dict]:
    return list(Event.objects.filter(topic__startswith="access.").values_list("payload", flat=True))


# --- Linking --------------------------------------------------------------------------------------------------------


def test_the_store_says_that_access_belongs_to_the_job_and_takes_that_back(job):
    for _ in range(2):
        assert linked(job).collaboration == collaboration()
    assert JobAccess.objects.count() == 1
    for _ in range(2):
        job_access.unlink_access(job, by=job.store.owner)
    assert not JobAccess.objects.exists()
    assert list(Activity.objects.order_by("pk").values_list("kind", flat=True)) == [
        "job_access.linked",
        "job_access.unlinked",
    ]


def only(*permissions: str):
    return lambda job: (
        StaffFactory.create(
            store=job.store, role=RoleFactory.create(store=job.store, permissions=list(permissions))
        ).user
    )


def own_manager(job: Job):
    user = StaffFactory.create(store=job.store, key="store_manager").user
    MembershipFactory.create(partner=job.partner, user=user)
    return user


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (only("jobs.view", "jobs.manage"), NotAllowed),
        (only("jobs.view", "users.view", "users.manage"), NotAllowed),
        (own_manager, OwnPartnersJob),
        (lambda job: job.partner.memberships.get().user, NotAllowed),
    ],
    ids=["manages jobs only", "manages users only", "belongs to the partner", "partner"],
)
def test_it_needs_both_rights_and_to_stand_apart(job, who, refusal):
    by = who(job)
    for act in (job_access.link_access, job_access.unlink_access):
        with pytest.raises(refusal):
            act(job, by=by)
    assert not JobAccess.objects.exists()
    assert not Activity.objects.exists()


def test_without_access_nothing_can_belong_to_the_job(job):
    collaborators.revoke(collaboration(), by=job.store.owner)
    with pytest.raises(NoAccess):
        linked(job)
    assert not JobAccess.objects.exists()


def test_access_belongs_to_work_that_goes_on(job):
    approve(job)
    for act in (job_access.link_access, job_access.unlink_access):
        with pytest.raises(JobMovedOn):
            act(job, by=job.store.owner)


def test_access_that_was_given_again_may_belong_to_the_job_too(job, client):
    """What the job held before is over, and hides nothing."""
    linked(job)
    collaborators.revoke(collaboration(), by=job.store.owner)
    again = CollaborationFactory.create(partner=job.partner, store=job.store)
    client.force_login(job.store.owner)
    page = f"/store/{job.store.handle}/jobs/{job.public_id}/"
    assert "Let it end with this job" in client.get(page).content.decode()
    client.post(f"{page}access/")
    assert "Let it go on after the job" in client.get(page).content.decode()
    approve(job)
    again.refresh_from_db()
    assert not again.is_active


# --- Ending ---------------------------------------------------------------------------------------------------------


def test_access_ends_at_once_with_the_job(job):
    linked(job)
    approve(job)
    ended = collaboration()
    assert (ended.ended_how, ended.ended_at, ended.is_active) == ("lapsed", NOW, False)
    assert JobAccess.objects.get().days_after == 0
    [payload] = events_of_access()
    assert payload["is_over"] == 1
    assert Activity.objects.get(kind="access.ends_with_job").actor == job.store.owner


def test_access_ends_after_the_days_that_were_picked(job, frozen):
    linked(job)
    approve(job, access_days=5)
    assert (collaboration().ends_at, collaboration().ended_at) == (NOW + 5 * DAY, None)
    frozen.move_to(NOW + 5 * DAY - timedelta(seconds=1))
    assert collaboration().is_active
    frozen.move_to(NOW + 5 * DAY)
    assert not collaboration().is_active
    collaborators_tasks.lapse()
    assert collaboration().ended_at == NOW + 5 * DAY


@pytest.mark.parametrize("late", [0, 2, 7, 30])
def test_after_the_clock_it_ends_seven_days_after_the_deadline_however_late_the_sweep(job, frozen, late):
    linked(job)
    completion = CompletionRequestFactory.create(job=job)
    frozen.move_to(completion.deadline + late * DAY)
    tasks.approve_completions()
    assert collaboration().ends_at == completion.deadline + 7 * DAY
    assert collaboration().is_active is (late < 7)
    [payload] = events_of_access()
    assert payload["is_over"] == int(late >= 7)


def test_an_end_that_comes_sooner_stays(job):
    Collaboration.objects.update(ends_at=NOW + 2 * DAY)
    linked(job)
    approve(job, access_days=5)
    assert collaboration().ends_at == NOW + 2 * DAY
    assert events_of_access() == []


def test_what_asked_for_more_is_closed_with_it(job):
    linked(job)
    more = AccessRequestFactory.create(
        partner=job.partner,
        store=job.store,
        more_of=collaboration(),
        held=collaboration().permissions,
        permissions=[*collaboration().permissions, "files.view"],
    )
    approve(job)
    more.refresh_from_db()
    assert more.status == "expired"


def test_access_that_does_not_belong_to_the_job_goes_on(job):
    approve(job)
    assert collaboration().is_active
    assert events_of_access() == []


def test_access_that_was_revoked_before_is_left_as_it_is(job):
    linked(job)
    collaborators.revoke(collaboration(), by=job.store.owner)
    approve(job)
    assert collaboration().ended_how == "revoked"
    assert Event.objects.filter(topic="access.ends_with_job").count() == 0


def test_what_another_unfinished_job_holds_too_ends_with_the_last_of_them(job):
    other = JobFactory.create(in_progress=True, received=1, store=job.store, partner=job.partner)
    linked(job)
    linked(other)
    approve(job)
    assert collaboration().is_active
    assert collaboration().ends_at is None
    approve(other)
    assert not collaboration().is_active


# --- Ending access in the middle of a job ---------------------------------------------------------------------------


def end(job: Job, side: Side):
    if side is Side.STORE:
        return collaborators.revoke(collaboration(), by=job.store.owner)
    return collaborators.leave(collaboration(), by=job.partner.memberships.get().user)


@pytest.mark.parametrize("side", Side)
def test_ending_access_leaves_the_job_standing(job, side):
    linked(job)
    end(job, side)
    job.refresh_from_db()
    assert job.status == "in_progress"


@pytest.mark.parametrize("side", Side)
def test_who_is_about_to_end_access_hears_what_it_means_for_the_job(job, side):
    reader = job.store.owner if side is Side.STORE else job.partner.memberships.get().user
    [told] = consequences.told(collaboration(), side=side, reader=reader)
    assert job.title in told.sentence
    assert str(job.public_id) in told.url
    end(job, side)
    assert consequences.told(collaboration(), side=side, reader=reader) == []


@pytest.mark.parametrize("side", Side)
def test_who_may_not_see_jobs_hears_how_many_there_are(job, side):
    JobFactory.create(in_progress=True, store=job.store, partner=job.partner)
    if side is Side.STORE:
        reader = only("users.view", "users.manage")(job)
    else:
        reader = MembershipFactory.create(partner=job.partner, stores=True).user
    [told] = consequences.told(collaboration(), side=side, reader=reader)
    assert told.url == ""
    assert told.sentence.startswith("2 jobs of this partner")
    assert job.title not in told.sentence


@pytest.mark.parametrize("traits", [{}, {"completed": True}, {"hired": True, "cancelled": True}])
def test_nothing_is_said_of_jobs_that_are_not_going_on(job, traits):
    Job.objects.all().update(status="completed", completed_at=NOW, is_counted=True)
    JobFactory.create(store=job.store, **traits)
    assert consequences.told(collaboration(), side=Side.STORE, reader=job.store.owner) == []


def test_the_page_where_access_is_revoked_says_so(job, client):
    client.force_login(job.store.owner)
    page = client.get(f"/store/{job.store.handle}/settings/users/collaborators/{collaboration().public_id}/")
    assert f"“{job.title}” stays in progress" in page.content.decode()


def test_the_page_where_the_partner_leaves_says_so(job, client):
    client.force_login(job.partner.memberships.get().user)
    page = client.get(f"/partner/{job.partner.slug}/stores/collaborations/{collaboration().public_id}/")
    assert f"“{job.title}” stays in progress" in page.content.decode()

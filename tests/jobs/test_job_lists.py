"""Lists of jobs: each job in exactly one tab for its reader, counts, search, pages both ways."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import tabs
from jobs.models import Candidate, Job, JobItem
from jobs.tabs import Tab
from tests.factories import (
    CandidateFactory,
    CompletionRequestFactory,
    JobFactory,
    JobItemFactory,
    MembershipFactory,
    StaffFactory,
    StoreFactory,
)
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

STATUS = Candidate.Status


@pytest.fixture
def store():
    return StoreFactory.create(name="Maison Lavande", handle="lavande")


@pytest.fixture
def member():
    """Owner of the partner that has a part in every job here."""
    return MembershipFactory.create(owner=True, partner__name="Atelier Nord", partner__slug="atelier")


@pytest.fixture
def jobs(store, member) -> dict[str, Job]:
    """A job in each state that there is, by what it is like."""
    partner, past = member.partner, timezone.now() - timedelta(seconds=1)
    made: dict[str, Job] = {}

    def asked(name: str, **candidate) -> None:
        made[name] = JobFactory.create(store=store, title=name)
        CandidateFactory.create(job=made[name], partner=partner, **candidate)

    def hired(name: str, **job) -> Job:
        made[name] = JobFactory.create(store=store, title=name, partner=partner, **job)
        return made[name]

    asked("invited")
    asked("invited, past its time", waits_until=past)
    asked("proposed", proposed=True)
    asked("proposed, past its time", proposed=True, waits_until=past)
    for status in (STATUS.PASSED, STATUS.TURNED_DOWN, STATUS.WITHDRAWN, STATUS.LAPSED):
        asked(status.value, status=status, waits_until=None)
    asked("hired another", status=STATUS.CLOSED, waits_until=None)
    other = JobFactory.create(store=store, title="another's", in_progress=True)
    CandidateFactory.create(job=other, partner=partner, status=STATUS.CLOSED, waits_until=None)
    made["another's"] = other

    hired("in progress", in_progress=True)
    CompletionRequestFactory.create(job=hired("said to be done", in_progress=True))
    overdue = hired("done, past its deadline", in_progress=True)
    CompletionRequestFactory.create(job=overdue, deadline=past)
    for name, done_at in (("declined", None), ("declined, done by now", timezone.now())):
        job = hired(name, in_progress=True)
        declined = CompletionRequestFactory.create(job=job, declined=True)
        ticked = {"done_at": done_at, "done_by": member.user} if done_at else {}
        JobItemFactory.create(job=job, origin=JobItem.Origin.DECLINE, completion=declined, **ticked)
    hired("completed", completed=True)
    hired("cancelled", in_progress=True)
    Job.objects.filter(pk=made["cancelled"].pk).update(
        status="cancelled", cancelled_at=past, cancelled_by=store.owner, cancelled_side="store", cancel_reason="No"
    )
    return made


EXPECTED = {  # the store's tab, the partner's tab
    "invited": (Tab.WAITING, Tab.TO_ANSWER),
    "invited, past its time": (Tab.WAITING, Tab.CANCELLED),
    "proposed": (Tab.TO_ANSWER, Tab.WAITING),
    "proposed, past its time": (Tab.WAITING, Tab.CANCELLED),
    "passed": (Tab.WAITING, Tab.CANCELLED),
    "turned_down": (Tab.WAITING, Tab.CANCELLED),
    "withdrawn": (Tab.WAITING, Tab.CANCELLED),
    "lapsed": (Tab.WAITING, Tab.CANCELLED),
    "hired another": (Tab.WAITING, Tab.CANCELLED),
    "another's": (Tab.IN_PROGRESS, Tab.CANCELLED),
    "in progress": (Tab.IN_PROGRESS, Tab.IN_PROGRESS),
    "said to be done": (Tab.TO_ANSWER, Tab.WAITING),
    "done, past its deadline": (Tab.COMPLETED, Tab.COMPLETED),
    "declined": (Tab.IN_PROGRESS, Tab.TO_ANSWER),
    "declined, done by now": (Tab.IN_PROGRESS, Tab.IN_PROGRESS),
    "completed": (Tab.COMPLETED, Tab.COMPLETED),
    "cancelled": (Tab.CANCELLED, Tab.CANCELLED),
}


def test_each_job_stands_in_exactly_one_tab_for_each_side_swept_or_not(store, member, jobs):
    assert jobs.keys() == EXPECTED.keys()
    for side, place in enumerate((store, member.partner)):
        rows = tabs.jobs_of(place)
        found = {tab: {job.title for job in tabs.in_tab(rows, place, tab)} for tab in Tab}
        expected = {tab: {jobs[name].title for name, both in EXPECTED.items() if both[side] == tab} for tab in Tab}
        assert found == expected
        assert tabs.counts(place) == {tab.value: len(titles) for tab, titles in expected.items()}


def test_the_page_of_each_tab_and_of_each_job_opens_on_both_sides(store, member, jobs):
    for user, start in ((store.owner, "/store/lavande/jobs/"), (member.user, "/partner/atelier/jobs/")):
        client = signed_in(user)
        for tab in Tab:
            assert client.get(f"{start}?tab={tab}").status_code == 200
        for job in jobs.values():
            response = client.get(f"{start}{job.public_id}/")
            assert response.status_code == 200, job.title
            assert job.title in response.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize(("some", "shown"), [(99, "99"), (100, "100"), (101, "100+")])
def test_a_tab_is_counted_exactly_up_to_a_hundred(store, some, shown):
    JobFactory.create_batch(some, store=store)
    text = signed_in(store.owner).get("/store/lavande/jobs/").content.decode()
    assert f'<span class="badge">{shown}</span>' in text


def test_it_is_searched_for_in_titles_and_in_the_name_of_the_other_side(store, member):
    ours = JobFactory.create(store=store, title="Size guide", partner=member.partner, in_progress=True)
    JobFactory.create(store=store, title="Checkout", in_progress=True)

    def found(user, path: str) -> list[str]:
        response = signed_in(user).get(path)
        return [line.job.title for line in response.context["lines"]]

    shop, atelier = "/store/lavande/jobs/?tab=in_progress&search=", "/partner/atelier/jobs/?tab=in_progress&search="
    assert found(store.owner, shop + "GUIDE") == found(store.owner, shop + "atelier") == [ours.title]
    assert found(member.user, atelier + "lavande") == found(member.user, atelier + "size") == [ours.title]
    assert found(store.owner, shop + "nothing") == []
    assert found(member.user, atelier + "checkout") == []  # another partner's
    assert found(member.user, atelier + "atelier") == []  # it knows its own name


@pytest.mark.parametrize("text", ["x" * 101, "a\u202eb", "\x00"])
def test_what_cannot_be_searched_for_is_said_beside_the_field(store, text):
    JobFactory.create(store=store)
    response = signed_in(store.owner).get("/store/lavande/jobs/", {"search": text})
    assert response.status_code in {400, 422}
    assert response.status_code == 400 or 'aria-invalid="true"' in response.content.decode()


def test_pages_go_on_and_back_within_a_tab(store):
    made = JobFactory.create_batch(120, store=store)
    client = signed_in(store.owner)

    def page(query: str) -> tuple[list[int], object]:
        response = client.get(f"/store/lavande/jobs/?tab=waiting&{query}")
        return [line.job.pk for line in response.context["lines"]], response.context["page"]

    first, here = page("")
    second, there = page(f"after={here.after}")
    third, last = page(f"after={there.after}")
    assert first + second + third == [job.pk for job in reversed(made)]
    assert last.after is None
    assert page(f"before={there.before}")[0] == first


def test_empty_lists_say_what_to_do_next(store, member):
    for user, path, sentence in (
        (store.owner, "/store/lavande/jobs/", "Describe what is to be done"),
        (member.user, "/partner/atelier/jobs/", "Propose one to a store you work for."),
    ):
        client = signed_in(user)
        assert sentence in client.get(path).content.decode()
    JobFactory.create(store=store)
    text = signed_in(store.owner).get("/store/lavande/jobs/?tab=completed").content.decode()
    assert "A job is completed when both sides say so." in text


def test_who_only_sees_jobs_is_offered_none_to_begin(store):
    viewer = StaffFactory.create(store=store).user
    response = signed_in(viewer).get("/store/lavande/jobs/")
    assert response.status_code == 403


def test_a_partner_that_was_not_hired_sees_nothing_of_who_was(store, member, jobs):
    another = jobs["another's"]
    Job.objects.filter(pk=another.pk).update(price=987_654, received=987_654)
    JobItemFactory.create(job=another, text="A secret item")
    text = signed_in(member.user).get(f"/partner/atelier/jobs/{another.public_id}/").content.decode()
    listed = signed_in(member.user).get("/partner/atelier/jobs/?tab=cancelled").content.decode()
    for page in (text, listed):
        assert another.partner.name not in page
        assert "9,876" not in page
        assert "In progress</span>" not in page
    assert "A secret item" not in text
    assert "Closed" in text


def test_the_file_holds_every_job_and_no_price_of_another(store, member, jobs):
    Job.objects.filter(pk=jobs["another's"].pk).update(price=987_654)
    Job.objects.filter(pk=jobs["in progress"].pk).update(title="=1+1")
    response = signed_in(member.user).get("/partner/atelier/jobs/export/")
    content = b"".join(response.streaming_content).decode()
    assert content.count("\r\n") == len(jobs) + 1
    assert "9876.54" not in content
    assert "'=1+1" in content
    content = b"".join(signed_in(store.owner).get("/store/lavande/jobs/export/").streaming_content).decode()
    assert content.count("\r\n") == len(jobs) + 1
    assert "9876.54" in content

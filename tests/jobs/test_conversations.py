"""Conversations about jobs: how long they are open, and how the page of the job shows them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from collaborators import conversations
from collaborators.errors import ConversationClosed
from collaborators.models import Message, Side
from jobs.models import Candidate, Job
from tests.factories import (
    CandidateFactory,
    JobFactory,
    MembershipFactory,
    MessageFactory,
    ProposalFactory,
    StoreFactory,
)
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

STATUS = Candidate.Status


@pytest.fixture
def member():
    return MembershipFactory.create(owner=True, partner__slug="atelier")


@pytest.fixture
def store():
    return StoreFactory.create(handle="shop")


def is_open(candidate: Candidate) -> bool:
    now = timezone.now()
    said = conversations.is_open(candidate.conversation, now)
    row = conversations.readable(candidate.job.store.owner, Side.STORE).get(pk=candidate.conversation_id)
    assert row.is_open == said  # one at a time or in a list
    return said


@pytest.mark.parametrize(
    ("status", "lapsed", "expected"),
    [
        (STATUS.INVITED, False, True),
        (STATUS.INVITED, True, False),
        (STATUS.PROPOSED, False, True),
        (STATUS.PROPOSED, True, True),  # it may propose again
        (STATUS.PASSED, None, False),
        (STATUS.TURNED_DOWN, None, True),
        (STATUS.WITHDRAWN, None, True),
        (STATUS.LAPSED, None, False),
        (STATUS.CLOSED, None, False),
    ],
)
def test_before_somebody_is_hired_it_is_open_while_there_is_something_to_agree(store, status, lapsed, expected):
    hours = -1 if lapsed else 1
    waits_until = None if lapsed is None else timezone.now() + timedelta(hours=hours)
    candidate = CandidateFactory.create(job__store=store, status=status, waits_until=waits_until)
    assert is_open(candidate) is expected


def test_who_proposed_before_may_propose_and_talk_again(store):
    candidate = CandidateFactory.create(job__store=store, status=STATUS.LAPSED, waits_until=None)
    ProposalFactory.create(candidate=candidate, status="lapsed", decided_at=timezone.now())
    assert is_open(candidate)


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ({"in_progress": True}, True),
        ({"completed": True}, True),
        ({"completed": True, "completed_at": timezone.now() - timedelta(days=29)}, True),
        ({"completed": True, "completed_at": timezone.now() - timedelta(days=31)}, False),
    ],
    ids=["in progress", "completed", "29 days ago", "31 days ago"],
)
def test_it_stays_open_for_a_month_after_the_job_is_completed(store, member, traits, expected):
    job = JobFactory.create(store=store, partner=member.partner, **traits)
    assert is_open(job.candidates.get()) is expected


def test_with_the_job_of_another_it_closes_and_a_cancelled_one_too(store, member):
    for traits in ({"in_progress": True}, {"cancelled": True}):
        candidate = CandidateFactory.create(
            job=JobFactory.create(store=store, **traits), status=STATUS.CLOSED, waits_until=None
        )
        assert not is_open(candidate)
        with pytest.raises(ConversationClosed):
            conversations.send(candidate.conversation, text="Hello", side=Side.STORE, by=store.owner)


def test_it_stands_in_the_page_of_the_job_and_leads_back_there(store, member):
    job = JobFactory.create(store=store, partner=member.partner, in_progress=True)
    talk = job.candidates.get().conversation
    for number in range(7):
        MessageFactory.create(conversation=talk, side=Side.PARTNER, author=member.user, text=f"Message {number}.")
    for user, start in ((store.owner, "/store/shop"), (member.user, "/partner/atelier")):
        client = signed_in(user)
        page = client.get(f"{start}/jobs/{job.public_id}/").content.decode()
        assert "Message 6." in page
        assert "Message 3." in page
        assert "Message 1." not in page
        address = f"{start}/conversations/{talk.public_id}/"
        assert f'href="{address}"' in page
        sent = client.post(address, {"text": "From the page", "from": "topic"})
        assert sent.url == f"{start}/jobs/{job.public_id}/#latest"
        full = client.get(address).content.decode()
        assert f'href="{start}/jobs/{job.public_id}/"' in full
        assert "manages jobs" in full
    assert Message.objects.filter(text="From the page").count() == 2


def test_the_store_has_a_conversation_for_each_candidate_and_a_candidate_its_own(store, member):
    job = JobFactory.create(store=store)
    mine = CandidateFactory.create(job=job, partner=member.partner)
    other = CandidateFactory.create(job=job, partner__name="Somebody Else")
    MessageFactory.create(conversation=other.conversation, text="Between us")
    page = signed_in(store.owner).get(f"/store/shop/jobs/{job.public_id}/").content.decode()
    for candidate in (mine, other):
        assert f"/store/shop/conversations/{candidate.conversation.public_id}/" in page
    page = signed_in(member.user).get(f"/partner/atelier/jobs/{job.public_id}/").content.decode()
    assert str(mine.conversation.public_id) in page
    assert str(other.conversation.public_id) not in page
    assert "Somebody Else" not in page
    assert "Between us" not in page
    assert Job.objects.get().candidates.count() == 2

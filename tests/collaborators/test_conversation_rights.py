"""What a conversation is about says who reads and writes it, on pages and in the API, and who is told of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import NotAllowed
from collaborators import conversations
from collaborators.conversation_views import TOPICS
from collaborators.models import RIGHTS, About, Conversation, Message, Reading, Side
from notifications.models import Event
from partners.models import Partner
from stores.models import Store
from tests.factories import (
    AccessRequestFactory,
    CandidateFactory,
    JobFactory,
    MembershipFactory,
    MessageFactory,
    PartnerFactory,
    RoleFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
    converse,
)
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

ABOUT = ("access", "job")
# Who has which right, and what they may do with a conversation of each kind: "" nothing, "r" read, "rw" write too.
PEOPLE = {
    (Side.STORE, "owner"): ("rw", "rw"),
    (Side.STORE, "users.view"): ("r", ""),
    (Side.STORE, "users.manage"): ("rw", ""),
    (Side.STORE, "jobs.view"): ("", "r"),
    (Side.STORE, "jobs.manage"): ("", "rw"),
    (Side.STORE, "orders.view"): ("", ""),
    (Side.PARTNER, "owner"): ("rw", "rw"),
    (Side.PARTNER, "manage_stores"): ("rw", ""),
    (Side.PARTNER, "manage_jobs"): ("", "rw"),
    (Side.PARTNER, "manage_team"): ("", ""),
}
EACH = pytest.mark.parametrize(
    ("side", "right", "about", "may"),
    [(*key, about, both[n]) for key, both in PEOPLE.items() for n, about in enumerate(ABOUT)],
)


@pytest.fixture
def store() -> Store:
    return StoreFactory.create(handle="shop")


@pytest.fixture
def partner() -> Partner:
    return MembershipFactory.create(partner=PartnerFactory.create(slug="agency"), owner=True).partner


@pytest.fixture
def talks(store, partner) -> dict[str, Conversation]:
    """One about a request for access, one about a job; in each of them both sides wrote."""
    access = converse(AccessRequestFactory.create(store=store, partner=partner))
    job = CandidateFactory.create(job=JobFactory.create(store=store), partner=partner).conversation
    for about, talk in (("access", access), ("job", job)):
        for side in Side:
            MessageFactory.create(conversation=talk, side=side, text=f"a secret about {about}")
    return {"access": access, "job": job}


def somebody(side: Side, right: str, store: Store, partner: Partner):
    if side is Side.PARTNER:
        rights = {"owner": True} if right == "owner" else {"permissions": [right]}
        return MembershipFactory.create(partner=partner, **rights).user
    if right == "owner":
        return store.owner
    verb = right.partition(".")[0] + ".view"
    return StaffFactory.create(store=store, role=RoleFactory.create(store=store, permissions=[verb, right])).user


def start(side: Side) -> str:
    return "/store/shop/conversations/" if side is Side.STORE else "/partner/agency/conversations/"


def api(side: Side) -> str:
    return "/api/v1/stores/shop/conversations/" if side is Side.STORE else "/api/v1/partners/agency/conversations/"


@EACH
def test_pages_open_and_take_messages_as_the_rights_say(store, partner, talks, side, right, about, may):
    client, talk = signed_in(somebody(side, right, store, partner)), talks[about]
    path, last = f"{start(side)}{talk.public_id}/", talk.messages.latest("pk")
    page = client.get(path)
    assert ("a secret about" in page.content.decode()) == ("r" in may)
    assert page.status_code == 200 if may else page.status_code in {403, 404}
    assert ("a secret about" in client.get(f"{path}newer/").content.decode()) == ("r" in may)
    client.post(f"{path}reading/", {"up_to": last.public_id})
    assert Reading.objects.filter(conversation=talk).exists() == ("r" in may)
    written = client.post(path, {"text": "Hello"})
    assert written.status_code == 302 if "w" in may else written.status_code in {403, 404}
    assert Message.objects.filter(text="Hello").exists() == ("w" in may)


@EACH
def test_the_api_lists_and_takes_messages_as_the_rights_say(store, partner, talks, side, right, about, may):
    client, talk = signed_in(somebody(side, right, store, partner)), talks[about]
    listed = client.get(api(side))
    assert (str(talk.public_id) in listed.content.decode()) == ("r" in may)
    path = f"{api(side)}{talk.public_id}/messages/"
    assert (client.get(path).status_code == 200) == ("r" in may)
    sent = client.post(path, {"text": "Hello"}, content_type="application/json")
    assert (sent.status_code == 201) == ("w" in may)
    assert Message.objects.filter(text="Hello").exists() == ("w" in may)


@EACH
def test_who_may_answer_is_told_and_nobody_else(store, partner, talks, side, right, about, may):
    person, talk = somebody(side, right, store, partner), talks[about]
    assert (person.pk in conversations.people_of(side, talk)) == ("w" in may)
    conversations.gather_unread(now=timezone.now() + timedelta(minutes=11))
    told = Event.objects.filter(
        topic=conversations.UNREAD, payload__conversation=talk.pk, payload__side=side, payload__reader=person.pk
    )
    assert told.exists() == ("w" in may)


@EACH
def test_the_action_asks_again(store, partner, talks, side, right, about, may):
    person = somebody(side, right, store, partner)
    if "w" in may:
        conversations.send(talks[about], text="Hello", side=side, by=person)
    else:
        with pytest.raises(NotAllowed):
            conversations.send(talks[about], text="Hello", side=side, by=person)
    assert Message.objects.filter(text="Hello").exists() == ("w" in may)


def test_who_is_on_both_sides_borrows_nothing_of_the_other(store, partner, talks):
    """A member who manages jobs, and of the store's staff sees users only: its jobs stay closed on the store's side."""
    person = UserFactory.create()
    MembershipFactory.create(partner=partner, user=person, permissions=["manage_jobs"])
    role = RoleFactory.create(store=store, permissions=["users.view", "users.manage"])
    StaffFactory.create(store=store, user=person, role=role)
    client = signed_in(person)
    for side, about, status in (
        (Side.STORE, "job", 404),
        (Side.STORE, "access", 200),
        (Side.PARTNER, "job", 200),
        (Side.PARTNER, "access", 404),
    ):
        assert client.get(f"{start(side)}{talks[about].public_id}/").status_code == status
        listed = client.get(api(side)).content.decode()
        assert (str(talks[about].public_id) in listed) == (status == 200)


def test_every_kind_of_thing_has_its_rights_and_its_page():
    assert set(RIGHTS) == set(TOPICS) == set(About)

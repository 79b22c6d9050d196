"""No word of another tenant in any answer of the API, and no borrowed row: the town of `test_isolation.py` again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from collaborators import actions, codes
from collaborators.models import AccessRequest, Collaboration, Conversation, ExpertInvitation, RequestCode
from jobs.models import Candidate
from notifications.models import Notification
from tests.config.test_addresses import Scene, writes
from tests.config.test_api_addresses import DESCRIPTION, OURS, TABLE, body_for, call
from tests.config.test_isolation import (
    CODES,
    Town,
    make_town,
    pass_the_end,
    remove_membership,
    remove_staff,
    signed_in,
    take_manage_stores,
    without_random_parts,
)
from tests.factories import CODE, MembershipFactory, StaffFactory

pytestmark = pytest.mark.django_db

LISTS_AND_ROWS = [address for address in OURS if (address.name, "GET") in TABLE and address.name not in DESCRIPTION]


def every_answer(town: Town) -> list[str]:
    """All addresses of all stores and partners, with all their objects."""
    names = [{"handle": store.handle, "slug": ""} for store in town.stores]
    names += [{"slug": partner.slug, "handle": ""} for partner in town.partners]
    rows, talks = (
        [
            {"handle": row.store.handle, "slug": row.partner.slug, "public_id": row.public_id}
            for model in models
            for row in model.objects.select_related("store", "partner")
        ]
        for models in ((AccessRequest, Collaboration), (Conversation,))
    )
    experts = ExpertInvitation.objects.select_related("store")
    rows += [{"handle": row.store.handle, "slug": "", "public_id": row.public_id} for row in experts]
    offers = [{"token": row.token} for row in experts]
    of_jobs = [
        {"handle": row.job.store.handle, "slug": row.partner.slug, "public_id": row.job.public_id}
        for row in Candidate.objects.select_related("job__store", "partner")
    ]
    paths: set[str] = set()
    for address in LISTS_AND_ROWS:
        of_rows = (
            talks if "conversations/<uuid:" in address.route else of_jobs if "jobs/<uuid:" in address.route else rows
        )
        choices = offers if "token" in address.parameters else of_rows if "public_id" in address.parameters else names
        paths |= {address.path(values) for values in choices if all(values[name] for name in address.parameters)}
    return sorted(paths)


@dataclass
class Read:
    town: Town
    answers: dict[tuple[str, str], str]  # by person and path


@pytest.fixture(scope="module")
def read(django_db_setup, django_db_blocker) -> Iterator[Read]:
    with django_db_blocker.unblock(), (around := transaction.atomic()):
        around._from_testcase = True  # reserving a guess commits for itself elsewhere
        town = make_town()
        for store, digits in zip(town.stores, CODES, strict=True):
            RequestCode.objects.filter(store=store).update(sealed=codes.seal(digits))
        clients = {person: signed_in(user) for person, user in town.people.items()} | {"signed_out": Client()}
        paths = every_answer(town)
        answers = {(who, path): clients[who].get(path).content.decode() for who in clients for path in paths}
        for path in (f"/api/v1/stores/{store.handle}/code/display/" for store in town.stores):  # looking is an act
            answers |= {(who, path): clients[who].post(path).content.decode() for who in clients}
        yield Read(town, answers)
        transaction.set_rollback(True)


def test_nobody_reads_a_word_that_is_not_for_them_in_any_answer(read):
    leaks = [
        f"{person} reads {word} at {path}"
        for (person, path), text in read.answers.items()
        for word, readers in read.town.readers.items()
        if word in text and person not in readers
    ]
    assert not leaks, "\n".join(leaks)


def test_every_word_that_the_api_tells_would_have_shown(read):
    """The negative control."""
    all_text = " ".join(read.answers.values())
    told = {word for word, readers in read.town.readers.items() if readers}
    assert {word for word in read.town.readers if word in all_text} == told


def test_a_request_code_is_read_by_those_who_manage_users_and_by_nobody_else(read):
    readers: dict[str, set[str]] = {digits: set() for digits in CODES}
    for (person, _path), text in read.answers.items():
        for digits in CODES:
            if digits in without_random_parts(text):
                readers[digits].add(person)
    assert readers == {"9731": {"owner", "manager"}, "9842": {"bruma_owner"}}


def test_before_the_answer_a_partner_learns_nothing_of_the_store_but_what_it_typed(read):
    """Not even its time zone: the asked end is a day, never an instant."""
    (nord, *_others), (lavande, _bruma) = read.town.partners, read.town.stores
    (row,) = json.loads(read.answers["nord_owner", f"/api/v1/partners/{nord.slug}/requests/"])["results"]
    assert row["store"] is None
    assert "ends_at" not in row
    assert lavande.name not in str(row)


# --- "Not yours" and "not there" -------------------------------------------------------------------------------------


def same_answer(client: Client, method: str, theirs: str, missing: str, body: object = None) -> None:
    began = writes()
    first, second = (call(client, method, path, body) for path in (theirs, missing))
    assert (first.status_code, second.status_code) == (404, 404), f"{method} {theirs}"
    assert first.content == second.content, f"{method} {theirs}"
    assert writes() == began, f"{method} {theirs} wrote something"


@pytest.mark.parametrize("person", ["other_owner", "partner_owner", "revoked", "ended", "operator"])
def test_anothers_store_and_no_store_are_the_same_answer(world, person):
    scene, client = Scene(world).invite(), signed_in(world.people[person])
    for address, method in _all("handle"):
        values = scene.values(address, "the store")
        theirs, missing = (address.path(values | {"handle": name}) for name in (world.store.handle, "no-store"))
        same_answer(client, method, theirs, missing, body_for(scene, address))


@pytest.mark.parametrize("person", ["other_partner_owner", "collaborator", "owner", "operator"])
def test_anothers_partner_and_no_partner_are_the_same_answer(world, person):
    scene, client = Scene(world).invite(), signed_in(world.people[person])
    for address, method in _all("slug"):
        values = scene.values(address, "the asking partner")
        theirs, missing = (address.path(values | {"slug": name}) for name in (world.asking.slug, "no-partner"))
        same_answer(client, method, theirs, missing, body_for(scene, address))


def test_anothers_object_and_no_object_are_the_same_answer_under_ones_own_name(world):
    """A row of this store, posted under the handle of a store that one owns; the same for partners."""
    scene, tried = Scene(world).invite(), 0
    for parameter, person in (("handle", "other_owner"), ("slug", "other_partner_owner")):
        client = signed_in(world.people[person])
        for address, method in _all(parameter):
            if "public_id" in address.parameters:
                values = {**scene.values(address, "the store"), "handle": "cafe-bruma", "slug": "pixel-co"}
                theirs, missing = address.path(values), address.path(values | {"public_id": uuid4()})
                same_answer(client, method, theirs, missing, body_for(scene, address))
                tried += 1
    assert tried > 10


def test_whoever_manages_two_places_cannot_act_for_one_under_the_name_of_the_other(world):
    both = world.people["other_owner"]
    scene, client = Scene(world).invite(), signed_in(both)  # before: nothing is handed over to one's own team
    StaffFactory.create(store=world.store, user=both, key="store_manager")
    for partner in (world.asking, world.working):
        MembershipFactory.create(partner=partner, user=both, owner=True)
    MembershipFactory.create(partner__slug="third", user=both, owner=True)
    for address, method in [*_all("handle"), *_all("slug")]:
        if "public_id" in address.parameters:
            values = {**scene.values(address, "the store"), "handle": "cafe-bruma", "slug": "third"}
            theirs, missing = address.path(values), address.path(values | {"public_id": uuid4()})
            same_answer(client, method, theirs, missing, body_for(scene, address))


def test_a_row_of_another_store_is_no_place_in_a_list(world):
    theirs = actions.request_access(
        world.asking,
        store_url="cafe-bruma",
        code=CODE,
        permissions=["products.view"],
        ends_on=None,
        message="",
        by=world.people["partner_owner"],
    )
    client = signed_in(world.store.owner)
    answers = [
        client.get("/api/v1/stores/maison-lavande/requests/", {"after": place}) for place in (theirs.public_id, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content


def _all(parameter: str) -> list:
    return [
        (address, method)
        for address in OURS
        for name, method in TABLE
        if name == address.name and parameter in address.parameters
    ]


# --- Doors close on the next request ---------------------------------------------------------------------------------

ACCESS = "/api/v1/stores/maison-lavande/access/"


@pytest.mark.parametrize(
    ("person", "close"),
    [
        ("collaborator", remove_membership),
        ("collaborator", take_manage_stores),
        ("collaborator", pass_the_end),
        ("manager", remove_staff),
    ],
)
def test_access_is_over_on_the_very_next_request(world, person, close):
    user = world.people[person]
    client = signed_in(user)
    assert client.get(ACCESS, {"permission": "orders.view"}).json() == {"allowed": True, "until": None}
    close(world, user)
    assert client.get(ACCESS, {"permission": "orders.view"}).status_code == 404


def test_access_says_until_when_and_no_longer_than_that(world):
    actions.change_end(world.collaboration, ends_on=timezone.localdate() + timedelta(days=30), by=world.store.owner)
    world.collaboration.refresh_from_db()
    ends_at = world.collaboration.ends_at
    client = signed_in(world.people["collaborator"])
    answer = client.get(ACCESS, {"permission": "orders.view"}).json()
    assert answer == {"allowed": True, "until": ends_at.isoformat().replace("+00:00", "Z")}
    assert client.get(ACCESS, {"permission": "orders.edit"}).json() == {"allowed": False, "until": None}
    everything = client.get(ACCESS).json()["permissions"]
    assert {row["permission"]: row["until"] for row in everything} == dict.fromkeys(
        ("orders.view", "products.view"), answer["until"]
    )
    with time_machine.travel(ends_at, tick=False):
        assert signed_in(world.people["collaborator"]).get(ACCESS).status_code == 404


def test_the_grant_that_lasts_longest_says_until_when(world):
    """A clerk who also belongs to the partner that works for the store."""
    clerk = world.people["staff_without_the_right"]
    actions.change_end(world.collaboration, ends_on=timezone.localdate() + timedelta(days=30), by=world.store.owner)
    MembershipFactory.create(partner=world.working, user=clerk, stores=True)
    client = signed_in(clerk)
    assert client.get(ACCESS, {"permission": "orders.view"}).json() == {"allowed": True, "until": None}


def test_an_operator_is_a_stranger_here_too(world):
    assert signed_in(world.people["operator"]).get(ACCESS, {"permission": "orders.view"}).status_code == 404


def test_anothers_notification_cannot_be_read(world):
    from notifications.models import Event

    event = Event.objects.create(topic="access.requested", dedupe_key="one", payload={"store": world.store.pk})
    theirs = Notification.objects.create(event=event, user=world.people["owner"], audience="store")
    client = signed_in(world.people["manager"])
    same_answer(client, "POST", *(f"/api/v1/notifications/{key}/reading/" for key in (theirs.public_id, uuid4())))
    assert client.get("/api/v1/notifications/").json()["results"] == []

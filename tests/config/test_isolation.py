"""Nobody where they don't belong: no word of another tenant, no borrowed right, and doors that close on the next click.

In `Town` every text of every tenant is a word of its own, and each word has its readers. Everybody walks every page.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from urllib.parse import quote
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from collaborators import actions, codes, conversations
from collaborators.models import AccessRequest, Collaboration, Conversation, ExpertInvitation, RequestCode, Side
from jobs.models import Candidate
from notifications import delivery
from notifications.models import Event, Notification
from partners import actions as teams
from partners.models import Membership, Partner, TeamInvitation
from stores import access
from stores import actions as stores
from stores.models import Domain, Role, Staff, StaffInvitation, Store
from stores.permissions import PERMISSIONS
from tests.config.test_addresses import (
    FORMS,
    METHODS,
    NO_SUCH_METHOD,
    OPERATORS,
    OURS,
    TABLE,
    Scene,
    fingerprint,
    send,
    writes,
)
from tests.factories import (
    CODE,
    CandidateFactory,
    DomainFactory,
    JobFactory,
    JobItemFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

# --- A town whose words all tell where they come from ---------------------------------------------------------------


@dataclass
class Town:
    """Two stores and four partners, all in the middle of something with the first store, made by real actions."""

    people: dict[str, User] = field(default_factory=dict)
    stores: list[Store] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)
    readers: dict[str, set[str]] = field(default_factory=dict)  # word: who may read it

    def word(self, name: str, readers: str) -> str:
        """A word found nowhere else, for these people only."""
        word = f"{name.replace('_', '')}x{len(self.readers):02}x"
        self.readers[word] = set(readers.split())
        return word

    def person(self, key: str, also_read_by: str = "", *, mailbox_read_by: str = "") -> User:
        name, mailbox = self.word(key, f"{key} {also_read_by}"), self.word("mailbox", f"{key} {mailbox_read_by}")
        self.people[key] = UserFactory.create(name=name, email=f"{mailbox}@people.example")
        return self.people[key]

    def partner(self, readers: str, owner: User) -> Partner:
        name, slug = self.word("partner", readers), self.word("slug", readers)
        partner = PartnerFactory.create(name=name, slug=slug)
        MembershipFactory.create(partner=partner, user=owner, owner=True)
        self.partners.append(partner)
        return partner

    def store(self, readers: str, owner: User) -> Store:
        name, handle = self.word("store", readers), self.word("handle", readers)
        self.stores.append(StoreFactory.create(name=name, handle=handle, owner=owner, staff_limit=5))
        return self.stores[-1]

    def domain(self, store: Store, readers: str) -> Domain:
        return DomainFactory.create(store=store, name=f"{self.word('domain', readers)}.example", verified=True)


def ask(partner: Partner, store_url: str, *, by: User, message: str) -> AccessRequest:
    return actions.request_access(
        partner,
        store_url=store_url,
        code=CODE,
        permissions=["products.view", "themes.view"],
        ends_on=None,
        message=message,
        by=by,
    )


def approve(access_request: AccessRequest, *, by: User) -> Collaboration:
    return actions.approve_request(access_request, permissions=["products.view"], ends_on=None, by=by)


def _work(town: Town, store: Store, hired: Partner, other: Partner, *, by: User) -> None:
    """A job in progress, and one that both were asked about: neither hears what the other one says."""
    word, hired_owner, other_owner = town.word, town.people["lumen_owner"], town.people["vif_owner"]
    ours, theirs = "lumen_owner owner manager", "vif_owner owner manager"
    job = {"store": store, "created_by": by}
    both = {name: word(name, f"{ours} vif_owner") for name in ("title", "brief")}
    posted = JobFactory.create(**job, **both)
    CandidateFactory.create(job=posted, partner=hired, invited_by=by)
    theirs_in_it = CandidateFactory.create(
        job=posted,
        partner=other,
        invited_by=by,
        proposed=True,
        proposal__message=word("proposal", theirs),
        proposal__sent_by=other_owner,
    )
    going_on = JobFactory.create(
        **job, title=word("title", ours), partner=hired, hired_by=by, in_progress=True, price=765_432_100
    )
    JobItemFactory.create(job=going_on, text=word("item", ours), added_by=hired_owner)
    for candidate, read_by, said_by in (
        (theirs_in_it, theirs, other_owner),
        (going_on.candidates.get(), ours, hired_owner),
    ):
        said = {"text": word("letter", read_by), "side": Side.PARTNER, "by": said_by}
        conversations.send(candidate.conversation, **said)


def make_town() -> Town:
    town = Town()
    word = town.word
    # Who decides is named to the partner that asked, who invites to the one who is invited; nobody else of the store.
    owner = town.person("owner", "manager lumen_owner guest")
    manager = town.person("manager", "owner vif_owner pixel_owner lumen_owner", mailbox_read_by="owner")
    clerk = town.person("clerk", "owner manager", mailbox_read_by="owner manager")
    nord_owner = town.person("nord_owner", "nord_manager nord_member owner manager guest")
    nord_manager = town.person("nord_manager", "nord_owner nord_member owner manager", mailbox_read_by="nord_owner")
    nord_member = town.person("nord_member", "nord_owner nord_manager", mailbox_read_by="nord_owner")
    guest = town.person("guest", mailbox_read_by="owner manager nord_owner")
    lumen_owner = town.person("lumen_owner", "owner manager")
    vif_owner = town.person("vif_owner", "owner manager")
    pixel_owner = town.person("pixel_owner", "owner manager bruma_owner")
    bruma_owner = town.person("bruma_owner", "pixel_owner")
    town.people["operator"] = UserFactory.create(is_staff=True, is_superuser=True)

    # Nord waits for an answer and Pixel was told no: neither knows more of the store than what it typed.
    lavande = town.store("owner manager clerk lumen_owner vif_owner guest", owner)
    bruma = town.store("bruma_owner pixel_owner", bruma_owner)
    StaffFactory.create(store=lavande, user=manager, key="store_manager")
    StaffFactory.create(store=lavande, user=clerk)

    nord = town.partner("nord_owner nord_manager nord_member owner manager guest", nord_owner)
    MembershipFactory.create(partner=nord, user=nord_manager, stores=True)
    MembershipFactory.create(partner=nord, user=nord_member, permissions=["manage_jobs"])
    lumen = town.partner("lumen_owner owner manager", lumen_owner)
    vif = town.partner("vif_owner owner manager", vif_owner)
    pixel = town.partner("pixel_owner owner manager bruma_owner", pixel_owner)

    typed_by_nord = town.domain(lavande, "nord_owner nord_manager owner manager")
    typed_by_pixel = town.domain(lavande, "pixel_owner owner manager")
    town.domain(bruma, "")  # verified, and shown on no page

    ask(
        nord,
        f"https://www.{typed_by_nord.name}/{word('path', 'nord_owner nord_manager owner manager')}",
        by=nord_owner,
        message=word("message", "nord_owner nord_manager owner manager"),
    )
    approve(ask(lumen, lavande.handle, by=lumen_owner, message=word("message", "lumen_owner owner manager")), by=owner)
    was_open = approve(
        ask(vif, lavande.handle, by=vif_owner, message=word("message", "vif_owner owner manager")), by=manager
    )
    actions.revoke(was_open, by=manager)
    actions.decline_request(
        ask(pixel, typed_by_pixel.name, by=pixel_owner, message=word("message", "pixel_owner owner manager")),
        reason=word("reason", "pixel_owner owner manager"),
        by=manager,
    )
    approve(
        ask(pixel, bruma.handle, by=pixel_owner, message=word("message", "pixel_owner bruma_owner")), by=bruma_owner
    )
    for access_request, said_by, read_by in (
        (AccessRequest.objects.get(partner=nord), nord_manager, "nord_owner nord_manager owner manager"),
        (AccessRequest.objects.get(partner=lumen), lumen_owner, "lumen_owner owner manager"),
    ):
        said = {"conversation": access_request.conversation}
        conversations.send(**said, text=word("letter", read_by), side=Side.PARTNER, by=said_by)
    pixels = AccessRequest.objects.get(partner=pixel, store=bruma).conversation
    conversations.send(pixels, text=word("letter", "pixel_owner bruma_owner"), side=Side.STORE, by=bruma_owner)
    _work(town, lavande, lumen, vif, by=manager)
    role = stores.make_role(
        lavande, name=word("role", "owner manager guest"), for_staff=True, permissions=["orders.view"], by=owner
    )
    stores.invite(lavande, email=guest.email, role=role, by=owner)
    actions.invite_expert(
        lavande,
        email=guest.email,
        permissions=["themes.view"],
        ends_on=None,
        note=word("note", "owner manager guest"),
        by=owner,
    )
    teams.invite(nord, email=guest.email, permissions=[], by=nord_owner)
    actions.make_code(lavande, by=owner)
    actions.make_code(bruma, by=bruma_owner)
    return town


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def every_page(town: Town) -> list[str]:
    """All pages of all stores and partners, with all their objects."""
    names = [{"handle": store.handle, "slug": ""} for store in town.stores]
    names += [{"slug": partner.slug, "handle": ""} for partner in town.partners]
    objects: dict[str, list[dict]] = defaultdict(list, {"": names})
    for model, kinds in (
        (AccessRequest, ["requests"]),
        (Collaboration, ["collaborators", "collaborations"]),
        (Conversation, ["conversations"]),
    ):
        for row in model.objects.select_related("store", "partner"):
            values = {"handle": row.store.handle, "slug": row.partner.slug, "public_id": row.public_id}
            for kind in kinds:
                objects[kind].append(values)
    for row in Candidate.objects.select_related("job__store", "partner"):
        names = {"handle": row.job.store.handle, "slug": row.partner.slug}
        items = row.job.items.values_list("public_id", flat=True)
        objects["jobs"].append({**names, "public_id": row.job.public_id})
        objects["items"] += [{**names, "public_id": row.job.public_id, "item_id": item} for item in items]
    for row in Membership.objects.select_related("partner"):
        objects["team"].append({"slug": row.partner.slug, "public_id": row.public_id})
    for row in (*Staff.objects.select_related("store"), *Role.objects.exclude(store=None).select_related("store")):
        kind = "staff" if isinstance(row, Staff) else "roles"
        objects[kind].append({"handle": row.store.handle, "public_id": row.public_id})
    paths = {reverse("partners:invitation", args=[row.token]) for row in TeamInvitation.objects.all()}
    paths |= {reverse("stores:invitation", args=[row.token]) for row in StaffInvitation.objects.all()}
    for row in ExpertInvitation.objects.all():
        paths |= {reverse(f"collaborators:{page}", args=[row.token]) for page in ("invitation", "invitation-terms")}
    for address in OURS:
        if TABLE[address.name, "GET"] is NO_SUCH_METHOD or {"key", "pk", "signed", "token"} & set(address.parameters):
            continue
        kind = re.search(r"(\w+)/<uuid:", address.route)
        choices = objects[kind[1] if kind else ""]
        paths |= {address.path(values) for values in choices if all(values[name] for name in address.parameters)}
    return sorted(paths)


CODES = ("9731", "9842")  # digits that no date, time or count on a page can be


@dataclass
class Read:
    """What everybody read on every page (its body, and where it sends on to), and in their mail."""

    town: Town
    pages: dict[tuple[str, str], str]  # by person and path
    mails: dict[str, str]  # by person, all in one

    def strangers_words(self, person: str, text: str) -> list[str]:
        return [word for word, readers in self.town.readers.items() if word in text and person not in readers]


def look(client: Client, path: str) -> str:
    response = client.get(path)
    if response.streaming:
        return b"".join(response.streaming_content).decode()
    return f"{response.content.decode()} {response.get('Location', '')}"


@pytest.fixture(scope="module")
def read(django_db_setup, django_db_blocker) -> Iterator[Read]:
    """Read once: what these tests look at is what everybody saw."""
    with django_db_blocker.unblock(), (around := transaction.atomic()):
        around._from_testcase = True  # reserving a guess commits for itself elsewhere
        town = make_town()
        for store, digits in zip(town.stores, CODES, strict=True):
            RequestCode.objects.filter(store=store).update(sealed=codes.seal(digits))
        mail.outbox.clear()
        until = monotonic() + 30
        conversations.gather_unread(now=timezone.now() + conversations.UNREAD_FOR)
        delivery.tell_untold(until=until)
        delivery.send_due(until=until)
        person_at = {user.email: person for person, user in town.people.items()}
        mails: dict[str, str] = defaultdict(str)
        for letter in mail.outbox:
            (to,) = letter.to
            parts = [letter.subject, letter.body, *(content for content, _type in letter.alternatives)]
            mails[person_at[to]] += " ".join([*parts, letter.from_email, *map(str, letter.extra_headers.values())])
        clients = {person: signed_in(user) for person, user in town.people.items()} | {"signed_out": Client()}
        for client in clients.values():  # whoever may look at a code has asked for it
            for store in town.stores:
                client.post(reverse("collaborators:code-display", args=[store.handle]))
        paths = every_page(town)
        pages = {(person, path): look(client, path) for person, client in clients.items() for path in paths}
        yield Read(town, pages, mails)
        transaction.set_rollback(True)


def test_nobody_reads_a_word_that_is_not_for_them_on_any_page(read):
    leaks = [
        f"{person} reads {word} at {path}"
        for (person, path), text in read.pages.items()
        for word in read.strangers_words(person, text.replace(quote(path), ""))  # sign-in leads back to the path
    ]
    assert not leaks, "\n".join(leaks)


def test_nobody_gets_a_word_that_is_not_for_them_by_mail(read):
    leaks = [
        f"{person} gets {word}" for person, text in read.mails.items() for word in read.strangers_words(person, text)
    ]
    assert not leaks, "\n".join(leaks)
    assert read.mails.keys() >= {"owner", "manager", "lumen_owner", "vif_owner", "pixel_owner", "bruma_owner"}


def test_every_word_would_have_shown(read):
    """The negative control: each word that is for somebody was read by somebody, so that a leak could be seen."""
    all_text = " ".join(read.pages.values())
    for word, readers in read.town.readers.items():
        assert (word in all_text) == bool(readers), word


def test_an_inbox_holds_ones_own_lines_and_nobody_elses(read):
    lines: dict[str, set[str]] = {}
    for person in read.town.people:
        inbox, latest = (read.pages[person, f"/notifications/{part}"] for part in ("", "latest/"))
        lines[person] = set(re.findall(r"/notifications/([0-9a-f-]{36})/reading/", inbox))
        assert set(re.findall(r"/notifications/([0-9a-f-]{36})/reading/", latest)) <= lines[person]
    assert all(lines[person] for person in ("owner", "manager", "lumen_owner", "vif_owner", "pixel_owner"))
    assert not any(lines[person] for person in ("clerk", "nord_member", "operator"))
    assert sum(map(len, lines.values())) == len(set().union(*lines.values()))


def without_random_parts(text: str) -> str:
    """No UUIDs, no tokens and no drawings, in which four digits may stand by chance."""
    text = re.sub(r' d="[^"]*"', "", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


def test_a_request_code_is_read_by_those_who_manage_users_and_by_nobody_else(read):
    readers: dict[str, set[str]] = {digits: set() for digits in CODES}
    for (person, _path), text in read.pages.items():
        for digits in re.findall("|".join(CODES), without_random_parts(text)):
            readers[digits].add(person)
    assert readers == {"9731": {"owner", "manager"}, "9842": {"bruma_owner"}}
    signed = re.compile(r"/[\w:-]{40,}/")  # in the addresses that turn mails off
    for person, text in read.mails.items():
        words = signed.sub("", without_random_parts(text))
        assert not [digits for digits in CODES if digits in words], person


def test_operator_pages_show_no_message_no_reason_and_no_code(read):
    """Support sees that something was asked and answered, not what people wrote to each other."""
    said = [word for word in read.town.readers if word.startswith(("message", "reason"))]
    assert len(said) == 6
    client = signed_in(read.town.people["operator"])
    lists = [address.path({}) for address in OPERATORS if address.name.endswith("_changelist")]
    rows = (*AccessRequest.objects.all(), *Collaboration.objects.all())
    details = [reverse(f"admin:collaborators_{row._meta.model_name}_change", args=[row.pk]) for row in rows]
    for path in (*lists, *details):
        response = client.get(path)
        assert response.status_code == 200, path
        text = without_random_parts(response.content.decode())
        assert not [word for word in (*said, *CODES) if word in text], path


# --- There is no difference between "not yours" and "not there" -----------------------------------------------------


def same_answer(client: Client, method: str, theirs: str, missing: str, data: dict) -> None:
    """Both addresses get one and the same 404, and neither writes anything."""
    began = writes()
    answers = [send(client, method, path, data) for path in (theirs, missing)]
    assert [answer.status_code for answer in answers] == [404, 404], f"{method} {theirs}"
    first, second = (without_random_parts(answer.content.decode()) for answer in answers)
    assert "There is nothing here" in first
    assert first == second, f"{method} {theirs}"
    headers = [{name: answer[name] for name in answer.headers if name != "Expires"} for answer in answers]
    assert headers[0] == headers[1], f"{method} {theirs}"
    assert writes() == began, f"{method} {theirs} wrote something"


IN_A_STORE = [address for address in OURS if "handle" in address.parameters]
IN_A_PARTNER = [address for address in OURS if "slug" in address.parameters]
METHOD_OF = [
    (address, method) for address in OURS for method in METHODS if TABLE[address.name, method] is not NO_SUCH_METHOD
]


def form_for(scene: Scene, address) -> dict:
    return FORMS[address.name](scene, "") if address.name in FORMS else {}


def test_anothers_store_and_no_store_are_the_same_answer(world):
    scene = Scene(world).invite()
    for person in ("other_owner", "other_partner_owner", "partner_owner", "revoked", "ended", "operator"):
        client = signed_in(world.people[person])
        for address, method in METHOD_OF:
            if address in IN_A_STORE:
                values = scene.values(address, "the store") | {"public_id": world.pending.public_id}
                theirs, missing = (address.path(values | {"handle": name}) for name in (world.store.handle, "no-store"))
                same_answer(client, method, theirs, missing, form_for(scene, address))


def test_anothers_partner_and_no_partner_are_the_same_answer(world):
    scene = Scene(world).invite()
    for person in ("other_partner_owner", "collaborator", "owner", "operator"):
        client = signed_in(world.people[person])
        for address, method in METHOD_OF:
            if address in IN_A_PARTNER:
                values = scene.values(address, "the asking partner")
                theirs, missing = (address.path(values | {"slug": name}) for name in (world.asking.slug, "no-partner"))
                same_answer(client, method, theirs, missing, form_for(scene, address))


def test_whoever_is_signed_out_cannot_tell_what_exists(world):
    """Everything sends to the sign-in page, and back to where one came from."""
    scene, client = Scene(world).invite(), Client()
    for address, method in METHOD_OF:
        if address in (*IN_A_STORE, *IN_A_PARTNER):
            there = scene.values(address, "the working partner")
            not_there = there | {"handle": "no-store", "slug": "no-partner", "public_id": uuid4()}
            paths = [address.path(values) for values in (there, not_there)]
            answers = [send(client, method, path, {}) for path in paths]
            if address.name == "reviews:profile":  # public, once it is published: this one is not
                assert [answer.status_code for answer in answers] == [404, 404]
                assert answers[0].content == answers[1].content
                continue
            assert [answer.status_code for answer in answers] == [302, 302], f"{method} {paths[0]}"
            assert [answer.url for answer in answers] == [f"/account/login/?next={path}" for path in paths]
            assert answers[0].content == answers[1].content == b""


def test_anothers_object_and_no_object_are_the_same_answer_under_ones_own_name(world):
    """The owner of the other store posts this store's requests and collaborations under their own handle."""
    scene = Scene(world).invite()
    store_client = signed_in(world.people["other_owner"])
    partner_client = signed_in(world.people["other_partner_owner"])
    tried = 0
    for address, method in METHOD_OF:
        if "<uuid:" in address.route and address in (*IN_A_STORE, *IN_A_PARTNER):
            values = {**scene.values(address, "the store"), "handle": "cafe-bruma", "slug": "pixel-co"}
            theirs, missing = address.path(values), address.path(values | {"public_id": uuid4()})
            client = store_client if address in IN_A_STORE else partner_client
            same_answer(client, method, theirs, missing, form_for(scene, address))
            tried += 1
    assert tried == 84


def test_whoever_manages_two_stores_cannot_decide_for_one_under_the_name_of_the_other(world):
    other = Store.objects.get(handle="cafe-bruma")
    StaffFactory.create(store=other, user=world.people["owner"], key="store_manager")
    scene, client = Scene(world).invite(), signed_in(world.people["owner"])
    for address, method in METHOD_OF:
        if "<uuid:" in address.route and address in IN_A_STORE:
            values = scene.values(address, "the store") | {"handle": other.handle}
            theirs, missing = address.path(values), address.path(values | {"public_id": uuid4()})
            same_answer(client, method, theirs, missing, form_for(scene, address))


def test_whoever_is_in_two_partners_cannot_act_for_one_under_the_name_of_the_other(world):
    for partner in (world.asking, world.working):
        MembershipFactory.create(partner=partner, user=world.people["other_partner_owner"], owner=True)
    scene, client = Scene(world).invite(), signed_in(world.people["other_partner_owner"])
    for address, method in METHOD_OF:
        if "<uuid:" in address.route and address in IN_A_PARTNER:
            values = scene.values(address, "the asking partner") | {"slug": "pixel-co"}
            theirs, missing = address.path(values), address.path(values | {"public_id": uuid4()})
            same_answer(client, method, theirs, missing, form_for(scene, address))


def test_anothers_notification_and_no_notification_are_the_same_answer(world):
    event = Event.objects.create(topic="access.requested", dedupe_key="one", payload={"store": world.store.pk})
    theirs = Notification.objects.create(event=event, user=world.people["owner"], audience="store")
    client = signed_in(world.people["manager"])
    paths = [f"/notifications/{public_id}/reading/" for public_id in (theirs.public_id, uuid4())]
    same_answer(client, "POST", *paths, data={})
    theirs.refresh_from_db()
    assert theirs.read_at is None


# --- One answer to "may they?" --------------------------------------------------------------------------------------


def everything_says(store: Store, user: User, permission: str) -> set[bool]:
    """All the ways to ask whether somebody may do something in a store."""
    return {
        user.has_perm(permission, store),
        permission in user.get_all_permissions(store),
        permission in access.permissions_of(user, store),
        Store.objects.where_user_may(user, permission).filter(pk=store.pk).exists(),
        user.pk in access.users_who_may(store.pk, permission),
    }


def is_visible(store: Store, user: User) -> bool:
    return Store.objects.visible_to(user).filter(pk=store.pk).exists()


def test_nobody_borrows_a_colleagues_right_in_another_partner(world):
    """Two memberships: in the partner that collaborates without Manage stores, in another with every right."""
    borrower, colleague = UserFactory.create(), UserFactory.create()
    MembershipFactory.create(partner=world.working, user=borrower, permissions=["manage_jobs", "manage_team"])
    MembershipFactory.create(partner=world.working, user=colleague, stores=True)
    MembershipFactory.create(partner=PartnerFactory.create(), user=borrower, owner=True)
    MembershipFactory.create(partner=world.asking, user=borrower, stores=True)
    for permission in world.collaboration.permissions:
        assert everything_says(world.store, borrower, permission) == {False}
        assert everything_says(world.store, colleague, permission) == {True}
    assert not is_visible(world.store, borrower)
    assert is_visible(world.store, colleague)
    assert signed_in(borrower).get("/store/maison-lavande/").status_code == 404
    assert signed_in(colleague).get("/store/maison-lavande/").status_code == 200
    assert not Collaboration.objects.visible_to(borrower).exists()


def test_nobody_borrows_a_permission_from_another_store(world):
    """A Store manager here, on the staff there: the role of the one says nothing about the other."""
    other = Store.objects.get(handle="cafe-bruma")
    manager = world.people["manager"]
    StaffFactory.create(store=other, user=manager)
    assert everything_says(world.store, manager, "users.manage") == {True}
    assert everything_says(other, manager, "users.manage") == {False}
    assert everything_says(other, manager, "orders.view") == {True}


def test_a_collaborator_holds_what_was_granted_and_nothing_else(world):
    collaborator = world.people["collaborator"]
    for permission in PERMISSIONS:
        held = permission in {"orders.view", "products.view"}
        assert everything_says(world.store, collaborator, permission) == {held}, permission


@pytest.mark.parametrize("person", ["operator", "revoked", "ended", "partner_owner", "member_without", "other_owner"])
def test_a_stranger_superuser_or_not_holds_no_permission_in_a_store(world, person):
    user = world.people[person]
    for permission in PERMISSIONS:
        assert everything_says(world.store, user, permission) == {False}, permission
    assert not is_visible(world.store, user)
    assert access.grants_of(user, world.store) == []


def test_a_superuser_keeps_djangos_shortcut_outside_stores_only(world):
    operator = world.people["operator"]
    assert operator.has_perm("stores.view_store")
    assert not operator.has_perms(["orders.view"], world.store)
    assert not operator.has_perm("stores.view_store", world.store)


def test_whoever_is_signed_out_sees_nothing_anywhere(world):
    nobody = AnonymousUser()
    for rows in (Store.objects, Partner.objects, AccessRequest.objects, Collaboration.objects, Notification.objects):
        assert not rows.visible_to(nobody).exists()
    assert not Store.objects.where_user_may(nobody, "orders.view").exists()
    assert not nobody.has_perm("orders.view", world.store)


# --- Doors close on the next click ----------------------------------------------------------------------------------


def colleague_of_the_collaborator(world) -> User:
    user = UserFactory.create()
    MembershipFactory.create(partner=world.working, user=user, stores=True)
    return user


def remove_membership(world, user: User) -> None:
    Membership.objects.filter(user=user).delete()


def take_manage_stores(world, user: User) -> None:
    Membership.objects.filter(user=user).update(is_owner=False, permissions=["manage_team"])


def remove_staff(world, user: User) -> None:
    Staff.objects.filter(user=user).delete()


def give_the_store_away(world, user: User) -> None:
    Store.objects.filter(pk=world.store.pk).update(owner=UserFactory.create())


def revoke(world, user: User) -> None:
    actions.revoke(world.collaboration, by=world.store.owner)


def leave(world, user: User) -> None:
    actions.leave(world.collaboration, by=world.people["collaborator"])


def pass_the_end(world, user: User) -> None:
    Collaboration.objects.filter(pk=world.collaboration.pk).update(ends_at=timezone.now())


@pytest.mark.parametrize(
    ("person", "close"),
    [
        ("collaborator", remove_membership),
        ("collaborator", take_manage_stores),
        ("collaborator", revoke),
        ("collaborator", leave),
        ("collaborator", pass_the_end),
        ("colleague", remove_membership),
        ("colleague", take_manage_stores),
        ("colleague", revoke),
        ("manager", remove_staff),
        ("staff_without_the_right", remove_staff),
        ("owner", give_the_store_away),
    ],
)
@pytest.mark.parametrize("path", ["/store/maison-lavande/", "/store/maison-lavande/access/"])
def test_a_store_closes_on_the_very_next_request(world, person, close: Callable, path):
    user = colleague_of_the_collaborator(world) if person == "colleague" else world.people[person]
    client = signed_in(user)
    assert client.get(path).status_code == 200
    close(world, user)
    assert client.get(path).status_code == 404
    assert not is_visible(world.store, user)
    assert user.pk not in access.users_who_may(world.store.pk, "orders.view")


def test_access_with_an_end_closes_by_itself_at_that_instant(world):
    ends_at = timezone.now() + timedelta(hours=1)
    Collaboration.objects.filter(pk=world.collaboration.pk).update(ends_at=ends_at)
    collaborator = world.people["collaborator"]
    with time_machine.travel(ends_at - timedelta(milliseconds=1), tick=False):
        client = signed_in(collaborator)
        assert client.get("/store/maison-lavande/").status_code == 200
        assert everything_says(world.store, collaborator, "orders.view") == {True}
    with time_machine.travel(ends_at, tick=False):
        assert client.get("/store/maison-lavande/").status_code == 404
        assert everything_says(world.store, collaborator, "orders.view") == {False}
    assert Collaboration.objects.get(pk=world.collaboration.pk).ended_at is None  # nothing swept it


def test_a_permission_taken_out_of_a_role_closes_its_pages_on_the_very_next_request(world):
    manager = world.people["manager"]
    role = Role.objects.create(store=world.store, name="Own", for_staff=True, permissions=["users.view"])
    Staff.objects.filter(user=manager).update(role=role)
    client, path = signed_in(manager), "/store/maison-lavande/settings/users/collaborators/"
    assert client.get(path).status_code == 200
    role.permissions = ["orders.view"]
    role.save(update_fields=["permissions"])
    assert client.get(path).status_code == 403
    assert client.get("/store/maison-lavande/").status_code == 200


def test_a_permission_taken_from_a_collaboration_is_gone_on_the_very_next_request(world):
    client = signed_in(world.people["collaborator"])
    assert "View orders" in client.get("/store/maison-lavande/access/").content.decode()
    actions.change_permissions(world.collaboration, permissions=["products.view"], by=world.store.owner)
    page = client.get("/store/maison-lavande/access/").content.decode()
    assert "View orders" not in page
    assert "View products" in page


@pytest.mark.parametrize(
    ("close", "after"),
    [(remove_membership, 404), (take_manage_stores, 403)],
    ids=["removed from the team", "right taken"],
)
def test_a_partners_stores_close_on_the_very_next_request(world, close: Callable, after):
    user = world.people["member_with_manage_stores"]
    client = signed_in(user)
    paths = [
        "/partner/atelier-nord/stores/",
        "/partner/atelier-nord/stores/request/",
        f"/partner/atelier-nord/stores/requests/{world.pending.public_id}/",
    ]
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    close(world, user)
    assert [client.get(path).status_code for path in paths] == [after, after, after]
    withdrawal = client.post(f"/partner/atelier-nord/stores/requests/{world.pending.public_id}/withdrawal/")
    assert withdrawal.status_code == after
    world.pending.refresh_from_db()
    assert world.pending.status == AccessRequest.Status.PENDING


def test_a_right_that_is_gone_when_the_lock_is_held_decides_nothing(world):
    """A page that was opened while the right was there, sent when it is not."""
    manager = world.people["manager"]
    client = signed_in(manager)
    assert client.get("/store/maison-lavande/settings/users/collaborators/").status_code == 200
    Staff.objects.filter(user=manager).update(role=Role.objects.get(store=None, key="staff_order_support"))
    path = f"/store/maison-lavande/settings/users/collaborators/requests/{world.pending.public_id}/approval/"
    before = fingerprint()
    assert client.post(path, {"permissions": ["products.view"], "how_long": "open"}).status_code == 403
    assert fingerprint() == before


def test_a_person_who_is_switched_off_is_out_on_the_very_next_request(world):
    owner = world.people["owner"]
    client = signed_in(owner)
    assert client.get("/store/maison-lavande/").status_code == 200
    User.objects.filter(pk=owner.pk).update(is_active=False)
    response = client.get("/store/maison-lavande/")
    assert (response.status_code, response.url.partition("?")[0]) == (302, "/account/login/")


@pytest.mark.parametrize("close", [remove_membership, take_manage_stores])
def test_a_mail_that_has_not_left_is_not_sent_to_somebody_who_is_out(world, deliver, mailoutbox, close: Callable):
    """Both of the asking partner's people are told of an approval; one of them is out before it goes."""
    asker, other = world.people["partner_owner"], UserFactory.create()
    MembershipFactory.create(partner=world.asking, user=other, owner=True)
    with transaction.atomic():
        approve(world.pending, by=world.store.owner)
    close(world, asker)
    deliver()
    assert [mail.to for mail in mailoutbox] == [[other.email]]

"""Exactly who is told of what, by name: in the inbox, and by mail (PRODUCT.md, section 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from collaborators import actions, conversations
from collaborators.errors import CannotAsk
from collaborators.events import KINDS
from collaborators.models import AccessRequest, Collaboration, ExpertInvitation, Side
from jobs.actions import completion_sweeps, completions
from jobs.actions.job_access import link_access
from jobs.events import KINDS as JOB_KINDS
from jobs.events import hiring, payments
from jobs.models import CompletionRequest
from notifications import delivery
from notifications.models import Delivery, Event, Notification
from partners import actions as teams
from partners.events import KINDS as TEAM_KINDS
from partners.models import Membership, Partner
from stores import actions as stores
from stores.events import KINDS as STORE_KINDS
from stores.models import Role, Staff, Store
from tests.factories import (
    CODE,
    JobFactory,
    MembershipFactory,
    PartnerFactory,
    RoleFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

STORE_SIDE = {"Odile Owner", "Manon Manager", "Marc Manager"}
PARTNER_SIDE = {"Lea Asker", "Ines Owner", "Igor Owner"}
PARTNER_OWNERS = {"Ines Owner", "Igor Owner"}
WHO_ENTERS = PARTNER_SIDE | {"Luc Manages Stores"}
NOBODY: set[str] = set()


@dataclass
class Cast:
    """A store and a partner, each with everybody who could be told and everybody who must not be."""

    store: Store
    partner: Partner
    people: dict[str, User]

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    # What people do, in as few words as the tests need.

    def ask(self, by: str = "Lea Asker") -> AccessRequest:
        return actions.request_access(
            self.partner,
            store_url=self.store.handle,
            code=CODE,
            permissions=["products.view", "themes.view"],
            ends_on=None,
            message="We would like to begin on Monday.",
            by=self[by],
        )

    def approve(self, *, days: int = 10, by: str = "Manon Manager") -> Collaboration:
        return actions.approve_request(self.ask(), permissions=["products.view"], ends_on=self.day(days), by=self[by])

    def accept(self, by: str = "Lea Asker") -> ExpertInvitation:
        invitation = actions.invite_expert(
            self.store, email=self[by].email, permissions=["products.view"], ends_on=None, by=self["Manon Manager"]
        )
        return actions.accept_expert_invitation(invitation, partner=self.partner, by=self[by])

    def day(self, days: int):
        return timezone.localdate() + timedelta(days=days)


def guess_four_times(cast: Cast) -> None:
    """Four partners type a wrong code each, which is as many as there are."""
    for number in range(4):
        guesser = MembershipFactory.create(owner=True, user__name=f"Guesser {number}")
        terms = {"permissions": ["products.view"], "ends_on": None, "message": "", "by": guesser.user}
        with pytest.raises(CannotAsk):
            actions.request_access(guesser.partner, store_url=cast.store.handle, code="0000", **terms)


@pytest.fixture
def cast(db) -> Cast:
    store = StoreFactory.create(name="Maison Lavande", handle="maison-lavande", owner__name="Odile Owner")
    for name, key, is_active in (
        ("Manon Manager", "store_manager", True),
        ("Marc Manager", "store_manager", True),
        ("Clara Clerk", "staff_order_support", True),
        ("Gil Gone", "store_manager", False),
    ):
        StaffFactory.create(store=store, key=key, user__name=name, user__is_active=is_active)
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    for name, rights, is_active in (
        ("Ines Owner", {"owner": True}, True),
        ("Igor Owner", {"owner": True}, True),
        ("Lea Asker", {"stores": True}, True),
        ("Luc Manages Stores", {"stores": True}, True),
        ("Tom Without", {"permissions": ["manage_team", "manage_jobs", "manage_public_listings"]}, True),
        ("Gus Gone", {"owner": True}, False),
    ):
        MembershipFactory.create(partner=partner, user__name=name, user__is_active=is_active, **rights)
    StoreFactory.create(owner__name="Other Owner")
    MembershipFactory.create(owner=True, user__name="Other Partner Owner")
    UserFactory.create(name="Ops Operator", is_staff=True, is_superuser=True)
    return Cast(store, partner, {user.name: user for user in User.objects.all()})


def events_of(topic: str):
    return Event.objects.filter(topic=topic)


def told(topic: str) -> set[str]:
    """Who has a notification of it; nobody has two."""
    names = list(Notification.objects.filter(event__topic=topic).values_list("user__name", flat=True))
    assert len(names) == len(set(names))
    return set(names)


def mailed(topic: str) -> set[str]:
    """Who was sent a mail about it, as the mail server saw it; nobody was sent two."""
    to = {row.message_id: row.user for row in Delivery.objects.filter(event__topic=topic).select_related("user")}
    sent = [(message.extra_headers["Message-ID"], message.to) for message in mail.outbox]
    found = [(to[message_id].name, to[message_id].email, address) for message_id, [address] in sent if message_id in to]
    assert all(email == address for _name, email, address in found)
    assert len(found) == len({name for name, _email, _address in found})
    return {name for name, _email, _address in found}


# --- The table ------------------------------------------------------------------------------------------------------


def expire(cast: Cast) -> None:
    cast.ask()
    actions.lapse_all_due(now=timezone.now() + timedelta(days=30, seconds=1))


def end(cast: Cast) -> None:
    cast.approve(days=10)
    actions.lapse_all_due(now=timezone.now() + timedelta(days=12))


def write(cast: Cast, side: Side) -> None:
    by = cast["Lea Asker"] if side is Side.PARTNER else cast["Manon Manager"]
    conversations.send(cast.ask().conversation, text="One more thing.", side=side, by=by)
    conversations.gather_unread(now=timezone.now() + conversations.UNREAD_FOR)


def remind(cast: Cast) -> None:
    asked = cast.ask()
    for days in (3, 4):
        actions.remind_all_due(now=asked.asked_at + timedelta(days=days))


def near_its_end(cast: Cast) -> None:
    ends_at = cast.approve(days=10).ends_at
    actions.remind_all_of_their_end(now=ends_at - timedelta(days=7))


def leave_unused(cast: Cast) -> None:
    since = cast.approve(days=100).since
    actions.question_all_unused(now=since + timedelta(days=60, seconds=1))


def begin_a_quarter(cast: Cast) -> None:
    since = cast.approve(days=200).since
    actions.open_all_reviews(now=since + timedelta(days=93))


@dataclass(frozen=True)
class Case:
    topic: str
    act: Callable[[Cast], object]
    inbox: set[str]
    mails: set[str]
    per_reader: bool = False  # an event for each reader, else one for all


CASES = [
    Case("access.requested", lambda cast: cast.ask(), STORE_SIDE, STORE_SIDE),
    Case(
        "access.withdrawn",
        lambda cast: actions.withdraw_request(cast.ask(), by=cast["Lea Asker"]),
        STORE_SIDE,
        NOBODY,
    ),
    Case("access.expired", expire, STORE_SIDE | PARTNER_SIDE, PARTNER_SIDE),
    Case("access.reminded", remind, STORE_SIDE, STORE_SIDE),
    Case(
        "access.reopened",
        lambda cast: actions.reopen_request(
            actions.decline_request(cast.ask(), by=cast["Manon Manager"]), by=cast["Marc Manager"]
        ),
        PARTNER_SIDE,
        PARTNER_SIDE,
    ),
    Case("access.approved", lambda cast: cast.approve(), PARTNER_SIDE, PARTNER_SIDE),
    Case(
        "access.declined",
        lambda cast: actions.decline_request(cast.ask(), reason="Not now.", by=cast["Manon Manager"]),
        PARTNER_SIDE,
        PARTNER_SIDE,
    ),
    Case(
        "access.changed",
        lambda cast: actions.change_permissions(
            cast.approve(), permissions=["products.view", "orders.view"], by=cast["Odile Owner"]
        ),
        PARTNER_SIDE,
        PARTNER_SIDE,
    ),
    Case(
        "access.changed",  # an earlier end
        lambda cast: actions.change_end(cast.approve(days=10), ends_on=cast.day(5), by=cast["Odile Owner"]),
        PARTNER_SIDE,
        PARTNER_SIDE,
    ),
    Case(
        "access.extended",
        lambda cast: actions.change_end(cast.approve(days=10), ends_on=cast.day(20), by=cast["Odile Owner"]),
        PARTNER_SIDE,
        PARTNER_SIDE,
    ),
    Case(
        "access.revoked",
        lambda cast: actions.revoke(cast.approve(), by=cast["Marc Manager"]),
        PARTNER_SIDE,
        PARTNER_SIDE,
    ),
    Case("access.left", lambda cast: actions.leave(cast.approve(), by=cast["Ines Owner"]), STORE_SIDE, NOBODY),
    Case("access.ended", end, STORE_SIDE | PARTNER_OWNERS, STORE_SIDE | PARTNER_OWNERS),
    Case("message.unread", lambda cast: write(cast, Side.PARTNER), STORE_SIDE, STORE_SIDE, per_reader=True),
    Case("message.unread", lambda cast: write(cast, Side.STORE), WHO_ENTERS, WHO_ENTERS, per_reader=True),
    Case("access.ending", near_its_end, STORE_SIDE | PARTNER_OWNERS, STORE_SIDE | PARTNER_OWNERS),
    Case("access.unused", leave_unused, STORE_SIDE, STORE_SIDE),
    Case("access_review.due", begin_a_quarter, STORE_SIDE, STORE_SIDE),
    Case("code.closed", guess_four_times, STORE_SIDE, STORE_SIDE),
    Case("code.made", lambda cast: actions.make_code(cast.store, by=cast["Manon Manager"]), STORE_SIDE, STORE_SIDE),
]
CASES.append(
    Case("expert.accepted", lambda cast: cast.accept(), STORE_SIDE | PARTNER_OWNERS, STORE_SIDE)  # owners: inbox
)


# --- Completion of jobs ---------------------------------------------------------------------------------------------

TOM_AND_OWNERS = PARTNER_OWNERS | {"Tom Without"}  # he manages jobs


def say_done(cast: Cast, *, with_access: bool = False) -> CompletionRequest:
    job = JobFactory.create(in_progress=True, received=180_000, store=cast.store, partner=cast.partner)
    if with_access:
        cast.approve()
        link_access(job, by=cast["Odile Owner"])
    return completions.request_completion(job, message="All live.", by=cast["Tom Without"])


def remind_of_completion(cast: Cast) -> None:
    completion_sweeps.remind_all_of_completions(now=say_done(cast).requested_at + timedelta(days=3))


def silence(cast: Cast) -> None:
    completion_sweeps.approve_all_due(now=say_done(cast).deadline)


CASES += [
    Case("completion.requested", say_done, STORE_SIDE, STORE_SIDE),
    Case("completion.reminded", remind_of_completion, STORE_SIDE, STORE_SIDE),
    Case(
        "completion.extended",
        lambda cast: completions.extend_completion(say_done(cast), by=cast["Marc Manager"]),
        TOM_AND_OWNERS,
        TOM_AND_OWNERS,
    ),
    Case(
        "completion.withdrawn",
        lambda cast: completions.withdraw_completion(say_done(cast), by=cast["Ines Owner"]),
        STORE_SIDE,
        STORE_SIDE,
    ),
    Case(
        "completion.approved",
        lambda cast: completions.approve_completion(say_done(cast), by=cast["Marc Manager"]),
        TOM_AND_OWNERS,
        TOM_AND_OWNERS,
    ),
    Case(
        "completion.declined",
        lambda cast: completions.decline_completion(say_done(cast), items=["Colours"], by=cast["Marc Manager"]),
        TOM_AND_OWNERS,
        TOM_AND_OWNERS,
    ),
    Case("completion.approved_by_clock", silence, STORE_SIDE | TOM_AND_OWNERS, STORE_SIDE | TOM_AND_OWNERS),
    Case(
        "access.ends_with_job",
        lambda cast: completions.approve_completion(
            say_done(cast, with_access=True), by=cast["Odile Owner"], access_days=3
        ),
        STORE_SIDE - {"Odile Owner"} | PARTNER_SIDE,  # the store in the inbox only
        PARTNER_SIDE,
    ),
]
AS_TOPICS = [case.topic for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=AS_TOPICS)
def test_each_event_tells_exactly_these_people(cast, deliver, case):
    case.act(cast)
    deliver()
    assert told(case.topic) == case.inbox
    assert mailed(case.topic) == case.mails
    assert events_of(case.topic).count() == (len(case.inbox) if case.per_reader else 1)

    for event in Event.objects.all():  # a task may run twice
        assert not delivery.tell(event.pk)
    deliver()
    assert told(case.topic) == case.inbox
    assert mailed(case.topic) == case.mails


def test_every_kind_of_event_about_access_and_completion_is_in_the_table():
    """Those of hiring and of payments have tables of their own beside their acts."""
    elsewhere = {"expert.invited", *(kind.topic for kind in (*hiring.KINDS, *payments.KINDS))}
    assert {case.topic for case in CASES} | elsewhere == {kind.topic for kind in (*KINDS, *JOB_KINDS)}


def test_of_a_completed_job_itself_nobody_is_told(cast, deliver):
    """People are told of the approval; that the job is completed is for other apps."""
    completions.approve_completion(say_done(cast), by=cast["Marc Manager"])
    deliver()
    assert events_of("job.completed").count() == 1
    assert told("job.completed") == mailed("job.completed") == NOBODY


@pytest.mark.parametrize(
    "answer",
    [
        lambda completion, cast: completions.approve_completion(completion, by=cast["Marc Manager"]),
        lambda completion, cast: completions.decline_completion(completion, items=["x"], by=cast["Marc Manager"]),
        lambda completion, cast: completions.withdraw_completion(completion, by=cast["Ines Owner"]),
        lambda completion, cast: completion_sweeps.approve_all_due(now=completion.deadline),
    ],
    ids=["approved", "declined", "withdrawn", "by the clock"],
)
def test_a_mail_that_comes_after_the_answer_is_not_sent(cast, deliver, answer):
    completion = say_done(cast)
    completion_sweeps.remind_all_of_completions(now=completion.requested_at + timedelta(days=3))
    completions.extend_completion(completion, by=cast["Odile Owner"])
    completion.refresh_from_db()
    answer(completion, cast)
    deliver()
    for topic in ("completion.requested", "completion.reminded", "completion.extended"):
        assert mailed(topic) == NOBODY


def test_a_mail_that_comes_past_the_deadline_is_not_sent_though_nothing_swept(cast, deliver):
    completion = say_done(cast)
    CompletionRequest.objects.filter(pk=completion.pk).update(deadline=timezone.now())
    deliver()
    assert mailed("completion.requested") == NOBODY


def test_a_refused_act_tells_nobody(cast, deliver):
    with pytest.raises(CannotAsk):
        actions.request_access(
            cast.partner,
            store_url=cast.store.handle,
            code="0000",
            permissions=["products.view"],
            ends_on=None,
            message="",
            by=cast["Lea Asker"],
        )
    deliver()
    assert not Event.objects.exists()
    assert not Notification.objects.exists()
    assert mail.outbox == []


def test_a_decision_said_twice_tells_once(cast, deliver):
    collaboration = cast.approve()
    for _ in range(2):
        actions.revoke(collaboration, by=cast["Marc Manager"])
    deliver()
    assert events_of("access.revoked").count() == 1
    assert mailed("access.revoked") == PARTNER_SIDE


# --- Nobody hears of their own act, security excepted ---------------------------------------------------------------


def test_an_owner_who_asks_is_told_of_the_answer_with_the_other_owners(cast, deliver):
    access_request = cast.ask(by="Ines Owner")
    actions.decline_request(access_request, by=cast["Marc Manager"])
    deliver()
    assert told("access.declined") == mailed("access.declined") == PARTNER_OWNERS


def test_an_owner_who_leaves_in_both_roles_is_not_told(cast, deliver):
    StaffFactory.create(store=cast.store, user=cast["Ines Owner"], key="store_manager")
    actions.leave(cast.approve(), by=cast["Ines Owner"])
    deliver()
    assert told("access.left") == STORE_SIDE


def test_a_store_owner_who_decides_about_the_own_partner_is_not_told(cast, deliver):
    MembershipFactory.create(partner=cast.partner, user=cast["Odile Owner"], owner=True)
    cast.approve(by="Odile Owner")
    deliver()
    assert told("access.approved") == mailed("access.approved") == PARTNER_SIDE


def test_who_makes_a_new_code_is_told_as_well(cast, deliver):
    actions.make_code(cast.store, by=cast["Odile Owner"])
    deliver()
    assert "Odile Owner" in told("code.made") & mailed("code.made")


def test_who_stands_on_both_sides_gets_one_notification_and_one_mail(cast, deliver):
    """A partner's owner who also manages the store's users hears of an end once."""
    StaffFactory.create(store=cast.store, user=cast["Ines Owner"], key="store_manager")
    end(cast)
    deliver()
    assert told("access.ended") == mailed("access.ended") == STORE_SIDE | PARTNER_OWNERS


def test_who_stands_on_both_sides_gets_the_mail_that_one_side_is_owed(cast, deliver):
    """The store is told in the inbox only that a request expired; the partner's owners by mail too."""
    StaffFactory.create(store=cast.store, user=cast["Ines Owner"], key="store_manager")
    expire(cast)
    deliver()
    assert told("access.expired") == STORE_SIDE | PARTNER_SIDE
    assert mailed("access.expired") == PARTNER_SIDE


# --- Joining --------------------------------------------------------------------------------------------------------


def join_team(cast: Cast, *, by: str = "Tom Without") -> User:
    nina = UserFactory.create(name="Nina New", email="nina@people.example")
    teams.accept_invitation(
        teams.invite(cast.partner, email=nina.email, permissions=["manage_jobs"], by=cast[by]), by=nina
    )
    return nina


def join_staff(cast: Cast) -> User:
    Store.objects.filter(pk=cast.store.pk).update(staff_limit=9)
    nina = UserFactory.create(name="Nina New", email="nina@people.example")
    role = Role.objects.get(store=None, key="staff_order_support")
    stores.accept_invitation(stores.invite(cast.store, email=nina.email, role=role, by=cast["Manon Manager"]), by=nina)
    return nina


def member(cast: Cast, name: str) -> Membership:
    return Membership.objects.get(partner=cast.partner, user=cast[name])


def staff(cast: Cast, name: str) -> Staff:
    return Staff.objects.get(store=cast.store, user=cast[name])


def own_role(cast: Cast) -> Role:
    role = RoleFactory.create(store=cast.store)
    Staff.objects.filter(user=cast["Clara Clerk"]).update(role=role)
    return role


def told_of_people(cast: Cast, deliver, topic: str) -> set[str]:
    deliver()
    assert told(topic) == mailed(topic)
    return told(topic)


def invite_expert(cast: Cast) -> None:
    nina = UserFactory.create(name="Nina New", email="nina@people.example")
    actions.invite_expert(
        cast.store, email=nina.email, permissions=["products.view"], ends_on=None, by=cast["Manon Manager"]
    )


@pytest.mark.parametrize("invite", [join_team, join_staff, invite_expert])
def test_an_invitation_goes_to_the_address_and_into_nobodys_inbox(cast, deliver, invite, monkeypatch):
    for actions_of in (teams, stores):
        monkeypatch.setattr(actions_of, "accept_invitation", lambda *args, **kwargs: None)
    invite(cast)
    deliver()
    [letter] = mail.outbox
    assert letter.to == ["nina@people.example"]
    assert not Notification.objects.exists()


def test_an_invitation_that_was_taken_back_is_not_sent(cast, deliver):
    invitation = teams.invite(cast.partner, email="x@people.example", permissions=[], by=cast["Ines Owner"])
    teams.take_back_invitation(invitation, by=cast["Ines Owner"])
    deliver()
    assert not mail.outbox


def test_an_expert_invitation_that_was_taken_back_is_not_sent(cast, deliver):
    invite_expert(cast)
    actions.take_back_expert_invitation(ExpertInvitation.objects.get(), by=cast["Odile Owner"])
    deliver()
    assert not mail.outbox


@pytest.mark.parametrize(
    ("topic", "act", "who"),
    [
        ("team.joined", join_team, {"Ines Owner", "Igor Owner", "Tom Without"}),  # owners, and who invited
        (
            "team.changed",
            lambda cast: teams.change_member(
                member(cast, "Lea Asker"), permissions=[], is_owner=False, by=cast["Ines Owner"]
            ),
            {"Lea Asker", "Igor Owner"},
        ),
        (
            "team.removed",
            lambda cast: teams.remove_member(member(cast, "Lea Asker"), by=cast["Ines Owner"]),
            {"Lea Asker", "Igor Owner"},
        ),
        ("team.left", lambda cast: teams.leave_team(cast.partner, by=cast["Lea Asker"]), PARTNER_OWNERS),
        ("staff.joined", join_staff, STORE_SIDE),
        (
            "staff.changed",
            lambda cast: stores.assign_role(
                staff(cast, "Clara Clerk"), role=Role.objects.get(key="store_manager"), by=cast["Manon Manager"]
            ),
            {"Clara Clerk", "Odile Owner", "Marc Manager"},
        ),
        (
            "staff.removed",
            lambda cast: stores.remove_staff(staff(cast, "Clara Clerk"), by=cast["Manon Manager"]),
            {"Clara Clerk", "Odile Owner", "Marc Manager"},
        ),
        ("staff.left", lambda cast: stores.leave_store(cast.store, by=cast["Clara Clerk"]), STORE_SIDE),
        (
            "role.changed",
            lambda cast: stores.change_role(
                own_role(cast), name="More", permissions=["orders.view", "orders.edit"], by=cast["Odile Owner"]
            ),
            {"Clara Clerk"},
        ),
        (
            "ownership.offered",
            lambda cast: stores.offer_ownership(staff(cast, "Clara Clerk"), keeps_role=None, by=cast["Odile Owner"]),
            {"Clara Clerk"},
        ),
        (
            "ownership.passed",
            lambda cast: stores.accept_ownership(
                stores.offer_ownership(staff(cast, "Clara Clerk"), keeps_role=None, by=cast["Odile Owner"]),
                by=cast["Clara Clerk"],
            ),
            STORE_SIDE,  # also the one who owned it
        ),
    ],
)
def test_who_is_told_of_people_who_come_change_and_go(cast, deliver, topic, act, who):
    act(cast)
    assert told_of_people(cast, deliver, topic) == who


def test_every_kind_about_people_is_tried_here():
    known = {kind.topic for kind in (*TEAM_KINDS, *STORE_KINDS)}
    parametrized = test_who_is_told_of_people_who_come_change_and_go.pytestmark[0].args[1]
    assert known == {"team.invited", "staff.invited"} | {row[0] for row in parametrized}


# --- Rights that end between the event and its telling --------------------------------------------------------------


def leave_team(user: User) -> None:
    Membership.objects.filter(user=user).delete()


def lose_manage_stores(user: User) -> None:
    Membership.objects.filter(user=user).update(is_owner=False, permissions=["manage_jobs"])


def leave_staff(user: User) -> None:
    Staff.objects.filter(user=user).delete()


def lose_manage_users(user: User) -> None:
    Staff.objects.filter(user=user).update(role=Role.objects.get(key="staff_order_support"))


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def case_of(topic: str) -> Case:
    return next(case for case in CASES if case.topic == topic)


def tell_and_then(cast: Cast, case: Case, change: Callable[[User], None], who: str) -> None:
    """The event is told while `who` still belongs; then `change` strikes; then mails go out."""
    case.act(cast)
    delivery.tell_untold(until=monotonic() + 30)
    assert who in told(case.topic)
    change(cast[who])
    delivery.send_due(until=monotonic() + 30)


def state_of(topic: str, who: str) -> tuple[str, bool]:
    row = Delivery.objects.get(event__topic=topic, user__name=who)
    return row.state, row.sent_at is not None


@pytest.mark.parametrize(
    ("topic", "change", "who"),
    [
        ("access.requested", leave_staff, "Manon Manager"),
        ("access.requested", lose_manage_users, "Marc Manager"),
        ("access.ended", lose_manage_users, "Manon Manager"),
        ("message.unread", leave_staff, "Manon Manager"),
        ("message.unread", lose_manage_users, "Marc Manager"),
        ("access.ended", leave_team, "Ines Owner"),
        *(
            (topic, change, who)
            for topic in ("access.expired", "access.approved", "access.changed", "access.extended")
            for change, who in ((leave_team, "Lea Asker"), (lose_manage_stores, "Igor Owner"))
        ),
    ],
)
def test_a_mail_for_people_who_are_still_in_is_not_sent_to_who_no_longer_is(cast, topic, change, who):
    case = case_of(topic)
    tell_and_then(cast, case, change, who)
    assert state_of(topic, who) == ("suppressed", False)
    assert mailed(topic) == case.mails - {who}


@pytest.mark.parametrize(
    ("topic", "change", "who"),
    [
        ("access.declined", leave_team, "Lea Asker"),
        ("access.declined", lose_manage_stores, "Igor Owner"),
        ("access.revoked", leave_team, "Lea Asker"),
        ("access.revoked", leave_team, "Ines Owner"),
        ("code.made", leave_staff, "Marc Manager"),
        ("code.made", lose_manage_users, "Manon Manager"),
    ],
)
def test_a_mail_for_people_who_were_concerned_is_sent_all_the_same_with_nothing_to_enter(
    client, cast, topic, change, who
):
    case = case_of(topic)
    tell_and_then(cast, case, change, who)
    assert state_of(topic, who) == ("sent", True)
    assert mailed(topic) == case.mails
    message = next(message for message in mail.outbox if message.to == [cast[who].email])
    link = next(word for word in message.body.split() if word.startswith("http"))
    client.force_login(cast[who])
    assert client.get(urlsplit(link).path).status_code in {403, 404}


@pytest.mark.parametrize("topic", sorted({case.topic for case in CASES if case.mails}))
def test_an_account_that_was_closed_in_between_gets_no_mail(cast, topic):
    case = case_of(topic)
    who = min(case.mails)
    tell_and_then(cast, case, deactivate, who)
    assert state_of(topic, who) == ("suppressed", False)
    assert mailed(topic) == case.mails - {who}


def test_who_asked_and_left_the_team_is_not_told_of_what_the_store_grants(cast, deliver):
    """Not in the inbox either: the line would name a store that they never learned of."""
    access_request = cast.ask()
    leave_team(cast["Lea Asker"])
    actions.approve_request(access_request, permissions=["products.view"], ends_on=None, by=cast["Manon Manager"])
    deliver()
    assert mailed("access.approved") == PARTNER_OWNERS
    assert told("access.approved") == PARTNER_OWNERS


def test_who_asked_and_left_the_team_is_told_of_the_no(cast, deliver):
    access_request = cast.ask()
    leave_team(cast["Lea Asker"])
    actions.decline_request(access_request, by=cast["Manon Manager"])
    deliver()
    assert told("access.declined") == mailed("access.declined") == PARTNER_SIDE

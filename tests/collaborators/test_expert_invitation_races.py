"""One invitation, several hands at once: it is used once, and everybody hears how it stands. Red without the locks."""

import pytest

from accounts.invitations import Invitation, InvitationClosed
from collaborators import actions
from collaborators.errors import AlreadyCollaborating, TransitionNotAllowed
from collaborators.models import AccessRequest, Collaboration, ExpertInvitation
from notifications.models import Event
from stores.models import Activity
from tests.factories import AccessRequestFactory, ExpertInvitationFactory, MembershipFactory, UserFactory
from tests.races import meeting, together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3
CROWD = 10
GUARD = (ExpertInvitation, "accept")  # between the guard and the write


def invited() -> tuple[ExpertInvitation, list]:
    """An invitation, and two partners of the person who is invited."""
    expert = UserFactory.create()
    partners = [MembershipFactory.create(user=expert, owner=True).partner for _number in range(2)]
    return ExpertInvitationFactory.create(email=expert.email), [(partner, expert) for partner in partners]


def accept(invitation, partner, expert):
    return lambda: actions.accept_expert_invitation(invitation, partner=partner, by=expert)


def take_back(invitation):
    return lambda: actions.take_back_expert_invitation(invitation, by=invitation.store.owner)


def approve(asked):
    return lambda: actions.approve_request(asked, permissions=["products.view"], ends_on=None, by=asked.store.owner)


def test_two_partners_at_once_use_it_once(monkeypatch):
    for _ in range(ROUNDS):
        invitation, places = invited()
        with meeting(monkeypatch, GUARD, parties=CROWD, timeout=0.2):
            results = together([accept(invitation, *places[n % 2]) for n in range(CROWD)])
        losers = [result for result in results if isinstance(result, Exception)]
        assert len(losers) == CROWD // 2  # of the other partner; saying the same again is no second use
        assert {type(loser) for loser in losers} == {InvitationClosed}
        assert Collaboration.objects.filter(store=invitation.store).count() == 1
        assert Activity.objects.filter(store=invitation.store, kind="expert.accepted").count() == 1
        assert Event.objects.filter(payload__expert_invitation=invitation.pk).count() == 1


def test_without_the_locks_two_partners_both_use_it(monkeypatch):
    invitation, places = invited()
    with without_locks(monkeypatch, meet_at=GUARD, parties=2):
        together([accept(invitation, *place) for place in places])
    assert Collaboration.objects.filter(store=invitation.store).count() == 2


def test_two_clicks_are_one_use(monkeypatch):
    invitation, [place, _other] = invited()
    with meeting(monkeypatch, GUARD, parties=CROWD, timeout=0.2):
        results = together([accept(invitation, *place)] * CROWD)
    assert {result.collaboration.pk for result in results} == {Collaboration.objects.get().pk}
    assert Event.objects.filter(topic="expert.accepted").count() == 1


def test_without_the_locks_two_clicks_have_no_clear_answer(monkeypatch):
    invitation, [place, _other] = invited()
    with without_locks(monkeypatch, meet_at=(Collaboration.objects.__class__, "create"), parties=2):
        results = together([accept(invitation, *place)] * 2)
    assert any(isinstance(result, Exception) for result in results)  # only a constraint stops the second one


TAKEN = (Invitation, "take_back")


def test_taking_it_back_against_accepting_has_one_winner(monkeypatch):
    for _ in range(ROUNDS):
        invitation, [place, _other] = invited()
        with meeting(monkeypatch, GUARD, parties=2, timeout=0.2), meeting(monkeypatch, TAKEN, parties=2, timeout=0.2):
            accepted, taken = together([accept(invitation, *place), take_back(invitation)])
        invitation.refresh_from_db()
        assert isinstance(accepted, InvitationClosed) != isinstance(taken, InvitationClosed)
        won = invitation.state == "accepted"
        assert won == isinstance(taken, InvitationClosed)
        assert Collaboration.objects.filter(store=invitation.store).count() == won


def test_without_the_locks_both_pass_the_guard(monkeypatch):
    invitation, [place, _other] = invited()
    with without_locks(monkeypatch, meet_at=(ExpertInvitation, "save"), parties=2):
        accepted, taken = together([accept(invitation, *place), take_back(invitation)])
    assert not isinstance(accepted, InvitationClosed)
    assert not isinstance(taken, InvitationClosed)  # the second write meets a constraint at most: no clear answer


def test_accepting_against_an_approval_makes_one_collaboration(monkeypatch):
    for _ in range(ROUNDS):
        invitation, [(partner, expert), _other] = invited()
        asked = AccessRequestFactory.create(partner=partner, store=invitation.store, asked_by=expert)
        with meeting(monkeypatch, (AccessRequest, "decide"), parties=2, timeout=0.2):
            accepted, approved = together([accept(invitation, partner, expert), approve(asked)])
        asked.refresh_from_db()
        [collaboration] = Collaboration.objects.filter(store=invitation.store)
        if isinstance(accepted, ExpertInvitation):
            assert isinstance(approved, TransitionNotAllowed)
            assert (asked.status, accepted.collaboration) == ("withdrawn", collaboration)
        else:
            assert isinstance(accepted, AlreadyCollaborating)
            assert (asked.status, approved) == ("approved", collaboration)


def test_without_the_locks_an_approval_and_an_acceptance_collide(monkeypatch):
    invitation, [(partner, expert), _other] = invited()
    asked = AccessRequestFactory.create(partner=partner, store=invitation.store, asked_by=expert)
    with without_locks(monkeypatch, meet_at=(Collaboration.objects.__class__, "create"), parties=2):
        results = together([accept(invitation, partner, expert), approve(asked)])
    assert not any(isinstance(result, (TransitionNotAllowed, AlreadyCollaborating)) for result in results)
    assert any(isinstance(result, Exception) for result in results)

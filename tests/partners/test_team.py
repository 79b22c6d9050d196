"""Who is in a partner's team, and who decides that."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.invitations import A_DAY, AlreadyInvited, InvitationClosed, TooLongAddress, TooManyInvitations
from accounts.models import User
from notifications.models import Event
from partners import actions
from partners.errors import AlreadyInTeam, GrantsMoreThanHeldInTeam, LastOwner, NoLongerInTeam, OnlyOwners
from partners.models import Membership, TeamInvitation
from tests.factories import MembershipFactory, PartnerFactory, TeamInvitationFactory, UserFactory
from tests.races import together, without_locks

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Membership:
    return MembershipFactory.create(owner=True)


@pytest.fixture
def manager(owner) -> Membership:
    return MembershipFactory.create(partner=owner.partner, permissions=["manage_team", "manage_jobs"])


def invited(by: Membership, **offered) -> TeamInvitation:
    return actions.invite(by.partner, **{"email": "nina@people.example", "permissions": []} | offered, by=by.user)


# --- Inviting -------------------------------------------------------------------------------------------------------


def test_an_invited_person_joins_with_what_was_offered(owner):
    nina = UserFactory.create(email="nina@people.example")
    invitation = invited(owner, email="Nina@People.example", permissions=["manage_stores"])
    membership = actions.accept_invitation(invitation, by=nina)
    assert membership.permissions == ["manage_stores"]
    assert not membership.is_owner
    assert list(Event.objects.order_by("pk").values_list("topic", flat=True)) == ["team.invited", "team.joined"]


def test_the_database_holds_the_hash_of_a_link_and_never_the_link(owner):
    invitation = invited(owner)
    row = TeamInvitation.objects.values().get()
    assert invitation.token not in str(row)
    assert TeamInvitation.objects.with_token(invitation.token).get() == invitation
    assert not TeamInvitation.objects.with_token(row["token_hash"]).exists()


@pytest.mark.parametrize(
    ("offered", "refusal"),
    [
        ({"permissions": ["manage_stores"]}, GrantsMoreThanHeldInTeam),
        ({"permissions": [], "is_owner": True}, OnlyOwners),
    ],
)
def test_nobody_offers_what_they_lack(manager, offered, refusal):
    with pytest.raises(refusal):
        invited(manager, **offered)
    assert not TeamInvitation.objects.exists()
    assert not Event.objects.exists()


def test_only_who_manages_the_team_invites(owner):
    member = MembershipFactory.create(partner=owner.partner, permissions=["manage_jobs"])
    stranger = MembershipFactory.create(owner=True)
    for by in (member.user, stranger.user):
        with pytest.raises(NotAllowed):
            actions.invite(owner.partner, email="nina@people.example", permissions=[], by=by)
    assert not TeamInvitation.objects.exists()


def test_an_address_has_one_open_invitation(owner):
    first = invited(owner)
    with pytest.raises(AlreadyInvited):
        invited(owner, email="NINA@people.example")
    actions.take_back_invitation(first, by=owner.user)
    assert invited(owner).is_open


def test_an_invitation_that_is_too_old_makes_way_for_a_new_one(owner):
    old = TeamInvitationFactory.create(partner=owner.partner, email="nina@people.example", lapsed=True)
    assert invited(owner).is_open
    old.refresh_from_db()
    assert old.taken_back_at


def test_somebody_in_the_team_is_not_invited_again(owner, manager):
    with pytest.raises(AlreadyInTeam):
        invited(owner, email=manager.user.email)


def test_a_team_sends_so_many_invitations_a_day_and_no_more(owner):
    for number in range(A_DAY):
        TeamInvitationFactory.create(
            partner=owner.partner, invited_by=owner.user, email=f"n{number}@people.example", taken_back=True
        )
    with pytest.raises(TooManyInvitations):
        invited(owner)
    TeamInvitation.objects.update(invited_at=timezone.now() - timedelta(days=1, seconds=1))
    assert invited(owner)


# --- Accepting ------------------------------------------------------------------------------------------------------


def closed_for(invitation: TeamInvitation, person) -> str:
    before = Membership.objects.count()
    with pytest.raises(InvitationClosed) as closed:
        actions.accept_invitation(invitation, by=person)
    assert Membership.objects.count() == before
    assert not Event.objects.filter(topic="team.joined").exists()
    return str(closed.value)


def test_an_invitation_is_not_for_somebody_else(owner):
    invitation = invited(owner)
    assert "another e-mail address" in closed_for(invitation, UserFactory.create())


def test_an_address_that_is_not_verified_opens_nothing(owner):
    nina = UserFactory.create(email="nina@people.example", verified=False)
    EmailAddress.objects.create(user=nina, email=nina.email, verified=False)
    assert "another e-mail address" in closed_for(invited(owner), nina)


@pytest.mark.parametrize(
    ("state", "sentence"), [({"lapsed": True}, "too old"), ({"taken_back": True}, "was taken back")]
)
def test_an_invitation_that_no_longer_stands_says_why(owner, state, sentence):
    nina = UserFactory.create(email="nina@people.example")
    invitation = TeamInvitationFactory.create(partner=owner.partner, invited_by=owner.user, email=nina.email, **state)
    assert sentence in closed_for(invitation, nina)


def test_what_somebody_offered_ends_when_their_account_is_closed(owner):
    nina = UserFactory.create(email="nina@people.example")
    other = MembershipFactory.create(partner=owner.partner, owner=True)
    invitation = invited(other, is_owner=True)
    User.objects.filter(pk=other.user_id).update(is_active=False)
    assert "can no longer offer this" in closed_for(TeamInvitation.objects.get(pk=invitation.pk), nina)


def test_an_address_that_grows_in_small_letters_is_refused(owner):
    with pytest.raises(TooLongAddress):
        invited(owner, email="a@" + ".".join(["İ" * 60] * 4) + ".com")


def test_somebody_sends_no_more_from_many_teams_than_from_one(owner):
    another = MembershipFactory.create(user=owner.user, owner=True)
    for number in range(A_DAY):
        TeamInvitationFactory.create(
            partner=another.partner, invited_by=owner.user, email=f"n{number}@people.example", taken_back=True
        )
    with pytest.raises(TooManyInvitations):
        invited(owner)


def test_an_invitation_works_once(owner):
    nina = UserFactory.create(email="nina@people.example")
    invitation = invited(owner)
    membership = actions.accept_invitation(invitation, by=nina)
    assert actions.accept_invitation(invitation, by=nina) == membership  # said twice, answered like the first time
    actions.remove_member(membership, by=owner.user)
    with pytest.raises(InvitationClosed, match="used already"):
        actions.accept_invitation(invitation, by=nina)
    assert not Membership.objects.filter(user=nina).exists()


@pytest.mark.parametrize("loss", ["removed", "loses_the_right", "loses_what_was_offered"])
def test_what_somebody_offered_ends_with_their_own_right_to_offer_it(owner, manager, loss):
    nina = UserFactory.create(email="nina@people.example")
    invitation = invited(manager, permissions=["manage_jobs"])
    if loss == "removed":
        actions.remove_member(manager, by=owner.user)
    elif loss == "loses_the_right":
        actions.change_member(manager, permissions=["manage_jobs"], is_owner=False, by=owner.user)
    else:
        actions.change_member(manager, permissions=["manage_team"], is_owner=False, by=owner.user)
    invitation.refresh_from_db()
    assert invitation.taken_back_at
    TeamInvitation.objects.update(taken_back_at=None)  # and even if it had not been taken back
    assert "can no longer offer this" in closed_for(invitation, nina)


# --- Changing and removing ------------------------------------------------------------------------------------------


def test_rights_are_changed_at_once_and_each_change_is_an_event(owner, manager):
    for permissions in (["manage_stores"], ["manage_jobs"], ["manage_jobs"]):
        actions.change_member(manager, permissions=permissions, is_owner=False, by=owner.user)
    manager.refresh_from_db()
    assert manager.permissions == ["manage_jobs"]
    assert Event.objects.filter(topic="team.changed").count() == 2  # the last one changed nothing


def test_nobody_grants_what_they_lack_nor_touches_owners(owner, manager):
    member = MembershipFactory.create(partner=owner.partner, permissions=["manage_stores"])
    tries = [
        (
            lambda: actions.change_member(
                member, permissions=["manage_public_listings"], is_owner=False, by=manager.user
            )
        ),
        (lambda: actions.change_member(member, permissions=[], is_owner=True, by=manager.user)),
        (lambda: actions.change_member(manager, permissions=[], is_owner=True, by=manager.user)),
        (lambda: actions.change_member(owner, permissions=[], is_owner=False, by=manager.user)),
        (lambda: actions.remove_member(owner, by=manager.user)),
    ]
    before = list(Membership.objects.order_by("pk").values())
    for attempt in tries:
        with pytest.raises((GrantsMoreThanHeldInTeam, OnlyOwners)):
            attempt()
    assert list(Membership.objects.order_by("pk").values()) == before
    assert not Event.objects.exists()


def test_what_a_member_had_may_stay_though_the_manager_lacks_it(owner, manager):
    member = MembershipFactory.create(partner=owner.partner, permissions=["manage_stores"])
    actions.change_member(member, permissions=["manage_stores", "manage_jobs"], is_owner=False, by=manager.user)
    member.refresh_from_db()
    assert member.permissions == ["manage_jobs", "manage_stores"]


def test_the_last_owner_cannot_go(owner, manager):
    MembershipFactory.create(partner=owner.partner, owner=True, user__is_active=False)  # cannot sign in: does not count
    for attempt in (
        lambda: actions.leave_team(owner.partner, by=owner.user),
        lambda: actions.remove_member(owner, by=owner.user),
        lambda: actions.change_member(owner, permissions=[], is_owner=False, by=owner.user),
    ):
        with pytest.raises(LastOwner):
            attempt()
    assert Membership.objects.filter(pk=owner.pk, is_owner=True).exists()
    assert not Event.objects.exists()


def test_an_owner_goes_where_another_one_stays(owner):
    other = MembershipFactory.create(partner=owner.partner, owner=True)
    actions.leave_team(owner.partner, by=owner.user)
    assert list(Membership.objects.all()) == [other]


def test_who_was_removed_meanwhile_is_not_changed_nor_removed_again(owner, manager):
    actions.remove_member(manager, by=owner.user)
    with pytest.raises(NoLongerInTeam):
        actions.change_member(manager, permissions=[], is_owner=False, by=owner.user)
    with pytest.raises(NoLongerInTeam):
        actions.remove_member(manager, by=owner.user)
    with pytest.raises(NoLongerInTeam):
        actions.leave_team(owner.partner, by=manager.user)


# --- Two at once ----------------------------------------------------------------------------------------------------


def two_owners() -> tuple[Membership, Membership]:
    first = MembershipFactory.create(owner=True)
    return first, MembershipFactory.create(partner=first.partner, owner=True)


def remove_each_other(first: Membership, second: Membership) -> list:
    return together(
        [
            lambda: actions.remove_member(second, by=first.user),
            lambda: actions.remove_member(first, by=second.user),
        ]
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_of_two_owners_who_remove_each_other_one_stays(attempt):
    first, second = two_owners()
    results = remove_each_other(first, second)
    assert Membership.objects.filter(partner=first.partner, is_owner=True).count() == 1
    assert sum(isinstance(result, NotAllowed) for result in results) == 1
    assert Event.objects.filter(topic="team.removed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_owners_leave_a_partner_without_any(monkeypatch):
    first, second = two_owners()
    with without_locks(monkeypatch, meet_at=(Membership, "delete"), parties=2):
        remove_each_other(first, second)
    assert not Membership.objects.filter(partner=first.partner, is_owner=True).exists()


@pytest.mark.django_db(transaction=True)
def test_an_invitation_accepted_in_ten_tabs_makes_one_member():
    owner = MembershipFactory.create(owner=True)
    nina = UserFactory.create(email="nina@people.example")
    invitation = invited(owner)
    results = together([lambda: actions.accept_invitation(invitation, by=nina)] * 10)
    assert len({result.pk for result in results}) == 1
    assert Event.objects.filter(topic="team.joined").count() == 1


# --- Pages ----------------------------------------------------------------------------------------------------------


def test_a_member_who_was_removed_is_out_on_the_next_request(client, owner, manager):
    client.force_login(manager.user)
    page = reverse("partners:team", args=[owner.partner.slug])
    assert client.get(page).status_code == 200
    actions.change_member(manager, permissions=[], is_owner=False, by=owner.user)
    assert "Invite somebody" not in client.get(page).content.decode()
    assert client.post(reverse("partners:invitation-list", args=[owner.partner.slug])).status_code == 403
    actions.remove_member(manager, by=owner.user)
    assert client.get(page).status_code == 404


def test_looking_at_an_invitation_accepts_nothing(client, owner):
    nina = UserFactory.create(email="nina@people.example")
    page = reverse("partners:invitation", args=[invited(owner, permissions=["manage_jobs"]).token])
    client.force_login(nina)
    shown = client.get(page)
    assert "Manage jobs" in shown.content.decode()
    assert not Membership.objects.filter(user=nina).exists()
    assert client.post(page)["Location"] == reverse("partner-home", args=[owner.partner.slug])
    assert Membership.objects.filter(user=nina).exists()


def test_an_invitation_shows_somebody_else_nothing_of_it(client, owner):
    page = reverse("partners:invitation", args=[invited(owner).token])
    client.force_login(UserFactory.create())
    for answer in (client.get(page), client.post(page)):
        text = answer.content.decode()
        assert "another e-mail address" in text
        assert owner.partner.name not in text
        assert owner.user.name not in text
        assert "nina@people.example" not in text


def test_whoever_is_signed_out_signs_in_first_and_comes_back(client, owner):
    page = reverse("partners:invitation", args=[invited(owner).token])
    assert client.get(page)["Location"] == f"{reverse('account_login')}?next={page}"


def test_a_link_that_never_existed_is_nowhere(client):
    client.force_login(UserFactory.create())
    for token in ("x" * 64, "%00", "é", "a" * 3000):
        assert client.get(f"/account/invitations/team/{token}/").status_code in {400, 404}


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"email": "no address"}, 422, "Type a whole e-mail address"),
        ({"email": ""}, 422, "Fill this in."),
        ({"permissions": "fly"}, 422, "does not exist"),
        ({"email": "nina@people.example\x00"}, 422, "This contains control characters."),
    ],
)
def test_a_bad_invitation_gets_a_sentence_and_is_not_sent(client, owner, typed, status, sentence):
    client.force_login(owner.user)
    page = reverse("partners:invitation-list", args=[owner.partner.slug])
    answer = client.post(page, {"email": "nina@people.example", "permissions": []} | typed)
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert not TeamInvitation.objects.exists()


def test_the_page_says_no_where_the_action_does(client, owner):
    client.force_login(owner.user)
    page = reverse("partners:departure", args=[owner.partner.slug])
    assert "needs an owner" in client.post(page, follow=True).content.decode()
    page = reverse("partners:member", args=[owner.partner.slug, owner.public_id])
    answer = client.post(page, {"permissions": ["manage_jobs"]})
    assert answer.status_code == 422
    assert "needs an owner" in answer.content.decode()


def test_a_right_that_the_manager_lacks_is_kept_on_the_form(client, owner, manager):
    """Boxes that are greyed are not posted by browsers: saving must not take the right away."""
    member = MembershipFactory.create(partner=owner.partner, permissions=["manage_stores"])
    client.force_login(manager.user)
    page = reverse("partners:member", args=[owner.partner.slug, member.public_id])
    text = client.get(page).content.decode()
    assert 'value="manage_stores" checked>' in text.replace("\n", "")
    assert 'value="manage_public_listings" disabled>' in text.replace("\n", "")


def test_a_partner_needs_no_owner_to_be_looked_at(client):
    partner = PartnerFactory.create()
    member = MembershipFactory.create(partner=partner)
    client.force_login(member.user)
    assert client.get(reverse("partners:team", args=[partner.slug])).status_code == 200

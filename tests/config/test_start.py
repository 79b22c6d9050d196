"""What somebody is shown who belongs to no store and no partner."""

import pytest
from django.urls import reverse

from tests.factories import ExpertInvitationFactory, StaffInvitationFactory, TeamInvitationFactory, UserFactory

pytestmark = pytest.mark.django_db


def start(client, user) -> str:
    client.force_login(user)
    return client.get(reverse("home")).content.decode()


def links(*invitations) -> list[str]:
    names = {"StaffInvitation": "stores:invitation", "TeamInvitation": "partners:invitation"}
    names["ExpertInvitation"] = "collaborators:invitation"
    return [reverse(names[type(row).__name__], args=[row.token]) for row in invitations]


def test_open_invitations_lead_to_where_they_are_accepted(client):
    user = UserFactory.create()
    staff = StaffInvitationFactory.create(email=user.email, store__name="Maison Lavande")
    team = TeamInvitationFactory.create(email=user.email, partner__name="Atelier Nord")
    expert = ExpertInvitationFactory.create(email=user.email, store__name="Café Bruma")
    text = start(client, user)
    assert all(link in text for link in links(staff, team, expert))
    assert "You are invited to the staff of Maison Lavande" in text
    assert "You are invited to the team of Atelier Nord" in text
    assert "You are invited to work for Café Bruma" in text


@pytest.mark.parametrize("factory", [StaffInvitationFactory, TeamInvitationFactory, ExpertInvitationFactory])
def test_what_is_for_others_or_over_is_not_shown(client, factory):
    user = UserFactory.create()
    rows = [
        factory.create(),
        factory.create(email=user.email, lapsed=True),
        factory.create(email=user.email, taken_back=True),
    ]
    user.emailaddress_set.create(email="unconfirmed@people.example", verified=False)
    rows.append(factory.create(email="unconfirmed@people.example"))
    text = start(client, user)
    assert not [link for link in links(*rows) if link in text]


def test_operators_find_their_pages(client):
    card = "I run Entente"
    assert card not in start(client, UserFactory.create())
    assert card in start(client, UserFactory.create(is_staff=True))


@pytest.mark.parametrize("count", [1, 3, 50])
def test_it_asks_as_often_for_fifty_invitations_as_for_one(client, count, django_assert_num_queries):
    user = UserFactory.create()
    for _number in range(count):
        StaffInvitationFactory.create(email=user.email)
        TeamInvitationFactory.create(email=user.email)
        ExpertInvitationFactory.create(email=user.email)
    client.force_login(user)
    with django_assert_num_queries(12):
        # session, user, store, partner; addresses, invitations to staff, to teams and as an expert, stores that are
        # handed over; frame: stores, partners, unread
        text = client.get(reverse("home")).content.decode()
    assert text.count("See the invitation") == 3 * min(count, 5)


def test_the_wrong_account_signs_out_and_comes_back_to_the_invitation(client):
    [page] = links(invitation := StaffInvitationFactory.create())
    client.force_login(UserFactory.create())
    assert f'<input type="hidden" name="next" value="{page}">' in client.get(page).content.decode()
    response = client.post(reverse("account_logout"), {"next": page}, follow=True)
    assert response.redirect_chain[-1][0] == f"{reverse('account_login')}?next={page}"
    client.force_login(UserFactory.create(email=invitation.email))
    assert 'name="next"' not in client.get(page).content.decode()


def test_signing_out_never_leads_to_another_host(client):
    client.force_login(UserFactory.create())
    assert client.post(reverse("account_logout"), {"next": "https://evil.example/"}).url == "/"

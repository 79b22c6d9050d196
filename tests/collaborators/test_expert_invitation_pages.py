"""The pages of an expert invitation: what each of them says, does, and leaves alone."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from collaborators import actions
from collaborators.models import AccessRequest, Collaboration, ExpertInvitation
from stores.models import Role, Staff
from tests.config.test_addresses import fingerprint
from tests.factories import (
    CollaborationFactory,
    ExpertInvitationFactory,
    MembershipFactory,
    PartnerFactory,
    RoleFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
)
from tests.sessions import age

pytestmark = pytest.mark.django_db

OFFERED = ["products.view", "themes.view"]


@pytest.fixture
def store():
    return StoreFactory.create(name="Maison Lavande", handle="maison-lavande", owner__name="Camille Roy")


@pytest.fixture
def expert():
    return UserFactory.create(name="Eva Expert")


@pytest.fixture
def partner(expert):
    partner = PartnerFactory.create(name="Atelier Nord", slug="atelier-nord")
    MembershipFactory.create(partner=partner, user=expert, owner=True)
    return partner


@pytest.fixture
def invitation(store, expert):
    return ExpertInvitationFactory.create(store=store, email=expert.email, note="The <b>new</b> theme.")


def page_of(invitation, view="invitation") -> str:
    return reverse(f"collaborators:{view}", args=[invitation.token])


def text(response) -> str:
    return response.content.decode()


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def unchanged(act):
    before = fingerprint()
    response = act()
    assert fingerprint() == before
    return response


# --- The store ------------------------------------------------------------------------------------------------------

MAKING = reverse("collaborators:invitation-making", args=["maison-lavande"])
LIST = reverse("collaborators:invitation-list", args=["maison-lavande"])
OFFER = {
    "email": "expert@people.example",
    "permissions": OFFERED,
    "how_long": "until",
    "ends_on": (timezone.localdate() + timedelta(days=30)).isoformat(),
    "note": "The new theme.",
}


def test_an_owner_invites_and_finds_the_invitation_on_the_list(client, store):
    client.force_login(store.owner)
    assert MAKING in text(client.get(reverse("collaborators:list", args=[store.handle])))
    response = client.post(MAKING, OFFER, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    page = text(response)
    assert "expert@people.example is invited." in page
    assert "Not used yet" in page
    assert ExpertInvitation.objects.get().note == "The new theme."
    assert "1 open" in text(client.get(reverse("collaborators:list", args=[store.handle])))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "nobody"}, "Type a whole e-mail address"),
        ({"permissions": []}, "Choose at least one permission."),
        ({"permissions": ["themes.edit"]}, "“Edit themes” also needs “View themes”."),
        ({"permissions": ["users.manage"]}, "for staff only"),
        ({"ends_on": "2020-01-01"}, "This day is over."),
        ({"ends_on": ""}, "Choose the last day, or no end date."),
        ({"note": "x" * 2001}, "Use at most 2000 characters; yours has 2001."),
        ({"note": "a\u202eb"}, "hidden"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(client, store, wrong, sentence):
    client.force_login(store.owner)
    response = unchanged(lambda: client.post(MAKING, OFFER | wrong))
    assert response.status_code == 422
    assert sentence in text(response)
    if "note" not in wrong:
        assert "The new theme." in text(response)


def test_a_second_open_invitation_to_an_address_is_refused_beside_it(client, store):
    client.force_login(store.owner)
    client.post(MAKING, OFFER)
    response = unchanged(lambda: client.post(MAKING, OFFER))
    assert response.status_code == 422
    assert "This address has an open invitation already." in text(response)


@pytest.mark.parametrize("who", ["owner", "staff"])
def test_who_works_in_the_store_is_refused_beside_the_address(client, store, who):
    person = store.owner if who == "owner" else StaffFactory.create(store=store).user
    client.force_login(store.owner)
    response = unchanged(lambda: client.post(MAKING, OFFER | {"email": person.email}))
    assert response.status_code == 422
    assert "This person works in the store already." in text(response)


def test_applying_a_role_ticks_what_the_reader_holds_and_sends_nothing(client, store):
    role = Role.objects.get(store=None, key="theme_work")
    keys = ["users.view", "users.manage", "themes.view"]
    manager = StaffFactory.create(store=store, role=RoleFactory.create(store=store, permissions=keys)).user
    client.force_login(manager)
    response = unchanged(lambda: client.post(MAKING, OFFER | {"apply_role": "yes", "role": str(role.public_id)}))
    assert response.status_code == 200
    assert response.context["form"]["permissions"].value() == ["themes.view"]
    assert response.context["form"]["email"].value() == OFFER["email"]


def test_sensitive_permissions_are_offered_only_by_who_confirms_it_is_them(client, store):
    client.force_login(store.owner)
    age(client, timedelta(minutes=6))
    response = unchanged(lambda: client.post(MAKING, OFFER | {"permissions": ["customers.view"]}))
    assert response.url.startswith(reverse("account_reauthenticate"))
    assert client.post(MAKING, OFFER).url == LIST


def test_the_list_says_of_each_how_it_stands(client, store, expert, partner, invitation):
    ExpertInvitationFactory.create(store=store, lapsed=True)
    ExpertInvitationFactory.create(store=store, taken_back=True)
    accepted = actions.accept_expert_invitation(invitation, partner=partner, by=expert)
    client.force_login(store.owner)
    page = text(client.get(LIST))
    assert "Used by Eva Expert for Atelier Nord" in page
    assert "Too old" in page
    assert "Taken back" in page
    assert reverse("collaborators:collaboration", args=[store.handle, accepted.collaboration.public_id]) in page
    assert "withdrawal" not in page  # none is open


def test_it_is_taken_back_and_its_page_says_so(client, store, expert, partner, invitation):
    address = reverse("collaborators:invitation-withdrawal", args=[store.handle, invitation.public_id])
    client.force_login(store.owner)
    assert said(client.post(address)) == [f"The invitation of {expert.email} is taken back."]
    client.force_login(expert)
    assert "This invitation was taken back." in text(client.get(page_of(invitation)))
    response = unchanged(lambda: client.post(page_of(invitation), {"partner": partner.slug}))
    assert response.status_code == 409


def test_one_that_was_used_meanwhile_says_by_whom(client, store, expert, partner, invitation):
    actions.accept_expert_invitation(invitation, partner=partner, by=expert)
    client.force_login(store.owner)
    address = reverse("collaborators:invitation-withdrawal", args=[store.handle, invitation.public_id])
    assert said(unchanged(lambda: client.post(address))) == [
        "Eva Expert used this invitation already, for Atelier Nord."
    ]


# --- Whoever was invited --------------------------------------------------------------------------------------------


def test_looking_shows_what_is_offered_and_writes_nothing(client, store, expert, partner):
    invitation = ExpertInvitationFactory.create(
        store=store,
        email=expert.email,
        permissions=["products.view", "customers.view"],
        note="The <b>new</b> theme.",
    )
    client.force_login(expert)
    page = text(unchanged(lambda: client.get(page_of(invitation))))
    for words in ("Work for Maison Lavande", "Camille Roy invited you", "View customers", "Personal data"):
        assert words in page
    assert "The &lt;b&gt;new&lt;/b&gt; theme." in page
    assert "No end date" in page
    assert 'value="atelier-nord" selected' in page  # the only one


def test_accepting_leads_into_the_store(client, store, expert, partner, invitation):
    client.force_login(expert)
    response = client.post(page_of(invitation), {"partner": partner.slug})
    collaboration = Collaboration.objects.get()
    assert response.url == reverse("collaborators:partner-collaboration", args=[partner.slug, collaboration.public_id])
    assert said(response) == ["You may enter Maison Lavande now."]
    assert client.get(reverse("store-home", args=[store.handle])).status_code == 200
    assert client.post(page_of(invitation), {"partner": partner.slug}).url == response.url  # a double click
    assert "This invitation was used already." in text(client.get(page_of(invitation)))


def test_asking_for_more_leads_to_the_request(client, store, expert, partner, invitation):
    client.force_login(expert)
    wanted = {"partner": partner.slug, "permissions": [*OFFERED, "files.view"], "how_long": "open", "message": "Files."}
    response = client.post(page_of(invitation, "invitation-terms"), wanted)
    asked = AccessRequest.objects.get()
    assert response.url == reverse("collaborators:partner-request", args=[partner.slug, asked.public_id])
    assert "You asked for more than the store offered." in said(response)[0]
    assert asked.message == "Files."
    client.force_login(store.owner)
    assert "See the request" in text(client.get(LIST))
    page = text(client.get(reverse("collaborators:request", args=[store.handle, asked.public_id])))
    assert "Sent by Camille Roy" in page
    assert "They typed" not in page


def test_taking_less_is_access_at_once(client, expert, partner, invitation):
    client.force_login(expert)
    less = {"partner": partner.slug, "permissions": ["themes.view"], "how_long": "open"}
    client.post(page_of(invitation, "invitation-terms"), less)
    assert Collaboration.objects.get().permissions == ["themes.view"]


def test_what_the_inviter_can_no_longer_grant_is_said_plainly(client, store, expert, partner):
    inviter = StaffFactory.create(store=store, key="store_manager", user__name="Omar Diallo").user
    invitation = ExpertInvitationFactory.create(store=store, email=expert.email, invited_by=inviter)
    Staff.objects.all().delete()
    client.force_login(expert)
    response = client.post(page_of(invitation), {"partner": partner.slug})
    assert "Omar Diallo can no longer grant this access." in said(response)[0]
    assert AccessRequest.objects.get().is_pending


@pytest.mark.parametrize("view", ["invitation", "invitation-terms"])
def test_to_anybody_else_the_page_says_only_that_it_is_not_theirs(client, invitation, partner, view):
    stranger = MembershipFactory.create(owner=True)
    client.force_login(stranger.user)
    page = text(client.get(page_of(invitation, view)))
    assert "This invitation is for another e-mail address." in page
    for secret in ("Maison Lavande", "Camille Roy", invitation.email, "theme"):
        assert secret not in page
    form = {"partner": stranger.partner.slug, "permissions": OFFERED, "how_long": "open"}
    assert unchanged(lambda: client.post(page_of(invitation, view), form)).status_code == 409


def test_a_partner_of_others_cannot_be_chosen(client, expert, partner, invitation):
    other = MembershipFactory.create(owner=True).partner
    client.force_login(expert)
    for slug in (other.slug, "", "nobody-here"):
        response = unchanged(lambda slug=slug: client.post(page_of(invitation), {"partner": slug}))
        assert response.status_code == 422


def test_a_partner_that_works_there_already_is_refused_beside_the_field(client, store, expert, partner, invitation):
    CollaborationFactory.create(store=store, partner=partner)
    client.force_login(expert)
    response = unchanged(lambda: client.post(page_of(invitation), {"partner": partner.slug}))
    assert response.status_code == 422
    assert "You work for this store already." in text(response)


def test_whoever_looks_for_a_partner_that_works_there_is_shown_where_to_ask_for_more(
    client, store, expert, partner, invitation
):
    row = CollaborationFactory.create(store=store, partner=partner)
    client.force_login(expert)
    page = text(unchanged(lambda: client.get(page_of(invitation))))
    assert "Atelier Nord works for this store already" in page
    assert f"{reverse('collaborators:store-request', args=[partner.slug])}?more={row.public_id}" in page
    assert "Accept the invitation" not in page
    assert client.get(page_of(invitation, "invitation-terms")).url == page_of(invitation)

    MembershipFactory.create(user=expert, owner=True, partner__name="Pixel & Co")  # for whom they may accept
    for view in ("invitation", "invitation-terms"):
        page = text(client.get(page_of(invitation, view)))
        assert "Atelier Nord works for this store already" in page
        assert "Pixel &amp; Co" in page
    assert "Use the invitation" in page


def test_access_that_is_over_or_elsewhere_keeps_nobody_from_accepting(client, store, expert, partner, invitation):
    CollaborationFactory.create(store=store, partner=partner, past_its_end=True)
    CollaborationFactory.create(partner=partner)
    client.force_login(expert)
    page = text(client.get(page_of(invitation)))
    assert "works for this store already" not in page
    assert "Accept the invitation" in page


def test_bad_terms_keep_what_was_typed(client, expert, partner, invitation):
    client.force_login(expert)
    wanted = {"partner": partner.slug, "permissions": ["themes.edit"], "how_long": "open", "message": "We need it."}
    response = unchanged(lambda: client.post(page_of(invitation, "invitation-terms"), wanted))
    assert response.status_code == 422
    assert "“Edit themes” also needs “View themes”." in text(response)
    assert "We need it." in text(response)


def test_without_a_partner_one_is_founded_first_and_leads_back(client, expert, invitation):
    client.force_login(expert)
    page = page_of(invitation)
    founding = f"{reverse('partners:partner-foundation')}?next={page}"
    assert founding in text(client.get(page))
    assert client.get(page_of(invitation, "invitation-terms")).url == page
    assert client.post(founding, {"name": "Eva alone", "slug": "eva-alone"}).url == page
    assert "Accept the invitation" in text(client.get(page))


def test_a_member_without_the_right_learns_whom_to_ask(client, expert, invitation):
    place = MembershipFactory.create(user=expert, permissions=["manage_jobs"], partner__name="Pixel & Co")
    MembershipFactory.create(partner=place.partner, owner=True, user__name="Paul Weber")
    client.force_login(expert)
    page = text(client.get(page_of(invitation)))
    assert "To accept for Pixel &amp; Co you need Manage stores there. Ask Paul Weber." in page
    assert "Accept the invitation" not in page


def test_a_partner_that_asks_for_two_steps_says_so(client, expert, partner, invitation):
    type(partner).objects.update(requires_two_step=True)
    client.force_login(expert)
    response = unchanged(lambda: client.post(page_of(invitation), {"partner": partner.slug}))
    assert response.status_code == 403
    assert "asks everybody who enters to sign in in two steps" in text(response)


def test_the_stores_of_a_partner_show_what_the_reader_is_invited_to(client, expert, partner, invitation):
    colleague = MembershipFactory.create(partner=partner, stores=True).user
    address = reverse("collaborators:partner-stores", args=[partner.slug])
    link = f"{page_of(invitation)}?partner=atelier-nord"
    client.force_login(expert)
    assert link in text(client.get(address))
    client.force_login(colleague)
    assert invitation.token not in text(client.get(address))

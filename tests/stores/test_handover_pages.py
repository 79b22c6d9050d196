from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from collaborators.models import Collaboration
from stores.actions import offer_handover
from stores.models import HandoverOffer, Store
from tests.factories import HandoverOfferFactory, MembershipFactory, PartnerFactory, StoreFactory, UserFactory

THEMES = ["themes.view", "themes.edit"]
SHAPE = {
    "name": "Atelier du Thé",
    "handle": "atelier-du-the",
    "country": "FR",
    "industry": "food",
    "time_zone": "Europe/Paris",
    "currency": "EUR",
}


@pytest.fixture
def partner(db):
    return PartnerFactory.create(name="Atelier Nord")


@pytest.fixture
def builder(partner):
    return MembershipFactory.create(partner=partner, stores=True).user


@pytest.fixture
def store(partner):
    return StoreFactory.create(owner=None, built_by=partner, name="Tea")


@pytest.fixture
def merchant(db):
    return UserFactory.create(email="merchant@shop.example")


@pytest.fixture
def offer(store, builder, merchant):
    return offer_handover(store, email=merchant.email, message="Here it is", wished=THEMES, by=builder)


@pytest.fixture
def page(offer):
    return reverse("stores:handover", args=[offer.token])


# --- The partner ----------------------------------------------------------------------------------------------------


def test_a_store_is_built_once_however_often_the_form_is_sent(client, partner, builder):
    client.force_login(builder)
    address = reverse("stores:development-making", args=[partner.slug])
    answers = [client.post(address, {**SHAPE, "key": "a-key"}) for _click in range(2)]
    made = Store.objects.get()
    assert {answer.url for answer in answers} == {
        reverse("stores:development-store", args=[partner.slug, made.public_id])
    }


@pytest.mark.parametrize("wrong", [{"handle": "Not A Handle"}, {"country": "ZZ"}, {"name": ""}, {"currency": "XXX"}])
def test_what_is_wrong_stands_beside_its_field(client, partner, builder, wrong):
    client.force_login(builder)
    answer = client.post(reverse("stores:development-making", args=[partner.slug]), {**SHAPE, **wrong})
    assert answer.status_code == 422
    assert not Store.objects.exists()


def test_the_stores_of_the_partner_say_how_it_stands(client, partner, builder, offer):
    StoreFactory.create(owner=None, built_by=partner)
    StoreFactory.create(built_by=partner, handed_over_at=timezone.now())
    client.force_login(builder)
    said = client.get(reverse("collaborators:partner-stores", args=[partner.slug])).content.decode()
    assert "Being built since" in said
    assert f"Offered to {offer.email} until" in said
    assert "Handed over on" in said


def test_offering_and_taking_back(client, partner, builder, store):
    client.force_login(builder)
    address = reverse("stores:development-store", args=[partner.slug, store.public_id])
    typed = {"email": "Merchant@Shop.example", "message": "Yours", "permissions": THEMES, "key": "k"}
    for _click in range(2):
        assert client.post(address, typed).status_code == 302
    assert HandoverOffer.objects.get().email == "merchant@shop.example"
    assert "Take the offer back" in client.get(address).content.decode()
    assert client.post(reverse("stores:handover-withdrawal", args=[partner.slug, store.public_id])).status_code == 302
    assert not HandoverOffer.objects.get().is_open


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "not an address"}, "e-mail"),
        ({"email": "own"}, "somebody of your team"),
        ({"permissions": ["themes.edit"]}, "also needs"),
        ({"permissions": ["jobs.view"]}, "staff only"),
        ({"message": "x" * 1001}, "1000"),
    ],
)
def test_what_is_wrong_with_an_offer_is_said(client, partner, builder, store, typed, sentence):
    client.force_login(builder)
    if typed.get("email") == "own":
        typed = {"email": builder.email}
    address = reverse("stores:development-store", args=[partner.slug, store.public_id])
    answer = client.post(address, {"email": "merchant@shop.example", **typed})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not HandoverOffer.objects.exists()


def test_a_second_offer_is_told_of_the_first(client, partner, builder, store, offer):
    client.force_login(builder)
    address = reverse("stores:development-store", args=[partner.slug, store.public_id])
    answer = client.post(address, {"email": "other@shop.example"}, follow=True)
    assert "offered to somebody already" in answer.content.decode()
    assert HandoverOffer.objects.get() == offer


def test_another_partners_store_is_not_there(client, builder, partner):
    other = StoreFactory.create(development=True)
    client.force_login(builder)
    for name in ("stores:development-store", "stores:handover-withdrawal"):
        assert client.post(reverse(name, args=[partner.slug, other.public_id])).status_code == 404


# --- The merchant ---------------------------------------------------------------------------------------------------


def test_looking_at_an_offer_says_who_gets_what_and_changes_nothing(client, page, merchant, store):
    client.force_login(merchant)
    said = client.get(page).content.decode()
    for sentence in ("Here it is", "You are the owner", "What Atelier Nord keeps", "Accept the store", "Decline"):
        assert sentence in said
    store.refresh_from_db()
    assert store.is_development


def test_accepting_with_less_than_was_wished(client, page, merchant, store):
    client.force_login(merchant)
    day = timezone.localdate() + timedelta(days=10)
    chosen = {"keeping": "some", "permissions": ["themes.view"], "how_long": "until", "ends_on": day.isoformat()}
    for _click in range(2):
        assert client.post(page, chosen).url == reverse("store-home", args=[store.handle])
    store.refresh_from_db()
    assert store.owner == merchant
    assert Collaboration.objects.get().permissions == ["themes.view"]


def test_keeping_nothing_needs_nothing_else(client, page, merchant, store):
    client.force_login(merchant)
    assert client.post(page, {"keeping": "nothing", "permissions": ["themes.edit"]}).status_code == 302
    store.refresh_from_db()
    assert store.owner == merchant
    assert not Collaboration.objects.exists()


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"keeping": "maybe"},
        {"keeping": "some", "how_long": "open"},
        {"keeping": "some", "permissions": ["themes.edit"], "how_long": "open"},
        {"keeping": "some", "permissions": ["users.manage"], "how_long": "open"},
        {"keeping": "some", "permissions": ["no.such"], "how_long": "open"},
        {"keeping": "some", "permissions": THEMES, "how_long": "until", "ends_on": "2020-01-01"},
        {"keeping": "some", "permissions": THEMES, "how_long": "until"},
    ],
)
def test_what_is_wrong_with_the_answer_is_said_and_changes_nothing(client, page, merchant, store, chosen):
    client.force_login(merchant)
    assert client.post(page, chosen).status_code == 422
    store.refresh_from_db()
    assert store.is_development
    assert not Collaboration.objects.exists()


def test_declining_is_a_post_and_told_once(client, offer, merchant, store):
    address = reverse("stores:handover-refusal", args=[offer.token])
    client.force_login(merchant)
    assert client.get(address).status_code == 405
    for _click in range(2):
        assert client.post(address).status_code == 302
    offer.refresh_from_db()
    assert offer.declined_by == merchant
    store.refresh_from_db()
    assert store.is_development


def test_to_anybody_else_the_link_says_nothing(client, page, offer, builder):
    for user in (UserFactory.create(), builder):
        client.force_login(user)
        for answer in (client.get(page), client.post(page, {"keeping": "nothing"})):
            said = answer.content.decode()
            assert "another e-mail address" in said
            assert "Tea" not in said
            assert offer.email not in said
    offer.refresh_from_db()
    assert offer.is_open


def test_becoming_the_owner_needs_a_renewed_sign_in(client, page, merchant, store, time_machine):
    client.force_login(merchant)
    time_machine.move_to(timezone.now() + timedelta(minutes=6))
    client.post(page, {"keeping": "nothing"})
    store.refresh_from_db()
    assert store.is_development


def test_whoever_belongs_nowhere_finds_the_offer_at_home(client, page, merchant):
    client.force_login(merchant)
    said = client.get("/").content.decode()
    assert "Atelier Nord hands Tea over to you" in said
    assert page in said


def test_an_unknown_token_is_not_there(client, merchant):
    client.force_login(merchant)
    HandoverOfferFactory.create()
    assert client.get(reverse("stores:handover", args=["no-such"])).status_code == 404

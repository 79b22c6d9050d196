import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts.errors import NotAllowed
from stores import actions
from stores.models import Domain, Store
from tests.factories import DomainFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Maison Lavande",
    "handle": "Maison-Lavande",
    "domain": "https://www.Maison-Lavande.example/fr",
    "industry": "home",
    "country": "FR",
    "currency": "EUR",
    "time_zone": "Europe/Paris",
}


@pytest.fixture
def opening(client):
    client.force_login(UserFactory.create())
    return lambda **changes: client.post(reverse("stores:store-opening"), TYPED | changes)


def test_a_store_is_opened_with_a_form(opening):
    assert opening()["Location"] == reverse("store-home", args=["maison-lavande"])
    store = Store.objects.get()
    assert store.domains.get().name == "maison-lavande.example"
    assert store.domains.get().verified_at is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "required"),
        ({"name": "a\u202eb"}, "invisible characters"),
        ({"handle": "two words"}, "small letters"),
        ({"handle": "-edge-"}, "small letters"),
        ({"handle": "x" * 51}, "at most 50"),
        ({"domain": "192.168.0.1"}, "does not look like"),
        ({"domain": "just-a-word"}, "does not look like"),
        ({"industry": "magic"}, "Choose from what is offered."),
        ({"country": "XX"}, "Choose from what is offered."),
        ({"currency": "XXX"}, "Choose from what is offered."),
        ({"time_zone": "Middle/Earth"}, "Choose from what is offered."),
    ],
)
def test_bad_input_gets_a_sentence_and_opens_nothing(opening, changes, sentence):
    response = opening(**changes)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Store.objects.exists()


def test_a_taken_handle_is_said_beside_the_field(opening):
    StoreFactory.create(handle="maison-lavande")
    response = opening()
    assert response.status_code == 422
    assert "has this handle already" in response.content.decode()
    assert TYPED["name"] in response.content.decode()


def test_only_an_operator_verifies_a_domain_and_only_for_one_store():
    first, second = DomainFactory.create(name="shop.example"), DomainFactory.create(name="shop.example")
    operator = UserFactory.create(is_staff=True)
    with pytest.raises(NotAllowed):
        actions.verify_domain(first, by=first.store.owner)
    actions.verify_domain(first, by=operator)
    with pytest.raises(IntegrityError, match="domain_verified_once"):
        actions.verify_domain(second, by=operator)


def test_an_operator_verifies_in_the_admin(client):
    first, second = DomainFactory.create(name="shop.example"), DomainFactory.create(name="shop.example")
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    data = {"action": "verify", "_selected_action": [first.pk, second.pk]}
    response = client.post(reverse("admin:stores_domain_changelist"), data, follow=True)
    assert "verified for another store" in response.content.decode()
    assert [domain.verified_at is not None for domain in Domain.objects.order_by("pk")] == [True, False]

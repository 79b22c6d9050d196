import pytest
from django.urls import reverse

from partners.models import Membership, Partner
from tests.factories import PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def founding(client):
    client.force_login(UserFactory.create())
    return lambda **typed: client.post(
        reverse("partners:partner-foundation"), {"name": "Atelier Nord", "slug": "atelier-nord"} | typed
    )


def test_a_partner_is_founded_with_its_founder_as_owner(founding):
    assert founding()["Location"] == reverse("partner-home", args=["atelier-nord"])
    assert Membership.objects.get().is_owner


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [({"name": ""}, "required"), ({"slug": "two words"}, "small letters"), ({"name": "x" * 101}, "at most 100")],
)
def test_bad_input_gets_a_sentence_and_founds_nothing(founding, typed, sentence):
    response = founding(**typed)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Partner.objects.exists()


def test_a_taken_address_is_said_beside_the_field(founding):
    PartnerFactory.create(slug="atelier-nord")
    assert "has this address already" in founding().content.decode()
    assert Partner.objects.count() == 1


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/account/invitations/experts/abc/", "/account/invitations/experts/abc/"),
        ("https://evil.example/", "/partner/atelier-nord/"),
        ("//evil.example/", "/partner/atelier-nord/"),
        ("javascript:alert(1)", "/partner/atelier-nord/"),
        ("", "/partner/atelier-nord/"),
    ],
)
def test_who_came_from_elsewhere_here_goes_back_there_and_never_to_another_host(client, back, leads_to):
    client.force_login(UserFactory.create())
    founding = reverse("partners:partner-foundation", query={"next": back})
    assert client.post(founding, {"name": "Atelier Nord", "slug": "atelier-nord"}).url == leads_to

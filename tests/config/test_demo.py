import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from collaborators.models import AccessRequest, Collaboration
from config import demo
from partners.models import Membership, PartnerRating
from reviews.models import Report, Review, ReviewInvitation
from stores.models import Staff

pytestmark = pytest.mark.django_db


def test_the_demo_world_is_the_one_that_is_promised(client):
    demo.make()
    assert AccessRequest.objects.get(status="pending").store.handle == "maison-lavande"
    assert Collaboration.objects.get().store.handle == "cafe-bruma"
    assert {m.user.email.partition("@")[0]: m.permissions for m in Membership.objects.filter(is_owner=False)} == {
        "hugo": ["manage_jobs"],
        "lea": ["manage_public_listings"],
        "zoe": ["manage_stores"],
        "max": ["manage_team"],
        "tom": [],
    }
    assert {s.user.email.partition("@")[0]: str(s.role) for s in Staff.objects.all()} == {
        "nadia": "Order support",
        "omar": "Store manager",
    }
    reviews = Review.objects.filter(partner__slug="atelier-nord")
    assert reviews.filter(answered_at=None, lowest__lte=2).get().store.handle == "cafe-bruma"
    assert {review.source for review in reviews} == {"job", "handover"}
    assert ReviewInvitation.objects.open().get().store.handle == "maison-lavande"
    assert Report.objects.open().count() == 1
    assert PartnerRating.objects.get(partner__slug="atelier-nord").reviews == reviews.count() == 4
    signed_in = client.post(
        reverse("account_login"), {"login": "camille@maison-lavande.example", "password": "entente-demo"}
    )
    assert signed_in.status_code == 302


def test_it_is_loaded_into_an_empty_development_database_only(settings):
    with pytest.raises(CommandError):
        call_command("load_demo")
    assert not User.objects.exists()
    settings.DEBUG = True
    User.objects.create_user("somebody@people.example")
    call_command("load_demo")
    assert User.objects.count() == 1

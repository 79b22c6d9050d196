"""The demo world, made through the same actions as real life."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators import actions as access_actions
from collaborators.models import RequestCode, RequestPolicy
from partners import actions as partner_actions
from partners.models import Partner
from partners.permissions import TeamPermission
from stores import actions as store_actions
from stores.models import Domain, Role, Store
from stores.roles import SHIPPED

PASSWORD = "entente-demo"  # noqa: S105 - the demo's, on purpose

PEOPLE = {
    "ines@atelier-nord.example": "Inès Caron",
    "hugo@atelier-nord.example": "Hugo Lambert",
    "lea@atelier-nord.example": "Léa Moreau",
    "zoe@atelier-nord.example": "Zoé Petit",
    "max@atelier-nord.example": "Max Bernard",
    "tom@atelier-nord.example": "Tom Girard",
    "paul@pixel-co.example": "Paul Weber",
    "camille@maison-lavande.example": "Camille Roy",
    "nadia@maison-lavande.example": "Nadia Benali",
    "omar@maison-lavande.example": "Omar Diallo",
    "bruno@cafe-bruma.example": "Bruno Silva",
}

WANTED_AT_LAVANDE = [
    "themes.view",
    "themes.edit",
    "themes.edit_code",
    "products.view",
    "products.edit",
    "orders.view",
    "customers.view",
    "customers.export",
]


def make() -> None:
    """Make it all. The user table must be empty."""
    with transaction.atomic():
        atelier, lavande, bruma, people = _people_and_places()
    _requests(atelier, lavande, bruma, people)  # whoever asks with a code does it outside of transactions


def _people_and_places() -> tuple[Partner, Store, Store, dict[str, User]]:
    operator = User.objects.create_superuser("ops@entente.example", PASSWORD, name="Entente Operator")
    _verify(operator)
    people = {email.partition("@")[0]: _person(email, name) for email, name in PEOPLE.items()}

    atelier = _atelier_nord(people)
    partner_actions.found_partner(name="Pixel & Co", slug="pixel-co", by=people["paul"])
    lavande = _store("Maison Lavande", "maison-lavande", "home", people["camille"], operator)
    bruma = _store("Café Bruma", "cafe-bruma", "food", people["bruno"], operator)
    _staff(lavande, people)
    access_actions.change_policy(bruma, rule=RequestPolicy.Rule.ANYONE, by=people["bruno"])
    access_actions.invite_expert(
        lavande,
        email=people["paul"].email,
        permissions=SHIPPED["marketing"].permissions,
        ends_on=timezone.localdate() + timedelta(days=60),
        note="Hello Paul, here is the key for the Christmas campaign, as discussed.",
        by=people["camille"],
    )
    return atelier, lavande, bruma, people


def _person(email: str, name: str) -> User:
    user = User.objects.create_user(email, PASSWORD, name=name, time_zone="Europe/Paris")
    _verify(user)
    return user


def _verify(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)


def _atelier_nord(people: dict[str, User]) -> Partner:
    atelier = partner_actions.found_partner(name="Atelier Nord", slug="atelier-nord", by=people["ines"])
    team = {
        "hugo": [TeamPermission.MANAGE_JOBS],
        "lea": [TeamPermission.MANAGE_PUBLIC_LISTINGS],
        "zoe": [TeamPermission.MANAGE_STORES],
        "max": [TeamPermission.MANAGE_TEAM],
        "tom": [],
    }
    for name, permissions in team.items():
        invitation = partner_actions.invite(
            atelier, email=people[name].email, permissions=permissions, by=people["ines"]
        )
        partner_actions.accept_invitation(invitation, by=people[name])
    partner_actions.invite(
        atelier, email="sara@atelier-nord.example", permissions=[TeamPermission.MANAGE_JOBS], by=people["ines"]
    )
    return atelier


def _store(name: str, handle: str, industry: str, owner: User, operator: User) -> Store:
    store = store_actions.open_store(
        name=name,
        handle=handle,
        domain=f"{handle}.example",
        country="FR",
        industry=industry,
        time_zone="Europe/Paris",
        currency="EUR",
        by=owner,
    )
    store_actions.verify_domain(Domain.objects.get(store=store), by=operator)
    return store


def _staff(lavande: Store, people: dict[str, User]) -> None:
    for name, key in {"nadia": "staff_order_support", "omar": "store_manager"}.items():
        role = Role.objects.get(store=None, key=key)
        invitation = store_actions.invite(lavande, email=people[name].email, role=role, by=people["camille"])
        store_actions.accept_invitation(invitation, by=people[name])


def _requests(atelier: Partner, lavande: Store, bruma: Store, people: dict[str, User]) -> None:
    today = timezone.localdate()
    access_actions.request_access(
        atelier,
        store_url="maison-lavande.example",
        code=RequestCode.objects.get(store=lavande, ended_at=None).digits,
        permissions=WANTED_AT_LAVANDE,
        ends_on=today + timedelta(days=90),
        message="Hello! As agreed on the phone, we need to refresh the theme and fix the size guide on product pages. "
        "We will be done by mid-January.",
        by=people["ines"],
    )
    asked = access_actions.request_access(
        atelier,
        store_url="cafe-bruma.example",
        code="",
        permissions=SHIPPED["theme_work"].permissions,
        ends_on=None,
        message="We look after your theme from this week on.",
        by=people["zoe"],
    )
    access_actions.approve_request(asked, permissions=asked.permissions, ends_on=None, by=people["bruno"])

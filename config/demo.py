"""The demo world, made through the same actions as real life."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators import actions as access_actions
from collaborators import conversations
from collaborators.models import About, RequestCode, RequestPolicy, Side
from config import demo_reviews
from jobs.models import (
    ANSWER_WITHIN_HOURS,
    Candidate,
    CompletionRequest,
    Job,
    JobItem,
    Payment,
    Proposal,
)
from partners import actions as partner_actions
from partners.listings import Written, save_listing
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
    "samir@atelier-sel.example": "Samir Haddad",
    "jeanne@lune-et-fils.example": "Jeanne Faure",
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
    with transaction.atomic():
        _jobs(atelier, lavande, bruma, people)
        _listing(atelier, people)
        _development_stores(atelier, people)
        demo_reviews.make(atelier, lavande, bruma, people)


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


# --- In public, and for merchants to come ---------------------------------------------------------------------------


def _listing(atelier: Partner, people: dict[str, User]) -> None:
    written = Written(
        name="Atelier Nord",
        text="We design and rebuild storefronts for makers: themes, product data and the small things that keep a shop "
        "quick. We work in small steps that you can see, and we stay until your team can go on alone.",
        services=["theme_design", "theme_development", "catalogue", "speed"],
        languages=["fr", "en", "nl"],
        country="FR",
        website="https://atelier-nord.example",
    )
    save_listing(atelier, written=written, version=0, publish=True, by=people["lea"])


def _development_stores(atelier: Partner, people: dict[str, User]) -> None:
    """One that is offered, and one that is still being built."""
    shape = {"country": "FR", "time_zone": "Europe/Paris", "currency": "EUR"}
    tea = store_actions.build_store(
        atelier, name="Salon de Thé", handle="salon-de-the", industry="food", **shape, by=people["zoe"]
    )
    store_actions.offer_handover(
        tea,
        email=people["camille"].email,
        message="Your tea room is ready. We would look after the theme until the summer, if you like.",
        wished=SHIPPED["theme_work"].permissions,
        by=people["zoe"],
    )
    store_actions.build_store(
        atelier, name="Papeterie Ardoise", handle="papeterie-ardoise", industry="culture", **shape, by=people["ines"]
    )


# --- Jobs -----------------------------------------------------------------------------------------------------------


def _jobs(atelier: Partner, lavande: Store, bruma: Store, people: dict[str, User]) -> None:
    """One in each of the states that a reader meets. Rows are made as the acts leave them."""
    now = timezone.now()
    refresh = _hired(
        atelier,
        bruma,
        "Theme refresh",
        "New colours for the winter, and a size guide on every product page.",
        ["theme_design", "theme_development"],
        180_000,
        started=now - timedelta(days=50),
        by=people["bruno"],
    )
    _items(refresh, ["New colours", "Size guide", "Menu on the phone"], done=2, by=people["ines"])
    _received(refresh, 90_000, "Invoice 2026-18", by=people["ines"])
    _said(
        refresh,
        [
            (Side.PARTNER, "ines", "The new size guide is live on the preview theme. Could you have a look?"),
            (Side.STORE, "bruno", "Looks great, please publish."),
        ],
        people,
    )

    shipping = _hired(
        atelier,
        lavande,
        "Shipping set-up",
        "Zones and prices for Switzerland and Belgium.",
        ["shipping"],
        65_000,
        started=now - timedelta(days=20),
        by=people["camille"],
    )
    _items(shipping, ["Zones", "Prices by weight"], done=2, by=people["hugo"])
    _received(shipping, 65_000, "Invoice 2026-21", by=people["hugo"])
    CompletionRequest.objects.create(
        job=shipping,
        message="Everything we agreed on is live. It was a pleasure!",
        requested_by=people["hugo"],
        requested_at=now - timedelta(days=1),
        deadline=now + timedelta(days=13),
        more_days=7,
    )

    imported = _hired(
        atelier,
        lavande,
        "Product import",
        "400 products from a spreadsheet.",
        ["catalogue"],
        40_000,
        started=now - timedelta(days=80),
        by=people["camille"],
    )
    _received(imported, 40_000, "Invoice 2026-09", by=people["ines"])
    CompletionRequest.objects.create(
        job=imported,
        requested_by=people["ines"],
        requested_at=now - timedelta(days=62),
        deadline=now - timedelta(days=48),
        more_days=7,
        status=CompletionRequest.Status.APPROVED,
        decided_at=now - timedelta(days=60),
        decided_by=people["camille"],
    )
    imported.complete(at=now - timedelta(days=60), is_counted=True)

    photos = _open(
        lavande,
        "Photos of the new candles",
        "Twelve products on white.",
        ["product_photography"],
        120_000,
        "camille",
        people,
    )
    proposed = _candidate(photos, atelier, Candidate.Status.PROPOSED, by=people["camille"])
    Proposal.objects.create(
        candidate=proposed,
        price=98_000,
        message="We have a small studio, and can begin on Monday.",
        items=["Twelve photos on white", "Two moods"],
        sent_by=people["ines"],
    )
    speed = _open(bruma, "A faster home page", "It takes six seconds on a phone.", ["speed"], 80_000, "bruno", people)
    _candidate(speed, atelier, Candidate.Status.INVITED, by=people["bruno"])
    blog = _open(
        bruma, "Texts for the blog", "Four texts a month about coffee.", ["copywriting"], None, "bruno", people
    )
    _candidate(blog, atelier, Candidate.Status.CLOSED, by=people["bruno"])
    blog.cancel(side=Side.STORE, reason="We write them ourselves for now.", by=people["bruno"], at=now)


def _open(
    store: Store, title: str, brief: str, services: list[str], budget: int | None, by: str, people: dict[str, User]
) -> Job:
    return Job.objects.create(
        store=store,
        beginning=Job.Beginning.ASKED,
        title=title,
        brief=brief,
        services=services,
        currency=store.currency,
        budget=budget,
        created_by=people[by],
    )


def _candidate(
    job: Job, partner: Partner, status: Candidate.Status, *, by: User, at: datetime | None = None
) -> Candidate:
    now = at or timezone.now()
    return Candidate.objects.create(
        job=job,
        partner=partner,
        conversation=conversations.start(job.store, partner, about=About.JOB),
        invited_by=by,
        invited_at=now,
        answered_at=None if status in {Candidate.Status.INVITED, Candidate.Status.CLOSED} else now,
        status=status,
        waits_until=now + timedelta(hours=ANSWER_WITHIN_HOURS) if status in Candidate.WAITING else None,
        changed_at=now,
    )


def _hired(
    partner: Partner,
    store: Store,
    title: str,
    brief: str,
    services: list[str],
    price: int,
    *,
    started: datetime,
    by: User,
) -> Job:
    job = Job.objects.create(
        store=store,
        beginning=Job.Beginning.ASKED,
        title=title,
        brief=brief,
        services=services,
        currency=store.currency,
        created_by=by,
        created_at=started,
    )
    hired = _candidate(job, partner, Candidate.Status.HIRED, by=by, at=started - timedelta(days=1))
    Proposal.objects.create(
        candidate=hired,
        price=price,
        message="Thank you for asking. This is what we would do, and for how much.",
        sent_by=partner.memberships.order_by("pk")[0].user,
        sent_at=started - timedelta(days=1),
        status=Proposal.Status.ACCEPTED,
        decided_by=by,
        decided_at=started,
    )
    job.hire(partner, price=price, by=by, at=started)
    return job


def _items(job: Job, texts: list[str], *, done: int, by: User) -> None:
    for number, text in enumerate(texts):
        is_done = number < done
        JobItem.objects.create(
            job=job,
            text=text,
            origin=JobItem.Origin.PROPOSAL,
            added_by=by,
            added_at=job.created_at,
            done_at=timezone.now() - timedelta(days=3) if is_done else None,
            done_by=by if is_done else None,
        )


def _received(job: Job, amount: int, reference: str, *, by: User) -> None:
    Payment.objects.create(
        job=job,
        kind=Payment.Kind.RECEIVED,
        amount=amount,
        paid_on=timezone.localdate() - timedelta(days=4),
        reference=reference,
        recorded_by=by,
    )
    job.received += amount
    job.save(update_fields=["received"])


def _said(job: Job, messages: list[tuple[Side, str, str]], people: dict[str, User]) -> None:
    talk = Candidate.objects.get(job=job, partner=job.partner).conversation
    for side, who, text in messages:
        conversations.send(talk, text=text, side=side, by=people[who])

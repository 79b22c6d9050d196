"""The table *address × method × person*, held against the URLconf itself.

Every address is walked from the root resolver and tried as each of the people of `tests/world.py`, with valid data,
from the same fresh world. `TABLE` says who gets what; an address that it does not name fails, and so does a row whose
address is gone. Whatever is not a success leaves every table of the database as it was, and GET never writes.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from accounts.models import AccessToken, SignIn
from accounts.zones import end_of_day, last_day
from collaborators.models import AccessReview, ExpertInvitation, PartnerBlock, RequestTemplate
from jobs.models import CompletionRequest, CompletionRules, Job, JobItem, Payment, Proposal
from notifications import unsubscribing
from notifications.models import Delivery, Event, Notification, RefusedAddress
from partners.models import PublicListing, TeamInvitation
from reviews import ratings
from reviews.models import Review, ReviewInvitation
from stores.models import HandoverOffer, OwnershipOffer, Role, StaffInvitation, Store
from tests.factories import (
    A_PASSKEY,
    CODE,
    PASSWORD,
    AccessReviewFactory,
    AccessTokenFactory,
    CandidateFactory,
    CompletionRequestFactory,
    DomainFactory,
    ExpertInvitationFactory,
    HandoverOfferFactory,
    JobFactory,
    JobItemFactory,
    OwnershipOfferFactory,
    PartnerFactory,
    PaymentFactory,
    PublicListingFactory,
    ReplyFactory,
    ReportFactory,
    RequestTemplateFactory,
    ReviewFactory,
    ReviewInvitationFactory,
    RoleFactory,
    StaffInvitationFactory,
    StoreFactory,
    TeamInvitationFactory,
    UserFactory,
)
from tests.sessions import keep_renewed
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

# --- Addresses ------------------------------------------------------------------------------------------------------

ADMIN = "operator/"
API = "api/"  # tests/config/test_api_addresses.py
PLACEHOLDER = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")  # of re_path(), of path()


@dataclass(frozen=True)
class Address:
    """One entry of the URLconf; `name` is what it is reversed by, else its route."""

    name: str
    route: str

    def __str__(self) -> str:
        return self.name

    @property
    def parameters(self) -> list[str]:
        return [of_regex or of_path for of_regex, of_path in PLACEHOLDER.findall(self.route)]

    def path(self, values: Mapping[str, object]) -> str:
        """The route with its placeholders filled; nothing that stands before it in the URLconf may answer there."""
        plain = self.route.replace("^", "").removesuffix("$")
        path = "/" + PLACEHOLDER.sub(lambda found: str(values[found[1] or found[2]]), plain)
        answers = resolve(path).route
        assert answers.replace("^", "") == self.route.replace("^", ""), f"{path} is answered by {answers}"
        return path


def walk(resolver: URLResolver, route: str = "", namespaces: tuple[str, ...] = ()) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, here, (*namespaces, entry.namespace) if entry.namespace else namespaces)
        else:
            yield Address(":".join((*namespaces, entry.name)) if entry.name else here, here)


ADDRESSES = list(walk(get_resolver()))
OURS = [address for address in ADDRESSES if not address.route.startswith((ADMIN, API))]  # pages
OPERATORS = [address for address in ADDRESSES if address.route.startswith(ADMIN)]

# --- People and places ----------------------------------------------------------------------------------------------

EVERYBODY = frozenset(
    {
        "owner",
        "manager",
        "staff_without_the_right",
        "partner_owner",
        "member_with_manage_stores",
        "member_without",
        "collaborator",
        "revoked",
        "ended",
        "other_owner",
        "other_partner_owner",
        "operator",
        "signed_out",
    }
)
SIGNED_OUT = frozenset({"signed_out"})
SIGNED_IN = EVERYBODY - SIGNED_OUT
OPERATOR = frozenset({"operator"})
# in the store
OWNER = frozenset({"owner"})
MANAGER = frozenset({"manager"})
MANAGE_USERS = frozenset({"owner", "manager"})
INSIDE = frozenset({"owner", "manager", "staff_without_the_right", "collaborator"})
EXPERT = frozenset({"other_partner_owner"})  # invited to work for the store
OTHER_OWNER = frozenset({"other_owner"})  # of another store; invited to the team and to the staff
# in the partner that asks, and in the one that works for the store
TEAM = frozenset({"partner_owner", "member_with_manage_stores", "member_without"})
MANAGE_STORES = frozenset({"partner_owner", "member_with_manage_stores"})
MANAGE_JOBS = frozenset({"partner_owner", "member_without"})
PARTNER_OWNER = frozenset({"partner_owner"})
COLLABORATOR = frozenset({"collaborator"})

# Tried on a job for which nobody is hired yet; other addresses of jobs on one that is going on.
UNTIL_HIRED = {
    *(f"jobs:proposal-{act}" for act in ("acceptance", "refusal")),
    *(f"jobs:partner-proposal-{act}" for act in ("making", "withdrawal")),
    "jobs:invitation-renewal",
    "jobs:partner-invitation-refusal",
    "jobs:cancellation",
    "jobs:partner-cancellation",
    *(f"api:{name}" for name in ("job-candidates", "job-candidacy", "proposals", "job-invitation-renewal")),
    *(f"api:proposal-{act}" for act in ("acceptance", "refusal", "withdrawal")),
    *(f"api:{name}" for name in ("job-cancellation", "partner-job-cancellation", "job-invitation-refusal")),
}

AFTER_HANDOVER = {"reviews:handover-answer", "api:store-review-answer"}
# Tried on a review that has a reply; other addresses of reviews on one that has none.
WITH_A_REPLY = {
    "reviews:reply-edit",
    "reviews:reply-withdrawal",
    "api:partner-review-reply-withdrawal",
    "reviews:reply-report",
    "api:reply-report",
}

# An address with a handle is tried on the store, one with a slug on both partners, any other once.
STORE, ASKING, WORKING, ANYWHERE = "the store", "the asking partner", "the working partner", "no place"


def places(address: Address) -> list[str]:
    if "handle" in address.parameters:
        return [STORE]
    return [ASKING, WORKING] if "slug" in address.parameters else [ANYWHERE]


@dataclass
class Scene:
    """The world, everybody's session, and the rows and keys that some addresses need."""

    world: World
    sessions: dict[str, str] = field(default_factory=dict)
    own: dict[str, Notification] = field(default_factory=dict)  # one line in each person's inbox
    team_invitation: TeamInvitation | None = None
    staff_invitation: StaffInvitation | None = None
    expert_invitation: ExpertInvitation | None = None
    ownership_offer: OwnershipOffer | None = None
    handover: HandoverOffer | None = None  # of a store that the asking partner builds
    review: AccessReview | None = None  # the open one; its only line is the collaboration
    past_review: AccessReview | None = None
    role: Role | None = None  # the store's own, which nobody has
    template: RequestTemplate | None = None  # of the asking partner
    item: JobItem | None = None  # of its list, still to be done
    token: AccessToken | None = None  # of the owner
    job: Job | None = None  # that the working partner does for the store, with a payment that each side recorded
    completion: CompletionRequest | None = None  # of another job of these two; it waits
    written: Review | None = None  # by the owner about the working partner; it waits for a reply, and was reported
    posted: Job | None = None  # to both partners: the asking one sent a proposal, the working one has not answered
    proposal: Proposal | None = None
    asked: ReviewInvitation | None = None  # the store, about a job of the working partner
    handed_over: ReviewInvitation | None = None  # and by a hand-over, with the question not answered yet
    block: PartnerBlock | None = None  # of somebody else
    answered: Review | None = None  # the same, with a reply that was reported
    confirmation_key: str = ""  # of an address that waits to be verified
    reset_uid: str = ""
    reset_key: str = ""
    passkey: int = 0  # the manager's

    def invite(self) -> "Scene":
        """Somebody from outside into the team and onto the staff, and the manager to own the store."""
        invited = {"email": self.world.people["other_owner"].email}
        self.team_invitation = TeamInvitationFactory.create(
            partner=self.world.asking, invited_by=self.world.people["partner_owner"], **invited
        )
        self.staff_invitation = StaffInvitationFactory.create(store=self.world.store, **invited)
        expert = self.world.people["other_partner_owner"]
        self.expert_invitation = ExpertInvitationFactory.create(store=self.world.store, email=expert.email)
        manager = self.world.store.staff.get(user=self.world.people["manager"])
        self.ownership_offer = OwnershipOfferFactory.create(staff=manager)
        built = StoreFactory.create(name="Tea Room", handle="tea-room", owner=None, built_by=self.world.asking)
        self.handover = HandoverOfferFactory.create(
            store=built, invited_by=self.world.people["partner_owner"], **invited
        )
        for partner in (self.world.asking, self.world.working):
            PublicListingFactory.create(partner=partner, published_at=None)
        self.role = RoleFactory.create(store=self.world.store, name="Packing")
        store, collaboration = self.world.store, self.world.collaboration
        self.block = PartnerBlock.objects.create(store=store, partner=PartnerFactory.create(), blocked_by=store.owner)
        collaboration.ends_at = end_of_day(timezone.now().date() + timedelta(days=40), store.time_zone)
        collaboration.save(update_fields=["ends_at"])
        self.past_review = AccessReviewFactory.create(store=store, past=True)
        self.review = AccessReviewFactory.create(store=store)
        self.template = RequestTemplateFactory.create(partner=self.world.asking, name="Theme work")
        working = {"in_progress": True, "store": store, "partner": self.world.working}
        self.job = JobFactory.create(title="Theme refresh", **working)
        for kind in Payment.Kind:
            PaymentFactory.create(job=self.job, kind=kind, recorded_by=store.owner)
        asker = self.world.people["collaborator"]
        self.completion = CompletionRequestFactory.create(
            job=JobFactory.create(title="Size guide", received=180_000, **working), requested_by=asker
        )
        self.posted = JobFactory.create(store=store, title="Size guide")
        proposed = CandidateFactory.create(job=self.posted, partner=self.world.asking, proposed=True)
        CandidateFactory.create(job=self.posted, partner=self.world.working)
        self.proposal = proposed.proposals.get()
        self.item = JobItemFactory.create(job=self.job, added_by=asker)
        between = {"store": store, "partner": self.world.working}
        self.asked = ReviewInvitationFactory.create(**between)
        self.handed_over = ReviewInvitationFactory.create(**between, handed_over=True)
        self.written = ReviewFactory.create(**between)
        self.answered = ReviewFactory.create(**between)
        reply = ReplyFactory.create(review=self.answered, author=asker)
        for thing in ({"review": self.written}, {"review": None, "reply": reply}):
            ReportFactory.create(**thing)
        ratings.rebuild(self.world.working.pk)
        return self

    def last_day(self) -> str:
        """On which the collaboration ends."""
        collaboration = self.world.collaboration
        return last_day(collaboration.ends_at, self.world.store.time_zone).isoformat()

    def review_answer(self) -> dict[str, str]:
        line = self.world.collaboration
        answer = {f"{line.public_id}-decision": "keep", f"{line.public_id}-version": line.version}
        return {"review": str(self.review.public_id), **answer}

    def client(self, person: str) -> Client:
        client = Client(raise_request_exception=False)
        if person in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person]
        return client

    def values(self, address: Address, place: str) -> dict[str, object]:
        """What stands for the placeholders of the address."""
        partner = self.world.working if place == WORKING else self.world.asking
        return {
            "handle": self.world.store.handle,
            "slug": partner.slug,
            "public_id": self._public_id(address) if "public_id" in address.parameters else None,
            "key": self.reset_key if "uidb36" in address.parameters else self.confirmation_key,
            "uidb36": self.reset_uid,
            "token": self._token(address) if "token" in address.parameters else None,
            "proposal_id": self.proposal and self.proposal.public_id,
            "candidate_id": self.proposal and self.proposal.candidate.public_id,
            "item_id": self.item and self.item.public_id,
            "pk": self.passkey,
            "payment": self._payment(address) if "payment" in address.parameters else None,
            "signed": unsubscribing.token(self.world.store.owner, "access.requested"),
            **(self._operator_values(address) if address in OPERATORS else {}),
        }

    def _public_id(self, address: Address):
        for before, row in {
            "requests": self.world.pending,
            "collaborators": self.world.collaboration,
            "review": self.past_review,
            "access-reviews": self.review,
            "collaborations": self.world.collaboration,
            "notifications": self.own.get("owner"),
            "conversations": self.world.pending.conversation,
            "team/invitations": self.team_invitation,
            "collaborators/invitations": self.expert_invitation,
            "experts/invitations": self.expert_invitation,
            "team": self.world.asking.memberships.filter(user=self.world.people["member_without"]).first(),
            "users/invitations": self.staff_invitation,
            "staff/invitations": self.staff_invitation,
            "staff": self.world.store.staff.filter(user=self.world.people["staff_without_the_right"]).first(),
            "development": self.handover and self.handover.store,
            "development-stores": self.handover and self.handover.store,
            "roles": self.role,
            "templates": self.template,
            "sessions": SignIn.objects.filter(user=self.world.store.owner).order_by("pk").first(),
            "tokens": self.token,
            "blocked": self.block,
            "jobs": self.posted if address.name in UNTIL_HIRED else self.job,
            "completions": self.completion,
            "reviews/invitations": self.handed_over if address.name in AFTER_HANDOVER else self.asked,
            "services/reviews": self.answered if address.name in WITH_A_REPLY else self.written,
            "partners/<slug:slug>/reviews": self.answered if address.name in WITH_A_REPLY else self.written,
            "reviews": self.answered if address.name in WITH_A_REPLY else self.written,
        }.items():
            if f"{before}/<uuid:" in address.route and row is not None:
                return row.public_id
        raise LookupError(f"Say in Scene which object {address} is tried on.")

    def _payment(self, address: Address):
        """That of the side whose address it is."""
        kind = Payment.Kind.PAID if "handle" in address.parameters else Payment.Kind.RECEIVED
        return self.job.payments.get(kind=kind).public_id

    def _token(self, address: Address) -> str:
        for before, row in {
            "team": self.team_invitation,
            "staff": self.staff_invitation,
            "experts": self.expert_invitation,
            "ownership": self.ownership_offer,
            "handovers": self.handover,
        }.items():
            if f"invitations/{before}/<str:" in address.route and row is not None:
                return row.token
        raise LookupError(f"Say in Scene which invitation {address} is tried on.")

    def _operator_values(self, address: Address) -> dict[str, object]:
        if address.name == "admin:view_on_site":
            kind = ContentType.objects.get_for_model(Store)
            return {"content_type_id": kind.pk, "object_id": self.world.store.pk}
        if "object_id" in address.parameters:
            app, model = address.route.removeprefix(ADMIN).split("/")[:2]
            return {"object_id": apps.get_model(app, model)._default_manager.order_by("pk")[0].pk}
        return {"app_label": "stores", "url": "nothing-here"}

    def path(self, address: Address, place: str) -> str:
        return address.path(self.values(address, place))

    def data(self, address: Address, person: str) -> dict[str, object]:
        """A valid form for the address, so that whoever is permitted succeeds."""
        make = FORMS.get(address.name)
        return make(self, person) if make else {}


def a_payment() -> dict[str, str]:
    return {"amount": "600", "paid_on": timezone.now().date().isoformat()}


def in_a_month() -> str:
    return (timezone.localdate() + timedelta(days=30)).isoformat()


def shipped(key: str) -> str:
    return str(Role.objects.get(store=None, key=key).public_id)


AN_OFFER = {"how": "price", "price": "900", "message": "From Monday on.", "items": "Size guide"}
AN_OPINION = {"communication": 4, "quality": 5, "text": "Done a day early."}
NEW_PASSWORD = "another-long-password"

FORMS = {
    **{
        f"collaborators:{side}conversation": lambda scene, person: {"text": "From Monday on."}
        for side in ("", "partner-")
    },
    **{
        f"collaborators:{side}conversation-reading": lambda scene, person: {
            "up_to": str(scene.world.pending.conversation.messages.get().public_id)
        }
        for side in ("", "partner-")
    },
    **{  # from before there were conversations
        f"collaborators:{side}conversation-list": lambda scene, person: {
            "collaboration": str(scene.world.collaboration.public_id)
        }
        for side in ("", "partner-")
    },
    "account_login": lambda scene, person: {"login": scene.world.store.owner.email, "password": PASSWORD},
    "account_signup": lambda scene, person: {
        "name": "New Here",
        "email": "new-here@people.example",
        "password1": NEW_PASSWORD,
    },
    "account_reauthenticate": lambda scene, person: {"password": PASSWORD},
    "account_profile": lambda scene, person: {"name": "Other Name", "language": "fr", "time_zone": "Europe/Paris"},
    "mfa_edit_webauthn": lambda scene, person: {"name": "Other name"},
    "account_change_password": lambda scene, person: {
        "oldpassword": PASSWORD,
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    },
    "account_reset_password": lambda scene, person: {"email": scene.world.store.owner.email},
    "account_reset_password_from_key": lambda scene, person: {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    "account_tokens": lambda scene, person: {"name": "Script", "days": "90"},
    "partners:partner-foundation": lambda scene, person: {"name": "New Partner", "slug": "new-partner"},
    "partners:invitation-list": lambda scene, person: {"email": "x@people.example", "permissions": ["manage_jobs"]},
    "partners:member": lambda scene, person: {"permissions": ["manage_public_listings"]},
    "stores:invitation-list": lambda scene, person: {"email": "x@people.example", "role": shipped("store_manager")},
    "stores:staff-detail": lambda scene, person: {"role": shipped("store_manager")},
    "stores:ownership": lambda scene, person: {
        "staff": str(scene.world.store.staff.order_by("pk")[0].public_id),
        "keeps_role": "none",
    },
    "stores:role-making": lambda scene, person: {"name": "Another", "permissions": ["orders.view"]},
    "stores:role": lambda scene, person: {"name": "Renamed", "permissions": ["orders.view", "orders.edit"]},
    "stores:store-opening": lambda scene, person: {
        "name": "New Store",
        "handle": "new-store",
        "industry": "home",
        "country": "FR",
        "currency": "EUR",
        "time_zone": "Europe/Paris",
    },
    "stores:development-making": lambda scene, person: {
        "name": "New Store",
        "handle": "new-store",
        "industry": "home",
        "country": "FR",
        "currency": "EUR",
        "time_zone": "Europe/Paris",
    },
    "stores:development-store": lambda scene, person: {"email": "x@people.example", "permissions": ["themes.view"]},
    "stores:handover": lambda scene, person: {"keeping": "nothing"},
    "partners:listing": lambda scene, person: {
        "version": "1",
        "name": "Nord",
        "text": "Storefronts for makers.",
        "services": ["theme_design"],
        "languages": ["fr"],
        "country": "FR",
    },
    "mail-choices": lambda scene, person: {"all": "digest"},
    **{f"reviews:{thing}-report": lambda scene, person: {"reason": "personal"} for thing in ("review", "reply")},
    "jobs:payment-recording": lambda scene, person: a_payment(),
    "jobs:partner-payment-recording": lambda scene, person: a_payment(),
    "reviews:reply-making": lambda scene, person: {"text": "Thank you for these words."},
    "reviews:reply-edit": lambda scene, person: {"text": "Thank you for these words.", "edits": "0"},
    "reviews:reply-withdrawal": lambda scene, person: {"reply": str(scene.answered.replies.get().public_id)},
    "reviews:reply-advice": lambda scene, person: {"text": "Thank you"},
    "jobs:partner-item-making": lambda scene, person: {"item": "Alt texts"},
    "jobs:partner-item": lambda scene, person: {"done": "yes"},
    "collaborators:security": lambda scene, person: {"rule": "anyone"},
    "collaborators:request-approval": lambda scene, person: {"permissions": ["products.view"], "how_long": "open"},
    "collaborators:request-refusal": lambda scene, person: {"reason": "Not now"},
    "collaborators:collaboration-permissions": lambda scene, person: {"permissions": ["products.view"]},
    "collaborators:collaboration-renewal": lambda scene, person: {"ends_on": scene.last_day()},
    "collaborators:review": lambda scene, person: scene.review_answer(),
    "collaborators:collaboration-end": lambda scene, person: {"how_long": "until", "ends_on": in_a_month()},
    "collaborators:invitation-making": lambda scene, person: {
        "email": "x@people.example",
        "permissions": ["products.view"],
        "how_long": "open",
    },
    "collaborators:invitation": lambda scene, person: {"partner": "pixel-co"},
    "collaborators:invitation-terms": lambda scene, person: {
        "partner": "pixel-co",
        "permissions": ["products.view", "orders.view"],
        "how_long": "open",
    },
    "jobs:job-making": lambda scene, person: {
        "title": "Size guide",
        "brief": "For the new shoes.",
        "services": ["theme_design"],
        "budget": "1,200",
        "currency": "EUR",
        "partners": ["bureau-lumen"],
    },
    "jobs:partner-job-making": lambda scene, person: {
        "store": "maison-lavande",
        "title": "Size guide",
        "brief": "For the new shoes.",
        **AN_OFFER,
    },
    "jobs:partner-proposal-making": lambda scene, person: AN_OFFER,
    "jobs:proposal-refusal": lambda scene, person: {"reason": "Not now"},
    **{f"jobs:{side}cancellation": lambda scene, person: {"reason": "No longer needed."} for side in ("", "partner-")},
    "collaborators:template-making": lambda scene, person: {"name": "Another", "permissions": ["orders.view"]},
    "collaborators:template": lambda scene, person: {"name": "Renamed", "permissions": ["orders.view"], "days": "30"},
    "jobs:completion-refusal": lambda scene, person: {"items": "Size guide"},
    "reviews:review-making": lambda scene, person: AN_OPINION,
    "reviews:review-correction": lambda scene, person: AN_OPINION,
    "reviews:handover-answer": lambda scene, person: {"worked_here": "yes"},
    "jobs:partner-completion-making": lambda scene, person: {"message": "All live."},
    "collaborators:store-request": lambda scene, person: {
        "store_url": "cafe-bruma",
        "code": CODE,
        "permissions": ["products.view"],
        "how_long": "open",
        "message": "Hello",
    },
}


def make_scene() -> Scene:
    world = make_world()
    scene = Scene(world)
    now = timezone.now()
    asked = {"partner": world.asking.pk, "store": world.store.pk, "access_request": world.pending.pk}
    event = Event.objects.create(topic="access.requested", dedupe_key="scene", payload=asked, told_at=now)
    for person, user in world.people.items():
        if user is not None:
            scene.own[person] = Notification.objects.create(event=event, user=user, audience="store")
            client = Client()
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
            keep_renewed(client, timedelta(hours=1))
            scene.sessions[person] = client.cookies[settings.SESSION_COOKIE_NAME].value
    owner = world.store.owner
    Delivery.objects.create(event=event, user=owner, audience="store", state=Delivery.State.SENT, sent_at=now)
    RefusedAddress.objects.create(user=owner, address=owner.email)
    Client().force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[0])  # elsewhere, to be ended from here
    scene.passkey = Authenticator.objects.create(user=world.people["manager"], type="webauthn", data=A_PASSKEY).pk
    newcomer = UserFactory.create(verified=False)
    unverified = EmailAddress.objects.create(user=newcomer, email=newcomer.email)
    scene.confirmation_key = EmailConfirmationHMAC.create(unverified).key
    owner.refresh_from_db()  # its key holds the last sign-in
    scene.reset_uid, scene.reset_key = user_pk_to_url_str(owner), default_token_generator.make_token(owner)
    DomainFactory.create(store=world.store)
    scene.invite()
    scene.token = AccessTokenFactory.create(user=owner)
    PublicListing.objects.update(published_at=now)
    Group.objects.create(name="Support")
    CompletionRules.objects.create(pk=1)
    return scene


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker) -> Iterator[Scene]:
    """Built once, since it takes longer than the calls of one address; every call is `undone`."""
    with django_db_blocker.unblock(), (around := transaction.atomic()):
        around._from_testcase = True  # what is undone here may commit for itself elsewhere: reserving a guess does
        scene = make_scene()
        assert scene.world.people.keys() == EVERYBODY
        yield scene
        transaction.set_rollback(True)


# --- What comes back ------------------------------------------------------------------------------------------------

SIGN_IN = "sent to sign in"
SENT_ON = "sent on"  # to another page, with nothing written
DONE = "done"  # something was written, then sent on

type Outcome = int | str
"""A status, or one of the three kinds of redirect. Only DONE writes anything (sessions aside)."""


# Messages and sign-ins live there, and when somebody last came in (tests/collaborators/test_use.py).
NOT_LOOKED_AT = {"django_session", "accounts_signin", "collaborators_collaborationuse"}


def fingerprint() -> dict[str, str]:
    """One hash for the rows of each table, but for those that are not looked at."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} - NOT_LOOKED_AT
    arms = (
        f"SELECT '{table}', md5(coalesce(string_agg(row::text, E'\\n' ORDER BY row::text), '')) FROM \"{table}\" AS row"
        for table in sorted(tables)
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(arms))
        return dict(cursor.fetchall())


def writes() -> int:
    """How many rows this transaction wrote so far, taken back or not. PostgreSQL counts them as it writes, so this
    costs a fraction of a fingerprint: as many as before, and no row changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables"
            " WHERE relname <> ALL(%s)",
            [sorted(NOT_LOOKED_AT)],
        )
        return cursor.fetchone()[0]


@dataclass(frozen=True)
class Watch:
    began: int

    def has_changed(self, before: Mapping[str, str]) -> list[str]:
        """The tables whose rows are others than they were `before`."""
        if writes() == self.began:
            return []
        after = fingerprint()
        return [table for table, rows in before.items() if after[table] != rows]


@contextmanager
def undone():
    """Whatever happens in here did not happen. Yields what says whether it did."""
    point = transaction.savepoint_create()
    try:
        yield Watch(writes())
    finally:
        transaction.savepoint_rollback(point)


def send(client: Client, method: str, path: str, data: Mapping[str, object]):
    if method in {"GET", "HEAD"}:
        return client.generic(method, path)
    if method == "POST":
        return client.post(path, data)
    return client.generic(method, path, urlencode(data, doseq=True), content_type="application/x-www-form-urlencoded")


def outcome(response, before: Mapping[str, str], watch: Watch) -> Outcome:
    written = watch.has_changed(before)
    if response.status_code != 302:
        return f"{response.status_code}, and wrote to {', '.join(written)}" if written else response.status_code
    if written:
        return DONE
    to = response.url.partition("?")[0]
    return SIGN_IN if to in {reverse("account_login"), reverse("admin:login")} else SENT_ON


# --- The table ------------------------------------------------------------------------------------------------------

type Row = Mapping[str, Mapping[frozenset[str], Outcome]]
"""Place, people, outcome. Everybody who is not named there is a stranger: 404, and signed out: to the sign-in page."""


def expected(row: Row, place: str, person: str) -> Outcome:
    for people, what in row.get(place, {}).items():
        if person in people:
            return what
    return SIGN_IN if person in SIGNED_OUT else 404


def anywhere(people: frozenset[str], what: Outcome, *, others: Outcome | None = None) -> Row:
    rest = {} if others is None else {EVERYBODY - people: others}
    return {ANYWHERE: {people: what, **rest}}


def in_store(what: Outcome, *, may: frozenset[str] = MANAGE_USERS) -> Row:
    """For those who may; the others who can enter the store get a 403."""
    return {STORE: {may: what, INSIDE - may: 403}}


def in_partner(what: Outcome, *, asking: Outcome | None = None, working: Outcome | None = None) -> Row:
    """For those who manage its stores; others in the team get a 403. The collaborator owns the working partner."""
    return {
        ASKING: {MANAGE_STORES: asking or what, TEAM - MANAGE_STORES: 403},
        WORKING: {COLLABORATOR: working or what},
    }


def in_talk(what: Outcome, *, working: Outcome) -> Row:
    """About access: for those who manage its stores. Who manages jobs gets in, and finds no such conversation."""
    return {ASKING: {MANAGE_STORES: what, MANAGE_JOBS - MANAGE_STORES: 404}, WORKING: {COLLABORATOR: working}}


def in_hired(what: Outcome) -> Row:
    """For those who manage the jobs of whoever is hired: the collaborator owns that partner. In another partner there
    is no such job."""
    return {ASKING: {MANAGE_STORES - PARTNER_OWNER: 403}, WORKING: {COLLABORATOR: what}}


def in_jobs(what: Outcome, *, asking: Outcome | None = None, working: Outcome | None = None) -> Row:
    """For those who manage its jobs; others in the team get a 403."""
    return {
        ASKING: {MANAGE_JOBS: asking or what, TEAM - MANAGE_JOBS: 403},
        WORKING: {COLLABORATOR: working or what},
    }


def in_team(what: Outcome, *, working: Outcome | None = None) -> Row:
    """For those who manage the team, here its owner; others in it get a 403."""
    return {
        ASKING: {PARTNER_OWNER: what, TEAM - PARTNER_OWNER: 403},
        WORKING: {COLLABORATOR: working or what},
    }


def in_its_job(what: Outcome) -> Row:
    """For those who manage jobs in the working partner, whose job it is; the asking partner has no such job."""
    return {ASKING: {MANAGE_JOBS: 404, TEAM - MANAGE_JOBS: 403}, WORKING: {COLLABORATOR: what}}


def in_its_reviews(what: Outcome) -> Row:
    """For those who speak in public for the working partner, of which the review is: here its owner."""
    return {ASKING: {PARTNER_OWNER: 404, TEAM - PARTNER_OWNER: 403}, WORKING: {COLLABORATOR: what}}


def invitation(to: frozenset[str]) -> dict[str, Row]:
    """Everybody who is signed in may open the link; one person can accept, the others hear that it is not for them."""
    return {"GET": anywhere(SIGNED_IN, 200), "POST": {ANYWHERE: {to: DONE, SIGNED_IN - to: 409}}}


NO_SUCH_METHOD: Row = {place: {EVERYBODY: 405} for place in (STORE, ASKING, WORKING, ANYWHERE)}

# To the form of the only store where they manage jobs; others choose one
WITH_ONE_STORE = MANAGE_USERS | OTHER_OWNER
FOR_ONES_STORE: dict[frozenset[str], Outcome] = {WITH_ONE_STORE: SENT_ON, SIGNED_IN - WITH_ONE_STORE: 200}

TOKEN_SHOWN = "201, and wrote to accounts_accesstoken, notifications_event"  # in the answer, and never again

TABLE: dict[tuple[str, str], Row] = {
    ("home", "GET"): anywhere(OPERATOR | SIGNED_OUT, 200, others=SENT_ON),  # the operator belongs to nothing
    ("home", "POST"): NO_SUCH_METHOD,
    # Probes
    ("healthz", "GET"): anywhere(EVERYBODY, 200),
    ("healthz", "POST"): NO_SUCH_METHOD,
    ("readyz", "GET"): anywhere(EVERYBODY, 200),
    ("readyz", "POST"): NO_SUCH_METHOD,
    # What everybody may read
    ("reviews:partner-directory", "GET"): anywhere(EVERYBODY, 200),
    ("reviews:partner-directory", "POST"): NO_SUCH_METHOD,
    ("reviews:profile", "GET"): {place: {EVERYBODY: 200} for place in (ASKING, WORKING)},
    ("reviews:profile", "POST"): NO_SUCH_METHOD,
    ("reviews:public-review", "GET"): anywhere(EVERYBODY, 200),
    ("reviews:public-review", "POST"): NO_SUCH_METHOD,
    ("reviews:job-posting", "GET"): {ANYWHERE: FOR_ONES_STORE},
    ("reviews:job-posting", "POST"): NO_SUCH_METHOD,
    ("reviews:job-asking", "GET"): dict.fromkeys((ASKING, WORKING), FOR_ONES_STORE),
    ("reviews:job-asking", "POST"): NO_SUCH_METHOD,
    # One's own account
    ("account_login", "GET"): anywhere(SIGNED_OUT, 200, others=SENT_ON),
    ("account_login", "POST"): anywhere(SIGNED_OUT, DONE, others=SENT_ON),
    ("account_logout", "GET"): anywhere(SIGNED_IN, 200, others=SENT_ON),
    ("account_logout", "POST"): anywhere(EVERYBODY, SENT_ON),
    ("account_signup", "GET"): anywhere(SIGNED_OUT, 200, others=SENT_ON),
    ("account_signup", "POST"): anywhere(SIGNED_OUT, DONE, others=SENT_ON),
    ("account_inactive", "GET"): anywhere(EVERYBODY, 200),
    ("account_inactive", "POST"): NO_SUCH_METHOD,
    ("account_reauthenticate", "GET"): anywhere(SIGNED_IN, 200),
    ("account_reauthenticate", "POST"): anywhere(SIGNED_IN, SENT_ON),
    ("account_email_verification_sent", "GET"): anywhere(EVERYBODY, 200),
    ("account_email_verification_sent", "POST"): NO_SUCH_METHOD,
    ("account_confirm_email", "GET"): anywhere(EVERYBODY, 200),  # whoever holds the key
    ("account_confirm_email", "POST"): anywhere(EVERYBODY, DONE),
    ("account_change_password", "GET"): anywhere(SIGNED_IN, 200),
    ("account_change_password", "POST"): anywhere(SIGNED_IN, DONE),
    ("account_profile", "GET"): anywhere(SIGNED_IN, 200),
    ("account_profile", "POST"): anywhere(SIGNED_IN, DONE),
    ("mfa_authenticate", "GET"): anywhere(SIGNED_OUT, SIGN_IN, others=SENT_ON),  # between two steps only
    ("mfa_authenticate", "POST"): anywhere(SIGNED_OUT, SIGN_IN, others=SENT_ON),
    ("mfa_login_webauthn", "GET"): anywhere(SIGNED_OUT, SIGN_IN, others=SENT_ON),
    ("mfa_login_webauthn", "POST"): anywhere(SIGNED_OUT, SIGN_IN, others=SENT_ON),
    ("mfa_reauthenticate", "GET"): anywhere(SIGNED_IN, SENT_ON),  # who has no code is asked for the password
    ("mfa_reauthenticate", "POST"): anywhere(SIGNED_IN, SENT_ON),
    ("mfa_reauthenticate_webauthn", "GET"): {ANYWHERE: {MANAGER: 200, SIGNED_IN - MANAGER: SENT_ON}},
    ("mfa_reauthenticate_webauthn", "POST"): {ANYWHERE: {MANAGER: 200, SIGNED_IN - MANAGER: SENT_ON}},
    ("mfa_index", "GET"): anywhere(SIGNED_IN, 200),
    ("mfa_index", "POST"): NO_SUCH_METHOD,
    ("mfa_activate_totp", "GET"): anywhere(SIGNED_IN, 200),
    ("mfa_activate_totp", "POST"): anywhere(SIGNED_IN, 200),  # what was typed is no code
    ("mfa_deactivate_totp", "GET"): anywhere(SIGNED_IN, 404),  # nobody has an app
    ("mfa_deactivate_totp", "POST"): anywhere(SIGNED_IN, 404),
    ("mfa_add_webauthn", "GET"): anywhere(SIGNED_IN, 200),
    ("mfa_add_webauthn", "POST"): anywhere(SIGNED_IN, 200),
    ("mfa_edit_webauthn", "GET"): {ANYWHERE: {MANAGER: 200, SIGNED_IN - MANAGER: 404}},
    ("mfa_edit_webauthn", "POST"): {ANYWHERE: {MANAGER: DONE, SIGNED_IN - MANAGER: 404}},
    ("mfa_remove_webauthn", "GET"): {ANYWHERE: {MANAGER: 200, SIGNED_IN - MANAGER: 404}},
    ("mfa_remove_webauthn", "POST"): {ANYWHERE: {MANAGER: DONE, SIGNED_IN - MANAGER: 404}},
    ("mfa_view_recovery_codes", "GET"): anywhere(SIGNED_IN, 404),
    ("mfa_view_recovery_codes", "POST"): NO_SUCH_METHOD,
    ("mfa_download_recovery_codes", "GET"): anywhere(SIGNED_IN, 404),
    ("mfa_download_recovery_codes", "POST"): NO_SUCH_METHOD,
    ("mfa_generate_recovery_codes", "GET"): anywhere(SIGNED_IN, 200),
    ("mfa_generate_recovery_codes", "POST"): {ANYWHERE: {MANAGER: DONE, SIGNED_IN - MANAGER: 200}},
    ("account_sign_in_others_end", "GET"): NO_SUCH_METHOD,
    ("account_sign_in_others_end", "POST"): anywhere(SIGNED_IN, SENT_ON),  # sessions are no table of the fingerprint
    ("account_sign_in_end", "GET"): NO_SUCH_METHOD,
    ("account_sign_in_end", "POST"): anywhere(OWNER, SENT_ON),
    ("account_reset_password", "GET"): anywhere(EVERYBODY, 200),
    ("account_reset_password", "POST"): anywhere(EVERYBODY, DONE),  # the event of which the mail is made
    ("account_reset_password_done", "GET"): anywhere(EVERYBODY, 200),
    ("account_reset_password_done", "POST"): NO_SUCH_METHOD,
    ("account_reset_password_from_key", "GET"): anywhere(EVERYBODY, SENT_ON),  # the key goes into the session
    ("account_reset_password_from_key", "POST"): anywhere(EVERYBODY, SENT_ON),
    ("account_reset_password_from_key_done", "GET"): anywhere(EVERYBODY, 200),
    ("account_reset_password_from_key_done", "POST"): NO_SUCH_METHOD,
    ("account_tokens", "GET"): anywhere(SIGNED_IN, 200),
    ("account_tokens", "POST"): anywhere(
        SIGNED_IN, "201, and wrote to accounts_accesstoken, notifications_event"
    ),  # shown once, here
    ("account_token_revocation", "GET"): NO_SUCH_METHOD,
    ("account_token_revocation", "POST"): anywhere(OWNER, DONE),  # the token is the owner's
    ("mail-choices", "GET"): anywhere(SIGNED_IN, 200),
    ("mail-choices", "POST"): anywhere(SIGNED_IN, DONE),
    ("mail-unsubscription", "GET"): anywhere(EVERYBODY, 200),  # whoever has the mail; the answer is the page itself
    ("mail-unsubscription", "POST"): anywhere(EVERYBODY, "200, and wrote to notifications_mailchoice"),
    ("mail-address-confirmation", "GET"): NO_SUCH_METHOD,
    ("mail-address-confirmation", "POST"): {
        ANYWHERE: {OWNER: DONE, SIGNED_IN - OWNER: SENT_ON}  # only the owner's address is refused
    },
    # What should not stand: nobody reports what they wrote themselves
    ("reviews:review-report", "GET"): anywhere(SIGNED_IN, 200),
    ("reviews:review-report", "POST"): {ANYWHERE: {OWNER: 403, SIGNED_IN - OWNER: DONE}},
    ("reviews:reply-report", "GET"): anywhere(SIGNED_IN, 200),
    ("reviews:reply-report", "POST"): {ANYWHERE: {COLLABORATOR: 403, SIGNED_IN - COLLABORATOR: DONE}},
    # One's own notifications
    ("notifications:inbox", "GET"): anywhere(SIGNED_IN, 200),
    ("notifications:inbox", "POST"): NO_SUCH_METHOD,
    ("notifications:latest", "GET"): anywhere(SIGNED_IN, 200),
    ("notifications:latest", "POST"): NO_SUCH_METHOD,
    ("notifications:count", "GET"): anywhere(SIGNED_IN, 200),
    ("notifications:count", "POST"): NO_SUCH_METHOD,
    ("notifications:reading-all", "GET"): NO_SUCH_METHOD,
    ("notifications:reading-all", "POST"): anywhere(SIGNED_IN, DONE),
    ("notifications:reading", "GET"): NO_SUCH_METHOD,
    ("notifications:reading", "POST"): anywhere(OWNER, DONE),  # the line is the owner's
    # Beginning
    ("partners:partner-foundation", "GET"): anywhere(SIGNED_IN, 200),
    ("partners:partner-foundation", "POST"): anywhere(SIGNED_IN, DONE),
    ("stores:store-opening", "GET"): anywhere(SIGNED_IN, 200),
    ("stores:store-opening", "POST"): anywhere(SIGNED_IN, DONE),
    # Jobs
    ("jobs:job", "GET"): in_store(200),
    ("jobs:job", "POST"): NO_SUCH_METHOD,
    ("jobs:partner-job", "GET"): in_hired(200),
    ("jobs:partner-job", "POST"): NO_SUCH_METHOD,
    ("jobs:access-link", "GET"): NO_SUCH_METHOD,
    ("jobs:access-link", "POST"): in_store(DONE),
    ("jobs:access-removal", "GET"): NO_SUCH_METHOD,
    ("jobs:access-removal", "POST"): in_store(SENT_ON),  # none belongs to the job
    ("jobs:completion-approval", "GET"): NO_SUCH_METHOD,
    ("jobs:completion-approval", "POST"): in_store(DONE),
    ("jobs:completion-refusal", "GET"): NO_SUCH_METHOD,
    ("jobs:completion-refusal", "POST"): in_store(DONE),
    ("jobs:completion-extension", "GET"): NO_SUCH_METHOD,
    ("jobs:completion-extension", "POST"): in_store(DONE),
    ("jobs:partner-completion-making", "GET"): in_hired(200),
    ("jobs:partner-completion-making", "POST"): in_hired(DONE),
    ("jobs:partner-completion-withdrawal", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-completion-withdrawal", "POST"): in_hired(DONE),
    # Reviews. The owner wrote one.
    ("reviews:review-list", "GET"): in_store(200),
    ("reviews:review-list", "POST"): NO_SUCH_METHOD,
    ("reviews:review-making", "GET"): in_store(200),
    ("reviews:review-making", "POST"): in_store(DONE),
    ("reviews:handover-answer", "GET"): NO_SUCH_METHOD,
    ("reviews:handover-answer", "POST"): in_store(DONE),
    ("reviews:review", "GET"): in_store(200),
    ("reviews:review", "POST"): NO_SUCH_METHOD,
    ("reviews:review-correction", "GET"): in_store(200, may=OWNER),
    ("reviews:review-correction", "POST"): in_store(DONE, may=OWNER),
    # Jobs, until somebody is hired. The asking partner sent a proposal, the working one has not answered.
    ("jobs:job-making", "GET"): in_store(200),
    ("jobs:job-making", "POST"): in_store(DONE),
    ("jobs:proposal-acceptance", "GET"): NO_SUCH_METHOD,
    ("jobs:proposal-acceptance", "POST"): in_store(DONE),
    ("jobs:proposal-refusal", "GET"): NO_SUCH_METHOD,
    ("jobs:proposal-refusal", "POST"): in_store(DONE),
    ("jobs:invitation-renewal", "GET"): NO_SUCH_METHOD,
    ("jobs:invitation-renewal", "POST"): in_store(409),  # its proposal waits
    ("jobs:cancellation", "GET"): NO_SUCH_METHOD,
    ("jobs:cancellation", "POST"): in_store(DONE),
    ("jobs:partner-job-making", "GET"): in_jobs(200),
    ("jobs:partner-job-making", "POST"): in_jobs(DONE, asking=422),  # it works for no store
    ("jobs:partner-proposal-making", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-proposal-making", "POST"): in_jobs(DONE, asking=409),
    ("jobs:partner-proposal-withdrawal", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-proposal-withdrawal", "POST"): in_jobs(DONE, working=404),
    ("jobs:partner-invitation-refusal", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-invitation-refusal", "POST"): in_jobs(DONE, asking=409),
    ("jobs:partner-cancellation", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-cancellation", "POST"): in_jobs(422),  # the store posted it
    # The store
    ("store-home", "GET"): in_store(200, may=INSIDE),
    ("store-home", "POST"): NO_SUCH_METHOD,
    ("stores:access", "GET"): in_store(200, may=INSIDE),
    ("stores:access", "POST"): NO_SUCH_METHOD,
    ("stores:activity-list", "GET"): in_store(200),
    ("stores:activity-list", "POST"): NO_SUCH_METHOD,
    ("stores:activity-export", "GET"): in_store(200),
    ("stores:activity-export", "POST"): NO_SUCH_METHOD,
    ("jobs:payment-export", "GET"): in_store(200),
    ("jobs:payment-export", "POST"): NO_SUCH_METHOD,
    ("jobs:payment-recording", "GET"): NO_SUCH_METHOD,
    ("jobs:payment-recording", "POST"): in_store(DONE),
    ("jobs:payment-reversal", "GET"): NO_SUCH_METHOD,
    ("jobs:payment-reversal", "POST"): in_store(DONE),
    ("reviews:partner-review-list", "GET"): in_team(200),
    ("reviews:partner-review-list", "POST"): NO_SUCH_METHOD,
    ("reviews:partner-review-export", "GET"): in_team(200),
    ("reviews:partner-review-export", "POST"): NO_SUCH_METHOD,
    ("reviews:partner-review", "GET"): in_its_reviews(200),
    ("reviews:partner-review", "POST"): NO_SUCH_METHOD,
    ("reviews:reply-making", "GET"): NO_SUCH_METHOD,
    ("reviews:reply-making", "POST"): in_its_reviews(DONE),
    ("reviews:reply-edit", "GET"): in_its_reviews(200),
    ("reviews:reply-edit", "POST"): in_its_reviews(DONE),
    ("reviews:reply-withdrawal", "GET"): NO_SUCH_METHOD,
    ("reviews:reply-withdrawal", "POST"): in_its_reviews(DONE),
    ("reviews:reply-advice", "GET"): NO_SUCH_METHOD,
    ("reviews:reply-advice", "POST"): in_its_reviews(200),
    ("jobs:partner-payment-export", "GET"): in_jobs(200),
    ("jobs:partner-payment-export", "POST"): NO_SUCH_METHOD,
    ("jobs:partner-payment-recording", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-payment-recording", "POST"): in_its_job(DONE),
    ("jobs:partner-payment-reversal", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-payment-reversal", "POST"): in_its_job(DONE),
    ("collaborators:list", "GET"): in_store(200),
    ("collaborators:list", "POST"): NO_SUCH_METHOD,
    ("collaborators:code", "GET"): NO_SUCH_METHOD,
    ("collaborators:code", "POST"): in_store(DONE),
    ("collaborators:code-display", "GET"): NO_SUCH_METHOD,
    ("collaborators:code-display", "POST"): in_store(DONE),
    ("collaborators:code-opening", "GET"): in_store(200),
    ("collaborators:code-opening", "POST"): in_store(SENT_ON),  # nothing is closed
    ("collaborators:unblocking", "GET"): NO_SUCH_METHOD,
    ("collaborators:unblocking", "POST"): in_store(DONE),
    ("collaborators:request-block", "GET"): NO_SUCH_METHOD,
    ("collaborators:request-block", "POST"): in_store(DONE),
    ("collaborators:collaboration-block", "GET"): NO_SUCH_METHOD,
    ("collaborators:collaboration-block", "POST"): in_store(DONE),
    ("collaborators:request-list", "GET"): in_store(200),
    ("collaborators:request-list", "POST"): NO_SUCH_METHOD,
    ("collaborators:collaboration-list", "GET"): in_store(200),
    ("collaborators:collaboration-list", "POST"): NO_SUCH_METHOD,
    ("collaborators:security", "GET"): in_store(200),
    ("collaborators:security", "POST"): in_store(DONE),
    ("collaborators:two-step", "GET"): NO_SUCH_METHOD,
    ("collaborators:two-step", "POST"): in_store(SENT_ON),  # whoever has no second step asks nobody for one
    ("collaborators:conversation-list", "GET"): NO_SUCH_METHOD,
    ("collaborators:conversation-list", "POST"): in_store(DONE),
    ("collaborators:conversation", "GET"): in_store(200),
    ("collaborators:conversation", "POST"): in_store(DONE),
    ("collaborators:conversation-newer", "GET"): in_store(200),
    ("collaborators:conversation-newer", "POST"): NO_SUCH_METHOD,
    ("collaborators:conversation-reading", "GET"): NO_SUCH_METHOD,
    ("collaborators:conversation-reading", "POST"): in_store(DONE),
    ("partners:settings", "GET"): in_team(200),
    ("partners:settings", "POST"): NO_SUCH_METHOD,
    ("partners:two-step", "GET"): NO_SUCH_METHOD,
    ("partners:two-step", "POST"): in_team(SENT_ON),
    ("collaborators:request", "GET"): in_store(200),
    ("collaborators:request", "POST"): NO_SUCH_METHOD,
    ("collaborators:request-approval", "GET"): NO_SUCH_METHOD,
    ("collaborators:request-approval", "POST"): in_store(DONE),
    ("collaborators:request-refusal", "GET"): NO_SUCH_METHOD,
    ("collaborators:request-refusal", "POST"): in_store(DONE),
    ("collaborators:request-reopening", "GET"): NO_SUCH_METHOD,
    ("collaborators:request-reopening", "POST"): in_store(SENT_ON),  # it was never declined
    ("collaborators:request-sight", "GET"): NO_SUCH_METHOD,
    ("collaborators:request-sight", "POST"): in_store(DONE),
    ("collaborators:collaboration-renewal", "GET"): in_store(200),
    ("collaborators:collaboration-renewal", "POST"): in_store(DONE),
    ("collaborators:collaboration-keeping", "GET"): in_store(200),
    ("collaborators:collaboration-keeping", "POST"): in_store(DONE),
    ("collaborators:review", "GET"): in_store(200),
    ("collaborators:review", "POST"): in_store(DONE),
    ("collaborators:past-review", "GET"): in_store(200),
    ("collaborators:past-review", "POST"): NO_SUCH_METHOD,
    ("collaborators:review-csv", "GET"): in_store(200),
    ("collaborators:review-csv", "POST"): NO_SUCH_METHOD,
    ("collaborators:collaboration", "GET"): in_store(200),
    ("collaborators:collaboration", "POST"): NO_SUCH_METHOD,
    ("collaborators:collaboration-permissions", "GET"): NO_SUCH_METHOD,
    ("collaborators:collaboration-permissions", "POST"): in_store(DONE),
    ("collaborators:collaboration-end", "GET"): NO_SUCH_METHOD,
    ("collaborators:collaboration-end", "POST"): in_store(DONE),
    ("collaborators:collaboration-revocation", "GET"): NO_SUCH_METHOD,
    ("collaborators:collaboration-revocation", "POST"): in_store(DONE),
    ("collaborators:invitation-list", "GET"): in_store(200),
    ("collaborators:invitation-list", "POST"): NO_SUCH_METHOD,
    ("collaborators:invitation-making", "GET"): in_store(200),
    ("collaborators:invitation-making", "POST"): in_store(DONE),
    ("collaborators:invitation-withdrawal", "GET"): NO_SUCH_METHOD,
    ("collaborators:invitation-withdrawal", "POST"): in_store(DONE),
    ("stores:staff", "GET"): in_store(200),
    ("stores:staff", "POST"): NO_SUCH_METHOD,
    ("stores:invitation-list", "GET"): NO_SUCH_METHOD,
    ("stores:invitation-list", "POST"): in_store(DONE),
    ("stores:invitation-withdrawal", "GET"): NO_SUCH_METHOD,
    ("stores:invitation-withdrawal", "POST"): in_store(DONE),
    ("stores:staff-detail", "GET"): in_store(200),
    ("stores:staff-detail", "POST"): in_store(DONE),
    ("stores:staff-removal", "GET"): NO_SUCH_METHOD,
    ("stores:staff-removal", "POST"): in_store(DONE),
    ("stores:departure", "GET"): NO_SUCH_METHOD,
    ("stores:departure", "POST"): {  # the owner and collaborators are not staff
        STORE: {frozenset({"manager", "staff_without_the_right"}): DONE, OWNER | COLLABORATOR: SENT_ON}
    },
    ("stores:ownership", "GET"): in_store(200, may=OWNER),
    ("stores:ownership", "POST"): in_store(422, may=OWNER),  # it is offered already
    ("stores:ownership-withdrawal", "GET"): NO_SUCH_METHOD,
    ("stores:ownership-withdrawal", "POST"): in_store(DONE, may=OWNER),
    ("stores:roles", "GET"): in_store(200),
    ("stores:roles", "POST"): NO_SUCH_METHOD,
    ("stores:permission-words", "GET"): in_store(200),
    ("stores:permission-words", "POST"): NO_SUCH_METHOD,
    ("stores:role-making", "GET"): in_store(200),
    ("stores:role-making", "POST"): in_store(DONE),
    ("stores:role", "GET"): in_store(200),
    ("stores:role", "POST"): in_store(DONE),
    ("stores:role-removal", "GET"): NO_SUCH_METHOD,
    ("stores:role-removal", "POST"): in_store(DONE),
    # Invitations
    **{("partners:invitation", method): row for method, row in invitation(OTHER_OWNER).items()},
    **{("stores:invitation", method): row for method, row in invitation(OTHER_OWNER).items()},
    **{("collaborators:invitation", method): row for method, row in invitation(EXPERT).items()},
    **{("collaborators:invitation-terms", method): row for method, row in invitation(EXPERT).items()},
    **{("stores:ownership-offer", method): row for method, row in invitation(frozenset({"manager"})).items()},
    **{("stores:handover", method): row for method, row in invitation(OTHER_OWNER).items()},
    ("stores:handover-refusal", "GET"): NO_SUCH_METHOD,
    ("stores:handover-refusal", "POST"): {ANYWHERE: {OTHER_OWNER: DONE, SIGNED_IN - OTHER_OWNER: 409}},
    # The asking partner builds a store that is offered already; the listings are drafts.
    ("stores:development-making", "GET"): in_partner(200),
    ("stores:development-making", "POST"): in_partner(DONE),
    ("stores:development-store", "GET"): in_partner(200, working=404),
    ("stores:development-store", "POST"): in_partner(SENT_ON, working=404),
    ("stores:handover-withdrawal", "GET"): NO_SUCH_METHOD,
    ("stores:handover-withdrawal", "POST"): in_partner(DONE, working=404),
    ("partners:listing", "GET"): in_team(200),
    ("partners:listing", "POST"): in_team(DONE),
    ("partners:listing-withdrawal", "GET"): NO_SUCH_METHOD,
    ("partners:listing-withdrawal", "POST"): in_team(DONE),
    # The partner. The request is the asking partner's, the collaboration the working one's: under the other's name
    # neither exists.
    ("partner-home", "GET"): {ASKING: {TEAM: 200}, WORKING: {COLLABORATOR: 200}},
    ("partner-home", "POST"): NO_SUCH_METHOD,
    ("partners:team", "GET"): {ASKING: {TEAM: 200}, WORKING: {COLLABORATOR: 200}},
    ("partners:team", "POST"): NO_SUCH_METHOD,
    ("partners:invitation-list", "GET"): NO_SUCH_METHOD,
    ("partners:invitation-list", "POST"): in_team(DONE),
    ("partners:invitation-withdrawal", "GET"): NO_SUCH_METHOD,
    ("partners:invitation-withdrawal", "POST"): in_team(DONE, working=404),
    ("partners:departure", "GET"): NO_SUCH_METHOD,
    ("partners:departure", "POST"): {  # the last owner cannot go
        ASKING: {TEAM - PARTNER_OWNER: DONE, PARTNER_OWNER: SENT_ON},
        WORKING: {COLLABORATOR: SENT_ON},
    },
    ("partners:member", "GET"): in_team(200, working=404),
    ("partners:member", "POST"): in_team(DONE, working=404),
    ("partners:member-removal", "GET"): NO_SUCH_METHOD,
    ("partners:member-removal", "POST"): in_team(DONE, working=404),
    # The conversation is about the request, and the one that begins about the collaboration.
    ("jobs:job-list", "GET"): in_store(200),
    ("jobs:job-list", "POST"): NO_SUCH_METHOD,
    ("jobs:job-export", "GET"): in_store(200),
    ("jobs:job-export", "POST"): NO_SUCH_METHOD,
    ("jobs:partner-job-list", "GET"): in_jobs(200),
    ("jobs:partner-job-list", "POST"): NO_SUCH_METHOD,
    ("jobs:partner-job-export", "GET"): in_jobs(200),
    ("jobs:partner-job-export", "POST"): NO_SUCH_METHOD,
    ("jobs:partner-item-making", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-item-making", "POST"): in_jobs(DONE, asking=404),
    ("jobs:partner-item", "GET"): NO_SUCH_METHOD,
    ("jobs:partner-item", "POST"): in_jobs(DONE, asking=404),
    ("collaborators:partner-conversation-list", "GET"): NO_SUCH_METHOD,
    ("collaborators:partner-conversation-list", "POST"): in_partner(DONE, asking=404),
    ("collaborators:partner-conversation", "GET"): in_talk(200, working=404),
    ("collaborators:partner-conversation", "POST"): in_talk(DONE, working=404),
    ("collaborators:partner-conversation-newer", "GET"): in_talk(200, working=404),
    ("collaborators:partner-conversation-newer", "POST"): NO_SUCH_METHOD,
    ("collaborators:partner-conversation-reading", "GET"): NO_SUCH_METHOD,
    ("collaborators:partner-conversation-reading", "POST"): in_talk(DONE, working=404),
    ("collaborators:partner-activity", "GET"): in_partner(200),
    ("collaborators:partner-activity", "POST"): NO_SUCH_METHOD,
    ("collaborators:partner-activity-export", "GET"): in_partner(200),
    ("collaborators:partner-activity-export", "POST"): NO_SUCH_METHOD,
    ("collaborators:partner-stores", "GET"): in_partner(200),
    ("collaborators:partner-stores", "POST"): NO_SUCH_METHOD,
    ("collaborators:partner-past", "GET"): in_partner(200),
    ("collaborators:partner-past", "POST"): NO_SUCH_METHOD,
    ("collaborators:store-request", "GET"): in_partner(200),
    ("collaborators:store-request", "POST"): in_partner(DONE),
    ("collaborators:request-summary", "GET"): in_partner(200),
    ("collaborators:request-summary", "POST"): NO_SUCH_METHOD,
    ("collaborators:template-list", "GET"): in_partner(200),
    ("collaborators:template-list", "POST"): NO_SUCH_METHOD,
    ("collaborators:template-making", "GET"): in_partner(200),
    ("collaborators:template-making", "POST"): in_partner(DONE),
    ("collaborators:template", "GET"): in_partner(200, working=404),
    ("collaborators:template", "POST"): in_partner(DONE, working=404),
    ("collaborators:template-removal", "GET"): NO_SUCH_METHOD,
    ("collaborators:template-removal", "POST"): in_partner(DONE, working=404),
    ("collaborators:partner-request", "GET"): in_partner(200, working=404),
    ("collaborators:partner-request", "POST"): NO_SUCH_METHOD,
    ("collaborators:request-withdrawal", "GET"): NO_SUCH_METHOD,
    ("collaborators:request-withdrawal", "POST"): in_partner(DONE, working=404),
    ("collaborators:partner-collaboration", "GET"): in_partner(200, asking=404),
    ("collaborators:partner-collaboration", "POST"): NO_SUCH_METHOD,
    ("collaborators:collaboration-departure", "GET"): NO_SUCH_METHOD,
    ("collaborators:collaboration-departure", "POST"): in_partner(DONE, asking=404),
}

METHODS = ("GET", "POST")


def without_expectation(addresses: list[Address]) -> list[str]:
    return [
        f"{method} {address} (/{address.route}) has no expectation: say in TABLE who gets what there."
        for address in addresses
        for method in METHODS
        if (address.name, method) not in TABLE
    ]


def without_address(addresses: list[Address]) -> list[str]:
    known = {(address.name, method) for address in addresses for method in METHODS}
    return [
        f"{method} {name} stands in TABLE, but there is no such address any more: take the row out."
        for name, method in TABLE
        if (name, method) not in known
    ]


def test_every_address_has_an_expectation_for_get_and_post():
    assert not without_expectation(OURS)


def test_no_expectation_outlives_its_address():
    assert not without_address(OURS)


def test_no_two_addresses_share_a_name():
    names = [address.name for address in ADDRESSES]
    assert sorted(names) == sorted(set(names))


def test_a_new_address_and_a_stale_row_are_named_in_a_sentence():
    new = Address("stores:secret", "store/<slug:handle>/secret/")
    assert without_expectation([new]) == [
        "GET stores:secret (/store/<slug:handle>/secret/) has no expectation: say in TABLE who gets what there.",
        "POST stores:secret (/store/<slug:handle>/secret/) has no expectation: say in TABLE who gets what there.",
    ]
    remaining = [address for address in OURS if address.name != "store-home"]
    assert without_address(remaining) == [
        "GET store-home stands in TABLE, but there is no such address any more: take the row out.",
        "POST store-home stands in TABLE, but there is no such address any more: take the row out.",
    ]


def test_the_fingerprint_notices_one_changed_field_in_one_table(scene):
    before = fingerprint()
    with undone():
        Store.objects.filter(pk=scene.world.store.pk).update(staff_limit=6)
        after = fingerprint()
    assert fingerprint() == before
    assert [table for table in before if before[table] != after[table]] == ["stores_store"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("address", OURS, ids=str)
def test_everybody_gets_what_the_table_says_and_a_refusal_writes_nothing(scene, address, method):
    row = TABLE.get((address.name, method))
    if row is None:
        pytest.fail("\n".join(without_expectation([address])), pytrace=False)
    before = fingerprint()
    surprises = []
    for place in places(address):
        path = scene.path(address, place)
        for person in sorted(EVERYBODY):
            with undone() as watch:
                got = outcome(send(scene.client(person), method, path, scene.data(address, person)), before, watch)
            wanted = expected(row, place, person)
            if got != wanted:
                surprises.append(f"{method} {path} ({address}) as {person}: expected {wanted}, got {got}")
    assert not surprises, "\n".join(surprises)


def test_whoever_may_only_see_users_looks_at_everything_but_the_code_and_decides_nothing(scene):
    """Between the manager and those without the right: a role with `users.view` and no `users.manage`."""
    before = fingerprint()
    person, shown_code = "staff_without_the_right", f">{CODE}<"
    not_for_them = {
        "stores:activity-list",
        "stores:activity-export",
        "jobs:job-list",
        "jobs:job-export",
        "jobs:job-making",
        "jobs:job",
        "jobs:payment-export",
        "reviews:review-list",
        "reviews:review-making",
        "reviews:review",
        "reviews:review-correction",
        "collaborators:security",  # policy and code
        "collaborators:collaboration-renewal",
        "collaborators:collaboration-keeping",
        "collaborators:code-opening",
        "collaborators:invitation-list",
        "collaborators:invitation-making",
        "stores:staff-detail",
        "stores:permission-words",
        "stores:role-making",
        "stores:ownership",
    }
    surprises = []
    with undone():
        role = Role.objects.create(store=scene.world.store, name="Looks", permissions=["users.view"])
        scene.world.store.staff.filter(user=scene.world.people[person]).update(role=role)
        for address, method in ((address, method) for address in OURS for method in METHODS):
            if STORE not in places(address) or TABLE[address.name, method] is NO_SUCH_METHOD:
                continue
            if address.name in {"stores:departure", "collaborators:conversation-reading"}:
                continue  # anybody of the staff may go, and whoever looks has read
            path = scene.path(address, STORE)
            wanted = 200 if method == "GET" and address.name not in not_for_them else 403
            response = send(scene.client(person), method, path, scene.data(address, person))
            if response.status_code != wanted:
                surprises.append(f"{method} {path} ({address}): expected {wanted}, got {response.status_code}")
            if shown_code in response.getvalue().decode():
                surprises.append(f"{method} {path} ({address}) shows the code")
        list_of_collaborators = reverse("collaborators:list", args=[scene.world.store.handle])
        manager = scene.client("manager")
        manager.post(reverse("collaborators:code-display", args=[scene.world.store.handle]))
        assert shown_code in manager.get(list_of_collaborators).content.decode()
    assert not surprises, "\n".join(surprises)
    assert fingerprint() == before


MIGHTIEST = sorted(OWNER | OPERATOR | COLLABORATOR | MANAGE_STORES | SIGNED_OUT)  # who could do most, in each place


@pytest.mark.parametrize("person", MIGHTIEST)
def test_head_opens_what_get_opens_and_nothing_else(scene, person):
    before = fingerprint()
    surprises = []
    for address in OURS:
        for place in places(address):
            path = scene.path(address, place)
            with undone() as watch:
                got = outcome(send(scene.client(person), "HEAD", path, {}), before, watch)
            wanted = expected(TABLE[address.name, "GET"], place, person)
            if got != wanted:
                surprises.append(f"HEAD {path} ({address}) as {person}: expected {wanted}, got {got}")
    assert not surprises, "\n".join(surprises)


@pytest.mark.parametrize("person", MIGHTIEST)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_put_patch_and_delete_never_succeed(scene, method, person):
    """Ours answer 405 (or send to the sign-in page first); allauth may draw its form again, or send on."""
    before = fingerprint()
    surprises = []
    for address in OURS:
        refusals: set[Outcome] = {200, 405, SENT_ON} if address.name.startswith(("account_", "mfa_")) else {405}
        for place in places(address):
            path = scene.path(address, place)
            with undone() as watch:
                got = outcome(send(scene.client(person), method, path, scene.data(address, person)), before, watch)
            if got not in refusals | ({SIGN_IN} if person in SIGNED_OUT else set()):
                surprises.append(f"{method} {path} ({address}) as {person}: got {got}")
    assert not surprises, "\n".join(surprises)


# --- Operator pages -------------------------------------------------------------------------------------------------

# Everybody else is sent to the sign-in page, everywhere but here:
OTHERS_AT_THE_OPERATORS_DOOR: dict[str, dict[frozenset[str], Outcome]] = {
    "admin:login": {SIGNED_IN - OPERATOR: 403},  # they are signed in already
    "admin:logout": {EVERYBODY - OPERATOR: SENT_ON},
}
# The operator gets the page, or is sent on once something is done, everywhere but here:
ONE_ROW = "jobs_completionrules"
REPORT = "reviews_report"
MAY_NOT_ADD = ("accounts_user", "notifications_delivery", "stores_store", "stores_domain", ONE_ROW, REPORT)
MAY_NOT_DELETE = ("accounts_user", "notifications_delivery", "stores_store", ONE_ROW, REPORT)
MAY_ONLY_LOOK_AT = ("collaborators_accessrequest", "collaborators_collaboration")
FORBIDDEN_TO_THE_OPERATOR = {
    **{f"admin:{model}_add": {403} for model in (*MAY_NOT_ADD, *MAY_ONLY_LOOK_AT)},
    **{f"admin:{model}_delete": {403} for model in (*MAY_NOT_DELETE, *MAY_ONLY_LOOK_AT)},
    "admin:view_on_site": {404},  # nothing here has a public page
    "operator/(?P<url>.*)$": {404},
}
FORBIDDEN_BY_METHOD = {
    ("admin:logout", "GET"): {405},
    (f"admin:{REPORT}_change", "POST"): {422},  # nothing was decided
    ("admin:autocomplete", "GET"): {403},  # of no field
    ("admin:autocomplete", "POST"): {405},
    ("admin:jsi18n", "POST"): {405},
    ("admin:password_change_done", "POST"): {405},
    **{(f"admin:{model}_change", "POST"): {403} for model in ("notifications_delivery", *MAY_ONLY_LOOK_AT)},
}


@pytest.mark.parametrize("method", METHODS)
def test_nobody_but_the_operator_gets_into_the_operator_pages(scene, method):
    before = fingerprint()
    surprises = []
    for address in OPERATORS:
        path = scene.path(address, ANYWHERE)
        exceptions: Row = {ANYWHERE: OTHERS_AT_THE_OPERATORS_DOOR.get(address.name, {})}
        for person in sorted(EVERYBODY - OPERATOR):
            with undone() as watch:
                got = outcome(send(scene.client(person), method, path, {"post": "yes"}), before, watch)
            wanted = SIGN_IN if (usual := expected(exceptions, ANYWHERE, person)) == 404 else usual
            if got != wanted:
                surprises.append(f"{method} {path} ({address}) as {person}: expected {wanted}, got {got}")
    assert not surprises, "\n".join(surprises)


@pytest.mark.parametrize("method", METHODS)
def test_the_operator_looks_at_everything_and_changes_only_what_is_an_operators_to_change(scene, method):
    before = fingerprint()
    usual: set[Outcome] = {200, SENT_ON, DONE} if method == "POST" else {200, SENT_ON}
    surprises = []
    for address in OPERATORS:
        path = scene.path(address, ANYWHERE)
        forbidden = FORBIDDEN_BY_METHOD.get((address.name, method)) or FORBIDDEN_TO_THE_OPERATOR.get(address.name)
        with undone() as watch:
            got = outcome(send(scene.client("operator"), method, path, {"post": "yes"}), before, watch)
        if got not in (forbidden or usual):
            surprises.append(f"{method} {path} ({address}): expected {forbidden or usual}, got {got}")
    assert not surprises, "\n".join(surprises)


def test_every_exception_for_operator_pages_names_an_address():
    names = {address.name for address in OPERATORS}
    named = {*OTHERS_AT_THE_OPERATORS_DOOR, *FORBIDDEN_TO_THE_OPERATOR, *(name for name, _ in FORBIDDEN_BY_METHOD)}
    assert named <= names


# --- Development only -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/dev/mail/", "/dev/mail/1.eml/", "/dev/mail/1.eml/html/"])
def test_caught_mail_has_no_address_unless_a_folder_is_set_for_it(client, path):
    assert settings.MAIL_CATCHER_DIR is None
    assert not [address for address in ADDRESSES if address.route.startswith("dev/")]
    assert client.get(path).status_code == 404


def test_what_was_written_and_taken_back_is_counted_and_looking_is_not(scene):
    """Else nobody would notice what an address writes."""
    before = fingerprint()
    store = scene.world.store
    for change in (
        lambda: StoreFactory.create(name="Another"),
        lambda: Store.objects.filter(pk=store.pk).update(name="Renamed"),
        lambda: store.domains.all().delete(),
    ):
        with undone() as watch:
            Store.objects.get(pk=store.pk)
            assert watch.has_changed(before) == []
            with undone():
                change()
            assert writes() > watch.began
            assert watch.has_changed(before) == []  # taken back
            change()
            assert watch.has_changed(before)

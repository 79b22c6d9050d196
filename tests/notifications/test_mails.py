"""What stands in a mail: the facts in HTML and text, one button, and headers that nobody's words can reach."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from smtplib import SMTPServerDisconnected
from time import monotonic
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import AccessToken, SignIn, User
from collaborators.models import AccessRequest, AccessReview, Collaboration, Conversation, ExpertInvitation, Side
from jobs.models import Job, JobAccess, Payment
from notifications import choices, delivery, events, kinds
from notifications.letters import SUBJECT_LENGTH
from notifications.models import Delivery
from partners.models import Partner, TeamInvitation
from reviews import addresses
from reviews.addresses import in_partner
from reviews.models import Report, Review, ReviewInvitation
from stores.models import HandoverOffer, OwnershipOffer, Role, StaffInvitation, Store
from tests.factories import (
    CODE,
    AccessRequestFactory,
    AccessReviewFactory,
    AccessTokenFactory,
    CandidateFactory,
    CollaborationFactory,
    CompletionRequestFactory,
    ExpertInvitationFactory,
    HandoverOfferFactory,
    JobFactory,
    JobItemFactory,
    MembershipFactory,
    MessageFactory,
    OwnershipOfferFactory,
    PartnerFactory,
    PaymentFactory,
    ProposalFactory,
    ReplyFactory,
    ReportFactory,
    ReviewFactory,
    ReviewInvitationFactory,
    RoleFactory,
    StaffFactory,
    StaffInvitationFactory,
    StoreFactory,
    TeamInvitationFactory,
    UserFactory,
    converse,
)

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ASKED_AT = datetime(2030, 5, 15, 9, 30, tzinfo=UTC)
EXPIRES_AT = datetime(2030, 6, 14, 9, 30, tzinfo=UTC)
ENDS_AT = datetime(2030, 11, 15, 23, 0, tzinfo=UTC)  # the end of 15 November in Paris
ENDED_AT = datetime(2030, 8, 1, 7, 5, tzinfo=UTC)
HEADERS = {
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
}


ONE_CLICK = {"List-Unsubscribe", "List-Unsubscribe-Post"}


def headers_of(topic: str, *, to_person: bool = True) -> list[str]:
    """Security and what goes to a bare address cannot be turned off, so nothing says how."""
    return sorted(HEADERS | ONE_CLICK if choices.is_a_choice(topic) and to_person else HEADERS)


def ways_out(read: "Read") -> list[str]:
    """What stands under the reason: where such mails are turned off, and where they are chosen."""
    turned_off_at = (read.parsed["List-Unsubscribe"] or "").strip("<>")
    return [turned_off_at, settings.SITE_URL + reverse("mail-choices")] if turned_off_at else []


# --- A store, a partner, and what happened between them -------------------------------------------------------------


@dataclass
class Scene:
    store: Store
    partner: Partner
    asker: User
    newcomer: User
    asked: AccessRequest
    granted: AccessRequest
    declined: AccessRequest
    expired: AccessRequest
    more: AccessRequest
    revoked: Collaboration
    team_invitation: TeamInvitation
    staff_invitation: StaffInvitation
    expert_invitation: ExpertInvitation
    ownership_offer: OwnershipOffer
    role: Role

    @property
    def sign_in(self) -> SignIn:
        return SignIn.objects.create(user=self.newcomer, device=uuid4(), user_agent=FIREFOX, ip="192.0.2.7")

    @property
    def token(self) -> AccessToken:
        return AccessTokenFactory.create(user=self.newcomer, name="Stock script")

    @property
    def before(self) -> User:
        """Who owned the store until now. It has another owner from here on."""
        before = self.store.owner
        before.refresh_from_db()
        Store.objects.filter(pk=self.store.pk).update(
            owner=UserFactory.create(name="New Owner", email="new-owner@people.example", language=before.language)
        )
        return before

    @property
    def review(self) -> AccessReview:
        closes_at = datetime(2030, 9, 30, 22, 0, tzinfo=UTC)
        begins_at = datetime(2030, 6, 30, 22, 0, tzinfo=UTC)
        return AccessReviewFactory.create(
            store=self.store, quarter=date(2030, 7, 1), begins_at=begins_at, closes_at=closes_at
        )

    @property
    def collaboration(self) -> Collaboration:
        return self.granted.collaboration

    def post(self, topic: str) -> None:
        """The event as its action posts it."""
        for number, happened in enumerate((HAPPENED[topic], *HAPPENED[topic].to_others)):
            actor = happened.actor(self)
            ids = {name: row.pk for name, row in happened.things(self).items()}
            events.post(topic, dedupe_key=f"{topic}:{number}", by=actor, **ids, **happened.said)


def make_scene(
    *,
    partner_name: str = "Atelier Nord",
    store_name: str = "Maison Lavande",
    person: str = "Inès Caron",
    message: str = "We would like to begin on Monday.",
    reason: str = "We found somebody else.",
    typed: str = "www.lavande.example",
) -> Scene:
    store = StoreFactory.create(
        name=store_name, handle="maison-lavande", owner__name="Camille Roche", owner__email="camille@people.example"
    )
    partner = PartnerFactory.create(name=partner_name, slug="atelier-nord", created_at=datetime(2029, 3, 1, tzinfo=UTC))
    asker = UserFactory.create(name=person, email="ines@people.example")
    MembershipFactory.create(partner=partner, user=asker, owner=True)
    MembershipFactory.create(partner=partner, user__name="Igor", user__email="igor@people.example", owner=True)
    newcomer = UserFactory.create(name=f"Nouveau {person}"[:100], email="nouveau@people.example")
    MembershipFactory.create(partner=partner, user=newcomer)
    role = RoleFactory.create(store=store, name="Packing", permissions=["orders.view", "products.view"])
    staff = StaffFactory.create(store=store, user=newcomer, role=role)
    guest = {"email": "nina@people.example", "expires_at": EXPIRES_AT}
    between = {"partner": partner, "store": store}
    asking = {**between, "asked_by": asker, "typed_address": typed, "asked_at": ASKED_AT, "expires_at": EXPIRES_AT}
    asking["permissions"] = ["products.view", "themes.view", "themes.edit", "customers.view"]
    return Scene(
        store=store,
        partner=partner,
        asker=asker,
        newcomer=newcomer,
        asked=AccessRequestFactory.create(**asking, message=message, ends_at=ENDS_AT),
        granted=AccessRequestFactory.create(
            **asking,
            approved=True,
            granted=["products.view", "customers.view"],
            collaboration__permissions=["products.view", "customers.view"],
            collaboration__ends_at=ENDS_AT,
        ),
        declined=AccessRequestFactory.create(**asking, declined=True, reason=reason),
        expired=AccessRequestFactory.create(**asking, status="expired", decided_at=EXPIRES_AT),
        more=_asked_for_more(asker),
        revoked=CollaborationFactory.create(**between, revoked=True, ended_at=ENDED_AT),
        team_invitation=TeamInvitationFactory.create(
            partner=partner, invited_by=asker, permissions=["manage_stores", "manage_jobs"], **guest
        ),
        staff_invitation=StaffInvitationFactory.create(store=store, role=role, **guest),
        expert_invitation=ExpertInvitationFactory.create(
            store=store, permissions=["products.view", "customers.view"], ends_at=ENDS_AT, note=message, **guest
        ),
        ownership_offer=OwnershipOfferFactory.create(staff=staff, expires_at=EXPIRES_AT),
        role=role,
    )


def _asked_for_more(asker: User) -> AccessRequest:
    """Of a store where the partner works, and has a name for it."""
    collaboration = CollaborationFactory.create(store__name="Café Bruma", permissions=["products.view", "themes.view"])
    return AccessRequestFactory.create(
        partner=collaboration.partner,
        store=collaboration.store,
        asked_by=asker,
        typed_address="cafe-bruma",
        more_of=collaboration,
        held=["products.view", "themes.view"],
        permissions=["products.view", "customers.view", "themes.view"],
        expires_at=EXPIRES_AT,
        ends_at=ENDS_AT,
    )


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()


@dataclass(frozen=True)
class Happened:
    actor: Callable[[Scene], User | None]
    things: Callable[[Scene], dict]
    said: dict = field(default_factory=dict)  # what is no row
    to_others: tuple["Happened", ...] = ()  # of a kind with an event for each reader


def _about_request(name: str, **more: str) -> Callable[[Scene], dict]:
    def things(scene: Scene) -> dict:
        found = {"partner": scene.partner, "store": scene.store, "access_request": getattr(scene, name)}
        return found | {"asked_by": scene.asker} | {key: getattr(scene, value) for key, value in more.items()}

    return things


def _about_collaboration(name: str) -> Callable[[Scene], dict]:
    return lambda scene: {
        "partner": scene.partner,
        "store": scene.store,
        "collaboration": getattr(scene, name),
        "asked_by": scene.asker,
    }


def _asker(scene: Scene) -> User:
    return scene.asker


def _merchant(scene: Scene) -> User:
    return scene.store.owner


def _clock(scene: Scene) -> None:
    return None


def _newcomer(scene: Scene) -> User:
    return scene.newcomer


def _manager(scene: Scene) -> User:
    """Somebody else, so that the owner hears of it too."""
    return StaffFactory.create(store=scene.store, key="store_manager", user__name="Manon").user


def _about_member(scene: Scene) -> dict:
    return {"partner": scene.partner, "person": scene.newcomer}


def _about_staff(scene: Scene) -> dict:
    return {"store": scene.store, "person": scene.newcomer}


def _unread(side: Side) -> Callable[[Scene], dict]:
    """Two messages to this side, of which its reader has read none."""

    def things(scene: Scene) -> dict:
        conversation = converse(scene.asked if side is Side.STORE else scene.declined)
        writer = scene.asker if side is Side.STORE else scene.store.owner
        for text in ("One more thing.", "It can wait until Tuesday."):
            MessageFactory.create(conversation=conversation, author=writer, side=side.other, text=text)
        reader = scene.store.owner if side is Side.STORE else scene.asker
        return {"partner": scene.partner, "store": scene.store, "conversation": conversation, "reader": reader}

    return things


def _about_completion(status: str, **also) -> Callable[[Scene], dict]:
    """Of a job that ends with access."""

    def things(scene: Scene) -> dict:
        job = JobFactory.create(
            in_progress=True, received=1, store=scene.store, partner=scene.partner, title="Theme refresh"
        )
        JobAccess.objects.create(job=job, collaboration=scene.collaboration, added_by=scene.store.owner)
        decided = {} if status == "pending" else {"decided_at": ENDED_AT, "decided_by": scene.store.owner}
        completion = CompletionRequestFactory.create(
            job=job,
            status=status,
            message=scene.asked.message,
            requested_by=scene.asker,
            requested_at=ASKED_AT,
            deadline=EXPIRES_AT,
            **decided | also,
        )
        if status == "declined":
            said = {"origin": "decline", "completion": completion, "added_by": scene.store.owner}
            JobItemFactory.create(job=job, text="The size guide in French", **said)
        between = {"partner": scene.partner, "store": scene.store, "asked_by": scene.asker}
        return {**between, "job": job, "completion": completion}

    return things


def _once_more(name: str, address: str, like: User, **rights) -> User:
    """Somebody of whom several mails are made in one test."""
    known = User.objects.filter(email=f"{address}@people.example").first()
    words = {"language": like.language, "time_zone": like.time_zone}
    return known or UserFactory.create(name=name, email=f"{address}@people.example", **words, **rights)


def _about_report(status: str = "open") -> Callable[[Scene], dict]:
    """Of a review that the store wrote, by somebody from outside; one operator may decide."""

    def things(scene: Scene) -> dict:
        scene.asker.refresh_from_db()  # all read the same language
        operator = _once_more("Ops Operator", "ops", scene.asker, is_staff=True, is_superuser=True)
        decided = {"decided_at": ENDED_AT, "decided_by": operator, "decided_for": "advertising"}
        report = ReportFactory.create(
            review=ReviewFactory.create(store=scene.store, partner=scene.partner, text=scene.asked.message),
            reported_by=_once_more("Rita Reader", "rita", scene.asker),
            status=status,
            details="It advertises a newsletter.",
            **({} if status == "open" else {**decided, "explanation": "It sends readers elsewhere."}),
        )
        return {"partner": scene.partner, "store": scene.store, "review": report.review, "report": report}

    return things


def _about_candidate(candidate: str, proposal: str = "", *, job: str = "open") -> Callable[[Scene], dict]:
    """A partner's part in a job, with what it proposed; `job` says how the job stands."""

    def things(scene: Scene) -> dict:
        merchant, waits = scene.store.owner, candidate in {"invited", "proposed"}
        terms = {"cancelled": {"cancelled": True, "cancel_reason": scene.declined.reason or "We changed our plans."}}
        row = CandidateFactory.create(
            job=JobFactory.create(store=scene.store, title="Theme refresh", budget=200_000, **terms.get(job, {})),
            partner=scene.partner,
            status=candidate,
            waits_until=EXPIRES_AT if waits else None,
            proposal=False,
        )
        found = {"store": scene.store, "partner": scene.partner, "job": row.job, "candidate": row}
        if proposal:
            decided = {"decided_at": ENDED_AT, "decided_by": merchant} if proposal != "pending" else {}
            said = {"message": scene.asked.message, "sent_by": scene.asker, "status": proposal}
            reason = scene.declined.reason if proposal == "declined" else ""
            found["proposal"] = ProposalFactory.create(candidate=row, reason=reason, **said, **decided)
        return found

    return things


def _about_payment(kind: str, *, is_reversed: bool = False) -> Callable[[Scene], dict]:
    def things(scene: Scene) -> dict:
        between = {"partner": scene.partner, "store": scene.store}
        job = JobFactory.create(**between, in_progress=True, title="Theme refresh")
        payment = PaymentFactory.create(job=job, kind=kind, amount=60_000)
        if is_reversed:
            payment = PaymentFactory.create(job=job, kind=kind, amount=60_000, reverses=payment, reference="")
        return {**between, "job": job, "payment": payment}

    return things


def _about_invitation(scene: Scene) -> dict:
    invitation = ReviewInvitationFactory.create(
        store=scene.store, partner=scene.partner, subject="Theme refresh", opened_at=ASKED_AT, expires_at=EXPIRES_AT
    )
    return {"partner": scene.partner, "store": scene.store, "review_invitation": invitation}


def _about_review(scene: Scene) -> dict:
    things = _about_invitation(scene)
    said = {"store": scene.store, "partner": scene.partner, "text": scene.asked.message}
    review = ReviewFactory.create(invitation=things["review_invitation"], quality=2, published_at=ASKED_AT, **said)
    return {**things, "review": review}


def _about_reply(**reply) -> Callable[[Scene], dict]:
    def things(scene: Scene) -> dict:
        between = {"partner": scene.partner, "store": scene.store}
        author = scene.partner.memberships.filter(is_owner=True)[0].user
        written = ReplyFactory.create(
            review=ReviewFactory.create(**between), author=author, text="Thank you, Camille. Come back soon.", **reply
        )
        return {**between, "review": written.review, "reply": written}

    return things


def _taker(scene: Scene) -> User:
    return _once_more("Nina Faure", "nina", scene.asker)


def _about_handover(**kept) -> Callable[[Scene], dict]:
    """Of a store that the partner built, to somebody from outside."""

    def things(scene: Scene) -> dict:
        offer = HandoverOfferFactory.create(
            store=StoreFactory.create(development=True, name="Salon de Thé", built_by=scene.partner),
            email="nina@people.example",
            invited_by=scene.asker,
            message=scene.asked.message,
            wished=["products.view", "customers.view"],
            expires_at=EXPIRES_AT,
            **kept,
        )
        return {"partner": scene.partner, "store": offer.store, "handover": offer, "invited_by": scene.asker}

    return things


def _review(scene: Scene) -> str:
    return addresses.in_store(Review.objects.latest("pk"))


HAPPENED = {
    "handover.offered": Happened(_asker, _about_handover()),
    "handover.accepted": Happened(_taker, _about_handover(kept=["products.view"], kept_until=ENDS_AT)),
    "handover.declined": Happened(_taker, _about_handover()),
    "handover.taken_back": Happened(_newcomer, _about_handover()),
    "handover.lapsed": Happened(_clock, _about_handover()),
    "review.invited": Happened(_clock, _about_invitation),
    "review.reminded": Happened(_clock, _about_invitation),
    "review.published": Happened(_merchant, _about_review),
    "review.edited": Happened(_merchant, _about_review),
    "reply.published": Happened(_asker, _about_reply()),
    "reply.edited": Happened(_asker, _about_reply()),
    "reply.withdrawn": Happened(_asker, _about_reply()),
    "completion.requested": Happened(_asker, _about_completion("pending")),
    "completion.reminded": Happened(_clock, _about_completion("pending")),
    "completion.extended": Happened(_merchant, _about_completion("pending")),
    "completion.withdrawn": Happened(_asker, _about_completion("withdrawn")),
    "completion.approved": Happened(_merchant, _about_completion("approved")),
    "completion.declined": Happened(_merchant, _about_completion("declined")),
    "completion.approved_by_clock": Happened(
        _clock, _about_completion("approved", decided_by=None, decided_at=EXPIRES_AT)
    ),
    "access.ends_with_job": Happened(
        _merchant, _about_collaboration("collaboration"), said={"ends_at": ENDED_AT.isoformat(), "is_over": 0}
    ),
    "report.made": Happened(_asker, _about_report()),
    "report.decided": Happened(_clock, _about_report("removed")),
    "job.invited": Happened(_merchant, _about_candidate("invited")),
    "job.proposed": Happened(_asker, _about_candidate("proposed", "pending")),
    "job.lapsed": Happened(_clock, _about_candidate("lapsed", "lapsed")),
    "job.declined": Happened(
        _merchant,
        _about_candidate("turned_down", "declined"),
        to_others=(Happened(_asker, _about_candidate("passed")),),
    ),
    "job.withdrawn": Happened(_asker, _about_candidate("withdrawn", "withdrawn")),
    "job.hired": Happened(_merchant, _about_candidate("hired", "accepted")),
    "job.closed": Happened(_merchant, _about_candidate("closed", "closed"), said={"cause": "hired"}),
    "job.cancelled": Happened(
        _merchant,
        _about_candidate("closed", job="cancelled"),
        said={"side": "store"},
        to_others=(Happened(_asker, _about_candidate("closed", job="cancelled"), said={"side": "partner"}),),
    ),
    "job.paid": Happened(
        _asker,
        _about_payment("received"),
        said={"side": "partner"},
        to_others=(Happened(_merchant, _about_payment("paid"), said={"side": "store"}),),
    ),
    "job.payment_reversed": Happened(
        _asker,
        _about_payment("received", is_reversed=True),
        said={"side": "partner"},
        to_others=(Happened(_merchant, _about_payment("paid", is_reversed=True), said={"side": "store"}),),
    ),
    "message.unread": Happened(
        _clock,
        _unread(Side.STORE),
        said={"side": "store", "after": 0},
        to_others=(Happened(_clock, _unread(Side.PARTNER), said={"side": "partner", "after": 0}),),
    ),
    "access.requested": Happened(_asker, _about_request("asked")),
    "access.expired": Happened(_clock, _about_request("expired")),
    "access.approved": Happened(_merchant, _about_request("granted", collaboration="collaboration")),
    "access.reminded": Happened(_clock, _about_request("asked")),
    "access.reopened": Happened(_merchant, _about_request("declined")),
    "access.declined": Happened(_merchant, _about_request("declined")),
    "access.changed": Happened(_merchant, _about_collaboration("collaboration")),
    "access.extended": Happened(_merchant, _about_collaboration("collaboration")),
    "access.revoked": Happened(_merchant, _about_collaboration("revoked")),
    "access.ended": Happened(_clock, _about_collaboration("collaboration")),
    "expert.invited": Happened(
        _merchant, lambda scene: {"store": scene.store, "expert_invitation": scene.expert_invitation}
    ),
    "expert.accepted": Happened(_asker, _about_collaboration("collaboration")),
    "access.ending": Happened(_clock, _about_collaboration("collaboration"), said={"ends_at": ENDS_AT.isoformat()}),
    "access.unused": Happened(_clock, _about_collaboration("collaboration")),
    "access_review.due": Happened(_clock, lambda scene: {"store": scene.store, "access_review": scene.review}),
    "code.closed": Happened(_clock, lambda scene: {"store": scene.store}),
    "code.made": Happened(_merchant, lambda scene: {"store": scene.store}),
    "team.invited": Happened(
        _asker, lambda scene: {"partner": scene.partner, "team_invitation": scene.team_invitation}
    ),
    "team.joined": Happened(_newcomer, _about_member),
    "team.changed": Happened(_asker, _about_member),
    "team.removed": Happened(_asker, _about_member),
    "team.left": Happened(_newcomer, _about_member),
    "staff.invited": Happened(
        _merchant,
        lambda scene: {"store": scene.store, "staff_invitation": scene.staff_invitation, "role": scene.role},
    ),
    "staff.joined": Happened(_newcomer, _about_staff),
    "staff.changed": Happened(_manager, _about_staff),
    "staff.removed": Happened(_manager, _about_staff),
    "staff.left": Happened(_newcomer, _about_staff),
    "role.changed": Happened(_merchant, lambda scene: {"store": scene.store, "role": scene.role}),
    "ownership.offered": Happened(
        _merchant, lambda scene: {**_about_staff(scene), "ownership_offer": scene.ownership_offer}
    ),
    "account.new_device": Happened(_newcomer, lambda scene: {"person": scene.newcomer, "sign_in": scene.sign_in}),
    "account.password_changed": Happened(_newcomer, lambda scene: {"person": scene.newcomer}),
    "account.two_step_changed": Happened(
        _newcomer, lambda scene: {"person": scene.newcomer}, said={"change": "webauthn_added"}
    ),
    "account.token_made": Happened(_newcomer, lambda scene: {"person": scene.newcomer, "access_token": scene.token}),
    "ownership.passed": Happened(_newcomer, lambda scene: {**_about_staff(scene), "before": scene.before}),
}


# --- A mail as its reader's program sees it -------------------------------------------------------------------------


class Page(HTMLParser):
    """The words, links and elements of an HTML mail."""

    def __init__(self, html: str):
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.elements: list[tuple] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        names = [(name, value) for name, value in attrs if name != "href"]
        self.elements.append((tag, *names))
        self.links += [value for name, value in attrs if name in {"href", "src", "action"}]

    def handle_data(self, data):
        self.words.append(data)


@dataclass
class Read:
    parsed: EmailMessage
    text: str = field(init=False)
    page: Page = field(init=False)

    def __post_init__(self):
        self.text = self.parsed.get_body(("plain",)).get_content()
        self.page = Page(self.parsed.get_body(("html",)).get_content())

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def parts(self) -> tuple[str, str]:
        """Text, and the words of the HTML, each with every run of white space as one space."""
        return " ".join(self.text.split()), " ".join("".join(self.page.words).split())


def as_read(message) -> Read:
    """Through bytes, as the mail server gets them, and back."""
    return Read(message_from_bytes(message.message(policy=policy.SMTP).as_bytes(), policy=policy.default))


def send(scene: Scene, topic: str) -> dict[str, Read]:
    """Mails about it by the address they go to."""
    mail.outbox.clear()
    scene.post(topic)
    until = monotonic() + 30
    delivery.tell_untold(until=until)
    delivery.send_due(until=until)
    return {message.to[0]: as_read(message) for message in mail.outbox}


# --- Every mail -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    topic: str
    audience: str
    reader: str
    subject: str
    facts: tuple[str, ...]
    button: str
    path: Callable[[Scene], str]
    reason: str


def _partner_page(view: str, row: str) -> Callable[[Scene], str]:
    return lambda scene: reverse(f"collaborators:{view}", args=["atelier-nord", getattr(scene, row).public_id])


def _review_page(view: str, place: str) -> str:
    review = Review.objects.latest("pk")
    return reverse(f"reviews:{view}", args=[place, review.public_id])


def _payments_of(side: Side) -> Callable[[Scene], str]:
    def path(scene: Scene) -> str:
        store = side is Side.STORE
        kind = Payment.Kind.of(side.other)
        job = Payment.objects.filter(kind=kind).latest("pk").job
        place = ("jobs:job", "maison-lavande") if store else ("jobs:partner-job", "atelier-nord")
        return reverse(place[0], args=[place[1], job.public_id]) + "#payments"

    return path


def _conversation_page(view: str, place: str, row: str) -> Callable[[Scene], str]:
    def path(scene: Scene) -> str:
        conversation = Conversation.objects.get(access_requests=getattr(scene, row))
        return reverse(f"collaborators:{view}", args=[place, conversation.public_id])

    return path


def _store_page(view: str) -> Callable[[Scene], str]:
    """Of the collaboration."""
    return lambda scene: reverse(f"collaborators:{view}", args=["maison-lavande", scene.collaboration.public_id])


def _list_page(scene: Scene) -> str:
    return reverse("collaborators:list", args=["maison-lavande"])


def _team_page(scene: Scene) -> str:
    return reverse("partners:team", args=["atelier-nord"])


def _staff_page(scene: Scene) -> str:
    return reverse("stores:staff", args=["maison-lavande"])


def _access_page(scene: Scene) -> str:
    return reverse("stores:access", args=["maison-lavande"])


END = "15 November 2030, 23:00 (end of 15 November 2030 in Europe/Paris)"
GRANTED = ("View products, view customers", "View customers (personal data)", END)
WROTE_IT = "You get this because you wrote this review for Maison Lavande."
OWNS_STORE = "You get this because you own Maison Lavande."
ASKED = "You get this because you asked for this access or own Atelier Nord."
OWNS_PARTNER = "You get this because you own Atelier Nord."
WORKS_THERE = "You get this because you are on the staff of Maison Lavande."
PARTNER_HOME = "/partner/atelier-nord/"

MANAGES_JOBS = "You get this because you own Atelier Nord or manage its jobs."
BY_ITSELF = "14 June 2030, 09:30 (14 June 2030, 11:30 in Europe/Paris)"
DECIDED = "1 August 2030, 07:05 (1 August 2030, 09:05 in Europe/Paris)"


def _job_page(view: str, place: str) -> Callable[[Scene], str]:
    return lambda scene: reverse(f"jobs:{view}", args=[place, Job.objects.latest("pk").public_id])


MAILS = [
    Expected(
        "completion.requested",
        "store",
        "camille@people.example",
        "Atelier Nord says that “Theme refresh” is done",
        ("Inès Caron wrote:", "We would like to begin on Monday.", "€1,800.00", BY_ITSELF),
        "Review request",
        _job_page("job", "maison-lavande"),
        OWNS_STORE,
    ),
    Expected(
        "completion.reminded",
        "store",
        "camille@people.example",
        "“Theme refresh” waits for your yes",
        ("nobody answered yet", "15 May 2030, 09:30", "€1,800.00", BY_ITSELF),
        "Review request",
        _job_page("job", "maison-lavande"),
        OWNS_STORE,
    ),
    Expected(
        "completion.extended",
        "partner",
        "ines@people.example",
        "Maison Lavande takes more time for “Theme refresh”",
        ("Camille Roche needs longer to look at the work.", BY_ITSELF),
        "See the job",
        _job_page("partner-job", "atelier-nord"),
        MANAGES_JOBS,
    ),
    Expected(
        "completion.withdrawn",
        "store",
        "camille@people.example",
        "Atelier Nord took back that “Theme refresh” is done",
        ("there is nothing to answer", DECIDED),
        "See the job",
        _job_page("job", "maison-lavande"),
        OWNS_STORE,
    ),
    Expected(
        "completion.approved",
        "partner",
        "ines@people.example",
        "Maison Lavande approved “Theme refresh”",
        ("Camille Roche", DECIDED, "€1,800.00", f"ends on {END}"),
        "See the job",
        _job_page("partner-job", "atelier-nord"),
        MANAGES_JOBS,
    ),
    Expected(
        "completion.declined",
        "partner",
        "ines@people.example",
        "Maison Lavande says that “Theme refresh” is not done yet",
        ("Camille Roche", "Still to be done", "The size guide in French"),
        "See what is missing",
        _job_page("partner-job", "atelier-nord"),
        MANAGES_JOBS,
    ),
    Expected(
        "completion.approved_by_clock",
        "store",
        "camille@people.example",
        "“Theme refresh” was approved by the clock",
        ("Nobody answered Atelier Nord in time.", BY_ITSELF, "€1,800.00", f"ends on {END}"),
        "See the job",
        _job_page("job", "maison-lavande"),
        OWNS_STORE,
    ),
    Expected(
        "completion.approved_by_clock",
        "partner",
        "ines@people.example",
        "“Theme refresh” was approved by the clock",
        ("Maison Lavande did not answer in time.", BY_ITSELF, "€1,800.00", f"ends on {END}"),
        "See the job",
        _job_page("partner-job", "atelier-nord"),
        MANAGES_JOBS,
    ),
    Expected(
        "access.ends_with_job",
        "partner",
        "ines@people.example",
        "Your access to Maison Lavande ends soon: the job is done",
        ("It was given for a job, and the job is done.", DECIDED),
        "See your access",
        _partner_page("partner-collaboration", "collaboration"),
        ASKED,
    ),
    Expected(
        "report.made",
        "operator",
        "ops@people.example",
        "A review of Atelier Nord was reported",
        ("Advertising", "Rita Reader", "It advertises a newsletter.", "What was reported:", "on Monday"),
        "Decide",
        lambda scene: reverse("admin:reviews_report_change", args=[Report.objects.latest("pk").pk]),
        "You get this because you decide about what people report.",
    ),
    *(
        Expected(
            "report.decided",
            audience,
            reader,
            subject,
            (
                "Nothing is removed for being negative.",
                "Advertising",
                "1 August 2030, 07:05",
                "It sends readers elsewhere.",
            ),
            button,
            path,
            reason,
        )
        for audience, reader, subject, button, path, reason in (
            (
                "reporter",
                "rita@people.example",
                "The review of Atelier Nord that you reported was removed",
                "See your report",
                lambda scene: reverse("reviews:review-report", args=[Review.objects.latest("pk").public_id]),
                "You get this because you reported it.",
            ),
            (
                "store",
                "camille@people.example",
                "Your review of Atelier Nord was removed",
                "See the review",
                lambda scene: _review_page("review", "maison-lavande"),
                "You get this because you wrote the review.",
            ),
            (
                "partner",
                "ines@people.example",
                "The review by Maison Lavande was removed",
                "See the review",
                lambda scene: _review_page("partner-review", "atelier-nord"),
                "You get this because you own Atelier Nord or manage its public listing.",
            ),
        )
    ),
    Expected(
        "message.unread",
        "store",
        "camille@people.example",
        "2 new messages from Atelier Nord",
        ("Atelier Nord wrote:", "Inès Caron:", "One more thing.", "It can wait until Tuesday."),
        "Read and answer",
        _conversation_page("conversation", "maison-lavande", "asked"),
        "You get this because you own Maison Lavande or manage its users.",
    ),
    Expected(
        "message.unread",
        "partner",
        "ines@people.example",
        "2 new messages from www.lavande.example",
        ("www.lavande.example wrote:", "Camille Roche:", "One more thing.", "It can wait until Tuesday."),
        "Read and answer",
        _conversation_page("partner-conversation", "atelier-nord", "declined"),
        "You get this because you manage the stores of Atelier Nord.",
    ),
    Expected(
        "reply.published",
        "store",
        "camille@people.example",
        "Atelier Nord replied to your review",
        (
            "The reply stands in public, below your review.",
            "Thank you, Camille. Come back soon.",
            "5 of 5",
            "4 of 5",
        ),
        "See your review",
        _review,
        WROTE_IT,
    ),
    Expected(
        "reply.edited",
        "store",
        "camille@people.example",
        "Atelier Nord edited the reply to your review",
        ("This is what it says now. In public it is marked as edited.", "Thank you, Camille. Come back soon."),
        "See your review",
        _review,
        WROTE_IT,
    ),
    Expected(
        "reply.withdrawn",
        "store",
        "camille@people.example",
        "Atelier Nord withdrew the reply to your review",
        ("The reply is not shown any more. Your review stays as it is.", "5 of 5"),
        "See your review",
        _review,
        WROTE_IT,
    ),
    Expected(
        "job.paid",
        "store",
        "camille@people.example",
        "Atelier Nord received €600.00 for “Theme refresh”",
        (
            "Atelier Nord recorded a payment. If it is not right, tell them: only they can reverse it.",
            "18 November 2026",
            "Invoice 2026-18",
            "Inès Caron",
            "€1,800.00",
        ),
        "See the payments",
        _payments_of(Side.STORE),
        OWNS_STORE,
    ),
    Expected(
        "job.paid",
        "partner",
        "ines@people.example",
        "Maison Lavande paid €600.00 for “Theme refresh”",
        ("Once you have it, record it on your side as received.", "Camille Roche", "Invoice 2026-18"),
        "See the payments",
        _payments_of(Side.PARTNER),
        "You get this because you own Atelier Nord or manage its jobs.",
    ),
    Expected(
        "job.payment_reversed",
        "store",
        "camille@people.example",
        "Atelier Nord reversed a payment of €600.00 for “Theme refresh”",
        ("It was recorded by mistake, and no longer counts.", "Inès Caron", "€0.00"),
        "See the payments",
        _payments_of(Side.STORE),
        OWNS_STORE,
    ),
    Expected(
        "job.payment_reversed",
        "partner",
        "ines@people.example",
        "Maison Lavande reversed a payment of €600.00 for “Theme refresh”",
        ("It was recorded by mistake, and no longer counts.", "Camille Roche", "Invoice 2026-18"),
        "See the payments",
        _payments_of(Side.PARTNER),
        "You get this because you own Atelier Nord or manage its jobs.",
    ),
    Expected(
        "access.requested",
        "store",
        "camille@people.example",
        "Atelier Nord asks for access to Maison Lavande",
        (
            "Inès Caron wrote:",
            "We would like to begin on Monday.",
            "View products, view customers, view themes, edit themes",
            "View customers (personal data)",
            END,
            "on Entente since March 2029",
            "The request ends by itself on 14 June 2030.",
        ),
        "Review request",
        lambda scene: reverse("collaborators:request", args=["maison-lavande", scene.asked.public_id]),
        OWNS_STORE,
    ),
    Expected(
        "access.reminded",
        "store",
        "camille@people.example",
        "Atelier Nord still waits for your answer about Maison Lavande",
        (
            "The request of Atelier Nord has waited since 15 May 2030.",
            "View products, view customers, view themes, edit themes",
            "View customers (personal data)",
            END,
            "If nobody answers, the request ends by itself on 14 June 2030.",
        ),
        "Review request",
        lambda scene: reverse("collaborators:request", args=["maison-lavande", scene.asked.public_id]),
        OWNS_STORE,
    ),
    Expected(
        "access.reopened",
        "partner",
        "ines@people.example",
        "Your request to www.lavande.example is open again",
        ("The merchant took that back", "View products, view customers, view themes, edit themes"),
        "See the request",
        _partner_page("partner-request", "declined"),
        ASKED,
    ),
    Expected(
        "access.expired",
        "partner",
        "ines@people.example",
        "Your request to www.lavande.example expired",
        ("Nobody answered it within 30 days.",),
        "See the request",
        _partner_page("partner-request", "expired"),
        ASKED,
    ),
    Expected(
        "access.approved",
        "partner",
        "ines@people.example",
        "Maison Lavande approved your request",
        (
            "Atelier Nord may now enter Maison Lavande.",
            *GRANTED,
            "2 of the permissions you asked for were left out.",
        ),
        "See your access",
        _partner_page("partner-collaboration", "collaboration"),
        ASKED,
    ),
    Expected(
        "access.declined",
        "partner",
        "ines@people.example",
        "Your request to www.lavande.example was declined",
        ("The merchant wrote:", "We found somebody else."),
        "See the request",
        _partner_page("partner-request", "declined"),
        ASKED,
    ),
    Expected(
        "access.changed",
        "partner",
        "ines@people.example",
        "Maison Lavande changed your access",
        ("The change holds from now on.", *GRANTED),
        "See your access",
        _partner_page("partner-collaboration", "collaboration"),
        ASKED,
    ),
    Expected(
        "access.extended",
        "partner",
        "ines@people.example",
        "Maison Lavande extended your access",
        GRANTED,
        "See your access",
        _partner_page("partner-collaboration", "collaboration"),
        ASKED,
    ),
    Expected(
        "access.revoked",
        "partner",
        "ines@people.example",
        "Maison Lavande revoked your access",
        ("Atelier Nord can no longer enter Maison Lavande. The access ended on 1 August 2030, 07:05.",),
        "See what happened",
        _partner_page("partner-collaboration", "revoked"),
        ASKED,
    ),
    Expected(
        "access.ending",
        "store",
        "camille@people.example",
        "The access of Atelier Nord to Maison Lavande ends soon",
        ("From then on it opens nothing any more.", "Not used yet", *GRANTED),
        "Renew access",
        _store_page("collaboration-renewal"),
        OWNS_STORE,
    ),
    Expected(
        "access.ending",
        "partner",
        "ines@people.example",
        "Your access to Maison Lavande ends soon",
        ("Only they can let your access go on.", END),
        "See your access",
        _partner_page("partner-collaboration", "collaboration"),
        OWNS_PARTNER,
    ),
    Expected(
        "access.unused",
        "store",
        "camille@people.example",
        "Nobody at Atelier Nord uses the access to Maison Lavande",
        ("It was not used for 60 days.", "Not used yet", *GRANTED),
        "Keep it or end it",
        _store_page("collaboration-keeping"),
        OWNS_STORE,
    ),
    Expected(
        "access_review.due",
        "store",
        "camille@people.example",
        "Access review of Maison Lavande",
        ("A new quarter began.", "July to September 2030", "1 collaborator", "30 September 2030"),
        "Review access",
        lambda scene: reverse("collaborators:review", args=["maison-lavande"]),
        OWNS_STORE,
    ),
    Expected(
        "access.ended",
        "store",
        "camille@people.example",
        "Atelier Nord no longer has access to Maison Lavande",
        ("The access of Atelier Nord reached the end that was agreed", END),
        "See your collaborators",
        _list_page,
        OWNS_STORE,
    ),
    Expected(
        "access.ended",
        "partner",
        "ines@people.example",
        "Your access to Maison Lavande has ended",
        ("It reached the end that was agreed.", END),
        "See what happened",
        _partner_page("partner-collaboration", "collaboration"),
        ASKED,
    ),
    Expected(
        "code.closed",
        "store",
        "camille@people.example",
        "Too many wrong codes for Maison Lavande",
        ("Four wrong collaborator request codes were tried", "Partners who have access keep it"),
        "New code and reopen",
        lambda scene: reverse("collaborators:code-opening", args=[scene.store.handle]),
        OWNS_STORE,
    ),
    Expected(
        "code.made",
        "store",
        "camille@people.example",
        "New collaborator request code for Maison Lavande",
        ("Camille Roche made a new collaborator request code. The old one ended at once",),
        "See your collaborators",
        _list_page,
        OWNS_STORE,
    ),
    Expected(
        "team.invited",
        "address",
        "nina@people.example",
        "Inès Caron invites you to the team of Atelier Nord",
        ("Sign in with this address, or make an account with it", "Manage stores, manage jobs", "until 14 June 2030."),
        "See the invitation",
        lambda scene: reverse("partners:invitation", args=[scene.team_invitation.token]),
        "You get this because Inès Caron typed your address.",
    ),
    Expected(
        "team.joined",
        "partner",
        "ines@people.example",
        "Nouveau Inès Caron joined Atelier Nord",
        ("Nouveau Inès Caron accepted the invitation to the team of Atelier Nord.",),
        "See the team",
        _team_page,
        OWNS_PARTNER,
    ),
    Expected(
        "team.changed",
        "person",
        "nouveau@people.example",
        "Your rights in Atelier Nord have changed",
        ("Inès Caron changed what you may do for Atelier Nord.", "See the dashboard"),
        "Open the partner dashboard",
        lambda scene: PARTNER_HOME,
        "You get this because you are in the team of Atelier Nord.",
    ),
    Expected(
        "team.changed",
        "partner",
        "igor@people.example",
        "The rights of Nouveau Inès Caron in Atelier Nord have changed",
        ("Inès Caron changed what Nouveau Inès Caron may do for Atelier Nord.", "See the dashboard"),
        "See the team",
        _team_page,
        OWNS_PARTNER,
    ),
    Expected(
        "team.removed",
        "person",
        "nouveau@people.example",
        "You are no longer in the team of Atelier Nord",
        ("Inès Caron removed you from the team of Atelier Nord.",),
        "Open Entente",
        lambda scene: "/",
        "You get this because you were in the team of Atelier Nord.",
    ),
    Expected(
        "team.removed",
        "partner",
        "igor@people.example",
        "Nouveau Inès Caron is no longer in the team of Atelier Nord",
        ("Inès Caron removed Nouveau Inès Caron from the team of Atelier Nord.",),
        "See the team",
        _team_page,
        OWNS_PARTNER,
    ),
    Expected(
        "team.left",
        "partner",
        "igor@people.example",
        "Nouveau Inès Caron is no longer in the team of Atelier Nord",
        ("Nouveau Inès Caron left the team of Atelier Nord.",),
        "See the team",
        _team_page,
        OWNS_PARTNER,
    ),
    Expected(
        "staff.invited",
        "address",
        "nina@people.example",
        "Camille Roche invites you to the staff of Maison Lavande",
        ("Packing", "View orders, view products", "View orders (personal data)", "until 14 June 2030."),
        "See the invitation",
        lambda scene: reverse("stores:invitation", args=[scene.staff_invitation.token]),
        "You get this because Camille Roche typed your address.",
    ),
    Expected(
        "expert.invited",
        "address",
        "nina@people.example",
        "Camille Roche invites you to work for Maison Lavande",
        (
            "without a request code.",
            "Camille Roche wrote:",
            "We would like to begin on Monday.",
            *GRANTED,
            "until 14 June 2030.",
        ),
        "See the invitation",
        lambda scene: reverse("collaborators:invitation", args=[scene.expert_invitation.token]),
        "You get this because Camille Roche typed your address.",
    ),
    Expected(
        "expert.accepted",
        "store",
        "camille@people.example",
        "Atelier Nord accepted the invitation to Maison Lavande",
        ("Inès Caron accepted it for Atelier Nord, who may now enter Maison Lavande.", *GRANTED),
        "See the access",
        lambda scene: reverse("collaborators:collaboration", args=["maison-lavande", scene.collaboration.public_id]),
        OWNS_STORE,
    ),
    Expected(
        "staff.joined",
        "store",
        "camille@people.example",
        "Nouveau Inès Caron joined Maison Lavande",
        ("Nouveau Inès Caron accepted the invitation to the staff of Maison Lavande.", "Packing"),
        "See your staff",
        _staff_page,
        OWNS_STORE,
    ),
    Expected(
        "staff.changed",
        "person",
        "nouveau@people.example",
        "Your role in Maison Lavande has changed",
        ("Manon gave you another role.", "Packing", "View orders, view products"),
        "See your access",
        _access_page,
        WORKS_THERE,
    ),
    Expected(
        "staff.changed",
        "store",
        "camille@people.example",
        "The role of Nouveau Inès Caron in Maison Lavande has changed",
        ("Manon gave Nouveau Inès Caron another role.", "Packing"),
        "See your staff",
        _staff_page,
        OWNS_STORE,
    ),
    Expected(
        "staff.removed",
        "person",
        "nouveau@people.example",
        "You no longer work in Maison Lavande",
        ("Manon removed you from the staff of Maison Lavande.",),
        "Open Entente",
        lambda scene: "/",
        "You get this because you were on the staff of Maison Lavande.",
    ),
    Expected(
        "staff.removed",
        "store",
        "camille@people.example",
        "Nouveau Inès Caron no longer works in Maison Lavande",
        ("Manon removed Nouveau Inès Caron from the staff of Maison Lavande. The seat is free.",),
        "See your staff",
        _staff_page,
        OWNS_STORE,
    ),
    Expected(
        "staff.left",
        "store",
        "camille@people.example",
        "Nouveau Inès Caron no longer works in Maison Lavande",
        ("Nouveau Inès Caron left the staff of Maison Lavande. The seat is free.",),
        "See your staff",
        _staff_page,
        OWNS_STORE,
    ),
    Expected(
        "role.changed",
        "person",
        "nouveau@people.example",
        "The role Packing in Maison Lavande has changed",
        ("Camille Roche changed what the role Packing opens.", "View orders, view products"),
        "See your access",
        _access_page,
        WORKS_THERE,
    ),
    Expected(
        "ownership.offered",
        "person",
        "nouveau@people.example",
        "Camille Roche offers you Maison Lavande",
        ("Accept, and the store is yours", "Camille Roche leaves the store", "until 14 June 2030."),
        "See the offer",
        lambda scene: reverse("stores:ownership-offer", args=[scene.ownership_offer.token]),
        WORKS_THERE,
    ),
    Expected(
        "ownership.passed",
        "before",
        "camille@people.example",
        "Maison Lavande belongs to Nouveau Inès Caron now",
        ("Nouveau Inès Caron accepted the offer and is the owner of Maison Lavande.",),
        "Open Entente",
        lambda scene: "/",
        "You get this because you owned Maison Lavande, or manage its users.",
    ),
    Expected(
        "ownership.passed",
        "store",
        "new-owner@people.example",
        "Maison Lavande belongs to Nouveau Inès Caron now",
        ("Nouveau Inès Caron accepted the offer and is the owner of Maison Lavande.",),
        "Open Entente",
        lambda scene: "/",
        "You get this because you owned Maison Lavande, or manage its users.",
    ),
    Expected(
        "account.new_device",
        "person",
        "nouveau@people.example",
        "New sign-in to your account",
        ("from a device that never did before.", "Firefox", "192.0.2.7"),
        "Look at your security page",
        lambda scene: reverse("mfa_index"),
        "Such mails cannot be turned off.",
    ),
    Expected(
        "account.password_changed",
        "person",
        "nouveau@people.example",
        "Your password was changed",
        ("Your account has a new password.",),
        "Look at your security page",
        lambda scene: reverse("mfa_index"),
        "Such mails cannot be turned off.",
    ),
    Expected(
        "account.two_step_changed",
        "person",
        "nouveau@people.example",
        "Your two-step sign-in was changed",
        ("How you sign in was changed.", "Passkey added"),
        "Look at your security page",
        lambda scene: reverse("mfa_index"),
        "Such mails cannot be turned off.",
    ),
    Expected(
        "account.token_made",
        "person",
        "nouveau@people.example",
        "New access token in your account",
        ("A program that has it can act in your name.", "Stock script"),
        "Look at your tokens",
        lambda scene: reverse("account_tokens"),
        "Such mails cannot be turned off.",
    ),
]


JOBS = "You get this because you own Atelier Nord or manage its jobs."


def _job_page(scene: Scene) -> str:
    return reverse("jobs:job", args=["maison-lavande", Job.objects.latest("pk").public_id])


def _partners_job_page(scene: Scene) -> str:
    """The store's no, or its cancelling, is posted first: a second event is about another job."""
    jobs = Job.objects.order_by("pk")
    mine = jobs.filter(candidates__proposals__status="declined").first() or jobs[0]
    return reverse("jobs:partner-job", args=["atelier-nord", mine.public_id])


def _to_partner(topic: str, subject: str, facts: tuple[str, ...]) -> Expected:
    return Expected(topic, "partner", "ines@people.example", subject, facts, "See the job", _partners_job_page, JOBS)


def _to_store(topic: str, subject: str, facts: tuple[str, ...], button: str = "See the job") -> Expected:
    return Expected(topic, "store", "camille@people.example", subject, facts, button, _job_page, OWNS_STORE)


UNTIL = "If nobody answers by 14 June 2030, 09:30 (14 June 2030, 11:30 in Europe/Paris), this closes by itself."
OFFERED = ("Theme refresh", "€1,800.00", "New colours, Size guide")

MAILS += [
    _to_partner(
        "job.invited",
        "Maison Lavande has a job for Atelier Nord",
        ("Camille Roche wrote:", "The theme needs new colours", "Theme design", "€2,000.00", UNTIL),
    ),
    _to_store(
        "job.proposed",
        "Atelier Nord sent a proposal to Maison Lavande",
        ("Inès Caron wrote:", "We would like to begin on Monday.", *OFFERED, UNTIL),
        "Review proposal",
    ),
    _to_partner("job.lapsed", "Maison Lavande did not answer your proposal in time", OFFERED),
    _to_store("job.lapsed", "The proposal of Atelier Nord was not answered in time", OFFERED),
    _to_partner(
        "job.declined",
        "Maison Lavande declined your proposal",
        ("The merchant wrote:", "We found somebody else.", *OFFERED),
    ),
    _to_store("job.declined", "Atelier Nord declined your job", ("You can invite it again", "€2,000.00")),
    _to_partner("job.hired", "Maison Lavande accepted your proposal", ("The job is in progress.", *OFFERED)),
    _to_partner("job.closed", "Maison Lavande chose another partner", ("Thank you for your time.", "Theme refresh")),
    _to_partner(
        "job.cancelled", "Camille Roche cancelled “Theme refresh”", ("Camille Roche wrote:", "We found somebody else.")
    ),
    _to_store(
        "job.cancelled", "Inès Caron cancelled “Theme refresh”", ("Inès Caron wrote:", "We found somebody else.")
    ),
]


# Their links hold a key of the moment, so that tests/accounts/test_mails.py reads them.
WITH_A_KEY = {
    ("account.address_unconfirmed", "address"),
    ("account.password_reset_asked", "address"),
    ("account.address_known", "address"),
}


UNTIL = "14 June 2030, 09:30"
LISTINGS = "You get this because you own Atelier Nord or manage its public listing."


def _to_write(scene: Scene) -> str:
    return reverse("reviews:review-making", args=["maison-lavande", ReviewInvitation.objects.get().public_id])


def _to_answer(scene: Scene) -> str:
    return in_partner(Review.objects.get())


def _about_reviews(topic: str, side: str, subject: str, *facts: str) -> Expected:
    if side == "store":
        reader, button, path, reason = "camille@people.example", "Write a review", _to_write, OWNS_STORE
    else:
        button = "Reply to review" if topic == "review.published" else "See the review"
        reader, path, reason = "ines@people.example", _to_answer, LISTINGS
    return Expected(topic, side, reader, subject, facts, button, path, reason)


SAID = ("Communication", "5 of 5", "Quality of work", "2 of 5", "Completed job", "We would like to begin on Monday.")
MAILS += [
    _about_reviews(
        "review.invited", "store", "How did Atelier Nord do?", "“Theme refresh” is completed.", "Theme design", UNTIL
    ),
    _about_reviews("review.reminded", "store", "Your review of Atelier Nord is still open", "Theme design", UNTIL),
    _about_reviews("review.published", "partner", "Maison Lavande reviewed your work", *SAID),
    _about_reviews("review.edited", "partner", "Maison Lavande corrected its review of your work", *SAID),
]


def _handover_page(scene: Scene) -> str:
    return reverse("stores:handover", args=[HandoverOffer.objects.get().token])


def _built_page(scene: Scene) -> str:
    return reverse("stores:development-store", args=["atelier-nord", Store.objects.get(owner=None).public_id])


def _to_merchant(topic: str, subject: str, *facts: str, reason: str) -> Expected:
    return Expected(topic, "address", "nina@people.example", subject, facts, "See the offer", _handover_page, reason)


def _to_builder(topic: str, subject: str, *facts: str) -> Expected:
    reason = "You get this because you own Atelier Nord or manage its stores."
    return Expected(topic, "partner", "ines@people.example", subject, facts, "See the store", _built_page, reason)


WAS_OFFERED = "You get this because Atelier Nord offered a store to this address."
MAILS += [
    _to_merchant(
        "handover.offered",
        "Atelier Nord hands Salon de Thé over to you",
        "You see who gets what",
        "Inès Caron wrote:",
        "We would like to begin on Monday.",
        *GRANTED[:2],
        "until 14 June 2030.",
        reason="You get this because Inès Caron typed your address. Nobody can act in your name with it.",
    ),
    _to_merchant(
        "handover.taken_back",
        "Atelier Nord took the offer of Salon de Thé back",
        "There is nothing for you to do.",
        reason=WAS_OFFERED,
    ),
    _to_merchant(
        "handover.lapsed",
        "The offer of Salon de Thé has lapsed",
        "It was open for 14 days.",
        "ask Atelier Nord for a new offer.",
        reason=WAS_OFFERED,
    ),
    _to_builder(
        "handover.accepted",
        "Salon de Thé is handed over",
        "Nina Faure accepted and owns the store now.",
        "View products",
        "15 November 2030",
    ),
    _to_builder("handover.declined", "nina@people.example declined Salon de Thé", "The store stays with you."),
    _to_builder(
        "handover.taken_back",
        "The offer of Salon de Thé to nina@people.example is taken back",
        "You can offer it again",
    ),
    _to_builder(
        "handover.lapsed",
        "Nobody accepted Salon de Thé in time",
        "The offer to nina@people.example was open for 14 days.",
    ),
]


def test_every_kind_of_mail_is_in_the_table():
    written = {
        (kind.topic, name) for kind in kinds.all_kinds() for name in kind.audiences if kind.audiences[name].letter
    }
    assert {(expected.topic, expected.audience) for expected in MAILS} == written - WITH_A_KEY


@pytest.mark.parametrize("expected", MAILS, ids=[f"{each.topic}-{each.audience}" for each in MAILS])
def test_a_mail_says_everything_in_html_and_in_text(scene, expected):
    read = send(scene, expected.topic)[expected.reader]
    assert read.subject == expected.subject
    assert read.parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in read.parsed.iter_parts()] == ["text/plain", "text/html"]
    for words in read.parts:
        for fact in (expected.subject, *expected.facts, expected.button, expected.reason):
            assert fact in words

    links = [settings.SITE_URL + expected.path(scene), *ways_out(read)]
    assert read.page.links == links
    assert [word for word in read.text.split() if "://" in word] == links
    assert len(links) == (3 if choices.is_a_choice(expected.topic) and expected.audience != "address" else 1)


@pytest.mark.parametrize("topic", HAPPENED)
def test_the_headers_of_a_mail_are_ours(scene, topic):
    for address, read in send(scene, topic).items():
        row = Delivery.objects.get(Q(user__email=address) | Q(address=address))
        assert sorted(read.parsed.keys()) == headers_of(topic, to_person=row.user is not None)
        assert read.parsed["Auto-Submitted"] == "auto-generated"
        assert read.parsed["Message-ID"] == f"<delivery-{row.public_id}@{settings.MESSAGE_ID_DOMAIN}>"
        assert read.parsed["From"] == settings.DEFAULT_FROM_EMAIL
        assert [(to.display_name, to.addr_spec) for to in read.parsed["To"].addresses] == [("", address)]


def test_a_partner_that_was_never_let_in_reads_the_address_it_typed_and_not_the_name_of_the_store(scene):
    for topic in ("access.declined", "access.expired", "message.unread"):
        read = send(scene, topic)["ines@people.example"]
        for words in (read.subject, *read.parts):
            assert "Maison Lavande" not in words


def more_letter(scene, topic: str, audience: str, **changes):
    """What a mail about a request for more says, to its asker."""
    AccessRequest.objects.filter(pk=scene.more.pk).update(**changes)
    things = {"partner": scene.more.partner, "store": scene.more.store, "access_request": scene.more}
    if topic == "access.approved":
        things["collaboration"] = scene.more.more_of
    ids = {name: row.pk for name, row in things.items()}
    event = events.Event(topic=topic, payload=ids, actor=scene.store.owner)
    facts = kinds.Facts(event, lambda name: kinds._loaders[name]([ids[name]]) if name in ids else {})
    told = kinds.get(topic).audiences[audience]
    return told.line(facts), told.letter(facts, scene.asker)


def test_a_request_for_more_says_what_is_new_and_what_goes_on(scene):
    line, letter = more_letter(scene, "access.requested", "store")
    assert line.endswith("asks for more access")
    assert letter.subject.endswith("asks for more access to Café Bruma")
    rows = {row.label: row.value for row in letter.rows}
    assert rows["New"] == "View customers"
    assert rows["Already there"] == "View products, view themes"
    assert rows["Sensitive"] == "View customers (personal data)"
    assert "What they may do today goes on until you answer." in letter.note


def test_an_approval_of_more_says_that_what_may_be_done_has_changed(scene):
    granted = {"status": "approved", "granted": ["products.view"], "collaboration": scene.more.more_of}
    decided = {"decided_at": timezone.now(), "decided_by": scene.store.owner}
    line, letter = more_letter(scene, "access.approved", "partner", **granted, **decided)
    assert line == "Café Bruma approved your request and changed what you may do"
    assert "has changed. It holds from now on." in letter.opening
    assert letter.note == "1 of the permissions you asked for was left out."


def test_a_request_that_ended_with_the_access_does_not_blame_silence(scene):
    closed = {"status": "expired", "decided_at": EXPIRES_AT - timedelta(days=20)}
    line, letter = more_letter(scene, "access.expired", "partner", **closed)
    assert line == "Your request to Café Bruma was closed, because the access ended"
    assert "meanwhile the access itself ended" in letter.opening
    assert "30 days" not in letter.opening


def test_the_mail_about_a_new_code_does_not_hold_it(scene):
    read = send(scene, "code.made")["camille@people.example"]
    assert all(CODE not in words for words in (read.subject, *read.parts))


def test_a_decline_without_a_reason_says_so():
    read = send(make_scene(reason=""), "access.declined")["ines@people.example"]
    for words in read.parts:
        assert "The merchant gave no reason." in words
        assert "The merchant wrote:" not in words


def test_who_manages_users_is_told_why_they_get_the_mail(scene):
    StaffFactory.create(store=scene.store, key="store_manager", user__email="manon@people.example")
    read = send(scene, "access.requested")["manon@people.example"]
    assert all("because you manage the users of Maison Lavande." in words for words in read.parts)


# --- Words of people stay words -------------------------------------------------------------------------------------

LONGEST_NAME = 100
LONGEST_LINE = 998  # bytes, RFC 5322
NAMES = {
    "markup": "<script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>",
    "attribute": '"><a href="https://evil.example">Approve</a>',
    "template": "{{ settings.SECRET_KEY }}{% debug %}",
    "line breaks": "Nord\r\nBcc: victim@people.example\r\n\r\nHello",
    "line feed": "Nord\nBcc: victim@people.example",
    "carriage return": "Nord\rBcc: victim@people.example",
    "other separators": "Nord\x85Bcc:\u2028victim\u2029@people.example\x0b\x0c\x1c",
    "address": 'Nord" <boss@people.example>, victim@people.example',
    "emoji": "👩‍👩‍👧‍👦" * (LONGEST_NAME // 7),
    "right to left": "مكتب الشمال للتصميم \u200fשלום\u200e",
    "endless": "x" * LONGEST_NAME,
    "accents": "Ü" * LONGEST_NAME,
    "percent": "100 % %(store)s %s",
}
ENCODED_WORDS = {
    "line breaks": "=?utf-8?q?Nord=0D=0ABcc:_victim=40people.example?=",
    "override": "=?utf-8?b?4oCuZHJvTg==?=",
    "plain": "=?utf-8?q?Maison_Lavande?=",
}


def one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1] + "…"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names_reach_neither_headers_nor_markup(db, name):
    words = {"person": name, "partner_name": name, "store_name": name, "reason": name * 5, "typed": name}
    hostile = make_scene(**words, message=name * 20)
    for topic in HAPPENED:
        mails = send(hostile, topic)
        assert mails.keys() >= {expected.reader for expected in MAILS if expected.topic == topic}
        for address, read in mails.items():
            to_addresses = any(each.is_for_addresses for each in kinds.get(topic).audiences.values())
            known = [headers_of(topic), *([sorted(HEADERS)] if to_addresses else [])]  # an address chooses no mails
            assert sorted(read.parsed.keys()) in known
            assert read.parsed["From"] == settings.DEFAULT_FROM_EMAIL
            assert [to.addr_spec for to in read.parsed["To"].addresses] == [address]
            assert len(read.subject.splitlines()) == 1
            assert len(read.subject) <= SUBJECT_LENGTH
            assert not read.parsed["Subject"].defects
            assert read.page.links[1:] == ways_out(read)
            assert read.page.links[0].startswith(f"{settings.SITE_URL}/")
            assert max(len(line) for line in bytes(read.parsed).splitlines()) <= LONGEST_LINE


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_request_shows_names_and_message_as_they_were_typed(db, name):
    message = f"{name}\n\nand {name}"
    scene = make_scene(person=name, partner_name=name, store_name=name, message=message)
    read = send(scene, "access.requested")["camille@people.example"]
    assert read.subject == one_line(f"{name} asks for access to {name}")
    shown = " ".join(name.split())
    text, html = read.parts
    assert f"{shown} asks for access to {shown}" in text
    assert f"{shown} asks for access to {shown}" in html
    assert f"{shown} wrote:" in text
    assert "".join(message.split()) in "".join(html.split())  # its line breaks are elements there


@pytest.mark.parametrize("name", ENCODED_WORDS.values(), ids=ENCODED_WORDS)
def test_a_name_in_the_encoding_of_headers_is_not_decoded_in_the_subject(db, name):
    """It is plain ASCII, so every form takes it; decoded, it could hold what forms refuse."""
    read = send(make_scene(partner_name=name), "access.requested")["camille@people.example"]
    assert len(read.subject.splitlines()) == 1
    assert read.subject.replace(" ", "") == f"{name} asks for access to Maison Lavande".replace(" ", "")


def test_two_thousand_emoji_arrive_whole(db):
    message = "👍🏽" * 1000
    read = send(make_scene(message=message), "access.requested")["camille@people.example"]
    assert all(message in words for words in read.parts)


def test_lines_of_a_message_stay_lines_and_are_marked_as_somebody_elses(db):
    message = "Hello\n\n-- \nYou get this because you won.\nReview request: https://evil.example/"
    read = send(make_scene(message=message), "access.requested")["camille@people.example"]
    quoted = [line for line in read.text.splitlines() if line.startswith(">")]
    assert [line.removeprefix(">").strip() for line in quoted] == [line.strip() for line in message.split("\n")]
    assert read.page.links[1:] == ways_out(read)


def elements_with(**words: str) -> list[tuple]:
    """The elements of the HTML of a request with these words, which is gone afterwards."""
    with transaction.atomic():
        read = send(make_scene(**words), "access.requested")["camille@people.example"]
        transaction.set_rollback(True)
    return read.page.elements


def test_markup_in_words_changes_no_element(db):
    markup = {"person": NAMES["markup"], "partner_name": NAMES["attribute"], "message": NAMES["markup"]}
    assert elements_with(**markup) == elements_with()


# --- In the reader's language and zone ------------------------------------------------------------------------------


def read_as(scene: Scene, address: str, topic: str, **reader: str) -> Read:
    User.objects.filter(email=address).update(**reader)
    return send(scene, topic)[address]


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("Europe/Paris", "15 November 2030"),
        ("Africa/Lagos", "15 November 2030"),  # another place, the same hour
        ("America/New_York", "15 November 2030, 18:00 (end of 15 November 2030 in Europe/Paris)"),
        ("Pacific/Auckland", "16 November 2030, 12:00 (end of 15 November 2030 in Europe/Paris)"),
        ("Nowhere/Land", END),  # a zone that no longer exists: UTC
    ],
)
def test_the_end_of_access_is_shown_in_the_readers_zone_with_the_stores_beside_it(scene, zone, end):
    read = read_as(scene, "ines@people.example", "access.approved", time_zone=zone)
    text, html = read.parts
    assert f"Access ends: {end} See your access" in text
    assert f"Access ends {end} See your access" in html


def test_a_moment_is_shown_in_the_readers_zone(scene):
    read = read_as(scene, "ines@people.example", "access.revoked", time_zone="America/New_York")
    assert all("The access ended on 1 August 2030, 03:05." in words for words in read.parts)


@pytest.mark.parametrize("expected", MAILS, ids=[f"{each.topic}-{each.audience}" for each in MAILS])
def test_a_french_reader_gets_each_mail_in_french_form(scene, expected):
    with translation.override("en"):
        User.objects.update(language="fr", time_zone="Europe/Paris")  # an address reads the language of who invited
        read = send(scene, expected.topic)[expected.reader]
        assert translation.get_language() == "en"
    assert ("html", ("lang", "fr")) in read.page.elements
    assert "November" not in read.text
    if END in expected.facts:
        assert all("15 novembre 2030" in words for words in read.parts)
    assert read.page.links == [settings.SITE_URL + expected.path(scene), *ways_out(read)]


def test_each_reader_of_a_batch_gets_their_own_language_and_zone(scene):
    User.objects.filter(email="ines@people.example").update(language="fr", time_zone="America/New_York")
    mails = send(scene, "access.ended")
    french = mails["ines@people.example"].text
    assert "15 novembre 2030" in french
    assert "18:00" in french
    assert END in mails["camille@people.example"].text
    assert timezone.get_current_timezone_name() == settings.TIME_ZONE


# --- The same name at each attempt ----------------------------------------------------------------------------------


class BrokenBackend(BaseEmailBackend):
    """Loses the connection once the mail is on its way."""

    tried: list[str] = []

    def send_messages(self, messages):
        self.tried += [message.message()["Message-ID"] for message in messages]
        raise SMTPServerDisconnected


def test_a_second_attempt_carries_the_same_message_id(scene, monkeypatch):
    monkeypatch.setattr(BrokenBackend, "tried", [])
    broken = {"default": {"BACKEND": f"{__name__}.{BrokenBackend.__name__}"}}
    with monkeypatch.context() as broken_server:
        broken_server.setattr(settings, "MAILERS", broken)
        assert send(scene, "code.made") == {}
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("pending", 1)

    Delivery.objects.update(next_at=timezone.now())
    delivery.send_due(until=monotonic() + 30)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sent", 2)
    assert BrokenBackend.tried == [as_read(message).parsed["Message-ID"] for message in mail.outbox] == [row.message_id]

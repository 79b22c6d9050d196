"""Every page there is, in each of the states in which it looks different, with who may see it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from collaborators import actions
from collaborators.models import AccessRequest, CodePathOpening, CollaborationUse, PartnerBlock
from jobs.actions import completions
from jobs.models import Candidate, JobAccess, Payment
from jobs.tabs import Tab
from notifications import unsubscribing
from notifications.models import RefusedAddress
from partners import actions as teams
from partners.models import Partner
from reviews import ratings
from reviews.actions import replies
from reviews.actions.reviews import correct_review
from reviews.models import Review, ReviewInvitation, ReviewVersion
from stores import actions as stores
from stores.models import HandoverOffer, Role, Store
from stores.permissions import EVERYTHING, STAFF_ONLY
from stores.roles import SHIPPED
from tests.browser.people import PHONE, Person
from tests.factories import (
    A_PASSKEY,
    PASSWORD,
    AccessRequestFactory,
    AccessReviewAnswerFactory,
    AccessReviewFactory,
    AccessTokenFactory,
    CandidateFactory,
    CollaborationFactory,
    CompletionRequestFactory,
    ExpertInvitationFactory,
    JobFactory,
    JobItemFactory,
    MembershipFactory,
    MessageFactory,
    PartnerFactory,
    PaymentFactory,
    ProposalFactory,
    PublicListingFactory,
    ReplyFactory,
    ReportFactory,
    ReviewFactory,
    ReviewInvitationFactory,
    StaffFactory,
    StoreFactory,
    TeamInvitationFactory,
    UserFactory,
)
from tests.world import World

# Answers that are not pages of their own: they only take a form, or are a part of a page.
NOT_PAGES = {
    "reviews:handover-answer",
    "jobs:access-link",
    "jobs:access-removal",
    "jobs:completion-approval",
    "jobs:completion-refusal",
    "jobs:completion-extension",
    "jobs:partner-completion-withdrawal",
    "reviews:partner-review-export",
    "reviews:reply-making",
    "reviews:reply-withdrawal",
    "reviews:reply-advice",
    "jobs:payment-export",
    "jobs:payment-recording",
    "jobs:payment-reversal",
    "jobs:partner-payment-export",
    "jobs:partner-payment-recording",
    "jobs:partner-payment-reversal",
    "collaborators:code",
    "collaborators:review-csv",
    "collaborators:conversation-list",
    "collaborators:conversation-newer",
    "collaborators:conversation-reading",
    "collaborators:partner-conversation-list",
    "collaborators:partner-conversation-newer",
    "collaborators:partner-conversation-reading",
    "collaborators:partner-activity-export",
    "jobs:job-export",
    "jobs:partner-job-export",
    "jobs:partner-item-making",
    "jobs:partner-item",
    "stores:activity-export",
    "collaborators:code-display",
    "collaborators:request-block",
    "collaborators:collaboration-block",
    "collaborators:unblocking",
    "collaborators:request-approval",
    "collaborators:request-refusal",
    "collaborators:request-reopening",
    "collaborators:request-sight",
    "collaborators:request-summary",
    "stores:permission-words",
    "collaborators:template-removal",
    "collaborators:collaboration-permissions",
    "collaborators:collaboration-end",
    "collaborators:collaboration-revocation",
    "collaborators:request-withdrawal",
    "collaborators:collaboration-departure",
    "mail-address-confirmation",
    "account_token_revocation",
    "notifications:latest",
    "notifications:count",
    "notifications:reading",
    "notifications:reading-all",
    "healthz",
    "readyz",
    "account_sign_in_end",
    "account_sign_in_others_end",
    "mfa_download_recovery_codes",
    "mfa_login_webauthn",
    "partners:invitation-list",
    "partners:invitation-withdrawal",
    "partners:departure",
    "partners:member-removal",
    "stores:departure",
    "stores:invitation-list",
    "stores:invitation-withdrawal",
    "stores:staff-removal",
    "stores:ownership-withdrawal",
    "stores:handover-withdrawal",
    "stores:handover-refusal",
    "partners:listing-withdrawal",
    "stores:role-removal",
    "collaborators:two-step",
    "collaborators:invitation-withdrawal",
    "partners:two-step",
    "jobs:proposal-acceptance",
    "jobs:proposal-refusal",
    "jobs:invitation-renewal",
    "jobs:cancellation",
    "jobs:partner-proposal-making",
    "jobs:partner-proposal-withdrawal",
    "jobs:partner-invitation-refusal",
    "jobs:partner-cancellation",
}


@dataclass(frozen=True)
class Picture:
    """`who` (a key of `World.people`) looks at the page `view`; `pose` brings it into the state that is meant."""

    who: str
    view: str
    args: tuple = ()
    state: str = ""
    status: int = 200
    pose: Callable[[Person], None] | None = None

    def __str__(self) -> str:
        return f"{self.view}{f' ({self.state})' if self.state else ''} for {self.who}"

    def show(self, somebody: Person) -> None:
        path = self.view if self.view.startswith("/") else reverse(self.view, args=self.args)
        somebody.open(path, status=self.status)
        if self.pose:
            self.pose(somebody)


def _furnish_jobs(world: World) -> None:
    """A job in each of the states in which it looks different, between the store and the partner that works for it."""
    store, partner, person = world.store, world.working, world.people["collaborator"]
    hired = {"store": store, "partner": partner}
    going_on = JobFactory.create(**hired, title="Theme refresh", in_progress=True)
    JobItemFactory.create(job=going_on, text="New colours", added_by=person, done_at=timezone.now(), done_by=person)
    JobItemFactory.create(job=going_on, text="Size guide", added_by=person)
    PaymentFactory.create(job=going_on, recorded_by=person)
    MessageFactory.create(conversation=going_on.candidates.get().conversation, author=person)
    CompletionRequestFactory.create(
        job=JobFactory.create(**hired, title="Shipping set-up", in_progress=True, received=65_000), requested_by=person
    )
    declined = JobFactory.create(**hired, title="Product import", in_progress=True, received=65_000)
    completion = CompletionRequestFactory.create(job=declined, requested_by=person, declined=True)
    JobItemFactory.create(
        job=declined, text="Prices in francs", origin="decline", completion=completion, added_by=store.owner
    )
    JobFactory.create(**hired, title="Blog", completed=True)
    asked = JobFactory.create(store=store, title="Photos", budget=120_000)
    CandidateFactory.create(job=asked, partner=partner)
    posted = JobFactory.create(store=store, title="Translation")
    CandidateFactory.create(job=posted, partner=partner, proposed=True, proposal__sent_by=person)
    CandidateFactory.create(job=posted, partner=world.asking)
    JobFactory.create(**hired, title="Newsletter", hired=True, cancelled=True)


def furnish(world: World) -> None:
    """What `make_world` leaves empty: answered requests, things to be told of, somebody new."""
    world.people["newcomer"] = UserFactory.create(name="New Comer", email="newcomer@people.example")
    _furnish_jobs(world)
    EmailAddress.objects.create(user=world.people["newcomer"], email="unconfirmed@people.example")
    world.people["empty_handed"] = UserFactory.create(name="Empty Handed")
    secured = world.people["secured"] = UserFactory.create(name="Twice Secured", email="secured@people.example")
    careful = PartnerFactory.create(name="Careful Partner", slug="careful", requires_two_step=True)
    MembershipFactory.create(partner=careful, user=secured, owner=True)
    world.people["unready"] = MembershipFactory.create(partner=careful, user__name="Not Ready Yet").user
    TOTP.activate(secured, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(secured)
    Authenticator.objects.create(user=secured, type="webauthn", data=A_PASSKEY)
    StoreFactory.create(name="Bare Shelf", handle="bare-shelf", owner=world.people["empty_handed"])
    asked_by = world.people["partner_owner"]
    common = {"partner": world.asking, "store": world.store, "asked_by": asked_by, "typed_address": "maison-lavande"}
    AccessRequestFactory.create(**common, declined=True, reason="Not this year.\n\nAsk again in spring.")
    AccessRequestFactory.create(**common, status=AccessRequest.Status.EXPIRED, decided_at=timezone.now())
    AccessRequestFactory.create(
        **common,
        status=AccessRequest.Status.WITHDRAWN,
        decided_by=asked_by,
        decided_at=timezone.now(),
        permissions=[key for key in EVERYTHING if key not in STAFF_ONLY],
    )
    StaffFactory.create(store=Store.objects.get(handle="cafe-bruma"), user__name="Somebody To Own It")
    _invite(world)
    _invite_experts(world)
    _post_jobs(world)
    _pay(world)
    tokens = {"user": world.people["owner"]}
    AccessTokenFactory.create(**tokens, name="Stock script")
    AccessTokenFactory.create(**tokens, name="Never tried", last_used_at=None)
    AccessTokenFactory.create(**tokens, name="Old till", expired=True)
    AccessTokenFactory.create(**tokens, name="Lost laptop", revoked=True)
    collaborator = world.people["collaborator"]
    RefusedAddress.objects.create(user=collaborator, address=collaborator.email)
    bruma = Store.objects.get(handle="cafe-bruma")
    CodePathOpening.objects.create(store=bruma, closed_at=timezone.now())
    for name in ("Loud Offers", "Ever So Many Requests and Associates"):
        blocked = PartnerFactory.create(name=name)
        PartnerBlock.objects.create(store=world.store, partner=blocked, blocked_by=world.people["manager"])
    owner, until = world.people["owner"], timezone.localdate() + timedelta(days=9)
    actions.make_code(world.store, by=owner)
    _review(world)
    actions.change_end(world.collaboration, ends_on=until, by=owner)
    actions.change_permissions(
        world.collaboration,
        permissions=["orders.view", "orders.export", "products.view", "themes.view", "themes.edit_code"],
        by=owner,
    )
    _ask_often(world)
    _finish_jobs(world)
    _ask_for_reviews(world)
    _report(world)
    _furnish_public(world)


def _ask_for_reviews(world: World) -> None:
    """Of the working partner: one to be written, one with its question, and what the owner wrote."""
    between = {"store": world.store, "partner": world.working}
    ReviewInvitationFactory.create(**between, subject="Shipping set-up", services=["shipping", "training"])
    ReviewInvitationFactory.create(**between, handed_over=True)
    lapsed = ReviewInvitationFactory.create(**between, subject="Too late")
    lapsed.settle(ReviewInvitation.Status.LAPSED, by=None, at=timezone.now())
    answered = ReviewFactory.create(**between, invitation__subject="Product import")
    ratings.rebuild(world.working.pk)
    ReplyFactory.create(review=answered, author=world.people["collaborator"])
    correct_review(
        answered, communication=4, quality=4, text="Clear, and one day late.", edited_at=None, by=world.store.owner
    )
    gone = {"removed_at": timezone.now(), "removed_for": "personal"}
    ReviewFactory.create(**between, invitation__subject="Speed", **gone)
    ReviewFactory.create(**between, invitation__subject="Newsletter", text="")


def _reviews(world: World, handle: str) -> Iterator[Picture]:
    """Store admin › Reviews."""
    asked = {row.title: row.public_id for row in ReviewInvitation.objects.filter(store=world.store)}
    written = {row.invitation.title: row.public_id for row in Review.objects.filter(store=world.store)}
    of_list = reverse("reviews:review-list", args=[handle])
    making = (handle, asked["Shipping set-up"])
    yield Picture("owner", "reviews:review-list", (handle,))
    yield Picture("owner", f"{of_list}?tab=written", state="written")
    yield Picture("empty_handed", "reviews:review-list", ("bare-shelf",), "empty")
    yield Picture("empty_handed", f"{reverse('reviews:review-list', args=['bare-shelf'])}?tab=written", state="none")
    yield Picture("owner", "reviews:review-making", making)
    yield Picture("owner", "reviews:review-making", making, "refused", pose=_sent_empty(422))
    yield Picture("owner", "reviews:review-making", making, "preview", pose=_previewed)
    yield Picture("owner", "reviews:review-making", (handle, asked["Store hand-over"]), "question", pose=_asked_no)
    yield Picture("owner", "reviews:review-making", (handle, asked["Too late"]), "too late")
    for title in ("Product import", "Speed", "Newsletter"):
        yield Picture("owner", "reviews:review", (handle, written[title]), title)
    yield Picture("owner", "reviews:review-correction", (handle, written["Product import"]))


def _previewed(somebody: Person) -> None:
    page = somebody.page
    for name, stars in (("communication", 4), ("quality", 5)):
        page.locator(f"input[name={name}][value='{stars}']").check(force=True)
    page.locator("textarea").fill("Clear at every step, and done a day early.")
    somebody.click(page.locator("button[value=preview]"))
    expect(page.locator("#preview")).to_be_visible()


def _asked_no(somebody: Person) -> None:
    somebody.page.locator("main summary").click()


def _report(world: World) -> None:
    """A review with a reply that somebody reported, and one of which it was decided."""
    about = {"store": world.store, "partner": world.working}
    review = ReviewFactory.create(**about, text="Clear at every step.\n\nThe size guide has two mistakes less now.")
    reply = ReplyFactory.create(review=review, author=world.people["collaborator"])
    reader = world.people["other_owner"]
    ReportFactory.create(review=None, reply=reply, reason="personal", details="A number in it.", reported_by=reader)
    decided = {"decided_at": timezone.now(), "decided_by": world.people["operator"], "decided_for": "advertising"}
    removed = ReviewFactory.create(**about, removed_at=timezone.now(), removed_for="advertising")
    ReportFactory.create(
        review=removed,
        reported_by=reader,
        status="removed",
        explanation="It sends readers to a newsletter.",
        **decided,
    )


def _reports(world: World) -> Iterator[Picture]:
    live = Review.objects.get(store=world.store, text__contains="two mistakes less")
    removed = Review.objects.get(store=world.store, removed_for="advertising")
    for who, state in (("other_partner_owner", ""), ("owner", "own review")):
        yield Picture(who, "reviews:review-report", (live.public_id,), state)
    yield Picture("other_partner_owner", "reviews:review-report", (removed.public_id,), "gone", status=410)
    yield Picture("other_owner", "reviews:review-report", (removed.public_id,), "decided")
    yield Picture("other_partner_owner", "reviews:reply-report", (live.public_id,))
    yield Picture("other_owner", "reviews:reply-report", (live.public_id,), "waits")


def _furnish_public(world: World) -> None:
    """Two reviews of the listed partner, one of them answered, one from a hand-over, and one that was removed."""
    partner = world.working
    first = ReviewFactory.create(partner=partner, store__name="Fil & Laine", published_at=timezone.now() - timedelta(1))
    ReplyFactory.create(review=first, author=world.people["collaborator"])
    asked = ReviewInvitationFactory.create(partner=partner, handed_over=True, store__name="Hops & Co")
    ReviewFactory.create(partner=partner, store=asked.store, invitation=asked, communication=3, text="")
    ReviewFactory.create(
        partner=partner, store__name="Loud Offers", removed_at=timezone.now(), removed_for="advertising"
    )
    ratings.rebuild(partner.pk)


def _finish_jobs(world: World) -> None:
    """Of the working partner: one that is paid for and one that is not, one that waits for the yes, one that has it."""
    between = {"in_progress": True, "store": world.store, "partner": world.working}
    asker = world.people["collaborator"]
    JobFactory.create(title="Paid for", received=180_000, **between)
    JobFactory.create(title="Not paid for", **between)
    waits = JobFactory.create(title="Waits for the yes", received=180_000, **between)
    JobAccess.objects.create(job=waits, collaboration=world.collaboration, added_by=world.store.owner)
    first = completions.request_completion(waits, message="First try.", by=asker)
    completions.decline_completion(first, items=["The size guide in French", "Colours"], by=world.store.owner)
    completions.request_completion(waits, message="Everything we agreed on is live.", by=asker)
    done = JobFactory.create(title="Done", received=180_000, **between)
    completions.approve_completion(completions.request_completion(done, message="", by=asker), by=world.store.owner)


def _completions(world: World, handle: str, slug: str) -> Iterator[Picture]:
    """What the page of a job says of its completion, on both sides."""
    jobs = {job.title: job.public_id for job in world.store.jobs.all()}
    partners, owner = "collaborator", "owner"
    waits, opened = jobs["Waits for the yes"], _opened("[data-dialog]")
    yield Picture(partners, "jobs:partner-job", (slug, jobs["Paid for"]), "dialog open", pose=opened)
    yield Picture(partners, "jobs:partner-job", (slug, jobs["Not paid for"]), "dialog says why not", pose=opened)
    yield Picture(partners, "jobs:partner-completion-making", (slug, jobs["Paid for"]))
    yield Picture(partners, "jobs:partner-completion-making", (slug, jobs["Done"]), "done")
    yield Picture(partners, "jobs:partner-job", (slug, waits), "withdrawing", pose=_opened("#completion summary"))
    yield Picture(partners, "jobs:partner-job", (slug, jobs["Done"]), "done")
    for number, state in enumerate(("declining", "approving"), start=1):
        pose = _opened(f"#completion footer > :nth-child({number * 2 - 1}) > summary")
        yield Picture(owner, "jobs:job", (handle, waits), state, pose=pose)
    yield Picture(owner, "jobs:job", (handle, jobs["Done"]), "done")
    yield Picture(owner, "jobs:job", (handle, jobs["Paid for"]), "access could end with it")


def _pay(world: World) -> None:
    """A job of the working partner, with a payment of each side and one that was a mistake."""
    job = JobFactory.create(store=world.store, partner=world.working, in_progress=True, title="Shop windows")
    collaborator, owner = world.people["collaborator"], world.people["owner"]
    PaymentFactory.create(job=job, amount=60_000, recorded_by=collaborator)
    PaymentFactory.create(job=job, amount=60_000, kind=Payment.Kind.PAID, recorded_by=owner)
    wrong = PaymentFactory.create(job=job, amount=90_000, recorded_by=collaborator, reference="Invoice 2026-19")
    PaymentFactory.create(job=job, amount=90_000, recorded_by=collaborator, reference="", reverses=wrong)


def _ask_often(world: World) -> None:
    """Templates, and a partner that asks for more where it works."""
    leads, collaborator = world.people["partner_owner"], world.people["collaborator"]
    themes = {"permissions": ["themes.view", "themes.edit", "themes.edit_code"], "message": "As agreed on the phone."}
    actions.make_template(world.asking, name="Theme work, three months", days=90, **themes, by=leads)
    actions.make_template(
        world.asking, name="Catalogue", permissions=["products.view"], days=None, message="", by=leads
    )
    actions.request_access(
        world.working,
        store_url=world.store.handle,
        code="",
        permissions=["customers.view", "files.view"],
        ends_on=None,
        message="The size guide needs pictures, too.",
        by=collaborator,
    )


def _review(world: World) -> None:
    """One that is open, and one of the quarter before, in which each answer was given."""
    past = AccessReviewFactory.create(store=world.store, past=True)
    held = ["orders.view", "customers.view"]
    for name, decision, left in (("Kept", "keep", held), ("Reduced", "reduce", held[:1]), ("Gone", "end", [])):
        row = CollaborationFactory.create(
            store=world.store,
            partner__name=f"{name} and Sons",
            permissions=left or held,
            since=past.begins_at - timedelta(days=40),
            **({"ended_how": "revoked", "ended_at": timezone.now(), "ended_by": world.store.owner} if not left else {}),
        )
        if decision == "keep":
            CollaborationUse.objects.create(
                collaboration=row, user=world.people["collaborator"], last_used_at=timezone.now() - timedelta(hours=2)
            )
        AccessReviewAnswerFactory.create(review=past, collaboration=row, decision=decision, before=held, after=left)
    AccessReviewFactory.create(store=world.store)


def _invite(world: World) -> None:
    owner, newcomer, leads = world.people["owner"], world.people["newcomer"], world.people["partner_owner"]
    clerk = world.store.staff.get(user=world.people["staff_without_the_right"])
    facts = {"name": "Packing", "for_staff": True, "permissions": ["orders.view", "orders.fulfil"]}
    role = stores.make_role(world.store, **facts, by=owner)
    teams.invite(world.asking, email=newcomer.email, permissions=["manage_jobs"], by=leads)
    stores.invite(world.store, email=newcomer.email, role=role, by=owner)
    stores.offer_ownership(clerk, keeps_role=role, by=owner)
    TeamInvitationFactory.create(partner=world.asking, invited_by=leads, email="late@people.example", lapsed=True)
    _build(world)


def _build(world: World) -> None:
    """Development stores: one that is offered, one after an offer that was declined, one that was handed over."""
    leads, newcomer = world.people["partner_owner"], world.people["newcomer"]
    shape = {"country": "FR", "industry": "food", "time_zone": "Europe/Paris", "currency": "EUR", "by": leads}
    wished = SHIPPED["theme_work"].permissions
    tea = stores.build_store(world.asking, name="Tea Room", handle="tea-room", **shape)
    message = "Your tea room is ready.\n\nWe would look after the theme until the summer."
    stores.offer_handover(tea, email=newcomer.email, message=message, wished=wished, by=leads)
    paper = stores.build_store(world.asking, name="Paper & Slate", handle="paper-and-slate", **shape)
    merchant = world.people["other_owner"]
    stores.decline_handover(stores.offer_handover(paper, email=merchant.email, by=leads), by=merchant)
    bakery = stores.build_store(world.asking, name="Bakery", handle="bakery", **shape)
    accepted = stores.offer_handover(bakery, email=merchant.email, wished=wished, by=leads)
    stores.accept_handover(accepted, keeps=wished, ends_on=timezone.localdate() + timedelta(days=90), by=merchant)
    PublicListingFactory.create(partner=world.working, website="https://bureau-lumen.example")


def _invite_experts(world: World) -> None:
    """In every state that an invitation can be in."""
    offer = {"permissions": ["products.view", "themes.view", "themes.edit_code"], "note": "The new theme.\n\nHello."}
    offer["ends_on"] = timezone.localdate() + timedelta(days=60)
    people, invite = world.people, partial(actions.invite_expert, world.store, by=world.people["owner"], **offer)
    ExpertInvitationFactory.create(store=world.store, email="late@people.example", lapsed=True)
    actions.take_back_expert_invitation(invite(email="wrong@people.example"), by=people["owner"])
    used = invite(email=people["secured"].email)
    actions.accept_expert_invitation(used, partner=Partner.objects.get(slug="careful"), by=people["secured"])
    for person in ("newcomer", "member_without", "partner_owner"):
        invite(email=people[person].email)


def _post_jobs(world: World) -> None:
    """One to three partners, of which two answered."""
    posted = JobFactory.create(store=world.store, title="Size guide", budget=120_000)
    CandidateFactory.create(job=posted, partner=world.asking, proposed=True)
    CandidateFactory.create(job=posted, partner=world.working)
    declined = CandidateFactory.create(job=posted, status="turned_down", waits_until=None)
    decided = {"status": "declined", "decided_at": timezone.now(), "decided_by": world.store.owner}
    ProposalFactory.create(candidate=declined, price=None, reason="We need it sooner.", **decided)


def _opened(selector: str) -> Callable[[Person], None]:
    def pose(somebody: Person) -> None:
        for button in somebody.page.locator(selector).all():
            button.click()

    return pose


def _bell(somebody: Person) -> None:
    somebody.page.locator("[popovertarget=bell-list]").click()
    expect(somebody.page.locator("#bell-list header")).to_be_visible()


def _phone_menu(somebody: Person) -> None:
    somebody.page.set_viewport_size(PHONE)
    somebody.page.locator(".menu-button").click()


def _made_a_token(somebody: Person) -> None:
    somebody.page.locator("main [name=name]").fill("Stock script")
    somebody.click(somebody.page.locator("main form button.primary").last, status=201)
    expect(somebody.page.locator("code.token")).to_be_visible()


def _sent_empty(status: int) -> Callable[[Person], None]:
    def pose(somebody: Person) -> None:
        somebody.click(somebody.page.locator("main form .button.primary").last, status=status)
        expect(somebody.page.locator(".error").first).to_be_visible()

    return pose


def _reducing(somebody: Person) -> None:
    somebody.page.locator("[value=reduce]").first.check()
    expect(somebody.page.locator(".reducing").first).to_be_visible()


def _reduced_by_nothing(somebody: Person) -> None:
    _reducing(somebody)
    _sent_empty(422)(somebody)


def _name_gone(somebody: Person) -> None:
    somebody.page.locator("[name=name]").fill("")
    _sent_empty(422)(somebody)


def _first_step(somebody: Person) -> None:
    somebody.page.locator("[name=login]").fill("secured@people.example")
    somebody.page.locator("[name=password]").fill(PASSWORD)
    somebody.page.locator("main button.primary").click()
    expect(somebody.page.locator("[name=code]")).to_be_visible()


def _turned_off(somebody: Person) -> None:
    somebody.click(somebody.page.locator("main form button"), status=200)
    expect(somebody.page.locator("main form")).to_have_count(0)


def _pictures(world: World) -> Iterator[Picture]:
    handle, slug = world.store.handle, world.asking.slug
    yield from _outside(world)

    yield Picture("newcomer", "home", state="how to begin")
    yield Picture("newcomer", "notifications:inbox", state="empty")
    yield Picture("newcomer", "notifications:inbox", state="empty bell open", pose=_bell)
    yield Picture("newcomer", "stores:store-opening")
    yield Picture("newcomer", "partners:partner-foundation")
    yield Picture("newcomer", "stores:store-opening", state="refused", pose=_sent_empty(422))
    yield Picture("newcomer", "partners:partner-foundation", state="refused", pose=_sent_empty(422))
    yield Picture("newcomer", "mail-choices", state="of nobody's store or partner")
    yield Picture("newcomer", "account_change_password")
    yield Picture("newcomer", "account_tokens", state="empty")
    yield Picture("newcomer", "account_tokens", state="refused", pose=_sent_empty(422))
    yield Picture("owner", "account_tokens")
    yield Picture("owner", "account_tokens", state="made", pose=_made_a_token)
    yield Picture("newcomer", "account_logout")
    yield Picture("newcomer", "account_reauthenticate")
    yield Picture("newcomer", "account_profile")
    yield Picture("newcomer", "account_profile", state="refused", pose=_name_gone)
    yield Picture("newcomer", "mfa_index", state="nothing set up")
    yield Picture("empty_handed", "mfa_activate_totp")
    yield Picture("empty_handed", "mfa_activate_totp", state="refused", pose=_sent_empty(200))
    yield Picture("empty_handed", "mfa_add_webauthn")
    yield Picture("secured", "mfa_index", state="all set up")
    yield Picture("secured", "mfa_deactivate_totp")
    yield Picture("secured", "mfa_view_recovery_codes")
    yield Picture("secured", "mfa_generate_recovery_codes")
    passkey = Authenticator.objects.get(user=world.people["secured"], type="webauthn")
    yield Picture("secured", "mfa_edit_webauthn", (passkey.pk,))
    yield Picture("secured", "mfa_remove_webauthn", (passkey.pk,))
    yield Picture("secured", "mfa_reauthenticate")
    yield Picture("secured", "mfa_reauthenticate_webauthn")
    yield Picture("signed_out", "mfa_authenticate", pose=_first_step)

    yield Picture("empty_handed", "store-home", ("bare-shelf",), "empty")
    yield Picture("empty_handed", "collaborators:list", ("bare-shelf",), "empty")
    yield Picture("empty_handed", "collaborators:request-list", ("bare-shelf",), "empty")
    yield Picture("empty_handed", "collaborators:collaboration-list", ("bare-shelf",), "empty")
    yield Picture("empty_handed", "stores:activity-list", ("bare-shelf",), "empty")
    yield Picture("other_partner_owner", "partner-home", ("pixel-co",), "empty")
    yield Picture("other_partner_owner", "collaborators:partner-stores", ("pixel-co",), "empty")
    yield Picture("other_partner_owner", "collaborators:partner-past", ("pixel-co",), "empty")
    yield Picture("other_partner_owner", "collaborators:partner-activity", ("pixel-co",), "empty")

    yield Picture("owner", "store-home", (handle,))
    yield Picture("owner", "store-home", (handle,), "switcher open", pose=_opened(".switcher"))
    yield Picture("owner", "store-home", (handle,), "menu open on a phone", pose=_phone_menu)
    yield Picture("owner", "store-home", (handle,), "bell open", pose=_bell)
    yield Picture("owner", "store-home", (handle,), "account open", pose=_opened("[popovertarget=person-menu]"))
    yield Picture("owner", "stores:access", (handle,))
    yield Picture("owner", "stores:activity-list", (handle,))
    yield Picture("owner", "stores:activity-list", (handle,), "filter open", pose=_opened("main summary"))
    yield Picture("owner", "collaborators:list", (handle,))
    yield Picture("owner", "collaborators:request-list", (handle,))
    yield Picture("owner", "collaborators:collaboration-list", (handle,))
    yield Picture("owner", "collaborators:security", (handle,))
    yield Picture("owner", "collaborators:code-opening", (handle,), "nothing closed")
    yield Picture("other_owner", "collaborators:code-opening", ("cafe-bruma",), "closed")
    yield Picture("other_owner", "collaborators:list", ("cafe-bruma",), "code closed")
    yield Picture("owner", "notifications:inbox")
    yield Picture("owner", "mail-choices")
    for access_request in AccessRequest.objects.filter(store=world.store).order_by("pk"):
        state = access_request.status if access_request.is_pending else access_request.status + ", over"
        state += ", for more" if access_request.is_for_more else ""
        args = (handle, access_request.public_id)
        yield Picture("owner", "collaborators:request", args, state, pose=_opened("details > summary"))
        if access_request.partner_id == world.asking.pk:
            args = (slug, access_request.public_id)
            yield Picture("partner_owner", "collaborators:partner-request", args, state)
    for collaboration in world.store.collaborations.order_by("pk"):
        state = collaboration.ended_how or ("active" if collaboration.is_active else "past its end")
        state += f", {collaboration.partner}"
        args = (handle, collaboration.public_id)
        yield Picture("owner", "collaborators:collaboration", args, state, pose=_opened("details > summary"))
    talk = world.pending.conversation
    yield Picture("owner", "collaborators:conversation", (handle, talk.public_id))
    yield Picture("owner", "collaborators:conversation", (handle, talk.public_id), "refused", pose=_sent_empty(422))
    yield Picture("partner_owner", "collaborators:partner-conversation", (slug, talk.public_id))
    yield from _ending(world, handle)
    yield from _jobs(world)
    yield from _partners_reviews(world)
    yield Picture("manager", "store-home", (handle,))
    yield Picture("staff_without_the_right", "store-home", (handle,))
    yield Picture("staff_without_the_right", "collaborators:list", (handle,), "403", status=403)

    yield Picture("partner_owner", "partner-home", (slug,))
    yield Picture("partner_owner", "collaborators:partner-stores", (slug,))
    yield Picture("partner_owner", "collaborators:partner-activity", (slug,), pose=_opened("main summary"))
    yield Picture("member_without", "partner-home", (slug,))
    yield Picture("partner_owner", "partners:settings", (slug,))
    yield Picture("secured", "partner-home", ("careful",), "set up")
    yield Picture("secured", "partners:settings", ("careful",), "required")
    yield Picture("unready", "partner-home", ("careful",), "two-step required", status=403)
    yield Picture("partner_owner", "collaborators:store-request", (slug,))
    yield Picture("partner_owner", "collaborators:store-request", (slug,), "refused", pose=_sent_empty(422))
    template = world.asking.request_templates.get(days=90)
    linked = (
        f"{reverse('collaborators:store-request', args=[slug])}?template={template.public_id}&permissions=apps.install"
    )
    yield Picture("partner_owner", linked, state="from a link, to keep", pose=_opened("details > summary"))
    yield Picture("partner_owner", "collaborators:template-list", (slug,))
    yield Picture("other_partner_owner", "collaborators:template-list", ("pixel-co",), "empty")
    yield Picture("partner_owner", "collaborators:template-making", (slug,))
    yield Picture("partner_owner", "collaborators:template-making", (slug,), "refused", pose=_sent_empty(422))
    changed = (slug, template.public_id)
    yield Picture("partner_owner", "collaborators:template", changed, pose=_opened("details > summary"))

    yield from _people(world, handle, slug)
    yield from _experts(world, handle)
    yield from _development(world, world.asking.slug)
    yield from _completions(world, handle, world.working.slug)
    yield from _reviews(world, handle)
    yield from _hiring(world, handle)
    yield from _reports(world)

    working = (world.working.slug,)
    yield Picture("collaborator", "partner-home", working)
    yield Picture("collaborator", "collaborators:partner-stores", working)
    args = (*working, world.collaboration.public_id)
    yield Picture("collaborator", "collaborators:partner-collaboration", args, pose=_opened("details > summary"))
    more = world.working.access_requests.get(more_of=world.collaboration)
    yield Picture("collaborator", "collaborators:partner-request", (*working, more.public_id), "for more")
    form = f"{reverse('collaborators:store-request', args=working)}?more={world.collaboration.public_id}"
    yield Picture("collaborator", form, state="for more")
    yield Picture("collaborator", "store-home", (handle,), "as a collaborator")
    yield Picture("collaborator", "stores:access", (handle,), "as a collaborator")
    yield Picture("collaborator", "notifications:inbox")
    yield Picture("collaborator", "mail-choices", state="address refused")
    past = world.store.collaborations.get(partner__slug="studio-vif")
    yield Picture("revoked", "collaborators:partner-past", (past.partner.slug,))
    yield Picture("revoked", "collaborators:partner-collaboration", (past.partner.slug, past.public_id), "revoked")


def _ending(world: World, handle: str) -> Iterator[Picture]:
    """Renewing and keeping access, and the review of the quarter."""
    args = (handle, world.collaboration.public_id)
    over = (handle, world.store.collaborations.get(partner__slug="studio-vif").public_id)
    for view in ("collaborators:collaboration-renewal", "collaborators:collaboration-keeping"):
        yield Picture("owner", view, args)
        yield Picture("owner", view, over, "over")
    yield Picture("collaborator", "collaborators:collaboration-renewal", args, "not the store", status=403)
    yield Picture("owner", "collaborators:review", (handle,), pose=_reducing)
    yield Picture("owner", "collaborators:review", (handle,), "refused", pose=_reduced_by_nothing)
    yield Picture("empty_handed", "collaborators:review", ("bare-shelf",), "none")
    past = world.store.access_reviews.order_by("quarter")[0]
    yield Picture("owner", "collaborators:past-review", (handle, past.public_id))


def _people(world: World, handle: str, slug: str) -> Iterator[Picture]:
    """Staff, roles, ownership and teams."""
    owner, clerk = "owner", world.store.staff.get(user=world.people["staff_without_the_right"])
    yield Picture(owner, "stores:staff", (handle,))
    yield Picture(owner, "stores:staff", (handle,), "refused", pose=_sent_empty(422))
    yield Picture("manager", "stores:staff", (handle,))
    yield Picture("empty_handed", "stores:staff", ("bare-shelf",), "empty")
    yield Picture(owner, "stores:staff-detail", (handle, clerk.public_id), pose=_opened("details > summary"))
    yield Picture(owner, "stores:ownership", (handle,), "offered")
    yield Picture("empty_handed", "stores:ownership", ("bare-shelf",), "nobody to pass it on to")
    yield Picture("other_owner", "stores:ownership", ("cafe-bruma",), "to offer")
    yield Picture(owner, "stores:roles", (handle,))
    yield Picture(owner, "stores:role-making", (handle,))
    yield Picture(owner, "stores:role-making", (handle,), "refused", pose=_sent_empty(422))
    own = world.store.roles.get()
    yield Picture(owner, "stores:role", (handle, own.public_id), "own", pose=_opened("details > summary"))
    shipped = Role.objects.get(store=None, key="store_manager")
    yield Picture(owner, "stores:role", (handle, shipped.public_id), "shipped")
    yield Picture("manager", "stores:access", (handle,), "as staff", pose=_opened("details > summary"))

    member = world.asking.memberships.get(user=world.people["member_without"])
    yield Picture("partner_owner", "partners:team", (slug,), pose=_opened("details > summary"))
    yield Picture("partner_owner", "partners:team", (slug,), "refused", pose=_sent_empty(422))
    yield Picture("member_without", "partners:team", (slug,), "without the right")
    yield Picture("other_partner_owner", "partners:team", ("pixel-co",), "alone")
    args = (slug, member.public_id)
    yield Picture("partner_owner", "partners:member", args, pose=_opened("details > summary"))
    for invited, address, invitation in (
        ("newcomer", "partners:invitation", world.asking.invitations.order_by("pk")[0]),
        ("newcomer", "stores:invitation", world.store.staff_invitations.get()),
        ("staff_without_the_right", "stores:ownership-offer", world.store.ownership_offers.get()),
    ):
        yield Picture(invited, address, (invitation.token,))
        yield Picture("revoked", address, (invitation.token,), "for somebody else")


def _development(world: World, slug: str) -> Iterator[Picture]:
    """Stores that a partner builds, who takes them over, and what it says about itself."""
    leads, page = "partner_owner", "stores:development-store"
    built = {store.handle: store.public_id for store in world.asking.built_stores.all()}
    yield Picture(leads, "stores:development-making", (slug,))
    yield Picture(leads, "stores:development-making", (slug,), "refused", pose=_sent_empty(422))
    yield Picture(leads, page, (slug, built["tea-room"]), "offered")
    yield Picture(leads, page, (slug, built["paper-and-slate"]), "to offer", pose=_opened("details > summary"))
    yield Picture(leads, page, (slug, built["paper-and-slate"]), "refused", pose=_sent_empty(422))
    yield Picture(leads, page, (slug, built["bakery"]), "handed over")
    for view in ("store-home", "stores:staff", "collaborators:list", "collaborators:security", "stores:access"):
        yield Picture(leads, view, ("tea-room",), "development store")
    token = HandoverOffer.objects.get(store__handle="tea-room").token
    yield Picture("newcomer", "stores:handover", (token,))
    yield Picture("newcomer", "stores:handover", (token,), "refused", pose=_kept_without_permissions)
    yield Picture("revoked", "stores:handover", (token,), "for somebody else")
    yield Picture(leads, "partners:listing", (slug,), "not written yet")
    yield Picture(leads, "partners:listing", (slug,), "refused", pose=_published_empty)
    yield Picture("collaborator", "partners:listing", (world.working.slug,), "published")


def _kept_without_permissions(somebody: Person) -> None:
    ticked = somebody.page.locator("[name=permissions]:checked")
    while ticked.count():  # one takes along what needs it
        ticked.first.uncheck()
    somebody.click(somebody.page.locator("button[form=acceptance]"), status=422)


def _published_empty(somebody: Person) -> None:
    somebody.page.locator("[name=name]").fill("")
    somebody.click(somebody.page.locator("button[name=publish]"), status=422)


def _experts(world: World, handle: str) -> Iterator[Picture]:
    """Invited experts, and the page that each of them opens."""
    yield Picture("owner", "collaborators:invitation-list", (handle,))
    yield Picture("empty_handed", "collaborators:invitation-list", ("bare-shelf",), "empty")
    yield Picture("owner", "collaborators:invitation-making", (handle,))
    yield Picture("owner", "collaborators:invitation-making", (handle,), "refused", pose=_sent_empty(422))
    invited = {row.email: row.token for row in world.store.expert_invitations.all()}
    token = {person: invited.get(user.email) for person, user in world.people.items() if user}
    page, terms = "collaborators:invitation", "collaborators:invitation-terms"
    yield Picture("partner_owner", page, (token["partner_owner"],))
    yield Picture("partner_owner", terms, (token["partner_owner"],), pose=_opened("details > summary"))
    yield Picture("newcomer", page, (token["newcomer"],), "without a partner")
    yield Picture("member_without", page, (token["member_without"],), "without the right")
    yield Picture("secured", page, (token["secured"],), "used")
    yield Picture("revoked", page, (token["partner_owner"],), "for somebody else")


def _hiring(world: World, handle: str) -> Iterator[Picture]:
    """What makes a job, on both sides."""
    yield Picture("owner", "jobs:job-making", (handle,))
    yield Picture("owner", "jobs:job-making", (handle,), "refused", pose=_sent_empty(422))
    yield Picture("empty_handed", "jobs:job-making", ("bare-shelf",), "without a partner")
    yield Picture("collaborator", "jobs:partner-job-making", (world.working.slug,))
    yield Picture("collaborator", "jobs:partner-job-making", (world.working.slug,), "refused", pose=_sent_empty(422))
    yield Picture("other_partner_owner", "jobs:partner-job-making", ("pixel-co",), "without a store")


def _outside(world: World) -> Iterator[Picture]:
    member = world.people["newcomer"]
    address = EmailAddress.objects.get(user=member, verified=False)
    token = (user_pk_to_url_str(member), default_token_generator.make_token(member))
    yield Picture("signed_out", "home")
    yield Picture("signed_out", "account_login")
    yield Picture("signed_out", "account_login", state="refused", pose=_sent_empty(200))
    yield Picture("signed_out", "account_signup")
    yield Picture("signed_out", "account_signup", state="refused", pose=_sent_empty(200))
    yield Picture("signed_out", "account_email_verification_sent")
    yield Picture("signed_out", "account_confirm_email", (EmailConfirmationHMAC(address).key,))
    yield Picture("signed_out", "account_confirm_email", ("used-up",), "used up")
    yield Picture("signed_out", "account_reset_password")
    yield Picture("signed_out", "account_reset_password_done")
    yield Picture("signed_out", "account_reset_password_from_key", token)
    yield Picture("signed_out", "account_reset_password_from_key", ("1", "used-up"), "used up")
    yield Picture("signed_out", "account_reset_password_from_key_done")
    yield Picture("signed_out", "account_inactive")
    token = unsubscribing.token(world.people["owner"], "access.requested")
    yield Picture("signed_out", "mail-unsubscription", (token,))
    yield Picture("signed_out", "mail-unsubscription", (token,), "turned off", pose=_turned_off)
    yield Picture("signed_out", "mail-unsubscription", ("cut-short",), "unknown", status=404)
    yield Picture("signed_out", "/nothing/here/", state="404", status=404)
    yield Picture("signed_out", "/?nul=%00", state="400", status=400)


# Jobs by title, with what is opened on their page. None shows the same parts as another, nor as one of `_completions`.
STORES_JOBS = {
    "Theme refresh": "",
    "Shipping set-up": "",
    "Product import": "",
    "Translation": "details > summary",
    "Size guide": "details > summary",
    "Newsletter": "",
    "Shop windows": ".entries summary",
}
PARTNERS_JOBS = {
    "Theme refresh": ".entries summary",
    "Product import": "",
    "Photos": "",
    "Translation": "details > summary",
    "Newsletter": "",
}


def _furnish_reviews(world: World) -> None:
    """Of the working partner: low, good, without a text, answered and edited, handed over, and removed."""
    partner, speaker = world.working, world.people["collaborator"]

    def review(name: str, subject: str, days: int, **facts) -> Review:
        place = {"store": StoreFactory.create(name=name), "partner": partner}
        asked = ReviewInvitationFactory.create(**place, **(facts.pop("asked", None) or {"subject": subject}))
        written = ReviewFactory.create(**place, invitation=asked, **facts)
        Review.objects.filter(pk=written.pk).update(published_at=timezone.now() - timedelta(days=days))
        return Review.objects.get(pk=written.pk)

    waited = "The work itself is good, but we waited nine days for an answer in the middle of the launch."
    review("Café Bruma", "Shipping set-up", 2, communication=2, quality=4, text=waited)
    review("Papeterie Sol", "Speed check", 9, communication=4, quality=4, text="")
    weeks = "Delivered our whole shop in three weeks, with a training day we had not even asked for."
    review("Lune & Fils", "", 7, quality=5, text=weeks, services=["store_setup"], asked={"handed_over": True})
    removed = {"removed_at": timezone.now(), "removed_for": "advertising"}
    review("Maison Verre", "Size guide", 15, communication=1, quality=1, text="Buy watches at ours.", **removed)
    ratings.rebuild(partner.pk)
    answered = review("Atelier Bois", "Theme refresh", 12)
    ReviewVersion.objects.create(
        review=answered, communication=3, quality=4, text="Clear, but late.", replaced_by=answered.author
    )
    Review.objects.filter(pk=answered.pk).update(edited_at=timezone.now() - timedelta(days=11))
    ratings.rebuild(partner.pk)
    reply = replies.publish_reply(answered, text="Thank you, Camille. A treasure hunt.", by=speaker)
    replies.withdraw_reply(reply, by=speaker)
    reply = replies.publish_reply(answered, text="Thank you, Camille. The size guide was a treasure hunt.", by=speaker)
    replies.edit_reply(reply, text="Thank you, Camille. Bureau Lumen is in for the summer range.", by=speaker)


def _partners_reviews(world: World) -> Iterator[Picture]:
    """Services › Reviews, and one review of each kind."""
    slug = world.working.slug
    _furnish_reviews(world)
    yield Picture("other_partner_owner", "reviews:partner-review-list", ("pixel-co",), "nothing yet")
    yield Picture("collaborator", "reviews:partner-review-list", (slug,))
    listed = reverse("reviews:partner-review-list", args=[slug])
    for tab in ("answered", "all"):
        yield Picture("collaborator", f"{listed}?tab={tab}", state=f"reviews, {tab}")
    yield Picture(
        "collaborator", f"{listed}?tab=all&stars=2&since=2026-02-01&until=2026-01-01", state="bad", status=422
    )
    named = {review.store.name: review.public_id for review in world.working.reviews.select_related("store")}
    for name in ("Café Bruma", "Lune & Fils", "Maison Verre"):
        yield Picture("collaborator", "reviews:partner-review", (slug, named[name]), name)
    answered = (slug, named["Atelier Bois"])
    yield Picture("collaborator", "reviews:partner-review", answered, "answered", pose=_opened("details > summary"))
    yield Picture("collaborator", "reviews:reply-edit", answered)


def _jobs(world: World) -> Iterator[Picture]:
    """The lists, which begin with what is to answer, and jobs as both sides see them."""
    handle, slug = world.store.handle, world.working.slug
    yield Picture("other_owner", "jobs:job-list", ("cafe-bruma",), "nothing yet")
    yield Picture("other_partner_owner", "jobs:partner-job-list", ("pixel-co",), "nothing yet")
    yield Picture("owner", "jobs:job-list", (handle,))
    yield Picture("collaborator", "jobs:partner-job-list", (slug,))
    stores, partners = reverse("jobs:job-list", args=[handle]), reverse("jobs:partner-job-list", args=[slug])
    for tab in (Tab.IN_PROGRESS, Tab.WAITING, Tab.COMPLETED, Tab.CANCELLED):
        yield Picture("owner", f"{stores}?tab={tab}", state=f"jobs, {tab}")
    for tab in (Tab.WAITING, Tab.CANCELLED):
        yield Picture("collaborator", f"{partners}?tab={tab}", state=f"jobs, {tab}")
    yield Picture("owner", f"{stores}?search=nothing", state="nothing found")
    jobs = {job.title: job.public_id for job in world.store.jobs.all()}
    for who, view, place, titles in (
        ("owner", "jobs:job", handle, STORES_JOBS),
        ("collaborator", "jobs:partner-job", slug, PARTNERS_JOBS),
    ):
        for title, opens in titles.items():
            yield Picture(who, view, (place, jobs[title]), title, pose=_opened(opens) if opens else None)
    talk = Candidate.objects.get(job__title="Theme refresh", partner=world.working).conversation
    yield Picture("owner", "collaborators:conversation", (handle, talk.public_id), "about a job")
    yield Picture("collaborator", "collaborators:partner-conversation", (slug, talk.public_id), "about a job")
    yield Picture("member_without", "partner-home", (world.asking.slug,), "manages jobs")


def _public(world: World) -> Iterator[Picture]:
    """What everybody reads, and where a job is asked for."""
    slug = world.working.slug
    yield Picture("signed_out", "reviews:partner-directory")
    yield Picture("signed_out", f"{reverse('reviews:partner-directory')}?search=nobody", state="no partner found")
    yield Picture("signed_out", "reviews:profile", (slug,))
    yield Picture("owner", "reviews:profile", (slug,), "signed in")
    yield Picture("signed_out", f"{reverse('reviews:profile', args=[slug])}?service=training", state="no such review")
    written = Review.objects.filter(partner=world.working).order_by("pk")
    for state, review in (
        ("job", written.live().filter(source="job", answered_at__isnull=False).first()),
        ("handover", written.live().filter(source="handover").first()),
    ):
        yield Picture("signed_out", "reviews:public-review", (review.public_id,), state)
    removed = written.filter(removed_at__isnull=False).first()
    yield Picture("signed_out", "reviews:public-review", (removed.public_id,), "removed", 410)
    yield Picture("newcomer", "reviews:job-posting", state="no store to ask for")
    yield Picture("newcomer", "reviews:job-asking", (slug,), "no store to ask for")


def pictures(world: World) -> list[Picture]:
    """The whole gallery of a furnished world."""
    return [*_pictures(world), *_public(world)]


def addresses() -> set[str]:
    """Names of all pages in the URLconf, the operator's and the mail catcher's left out."""

    def walk(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLPattern):
                yield prefix + (entry.name or "")
            elif entry.namespace not in {"admin", "api"}:
                yield from walk(entry, f"{entry.namespace}:" if entry.namespace else prefix)

    return {name for name in walk(get_resolver()) if not name.startswith("mail-")} - NOT_PAGES


def rename(name_of: Callable[[int], str]) -> None:
    """Give every store, partner and person another name: a function of a running number."""
    for model in (Store, Partner, User):
        for number, row in enumerate(model.objects.order_by("pk")):
            model.objects.filter(pk=row.pk).update(name=name_of(number))

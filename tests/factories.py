"""The least valid row of each kind, and named traits. Nothing random: what a test relies on, it writes down."""

from datetime import date, timedelta

import factory
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import AccessToken, User
from collaborators import quarters
from collaborators.models import (
    ANSWER_WITHIN,
    About,
    AccessRequest,
    AccessReview,
    AccessReviewAnswer,
    CodeGuess,
    Collaboration,
    Conversation,
    ExpertInvitation,
    Message,
    RequestCode,
    RequestPolicy,
    RequestTemplate,
    Side,
)
from jobs.models import Candidate, CompletionRequest, Job, JobItem, Payment, Proposal
from partners.models import Membership, Partner, PartnerRating, PublicListing, TeamInvitation
from partners.permissions import TeamPermission
from reviews.models import Reply, Report, Review, ReviewInvitation, Source
from stores.models import Domain, HandoverOffer, OwnershipOffer, Role, Staff, StaffInvitation, Store

PASSWORD = "a-long-password"
CODE = "0482"  # a canary, see tests/canary.py
# What a browser handed over when it made a passkey.
A_PASSKEY = {
    "name": "Laptop",
    "credential": {
        "id": "cGFzc2tleS1vZi1hLXBpY3R1cmU",
        "rawId": "cGFzc2tleS1vZi1hLXBpY3R1cmU",
        "type": "public-key",
        "clientExtensionResults": {"credProps": {"rk": True}},
        "response": {
            "clientDataJSON": (
                "eyJ0eXBlIjogIndlYmF1dGhuLmNyZWF0ZSIsICJjaGFsbGVuZ2UiOiAiQUFBQSIsICJvcmlnaW4iOiAiaHR0cDovL2xvY2FsaG9zdCJ9"
            ),
            "attestationObject": (
                "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViYSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAAAAAAAAAAAAAAAAAA"
                "AAAAAAFHBhc3NrZXktb2YtYS1waWN0dXJlpQECAyYgASFYIGtX_bZrTAEP5pHjL2FrhPEwHCHwquE0vIcMEsKNUyocIlggT-WiurohvuqP"
                "gNxUR7f1-50ouYE3K_QJV_qpjoxTc20"
            ),
        },
    },
}


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person-{n}@people.example")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def verified(self, create, extracted, **kwargs):
        if create and extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, primary=True, verified=True)


class AccessTokenFactory(factory.django.DjangoModelFactory[AccessToken]):
    """A token whose `secret` is what programs send; used just now, so that using it again writes nothing."""

    class Meta:
        model = AccessToken

    class Params:
        secret = factory.Sequence(lambda n: f"ent_a-secret-of-tests-{n}")
        expired = factory.Trait(
            created_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=2)),
            expires_at=factory.LazyFunction(timezone.now),
        )
        revoked = factory.Trait(revoked_at=factory.LazyFunction(timezone.now))

    user = factory.SubFactory(UserFactory)
    name = "Script"
    digest = factory.LazyAttribute(lambda token: AccessToken.digest_of(token.secret))
    beginning = factory.LazyAttribute(lambda token: token.secret[: AccessToken.SHOWN])
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda token: token.created_at + timedelta(days=30))
    last_used_at = factory.LazyFunction(timezone.now)


class PartnerFactory(factory.django.DjangoModelFactory[Partner]):
    class Meta:
        model = Partner

    name = factory.Sequence(lambda n: f"Partner {n}")
    slug = factory.Sequence(lambda n: f"partner-{n}")


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    class Params:
        owner = factory.Trait(is_owner=True)
        stores = factory.Trait(permissions=[TeamPermission.MANAGE_STORES])

    partner = factory.SubFactory(PartnerFactory)
    user = factory.SubFactory(UserFactory)


class StoreFactory(factory.django.DjangoModelFactory[Store]):
    """A store with its policy (only with the code) and the code CODE. `development`: nobody owns it yet."""

    class Meta:
        model = Store
        skip_postgeneration_save = True

    class Params:
        development = factory.Trait(owner=None, built_by=factory.SubFactory(PartnerFactory))

    name = factory.Sequence(lambda n: f"Store {n}")
    handle = factory.Sequence(lambda n: f"store-{n}")
    owner = factory.SubFactory(UserFactory)
    country = "FR"
    industry = "home"
    time_zone = "Europe/Paris"
    currency = "EUR"

    @factory.post_generation
    def rule(self, create, extracted, **kwargs):
        if create:
            RequestPolicy.objects.create(store=self, rule=extracted or RequestPolicy.Rule.CODE)
            made_by = self.owner or UserFactory.create()
            RequestCode.objects.create(store=self, digits=CODE, made_by=made_by)


class DomainFactory(factory.django.DjangoModelFactory[Domain]):
    class Meta:
        model = Domain

    class Params:
        verified = factory.Trait(verified_at=factory.LazyFunction(timezone.now))

    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence(lambda n: f"shop-{n}.example")


class StaffFactory(factory.django.DjangoModelFactory[Staff]):
    """Staff with a shipped role, by its key."""

    class Meta:
        model = Staff

    class Params:
        key = "staff_order_support"

    store = factory.SubFactory(StoreFactory)
    user = factory.SubFactory(UserFactory)
    role = factory.LazyAttribute(lambda staff: Role.objects.get(store=None, key=staff.key))


class RoleFactory(factory.django.DjangoModelFactory[Role]):
    """A role of a store's own."""

    class Meta:
        model = Role

    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence(lambda n: f"Role {n}")
    for_staff = True
    permissions = ["orders.view"]


class _InvitationFactory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True

    class Params:
        lapsed = factory.Trait(expires_at=factory.LazyFunction(timezone.now))
        taken_back = factory.Trait(taken_back_at=factory.LazyFunction(timezone.now))

    email = factory.Sequence(lambda n: f"invited-{n}@people.example")


class TeamInvitationFactory(_InvitationFactory):
    class Meta:
        model = TeamInvitation

    partner = factory.SubFactory(PartnerFactory)
    invited_by = factory.LazyAttribute(
        lambda invitation: MembershipFactory.create(partner=invitation.partner, owner=True).user
    )


class StaffInvitationFactory(_InvitationFactory):
    class Meta:
        model = StaffInvitation

    store = factory.SubFactory(StoreFactory)
    role = factory.LazyFunction(lambda: Role.objects.get(store=None, key="staff_order_support"))
    invited_by = factory.SelfAttribute("store.owner")


class OwnershipOfferFactory(_InvitationFactory):
    class Meta:
        model = OwnershipOffer

    class Params:
        staff = factory.SubFactory(StaffFactory)

    store = factory.SelfAttribute("staff.store")
    email = factory.SelfAttribute("staff.user.email")
    invited_by = factory.SelfAttribute("store.owner")


class CollaborationFactory(factory.django.DjangoModelFactory[Collaboration]):
    class Meta:
        model = Collaboration

    class Params:
        past_its_end = factory.Trait(  # over, but not swept yet
            since=factory.LazyFunction(lambda: timezone.now() - timedelta(days=2)),
            ends_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1)),
        )
        revoked = factory.Trait(
            ended_how=Collaboration.EndedBy.REVOKED,
            ended_at=factory.LazyFunction(timezone.now),
            ended_by=factory.SelfAttribute("store.owner"),
        )
        lapsed = factory.Trait(
            ended_how=Collaboration.EndedBy.LAPSED,
            ends_at=factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1)),
            ended_at=factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1)),
        )

    partner = factory.SubFactory(PartnerFactory)
    store = factory.SubFactory(StoreFactory)
    permissions = ["products.view"]
    since = factory.LazyFunction(timezone.now)
    watched_since = factory.SelfAttribute("since")
    granted_by = factory.SelfAttribute("store.owner")


class AccessReviewFactory(factory.django.DjangoModelFactory[AccessReview]):
    """An open one, of everybody who may enter now; `past`: of the quarter before."""

    class Meta:
        model = AccessReview

    class Params:
        past = factory.Trait(
            quarter=factory.LazyFunction(lambda: first_day(_quarter() - timedelta(days=1))),
            closes_at=factory.LazyFunction(timezone.now),
            begins_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=90)),
        )

    store = factory.SubFactory(StoreFactory)
    quarter = factory.LazyFunction(lambda: _quarter())
    begins_at = factory.LazyFunction(timezone.now)
    closes_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=80))


def _quarter() -> date:
    return quarters.first_day(timezone.now(), "UTC")


def first_day(day: date) -> date:
    return date(day.year, day.month - (day.month - 1) % 3, 1)


class AccessReviewAnswerFactory(factory.django.DjangoModelFactory[AccessReviewAnswer]):
    class Meta:
        model = AccessReviewAnswer

    review = factory.SubFactory(AccessReviewFactory)
    collaboration = factory.SubFactory(CollaborationFactory, store=factory.SelfAttribute("..review.store"))
    decision = "keep"
    before = factory.SelfAttribute("collaboration.permissions")
    after = factory.SelfAttribute("before")
    answered_by = factory.SelfAttribute("review.store.owner")


class AccessRequestFactory(factory.django.DjangoModelFactory[AccessRequest]):
    class Meta:
        model = AccessRequest

    class Params:
        overdue = factory.Trait(asked_at=factory.LazyFunction(lambda: timezone.now() - ANSWER_WITHIN))
        declined = factory.Trait(
            status=AccessRequest.Status.DECLINED,
            decided_at=factory.LazyFunction(timezone.now),
            decided_by=factory.SelfAttribute("store.owner"),
        )
        approved = factory.Trait(
            status=AccessRequest.Status.APPROVED,
            decided_at=factory.LazyFunction(timezone.now),
            decided_by=factory.SelfAttribute("store.owner"),
            granted=factory.SelfAttribute("permissions"),
            collaboration=factory.SubFactory(
                CollaborationFactory,
                partner=factory.SelfAttribute("..partner"),
                store=factory.SelfAttribute("..store"),
                permissions=factory.SelfAttribute("..permissions"),
            ),
        )

    partner = factory.SubFactory(PartnerFactory)
    store = factory.SubFactory(StoreFactory)
    typed_address = factory.LazyAttribute(lambda access_request: access_request.store.handle)
    permissions = ["products.view"]
    asked_by = factory.SubFactory(UserFactory)
    asked_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda access_request: access_request.asked_at + ANSWER_WITHIN)


class ConversationFactory(factory.django.DjangoModelFactory[Conversation]):
    """About nothing; `about` is the request or collaboration that it belongs to."""

    class Meta:
        model = Conversation
        skip_postgeneration_save = True

    partner = factory.SubFactory(PartnerFactory)
    store = factory.SubFactory(StoreFactory)

    @factory.post_generation
    def about(self, create, extracted, **kwargs):
        if extracted is not None:
            extracted.conversation = self
            extracted.save(update_fields=["conversation"])


def converse(about: AccessRequest | Collaboration) -> Conversation:
    """A conversation about a request or a collaboration that has none."""
    return ConversationFactory.create(partner=about.partner, store=about.store, about=about)


class MessageFactory(factory.django.DjangoModelFactory[Message]):
    class Meta:
        model = Message

    conversation = factory.SubFactory(ConversationFactory)
    author = factory.SubFactory(UserFactory)
    side = Side.PARTNER
    text = "Hello"


class ExpertInvitationFactory(_InvitationFactory):
    class Meta:
        model = ExpertInvitation

    class Params:
        used = factory.Trait(  # with this collaboration as what it led to
            collaboration=factory.SubFactory(CollaborationFactory, store=factory.SelfAttribute("..store")),
            partner=factory.SelfAttribute("collaboration.partner"),
            accepted_at=factory.LazyFunction(timezone.now),
            accepted_by=factory.SubFactory(UserFactory),
        )

    store = factory.SubFactory(StoreFactory)
    permissions = ["products.view", "themes.view"]
    invited_by = factory.SelfAttribute("store.owner")


class RequestTemplateFactory(factory.django.DjangoModelFactory[RequestTemplate]):
    class Meta:
        model = RequestTemplate

    partner = factory.SubFactory(PartnerFactory)
    name = factory.Sequence(lambda n: f"Template {n}")
    permissions = ["products.view"]
    days = 90
    made_by = factory.SubFactory(UserFactory)


class CodeGuessFactory(factory.django.DjangoModelFactory[CodeGuess]):
    """Counted for partner and network; never compared."""

    class Meta:
        model = CodeGuess

    partner = factory.SubFactory(PartnerFactory)
    store = factory.SubFactory(StoreFactory)
    fingerprint = factory.Sequence(lambda n: f"{n:064d}")


class JobFactory(factory.django.DjangoModelFactory[Job]):
    """An open job that the store posted; `in_progress` and `completed` with a partner and its candidate's row."""

    class Meta:
        model = Job
        skip_postgeneration_save = True

    class Params:
        hired = factory.Trait(
            partner=factory.SubFactory(PartnerFactory),
            hired_at=factory.LazyFunction(timezone.now),
            hired_by=factory.SelfAttribute("store.owner"),
            price=factory.LazyAttribute(lambda job: None if job.is_free else 180_000),
        )
        in_progress = factory.Trait(hired=True, status=Job.Status.IN_PROGRESS)
        completed = factory.Trait(
            hired=True,
            status=Job.Status.COMPLETED,
            completed_at=factory.LazyFunction(timezone.now),
            is_counted=True,
        )
        cancelled = factory.Trait(
            status=Job.Status.CANCELLED,
            cancelled_at=factory.LazyFunction(timezone.now),
            cancelled_by=factory.SelfAttribute("store.owner"),
            cancelled_side=Side.STORE,
            cancel_reason="We changed our plans.",
        )

    store = factory.SubFactory(StoreFactory)
    beginning = Job.Beginning.POSTED
    title = factory.Sequence(lambda n: f"Theme refresh {n}")
    brief = "The theme needs new colours and a size guide."
    services = ["theme_design"]
    currency = factory.SelfAttribute("store.currency")
    is_free = False
    created_by = factory.SelfAttribute("store.owner")

    @factory.post_generation
    def candidate_of_hired(self, create, extracted, **kwargs):
        if create and self.partner:
            CandidateFactory.create(job=self, partner=self.partner, hired=True)


class CandidateFactory(factory.django.DjangoModelFactory[Candidate]):
    """A partner that was invited an instant ago; `proposed` with its pending proposal."""

    class Meta:
        model = Candidate
        skip_postgeneration_save = True

    class Params:
        hired = factory.Trait(status=Candidate.Status.HIRED, waits_until=None)
        proposed = factory.Trait(status=Candidate.Status.PROPOSED)

    job = factory.SubFactory(JobFactory)
    partner = factory.SubFactory(PartnerFactory)
    conversation = factory.LazyAttribute(
        lambda candidate: Conversation.objects.create(
            store=candidate.job.store, partner=candidate.partner, about=About.JOB
        )
    )
    invited_by = factory.SelfAttribute("job.store.owner")
    invited_at = factory.LazyFunction(timezone.now)
    status = Candidate.Status.INVITED
    waits_until = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=72))

    @factory.post_generation
    def proposal(self, create, extracted, **kwargs):
        if (
            create
            and extracted is not False
            and self.status == Candidate.Status.PROPOSED
            and not self.proposals.exists()
        ):
            ProposalFactory.create(candidate=self, **kwargs)


class ProposalFactory(factory.django.DjangoModelFactory[Proposal]):
    class Meta:
        model = Proposal

    candidate = factory.SubFactory(CandidateFactory, status=Candidate.Status.PROPOSED)
    price = 180_000
    message = "We can begin on Monday."
    items = ["New colours", "Size guide"]
    sent_by = factory.SubFactory(UserFactory)


class JobItemFactory(factory.django.DjangoModelFactory[JobItem]):
    class Meta:
        model = JobItem

    job = factory.SubFactory(JobFactory, in_progress=True)
    text = factory.Sequence(lambda n: f"Item {n}")
    origin = JobItem.Origin.ADDED
    added_by = factory.SubFactory(UserFactory)


class PaymentFactory(factory.django.DjangoModelFactory[Payment]):
    """What the partner received, with the job's sum kept."""

    class Meta:
        model = Payment
        skip_postgeneration_save = True

    job = factory.SubFactory(JobFactory, in_progress=True)
    kind = Payment.Kind.RECEIVED
    amount = 180_000
    paid_on = date(2026, 11, 18)
    reference = "Invoice 2026-18"
    recorded_by = factory.SubFactory(UserFactory)

    @factory.post_generation
    def kept(self, create, extracted, **kwargs):
        if create:
            sign = -1 if self.reverses_id else 1
            setattr(self.job, self.kind, getattr(self.job, self.kind) + sign * self.amount)
            self.job.save(update_fields=[self.kind])


class CompletionRequestFactory(factory.django.DjangoModelFactory[CompletionRequest]):
    """Waits for the store's answer, with fourteen days to go."""

    class Meta:
        model = CompletionRequest

    class Params:
        declined = factory.Trait(
            status=CompletionRequest.Status.DECLINED,
            decided_at=factory.LazyFunction(timezone.now),
            decided_by=factory.SelfAttribute("job.store.owner"),
        )

    job = factory.SubFactory(JobFactory, in_progress=True, received=180_000)
    message = "Everything we agreed on is live."
    requested_by = factory.SubFactory(UserFactory)
    requested_at = factory.LazyFunction(timezone.now)
    deadline = factory.LazyAttribute(lambda completion: completion.requested_at + timedelta(days=14))
    more_days = 7


class PublicListingFactory(factory.django.DjangoModelFactory[PublicListing]):
    """A published listing, of a partner whose rating can be sorted by."""

    class Meta:
        model = PublicListing
        skip_postgeneration_save = True

    partner = factory.SubFactory(PartnerFactory)
    name = factory.SelfAttribute("partner.name")
    text = "We design and rebuild storefronts for makers."
    services = ["theme_design", "speed"]
    languages = ["en", "fr"]
    country = "FR"
    published_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def rating(self, create, extracted, **kwargs):
        if create:
            PartnerRating.objects.get_or_create(partner=self.partner)


class HandoverOfferFactory(factory.django.DjangoModelFactory[HandoverOffer]):
    """A development store, offered to an address."""

    class Meta:
        model = HandoverOffer

    class Params:
        accepted = factory.Trait(
            accepted_at=factory.LazyFunction(timezone.now), accepted_by=factory.SubFactory(UserFactory)
        )

    store = factory.SubFactory(StoreFactory, development=True)
    partner = factory.SelfAttribute("store.built_by")
    email = factory.Sequence(lambda n: f"merchant-{n}@shops.example")
    invited_by = factory.SubFactory(UserFactory)


class ReviewInvitationFactory(factory.django.DjangoModelFactory[ReviewInvitation]):
    """From a job that was approved just now; `handed_over`: from a hand-over, the question not answered yet."""

    class Meta:
        model = ReviewInvitation

    class Params:
        handed_over = factory.Trait(
            source=Source.HANDOVER,
            completion=None,
            handover=factory.SubFactory(
                HandoverOfferFactory,
                store=factory.SelfAttribute("..store"),
                partner=factory.SelfAttribute("..partner"),
                accepted=True,
            ),
            subject="",
            services=[],
        )

    store = factory.SubFactory(StoreFactory)
    partner = factory.SubFactory(PartnerFactory)
    source = Source.JOB
    completion = factory.SubFactory(
        CompletionRequestFactory,
        job=factory.SubFactory(
            JobFactory,
            store=factory.SelfAttribute("...store"),
            partner=factory.SelfAttribute("...partner"),
            completed=True,
            received=180_000,
        ),
        status=CompletionRequest.Status.APPROVED,
        decided_at=factory.LazyFunction(timezone.now),
        decided_by=factory.SelfAttribute("job.store.owner"),
    )
    subject = "Theme refresh"
    services = ["theme_design"]
    asked = factory.SelfAttribute("store.owner")


class ReviewFactory(factory.django.DjangoModelFactory[Review]):
    """On an invitation of its own, which it settles. Ratings of the partner are kept by actions alone: rebuild them
    where a test reads them."""

    class Meta:
        model = Review
        skip_postgeneration_save = True

    store = factory.SubFactory(StoreFactory)
    partner = factory.SubFactory(PartnerFactory)
    invitation = factory.SubFactory(
        ReviewInvitationFactory, store=factory.SelfAttribute("..store"), partner=factory.SelfAttribute("..partner")
    )
    source = factory.SelfAttribute("invitation.source")
    services = factory.SelfAttribute("invitation.services")
    communication = 5
    quality = 4
    text = "Clear at every step, and they found two old mistakes in our size guide."
    author = factory.SelfAttribute("store.owner")

    @factory.post_generation
    def settled(self, create, extracted, **kwargs):
        if create:
            if self.source == Source.HANDOVER:
                self.invitation.worked_here = True
                self.invitation.save(update_fields=["worked_here"])
            self.invitation.settle(ReviewInvitation.Status.WRITTEN, by=self.author, at=self.published_at)


class ReplyFactory(factory.django.DjangoModelFactory[Reply]):
    """Live, by an owner of the partner."""

    class Meta:
        model = Reply
        skip_postgeneration_save = True

    review = factory.SubFactory(ReviewFactory)
    partner = factory.SelfAttribute("review.partner")
    author = factory.LazyAttribute(lambda reply: MembershipFactory.create(partner=reply.partner, owner=True).user)
    text = "Thank you, Camille. The size guide was a treasure hunt."

    @factory.post_generation
    def kept(self, create, extracted, **kwargs):
        if create and self.is_live:
            self.review.answered_at = self.published_at
            self.review.save(update_fields=["answered_at"])


class ReportFactory(factory.django.DjangoModelFactory[Report]):
    class Meta:
        model = Report

    review = factory.SubFactory(ReviewFactory)
    reason = "advertising"
    reported_by = factory.SubFactory(UserFactory)

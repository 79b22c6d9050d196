import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from accounts import two_step
from accounts.invitations import UNANSWERED, Invitation, InvitationQuerySet
from accounts.models import Visitor
from partners.permissions import TeamPermission

LISTING_LENGTH = 2000  # code points
ANSWER_HOURS = (1, 4, 24, 48, 72, 168, 336, 720)  # bounds between which times to answer are counted
# A Bayesian mean: as if this many stores had given the prior rating before anybody else did.
PRIOR_STORES = 5
PRIOR_SCORE = 3500  # thousandths of a star


def held(permission: str) -> Q:
    """Memberships with this team permission: said by itself, or as an owner. One condition, for one `filter()`."""
    return Q(is_owner=True) | Q(permissions__contains=[permission])


def two_step_as_asked() -> Q:
    """Memberships of people who sign in in two steps, where their partner asks for it. For the same `filter()`."""
    return Q(partner__requires_two_step=False) | Q(user__in=two_step.holders())


class PartnerQuerySet(models.QuerySet["Partner"]):
    def visible_to(self, user: Visitor) -> "PartnerQuerySet":
        """Partners whose team the user is in; none for anonymous."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(pk__in=Membership.objects.filter(user_id=user.pk).values("partner"))

    def with_place_of(self, user: Visitor) -> "PartnerQuerySet":
        """Those whose team the user is in, each with the place there: `i_own`, `my_permissions`."""
        return (
            self.alias(mine=FilteredRelation("memberships", condition=Q(memberships__user_id=user.pk)))
            .filter(mine__isnull=False)
            .annotate(i_own=F("mine__is_owner"), my_permissions=F("mine__permissions"))
        )

    def where_user_may(self, user: Visitor, permission: str) -> "PartnerQuerySet":
        if not user.is_authenticated:
            return self.none()
        return self.filter(pk__in=Membership.objects.where_user_may(user, permission).values("partner"))

    def open_to(self, user: Visitor) -> "PartnerQuerySet":
        """Partners that the user may enter: in the team, and signing in in two steps where that is asked."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(pk__in=Membership.objects.filter(two_step_as_asked(), user_id=user.pk).values("partner"))

    def lock(self, pk: int) -> "Partner":
        """The partner, locked until the transaction ends. First in the order of locks; its team changes under it."""
        return self.select_for_update(no_key=True).get(pk=pk)


class Partner(models.Model):
    """An organisation that works for stores."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=50)
    requires_two_step = models.BooleanField(default=False, db_default=False)  # of everybody who opens its dashboard
    created_at = models.DateTimeField(default=timezone.now)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug"], name="partner_slug_once")]

    def __str__(self) -> str:
        return self.name

    def membership_of(self, user: Visitor) -> "Membership | None":
        """The user's place in the team as it is now, in a fresh query."""
        return Membership.objects.filter(partner=self, user_id=user.pk).first() if user.is_authenticated else None

    def owner_ids(self) -> list[int]:
        return list(self.memberships.filter(is_owner=True).order_by("pk").values_list("user_id", flat=True))


class TrackRecord(models.Model):
    """What a partner's work adds up to. Counted with each act under the partner's lock; `rebuild_track_records` comes
    to the same figures. A partner without a row has done nothing yet."""

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, primary_key=True, related_name="track_record")
    jobs_completed = models.PositiveIntegerField(default=0, db_default=0)
    first_time_approvals = models.PositiveIntegerField(default=0, db_default=0)  # by a person, and never declined
    answers = models.PositiveIntegerField(default=0, db_default=0)  # to invitations to jobs
    seconds_to_answer = models.PositiveBigIntegerField(default=0, db_default=0)  # of all answers together

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_time_approvals__lte=F("jobs_completed")), name="track_record_first_time_of_completed"
            ),
        ]

    def __str__(self) -> str:
        return f"track record of {self.partner}"

    @property
    def hours_to_answer(self) -> int:
        """The mean, in hours begun; 0 before the first answer."""
        return -(-self.seconds_to_answer // (3600 * self.answers)) or 1 if self.answers else 0

    @property
    def days_to_answer(self) -> int:
        """The mean, in days begun."""
        return -(-self.hours_to_answer // 24)


class PublicListingQuerySet(models.QuerySet["PublicListing"]):
    def published(self) -> "PublicListingQuerySet":
        return self.filter(published_at__isnull=False)


class PublicListing(models.Model):
    """What a partner says about itself in public, once it is published. Changed under the partner's lock."""

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, primary_key=True, related_name="listing")
    name = models.CharField(max_length=100)  # in public; that of the partner unless it says otherwise
    text = models.TextField(max_length=LISTING_LENGTH)
    services = ArrayField(models.CharField(max_length=40), default=list)  # keys of partners.services
    languages = ArrayField(models.CharField(max_length=3), default=list)  # ISO 639: in which they work
    country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    website = models.URLField(max_length=200, blank=True)
    published_at = models.DateTimeField(null=True)  # since when; None: nobody outside sees it
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1, db_default=1)  # how often what it shows was saved

    objects = PublicListingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None)
                | ~Q(name="") & ~Q(text="") & ~Q(country="") & Q(services__len__gt=0) & Q(languages__len__gt=0),
                name="listing_published_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


def no_stars() -> list[int]:
    return [0] * 5


def no_times() -> list[int]:
    return [0] * (len(ANSWER_HOURS) + 1)


class PartnerRating(models.Model):
    """What a partner's live reviews add up to. Counted with each act under the partner's lock (`reviews.ratings`);
    `rebuild_ratings` comes to the same figures. A partner without a row has no review, and no published listing."""

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, primary_key=True, related_name="rating")
    reviews = models.PositiveIntegerField(default=0, db_default=0)
    stores = models.PositiveIntegerField(default=0, db_default=0)  # that wrote them
    # Sums over stores, of the latest review of each: every merchant has one voice
    communication = models.PositiveIntegerField(default=0, db_default=0)
    quality = models.PositiveIntegerField(default=0, db_default=0)
    spread = ArrayField(models.PositiveIntegerField(), default=no_stars)  # reviews of one star, of two, … of five
    answered = models.PositiveIntegerField(default=0, db_default=0)  # reviews with a live reply
    answer_times = ArrayField(models.PositiveIntegerField(), default=no_times)  # of these, by ANSWER_HOURS
    removed = models.PositiveIntegerField(default=0, db_default=0)  # reviews that operators took down
    score = models.PositiveIntegerField(
        default=PRIOR_SCORE, db_default=PRIOR_SCORE
    )  # thousandths of a star; for sorting
    version = models.PositiveIntegerField(default=1, db_default=1)  # rises with whatever public pages show of reviews

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stores__lte=F("reviews"), answered__lte=F("reviews")), name="rating_of_reviews"
            ),
        ]
        indexes = [models.Index(fields=["-score", "partner"], name="rating_best_first")]

    def __str__(self) -> str:
        return f"rating of {self.partner}"

    @property
    def mean(self) -> float | None:
        """Over stores, of the latest live review of each; None before the first."""
        return (self.communication + self.quality) / (2 * self.stores) if self.stores else None

    @property
    def mean_communication(self) -> float | None:
        return self.communication / self.stores if self.stores else None

    @property
    def mean_quality(self) -> float | None:
        return self.quality / self.stores if self.stores else None

    @property
    def share_answered(self) -> int | None:
        """Percent, rounded down: 100 only when all are. None without a review."""
        return 100 * self.answered // self.reviews if self.reviews else None

    @property
    def hours_to_answer(self) -> int | None:
        """Within how many hours half of the answered reviews were answered: the bound of ANSWER_HOURS that the median
        (the lower one) keeps. None without an answer, and where it is beyond the last bound."""
        before = 0
        for bound, number in zip(ANSWER_HOURS, self.answer_times, strict=False):
            before += number
            if self.answered and 2 * before >= self.answered:
                return bound
        return None


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, user: Visitor) -> "MembershipQuerySet":
        """Everybody in the teams that the user is in."""
        return self.filter(partner__in=Partner.objects.open_to(user))

    def where_user_may(self, user: Visitor, permission: str) -> "MembershipQuerySet":
        """The user's own memberships that let them do this now."""
        return self.filter(held(permission), two_step_as_asked(), user_id=user.pk)


class Membership(models.Model):
    """A person in a partner's team."""

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    is_owner = models.BooleanField(default=False)
    permissions = ArrayField(models.CharField(max_length=30, choices=TeamPermission), default=list, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    changes = models.PositiveIntegerField(default=0, db_default=0)  # how often its rights were changed: names the act

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "user"], name="membership_once_per_person"),
            models.CheckConstraint(
                condition=Q(permissions__contained_by=list(TeamPermission.values)),
                name="membership_known_permissions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.partner}"

    def may(self, permission: str) -> bool:
        return self.is_owner or permission in self.permissions

    @property
    def held(self) -> frozenset[str]:
        """Every team permission that the person holds."""
        return frozenset(TeamPermission.values if self.is_owner else self.permissions)


class TeamInvitationQuerySet(InvitationQuerySet):
    def visible_to(self, user: Visitor) -> "TeamInvitationQuerySet":
        """Invitations to the teams that the user manages."""
        return self.filter(partner__in=Partner.objects.where_user_may(user, TeamPermission.MANAGE_TEAM))


class TeamInvitation(Invitation):
    """A place in a partner's team, offered to an address."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="invitations")
    is_owner = models.BooleanField(default=False)
    permissions = ArrayField(models.CharField(max_length=30, choices=TeamPermission), default=list, blank=True)

    objects = TeamInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "email"], condition=UNANSWERED, name="team_invitation_one_open"),
            models.CheckConstraint(
                condition=Q(permissions__contained_by=list(TeamPermission.values)),
                name="team_invitation_known_permissions",
            ),
        ]

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

import uuid
from datetime import timedelta
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.invitations import UNANSWERED, Invitation, InvitationClosed, InvitationQuerySet
from accounts.models import Visitor
from partners.models import Membership, Partner
from partners.permissions import TeamPermission
from stores import handover_triggers
from stores.roles import SHIPPED

HANDOVER_OPEN_FOR = timedelta(days=14)
HANDOVER_MESSAGE_LENGTH = 1000  # code points
UNDECIDED = UNANSWERED & Q(declined_at=None, lapsed_at=None)


class Industry(models.TextChoices):
    FASHION = "fashion", _("Fashion and accessories")
    BEAUTY = "beauty", _("Beauty and health")
    FOOD = "food", _("Food and drink")
    HOME = "home", _("Home and garden")
    ELECTRONICS = "electronics", _("Electronics")
    SPORTS = "sports", _("Sports and leisure")
    CULTURE = "culture", _("Books, music and culture")
    CHILDREN = "children", _("Toys and children")
    BUSINESS = "business", _("For businesses")
    OTHER = "other", _("Something else")


class StoreQuerySet(models.QuerySet["Store"]):
    def visible_to(self, user: Visitor) -> "StoreQuerySet":
        """Stores in which the user may do anything at all now: owner, staff, collaborator; none for anonymous."""
        from stores import access

        return self.filter(access.visible_to(user))

    def where_user_may(self, user: Visitor, permission: str) -> "StoreQuerySet":
        from stores import access

        return self.filter(access.where_user_may(user, permission))

    def belonging_to(self, user: Visitor) -> "StoreQuerySet":
        """Stores that the user owns or is staff of: what the switcher offers."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(owner_id=user.pk) | Q(pk__in=Staff.objects.filter(user_id=user.pk).values("store")))

    def lock(self, pk: int) -> "Store":
        """The store, locked until the transaction ends. After the partner, before everything else in it."""
        return self.select_for_update(no_key=True).get(pk=pk)


class Store(models.Model):
    """A merchant's shop."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    handle = models.SlugField(max_length=50)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="owned_stores"
    )  # None: a development store
    built_by = models.ForeignKey(
        Partner, null=True, on_delete=models.PROTECT, related_name="built_stores"
    )  # a fact that stays; it opens the store only while nobody owns it
    handed_over_at = models.DateTimeField(null=True)
    country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    industry = models.CharField(max_length=20, choices=Industry)
    time_zone = models.CharField(max_length=64)  # IANA name; a date that somebody picks ends with that day here
    currency = models.CharField(max_length=3)  # ISO 4217
    staff_limit = models.PositiveSmallIntegerField(default=2)  # seats of the plan; the owner takes none
    requires_two_step = models.BooleanField(default=False, db_default=False)  # of everybody who enters
    created_at = models.DateTimeField(default=timezone.now)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handle"], name="store_handle_once"),
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(built_by__isnull=False), name="store_owned_or_being_built"
            ),
            models.CheckConstraint(
                condition=Q(handed_over_at=None) | Q(owner__isnull=False, built_by__isnull=False),
                name="store_handed_over_by_its_builder",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_development(self) -> bool:
        """Nobody owns it yet: whoever built it holds everything there."""
        return self.owner_id is None

    def seats_taken(self) -> int:
        """Staff and open invitations, the owner not counted. Decide with it under the store's lock."""
        seats = self.staff.order_by().values("pk")
        return seats.union(self.staff_invitations.open().order_by().values("pk"), all=True).count()


class StoreTrackRecord(models.Model):
    """What a store's jobs add up to. Counted under the store's lock; `rebuild_track_records` comes to the same figures.
    A store without a row completed nothing yet."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="track_record")
    jobs_completed = models.PositiveIntegerField(default=0, db_default=0)
    # Of these jobs: completion requests that somebody approved or declined, and those that the clock approved
    answered_by_people = models.PositiveIntegerField(default=0, db_default=0)
    answered_by_the_clock = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_by_the_clock__lte=F("jobs_completed")), name="store_record_clock_of_completed"
            ),
        ]

    def __str__(self) -> str:
        return f"track record of {self.store}"


class Domain(models.Model):
    """A host name of a store, as an A-label without `www.`. It finds the store once an operator marked it verified."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(verified_at__isnull=False), name="domain_verified_once"
            ),
            models.UniqueConstraint(fields=["store", "name"], name="domain_once_per_store"),
        ]

    def __str__(self) -> str:
        return self.name


class RoleQuerySet(models.QuerySet["Role"]):
    def of(self, store: Store) -> "RoleQuerySet":
        """What the store may give: the shipped ones first, then its own."""
        return self.filter(Q(store=None) | Q(store=store)).order_by(F("store").asc(nulls_first=True), "pk")


class Role(models.Model):
    """A named set of permissions: shipped (no store; see `stores/roles.py`) or made by a merchant."""

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="roles")
    key = models.CharField(max_length=40, blank=True)  # of a shipped role
    name = models.CharField(max_length=60, blank=True)  # of a merchant's own
    for_staff = models.BooleanField(default=False)
    permissions = ArrayField(models.CharField(max_length=40), default=list)

    objects = RoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(store=None, name="") & ~Q(key="") | Q(store__isnull=False, key="") & ~Q(name=""),
                name="role_shipped_or_own",
            ),
            models.UniqueConstraint(fields=["key"], condition=Q(store=None), name="role_shipped_once"),
            models.UniqueConstraint(
                "store", Lower("name"), condition=Q(store__isnull=False), name="role_name_once_per_store"
            ),
        ]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label(self) -> str | Promise:
        return SHIPPED[self.key].label if self.key in SHIPPED else self.name


class StaffQuerySet(models.QuerySet["Staff"]):
    def visible_to(self, user: Visitor) -> "StaffQuerySet":
        """Staff of the stores where the user may see users."""
        return self.filter(store__in=Store.objects.where_user_may(user, "users.view"))


class Staff(models.Model):
    """Somebody who works in a store, with one role. The owner is not staff."""

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="staff")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_places")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="staff")
    joined_at = models.DateTimeField(default=timezone.now)

    objects = StaffQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "staff"
        constraints = [models.UniqueConstraint(fields=["store", "user"], name="staff_once_per_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.store}"


class StoreInvitationQuerySet(InvitationQuerySet):
    def visible_to(self, user: Visitor) -> "StoreInvitationQuerySet":
        """Invitations to the stores whose users the user manages."""
        return self.filter(store__in=Store.objects.where_user_may(user, "users.manage"))


class StaffInvitation(Invitation):
    """A seat on a store's staff with one role, offered to an address. It counts as a seat while it is open."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="staff_invitations")
    role = models.ForeignKey(Role, null=True, on_delete=models.SET_NULL, related_name="staff_invitations")

    objects = StoreInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "email"], condition=UNANSWERED, name="staff_invitation_one_open"),
        ]


class OwnershipOffer(Invitation):
    """The owner offers the store to somebody of its staff, who becomes its owner by accepting."""

    CLOSED = {
        "for_another": _(
            "This offer is for somebody else. Sign in with the address that it was sent to, once that address is "
            "confirmed."
        ),
        "used": _("This offer was accepted already."),
        "taken_back": _("This offer was taken back. Ask the owner of the store for a new one."),
        "lapsed": _("This offer is too old: it was open for 7 days. Ask the owner of the store for a new one."),
    }
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="ownership_offers")
    # What the one who offers is afterwards; None: gone.
    keeps_role = models.ForeignKey(Role, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], condition=UNANSWERED, name="ownership_offer_one_open"),
        ]


class HandoverOfferQuerySet(InvitationQuerySet):
    def unanswered(self) -> "HandoverOfferQuerySet":
        return self.filter(UNDECIDED)

    def open_for(self, addresses: list[str]) -> "HandoverOfferQuerySet":
        """What the person with these verified addresses may accept now, newest first."""
        return self.open().filter(email__in=addresses).select_related("store", "partner").order_by("-pk")

    def visible_to(self, user: Visitor) -> "HandoverOfferQuerySet":
        """Offers of the partners whose stores the user manages."""
        return self.filter(partner__in=Partner.objects.where_user_may(user, TeamPermission.MANAGE_STORES))


class HandoverOffer(Invitation):
    """A partner offers a development store to a merchant's address, for 14 days. Whoever accepts owns it."""

    CLOSED = {
        "for_another": _(
            "This offer is for another e-mail address. Sign in with the address that it was sent to, once that address "
            "is confirmed."
        ),
        "used": _("This offer was accepted already."),
        "declined": _("This offer was declined already."),
        "taken_back": _("This offer was taken back. Ask whoever built the store for a new one."),
        "lapsed": _("This offer is too old: it was open for 14 days. Ask whoever built the store for a new one."),
    }
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="handover_offers")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="handover_offers")  # who built it
    message = models.TextField(max_length=HANDOVER_MESSAGE_LENGTH, blank=True)
    wished = ArrayField(models.CharField(max_length=40), default=list)  # permissions that the partner asks to keep
    declined_at = models.DateTimeField(null=True)
    declined_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lapsed_at = models.DateTimeField(null=True)  # when the sweep told that nobody answered in time
    # What the merchant let the partner keep, at acceptance
    kept = ArrayField(models.CharField(max_length=40), default=list)
    kept_until = models.DateTimeField(null=True)

    objects = HandoverOfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], condition=UNDECIDED, name="handover_offer_one_open"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="handover_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(declined_at=None, declined_by=None)
                | Q(declined_at__isnull=False, declined_by__isnull=False),
                name="handover_declined_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, declined_at=None)
                | Q(accepted_at=None, taken_back_at=None)
                | Q(declined_at=None, taken_back_at=None),
                name="handover_ends_in_one_way",
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="handover_of_store")]
        triggers = handover_triggers.TRIGGERS

    def save(self, *args, **kwargs) -> None:
        if self._state.adding:
            self.expires_at = self.expires_at or self.invited_at + HANDOVER_OPEN_FOR
        super().save(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        return super().is_open and self.declined_at is None

    @property
    def has_lapsed(self) -> bool:
        return super().has_lapsed and self.declined_at is None

    @property
    def is_undecided(self) -> bool:
        """Nothing became of it yet; its time may be over all the same."""
        return not (self.accepted_at or self.declined_at or self.taken_back_at or self.lapsed_at)

    def require_open_to(self, user: Visitor) -> None:
        if self.is_for(user) and self.declined_at:
            raise InvitationClosed(self.CLOSED["declined"])
        super().require_open_to(user)

    def settle(self, **fields: Any) -> None:
        """What became of it. Once, says the database."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=[*fields])


# To whom a builder offered a store, and what they said, is not for whoever owns it in the end to know.
OF_THE_BUILDER = Q(
    kind__in=["handover.offered", "handover.declined", "handover.taken_back", "handover.lapsed"],
    store__owner__isnull=False,
)


class ActivityQuerySet(models.QuerySet["Activity"]):
    def inside(self) -> "ActivityQuerySet":
        """What people of a store may know who see its activity."""
        return self.exclude(OF_THE_BUILDER)

    def visible_to(self, user: Visitor) -> "ActivityQuerySet":
        """All of stores where the user may see activity, and of their partners what they may know there."""
        from stores import activity

        if not user.is_authenticated:
            return self.none()
        visible = Q(store__in=Store.objects.where_user_may(user, "activity.view").values("pk")) & ~OF_THE_BUILDER
        for permission in TeamPermission:
            if kinds := activity.seen_by_partners([permission]):
                partners = Membership.objects.where_user_may(user, permission).values("partner")
                visible |= Q(partner__in=partners, kind__in=kinds)
        return self.filter(visible)

    def seen_by(self, member: Membership) -> "ActivityQuerySet":
        """What concerns the partner, in every store, as far as this member of its team may know."""
        from stores import activity

        return self.filter(partner=member.partner_id, kind__in=activity.seen_by_partners(member.held))


class Activity(models.Model):
    """One change in a store: who, what, before, after, when. Written with the change; the database never changes it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="activity")
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="activity")  # concerned
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activity"
        indexes = [
            models.Index(fields=["store", "-id"], name="activity_of_store"),
            models.Index(fields=["partner", "-id"], name="activity_of_partner"),
            # One for each way to filter: a page costs the same whichever is chosen.
            models.Index(fields=["store", "kind", "-id"], name="activity_of_store_by_kind"),
            models.Index(fields=["store", "actor", "-id"], name="activity_of_store_by_person"),
            models.Index(fields=["store", "partner", "-id"], name="activity_of_store_by_partner"),
            models.Index(fields=["store", "-created_at"], name="activity_of_store_by_day"),
            models.Index(fields=["partner", "-created_at"], name="activity_of_partner_by_day"),
        ]
        triggers = [
            pgtrigger.Protect(name="activity_is_not_changed", operation=pgtrigger.Update),
            pgtrigger.Protect(name="activity_is_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.store}"

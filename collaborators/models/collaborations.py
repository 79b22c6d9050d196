import uuid
from datetime import date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from accounts.zones import last_day
from collaborators.errors import already_ended
from collaborators.models.conversations import Conversation
from partners.models import Membership, Partner
from partners.permissions import TeamPermission
from stores.models import Store
from stores.permissions import STAFF_ONLY

SOON = timedelta(days=10)  # from here on lists say "ends in 9 days"
BEFORE_END = (timedelta(days=7), timedelta(days=1))  # reminders: 168 and 24 hours before the instant of the end
UNUSED_AFTER = timedelta(days=60)  # 1,440 hours: then the store is asked whether to keep it
LAST_USERS = 20  # people that the API names for each collaboration
SHORTEST_TERM, LONGEST_TERM = 7, 365  # days that one click adds


def managed_partners(user: User) -> QuerySet:
    """Ids of the partners whose stores the user manages."""
    return Membership.objects.where_user_may(user, TeamPermission.MANAGE_STORES).values("partner")


class CollaborationQuerySet(models.QuerySet["Collaboration"]):
    def visible_to(self, user: Visitor) -> "CollaborationQuerySet":
        """Collaborations, ended ones too, of partners whose stores the user manages and of stores where they may see
        users."""
        if not user.is_authenticated:
            return self.none()
        stores = Store.objects.where_user_may(user, "users.view").values("pk")
        return self.filter(Q(partner__in=managed_partners(user)) | Q(store__in=stores))

    def active(self, now: datetime | None = None) -> "CollaborationQuerySet":
        """Open now: not ended, and not past its end, swept or not."""
        return self.filter(ended_at=None).filter(Q(ends_at=None) | Q(ends_at__gt=now or timezone.now()))

    def over(self, now: datetime | None = None) -> "CollaborationQuerySet":
        """What is not active any more."""
        return self.filter(Q(ended_at__isnull=False) | Q(ends_at__lte=now or timezone.now()))

    def overdue(self, now: datetime) -> "CollaborationQuerySet":
        return self.filter(ended_at=None, ends_at__lte=now)

    def with_use(self) -> "CollaborationQuerySet":
        """Each row with its `last_used_at`, so that asking a row costs no query."""
        last = CollaborationUse.objects.filter(collaboration=OuterRef("pk")).order_by("-last_used_at")
        return self.annotate(last_used_at=Subquery(last.values("last_used_at")[:1]))

    def with_stretch(self) -> "CollaborationQuerySet":
        """Each row with the moment since when it is unused: nobody came in through it, and nobody said to keep it."""
        stretch = Greatest("since", "watched_since", "kept_at", "last_used_at")  # PostgreSQL passes over nulls
        return self.with_use().annotate(stretch=stretch)

    def to_remind(self, now: datetime) -> "CollaborationQuerySet":
        """Active ones of whose end somebody is to be told now. Reminders that were due before the end was set, or
        before the last one was sent, are settled."""
        due = Q()
        for before in BEFORE_END:
            due |= Q(ends_at__lte=now + before, settled_until__lt=F("ends_at") - before)
        return self.active(now).annotate(settled_until=Coalesce("reminded_at", "since")).filter(due)

    def to_question(self, now: datetime) -> "CollaborationQuerySet":
        """Active ones that nobody used for so long that the store is asked whether to keep them: once a stretch."""
        long_ago = now - UNUSED_AFTER
        rows = self.active(now).filter(since__lte=long_ago, watched_since__lte=long_ago).with_stretch()
        not_asked = Q(questioned_at=None) | Q(questioned_at__lt=F("stretch"))
        return rows.filter(not_asked, stretch__lte=long_ago)  # type: ignore[misc]  # annotated by with_stretch()


class Collaboration(models.Model):
    """The access that a store granted to a partner, until it ends."""

    class EndedBy(models.TextChoices):
        REVOKED = "revoked", _("Revoked")
        LEFT = "left", _("Left")
        LAPSED = "lapsed", _("Ended")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="collaborations")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="collaborations")
    permissions = ArrayField(models.CharField(max_length=40))
    since = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField(null=True)  # None: no end date
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_how = models.CharField(max_length=10, choices=EndedBy, blank=True)
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.PROTECT, related_name="collaborations"
    )  # that of the request which it follows; None: from before there were any, and nobody wrote yet
    term_from = models.DateTimeField(null=True)  # where the present term began; None: `since`
    reminded_at = models.DateTimeField(null=True)  # reminders of the end that were due by then are settled
    watched_since = models.DateTimeField(default=timezone.now, db_default=Now())  # use before that was not written down
    kept_at = models.DateTimeField(null=True)  # when the store last said to keep it
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    questioned_at = models.DateTimeField(null=True)  # when the store was last asked whether to keep it

    objects = CollaborationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "store"], condition=Q(ended_at=None), name="collaboration_one_active"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_how="")
                | Q(ended_at__isnull=False, ended_by=None, ended_how="lapsed")
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_how__in=["revoked", "left"]),
                name="collaboration_ended_by_somebody",  # by nobody only when the clock did it
            ),
            models.CheckConstraint(condition=~Q(permissions=[]), name="collaboration_grants_something"),
            models.CheckConstraint(
                condition=~Q(permissions__overlap=sorted(STAFF_ONLY)), name="collaboration_nothing_for_staff"
            ),
            models.CheckConstraint(
                condition=Q(kept_at=None, kept_by=None) | Q(kept_at__isnull=False, kept_by__isnull=False),
                name="collaboration_kept_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="collaboration_of_store"),
            models.Index(fields=["partner", "-id"], name="collaboration_of_partner"),
            models.Index(fields=["ends_at"], name="collaboration_due", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.partner} in {self.store}"

    @property
    def is_active(self) -> bool:
        return self.ended_at is None and (self.ends_at is None or self.ends_at > timezone.now())

    @property
    def ends_soon(self) -> bool:
        return self.is_active and self.ends_at is not None and self.ends_at - timezone.now() < SOON

    @property
    def days_left(self) -> int | None:
        """Whole days until the end; None without one."""
        return (self.ends_at - timezone.now()).days if self.ends_at else None

    @cached_property
    def last_used_at(self) -> datetime | None:
        """When somebody last came in through it, to the minute. One query, unless the rows came `with_use`."""
        return self.uses.aggregate(at=Max("last_used_at"))["at"]

    @cached_property
    def last_users(self) -> list["CollaborationUse"]:
        """One query, unless the rows came with them."""
        return list(self.uses.last_users())

    @property
    def idle_since(self) -> datetime:
        """Since when nobody used it, as far as that was written down."""
        return self.last_used_at or max(self.since, self.watched_since)

    @property
    def idle_days(self) -> int:
        """Whole days without use, up to now or to its end."""
        return ((self.over_since or timezone.now()) - self.idle_since).days

    @property
    def is_unused(self) -> bool:
        return self.is_active and timezone.now() - self.idle_since >= UNUSED_AFTER

    @property
    def renewed_until(self) -> date | None:
        """The last day that a renewal gives: as many days again as the present term has. None without an end."""
        if self.ends_at is None:
            return None
        zone = self.store.time_zone
        last, first = last_day(self.ends_at, zone), (self.term_from or self.since).astimezone(ZoneInfo(zone)).date()
        term = (last - first).days + 1
        return last + timedelta(days=min(max(term, SHORTEST_TERM), LONGEST_TERM))

    @property
    def version(self) -> str:
        """A word for what it grants and until when, to notice whether somebody changed that meanwhile."""
        terms = [*sorted(self.permissions), str(self.ends_at and self.ends_at.timestamp())]
        return sha256(" ".join(terms).encode()).hexdigest()[:16]

    @property
    def over_since(self) -> datetime | None:
        """When it stopped opening anything: ended, or past its end and not swept yet. None while active."""
        return None if self.is_active else self.ended_at or self.ends_at

    def require_active(self) -> None:
        """Raise TransitionNotAllowed if it is over. The row must be locked, and lapsed if its time is past."""
        if self.ended_at is not None:
            raise already_ended(self)

    def end_at(self, ends_at: datetime | None, *, at: datetime, term_from: datetime | None = None) -> None:
        """Give it another end. Reminders begin anew; those that would be due before `at` are not sent."""
        self.ends_at, self.term_from, self.reminded_at = ends_at, term_from or at, at
        self.save(update_fields=["ends_at", "term_from", "reminded_at"])

    def keep(self, *, by: User, at: datetime) -> None:
        self.kept_at, self.kept_by = at, by
        self.save(update_fields=["kept_at", "kept_by"])

    def end(self, how: "Collaboration.EndedBy", *, by: User | None, at: datetime) -> None:
        self.ended_how, self.ended_by, self.ended_at = how, by, at
        self.save(update_fields=["ended_how", "ended_by", "ended_at"])


class CollaborationUseQuerySet(models.QuerySet["CollaborationUse"]):
    def last_users(self) -> "CollaborationUseQuerySet":
        """Those who came in last, the latest first; not everybody of a team of hundreds."""
        return self.select_related("user").order_by("-last_used_at", "pk")[:LAST_USERS]


class CollaborationUse(models.Model):
    """When one person last came into the store through a collaboration, to the minute."""

    collaboration = models.ForeignKey(Collaboration, on_delete=models.CASCADE, related_name="uses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    last_used_at = models.DateTimeField()

    objects = CollaborationUseQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collaboration", "user"], name="collaboration_use_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.collaboration}"

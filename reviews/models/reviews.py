from datetime import datetime, timedelta

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils import timezone

from accounts.models import Visitor
from partners.models import Membership, Partner
from partners.permissions import TeamPermission
from reviews.models.invitations import ReviewInvitation, Source
from reviews.reasons import Reason
from stores.models import Store

LEAST_TEXT, MOST_TEXT = 10, 2000  # code points, where there is a text at all
LOW = 2  # with a rating of this or less, a text is needed
CORRECT_WITHIN = timedelta(days=14)
STARS = [MinValueValidator(1), MaxValueValidator(5)]


class Reckoned(models.GeneratedField):
    """A column that the database reckons and stores. PostgreSQL can: Django's check would connect to ask, and checking
    a deployment needs no database."""

    def check(self, **kwargs):
        return super().check(**kwargs | {"databases": None})

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.GeneratedField", args, kwargs


class ReviewQuerySet(models.QuerySet["Review"]):
    def live(self) -> "ReviewQuerySet":
        """What the public reads."""
        return self.filter(removed_at=None)

    def of_stores_of(self, user: Visitor) -> "ReviewQuerySet":
        """Reviews of the stores where the user may write them."""
        return self.filter(store__in=Store.objects.where_user_may(user, "reviews.write").values("pk"))

    def answerable_by(self, user: Visitor) -> "ReviewQuerySet":
        """Reviews of the partners for which the user may reply."""
        mine = Membership.objects.where_user_may(user, TeamPermission.MANAGE_PUBLIC_LISTINGS)
        return self.filter(partner__in=mine.values("partner"))


class Review(models.Model):
    """What a merchant says of a partner's work. Public as long as nobody removed it."""

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    invitation = models.OneToOneField(ReviewInvitation, on_delete=models.PROTECT, related_name="review")
    # As the invitation has them: the database refuses anything else
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="reviews", db_index=False)
    source = models.CharField(max_length=10, choices=Source)
    services = ArrayField(models.CharField(max_length=40), default=list)

    communication = models.PositiveSmallIntegerField(validators=STARS)
    quality = models.PositiveSmallIntegerField(validators=STARS)
    text = models.TextField(max_length=MOST_TEXT, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    published_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1, db_default=1)  # rises with whatever its public page shows

    total = Reckoned(
        expression=F("communication") + F("quality"), output_field=models.PositiveSmallIntegerField(), db_persist=True
    )
    lowest = Reckoned(
        expression=Least("communication", "quality"),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    answered_at = models.DateTimeField(null=True)  # when the live reply was published; None: there is none
    removed_at = models.DateTimeField(null=True)
    removed_for = models.CharField(max_length=20, choices=Reason, blank=True, default="", db_default="")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(communication__gte=1, communication__lte=5), name="review_communication_of_five"
            ),
            models.CheckConstraint(condition=Q(quality__gte=1, quality__lte=5), name="review_quality_of_five"),
            models.CheckConstraint(
                condition=~Q(text="") | Q(communication__gt=LOW, quality__gt=LOW), name="review_low_says_why"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_for="") | Q(removed_at__isnull=False) & ~Q(removed_for=""),
                name="review_removed_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="review_of_store"),
            models.Index(fields=["partner", "-id"], name="review_of_partner"),
            models.Index(fields=["partner", "store", "-id"], name="review_of_partner_by_store"),
            models.Index(fields=["partner", "-id"], condition=Q(removed_at=None), name="review_newest"),
            models.Index(fields=["partner", "-total", "-id"], condition=Q(removed_at=None), name="review_highest"),
            models.Index(fields=["partner", "lowest", "id"], condition=Q(removed_at=None), name="review_lowest"),
            models.Index(fields=["partner", "removed_for"], condition=~Q(removed_for=""), name="review_removed"),
            models.Index(
                fields=["partner", "lowest", "id"],
                condition=Q(removed_at=None, answered_at=None),
                name="review_to_answer",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="review_is_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="review_of_its_invitation",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("invitation_id", "store_id", "partner_id", "source"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM reviews_reviewinvitation AS asked
                        WHERE asked.id = NEW.invitation_id AND asked.store_id = NEW.store_id
                            AND asked.partner_id = NEW.partner_id AND asked.source = NEW.source
                    ) THEN
                        RAISE EXCEPTION 'a review is of the store and the partner of its invitation'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_of_its_invitation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="review_in_time_by_the_store",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM reviews_reviewinvitation AS asked
                        WHERE asked.id = NEW.invitation_id AND asked.status NOT IN ('closed', 'lapsed')
                            AND NEW.published_at < asked.expires_at
                    ) THEN
                        RAISE EXCEPTION 'a review is written while its invitation is open'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_in_time';
                    END IF;
                    IF EXISTS (
                        SELECT FROM partners_membership AS member
                        WHERE member.partner_id = NEW.partner_id AND member.user_id = NEW.author_id
                    ) THEN
                        RAISE EXCEPTION 'nobody reviews a partner whose team they are in'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_not_by_the_partner';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.partner} by {self.store}"

    @property
    def rating(self) -> float:
        return (self.communication + self.quality) / 2

    @property
    def stars(self) -> int:
        """Which bar counts it: halves round up."""
        return (self.communication + self.quality + 1) // 2

    @property
    def is_live(self) -> bool:
        return self.removed_at is None

    @property
    def is_good(self) -> bool:
        """Both ratings 4 or 5."""
        return min(self.communication, self.quality) >= 4

    @property
    def correctable_until(self) -> datetime:
        return self.published_at + CORRECT_WITHIN

    def is_correctable_at(self, now: datetime) -> bool:
        return self.is_live and now < self.correctable_until


class ReviewVersion(models.Model):
    """What a review said before it was corrected."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="versions")
    communication = models.PositiveSmallIntegerField()
    quality = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    services = ArrayField(models.CharField(max_length=40), default=list)
    replaced_at = models.DateTimeField(default=timezone.now)
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = [
            pgtrigger.ReadOnly(name="review_version_is_not_changed"),
            pgtrigger.Protect(name="review_version_is_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"earlier {self.review}"

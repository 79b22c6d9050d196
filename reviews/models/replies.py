import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone

from partners.models import Partner
from reviews.models.reviews import Review
from reviews.reasons import Reason

LEAST_REPLY, MOST_REPLY = 10, 1000  # code points
LIVE = Q(withdrawn_at=None, removed_at=None)


class ReplyQuerySet(models.QuerySet["Reply"]):
    def live(self) -> "ReplyQuerySet":
        """What the public reads, as long as the review is live."""
        return self.filter(LIVE)


class Reply(models.Model):
    """The partner's public answer to a review."""

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="replies")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="replies", db_index=False)
    text = models.TextField(max_length=MOST_REPLY)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)
    removed_for = models.CharField(max_length=20, choices=Reason, blank=True, default="", db_default="")

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.UniqueConstraint(fields=["review"], condition=LIVE, name="reply_one_live"),
            models.CheckConstraint(condition=~Q(text=""), name="reply_says_something"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="reply_withdrawn_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_for="") | Q(removed_at__isnull=False) & ~Q(removed_for=""),
                name="reply_removed_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["partner", "-id"], name="reply_of_partner")]
        triggers = [
            pgtrigger.Protect(name="reply_is_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="reply_of_a_live_review",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("review_id", "partner_id", "text"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM reviews_review AS review
                        WHERE review.id = NEW.review_id AND review.partner_id = NEW.partner_id
                            AND review.removed_at IS NULL
                    ) THEN
                        RAISE EXCEPTION 'a reply is the partner''s own, to a review that was not removed'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'reply_of_a_live_review';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="reply_by_whoever_may",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM partners_membership AS member
                        WHERE member.partner_id = NEW.partner_id AND member.user_id = NEW.author_id
                            AND (member.is_owner OR 'manage_public_listings' = ANY (member.permissions))
                    ) THEN
                        RAISE EXCEPTION 'a reply is written by an owner, or with manage_public_listings'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'reply_by_whoever_may';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"reply to {self.review}"

    @property
    def is_live(self) -> bool:
        return self.withdrawn_at is None and self.removed_at is None

    @property
    def edits(self) -> int:
        """How often it was edited. One query, unless its versions were fetched."""
        return self.versions.count()


class ReplyVersion(models.Model):
    """What a reply said before it was edited."""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="versions")
    text = models.TextField()
    replaced_at = models.DateTimeField(default=timezone.now)
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = [
            pgtrigger.ReadOnly(name="reply_version_is_not_changed"),
            pgtrigger.Protect(name="reply_version_is_not_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"earlier {self.reply}"

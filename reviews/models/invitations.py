from datetime import datetime, timedelta
from functools import reduce
from operator import or_

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from jobs.models import CompletionRequest
from partners.models import Membership, Partner
from stores.models import HandoverOffer, Store

OPEN_FOR = timedelta(days=60)
REMIND_AFTER = (timedelta(days=7), timedelta(days=21))


class Source(models.TextChoices):
    """What a review rests on."""

    JOB = "job", _("Completed job")
    HANDOVER = "handover", _("Store hand-over")


class ReviewInvitationQuerySet(models.QuerySet["ReviewInvitation"]):
    def visible_to(self, user: Visitor) -> "ReviewInvitationQuerySet":
        """Invitations of the stores where the user may write reviews."""
        return self.filter(store__in=Store.objects.where_user_may(user, "reviews.write").values("pk"))

    def open(self, now: datetime | None = None) -> "ReviewInvitationQuerySet":
        return self.filter(status=ReviewInvitation.Status.OPEN, expires_at__gt=now or timezone.now())

    def waiting_for(self, user: User, store: Store, now: datetime | None = None) -> "ReviewInvitationQuerySet":
        """What the user may review: nobody reviews a partner they belong to."""
        return self.open(now).filter(store=store).apart_from(user)

    def apart_from(self, user: User) -> "ReviewInvitationQuerySet":
        """Of partners whose team the user is not in: what a store answers is not for the partner to read."""
        return self.exclude(partner__in=Membership.objects.filter(user_id=user.pk).values("partner"))

    def to_remind_of(self, now: datetime) -> "ReviewInvitationQuerySet":
        """Open ones with a reminder that is due and was not sent."""
        due = [
            Q(reminders__lt=number, opened_at__lte=now - after) for number, after in enumerate(REMIND_AFTER, start=1)
        ]
        return self.open(now).filter(reduce(or_, due))

    def past_their_end(self, now: datetime) -> "ReviewInvitationQuerySet":
        return self.filter(status=ReviewInvitation.Status.OPEN, expires_at__lte=now)


class ReviewInvitation(models.Model):
    """The one right of a store to write one review of a partner."""

    class Status(models.TextChoices):
        OPEN = "open", _("To be reviewed")
        WRITTEN = "written", _("Reviewed")
        CLOSED = "closed", _("Closed")  # after a hand-over: the partner did not work on the store
        LAPSED = "lapsed", _("Not reviewed in time")

    ALLOWED = {Status.OPEN: {Status.WRITTEN, Status.CLOSED, Status.LAPSED}}  # the others are final

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="review_invitations", db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="review_invitations")
    source = models.CharField(max_length=10, choices=Source)
    completion = models.OneToOneField(
        CompletionRequest, null=True, on_delete=models.PROTECT, related_name="review_invitation"
    )
    handover = models.OneToOneField(
        HandoverOffer, null=True, on_delete=models.PROTECT, related_name="review_invitation"
    )
    subject = models.CharField(max_length=120)  # what it is about: the job's title; "" for a hand-over
    services = ArrayField(models.CharField(max_length=40), default=list)  # of the job, or said with the yes
    asked = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # who approved (None: the clock), or the new owner; the store's owner is asked in any case
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    reminders = models.PositiveSmallIntegerField(default=0)  # sent so far
    # "Did … work on this store before it was handed over to you?"
    worked_here = models.BooleanField(null=True)
    settled_at = models.DateTimeField(null=True)  # when it stopped being open
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ReviewInvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(source=Source.JOB, completion__isnull=False, handover=None, worked_here=None)
                | Q(source=Source.HANDOVER, completion=None, handover__isnull=False),
                name="review_invitation_rests_on_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(status="open", settled_at=None, settled_by=None)
                | Q(status__in=["written", "closed"], settled_at__isnull=False, settled_by__isnull=False)
                | Q(status="lapsed", settled_at__isnull=False, settled_by=None),
                name="review_invitation_settled_by_somebody",
            ),
            # `isnull` in both: where the question has no answer, a comparison with one is neither true nor false, and a
            # check refuses only what is false
            models.CheckConstraint(
                condition=~Q(status="closed")
                | Q(source=Source.HANDOVER, worked_here__isnull=False) & Q(worked_here=False),
                name="review_invitation_closed_by_a_no",
            ),
            models.CheckConstraint(
                condition=~Q(status="written", source=Source.HANDOVER)
                | Q(worked_here__isnull=False) & Q(worked_here=True),
                name="review_invitation_written_after_a_yes",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "status", "-id"], name="review_invitation_of_store"),
            models.Index(fields=["expires_at"], condition=Q(status="open"), name="review_invitation_open"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="review_invitation_of_work",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("store_id", "partner_id", "completion_id", "handover_id"),
                func="""
                    IF NEW.completion_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM jobs_completionrequest AS completion
                        JOIN jobs_job AS job ON job.id = completion.job_id
                        WHERE completion.id = NEW.completion_id AND completion.status = 'approved'
                            AND job.store_id = NEW.store_id AND job.partner_id = NEW.partner_id
                    ) OR NEW.handover_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM stores_handoveroffer AS offer
                        WHERE offer.id = NEW.handover_id AND offer.accepted_at IS NOT NULL
                            AND offer.store_id = NEW.store_id AND offer.partner_id = NEW.partner_id
                    ) THEN
                        RAISE EXCEPTION 'a review rests on work of the partner for the store that took place'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_invitation_of_work';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} about {self.partner}"

    def save(self, *args, **kwargs) -> None:
        self.expires_at = self.expires_at or self.opened_at + OPEN_FOR
        super().save(*args, **kwargs)

    @property
    def title(self) -> str:
        return self.subject or str(Source(self.source).label)

    def reminders_due(self, now: datetime) -> int:
        """How many should have been sent by now."""
        return sum(self.opened_at + after <= now for after in REMIND_AFTER)

    def is_open_at(self, now: datetime) -> bool:
        return self.status == self.Status.OPEN and now < self.expires_at

    def settle(self, status: "ReviewInvitation.Status", *, by: User | None, at: datetime) -> None:
        """`by` None: time ran out. The row must be locked, and open."""
        self.status, self.settled_by, self.settled_at = status, by, at
        self.save(update_fields=["status", "settled_by", "settled_at"])

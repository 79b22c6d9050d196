import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Visitor
from collaborators import quarters
from collaborators.models.collaborations import Collaboration, CollaborationQuerySet
from partners.models import Membership
from stores.models import Store


class AccessReviewQuerySet(models.QuerySet["AccessReview"]):
    def visible_to(self, user: Visitor) -> "AccessReviewQuerySet":
        """Reviews of stores where the user may see users."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(store__in=Store.objects.where_user_may(user, "users.view").values("pk"))

    def open(self, now: datetime | None = None) -> "AccessReviewQuerySet":
        """Of the present quarter."""
        return self.filter(closes_at__gt=now or timezone.now())

    def with_progress(self, now: datetime | None = None) -> "AccessReviewQuerySet":
        """With how often each answer was given (`kept`, `reduced`, `ended`), and how many are active and `unanswered`:
        what ended meanwhile needs no answer any more."""
        of = AccessReviewAnswer.Decision
        given = AccessReviewAnswer.objects.filter(collaboration=OuterRef("pk"), review=OuterRef(OuterRef("pk")))
        to_answer = Collaboration.objects.filter(store=OuterRef("store"), since__lt=OuterRef("begins_at")).active(now)
        number = to_answer.exclude(Exists(given)).order_by().values("store").annotate(number=Count("pk"))
        return self.annotate(
            unanswered=Coalesce(Subquery(number.values("number")), 0),
            kept=Count("answers", filter=Q(answers__decision=of.KEEP)),
            reduced=Count("answers", filter=Q(answers__decision=of.REDUCE)),
            ended=Count("answers", filter=Q(answers__decision=of.END)),
        )


class AccessReview(models.Model):
    """Once a quarter a store looks at everybody who may enter for a partner."""

    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="access_reviews")
    quarter = models.DateField()  # its first day
    begins_at = models.DateTimeField()  # the instants between which it is answered: the quarter in the store's zone
    closes_at = models.DateTimeField()

    objects = AccessReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "quarter"], name="access_review_once_a_quarter"),
            models.CheckConstraint(
                condition=Q(quarter__month__in=[1, 4, 7, 10], quarter__day=1), name="access_review_of_a_quarter"
            ),
            models.CheckConstraint(condition=Q(begins_at__lt=F("closes_at")), name="access_review_begins_first"),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="access_review_of_store")]

    def __str__(self) -> str:
        return f"{self.store}: {self.quarter}"

    @property
    def is_open(self) -> bool:
        return self.closes_at > timezone.now()

    @property
    def last_moment(self) -> datetime:
        return self.closes_at - timedelta(microseconds=1)

    @property
    def title(self) -> str:
        return quarters.in_words(self.quarter)

    def covered(self) -> CollaborationQuerySet:
        """What it asks about: access that was granted before the quarter began and still held then. What was granted
        since was looked at when it was granted; the next review asks about it."""
        rows = Collaboration.objects.filter(store_id=self.store_id, since__lt=self.begins_at)
        held = Q(ended_at=None) | Q(ended_at__gte=self.begins_at)
        return rows.filter(held).filter(Q(ends_at=None) | Q(ends_at__gt=self.begins_at))

    def lines(self, reader: User) -> CollaborationQuerySet:
        """What it asks about, each with its answer, its last use, and whether the reader belongs to the partner."""
        answers = AccessReviewAnswer.objects.filter(review=self).select_related("answered_by")
        own = Membership.objects.filter(user=reader, partner=OuterRef("partner"))
        rows = self.covered().with_use().annotate(of_own_partner=Exists(own))
        return rows.select_related("partner", "store", "ended_by").prefetch_related(
            Prefetch("review_answers", answers, to_attr="answers_here")
        )


class AccessReviewAnswer(models.Model):
    """What the store said about one collaboration in a review."""

    class Decision(models.TextChoices):
        KEEP = "keep", _("Keep")
        REDUCE = "reduce", _("Reduce")
        END = "end", _("End")

    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="answers")
    collaboration = models.ForeignKey(Collaboration, on_delete=models.PROTECT, related_name="review_answers")
    decision = models.CharField(max_length=10, choices=Decision)
    before = ArrayField(models.CharField(max_length=40))  # the permissions that were looked at
    after = ArrayField(models.CharField(max_length=40))  # what was left of them
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "collaboration"], name="access_review_one_answer"),
            models.CheckConstraint(
                condition=Q(decision="keep", after=F("before"))
                | Q(decision="end", after=[])
                | (
                    Q(decision="reduce", after__contained_by=F("before"))
                    & ~Q(after__contains=F("before"))
                    & ~Q(after=[])
                ),
                name="access_review_answer_fits",  # to reduce is to leave less than there was, but something
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collaboration}: {self.decision}"

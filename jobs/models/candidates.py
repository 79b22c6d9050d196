from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from collaborators.models import Collaboration, Conversation
from jobs.errors import candidate_moved_on
from jobs.models.jobs import ITEM_LENGTH, REASON_LENGTH, Job
from partners.models import Partner
from stores.models import Store

MESSAGE_LENGTH = 2000  # code points
MOST_INVITED = 20  # partners to one job
MOST_PROPOSALS = 5  # of one partner for one job


def worked_for(store: Store) -> models.QuerySet[Partner]:
    """Partners that work for the store, or did: with access, or hired for a job."""
    with_access = Collaboration.objects.filter(store=store).values("partner")
    hired = Job.objects.filter(store=store, partner__isnull=False).values("partner")
    return Partner.objects.filter(Q(pk__in=with_access) | Q(pk__in=hired))


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def overdue(self, now: datetime) -> "CandidateQuerySet":
        """Waited longer for an answer than there was time, and not swept yet."""
        return self.filter(status__in=Candidate.WAITING, waits_until__lte=now)


class Candidate(models.Model):
    """A partner's part in a job until somebody is hired: invited by the store, or come by itself with a proposal."""

    class Status(models.TextChoices):
        INVITED = "invited", _("Invited")
        PROPOSED = "proposed", _("Proposal sent")
        HIRED = "hired", _("Hired")
        PASSED = "passed", _("Invitation declined")  # by the partner
        TURNED_DOWN = "turned_down", _("Proposal declined")  # by the store
        WITHDRAWN = "withdrawn", _("Proposal withdrawn")
        LAPSED = "lapsed", _("No answer in time")
        CLOSED = "closed", _("Closed")  # another partner was hired, or the job was cancelled

    WAITING = (Status.INVITED, Status.PROPOSED)
    ALLOWED = {  # statuses not listed are final
        Status.INVITED: {Status.PROPOSED, Status.PASSED, Status.LAPSED, Status.CLOSED},
        Status.PROPOSED: {Status.HIRED, Status.TURNED_DOWN, Status.WITHDRAWN, Status.LAPSED, Status.CLOSED},
        Status.TURNED_DOWN: {Status.PROPOSED, Status.INVITED, Status.CLOSED},
        Status.WITHDRAWN: {Status.PROPOSED, Status.INVITED, Status.CLOSED},
        Status.LAPSED: {Status.PROPOSED, Status.INVITED, Status.CLOSED},  # PROPOSED: one that had proposed before
        Status.PASSED: {Status.INVITED, Status.CLOSED},
    }

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="candidates", db_index=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="candidacies", db_index=False)
    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, related_name="candidate")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(null=True)  # first; None: it came by itself
    answered_at = models.DateTimeField(null=True)  # first answer to an invitation: what time to answer is reckoned from
    # Whether that answer counts in track records: not where the partner invited itself. None until it answers
    is_answer_counted = models.BooleanField(null=True)
    status = models.CharField(max_length=12, choices=Status)
    waits_until = models.DateTimeField(null=True)  # when what waits for an answer lapses
    changed_at = models.DateTimeField(default=timezone.now)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "partner"], name="candidate_once_per_job"),
            models.UniqueConstraint(fields=["job"], condition=Q(status="hired"), name="candidate_one_hired"),
            models.CheckConstraint(
                condition=Q(invited_at=None, invited_by=None, answered_at=None)
                | Q(invited_at__isnull=False, invited_by__isnull=False),
                name="candidate_invited_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["invited", "proposed"], waits_until__isnull=False)
                | ~Q(status__in=["invited", "proposed"]) & Q(waits_until=None),
                name="candidate_waits_until_an_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "status", "-job"], name="candidate_of_partner_by_status"),
            models.Index(fields=["partner", "-job"], name="candidate_of_partner"),
            models.Index(fields=["waits_until"], name="candidate_due", condition=Q(status__in=["invited", "proposed"])),
        ]

    def __str__(self) -> str:
        return f"{self.partner} for {self.job}"

    @property
    def is_waiting(self) -> bool:
        """For an answer, and in time: swept or not."""
        return self.status in self.WAITING and self.waits_until is not None and self.waits_until > timezone.now()

    @property
    def status_now(self) -> "Candidate.Status":
        """Past its time it has lapsed, swept or not."""
        overdue = self.status in self.WAITING and not self.is_waiting
        return self.Status.LAPSED if overdue else self.Status(self.status)

    @property
    def told_until(self) -> datetime | None:
        """`waits_until`, as its partner is told. How long the store may compare the proposals for a posted job says who
        else was invited, and when: that is not told."""
        compared = self.status == self.Status.PROPOSED and self.job.beginning == Job.Beginning.POSTED
        return None if compared else self.waits_until

    def require(self, wanted: "Candidate.Status") -> None:
        """Raise CandidateMovedOn unless `wanted` may follow the current status. The job must be locked."""
        if wanted not in self.ALLOWED.get(self.Status(self.status), ()):
            raise candidate_moved_on(self)

    def become(self, status: "Candidate.Status", *, at: datetime, waits_until: datetime | None = None) -> None:
        if self.status == self.Status.INVITED and status in {self.Status.PROPOSED, self.Status.PASSED}:
            self.answered_at = self.answered_at or at
        self.status, self.changed_at, self.waits_until = status, at, waits_until
        self.save(update_fields=["status", "changed_at", "waits_until", "answered_at"])


class Proposal(models.Model):
    """What a partner would do, for how much."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        LAPSED = "lapsed", _("No answer in time")
        CLOSED = "closed", _("Closed")

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="proposals", db_index=False)
    price = models.BigIntegerField(null=True)  # smallest units of the job's currency; None: free
    message = models.TextField(max_length=MESSAGE_LENGTH, blank=True)
    items = ArrayField(models.CharField(max_length=ITEM_LENGTH), default=list, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=REASON_LENGTH, blank=True)  # of a decline

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["candidate"], condition=Q(status="pending"), name="proposal_one_pending"),
            models.CheckConstraint(condition=Q(price=None) | Q(price__gt=0), name="proposal_price_is_positive"),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at=None, decided_by=None)
                | Q(status__in=["lapsed", "closed"], decided_at__isnull=False)
                | Q(
                    status__in=["accepted", "declined", "withdrawn"], decided_at__isnull=False, decided_by__isnull=False
                ),
                name="proposal_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["candidate", "-id"], name="proposal_of_candidate")]

    def __str__(self) -> str:
        return f"proposal of {self.candidate}"

    @property
    def is_free(self) -> bool:
        return self.price is None

    def decide(self, status: "Proposal.Status", *, by: User | None, at: datetime, reason: str = "") -> None:
        self.status, self.decided_by, self.decided_at, self.reason = status, by, at, reason
        self.save(update_fields=["status", "decided_by", "decided_at", "reason"])

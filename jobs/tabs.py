"""Where a job stands for its reader: each in exactly one tab of the list, whether sweeps came by or not."""

from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from jobs.models import Candidate, CompletionRequest, Job, JobItem
from partners.models import Membership, Partner
from stores.models import Store

COUNTED = 100  # jobs of a tab are counted up to here


class Tab(TextChoices):
    TO_ANSWER = "to_answer", _("To answer")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING = "waiting", _("Waiting")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


STATUS = Job.Status
IN_STORE = {  # statuses in which jobs of a tab can be: what the index finds first
    Tab.TO_ANSWER: [STATUS.OPEN, STATUS.IN_PROGRESS],
    Tab.IN_PROGRESS: [STATUS.IN_PROGRESS],
    Tab.WAITING: [STATUS.OPEN],
    Tab.COMPLETED: [STATUS.COMPLETED, STATUS.IN_PROGRESS],
    Tab.CANCELLED: [STATUS.CANCELLED],
}
IN_PARTNER = IN_STORE | {
    Tab.WAITING: [STATUS.OPEN, STATUS.IN_PROGRESS],
    Tab.CANCELLED: list(STATUS),  # what came to nothing for this partner goes on for another
}


def jobs_of(place: Store | Partner, *, now: datetime | None = None) -> QuerySet[Job]:
    """Every job of a store, or those in which a partner has or had a part, each with its `tab` and with what a line
    of the list says."""
    now = now or timezone.now()
    waits = CompletionRequest.objects.filter(job=OuterRef("pk")).pending(now)
    overdue = CompletionRequest.objects.filter(job=OuterRef("pk")).overdue(now)
    rows = Job.objects.select_related("store", "partner").annotate(
        requested_at=Subquery(waits.values("requested_at")[:1]),
        deadline=Subquery(waits.values("deadline")[:1]),
        clock_at=Subquery(overdue.values("deadline")[:1]),  # not swept yet
    )
    return _of_store(rows, place, now) if isinstance(place, Store) else _of_partner(rows, place, now)


def _over() -> list[When]:
    """What is over, for whoever works or pays. Past its deadline a completion is approved."""
    return [
        When(status=STATUS.CANCELLED, then=Value(Tab.CANCELLED)),
        When(status=STATUS.COMPLETED, then=Value(Tab.COMPLETED)),
        When(clock_at__isnull=False, status=STATUS.IN_PROGRESS, then=Value(Tab.COMPLETED)),
    ]


def _tab(*whens: When, default: Tab) -> Case:
    return Case(*whens, default=Value(default), output_field=CharField())


def _of_store(rows: QuerySet[Job], store: Store, now: datetime) -> QuerySet[Job]:
    candidates = Candidate.objects.filter(job=OuterRef("pk")).order_by("pk")
    waiting = candidates.filter(waits_until__gt=now)
    invited, proposed = (waiting.filter(status=status) for status in Candidate.WAITING)
    return rows.filter(store=store).annotate(
        tab=_tab(
            *_over(),
            When(status=STATUS.IN_PROGRESS, requested_at__isnull=False, then=Value(Tab.TO_ANSWER)),
            When(status=STATUS.IN_PROGRESS, then=Value(Tab.IN_PROGRESS)),
            When(Exists(proposed), then=Value(Tab.TO_ANSWER)),
            default=Tab.WAITING,
        ),
        proposals=counted(proposed),
        first_proposer=Subquery(proposed.values("partner__name")[:1]),
        invitations=counted(invited),
        candidate_count=counted(candidates),
        first_candidate=Subquery(candidates.values("partner__name")[:1]),
        waits_until=Subquery(waiting.order_by("waits_until").values("waits_until")[:1]),
    )


def _of_partner(rows: QuerySet[Job], partner: Partner, now: datetime) -> QuerySet[Job]:
    missing = JobItem.objects.filter(job=OuterRef("pk"), origin=JobItem.Origin.DECLINE, done_at=None)
    invited, proposed = (Q(mine__status=status, mine__waits_until__gt=now) for status in Candidate.WAITING)
    is_open = Q(status=STATUS.OPEN)
    return (
        rows.alias(mine=FilteredRelation("candidates", condition=Q(candidates__partner=partner)))
        .filter(mine__isnull=False)
        .annotate(
            my_status=F("mine__status"),
            my_changed_at=F("mine__changed_at"),
            waits_until=F("mine__waits_until"),
            is_missing=Exists(missing),
            tab=_tab(
                When(is_open & invited, then=Value(Tab.TO_ANSWER)),
                When(is_open & proposed, then=Value(Tab.WAITING)),
                When(~Q(mine__status=Candidate.Status.HIRED), then=Value(Tab.CANCELLED)),
                *_over(),
                When(requested_at__isnull=False, then=Value(Tab.WAITING)),
                When(is_missing=True, then=Value(Tab.TO_ANSWER)),  # the store declined, and said what is missing
                default=Tab.IN_PROGRESS,
            ),
        )
    )


def in_tab(rows: QuerySet[Job], place: Store | Partner, tab: str) -> QuerySet[Job]:
    """Of `jobs_of` this place."""
    statuses = IN_STORE if isinstance(place, Store) else IN_PARTNER
    return rows.filter(status__in=statuses[Tab(tab)], tab=tab)  # type: ignore[misc]


def counted(rows: QuerySet, most: int = COUNTED) -> Func:
    """How many there are, counted up to one more than `most`: what is more costs nothing."""
    found = ArraySubquery(rows.order_by().values("pk")[: most + 1])
    return Func(found, function="cardinality", output_field=IntegerField())


def counts(place: Store | Partner) -> dict[str, int]:
    """How many jobs stand in each tab, up to COUNTED + 1. One query."""
    rows = jobs_of(place)
    columns = {tab.value: counted(in_tab(rows, place, tab)) for tab in Tab}
    here: QuerySet = Store.objects.all() if isinstance(place, Store) else Partner.objects.all()
    return here.filter(pk=place.pk).annotate(**columns).values(*columns).get()


def to_answer(place: Store | Partner, user: User) -> QuerySet[Job]:
    """What waits for the user's answer: without the jobs of their own partners, about which only the owner of the store
    decides."""
    rows = in_tab(jobs_of(place), place, Tab.TO_ANSWER)
    if isinstance(place, Partner) or place.owner_id == user.pk:
        return rows
    return rows.exclude(partner__in=Membership.objects.filter(user_id=user.pk).values("partner"))

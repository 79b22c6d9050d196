"""How a job begins: the store asks one partner or posts it to several, or a partner proposes one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators import conversations
from collaborators.models import About, Collaboration
from jobs.actions import steps
from jobs.actions.offers import Offer, write_proposal
from jobs.actions.records import report
from jobs.errors import (
    NoPartnerChosen,
    NotWorkedHere,
    NotWorkingHere,
    OwnPartnersJob,
    PartnerTwice,
    TooManyInADay,
    TooManyOpenJobs,
    TooManyPartners,
    UnknownPartner,
)
from jobs.models import ANSWER_WITHIN_HOURS, MOST_INVITED, Candidate, Job, worked_for
from partners.models import Membership, Partner
from partners.services import in_order
from stores import access
from stores.models import Store

ANSWER_WITHIN = timedelta(hours=ANSWER_WITHIN_HOURS)
MOST_OPEN = 100  # of one store, whoever began them
MOST_OPEN_PROPOSED = 10  # that one partner began in one store: it cannot fill the list of the store
A_DAY = timedelta(hours=24)
MOST_IN_A_DAY = 50  # that one store began: each is a mail to somebody, also if it is cancelled at once
MOST_PROPOSED_IN_A_DAY = 10  # that one partner began in one store


@dataclass(frozen=True)
class Wanted:
    """What is to be done."""

    title: str
    brief: str
    services: Collection[str] = field(default_factory=tuple)


@transaction.atomic
def begin_job(
    store: Store, *, wanted: Wanted, currency: str, budget: int | None, partners: Collection[str], by: User
) -> Job:
    """Ask one partner, whoever it is, or post the job to several that work or worked for the store; by their slugs.

    Each has 72 hours to answer. Raises NotAllowed, DevelopmentStore, OwnPartnersJob, NoPartnerChosen, UnknownPartner,
    PartnerTwice, NotWorkedHere, TooManyPartners, TooManyOpenJobs, TooManyInADay.
    """
    invited = _lock_partners(partners)
    store = Store.objects.lock(store.pk)
    steps.require_store_side(by, store, None)
    access.require_owned(store)
    _require_no_own(by, store, invited)
    if len(invited) > 1:
        _require_worked_here(store, invited)
    _require_room(store.jobs.filter(status=Job.Status.OPEN), MOST_OPEN)
    now = timezone.now()
    _require_patience(store.jobs.exclude(beginning=Job.Beginning.PROPOSED), MOST_IN_A_DAY, now=now)
    job = Job.objects.create(
        store=store,
        beginning=Job.Beginning.ASKED if len(invited) == 1 else Job.Beginning.POSTED,
        title=wanted.title,
        brief=wanted.brief,
        services=in_order(wanted.services),
        currency=currency,
        budget=budget,
        created_by=by,
        created_at=now,
    )
    for partner in invited:
        _invite(job, partner, by=by, now=now)
    return job


@transaction.atomic
def propose_job(partner: Partner, *, store: Store | None, wanted: Wanted, offer: Offer, by: User) -> Job:
    """Propose a job to a store that the partner works for; the store has 72 hours to answer.

    `store` None: one that does not exist. Raises NotAllowed, NotWorkingHere, TooManyItems, TooManyOpenJobs,
    TooManyInADay.
    """
    partner = Partner.objects.lock(partner.pk)
    steps.require_partner_side(by, partner)
    if store is None:
        raise NotWorkingHere
    store = Store.objects.lock(store.pk)
    now = timezone.now()
    require_working_here(partner, store, now=now)
    mine = store.jobs.filter(beginning=Job.Beginning.PROPOSED, candidates__partner=partner)
    _require_room(mine.filter(status=Job.Status.OPEN), MOST_OPEN_PROPOSED)
    _require_patience(mine, MOST_PROPOSED_IN_A_DAY, now=now)
    job = Job.objects.create(
        store=store,
        beginning=Job.Beginning.PROPOSED,
        title=wanted.title,
        brief=wanted.brief,
        services=in_order(wanted.services),
        currency=store.currency,
        created_by=by,
        created_at=now,
    )
    candidate = Candidate.objects.create(
        job=job,
        partner=partner,
        conversation=conversations.start(store, partner, about=About.JOB),
        status=Candidate.Status.PROPOSED,
        waits_until=now + ANSWER_WITHIN,
        changed_at=now,
    )
    write_proposal(candidate, offer, by=by, now=now)
    return job


def require_working_here(partner: Partner, store: Store, *, now: datetime) -> None:
    """Raise NotWorkingHere unless the partner may enter the store now. Both are locked."""
    if not Collaboration.objects.active(now).filter(partner=partner, store=store).exists():
        raise NotWorkingHere


def _lock_partners(slugs: Collection[str]) -> list[Partner]:
    """Those with these slugs, locked in the order of their keys, so that two who begin jobs at once cannot block."""
    slugs = list(slugs)
    if not slugs:
        raise NoPartnerChosen
    if len(slugs) > MOST_INVITED:
        raise TooManyPartners
    found = {partner.slug: partner for partner in Partner.objects.filter(slug__in=slugs)}
    for slug in slugs:
        if slug not in found:
            raise UnknownPartner(slug)
        if slugs.count(slug) > 1:
            raise PartnerTwice(found[slug])
    return [Partner.objects.lock(key) for key in sorted(partner.pk for partner in found.values())]


def _require_no_own(by: User, store: Store, invited: Collection[Partner]) -> None:
    """To give one's own partner work is to decide about it; the owner may even so."""
    if store.owner_id == by.pk:
        return
    mine = Membership.objects.filter(user=by, partner__in=invited).select_related("partner").order_by("pk").first()
    if mine is not None:
        raise OwnPartnersJob(mine.partner)


def _require_worked_here(store: Store, invited: Collection[Partner]) -> None:
    known = set(worked_for(store).filter(pk__in=[partner.pk for partner in invited]).values_list("pk", flat=True))
    for partner in invited:
        if partner.pk not in known:
            raise NotWorkedHere(partner)


def _require_room(open_jobs, most: int) -> None:
    if open_jobs[:most].count() >= most:
        raise TooManyOpenJobs


def _require_patience(jobs, most: int, *, now: datetime) -> None:
    if jobs.filter(created_at__gt=now - A_DAY)[:most].count() >= most:
        raise TooManyInADay


def _invite(job: Job, partner: Partner, *, by: User, now: datetime) -> None:
    candidate = Candidate.objects.create(
        job=job,
        partner=partner,
        conversation=conversations.start(job.store, partner, about=About.JOB),
        invited_by=by,
        invited_at=now,
        status=Candidate.Status.INVITED,
        waits_until=now + ANSWER_WITHIN,
        changed_at=now,
    )
    report("job.invited", job, by=by, partner=partner, candidate=candidate.pk)

"""What the page of a job shows besides the acts: the brief, how far it came, and what both sides wrote."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import money
from collaborators import conversation_views as talks
from collaborators import conversations
from collaborators.models import Collaboration
from jobs.job_views import PARTS, Here
from jobs.lines import Line
from jobs.models import CompletionRequest, Job, Payment
from jobs.tabs import Tab
from partners.services import labels
from stores.links import linked

MESSAGES = 5  # the latest ones
MOST_TALKS = 50  # a store invites fewer


def brief(request: HttpRequest, here: Here, job: Job) -> dict[str, Any]:
    is_ours = Line(job, here.is_store).is_ours
    return {
        "brief_html": linked(job.brief),
        "services": labels(job.services),
        "shows_price": job.hired_at is not None and is_ours,
    }


# --- How far it came ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One point of the line; `state` is done, now, ended or to come ("")."""

    label: str
    state: str = ""
    at: datetime | date | None = None
    note: str = ""


def progress(request: HttpRequest, here: Here, job: Job) -> dict[str, Any]:
    if not Line(job, here.is_store).is_ours:
        return {"steps": _steps_of_another(job)}
    facts = _facts(job)
    steps = [_hired(job), *_access(job, facts), _payment(job, facts), _completion(job, facts)]
    if job.status == Job.Status.CANCELLED:
        who = _("by the store") if job.cancelled_side == "store" else _("by the partner")
        cancelled = Step(_("Cancelled"), "ended", job.cancelled_at, who)
        return {"steps": [step for step in steps if step.state == "done"] + [cancelled]}
    return {"steps": [*steps, Step(_("Review"))]}


def _facts(job: Job) -> dict[str, Any]:
    """What the line says of access, money and completion. One query."""
    access = Collaboration.objects.filter(store=OuterRef("store"), partner=OuterRef("partner")).order_by("-pk")
    payments = Payment.objects.filter(job=OuterRef("pk"), kind=Payment.Kind.RECEIVED, reverses=None, reversal=None)
    completions = CompletionRequest.objects.filter(job=OuterRef("pk")).order_by("-pk")
    row = Job.objects.filter(pk=job.pk).values(
        since=Subquery(access.values("since")[:1]),
        permissions=Subquery(access.values("permissions")[:1]),
        ends_at=Subquery(access.values("ends_at")[:1]),
        ended_at=Subquery(access.values("ended_at")[:1]),
        paid_on=Subquery(payments.order_by("-paid_on").values("paid_on")[:1]),
        completion=Subquery(completions.values("status")[:1]),
        decided_at=Subquery(completions.values("decided_at")[:1]),
        decided_by=Subquery(completions.values("decided_by")[:1]),
    )
    return dict(row.get())


def _hired(job: Job) -> Step:
    if not job.hired_at:
        return Step(_("Hired"))
    return Step(_("Hired"), "done", job.hired_at)


def _access(job: Job, facts: dict[str, Any]) -> list[Step]:
    """Access to the store, if there is any: a job that is over can have done without."""
    if facts["since"] is None:
        return [] if job.tab in {Tab.COMPLETED, Tab.CANCELLED} else [Step(_("Access granted"))]  # type: ignore[attr-defined]
    if facts["ended_at"] and job.hired_at and facts["ended_at"] < job.hired_at:
        return []
    if facts["ended_at"]:
        return [Step(_("Access ended"), "done", facts["ended_at"])]
    count = len(facts["permissions"])
    note = ngettext("%(count)d permission", "%(count)d permissions", count) % {"count": count}
    return [Step(_("Access granted"), "done", facts["since"], note)]


def _payment(job: Job, facts: dict[str, Any]) -> Step:
    if job.is_free:
        return Step(_("Agreed as free"), "done", job.hired_at)
    if not job.received:
        return Step(_("Payment received"))
    return Step(_("Payment received"), "done", facts["paid_on"], money.in_words(job.received, job.currency))


def _completion(job: Job, facts: dict[str, Any]) -> Step:
    status, Status = facts["completion"], CompletionRequest.Status  # noqa: N806
    if job.clock_at:  # type: ignore[attr-defined]
        return Step(_("Approved by the clock"), "done", job.clock_at)  # type: ignore[attr-defined]
    if job.requested_at:  # type: ignore[attr-defined]
        return Step(_("Completion requested"), "now", job.requested_at)  # type: ignore[attr-defined]
    if status == Status.APPROVED:
        by_person = facts["decided_by"] is not None
        label = _("Completion approved") if by_person else _("Approved by the clock")
        return Step(label, "done", facts["decided_at"])
    if status == Status.DECLINED:
        return Step(_("Completion declined"), "now", facts["decided_at"])
    return Step(_("Completion approved"))


def _steps_of_another(job: Any) -> list[Step]:
    """For a partner that was not hired: its own part, and nothing of what became of the job."""
    first = Step(_("Asked"), "done", job.created_at)
    if job.tab == Tab.TO_ANSWER:
        return [first, Step(_("Your answer"), "now"), Step(_("Hired"))]
    if job.tab == Tab.WAITING:
        return [first, Step(_("Proposal sent"), "done", job.my_changed_at), Step(_("Hired"))]
    return [first, Step(Line(job, for_store=False).badge.label, "ended", job.my_changed_at)]


# --- What they wrote ------------------------------------------------------------------------------------------------


def conversation(request: HttpRequest, here: Here, job: Job) -> dict[str, Any]:
    """The latest messages where one partner is concerned; where the store talks to several, a line for each."""
    place = talks.Here(here.side, here.place, here.name)
    of_job = conversations.readable(request.user, here.side).filter(candidate__job=job)  # type: ignore[arg-type]
    if not here.is_store:
        of_job = of_job.filter(partner_id=here.place.pk)
    elif job.partner_id:
        of_job = of_job.filter(partner=job.partner_id)
    found = list(of_job.order_by("pk")[:MOST_TALKS])
    if len(found) != 1:
        return {"talks": [(row, place.url("conversation", row.public_id)) for row in found]}
    return {
        "talk": talks.latest_of(request, place, found[0], count=MESSAGES)
        | {"here": place, "url": place.url("conversation", found[0].public_id)}
    }


PARTS.extend([brief, progress, conversation])

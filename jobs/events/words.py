"""What all that happens about jobs has in common: who is told, where it leads, the words."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import money
from accounts.models import User
from jobs.models import Job
from notifications.kinds import Audience, Facts
from notifications.letters import Row
from notifications.models import Event
from partners.models import Membership, held
from partners.permissions import TeamPermission
from stores import access
from stores.events import store_name
from stores.models import Activity

# --- Who is told ----------------------------------------------------------------------------------------------------


def people_who_manage_jobs(event: Event) -> set[int]:
    """The store's owner and everybody with `jobs.manage` there."""
    return access.users_who_may(event.payload["store"], "jobs.manage")


def partners_people(event: Event) -> set[int]:
    """The partner's owners, and its members who manage jobs."""
    team = Membership.objects.filter(held(TeamPermission.MANAGE_JOBS), partner_id=event.payload["partner"])
    return set(team.values_list("user_id", flat=True))


def still_manages_stores_jobs(event: Event, user: User) -> bool:
    return user.pk in people_who_manage_jobs(event)


def still_manages_partners_jobs(event: Event, user: User) -> bool:
    return user.pk in partners_people(event)


def to_store(
    line,
    letter=None,
    *,
    recipients=people_who_manage_jobs,
    while_so: Callable[[Event], bool] = lambda event: True,
    url=None,
) -> Audience:
    """The store's owner and those who manage jobs there, while they do; `while_so`: and while it is still so."""
    return Audience(
        recipients=recipients,
        line=line,
        place=store_name,
        url=url or stores_job,
        still_in=lambda event, user: while_so(event) and still_manages_stores_jobs(event, user),
        letter=letter,
    )


def to_partner(
    line, letter=None, *, recipients=partners_people, was_concerned: bool = False, while_so=lambda event: True, url=None
) -> Audience:
    """The partner's owners and those who manage its jobs: while they do, or regardless."""
    return Audience(
        recipients=recipients,
        line=line,
        place=lambda facts: str(facts.partner),
        url=url or partners_job,
        still_in=None
        if was_concerned
        else lambda event, user: while_so(event) and still_manages_partners_jobs(event, user),
        letter=letter,
    )


# --- Where it leads -------------------------------------------------------------------------------------------------


def stores_job(facts: Facts) -> str:
    return reverse("jobs:job", args=[facts.store.handle, facts.job.public_id])


def partners_job(facts: Facts) -> str:
    return reverse("jobs:partner-job", args=[facts.partner.slug, facts.job.public_id])


# --- Shared words ---------------------------------------------------------------------------------------------------


def names(facts: Facts) -> dict[str, str]:
    return {
        "partner": str(facts.partner) if facts.partner else "",
        "store": str(facts.store),
        "actor": str(facts.actor) if facts.actor else "",
        "job": facts.job.title,
    }


def said(sentence: Callable[[], str]) -> Callable[[Facts], str]:
    """A line whose translation is looked up when it is read, filled with the names."""
    return lambda facts: sentence() % names(facts)


def because_store(facts: Facts, reader: User) -> str:
    if facts.store.owner_id == reader.pk:
        return _("You get this because you own %(store)s.") % names(facts)
    return _("You get this because you manage the jobs of %(store)s.") % names(facts)


def because_partner(facts: Facts, reader: User) -> str:
    return _("You get this because you own %(partner)s or manage its jobs.") % names(facts)


def terms_rows(job: Job) -> list[Row]:
    """What was agreed, or what the store can spend."""
    if job.hired_at:
        return [Row(_("Price"), price(job.price, job.currency))]
    return [Row(_("Budget"), money.in_words(job.budget, job.currency))] if job.budget else []


def price(amount: int | None, currency: str) -> str:
    """ "€1,800.00"; None is free."""
    return _("Free") if amount is None else money.in_words(amount, currency)


def about(sentence: Callable[[], str]) -> Callable[[Activity], str]:
    return lambda row: sentence() % {"partner": str(row.partner), "job": row.after.get("job", "")}

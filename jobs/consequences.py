"""What it means for jobs when the access of a partner ends in the middle of them."""

from collections.abc import Iterator

from django.db.models import Count, Exists, OuterRef, Window
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from collaborators.consequences import Consequence
from collaborators.models import Collaboration, Side
from jobs.models import Job

NAMED = 5  # jobs that are named one by one


def jobs_in_progress(collaboration: Collaboration, side: Side, reader: User) -> Iterator[Consequence]:
    """They stand as they are. Titles are for those who may see jobs; the others learn how many there are."""
    going_on = Job.objects.filter(
        store=collaboration.store_id, partner=collaboration.partner_id, status=Job.Status.IN_PROGRESS
    )
    seen = going_on.visible_to(reader)
    rows = going_on.annotate(may_see=Exists(seen.filter(pk=OuterRef("pk"))), count=Window(Count("pk")))
    found = list(rows.order_by("-may_see", "pk")[:NAMED])
    if not found:
        return
    count, named = found[0].count, [job for job in found if job.may_see]
    for job in named:
        sentence = _("“%(job)s” stays in progress, and goes on without access. Complete or cancel it on its own page.")
        yield Consequence(sentence % {"job": job.title}, _page(job, collaboration, side))
    if rest := count - len(named):
        sentence = ngettext(
            "%(count)d job of this partner here stays in progress, and goes on without access.",
            "%(count)d jobs of this partner here stay in progress, and go on without access.",
            rest,
        )
        yield Consequence(sentence % {"count": rest})


def _page(job: Job, collaboration: Collaboration, side: Side) -> str:
    if side is Side.STORE:
        return reverse("jobs:job", args=[collaboration.store.handle, job.public_id])
    return reverse("jobs:partner-job", args=[collaboration.partner.slug, job.public_id])

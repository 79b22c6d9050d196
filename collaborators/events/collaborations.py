"""The access that was granted: changed, extended, ended."""

from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from collaborators import quarters
from collaborators.events.words import (
    about,
    because_partner,
    because_store,
    day,
    granted_rows,
    names,
    partners_collaboration,
    said,
    still_manages_stores,
    stores_collaboration,
    stores_list,
    to_partner,
    to_store,
    what_changed,
)
from collaborators.models import Collaboration
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from partners.events import owners
from stores import phrases
from stores.activity import Words
from stores.events import people_who_manage_users, still_manages_users, store_name
from stores.models import Activity


def ended_letter_to_store(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(partner)s no longer has access to %(store)s") % names(facts),
        opening=_("The access of %(partner)s reached the end that was agreed, and opens nothing any more.")
        % names(facts),
        rows=[Row(_("Access ended"), phrases.end(facts.collaboration.ends_at, facts.store.time_zone))],
        button=_("See your collaborators"),
        path=stores_list(facts),
        reason=because_store(facts, reader),
    )


def changed_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s changed your access") % names(facts),
        opening=_("%(actor)s changed what %(partner)s may do. The change holds from now on.") % names(facts),
        rows=granted_rows(facts.collaboration),
        button=_("See your access"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


def extended_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s extended your access") % names(facts),
        opening=_("%(actor)s lets %(partner)s go on working there until the new end.") % names(facts),
        rows=granted_rows(facts.collaboration),
        button=_("See your access"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


def revoked_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s revoked your access") % names(facts),
        opening=_("%(partner)s can no longer enter %(store)s. The access ended on %(date)s.")
        % {**names(facts), "date": date_format(timezone.localtime(facts.collaboration.ended_at), "DATETIME_FORMAT")},
        rows=[Row(_("Revoked by"), str(facts.actor))],
        button=_("See what happened"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


def ended_letter_to_partner(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Your access to %(store)s has ended") % names(facts),
        opening=_("It reached the end that was agreed. If there is more to do, ask the merchant for access again."),
        rows=[Row(_("Access ended"), phrases.end(facts.collaboration.ends_at, facts.store.time_zone))],
        button=_("See what happened"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


# --- The job it was for is done -------------------------------------------------------------------------------------


def is_over(facts: Facts) -> bool:
    """Whether it ended at once, when the job was done."""
    return bool(facts.event.payload["is_over"])


def job_done_line_to_store(facts: Facts) -> str:
    if is_over(facts):
        return _("The access of %(partner)s ended: its job is done") % names(facts)
    return _("The access of %(partner)s ends on %(end)s: its job is done") % with_end(facts)


def job_done_line_to_partner(facts: Facts) -> str:
    if is_over(facts):
        return _("Your access to %(store)s ended: the job is done") % names(facts)
    return _("Your access to %(store)s ends on %(end)s: the job is done") % with_end(facts)


def job_done_letter(facts: Facts, reader: User) -> Letter:
    if is_over(facts):
        subject, label = _("Your access to %(store)s ended with the job"), _("Access ended")
    else:
        subject, label = _("Your access to %(store)s ends soon: the job is done"), _("Access ends")
    return Letter(
        subject=subject % names(facts),
        opening=_(
            "It was given for a job, and the job is done. If there is more to do, ask the merchant for access again."
        ),
        rows=[Row(label, told_end(facts))],
        button=_("See your access"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


# --- Its end is near -------------------------------------------------------------------------------------------------


def told_end(facts: Facts) -> str:
    """The end that the reminder is about, whatever became of it since."""
    return phrases.end(datetime.fromisoformat(facts.event.payload["ends_at"]), facts.store.time_zone)


def with_end(facts: Facts) -> dict[str, str]:
    return names(facts) | {"end": told_end(facts)}


def ends_then(event: Event) -> bool:
    """Whether the access still ends when the reminder says so, and lasts until then: a mail that was renewed past, or
    that its end came before, is not sent."""
    ends_at = datetime.fromisoformat(event.payload["ends_at"])
    return Collaboration.objects.active().filter(pk=event.payload["collaboration"], ends_at=ends_at).exists()


def renewal(facts: Facts) -> str:
    return reverse("collaborators:collaboration-renewal", args=[facts.store.handle, facts.collaboration.public_id])


def ending_letter_to_store(facts: Facts, reader: User) -> Letter:
    collaboration = facts.collaboration
    rows = granted_rows(collaboration)[:-1]
    return Letter(
        subject=_("The access of %(partner)s to %(store)s ends soon") % names(facts),
        opening=_("From then on it opens nothing any more. If that is right, there is nothing to do."),
        rows=[Row(_("Access ends"), told_end(facts)), Row(_("Last used"), last_used(collaboration)), *as_theirs(rows)],
        button=_("Renew access"),
        path=renewal(facts),
        reason=because_store(facts, reader),
    )


def ending_letter_to_partner(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Your access to %(store)s ends soon") % names(facts),
        opening=_("If the work takes longer, tell the merchant. Only they can let your access go on."),
        rows=[Row(_("Access ends"), told_end(facts)), Row(_("Partner"), str(facts.partner))],
        button=_("See your access"),
        path=partners_collaboration(facts),
        reason=_("You get this because you own %(partner)s.") % names(facts),
    )


# --- Nobody uses it --------------------------------------------------------------------------------------------------


def last_used(collaboration: Collaboration) -> str:
    return day(collaboration.last_used_at) if collaboration.last_used_at else _("Not used yet")


def as_theirs(rows: list[Row]) -> list[Row]:
    """What is granted, in words for the store."""
    return [Row(_("What they may do"), rows[0].value), *rows[1:]]


def keeping(facts: Facts) -> str:
    return reverse("collaborators:collaboration-keeping", args=[facts.store.handle, facts.collaboration.public_id])


def unused_still(event: Event) -> bool:
    """Whether it lasts, and was neither used nor kept since the store was to be asked."""
    rows = Collaboration.objects.active().filter(pk=event.payload["collaboration"])
    if stretch := event.payload.get("stretch"):  # not in what an older version posted
        known = datetime.fromisoformat(stretch)
        rows = rows.with_stretch().filter(stretch=known)  # type: ignore[misc]  # annotated by with_stretch()
    return rows.exists()


def unused_letter(facts: Facts, reader: User) -> Letter:
    collaboration = facts.collaboration
    return Letter(
        subject=_("Nobody at %(partner)s uses the access to %(store)s") % names(facts),
        opening=_("It was not used for 60 days. Keep it if the work goes on; end it if it is done."),
        rows=[
            Row(_("Last used"), last_used(collaboration)),
            Row(_("Access granted"), day(collaboration.since)),
            *as_theirs(granted_rows(collaboration)),
        ],
        button=_("Keep it or end it"),
        path=keeping(facts),
        reason=because_store(facts, reader),
    )


KINDS = (
    Kind(
        "access.ending",
        "bell-alert",
        {
            "store": Audience(
                recipients=people_who_manage_users,
                line=lambda facts: _("The access of %(partner)s ends on %(end)s") % with_end(facts),
                place=store_name,
                url=renewal,
                still_in=lambda event, user: ends_then(event) and still_manages_users(event, user),
                letter=ending_letter_to_store,
            ),
            "partner": Audience(
                recipients=owners,
                line=lambda facts: _("Your access to %(store)s ends on %(end)s") % with_end(facts),
                place=lambda facts: str(facts.partner),
                url=partners_collaboration,
                still_in=lambda event, user: ends_then(event) and still_manages_stores(event, user),
                letter=ending_letter_to_partner,
            ),
        },
        label=gettext_lazy("Access ends soon"),
    ),
    Kind(
        "access.unused",
        "moon",
        {
            "store": to_store(
                said(lambda: _("Nobody at %(partner)s used the access for 60 days")),
                keeping,
                unused_letter,
                while_so=unused_still,
            )
        },
        label=gettext_lazy("Access is not used"),
    ),
    Kind(
        "access.changed",
        "adjustments-horizontal",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s changed your access")), partners_collaboration, changed_letter
            )
        },
        label=gettext_lazy("Access changed"),
    ),
    Kind(
        "access.extended",
        "calendar",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s extended your access")), partners_collaboration, extended_letter
            )
        },
        label=gettext_lazy("Access extended"),
    ),
    Kind(
        "access.revoked",
        "no-symbol",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s revoked your access")),
                partners_collaboration,
                revoked_letter,
                was_concerned=True,
            )
        },
        label=gettext_lazy("Access revoked"),
    ),
    Kind(
        "access.left",
        "arrow-right-start-on-rectangle",
        {"store": to_store(said(lambda: _("%(partner)s left the store")), stores_collaboration)},
        label=gettext_lazy("A partner left the store"),
    ),
    Kind(
        "access.ends_with_job",
        "briefcase",
        {
            "store": to_store(job_done_line_to_store, stores_collaboration),
            "partner": to_partner(
                job_done_line_to_partner, partners_collaboration, job_done_letter, was_concerned=True
            ),
        },
        label=gettext_lazy("Access ends with a job"),
    ),
    Kind(
        "access.ended",
        "clock",
        {
            "store": to_store(
                said(lambda: _("The access of %(partner)s has ended")), stores_collaboration, ended_letter_to_store
            ),
            "partner": Audience(
                recipients=owners,
                line=said(lambda: _("Your access to %(store)s has ended")),
                place=lambda facts: str(facts.partner),
                url=partners_collaboration,
                still_in=still_manages_stores,
                letter=ended_letter_to_partner,
            ),
        },
        label=gettext_lazy("Access ended"),
    ),
)


def exact_end(row: Activity) -> list[str]:
    ends_at = datetime.fromisoformat(row.after["ends_at"])
    return [_("Access ends: %(end)s") % {"end": phrases.end(ends_at, row.store.time_zone)}]


def _is_for_a_partner(row: Activity) -> bool:
    """Rows of a partner's own view say the place as it may know it (`collaborators.activity.seen_by`). How the store
    looks after its access is its own affair."""
    return hasattr(row, "place")


def review_of(first_day: str, row: Activity) -> str:
    """The quarter of the review that led to the change; "" for a partner, and where there was none."""
    return "" if not first_day or _is_for_a_partner(row) else quarters.in_words(date.fromisoformat(first_day))


def in_a_review(row: Activity) -> list[str]:
    quarter = review_of(row.after.get("review", ""), row)
    return [_("Access review: %(quarter)s") % {"quarter": quarter}] if quarter else []


def changed_and_why(row: Activity) -> list[str]:
    return [*what_changed(row), *in_a_review(row)]


ACTIVITY = {
    "access.granted": Words(about(lambda: _("Access of %(partner)s kept at the hand-over")), what_changed),
    "access.changed": Words(about(lambda: _("Access of %(partner)s changed")), changed_and_why),
    "access.extended": Words(about(lambda: _("Access of %(partner)s extended")), what_changed),
    "access.kept": Words(about(lambda: _("Access of %(partner)s kept")), in_a_review),
    "access.revoked": Words(about(lambda: _("Access of %(partner)s revoked")), in_a_review),
    "access.left": Words(about(lambda: _("%(partner)s left the store"))),
    "access.ends_with_job": Words(about(lambda: _("Access of %(partner)s ends: the job is done")), exact_end),
    "access.ended": Words(about(lambda: _("The access of %(partner)s has ended"))),
}

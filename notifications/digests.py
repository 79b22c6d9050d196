"""The daily digest: what a reader wants gathered leaves in one mail at 08:00 of their own clock.

A digest is a delivery like any other, with a lease, attempts and a Message-ID of its own. `make_due` makes it, under a
dedupe key of person and day, so that there is one a day whoever makes it and however often. The deliveries it gathers
stay behind as its lines: their state is `gathered`, they point at it, and what becomes of it becomes of them. None of
them is ever `sent`, so `sent` deliveries are as many as the Message-IDs that a mail server accepted.

Nothing keeps the hour at which a line is due: it is due once an 08:00 of its reader's zone has passed since it was
made. So somebody who moves is written to at 08:00 where they are now, at most once a day; clocks that change at night
change nothing; and after a day without workers one digest holds it all.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.zones import known_zone
from notifications import choices, kinds
from notifications.kinds import Facts
from notifications.letters import Group, Letter, Line
from notifications.models import Delivery, Event

logger = logging.getLogger(__name__)

TOPIC = "mail.digest"
LEAVES_AT = time(8)
SHOWN = 50  # lines in a mail; the rest stand in the inbox


# --- Making them ----------------------------------------------------------------------------------------------------


def make_due(*, now: datetime, until: float) -> int:
    """Make the digests whose time has come, until the monotonic clock says `until`. Returns how many."""
    made = 0
    for user_id, day in _due(now):
        if monotonic() > until:
            break
        try:
            made += _make(user_id, day, now)
        except Exception:
            logger.exception("The digest of user %s could not be made", user_id)
    return made


def _due(now: datetime) -> list[tuple[int, date]]:
    """People with a line from before their last 08:00, and the day of that digest."""
    waiting = Delivery.objects.gathered().values_list("user_id", "user__time_zone").annotate(oldest=Min("created_at"))
    found = []
    for user_id, zone, oldest in waiting.order_by("user_id"):
        leaves = last_leaving(zone, now)
        if oldest < leaves:
            found.append((user_id, leaves.date()))
    return found


def last_leaving(zone: str, now: datetime) -> datetime:
    """The last 08:00 in `zone` that has come."""
    local = now.astimezone(ZoneInfo(known_zone(zone)))
    today = datetime.combine(local.date(), LEAVES_AT, tzinfo=local.tzinfo)
    return today if today <= local else datetime.combine(local.date() - timedelta(days=1), LEAVES_AT, local.tzinfo)


def _key(user_id: int, day: date) -> str:
    return f"{TOPIC}:{user_id}:{day.isoformat()}"


@transaction.atomic
def _make(user_id: int, day: date, now: datetime) -> bool:
    """The digest of one person and day with all that waits for it; False if that one was made, or nothing waits."""
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    lines = Delivery.objects.gathered().filter(user=user)
    if Event.objects.filter(dedupe_key=_key(user_id, day)).exists() or not lines.exists():
        return False
    # No inbox line and no subscriber: told from the beginning.
    event = Event.objects.create(topic=TOPIC, dedupe_key=_key(user_id, day), payload={"user": user_id}, told_at=now)
    digest = Delivery.objects.create(event=event, user=user, audience="reader", next_at=now, lease_until=now)
    lines.update(digest=digest)
    return True


# --- Writing them ---------------------------------------------------------------------------------------------------


def letter(digest: Delivery, reader: User) -> Letter | None:
    """What the digest has to say now, in the current language; None if nothing concerns the reader any more."""
    lines = list(_lines(digest, reader))
    if not lines:
        return None
    groups: dict[str, list[Line]] = {}
    for place, line in lines[:SHOWN]:
        groups.setdefault(place, []).append(line)
    count = {"count": len(lines)}
    more = len(lines) - SHOWN
    note = ngettext("%(count)d more stands there.", "%(count)d more stand there.", more) % {"count": more}
    return Letter(
        subject=ngettext("Your digest: %(count)d notification", "Your digest: %(count)d notifications", len(lines))
        % count,
        opening=_("This is what happened since your last digest."),
        groups=[Group(place, listed) for place, listed in groups.items()],
        button=_("See your notifications"),
        path=reverse("notifications:inbox"),
        note=note if more > 0 else "",
        reason=_("You get this because you chose the daily digest for some kinds of mail."),
    )


def _lines(digest: Delivery, reader: User) -> Iterator[tuple[str, Line]]:
    """Each line that is still to be said, with the store or partner it is about. The others are settled on the way."""
    gathered = digest.lines.filter(state=Delivery.State.GATHERED).select_related("event").order_by("pk")
    deliveries = list(gathered)
    facts = kinds.load_facts([delivery.event for delivery in deliveries])
    chosen = choices.chosen_by(reader)
    for delivery in deliveries:
        try:
            found = _line(delivery, facts[delivery.event_id], reader)
        except Exception:
            logger.exception("Delivery %s could not be a line of a digest and goes alone", delivery.pk)
            _send_alone(delivery)
            continue
        if choices.is_a_choice(delivery.event.topic) and chosen.get(delivery.event.topic) == choices.How.OFF:
            _leave_out(delivery, Delivery.TURNED_OFF)
        elif found is None:
            _leave_out(delivery, Delivery.NOT_CONCERNED)
        else:
            yield found


def _line(delivery: Delivery, facts: Facts, reader: User) -> tuple[str, Line] | None:
    kind = kinds.get(delivery.event.topic)
    audience = kind.audiences.get(delivery.audience) if kind else None
    if audience is None:
        raise LookupError("of a newer version")
    if audience.still_in is not None and not audience.still_in(delivery.event, reader):
        return None
    when = date_format(timezone.localtime(delivery.event.created_at), "DATETIME_FORMAT")
    return audience.place(facts), Line(audience.line(facts), audience.url(facts), when)


def _leave_out(delivery: Delivery, reason: str) -> None:
    _own(delivery).update(state=Delivery.State.SUPPRESSED, problem=reason)


def _send_alone(delivery: Delivery) -> None:
    """One bad line never stops the others: it goes the way of a mail of its own, with its patience and its end.

    It is not gathered again: that is for mails at their first attempt, and this one had it when it was put aside.
    """
    now = timezone.now()
    _own(delivery).update(state=Delivery.State.PENDING, digest=None, next_at=now, lease_until=now)


def _own(delivery: Delivery):
    return Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.GATHERED, digest=delivery.digest_id)

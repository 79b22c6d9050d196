"""From a committed event to inbox lines and mails, whatever is killed on the way (HOLDING.md, section 1).

What somebody chose (at once, digest, off) is asked in one place: by the worker that has claimed the mail, just before
it would leave. What is to be gathered is put aside then, unless an earlier attempt was lost: that one may have reached
the mail server, so the mail goes on alone, under the Message-ID that lets a receiver drop a repeat. Digests themselves
come through here too (notifications/digests.py). So as many deliveries are `sent` as a mail server has accepted
distinct Message-IDs, but for those whose worker was killed between sending and writing it down: their lease runs out
and they leave again under the same one.

Patience: 30 seconds, doubled up to an hour, for 24 hours; then the mail is dead, and the operators are told in the same
transaction. A mail that kills its worker each time is given up like any other, by the worker that would have been next.
"""

import logging
import random
import smtplib
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notifications import choices, digests, kinds, operators, unsubscribing
from notifications.choices import How
from notifications.kinds import Kind
from notifications.letters import Letter, compose, reading_as
from notifications.models import Delivery, Event, Notification, RefusedAddress

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
FEWEST_ATTEMPTS = 10  # tried over four hours, so that a day without workers gives nothing up


def tell(event_id: int) -> bool:
    """Make the notifications and deliveries of an event, all or none, once. False if that was done or is being done."""
    with transaction.atomic():
        event = Event.objects.select_for_update(skip_locked=True).filter(pk=event_id, told_at=None).first()
        if event is None:
            return False
        kind = kinds.get(event.topic)
        if kind is None and not kinds.is_silent(event.topic):
            return False  # of a newer version, which is being rolled out: its workers tell it
        now = timezone.now()
        people = _people(event, kind) if kind else []
        Notification.objects.bulk_create(
            [
                Notification(event=event, user_id=user_id, audience=name, created_at=event.created_at)
                for user_id, name in people
            ],
        )
        Delivery.objects.bulk_create(
            [
                Delivery(event=event, user_id=user_id, audience=name, next_at=now, lease_until=now)
                for user_id, name in people
                if kind and kind.audiences[name].letter
            ]
            + [
                Delivery(event=event, address=address, audience=name, next_at=now, lease_until=now)
                for address, name in (_addresses(event, kind) if kind else [])
            ],
        )
        event.told_at = now
        event.save(update_fields=["told_at"])
    return True


def _people(event: Event, kind: Kind) -> list[tuple[int, str]]:
    """Who is told, each once, with the audience they are told in: the first of the kind that names them."""
    told: dict[int, str] = {}
    for name, audience in kind.audiences.items():
        for user_id in audience.recipients(event):
            told.setdefault(user_id, name)
    if event.actor_id and not kind.security:
        told.pop(event.actor_id, None)
    return [
        (user.pk, told[user.pk])
        for user in User.objects.filter(pk__in=told, is_active=True).order_by("pk")
        if (still_in := kind.audiences[told[user.pk]].still_in) is None or still_in(event, user)
    ]


def _addresses(event: Event, kind: Kind) -> list[tuple[str, str]]:
    """Addresses that are written to, each once, with their audience."""
    found: dict[str, str] = {}
    for name, audience in kind.audiences.items():
        for address in audience.addresses(event):
            found.setdefault(address.lower(), name)
    return sorted(found.items())


def tell_untold(*, until: float) -> int:
    """Tell what a lost wake-up left behind, oldest first, until the monotonic clock says `until`. Returns how many.

    An event that cannot be told waits for the next sweep and stops no other.
    """
    count = 0
    for event_id in Event.objects.filter(told_at=None).order_by("pk").values_list("pk", flat=True)[:500]:
        if monotonic() > until:
            break
        try:
            count += tell(event_id)
        except Exception:
            logger.exception("Event %s could not be told", event_id)
    return count


def claim(*, now: datetime, event_id: int | None = None) -> Delivery | None:
    """Take one due delivery for the length of a lease: two workers, one winner, no lock held while mail goes out.

    Those that were lost with their worker until patience was over are given up on the way.
    """
    while True:
        with transaction.atomic():
            due = Delivery.objects.due(now)
            if event_id is not None:
                due = due.filter(event_id=event_id)
            delivery = due.select_for_update(skip_locked=True).order_by("next_at", "pk").first()
            if delivery is None:
                return None
            if delivery.state == Delivery.State.SENDING and _patience_is_over(delivery, now):
                _give_up(delivery, Delivery.WORKER_LOST, now)
                continue
            delivery.state = Delivery.State.SENDING
            delivery.attempts += 1
            delivery.lease_until = now + settings.DELIVERY_LEASE
            delivery.save(update_fields=["state", "attempts", "lease_until"])
        return Delivery.objects.select_related("event", "user").get(pk=delivery.pk)


def pause_before(attempt: int) -> timedelta:
    """How long to wait after `attempt`: 30 s, doubled each time up to an hour, and up to a fifth more."""
    pause = min(FIRST_PAUSE * 2 ** min(attempt - 1, 20), LONGEST_PAUSE)
    return pause * random.uniform(1, 1.2)  # noqa: S311 - jitter, not a secret


def send_due(*, until: float, event_id: int | None = None) -> int:
    """Send what is due over one connection until the monotonic clock says `until`. Returns how many left.

    One bad mail never stops the others; a mail server that is down costs each delivery an attempt and a pause. Whoever
    looks for everything that is due makes the digests whose time has come.
    """
    sent = 0
    if event_id is None:
        digests.make_due(now=timezone.now(), until=until)
    connection = mailers.default
    try:
        while monotonic() < until and (delivery := claim(now=timezone.now(), event_id=event_id)):
            sent += _attempt(delivery, connection)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.close()
    return sent


class Unwanted(Exception):  # noqa: N818 - not an error: the mail is not to leave, and this says why
    pass


def _attempt(delivery: Delivery, connection) -> bool:
    try:
        if _gather(delivery):
            return False
        mail = _render(delivery)
        connection.open()  # nothing where it is open already: one connection serves the batch
        connection.send_messages([mail])
    except Unwanted as unwanted:
        _settle(delivery, Delivery.State.SUPPRESSED, problem=str(unwanted))
        return False
    except smtplib.SMTPRecipientsRefused as refused:
        code = min((code for code, _ in refused.recipients.values()), default=0)
        if code >= 500:
            _settle_refused(delivery)
        else:
            _postpone(delivery, refused)
        with suppress(OSError, smtplib.SMTPException):
            connection.close()
        return False
    except Exception as error:  # noqa: BLE001 - this one waits; the rest of the batch goes on
        _postpone(delivery, error)
        with suppress(OSError, smtplib.SMTPException):
            connection.close()
        return False
    return _settle_sent(delivery, mail.to[0])


def _gather(delivery: Delivery) -> bool:
    """Put it aside for the next digest, if that is what its reader wants and no earlier attempt may have sent it."""
    kind = kinds.get(delivery.event.topic)
    if kind is None or delivery.user is None or delivery.attempts > 1:
        return False
    if choices.how_for(delivery.user, kind) != How.DIGEST:
        return False
    with transaction.atomic():
        choices.lock(delivery.user)
        if choices.how_for(delivery.user, kind) != How.DIGEST:  # changed in this moment
            return False
        _settle(delivery, Delivery.State.GATHERED)
    return True


def _render(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail. Raises Unwanted if it no longer concerns the person, or they turned its kind off."""
    reader = delivery.reader
    if not reader.is_active:
        raise Unwanted(Delivery.NOT_CONCERNED)
    with reading_as(reader):
        letter = _letter(delivery, reader)
        may_turn_off = delivery.user is not None and unsubscribing.is_possible(delivery.event.topic)
        ways = unsubscribing.ways(reader, delivery.event.topic) if may_turn_off else {}
        return compose(letter, to=reader, message_id=delivery.message_id, **ways)


def _letter(delivery: Delivery, reader: User) -> Letter:
    if delivery.event.topic == digests.TOPIC:
        letter = digests.letter(delivery, reader)
        if letter is None:
            raise Unwanted(Delivery.NOT_CONCERNED)
        return letter
    kind = kinds.get(delivery.event.topic)
    audience = kind.audiences.get(delivery.audience) if kind else None
    if kind is None or audience is None or audience.letter is None:
        raise LookupError("of a newer version")  # waits, and the new workers send it
    if delivery.user is not None and choices.how_for(delivery.user, kind) == How.OFF:
        raise Unwanted(Delivery.TURNED_OFF)
    if audience.still_in is not None and not audience.still_in(delivery.event, reader):
        raise Unwanted(Delivery.NOT_CONCERNED)
    return audience.letter(kinds.load_facts([delivery.event])[delivery.event_id], reader)


# --- How an attempt ends --------------------------------------------------------------------------------------------


def _settle(delivery: Delivery, state: str, **fields) -> bool:
    """Write the end of an attempt, unless another worker took the delivery over when our lease ran out."""
    ours = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.SENDING, attempts=delivery.attempts)
    return bool(ours.update(state=state, **fields))


@transaction.atomic
def _settle_sent(delivery: Delivery, address: str) -> bool:
    if delivery.user is not None:
        RefusedAddress.objects.filter(user=delivery.user, address=address).delete()  # it takes mail again
    return _settle(delivery, Delivery.State.SENT, sent_at=timezone.now())


@transaction.atomic
def _settle_refused(delivery: Delivery) -> None:
    """Refused for good: this mail is not tried again, and the person is told where they will see it."""
    if _settle(delivery, Delivery.State.SUPPRESSED, problem=Delivery.REFUSED) and delivery.user is not None:
        RefusedAddress.objects.update_or_create(
            user=delivery.user, defaults={"address": delivery.user.email, "refused_at": timezone.now()}
        )


def _patience_is_over(delivery: Delivery, now: datetime) -> bool:
    since = delivery.retried_at or delivery.created_at
    return now - since > settings.DELIVERY_GIVE_UP_AFTER and delivery.attempts >= FEWEST_ATTEMPTS


def _postpone(delivery: Delivery, error: Exception) -> None:
    now = timezone.now()
    problem = type(error).__name__
    if _patience_is_over(delivery, now):
        _give_up(delivery, problem, now)
        return
    _settle(
        delivery,
        Delivery.State.PENDING,
        problem=problem,
        next_at=now + pause_before(delivery.attempts),
        lease_until=now,
    )
    logger.warning("Delivery %s failed (%s), attempt %s", delivery.pk, problem, delivery.attempts)


@transaction.atomic
def _give_up(delivery: Delivery, problem: str, now: datetime) -> None:
    if _settle(delivery, Delivery.State.DEAD, problem=problem):
        operators.post_given_up(now)
        logger.error("Delivery %s given up after %s attempts (%s)", delivery.pk, delivery.attempts, problem)


def retry(delivery_id: int, *, now: datetime) -> bool:
    """Try once more what was given up, with new patience. False if it is not given up (any more).

    Attempts are counted on, never anew: their number is the ticket by which a late worker is told from the present one.
    """
    given_up = Delivery.objects.given_up().filter(pk=delivery_id)
    again = {"next_at": now, "lease_until": now, "retried_at": now}
    return bool(given_up.update(state=Delivery.State.PENDING, problem="", **again))

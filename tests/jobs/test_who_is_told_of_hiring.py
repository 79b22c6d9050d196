"""Exactly who is told of what until somebody is hired, by name: in the inbox, and by mail."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from collaborators.models import Side
from jobs import actions, events
from jobs.events import hiring
from notifications.models import Event
from tests.jobs.people import Town, part
from tests.notifications.test_who_is_told import mailed, told

pytestmark = pytest.mark.django_db

STORE = {"Camille Roche", "Manon Manager"}
NORD = {"Ines Owner", "Tom Jobs"}
NOBODY: set[str] = set()


def decline(town: Town) -> None:
    actions.decline_proposal(town.answer(town.ask()), by=town.owner)


def lapse(town: Town) -> None:
    town.ask()
    actions.lapse_all_due(now=timezone.now() + timedelta(hours=72))


def lapse_unanswered(town: Town) -> None:
    town.answer(town.ask())
    actions.lapse_all_due(now=timezone.now() + timedelta(hours=72))


def close(town: Town) -> None:
    job = town.ask(town.nord, town.lumen)
    actions.accept_proposal(town.answer(job, town.lumen), by=town.owner)


def cancel(town: Town, side: Side) -> None:
    job = town.hire()
    ours = {"partner": town.nord, "by": town.ines} if side is Side.PARTNER else {"by": town.manager}
    actions.cancel_job(job, side=side, reason="Over.", **ours)


CASES = [
    ("job.invited", lambda town: town.ask(), NORD, NORD),
    ("job.lapsed", lapse, STORE, STORE),
    ("job.lapsed", lapse_unanswered, STORE | NORD, STORE | NORD),
    ("job.proposed", lambda town: town.propose(), STORE, STORE),
    ("job.declined", decline, NORD, NORD),
    (
        "job.declined",
        lambda town: actions.decline_invitation(town.ask(), partner=town.nord, by=town.tom),
        STORE,
        STORE,
    ),
    ("job.withdrawn", lambda town: actions.withdraw_proposal(town.answer(town.ask()), by=town.tom), STORE, NOBODY),
    ("job.hired", lambda town: town.hire(), NORD, NORD),
    ("job.closed", close, NORD, NORD),
    ("job.cancelled", lambda town: cancel(town, Side.STORE), NORD, NORD),
    ("job.cancelled", lambda town: cancel(town, Side.PARTNER), STORE, STORE),
]


@pytest.mark.parametrize(
    ("topic", "act", "inbox", "mails"), CASES, ids=[f"{n}-{row[0]}" for n, row in enumerate(CASES)]
)
def test_each_event_tells_exactly_these_people(town, deliver, topic, act, inbox, mails):
    act(town)
    deliver()
    assert told(topic) == inbox
    assert mailed(topic) == mails
    assert Event.objects.filter(topic=topic).count() == 1


def test_every_kind_until_somebody_is_hired_is_in_the_table():
    assert {row[0] for row in CASES} == {kind.topic for kind in hiring.KINDS}
    assert {kind.topic for kind in hiring.KINDS} <= {kind.topic for kind in events.KINDS}


def test_what_no_longer_waits_is_not_mailed(town, deliver):
    """The invitation was answered, and the proposal withdrawn, before the mails left."""
    actions.withdraw_proposal(town.answer(town.ask()), by=town.tom)
    deliver()
    assert mailed("job.invited") == mailed("job.proposed") == NOBODY


def test_who_was_posted_a_job_that_is_cancelled_reads_no_reason(town, deliver, mailoutbox):
    job = town.ask(town.nord, town.lumen)
    actions.cancel_job(job, side=Side.STORE, reason="A secret reason.", by=town.manager)
    with time_machine.travel(timezone.now(), tick=False):
        deliver()
    assert part(job, town.nord).status == "closed"
    assert mailed("job.closed") == NORD | {"Luc Lumen"}
    assert told("job.cancelled") == NOBODY
    assert not [mail for mail in mailoutbox if "secret" in mail.body]

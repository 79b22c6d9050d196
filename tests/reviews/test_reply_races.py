"""Two at once get one reply and one clear answer; an edit never wakes up what was withdrawn. Red without the locks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from notifications.models import Event
from reviews import ratings
from reviews.actions.steps import lock_review
from reviews.errors import ReplyMovedOn, ReviewMovedOn
from reviews.models import Reply
from reviews.models.replies import ReplyQuerySet
from tests.races import MEETING_TIMEOUT, UNGUARDED_TIMEOUT, meeting, together, without_locks
from tests.reviews.replying import Scene, make_scene

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_THE_REPLY = (ReplyQuerySet, "create")  # between the guard and the write
OTHER = "Thank you, Camille. Ask us again any time."


def two_replies(scene: Scene) -> list[Callable[[], Any]]:
    return [lambda: scene.reply(by="owner"), lambda: scene.reply("We are glad to read this.", by="speaker")]


def test_of_two_replies_at_once_one_stands(monkeypatch):
    scene = make_scene()
    with meeting(monkeypatch, BEFORE_THE_REPLY, parties=2):
        results = together(two_replies(scene))
    [winner] = [result for result in results if isinstance(result, Reply)]
    [loser] = [result for result in results if isinstance(result, Exception)]
    assert type(loser) is ReplyMovedOn
    assert str(loser).startswith(f"{winner.author} replied to this review on ")
    assert Reply.objects.get() == winner
    assert (scene.rating.answered, scene.is_right()) == (1, True)
    assert Event.objects.filter(topic="reply.published").count() == 1


def test_without_the_lock_only_the_database_is_left(monkeypatch):
    scene = make_scene()
    with without_locks(monkeypatch, meet_at=BEFORE_THE_REPLY, parties=2):
        results = together(two_replies(scene))
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]


# --- One act in the middle of another -------------------------------------------------------------------------------


@contextmanager
def overtaken(monkeypatch, slow: Callable, quick: Callable, *, timeout: float) -> Iterator[list[Callable[[], Any]]]:
    """`slow` stops between its guard and its first write until `quick`, which begins then, is done; or, where a lock
    keeps `quick` out, for `timeout` seconds."""
    arrived, done, who = threading.Event(), threading.Event(), threading.local()
    original = ratings.recounted

    def recounted(*args):
        if getattr(who, "is_slow", False):
            arrived.set()
            done.wait(timeout)
        return original(*args)

    def run_slow():
        who.is_slow = True
        return slow()

    def run_quick():
        assert arrived.wait(UNGUARDED_TIMEOUT)
        try:
            return quick()
        finally:
            done.set()

    with monkeypatch.context() as patched:
        patched.setattr(ratings, "recounted", recounted)
        yield [run_slow, run_quick]


@contextmanager
def unlocked(monkeypatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
        yield


@transaction.atomic
def remove(scene: Scene) -> None:
    """What operators do to a review."""
    locked = lock_review(scene.review)
    review = locked.review
    with ratings.recounted(locked.partner, locked.store.pk):
        review.removed_at, review.removed_for = timezone.now(), "advertising"
        review.save(update_fields=["removed_at", "removed_for"])


def edit_and_withdraw(scene: Scene, reply: Reply) -> tuple[Callable, Callable]:
    return lambda: scene.edit(reply, OTHER, by="speaker"), lambda: scene.withdraw(reply, by="owner")


def test_a_withdrawal_in_the_middle_of_an_edit_comes_after_it(monkeypatch):
    scene = make_scene()
    slow, quick = edit_and_withdraw(scene, reply := scene.reply())
    with overtaken(monkeypatch, slow, quick, timeout=MEETING_TIMEOUT) as acts:
        together(acts)
    reply.refresh_from_db()
    assert (reply.text, reply.is_live, scene.now.answered_at) == (OTHER, False, None)
    assert (scene.rating.answered, scene.is_right()) == (0, True)


def test_without_the_lock_a_withdrawn_reply_counts_as_an_answer(monkeypatch):
    scene = make_scene()
    slow, quick = edit_and_withdraw(scene, reply := scene.reply())
    with unlocked(monkeypatch), overtaken(monkeypatch, slow, quick, timeout=UNGUARDED_TIMEOUT) as acts:
        together(acts)
    reply.refresh_from_db()
    assert (reply.is_live, scene.now.answered_at) == (False, reply.published_at)


def test_an_edit_in_the_middle_of_a_withdrawal_is_refused(monkeypatch):
    scene = make_scene()
    quick, slow = edit_and_withdraw(scene, reply := scene.reply())
    with overtaken(monkeypatch, slow, quick, timeout=MEETING_TIMEOUT) as acts:
        _withdrawn, refused = together(acts)
    assert type(refused) is ReplyMovedOn
    reply.refresh_from_db()
    assert (reply.is_live, reply.edits, scene.now.answered_at) == (False, 0, None)


def test_a_removal_in_the_middle_of_a_reply_comes_after_it(monkeypatch):
    scene = make_scene()
    with overtaken(monkeypatch, scene.reply, lambda: remove(scene), timeout=MEETING_TIMEOUT) as acts:
        reply, _removed = together(acts)
    assert isinstance(reply, Reply)
    assert not scene.now.is_live
    assert (scene.rating.answered, scene.rating.removed, scene.is_right()) == (0, 1, True)


def test_a_reply_in_the_middle_of_a_removal_is_refused(monkeypatch):
    scene = make_scene()
    with overtaken(monkeypatch, lambda: remove(scene), scene.reply, timeout=MEETING_TIMEOUT) as acts:
        _removed, refused = together(acts)
    assert type(refused) is ReviewMovedOn
    assert not Reply.objects.exists()


def test_without_the_lock_only_the_database_keeps_a_reply_from_a_removed_review(monkeypatch):
    scene = make_scene()
    with (
        unlocked(monkeypatch),
        overtaken(monkeypatch, scene.reply, lambda: remove(scene), timeout=UNGUARDED_TIMEOUT) as acts,
    ):
        refused, _removed = together(acts)
    assert type(refused) is IntegrityError

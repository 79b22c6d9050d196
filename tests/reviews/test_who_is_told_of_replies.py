"""Of a reply, an edit and a withdrawal the one is told who wrote the review, as long as they write reviews there."""

from time import monotonic

import pytest
from django.core import mail

from notifications import delivery
from notifications.models import Delivery, Notification
from reviews.events import KINDS, replies
from stores.models import Staff
from tests.reviews.replying import TEXT, Scene, make_scene

pytestmark = pytest.mark.django_db

EDITED = "Thank you, Camille. Come back soon."
TOPICS = ("reply.published", "reply.edited", "reply.withdrawn")


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def tell() -> None:
    delivery.tell_untold(until=monotonic() + 30)


def send() -> None:
    delivery.send_due(until=monotonic() + 30)


def told(topic: str) -> list[str]:
    return list(Notification.objects.filter(event__topic=topic).values_list("user__name", flat=True))


def act(scene: Scene, topic: str) -> None:
    reply = scene.reply(by="speaker")
    if topic == "reply.edited":
        scene.edit(reply, EDITED)
    if topic == "reply.withdrawn":
        scene.withdraw(reply)


@pytest.mark.parametrize("topic", TOPICS)
def test_whoever_wrote_the_review_is_told_and_nobody_else(scene, topic):
    act(scene, topic)
    tell()
    send()
    assert told(topic) == ["Odile Owner"]
    assert [message.to for message in mail.outbox if message.to != [scene["author"].email]] == []
    assert Delivery.objects.filter(event__topic=topic, state=Delivery.State.SENT).count() == 1


def test_the_mail_shows_the_reply_and_both_ratings(scene):
    scene.reply()
    tell()
    send()
    [letter] = mail.outbox
    assert letter.subject == "Atelier Nord replied to your review"
    for words in (TEXT, "5 of 5", "4 of 5", "You get this because you wrote this review for Maison Lavande."):
        assert words in letter.body


def test_a_mail_about_a_reply_that_is_gone_is_not_sent(scene):
    reply = scene.reply()
    tell()
    scene.withdraw(reply)
    send()
    tell()
    send()
    assert [letter.subject for letter in mail.outbox] == ["Atelier Nord withdrew the reply to your review"]
    assert TEXT not in mail.outbox[0].body


@pytest.mark.parametrize("topic", TOPICS)
def test_an_author_who_left_the_staff_is_not_told(topic):
    scene = make_scene()
    staff = Staff.objects.get(user=scene["manager"])
    type(scene.review).objects.filter(pk=scene.review.pk).update(author=staff.user)
    scene.review.author = staff.user
    act(scene, topic)
    tell()
    staff.delete()
    send()
    assert told(topic) == ["Manon Manager"]
    assert not mail.outbox
    scene.review.refresh_from_db()


def test_nor_is_one_who_had_left_before(scene):
    staff = Staff.objects.get(user=scene["manager"])
    type(scene.review).objects.filter(pk=scene.review.pk).update(author=staff.user)
    staff.delete()
    scene.reply()
    tell()
    assert told("reply.published") == []


def test_every_kind_about_replies_is_tried_here():
    assert {kind.topic for kind in replies.KINDS} == set(TOPICS)
    assert {kind.topic for kind in replies.KINDS} <= {kind.topic for kind in KINDS}

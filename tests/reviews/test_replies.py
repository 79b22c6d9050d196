"""One live reply to a review, by those who speak for the partner; edited, withdrawn, written anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import NotAllowed
from notifications.models import Event
from reviews.actions import replies
from reviews.errors import ReplyMovedOn, ReviewMovedOn
from reviews.models import Reply, ReplyVersion, Review
from stores.models import Activity
from tests.reviews.replying import TEXT, Scene, make_scene

pytestmark = pytest.mark.django_db

OTHER = "Thank you, Camille. Ask us again any time."


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def topics() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("topic", flat=True))


@pytest.mark.parametrize("who", ["owner", "speaker"])
def test_who_speaks_for_the_partner_replies(scene, who):
    reply = scene.reply(by=who)
    assert reply.is_live
    assert (reply.author, reply.text, reply.partner) == (scene[who], TEXT, scene.review.partner)
    assert scene.now.answered_at == reply.published_at
    assert scene.now.version == scene.review.version + 1
    assert (scene.rating.answered, scene.is_right()) == (1, True)
    assert topics() == ["reply.published"]
    assert Activity.objects.get().kind == "reply.published"


@pytest.mark.parametrize("who", ["member", "stranger", "operator", "author", "manager"])
def test_nobody_else_replies_edits_or_withdraws(scene, who):
    with pytest.raises(NotAllowed):
        scene.reply(by=who)
    reply = scene.reply()
    version, said = scene.rating.version, topics()
    for act in (lambda: scene.edit(reply, OTHER, by=who), lambda: scene.withdraw(reply, by=who)):
        with pytest.raises(NotAllowed):
            act()
    reply.refresh_from_db()
    assert (reply.text, reply.is_live, reply.edits) == (TEXT, True, 0)
    assert (scene.rating.version, topics()) == (version, said)


def test_who_lost_the_right_is_refused_at_that_moment(scene):
    scene.review.partner.memberships.filter(user=scene["speaker"]).update(permissions=[])
    with pytest.raises(NotAllowed):
        scene.reply(by="speaker")
    assert not Reply.objects.exists()


def test_the_second_hears_who_replied_and_when(scene):
    scene.reply()
    with pytest.raises(ReplyMovedOn) as refused:
        scene.reply("We are glad that you like it.", by="speaker")
    assert str(refused.value).startswith("Ines Owner replied to this review on ")
    assert Reply.objects.count() == 1


def test_the_same_reply_said_twice_is_answered_like_the_first_time(scene):
    assert scene.reply() == scene.reply()
    assert topics() == ["reply.published"]


def test_a_removed_review_cannot_be_answered(scene):
    Review.objects.filter(pk=scene.review.pk).update(removed_at=timezone.now(), removed_for="advertising")
    with pytest.raises(ReviewMovedOn) as refused:
        scene.reply()
    assert "nothing to answer" in str(refused.value)
    assert not Reply.objects.exists()


def test_nor_is_its_reply_edited_or_withdrawn(scene):
    reply = scene.reply()
    Review.objects.filter(pk=scene.review.pk).update(removed_at=timezone.now(), removed_for="advertising")
    for act in (lambda: scene.edit(reply, OTHER), lambda: scene.withdraw(reply)):
        with pytest.raises(ReviewMovedOn):
            act()
    reply.refresh_from_db()
    assert (reply.text, reply.is_live) == (TEXT, True)


# --- Edited ---------------------------------------------------------------------------------------------------------


def test_what_a_reply_said_before_is_kept(scene):
    reply = scene.reply()
    edited = scene.edit(reply, OTHER, by="speaker", edits=0)
    assert (edited.text, edited.edits) == (OTHER, 1)
    assert edited.edited_at is not None
    version = ReplyVersion.objects.get()
    assert (version.text, version.replaced_by) == (TEXT, scene["speaker"])
    assert scene.now.answered_at == reply.published_at  # an edit is no later answer
    assert scene.now.version == scene.review.version + 2
    assert topics() == ["reply.published", "reply.edited"]
    assert scene.is_right()


def test_an_identical_edit_changes_nothing(scene):
    reply = scene.reply()
    seen = scene.now.version, scene.rating.version
    assert scene.edit(reply, TEXT, by="speaker", edits=7).edited_at is None
    assert (scene.now.version, scene.rating.version) == seen
    assert topics() == ["reply.published"]


@pytest.mark.parametrize("counted", [1, 1_000_000])
def test_edits_that_never_were_get_a_sentence(scene, counted):
    reply = scene.reply()
    with pytest.raises(ReplyMovedOn) as refused:
        scene.edit(reply, OTHER, edits=counted)
    assert str(refused.value) == "This reply was never edited. Read what it says now, then edit it again."
    reply.refresh_from_db()
    assert (reply.text, reply.edits, topics()) == (TEXT, 0, ["reply.published"])


def test_who_edits_what_is_not_there_any_more_hears_who_edited_it(scene):
    reply = scene.reply()
    scene.edit(reply, OTHER, edits=0)
    with pytest.raises(ReplyMovedOn) as refused:
        scene.edit(reply, "Thank you, Camille. See you soon.", by="speaker", edits=0)
    assert str(refused.value).startswith("Ines Owner edited this reply on ")
    reply.refresh_from_db()
    assert reply.text == OTHER


# --- Withdrawn ------------------------------------------------------------------------------------------------------


def test_a_reply_is_withdrawn_and_the_review_waits_again(scene):
    reply = scene.withdraw(scene.reply(), by="speaker")
    assert (reply.is_live, reply.withdrawn_by) == (False, scene["speaker"])
    assert scene.now.answered_at is None
    assert (scene.rating.answered, scene.is_right()) == (0, True)
    assert topics() == ["reply.published", "reply.withdrawn"]


def test_after_that_a_new_one_may_be_written(scene):
    scene.withdraw(scene.reply())
    again = scene.reply()
    assert Reply.objects.live().get() == again
    assert Reply.objects.count() == 2
    assert scene.now.answered_at == again.published_at


def test_withdrawing_twice_is_answered_like_the_first_time_and_to_others_with_who_did(scene):
    reply = scene.withdraw(scene.reply())
    assert scene.withdraw(reply) == reply
    for act in (lambda: scene.withdraw(reply, by="speaker"), lambda: scene.edit(reply, OTHER)):
        with pytest.raises(ReplyMovedOn) as refused:
            act()
        assert str(refused.value).startswith("Ines Owner withdrew this reply on ")
    assert topics() == ["reply.published", "reply.withdrawn"]


def test_a_reply_that_operators_removed_is_not_edited(scene):
    reply = scene.reply()
    Reply.objects.filter(pk=reply.pk).update(removed_at=timezone.now(), removed_for="advertising")
    for act in (lambda: scene.edit(reply, OTHER), lambda: scene.withdraw(reply)):
        with pytest.raises(ReplyMovedOn) as refused:
            act()
        assert str(refused.value).startswith("This reply was removed on ")


def test_the_time_to_answer_is_counted_from_the_live_reply(scene):
    Review.objects.filter(pk=scene.review.pk).update(published_at=timezone.now() - timedelta(hours=30))
    replies.publish_reply(scene.review, text=TEXT, by=scene["owner"])
    assert scene.rating.hours_to_answer == 48

"""Operators keep or remove what was reported: for a reason, once, apart from both sides, and everybody is told."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.errors import NotAllowed
from notifications.models import Event
from partners.models import PartnerRating
from reviews import ratings
from reviews.actions import moderation
from reviews.errors import DecidedAlready, ExplanationNeeded, NotImpartial, ReasonNeeded
from reviews.models import Reply, Report
from stores.models import Activity
from tests.factories import MembershipFactory, ReplyFactory, ReportFactory, StaffFactory, UserFactory
from tests.reviews.raw import change

pytestmark = pytest.mark.django_db

WHY = {"reason": "advertising", "explanation": "It is an advertisement for a newsletter."}


def an_operator(**kwargs):
    """With the right to decide about reports, and no other."""
    operator = UserFactory.create(is_staff=True, **kwargs)
    operator.user_permissions.add(Permission.objects.get(codename="change_report"))
    return operator


@pytest.fixture
def operator():
    return an_operator(name="Ops Operator")


@pytest.fixture
def reply():
    reply = ReplyFactory.create()
    ratings.rebuild(reply.partner_id)
    return reply


@pytest.fixture
def of_review(reply):
    return ReportFactory.create(review=reply.review)


@pytest.fixture
def of_reply(reply):
    return ReportFactory.create(review=None, reply=reply)


def figures(reply) -> tuple[int, int, int]:
    rating = PartnerRating.objects.get(partner=reply.partner_id)
    return rating.reviews, rating.answered, rating.removed


def everything() -> tuple:
    return (
        list(Report.objects.order_by("pk").values()),
        list(Reply.objects.order_by("pk").values()),
        list(PartnerRating.objects.values()),
        Event.objects.count(),
        Activity.objects.count(),
    )


# --- What a decision does -------------------------------------------------------------------------------------------


def test_what_is_kept_stays_as_it_was(of_review, reply, operator):
    before = reply.review.version
    report = moderation.keep(of_review, explanation="An honest opinion.", by=operator)
    reply.review.refresh_from_db()
    assert reply.review.is_live
    assert reply.review.version == before
    assert (report.status, report.decided_by, report.explanation) == ("kept", operator, "An honest opinion.")
    assert figures(reply) == (1, 1, 0)


def test_a_removed_review_leaves_a_line_in_the_count(of_review, reply, operator):
    version = PartnerRating.objects.get(partner=reply.partner_id).version
    moderation.remove(of_review, **WHY, by=operator)
    review = reply.review
    review.refresh_from_db()
    assert (review.is_live, review.removed_for, review.version) == (False, "advertising", 2)
    assert figures(reply) == (0, 0, 1)
    assert PartnerRating.objects.get(partner=reply.partner_id).version == version + 1
    assert ratings.rebuild(reply.partner_id) is False


def test_a_removed_reply_leaves_the_review_unanswered(of_reply, reply, operator):
    moderation.remove(of_reply, **WHY, by=operator)
    reply.refresh_from_db()
    assert (reply.is_live, reply.removed_for) == (False, "advertising")
    reply.review.refresh_from_db()
    assert (reply.review.is_live, reply.review.answered_at, reply.review.version) == (True, None, 2)
    assert figures(reply) == (1, 0, 0)
    assert ratings.rebuild(reply.partner_id) is False


def test_a_reply_that_was_withdrawn_is_removed_without_touching_the_one_that_followed(of_reply, reply, operator):
    change(reply, withdrawn_at=timezone.now(), withdrawn_by_id=reply.author_id)
    following = ReplyFactory.create(review=reply.review, author=reply.author)
    moderation.remove(of_reply, **WHY, by=operator)
    reply.review.refresh_from_db()
    assert reply.review.answered_at == following.published_at


def test_a_decision_settles_everything_that_waits_about_the_same_thing(of_review, of_reply, reply, operator):
    others = [ReportFactory.create(review=reply.review, reason="harmful") for _ in range(2)]
    elsewhere = ReportFactory.create()
    moderation.remove(of_review, **WHY, by=operator)
    for report in (of_review, *others):
        report.refresh_from_db()
        assert (report.status, report.decided_by, report.decided_for) == ("removed", operator, "advertising")
    for untouched in (of_reply, elsewhere):
        untouched.refresh_from_db()
        assert untouched.is_open
    assert Event.objects.filter(topic="report.decided").count() == 1


def test_what_was_kept_may_be_reported_by_somebody_else_and_removed(of_review, reply, operator):
    moderation.keep(of_review, by=operator)
    moderation.remove(ReportFactory.create(review=reply.review), **WHY, by=an_operator())
    of_review.refresh_from_db()
    assert of_review.status == "kept"
    assert figures(reply) == (0, 0, 1)


def test_both_sides_find_it_in_their_activity_with_the_reason_and_without_a_name(of_review, operator):
    moderation.remove(of_review, **WHY, by=operator)
    [row] = Activity.objects.all()
    assert (row.kind, row.actor, row.partner) == ("report.decided", None, of_review.review.partner)
    assert row.after == {"reported": "review", "verdict": "removed", "removed_for": "advertising"}


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "refused"),
    [
        ({"reason": "", "explanation": "Because."}, ReasonNeeded),
        ({"reason": "negative", "explanation": "Because."}, ReasonNeeded),
        ({"reason": "advertising", "explanation": ""}, ExplanationNeeded),
        ({"reason": "advertising", "explanation": " \n"}, ExplanationNeeded),
    ],
)
def test_nothing_is_removed_without_a_reason_that_there_is_and_an_explanation(of_review, operator, why, refused):
    before = everything()
    with pytest.raises(refused):
        moderation.remove(of_review, **why, by=operator)
    assert everything() == before


def test_operators_alone_decide_and_only_with_the_right(of_review, of_reply, reply):
    without_right = UserFactory.create(is_staff=True)
    not_staff = an_operator()
    not_staff.is_staff = False
    not_staff.save()
    gone = an_operator(is_active=False)
    before = everything()
    for person in (without_right, not_staff, gone, reply.author, reply.review.author, of_review.reported_by):
        for report in (of_review, of_reply):
            with pytest.raises(NotAllowed):
                moderation.keep(report, by=person)
            with pytest.raises(NotAllowed):
                moderation.remove(report, **WHY, by=person)
    assert everything() == before


def test_whoever_belongs_to_a_side_decides_nothing(of_review, of_reply, reply):
    in_team, on_staff, owner = an_operator(), an_operator(), an_operator()
    MembershipFactory.create(partner=reply.partner, user=in_team)
    StaffFactory.create(store=reply.review.store, user=on_staff)
    change(reply.review.store, owner_id=owner.pk)
    before = everything()
    for person in (in_team, on_staff, owner):
        for report in (of_review, of_reply):
            with pytest.raises(NotImpartial):
                moderation.keep(report, by=person)
            with pytest.raises(NotImpartial):
                moderation.remove(report, **WHY, by=person)
    assert everything() == before


def test_the_second_operator_hears_who_decided(of_review, operator):
    moderation.keep(of_review, by=operator)
    before = everything()
    with pytest.raises(DecidedAlready) as late:
        moderation.remove(of_review, **WHY, by=an_operator())
    assert str(late.value).startswith("Ops Operator decided on")
    with pytest.raises(DecidedAlready):
        moderation.keep(of_review, by=an_operator())
    with pytest.raises(DecidedAlready):  # nor does somebody turn their own decision round
        moderation.remove(of_review, **WHY, by=operator)
    assert everything() == before


@pytest.mark.parametrize("decide", ["keep", "remove"])
def test_the_same_decision_again_is_answered_like_the_first_time(of_review, operator, decide):
    words = WHY if decide == "remove" else {}
    first = getattr(moderation, decide)(of_review, **words, by=operator)
    before = everything()
    assert getattr(moderation, decide)(of_review, **words, by=operator).decided_at == first.decided_at
    assert everything() == before


# --- Who is told ----------------------------------------------------------------------------------------------------


def told(deliver, topic: str) -> dict[str, str]:
    """Who finds it in their inbox, and in which role."""
    deliver()
    rows = Event.objects.filter(topic=topic).values_list("notifications__user__name", "notifications__audience")
    return {name: audience for name, audience in rows if name}


def test_operators_who_may_decide_are_told_of_a_report(deliver, of_review, operator):
    from reviews.actions.reports import report_review

    in_team = an_operator(name="In The Team")
    MembershipFactory.create(partner=of_review.review.partner, user=in_team)
    UserFactory.create(name="Without The Right", is_staff=True)
    report_review(of_review.review, reason="personal", by=UserFactory.create())
    assert told(deliver, "report.made") == {"Ops Operator": "operator"}


@pytest.mark.parametrize("reported", ["review", "reply"])
def test_both_sides_and_all_who_reported_are_told_of_a_decision(deliver, mailoutbox, reply, operator, reported):
    thing = {"review": {"review": reply.review}, "reply": {"review": None, "reply": reply}}[reported]
    author, replier = reply.review.author, reply.author
    author.name, replier.name = "Camille Author", "Ines Owner"
    author.save(), replier.save()
    MembershipFactory.create(partner=reply.partner, user__name="Lea Lists", permissions=["manage_public_listings"])
    MembershipFactory.create(partner=reply.partner, user__name="Tom Without", permissions=["manage_jobs"])
    StaffFactory.create(store=reply.review.store, user__name="Manon Manager", key="store_manager")
    StaffFactory.create(store=reply.review.store, user__name="Clara Clerk")
    reports = [
        ReportFactory.create(**thing, reported_by=UserFactory.create(name=f"Reporter {number}")) for number in (1, 2)
    ]
    moderation.remove(reports[0], **WHY, by=operator)
    assert told(deliver, "report.decided") == {
        "Reporter 1": "reporter",
        "Reporter 2": "reporter",
        "Camille Author": "store",
        "Manon Manager": "store",
        "Ines Owner": "partner",
        "Lea Lists": "partner",
    }
    assert len(mailoutbox) == 6
    for mail in mailoutbox:
        assert "It is an advertisement for a newsletter." in mail.body
        assert "Advertising" in mail.body
        assert "Ops Operator" not in mail.body  # operators decide as one
        others = {"Reporter 1", "Reporter 2"} - {name for name in ("Reporter 1", "Reporter 2") if name in str(mail.to)}
        assert not any(name in mail.body for name in others)


def test_they_were_concerned_and_are_told_even_when_they_left(deliver, mailoutbox, of_review, operator):
    review = of_review.review
    moderation.keep(of_review, by=operator)
    change(review.store, owner_id=UserFactory.create().pk)
    assert told(deliver, "report.decided")[review.author.name] == "store"
    assert review.author.email in {mail.to[0] for mail in mailoutbox}

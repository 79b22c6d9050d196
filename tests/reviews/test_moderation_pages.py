"""Where operators decide: what waits, in the words that were written, and nothing that the rating could be told by."""

import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from notifications import delivery, events
from partners.models import PartnerRating
from reviews import ratings
from reviews.models import Reason, ReplyVersion, Report, ReviewVersion
from tests.factories import MembershipFactory, ReplyFactory, ReportFactory, ReviewFactory, UserFactory
from tests.reviews.raw import change

pytestmark = pytest.mark.django_db

LIST = "admin:reviews_report_changelist"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
REMOVAL = {"verdict": "removed", "reason": "personal", "explanation": "It holds a telephone number."}


def an_operator(*rights: str, **kwargs):
    operator = UserFactory.create(is_staff=True, **kwargs)
    operator.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return operator


@pytest.fixture
def operator(client):
    operator = an_operator("change_report", name="Ops Operator")
    client.force_login(operator)
    return operator


@pytest.fixture
def reply():
    review = ReviewFactory.create(text="They answered late, and were rude on the telephone: 0123.")
    reply = ReplyFactory.create(review=review, text="We are sorry that the line was busy.")
    ratings.rebuild(reply.partner_id)
    return reply


@pytest.fixture
def of_review(reply):
    return ReportFactory.create(review=reply.review, reason="personal", details="There is a number in it.")


@pytest.fixture
def of_reply(reply):
    return ReportFactory.create(review=None, reply=reply, reason="harmful")


def decision(report) -> str:
    return reverse("admin:reviews_report_change", args=[report.pk])


def read(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == HTTPStatus.OK
    return TOKEN.sub("", response.content.decode())


# --- What waits -----------------------------------------------------------------------------------------------------


def test_one_line_for_each_thing_that_waits_the_oldest_first(client, operator, of_review, of_reply):
    ReportFactory.create(review=of_review.review)
    kept = ReportFactory.create(status="kept", decided_at=timezone.now(), decided_by=operator)
    rows = client.get(reverse(LIST)).context["cl"].result_list
    assert [(row.pk, row.number) for row in rows] == [(of_review.pk, 2), (of_reply.pk, 1)]
    decided = client.get(reverse(LIST), {"status": "kept"}).context["cl"].result_list
    assert [(row.pk, row.number) for row in decided] == [(kept.pk, 1)]
    assert len(client.get(reverse(LIST), {"status": "all"}).context["cl"].result_list) == 3


def test_what_one_decision_settled_is_one_line_and_the_next_case_another(client, operator, of_review):
    earlier = {"status": "kept", "decided_at": timezone.now() - timedelta(days=3), "decided_by": operator}
    for _time in range(2):
        ReportFactory.create(review=of_review.review, **earlier)
    rows = client.get(reverse(LIST), {"status": "all"}).context["cl"].result_list
    assert sorted(row.number for row in rows) == [1, 2]


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_list_asks_as_often_for_fifty_as_for_one(client, operator, count, django_assert_max_num_queries):
    for _number in range(count):
        ReportFactory.create()
    with django_assert_max_num_queries(8):
        assert len(client.get(reverse(LIST)).context["cl"].result_list) == count


# --- The page of a decision -----------------------------------------------------------------------------------------


def test_the_page_shows_the_words_what_they_rest_on_and_who_reported_why(client, operator, of_review, reply):
    ReviewVersion.objects.create(
        review=reply.review, communication=3, quality=3, text="They answered late.", replaced_by=reply.review.author
    )
    content = read(client, decision(of_review))
    for shown in (
        reply.review.text,
        "They answered late.",
        "Completed job",
        reply.review.invitation.subject,
        "Personal information",
        "There is a number in it.",
        str(of_review.reported_by),
        "Nothing is removed for being negative",
    ):
        assert shown in content
    assert content.count('name="reason"') == len(Reason)


def test_the_page_of_a_reply_shows_what_it_answers_and_what_it_said_before(client, operator, of_reply, reply):
    ReplyVersion.objects.create(reply=reply, text="The line was busy.", replaced_by=reply.author)
    content = read(client, decision(of_reply))
    for shown in (reply.text, reply.review.text, "The line was busy."):
        assert shown in content


def rated(review, communication: int, quality: int) -> None:
    change(review, communication=communication, quality=quality)
    ratings.rebuild(review.partner_id)


def test_every_page_reads_the_same_whatever_was_rated(client, operator, of_review, of_reply, reply):
    """So no rating can be told from any of them: not in the list, not in the history, not once it is decided."""
    for version in (1, 5):
        ReviewVersion.objects.create(
            review=reply.review, communication=version, quality=5, text="Before.", replaced_by=reply.review.author
        )
    decided = ReportFactory.create(status="kept", decided_at=timezone.now(), decided_by=operator, review=reply.review)
    pages = [reverse(LIST), f"{reverse(LIST)}?status=all", reverse("admin:index")]
    for report in (of_review, of_reply, decided):
        pages += [decision(report), reverse("admin:reviews_report_history", args=[report.pk])]
    read_at = []
    for stars in ((1, 1), (5, 5), (2, 4)):
        rated(reply.review, *stars)
        read_at.append([read(client, page) for page in pages])
    assert PartnerRating.objects.get(partner=reply.partner).mean == 3
    assert read_at[0] == read_at[1] == read_at[2]


def test_no_page_leads_operators_to_where_it_is_rated(client, operator, of_review, of_reply):
    for page in (reverse(LIST), decision(of_review), decision(of_reply)):
        links = re.findall(r'href="([^"]*)"', read(client, page))
        assert not [link for link in links if not link.startswith(("/operator/", "/static/", "#", "?", "/"))]
        assert not [link for link in links if link.startswith(("/reviews/", "/partners/"))]


def test_the_mail_to_operators_says_nothing_of_the_rating(client, mailoutbox, operator, of_review, reply):
    bodies = []
    for stars in ((1, 1), (5, 5)):
        rated(reply.review, *stars)
        events.post(
            "report.made",
            dedupe_key=f"{stars}",
            report=of_review.pk,
            partner=reply.partner_id,
            store=reply.review.store_id,
        )
        delivery.tell_untold(until=float("inf"))
        delivery.send_due(until=float("inf"))
        bodies.append(re.sub(r"/account/\S+", "", mailoutbox[-1].body))
    assert len(mailoutbox) == 2
    assert reply.review.text in bodies[0]
    assert bodies[0] == bodies[1]


def test_reports_are_all_of_reviews_that_operators_can_open():
    """A list of reviews, or of what they add up to, would show the ratings to those who moderate."""
    registered = {model for model in admin.site._registry if model._meta.app_label == "reviews"}
    assert registered == {Report}
    assert PartnerRating not in admin.site._registry


# --- Deciding -------------------------------------------------------------------------------------------------------


def test_an_operator_removes_and_it_stands_in_the_history(client, operator, of_review, reply):
    response = client.post(decision(of_review), REMOVAL, follow=True)
    assert response.redirect_chain == [(reverse(LIST), HTTPStatus.FOUND)]
    reply.review.refresh_from_db()
    assert (reply.review.is_live, reply.review.removed_for) == (False, "personal")
    [entry] = LogEntry.objects.all()
    assert (entry.user, entry.change_message) == (operator, "Decided: removed personal")
    content = read(client, decision(of_review))
    assert "It holds a telephone number." in content
    assert 'name="verdict"' not in content


def test_an_operator_keeps_and_needs_no_explanation(client, operator, of_reply, reply):
    client.post(decision(of_reply), {"verdict": "kept"})
    reply.refresh_from_db()
    of_reply.refresh_from_db()
    assert reply.is_live
    assert of_reply.status == "kept"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Choose whether it stays."),
        ({"verdict": "perhaps"}, "Choose from what is offered."),
        (REMOVAL | {"reason": ""}, "Choose what it is removed for."),
        (REMOVAL | {"reason": "negative"}, "Choose from what is offered."),
        (REMOVAL | {"explanation": ""}, "Explain in a few words why it is removed"),
        (REMOVAL | {"explanation": "x" * 501}, "Use at most 500 characters; yours has 501."),
        (REMOVAL | {"explanation": "a\u202eb"}, "invisible characters"),
    ],
    ids=["nothing", "verdict", "no reason", "unknown reason", "no explanation", "long", "bidi"],
)
def test_a_bad_decision_gets_a_sentence_and_changes_nothing(client, operator, of_review, reply, data, sentence):
    response = client.post(decision(of_review), data)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in response.content.decode()
    of_review.refresh_from_db()
    reply.review.refresh_from_db()
    assert of_review.is_open
    assert reply.review.is_live
    assert not LogEntry.objects.exists()


def test_whoever_comes_second_hears_who_decided(client, of_review, operator):
    client.post(decision(of_review), {"verdict": "kept"})
    client.force_login(an_operator("change_report"))
    content = client.post(decision(of_review), REMOVAL, follow=True).content.decode()
    assert "Ops Operator decided on" in content
    assert LogEntry.objects.count() == 1


def test_the_same_decision_sent_twice_stands_once_in_the_history(client, operator, of_review):
    for _time in range(2):
        assert client.post(decision(of_review), REMOVAL).url == reverse(LIST)
    assert LogEntry.objects.count() == 1


# --- Who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("right", ["change_report", "view_report"])
def test_whoever_belongs_to_a_side_sees_neither_the_reports_nor_who_sent_them(client, of_review, right):
    operator = an_operator(right)
    client.force_login(operator)
    MembershipFactory.create(partner=of_review.review.partner, user=operator)
    for response in (client.get(decision(of_review)), client.post(decision(of_review), REMOVAL)):
        assert response.status_code == HTTPStatus.FORBIDDEN
        assert "You belong to one of the two sides" in response.content.decode()
        assert str(of_review.reported_by) not in response.content.decode()
    of_review.refresh_from_db()
    assert of_review.is_open


@pytest.mark.parametrize("rights", [[], ["change_store"], ["view_review"]], ids=str)
def test_other_operators_have_no_such_page(client, of_review, rights):
    client.force_login(an_operator(*rights))
    for response in (client.get(reverse(LIST)), client.get(decision(of_review)), client.post(decision(of_review), {})):
        assert response.status_code == HTTPStatus.FORBIDDEN


def test_whoever_may_only_look_decides_nothing(client, of_review):
    client.force_login(an_operator("view_report"))
    assert 'name="verdict"' not in read(client, decision(of_review))
    assert client.post(decision(of_review), REMOVAL).status_code == HTTPStatus.FORBIDDEN
    of_review.refresh_from_db()
    assert of_review.is_open


def test_nothing_is_added_or_deleted_here(client, of_review):
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    assert client.get(reverse("admin:reviews_report_add")).status_code == HTTPStatus.FORBIDDEN
    assert client.post(reverse("admin:reviews_report_delete", args=[of_review.pk])).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("key", ["0", "x", "9" * 30, "1%00"])
def test_a_report_that_there_is_not_is_not_found(client, operator, key):
    assert client.get(f"/operator/reviews/report/{key}/change/").status_code in {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.BAD_REQUEST,
    }

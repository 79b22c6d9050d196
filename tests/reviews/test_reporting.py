"""Anybody who is signed in reports a review or a reply, once; it stays online, and operators alone know who did."""

from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from notifications.models import Event
from reviews.actions.reports import report_reply, report_review
from reviews.errors import AlreadyReported, NothingToReport, OwnReply, OwnReview, TooManyReports
from reviews.models import REPORTS_A_DAY, Report
from stores.models import Activity
from tests.factories import MembershipFactory, ReplyFactory, ReportFactory, ReviewFactory, UserFactory
from tests.reviews.raw import change

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def review():
    return ReviewFactory.create()


@pytest.fixture
def reply(review):
    return ReplyFactory.create(review=review)


@pytest.fixture
def somebody():
    return UserFactory.create()


@pytest.fixture
def page(client, somebody):
    client.force_login(somebody)
    return client


def nothing_happened() -> bool:
    return not Report.objects.exists() and not Event.objects.exists() and not Activity.objects.exists()


def of_review(review, *, api: bool = False) -> str:
    return reverse(f"{'api' if api else 'reviews'}:review-report", args=[review.public_id])


def of_reply(review, *, api: bool = False) -> str:
    return reverse(f"{'api' if api else 'reviews'}:reply-report", args=[review.public_id])


# --- Once, by anybody -----------------------------------------------------------------------------------------------


def test_it_stays_online_and_operators_hear_of_it(review, somebody):
    report = report_review(review, reason="personal", details="A phone number.", by=somebody)
    review.refresh_from_db()
    assert review.is_live
    assert review.version == 1
    assert (report.status, report.reason, report.reported_by) == ("open", "personal", somebody)
    [event] = Event.objects.all()
    assert (event.topic, event.payload["report"]) == ("report.made", report.pk)


def test_who_reports_stands_in_nobodys_activity(review, reply, somebody):
    report_review(review, reason="personal", by=somebody)
    report_reply(reply, reason="personal", by=somebody)
    assert not Activity.objects.exists()


def test_the_partner_reports_a_review_and_the_merchant_a_reply(review, reply):
    report_review(review, reason="not_real_work", by=reply.author)
    report_reply(reply, reason="harmful", by=review.author)
    assert Report.objects.open().count() == 2


def test_a_member_who_does_not_speak_for_the_partner_may_report_its_reply(reply):
    report_reply(reply, reason="harmful", by=MembershipFactory.create(partner=reply.partner).user)
    assert Report.objects.count() == 1


def test_a_second_report_hears_when_the_first_was_sent(review, reply, somebody):
    for thing, report in ((review, report_review), (reply, report_reply)):
        report(thing, reason="personal", by=somebody)
        with pytest.raises(AlreadyReported) as again:
            report(thing, reason="advertising", by=somebody)
        assert "It stays online until the operators have decided." in str(again.value)
    assert Report.objects.count() == 2
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("decided", "sentence"),
    [
        ({"status": "kept"}, "The operators decided that it stays."),
        ({"status": "removed", "decided_for": "advertising"}, "The operators removed it."),
    ],
)
def test_after_the_decision_a_second_report_hears_it(review, somebody, decided, sentence):
    whole = {"decided_at": NOW, "decided_by": UserFactory.create(), **decided}
    ReportFactory.create(review=review, reported_by=somebody, **whole)
    if decided["status"] == "removed":
        change(review, removed_at=NOW, removed_for="advertising")
    with pytest.raises(AlreadyReported) as again:
        report_review(review, reason="personal", by=somebody)
    assert sentence in str(again.value)


# --- What is refused ------------------------------------------------------------------------------------------------


def test_nobody_reports_what_they_wrote_themselves(review, reply):
    with pytest.raises(OwnReview):
        report_review(review, reason="personal", by=review.author)
    speaker = MembershipFactory.create(partner=reply.partner, permissions=["manage_public_listings"]).user
    for own in (reply.author, speaker):
        with pytest.raises(OwnReply):
            report_reply(reply, reason="personal", by=own)
    assert nothing_happened()


def test_what_is_not_online_is_not_reported(review, reply, somebody):
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    with pytest.raises(NothingToReport):
        report_reply(reply, reason="personal", by=somebody)
    change(reply, withdrawn_at=None, withdrawn_by_id=None)
    change(review, removed_at=NOW, removed_for="personal")
    for thing, report in ((review, report_review), (reply, report_reply)):  # nor the reply to what was removed
        with pytest.raises(NothingToReport):
            report(thing, reason="personal", by=somebody)
    assert nothing_happened()


def test_one_person_reports_so_much_a_day(review, somebody):
    for number in range(REPORTS_A_DAY):
        sent = NOW - timedelta(hours=23) if number else NOW - timedelta(hours=25)
        ReportFactory.create(reported_by=somebody, reported_at=sent)
    report_review(review, reason="personal", by=somebody)  # the first of them was before yesterday
    with pytest.raises(TooManyReports):
        report_review(ReviewFactory.create(), reason="personal", by=somebody)
    report_review(ReviewFactory.create(), reason="personal", by=UserFactory.create())


# --- The page -------------------------------------------------------------------------------------------------------


def test_the_page_quotes_what_is_reported_and_offers_five_reasons(page, review, reply):
    for address, text in ((of_review(review), review.text), (of_reply(review), reply.text)):
        content = page.get(address).content.decode()
        assert text in content
        assert content.count('type="radio"') == 5
        assert "nothing is removed for being negative" in content


def test_a_report_is_sent_and_then_shown_with_how_it_stands(page, review, somebody):
    response = page.post(of_review(review), {"reason": "personal", "details": "A phone number."}, follow=True)
    assert response.redirect_chain == [(of_review(review), HTTPStatus.FOUND)]
    content = response.content.decode()
    assert "Thank you." in content
    assert "Waits for a decision" in content
    assert "A phone number." in content
    assert 'type="radio"' not in content
    assert Report.objects.get().reported_by == somebody


def test_the_form_sent_twice_reports_once(page, review):
    for _time in range(2):
        response = page.post(of_review(review), {"reason": "personal"})
        assert (response.status_code, response.url) == (HTTPStatus.FOUND, of_review(review))
    assert Report.objects.count() == Event.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Choose a reason."),
        ({"reason": "negative"}, "Choose from what is offered."),
        ({"reason": "personal", "details": "x" * 501}, "Use at most 500 characters; yours has 501."),
        ({"reason": "personal", "details": "a\u202eb"}, "invisible characters"),
        ({"reason": "personal", "details": "a\x00b"}, "control characters"),
    ],
    ids=["none", "unknown", "long", "bidi", "nul"],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(page, review, data, sentence):
    response = page.post(of_review(review), data)
    assert response.status_code in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}
    content = response.content.decode()
    if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
        assert sentence in content
        assert ("checked" in content) == (data.get("reason") == "personal")
    assert nothing_happened()


def test_details_count_code_points_and_a_line_break_as_one(page, review):
    page.post(of_review(review), {"reason": "personal", "details": "é" * 499 + "\r\n" + ""})
    page.post(of_reply(ReplyFactory.create().review), {"reason": "personal", "details": "👩‍🎨" * 100 + "\r\n" * 100})
    assert Report.objects.count() == 2


def test_a_reply_that_took_the_place_of_another_is_read_first(page, review, reply):
    seen = str(reply.public_id)
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    ReplyFactory.create(review=review, author=reply.author, text="Another one, and kinder.")
    response = page.post(of_reply(review), {"reason": "harmful", "seen": seen}, follow=True)
    assert "replaced by another one" in response.content.decode()
    assert "Another one, and kinder." in response.content.decode()
    assert not Report.objects.exists()


def test_the_page_of_what_is_gone_says_so_and_shows_nothing_of_it(page, review, reply):
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    gone = page.get(of_reply(review))
    assert gone.status_code == HTTPStatus.GONE
    assert reply.text not in gone.content.decode()
    change(review, removed_at=NOW, removed_for="personal")
    gone = page.get(of_review(review))
    assert gone.status_code == HTTPStatus.GONE
    assert review.text not in gone.content.decode()
    assert "not online any more" in gone.content.decode()


def test_ones_own_words_have_no_form(client, review, reply):
    for person, address in ((review.author, of_review(review)), (reply.author, of_reply(review))):
        client.force_login(person)
        content = client.get(address).content.decode()
        assert 'type="radio"' not in content
        assert client.post(address, {"reason": "personal"}).status_code == HTTPStatus.FORBIDDEN
    assert nothing_happened()


def test_what_is_not_there_is_not_found(page, review):
    assert page.get(of_reply(review)).status_code == HTTPStatus.NOT_FOUND  # nobody replied
    assert page.get(reverse("reviews:review-report", args=[uuid4()])).status_code == HTTPStatus.NOT_FOUND


def test_signed_out_people_are_sent_to_sign_in(client, review, reply):
    for address in (of_review(review), of_reply(review)):
        assert client.post(address, {"reason": "personal"}).url.startswith(reverse("account_login"))
    assert nothing_happened()


# --- The API --------------------------------------------------------------------------------------------------------


def test_the_api_takes_a_report_and_says_how_it_stands(page, review, reply):
    for address in (of_review(review, api=True), of_reply(review, api=True)):
        assert page.get(address).status_code == HTTPStatus.NOT_FOUND
        made = page.post(address, {"reason": "personal", "details": "A phone number."}, "application/json")
        assert made.status_code == HTTPStatus.CREATED
        assert (made.json()["status"], made.json()["decided_for"]) == ("open", "")
        assert page.get(address).json() == made.json()
        again = page.post(address, {"reason": "personal"}, "application/json")
        assert (again.status_code, again.json()["code"]) == (HTTPStatus.CONFLICT, "already_reported")
    assert Report.objects.count() == 2


def test_a_repeat_under_the_same_key_gets_the_same_answer(page, review):
    first, second = (
        page.post(
            of_review(review, api=True), {"reason": "personal"}, "application/json", headers={"Idempotency-Key": "k"}
        )
        for _time in range(2)
    )
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    "body", [{}, {"reason": "negative"}, {"reason": 3}, {"reason": "personal", "details": "x" * 501}], ids=str
)
def test_the_api_says_which_field_is_wrong(page, review, body):
    answer = page.post(of_review(review, api=True), body, "application/json")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["fields"].keys() == ({"details"} if "details" in body else {"reason"})
    assert nothing_happened()


def test_the_api_refuses_as_the_page_does(client, page, review, reply):
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    gone = page.post(of_reply(review, api=True), {"reason": "personal"}, "application/json")
    assert (gone.status_code, gone.json()["code"]) == (HTTPStatus.CONFLICT, "nothing_to_report")
    client.force_login(review.author)
    own = client.post(of_review(review, api=True), {"reason": "personal"}, "application/json")
    assert (own.status_code, own.json()["code"]) == (HTTPStatus.FORBIDDEN, "own_review")
    assert nothing_happened()

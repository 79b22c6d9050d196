"""The store writes a review in the browser; all of it without a script, and nothing that was typed is lost."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from notifications.models import Event
from partners.models import PartnerRating
from reviews.actions.invitation_sweeps import lapse_all
from reviews.models import Review, ReviewInvitation, ReviewVersion
from tests.factories import MembershipFactory, ReviewFactory, ReviewInvitationFactory, StaffFactory, StoreFactory
from tests.reviews.people import hand_over, people, tell

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
SAID = {"communication": "5", "quality": "4", "text": "Clear at every step.", "key": "one", "step": "publish"}


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def cast():
    return people()


@pytest.fixture
def invitation(cast):
    return cast.invited(by=cast.manager)


@pytest.fixture
def as_manager(client, cast):
    client.force_login(cast.manager)
    return client


@pytest.fixture
def later(frozen, client, cast):
    """That much later the manager signs in anew."""

    def pass_by(time: timedelta) -> None:
        frozen.shift(time)
        client.force_login(cast.manager)

    return pass_by


def making(invitation: ReviewInvitation) -> str:
    return reverse("reviews:review-making", args=[invitation.store.handle, invitation.public_id])


def page_of(review: Review) -> str:
    return reverse("reviews:review", args=[review.store.handle, review.public_id])


def correction(review: Review) -> str:
    return reverse("reviews:review-correction", args=[review.store.handle, review.public_id])


def answer(invitation: ReviewInvitation) -> str:
    return reverse("reviews:handover-answer", args=[invitation.store.handle, invitation.public_id])


def reviews_of(invitation: ReviewInvitation) -> str:
    return reverse("reviews:review-list", args=[invitation.store.handle])


def text(response) -> str:
    return " ".join(response.content.decode().split())


def assert_nothing_was_written() -> None:
    assert not Review.objects.exists()
    assert not Event.objects.filter(topic="review.published").exists()
    assert not PartnerRating.objects.exclude(reviews=0).exists()


# --- The way there --------------------------------------------------------------------------------------------------


def test_whoever_approves_lands_on_the_review_in_the_same_breath(as_manager, cast):
    completion = cast.say_done()
    job_page = reverse("jobs:job", args=[cast.store.handle, completion.job.public_id])
    assert "Once approved, you are asked for a review of" in text(as_manager.get(job_page))
    response = as_manager.post(
        reverse("jobs:completion-approval", args=[cast.store.handle, completion.public_id]), follow=True
    )
    assert response.redirect_chain == [(making(ReviewInvitation.objects.get()), 302)]
    assert "Approved. The job is completed" in text(response)
    assert "How did" in text(response)
    assert "Write a review" in text(as_manager.get(job_page))


def test_whoever_may_not_write_reviews_stays_on_the_job(client, cast):
    completion = cast.say_done()
    client.force_login(cast.clerk)
    response = client.post(reverse("jobs:completion-approval", args=[cast.store.handle, completion.public_id]))
    job_page = reverse("jobs:job", args=[cast.store.handle, completion.job.public_id])
    assert response.url == job_page
    assert ReviewInvitation.objects.exists()
    assert "Write a review" not in text(client.get(job_page))


def test_an_owner_of_the_partner_is_not_asked(client, cast):
    MembershipFactory.create(partner=cast.partner, user=cast.owner)
    completion = cast.say_done()
    job_page = reverse("jobs:job", args=[cast.store.handle, completion.job.public_id])
    client.force_login(cast.owner)
    assert "you are asked for a review" not in text(client.get(job_page))
    response = client.post(reverse("jobs:completion-approval", args=[cast.store.handle, completion.public_id]))
    assert response.url == job_page
    assert 'id="review"' not in text(client.get(job_page))


def test_the_job_leads_to_what_was_written(as_manager, cast, invitation):
    job_page = reverse("jobs:job", args=[cast.store.handle, invitation.completion.job.public_id])
    as_manager.post(making(invitation), SAID)
    assert page_of(Review.objects.get()) in text(as_manager.get(job_page))


# --- The form -------------------------------------------------------------------------------------------------------


def test_the_stars_are_radio_buttons_with_names(as_manager, invitation):
    page = text(as_manager.get(making(invitation)))
    for name in ("communication", "quality"):
        assert page.count(f'type="radio" name="{name}"') == 5
    for number in range(1, 6):
        assert page.count(f'<span class="visually-hidden">{number} of 5</span>') == 2
    assert "<legend>Communication</legend>" in page
    assert "<legend>Quality of work</legend>" in page


def test_a_preview_shows_how_it_reads_and_publishes_nothing(as_manager, invitation):
    response = as_manager.post(making(invitation), SAID | {"step": "preview", "text": "Clear <b>at</b> every step."})
    page = text(response)
    assert response.status_code == 200
    assert "How it will read" in page
    assert page.count("Clear &lt;b&gt;at&lt;/b&gt; every step.") == 2  # in the preview, and still in the form
    assert response.context["form"]["communication"].value() == "5"
    assert page.count("Publish review") == 2
    assert 'value="one"' in page
    assert_nothing_was_written()


def test_publishing_settles_the_invitation_counts_and_tells(as_manager, cast, invitation):
    response = as_manager.post(making(invitation), SAID, follow=True)
    review = Review.objects.get()
    assert response.redirect_chain == [(page_of(review), 302)]
    assert (review.communication, review.quality, review.text) == (5, 4, "Clear at every step.")
    assert (review.author, review.store, review.partner) == (cast.manager, cast.store, cast.partner)
    assert review.services == invitation.services
    invitation.refresh_from_db()
    assert (invitation.status, invitation.settled_by, invitation.settled_at) == ("written", cast.manager, NOW)
    rating = PartnerRating.objects.get(partner=cast.partner)
    assert (rating.reviews, rating.stores, rating.mean) == (1, 1, 4.5)
    assert Event.objects.get(topic="review.published").payload["review"] == review.pk


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"communication": "0"}, "Choose one to five stars."),
        ({"communication": "6"}, "Choose one to five stars."),
        ({"quality": "4.5"}, "Choose one to five stars."),
        ({"quality": ""}, "Choose one to five stars."),
        ({"quality": "１"}, "Choose one to five stars."),
        ({"communication": "1", "text": ""}, "a rating of 1 or 2 needs a text"),
        ({"quality": "2", "text": " \n "}, "a rating of 1 or 2 needs a text"),
        ({"text": "123456789"}, "Write at least 10 characters, or leave it out; yours has 9."),
        ({"text": "é" * 2001}, "Use at most 2000 characters; yours has 2001."),
        ({"text": "Clear at\x07 every step."}, "This contains control characters."),
        ({"text": "Clear at\u202e every step."}, "invisible characters"),
        ({"text": "\u200e" * 12}, "This would look empty."),
    ],
    ids=[
        "zero",
        "six",
        "half",
        "missing",
        "fullwidth",
        "one-no-text",
        "two-blank",
        "nine",
        "long",
        "bell",
        "bidi",
        "lrm",
    ],
)
@pytest.mark.parametrize("step", ["preview", "publish"])
def test_bad_input_gets_a_sentence_and_changes_nothing(as_manager, invitation, typed, sentence, step):
    response = as_manager.post(making(invitation), SAID | {"step": step} | typed)
    page = text(response)
    assert response.status_code == 422
    assert sentence in page
    assert "How it will read" not in page
    kept = typed.get("text", SAID["text"]).strip()
    assert kept in response.content.decode()
    assert_nothing_was_written()


@pytest.mark.parametrize("typed", ["", "1234567890", "é" * 2000, "e\u0301" * 2000, "a\r\n" + "b" * 1998])
def test_what_is_long_enough_and_not_too_long_is_kept(as_manager, invitation, typed):
    assert as_manager.post(making(invitation), SAID | {"text": typed}).status_code == 302
    assert len(Review.objects.get().text) in {0, 10, 2000}


def test_a_null_byte_is_a_400(as_manager, invitation):
    assert as_manager.post(making(invitation), SAID | {"text": "Clear at \x00 every step."}).status_code in {400, 422}
    assert_nothing_was_written()


def test_the_same_sent_twice_is_answered_alike(as_manager, invitation):
    first, second = (as_manager.post(making(invitation), SAID).url for _ in range(2))
    assert first == second == page_of(Review.objects.get())
    without_key = as_manager.post(making(invitation), SAID | {"key": "another"})
    assert without_key.url == first
    assert Event.objects.filter(topic="review.published").count() == 1


# --- Too late, or not theirs ----------------------------------------------------------------------------------------


def test_a_second_review_hears_who_wrote_the_first_and_keeps_what_was_typed(client, cast, invitation):
    client.force_login(cast.owner)
    client.post(making(invitation), SAID)
    client.force_login(cast.manager)
    response = client.post(making(invitation), SAID | {"text": "My own words here.", "key": "two"})
    page = text(response)
    assert response.status_code == 409
    assert f"{cast.owner} wrote this review on" in page
    assert "My own words here." in page
    assert page_of(Review.objects.get()) in page
    assert Review.objects.get().text == SAID["text"]
    assert client.get(making(invitation)).url == page_of(Review.objects.get())


@pytest.mark.parametrize("swept", [True, False])
def test_after_sixty_days_it_is_too_late(as_manager, invitation, later, swept):
    later(timedelta(days=60))
    if swept:
        lapse_all(now=NOW + timedelta(days=60))
    response = as_manager.post(making(invitation), SAID)
    assert response.status_code == 409
    assert "The time to write this review ended on 5 July 2030" in text(response)
    assert SAID["text"] in text(response)
    assert "The time to write this review ended" in text(as_manager.get(making(invitation)))
    assert "Write a review" not in text(as_manager.get(reviews_of(invitation)))
    assert_nothing_was_written()


def test_a_moment_before_it_is_not(as_manager, invitation, later):
    later(timedelta(days=60) - timedelta(seconds=1))
    assert as_manager.post(making(invitation), SAID).status_code == 302


@pytest.mark.parametrize("who", ["manager", "owner"])
def test_the_partners_own_people_do_not_review_it(client, cast, invitation, who):
    person = getattr(cast, who)
    MembershipFactory.create(partner=cast.partner, user=person)
    client.force_login(person)
    for response in (client.get(making(invitation)), client.post(making(invitation), SAID)):
        assert response.status_code == 403
        assert "so you cannot review its work" in text(response)
    assert "How did" not in text(client.get(reviews_of(invitation)))
    assert_nothing_was_written()


def test_what_the_store_answers_is_not_for_the_partners_own_people_to_read(client, cast, invitation):
    """In the API as on the pages: whether they worked on the store, say."""
    listed = reverse("api:store-review-invitations", args=[cast.store.handle])
    one = reverse("api:store-review-invitation", args=[cast.store.handle, invitation.public_id])
    client.force_login(cast.manager)
    assert [row["id"] for row in client.get(listed).json()["results"]] == [str(invitation.public_id)]
    assert client.get(one).status_code == 200
    MembershipFactory.create(partner=cast.partner, user=cast.manager)
    assert client.get(listed).json()["results"] == []
    refused = client.get(one)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_partners_review")


def test_an_invitation_of_another_store_does_not_exist_here(as_manager, cast, invitation):
    foreign = ReviewInvitationFactory.create()
    here = reverse("reviews:review-making", args=[cast.store.handle, foreign.public_id])
    for address in (making(foreign), here):
        assert as_manager.post(address, SAID).status_code == 404
    assert_nothing_was_written()


def test_staff_without_the_right_and_collaborators_do_not_write(client, cast, invitation):
    client.force_login(cast.clerk)
    assert client.post(making(invitation), SAID).status_code == 403
    client.force_login(cast.lea)
    assert client.post(making(invitation), SAID).status_code == 404
    assert_nothing_was_written()


# --- After a hand-over ----------------------------------------------------------------------------------------------


@pytest.fixture
def taken_over(client):
    offer = hand_over()
    tell(offer)
    client.force_login(offer.accepted_by)
    return ReviewInvitation.objects.get()


def test_the_question_comes_first_and_says_what_a_no_means(client, taken_over):
    page = text(client.get(making(taken_over)))
    assert f"Did {taken_over.partner} work on this store before it was handed over to you?" in page
    assert "With a no this is closed for good" in page
    assert 'type="radio"' not in page
    response = client.post(making(taken_over), SAID | {"services": ["speed"]})
    assert response.status_code == 422
    assert "Say first whether the partner worked on the store" in text(response)
    assert_nothing_was_written()


def test_a_yes_leads_to_the_form_which_asks_what_was_done(client, taken_over):
    response = client.post(answer(taken_over), {"worked_here": "yes"}, follow=True)
    assert response.redirect_chain == [(making(taken_over), 302)]
    assert "What did they do?" in text(response)
    refused = client.post(making(taken_over), SAID)
    assert refused.status_code == 422
    assert "Choose what the partner did for the store." in text(refused)
    unknown = client.post(making(taken_over), SAID | {"services": ["sorcery"]})
    assert unknown.status_code == 422
    assert_nothing_was_written()
    client.post(making(taken_over), SAID | {"services": ["theme_design", "speed"]})
    review = Review.objects.get()
    assert (review.source, review.services) == ("handover", ["theme_design", "speed"])


def test_a_no_closes_for_good(client, taken_over):
    response = client.post(answer(taken_over), {"worked_here": "no"}, follow=True)
    assert "is not reviewed" in text(response)
    taken_over.refresh_from_db()
    assert (taken_over.status, taken_over.worked_here) == ("closed", False)
    again = client.post(answer(taken_over), {"worked_here": "yes"}, follow=True)
    assert "said on 6 May 2030" in text(again)
    assert client.post(making(taken_over), SAID | {"services": ["speed"]}).status_code == 409
    assert "there was no work to review" in text(client.get(making(taken_over)))
    assert_nothing_was_written()


def test_neither_yes_nor_no_is_asked_again(client, taken_over):
    response = client.post(answer(taken_over), {"worked_here": "perhaps"}, follow=True)
    assert "Answer with yes or no." in text(response)
    taken_over.refresh_from_db()
    assert taken_over.worked_here is None


def test_a_job_has_no_question(as_manager, invitation):
    response = as_manager.post(answer(invitation), {"worked_here": "no"}, follow=True)
    assert "There is no question to answer" in text(response)
    invitation.refresh_from_db()
    assert invitation.status == "open"


# --- Correcting -----------------------------------------------------------------------------------------------------


@pytest.fixture
def review(as_manager, invitation):
    as_manager.post(making(invitation), SAID)
    return Review.objects.get()


def test_the_form_holds_what_was_said(as_manager, review):
    page = text(as_manager.get(correction(review)))
    assert SAID["text"] in page
    assert page.count(" checked") == 2


def test_a_correction_is_marked_kept_counted_and_told(as_manager, cast, review, later):
    later(timedelta(days=14) - timedelta(seconds=1))
    better = SAID | {"quality": "2", "text": "Not so clear after all."}
    response = as_manager.post(correction(review), better, follow=True)
    assert response.redirect_chain == [(page_of(review), 302)]
    assert "edited" in text(response)
    assert SAID["text"] in text(response)  # what it said before
    review.refresh_from_db()
    assert (review.quality, review.text, review.version) == (2, "Not so clear after all.", 2)
    assert review.edited_at == NOW + timedelta(days=14) - timedelta(seconds=1)
    [version] = ReviewVersion.objects.all()
    assert (version.quality, version.text, version.replaced_by) == (4, SAID["text"], cast.manager)
    assert PartnerRating.objects.get(partner=cast.partner).mean == 3.5
    assert Event.objects.filter(topic="review.edited").count() == 1


def test_a_preview_of_a_correction_corrects_nothing(as_manager, review):
    response = as_manager.post(correction(review), SAID | {"text": "Not so clear after all.", "step": "preview"})
    assert "How it will read" in text(response)
    review.refresh_from_db()
    assert review.text == SAID["text"]


def assert_as_it_was(review: Review) -> None:
    review.refresh_from_db()
    assert (review.text, review.version, review.edited_at) == (SAID["text"], 1, None)
    assert not ReviewVersion.objects.exists()
    assert not Event.objects.filter(topic="review.edited").exists()


def test_what_is_the_same_changes_nothing(as_manager, review):
    response = as_manager.post(correction(review), SAID, follow=True)
    assert "Nothing was different" in text(response)
    assert_as_it_was(review)


def test_after_fourteen_days_it_stays_as_it_is(as_manager, review, later):
    later(timedelta(days=14))
    response = as_manager.post(correction(review), SAID | {"text": "Not so clear after all."})
    assert response.status_code == 409
    assert "The time to correct this review ended on" in text(response)
    assert "Not so clear after all." in text(response)
    assert "The time to correct" in text(as_manager.get(correction(review)))
    assert correction(review) not in text(as_manager.get(page_of(review)))
    assert_as_it_was(review)


def test_a_removed_review_is_not_corrected(as_manager, review):
    Review.objects.filter(pk=review.pk).update(removed_at=NOW, removed_for="advertising")
    response = as_manager.post(correction(review), SAID | {"text": "Not so clear after all."})
    assert response.status_code == 409
    assert "This review was removed on" in text(response)
    assert_as_it_was(review)
    assert "Reason: Advertising" in text(as_manager.get(page_of(review)))


def test_only_the_author_corrects(client, cast, review):
    client.force_login(cast.owner)
    assert client.get(correction(review)).status_code == 403
    response = client.post(correction(review), SAID | {"text": "Not so clear after all."})
    assert response.status_code == 403
    assert "Only whoever wrote a review may correct it." in text(response)
    assert_as_it_was(review)


def test_an_author_who_joined_the_partner_corrects_nothing(as_manager, cast, review):
    MembershipFactory.create(partner=cast.partner, user=cast.manager)
    assert as_manager.post(correction(review), SAID | {"text": "Much better now."}).status_code == 403
    assert_as_it_was(review)


@pytest.mark.parametrize("seen", ["", "2030-05-06T11:00:00+00:00", "yesterday", "2030-99-99T00:00"])
def test_a_form_that_is_out_of_date_is_told_and_keeps_what_was_typed(as_manager, review, later, seen):
    later(timedelta(minutes=1))
    as_manager.post(correction(review), SAID | {"text": "Not so clear after all."})
    response = as_manager.post(correction(review), SAID | {"text": "A third wording of it.", "edited_at": seen})
    assert response.status_code == 409
    assert "You corrected this review meanwhile" in text(response)
    assert "A third wording of it." in text(response)
    review.refresh_from_db()
    assert review.text == "Not so clear after all."
    page = as_manager.get(correction(review)).context["form"]
    now = as_manager.post(
        correction(review), SAID | {"text": "A third wording of it.", "edited_at": page["edited_at"].value()}
    )
    assert now.status_code == 302


# --- The list -------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_waits_and_what_was_written(as_manager, cast, invitation):
    page = text(as_manager.get(reviews_of(invitation)))
    assert "Open until 5 July 2030" in page
    assert "asked you" in page
    as_manager.post(making(invitation), SAID)
    page = text(as_manager.get(reviews_of(invitation) + "?tab=open"))
    assert "Nothing is to be reviewed" in page
    page = text(as_manager.get(reviews_of(invitation)))
    assert SAID["text"] in page
    assert 'aria-label="5 of 5"' in page


def test_an_empty_store_is_told_how_reviews_come(client):
    store = StoreFactory.create()
    client.force_login(store.owner)
    assert "Nothing is to be reviewed" in text(client.get(reverse("reviews:review-list", args=[store.handle])))
    written = client.get(reverse("reviews:review-list", args=[store.handle]) + "?tab=written")
    assert "No review was written yet" in text(written)


def test_the_home_and_the_rail_say_what_waits(as_manager, cast, invitation):
    page = text(as_manager.get(reverse("store-home", args=[cast.store.handle])))
    assert "1 review to write" in page
    assert reviews_of(invitation) in page
    assert "One thing waits for your answer." in page
    assert 'Reviews <span class="count">1</span>' in page


def test_a_review_of_another_store_does_not_exist_here(as_manager, cast):
    foreign = ReviewFactory.create()
    assert as_manager.get(page_of(foreign)).status_code == 404
    assert as_manager.get(reverse("reviews:review", args=[cast.store.handle, foreign.public_id])).status_code == 404
    assert as_manager.post(correction(foreign), SAID).status_code == 404


def test_somebody_else_of_the_staff_finds_it_too(client, cast, invitation):
    client.force_login(StaffFactory.create(store=cast.store, key="store_manager").user)
    assert f"asked {cast.manager}" in text(client.get(reviews_of(invitation)))

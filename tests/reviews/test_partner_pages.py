"""Services › Reviews: what merchants wrote, in the order in which it wants an answer, and the page of one review."""

from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import Partner
from reviews import ratings
from reviews.models import Reply, Review, ReviewVersion
from reviews.reply_forms import REPLY_ERRORS
from tests.factories import ReplyFactory, ReviewFactory, StoreFactory
from tests.reviews.replying import TEXT, Scene, make_scene

pytestmark = pytest.mark.django_db

LIST = "/partner/atelier-nord/services/reviews/"


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def client_of(scene: Scene, who: str = "owner") -> Client:
    client = Client()
    client.force_login(scene[who], backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def path(name: str, review: Review) -> str:
    return reverse(f"reviews:{name}", args=["atelier-nord", review.public_id])


def stores(response) -> list[str]:
    return [row["review"].store.name for row in response.context["rows"]]


def review_of(scene: Scene, name: str, **facts) -> Review:
    made = ReviewFactory.create(partner=scene.review.partner, store=StoreFactory.create(name=name), **facts)
    ratings.rebuild(scene.review.partner_id)
    return made


# --- The list -------------------------------------------------------------------------------------------------------


def test_the_lowest_then_the_oldest_stands_on_top(scene):
    review_of(scene, "Low", communication=2, quality=5, text="Nine days without an answer.")
    review_of(scene, "Lowest", communication=1, quality=5, text="Nobody called us back.")
    review_of(scene, "Low too", communication=5, quality=2, text="The menu is broken.")
    shown = client_of(scene).get(LIST)
    assert stores(shown) == ["Lowest", "Low", "Low too", "Maison Lavande"]
    assert {each["tab"]: each["count"] for each in shown.context["tabs"]} == {"to_answer": 4, "answered": 0, "all": 4}


def test_answered_and_removed_ones_have_their_place(scene):
    ReplyFactory.create(review=scene.review)
    review_of(scene, "Gone", removed_at=timezone.now(), removed_for="advertising")
    waits = review_of(scene, "Waits")
    client = client_of(scene)
    assert stores(client.get(LIST)) == ["Waits"]
    assert stores(client.get(f"{LIST}?tab=answered")) == ["Maison Lavande"]
    everything = client.get(f"{LIST}?tab=all")
    assert stores(everything) == ["Waits", "Gone", "Maison Lavande"]
    assert "Removed by the operators" in everything.content.decode()
    assert "Advertising" in everything.content.decode()
    assert str(waits.public_id) in everything.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("search=SIZE+guide", ["Maison Lavande"]),
        ("search=brum", ["Bruma"]),
        ("stars=5", ["Maison Lavande"]),  # 4.5 rounds up
        ("stars=3", ["Bruma"]),
        ("source=handover", ["Lune"]),
        ("since=2026-01-02&until=2026-01-02", ["Lune"]),
        ("until=2026-01-01", []),
        ("stars=3&search=size", []),
    ],
)
def test_reviews_are_looked_for(scene, asked, found):
    review_of(scene, "Bruma", communication=2, quality=4, text="Late twice.")
    handed_over = review_of(
        scene, "Lune", invitation__handed_over=True, communication=1, quality=1, text="A mess, sadly."
    )
    Review.objects.filter(pk=handed_over.pk).update(published_at=timezone.make_aware(timezone.datetime(2026, 1, 2, 12)))
    assert stores(client_of(scene).get(f"{LIST}?tab=to_answer&{asked}")) == found


@pytest.mark.parametrize(
    "asked",
    [
        "stars=6",
        "source=love",
        "since=yesterday",
        "since=2026-02-01&until=2026-01-01",
        "search=%00",
        "until=0001-01-01",
    ],
)
def test_what_cannot_be_looked_for_finds_nothing_and_says_so(scene, asked):
    shown = client_of(scene).get(f"{LIST}?{asked}")
    assert shown.status_code in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}
    if shown.context and "rows" in shown.context:
        assert stores(shown) == []
        assert shown.context["form"].errors


@pytest.mark.parametrize("tab", ["to_answer", "answered", "all"])
def test_pages_show_each_review_once_in_both_directions(scene, tab):
    for number in range(44):
        low = 1 + number % 3
        made = review_of(scene, f"Shop {number}", communication=low, quality=5, text="It went as it went.")
        if tab == "answered":
            ReplyFactory.create(review=made)
    if tab == "answered":
        ReplyFactory.create(review=scene.review)
    client, seen, query = client_of(scene), [], ""
    while query is not None:
        shown = client.get(f"{LIST}?tab={tab}{query}")
        seen.append(stores(shown))
        after = shown.context["page"].after
        query = f"&after={after}" if after else None
    names = [name for each in seen for name in each]
    assert len(names) == len(set(names)) == 45
    back = client.get(f"{LIST}?tab={tab}&before={shown.context['page'].before}")
    assert stores(back) == seen[-2]


def test_a_page_goes_on_after_a_review_that_was_answered_meanwhile(scene):
    low = [review_of(scene, f"Shop {number}", communication=1, text="It went as it went.") for number in range(3)]
    ReplyFactory.create(review=low[1])
    assert stores(client_of(scene).get(f"{LIST}?tab=to_answer&after={low[1].public_id}")) == [
        "Shop 2",
        "Maison Lavande",
    ]


def test_the_rating_card_shows_figures_that_are_kept(scene):
    scene.reply()
    shown = client_of(scene).get(f"{LIST}?tab=all").content.decode()
    for words in ("4.5", "of 5", "100\N{NO-BREAK SPACE}%", "within 1 hour", "1 review with 5 of 5"):
        assert words in shown
    french = client_of(scene).get(f"{LIST}?tab=all", headers={"accept-language": "fr"}).content.decode()
    assert "4,5" in french


def test_before_the_first_review_the_page_says_what_brings_one():
    scene = make_scene()
    other = Partner.objects.exclude(pk=scene.review.partner_id).get(memberships__user=scene["stranger"])
    shown = client_of(scene, "stranger").get(f"/partner/{other.slug}/services/reviews/")
    assert "No review yet" in shown.content.decode()
    assert "when they approve a completion" in shown.content.decode()


# --- As a file ------------------------------------------------------------------------------------------------------


def test_the_file_holds_what_is_looked_for_and_no_formula(scene):
    review_of(scene, "=Bruma", communication=2, quality=4, text="@late, twice.")
    client = client_of(scene)

    def rows(query: str) -> list[str]:
        return b"".join(client.get(f"{LIST}export/{query}").streaming_content).decode().splitlines()

    assert len(rows("")) == 3
    [_head, row] = rows("?tab=to_answer&stars=3")
    assert ",'=Bruma," in row
    assert "'@late, twice." in row
    assert len(rows("?tab=answered")) == 1
    assert len(rows("?stars=9")) == 1


# --- One review -----------------------------------------------------------------------------------------------------


def test_a_review_shows_what_it_rests_on_and_what_it_said_before(scene):
    ReviewVersion.objects.create(
        review=scene.review, communication=2, quality=2, text="At first we waited.", replaced_by=scene["author"]
    )
    Review.objects.filter(pk=scene.review.pk).update(
        edited_at=timezone.now(), published_at=timezone.now() - timedelta(days=3)
    )
    page = client_of(scene).get(path("partner-review", scene.review)).content.decode()
    for words in ("Completed job", "Theme refresh", "At first we waited.", "Edited", "3 days", "Submit reply"):
        assert words in page


def test_a_reply_is_sent_and_shown(scene):
    sent = client_of(scene).post(path("reply-making", scene.review), {"text": TEXT, "key": str(uuid4())}, follow=True)
    assert sent.status_code == HTTPStatus.OK
    assert "Published. Maison Lavande is told." in sent.content.decode()
    assert Reply.objects.get().text == TEXT
    assert "Submit reply" not in sent.content.decode()


def test_a_form_that_came_twice_replies_once(scene):
    client, form = client_of(scene), {"text": TEXT, "key": str(uuid4())}
    for _time in range(2):
        assert client.post(path("reply-making", scene.review), form).status_code == HTTPStatus.FOUND
    assert Reply.objects.count() == 1
    other = client.post(path("reply-making", scene.review), form | {"text": "Something else, this time."})
    assert other.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "You sent this form once already." in other.content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", str(REPLY_ERRORS["required"])),
        ("   \n ", str(REPLY_ERRORS["required"])),
        ("Thank you", "Write at least 10 characters."),
        ("a" * 1001, "Use at most 1,000 characters. You used 1001."),
        ("Thank\u202eyou so much", "invisible characters"),
        ("Thank you\x00 so much", None),
    ],
)
def test_what_is_no_reply_gets_a_sentence_and_stays_in_the_form(scene, text, sentence):
    answer = client_of(scene).post(path("reply-making", scene.review), {"text": text})
    assert answer.status_code in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}
    if sentence:
        assert sentence in answer.content.decode()
    assert not Reply.objects.exists()


def test_lengths_count_code_points(scene):
    client = client_of(scene)
    assert client.post(path("reply-making", scene.review), {"text": "👩‍🚀" * 333 + "!"}).status_code == HTTPStatus.FOUND
    assert len(Reply.objects.get().text) == 1000


def test_who_comes_second_keeps_what_was_typed(scene):
    scene.reply()
    answer = client_of(scene, "speaker").post(
        path("reply-making", scene.review), {"text": "We are glad that you like it."}
    )
    assert answer.status_code == HTTPStatus.CONFLICT
    page = answer.content.decode()
    assert "Ines Owner replied to this review on " in page
    assert "We are glad that you like it." in page
    assert TEXT in page
    assert Reply.objects.count() == 1


def test_a_removed_review_has_no_form_and_takes_no_reply(scene):
    Review.objects.filter(pk=scene.review.pk).update(removed_at=timezone.now(), removed_for="personal")
    client = client_of(scene)
    page = client.get(path("partner-review", scene.review)).content.decode()
    assert "Submit reply" not in page
    assert "Personal information" in page
    answer = client.post(path("reply-making", scene.review), {"text": TEXT})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "there is nothing to answer" in answer.content.decode()
    assert not Reply.objects.exists()


def test_a_reply_is_edited_on_its_page_and_marked(scene):
    reply, client = scene.reply(), client_of(scene, "speaker")
    form = client.get(path("reply-edit", scene.review)).content.decode()
    assert "Save reply" in form
    assert TEXT in form
    saved = client.post(
        path("reply-edit", scene.review), {"text": "Thank you, Camille. Come back soon.", "edits": "0"}, follow=True
    )
    page = saved.content.decode()
    for words in ("Saved. Maison Lavande is told of what changed.", "edited", "What it said before", TEXT):
        assert words in page
    stale = client.post(path("reply-edit", scene.review), {"text": "Thank you, Camille. Not seen.", "edits": "0"})
    assert stale.status_code == HTTPStatus.CONFLICT
    assert "Sam Speaker edited this reply on " in stale.content.decode()
    reply.refresh_from_db()
    assert reply.text == "Thank you, Camille. Come back soon."


def test_a_reply_is_withdrawn_by_its_name(scene):
    reply, client = scene.reply(), client_of(scene)
    for wrong in ({}, {"reply": "x"}, {"reply": str(uuid4())}):
        assert client.post(path("reply-withdrawal", scene.review), wrong).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert scene.now.answered_at
    done = client.post(path("reply-withdrawal", scene.review), {"reply": str(reply.public_id)}, follow=True)
    assert "Withdrawn. Maison Lavande is told." in done.content.decode()
    assert "Former replies" in done.content.decode()
    assert scene.now.answered_at is None


def test_without_a_live_reply_there_is_nothing_to_edit(scene):
    client = client_of(scene)
    assert client.get(path("reply-edit", scene.review)).status_code == HTTPStatus.FOUND
    assert client.post(path("reply-edit", scene.review), {"text": TEXT}).status_code == HTTPStatus.FOUND
    scene.withdraw(scene.reply())
    late = client.post(path("reply-edit", scene.review), {"text": "Thank you for writing."})
    assert late.status_code == HTTPStatus.CONFLICT
    assert "withdrew this reply on" in late.content.decode()


# --- Advice ---------------------------------------------------------------------------------------------------------


def test_advice_comes_as_a_part_while_somebody_types_and_as_a_page_without_a_script(scene):
    client, form = client_of(scene), {"text": "Thank you for the words about the size guide."}
    part = client.post(path("reply-advice", scene.review), form, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert "Thanks the merchant" in part
    assert "Takes up what they wrote (“size guide”)" in part
    page = client.post(path("reply-advice", scene.review), form).content.decode()
    assert "Thanks the merchant" in page
    assert form["text"] in page
    assert not Reply.objects.exists()


def test_advice_never_blocks(scene):
    rude = "You are wrong about everything you wrote here."
    assert client_of(scene).post(path("reply-making", scene.review), {"text": rude}).status_code == HTTPStatus.FOUND


def test_what_others_praised_stands_quietly_beside_a_bad_review_only(scene):
    for name, services in (("One", ["theme_design"]), ("Two", ["theme_design", "catalogue"]), ("Three", ["catalogue"])):
        review_of(scene, name, services=services)
    review_of(scene, "Gone", services=["shipping"], removed_at=timezone.now(), removed_for="advertising")
    low = review_of(
        scene, "Low", communication=2, quality=4, services=["shipping"], text="Nine days without an answer."
    )
    client, quietly = client_of(scene), "What other merchants praised lately:"
    shown = client.get(path("partner-review", low))
    assert set(shown.context["praised"]) == {"Theme design", "Catalogue and product data"}
    assert quietly in shown.content.decode()
    assert quietly not in client.get(path("partner-review", scene.review)).content.decode()


def test_a_reply_that_is_edited_is_not_its_own_former_one(scene):
    scene.reply()
    page = client_of(scene).get(path("reply-edit", scene.review)).content.decode()
    assert "Not the same as one of your last 20 replies" in page

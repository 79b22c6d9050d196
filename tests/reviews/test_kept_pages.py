"""Public pages are kept by the version of what they show, and never stale: each of these edits and reads."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import release
from config.cache import Near, PagesCache, SteadyRedisCache
from partners.models import Partner, PublicListing, TrackRecord
from reviews import ratings
from reviews.models import Reply, Review
from stores.models import Store
from tests.factories import PublicListingFactory, ReplyFactory, ReviewFactory, UserFactory
from tests.reviews.test_public_pages import make_listing, make_review, signed_in

pytestmark = pytest.mark.django_db

PROFILE, DIRECTORY = "/partners/atelier-nord/", "/partners/"


@pytest.fixture
def review() -> Review:
    return make_review(make_listing(), store__name="Maison Lavande", text="What was written first")


@pytest.fixture
def replied(review) -> Reply:
    reply = ReplyFactory.create(review=review, text="What was answered first")
    ratings.rebuild(review.partner_id)
    return reply


# --- As acts change them: in the figures, and in the version of the review --------------------------------------------


def changed(review: Review, **values) -> None:
    with ratings.recounted(review.partner, review.store_id):
        Review.objects.filter(pk=review.pk).update(version=review.version + 1, **values)


def correct(review: Review) -> str:
    changed(review, text="What was corrected", edited_at=timezone.now())
    return "What was corrected"


def rate_anew(review: Review) -> str:
    changed(review, communication=1)
    return 'aria-label="1 of 5"'


def write_reply(review: Review) -> str:
    reply = ReplyFactory.create(review=review, text="What was answered now")
    changed(review, answered_at=reply.published_at)
    return "What was answered now"


def edit_reply(review: Review) -> str:
    Reply.objects.update(text="What was answered then", edited_at=timezone.now())
    changed(review)
    return "What was answered then"


def withdraw_reply(review: Review) -> str:
    Reply.objects.update(withdrawn_at=timezone.now(), withdrawn_by=UserFactory.create())
    changed(review, answered_at=None)
    return "-What was answered first"


def remove_review(review: Review) -> str:
    changed(review, removed_at=timezone.now(), removed_for="personal")
    return "-What was written first"


def rename_store(review: Review) -> str:
    Store.objects.filter(pk=review.store_id).update(name="Café Bruma")
    return "Café Bruma"


def edit_listing(review: Review) -> str:
    listing = PublicListing.objects.get()
    PublicListing.objects.update(name="Studio Sud", version=listing.version + 1)
    return "Studio Sud"


CHANGES = [correct, rate_anew, write_reply, rename_store, edit_listing, remove_review]
WITH_REPLY = [edit_reply, withdraw_reply]


def assert_read_at_once(review: Review, change, client: Client) -> None:
    paths = [PROFILE, f"{PROFILE}?sort=lowest", f"/reviews/{review.public_id}/"]
    before = {path: client.get(path) for path in paths}
    assert all(response.status_code == 200 for response in before.values())
    for path, response in before.items():
        again = client.get(path, headers={"if-none-match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(path).content == response.content  # kept
    said = change(review)
    for path, response in before.items():
        for headers in ({}, {"if-none-match": response.headers["ETag"]}):
            after = client.get(path, headers=headers)
            if change is remove_review and path.startswith("/reviews/"):
                assert after.status_code == 410
                continue
            assert after.status_code == 200, path
            assert after.headers["ETag"] != response.headers["ETag"]
            if said.startswith("-"):
                assert said[1:] in response.content.decode()
                assert said[1:] not in after.content.decode()
            else:
                assert said not in response.content.decode()
                assert said in after.content.decode()


@pytest.mark.parametrize("reads", ["signed out", "signed in"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_very_next_read_shows_a_change(review, change, reads):
    assert_read_at_once(review, change, Client() if reads == "signed out" else signed_in(UserFactory.create()))


@pytest.mark.parametrize("change", WITH_REPLY, ids=lambda change: change.__name__)
def test_the_very_next_read_shows_what_became_of_a_reply(replied, change):
    assert_read_at_once(replied.review, change, Client())


def test_the_directory_shows_at_once_what_changed(review):
    for change, said in (
        (lambda: PublicListing.objects.update(name="Studio Sud", version=2), "Studio Sud"),
        (lambda: TrackRecord.objects.create(partner=review.partner, jobs_completed=7), "7 jobs completed"),
        (lambda: ReviewFactory.create(partner=review.partner) and ratings.rebuild(review.partner_id), "from 2 reviews"),
        (lambda: Partner.objects.update(slug="studio-sud"), "/partners/studio-sud/"),
        (lambda: PublicListing.objects.update(published_at=None), "No partner is listed yet"),
    ):
        before = Client().get(DIRECTORY)
        assert said not in before.content.decode()
        change()
        after = Client().get(DIRECTORY, headers={"if-none-match": before.headers["ETag"]})
        assert said in after.content.decode()


@pytest.mark.parametrize(("query", "is_kept"), [("", True), ("?service=theme_design", True), ("?search=nord", False)])
def test_nobody_fills_the_cache_with_words_they_search_for(review, monkeypatch, query, is_kept):
    kept = []
    monkeypatch.setattr(PagesCache, "set", lambda self, name, *args, **kwargs: kept.append(name))
    assert Client().get(f"{DIRECTORY}{query}").status_code == 200
    assert bool(kept) is is_kept


def test_figures_are_read_at_once_too(review):
    before = Client().get(PROFILE)
    TrackRecord.objects.create(partner=review.partner, jobs_completed=148, first_time_approvals=142)
    after = Client().get(PROFILE, headers={"if-none-match": before.headers["ETag"]})
    assert "148 jobs completed" in after.content.decode()


def test_what_is_withdrawn_from_public_is_gone_at_once(review):
    before = Client().get(PROFILE)
    PublicListing.objects.update(published_at=None)
    assert Client().get(PROFILE, headers={"if-none-match": before.headers["ETag"]}).status_code == 404


# --- What else a page depends on ------------------------------------------------------------------------------------


def test_days_languages_zones_and_releases_have_pages_of_their_own(review, monkeypatch):
    Review.objects.update(published_at=datetime(2026, 11, 22, 12, tzinfo=UTC))
    with time_machine.travel(datetime(2026, 11, 22, 23, 50, tzinfo=UTC), tick=False):
        evening = Client().get(PROFILE)
        assert ">today<" in evening.content.decode()
        french = Client().get(PROFILE, headers={"accept-language": "fr"})
        assert 'lang="fr"' in french.content.decode()
        reader = signed_in(UserFactory.create(time_zone="Asia/Tokyo"))  # where it is tomorrow
        assert ">yesterday<" in reader.get(PROFILE).content.decode()
    with time_machine.travel(datetime(2026, 11, 23, 0, 10, tzinfo=UTC), tick=False):
        morning = Client().get(PROFILE, headers={"if-none-match": evening.headers["ETag"]})
        assert ">yesterday<" in morning.content.decode()
        monkeypatch.setattr("reviews.kept.release", lambda: "another")
        deployed = Client().get(PROFILE, headers={"if-none-match": morning.headers["ETag"]})
        assert deployed.status_code == 200
    assert len({page.headers["ETag"] for page in (evening, french, morning, deployed)}) == 4


def test_a_release_is_the_same_wherever_the_code_is_the_same(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    page = tmp_path / "templates" / "page.html"
    page.parent.mkdir()
    seen = set()
    for source in ("one", "two"):
        page.write_text(source)
        release._as_it_began.cache_clear()
        seen.add(release.release())
        (tmp_path / "tests").mkdir(exist_ok=True)
        (tmp_path / "tests" / "test.py").write_text(source)
        release._as_it_began.cache_clear()
        assert release.release() in seen
    assert len(seen) == 2
    settings.DEBUG = True
    first = release.release()
    page.write_text("three")
    assert release.release() != first
    release._as_it_began.cache_clear()


def test_signed_in_people_and_others_do_not_share_a_page(review):
    reader = signed_in(review.author)
    outside, inside = Client().get(PROFILE), reader.get(PROFILE)
    assert "Sign in" in outside.content.decode()
    assert "Back to dashboard" in inside.content.decode()
    assert outside.headers["ETag"] != inside.headers["ETag"]
    assert reader.get(PROFILE, headers={"if-none-match": outside.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("path", [PROFILE, DIRECTORY, "review"])
def test_what_a_cache_between_us_may_do(review, path):
    path = f"/reviews/{review.public_id}/" if path == "review" else path
    outside = Client().get(path)
    assert outside.headers["Cache-Control"] == "public, no-cache"
    assert not outside.cookies
    again = Client().get(path, headers={"if-none-match": outside.headers["ETag"]})
    assert again.status_code == 304
    for response in (outside, again):
        assert {name.strip().lower() for name in response.headers["Vary"].split(",")} == {"accept-language", "cookie"}
        assert response.headers["Cache-Control"] == "public, no-cache"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["Permissions-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    inside = signed_in(review.author).get(path)
    assert inside.headers["Cache-Control"] == "private, no-cache"
    assert Client().head(path).headers["ETag"] == outside.headers["ETag"]


def test_what_is_said_once_is_neither_kept_nor_taken_for_the_page(review):
    reader = signed_in(review.author)
    plain = reader.get(PROFILE)
    session = reader.session
    session["_messages"] = '[["__json_message", 0, 25, "Thank you for the report", ""]]'
    session.save()
    told = reader.get(PROFILE, headers={"if-none-match": plain.headers["ETag"]})
    assert "Thank you for the report" in told.content.decode()
    assert "ETag" not in told.headers
    assert reader.get(PROFILE).content == plain.content


def test_without_the_cache_pages_are_made_each_time(review, monkeypatch):
    monkeypatch.setattr(SteadyRedisCache, "_away_until", float("inf"))
    first = Client().get(PROFILE)
    assert first.status_code == 200
    assert caches["pages"].get("anything") is None
    caches["pages"].set("anything", 1)
    assert caches["pages"].get("anything") is None  # whole pages would fill the memory
    assert Client().get(PROFILE, headers={"if-none-match": first.headers["ETag"]}).status_code == 304


# --- What it costs --------------------------------------------------------------------------------------------------


def queries(path: str, client: Client | None = None, **headers) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        (client or Client()).get(path, headers=headers)
    return [query["sql"] for query in asked.captured_queries]


@pytest.mark.parametrize("count", [1, 3, 50])
def test_a_profile_asks_as_often_for_fifty_reviews_as_for_one(count):
    listing = make_listing()
    for _number in range(count):
        make_review(listing)
        ReplyFactory.create(review=Review.objects.last())
    # versions of the listing, its figures and its reviews; not kept yet: listing, reviews, replies, what was removed
    assert (len(queries(PROFILE)), len(queries(PROFILE))) == (5, 1)
    etag = Client().get(PROFILE).headers["ETag"]
    assert len(queries(PROFILE, **{"if-none-match": etag})) == 1
    deep = Review.objects.last().public_id
    assert len(queries(f"{PROFILE}?after={deep}&sort=lowest&service=theme_design")) <= 7  # and where that one stands


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_directory_asks_as_often_for_fifty_partners_as_for_one(count):
    make_listing()
    for number in range(1, count):
        PublicListingFactory.create(partner__name=f"P{number}")
    assert (len(queries(DIRECTORY)), len(queries(DIRECTORY))) == (1, 1)


def test_a_review_is_two_queries(review):
    assert len(queries(f"/reviews/{review.public_id}/")) == 2  # the review with whose it is; the live reply


def test_a_page_of_equal_ratings_begins_at_its_place_in_the_index(review):
    for sort, index in (("newest", "review_newest"), ("highest", "review_highest"), ("lowest", "review_lowest")):
        sql = queries(f"{PROFILE}?sort={sort}&after={review.public_id}")[2]
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
            )
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert index in plan, plan
        condition = next(line for line in plan.splitlines() if "Index Cond" in line and "partner_id" in line)
        assert "ROW(" in condition or "id <" in condition, plan


@pytest.mark.parametrize("query", ["", "?sort=newest&after="])
def test_no_page_walks_over_the_reviews_of_everybody_else(review, query):
    """Without an index of its own an order has to be made: the primary key, which has it too, must not look better."""
    sql = queries(f"{PROFILE}{query}{review.public_id if query else ''}")[2 if query else 0]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; DROP INDEX review_newest, review_of_partner")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "on reviews_review" in plan
    assert "reviews_review_pkey" not in plan, plan


# --- Near -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def near() -> Near:
    return PagesCache.near


def test_what_is_read_twice_is_near_and_still_never_stale(review, near, monkeypatch):
    before = [Client().get(PROFILE).content for _read in range(3)][-1]
    monkeypatch.setattr(SteadyRedisCache, "_away_until", float("inf"))
    monkeypatch.setattr("reviews.public_views._profile", lambda *asked: pytest.fail("it is near"))
    assert Client().get(PROFILE).content == before
    monkeypatch.undo()
    assert correct(review) in Client().get(PROFILE).content.decode()


def test_a_page_that_is_near_is_only_for_who_is_signed_out_and_reads_that_language(review, near):
    reader = signed_in(review.author)
    for _read in range(3):  # made, kept, near
        outside, inside = Client().get(PROFILE), reader.get(PROFILE)
        french = Client().get(PROFILE, headers={"accept-language": "fr"})
        assert "Sign in" in outside.content.decode()
        assert "Back to dashboard" in inside.content.decode()
        assert 'lang="fr"' in french.content.decode()
        assert inside.headers["Cache-Control"] == "private, no-cache"
        for response in (outside, inside, french):
            vary = {name.strip().lower() for name in response.headers["Vary"].split(",")}
            assert vary == {"accept-language", "cookie"}


def test_a_page_that_is_near_has_the_same_headers_as_one_that_was_made(review):
    made, kept, near = (Client().get(PROFILE) for _read in range(3))
    assert made.content == kept.content == near.content
    assert dict(made.headers) == dict(kept.headers) == dict(near.headers)


def test_what_is_near_has_bounds(monkeypatch):
    near = Near()
    monkeypatch.setattr(near, "PAGES", 2)
    for name in ("first", "second"):
        near.add(name, name.encode())
    assert near.get("first") == b"first"  # read last
    near.add("third", b"third")
    assert [near.get(name) for name in ("first", "second", "third")] == [b"first", None, b"third"]
    near.add("long", b"x" * (near.LARGEST + 1))
    near.add("parts", {"page_main": "which somebody could change"})
    assert near.get("long") is near.get("parts") is None


def test_a_pages_time_does_not_pass(review):
    """A week later the page is asked for under another name; nothing that was kept can be read as of today."""
    later = timezone.now() + timedelta(days=8)
    Client().get(PROFILE)
    with time_machine.travel(later, tick=False):
        assert ">8 days ago<" in Client().get(PROFILE).content.decode()

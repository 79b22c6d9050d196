"""What everybody reads: the directory, profiles with their reviews, one review; signed in or not."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partners.models import PublicListing
from reviews import ratings
from reviews.models import Reply, Review
from stores.models import Store
from tests.factories import (
    MembershipFactory,
    PublicListingFactory,
    ReplyFactory,
    ReviewFactory,
    ReviewInvitationFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

STRUCTURED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def make_listing(**values) -> PublicListing:
    return PublicListingFactory.create(partner__name="Atelier Nord", partner__slug="atelier-nord", **values)


def make_review(listing: PublicListing, **values) -> Review:
    review = ReviewFactory.create(partner=listing.partner, **values)
    ratings.rebuild(listing.partner_id)
    return review


def profile(query: str = "", client: Client | None = None):
    return (client or Client()).get(f"/partners/atelier-nord/{query}")


def text(response) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def shown(response) -> list[str]:
    """Ids of the reviews on a page, in their order."""
    assert response.status_code == 200
    return re.findall(r'id="review-([0-9a-f-]{36})"', response.content.decode())


def structured(response) -> dict:
    return json.loads(STRUCTURED.search(response.content.decode())[1])


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


# --- Profile --------------------------------------------------------------------------------------------------------


def test_a_profile_says_who_they_are_and_what_merchants_say_of_them():
    listing = make_listing(website="https://nord.example/")
    review = make_review(listing, store__name="Maison Lavande")
    ReplyFactory.create(review=review, text="Thank you. The size guide was a treasure hunt.")
    ratings.rebuild(listing.partner_id)
    page = text(profile())
    for said in (
        "We design and rebuild storefronts for makers.",
        "Theme design",
        "from 1 review by 1 merchant",
        "Completed job",
        "Clear at every step",
        "Reply from Atelier Nord",
        "treasure hunt",
        "today",
        "France",
        "English, French",
        "Low ratings are never removed for being low.",
    ):
        assert said in page
    assert 'href="https://nord.example/" rel="nofollow noopener"' in profile().content.decode()


def test_nobodys_name_or_address_is_public():
    listing = make_listing()
    author = UserFactory.create(name="Camille Secret", email="camille@secret.example")
    review = make_review(listing, store__owner=author, invitation__subject="Secret subject")
    replier = MembershipFactory.create(partner=listing.partner, owner=True, user__name="Ines Secret").user
    ReplyFactory.create(review=review, author=replier)
    for path in ("/partners/", "/partners/atelier-nord/", f"/reviews/{review.public_id}/"):
        assert "secret" not in Client().get(path).content.decode().lower(), path


def test_what_is_not_published_is_not_there():
    listing = make_listing()
    review = make_review(listing)
    PublicListing.objects.update(published_at=None)
    owner = MembershipFactory.create(partner=listing.partner, owner=True).user
    for client in (Client(), signed_in(owner)):
        assert profile(client=client).status_code == 404
        assert "Atelier Nord" not in client.get("/partners/").content.decode()
    page = Client().get(f"/reviews/{review.public_id}/")  # the review stays
    assert "has no public listing at the moment" in text(page)
    assert "/partners/atelier-nord/" not in page.content.decode()


def test_reviews_that_were_removed_leave_a_line_with_the_rule():
    listing = make_listing()
    make_review(listing)
    for reason in ("advertising", "advertising", "personal"):
        make_review(listing, removed_at=timezone.now(), removed_for=reason)
    page = profile()
    assert len(shown(page)) == 1
    assert "3 reviews were removed by moderators, for these rules: Advertising (2), Personal information (1)." in text(
        page
    )


def test_withdrawn_and_removed_replies_are_not_shown():
    listing = make_listing()
    review = make_review(listing)
    now = timezone.now()
    reply = ReplyFactory.create(review=review, text="What was withdrawn")
    Reply.objects.update(withdrawn_at=now, withdrawn_by=reply.author)
    ReplyFactory.create(review=review, text="What was removed", author=reply.author)
    Reply.objects.filter(withdrawn_at=None).update(removed_at=now, removed_for="harmful")
    for path in ("/partners/atelier-nord/", f"/reviews/{review.public_id}/"):
        assert "What was" not in text(Client().get(path))


# --- Sorted, filtered, page by page ---------------------------------------------------------------------------------

RATED = [(5, 5), (1, 5), (4, 4), (3, 5), (2, 2), (5, 4)]


def place(review: Review, sort: str) -> tuple:
    return {
        "newest": (-review.pk,),
        "highest": (-review.communication - review.quality, -review.pk),
        "lowest": (min(review.communication, review.quality), review.pk),
    }[sort]


@pytest.mark.parametrize("sort", ["newest", "highest", "lowest"])
def test_pages_go_through_all_reviews_once_and_back(sort):
    listing = make_listing()
    reviews = [
        ReviewFactory.create(partner=listing.partner, communication=c, quality=q) for c, q in RATED * 8 + [(3, 3)] * 3
    ]
    ratings.rebuild(listing.partner_id)
    expected = [str(review.public_id) for review in sorted(reviews, key=lambda review: place(review, sort))]

    def further(page, rel: str) -> str | None:
        found = re.search(rf'rel="{rel}" href="([^"#]*)#reviews"', page.content.decode())
        return found[1].replace("&amp;", "&") if found else None

    pages, query = [], f"?sort={sort}"
    while query is not None:
        pages.append(profile(query))
        query = further(pages[-1], "next")
    assert [len(shown(page)) for page in pages] == [20, 20, 11]
    assert [row for page in pages for row in shown(page)] == expected
    back = [pages[-1]]
    while (query := further(back[-1], "prev")) is not None:
        back.append(profile(query))
    assert [shown(page) for page in reversed(back)] == [shown(page) for page in pages]


def test_a_page_goes_on_after_a_review_that_was_removed_meanwhile():
    listing = make_listing()
    reviews = [ReviewFactory.create(partner=listing.partner) for _number in range(21)]
    Review.objects.filter(pk=reviews[1].pk).update(removed_at=timezone.now(), removed_for="personal")
    assert shown(profile(f"?after={reviews[1].public_id}")) == [str(reviews[0].public_id)]


def test_reviews_are_chosen_by_service_and_by_what_they_rest_on():
    listing = make_listing()
    job = make_review(listing, invitation__services=["speed"])
    invitation = ReviewInvitationFactory.create(partner=listing.partner, handed_over=True)
    handover = make_review(listing, store=invitation.store, invitation=invitation, services=["theme_design"])
    assert shown(profile("?service=speed")) == [str(job.public_id)]
    assert shown(profile("?source=handover")) == [str(handover.public_id)]
    assert "Store hand-over" in text(profile("?source=handover"))
    assert "No review matches what you chose." in text(profile("?source=handover&service=speed"))


@pytest.mark.parametrize(
    "query", ["sort=best", "service=nothing", "source=x", "after=1", "before=%FF", "after=" + "0" * 32, "sort=&sort="]
)
def test_what_means_nothing_in_the_address_shows_the_first_page(query):
    review = make_review(make_listing())
    assert shown(profile(f"?{query}")) == [str(review.public_id)]


# --- One review -----------------------------------------------------------------------------------------------------


def test_a_review_has_a_page_with_what_machines_and_people_need():
    review = make_review(make_listing(), store__name="Maison Lavande")
    reply = ReplyFactory.create(review=review)
    page = Client().get(f"/reviews/{review.public_id}/")
    html = page.content.decode()
    url = f"{settings.SITE_URL}/reviews/{review.public_id}/"
    assert "<title>Maison Lavande about Atelier Nord · Entente</title>" in html
    assert f'<link rel="canonical" href="{url}">' in html
    assert f'<meta property="og:url" content="{url}">' in html
    assert '<meta name="description" content="Communication 5 of 5, quality of work 4 of 5. Clear at' in html
    assert f'value="{url}" readonly' in html
    assert "mailto:?subject=Maison%20Lavande" in html
    data = structured(page)
    assert data["@type"] == "Review"
    assert data["itemReviewed"] == {
        "@type": "Organization",
        "name": "Atelier Nord",
        "url": f"{settings.SITE_URL}/partners/atelier-nord/",
    }
    assert data["author"] == {"@type": "Organization", "name": "Maison Lavande"}
    assert data["reviewRating"] == {"@type": "Rating", "ratingValue": 4.5, "bestRating": 5, "worstRating": 1}
    assert data["datePublished"] == review.published_at.isoformat()
    assert data["comment"]["text"] == reply.text


def test_a_profile_is_rated_for_machines_only_once_there_are_reviews():
    listing = make_listing()
    assert "aggregateRating" not in structured(profile())
    make_review(listing)
    make_review(listing, communication=3, quality=3)
    assert structured(profile())["aggregateRating"] == {
        "@type": "AggregateRating",
        "ratingValue": 3.75,
        "ratingCount": 2,
        "reviewCount": 2,
        "bestRating": 5,
        "worstRating": 1,
    }


def test_no_name_gets_out_of_what_machines_read():
    name = '</script><script>alert("&")</script><!--\u2028'
    review = make_review(make_listing(name=name, text=name), store__name=name, text=name * 2)
    for path in ("/partners/atelier-nord/", f"/reviews/{review.public_id}/", "/partners/"):
        html = Client().get(path).content.decode()
        assert "<script>alert" not in html
        assert "<!--" not in html
    assert structured(profile())["name"] == name


def test_a_removed_review_is_gone_and_an_unknown_one_was_never_there():
    review = make_review(make_listing())
    assert Client().get("/reviews/00000000-0000-4000-8000-000000000000/").status_code == 404
    Review.objects.update(removed_at=timezone.now(), removed_for="personal")
    gone = Client().get(f"/reviews/{review.public_id}/")
    assert gone.status_code == 410
    page = gone.content.decode()
    assert "Moderators took it down for this rule: Personal information." in page
    assert review.text not in page
    assert 'name="robots" content="noindex"' in page


@pytest.mark.parametrize(("days", "said"), [(0, "today"), (1, "yesterday"), (5, "5 days ago")])
def test_times_are_told_in_days_with_the_exact_time(days, said):
    published = timezone.now() - timedelta(days=days)
    make_review(make_listing(), published_at=published)
    page = profile()
    assert f">{said}</time>" in page.content.decode()
    assert f'datetime="{published.isoformat()}"' in page.content.decode()


# --- Directory ------------------------------------------------------------------------------------------------------


def names(query: str = "") -> list[str]:
    response = Client().get(f"/partners/{query}")
    assert response.status_code == 200
    return re.findall(
        r'<h2><a class="in-line" href="/partners/[\w-]+/"><bdi>([^<]+)</bdi></a>', response.content.decode()
    )


def listed(name: str, *stars: int, **values) -> PublicListing:
    listing = PublicListingFactory.create(partner__name=name, **values)
    for number in stars:
        ReviewFactory.create(partner=listing.partner, communication=number, quality=number)
    ratings.rebuild(listing.partner_id)
    return listing


def test_the_best_reviewed_partners_stand_first():
    for name, stars in {"Fine": (4,), "Poor": (1,), "New": (), "Best": (5, 5, 5)}.items():
        listed(name, *stars)
    listed("Hidden", 5, published_at=None)
    assert names() == ["Best", "Fine", "New", "Poor"]


def test_the_directory_is_chosen_from_by_service_language_country_and_name():
    listed("Nord", services=["speed"], languages=["nl"], country="NL")
    listed("Sud", services=["training"], languages=["fr"], country="FR")
    for query in ("service=speed", "language=nl", "country=NL", "search=nOR", "service=speed&search=ord"):
        assert names(f"?{query}") == ["Nord"], query
    assert names("?country=FR&language=nl") == []
    assert "No partner found" in text(Client().get("/partners/?search=nobody"))
    assert names("?country=XX&service=x&after=x") == ["Nord", "Sud"]


def test_an_empty_directory_says_what_will_stand_there():
    assert "No partner is listed yet" in text(Client().get("/partners/"))


def test_the_directory_goes_through_equal_partners_once_and_back():
    for number in range(45):
        PublicListingFactory.create(partner__name=f"P{number:02}")
    expected = [f"P{number:02}" for number in range(45)]
    ids = dict(PublicListing.objects.values_list("name", "partner__public_id"))
    assert names() == expected[:20]
    assert names(f"?after={ids['P19']}") == expected[20:40]
    assert names(f"?after={ids['P39']}") == expected[40:]
    assert names(f"?before={ids['P40']}") == expected[20:40]
    assert names(f"?before={ids['P20']}") == expected[:20]


# --- Where a job is asked for ---------------------------------------------------------------------------------------


def test_asking_for_a_job_leads_a_merchant_to_the_form_of_their_store():
    make_listing()
    store = StoreFactory.create(handle="maison-lavande")
    client = signed_in(store.owner)
    assert client.get("/partners/atelier-nord/job/").url == "/store/maison-lavande/jobs/new/?partner=atelier-nord"
    assert client.get("/jobs/new/").url == "/store/maison-lavande/jobs/new/"
    form = client.get("/store/maison-lavande/jobs/new/?partner=atelier-nord").content.decode()
    assert 'value="atelier-nord"' in form
    StoreFactory.create(owner=store.owner, name="Second", handle="second")
    page = client.get("/partners/atelier-nord/job/")
    assert 'href="/store/second/jobs/new/?partner=atelier-nord"' in page.content.decode()
    assert page.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_whoever_is_signed_out_signs_in_first_and_comes_back():
    make_listing()
    for path in ("/partners/atelier-nord/job/", "/jobs/new/"):
        assert Client().get(path).url == f"{reverse('account_login')}?next={path}"


def test_whoever_has_no_store_hears_how_to_begin():
    assert "You have no store to ask for" in text(signed_in(UserFactory.create()).get("/jobs/new/"))
    StoreFactory.create(development=True)
    assert Store.objects.exists()

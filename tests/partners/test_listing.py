import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.errors import NotAllowed
from partners.errors import ListingChanged, ListingIncomplete
from partners.listings import Written, clean_website, publish_listing, save_listing, unpublish_listing
from partners.models import PartnerRating, PublicListing
from tests import races
from tests.factories import MembershipFactory, PartnerFactory, PublicListingFactory

WHOLE = {
    "name": "Atelier Nord",
    "text": "Storefronts for makers.",
    "services": ["theme_design"],
    "languages": ["fr"],
    "country": "FR",
    "website": "https://atelier-nord.example",
}


@pytest.fixture
def partner(db):
    return PartnerFactory.create()


@pytest.fixture
def writer(partner):
    return MembershipFactory.create(partner=partner, permissions=["manage_public_listings"]).user


@pytest.fixture
def page(client, partner, writer):
    client.force_login(writer)
    return reverse("partners:listing", args=[partner.slug])


# --- The act --------------------------------------------------------------------------------------------------------


def test_a_draft_may_lack_anything_and_nobody_outside_sees_it(partner, writer):
    listing = save_listing(partner, written=Written(name="Atelier"), version=0, by=writer)
    assert (listing.version, listing.is_published) == (1, False)
    assert not PublicListing.objects.published().exists()


def test_publishing_shows_it_and_makes_it_sortable(partner, writer):
    listing = save_listing(partner, written=Written(**WHOLE), version=0, publish=True, by=writer)
    assert PublicListing.objects.published().get() == listing
    assert PartnerRating.objects.filter(partner=partner).exists()


@pytest.mark.parametrize("name", ["name", "text", "services", "languages", "country"])
def test_what_is_shown_is_complete(partner, writer, name):
    lacking = Written(**{**WHOLE, name: type(WHOLE[name])()})
    with pytest.raises(ListingIncomplete):
        save_listing(partner, written=lacking, version=0, publish=True, by=writer)
    assert not PublicListing.objects.exists()
    published = PublicListingFactory.create(partner=partner)
    with pytest.raises(ListingIncomplete):
        save_listing(partner, written=lacking, version=published.version, by=writer)
    published.refresh_from_db()
    assert published.version == 1


def test_each_change_moves_the_version_by_which_public_pages_are_kept(partner, writer):
    versions = [
        save_listing(partner, written=Written(**WHOLE), version=0, by=writer).version,
        publish_listing(partner, by=writer).version,
        save_listing(partner, written=Written(**WHOLE | {"name": "Nord"}), version=2, by=writer).version,
        unpublish_listing(partner, by=writer).version,
    ]
    assert versions == [1, 2, 3, 4]


def test_nobody_overwrites_what_they_have_not_seen(partner, writer):
    listing = PublicListingFactory.create(partner=partner, version=3)
    with pytest.raises(ListingChanged):
        save_listing(partner, written=Written(**WHOLE), version=2, by=writer)
    listing.refresh_from_db()
    assert (listing.version, listing.text) == (3, "We design and rebuild storefronts for makers.")


def test_the_same_form_sent_twice_saves_once(partner, writer):
    for _click in range(2):
        listing = save_listing(partner, written=Written(**WHOLE), version=0, publish=True, by=writer)
    assert listing.version == 1


@pytest.mark.parametrize("permissions", [[], ["manage_team", "manage_stores", "manage_jobs"]])
def test_writing_it_needs_manage_public_listings(partner, permissions):
    member = MembershipFactory.create(partner=partner, permissions=permissions).user
    listing = PublicListingFactory.create(partner=partner)
    for act in (
        lambda: save_listing(partner, written=Written(**WHOLE), version=1, by=member),
        lambda: publish_listing(partner, by=member),
        lambda: unpublish_listing(partner, by=member),
    ):
        with pytest.raises(NotAllowed):
            act()
    listing.refresh_from_db()
    assert (listing.version, listing.is_published) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told(monkeypatch, partner, writer):
    PublicListingFactory.create(partner=partner)
    acts = [
        lambda name=name: save_listing(partner, written=Written(**WHOLE | {"name": name}), version=1, by=writer)
        for name in ("North", "South")
    ]
    with races.meeting(monkeypatch, (PublicListing, "save"), parties=2):
        answers = races.together(acts)
    assert [type(answer) for answer in answers].count(ListingChanged) == 1
    assert PublicListing.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_overwrites_the_other_unseen(monkeypatch, partner, writer):
    PublicListingFactory.create(partner=partner)
    acts = [
        lambda name=name: save_listing(partner, written=Written(**WHOLE | {"name": name}), version=1, by=writer)
        for name in ("North", "South")
    ]
    with races.without_locks(monkeypatch, meet_at=(PublicListing, "save"), parties=2):
        answers = races.together(acts)
    assert [type(answer) for answer in answers] == [PublicListing, PublicListing]


# --- A website ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", ""), ("atelier.example", "https://atelier.example"), ("http://a.example/x?y=1", "http://a.example/x?y=1")],
)
def test_a_website_is_kept_with_its_scheme(typed, kept):
    assert clean_website(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "javascript:alert(1)",
        "javascript://a.example/%0aalert(1)",
        "ftp://a.example",
        "https://user@a.example",
        "https://user:secret@a.example",
        "https://",
        "no website",
        "https://[::1",
        "data:text/html,x",
    ],
)
def test_what_is_no_plain_website_is_refused(typed):
    with pytest.raises(ValidationError, match="address of a website"):
        clean_website(typed)


# --- The page -------------------------------------------------------------------------------------------------------


def test_the_page_saves_publishes_and_takes_down(client, page, partner):
    assert client.post(page, {**WHOLE, "version": 0}).status_code == 302
    assert not PublicListing.objects.get().is_published
    assert client.post(page, {**WHOLE, "version": 1, "publish": "yes"}).status_code == 302
    shown = client.get(page).content.decode()
    assert 'rel="nofollow noopener"' in shown
    assert "Theme design" in shown
    assert client.post(reverse("partners:listing-withdrawal", args=[partner.slug])).status_code == 302
    assert not PublicListing.objects.get().is_published


def test_a_preview_shows_what_was_typed_and_saves_nothing(client, page):
    shown = client.post(page, {**WHOLE, "version": 0, "preview": "yes"})
    assert shown.status_code == 200
    assert "How it reads" in shown.content.decode()
    assert not PublicListing.objects.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": ""}, "Say in a few sentences what you do."),
        ({"services": []}, "Choose at least one service."),
        ({"services": ["no_such"]}, "This choice does not exist"),
        ({"languages": ["xx"]}, "This choice does not exist"),
        ({"country": "ZZ"}, "This choice does not exist"),
        ({"text": "x" * 2001}, "2000"),
        ({"name": "a\u202eb"}, "invisible characters"),
        ({"website": "https://u@a.example"}, "without a user name"),
        ({"version": "x"}, ""),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(client, page, change, sentence):
    answer = client.post(page, {**WHOLE, "version": 0, "publish": "yes", **change})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not PublicListing.objects.exists()


def test_a_stale_form_is_told_and_keeps_what_was_typed(client, page, partner):
    PublicListingFactory.create(partner=partner, version=5)
    answer = client.post(page, {**WHOLE, "version": 4, "text": "What I typed"})
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "Somebody of your team changed the listing" in said
    assert "What I typed" in said
    assert client.post(page, {**WHOLE, "version": 5, "text": "What I typed"}).status_code == 302


def test_text_from_people_is_escaped(client, page):
    client.post(page, {**WHOLE, "version": 0, "text": "<script>alert(1)</script>"})
    assert "<script>alert" not in client.get(page).content.decode()

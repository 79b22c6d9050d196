"""What a reader of activity looks for, and the same rows as a file."""

import csv
import html
import io
import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts import csv_files
from stores import activity
from stores.models import Activity, Role, Store
from tests.factories import PartnerFactory, StaffFactory, StoreFactory, UserFactory
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

TERMS = {"permissions": ["products.view"], "ends_at": None}


@pytest.fixture
def store() -> Store:
    """In Paris, whose 2026-11-20 begins at 23:00 UTC of the day before."""
    return StoreFactory.create(name="Shop", handle="shop", owner__name="Odile Owner", time_zone="Europe/Paris")


def happened(store: Store, kind: str, *, by=None, partner=None, at: datetime | None = None, **kept) -> Activity:
    row = Activity(store=store, kind=kind, actor=by, partner=partner, **kept)
    if at is not None:
        row.created_at = at
    row.save()
    return row


def shown(store: Store, query: str, status: int = 200) -> str:
    response = signed_in(store.owner).get(f"/store/shop/activity/?{query}")
    assert response.status_code == status, response.content
    return response.content.decode().partition("</details>")[2]


def listed(store: Store, query: str, sentences: dict[str, str]) -> set[str]:
    page = shown(store, query)
    return {name for name, sentence in sentences.items() if sentence in page}


def exported(user, path: str) -> list[list[str]]:
    response = signed_in(user).get(path)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def rows(store) -> dict[str, str]:
    """What each row is called here, and how it reads."""
    nord, sud = PartnerFactory.create(name="Nord", slug="nord"), PartnerFactory.create(name="Sud", slug="sud")
    ines, manon = UserFactory.create(name="Ines"), UserFactory.create(name="Manon")
    happened(store, "access.requested", by=ines, partner=nord, after=TERMS)
    happened(store, "access.approved", by=manon, partner=nord, before=TERMS, after=TERMS)
    happened(store, "access.requested", by=UserFactory.create(name="Sam"), partner=sud, after=TERMS)
    happened(store, "code.made", by=manon)
    happened(store, "access.ended", partner=nord)
    return {
        "nord asked": "Nord asked for access",
        "nord approved": "Request of Nord approved",
        "sud asked": "Sud asked for access",
        "code": "New request code made",
        "nord ended": "The access of Nord has ended",
    }


def test_kinds_people_and_partners_are_looked_for_one_by_one_and_together(store, rows):
    manon = Activity.objects.get(kind="access.approved").public_id
    assert listed(store, "", rows) == {*rows}
    assert listed(store, "kind=asking", rows) == {"code"}
    assert listed(store, "kind=asking&kind=access", rows) == {*rows}
    assert listed(store, "kind=roles", rows) == set()
    assert listed(store, "partner=sud", rows) == {"sud asked"}
    assert listed(store, f"person={manon}", rows) == {"nord approved", "code"}
    assert listed(store, "person=clock", rows) == {"nord ended"}
    assert listed(store, f"person={manon}&partner=nord&kind=access&since=&until=", rows) == {"nord approved"}


def test_a_day_begins_and_ends_in_the_zone_of_the_store(store):
    for hour, name in ((22, "evening-before"), (23, "first-hour")):
        happened(store, "domain.verified", after={"domain": name}, at=datetime(2026, 11, 19, hour, 30, tzinfo=UTC))
    for hour, name in ((22, "last-hour"), (23, "morning-after")):
        happened(store, "domain.verified", after={"domain": name}, at=datetime(2026, 11, 20, hour, 30, tzinfo=UTC))
    names = {name: name for name in ("evening-before", "first-hour", "last-hour", "morning-after")}
    assert listed(store, "since=2026-11-20&until=2026-11-20", names) == {"first-hour", "last-hour"}
    assert listed(store, "since=2026-11-20", names) == {"first-hour", "last-hour", "morning-after"}
    assert listed(store, "until=2026-11-20", names) == {"evening-before", "first-hour", "last-hour"}


def _theirs(of: str) -> str:
    """Somebody, or some partner, of another store's activity."""
    elsewhere = happened(
        StoreFactory.create(), "access.approved", by=UserFactory.create(), partner=PartnerFactory.create(slug="theirs")
    )
    return f"person={elsewhere.public_id}" if of == "person" else "partner=theirs"


@pytest.mark.parametrize(
    ("of", "nobody"), [("person", "person=00000000-0000-4000-8000-000000000000"), ("partner", "partner=no-such")]
)
def test_who_had_nothing_to_do_with_the_store_is_answered_like_who_does_not_exist(store, rows, of, nobody):
    theirs = _theirs(of)
    client = signed_in(store.owner)
    for path in ("/store/shop/activity/", "/store/shop/activity/export/", "/api/v1/stores/shop/activity/"):
        answers = [client.get(f"{path}?{query}") for query in (theirs, nobody)]
        texts = [
            answer.content.decode().replace(query.partition("=")[2], "")
            for answer, query in zip(answers, (theirs, nobody), strict=True)
        ]
        statuses = {answer.status_code for answer in answers}
        assert len(statuses) == 1
        assert statuses == {422}
        assert _without_form_token(texts[0]) == _without_form_token(texts[1])


def _without_form_token(text: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value=")[^"]+|datetime="[^"]+"', "", text)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=yesterday", "Type a day like 2030-12-31."),
        ("since=0001-01-01", "Choose a day from the year 2000 to 2100."),
        ("until=9999-12-31", "Choose a day from the year 2000 to 2100."),
        ("since=2026-11-20&until=2026-11-19", "Choose a day that is not before the first one."),
        ("kind=secrets", "Choose from what is offered."),
        ("person=nonsense", "Nobody like this changed anything here."),
        ("partner=%F0%9F%8E%88", "No such partner had to do with this store."),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field_and_shows_no_row(store, rows, query, sentence):
    client = signed_in(store.owner)
    for path in ("/store/shop/activity/", "/store/shop/activity/export/"):
        response = client.get(f"{path}?{query}")
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert "Nord asked for access" not in response.content.decode()
    answer = client.get(f"/api/v1/stores/shop/activity/?{query}")
    if sentence.startswith(("Type", "Choose from")):  # has not even the right shape
        assert answer.status_code == 400
    else:
        assert answer.status_code == 422
        assert sentence in str(answer.json()["fields"])


def test_links_to_newer_and_older_ones_keep_what_is_looked_for_and_lead_back(store):
    partner = PartnerFactory.create(slug="nord", name="Nord")
    for number in range(120):
        happened(store, "domain.verified", after={"domain": f"domain-{number:03}"}, partner=partner)
        happened(store, "code.made", partner=partner)
    client = signed_in(store.owner)

    def domains(query: str) -> tuple[list[str], str]:
        page = client.get(f"/store/shop/activity/{query}").content.decode()
        return re.findall(r"(domain-\d+) verified", page), page

    def link(page: str, name: str) -> str:
        found = re.search(rf'href="(\?{name}=[^"]+)"', page)
        return html.unescape(found[1]) if found else ""

    first, page = domains("?kind=store&partner=nord")
    assert link(page, "before") == ""
    second, middle = domains(link(page, "after"))
    third, last = domains(link(middle, "after"))
    assert first + second + third == [f"domain-{number:03}" for number in reversed(range(120))]
    assert link(last, "after") == ""
    assert domains(link(last, "before"))[0] == second
    assert domains(link(middle, "before"))[0] == first
    assert link(domains(link(middle, "before"))[1], "before") == ""


def test_people_and_partners_to_choose_from_are_those_of_this_store_only(store, rows):
    _theirs("partner")
    page = signed_in(store.owner).get("/store/shop/activity/").content.decode()
    form = page.partition("</details>")[0]
    assert "theirs" not in form
    assert [form.count(f">{name}</option>") for name in ("Nord", "Sud", "Ines", "Manon", "Sam")] == [1] * 5


def test_a_list_that_may_leave_somebody_out_says_so_and_how_to_find_them(store, monkeypatch):
    monkeypatch.setattr("stores.activity_filters.OFFERED", 3)
    hint = "The newest 3 are listed. Look for others by what changed, and when."

    def form() -> str:
        return signed_in(store.owner).get("/store/shop/activity/").content.decode().partition("</details>")[0]

    for number in range(2):
        happened(store, "code.made", by=UserFactory.create(name=f"Person {number}"))
        happened(store, "code.made", partner=PartnerFactory.create())
    assert hint not in form()
    for number in range(2, 4):
        happened(store, "code.made", by=UserFactory.create(name=f"Person {number}"))
    assert form().count(hint) == 1  # the partners are all there
    assert "Person 0" not in form()
    assert "Person 1" in form()
    happened(store, "code.made", partner=PartnerFactory.create())
    assert form().count(hint) == 2


# --- The file -------------------------------------------------------------------------------------------------------


def test_the_file_holds_what_is_looked_for_in_words_with_times_in_the_zone_of_the_store(store, rows):
    at = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    terms = {"permissions": ["orders.view", "products.view"], "ends_at": "2026-12-05T23:00:00+00:00"}
    nord = PartnerFactory.create(name="Nord Two", slug="nord-two")
    happened(store, "access.changed", by=store.owner, partner=nord, before=TERMS, after=terms, at=at)
    header, *found = exported(store.owner, "/store/shop/activity/export/?partner=nord-two")
    assert header == ["When", "Who", "Partner", "Kind", "What happened", "Details", "Before", "After"]
    [row] = found
    assert row[:5] == [
        "2026-11-20T09:30:00+01:00",
        "Odile Owner",
        "Nord Two",
        "access.changed",
        "Access of Nord Two changed",
    ]
    assert row[6:] == [
        "Permissions: View products; Access ends: No end date",
        "Permissions: View orders, view products; Access ends: 5 December 2026",
    ]
    assert len(exported(store.owner, "/store/shop/activity/export/")) == 1 + len(rows) + 1


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_compute_is_escaped(store, begins):
    assert csv_files.cell(begins) == f"'{begins}"
    happened(store, "store.opened", by=UserFactory.create(name=f'{begins}, "quoted"'))
    [_header, row] = exported(store.owner, "/store/shop/activity/export/")
    assert row[1] == f'\'{begins}, "quoted"'


def test_a_file_of_many_rows_is_written_in_short_queries_and_holds_each_once(
    store, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(csv_files, "CHUNK", 10)
    for number in range(35):
        happened(store, "domain.verified", after={"domain": f"domain-{number}.example"})
    client = signed_in(store.owner)
    response = client.get("/store/shop/activity/export/")
    with django_assert_num_queries(9):  # four chunks; with each, and at the end, whether the reader may still see it
        text = b"".join(response.streaming_content).decode("utf-8-sig")
    found = [row[4] for row in csv.reader(io.StringIO(text))][1:]
    assert found == [f"domain-{number}.example verified" for number in reversed(range(35))]


def test_whoever_loses_the_right_while_the_file_is_on_its_way_gets_no_further_row(store, monkeypatch):
    monkeypatch.setattr(csv_files, "CHUNK", 2)
    manager = StaffFactory.create(store=store, key="store_manager")
    for number in range(6):
        happened(store, "domain.verified", after={"domain": f"domain-{number}.example"})
    stream = iter(signed_in(manager.user).get("/store/shop/activity/export/").streaming_content)
    sent = next(stream) + next(stream)
    manager.role = Role.objects.get(store=None, key="staff_order_support")
    manager.save(update_fields=["role"])
    rest = b"".join(stream).decode()
    assert sent.decode().count("example verified") == 2
    assert "verified" not in rest
    assert rest.strip() == "The list ends here: you may no longer see the activity of this store."


def _deactivated(person, store):
    type(person).objects.filter(pk=person.pk).update(is_active=False)


def _asked_for_two_steps(person, store):
    Store.objects.filter(pk=store.pk).update(requires_two_step=True)


@pytest.mark.parametrize("happens", [_deactivated, _asked_for_two_steps])
def test_whoever_may_no_longer_sign_in_here_gets_no_further_row_either(store, monkeypatch, happens):
    monkeypatch.setattr(csv_files, "CHUNK", 1)
    manager = StaffFactory.create(store=store, key="store_manager")
    for number in range(4):
        happened(store, "domain.verified", after={"domain": f"domain-{number}.example"})
    stream = iter(signed_in(manager.user).get("/store/shop/activity/export/").streaming_content)
    assert (next(stream) + next(stream)).decode().count("example verified") == 1
    happens(manager.user, store)
    assert b"".join(stream).decode().strip() == "The list ends here: you may no longer see the activity of this store."


def test_every_kind_of_change_stands_in_one_group():
    grouped = [kind for group in activity.groups() for kind in activity.kinds_in([group.key])]
    assert sorted(grouped) == sorted({*grouped})
    assert {*grouped} == activity._words.keys()


def test_what_was_there_before_and_after_reads_in_words(store):
    nord = PartnerFactory.create(name="Nord")
    happened(store, "access.reopened", partner=nord, before={"by": "Manon", "at": "2026-11-20T08:30:00.123456+00:00"})
    happened(store, "access.kept", partner=nord, after={"review": "2026-10-01"})
    happened(store, "code.closed", after={"wrong": 4})
    happened(store, "partner.blocked", after={"partner": "Nord"})
    store.owner.time_zone = "Europe/Paris"
    store.owner.save(update_fields=["time_zone"])
    rows = exported(store.owner, "/store/shop/activity/export/")[1:]
    assert [row[6:] for row in rows] == [
        ["", "Partner: Nord"],
        ["", "Wrong codes: 4"],
        ["", "Access review: October to December 2026"],
        ["Declined by: Manon; Declined at: 2026-11-20T09:30:00+01:00", ""],
    ]


def test_nothing_is_kept_before_or_after_that_has_no_words(store):
    """So every act that the tests do has words for what it keeps."""
    with pytest.raises(LookupError, match="colour"):
        activity.record(store, "store.opened", by=store.owner, after={"name": "Shop", "colour": "red"})
    with pytest.raises(LookupError, match="colour"):
        activity.record(store, "store.opened", by=store.owner, before={"colour": "red"})
    assert not Activity.objects.filter(kind="store.opened", store=store).exists()


def test_a_stranger_gets_no_file(store, rows):
    response = signed_in(UserFactory.create()).get("/store/shop/activity/export/")
    assert response.status_code == 404
    assert Client().get("/store/shop/activity/export/").status_code == 302

"""Once a quarter the store keeps, reduces or ends each access, on one page; who and when stays."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts.csv_files import cell
from accounts.errors import NotAllowed
from collaborators import actions, quarters
from collaborators.errors import (
    AddsInReview,
    ChangedMeanwhile,
    EverythingTaken,
    NothingTaken,
    NotInReview,
    OwnPartner,
    ReviewAnswered,
    ReviewClosed,
    TransitionNotAllowed,
)
from collaborators.models import AccessReview, AccessReviewAnswer, Collaboration
from notifications.models import Event
from stores.errors import PermissionsRefused
from stores.models import Activity, Store
from tests.factories import (
    AccessReviewAnswerFactory,
    AccessReviewFactory,
    CollaborationFactory,
    MembershipFactory,
    StaffFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
BEFORE = datetime(2030, 8, 20, tzinfo=UTC)
OPENED = datetime(2030, 9, 30, 22, 0, tzinfo=UTC)  # midnight in Paris
NOW = OPENED + timedelta(days=3)
HELD = ["orders.view", "orders.edit", "products.view", "customers.view"]


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def store() -> Store:
    return StoreFactory.create(handle="shop", name="Shop", owner__name="Odile Owner", time_zone="Europe/Paris")


def granted(store: Store, name: str, **more) -> Collaboration:
    partner = MembershipFactory.create(owner=True, partner__name=name).partner
    return CollaborationFactory.create(partner=partner, store=store, **{"since": BEFORE, "permissions": HELD, **more})


@pytest.fixture
def rows(store) -> list[Collaboration]:
    return [granted(store, name) for name in ("Atelier Nord", "Bureau Lumen", "Studio Vif")]


def opened(store: Store) -> AccessReview:
    actions.open_all_reviews(now=timezone.now())
    return AccessReview.objects.get(store=store)


def answer(review, row, decision="keep", *, by=None, version=None, **more):
    said = {"decision": decision, "version": version or row.version, "by": by or row.store.owner}
    return actions.answer_review(review, row, **said, **more)


def written() -> tuple:
    """Everything that an answer could change."""
    rows = Collaboration.objects.order_by("pk").values_list("permissions", "ended_at", "kept_at")
    return list(rows), AccessReviewAnswer.objects.count(), Activity.objects.count(), Event.objects.count()


# --- It opens -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/Paris", OPENED),
        ("UTC", datetime(2030, 10, 1, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2030, 9, 30, 11, 0, tzinfo=UTC)),  # already in its summer time
        ("America/New_York", datetime(2030, 10, 1, 4, 0, tzinfo=UTC)),
    ],
)
def test_it_opens_on_the_first_day_of_the_quarter_in_the_stores_zone_once(zone, moment):
    CollaborationFactory.create(store__time_zone=zone, since=datetime(2030, 7, 5, tzinfo=UTC))
    actions.open_all_reviews(now=moment - SECOND)
    assert not AccessReview.objects.exists()
    for later in (moment, moment, moment + timedelta(days=1), moment + timedelta(days=80)):
        actions.open_all_reviews(now=later)
    review = AccessReview.objects.get()
    assert (review.quarter, review.begins_at) == (date(2030, 10, 1), moment)
    assert Event.objects.get().payload == {"store": review.store_id, "access_review": review.pk}
    actions.open_all_reviews(now=review.closes_at)
    assert AccessReview.objects.count() == 2


def test_what_was_granted_after_the_quarter_began_there_keeps_no_other_store_from_its_review():
    """A quarter begins at another instant in each zone: what lies between the first and the last has nothing to ask."""
    for _ in range(3):
        granted = datetime(2030, 9, 30, 12, 0, tzinfo=UTC)  # October in Kiritimati, September in Los Angeles
        CollaborationFactory.create(store__time_zone="Pacific/Kiritimati", since=granted)
    waits = CollaborationFactory.create(store__time_zone="America/Los_Angeles", since=BEFORE).store
    assert actions.open_all_reviews(now=NOW, limit=3) == 1
    assert AccessReview.objects.get().store == waits
    assert actions.open_all_reviews(now=NOW, limit=3) == 0


def test_a_quarter_across_the_clock_change_closes_at_midnight_of_the_store(store, rows):
    assert opened(store).closes_at == datetime(2030, 12, 31, 23, 0, tzinfo=UTC)  # an hour more than it began with


def test_a_store_that_nobody_may_enter_since_before_has_none(store):
    granted(store, "New", since=OPENED)
    granted(store, "Gone", ended_how="lapsed", ended_at=OPENED - SECOND)
    granted(store, "Past its end", ends_at=NOW)
    actions.open_all_reviews(now=NOW)
    assert not AccessReview.objects.exists()
    assert not Event.objects.exists()


def test_it_asks_about_access_from_before_the_quarter_only(store, rows):
    new = granted(store, "New here", since=OPENED)
    elsewhere = CollaborationFactory.create(since=BEFORE)
    review = opened(store)
    assert set(review.covered()) == set(rows)
    before = written()
    for row in (new, elsewhere):
        with pytest.raises(NotInReview):
            answer(review, row)
    assert written() == before


def test_one_store_that_is_broken_keeps_no_other_from_its_review(store, rows, monkeypatch):
    from collaborators.actions import access_reviews as module

    other = CollaborationFactory.create(since=BEFORE).store
    real = module._open_review

    def open_review(locked, now):
        if locked == store:
            raise RuntimeError("broken")
        real(locked, now)

    monkeypatch.setattr(module, "_open_review", open_review)
    actions.open_all_reviews(now=NOW)
    assert AccessReview.objects.get().store == other


# --- It is answered -------------------------------------------------------------------------------------------------


def test_keep_is_recorded_with_who_and_when(store, rows):
    given = answer(opened(store), rows[0])
    assert (given.answered_by, given.answered_at) == (store.owner, NOW)
    assert given.before == given.after == rows[0].permissions
    rows[0].refresh_from_db()
    assert (rows[0].kept_by, rows[0].kept_at) == (store.owner, NOW)
    entry = Activity.objects.get()
    assert (entry.kind, entry.actor, entry.after) == ("access.kept", store.owner, {"review": "2030-10-01"})
    assert [event.topic for event in Event.objects.all()] == [
        "access_review.due"
    ]  # the partner's access did not change


def test_reduce_takes_away_at_once_and_the_partner_is_told(store, rows):
    given = answer(opened(store), rows[0], "reduce", permissions=["orders.view", "products.view"])
    assert given.after == ["orders.view", "products.view"]
    rows[0].refresh_from_db()
    assert rows[0].permissions == ["orders.view", "products.view"]
    assert Activity.objects.get().kind == "access.changed"
    assert Event.objects.filter(topic="access.changed").count() == 1


def test_end_is_a_revocation(store, rows):
    assert answer(opened(store), rows[0], "end").after == []
    rows[0].refresh_from_db()
    assert (rows[0].ended_how, rows[0].ended_by) == ("revoked", store.owner)
    assert Activity.objects.get().kind == "access.revoked"
    assert Event.objects.filter(topic="access.revoked").count() == 1


@pytest.mark.parametrize(
    ("permissions", "refused"),
    [
        (HELD, NothingTaken),
        ([], EverythingTaken),
        ([*HELD[:1], "themes.view"], AddsInReview),
        (["orders.edit"], PermissionsRefused),  # needs orders.view
        (["users.view"], PermissionsRefused),
        (["nonsense"], PermissionsRefused),
    ],
)
def test_reduce_leaves_something_less_and_closed(store, rows, permissions, refused):
    review = opened(store)
    before = written()
    with pytest.raises(refused):
        answer(review, rows[0], "reduce", permissions=permissions)
    assert written() == before


def test_the_same_answer_said_twice_is_one_and_another_is_told_who_was_first(store, rows):
    review, manager = opened(store), StaffFactory.create(store=store, key="store_manager").user
    first = answer(review, rows[0])
    assert answer(review, rows[0]) == first
    before = written()
    with pytest.raises(ReviewAnswered) as refused:
        answer(review, rows[0], "end", by=manager)
    assert "Odile Owner answered this already on" in str(refused.value)
    assert written() == before


def test_access_that_ended_meanwhile_is_not_answered(store, rows):
    review = opened(store)
    actions.revoke(rows[0], by=store.owner)
    Collaboration.objects.filter(pk=rows[1].pk).update(ends_at=NOW)
    rows[1].ends_at = NOW
    for row in rows[:2]:
        for decision in ("keep", "end"):
            with pytest.raises(TransitionNotAllowed):
                answer(review, row, decision)
    assert not AccessReviewAnswer.objects.exists()


def test_access_that_was_changed_meanwhile_is_looked_at_again(store, rows):
    review, seen = opened(store), rows[0].version
    actions.change_permissions(rows[0], permissions=["orders.view"], by=store.owner)
    before = written()
    for decision in ("keep", "reduce", "end"):
        with pytest.raises(ChangedMeanwhile):
            answer(review, rows[0], decision, version=seen, permissions=["orders.view"])
    assert written() == before


def test_once_the_quarter_is_over_it_is_not_answered(store, rows, frozen):
    review = opened(store)
    frozen.move_to(review.closes_at)
    before = written()
    with pytest.raises(ReviewClosed):
        answer(review, rows[0])
    assert written() == before


def test_only_who_decides_for_the_store_answers(store, rows):
    review, member = opened(store), rows[0].partner.memberships.get().user
    before = written()
    for person in (member, StaffFactory.create(store=store).user):
        with pytest.raises(NotAllowed):
            answer(review, rows[0], by=person)
    StaffFactory.create(store=store, key="store_manager", user=member)
    with pytest.raises(OwnPartner):
        answer(review, rows[0], by=member)
    assert written() == before
    assert answer(review, rows[1], by=member)  # of another partner


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": "keep", "after": ["orders.view"]},
        {"decision": "reduce", "after": HELD},
        {"decision": "reduce", "after": list(reversed(HELD))},
        {"decision": "reduce", "after": []},
        {"decision": "reduce", "after": ["themes.view"]},
        {"decision": "end", "after": ["orders.view"]},
        {"decision": "shrug", "after": HELD},
    ],
)
def test_the_database_takes_no_answer_that_does_not_fit(store, rows, wrong):
    about = {"review": opened(store), "collaboration": rows[0], "before": HELD, "answered_by": store.owner}
    with pytest.raises(IntegrityError, match="access_review_answer_fits"), transaction.atomic():
        AccessReviewAnswer.objects.create(**about, **wrong)


def test_the_database_takes_one_answer_and_one_review_a_quarter(store, rows):
    review = opened(store)
    answer(review, rows[0])
    with pytest.raises(IntegrityError, match="access_review_one_answer"), transaction.atomic():
        AccessReviewAnswerFactory.create(review=review, collaboration=rows[0])
    with pytest.raises(IntegrityError, match="access_review_once_a_quarter"), transaction.atomic():
        AccessReviewFactory.create(store=store, quarter=review.quarter)


# --- The page -------------------------------------------------------------------------------------------------------

PAGE = "/store/shop/settings/users/collaborators/review/"


def sent(*answers: tuple[Collaboration, str], take=()) -> dict:
    data = {"review": str(AccessReview.objects.get().public_id)}
    for row, decision in answers:
        data |= {f"{row.public_id}-decision": decision, f"{row.public_id}-version": row.version}
        if decision == "reduce":
            data[f"{row.public_id}-take"] = list(take)
    return data


def test_all_lines_on_one_page_with_what_deserves_a_look(store, rows, client):
    granted(store, "New here", since=OPENED)
    opened(store)
    client.force_login(store.owner)
    text = " ".join(client.get(PAGE).content.decode().split())
    assert "October to December 2030" in text
    assert "0 of 3 answered" in text
    assert text.count("view customers (personal data)") == 3
    assert "not used yet" in text
    assert "New here" not in text
    assert not AccessReviewAnswer.objects.exists()


def test_keep_reduce_and_end_in_one_form(store, rows, client):
    opened(store)
    client.force_login(store.owner)
    data = sent(*zip(rows, ("keep", "reduce", "end"), strict=True), take=["customers.view"])
    text = client.post(PAGE, data, follow=True).content.decode()
    assert "3 answers are saved." in text
    assert "3 of 3 answered" in " ".join(text.split())
    given = AccessReviewAnswer.objects.order_by("pk").values_list("decision", flat=True)
    assert sorted(given) == ["end", "keep", "reduce"]
    rows[1].refresh_from_db()
    assert rows[1].permissions == ["orders.view", "orders.edit", "products.view"]


def test_a_line_that_is_refused_keeps_no_other_back_and_says_why_in_its_place(store, rows, client):
    opened(store)
    client.force_login(store.owner)
    data = sent((rows[0], "keep"), (rows[1], "keep"), (rows[2], "keep"))
    actions.revoke(rows[1], by=store.owner)
    actions.change_permissions(rows[2], permissions=["orders.view"], by=store.owner)
    response = client.post(PAGE, data)
    text = " ".join(response.content.decode().split())
    assert response.status_code == 422
    assert "1 answer is saved." in text
    assert "Odile Owner revoked this access on" in text
    assert "This access was changed after you opened the page. Look again, then answer." in text
    assert "1 of 2 answered" in text
    assert list(AccessReviewAnswer.objects.values_list("collaboration", flat=True)) == [rows[0].pk]
    rows[2].refresh_from_db()
    assert f'value="{rows[2].version}"' in response.content.decode()  # looked at again, it can be answered


@pytest.mark.parametrize(
    ("take", "sentence"),
    [
        ([], "Choose at least one permission to take away, or choose Keep."),
        (HELD, "This would take everything away. Choose End instead."),
        (["orders.view"], "Edit orders"),  # needs what would be taken
        (["nonsense"], "Choose from what is offered."),
    ],
)
def test_a_reduction_that_does_not_work_keeps_what_was_ticked(store, rows, client, take, sentence):
    opened(store)
    client.force_login(store.owner)
    before = written()
    response = client.post(PAGE, sent((rows[0], "reduce"), take=take))
    text = response.content.decode()
    assert response.status_code == 422
    assert sentence in text
    assert written() == before
    assert text.count('value="reduce" checked') == 1
    assert text.count(" checked><span>View orders</span>") == ("orders.view" in take)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"x-decision": "keep"},
        {"00000000-0000-0000-0000-000000000000-decision": "keep"},
        {"\x00-decision": "keep"},
    ],
)
def test_a_form_that_says_nothing_changes_nothing(store, rows, client, data):
    opened(store)
    client.force_login(store.owner)
    before = written()
    assert "Choose an answer for at least one collaborator." in client.post(PAGE, data, follow=True).content.decode()
    assert written() == before


@pytest.mark.parametrize("damage", [{"decision": "shrug"}, {"version": ""}, {"version": "x" * 17}, {"version": "\x00"}])
def test_a_damaged_line_is_refused_and_changes_nothing(store, rows, client, damage):
    opened(store)
    client.force_login(store.owner)
    before = written()
    data = sent((rows[0], "keep")) | {f"{rows[0].public_id}-{name}": value for name, value in damage.items()}
    assert client.post(PAGE, data).status_code == 422
    assert written() == before


def test_without_an_open_review_the_page_says_when_there_is_one(store, client):
    client.force_login(store.owner)
    assert "No review is open" in client.get(PAGE).content.decode()
    assert "There is no access review to answer" in client.post(PAGE, follow=True).content.decode()


def test_whoever_may_only_see_users_reads_it_and_answers_nothing(store, rows, client):
    opened(store)
    viewer = StaffFactory.create(
        store=store, role=store.roles.create(name="Looks", for_staff=True, permissions=["users.view"])
    ).user
    client.force_login(viewer)
    assert 'value="keep"' not in client.get(PAGE).content.decode()
    before = written()
    assert client.post(PAGE, sent((rows[0], "keep"))).status_code == 403
    assert written() == before


def test_somebody_of_the_partner_has_no_answer_for_its_line(store, rows, client):
    opened(store)
    both = rows[0].partner.memberships.get().user
    StaffFactory.create(store=store, key="store_manager", user=both)
    client.force_login(both)
    text = client.get(PAGE).content.decode()
    assert "You belong to Atelier Nord, so only the owner of the store answers here." in text
    assert f"{rows[0].public_id}-decision" not in text
    before = written()
    response = client.post(PAGE, sent((rows[0], "end")))
    assert response.status_code == 422
    assert "you cannot decide about its access" in response.content.decode()
    assert written() == before


def test_earlier_reviews_are_listed_and_read(store, rows, client, frozen):
    review = opened(store)
    answer(review, rows[0], "reduce", permissions=["orders.view"])
    frozen.move_to(review.closes_at)
    client.force_login(store.owner)
    assert "0 kept · 1 reduced · 0 ended" in client.get(PAGE).content.decode()
    past = client.get(reverse("collaborators:past-review", args=["shop", review.public_id])).content.decode()
    assert "October to December 2030" in past
    assert "Not answered" in past
    assert 'value="keep"' not in past


# --- CSV ------------------------------------------------------------------------------------------------------------


def csv_of(review, client) -> list[str]:
    response = client.get(reverse("collaborators:review-csv", args=["shop", review.public_id]))
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="access-review-shop-2030-10-01.csv"'
    return response.getvalue().decode("utf-8-sig").splitlines()


def test_the_csv_has_a_line_for_each_and_a_header_in_the_readers_language(store, rows, client):
    review = opened(store)
    answer(review, rows[0], "reduce", permissions=["orders.view"])
    client.force_login(store.owner)
    header, *lines = csv_of(review, client)
    assert header.startswith("Partner,Access granted,Last used,Access ends,Permissions")
    assert len(lines) == 3
    assert lines[2].startswith("Atelier Nord,2030-08-20 00:00,,,")
    assert lines[2].endswith(",Reduce,View orders,Odile Owner,2030-10-03 22:00")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_no_cell_is_a_formula(name):
    assert cell(name) == f"'{name}"
    assert cell("Atelier = Nord") == "Atelier = Nord"


def test_a_partner_with_the_name_of_a_formula_is_text_in_the_csv(store, client):
    granted(store, '=HYPERLINK("https://x.example")')
    review = opened(store)
    client.force_login(store.owner)
    assert csv_of(review, client)[1].startswith("\"'=HYPERLINK(")


# --- The store's home -----------------------------------------------------------------------------------------------


def test_the_home_says_that_the_review_waits_until_it_is_answered(store, rows, client):
    review = opened(store)
    client.force_login(store.owner)
    waits = "The access review of this quarter waits for your answers."
    for row in rows:
        assert waits in client.get("/store/shop/").content.decode()
        answer(review, row)
    assert waits not in client.get("/store/shop/").content.decode()


def test_the_home_says_that_access_ends_within_seven_days(store, rows, client):
    client.force_login(store.owner)
    assert "ends within 7 days" not in client.get("/store/shop/").content.decode()
    Collaboration.objects.filter(pk=rows[0].pk).update(ends_at=NOW + timedelta(days=7))
    assert "The access of 1 partner ends within 7 days." in client.get("/store/shop/").content.decode()


# --- The API --------------------------------------------------------------------------------------------------------


def test_the_api_lists_reads_and_answers(store, rows, client):
    review = opened(store)
    client.force_login(store.owner)
    [listed] = client.get("/api/v1/stores/shop/access-reviews/").json()["results"]
    assert (listed["quarter"], listed["open"], listed["unanswered"]) == ("2030-10-01", True, 3)
    lines = f"/api/v1/stores/shop/access-reviews/{review.public_id}/answers/"
    line = client.get(lines).json()["results"][0]
    assert (line["partner"]["name"], line["answer"]) == ("Studio Vif", None)
    said = {"collaboration": line["id"], "version": line["version"], "decision": "reduce"}

    def post(**more):
        return client.post(lines, said | more, content_type="application/json")

    assert (post().status_code, post().json()["code"]) == (422, "everything_taken")
    assert post(permissions=HELD).json()["code"] == "nothing_taken"
    assert post(version="old", permissions=["orders.view"]).json()["code"] == "changed_meanwhile"
    assert post(collaboration="00000000-0000-0000-0000-000000000000").status_code == 404
    assert post(decision="shrug").status_code == 422
    assert not AccessReviewAnswer.objects.exists()
    done = post(permissions=["orders.view"])
    assert done.status_code == 201
    assert done.json()["permissions"] == ["orders.view"]
    assert done.json()["answer"]["answered_by"]["name"] == "Odile Owner"
    one = client.get(f"/api/v1/stores/shop/access-reviews/{review.public_id}/").json()
    assert (one["reduced"], one["unanswered"]) == (1, 2)


# --- Quarters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "zone", "first"),
    [
        (datetime(2030, 1, 1, tzinfo=UTC), "UTC", date(2030, 1, 1)),
        (datetime(2030, 1, 1, tzinfo=UTC), "America/New_York", date(2029, 10, 1)),
        (datetime(2030, 3, 31, 23, tzinfo=UTC), "Europe/Paris", date(2030, 4, 1)),
        (datetime(2030, 12, 31, 12, tzinfo=UTC), "Pacific/Auckland", date(2031, 1, 1)),
    ],
)
def test_quarters_begin_at_midnight_of_the_zone(moment, zone, first):
    assert quarters.first_day(moment, zone) == first


def test_a_year_has_four_quarters():
    day, seen = date(2030, 1, 1), []
    for _ in range(5):
        seen.append(day.isoformat())
        day = quarters.next_first_day(day)
    assert seen == ["2030-01-01", "2030-04-01", "2030-07-01", "2030-10-01", "2031-01-01"]
    with translation.override("en"):
        assert quarters.in_words(date(2030, 7, 1)) == "July to September 2030"

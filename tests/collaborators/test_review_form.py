"""What the form of an access review sends is judged line by line: each says why in its place, and none is a 500."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone
from psycopg2.errors import LockNotAvailable

from collaborators import actions
from collaborators.models import AccessReview, AccessReviewAnswer, Collaboration
from stores.models import Activity, Store
from tests.factories import AccessReviewFactory, CollaborationFactory, StoreFactory
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

PAGE = "/store/shop/settings/users/collaborators/review/"
BUSY = "Somebody else is changing this at the moment. This line was not saved: try again."
CHANGED = "This access was changed after you opened the page. Look again, then answer."
OVER = "This access review is over. Answer the one of this quarter, or change the access itself."


@pytest.fixture
def store() -> Store:
    return StoreFactory.create(handle="shop", time_zone="Europe/Paris")


@pytest.fixture
def rows(store) -> list[Collaboration]:
    return [CollaborationFactory.create(store=store, since=timezone.now() - timedelta(days=100)) for _ in range(5)]


@pytest.fixture
def review(store, rows) -> AccessReview:
    return AccessReviewFactory.create(store=store)


def line(row: Collaboration, decision: str = "keep", *, name: str = "", version: str | None = None) -> dict[str, str]:
    prefix = name or str(row.public_id)
    return {f"{prefix}-decision": decision, f"{prefix}-version": row.version if version is None else version}


def post(review: AccessReview, *lines: dict, seen: str | None = None):
    data = {"review": str(review.public_id) if seen is None else seen}
    for one in lines:
        data |= one
    return signed_in(review.store.owner).post(PAGE, data)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def spellings(row: Collaboration) -> list[str]:
    plain = str(row.public_id)
    return [plain.upper(), plain.replace("-", ""), f"{{{plain}}}", f"urn:uuid:{plain}"]


def test_a_line_under_another_spelling_of_its_name_says_nothing(review, rows):
    for name in spellings(rows[0]):
        assert post(review, line(rows[0], name=name)).status_code == 302
        assert post(review, line(rows[0], name=name), line(rows[1])).status_code == 302
    assert [given.collaboration for given in AccessReviewAnswer.objects.all()] == [rows[1]]


@pytest.mark.parametrize("version", ["", "x" * 16, "x" * 17, "\x00"])
@pytest.mark.parametrize("decision", ["keep", "reduce"])
def test_a_line_with_a_damaged_version_says_so_in_its_place(review, rows, version, decision):
    response = post(review, line(rows[0], decision, version=version))
    assert response.status_code == 422
    assert CHANGED in text_of(response)
    assert not AccessReviewAnswer.objects.exists()


def test_an_answer_that_does_not_exist_says_so_in_its_place(review, rows):
    response = post(review, line(rows[0], "shrug"))
    assert response.status_code == 422
    assert "Choose from what is offered." in text_of(response)


# --- Somebody else is changing it -----------------------------------------------------------------------------------


@pytest.fixture
def tried(monkeypatch, rows) -> list[Collaboration]:
    """All but the first and the last are being changed by somebody else."""
    answer, tried = actions.answer_review, []

    def or_time_out(review, collaboration, **said):
        tried.append(collaboration)
        if collaboration in rows[1:4]:
            raise OperationalError("canceling statement due to lock timeout") from LockNotAvailable()
        return answer(review, collaboration, **said)

    monkeypatch.setattr(actions, "answer_review", or_time_out)
    return tried


def test_a_line_that_somebody_else_is_changing_keeps_no_other_back_and_says_so_in_its_place(review, rows, tried):
    response = post(review, *(line(row, "end") for row in (rows[0], rows[1], rows[4])))
    text = text_of(response)
    assert response.status_code == 422
    assert text.count(BUSY) == 1
    assert "2 answers are saved." in text
    assert "Nothing was changed by you" not in text
    assert f'name="{rows[1].public_id}-decision" value="end" checked' in text
    assert {given.collaboration for given in AccessReviewAnswer.objects.all()} == {rows[0], rows[4]}


def test_after_two_lines_that_wait_for_a_lock_the_rest_is_not_tried(review, rows, tried):
    """Each waits for seconds: a page of them would outlast the request."""
    response = post(review, *map(line, rows))
    assert len([row for row in tried if row in rows[1:4]]) == 2
    assert text_of(response).count(BUSY) == 5 - AccessReviewAnswer.objects.count()


def test_another_trouble_of_the_database_is_not_taken_for_that(review, rows, monkeypatch):
    def broken(*_args, **_said):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(actions, "answer_review", broken)
    with pytest.raises(OperationalError):
        post(review, line(rows[0]))


# --- The quarter turned ---------------------------------------------------------------------------------------------


def test_an_answer_on_the_page_of_last_quarter_is_not_one_of_this_quarter():
    with time_machine.travel(datetime(2030, 12, 31, 22, 50, tzinfo=UTC), tick=False) as clock:
        store = StoreFactory.create(handle="shop", time_zone="Europe/Paris")
        row = CollaborationFactory.create(store=store, since=datetime(2030, 8, 1, tzinfo=UTC))
        actions.open_all_reviews(now=timezone.now())
        before = AccessReview.objects.get()
        page = signed_in(store.owner).get(PAGE).content.decode()
        assert f'<input type="hidden" name="review" value="{before.public_id}">' in page
        clock.move_to(datetime(2030, 12, 31, 23, 1, tzinfo=UTC))
        actions.open_all_reviews(now=timezone.now())
        response = post(before, line(row, "end"))
        assert response.status_code == 422
        assert OVER in text_of(response)
        assert "January to March 2031" in text_of(response)
        assert not AccessReviewAnswer.objects.exists()
        assert not Activity.objects.exists()
        now = AccessReview.objects.latest("quarter")
        assert post(now, line(row)).status_code == 302
        assert AccessReviewAnswer.objects.get().review == now


@pytest.mark.parametrize("seen", ["", "nonsense", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_an_answer_to_no_review_is_refused(review, rows, seen):
    response = post(review, line(rows[0]), seen=seen)
    assert response.status_code == 422
    assert OVER in text_of(response)
    assert not AccessReviewAnswer.objects.exists()

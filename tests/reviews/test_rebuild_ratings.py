"""The command that puts ratings right, while the portal runs."""

from io import StringIO
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction

from partners.models import Partner, PartnerRating
from reviews import ratings
from reviews.management.commands import rebuild_ratings
from tests.factories import PartnerFactory, ReviewFactory


def run() -> str:
    said = StringIO()
    call_command("rebuild_ratings", stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_wrong_figures_are_put_right_and_right_ones_left_alone(monkeypatch):
    monkeypatch.setattr(rebuild_ratings, "BATCH", 2)
    PartnerFactory.create()  # with nothing to reckon
    right, wrong, missing = ReviewFactory.create_batch(3)
    ratings.rebuild(right.partner_id)
    PartnerRating.objects.create(partner=wrong.partner, reviews=7, spread=[7, 0, 0, 0, 0])
    PartnerRating.objects.create(partner=PartnerFactory.create(), reviews=1)  # of whom nobody wrote
    version = PartnerRating.objects.get(partner=right.partner).version
    assert run() == "partners: 4 looked at, 3 put right\n"
    assert run() == "partners: 4 looked at, 0 put right\n"
    assert PartnerRating.objects.get(partner=right.partner).version == version
    for review in (wrong, missing):
        assert PartnerRating.objects.get(partner=review.partner).reviews == 1


@pytest.mark.django_db(transaction=True)
def test_a_partner_that_others_hold_on_to_is_named_and_the_rest_is_put_right():
    held, free = ReviewFactory.create_batch(2)
    is_held, may_end = Event(), Event()

    def hold():
        with transaction.atomic():
            Partner.objects.lock(held.partner_id)
            is_held.set()
            may_end.wait(30)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    is_held.wait(10)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        with pytest.raises(CommandError, match=held.partner.slug):
            run()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
        may_end.set()
        holder.join()
    assert PartnerRating.objects.get(partner=free.partner).reviews == 1
    assert not PartnerRating.objects.filter(partner=held.partner).exists()
    assert run() == "partners: 2 looked at, 1 put right\n"


@pytest.mark.django_db
def test_what_is_busy_at_first_is_tried_again_at_the_end(monkeypatch):
    review, tries = ReviewFactory.create(), []

    def busy_at_first(pk: int) -> bool:
        tries.append(pk)
        if len(tries) == 1:
            raise OperationalError from rebuild_ratings_busy()
        return ratings.rebuild(pk)

    monkeypatch.setattr(rebuild_ratings, "rebuild", busy_at_first)
    assert run() == "partners: 1 looked at, 1 put right\n"
    assert tries == [review.partner_id] * 2


@pytest.mark.django_db
def test_another_trouble_of_the_database_is_not_taken_for_a_lock(monkeypatch):
    ReviewFactory.create()

    def broken(pk: int) -> bool:
        raise OperationalError("the server went away")

    monkeypatch.setattr(rebuild_ratings, "rebuild", broken)
    with pytest.raises(OperationalError):
        run()


def rebuild_ratings_busy() -> Exception:
    from psycopg2.errors import LockNotAvailable

    return LockNotAvailable()

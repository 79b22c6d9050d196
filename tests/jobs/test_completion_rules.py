"""Operators set how long silence lasts, in the operator pages; only for requests to come."""

import pytest

from jobs.models import CompletionRules
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ADD, CHANGE = "/operator/jobs/completionrules/add/", "/operator/jobs/completionrules/1/change/"


@pytest.fixture
def operator(client):
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def test_without_a_row_the_defaults_hold():
    rules = CompletionRules.current()
    assert (rules.by_the_clock, rules.days, rules.more_days) == (True, 14, 7)


def test_the_one_row_is_made_and_changed(operator):
    assert operator.post(ADD, {"by_the_clock": "on", "days": "10", "more_days": "5"}).status_code == 302
    assert CompletionRules.current().days == 10
    assert operator.get(ADD).status_code == 403  # there is one
    assert operator.post(CHANGE, {"days": "20", "more_days": "5"}).status_code == 302
    rules = CompletionRules.current()
    assert (rules.pk, rules.by_the_clock, rules.days) == (1, False, 20)


@pytest.mark.parametrize("field", ["days", "more_days"])
@pytest.mark.parametrize("days", ["0", "91", "-1", "", "x"])
def test_days_are_between_one_and_ninety(operator, field, days):
    CompletionRules.objects.create(pk=1)
    response = operator.post(CHANGE, {"by_the_clock": "on", "days": "14", "more_days": "7", field: days})
    assert response.status_code == 200
    assert b"errorlist" in response.content
    rules = CompletionRules.objects.get()
    assert (rules.days, rules.more_days) == (14, 7)


def test_nobody_removes_them(operator):
    CompletionRules.objects.create(pk=1)
    assert operator.post("/operator/jobs/completionrules/1/delete/", {"post": "yes"}).status_code == 403


def test_nobody_but_operators_gets_there(client):
    client.force_login(UserFactory.create())
    assert client.get(ADD).status_code == 302

"""What the database refuses, whoever writes: each constraint tried in raw SQL."""

import pytest
from django.db import IntegrityError, connection, transaction

from collaborators.models import CodePathOpening, PartnerBlock
from tests.factories import (
    AccessRequestFactory,
    CodeGuessFactory,
    CollaborationFactory,
    DomainFactory,
    MembershipFactory,
    PartnerFactory,
    RequestTemplateFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db


def refuses(name: str, statement: str, *values) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def _split(statement: tuple[str, list]) -> list:
    return [statement[0], *statement[1]]


def copy_of(table: str, row, *, public: bool = True, **changes) -> tuple[str, list]:
    """An INSERT of the same row again, with another id and, if it has one, public id."""
    values = {
        field.column: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.column not in {"id", "public_id"}
    }
    values |= ({"public_id": "00000000-0000-0000-0000-000000000001"} if public else {}) | changes
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})", [*values.values()]


def test_one_pending_request_per_partner_and_store():
    statement, values = copy_of("collaborators_accessrequest", AccessRequestFactory.create())
    refuses("access_request_one_pending", statement, *values)


def test_one_active_collaboration_per_partner_and_store():
    statement, values = copy_of("collaborators_collaboration", CollaborationFactory.create())
    refuses("collaboration_one_active", statement, *values)


def test_one_code_at_a_time():
    store = StoreFactory.create()
    refuses(
        "request_code_one_at_a_time",
        "INSERT INTO collaborators_requestcode (store_id, sealed, made_at) VALUES (%s, 'x', now())",
        store.pk,
    )


@pytest.mark.parametrize("change", ["digits = '1234'", "sealed = NULL", "sealed = NULL, digits = '12a4'"])
def test_a_code_is_sealed_or_of_an_older_version_four_digits(change):
    StoreFactory.create()
    refuses("request_code_sealed", f"UPDATE collaborators_requestcode SET {change}")


def test_a_guess_is_counted_once_per_partner():
    guess = CodeGuessFactory.create()
    refuses("code_guess_once", *_split(copy_of("collaborators_codeguess", guess, public=False)))


@pytest.mark.parametrize("change", ["compared_at = now()", "compared_at = now(), store_id = NULL"])
def test_a_guess_is_compared_at_an_opening(change):
    CodeGuessFactory.create()
    refuses("code_guess_compared_at_an_opening", f"UPDATE collaborators_codeguess SET {change}")


def test_a_code_path_is_open_once():
    store = StoreFactory.create()
    CodePathOpening.objects.create(store=store)
    refuses(
        "code_path_open_once",
        "INSERT INTO collaborators_codepathopening (store_id, opened_at) VALUES (%s, now())",
        store.pk,
    )


def test_a_partner_is_blocked_once():
    store = StoreFactory.create()
    block = PartnerBlock.objects.create(store=store, partner=PartnerFactory.create(), blocked_by=store.owner)
    refuses("partner_block_once", *_split(copy_of("collaborators_partnerblock", block)))


@pytest.mark.parametrize(
    "change",
    [
        "status = 'declined'",
        "status = 'declined', decided_at = now()",
        "status = 'withdrawn', decided_at = now()",
        "decided_at = now()",
        "status = 'expired', decided_at = now(), decided_by_id = asked_by_id",
    ],
)
def test_not_pending_means_decided_by_somebody_and_by_nobody_only_for_the_clock(change):
    AccessRequestFactory.create()
    refuses("access_request_decided_by_somebody", f"UPDATE collaborators_accessrequest SET {change}")


def test_approved_means_a_collaboration():
    AccessRequestFactory.create()
    refuses(
        "access_request_approved_grants",
        "UPDATE collaborators_accessrequest SET status = 'approved', decided_at = now(), decided_by_id = asked_by_id",
    )


@pytest.mark.parametrize(
    "change",
    [
        "ended_at = now()",
        "ended_how = 'revoked'",
        "ended_at = now(), ended_how = 'revoked'",
        "ended_at = now(), ended_how = 'left'",
        "ended_at = now(), ended_how = 'lapsed', ended_by_id = granted_by_id",
    ],
)
def test_ended_means_by_somebody_and_by_nobody_only_for_the_clock(change):
    CollaborationFactory.create()
    refuses("collaboration_ended_by_somebody", f"UPDATE collaborators_collaboration SET {change}")


def test_a_collaboration_grants_something():
    CollaborationFactory.create()
    refuses("collaboration_grants_something", "UPDATE collaborators_collaboration SET permissions = '{}'")


def test_a_domain_is_verified_for_one_store_only():
    DomainFactory.create(name="shop.example", verified=True)
    DomainFactory.create(name="shop.example")
    refuses("domain_verified_once", "UPDATE stores_domain SET verified_at = now()")


def test_a_membership_holds_known_permissions_only():
    MembershipFactory.create()
    refuses("membership_known_permissions", "UPDATE partners_membership SET permissions = '{manage_everything}'")


def test_a_collaboration_holds_nothing_that_is_for_staff():
    CollaborationFactory.create()
    refuses("collaboration_nothing_for_staff", "UPDATE collaborators_collaboration SET permissions = '{users.manage}'")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("access_request_more_than_held", "held = '{themes.view}'"),
        ("access_request_seen_by_somebody", "seen_at = now()"),
        ("access_request_seen_by_somebody", "seen_by_id = asked_by_id"),
        ("access_request_reopened_by_somebody", "reopened_at = now()"),
        ("access_request_reopened_by_somebody", "reopened_by_id = asked_by_id"),
    ],
)
def test_more_seen_and_reopened_are_whole_facts(name, change):
    AccessRequestFactory.create()
    refuses(name, f"UPDATE collaborators_accessrequest SET {change}")


def test_a_template_name_stands_once_per_partner_in_any_case():
    template = RequestTemplateFactory.create(name="Theme work")
    statement, values = copy_of("collaborators_requesttemplate", template, name="THEME WORK")
    refuses("request_template_name_once_per_partner", statement, *values)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("request_template_asks_for_something", "permissions = '{}'"),
        ("request_template_nothing_for_staff", "permissions = '{users.manage}'"),
        ("request_template_days", "days = 0"),
        ("request_template_days", "days = 1826"),
    ],
)
def test_a_template_asks_for_what_a_request_may(name, change):
    RequestTemplateFactory.create()
    refuses(name, f"UPDATE collaborators_requesttemplate SET {change}")

"""The description of the API is complete, clean, and true: what it promises is what comes back."""

import os
import re
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from config.api import throttles
from tests.config.test_api_addresses import DESCRIPTION, OURS, TABLE
from tests.factories import AccessTokenFactory
from tests.world import make_world

SCHEMA = "/api/v1/schema/"
PUBLIC = "/api/v1/public/"  # read without signing in


@pytest.fixture(scope="module")
def schema() -> dict:
    return Client().get(SCHEMA, headers={"accept": "application/vnd.oai.openapi+json"}).json()


def operations(schema: dict) -> list[tuple[str, str, dict]]:
    return [(path, method, what) for path, methods in schema["paths"].items() for method, what in methods.items()]


def test_it_can_be_made_without_a_single_warning():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO(), stderr=StringIO())


def test_every_method_of_every_address_is_described_and_nothing_else(schema):
    described = {(path, method.upper()) for path, method, _what in operations(schema)}
    there = {
        (re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{address.route}"), method)
        for address in OURS
        if address.name not in DESCRIPTION
        for name, method in TABLE
        if name == address.name
    }
    assert described == there


def test_every_operation_says_what_it_is_for_who_may_and_how_it_says_no(schema):
    for path, method, what in operations(schema):
        assert what["summary"], path
        assert what["operationId"].isidentifier(), path
        assert len(what["tags"]) == 1, path
        assert what["tags"][0] in {tag["name"] for tag in schema["tags"]}, path
        if path.startswith(PUBLIC):
            assert "security" not in what, path
            assert {"401", "403"}.isdisjoint(what["responses"]), path
            assert {"304", "400", "406", "429"} <= what["responses"].keys(), path
            continue
        assert {"token": []} in what["security"], path
        assert {"session": []} in what["security"], path
        assert {"400", "401", "406", "429"} <= what["responses"].keys(), path
        assert [status for status in what["responses"] if status.startswith("2")], path
        if method != "get":
            assert {"403", "409", "422"} <= what["responses"].keys(), path
    names = [what["operationId"] for _path, _method, what in operations(schema)]
    assert len(names) == len({*names})


def test_no_primary_key_and_no_secret_has_a_place_in_any_answer(schema):
    components = schema["components"]["schemas"]
    properties = {name for component in components.values() for name in component.get("properties", {})}
    assert not properties & {"pk", "user_id", "store_id", "partner_id", "digest", "password"}
    for name, component in components.items():
        if "id" in component.get("properties", {}):
            assert component["properties"]["id"]["format"] == "uuid", name


def test_it_is_the_same_for_everybody_and_needs_no_sign_in(client):
    response = client.get(SCHEMA)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/vnd.oai.openapi")


# --- Everything that it allows, and much that it does not ------------------------------------------------------------

EXAMPLES = int(os.environ.get("API_EXAMPLES", "1"))  # of each operation and kind; `make test-api` tries many more
LONG = "API_EXAMPLES" in os.environ  # everybody everywhere; else each person where they are somebody
WHERE = {
    "owner": "/(me|notifications|stores|permissions)/",
    "partner_owner": "/(partners|invitations)/",
    "signed_out": "/",
}
CHECKS = {  # what is well formed may still be refused by the rules: 422
    "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422"]},
    "negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "406", "409", "415", "422"]},
    "ignored_auth": {"enabled": False},  # asks without a token what is behind one: test_api_addresses.py does
}


def failures(base: str, who: str, world, headers: dict[str, str]) -> list[str]:
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": {"Connection": "close", **headers},  # else the server keeps a connection to the database open
            "generation": {"max-examples": EXAMPLES, "database": "none", "mode": "all", "allow-x00": False},  # NUL: 400
            "checks": CHECKS,
            "phases": {
                "stateful": {"enabled": False},
                "coverage": {"enabled": LONG or who != "signed_out", "unexpected-methods": ["PATCH", "TRACE"]},
            },
            "parameters": {
                "path.handle": world.store.handle,
                "path.slug": world.asking.slug,
                "path.public_id": str(world.pending.public_id),
            },
        }
    )
    schema = schemathesis.openapi.from_url(base + SCHEMA, config=config)
    if not LONG:
        schema = schema.include(path_regex=f"/api/v1{WHERE[who]}")
    found, asked = [], 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            asked += len(event.recorder.interactions)
            for label, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        case = event.recorder.cases[label].value
                        found.append(
                            f"{check.failure_info.failure.title}: {check.failure_info.failure.message}\n"
                            f"    {case.as_curl_command()}"
                        )
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(getattr(event, "value", event)) or repr(event))
    assert asked > 50
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("who", ["owner", "partner_owner", "signed_out"])
def test_what_it_promises_is_what_comes_back(live_server, monkeypatch, settings, who):
    """Sensible and senseless requests by the hundred: no 5xx, and every answer as described."""
    settings.SITE_URL = live_server.url
    for throttle in (throttles.Requests, throttles.Changes):
        monkeypatch.setattr(throttle, "rate", "1000000/minute", raising=False)
    monkeypatch.setitem(throttles.PersonThrottle.THROTTLE_RATES, "asking", "1000000/minute")
    cache.clear()
    world = make_world()
    headers = {}
    if user := world.people[who]:
        AccessTokenFactory.create(user=user, secret="ent_secret")
        headers = {"Authorization": "Bearer ent_secret"}
    found = failures(live_server.url, who, world, headers)
    assert not found, "\n".join([f"{len(found)} failures", *found[:20]])

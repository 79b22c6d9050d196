"""Without its server the cache still counts, and nobody waits or sees an error."""

import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from config.cache import SteadyRedisCache
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

LIMITS = {"login_failed": "3/5m/key"}


@pytest.fixture
def away(monkeypatch):
    monkeypatch.setattr(SteadyRedisCache, "_away_until", 0.0)
    down = SteadyRedisCache("redis://127.0.0.1:1/0", {})
    down._spare.clear()
    return down


def test_every_call_is_answered_from_memory(away):
    assert away.get("key", "nothing") == "nothing"
    assert away.add("key", 1)
    assert not away.add("key", 2)
    assert away.incr("key") == 2
    assert away.get_many(["key"]) == {"key": 2}
    away.set("other", "x")
    assert away.has_key("other")
    assert away.touch("other")
    assert away.delete("other")
    away.clear()
    assert away.get("key") is None


def test_a_server_that_does_not_answer_is_asked_once_and_then_left_alone(away, monkeypatch):
    asked = []

    def fail(*args, **kwargs):
        asked.append(args)
        raise ConnectionError

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", fail)

    for _time in range(5):
        away.get("key")
    assert len(asked) == 1


def test_a_server_that_came_back_is_used_again(away, monkeypatch):
    away.get("key")
    monkeypatch.setattr(SteadyRedisCache, "_away_until", time.monotonic() - 1)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", lambda *args, **kwargs: "back")
    assert away.get("key") == "back"


def test_sign_in_works_and_is_limited_without_the_server(settings, monkeypatch):
    settings.ACCOUNT_RATE_LIMITS = LIMITS
    settings.CACHES = {"default": {"BACKEND": "config.cache.SteadyRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    monkeypatch.setattr(SteadyRedisCache, "_away_until", 0.0)
    cache.clear()
    user = UserFactory.create()
    wrong = {"login": user.email, "password": "wrong"}
    pages = [Client().post(reverse("account_login"), wrong).content.decode() for _try in range(4)]
    assert ["Too many" in page for page in pages] == [False, False, False, True]
    other = UserFactory.create()
    assert Client().post(reverse("account_login"), {"login": other.email, "password": PASSWORD}).status_code == 302
    cache.clear()

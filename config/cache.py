"""The cache, which nothing may depend on."""

import logging
import time
from collections.abc import Callable

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

AWAY = 30  # seconds for which a server that just failed is left alone, so that requests stay quick


class SteadyRedisCache(RedisCache):
    """Redis, and the memory of this process while Redis does not answer.

    Limits on sign-in are counted here. Without Redis they are still counted, by each process for itself: somebody who
    guesses gets a few more tries, everybody else signs in as always. To fail closed would let whoever stops Redis keep
    everybody out; to fail open, guess without end.
    """

    def __init__(self, server, params):
        options = {"socket_timeout": 1, "socket_connect_timeout": 1, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._spare = self._make_spare(params)

    def _make_spare(self, params) -> BaseCache:
        return LocMemCache("spare", {**params, "OPTIONS": {"MAX_ENTRIES": 50_000}})  # no flood empties it

    _away_until = 0.0  # of the process: each thread has a cache object of its own

    def _steady(self, name: str, *args, **kwargs):
        if time.monotonic() >= SteadyRedisCache._away_until:
            try:
                return getattr(super(), name)(*args, **kwargs)
            except (RedisError, OSError) as error:
                SteadyRedisCache._away_until = time.monotonic() + AWAY
                logger.warning("The cache does not answer (%s); this process counts for itself", type(error).__name__)
        return getattr(self._spare, name)(*args, **kwargs)


def _steady(name: str) -> Callable:
    def call(self, *args, **kwargs):
        return self._steady(name, *args, **kwargs)

    return call


SERVED = {"add", "get", "set", "touch", "delete", "get_many", "set_many", "delete_many", "has_key", "incr", "clear"}
for _name in SERVED:
    setattr(SteadyRedisCache, _name, _steady(_name))


class PagesCache(SteadyRedisCache):
    """Redis for what can be made again. While it is away, nothing is kept: whole pages would fill the memory."""

    def _make_spare(self, params) -> BaseCache:
        return DummyCache("", params)

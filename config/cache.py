"""The cache, which nothing may depend on."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

AWAY = 30  # seconds for which a server that just failed is left alone, so that requests stay quick


class LastingClient(RedisCacheClient):
    """With one client for each pool of connections: to make one takes longer than what it is asked."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[int, Any] = {}

    def get_client(self, key=None, *, write=False):
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        if id(pool) not in self._clients:  # pools last as long as this
            self._clients[id(pool)] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return self._clients[id(pool)]


class SteadyRedisCache(RedisCache):
    """Redis, and the memory of this process while Redis does not answer.

    Limits on sign-in are counted here. Without Redis they are still counted, by each process for itself: somebody who
    guesses gets a few more tries, everybody else signs in as always. To fail closed would let whoever stops Redis keep
    everybody out; to fail open, guess without end.
    """

    def __init__(self, server, params):
        options = {"socket_timeout": 1, "socket_connect_timeout": 1, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._class = LastingClient
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


class Near:
    """The few pages that this process gave out last, by a name that holds their version: no other process has to tell
    it of a change."""

    PAGES, LARGEST = 100, 200_000  # bytes

    def __init__(self) -> None:
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
            return self._pages.get(key)

    def add(self, key: str, value: Any) -> None:
        if not isinstance(value, bytes) or len(value) > self.LARGEST:
            return
        with self._lock:
            self._pages[key] = value
            while len(self._pages) > self.PAGES:
                self._pages.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()


class PagesCache(SteadyRedisCache):
    """Redis for what can be made again and never changes under its name. What is read twice stays near, within bounds.

    While Redis is away, nothing more is kept: whole pages would fill the memory.
    """

    near = Near()  # of the process: each thread has a cache object of its own

    def _make_spare(self, params) -> BaseCache:
        return DummyCache("", params)

    def get(self, key, default=None, version=None):
        if (page := self.near.get(key)) is not None:
            return page
        value = super().get(key, default, version)
        self.near.add(key, value)
        return value

    def clear(self):
        self.near.clear()
        return super().clear()

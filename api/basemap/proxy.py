"""The Ordnance Survey's maps for our clients: from what is kept, else asked for once, else not at all.

`OsProxy.get` gives None where there is nothing of theirs to serve, and the caller serves our own. Nothing in here
waits without an end, asks more than the budget allows, or hands on what was not checked.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool

from api.basemap.budget import Breaker, TokenBucket
from api.basemap.checking import Rubbish, checked
from api.basemap.os_cache import Kept, OsCache, namespace_of
from api.basemap.paths import Kind, Resource
from api.basemap.settings import OsSettings
from api.basemap.upstream import Answer, NoAnswer, Upstream
from api.core import clock
from api.core.single_flight import SingleFlight

__all__ = ["CACHE_FILE", "Got", "OsProxy"]

_log = logging.getLogger("bopsgis.basemap")

CACHE_FILE: Final = "os-cache.db"
"""In the home folder."""
_AT_ONCE: Final = 8
"""Requests to the Ordnance Survey at the same time."""
_MOST_WAITING: Final = 200
"""Different things that are asked for at the same time; further ones are not asked for."""
_REFUSED_PAUSE_S: Final = 300.0
"""After a refused key nothing is asked for so long: only a person can put it right."""
_NOT_SAID_S: Final = 3_600
"""For how long an answer is used that does not say for how long it may be."""
_ABSENT_S: Final = 300
"""For how long we remember that there is no such thing, unless the answer says less."""


@dataclass(frozen=True, slots=True)
class Got:
    """Something of the Ordnance Survey's, checked. `status` is 200, or 404 for what they do not have."""

    status: int
    body: bytes
    encoding: str
    fresh_s: int
    stale: bool


class OsProxy:
    """The door to the Ordnance Survey. Without a key it is shut, and what was kept is thrown away."""

    def __init__(
        self,
        settings: OsSettings,
        home: Path,
        now: Callable[[], float] = lambda: clock.now().timestamp(),
        breaker: Breaker | None = None,
    ) -> None:
        self.settings = settings
        self._now = now
        self._cache = OsCache(home / CACHE_FILE, namespace_of(settings), settings.cache_bytes)
        self._upstream = Upstream(settings)
        self._bucket = TokenBucket(settings.requests_per_minute)
        self._breaker = breaker or Breaker()
        self._refused = False
        self._lock = threading.Lock()
        self._flights: SingleFlight[Got | None] = SingleFlight()
        self._pool = _threads()
        self._closed = False

    @property
    def has_key(self) -> bool:
        """Whether the Ordnance Survey is asked at all."""
        return self.settings.key is not None

    async def get(self, resource: Resource) -> Got | None:
        """What they have for `resource`, or None where that is not known and cannot be had at the moment."""
        if not self.has_key:
            return None
        kept = await run_in_threadpool(self._cache.get, resource.target, self._now())
        if kept is not None and kept.fresh_until > self._now():
            return self._served(kept, stale=False)
        if len(self._flights) >= _MOST_WAITING:
            return self._stale(kept)
        return await self._flights.do(resource.target, lambda: self._fly(resource, kept))

    def start(self) -> None:
        """Have threads again, where the proxy was closed with the server that it served before."""
        if self._closed:
            self._pool, self._closed = _threads(), False

    def close(self) -> None:
        """Let go of the file and the threads."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._cache.close()

    async def _fly(self, resource: Resource, kept: Kept | None) -> Got | None:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._ask, resource, kept)

    def _ask(self, resource: Resource, kept: Kept | None) -> Got | None:
        """Ask, and keep what may be kept. Runs in a thread of its own pool."""
        trial_s = self.settings.connect_s + self.settings.read_s
        if not self._breaker.allow(trial_s) or not self._bucket.take():
            return self._stale(kept)
        try:
            answer = self._upstream.fetch(resource, kept.etag if kept else "")
            return self._take(resource, kept, answer)
        except (NoAnswer, Rubbish) as error:
            self._breaker.fail()
            _log.warning("the Ordnance Survey gave nothing to use for %s: %s", resource.target, error)
            return self._stale(kept)

    def _take(self, resource: Resource, kept: Kept | None, answer: Answer) -> Got | None:
        if answer.status in {401, 403}:
            self._refuse(answer.status)
            return None
        if answer.status == 304 and kept is not None:
            self._recover()
            return self._keep(resource, replace(kept, etag=answer.etag or kept.etag), answer)
        if answer.status == 200:
            content = checked(resource.kind, answer, self.settings.max_bytes)
            self._recover()
            body, encoding = (answer.body, answer.encoding) if resource.kind is Kind.TILE else (content, "")
            return self._keep(resource, Kept(200, body, encoding, answer.etag, 0.0, 0.0), answer)
        if answer.status in {204, 400, 404, 410}:
            self._recover()
            return self._keep(resource, Kept(404, b"", "", "", 0.0, 0.0), answer)
        self._breaker.fail(answer.retry_after_s)
        _log.warning("the Ordnance Survey answered %s for %s", answer.status, resource.target)
        return self._stale(kept)

    def _keep(self, resource: Resource, kept: Kept, answer: Answer) -> Got:
        """Keep an answer for as long as it allows, but no longer than we want; hand it out in any case."""
        longest = self.settings.longest_ttl_s if kept.status == 200 else min(_ABSENT_S, self.settings.longest_ttl_s)
        said = _NOT_SAID_S if answer.lifetime_s is None else answer.lifetime_s
        fresh_until = self._now() + max(0, min(said, longest))
        stale_until = fresh_until + (self.settings.stale_s if answer.stale_allowed else 0)
        kept = replace(kept, fresh_until=fresh_until, stale_until=stale_until)
        if said >= 0 and stale_until > self._now():
            self._cache.put(resource.target, kept, self._now())
        return self._served(kept, stale=False)

    def _served(self, kept: Kept, *, stale: bool) -> Got:
        fresh_s = 0 if stale else int(max(0.0, kept.fresh_until - self._now()))
        return Got(kept.status, kept.body, kept.encoding, fresh_s, stale)

    def _stale(self, kept: Kept | None) -> Got | None:
        """What is kept, though it is no longer fresh. A refused key ends that: the licence is gone."""
        return None if kept is None or self._refused else self._served(kept, stale=True)

    def _refuse(self, status: int) -> None:
        self._breaker.pause(_REFUSED_PAUSE_S)
        with self._lock:
            known, self._refused = self._refused, True
        if not known:
            why = "does not know our key" if status == 401 else "has no plan for this API under our key"
            _log.critical(
                "The Ordnance Survey %s (%s). Our own base map is served until that is put right.", why, status
            )

    def _recover(self) -> None:
        self._breaker.succeed()
        with self._lock:
            known, self._refused = self._refused, False
        if known:
            _log.warning("The Ordnance Survey takes our key again.")


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ordnance-survey")

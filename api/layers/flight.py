"""One computation for one tile, however many ask for it at the same time, in whatever thread or event loop."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Flights"]

T = TypeVar("T")


class Flights(Generic[T]):
    """Who asks for what is being made shares the one future; `api.core.single_flight` shares within one loop only."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._lock = Lock()
        self._flying: dict[Hashable, Future[T]] = {}

    def begin(self, key: Hashable, work: Callable[[], T]) -> Future[T]:
        """What `work` will give, or what the same work for `key` will that somebody began before."""
        with self._lock:
            flying = self._flying.get(key)
            if flying is None:
                flying = self._flying[key] = self._executor.submit(work)
                new = True
            else:
                new = False
        if new:
            # Not under the lock: where it is done already, this calls back at once.
            flying.add_done_callback(lambda _done: self._land(key))
        return flying

    def _land(self, key: Hashable) -> None:
        with self._lock:
            self._flying.pop(key, None)

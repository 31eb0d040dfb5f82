"""One computation for one thing, however many ask for it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["SingleFlight"]

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Who asks for a thing that is under way waits for that one. Waiting takes no thread.

    A caller who goes away does not end the work: others may wait for it, and what it gives may be kept.
    """

    def __init__(self) -> None:
        self._flying: dict[Hashable, asyncio.Task[T]] = {}

    def __len__(self) -> int:
        """How many things are under way."""
        return len(self._flying)

    async def do(self, thing: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, or the same work for `thing` that somebody began before."""
        task = self._flying.get(thing)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.ensure_future(_awaited(work))
            self._flying[thing] = task
            task.add_done_callback(lambda done: self._land(thing, done))
        return await asyncio.shield(task)

    def _land(self, thing: Hashable, done: asyncio.Task[T]) -> None:
        if self._flying.get(thing) is done:
            del self._flying[thing]


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()

"""How much is asked of the Ordnance Survey: a number of requests a minute, and a pause when it does not answer."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

__all__ = ["Breaker", "TokenBucket"]


class TokenBucket:
    """Allows `per_minute` requests a minute: a tenth of them at once, the rest as time goes by.

    In any sixty seconds that is never more than 1.1 times `per_minute`.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60.0
        self._most = max(1.0, per_minute / 10.0)
        self._left = self._most
        self._clock = clock
        self._then = clock()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take the right to one request, if there is one left."""
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._then) * self._rate)
            self._then = now
            if self._left < 1.0:
                return False
            self._left -= 1.0
            return True


class Breaker:
    """Stops asking after a failure, for longer after each further one, with jitter; then lets one request try."""

    SHORTEST_S = 1.0
    LONGEST_S = 120.0

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def open(self) -> bool:
        """True while nothing may be asked."""
        return self._clock() < self._until

    def allow(self, trial_s: float) -> bool:
        """Whether a request may go out. While things are bad only one does, which has `trial_s` seconds to end."""
        with self._lock:
            now = self._clock()
            if now < self._until:
                return False
            if self._failures:
                self._until = now + trial_s
            return True

    def succeed(self) -> None:
        """Note that the service answers."""
        with self._lock:
            self._failures, self._until = 0, 0.0

    def fail(self, at_least_s: float = 0.0) -> None:
        """Note that it does not. `at_least_s` is the pause that it asked for."""
        with self._lock:
            self._failures += 1
            longest = min(self.SHORTEST_S * 2.0**self._failures, self.LONGEST_S)
            pause = max(self._chance(longest / 2.0, longest), min(at_least_s, self.LONGEST_S))
            self._until = self._clock() + pause

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long, whatever happens; then let one request try, as after a failure."""
        with self._lock:
            self._failures = max(self._failures, 1)
            self._until = self._clock() + seconds

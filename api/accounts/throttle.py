"""How often something may be tried: counted in memory, or in Redis where several processes serve."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from bopsgis.errors import Throttled

__all__ = ["TRIES", "Throttle"]

TRIES = {
    "sign_in": "5/minute",
    # One address may be a whole council's.
    "sign_in_address": "30/minute",
    "code": "5/minute",
    "council_account": "60/minute",
    "link": "60/minute",
    "representation": "10/hour",
    "alert": "10/hour",
}
"""How often each kind of thing may be tried for one key."""


class Throttle:
    """Counts tries by key. `storage` is `memory://` or a Redis URL; `rates` names a rate in words for each kind.

    Where the storage cannot be asked, a try is refused: a sign-in is never left unguarded.
    """

    def __init__(self, storage: str, rates: dict[str, str]) -> None:
        # A counter that does not answer must not keep a request waiting for ever.
        waits = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0} if storage.startswith("redis") else {}
        self._limiter = MovingWindowRateLimiter(storage_from_string(storage, wrap_exceptions=True, **waits))
        self._rates: dict[str, RateLimitItem] = {kind: parse(rate) for kind, rate in rates.items()}

    def hit(self, kind: str, *keys: str) -> None:
        """Count one try of `kind` for each key. Raises Throttled where one of them is over its rate."""
        rate = self._rates[kind]
        try:
            over = [key for key in keys if not self._limiter.hit(rate, kind, key)]
            wait_s = max((self._limiter.get_window_stats(rate, kind, key).reset_time for key in over), default=0.0)
        except StorageError as error:
            raise Throttled("Signing in is not possible at the moment.", retry_after_s=60) from error
        if over:
            seconds = max(1, math.ceil(wait_s - time.time()))
            raise Throttled("That was tried too often.", retry_after_s=seconds)

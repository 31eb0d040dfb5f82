"""The only place that asks what day it is; everything below takes dates as arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

__all__ = ["now", "today"]

_LONDON = ZoneInfo("Europe/London")


def today() -> date:
    """The date in England now: what the law counts, wherever the server stands."""
    return datetime.now(tz=_LONDON).date()


def now() -> datetime:
    """The instant, in UTC: what is stored."""
    return datetime.now(tz=UTC)

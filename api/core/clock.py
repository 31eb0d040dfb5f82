"""The only place that asks what day it is; everything below takes dates as arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["now", "run_ahead", "today"]

_LONDON: Final = ZoneInfo("Europe/London")


@dataclass
class _Ahead:
    by: timedelta = field(default=timedelta())


_AHEAD: Final = _Ahead()


def run_ahead(by: timedelta) -> None:
    """Let the clock of this process run ahead of the machine's: for a demonstration in which weeks have to pass."""
    _AHEAD.by = by


def today() -> date:
    """The date in England now: what the law counts, wherever the server stands."""
    return now().astimezone(_LONDON).date()


def now() -> datetime:
    """The instant, in UTC: what is stored."""
    return datetime.now(tz=UTC) + _AHEAD.by

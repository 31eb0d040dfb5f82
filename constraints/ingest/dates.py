"""Dates as publishers write them: ISO, day first, run together, by month, and words that are no date."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

__all__ = ["ReadDate", "is_provisional", "read_date"]

_ISO: Final = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$")
_DAY_FIRST: Final = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[T ].*)?$")
_TOGETHER: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\d{6})?$")
_WORDED: Final = re.compile(r"^(?:(\d{1,2})(?:st|nd|rd|th)?[-/. ]*)?([A-Za-z]{3,9})\.?[-/, ]*(\d{4}|\d{2})$")
_MONTH: Final = re.compile(r"^(\d{4})-(\d{2})$")
_YEAR: Final = re.compile(r"^(\d{4})$")
_EPOCH_MS: Final = re.compile(r"^-?\d{11,13}$")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NO_VALUE: Final = frozenset({"", "none", "null", "nan", "nat", "n/a", "na", "-", "nil"})
_EARLIEST_YEAR: Final = 1800
_LATEST_YEAR: Final = 2200
_NEVER_YEAR: Final = 9999


@dataclass(frozen=True, slots=True)
class ReadDate:
    """What a text says: the day, or None with `code` and `sentence` saying why it is not known.

    `code` is empty where there is nothing to say; a day that was inferred has a code too.
    """

    day: date | None
    code: str = ""
    sentence: str = ""


def is_provisional(text: str) -> bool:
    """True where a column for a date or a status says that an order is not yet confirmed."""
    return text.strip().casefold() in {"provisional", "not confirmed", "unconfirmed"}


def read_date(text: str, today: date, *, latest: bool = False) -> ReadDate:
    """The day that `text` says; a month or year alone is its first day, or its last with `latest`.

    Days come before months, as everyone in England writes them. Years of two digits are taken as not after
    `today` (the day of retrieval). A day before 1800 or after 2200 is taken as a slip; the year 9999 as "never".

    >>> read_date("17/01/20", date(2026, 11, 22)).day
    datetime.date(2020, 1, 17)
    >>> read_date("Signed, Authorised", date(2026, 11, 22)).code
    'date_unreadable'
    """
    text = " ".join(text.split())
    if text.casefold() in _NO_VALUE or not text.strip("0-/:. T"):
        return ReadDate(None)
    found = _exact(text, today) or _rounded(text, today, latest=latest)
    if found is None:
        return ReadDate(None, "date_unreadable", f"{text[:60]!r} is no date that can be read, so it is not known.")
    if found.day is not None and found.day.year == _NEVER_YEAR:
        return ReadDate(None)
    if found.day is not None and not _EARLIEST_YEAR <= found.day.year <= _LATEST_YEAR:
        return ReadDate(None, "date_out_of_range", f"{text[:60]!r} cannot be right, so the date is not known.")
    return found


def _exact(text: str, today: date) -> ReadDate | None:
    if match := _ISO.match(text) or _TOGETHER.match(text):
        return _day(*(int(part) for part in match.groups()[:3]))
    if match := _DAY_FIRST.match(text):
        day, month = int(match[1]), int(match[2])
        year, code = _year(match[3], today)
        found = _day(year, month, day)
        if found is None:
            turned = _day(year, day, month)
            return turned and ReadDate(turned.day, "date_month_first", f"{text!r} was read with the month first.")
        return ReadDate(found.day, code, f"{text!r} has a year of two digits: read as {year}." if code else "")
    if _EPOCH_MS.match(text):
        moment = _EPOCH + timedelta(milliseconds=int(text))
        return ReadDate(moment.date(), "date_from_epoch", f"{text} was read as milliseconds since 1970.")
    return None


def _rounded(text: str, today: date, *, latest: bool) -> ReadDate | None:
    """Dates with the month in words, and months and years alone."""
    if match := _WORDED.match(text):
        month = _month(match[2])
        year, _ = _year(match[3], today)
        if month is None:
            return None
        if match[1]:
            return _day(year, month, int(match[1]))
        return _whole(year, month, month, text, latest=latest)
    if match := _MONTH.match(text):
        month = int(match[2])
        return _whole(int(match[1]), month, month, text, latest=latest) if 1 <= month <= 12 else None
    if match := _YEAR.match(text):
        return _whole(int(match[1]), 1, 12, text, latest=latest)
    return None


def _whole(year: int, first_month: int, last_month: int, text: str, *, latest: bool) -> ReadDate | None:
    if year < 1:
        return None
    day = date(year, last_month, monthrange(year, last_month)[1]) if latest else date(year, first_month, 1)
    return ReadDate(day, "date_rounded", f"{text!r} has no day: read as {day.isoformat()}.")


def _month(word: str) -> int | None:
    short = word[:3].casefold()
    return _MONTHS.index(short) + 1 if short in _MONTHS else None


def _year(text: str, today: date) -> tuple[int, str]:
    if len(text) == 4:
        return int(text), ""
    year = today.year // 100 * 100 + int(text)
    return (year if year <= today.year else year - 100), "date_two_digit_year"


def _day(year: int, month: int, day: int) -> ReadDate | None:
    try:
        return ReadDate(date(year, month, day))
    except ValueError:
        return None

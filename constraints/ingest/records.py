"""What a row says besides its geometry: reference, name, dates, attributes, and whom it concerns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from constraints.ingest.dates import is_provisional, read_date
from constraints.ingest.fields import Found
from constraints.ingest.raw import Remark

__all__ = ["CONFIRMED", "PROVISIONAL", "Told", "read_told"]

PROVISIONAL: Final = "provisional"
"""Attribute of an order that is not yet confirmed: in force, and says so. Holds the publisher's word."""
CONFIRMED: Final = "confirmed-date"
_TOLD_DATES: Final = {"entry-date": "entry date", "start-date": "start date", "end-date": "end date"}
_FAR_FUTURE: Final = timedelta(days=5 * 366)
"""A listed building that "starts" in 2096 (a real row) is a slip: taken at its word it would be no constraint."""
_PROVISIONAL_FIELDS: Final = ("confirmed-date", "start-date", "varied-date", "status")
_YES: Final = frozenset({"y", "yes", "true", "1"})
_UPRN: Final = re.compile(r"\d{1,12}")
_FLOOD_LEVEL: Final = re.compile(r"^(?:flood\s*zone|fz|zone)?\s*([123])[ab]?$", re.IGNORECASE)
_GSS: Final = re.compile(r"^[EWSN]\d{8}$")


@dataclass(frozen=True, slots=True)
class Told:
    """What the rows of a delivery say, column by column; everything has one entry per row."""

    reference: list[str]
    name: list[str]
    entity: list[str]
    attributes: list[dict[str, str]]
    entry_date: NDArray[np.datetime64]
    start_date: NDArray[np.datetime64]
    end_date: NDArray[np.datetime64]
    organisation: list[str]
    dataset: list[str]
    uprns: list[tuple[str, ...]]
    by_address: NDArray[np.bool_]
    was_a_point: NDArray[np.bool_]
    remarks: tuple[Remark, ...]

    def councils(self, row: int, known: Sequence[str]) -> tuple[str, ...]:
        """The council that a row names, if it does so in a form that can be compared: a GSS code or one of `known`.

        A name for a council that nobody can match would hide the row from that council's sites.
        """
        organisation = self.organisation[row]
        same = [council for council in known if council.casefold() == organisation.casefold()]
        return tuple(same) or ((organisation,) if _GSS.match(organisation) else ())


def read_told(found: Found, rows: int, retrieved: date) -> Told:
    """The rows' texts and dates. `retrieved` settles years of two digits."""
    remarks: list[Remark] = []
    dates = {name: _dates(found, name, rows, retrieved, remarks) for name in _TOLD_DATES}
    return Told(
        reference=_column(found, "reference", rows),
        name=_column(found, "name", rows),
        entity=_column(found, "entity", rows),
        attributes=_attributes(found, rows, retrieved, remarks),
        entry_date=dates["entry-date"],
        start_date=dates["start-date"],
        end_date=dates["end-date"],
        organisation=_column(found, "organisation", rows),
        dataset=_column(found, "dataset", rows),
        uprns=[tuple(_UPRN.findall(text)) for text in _column(found, "uprns", rows)],
        by_address=np.array([bool(text) for text in _column(found, "address-texts", rows)], dtype=np.bool_),
        was_a_point=np.array([text.casefold() in _YES for text in _column(found, "was-a-point", rows)], dtype=np.bool_),
        remarks=tuple(remarks),
    )


def _column(found: Found, name: str, rows: int) -> list[str]:
    return list(found.fields.get(name, [""] * rows))


def _dates(found: Found, name: str, rows: int, retrieved: date, remarks: list[Remark]) -> NDArray[np.datetime64]:
    days = np.full(rows, np.datetime64("NaT"), dtype="datetime64[D]")
    for row, text in enumerate(found.fields.get(name, ())):
        read = read_date(text, retrieved, latest=name == "end-date")
        if read.day is not None:
            days[row] = read.day
            if name != "end-date" and read.day > retrieved + _FAR_FUTURE:
                days[row] = np.datetime64("NaT")
                sentence = f"Its {_TOLD_DATES[name]} {text[:60]!r} is too far ahead to be right: it is not known."
                remarks.append((row + 1, "date_far_future", sentence))
        if read.code and not is_provisional(text):
            remarks.append((row + 1, read.code, f"In its {_TOLD_DATES[name]}: {read.sentence}"))
    return days


def _attributes(found: Found, rows: int, retrieved: date, remarks: list[Remark]) -> list[dict[str, str]]:
    """The catalogue's attributes that are not empty, dates in ISO form; and what is known of confirmation."""
    columns: dict[str, Sequence[str]] = dict(found.attributes)
    if CONFIRMED in found.fields:
        columns[CONFIRMED] = found.fields[CONFIRMED]
    attributes = [
        {name: _attribute(name, values[row], retrieved) for name, values in columns.items() if values[row]}
        for row in range(rows)
    ]
    for row in range(rows):
        word = _provisional_word(found.fields, row)
        if word:
            attributes[row][PROVISIONAL] = word
            remarks.append((row + 1, "provisional", "The order is not yet confirmed: it counts as in force."))
        elif CONFIRMED in attributes[row] and read_date(attributes[row][CONFIRMED], retrieved).day is None:
            text = attributes[row].pop(CONFIRMED)
            remarks.append((row + 1, "date_unreadable", f"In its confirmation date: {text[:60]!r} is no date."))
    return attributes


def _attribute(name: str, text: str, retrieved: date) -> str:
    if name == "flood-risk-level" and (level := _FLOOD_LEVEL.match(text)):
        return level[1]
    if not name.endswith("-date"):
        return text
    day = read_date(text, retrieved).day
    return text if day is None else day.isoformat()


def _provisional_word(fields: Mapping[str, Sequence[str]], row: int) -> str:
    words = (fields[name][row] for name in _PROVISIONAL_FIELDS if name in fields)
    return next((word for word in words if is_provisional(word)), "")

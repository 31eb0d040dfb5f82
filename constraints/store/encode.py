"""Values of `constraints.source` as JSON and back, the same bytes for the same values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bopsgis.types import BBox
from constraints.source import Account, Coverage, Records, Repair, SourceInfo, UnlocatedRecord

__all__ = [
    "DAY_MAX",
    "DAY_MIN",
    "account_from_json",
    "day_number",
    "days_with_unknown",
    "info_from_json",
    "record_lines",
    "repair_from_json",
    "to_json",
    "unlocated_from_json",
]

DAY_MIN = np.iinfo(np.int32).min
"""Stands for an unknown start: before every day."""
DAY_MAX = np.iinfo(np.int32).max
"""Stands for an unknown end: after every day."""
_EPOCH = date(1970, 1, 1)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def to_json(value: Any) -> bytes:
    """Encode dataclasses turned into mappings, dates and plain values; keys sorted, ASCII, no spaces."""
    return json.dumps(value, default=_plain, sort_keys=True, separators=(",", ":")).encode("ascii")


def day_number(day: date) -> int:
    """Count days from 1970-01-01, as numpy's datetime64[D] does."""
    return (day - _EPOCH).days


def days_with_unknown(days: NDArray[np.datetime64], unknown: int) -> NDArray[np.int32]:
    """Turn (n,) dates into (n,) day numbers, with `unknown` in place of NaT."""
    values = days.astype("datetime64[D]")
    missing = np.isnat(values)
    numbers = np.where(missing, np.datetime64(0, "D"), values).astype(np.int64)
    return np.where(missing, unknown, numbers).astype(np.int32)


def record_lines(records: Records) -> list[bytes]:
    """Encode what is only read for a hit: one JSON line for each of the n records."""
    entry, start, end = (
        [None if day is None else day.isoformat() for day in column.astype("datetime64[D]").tolist()]
        for column in (records.entry_date, records.start_date, records.end_date)
    )
    return [
        to_json(
            {
                "row": int(records.row[i]),
                "reference": records.reference[i],
                "name": records.name[i],
                "entity": records.entity[i],
                "attributes": dict(records.attributes[i]),
                "entry_date": entry[i],
                "start_date": start[i],
                "end_date": end[i],
                "repair": _repair_to_mapping(records.repair[i]),
            }
        )
        for i in range(len(records))
    ]


def _repair_to_mapping(repair: Repair | None) -> dict[str, Any] | None:
    return None if repair is None else asdict(repair)


def repair_from_json(value: Mapping[str, Any] | None) -> Repair | None:
    """Read back a repair note."""
    return None if value is None else Repair(**value)


def info_from_json(value: Mapping[str, Any]) -> SourceInfo:
    """Read back a source's provenance."""
    coverage = value["coverage"]
    return SourceInfo(
        **{
            **value,
            "retrieved": date.fromisoformat(value["retrieved"]),
            "coverage": Coverage(councils=tuple(coverage["councils"]), everywhere=coverage["everywhere"]),
            "notes": tuple(value["notes"]),
        }
    )


def account_from_json(value: Mapping[str, Any]) -> Account:
    """Read back an account."""
    remarks = tuple((int(row), str(code), str(sentence)) for row, code, sentence in value["remarks"])
    return Account(**{**value, "remarks": remarks})


def unlocated_from_json(value: Mapping[str, Any]) -> UnlocatedRecord:
    """Read back a record that could not be placed."""
    box = value["box"]
    start, end = (None if value[key] is None else date.fromisoformat(value[key]) for key in ("start_date", "end_date"))
    return UnlocatedRecord(
        **{
            **value,
            "councils": tuple(value["councils"]),
            "uprns": tuple(value["uprns"]),
            "box": None if box is None else BBox(**box),
            "start_date": start,
            "end_date": end,
        }
    )

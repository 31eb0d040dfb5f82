"""The cases that a dashboard shows, all pages of it, as a spreadsheet or a GeoPackage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import numpy as np

from api.cases.finding import Line, find
from api.cases.places import sites_of
from api.cases.wanted import Tab
from api.core.db import Work
from api.desk.words import due, status_words
from api.features.collection import Batch
from api.features.files import FORMATS, csv_text, write_file
from api.maps.areas import NATIONAL_GRID_URI
from api.maps.case_search import CaseSearch
from api.maps.cql2.syntax import Property
from bopsgis.errors import TooLarge
from bopsgis.planning.application_types import application_types

__all__ = ["ENDINGS", "MOST", "export"]

ENDINGS: Final = ("csv", "gpkg")
MOST: Final = 50_000
"""Cases in one file; a council has some thousands in a year."""
_AT_ONCE: Final = 1_000
_COLUMNS: Final[Mapping[str, Property]] = {
    name: Property("text", description)
    for name, description in {
        "type": "Name of the type of application",
        "type_code": "Code of the type of application",
        "status": "Status or decision",
        "address": "Address",
        "postcode": "Postcode",
        "ward": "Ward",
        "proposal": "Proposal",
        "received": "Day of receipt",
        "valid": "Day from which it is valid",
        "deadline": "Day by which it is to be decided",
        "extended_to": "Agreed extension of time",
        "due": "How it stands to its deadline",
        "decided": "Day of the decision",
        "officer": "Case officer",
    }.items()
}


def export(work: Work, search: CaseSearch, tab: Tab, ending: str, today: date) -> Iterator[bytes]:
    """The file in pieces; everything is read before the first. Raises TooLarge for more than 50,000 cases.

    A spreadsheet gets text that begins like a formula with an apostrophe before it.
    """
    batches = list(_batches(work, search, tab, today))
    if ending == "csv":
        # Excel takes a CSV for UTF-8 only where it begins with the mark.
        text = "".join(csv_text(batches, _COLUMNS, NATIONAL_GRID_URI))
        return iter([b"\xef\xbb\xbf", text.encode()])
    return write_file(ending, "cases", batches, _COLUMNS, NATIONAL_GRID_URI, FORMATS[ending].name)


def _batches(work: Work, search: CaseSearch, tab: Tab, today: date) -> Iterator[Batch]:
    page, pages = 1, 1
    while page <= pages:
        found = find(work, search.wanted, on=today, tab=tab, order=search.order, page=page, size=_AT_ONCE)
        if found.total > MOST:
            raise TooLarge(f"These are {found.total:,} cases; a file holds {MOST:,}. Narrow them with a filter.")
        pages = found.pages
        yield _batch(work, found.lines, today)
        page += 1


def _batch(work: Work, lines: tuple[Line, ...], today: date) -> Batch:
    references = [line.reference for line in lines]
    sites = sites_of(work, references, public=False)
    rows = [_row(line, today) for line in lines]
    shapes = np.empty(len(lines), dtype=object)
    shapes[:] = [sites.get(reference) for reference in references]
    return Batch(references, shapes, {name: [row[name] for row in rows] for name in _COLUMNS})


def _row(line: Line, today: date) -> dict[str, Any]:
    stands = due(line, today)
    days = {
        "received": line.received_on,
        "valid": line.valid_on,
        "deadline": line.determination_deadline,
        "extended_to": line.extended_to,
        "decided": line.decided_on,
    }
    return {
        "type": application_types()[line.application_type].name,
        "type_code": line.application_type,
        "status": status_words(line)[0],
        "address": line.address,
        "postcode": line.postcode,
        "ward": line.ward,
        "proposal": line.proposal,
        "due": stands.words or stands.day,
        "officer": line.case_officer,
        **{name: None if day is None else day.isoformat() for name, day in days.items()},
    }

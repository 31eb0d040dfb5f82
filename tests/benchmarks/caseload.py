"""A council's caseload of any size on either store: believable boundaries, people, dates and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
import shapely
from geoalchemy2.shape import from_shape
from numpy.typing import NDArray
from sqlalchemy import insert, text

from api.accounts.tables import CouncilRow, OfficerRoleRow, OfficerRow
from api.cases.tables import CaseAffectedRow, CaseRow, CaseWordRow
from api.cases.words import words_of
from api.core.access import Access
from api.core.db import Database
from bopsgis.planning.case import CaseStatus, Role
from bopsgis.planning.lifecycle import UNDECIDED

__all__ = ["OFFICERS", "SIDE_M", "SOUTH_WEST", "TODAY", "fill", "shapes"]

TODAY = date(2026, 11, 22)
SOUTH_WEST = (434_000.0, 237_000.0)
SIDE_M = 16_000.0
"""The council is a square of this side: a London borough has five times as many cases in a tenth of it.

The sample town lies in the middle of it, so that maps have streets to show.
"""
OFFICERS = 25
UNDER_WAY = 0.025
"""Cases that are still to be decided; a council keeps all that it ever decided."""
AT_ONCE = 1_000

_STREETS = ("Mill Lane", "High Street", "St John's Road", "Church Walk", "Station Road", "The Green", "Priory Close")
_WORKS = (
    *("Single-storey rear extension", "Loft conversion with dormer", "Two-storey side extension", "New dwelling"),
    *("Change of use to restaurant", "Crown reduction of one oak", "Replacement windows", "Illuminated fascia sign"),
)
_TYPES = ("pp.full.householder", "pp.full.minor", "pp.full.major", "ldc.existing", "listed", "advertConsent")
_SUFFIXES = ("HAPP", "FUL", "MAJ", "LDCE", "LBC", "ADV")
_DATASETS = ("conservation-area", "article-4-direction-area", "flood-risk-zone", "listed-building", "green-belt")
_RECOMMENDED = {
    "decision": "granted", "reasons": ["It fits the plan."], "recommended_by": "somebody",
    "recommended_on": TODAY.isoformat(), "to_committee": False, "reviews": [],
}  # fmt: skip
_PLOT = np.array([(0, 0), (0.7, 0), (0.7, 0.1), (1, 0.1), (1, 0.8), (0.6, 0.8), (0.6, 1), (0, 1)], float)
"""A plot as the surveyors draw them: eight corners, with the jogs of an outbuilding and a shared path."""


def shapes(n: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """(n,) multipolygons in EPSG:27700: plots of houses in streets, and one in fifty a large and rounded site.

    A tenth of the plots are those of an earlier case again, as extensions follow extensions.
    """
    towns = rng.uniform(0.1, 0.9, (12, 2)) * SIDE_M
    towns[0] = SIDE_M / 2
    places = towns[rng.integers(0, len(towns), n)] + rng.normal(0, 900, (n, 2)) + SOUTH_WEST
    sizes = np.column_stack([rng.uniform(6, 14, n), rng.uniform(20, 45, n)])
    angles = rng.uniform(0, np.pi, n)
    turn = np.stack([np.cos(angles), -np.sin(angles), np.sin(angles), np.cos(angles)], axis=1).reshape(n, 2, 2)
    corners = np.einsum("nij,nkj->nki", turn, _PLOT[None] * sizes[:, None]) + places[:, None]
    plots = shapely.polygons(corners)
    again = np.flatnonzero(rng.random(n) < 0.1)
    plots[again] = plots[rng.integers(0, n, len(again))]
    large = np.flatnonzero(rng.random(n) < 0.02)
    plots[large] = shapely.buffer(shapely.centroid(plots[large]), rng.uniform(40, 250, len(large)), quad_segs=16)
    found: NDArray[np.object_] = shapely.multipolygons(shapely.get_parts(plots), indices=np.arange(n))
    return found


def fill(database: Database, n: int, seed: int = 1) -> None:
    """Put one council with its officers and n cases into an empty, migrated database."""
    access = Access(council_id=1, actor="benchmark")
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    with database.unit_of_work(access) as work:
        work.session.add(CouncilRow(id=1, code="local-authority:XBM", name="Benchmark"))
        work.session.flush()
        for i in range(1, OFFICERS + 1):
            work.session.add(
                OfficerRow(id=i, council_id=1, email=f"{i}@council.example", name=f"Officer {i}", created_at=at)
            )
            work.session.flush()
            work.session.add(OfficerRoleRow(officer_id=i, role=Role.ASSESSOR.value, council_id=1))
    rng = np.random.default_rng(seed)
    rows = _cases(n, shapes(n, rng), rng, at)
    while part := list(islice(rows, AT_ONCE)):
        with database.unit_of_work(access) as work:
            work.session.execute(insert(CaseRow), [case for case, _ in part])
            _insert(work.session.connection(), CaseWordRow, _words(part))
            work.session.execute(insert(CaseAffectedRow), _affected(part, rng))
    if database.is_postgresql:  # as its own housekeeping does soon after
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in ("council", "officer", "planning_case"):  # their ids were given here, not by the sequences
                connection.execute(text(f"SELECT setval('{table}_id_seq', {max(n, OFFICERS)})"))
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))


Row = Mapping[str, Any]


def _cases(n: int, sites: NDArray[np.object_], rng: np.random.Generator, at: datetime) -> Iterator[tuple[Row, str]]:
    """Columns of each case, and the name of its applicant."""
    ages = np.sort(rng.integers(0, 5_000, n))[::-1]
    kinds, streets, works, numbers = (rng.integers(0, most, n) for most in (6, 7, 8, 300))
    under_way = (ages < 400) & (rng.random(n) < UNDER_WAY * 5_000 / 400)
    open_status = np.array(sorted(UNDECIDED))[rng.integers(0, len(UNDECIDED), n)]
    officers = rng.integers(0, OFFICERS + 1, n)
    for i in range(n):
        received = TODAY - timedelta(days=int(ages[i]))
        status = str(open_status[i]) if under_way[i] else CaseStatus.DECIDED.value
        valid = None if status in {CaseStatus.RECEIVED, CaseStatus.INVALID} else received + timedelta(days=3)
        number, street, kind = i + 1, _STREETS[streets[i]], int(kinds[i])
        yield (
            {
                "id": number, "council_id": 1, "version": 1, "year": received.year, "number": number,
                "suffix": _SUFFIXES[kind], "reference": f"{received.year % 100}-{number:06d}-{_SUFFIXES[kind]}",
                "alternative_reference": f"PP-{number:08d}", "application_type": _TYPES[kind], "status": status,
                "is_open": status in UNDECIDED, "eia": False, "proposal": f"{_WORKS[works[i]]} at the rear",
                "address": f"{numbers[i] + 1} {street}, Sampleton", "postcode": f"XT{number % 20} {number % 9}AB",
                "uprns": [f"{900_000_000_000 + number}"], "ward": f"Ward {number % 23}", "parish": None,
                "site": from_shape(sites[i], srid=27700, extended=True), "site_sha256": "0" * 64,
                "case_officer_id": int(officers[i]) or None, "received_on": received, "valid_on": valid,
                "determination_deadline": valid and valid + timedelta(weeks=8), "missing": [], "open_requests": 0,
                "publicity_due": [], "ended_because": "", "created_at": at, "updated_at": at,
                "decision": None if under_way[i] else "granted",
                "decided_on": None if under_way[i] else received + timedelta(days=50),
                "recommendation": _RECOMMENDED if status in {"awaiting_review", "at_committee"} else None,
                "published_at": None if valid is None else at,
            },
            f"Applicant{number % 9_000} Person{number % 700}",
        )  # fmt: skip


def _words(part: list[tuple[Row, str]]) -> Iterator[tuple[int, str, int, bool]]:
    for case, applicant in part:
        shown = words_of(
            case["reference"], case["address"], case["postcode"], case["proposal"], applicant, *case["uprns"]
        )
        for word in shown | words_of(case["alternative_reference"]):
            yield case["id"], word, 1, word in shown


def _affected(part: list[tuple[Row, str]], rng: np.random.Generator) -> list[dict[str, Any]]:
    hits = rng.random((len(part), len(_DATASETS))) < 0.15
    return [
        {"case_id": case["id"], "dataset": _DATASETS[j], "council_id": 1}
        for (case, _), row in zip(part, hits, strict=True)
        for j in np.flatnonzero(row)
    ]


_ARRAYS = {int: "int[]", str: "text[]", bool: "bool[]"}


def _insert(connection: Any, table: Any, rows: Iterable[tuple[Any, ...]]) -> None:
    """Millions of rows by the driver's own quick way; columns in the order of the table."""
    columns = table.__table__.columns
    start = f"INSERT INTO {table.__tablename__} ({', '.join(column.name for column in columns)})"
    raw = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        arrays = ", ".join(f"%s::{_ARRAYS[column.type.python_type]}" for column in columns)
        every = f"{start} SELECT * FROM unnest({arrays})"  # noqa: S608  # names of our own tables and columns
        raw.execute(every, [list(values) for values in zip(*rows, strict=True)])
        return
    raw.executemany(f"{start} VALUES ({', '.join('?' for _ in columns)})", rows)

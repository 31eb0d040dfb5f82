"""Layers of cases: what the database held when they were made, and what has changed since, from the next tile on.

Every change of a case is in the audit, in the same transaction and in one order for each council (`api.core.audit`).
So one number says whether anything has changed, and the events after it say which cases have.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import numpy as np
import shapely
from geoalchemy2.shape import to_shape
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, select

from api.cases.public_properties import FIELDS, properties_of
from api.cases.tables import CaseRow
from api.cases.wanted import Wanted, matching, published
from api.core.access import Access, visible_to
from api.core.audit import AuditEvent, AuditHead
from api.core.db import Database, Work
from api.layers.layer import CASES, OFFICERS, Layer
from bopsgis.types import BBox
from tiles.grid import MATRIX_SETS, Tile
from tiles.levels import Policy, like
from tiles.mvt import columns_of
from tiles.snapshot import Edits, LayerSource, Snapshot, dirty_tiles, in_memory

__all__ = ["OFFICER_FIELDS", "PUBLIC_FIELDS", "CaseLayer"]

_log = logging.getLogger("bopsgis.tiles")

PUBLIC_FIELDS: Final = tuple(name for name in FIELDS if name != "proposal")
"""What the public map shows of a case; a proposal is too long for a map, and is asked for by the reference."""
OFFICER_FIELDS: Final = (*PUBLIC_FIELDS, "case_officer", "published")
_POLICY: Final = Policy(minzoom=5, style=("status",), cluster_below=12, dot_pixels=8)
"""From afar a site is a point, and sites close together are one point with their number: none is out of sight."""
_AT_ONCE: Final = 2_000
_IN_A_QUERY: Final = 500
_FEW: Final = 100
"""Edits that are merged as tiles are made, however few cases there are."""
_SHARE: Final = 0.02
"""Of the cases: beyond it the layer is made anew."""
_MOST_DIRTY: Final = 5_000
"""Tiles of one edit that are told apart from all others."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A case as it is drawn."""

    site: shapely.Geometry | None
    told: Mapping[str, Any]

    @property
    def box(self) -> BBox | None:
        """Round the site; None without one."""
        return None if self.site is None or self.site.is_empty else BBox(*self.site.bounds)


@dataclass(frozen=True, slots=True)
class _Base:
    """The layer as it was made, and the number of the last event that it may lack."""

    snapshot: Snapshot
    boxes: Mapping[int, BBox | None]
    sequence: int


@dataclass(slots=True)
class _State:
    """A base with all edits since."""

    base: _Base
    sequence: int
    changed: dict[int, _Case] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    stamps: dict[tuple[str, Tile], str] = field(default_factory=dict)
    other: str = ""
    """What tiles without a stamp are of."""
    shown: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.shown = self.base.snapshot
        self.other = self.other or self.shown.version

    def box(self, number: int) -> BBox | None:
        """Where a case was drawn until now."""
        if number in self.changed:
            return self.changed[number].box
        return None if number in self.removed else self.base.boxes.get(number)

    @property
    def edits(self) -> int:
        """How many cases are not as they were."""
        return len(self.changed) + len(self.removed)


class CaseLayer:
    """The cases of one council as the public sees them, or as its officers do. Threads may share it."""

    def __init__(self, database: Database, council_id: int, *, public: bool) -> None:
        self._database = database
        self._access = Access.public(council_id) if public else Access.system(council_id, "tiles")
        self._public = public
        self._lock = Lock()
        self._state: _State | None = None
        self._layer: Layer | None = None
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="case layer")
        self._rebuilding: Future[_Base] | None = None

    def current(self) -> Layer:
        """The layer with every change that was committed before this was called."""
        with self._lock:
            with self._database.reading(self._access) as work:
                newest = self._newest(work)
                if self._layer is not None and self._state is not None and self._state.sequence == newest:
                    return self._layer
            self._swap_in()
            if self._state is None:
                base = self._load()
                self._state = _State(base, base.sequence)
            self._catch_up(self._state)
            self._layer = self._made(self._state)
            self._rebuild_where_due(self._state)
            return self._layer

    def close(self) -> None:
        """Make no more, and wait for what is being made: it reads the database, which is closed next."""
        self._builder.shutdown(cancel_futures=True)

    def _newest(self, work: Work) -> int:
        query = select(AuditHead.sequence).where(visible_to(work.access, AuditHead))
        return work.session.scalar(query) or 0

    def _seen(self) -> ColumnElement[bool]:
        return (published if self._public else matching)(self._access, Wanted())

    def _load(self) -> _Base:
        """Read all cases. What changes meanwhile comes after the base's number, and is read again."""
        with self._database.reading(self._access) as work:
            sequence = self._newest(work)
        cases = dict(self._all())
        layer = LayerSource(CASES, *_arrays(cases, self._fields), _POLICY)
        return _Base(in_memory(layer), {number: case.box for number, case in cases.items()}, sequence)

    def _all(self) -> Iterator[tuple[int, _Case]]:
        last = -1
        while True:
            with self._database.reading(self._access) as work:
                query = select(CaseRow).where(self._seen(), CaseRow.id > last).order_by(CaseRow.id).limit(_AT_ONCE)
                rows = list(work.session.scalars(query))
                yield from ((row.id, self._case(row)) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1].id

    @property
    def _fields(self) -> tuple[str, ...]:
        return PUBLIC_FIELDS if self._public else OFFICER_FIELDS

    def _case(self, row: CaseRow) -> _Case:
        told = {name: value for name, value in properties_of(row).items() if name in PUBLIC_FIELDS}
        if not self._public:
            told |= {"case_officer": row.case_officer_id, "published": row.published_at is not None}
        return _Case(None if row.site is None else to_shape(row.site), told)

    def _catch_up(self, state: _State) -> None:
        """Take in what happened since, and mark the tiles that it changes."""
        with self._database.reading(self._access) as work:
            newest = self._newest(work)
            touched = self._touched(work, state.sequence)
            found = dict(self._some(work, touched))
        if not touched:
            state.sequence = newest
            return
        before = [state.box(number) for number in touched]
        for number in touched:
            state.changed.pop(number, None)
            state.removed.discard(number)
            if number in found:
                state.changed[number] = found[number]
            elif number in state.base.boxes:
                state.removed.add(number)
        state.shown = state.base.snapshot.edited(self._edits(state)) if state.edits else state.base.snapshot
        self._mark(state, [box for box in (*before, *(case.box for case in found.values())) if box is not None])
        state.sequence = newest

    def _edits(self, state: _State) -> Edits:
        removed = np.array(sorted(state.removed), np.uint64)
        return Edits(*_arrays(state.changed, self._fields), removed=removed)

    def _touched(self, work: Work, after: int) -> list[int]:
        query = select(AuditEvent.case_id).where(
            visible_to(work.access, AuditEvent), AuditEvent.sequence > after, AuditEvent.case_id.is_not(None)
        )
        return sorted({number for number in work.session.scalars(query) if number is not None})

    def _some(self, work: Work, numbers: Sequence[int]) -> Iterator[tuple[int, _Case]]:
        for first in range(0, len(numbers), _IN_A_QUERY):
            query = select(CaseRow).where(self._seen(), CaseRow.id.in_(numbers[first : first + _IN_A_QUERY]))
            yield from ((row.id, self._case(row)) for row in work.session.scalars(query))

    @staticmethod
    def _mark(state: _State, boxes: Iterable[BBox]) -> None:
        """Give the tiles that these boxes reach a new stamp; all tiles, where they are very many."""
        version = state.shown.version
        for box in dict.fromkeys(boxes):
            for matrix_set in MATRIX_SETS.values():
                deepest = matrix_set.zooms[-1]
                west, south, east, north = box.west, box.south, box.east, box.north
                side = max(east - west, north - south, 1.0)
                if (side / matrix_set.tile_m(deepest) + 2) ** 2 * 2 > _MOST_DIRTY:
                    state.stamps.clear()
                    state.other = version
                    return
                counted = [z for z in matrix_set.zooms if like(matrix_set, z) < _POLICY.cluster_below]
                tiles = dirty_tiles(matrix_set, [box], counted, clusters=True)
                tiles |= dirty_tiles(matrix_set, [box], matrix_set.zooms[len(counted) :])
                state.stamps.update(((matrix_set.id, tile), version) for tile in tiles)

    def _made(self, state: _State) -> Layer:
        name, title = (CASES, "Planning cases") if self._public else (OFFICERS, "Planning cases for officers")
        return Layer(
            name=name,
            title=title,
            description=(
                "The cases on the public register, by their site boundaries."
                if self._public
                else "All cases of the council, published or not, by their site boundaries."
            ),
            snapshots=(state.shown,),
            version=state.shown.version,
            live=True,
            private=not self._public,
            shared=self._public,
            edits=self._edits(state) if state.edits else None,
            collection=self._public,
            stamps=dict(state.stamps),
            base=state.other,
        )

    def _rebuild_where_due(self, state: _State) -> None:
        if self._rebuilding is None and state.edits > max(_FEW, _SHARE * len(state.base.boxes)):
            self._rebuilding = self._builder.submit(self._load)

    def _swap_in(self) -> None:
        """Go on from a base that was made anew in the background, once it is ready; what came since comes again."""
        if self._rebuilding is None or not self._rebuilding.done():
            return
        done, self._rebuilding = self._rebuilding, None
        if (error := done.exception()) is not None:
            _log.warning("the layer of cases could not be made anew: %s", type(error).__name__)
            return
        base = done.result()
        self._state = _State(base, base.sequence)


def _arrays(
    cases: Mapping[int, _Case], fields: Sequence[str]
) -> tuple[NDArray[np.object_], NDArray[np.uint64], Mapping[str, Any]]:
    """Geometry, ids and columns of cases."""
    geometry = np.empty(len(cases), object)
    geometry[:] = [shapely.Polygon() if case.site is None else case.site for case in cases.values()]
    columns = columns_of({name: [case.told[name] for case in cases.values()] for name in fields})
    return geometry, np.array(list(cases), np.uint64), columns

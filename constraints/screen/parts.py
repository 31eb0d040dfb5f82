"""Many sites in parts: each part is checked at the door and screened by this process or by another.

What comes back from a part is plain arrays, small to send: the tables are made of them once, at the end. This
process works too, on the parts that no other has begun, so that nothing waits for the others to start.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.errors import StoreError
from constraints.engine.kernel import Kernel
from constraints.progress import Progress
from constraints.screen.door import accept
from constraints.screen.many import ChunkAnswer, screen_chunk
from constraints.screen.settings import ScreenSettings
from constraints.store import Store, open_store

__all__ = ["LEAD_COLUMNS", "Part", "Question", "Rows", "answer_parts", "workers_for"]

LEAD_COLUMNS: Final = ("overlap_m2", "overlap_length_m", "site_share", "distance_m")
_HIT_COLUMNS: Final = (
    "relation", "feature", "likely", "overlap_m2", "overlap_length_m", "site_share", "feature_share", "parts",
    "inscribed_radius_m", "distance_m", "tolerance_m",
)  # fmt: skip
_PART: Final = 1000
"""Sites that one process works on at once; bounds memory, and is how often progress is told."""
_WORTH_PROCESSES: Final = 20 * _PART
"""Starting a process takes about a second: fewer sites than this are answered sooner without."""
_TASK: Final = "screening sites"

Rows = Literal["findings", "hits"]
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """What every process is told."""

    root: Path
    version: str
    """Of the store: every process must answer from the same one."""
    as_at: date
    settings: ScreenSettings
    councils: tuple[str, ...] | None
    kernel: Kernel
    crs: int
    rows: Rows


@dataclass(frozen=True, slots=True)
class Part:
    """The answer for n sites, g of them accepted, on d datasets."""

    message: NDArray[np.object_]
    """(n,) why a site is refused, empty where it is accepted."""
    status: NDArray[np.int8]
    """(g, d) index into `constraints.screen.many.ALL_STATUSES`."""
    reasons: NDArray[np.int16]
    """(g, d) index into `reason_texts`."""
    reason_texts: tuple[str, ...]
    count: NDArray[np.int32]
    """(g, d) designations found."""
    columns: Columns
    """Of findings, `cell` (place in the (g, d) findings) and `LEAD_COLUMNS` of the strongest hit of each finding
    that has one; of hits, all columns but the site, in order of the sites, names by their codes."""


def answer_parts(
    store: Store, question: Question, geometry: NDArray[np.object_], workers: int, progress: Progress
) -> list[Part]:
    """Answer for (n,) geometries in EPSG:`question.crs`, part by part, in order, by so many processes.

    Raises what `accept` and `screen_chunk` raise, and `StoreError` where the store is replaced meanwhile.
    """
    starts = range(0, max(len(geometry), 1), _PART)
    pieces = [geometry[start : start + _PART] for start in starts]
    progress(_TASK, 0, len(geometry))
    if workers > 1 and len(pieces) > 1:
        return _shared(store, question, pieces, workers, progress)
    parts = []
    for number, piece in enumerate(pieces, 1):
        parts.append(_answer(store, question, piece))
        progress(_TASK, min(number * _PART, len(geometry)), len(geometry))
    return parts


def workers_for(sites: int, cores: int) -> int:
    """How many processes repay starting them for so many sites."""
    return min(cores, max(sites // _WORTH_PROCESSES, 1))


def _shared(
    store: Store, question: Question, pieces: list[NDArray[np.object_]], workers: int, progress: Progress
) -> list[Part]:
    """Others begin with the first part and this process with the last, until they meet."""
    total = sum(len(piece) for piece in pieces)
    done = 0

    def tell(piece: NDArray[np.object_]) -> None:
        nonlocal done
        done += len(piece)
        progress(_TASK, done, total)

    # Spawned, not forked: this process may hold threads and an open store.
    others = min(workers, len(pieces)) - 1
    with ProcessPoolExecutor(others, get_context("spawn"), _open_here, (question,)) as pool:
        futures: list[Future[Part]] = [pool.submit(_answer_there, question, _Piece(piece)) for piece in pieces]
        try:
            mine: list[Part] = []
            for future, piece in zip(reversed(futures), reversed(pieces), strict=True):
                if not future.cancel():
                    break
                mine.append(_answer(store, question, piece))
                tell(piece)
            theirs = []
            for future, piece in zip(futures[: len(futures) - len(mine)], pieces, strict=False):
                theirs.append(future.result())
                tell(piece)
        finally:
            # After a fault nothing that still waits is begun; after success nothing waits.
            pool.shutdown(wait=False, cancel_futures=True)
    return [*theirs, *reversed(mine)]


class _Piece:
    """Geometries on their way to another process: written as WKB only when they are sent."""

    def __init__(self, geometry: NDArray[np.object_]) -> None:
        self.geometry = geometry

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_wkb, (shapely.to_wkb(self.geometry).tolist(),)


def _from_wkb(blobs: Sequence[bytes | None]) -> _Piece:
    return _Piece(np.asarray(shapely.from_wkb(np.array(blobs, dtype=object), on_invalid="ignore"), dtype=object))


_HERE: dict[str, Store] = {}
"""The store that this worker process has open, by version."""


def _open_here(question: Question) -> None:
    store = open_store(question.root)
    if store.version == question.version:
        _HERE[question.version] = store


def _answer_there(question: Question, piece: _Piece) -> Part:
    if question.version not in _HERE:
        raise StoreError(
            "The store was replaced while sites were being screened.",
            code="store_replaced",
            hint="Ask again: the answers must all come from one version.",
        )
    return _answer(_HERE[question.version], question, piece.geometry)


def _answer(store: Store, question: Question, geometry: NDArray[np.object_]) -> Part:
    accepted = accept(geometry, question.crs)
    answer = screen_chunk(
        store,
        accepted.geometry[accepted.good],
        as_at=question.as_at,
        settings=question.settings,
        accuracy_m=accepted.accuracy_m,
        councils=question.councils,
        kernel=question.kernel,
    )
    cell = answer.hits.site * answer.status.shape[1] + answer.dataset
    return Part(
        accepted.message,
        answer.status,
        answer.reasons.astype(np.int16),
        answer.reason_texts,
        np.bincount(cell, minlength=answer.status.size).reshape(answer.status.shape).astype(np.int32),
        _leads(answer, cell) if question.rows == "findings" else _hits(store, answer),
    )


def _leads(answer: ChunkAnswer, cell: NDArray[np.int64]) -> Columns:
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    return {"cell": cell[first], **{name: getattr(answer.hits, name)[first] for name in LEAD_COLUMNS}}


def _hits(store: Store, answer: ChunkAnswer) -> Columns:
    hits = answer.hits
    unique, place = np.unique(hits.feature, return_inverse=True)
    features = [store.feature(number) for number in unique.tolist()]
    return {
        "dataset": answer.dataset.astype(np.int16),
        "status": hits.status.astype(np.int8),
        "reference": np.array([feature.reference for feature in features], dtype=object)[place],
        "name": np.array([feature.name for feature in features], dtype=object)[place],
        **{name: getattr(hits, name) for name in _HIT_COLUMNS},
        "bearing": answer.bearing,
        "copies": answer.copies,
    }

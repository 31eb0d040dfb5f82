"""Screening many sites at once: a table of findings or of hits, from all cores, with progress.

The statuses and measures are those that `constraints.screen` gives one site at a time. Sites that cannot be
used are refused row by row, in words; the others are answered.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from bopsgis.errors import InputRefused, StoreError
from constraints.catalogue import datasets
from constraints.engine.kernel import Kernel
from constraints.progress import Progress, silent
from constraints.screen.door import Accepted, accept
from constraints.screen.many import ALL_STATUSES, ChunkAnswer, screen_chunk
from constraints.screen.measures import RELATIONS
from constraints.screen.settings import ScreenSettings
from constraints.store import Store, open_store

__all__ = ["REFUSED", "screen_many", "summary"]

REFUSED: Final = "refused"
"""Status of a site that cannot be used; `message` says why."""

_CHUNK: Final = 1000
"""Sites that one process works on at once; bounds memory, and is how often progress is told."""
_WORTH_PROCESSES: Final = 4 * _CHUNK
"""Starting processes takes about a second: fewer sites than this are answered sooner without."""
_DEFAULT: Final = ScreenSettings()
_HIT_COLUMNS: Final = (
    "likely",
    "overlap_m2",
    "overlap_length_m",
    "site_share",
    "feature_share",
    "parts",
    "inscribed_radius_m",
    "distance_m",
    "tolerance_m",
)
_LEAD_COLUMNS: Final = ("overlap_m2", "overlap_length_m", "site_share", "distance_m")
_STATUS_NAMES: Final = [*(status.value for status in ALL_STATUSES), REFUSED]
Rows = Literal["findings", "hits"]


@dataclass(frozen=True, slots=True)
class _Question:
    """What every process is told."""

    root: Path
    version: str
    """Of the store: every process must answer from the same one."""
    as_at: date
    settings: ScreenSettings
    councils: tuple[str, ...] | None
    kernel: Kernel
    accuracy_m: float
    rows: Rows


def screen_many(  # noqa: PLR0913 -- what may be chosen about one question, all by name
    sites: gpd.GeoSeries,
    *,
    store: Store | Path,
    as_at: date,
    councils: Sequence[str] | None = None,
    settings: ScreenSettings = _DEFAULT,
    rows: Rows = "findings",
    workers: int | None = None,
    progress: Progress = silent,
    kernel: Kernel = "auto",
) -> pd.DataFrame:
    """Screen (n,) polygons; a row for each (site, dataset), or for each (site, designation) with `rows="hits"`.

    `sites` need a CRS (EPSG:27700, 4326, 4258 or 3857; brought to the national grid through OSTN15). The column
    `site` holds the label of the site's row. `councils` are those of all sites; left out, they are found from the
    store. `workers` processes share the work (None: all cores where there are enough sites to repay it); scripts
    that use them need the usual `if __name__ == "__main__"`. A site that is refused is one row with the status
    `refused`, in either table. Columns, lengths in metres and areas in m2:

    - findings: site, dataset, status, reasons (codes with `;` between), hits (designations found), and of the
      strongest of them overlap_m2, overlap_length_m, site_share, distance_m (NaN where nothing was found);
    - hits: site, dataset, status, relation, feature, reference, name, likely, overlap_m2, overlap_length_m,
      site_share, feature_share, parts, inscribed_radius_m, distance_m, bearing, tolerance_m, copies.

    Raises `InputRefused` where `sites` has no CRS or one that is not supported, and `StoreError`.
    """
    opened = store if isinstance(store, Store) else open_store(store)
    accepted = accept(sites.to_numpy(), _epsg(sites))
    good = accepted.good
    question = _Question(
        opened.path,
        opened.version,
        as_at,
        settings,
        None if councils is None else tuple(councils),
        kernel,
        accepted.accuracy_m,
        rows,
    )
    chunks = [good[start : start + _CHUNK] for start in range(0, len(good), _CHUNK)] or [good]
    progress("screening sites", 0, len(good))
    frames = []
    done = 0
    for chunk, frame in zip(chunks, _answers(opened, question, accepted, chunks, workers), strict=True):
        frame["site"] = chunk[frame["site"].to_numpy(dtype=np.int64)]
        frames.append(frame)
        done += len(chunk)
        progress("screening sites", done, len(good))
    return _finished(frames, accepted, sites.index)


def summary(answers: pd.DataFrame) -> pd.DataFrame:
    """How many sites have each status, dataset by dataset: a row for each dataset, a column for each status.

    `answers` is a table of findings from `screen_many`. Refused sites stand in a row of their own.
    """
    named = answers.assign(dataset=answers["dataset"].astype(object).fillna("(refused)"))
    counts = pd.crosstab(named["dataset"], named["status"].astype(object))
    wanted = [status for status in _STATUS_NAMES if status != REFUSED or REFUSED in counts.columns]
    return counts.reindex(named["dataset"].unique(), columns=wanted, fill_value=0).rename_axis(columns=None)


def _epsg(sites: gpd.GeoSeries) -> int:
    code = None if sites.crs is None else sites.crs.to_epsg()
    if code is None:
        raise InputRefused(
            "The sites do not say which coordinate system they are in.",
            code="crs_unknown",
            hint="Set it first, for example sites.set_crs(27700).",
        )
    return int(code)


def _answers(
    opened: Store, question: _Question, accepted: Accepted, chunks: list[NDArray[np.int64]], workers: int | None
) -> Iterator[pd.DataFrame]:
    """A table for each chunk, in order; from this process, or from several."""
    count = os.cpu_count() or 1 if workers is None else workers
    few = workers is None and sum(len(chunk) for chunk in chunks) < _WORTH_PROCESSES
    if count <= 1 or few or len(chunks) <= 1:
        for chunk in chunks:
            yield _answer(opened, question, accepted.geometry[chunk])
        return
    # Spawned, not forked: the parent may hold threads and an open store.
    with ProcessPoolExecutor(
        min(count, len(chunks)), mp_context=get_context("spawn"), initializer=_open_here, initargs=(question,)
    ) as pool:
        blobs = (shapely.to_wkb(accepted.geometry[chunk]) for chunk in chunks)
        yield from pool.map(partial(_answer_there, question), blobs)


_HERE: dict[str, Store] = {}
"""The store that this worker process has open, by version."""


def _open_here(question: _Question) -> None:
    store = open_store(question.root)
    if store.version != question.version:
        raise StoreError(
            "The store was replaced while sites were being screened.",
            code="store_replaced",
            hint="Ask again: the answers must all come from one version.",
        )
    _HERE[question.version] = store


def _answer_there(question: _Question, blobs: NDArray[np.object_]) -> pd.DataFrame:
    return _answer(_HERE[question.version], question, np.asarray(shapely.from_wkb(blobs), dtype=object))


def _answer(store: Store, question: _Question, geometry: NDArray[np.object_]) -> pd.DataFrame:
    answer = screen_chunk(
        store,
        geometry,
        as_at=question.as_at,
        settings=question.settings,
        accuracy_m=question.accuracy_m,
        councils=question.councils,
        kernel=question.kernel,
    )
    return _findings(answer) if question.rows == "findings" else _hits(store, answer)


def _findings(answer: ChunkAnswer) -> pd.DataFrame:
    count, width = answer.status.shape
    cell = answer.hits.site * width + answer.dataset
    lead = np.flatnonzero(np.diff(cell, prepend=-1))
    columns: dict[str, Any] = {
        "site": np.repeat(np.arange(count), width),
        "dataset": _named(np.tile(np.arange(width), count), _slugs()),
        "status": _named(answer.status.ravel(), _STATUS_NAMES),
        "reasons": _named(answer.reasons.ravel(), answer.reason_texts),
        "hits": np.bincount(cell, minlength=count * width),
    }
    for name in _LEAD_COLUMNS:
        values = np.full(count * width, np.nan)
        values[cell[lead]] = getattr(answer.hits, name)[lead]
        columns[name] = values
    return pd.DataFrame(columns)


def _hits(store: Store, answer: ChunkAnswer) -> pd.DataFrame:
    hits = answer.hits
    unique, place = np.unique(hits.feature, return_inverse=True)
    features = [store.feature(number) for number in unique.tolist()]
    columns: dict[str, Any] = {
        "site": hits.site,
        "dataset": _named(answer.dataset, _slugs()),
        "status": _named(hits.status, _STATUS_NAMES),
        "relation": _named(hits.relation, [name.value for name in RELATIONS]),
        "feature": hits.feature,
        "reference": np.array([feature.reference for feature in features], dtype=object)[place],
        "name": np.array([feature.name for feature in features], dtype=object)[place],
    }
    columns.update({name: getattr(hits, name) for name in _HIT_COLUMNS})
    columns["bearing"] = answer.bearing
    columns["copies"] = answer.copies
    return pd.DataFrame(columns)


def _finished(frames: list[pd.DataFrame], accepted: Accepted, labels: pd.Index[Any]) -> pd.DataFrame:
    """The tables one below the other with the refused sites among them, in the order of the sites."""
    if "reasons" in frames[0]:
        texts = list(dict.fromkeys(text for frame in frames for text in frame["reasons"].cat.categories))
        for frame in frames:
            frame["reasons"] = frame["reasons"].cat.set_categories(texts)
    table = pd.concat([*frames, _refused(frames[0], accepted)], ignore_index=True)
    table = table.sort_values("site", kind="stable", ignore_index=True)
    table["message"] = accepted.message[table["site"].to_numpy(dtype=np.int64)]
    table["site"] = labels.take(table["site"].to_numpy(dtype=np.int64))
    return table


def _refused(like: pd.DataFrame, accepted: Accepted) -> pd.DataFrame:
    """A row for each refused site, empty but for the status, with the columns and types of `like`."""
    rows = np.flatnonzero(accepted.message != "")
    empty = {"i": 0, "f": np.nan, "b": False, "O": None}
    columns = {
        name: pd.Series([empty[like[name].to_numpy().dtype.kind]] * len(rows), dtype=like[name].dtype) for name in like
    }
    return pd.DataFrame({**columns, "site": rows, "status": pd.Categorical([REFUSED] * len(rows), _STATUS_NAMES)})


def _named(codes: NDArray[np.integer[Any]], names: Sequence[str]) -> Any:
    """Codes as a categorical column of names."""
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(names)))


@cache
def _slugs() -> list[str]:
    """Screened datasets in catalogue order."""
    return [slug for slug, item in datasets().items() if item.screened]

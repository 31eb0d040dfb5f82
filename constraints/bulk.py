"""Screening many sites at once: a table of findings or of hits, from all cores, with progress.

The statuses and measures are those that `constraints.screen` gives one site at a time. Sites that cannot be
used are refused row by row, in words; the others are answered.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bopsgis.crs import note_for
from bopsgis.errors import InputRefused
from constraints.catalogue import datasets
from constraints.engine.kernel import Kernel
from constraints.progress import Progress, silent
from constraints.screen.many import ALL_STATUSES
from constraints.screen.measures import RELATIONS
from constraints.screen.parts import LEAD_COLUMNS, Part, Question, Rows, answer_parts, workers_for
from constraints.screen.settings import ScreenSettings
from constraints.store import Store, open_store

__all__ = ["REFUSED", "screen_many", "summary"]

REFUSED: Final = "refused"
"""Status of a site that cannot be used; `message` says why."""

_DEFAULT: Final = ScreenSettings()
_HIT_COLUMNS: Final = (
    "site", "dataset", "status", "relation", "feature", "reference", "name", "likely", "overlap_m2",
    "overlap_length_m", "site_share", "feature_share", "parts", "inscribed_radius_m", "distance_m", "tolerance_m",
    "bearing", "copies",
)  # fmt: skip
_STATUS_NAMES: Final = [*(status.value for status in ALL_STATUSES), REFUSED]
_REFUSED_CODE: Final = len(ALL_STATUSES)
_EMPTY: Final = {"i": 0, "f": np.nan, "b": False, "O": None}
"""What stands in a refused site's row, by the kind of the column."""


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
    crs = _epsg(sites)
    note_for(crs)  # Refuses a system that is not supported before any site is looked at.
    chosen = None if councils is None else tuple(councils)
    question = Question(opened.path, opened.version, as_at, settings, chosen, kernel, crs, rows)
    count = workers_for(len(sites), os.cpu_count() or 1) if workers is None else workers
    parts = answer_parts(opened, question, sites.to_numpy(), count, progress)
    message = np.concatenate([part.message for part in parts])
    columns = (_findings if rows == "findings" else _hits)(parts, message != "")
    row = columns["site"]
    columns["site"] = sites.index.take(row)
    columns["message"] = pd.array(message, dtype="str").take(row)
    return pd.DataFrame(columns, copy=False)


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


class _Layout:
    """The rows of a table in order of the sites: so many for each accepted site, one for each refused site."""

    def __init__(self, rows: NDArray[np.int64], refused: NDArray[np.bool_]) -> None:
        rows = np.where(refused, 1, rows)
        self.site = np.repeat(np.arange(len(rows)), rows)
        self._kept = np.repeat(~refused, rows) if refused.any() else None

    def column(self, values: NDArray[Any], fill: object) -> NDArray[Any]:
        """Values of the accepted sites' rows, with `fill` in the rows of refused ones."""
        if self._kept is None:
            return values
        whole = np.full(len(self._kept), fill, values.dtype)
        whole[self._kept] = values
        return whole

    def named(self, codes: NDArray[np.integer[Any]], names: Sequence[str], fill: int = -1) -> Any:
        """Codes as a categorical column of names; -1 is nothing."""
        return pd.Categorical.from_codes(self.column(codes, fill), dtype=pd.CategoricalDtype(list(names)))


def _findings(parts: Sequence[Part], refused: NDArray[np.bool_]) -> dict[str, Any]:
    """The columns of a row for each accepted site and dataset and one for each refused site."""
    width, accepted = len(_slugs()), int((~refused).sum())
    layout = _Layout(np.full(len(refused), width), refused)
    codes, texts = _reasons(parts)
    columns: dict[str, Any] = {
        "site": layout.site,
        "dataset": layout.named(np.tile(np.arange(width, dtype=np.int16), accepted), _slugs()),
        "status": layout.named(_joined(parts, "status"), _STATUS_NAMES, _REFUSED_CODE),
        "reasons": layout.named(codes, texts),
        "hits": layout.column(_joined(parts, "count"), 0),
    }
    sizes = [part.status.size for part in parts]
    starts = np.cumsum(sizes) - sizes
    cell = np.concatenate([part.columns["cell"] + start for part, start in zip(parts, starts, strict=True)])
    for name in LEAD_COLUMNS:
        values = np.full(accepted * width, np.nan)
        values[cell] = np.concatenate([part.columns[name] for part in parts])
        columns[name] = layout.column(values, np.nan)
    return columns


def _hits(parts: Sequence[Part], refused: NDArray[np.bool_]) -> dict[str, Any]:
    """The columns of a row for each hit and one for each refused site."""
    rows = np.zeros(len(refused), np.int64)
    rows[~refused] = np.concatenate([part.count.sum(axis=1) for part in parts])
    layout = _Layout(rows, refused)
    found = {name: np.concatenate([part.columns[name] for part in parts]) for name in _HIT_COLUMNS[1:]}
    columns: dict[str, Any] = {"site": layout.site}
    names = {"dataset": _slugs(), "relation": [name.value for name in RELATIONS]}
    for name, values in found.items():
        if name in names:
            columns[name] = layout.named(values, names[name])
        elif name == "status":
            columns[name] = layout.named(values, _STATUS_NAMES, _REFUSED_CODE)
        else:
            columns[name] = layout.column(values, _EMPTY[values.dtype.kind])
    return columns


def _joined(parts: Sequence[Part], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(part, name).ravel() for part in parts])


def _reasons(parts: Sequence[Part]) -> tuple[NDArray[np.int16], list[str]]:
    """Codes of the reasons of all parts, numbered alike, and their texts."""
    texts = {text: number for number, text in enumerate(dict.fromkeys(t for part in parts for t in part.reason_texts))}
    numbered = []
    for part in parts:
        number = np.array([texts[text] for text in part.reason_texts], np.int16)
        numbered.append(number[part.reasons.ravel()] if part.reasons.size else np.empty(0, np.int16))
    return np.concatenate(numbered), list(texts)


@cache
def _slugs() -> list[str]:
    """Screened datasets in catalogue order."""
    return [slug for slug, item in datasets().items() if item.screened]

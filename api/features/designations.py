"""The designations of one dataset as a collection of features, read from the open store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from api.features.collection import Batch, Collection, Query, Selection, Span
from api.maps.cql2.matching import Column, Features, lies, matches
from api.maps.cql2.syntax import Property, Spatial
from api.maps.located import located_datasets
from bopsgis.errors import EditConflict, NotFound
from constraints.catalogue import Dataset, datasets
from constraints.store import Feature, Store
from constraints.store.encode import DAY_MAX, DAY_MIN, day_number

__all__ = ["collections_of", "empty_datasets"]

_CORE: Final[Mapping[str, Property]] = {
    "reference": Property("text", "The publisher's reference; not always unique."),
    "name": Property("text", "The name of the designation."),
    "entity": Property("text", "Number on planning.data.gov.uk, where it has one."),
}
_REST: Final[Mapping[str, Property]] = {
    "entry-date": Property("date", "When the publisher entered the record."),
    "start-date": Property("date", "From when it is in force; left out where not known."),
    "end-date": Property("date", "From when it is no longer in force; left out where it still is."),
    "source": Property("text", "Which delivery it comes from."),
    "publisher": Property("text", "Who published that delivery."),
    "retrieved": Property("date", "When the publisher's copy was taken."),
    "point-like": Property("boolean", "True for a point, and for a circle drawn round one: it shows no extent."),
    "area-m2": Property("number", "Area on the national grid, in square metres."),
    "length-m": Property("number", "Length on the national grid, of lines, in metres."),
}
_VERSION_CHARACTERS: Final = 8

_TABLES: WeakKeyDictionary[Store, dict[str, Features]] = WeakKeyDictionary()


def collections_of(store: Store) -> dict[str, Collection]:
    """A collection for each dataset of the catalogue that has a feature in the store, in the catalogue's order."""
    return {slug: Designations(store, datasets()[slug]) for slug in located_datasets(store)}


def empty_datasets(store: Store) -> tuple[Dataset, ...]:
    """Datasets of the catalogue without a feature in the store: about these nothing can be said."""
    listed = collections_of(store)
    return tuple(dataset for slug, dataset in datasets().items() if slug not in listed)


class Designations(Collection):
    """One dataset of one version of the store."""

    def __init__(self, store: Store, dataset: Dataset) -> None:
        self.store = store
        self.dataset = dataset
        self.id = dataset.slug
        self.title = dataset.plural[:1].upper() + dataset.plural[1:]
        own = {name: Property("text", "As the publisher records it.") for name in dataset.attributes}
        self.properties = {**_CORE, **{name: own[name] for name in own if name not in _CORE}, **_REST}
        self.description = f"{dataset.meaning} With “datetime”, only what is in force then."
        self.version = store.version
        self.numbers = np.flatnonzero(store.feature_dataset == store.datasets.index(dataset.slug))
        self.max_age_s = 300

    @property
    def credits(self) -> tuple[tuple[str, str], ...]:
        """Licence and attribution of each delivery, each pair once."""
        infos = [entry.info for entry in self.store.sources if entry.info.dataset == self.id]
        return tuple(dict.fromkeys((info.licence, info.attribution) for info in infos))

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east and north of everything, on the national grid."""
        boxes = self.store.arrays.feature_box[self.numbers]
        west, south = boxes[:, :2].min(axis=0)
        east, north = boxes[:, 2:].max(axis=0)
        return float(west), float(south), float(east), float(north)

    @property
    def span(self) -> Span:
        """From the first start to the last end that are known."""
        days = self.store.arrays.feature_days[self.numbers]
        starts = days[:, 0][days[:, 0] > DAY_MIN]
        ends = days[:, 1]
        open_end = not len(ends) or bool((ends == DAY_MAX).any())
        return Span(_day(starts.min()) if len(starts) else None, None if open_end else _day(ends.max()))

    def select(self, query: Query) -> Selection:
        """The features that fit."""
        chosen = np.ones(len(self.numbers), np.bool_)
        if query.interval is not None:
            days = self.store.arrays.feature_days[self.numbers]
            start, end = query.interval.start, query.interval.end
            chosen &= days[:, 0] <= (DAY_MAX if end is None else day_number(date.fromisoformat(end)))
            chosen &= days[:, 1] > (DAY_MIN if start is None else day_number(date.fromisoformat(start)))
        if query.area is not None:
            chosen = lies(self._boxes(), chosen, Spatial("intersects", query.area))
        if query.filter is not None:
            chosen &= matches(self._features(), query.filter)
        return _Chosen(self, self.numbers[chosen])

    def item(self, name: str) -> Batch:
        """The feature with this number. Raises NotFound."""
        number = int(name) if name.isascii() and name.isdigit() and len(name) <= 9 else -1
        at = int(np.searchsorted(self.numbers, number))
        if at == len(self.numbers) or self.numbers[at] != number:
            raise NotFound(f"{self.title}: there is no feature of this number.", code="feature_not_found")
        return self.batch(np.array([number]))

    def batch(self, numbers: NDArray[np.int64]) -> Batch:
        """These features with all that is told of them."""
        rows = [self._row(self.store.feature(int(number))) for number in numbers]
        columns = {name: [row.get(name) for row in rows] for name in self.properties}
        return Batch([str(number) for number in numbers], self.store.feature_geometry(numbers), columns)

    def _row(self, feature: Feature) -> dict[str, Any]:
        info = feature.source.info
        own = {name: feature.attributes.get(name) or None for name in self.dataset.attributes}
        return own | {
            "reference": feature.reference or None,
            "name": feature.name or None,
            "entity": feature.entity or None,
            "entry-date": _text(feature.entry_date),
            "start-date": _text(feature.start_date),
            "end-date": _text(feature.end_date),
            "source": info.name,
            "publisher": info.publisher,
            "retrieved": info.retrieved.isoformat(),
            "point-like": feature.point_like,
            "area-m2": round(feature.area_m2, 2),
            "length-m": round(feature.length_m, 2),
        }

    def _boxes(self) -> Features:
        """The features with their boxes and shapes, for questions of place only."""
        boxes = self.store.arrays.feature_box[self.numbers]
        return Features(boxes, {}, lambda index: self.store.feature_geometry(self.numbers[index]))

    def _features(self) -> Features:
        """The features with their columns; made at the first filter, and kept for as long as the store is open."""
        kept = _TABLES.setdefault(self.store, {})
        if self.id not in kept:
            boxes, store, numbers = self.store.arrays.feature_box[self.numbers], self.store, self.numbers
            rows = _records(store, numbers, self.dataset)
            columns = {name: Column.of([row.get(name) for row in rows]) for name in self.properties}
            arrays = store.arrays
            reference = {
                "point-like": Column.of(arrays.feature_point_like[numbers].tolist()),
                "area-m2": Column.of(np.round(arrays.feature_area[numbers], 2).tolist()),
                "length-m": Column.of(np.round(arrays.feature_length[numbers], 2).tolist()),
            }
            # The table must not hold the store: the store being gone is what ends the table.
            kept[self.id] = Features(boxes, columns | reference, _shapes_of(arrays, numbers))
        return kept[self.id]


class _Chosen(Selection):
    """Numbers of features in order."""

    def __init__(self, designations: Designations, numbers: NDArray[np.int64]) -> None:
        self.designations = designations
        self.numbers = numbers
        self.matched = len(numbers)

    def page(self, after: str | None, most: int, most_bytes: int) -> Batch:
        """So many features after the place where the page before ended."""
        first = 0 if after is None else int(np.searchsorted(self.numbers, self._place(after), side="right"))
        numbers = self.numbers[first : first + most]
        sizes = np.diff(self.designations.store.arrays.wkb_end)[numbers]
        fitting = max(1, int(np.searchsorted(np.cumsum(sizes), most_bytes, side="right")))
        batch = self.designations.batch(numbers[:fitting])
        last = first + len(batch.ids)
        more = last < self.matched
        return batch.followed_by(f"{self._version}.{self.numbers[last - 1]}" if more else None)

    def fitting(self, most: int, most_bytes: int) -> int:
        """How many go into a file."""
        sizes = np.diff(self.designations.store.arrays.wkb_end)[self.numbers[:most]]
        return int(np.searchsorted(np.cumsum(sizes), most_bytes, side="right"))

    @property
    def _version(self) -> str:
        return self.designations.store.version[:_VERSION_CHARACTERS]

    def _place(self, after: str) -> int:
        version, dot, number = after.partition(".")
        if not dot or not number.isascii() or not number.isdigit() or len(number) > 9:
            raise EditConflict("This link to the next page is not one of ours.", code="page_unknown")
        if version != self._version:
            raise EditConflict(
                "The data was replaced while you were reading it.",
                code="data_replaced",
                hint="Begin again with the first page: pages of two versions are never mixed.",
            )
        return int(number)


def _shapes_of(arrays: Any, numbers: NDArray[np.int64]) -> Any:
    return lambda index: arrays.geometry(numbers[index])


def _records(store: Store, numbers: NDArray[np.int64], dataset: Dataset) -> list[dict[str, Any]]:
    """What is told of all features as text, None where nothing is: all records read in one go."""
    arrays = store.arrays
    lines = [arrays.records[arrays.record_end[n] : arrays.record_end[n + 1]].tobytes() for n in numbers]
    rows = json.loads(b"[" + b",".join(lines) + b"]")
    return [
        {name: row["attributes"].get(name) or None for name in dataset.attributes}
        | {name: row[name] or None for name in _CORE}
        | {"entry-date": row["entry_date"], "start-date": row["start_date"], "end-date": row["end_date"]}
        | _of_source(store, int(source))
        for row, source in zip(rows, arrays.feature_source[numbers], strict=True)
    ]


def _of_source(store: Store, source: int) -> dict[str, Any]:
    info = store.sources[source].info
    return {"source": info.name, "publisher": info.publisher, "retrieved": info.retrieved.isoformat()}


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(number: Any) -> str:
    return str(np.datetime64(int(number), "D"))

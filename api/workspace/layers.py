"""Layers of the map and the designations in view: the same rows for the list and for the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from api.maps.figure import Item
from bopsgis.types import BBox
from constraints.catalogue import THEMES, Dataset, datasets
from constraints.engine import clipped_geometry, relate
from constraints.render.style import Style, style_table
from constraints.screen import words
from constraints.screen.state import state_of
from constraints.source import Coverage
from constraints.store import Feature, Store

__all__ = ["Designation", "InView", "Layer", "Theme", "designations_in_view", "in_force_on", "loaded_layers", "themes"]

MOST_LISTED: Final = 150
"""Designations listed and drawn; of more the page says so."""
SHOWN_FIRST: Final = ("conservation-area", "listed-building", "tree-preservation-zone", "flood-risk-zone", "green-belt")
"""Layers that are on where the address names none."""
_NO_SHAPE: Final = frozenset({"raster", "none"})


@dataclass(frozen=True, slots=True)
class Layer:
    """One dataset as a layer of the map."""

    slug: str
    name: str
    shown: bool
    count: int
    """Designations of it in view."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Layers that are drawn alike."""

    style: Style
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Designation:
    """One row of the list, and one shape on the map."""

    id: str
    number: int
    title: str
    dataset: Dataset
    feature: Feature
    at: str
    """A place on it: easting and northing, to ask what applies there."""
    coverage: str
    """For where its source is declared complete."""

    @property
    def in_force(self) -> str:
        """From when to when, in words."""
        start, end = self.feature.start_date, self.feature.end_date
        since = "start date not known" if start is None else f"since {words.day(start)}"
        return since if end is None else f"{since}, until {words.day(end)}"


@dataclass(frozen=True, slots=True)
class InView:
    """What is in view: rows with their shapes, how many more there are, and how many of each dataset."""

    rows: tuple[Designation, ...]
    items: tuple[Item, ...]
    more: int
    counts: Mapping[str, int]


def loaded_layers(store: Store) -> tuple[str, ...]:
    """Datasets that can be drawn and are loaded, in the catalogue's order."""
    return tuple(
        slug
        for slug, dataset in datasets().items()
        if slug in store.datasets and dataset.geometry not in _NO_SHAPE and dataset.screened
    )


def designations_in_view(store: Store, view: BBox, shown: Sequence[str], on: date) -> InView:
    """What is in force on the date and meets the box, of the layers shown, cut to the box for drawing."""
    loaded = loaded_layers(store)
    box = shapely.box(view.west, view.south, view.east, view.north)
    found = relate(store, np.array([box], dtype=object), dict.fromkeys(loaded, 0.0), as_at=on).feature
    slug_of = np.array(store.datasets)[store.feature_dataset[found]]
    counts = {slug: int(count) for slug, count in zip(*np.unique(slug_of, return_counts=True), strict=True)}
    rank = {slug: number for number, slug in enumerate(loaded)}
    wanted = np.flatnonzero(np.isin(slug_of, list(shown)))
    order = sorted(wanted, key=lambda i: (rank[str(slug_of[i])], int(found[i])))
    numbers = found[np.array(order, dtype=np.int64)]
    shapes = clipped_geometry(store, numbers, view) if len(numbers) else np.empty(0, dtype=object)
    # What only touches the edge of the view has nothing to draw, so it is no row either.
    drawn = np.flatnonzero(~shapely.is_empty(shapes))
    listed = drawn[:MOST_LISTED]
    councils = state_of(store).council_names(store)
    rows = tuple(_row(store, place, int(numbers[i]), shapes[i], councils) for place, i in enumerate(listed, start=1))
    items = tuple(_item(row, shapes[i]) for row, i in zip(rows, listed, strict=True))
    return InView(rows, items, len(drawn) - len(listed), counts)


def themes(store: Store, shown: Sequence[str], counts: Mapping[str, int]) -> tuple[Theme, ...]:
    """Every layer that is loaded, by theme."""
    table = style_table()
    grouped: dict[str, list[Layer]] = {theme: [] for theme in THEMES}
    for slug in loaded_layers(store):
        dataset = datasets()[slug]
        name = dataset.plural[:1].upper() + dataset.plural[1:]
        grouped[dataset.theme].append(Layer(slug, name, slug in shown, counts.get(slug, 0)))
    return tuple(Theme(table.of(theme), tuple(layers)) for theme, layers in grouped.items() if layers)


def in_force_on(store: Store, area: shapely.Geometry, slugs: Sequence[str], on: date) -> NDArray[np.int64]:
    """Numbers of the features in force on a date that meet an area."""
    pairs = relate(store, np.array([area], dtype=object), dict.fromkeys(slugs, 0.0), as_at=on)
    numbers: NDArray[np.int64] = np.sort(pairs.feature)
    return numbers


def _row(
    store: Store, number: int, feature_number: int, shape: shapely.Geometry, councils: Mapping[str, str]
) -> Designation:
    feature = store.feature(feature_number)
    dataset = datasets()[feature.dataset]
    place = shapely.point_on_surface(shape)
    return Designation(
        id=f"designation-{feature_number}",
        number=number,
        title=feature.name or feature.reference or dataset.name,
        dataset=dataset,
        feature=feature,
        at=f"{place.x:.1f}, {place.y:.1f}",
        coverage=_coverage(feature.source.info.coverage, councils),
    )


def _coverage(coverage: Coverage, councils: Mapping[str, str]) -> str:
    if coverage.everywhere:
        return "all of England"
    named = [councils.get(code, code) for code in coverage.councils]
    return words.and_list(named) or "nowhere: what is missing may exist"


def _item(row: Designation, shape: shapely.Geometry) -> Item:
    return Item(row.id, row.number, row.title, style_table().of(row.dataset.theme), shape)

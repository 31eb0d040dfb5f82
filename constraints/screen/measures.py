"""How designations lie to sites, for many pairs at once: the one place where statuses are decided.

`screen` measures one site, `screen_many` a chunk of them; both come through here, so they agree.

An overlap is a sliver, and the designation only adjacent, where no circle of the tolerance's radius fits in
it; but never where it is half of the site or half of the designation, however thin those are. A point has no
extent: it is likely to be on the site where it lies inside. A circle that a publisher drew round a point is
judged by its centre.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from constraints.engine import Pairs, overlap_geometry
from constraints.model import Relation, Status
from constraints.screen.radius import radius_of
from constraints.store import Store

__all__ = [
    "LARGE_BYTES",
    "RELATIONS",
    "STATUSES",
    "FeatureColumns",
    "Measured",
    "SiteColumns",
    "exact_overlaps",
    "measure",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

STATUSES: Final = (Status.PRESENT, Status.ADJACENT, Status.NEAR)
"""Statuses by code, strongest first."""
_PRESENT, _ADJACENT, _NEAR = range(3)
RELATIONS: Final = (Relation.SITE_WITHIN, Relation.COVERS, Relation.OVERLAPS, Relation.TOUCHES, Relation.NEAR)
"""Relations by code."""
_SITE_WITHIN, _COVERS, _OVERLAPS, _TOUCHES, _NEAR_TO = range(5)

_AREA_DIGITS, _LENGTH_DIGITS, _SHARE_DIGITS = 3, 3, 6
_WHOLE: Final = 1.0 - 1e-6
_NO_AREA_M2: Final = 5e-4
"""Two shapes that share an edge may overlap by rounding; less than this reads as 0.00 m2 and is a touch."""
_NO_LENGTH_M: Final = 5e-4
_COLLECTION: Final = int(shapely.GeometryType.GEOMETRYCOLLECTION)
_AREA: Final = 2
LARGE_BYTES: Final = 160_000
"""Of a designation's geometry, about ten thousand vertices: reading it whole takes longer than putting the overlap
together from the engine's pieces."""
_DOUBTFUL_M2: Final = 1e-6
"""For each square metre of overlap: two ways of measuring it agree far better than that."""
_MOST: Final = 0.5
"""Half the site or half the designation is no sliver."""


@dataclass(frozen=True, slots=True)
class SiteColumns:
    """Sites, row by row, and what is used of each. `geometry` is (n,) shapely in EPSG:27700."""

    geometry: NDArray[np.object_]
    area_m2: Floats

    @classmethod
    def of(cls, geometry: NDArray[np.object_]) -> SiteColumns:
        """The columns of (n,) valid polygons."""
        return cls(geometry, shapely.area(geometry))


@dataclass(frozen=True, slots=True)
class FeatureColumns:
    """What is used of the designation of each pair; all columns have the pairs' length."""

    area_m2: Floats
    """0 for points and lines."""
    length_m: Floats
    """Length of a line; not used for areas."""
    point_like: Flags
    tolerance_m: Floats
    near_m: Floats


@dataclass(frozen=True, slots=True)
class Measured:
    """Pairs that are hits, column by column; lengths in metres and areas in m2, rounded as they are reported."""

    site: Integers
    feature: Integers
    status: Integers
    """Index into `STATUSES`."""
    relation: Integers
    """Index into `RELATIONS`."""
    likely: Flags
    overlap_m2: Floats
    overlap_length_m: Floats
    site_share: Floats
    feature_share: Floats
    parts: Integers
    inscribed_radius_m: Floats
    distance_m: Floats
    tolerance_m: Floats

    def __len__(self) -> int:
        return len(self.site)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Measured:
        """The rows named by an index or a mask."""
        return Measured(*(getattr(self, column.name)[rows] for column in fields(self)))


@dataclass(slots=True)
class _Work:
    """Columns that are filled in step by step, before rounding."""

    area: Floats
    length: Floats
    distance: Floats
    site_share: Floats
    feature_share: Floats
    parts: Integers
    radius: Floats
    deep: Flags
    """A line that reaches further than the tolerance into the site."""


def measure(store: Store, sites: SiteColumns, pairs: Pairs, features: FeatureColumns) -> Measured:
    """Status, relation and measures of every pair that is a hit, in the order of the pairs.

    `pairs` are those of `constraints.engine.relate` with distances of at least the tolerance and the near
    distance; pairs that turn out to be further away than both are left out.
    """
    work = _shares(sites, pairs, features)
    _look_closer(store, sites, pairs, features, work)
    _centre_circles(store, sites, pairs, features, work)
    status = _status(features, work)
    relation = _relation(features, work, status)
    measured = Measured(
        site=pairs.site.astype(np.int64),
        feature=pairs.feature.astype(np.int64),
        status=status,
        relation=relation,
        likely=features.point_like,
        overlap_m2=np.round(work.area, _AREA_DIGITS),
        overlap_length_m=np.round(work.length, _LENGTH_DIGITS),
        site_share=np.round(work.site_share, _SHARE_DIGITS),
        feature_share=np.round(work.feature_share, _SHARE_DIGITS),
        parts=work.parts,
        inscribed_radius_m=np.round(work.radius, _LENGTH_DIGITS),
        distance_m=np.round(work.distance, _LENGTH_DIGITS),
        tolerance_m=np.round(features.tolerance_m, _LENGTH_DIGITS),
    )
    return measured if (status >= 0).all() else measured.take(status >= 0)


def _shares(sites: SiteColumns, pairs: Pairs, features: FeatureColumns) -> _Work:
    area = np.where(pairs.area_m2 < _NO_AREA_M2, 0.0, pairs.area_m2)
    length = np.where((pairs.length_m < _NO_LENGTH_M) | (features.area_m2 > 0.0), 0.0, pairs.length_m)
    inside_point = features.point_like & (features.area_m2 == 0.0) & (pairs.distance_m == 0.0)
    extent = np.where(features.area_m2 > 0.0, features.area_m2, features.length_m)
    feature_share = np.divide(area + length, extent, out=np.zeros_like(area), where=extent > 0.0)
    count = len(area)
    return _Work(
        area=area,
        length=length,
        distance=pairs.distance_m.astype(np.float64),
        site_share=np.minimum(area / sites.area_m2[pairs.site], 1.0),
        feature_share=np.where(inside_point, 1.0, np.minimum(feature_share, 1.0)),
        parts=inside_point.astype(np.int64),
        radius=np.zeros(count),
        deep=np.zeros(count, dtype=np.bool_),
    )


def _look_closer(store: Store, sites: SiteColumns, pairs: Pairs, features: FeatureColumns, work: _Work) -> None:
    """Fill in parts, inscribed radius and depth from the exact overlap of the pairs that overlap."""
    overlapping = np.flatnonzero((work.area > 0.0) | (work.length > 0.0))
    within = overlapping[work.site_share[overlapping] >= _WHOLE]
    _sites_within(sites, pairs.site[within], within, work)
    partial = overlapping[work.site_share[overlapping] < _WHOLE]
    if len(partial):
        _measure_overlaps(store, sites, pairs, features, work, partial)


def _measure_overlaps(
    store: Store, sites: SiteColumns, pairs: Pairs, features: FeatureColumns, work: _Work, rows: Integers
) -> None:
    """Parts, radius and depth of the exact overlaps."""
    geometry = sites.geometry[pairs.site[rows]]
    overlap = exact_overlaps(store, geometry, pairs.feature[rows])
    areal = work.area[rows] > 0.0
    overlap[areal] = _areas_only(overlap[areal])
    # The engine's area does not come from GEOS: where the two differ, the overlap is put together from the pieces.
    doubtful = areal & (np.abs(shapely.area(overlap) - work.area[rows]) > _DOUBTFUL_M2 * (1.0 + work.area[rows]))
    for row in np.flatnonzero(doubtful).tolist():
        overlap[row] = overlap_geometry(store, geometry[row], pairs.feature[rows[row] : rows[row] + 1])[0]
    work.parts[rows] = shapely.get_num_geometries(overlap)
    work.radius[rows[areal]] = radius_of(overlap[areal])
    lines = rows[~areal]
    work.deep[lines] = _reaches_in(geometry[~areal], overlap[~areal], features.tolerance_m[lines])


def exact_overlaps(store: Store, sites: NDArray[np.object_], features: Integers) -> NDArray[np.object_]:
    """The (k,) exact overlaps of pairs of a polygon and a feature, in EPSG:27700.

    Designations are read once, but for large ones, which the engine puts together from its pieces.
    """
    unique, place = np.unique(features, return_inverse=True)
    size = store.arrays.wkb_end[unique + 1] - store.arrays.wkb_end[unique]
    small = size <= LARGE_BYTES
    shapes = np.full(len(unique), None, dtype=object)
    shapes[small] = store.feature_geometry(unique[small])
    overlap = shapely.intersection(sites, shapes[place])
    for row in np.flatnonzero(~small[place]).tolist():
        overlap[row] = overlap_geometry(store, sites[row], features[row : row + 1])[0]
    return np.asarray(overlap, dtype=object)


def _areas_only(overlap: NDArray[np.object_]) -> NDArray[np.object_]:
    """The overlaps without the points and lines where the two shapes only touch."""
    mixed = np.flatnonzero(shapely.get_type_id(overlap) == _COLLECTION)
    for row in mixed.tolist():
        parts = shapely.get_parts(overlap[row])
        overlap[row] = shapely.multipolygons(parts[shapely.get_dimensions(parts) == _AREA])
    return overlap


def _sites_within(sites: SiteColumns, which: Integers, rows: Integers, work: _Work) -> None:
    """Where the whole site is inside, the overlap is the site: measure each such site once."""
    if not len(rows):
        return
    if len(sites.geometry) == 1:
        work.parts[rows] = shapely.get_num_geometries(sites.geometry[0])
        work.radius[rows] = radius_of(sites.geometry)
        return
    unique, place = np.unique(which, return_inverse=True)
    work.parts[rows] = shapely.get_num_geometries(sites.geometry[unique])[place]
    work.radius[rows] = radius_of(sites.geometry[unique])[place]


def _reaches_in(sites: NDArray[np.object_], lines: NDArray[np.object_], tolerance_m: Floats) -> Flags:
    """Whether a line comes further into the site than the tolerance; in a site too thin to tell, it does."""
    core = shapely.buffer(sites, -tolerance_m)
    return np.asarray(shapely.is_empty(core) | shapely.intersects(core, lines))


def _centre_circles(store: Store, sites: SiteColumns, pairs: Pairs, features: FeatureColumns, work: _Work) -> None:
    """A circle drawn round a point is as far away as its centre."""
    circles = np.flatnonzero(features.point_like & (features.area_m2 > 0.0))
    if len(circles):
        centres = shapely.centroid(store.feature_geometry(pairs.feature[circles]))
        work.distance[circles] = shapely.distance(sites.geometry[pairs.site[circles]], centres)


def _status(features: FeatureColumns, work: _Work) -> Integers:
    """Codes into `STATUSES`; -1 for what is too far away to be a hit."""
    overlaps = (work.area > 0.0) | (work.length > 0.0)
    most = (work.site_share >= _MOST) | (work.feature_share >= _MOST)
    thick = np.where(work.area > 0.0, work.radius >= features.tolerance_m, work.deep)
    touches = overlaps | (work.distance <= features.tolerance_m)
    extent = np.select(
        [overlaps & (most | thick), touches, work.distance <= features.near_m], [_PRESENT, _ADJACENT, _NEAR], -1
    )
    met = (work.area > 0.0) | (work.distance <= np.maximum(features.near_m, features.tolerance_m))
    point = np.select([work.distance == 0.0, met], [_PRESENT, _NEAR], -1)
    return np.where(features.point_like, point, extent).astype(np.int64)


def _relation(features: FeatureColumns, work: _Work, status: Integers) -> Integers:
    overlaps = (work.area > 0.0) | (work.length > 0.0)
    chosen = np.select(
        [
            overlaps & (work.site_share >= _WHOLE),
            (overlaps | features.point_like) & (work.feature_share >= _WHOLE),
            overlaps,
            status == _ADJACENT,
        ],
        [_SITE_WITHIN, _COVERS, _OVERLAPS, _TOUCHES],
        _NEAR_TO,
    )
    return chosen.astype(np.int64)

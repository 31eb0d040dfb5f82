"""Four layers to make tiles of, as large as England's: points, conservation areas, flood zones and case boundaries.

Nothing here is real. Numbers of features and vertices, the crowding of towns and the long tail of flood zones (most
have dozens of vertices, a few tens of thousands) follow what is published. The same scale gives the same layers.
Coordinates are EPSG:27700 metres, rounded to a centimetre. Made with whole arrays: seconds for 12 million vertices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from bopsgis.ragged import ranges
from tiles.levels import Policy
from tiles.mvt import columns_of
from tiles.snapshot import LayerSource

__all__ = ["dense_place", "tiles_england"]

_SEED = 20_261_122
_LONDON = (530_000.0, 180_000.0)
_INNER_LONDON_M, _OUTER_LONDON_M, _INNER_SHARE = 3_000.0, 13_000.0, 0.25
"""Standard deviations, and the share of London's features that lies in the inner part."""
_TOWNS = 1_200
_WEST, _SOUTH, _EAST, _NORTH = 200_000.0, 80_000.0, 640_000.0, 560_000.0
_CENTIMETRES = 2
_HOLE = 0.4
"""Size of a hole beside its outer ring, which has the same shape."""


@dataclass(frozen=True, slots=True)
class _Specification:
    """What one layer is like at full scale."""

    name: str
    count: int
    vertices: float
    """Median; 0 for points."""
    spread: float
    """Standard deviation of the logarithm of vertices."""
    vertex_m: float
    """Metres between vertices."""
    london: float
    """Share of the features that lies in London; the rest is in towns, by Zipf's law."""
    stretch: float
    """How much longer than wide a shape is."""
    holed: float
    """Share that has a hole."""


_S = _Specification
_LAYERS = (
    _S("listed-building", 300_000, 0, 0, 0, 0.12, 1, 0),
    _S("conservation-area", 20_000, 66, 0.9, 14, 0.2, 1.3, 0.05),
    _S("flood-risk-zone", 100_000, 32, 1.4, 9, 0.15, 5, 0.1),
    _S("case", 100_000, 7, 0.45, 9, 0.4, 1.4, 0),
)
_MOST_VERTICES = 20_000


def dense_place() -> tuple[float, float]:
    """Easting and northing of the place where most features are."""
    return _LONDON


def tiles_england(scale: float, policy: Policy | None = None) -> list[LayerSource]:
    """Make the four layers, at this share of their full numbers."""
    return [_layer(spec, number, scale, policy or Policy()) for number, spec in enumerate(_LAYERS)]


def _layer(spec: _Specification, number: int, scale: float, policy: Policy) -> LayerSource:
    n = max(round(spec.count * scale), 20)
    geometry = _geometry(np.random.default_rng([_SEED, number]), spec, n)
    columns = columns_of(_attributes(np.random.default_rng([_SEED, number, 1]), spec.name, n))
    return LayerSource(spec.name, geometry, np.arange(1, n + 1, dtype=np.uint64), columns, policy)


def _places(random: np.random.Generator, n: int, london: float) -> NDArray[np.float64]:
    """(n, 2) places in London and other towns, thicker towards their middles."""
    towns = np.random.default_rng([_SEED, 99]).uniform((_WEST, _SOUTH), (_EAST, _NORTH), size=(_TOWNS, 2))
    towns[0] = _LONDON
    weight = 1.0 / np.arange(1, _TOWNS + 1)
    weight[0] = london * weight[1:].sum() / (1 - london)
    town = random.choice(_TOWNS, size=n, p=weight / weight.sum())
    in_london = np.where(random.random(n) < _INNER_SHARE, _INNER_LONDON_M, _OUTER_LONDON_M)
    width = np.where(town == 0, in_london, 1_000.0 + 9_000.0 / np.sqrt(town + 1))
    return towns[town] + random.normal(size=(n, 2)) * width[:, None]


def _geometry(random: np.random.Generator, spec: _Specification, n: int) -> NDArray[np.object_]:
    places = _places(random, n, spec.london)
    if not spec.vertices:
        return np.asarray(shapely.points(np.round(places, _CENTIMETRES)), object)
    counts = np.clip(spec.vertices * np.exp(random.normal(size=n) * spec.spread), 4, _MOST_VERTICES).astype(np.int64)
    outline = _outlines(random, counts, spec)
    rings = np.round(outline + np.repeat(places, counts, axis=0), _CENTIMETRES)
    holed = random.random(n) < spec.holed
    inner = np.round(_HOLE * outline + np.repeat(places, counts, axis=0), _CENTIMETRES)
    return _polygons(rings, inner, counts, holed)


def _outlines(random: np.random.Generator, counts: NDArray[np.int64], spec: _Specification) -> NDArray[np.float64]:
    """Outlines about nought that can be seen whole from there, so that none crosses itself: (sum of counts, 2)."""
    owner = np.repeat(np.arange(len(counts)), counts)
    along = ranges(np.zeros_like(counts), counts) + 0.7 * random.random(len(owner))
    angle = 2 * np.pi * along / counts[owner]
    radius = np.ones(len(owner))
    for wave in (2, 3, 5, 9, 17):
        size, phase = random.normal(size=(2, len(counts)))
        radius += 0.18 / wave**0.5 * np.tanh(size)[owner] * np.sin(wave * angle + 2 * np.pi * phase[owner])
    radius *= 1 + 0.12 * random.random(len(owner)) / np.sqrt(1 + counts[owner] / 50)
    radius = np.maximum(radius, 0.15)
    across = np.stack([np.cos(angle) * spec.stretch**0.5, np.sin(angle) / spec.stretch**0.5], axis=1)
    size = spec.vertex_m * counts / (2 * np.pi)
    turn = random.uniform(0, 2 * np.pi, len(counts))
    cosine, sine = np.cos(turn)[owner], np.sin(turn)[owner]
    x, y = (across * (radius * size[owner])[:, None]).T
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=1)


def _polygons(
    rings: NDArray[np.float64], inner: NDArray[np.float64], counts: NDArray[np.int64], holed: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Outer rings, and for some the same ring again, smaller, as a hole."""
    first = np.cumsum(counts) - counts
    ring_counts = 1 + holed
    owner = np.repeat(np.arange(len(counts)), ring_counts)
    is_hole = np.concatenate([[False], owner[1:] == owner[:-1]])
    lengths = counts[owner] + 1
    within = ranges(np.zeros_like(lengths), lengths) % np.repeat(counts[owner], lengths)
    source = np.repeat(first[owner], lengths) + within
    points = np.where(np.repeat(is_hole, lengths)[:, None], inner[source], rings[source])
    limits = (np.concatenate([[0], np.cumsum(lengths)]), np.concatenate([[0], np.cumsum(ring_counts)]))
    made: NDArray[np.object_] = shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, limits)
    return made


def _attributes(random: np.random.Generator, name: str, n: int) -> Mapping[str, list[Any]]:
    """Three to six attributes, as the real datasets have them: some said of each feature once, some of thousands."""
    reference = [f"{name[:2].upper()}{number:07}" for number in range(n)]
    year, month, day = random.integers((1970, 1, 1), (2026, 13, 29), size=(n, 3)).T
    dates = [f"{y}-{m:02}-{d:02}" for y, m, d in zip(year, month, day, strict=True)]

    def one_of(*values: Any) -> list[Any]:
        return [values[place] for place in random.integers(0, len(values), n)]

    if name == "listed-building":
        return {
            "reference": reference,
            "name": one_of(*_names(random, 20_000)),
            "grade": one_of("I", "II*", "II", "II"),
        }
    if name == "conservation-area":
        return {"reference": reference, "name": one_of(*_names(random, 8_000)), "designation-date": dates}
    if name == "flood-risk-zone":
        return {"reference": reference, "level": one_of(2, 3), "type": one_of("fluvial models", "tidal models", None)}
    return {
        "reference": reference,
        "status": one_of("received", "in assessment", "determined", "withdrawn"),
        "decision": one_of("granted", "refused", None),
        "received": dates,
        "dwellings": one_of(None, None, 1, 2, 12, 250),
        "major": one_of(True, False, False),
    }


def _names(random: np.random.Generator, n: int) -> list[str]:
    first = ("Church", "Manor", "Mill", "Abbey", "Station", "Castle", "Priory", "Market", "Bridge", "Vicarage")
    last = ("House", "Farm", "Cottages", "Barn", "Lodge", "Terrace", "Hall", "Street", "Green", "Row")
    pairs = random.integers(0, 10, size=(n, 2))
    return [f"{first[a]} {last[b]} {number}" for number, (a, b) in enumerate(pairs)]

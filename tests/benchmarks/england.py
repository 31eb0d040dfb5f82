"""A synthetic England: sixty datasets of designations with the long tails of the real ones, and sites to check.

Nothing here is real. Numbers of features, vertices and areas follow what is published about the real datasets
(hundreds of thousands of listed buildings, a few national parks of a hundred thousand vertices). The same seed
and scale give the same features. Coordinates are EPSG:27700 metres, rounded to a centimetre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["SCALES", "SPECIFICATION", "Specification", "designations", "sites"]

SCALES = {"thousandth": 0.001, "hundredth": 0.01, "tenth": 0.1, "full": 1.0}
_SEED = 20_261_122
_LAND = shapely.Polygon(
    [
        (150e3, 25e3), (290e3, 45e3), (410e3, 75e3), (530e3, 100e3), (630e3, 140e3), (620e3, 215e3), (650e3, 300e3),
        (560e3, 345e3), (540e3, 420e3), (490e3, 510e3), (430e3, 570e3), (400e3, 650e3), (335e3, 565e3),
        (325e3, 470e3), (335e3, 390e3), (330e3, 240e3), (350e3, 170e3), (240e3, 125e3),
    ]
)  # fmt: skip
_TOWNS = 1_200


@dataclass(frozen=True, slots=True)
class Specification:
    """What one dataset is like at full scale."""

    slug: str
    shape: str
    """`point`, `blob`, `ribbon`, `building`, `circle` or `mosaic` (areas that share borders and fill the land)."""
    count: int
    vertices: float = 0.0
    """Median."""
    spread: float = 0.8
    """Standard deviation of the logarithm of vertices, and of area."""
    area_m2: float = 0.0
    """Median."""
    urban: float = 0.5
    """Share that lies in towns."""
    holed: float = 0.0
    """Share with a hole; a fifth of these have a second part as well."""


_S = Specification
SPECIFICATION = (
    _S("listed-building", "point", 380_000, urban=0.7),
    _S("tree", "point", 140_000, urban=0.9),
    _S("brownfield-site", "point", 35_000, urban=0.9),
    _S("locally-listed-building", "point", 30_000, urban=0.9),
    _S("heritage-at-risk", "point", 5_000, urban=0.6),
    _S("listed-building-outline", "building", 60_000, 6, 0.8, 180, 0.7),
    _S("infrastructure-project", "building", 25_000, 6, 1.0, 15_000, 0.85),
    _S("certificate-of-immunity", "building", 300, 6, 0.8, 1_000, 0.95),
    _S("building-preservation-notice", "building", 100, 6, 0.8, 300, 0.9),
    _S("contaminated-land", "building", 500, 6, 1.0, 5_000, 0.8),
    _S("conservation-area", "blob", 10_000, 150, 0.9, 150e3, 0.7, 0.05),
    _S("article-4-direction-area", "blob", 8_000, 90, 1.2, 50e3, 0.85, 0.05),
    _S("tree-preservation-zone", "blob", 60_000, 18, 0.9, 2_500, 0.8),
    _S("site-of-special-scientific-interest", "blob", 4_000, 280, 1.2, 600e3, 0.1, 0.2),
    _S("ancient-woodland", "blob", 40_000, 45, 0.9, 30e3, 0.15, 0.03),
    _S("scheduled-monument", "blob", 20_000, 28, 0.9, 8_000, 0.3, 0.05),
    _S("park-and-garden", "blob", 1_700, 120, 0.9, 400e3, 0.4, 0.1),
    _S("world-heritage-site", "blob", 20, 600, 1.0, 20e6, 0.5, 0.3),
    _S("world-heritage-site-buffer-zone", "blob", 10, 600, 1.0, 40e6, 0.5),
    _S("battlefield", "blob", 47, 80, 0.5, 1.5e6, 0.2),
    _S("special-area-of-conservation", "blob", 260, 3_000, 1.2, 8e6, 0.0, 0.4),
    _S("special-protection-area", "blob", 90, 4_500, 1.1, 30e6, 0.0, 0.4),
    _S("ramsar", "blob", 80, 3_500, 1.1, 20e6, 0.0, 0.3),
    _S("national-nature-reserve", "blob", 230, 400, 0.9, 1.5e6, 0.0, 0.2),
    _S("local-nature-reserve", "blob", 1_700, 90, 0.9, 150e3, 0.6, 0.05),
    _S("heritage-coast", "blob", 30, 3_000, 0.6, 40e6, 0.0),
    _S("area-of-outstanding-natural-beauty", "blob", 35, 90_000, 0.4, 600e6, 0.1, 0.5),
    _S("national-park", "blob", 10, 110_000, 0.3, 1_200e6, 0.0, 0.5),
    _S("green-belt", "blob", 180, 8_000, 0.8, 80e6, 0.5, 0.9),
    _S("flood-storage-area", "blob", 1_000, 60, 0.9, 100e3, 0.3),
    _S("air-quality-management-area", "blob", 600, 160, 1.2, 500e3, 0.95, 0.1),
    _S("source-protection-zone", "blob", 1_600, 50, 0.7, 500e3, 0.2),
    _S("critical-drainage-area", "blob", 1_500, 70, 0.7, 4e6, 0.2),
    _S("aquifer", "blob", 1_300, 150, 0.8, 30e6, 0.2, 0.1),
    _S("coal-high-risk-area", "blob", 15_000, 60, 0.9, 30e3, 0.3),
    _S("mineral-safeguarding-area", "blob", 5_000, 180, 1.2, 800e3, 0.1, 0.1),
    _S("nutrient-neutrality-catchment", "blob", 27, 20_000, 0.5, 700e6, 0.0, 0.3),
    _S("priority-habitat", "blob", 60_000, 36, 1.0, 10e3, 0.2, 0.02),
    _S("common-land-and-village-green", "blob", 7_000, 50, 1.0, 50e3, 0.1),
    _S("protected-land", "blob", 10_000, 90, 1.1, 150e3, 0.05, 0.05),
    _S("open-space", "blob", 40_000, 32, 0.9, 12e3, 0.85, 0.02),
    _S("design-code-area", "blob", 7_000, 220, 0.9, 800e3, 0.8, 0.05),
    _S("asset-of-community-value", "blob", 3_500, 25, 0.8, 6_000, 0.4),
    _S("archaeological-priority-area", "blob", 7_000, 40, 0.8, 200e3, 0.6),
    _S("historic-landfill", "blob", 19_000, 28, 0.8, 12e3, 0.5),
    _S("central-activities-zone", "blob", 900, 40, 0.7, 80e3, 1.0),
    _S("local-green-space", "blob", 6_000, 18, 0.8, 8_000, 0.7),
    _S("local-wildlife-site", "blob", 30_000, 60, 0.9, 40e3, 0.3, 0.02),
    _S("agricultural-land-classification", "blob", 3_000, 500, 0.9, 15e6, 0.05, 0.5),
    _S("flood-risk-zone", "ribbon", 100_000, 40, 1.1, 2_500, 0.3),
    _S("rivers-and-sea-flood-risk", "ribbon", 90_000, 40, 1.1, 2_000, 0.3),
    _S("safety-hazard-area", "ribbon", 400, 900, 0.6, 20e6, 0.2),
    _S("hs2-safeguarded-area", "ribbon", 5, 15_000, 0.3, 60e6, 0.0),
    _S("safeguarded-aerodrome", "circle", 60, 360, 0.6, 700e6, 0.4),
    _S("hse-consultation-zone", "circle", 1_800, 64, 0.7, 1.5e6, 0.5),
    _S("protected-wreck-site", "circle", 50, 64, 0.5, 30e3, 0.0),
    _S("local-planning-authority", "mosaic", 337, 4_000),
    _S("parish", "mosaic", 10_000, 180),
    _S("ward", "mosaic", 7_000, 180),
    _S("local-nature-recovery-strategy", "mosaic", 9, 30_000),
)


def designations(scale: float) -> dict[str, NDArray[np.object_]]:
    """Make all datasets: slug to (n,) valid geometries. `scale` is a share of the real England's numbers."""
    return {spec.slug: _dataset(spec, number, scale) for number, spec in enumerate(SPECIFICATION)}


def _random(*key: int) -> np.random.Generator:
    return np.random.default_rng([_SEED, *key])


def _scattered(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """(n, 2) places on land."""
    west, south, east, north = _LAND.bounds
    found = np.empty((0, 2))
    while len(found) < n:
        tried = random.uniform((west, south), (east, north), size=(2 * n + 16, 2))
        found = np.concatenate([found, tried[shapely.contains_xy(_LAND, tried)]])
    return found[:n]


def _places(random: np.random.Generator, n: int, urban: float) -> NDArray[np.float64]:
    """(n, 2) places, the share `urban` of them in towns: a few large ones and many small ones."""
    towns = _scattered(_random(1_000), _TOWNS)
    weight = 1.0 / np.arange(1, _TOWNS + 1)
    weight /= weight.sum()
    town = random.choice(_TOWNS, size=n, p=weight)
    width = 500.0 + 40_000.0 * np.sqrt(weight[town])
    in_town = towns[town] + random.normal(size=(n, 2)) * width[:, None] / 3
    return np.where((random.random(n) < urban)[:, None], in_town, _scattered(random, n))


def _dataset(spec: Specification, number: int, scale: float) -> NDArray[np.object_]:
    random = _random(number)
    n = max(round(spec.count * scale), min(spec.count, 3))
    if spec.shape == "mosaic":
        return _mosaic(random, n, spec.vertices)
    place = _places(random, n, spec.urban)
    if spec.shape == "point":
        return np.asarray(shapely.points(np.round(place, 2)))
    area = np.clip(spec.area_m2 * np.exp(random.normal(size=n) * spec.spread), 20.0, 4e9)
    vertices = np.maximum(spec.vertices * np.exp(random.normal(size=n) * spec.spread), 6.0)
    # No outline is digitised finer than about a metre.
    vertices = np.minimum(vertices, 6.0 + 5.0 * np.sqrt(area)).astype(np.int64)
    make = {"blob": _blob, "ribbon": _ribbon, "building": _building, "circle": _circle}[spec.shape]
    made = np.empty(n, object)
    for i in range(n):
        outline = make(random, int(vertices[i]))
        outline *= np.sqrt(area[i] / shapely.area(shapely.Polygon(outline)))
        holed = random.random() < spec.holed
        made[i] = _with_hole(random, outline, place[i]) if holed else shapely.Polygon(np.round(outline + place[i], 2))
    return _valid(made)


def _valid(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Mend the few that rounding or chance made cross themselves; leave out what has no area."""
    bad = ~shapely.is_valid(geometry)
    geometry[bad] = shapely.make_valid(geometry[bad], method="structure", keep_collapsed=False)
    kept: NDArray[np.object_] = geometry[np.isin(shapely.get_type_id(geometry), (3, 6)) & (shapely.area(geometry) > 1)]
    return kept


def _turned(random: np.random.Generator, outline: NDArray[np.float64]) -> NDArray[np.float64]:
    angle = random.uniform(0, 2 * np.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    turned: NDArray[np.float64] = outline @ np.array([[cosine, sine], [-sine, cosine]])
    return turned


def _rough(random: np.random.Generator, n: int, fall: float) -> NDArray[np.float64]:
    """Make n values of a random periodic curve with standard deviation 1; the larger `fall`, the smoother."""
    frequency = np.arange(n // 2 + 1)
    strength = np.where(frequency > 0, np.maximum(frequency, 1.0) ** -fall, 0.0)
    curve = np.fft.irfft(strength * np.exp(2j * np.pi * random.random(len(frequency))), n)
    spread = float(curve.std())
    return curve / spread if spread > 0 else curve


def _blob(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Outline that its centre sees all of, with rough edges."""
    angle = 2 * np.pi * (np.arange(n) + 0.7 * random.random(n)) / n
    radius = np.exp(0.25 * _rough(random, n, 1.3) + random.normal(size=n) * min(0.08, 1.0 / n))
    stretch = np.exp(random.normal() * 0.3)
    return _turned(random, np.stack([radius * np.cos(angle) * stretch, radius * np.sin(angle)], axis=1))


def _ribbon(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Winding band, as along a river."""
    half = max(n // 2, 3)
    along = (np.arange(half) + 0.6 * random.random(half)) / half
    middle = 0.06 * _rough(random, half, 1.4)
    banks = [0.03 * np.exp(0.5 * _rough(random, half, 1.0)) for _ in range(2)]
    lower = np.stack([along, middle - banks[0]], axis=1)
    upper = np.stack([along, middle + banks[1]], axis=1)[::-1]
    return _turned(random, np.concatenate([lower, upper]) - 0.5)


def _building(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Rectangle, or an L where there are vertices enough."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)] if n <= 6 else [(0, 0), (1, 0), (1, 0.5), (0.5, 0.5), (0.5, 1), (0, 1)]
    outline = np.array(corners, float) - 0.5
    outline[:, 0] *= np.exp(random.normal() * 0.35)
    return _turned(random, outline)


def _circle(_: np.random.Generator, n: int) -> NDArray[np.float64]:
    angle = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _with_hole(
    random: np.random.Generator, outline: NDArray[np.float64], place: NDArray[np.float64]
) -> shapely.Polygon | shapely.MultiPolygon:
    """Cut a smaller copy out of the middle; sometimes set another copy beside it."""
    sparse = outline[:: max(len(outline) // 200, 1)]
    hole = sparse if len(sparse) >= 3 else outline
    whole = shapely.Polygon(np.round(outline + place, 2), [np.round(hole * 0.3 + place, 2)])
    if random.random() > 0.2:
        return whole
    aside = place + np.array([np.ptp(outline[:, 0]) * 1.5, 0.0])
    return shapely.MultiPolygon([whole, shapely.Polygon(np.round(hole * 0.2 + aside, 2))])


def _mosaic(random: np.random.Generator, n: int, vertices: float) -> NDArray[np.object_]:
    """About n areas that fill the land and share rough borders, vertex for vertex."""
    west, south, east, north = _LAND.bounds
    side = np.sqrt((east - west) * (north - south) / n * shapely.area(_LAND) / shapely.box(*_LAND.bounds).area)
    columns, rows = int((east - west) / side) + 2, int((north - south) / side) + 2
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1) * side + (west, south)
    corner = grid + random.uniform(-0.2, 0.2, grid.shape) * side
    halvings = max(int(np.ceil(np.log2(vertices / 4))), 1)
    across = _borders(random, corner[:, :-1], corner[:, 1:], halvings)
    up = _borders(random, corner[:-1], corner[1:], halvings)
    rings = np.concatenate([across[:-1], up[:, 1:], across[1:, :, ::-1], up[:, :-1, ::-1]], axis=2)
    made = np.asarray(shapely.polygons(rings.reshape(-1, rings.shape[2], 2)))
    shapely.prepare(_LAND)
    return _valid(made[shapely.intersects(_LAND, made)])


def _borders(
    random: np.random.Generator, start: NDArray[np.float64], end: NDArray[np.float64], halvings: int
) -> NDArray[np.float64]:
    """Rough lines between corners: (..., 2^halvings + 1, 2)."""
    line = np.stack([start, end], axis=-2)
    for _ in range(halvings):
        step = line[..., 1:, :] - line[..., :-1, :]
        aside = np.stack([-step[..., 1], step[..., 0]], axis=-1)
        middle = line[..., :-1, :] + step / 2 + aside * random.uniform(-0.12, 0.12, (*step.shape[:-1], 1))
        wider = np.empty((*line.shape[:-2], 2 * line.shape[-2] - 1, 2))
        wider[..., ::2, :], wider[..., 1::2, :] = line, middle
        line = wider
    return np.round(line, 2)


def sites(n: int, features: dict[str, NDArray[np.object_]]) -> NDArray[np.object_]:
    """(n,) site boundaries: mostly building plots, some irregular, one in a hundred large, a few on a border.

    A site on a border has an edge in common with a conservation area or a parish.
    """
    random = _random(2_000)
    place = _places(random, n, 0.88)
    area = np.clip(550 * np.exp(random.normal(size=n) * 0.75), 120, 5e5)
    large = random.random(n) < 0.012
    area[large] = np.clip(1e4 * np.exp(random.normal(size=int(large.sum())) * 1.2), 1e3, 5e5)
    made = np.empty(n, object)
    for i in range(n):
        if large[i] or random.random() < 0.3:
            outline = _blob(random, int(random.integers(20, 120) if large[i] else random.integers(5, 15)))
        else:
            outline = _building(random, int(random.integers(4, 9)))
        outline *= np.sqrt(area[i] / shapely.area(shapely.Polygon(outline)))
        made[i] = shapely.Polygon(np.round(outline + place[i], 2))
    borders = np.concatenate([features["conservation-area"], features["parish"]])
    for i in range(0, n, 33):
        made[i] = _beside(random, borders[random.integers(len(borders))])
    bad = ~shapely.is_valid(made)
    made[bad] = shapely.box(*(place[bad] - 10).T, *(place[bad] + 10).T)
    return made


def _beside(random: np.random.Generator, feature: shapely.Polygon) -> shapely.Polygon:
    """Quadrilateral on one edge of a feature, inside it or outside."""
    ring = shapely.get_coordinates(shapely.get_exterior_ring(shapely.get_parts(feature)[0]))
    at = int(random.integers(len(ring) - 1))
    start, end = ring[at], ring[at + 1]
    step = end - start
    aside = np.array([step[1], -step[0]]) / max(float(np.hypot(*step)), 0.01)
    depth = random.uniform(8, 40) * (1 if random.random() < 0.7 else -1)
    return shapely.Polygon(np.round([start, end, end + aside * depth, start + aside * depth], 2))

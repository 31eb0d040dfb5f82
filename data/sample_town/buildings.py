"""Buildings on their plots: terraces, pairs, detached houses, flats, shops, works and sheds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plan
import shapely
from numpy.typing import NDArray
from parcels import Parcel
from plots import Plot
from shapely.geometry import LineString, Polygon
from shapes import Array, Objects, areas_of, rectangle, rng_for, rounded
from streets import Street

__all__ = ["Building", "buildings"]


@dataclass(frozen=True, slots=True)
class Building:
    """One building; `kind` is its use, `form` how it stands."""

    shape: Polygon
    parcel: int
    """Index of the parcel on which it stands."""
    kind: str
    """`house`, `flats`, `shop`, `industrial`, `church`, `school`, `hospital`, `station`, `farm`, `civic`
    or `outbuilding`"""
    form: str
    """`terraced`, `semi-detached`, `detached`, `block` or empty"""
    name: str = ""

    @property
    def main(self) -> bool:
        """False for sheds and garages."""
        return self.kind != "outbuilding"


@dataclass(slots=True)
class _Lots:
    """The plots as arrays: frontage start, direction along and inward, length of frontage, and the plot's shape."""

    index: NDArray[np.int64]
    plots: list[Plot]
    start: Array
    along: Array
    inward: Array
    width: Array
    shape: Objects

    def boxes(self, left: Array, right: Array, near: Array, far: Array) -> Objects:
        """Rectangles from `left` to `right` along each frontage and `near` to `far` behind it, cut to their plots."""
        corners = [
            self.start + self.along * a[:, None] + self.inward * b[:, None]
            for a, b in ((left, near), (right, near), (right, far), (left, far))
        ]
        drawn = shapely.polygons(np.stack(corners, axis=1))
        return np.asarray(rounded(shapely.intersection(drawn, self.shape)))


def _lots(parcels: list[Parcel]) -> _Lots:
    index = np.array([i for i, parcel in enumerate(parcels) if parcel.plot])
    fronts = np.array([parcel.plot.front for parcel in parcels if parcel.plot])
    step = fronts[:, 1] - fronts[:, 0]
    width = np.maximum(np.hypot(step[:, 0], step[:, 1]), 0.01)
    along = step / width[:, None]
    inward = np.column_stack([-along[:, 1], along[:, 0]])
    shape = np.array([parcels[i].shape for i in index], dtype=object)
    plots = [parcel.plot for parcel in parcels if parcel.plot]
    return _Lots(index, plots, fronts[:, 0], along, inward, width, shape)


_SETBACK = {"core": 0.4, "victorian": 2.6, "interwar": 7.0, "postwar": 5.5, "modern": 3.2, "industrial": 14.0}
_HOUSE_DEPTH = {"core": 11.0, "victorian": 8.6, "interwar": 8.4, "postwar": 7.8, "modern": 8.6, "industrial": 40.0}


def _forms(lots: _Lots, rng: np.random.Generator) -> list[str]:
    """How each plot is built: the form of a row depends on its age, and on luck drawn once for the row."""
    luck: dict[int, float] = {}
    forms = []
    for plot, width in zip(lots.plots, lots.width, strict=True):
        chance = luck.setdefault(plot.run, float(rng.random()))
        forms.append(_form(plot.era, chance, corner=plot.corner, width_m=float(width)))
    return forms


def _form(era: str, chance: float, *, corner: bool, width_m: float) -> str:
    if era == "industrial":
        return "block"
    if era in {"core", "victorian"}:
        return "terraced"
    if width_m < 7:
        return "detached"
    if corner:
        return "block" if era == "modern" and chance < 0.7 else "detached"
    if era == "interwar":
        return "semi-detached" if chance < 0.8 else "detached"
    return "terraced" if chance < 0.3 else "semi-detached" if chance < 0.75 else "detached"


def _extent(lots: _Lots, forms: list[str], rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Left, right, near and far edge of each main building, in metres along and behind its frontage."""
    count = len(lots.index)
    left, right = np.zeros(count), lots.width.copy()
    near, far = np.zeros(count), np.zeros(count)
    jitter = np.round(rng.uniform(-1, 1, (count, 2)), 2)
    for k, plot in enumerate(lots.plots):
        gap = min(2.8, 0.22 * lots.width[k])
        near[k] = _SETBACK[plot.era]
        far[k] = near[k] + _HOUSE_DEPTH[plot.era]
        if forms[k] == "semi-detached":
            left[k], right[k] = (gap, lots.width[k]) if plot.place % 2 == 0 else (0.0, lots.width[k] - gap)
        elif forms[k] in {"detached", "block"}:
            margin = 5.0 if plot.era == "industrial" else gap * 0.75
            left[k], right[k] = margin, max(lots.width[k] - margin, margin + 4)
            near[k] += 0.8 * jitter[k, 0]
            far[k] += (9.0 if plot.era == "industrial" else 0.9) * jitter[k, 1]
        if plot.era == "core":
            far[k] += 2.2 * jitter[k, 1]
        if plot.era == "postwar" and forms[k] == "terraced" and plot.place % 5 == 4:
            right[k] -= 2.6
    return left, right, near, far


def _wings(lots: _Lots, right: Array, far: Array, rng: np.random.Generator) -> Objects:
    """Rear wings: on every Victorian terraced house and most of the old town's, on some others."""
    count = len(lots.index)
    chance = rng.random(count)
    depth = np.round(rng.uniform(3.2, 6.5, count), 2)
    share = {"core": 0.75, "victorian": 0.93, "interwar": 0.35, "postwar": 0.18, "modern": 0.1, "industrial": 0.3}
    wanted = np.array([chance[k] < share[plot.era] for k, plot in enumerate(lots.plots)])
    flip = np.array([plot.place % 2 == 0 for plot in lots.plots])
    middle = lots.width * 0.52
    a = np.where(flip, middle, 0.0)
    b = np.where(flip, np.minimum(right, lots.width), middle * 0.92)
    boxes = lots.boxes(a, b, far - 0.5, far + depth)
    boxes[~wanted] = shapely.Polygon()
    return boxes


def _sheds(lots: _Lots, far: Array, rng: np.random.Generator) -> Objects:
    """Sheds and garages in back gardens."""
    count = len(lots.index)
    chance = rng.random(count)
    share = {"core": 0.3, "victorian": 0.4, "interwar": 0.6, "postwar": 0.45, "modern": 0.3, "industrial": 0.0}
    depth = {"core": 34.0, "victorian": 25.5, "interwar": 30.0, "postwar": 25.0, "modern": 22.5, "industrial": 0.0}
    wanted = np.array([chance[k] < share[plot.era] for k, plot in enumerate(lots.plots)])
    back = np.array([depth[plot.era] for plot in lots.plots])
    size = np.round(rng.uniform(2.2, 3.2, count), 2)
    side = np.round(rng.uniform(0.5, 1.1, count), 2)
    boxes = lots.boxes(side, side + size, np.maximum(back, far + 7.5), np.maximum(back, far + 7.5) + size * 1.4)
    boxes[~wanted | (shapely.area(boxes) < 5)] = shapely.Polygon()
    return boxes


def _kind(form: str, era: str, rank: int, chance: float, *, corner: bool) -> str:
    """What a plot's main building is used for."""
    if era == "industrial":
        return "industrial"
    if form == "block":
        return "flats"
    if era == "core":
        return "shop" if rank <= 1 or chance < 0.28 else "house"
    if era == "victorian" and ((rank <= 1 and chance < 0.4) or (corner and chance < 0.2)):
        return "shop"
    return "house"


def _plot_buildings(parcels: list[Parcel], streets: list[Street], rng: np.random.Generator) -> list[Building]:
    lots = _lots(parcels)
    forms = _forms(lots, rng)
    left, right, near, far = _extent(lots, forms, rng)
    mains = lots.boxes(left, right, near, far)
    wings = _wings(lots, right, far, rng)
    sheds = _sheds(lots, far, rng)
    whole = shapely.union(mains, wings, grid_size=0.01)
    chances = rng.random(len(lots.index))
    made = []
    for k, (i, plot) in enumerate(zip(lots.index, lots.plots, strict=True)):
        parts = areas_of(whole[k], 16.0)
        if not parts:
            continue
        shape = max(parts, key=lambda part: part.area)
        kind = _kind(forms[k], plot.era, streets[plot.street].rank, float(chances[k]), corner=plot.corner)
        made.append(Building(shape, int(i), kind, forms[k]))
        made.extend(
            Building(shed, int(i), "outbuilding", "") for shed in areas_of(sheds[k], 5.0) if not shed.intersects(shape)
        )
    return made


def _inside(parcel: Parcel, wanted: list[tuple[float, float, float, float]], angle: float) -> list[Polygon]:
    """Rectangles (offset along, offset across, width, depth) about the middle of a parcel, joined and cut to it."""
    at = (
        parcel.shape.representative_point()
        if not parcel.shape.contains(parcel.shape.centroid)
        else parcel.shape.centroid
    )
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    boxes = [
        rectangle((at.x + cos * dx - sin * dy, at.y + sin * dx + cos * dy), width, depth, angle)
        for dx, dy, width, depth in wanted
    ]
    return areas_of(rounded(shapely.union_all(boxes, grid_size=0.01).intersection(parcel.shape.buffer(-3))), 20)


_SPECIAL: dict[str, tuple[str, float, list[tuple[float, float, float, float]]]] = {
    "churchyard": ("church", 0.05, [(4, 0, 34, 11), (-16, 0, 9, 9), (6, 0, 10, 24), (24, 0, 10, 8)]),
    "school": ("school", 0.2, [(0, 0, 58, 13), (-22, 20, 13, 30), (22, 20, 13, 30), (0, 14, 16, 18)]),
    "hospital": ("hospital", 0.1, [(0, 0, 70, 14), (-28, -12, 13, 28), (0, -12, 12, 26), (28, -12, 13, 28)]),
    "sports": ("civic", 0.4, [(0, 0, 24, 11)]),
    "cemetery": ("church", 0.0, [(0, 0, 15, 8), (-6, 0, 5, 12)]),
    "retail": ("shop", 0.0, [(0, 8, 62, 44), (-20, -28, 50, 11)]),
    "castle": ("civic", 0.9, [(0, 0, 14, 14)]),
}


def _special_buildings(parcels: list[Parcel], rng: np.random.Generator) -> list[Building]:
    """Church, schools, hospital, shops of the new estate and farms."""
    made: list[Building] = []
    for i, parcel in enumerate(parcels):
        if parcel.kind in _SPECIAL:
            kind, angle, boxes = _SPECIAL[parcel.kind]
            made.extend(Building(shape, i, kind, "", parcel.name) for shape in _inside(parcel, boxes, angle))
    tree = shapely.STRtree([parcel.shape for parcel in parcels])
    for name, (x, y) in plan.FARMS:
        i = int(tree.nearest(shapely.Point(plan.ORIGIN[0] + x, plan.ORIGIN[1] + y)))
        angle = float(np.round(rng.uniform(0, 3), 2))
        if parcels[i].kind == "field":
            made.extend(Building(shape, i, "farm", "", name) for shape in _inside(parcels[i], _FARMYARD, angle))
    return made


_FARMYARD = [(0.0, 0.0, 15.0, 9.0), (20.0, 12.0, 30.0, 14.0), (-18.0, 16.0, 12.0, 26.0), (10.0, 34.0, 36.0, 16.0)]


def _station(parcels: list[Parcel], railway: LineString) -> list[Building]:
    """The station house and its canopies beside the line."""
    x, y = plan.ORIGIN
    track = railway.buffer(9)
    made: list[Building] = []
    for i, parcel in enumerate(parcels):
        if parcel.kind == "railway":
            for box in (rectangle((x + 2262, y + 634), 46, 11, -0.08), rectangle((x + 2320, y + 632), 26, 9, -0.08)):
                clear = rounded(box.intersection(parcel.shape.buffer(-1)).difference(track))
                made.extend(Building(shape, i, "station", "", "Thistleford Station") for shape in areas_of(clear, 30))
    return made


def buildings(seed: int, parcels: list[Parcel], streets: list[Street], railway: LineString) -> list[Building]:
    """All buildings of the town."""
    rng = rng_for(seed, "buildings")
    made = _plot_buildings(parcels, streets, rng)
    return made + _special_buildings(parcels, rng) + _station(parcels, railway)

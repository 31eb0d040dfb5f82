"""A list's map: the same rows as a picture drawn here and as data for the map that a script draws.

Whatever a page shows on a map is in the list beside it. Both are made from the same `Item`s, so that they cannot
differ; each item has the id of its row.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import shapely

from api.maps.basemap import BaseMap
from api.maps.ground_map import base_parts
from bopsgis.types import BBox
from constraints.render.drawing import Disc, Drawing, Label, Outline, lines_of, rings_of
from constraints.render.ground import Ground, badges, symbol
from constraints.render.map_furniture import north_arrow, scale_bar
from constraints.render.style import Style, style_table
from constraints.render.svg import svg

__all__ = ["Figure", "Item", "Look", "figure"]

_WIDTH: Final = 960
_HEIGHT: Final = 560
_SMALLEST_VIEW_M: Final = 120.0
_ROOM: Final = 0.12
"""Part of the view's size that is left free round the items."""
_SMALLEST_SHAPE: Final = 10.0
"""Pixels: a shape under this size is drawn as a point, so that it can be seen."""

Parts = list[Outline | Disc | Label]


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list that has a place: geometry in EPSG:27700 metres, `id` the element id of the row."""

    id: str
    number: int
    title: str
    style: Style
    geometry: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Figure:
    """What a page needs: the picture as a data address, what it shows in words, and the data for the script."""

    picture: str
    description: str
    data: Mapping[str, Any]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """How a map is to be drawn where it is not drawn as usual."""

    view: BBox | None = None
    """The box to be shown; it is grown to the picture's proportions."""
    opacity: float = 1.0
    """Of the items, 0 to 1. In the picture, whose lines cannot be seen through, they are mixed with the ground."""
    drawn: bool = True
    """False leaves the picture empty, for a script that needs the data only."""


_AS_USUAL: Final = Look()


def figure(
    items: Sequence[Item],
    base: BaseMap,
    *,
    site: shapely.Geometry | None = None,
    area: shapely.Geometry | None = None,
    show: shapely.Geometry | None = None,
    look: Look = _AS_USUAL,
    title: str = "Map",
) -> Figure:
    """The map of these items. `site` (areas or lines) is drawn as a site boundary, `area` as what was searched.

    The view holds all of them, and `show`, which is not drawn: two maps that show the same can be compared.
    Without anything to show it is the map of everything that the base map has.
    """
    shapes = [item.geometry for item in items] + [shape for shape in (site, area, show) if shape is not None]
    view = _view(shapes, base) if look.view is None else _proportioned(look.view)
    described = _description(items, site)
    parts = _parts([_mixed(item, look.opacity) for item in items], base, view, site, area) if look.drawn else []
    drawing = Drawing(_WIDTH, _HEIGHT, tuple(parts), title, described)
    picture = base64.b64encode(svg(drawing).encode()).decode("ascii")
    return Figure(
        picture=f"data:image/svg+xml;base64,{picture}",
        description=described,
        data={**_data(items, view, site, area), "opacity": look.opacity},
        settings={"layers": base.layers, "extent": None if base.extent is None else _corners(base.extent)},
    )


def _view(shapes: Sequence[shapely.Geometry], base: BaseMap) -> BBox:
    """The box of the shapes with room round them, in the picture's proportions."""
    if shapes:
        west, south, east, north = (float(side) for side in shapely.total_bounds(list(shapes)))
    else:
        everything = base.extent or BBox(0.0, 0.0, 700_000.0, 1_300_000.0)
        west, south, east, north = everything.west, everything.south, everything.east, everything.north
    room = max(_SMALLEST_VIEW_M / 2.0, _ROOM * max(east - west, north - south))
    return _proportioned(BBox(west - room, south - room, east + room, north + room))


def _proportioned(box: BBox) -> BBox:
    """The box, grown to the picture's proportions."""
    width, height = box.east - box.west, box.north - box.south
    width, height = max(width, height * _WIDTH / _HEIGHT), max(height, width * _HEIGHT / _WIDTH)
    x, y = (box.west + box.east) / 2.0, (box.south + box.north) / 2.0
    return BBox(x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0)


def _mixed(item: Item, opacity: float) -> Item:
    """The item in a colour as it looks through."""
    if opacity >= 1.0:
        return item
    line, ground = (np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) for colour in _colours(item))
    mixed = np.round(opacity * line + (1.0 - opacity) * ground).astype(int)
    return replace(item, style=replace(item.style, line=f"#{mixed[0]:02x}{mixed[1]:02x}{mixed[2]:02x}"))


def _colours(item: Item) -> tuple[str, str]:
    return item.style.line, style_table().ground


def _parts(
    items: Sequence[Item],
    base: BaseMap,
    view: BBox,
    site: shapely.Geometry | None,
    area: shapely.Geometry | None,
) -> Parts:
    ground = Ground(view, 0.0, 0.0, _WIDTH / (view.east - view.west))
    table = style_table()
    frame = np.array([[0, 0], [_WIDTH, 0], [_WIDTH, _HEIGHT], [0, _HEIGHT], [0, 0]], dtype=np.float64)
    parts: Parts = [Outline((frame,), fill=table.ground), *base_parts(base, ground)]
    if area is not None:
        rings = rings_of(ground.pixels(area))
        parts += [Outline(rings, fill="#ffdd00", opacity=0.15), Outline(rings, line="#0b0c0c", width=2.0, dash=(6, 4))]
    drawn = [(item, _seen(ground.pixels(item.geometry))) for item in items]
    for item, shape in sorted(drawn, key=lambda one: -shapely.area(one[1])):
        parts += symbol(shape, item.style)
    if site is not None:
        shape = ground.pixels(site)
        rings = (*rings_of(shape), *lines_of(shape))
        parts += [
            Outline(rings, line="#ffffff", width=table.site_width + 3.0),
            Outline(rings, line=table.site_line, width=table.site_width),
        ]
    parts += badges([(item.number, shape, item.style) for item, shape in drawn])
    return [*parts, *scale_bar(ground.box, ground.scale), *north_arrow(ground.box)]


def _seen(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape in pixels; a point where it would be too small to see."""
    if shape.is_empty or shapely.get_dimensions(shape) == 0:
        return shape
    west, north, east, south = shapely.bounds(shape)
    return shapely.centroid(shape) if max(east - west, south - north) < _SMALLEST_SHAPE else shape


def _data(
    items: Sequence[Item], view: BBox, site: shapely.Geometry | None, area: shapely.Geometry | None
) -> dict[str, Any]:
    styles = {item.style.id: item.style for item in items}
    return {
        "view": _corners(view),
        "styles": [
            {"id": one.id, "label": one.label, "line": one.line, "dash": list(one.dash), "pattern": one.pattern}
            for one in styles.values()
        ],
        "items": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": item.id,
                    "properties": {"number": item.number, "title": item.title, "style": item.style.id},
                    "geometry": _geometry(item.geometry),
                }
                for item in items
            ],
        },
        "site": None if site is None else _geometry(site),
        "area": None if area is None else _geometry(area),
    }


def _geometry(geometry: shapely.Geometry) -> Any:
    """GeoJSON in EPSG:27700 metres, to the centimetre: a picture needs no more."""
    return json.loads(shapely.to_geojson(shapely.set_precision(geometry, 0.01, mode="pointwise")))


def _corners(box: BBox) -> list[float]:
    return [round(side, 1) for side in (box.west, box.south, box.east, box.north)]


def _description(items: Sequence[Item], site: shapely.Geometry | None) -> str:
    """What the picture shows, for those who cannot see it."""
    shown = f"{len(items)} numbered {'place' if len(items) == 1 else 'places'}" if items else "no numbered places"
    of_site = " and the site boundary in red" if site is not None else ""
    return f"Map with {shown}{of_site}. They are in the list beside it. North is up."

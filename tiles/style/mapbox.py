"""The style as Mapbox style specification version 8, for MapLibre GL and for OpenLayers with ol-mapbox-style.

In WebMercatorQuad a zoom is the specification's: tiles of 512 pixels, scale taken at the middle of England. On the
national grid zoom z is the grid's own, 896 / 2^z metres a pixel; a client that reads zooms from resolutions is given
that list in the style's metadata.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tiles.features import POINT_COUNT
from tiles.style.document import BaseLayer, BaseStyle, Stops, base_style
from tiles.style.sprites import pattern_name
from tiles.style.themed import (
    AREA_OPACITY,
    AREA_WIDTH,
    COUNT_RADIUS,
    COUNT_SIZE,
    LINE_WIDTH,
    POINT_RADIUS,
    POINT_WIDTH,
    Themed,
)

__all__ = ["GRID_RESOLUTIONS", "MatrixSet", "mapbox_layers", "mapbox_style", "zoom_of"]

MatrixSet = Literal["WebMercatorQuad", "NationalGrid"]

GRID_RESOLUTIONS = tuple(896.0 / 2.0**zoom for zoom in range(14))
"""Metres a pixel of each zoom of the national grid's matrix set."""

_MERCATOR_AT_0 = 40_075_016.685578488 / 512.0
_MIDDLE_OF_ENGLAND = math.cos(math.radians(52.5))
_FINEST_ZOOM = 24.0

Json = dict[str, Any]


def zoom_of(resolution: float, matrix_set: MatrixSet) -> float:
    """The style's zoom at which a pixel is `resolution` metres on the ground, not below 0 nor above 24."""
    at_0 = _MERCATOR_AT_0 * _MIDDLE_OF_ENGLAND if matrix_set == "WebMercatorQuad" else GRID_RESOLUTIONS[0]
    return round(min(max(math.log2(at_0 / resolution), 0.0), _FINEST_ZOOM), 3)


def mapbox_style(
    base: BaseStyle,
    matrix_set: MatrixSet,
    *,
    sources: Mapping[str, Json],
    base_source: str,
    sprite: str,
    glyphs: str,
) -> Json:
    """The base map as a whole style.

    `sources` are the style's, as the specification writes them; `base_source` is the one with the base map's
    tiles. `sprite` and `glyphs` are addresses as the specification wants them. Overlays are added with
    `mapbox_layers`.
    """
    style: Json = {
        "version": 8,
        "name": base.name,
        "sources": dict(sources),
        "sprite": sprite,
        "glyphs": glyphs,
        "layers": [
            {"id": "background", "type": "background", "paint": {"background-color": base.ground}},
            *base_layers(base, matrix_set, base_source),
        ],
    }
    if matrix_set == "NationalGrid":
        style["metadata"] = {"bopsgis:crs": "EPSG:27700", "bopsgis:resolutions": list(GRID_RESOLUTIONS)}
    return style


def base_layers(base: BaseStyle, matrix_set: MatrixSet, source: str) -> list[Json]:
    """The layers of the base map without its background, from the ground up."""
    layers: list[Json] = []
    for layer in base.layers:
        layers += _drawn(base, layer, matrix_set, source)
    return layers


def _drawn(base: BaseStyle, layer: BaseLayer, matrix_set: MatrixSet, source: str) -> list[Json]:
    if layer.draws == "name":
        return [_rule(layer, "", "symbol", matrix_set, source) | _name(base, layer, matrix_set)]
    parts: list[Json] = []
    if layer.fill:
        paint = {"fill-color": layer.fill, "fill-antialias": True}
        parts.append(_rule(layer, "fill", "fill", matrix_set, source) | {"paint": paint})
    if layer.casing:
        wider = tuple((scale, size + 1.5) for scale, size in layer.width)
        parts.append(_rule(layer, "casing", "line", matrix_set, source) | _line(layer.casing, wider, (), matrix_set))
    if layer.line:
        line = _line(layer.line, layer.width, layer.dash, matrix_set)
        parts.append(_rule(layer, "line", "line", matrix_set, source) | line)
    return parts


def _rule(layer: BaseLayer, part: str, kind: str, matrix_set: MatrixSet, source: str) -> Json:
    identity = f"base-{layer.id}-{part}" if part else f"base-{layer.id}"
    rule: Json = {"id": identity, "type": kind, "source": source, "source-layer": layer.source}
    if layer.coarsest is not None:
        rule["minzoom"] = zoom_of(layer.coarsest, matrix_set)
    if layer.finest is not None:
        rule["maxzoom"] = zoom_of(layer.finest, matrix_set)
    if layer.where:
        rule["filter"] = _filter(layer.where)
    return rule


def _filter(where: Mapping[str, tuple[str, ...]]) -> list[Any]:
    tests = [["match", ["get", name], list(values), True, False] for name, values in sorted(where.items())]
    return tests[0] if len(tests) == 1 else ["all", *tests]


def _by_zoom(stops: Stops, matrix_set: MatrixSet) -> Any:
    """A size that goes evenly from one zoom to the next; stops that fall on one zoom count once."""
    pairs = {zoom_of(scale, matrix_set): size for scale, size in stops}
    if len(pairs) == 1:
        return next(iter(pairs.values()))
    return ["interpolate", ["linear"], ["zoom"], *(value for pair in sorted(pairs.items()) for value in pair)]


def _line(colour: str, width: Stops, dash: Sequence[float], matrix_set: MatrixSet) -> Json:
    paint: Json = {"line-color": colour, "line-width": _by_zoom(width, matrix_set)}
    if dash:
        # The specification counts dashes in widths of the line, the document in pixels.
        widest = max(size for _, size in width)
        paint["line-dasharray"] = [round(length / widest, 3) for length in dash]
    return {"layout": {"line-join": "round", "line-cap": "butt"}, "paint": paint}


def _name(base: BaseStyle, layer: BaseLayer, matrix_set: MatrixSet) -> Json:
    layout: Json = {
        "text-field": ["get", layer.field],
        "text-font": [base.fonts[layer.font]],
        "text-size": _by_zoom(layer.size, matrix_set),
        "text-padding": 4,
    }
    if layer.along:
        layout |= {"symbol-placement": "line", "symbol-spacing": 400, "text-max-angle": 30}
    else:
        layout |= {"text-max-width": 8}
    paint = {"text-color": layer.colour, "text-halo-color": base.halo, "text-halo-width": 1.75}
    return {"layout": layout, "paint": paint}


def mapbox_layers(themed: Sequence[Themed], source: str, sprite: str = "") -> list[Json]:
    """Layers over the base map: tint, pattern and outline of areas, lines, ringed dots for points.

    A point that stands for several is larger, with their number in it.

    Patterns are images of the sheet of `tiles.style.sprites`; `sprite` is its id in a style with several sheets.
    """
    prefix = f"{sprite}:" if sprite else ""
    layers: list[Json] = []
    for each in themed:
        layers += _areas(each, source, prefix)
    for each in themed:
        layers += _lines(each, source)
    for each in themed:
        layers += _points(each, source)
    return layers


def _over(each: Themed, part: str, kind: str, source: str, shape: str) -> Json:
    tests: list[Any] = [["==", ["geometry-type"], shape]]
    if each.where:
        tests.append(_filter(each.where))
    if each.without:
        tests.append(["!", ["has", each.without]])
    rule: Json = {"id": f"{each.id}-{part}", "type": kind, "source": source, "source-layer": each.source_layer}
    rule["filter"] = tests[0] if len(tests) == 1 else ["all", *tests]
    return rule


def _areas(each: Themed, source: str, prefix: str) -> list[Json]:
    symbol = each.symbol
    tint = {"fill-color": symbol.line, "fill-opacity": AREA_OPACITY}
    parts = [_over(each, "tint", "fill", source, "Polygon") | {"paint": tint}]
    if symbol.pattern != "none":
        pattern = {"fill-pattern": f"{prefix}{pattern_name(symbol)}"}
        parts.append(_over(each, "pattern", "fill", source, "Polygon") | {"paint": pattern})
    parts.append(_over(each, "outline", "line", source, "Polygon") | _stroke(each, AREA_WIDTH))
    return parts


def _lines(each: Themed, source: str) -> list[Json]:
    return [_over(each, "line", "line", source, "LineString") | _stroke(each, LINE_WIDTH)]


def _stroke(each: Themed, width: float) -> Json:
    paint: Json = {"line-color": each.symbol.line, "line-width": width}
    if each.symbol.dash:
        paint["line-dasharray"] = [round(length / width, 3) for length in each.symbol.dash]
    return {"layout": {"line-join": "round"}, "paint": paint}


def _points(each: Themed, source: str) -> list[Json]:
    paint = {
        "circle-radius": ["case", ["has", POINT_COUNT], COUNT_RADIUS, POINT_RADIUS],
        "circle-color": "#ffffff",
        "circle-stroke-color": each.symbol.line,
        "circle-stroke-width": POINT_WIDTH,
    }
    layout = {
        "text-field": ["to-string", ["get", POINT_COUNT]],
        "text-font": [base_style().fonts["strong"]],
        "text-size": COUNT_SIZE,
        "text-allow-overlap": True,
    }
    count = {"layout": layout, "paint": {"text-color": each.symbol.line}}
    return [
        _over(each, "point", "circle", source, "Point") | {"paint": paint},
        _over(each, "count", "symbol", source, "Point") | count,
    ]

"""The style as OpenLayers' flat rules: plain JSON for a VectorTile layer on the national grid, no further library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tiles.features import POINT_COUNT
from tiles.style.document import BaseLayer, BaseStyle, Stops
from tiles.style.sprites import Place, pattern_name
from tiles.style.themed import (
    AREA_WIDTH,
    COUNT_RADIUS,
    COUNT_SIZE,
    LINE_WIDTH,
    POINT_RADIUS,
    POINT_WIDTH,
    Themed,
)

__all__ = ["flat_rules", "flat_themed"]

Json = dict[str, Any]

_LETTERS = '"Helvetica Neue", Helvetica, Arial, sans-serif'


def flat_rules(base: BaseStyle) -> list[Json]:
    """The base map as rules of filter and style, from the ground up.

    A rule's filter holds the tile layer, the properties and the scale in metres a pixel, which on the national
    grid is the view's resolution.
    """
    rules: list[Json] = []
    for place, layer in enumerate(base.layers):
        rules += [
            {"filter": _base_filter(layer), "style": style | {"z-index": 10 * place + step}}
            for step, style in enumerate(_styles(base, layer))
        ]
    return rules


def _base_filter(layer: BaseLayer) -> list[Any]:
    tests: list[Any] = [["==", ["get", "layer"], layer.source]]
    tests += [["in", ["get", name], ["literal", list(values)]] for name, values in sorted(layer.where.items())]
    if layer.coarsest is not None:
        tests.append(["<=", ["resolution"], layer.coarsest])
    if layer.finest is not None:
        tests.append([">", ["resolution"], layer.finest])
    if layer.draws == "name":
        tests.append(["has", layer.field])
    return tests[0] if len(tests) == 1 else ["all", *tests]


def _styles(base: BaseStyle, layer: BaseLayer) -> list[Json]:
    if layer.draws == "name":
        return [_name(base, layer)]
    styles: list[Json] = []
    if layer.fill:
        styles.append({"fill-color": layer.fill})
    if layer.casing:
        wider = tuple((scale, size + 1.5) for scale, size in layer.width)
        styles.append({"stroke-color": layer.casing, "stroke-width": _by_scale(wider)})
    if layer.line:
        line: Json = {"stroke-color": layer.line, "stroke-width": _by_scale(layer.width)}
        styles.append(line | ({"stroke-line-dash": list(layer.dash), "stroke-line-cap": "butt"} if layer.dash else {}))
    return styles


def _by_scale(stops: Stops) -> Any:
    pairs = sorted(stops)
    if len(pairs) == 1:
        return pairs[0][1]
    return ["interpolate", ["linear"], ["resolution"], *(value for pair in pairs for value in pair)]


def _name(base: BaseStyle, layer: BaseLayer) -> Json:
    # A font cannot depend on the scale there: the largest of its sizes is the one that was tested for reading.
    weight = {"regular": "", "strong": "600 ", "slanted": "italic "}[layer.font]
    size = max(size for _, size in layer.size)
    style: Json = {
        "text-value": ["get", layer.field],
        "text-font": f"{weight}{size:g}px {_LETTERS}",
        "text-fill-color": layer.colour,
        "text-stroke-color": base.halo,
        "text-stroke-width": 3.5,
    }
    return style | ({"text-placement": "line", "text-repeat": 500, "text-max-angle": 0.52} if layer.along else {})


def flat_themed(themed: Sequence[Themed], sprite: str, index: Mapping[str, Place]) -> list[Json]:
    """Rules for what is laid over the base map. `sprite` is the address of the sheet's picture, `index` its parts."""
    rules: list[Json] = []
    for number, each in enumerate(themed):
        rules += [rule | {"style": rule["style"] | {"z-index": 1000 + number}} for rule in _rules(each, sprite, index)]
    return rules


def _rules(each: Themed, sprite: str, index: Mapping[str, Place]) -> list[Json]:
    symbol = each.symbol
    dash: Json = {"stroke-line-dash": list(symbol.dash)} if symbol.dash else {}
    area: Json = {"stroke-color": symbol.line, "stroke-width": AREA_WIDTH} | dash
    if symbol.pattern == "none":
        area["fill-color"] = "rgba(0,0,0,0)"
    else:
        at = index[pattern_name(symbol)]
        area |= {
            "fill-pattern-src": sprite,
            "fill-pattern-offset": [at.x, at.y],
            "fill-pattern-size": [at.width, at.height],
        }
    point: Json = {
        "circle-radius": ["case", ["has", POINT_COUNT], COUNT_RADIUS, POINT_RADIUS],
        "circle-fill-color": "#ffffff",
        "circle-stroke-color": symbol.line,
        "circle-stroke-width": POINT_WIDTH,
    }
    line: Json = {"stroke-color": symbol.line, "stroke-width": LINE_WIDTH} | dash
    count: Json = {
        "text-value": ["to-string", ["get", POINT_COUNT]],
        "text-font": f"600 {COUNT_SIZE:g}px {_LETTERS}",
        "text-fill-color": symbol.line,
    }
    shapes = (("Polygon", area), ("LineString", line), ("Point", point))
    rules = [{"filter": _over_filter(each, shape), "style": style} for shape, style in shapes]
    return [*rules, {"filter": [*_over_filter(each, "Point"), ["has", POINT_COUNT]], "style": count}]


def _over_filter(each: Themed, shape: str) -> list[Any]:
    tests: list[Any] = [
        ["==", ["get", "layer"], each.source_layer],
        ["==", ["geometry-type"], shape],
        *(["in", ["get", name], ["literal", list(values)]] for name, values in sorted(each.where.items())),
        *([["!", ["has", each.without]]] if each.without else ()),
    ]
    return ["all", *tests]

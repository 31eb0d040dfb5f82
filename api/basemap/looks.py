"""How maps look, as data: for OpenLayers, for Mapbox styles, and for a key."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from api.basemap import overlays, paths
from api.basemap.attribution import Attribution
from constraints.render.style import style_table
from tiles.grid import NATIONAL_GRID
from tiles.style import base_style, case_groups, flat_rules, key_rows, mapbox_layers, several_cases
from tiles.style.key import symbol_rows
from tiles.style.openlayers import flat_themed

__all__ = ["OVERLAY_SOURCES", "SYMBOLS", "for_mapbox", "for_openlayers", "key"]

SYMBOLS: Final = "/map/symbols"
"""Address of the symbols of what lies over the base map."""
OVERLAY_SOURCES: Final = ("constraints", "cases")
"""Names of the sources that the Mapbox layers of the two kinds of overlay draw."""
_SPRITE: Final = "bopsgis"
"""Id of the sheet with their symbols, beside the base map's own."""

Json = dict[str, Any]


def for_openlayers(base: str) -> Json:
    """The national grid's tile grid, the address of the base map's tiles, and rules for all that may be drawn."""
    grid = NATIONAL_GRID
    index = overlays.sheet(1).index
    sprite = f"{base}{SYMBOLS}/sprite.png"
    return {
        "crs": f"EPSG:{grid.crs}",
        "tiles": f"{base}{paths.ROOT}/tile/{{z}}/{{y}}/{{x}}.pbf?srs=27700",
        "grid": {
            "origin": list(grid.origin),
            "extent": list(grid.extent),
            "resolutions": [grid.pixel_m / 2**z for z in grid.zooms],
            "sizes": [list(size) for size in grid.sizes],
            "tileSize": grid.tile_px,
        },
        "ground": base_style().ground,
        "base": flat_rules(base_style()),
        "constraints": flat_themed(overlays.constraint_overlays(), sprite, index),
        "cases": flat_themed(overlays.case_overlays(), sprite, index),
        "site": {"line": style_table().site_line, "width": style_table().site_width},
    }


def for_mapbox(base: str, loaded: Collection[str]) -> Json:
    """Layers for a style of version 8 with the sources `constraints` and `cases`, and the sprite that they need.

    Constraints are those of the datasets that are loaded: MapLibre says of any other that its tile layer is missing.
    """
    constraints, cases = OVERLAY_SOURCES
    themed = [each for each in overlays.constraint_overlays() if each.source_layer in loaded]
    return {
        "sprite": {"id": _SPRITE, "url": f"{base}{SYMBOLS}/sprite"},
        "layers": [
            *mapbox_layers(themed, constraints, _SPRITE),
            *mapbox_layers(overlays.case_overlays(), cases, _SPRITE),
        ],
    }


def key(attribution: Attribution) -> Json:
    """Rows for base map, constraints by theme and cases by where they stand, and the statement of source.

    A number in a point is how many it stands for.
    """
    base = base_style()
    return {
        "base": key_rows(base),
        "constraints": symbol_rows(tuple(style_table().themes.values()), base),
        "cases": symbol_rows((*case_groups(), several_cases()), base),
        "attribution": {
            "statement": attribution.statement,
            "links": [{"words": words, "address": address} for words, address in attribution.links],
        },
    }

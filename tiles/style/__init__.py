"""How maps look, from one document: the base map, constraints and cases, for each client that draws them.

`base_style` reads the document; `mapbox` writes it as Mapbox style JSON for either matrix set, `openlayers` as flat
rules for OpenLayers on the national grid, `key` as the rows of a map's key. `sprites` and `glyphs` draw the pictures
and letters that such styles name. How constraints look is given by the caller: anything that is a `Symbol`.
"""

from __future__ import annotations

from tiles.style.document import BaseLayer, BaseStyle, CaseGroup, Symbol, base_style, case_groups, several_cases
from tiles.style.key import key_rows
from tiles.style.mapbox import mapbox_layers, mapbox_style
from tiles.style.openlayers import flat_rules
from tiles.style.themed import Themed

__all__ = [
    "BaseLayer",
    "BaseStyle",
    "CaseGroup",
    "Symbol",
    "Themed",
    "base_style",
    "case_groups",
    "flat_rules",
    "key_rows",
    "mapbox_layers",
    "mapbox_style",
    "several_cases",
]

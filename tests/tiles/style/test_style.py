from __future__ import annotations

import io
import itertools
import math

import numpy as np
import pytest
from PIL import Image

from bopsgis.planning.case import CaseStatus
from constraints.render.hatching import PATTERNS
from constraints.render.style import style_table
from tiles.style import (
    Symbol,
    Themed,
    base_style,
    case_groups,
    flat_rules,
    key_rows,
    mapbox_layers,
    mapbox_style,
    several_cases,
)
from tiles.style.contrast import FOR_GRAPHICS, FOR_TEXT, contrast
from tiles.style.document import pattern_table
from tiles.style.key import symbol_rows
from tiles.style.mapbox import GRID_RESOLUTIONS, zoom_of
from tiles.style.openlayers import flat_themed
from tiles.style.sprites import key_name, pattern_name, sprite_sheet

THEMES: tuple[Symbol, ...] = tuple(style_table().themes.values())
SYMBOLS: tuple[Symbol, ...] = (*THEMES, *case_groups(), several_cases())
THEMED = [Themed(f"over-{symbol.id}", "things", symbol, {"theme": (symbol.id,)}) for symbol in SYMBOLS]


def test_contrast_is_that_of_the_guidelines() -> None:
    """Black on white is 21, a colour on itself 1, and a published pair (#767676 on white) is 4.54."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#123456", "#123456") == 1.0
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("symbol", SYMBOLS, ids=lambda symbol: symbol.id)
def test_what_lies_over_the_map_stands_out_from_everything_under_it(symbol: Symbol) -> None:
    """The line of each theme and group of cases has 3:1 with the ground and with every fill of the base map."""
    assert min(contrast(symbol.line, fill) for fill in base_style().fills) >= FOR_GRAPHICS


def test_lines_of_the_base_map_stand_out_from_their_neighbours() -> None:
    """Every outline, casing and line without casing has 3:1 with whatever fill may lie beside it."""
    style = base_style()
    edges = {layer.id: layer.casing or layer.line for layer in style.layers if layer.casing or layer.line}
    weak = {name: edge for name, edge in edges.items() for fill in style.fills if contrast(edge, fill) < FOR_GRAPHICS}
    assert weak == {}
    assert {"buildings", "road-a", "water", "railway"} <= edges.keys()


def test_names_can_be_read_on_everything() -> None:
    """Every name has 4.5:1 with its halo and with every fill of the base map."""
    style = base_style()
    names = [layer for layer in style.layers if layer.draws == "name"]
    assert len(names) > 5
    for layer in names:
        assert min(contrast(layer.colour, under) for under in (style.halo, *style.fills)) >= FOR_TEXT, layer.id


@pytest.mark.parametrize("symbols", [THEMES, case_groups()], ids=["constraints", "cases"])
def test_nothing_is_told_apart_by_colour_alone(symbols: tuple[Symbol, ...]) -> None:
    """No two symbols of one kind have the same pattern and dash, and their words in the key differ as well."""
    assert len({(symbol.pattern, symbol.dash) for symbol in symbols}) == len(symbols)
    assert len({symbol.pattern for symbol in symbols}) == len(symbols)
    rows = symbol_rows(symbols, base_style())
    assert len({row["description"] for row in rows}) == len(rows)


def test_every_status_of_a_case_has_its_look() -> None:
    """Each status of the planning rules is in exactly one group."""
    listed = [status for group in case_groups() for status in group.statuses]
    assert sorted(listed) == sorted(status.value for status in CaseStatus)


def test_patterns_are_those_of_the_report() -> None:
    """Tiles know every pattern that the picture of a report draws, and no other."""
    assert set(pattern_table().strokes) == set(PATTERNS)


def test_zooms_fit_both_grids() -> None:
    """Zoom z of the national grid has 896 / 2^z metres a pixel; a Mercator pixel is one metre near zoom 15.5."""
    assert [zoom_of(resolution, "NationalGrid") for resolution in GRID_RESOLUTIONS] == list(map(float, range(14)))
    expected = math.log2(156_543.034 / 2.0 * math.cos(math.radians(52.5)))
    assert zoom_of(1.0, "WebMercatorQuad") == pytest.approx(expected, abs=0.001)


def test_both_forms_draw_the_same_things() -> None:
    """The Mapbox style and the OpenLayers rules have the same tile layers, colours and order."""
    base = base_style()
    style = mapbox_style(base, "NationalGrid", sources={}, base_source="esri", sprite="s", glyphs="g")
    boxed = [(layer["source-layer"], _colour(layer["paint"])) for layer in style["layers"][1:]]
    flat = [(_tile_layer(rule["filter"]), _colour(rule["style"])) for rule in flat_rules(base)]
    assert boxed == flat
    assert all(layer["source"] == "esri" for layer in style["layers"][1:])
    identities = [layer["id"] for layer in [*style["layers"], *mapbox_layers(THEMED, "over")]]
    assert len(set(identities)) == len(identities)


def _colour(paint: dict[str, str]) -> str:
    names = ("fill-color", "line-color", "text-color", "stroke-color", "text-fill-color")
    return next(paint[name] for name in names if name in paint)


def _tile_layer(test: list[list[str]] | list[str]) -> str:
    first = test[1] if test[0] == "all" else test
    return first[2]


def test_overlays_have_their_patterns_in_both_forms() -> None:
    """Each symbol with a pattern fills areas with its own picture, and the sheet has that picture."""
    sheet = sprite_sheet(SYMBOLS)
    wanted = {pattern_name(symbol) for symbol in SYMBOLS if symbol.pattern != "none"}
    boxed = {layer["paint"]["fill-pattern"] for layer in mapbox_layers(THEMED, "o") if "fill-pattern" in layer["paint"]}
    assert boxed == wanted <= sheet.index.keys()
    places = {(at.x, at.y): name for name, at in sheet.index.items()}
    rules = flat_themed(THEMED, "/sprite.png", sheet.index)
    flat = {
        places[tuple(rule["style"]["fill-pattern-offset"])] for rule in rules if "fill-pattern-src" in rule["style"]
    }
    assert flat == wanted


def test_points_that_stand_for_several_say_how_many() -> None:
    """In both forms the number is drawn in the point, and the mixed kind is for points without the property only."""
    mixed = [Themed("mixed", "things", several_cases(), without="status")]
    boxed = {layer["id"]: layer for layer in mapbox_layers(mixed, "over")}
    assert boxed["mixed-count"]["layout"]["text-field"] == ["to-string", ["get", "point_count"]]
    flat = flat_themed(mixed, "/sprite.png", {})
    (count,) = [rule for rule in flat if "text-value" in rule["style"]]
    assert ["has", "point_count"] in count["filter"]
    for rule in (*boxed.values(), *flat):
        assert ["!", ["has", "status"]] in rule["filter"]


@pytest.mark.parametrize("ratio", [1, 2])
def test_the_sheet_holds_what_its_index_says(ratio: int) -> None:
    """Pictures lie on the sheet without touching, are not blank, differ from one another and are always the same."""
    sheet = sprite_sheet(SYMBOLS, ratio)
    picture = np.asarray(Image.open(io.BytesIO(sheet.png)))
    assert sprite_sheet(tuple(reversed(SYMBOLS)), ratio).png == sheet.png
    cut = {name: picture[at.y : at.y + at.height, at.x : at.x + at.width] for name, at in sheet.index.items()}
    assert set(cut) >= {key_name(symbol) for symbol in SYMBOLS}
    for name, part in cut.items():
        assert part.shape[:2] == (sheet.index[name].height, sheet.index[name].width)
        assert part[..., 3].any()
    for one, other in itertools.combinations(sheet.index.values(), 2):
        assert one.y + one.height < other.y or other.y + other.height < one.y
    assert len({part.tobytes() for part in cut.values()}) == len(cut)
    assert {at.pixel_ratio for at in sheet.index.values()} == {ratio}


def test_patterns_join_at_their_edges() -> None:
    """A pattern repeated beside and below itself has no seam: what leaves on one side comes in on the other."""
    sheet = sprite_sheet(SYMBOLS, 2)
    picture = np.asarray(Image.open(io.BytesIO(sheet.png)))[..., 3].astype(int)
    for symbol in (each for each in SYMBOLS if each.pattern != "none"):
        at = sheet.index[pattern_name(symbol)]
        tile = picture[at.y : at.y + at.height, at.x : at.x + at.width]
        twice = np.tile(tile, (2, 2))
        for across in (twice, twice.T):
            inner = np.abs(np.diff(across[:, : at.width])).max()
            seam = np.abs(across[:, at.width] - across[:, at.width - 1]).max()
            assert seam <= inner, symbol.id


def test_the_key_says_what_the_map_shows() -> None:
    """Each row of the key has words; where a line is drawn its least contrast is given, and it is enough."""
    rows = key_rows(base_style())
    assert {"Building", "A road", "Water", "Railway"} <= {row["label"] for row in rows}
    assert all(row["contrast"] is None or row["contrast"] >= FOR_GRAPHICS for row in rows)

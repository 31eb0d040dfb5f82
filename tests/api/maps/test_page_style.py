"""Pages, pictures and tiles draw from the same style documents."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from api.maps.page_style import style_module
from tiles.style import base_style, flat_rules
from tiles.style.document import pattern_table

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")


def told() -> dict[str, Any]:
    """What the module exports."""
    lines = style_module().decode().splitlines()
    return {name: json.loads(value) for name, value in (re.findall(r"export const (\w+) = (.*);", x)[0] for x in lines)}


def test_scripts_are_told_what_tiles_are_drawn_by() -> None:
    """The base map's rules and every pattern come from the documents beside the tile styles."""
    given = told()
    assert given["BASE"] == json.loads(json.dumps(flat_rules(base_style())))
    table = pattern_table()
    assert given["PATTERNS"]["strokes"] == json.loads(json.dumps(dict(table.strokes)))
    assert set(given["PATTERNS"]["dots"]) == set(table.dots)


def test_no_colour_of_the_base_map_stands_anywhere_else(root: Path) -> None:
    """Neither the scripts of the base map and the patterns nor its picture have colours of their own."""
    for path in ("api/static/js/base-layers.js", "api/static/js/patterns.js", "api/maps/ground_map.py"):
        found = set(COLOUR.findall((root / path).read_text(encoding="utf-8")))
        assert found <= {"#b3ac9d"}, path


def test_every_layer_that_is_sent_has_rules(root: Path) -> None:
    """Each layer of the base map that the script asks for is drawn by some rule."""
    script = (root / "api/static/js/base-layers.js").read_text(encoding="utf-8")
    asked = re.findall(r"^  (\w+): \{ coarsest", script, re.MULTILINE)
    assert len(asked) == 8
    assert set(asked) <= {layer.source for layer in base_style().layers}

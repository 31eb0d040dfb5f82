from __future__ import annotations

import io
import re

import numpy as np
import pytest
import shapely
from defusedxml import ElementTree
from PIL import Image

from constraints import render
from constraints.catalogue import THEMES
from constraints.model import ConstraintReport
from constraints.render.drawing import Disc, Label, Outline
from constraints.render.hatching import PATTERNS, hatching
from constraints.render.png import png
from constraints.render.scene import scene
from constraints.render.style import Style, style_table
from constraints.render.svg import svg

SVG = "{http://www.w3.org/2000/svg}"


def _texts(report: ConstraintReport) -> list[str]:
    tree = ElementTree.fromstring(render.picture(report))
    return [element.text or "" for element in tree.iter(f"{SVG}text")]


def test_svg_is_well_formed_alone_and_described(report: ConstraintReport, nasty: str):
    """The picture parses as XML, has no script or link, and says in words what it shows."""
    written = render.picture(report)
    tree = ElementTree.fromstring(written)
    assert tree.find(f"{SVG}title").text == "Map: Constraints on the site at TQ 33420 77915"
    described = tree.find(f"{SVG}desc").text
    assert "Mill Road" in described
    assert nasty in described
    assert not re.search(rb"<script|href|url\(|<image", written)


def test_the_map_shows_every_hit_of_the_list(report: ConstraintReport):
    """Every number of the list is in the key, and on the map unless the key says that it is off it."""
    texts = _texts(report)
    hits = [hit for finding in report.findings for hit in finding.hits]
    outside = sum("off the map" in text for text in texts)
    for number in range(1, len(hits) + 1):
        assert texts.count(str(number)) in {1, 2}
    badges = sum(texts.count(str(number)) for number in range(1, len(hits) + 1))
    assert badges == 2 * len(hits) - outside
    assert outside == 1


def test_the_map_has_scale_north_and_sources(report: ConstraintReport):
    """A scale bar in metres, grid north, whose data it is, and how much is not known."""
    texts = _texts(report)
    assert "N" in texts
    assert any(re.fullmatch(r"\d+ m", text) for text in texts)
    assert any("© Crown copyright" in text for text in texts)
    assert any("not known here" in text for text in texts)


def test_the_scale_bar_is_true(report: ConstraintReport):
    """The bar's length in pixels is that of its metres, measured against the site as drawn."""
    drawing = scene(report)
    labels = {part.text: part.x for part in drawing.parts if isinstance(part, Label)}
    ends = {text: x for text, x in labels.items() if re.fullmatch(r"\d+ m", text)}
    ((text, right),) = ends.items()
    per_metre = (right - labels["0"]) / float(text.removesuffix(" m"))
    red = style_table().site_line
    site = next(part for part in drawing.parts if isinstance(part, Outline) and part.line == red)
    width = np.ptp(site.paths[0][:, 0])
    assert width == pytest.approx(40.0 * per_metre, rel=1e-6)


def test_png_shows_what_svg_shows(report: ConstraintReport):
    """The PNG has the size of the drawing, its words inside, and the red line of the site on it."""
    drawing = scene(report)
    image = Image.open(io.BytesIO(render.picture(report, fmt="png")))
    assert image.size == (drawing.width, drawing.height)
    assert image.text["Description"] == drawing.description
    pixels = np.asarray(image.convert("RGB")).astype(int)
    red = (abs(pixels - np.array([0xC4, 0x00, 0x1A])) < 30).all(axis=2)
    assert red.sum() > 2000


def test_another_picture_format_is_refused(report: ConstraintReport):
    """Only SVG and PNG are made."""
    with pytest.raises(ValueError, match="gif"):
        render.picture(report, fmt="gif")


def test_themes_differ_without_colour():
    """Every theme of the catalogue has a style, and no two share pattern and dash."""
    themes = style_table().themes
    assert set(THEMES) == set(themes)
    looks = [(style.pattern, style.dash) for style in themes.values()]
    assert len(set(looks)) == len(looks)
    assert len({style.pattern for style in themes.values()}) == len(themes)
    assert {style.pattern for style in themes.values()} <= set(PATTERNS)


@pytest.mark.parametrize("pattern", sorted(set(PATTERNS) - {"none"}))
def test_patterns_stay_inside_their_shape(pattern: str):
    """Every line and dot of a pattern lies in the shape, holes left free, and there are some."""
    shape = shapely.Point(100, 80).buffer(60).difference(shapely.Point(100, 80).buffer(20))
    style = Style("test", "Test", "#000000", (), pattern)
    parts = hatching(shape, style)
    drawn = [
        shapely.Point(part.x, part.y) if isinstance(part, Disc) else shapely.MultiLineString(part.paths)
        for part in parts
    ]
    assert shapely.union_all(drawn).length > 300 or len(drawn) > 50
    assert all(shapely.covers(shape.buffer(1e-6), one) for one in drawn)


def test_an_empty_drawing_part_does_not_stop_a_picture(report: ConstraintReport):
    """A shape too small for its pattern is drawn as its outline alone, in both forms."""
    drawing = scene(report)
    tiny = shapely.box(10.1, 10.1, 10.4, 10.4)
    style = style_table().of("nature")
    extra = hatching(tiny, style)
    more = type(drawing)(drawing.width, drawing.height, (*drawing.parts, *extra), drawing.title, drawing.description)
    assert ElementTree.fromstring(svg(more)) is not None
    assert png(more).startswith(b"\x89PNG")

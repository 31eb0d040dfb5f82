"""The map of a list: picture and data show the same items."""

from __future__ import annotations

import base64
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas
import numpy as np
import pytest
import shapely

from api.maps.basemap import BaseMap
from api.maps.figure import Figure, Item, figure
from constraints.render.style import style_table

STYLES = list(style_table().themes.values())
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseMap:
    """A base map of one lake, one road and more houses than a picture takes."""
    folder = tmp_path_factory.mktemp("base")
    x, y = np.meshgrid(np.arange(40) * 20.0, np.arange(40) * 20.0)
    houses = shapely.box(440_000 + x.ravel(), 240_000 + y.ravel(), 440_010 + x.ravel(), 240_010 + y.ravel())
    layers = {
        "water": [shapely.Point(440_300, 240_300).buffer(120, quad_segs=200)],
        "buildings": list(houses),
        "roads": [shapely.LineString([(440_000, 240_500), (440_800, 240_500)])],
    }
    for name, shapes in layers.items():
        geopandas.GeoDataFrame(geometry=shapes, crs=27700).to_file(folder / f"{name}.gpkg")
    return BaseMap(folder)


def items(*shapes: shapely.Geometry) -> list[Item]:
    """Rows with these places."""
    return [Item(f"row-{n}", n, f"Row {n}", STYLES[n % 3], shape) for n, shape in enumerate(shapes, start=1)]


def drawn(made: Figure) -> ET.Element:
    """The picture, read back."""
    return ET.fromstring(base64.b64decode(made.picture.partition(",")[2]))  # noqa: S314  # our own bytes


def test_picture_and_data_show_every_item(base: BaseMap) -> None:
    """Each row has its number in the picture and a feature of its own id, whatever its kind and size."""
    square, speck = shapely.box(440_100, 240_100, 440_140, 240_130), shapely.box(440_200, 240_100, 440_200.5, 240_100.5)
    line, point = shapely.LineString([(440_300, 240_100), (440_400, 240_150)]), shapely.Point(440_350, 240_300)
    made = figure(items(square, speck, line, point), base)
    numbers = [text.text for text in drawn(made).iter(f"{SVG}text")]
    assert [number for number in numbers if number in {"1", "2", "3", "4"}] == ["1", "2", "3", "4"]
    features = made.data["items"]["features"]
    assert [feature["id"] for feature in features] == ["row-1", "row-2", "row-3", "row-4"]
    assert {feature["properties"]["style"] for feature in features} == {style["id"] for style in made.data["styles"]}
    assert shapely.equals_exact(shapely.from_geojson(str(features[0]["geometry"]).replace("'", '"')), square, 0.01)
    assert "4 numbered places" in made.description


def test_the_view_holds_the_items_the_site_and_the_area(base: BaseMap) -> None:
    """Everything that is drawn lies in the view, with room round it, in the picture's proportions."""
    site, area = shapely.box(440_500, 240_500, 440_520, 240_520), shapely.Point(440_600, 240_600).buffer(300)
    west, south, east, north = figure([], base, site=site, area=area).data["view"]
    assert west < 440_300
    assert east > 440_900
    assert (east - west) / (north - south) == pytest.approx(960 / 560, abs=0.01)


def test_without_items_it_is_the_whole_base_map(base: BaseMap) -> None:
    """An empty list has a map of the place, and says that nothing is numbered."""
    made = figure([], base)
    west, south, east, north = made.data["view"]
    assert shapely.box(west, south, east, north).contains(shapely.box(440_000, 240_000, 440_800, 240_800))
    assert "no numbered places" in made.description
    assert not made.data["items"]["features"]


def test_the_base_map_is_as_detailed_as_can_be_seen(base: BaseMap) -> None:
    """Houses are drawn near by and left out where there are too many to tell apart."""
    near = figure(items(shapely.box(440_100, 240_100, 440_140, 240_130)), base)
    houses = [path for path in drawn(near).iter(f"{SVG}path") if path.get("fill") == "#d9d0c3"]
    assert 10 < len(houses) < 200
    far = drawn(figure([], base))
    assert not [path for path in far.iter(f"{SVG}path") if path.get("fill") == "#d9d0c3"]
    lake = next(path for path in far.iter(f"{SVG}path") if path.get("fill") == "#c3dcea")
    assert lake.get("d", "").count("L") < 200


def test_without_a_base_map_there_is_still_a_picture(tmp_path: Path) -> None:
    """Where the server has no base map at all, items are drawn on plain ground."""
    made = figure(items(shapely.Point(440_000, 240_000)), BaseMap(tmp_path))
    assert len(drawn(made).findall(f"{SVG}circle")) == 2
    assert made.settings == {"layers": (), "extent": None}

"""MapLibre GL and OpenLayers draw our tiles with our styles, in both tile matrix sets, from another origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from playwright.sync_api import Browser, Page
from support.foreign_maps import MIDDLE, OPENLAYERS_MODULES, ForeignSite, foreign_site, require_webgl, share
from support.registers import add_case
from support.serving import serving
from support.tile_places import CENTRE
from support.town_office import open_council

from api.basemap.service import open_service
from api.basemap.settings import OsSettings
from api.main import create_app
from bopsgis import crs
from tiles.grid import WEB_MERCATOR

pytestmark = pytest.mark.browser

HERITAGE, OPEN_CASE = "#6b2c91", "#a02800"
"""Lines of conservation areas and of cases being decided, as the style documents have them."""
MERCATOR = tuple(float(each[0]) for each in crs.from_national_grid([CENTRE[0]], [CENTRE[1]], WEB_MERCATOR.crs))
FRAME = "<div id='map' style='width:1000px;height:700px'></div>"
MAPLIBRE = """
<link rel="stylesheet" href="/modules/maplibre-gl/dist/maplibre-gl.css">
<script type="module">
import { Map } from "/modules/maplibre-gl/dist/maplibre-gl.mjs";
const looks = await (await fetch("@base@/map/mapbox-overlays.json")).json();
const source = (name) => ({ type: "vector", url: `@base@/tiles/${name}/tilejson.json` });
const map = new Map({
  container: "map", center: [@lon@, @lat@], zoom: @zoom@, canvasContextAttributes: { preserveDrawingBuffer: true },
  style: {
    version: 8, sprite: [looks.sprite], glyphs: "@base@/maps/vector/v1/vts/resources/fonts/{fontstack}/{range}.pbf",
    sources: { constraints: source("constraints"), cases: source("cases") },
    layers: [{ id: "ground", type: "background", paint: { "background-color": "#f4f2ec" } }, ...looks.layers],
  },
});
map.on("error", (event) => console.error(event.error.message));
map.on("idle", () => {
  window.drawn = map.queryRenderedFeatures().map((each) => ({ drawn: each.layer.id, ...each.properties }));
});
</script>
"""
OPENLAYERS = """
<script type="module">
import Map from "ol/Map.js";
import View from "ol/View.js";
import MVT from "ol/format/MVT.js";
import VectorTileLayer from "ol/layer/VectorTile.js";
import { addProjection, get } from "ol/proj.js";
import Projection from "ol/proj/Projection.js";
import VectorTileSource from "ol/source/VectorTile.js";
import TileGrid from "ol/tilegrid/TileGrid.js";
import { createXYZ } from "ol/tilegrid.js";

const looks = await (await fetch("@base@/map/openlayers.json")).json();
addProjection(new Projection({ code: "EPSG:27700", units: "m", extent: looks.grid.extent }));
const national = "@set@" === "NationalGrid";
const projection = get(national ? "EPSG:27700" : "EPSG:3857");
const tileGrid = national ? new TileGrid(looks.grid) : createXYZ({ tileSize: 512, maxZoom: 16 });
const layers = ["constraints", "cases"].map((name) => new VectorTileLayer({
  source: new VectorTileSource({
    format: new MVT(), projection, tileGrid, url: `@base@/tiles/${name}/@set@/{z}/{x}/{y}.mvt`,
  }),
  style: looks[name],
}));
const view = new View({ projection, center: [@x@, @y@], resolution: @resolution@ });
const map = new Map({ target: "map", layers, view, controls: [] });
map.on("rendercomplete", () => {
  const seen = layers.flatMap((layer) => layer.getFeaturesInExtent(view.calculateExtent()));
  window.drawn = seen.map((each) => ({ drawn: each.get("layer"), ...each.getProperties() }));
});
</script>
"""


@pytest.fixture(scope="module")
def site(root: Path) -> Iterator[ForeignSite]:
    """The other site."""
    with foreign_site(root) as served:
        yield served


@pytest.fixture(scope="module")
def base(site: ForeignSite, sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Our service over the sample town, with two cases side by side; the other site may use its styles."""
    home = tmp_path_factory.mktemp("tiles")
    settings, database = open_council(home, sample_home)
    for number in (0, 1):
        x, y = CENTRE[0] + 30 * number, CENTRE[1]
        add_case(database, f"{number} High Street", shapely.box(x, y, x + 25, y + 40))
    database.dispose()
    app = create_app(settings)
    app.state.basemap = open_service(OsSettings(key=None, origins=(site.origin,)), settings, "Thistleford")
    with serving(app) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture
def draw(
    browser: Browser, site: ForeignSite, base: str, picture: Callable[..., None], request: pytest.FixtureRequest
) -> Iterator[Callable[..., tuple[Page, list[dict[str, Any]]]]]:
    """Open a client's page with these values in it; the page, and the features that the client says it has drawn."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    if "maplibre" in request.node.name:
        require_webgl(context)

    def drawn(markup: str, **values: object) -> tuple[Page, list[dict[str, Any]]]:
        for name, value in {"base": base, **values}.items():
            markup = markup.replace(f"@{name}@", str(value))
        page = site.open(context, FRAME + markup, base)
        page.wait_for_function("() => (window.drawn ?? []).some((each) => 'status' in each || 'point_count' in each)")
        return page, page.evaluate("() => window.drawn.map(({ geometry, ...told }) => told)")

    yield drawn
    for number, page in enumerate(context.pages):
        picture(page, "far" if number else "near")
    context.close()
    assert site.complaints == []


def check_near(page: Page, features: list[dict[str, Any]]) -> None:
    """A conservation area and both cases are drawn, each with its line and with what a map would say of it."""
    references = {each["reference"] for each in features if "status" in each}
    assert len(references) == 2
    assert {each["address"] for each in features if "status" in each} == {"0 High Street", "1 High Street"}
    assert any(each.get("reference") for each in features if "conservation-area" in each["drawn"])
    assert share(page, HERITAGE, within=20) > 0.01
    assert share(page, OPEN_CASE, {"x": 495, "y": 310, "width": 60, "height": 45}, within=60) > 0.05


def check_afar(page: Page, features: list[dict[str, Any]]) -> None:
    """The two cases are one point that says how many it stands for."""
    points = [each for each in features if each["drawn"].startswith("case")]
    assert {each["point_count"] for each in points} == {2}
    assert share(page, OPEN_CASE, {"x": 480, "y": 330, "width": 40, "height": 40}, within=60) > 0.03


def test_maplibre_draws_constraints_and_cases(draw: Callable[..., Any]) -> None:
    """From TileJSON and our layers alone: shapes with line and pattern near, points with their number from afar."""
    lon, lat = MIDDLE
    page, features = draw(MAPLIBRE, lon=lon, lat=lat, zoom=15.5)
    check_near(page, features)
    drawn = {each["drawn"] for each in features}
    assert {"constraint-conservation-area-outline", "constraint-conservation-area-pattern"} <= drawn
    assert {"case-open-tint", "case-open-pattern", "case-open-outline"} <= drawn
    page, features = draw(MAPLIBRE, lon=lon, lat=lat, zoom=8.5)
    check_afar(page, features)
    assert {"case-open-point", "case-open-count"} <= {each["drawn"] for each in features}


@pytest.mark.parametrize("grid", ["NationalGrid", "WebMercatorQuad"])
def test_openlayers_draws_constraints_and_cases(draw: Callable[..., Any], grid: str) -> None:
    """With flat rules, on the national grid and in Web Mercator: the same shapes near, the same point from afar."""
    (x, y), stretch = (CENTRE, 1.0) if grid == "NationalGrid" else (MERCATOR, 1.63)
    for resolution, check in ((1.2, check_near), (150.0, check_afar)):
        values = {"set": grid, "x": x, "y": y, "resolution": resolution * stretch}
        check(*draw(OPENLAYERS_MODULES + OPENLAYERS, **values))

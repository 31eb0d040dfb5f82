"""Clients that are not ours draw our base map through the Ordnance Survey's addresses, from another origin, no key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from support.foreign_maps import MIDDLE, OPENLAYERS_MODULES, ForeignSite, foreign_site, require_webgl, share
from support.front_end import node_modules
from support.serving import serving
from support.tile_places import CENTRE

from api.basemap.service import open_service
from api.basemap.settings import OsSettings
from api.core.settings import Settings
from api.main import create_app

pytestmark = pytest.mark.browser

BUILDING, ROAD, GROUND = "#d9d0c3", "#ffffff", "#f4f2ec"
OSL_STYLESHEET = "https://cdn.skypack.dev/ol@%5E6.6.1/ol.css"

MAPLIBRE = """
<link rel="stylesheet" href="/modules/maplibre-gl/dist/maplibre-gl.css">
<script type="module">
import {{ Map }} from "/modules/maplibre-gl/dist/maplibre-gl.mjs";
const map = new Map({{
  container: "map", style: "{base}/maps/vector/v1/vts/resources/styles?srs=3857",
  center: [{lon}, {lat}], zoom: {zoom}, canvasContextAttributes: {{ preserveDrawingBuffer: true }},
}});
map.on("error", (event) => console.error(event.error.message));
map.on("idle", () => {{
  const drawn = map.queryRenderedFeatures();
  window.drawn = [...new Set(drawn.map((feature) => feature.layer.id))];
}});
</script>
"""

OPENLAYERS = """
<script type="module">
import Map from "ol/Map.js";
import View from "ol/View.js";
import MVT from "ol/format/MVT.js";
import VectorTileLayer from "ol/layer/VectorTile.js";
import {{ addProjection }} from "ol/proj.js";
import Projection from "ol/proj/Projection.js";
import VectorTileSource from "ol/source/VectorTile.js";
import TileGrid from "ol/tilegrid/TileGrid.js";

const looks = await (await fetch("{base}/map/openlayers.json")).json();
const grid = new Projection({{ code: looks.crs, units: "m", extent: looks.grid.extent }});
addProjection(grid);
const source = new VectorTileSource({{
  format: new MVT(), url: looks.tiles, projection: grid, tileGrid: new TileGrid(looks.grid), overlaps: false,
}});
const layer = new VectorTileLayer({{ source, style: looks.base, background: looks.ground, declutter: true }});
const view = new View({{ projection: grid, center: [{easting}, {northing}], resolution: {resolution} }});
const map = new Map({{ target: "map", layers: [layer], view, controls: [] }});
map.on("rendercomplete", () => {{
  const drawn = layer.getFeaturesInExtent(view.calculateExtent());
  window.drawn = [...new Set(drawn.map((feature) => feature.get("layer")))];
}});
</script>
"""

OSL = """
<script type="module" src="/modules/@opensystemslab/map/dist/component-lib.es.js"></script>
<my-map id="osl" zoom="18" maxZoom="23" drawMode showScale latitude="{lat}" longitude="{lon}"
  osProxyEndpoint="{base}" osVectorTilesApiKey="" osFeaturesApiKey="" osCopyright="Invented place"></my-map>
"""
PAGES = {"maplibre": MAPLIBRE, "openlayers": OPENLAYERS, "osl": OSL}


@pytest.fixture(scope="module")
def clients(root: Path) -> Iterator[ForeignSite]:
    """Another site, whose pages use maps of other people."""
    with foreign_site(root) as served:
        yield served


@pytest.fixture(scope="module", params=["town", "nothing"])
def base(request: pytest.FixtureRequest, clients: ForeignSite, sample_home: Path, tmp_path_factory: Any) -> Any:
    """Our service without a key, over the sample town or over nothing at all; that other site may use it."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "town":
        (home / "sample-town").symlink_to(sample_home / "sample-town", target_is_directory=True)
    settings = Settings(home=home)
    app = create_app(settings)
    town = "Thistleford" if request.param == "town" else None
    app.state.basemap = open_service(OsSettings(key=None, origins=(clients.origin,)), settings, town)
    with serving(app) as (host, port):
        yield request.param, f"http://{host}:{port}"


@pytest.fixture
def drawn(
    browser: Browser,
    clients: ForeignSite,
    base: tuple[str, str],
    root: Path,
    picture: Callable[..., None],
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Page]]:
    """Open a client's page; nobody but the two servers may be asked, and nothing may go wrong."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    if "maplibre" in request.node.name:
        require_webgl(context)
    # OSL's component asks a server of somebody else for this stylesheet, whatever it is told.
    context.route(OSL_STYLESHEET, lambda route: route.fulfill(path=node_modules(root) / "ol" / "ol.css"))

    def opened(client: str, **values: float) -> Page:
        lon, lat = MIDDLE
        given = {"base": base[1], "lon": lon, "lat": lat, "easting": CENTRE[0], "northing": CENTRE[1]}
        frame = "<div id='map' style='width:1000px;height:700px'></div>" if client != "osl" else ""
        modules = OPENLAYERS_MODULES if client == "openlayers" else ""
        return clients.open(context, frame + modules + PAGES[client].format(**given | values), base[1], OSL_STYLESHEET)

    yield opened
    for page in context.pages:
        picture(page)
    context.close()
    assert clients.complaints == []


def _layers(page: Page) -> set[str]:
    page.wait_for_function("() => window.drawn !== undefined && window.drawn.length > 0")
    return set(json.loads(page.evaluate("() => JSON.stringify(window.drawn)")))


def test_maplibre_draws_it(drawn: Callable[..., Page], base: tuple[str, str]) -> None:
    """MapLibre GL draws the town's buildings and street names; without data the grid, and why there is no more."""
    page = drawn("maplibre", zoom=15.6 if base[0] == "town" else 11)
    layers = _layers(page)
    if base[0] == "town":
        assert {"base-buildings-fill", "base-road-name", "base-carriageway-fill"} <= layers
        assert share(page, BUILDING) > 0.02
    else:
        assert {"base-grid-10km-line", "base-grid-10km-name", "base-notice"} <= layers
        assert share(page, GROUND) > 0.5


def test_openlayers_draws_it_on_the_national_grid(drawn: Callable[..., Page], base: tuple[str, str]) -> None:
    """OpenLayers draws the same on the national grid, from flat rules and tiles with the row before the column."""
    page = drawn("openlayers", resolution=0.8 if base[0] == "town" else 40)
    layers = _layers(page)
    if base[0] == "town":
        assert {"buildings", "roads", "parcels", "road_areas"} <= layers
        assert share(page, BUILDING) > 0.02
    else:
        assert {"grid_10km", "notice"} <= layers
        assert share(page, GROUND) > 0.5


def test_the_map_of_open_systems_lab_draws_it(drawn: Callable[..., Page], base: tuple[str, str]) -> None:
    """OSL's map component takes our service for its proxy and draws with our style, which it asks for itself."""
    if base[0] == "nothing":
        pytest.skip("its closest view holds no line of the grid")
    page = drawn("osl")
    page.wait_for_selector("my-map .ol-viewport canvas")
    page.wait_for_load_state("networkidle")
    for _ in range(40):
        if share(page, BUILDING) > 0.02:
            break
        page.wait_for_timeout(500)
    assert share(page, BUILDING) > 0.02
    assert share(page, ROAD) > 0.02

"""Clients that are not ours draw our base map through the Ordnance Survey's addresses, from another origin, no key."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image, ImageColor
from playwright.sync_api import Browser, Page
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from support.front_end import node_modules
from support.serving import serving

from api.basemap.service import open_service
from api.basemap.settings import OsSettings
from api.core.settings import Settings
from api.main import create_app
from bopsgis import crs

pytestmark = pytest.mark.browser

HIGH_STREET = (441_550.0, 244_950.0)
"""In the middle of the sample town, EPSG:27700."""
BUILDING, ROAD, GROUND = "#d9d0c3", "#ffffff", "#f4f2ec"
WAIT_MS = 60_000
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
<script type="importmap">{{"imports": {{
  "ol/": "/modules/ol/", "rbush": "/modules/rbush/index.js", "quickselect": "/modules/quickselect/index.js",
  "pbf": "/modules/pbf/index.js", "earcut": "/modules/earcut/src/earcut.js"
}}}}</script>
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
def clients(root: Path) -> Iterator[tuple[FastAPI, str]]:
    """Another site, whose pages use maps of other people; and its origin."""
    site = FastAPI()
    site.mount("/modules", StaticFiles(directory=node_modules(root), follow_symlink=True))
    site.add_api_route("/favicon.ico", lambda: HTMLResponse(""))
    with serving(site) as (host, port):
        yield site, f"http://{host}:{port}"


@pytest.fixture(scope="module", params=["town", "nothing"])
def base(request: pytest.FixtureRequest, clients: tuple[FastAPI, str], sample_home: Path, tmp_path_factory: Any) -> Any:
    """Our service without a key, over the sample town or over nothing at all; that other site may use it."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "town":
        (home / "sample-town").symlink_to(sample_home / "sample-town", target_is_directory=True)
    settings = Settings(home=home)
    app = create_app(settings)
    town = "Thistleford" if request.param == "town" else None
    app.state.basemap = open_service(OsSettings(key=None, origins=(clients[1],)), settings, town)
    with serving(app) as (host, port):
        yield request.param, f"http://{host}:{port}"


@pytest.fixture
def drawn(
    browser: Browser, clients: tuple[FastAPI, str], base: tuple[str, str], root: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Open a client's page; nobody but the two servers may be asked, and nothing may go wrong."""
    site, origin = clients
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    # OSL's component asks a server of somebody else for this stylesheet, whatever it is told.
    context.route(OSL_STYLESHEET, lambda route: route.fulfill(path=node_modules(root) / "ol" / "ol.css"))

    def opened(client: str, **values: float) -> Page:
        lon, lat = (float(each[0]) for each in crs.from_national_grid(*([each] for each in HIGH_STREET), 4326))
        given = {"base": base[1], "lon": lon, "lat": lat, "easting": HIGH_STREET[0], "northing": HIGH_STREET[1]}
        head = "<!doctype html><meta charset=utf-8><title>Map</title><body style='margin:0'>"
        frame = "<div id='map' style='width:1000px;height:700px'></div>" if client != "osl" else ""
        page_path = f"/{client}-{len(site.routes)}"
        markup = head + frame + PAGES[client].format(**given | values)
        site.add_api_route(page_path, lambda: HTMLResponse(markup))
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda asked: complaints.extend(_strangers(asked.url, origin, base[1], OSL_STYLESHEET)))
        page.goto(f"{origin}{page_path}")
        return page

    yield opened
    for page in context.pages:
        name = re.sub(r"[^a-z0-9]+", "-", f"{request.node.name} {page.url.rsplit('/', 1)[1].split('-')[0]}".lower())
        page.screenshot(path=root / "tests" / "artifacts" / f"{name.strip('-')}.png")
    context.close()
    assert [each for each in complaints if not re.search("GPU stall|WebGL|Lit is in dev", each)] == []


def _strangers(url: str, *known: str) -> list[str]:
    return [] if url.startswith((*known, "data:", "blob:")) else [f"asked {url}"]


def _share(page: Page, colour: str) -> float:
    """Share of the page's pixels that have a colour."""
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    return float((np.abs(pixels - ImageColor.getrgb(colour)[:3]).max(axis=2) <= 3).mean())


def _layers(page: Page) -> set[str]:
    page.wait_for_function("() => window.drawn !== undefined && window.drawn.length > 0")
    return set(json.loads(page.evaluate("() => JSON.stringify(window.drawn)")))


def test_maplibre_draws_it(drawn: Callable[..., Page], base: tuple[str, str]) -> None:
    """MapLibre GL draws the town's buildings and street names; without data the grid, and why there is no more."""
    page = drawn("maplibre", zoom=15.6 if base[0] == "town" else 11)
    layers = _layers(page)
    if base[0] == "town":
        assert {"base-buildings-fill", "base-road-name", "base-carriageway-fill"} <= layers
        assert _share(page, BUILDING) > 0.02
    else:
        assert {"base-grid-10km-line", "base-grid-10km-name", "base-notice"} <= layers
        assert _share(page, GROUND) > 0.5


def test_openlayers_draws_it_on_the_national_grid(drawn: Callable[..., Page], base: tuple[str, str]) -> None:
    """OpenLayers draws the same on the national grid, from flat rules and tiles with the row before the column."""
    page = drawn("openlayers", resolution=0.8 if base[0] == "town" else 40)
    layers = _layers(page)
    if base[0] == "town":
        assert {"buildings", "roads", "parcels", "road_areas"} <= layers
        assert _share(page, BUILDING) > 0.02
    else:
        assert {"grid_10km", "notice"} <= layers
        assert _share(page, GROUND) > 0.5


def test_the_map_of_open_systems_lab_draws_it(drawn: Callable[..., Page], base: tuple[str, str]) -> None:
    """OSL's map component takes our service for its proxy and draws with our style, which it asks for itself."""
    if base[0] == "nothing":
        pytest.skip("its closest view holds no line of the grid")
    page = drawn("osl")
    page.wait_for_selector("my-map .ol-viewport canvas")
    page.wait_for_load_state("networkidle")
    for _ in range(40):
        if _share(page, BUILDING) > 0.02:
            break
        page.wait_for_timeout(500)
    assert _share(page, BUILDING) > 0.02
    assert _share(page, ROAD) > 0.02

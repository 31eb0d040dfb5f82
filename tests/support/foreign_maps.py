"""Another site whose pages use map programs of other people: MapLibre GL, OpenLayers, OSL's component."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image, ImageColor
from playwright.sync_api import BrowserContext, FloatRect, Page
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from support.front_end import node_modules
from support.serving import serving
from support.tile_places import CENTRE

from bopsgis import crs

__all__ = ["MIDDLE", "OPENLAYERS_MODULES", "ForeignSite", "foreign_site", "require_webgl", "share"]

WAIT_MS = 60_000
MIDDLE = tuple(float(each[0]) for each in crs.from_national_grid(*([each] for each in CENTRE), 4326))
"""Longitude and latitude of the middle of the sample town."""
OPENLAYERS_MODULES = """
<script type="importmap">{"imports": {
  "ol/": "/modules/ol/", "rbush": "/modules/rbush/index.js", "quickselect": "/modules/quickselect/index.js",
  "pbf": "/modules/pbf/index.js", "earcut": "/modules/earcut/src/earcut.js"
}}</script>
"""
_HARMLESS = re.compile("GPU stall|WebGL|Lit is in dev")


@dataclass
class ForeignSite:
    """The site, and what went wrong on its pages: messages of the console, requests to strangers."""

    app: FastAPI
    origin: str
    complaints: list[str] = field(default_factory=list)

    def open(self, context: BrowserContext, markup: str, *known: str) -> Page:
        """Open a page with this inside its body. It may ask this site, and addresses that begin with those known."""
        path = f"/page-{len(self.app.routes)}"
        whole = f"<!doctype html><meta charset=utf-8><title>Map</title><body style='margin:0'>{markup}"
        self.app.add_api_route(path, lambda: HTMLResponse(whole))
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda message: self._note(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        allowed = (self.origin, *known, "data:", "blob:")
        page.on("request", lambda asked: None if asked.url.startswith(allowed) else self._note(f"asked {asked.url}"))
        page.goto(f"{self.origin}{path}")
        return page

    def _note(self, complaint: str) -> None:
        if not _HARMLESS.search(complaint):
            self.complaints.append(complaint)


@contextmanager
def foreign_site(root: Path) -> Iterator[ForeignSite]:
    """Serve the site, with the npm packages of the tests below `/modules`."""
    app = FastAPI()
    app.mount("/modules", StaticFiles(directory=node_modules(root), follow_symlink=True))
    app.add_api_route("/favicon.ico", lambda: HTMLResponse(""))
    with serving(app) as (host, port):
        yield ForeignSite(app, f"http://{host}:{port}")


def require_webgl(context: BrowserContext) -> None:
    """Skip the test where this browser has no WebGL, in which MapLibre GL draws."""
    page = context.new_page()
    has_it = page.evaluate("() => document.createElement('canvas').getContext('webgl2') !== null")
    page.close()
    if not has_it:
        context.close()
        pytest.skip("this Chromium has no WebGL 2")


def share(page: Page, colour: str, clip: FloatRect | None = None, within: int = 3) -> float:
    """Share of a page's pixels, or of those in a part of it, that have a colour, or differ in no channel by more."""
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")).astype(int)
    return float((np.abs(pixels - ImageColor.getrgb(colour)[:3]).max(axis=2) <= within).mean())

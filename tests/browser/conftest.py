"""A headless Chromium on the real service over the sample town."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FloatRect, Page, expect, sync_playwright
from support.front_end import node_modules
from support.passwords import strong_passwords  # noqa: F401  # a fixture of this folder too
from support.serving import serving

from api.core.settings import Settings
from api.main import create_app

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
]
"""A browser that says nothing to anyone but the service under test."""


TALLEST = 6_000
"""Pixels of a page that are kept as a picture."""


@pytest.fixture(scope="session")
def address(sample_home: Path) -> Iterator[str]:
    """Where the service is served."""
    with serving(create_app(Settings(home=sample_home))) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for all tests; what is expected of a page may take a minute on a busy machine."""
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page of the service; at the end the console must have stayed clean (CSP too)."""
    with _watched(browser, address) as opened:
        yield opened


@pytest.fixture
def watched(browser: Browser) -> Callable[[str], AbstractContextManager[Callable[..., Page]]]:
    """The same for any service: given its address, what opens pages of it."""
    return partial(_watched, browser)


@contextmanager
def _watched(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str = "/", *, width: int = 1280, height: int = 900, scripts: bool = True, **options: Any) -> Page:
        size = {"width": width, "height": height}
        context = browser.new_context(
            viewport=size,
            java_script_enabled=scripts,
            base_url=address,
            bypass_csp=options.pop("bypass_csp", False),
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda told: complaints.append(f"{told.type}: {told.text} {told.location.get('url', '')}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: _note_stranger(request.url, address, complaints))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [each for each in complaints if not re.search(r"status of (404|422)", each)] == []


def _note_stranger(url: str, address: str, complaints: list[str]) -> None:
    if not url.startswith((address, "data:")):
        complaints.append(f"asked {url}")


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The source of axe-core."""
    return (node_modules(root) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def picture(root: Path, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep a screenshot of a page in tests/artifacts, for people to look at."""

    def keep(page: Page, name: str = "") -> None:
        folder = root / "tests" / "artifacts"
        folder.mkdir(exist_ok=True)
        test = re.sub(r"[^a-z0-9]+", "-", f"{request.node.name} {name}".lower()).strip("-")
        size = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        # To take a long page Chromium lays it out anew at odd sizes, about which OpenLayers would complain.
        page.evaluate("() => { console.warn = () => {}; }")
        clip: FloatRect = {"x": 0, "y": 0, "width": size[0], "height": min(size[1], TALLEST)}
        page.screenshot(path=folder / f"{test}.png", full_page=True, clip=clip)

    return keep

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from support.axe import ready, violations

from constraints.render.style import style_table
from tiles.style import base_style

pytestmark = pytest.mark.browser

BUSY = "POLYGON ((441740 244600, 441940 244600, 441940 244800, 441740 244800, 441740 244600))"
"""Round the market place of the sample town, where there is a lot of everything."""
REPORT = f"/report?site={BUSY}&as_at=2026-11-22"
PATHS = {"form": "/", "report": REPORT, "datasets": "/datasets", "docs": "/docs", "missing": "/nowhere"}
OpenPage = Callable[..., Page]


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_axe_finds_nothing(open_page: OpenPage, axe: str, path: str, width: int) -> None:
    """P05: axe finds no violation on any page, wide or narrow."""
    page = ready(open_page(path, width=width, bypass_csp=True))
    assert violations(page, axe) == []


def test_axe_finds_nothing_in_other_states(open_page: OpenPage, axe: str) -> None:
    """P05: nor with every route open, everything unfolded, an error, a choice of addresses, and while drawing."""
    page = ready(open_page("/", bypass_csp=True))
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    assert violations(page, axe) == []
    page.get_by_label("Paste or type the boundary").check()
    page.get_by_role("button", name="Check the site").click()
    page.wait_for_selector(".govuk-error-summary")
    assert violations(page, axe) == []
    page.get_by_label("Give an address or UPRN").check()
    page.locator("#address").fill("Northfield Road")
    page.get_by_role("button", name="Check the site").click()
    page.wait_for_selector("text=Which address is it?")
    assert violations(page, axe) == []
    page = ready(open_page(REPORT, bypass_csp=True))
    page.evaluate("() => document.querySelectorAll('details').forEach((item) => (item.open = true))")
    assert violations(page, axe) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_nothing_is_wider_than_320_pixels(
    open_page: OpenPage, picture: Callable[..., None], path: str, *, scripts: bool
) -> None:
    """P08: at 320 pixels no page scrolls sideways and no element sticks out."""
    page = open_page(path, width=320, scripts=scripts)
    if scripts:
        ready(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
        unfold = "(open) => document.querySelectorAll('details').forEach((item) => (item.open = open))"
        page.evaluate(unfold, True)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
        page.evaluate(unfold, False)
    else:
        ends = page.locator("main :is(p, h1, h2, h3, dl, ul, img, button)").evaluate_all(
            "items => items.filter((it) => it.checkVisibility()).map((it) => it.getBoundingClientRect().right)"
        )
        assert len(ends) > 1
        assert max(ends) <= 320
    picture(page)


@pytest.mark.parametrize("path", ["/", REPORT], ids=["form", "report"])
def test_targets_are_24_pixels_and_named(open_page: OpenPage, path: str) -> None:
    """P09: every control is at least 24 by 24 pixels; names hold the visible words; map controls say "map"."""
    page = ready(open_page(path))
    controls = page.locator("button:visible, input:visible, select:visible, summary:visible").evaluate_all(
        """items => items.map((item) => {
            const box = (item.type === "radio" ? item.parentElement : item).getBoundingClientRect();
            return {width: box.width, height: box.height, html: item.outerHTML.slice(0, 120)};
        })"""
    )
    assert [each["html"] for each in controls if min(each["width"], each["height"]) < 24] == []
    names = page.locator("[data-move]").evaluate_all("items => items.map((item) => item.ariaLabel)")
    assert len(names) == 6
    assert all("map" in name for name in names)
    assert page.locator("#map").get_attribute("aria-label")


def test_the_focus_is_seen_on_the_map(open_page: OpenPage) -> None:
    """P06: the map changes its look when it has the keyboard's focus, and only then."""
    page = ready(open_page("/"))
    page.wait_for_load_state("networkidle")
    style = "() => getComputedStyle(document.getElementById('map')).outlineStyle"
    assert page.evaluate(style) == "none"
    page.get_by_label("Snap to buildings and plots on the map").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "map"
    assert page.evaluate(style) == "solid"


def test_forced_colours_and_reduced_motion(open_page: OpenPage, picture: Callable[..., None]) -> None:
    """P08: with forced colours and reduced motion everything is still there, and nothing scrolls smoothly."""
    page = ready(open_page(REPORT, forced_colors="active", reduced_motion="reduce"))
    assert page.locator(".app-summary__item").count() == 5
    assert page.evaluate("() => getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    picture(page)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_layers_differ_without_colour_and_stand_out() -> None:
    """1.4.1, 1.4.11: line and pattern of each theme are its own; lines are 3:1 on the ground, buildings and water."""
    table = style_table()
    fills = [*base_style().fills, table.ground]
    looks = [(style.pattern, style.dash) for style in table.themes.values()]
    assert len(set(looks)) == len(looks)
    assert len({style.pattern for style in table.themes.values()}) == len(looks)
    ground = [fill for fill in fills if luminance(fill) > 0.5]
    assert len(ground) >= 4
    for colour in [table.site_line, *(style.line for style in table.themes.values())]:
        assert min(contrast(colour, fill) for fill in ground) >= 3.0


def test_the_scripts_of_the_map_page_are_small(open_page: OpenPage) -> None:
    """All JavaScript of the page with the map is under 200 kB compressed."""
    sizes: dict[str, int] = {}

    def weigh(answer: Any) -> None:
        if answer.request.resource_type == "script":
            sizes[answer.url] = len(gzip.compress(answer.body(), 9))

    page = open_page("/docs")
    page.on("response", weigh)
    page.goto("/")
    ready(page)
    assert len(sizes) > 5
    assert sum(sizes.values()) < 200_000

"""The map of constraints in a browser: list and map are one, by pointer, by keys and without a script."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.axe import ready, violations

pytestmark = pytest.mark.browser

AT = "/map?e=441800&n=244700&s=1250&layers=conservation-area,listed-building"
PATHS = {
    "map": AT,
    "answer": f"{AT}&at=SP4180044700&within=30&then=1980-01-01",
    "print": "/map/print?e=441800&n=244700",
}
OpenPage = Callable[..., Page]


def agree(page: Page) -> list[str]:
    """Ids on the map, which must be those of the list."""
    drawn = (page.locator("#map-frame").get_attribute("data-items") or "").split()
    rows = page.locator("[data-row]").evaluate_all("rows => rows.map((row) => row.id)")
    assert sorted(drawn) == sorted(rows)
    return drawn


def followed(page: Page, act: Callable[[], Any]) -> str:
    """Do something to the map and wait until the list has followed; what was said."""
    with page.expect_response(lambda answer: "size=" in answer.url):
        act()
    page.wait_for_timeout(400)
    return page.locator("#map-status").inner_text()


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_axe_and_width(open_page: OpenPage, axe: str, picture: Callable[..., None], path: str, width: int) -> None:
    """P05, P08: axe finds nothing in any state, and nothing is wider than the screen, folded or not."""
    page = ready(open_page(path, width=width, bypass_csp=True))
    page.evaluate("() => document.querySelectorAll('details').forEach((item) => (item.open = true))")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert violations(page, axe) == []
    picture(page)


def test_the_list_follows_the_map(open_page: OpenPage) -> None:
    """Moving, ticking and hiding: list, map, counts and permanent link stay one."""
    page = ready(open_page(AT))
    page.locator("#map").focus()
    said = followed(page, lambda: page.keyboard.press("ArrowRight"))
    assert re.search(r"designations? (is|are) in view", said)
    before = agree(page)
    followed(page, lambda: page.get_by_label(re.compile("^Listed buildings \\(points")).uncheck())
    after = agree(page)
    assert 0 < len(after) < len(before)
    assert "layers=conservation-area&" in page.url
    again = ready(open_page(page.url.replace(page.url.split("/map")[0], "")))
    assert set(agree(again)) == set(after)


def test_what_is_here_by_keyboard_and_by_pointer(open_page: OpenPage) -> None:
    """Enter at the cross, and a click, lead to the answer's heading, with the address that shows it again."""
    page = ready(open_page(AT))
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#found h2").first).to_be_focused()
    assert "OLD TOWN" in page.locator("#found").inner_text()
    assert "at=441800" in page.url
    page.locator("#map").scroll_into_view_if_needed()
    page.locator("#map").click(position={"x": 60, "y": 80})
    expect(page.locator("#found h2").first).to_be_focused()
    assert "at=441800" not in page.url


def test_measuring_by_keyboard(open_page: OpenPage) -> None:
    """Enter sets points at the cross: the distance said is that which the map was moved by; Escape ends."""
    page = ready(open_page(AT))
    page.get_by_role("button", name="Measure on the map").click()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    moved = page.locator("#map-status").inner_text()
    page.wait_for_timeout(1_000)
    page.keyboard.press("Enter")
    said = page.locator("#map-status").inner_text()
    assert said == "2 points, 35.0 m."
    assert "35 m" in moved
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(1_000)
    page.keyboard.press("Enter")
    assert "70.0 m. The area between the points is 613 m²" in page.locator("#map-status").inner_text()
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Measure on the map").get_attribute("aria-pressed") == "false"


def test_everything_works_without_a_script(open_page: OpenPage) -> None:
    """Layers, place and print lead on by forms alone; the picture shows the numbers of the list."""
    page = open_page(AT, scripts=False, width=320)
    assert page.locator("#picture").is_visible()
    page.get_by_label(re.compile("^Protected trees")).check()
    page.get_by_role("button", name="Show on map").click()
    assert "tree" in page.url
    page.get_by_text("What is here, or near here?").click()
    page.get_by_label("Place", exact=True).fill("SP 41800 44700")
    page.get_by_role("button", name="Show what is here").click()
    assert page.locator("#found h2").first.inner_text().startswith("At SP 41800 44700")
    page.get_by_role("link", name="Print to scale").click()
    page.get_by_label("A3").check()
    page.get_by_role("button", name="Show the plan").click()
    assert "paper=a3" in page.url


def test_the_scripts_are_small(open_page: OpenPage) -> None:
    """All JavaScript of the page is under 200 kB compressed."""
    sizes: dict[str, int] = {}

    def weigh(answer: Any) -> None:
        if answer.request.resource_type == "script":
            sizes[answer.url] = len(gzip.compress(answer.body(), 9))

    page = open_page("/map/print")
    page.on("response", weigh)
    page.goto(AT)
    ready(page)
    assert len(sizes) > 5
    assert sum(sizes.values()) < 200_000

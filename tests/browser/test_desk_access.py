"""The officers' and administrator's pages in a browser: axe, 320 pixels, list and map, searching an area."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Browser, Page, expect
from support.axe import ready, violations
from support.registers import add_case
from support.serving import serving
from support.town_office import open_council, sign_in_on

from api.main import create_app
from bopsgis.planning.case import Role

pytestmark = pytest.mark.browser

PATHS = (
    *("/cases?tab=all&received-from=1/1/2026", "/cases?tab=overdue", "/cases?received-from=x", "/cases/new"),
    *("/statistics", "/admin", "/admin/users", "/admin/users/1", "/admin/settings", "/admin/local-list"),
    *("/admin/consultees", "/admin/library/condition", "/admin/clients", "/admin/datasets", "/admin/outbox"),
)
OF_A_CASE = ("", "/validation", "/validation/fee", "/validation/fee/payment", "/neighbours", "/neighbours/pick")
WEST, EAST = shapely.box(441_700, 244_600, 441_720, 244_630), shapely.box(441_900, 244_600, 441_920, 244_630)


@pytest.fixture(scope="module")
def office(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service over the sample town with two cases and an officer of all roles."""
    home = tmp_path_factory.mktemp("office")
    settings, database = open_council(home, sample_home, roles={Role.ASSESSOR, Role.ADMINISTRATOR})
    for address, site in (("1 West Road", WEST), ("2 East Road", EAST)):
        add_case(database, address, site)
    database.dispose()
    with serving(create_app(settings)) as (host, port):
        yield f"http://{host}:{port}"


def sign_in(browser: Browser, office: str, width: int = 1280, *, bypass_csp: bool = False) -> Page:
    """A page in which the officer has signed in; its context is closed with the page."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, base_url=office, bypass_csp=bypass_csp, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    sign_in_on(page)
    return page


def case_path(page: Page, title: str) -> str:
    """The address of a case, by its title in the list."""
    page.goto("/cases?tab=all")
    return page.get_by_role("link", name=title).first.get_attribute("href") or ""


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_and_nothing_sticks_out(browser: Browser, office: str, axe: str, width: int) -> None:
    """P05, P08: on every page, with everything unfolded, axe finds no violation and nothing is wider than the page."""
    page = sign_in(browser, office, width, bypass_csp=True)
    found = {}
    case = case_path(page, "1 West Road")
    for path in (*PATHS, *(case + part for part in OF_A_CASE)):
        page.goto(path)
        ready(page)
        page.evaluate("() => document.querySelectorAll('details').forEach((item) => (item.open = true))")
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        found[path] = violations(page, axe) + ([f"{wide} pixels wide"] if wide > width else [])
    assert {path: faults for path, faults in found.items() if faults} == {}
    page.context.close()


def test_the_map_shows_the_rows_and_searches_an_area(browser: Browser, office: str) -> None:
    """The map has the ids of the rows; the area in view, and one drawn with the keyboard, narrow both alike."""
    page = sign_in(browser, office)
    page.goto("/cases?tab=all")
    ready(page)

    def both() -> tuple[list[str], list[str]]:
        rows = page.locator(".app-table [role=row][id]").evaluate_all("items => items.map((item) => item.id)")
        return sorted(rows), sorted((page.locator("#map-frame").get_attribute("data-items") or "").split())

    rows, items = both()
    assert len(rows) == 2
    assert rows == items
    page.get_by_role("button", name="Search the area the map shows").click()
    page.wait_for_url("**area=**")
    ready(page)
    assert both()[0] == both()[1] == rows
    page.locator("[data-show]").first.click()
    page.get_by_role("button", name="Draw an area on the map").click()
    page.locator("#map").press("Enter")
    for key in ("ArrowRight", "ArrowDown"):
        page.locator("#map").press(f"Shift+{key}")
        page.locator("#map").press("Enter")
    page.get_by_role("button", name="Search the area drawn").click()
    page.wait_for_url("**POLYGON**")
    ready(page)
    assert both()[0] == both()[1]
    assert len(both()[0]) == 1
    page.context.close()


def test_neighbours_are_picked_on_the_map(browser: Browser, office: str) -> None:
    """An address on the map ticks its box, and again unticks it; what is ticked comes on the list; map equals list."""
    page = sign_in(browser, office)
    page.goto(case_path(page, "1 West Road") + "/neighbours/pick")
    ready(page)
    rows = page.locator(".app-case[id]").evaluate_all("items => items.map((item) => item.id)")
    assert sorted(rows) == sorted((page.locator("#map-frame").get_attribute("data-items") or "").split())
    row = page.locator(f"#{rows[0]}")
    address = row.locator("label").inner_text().split(" ", 1)[1].rsplit(",", 1)[0]
    row.get_by_role("button", name="Show on map").click()
    for ticked in (True, False, True):
        page.locator("#map").click()
        expect(row.get_by_role("checkbox")).to_be_checked(checked=ticked)
    expect(page.locator("#map-status")).to_contain_text("is picked")
    page.get_by_role("button", name="Put them on the list").click()
    expect(page.get_by_text("The addresses have been put on the list.")).to_be_visible()
    expect(page.get_by_role("heading", name="On the list: 1")).to_be_visible()
    expect(page.locator(".app-case__title")).to_have_text([address])
    page.context.close()

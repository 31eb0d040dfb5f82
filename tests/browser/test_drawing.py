"""Drawing a boundary in a browser, wherever one is drawn: by pointer, by keys, from a plot, and faults with a pin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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

SITE = shapely.box(441_700, 244_600, 441_720, 244_630)
BOW_TIE = "POLYGON ((441860 244690, 441900 244690, 441860 244718, 441900 244718, 441860 244690))"
CROSSING = "441880.0 244704.0"
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def desk(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where the service over the sample town is, and the reference of its one case; an officer can sign in."""
    home = tmp_path_factory.mktemp("desk")
    council = {"code": "local-authority:XTH", "name": "Thistleford Borough Council"}
    settings, database = open_council(home, sample_home, roles={Role.ASSESSOR}, **council)
    reference = add_case(database, "1 West Road", SITE)
    database.dispose()
    with serving(create_app(settings)) as (host, port):
        yield f"http://{host}:{port}", reference


@pytest.fixture
def sign_in(browser: Browser, desk: tuple[str, str]) -> Iterator[OpenPage]:
    """Open pages as the officer; each in a context of its own."""
    opened = []

    def page_of(path: str, width: int = 1280, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            base_url=desk[0],
            bypass_csp=scripts,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        opened.append(context)
        page = context.new_page()
        sign_in_on(page)
        page.goto(path)
        return page

    yield page_of
    for context in opened:
        context.close()


def sane(page: Page, axe: str, width: int) -> list[str]:
    """What axe finds, and whether anything is wider than the page."""
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    return violations(page, axe) + ([f"{wide} pixels wide"] if wide > width else [])


def pin(page: Page) -> str:
    """Where the map has its pin: easting and northing, or nothing."""
    return page.locator("#map-frame").get_attribute("data-pin") or ""


def said(page: Page) -> str:
    """What the map says."""
    return page.locator("#map-status").inner_text()


def drawn(page: Page) -> shapely.Geometry:
    """The site in the box that the map fills."""
    return shapely.from_wkt(page.locator("#site").input_value())


def type_corners(page: Page, *corners: str) -> None:
    """Corners by their coordinates."""
    for corner in corners:
        page.locator("#corner").fill(corner)
        page.locator("#corner").press("Enter")


def test_a_fault_has_a_pin_on_the_map_and_in_the_picture(
    open_page: OpenPage, axe: str, picture: Callable[..., None]
) -> None:
    """A boundary that crosses itself: live with a pin; refused with the pin, the outline and the words; mended."""
    page = ready(open_page("/", width=320, bypass_csp=True))
    page.wait_for_selector('[data-drawing="ready"]')
    type_corners(page, "441860, 244690", "441900 244690", "441860 244718", "441900 244718")
    assert pin(page) == CROSSING
    assert "28" not in said(page)
    page.get_by_role("button", name="Finish shape").click()
    assert "The boundary crosses itself near SP 41880 44704: move a corner." in said(page)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert pin(page) == ""
    page.get_by_role("button", name="Redo").click()
    assert pin(page) == CROSSING
    page.get_by_role("button", name="Finish shape").click()
    page.get_by_role("button", name="Check the site").click()
    page.wait_for_selector('[data-drawing="ready"]')
    assert pin(page) == CROSSING
    assert "The pin on the map is at SP 41880 44704" in said(page)
    expect(page.get_by_role("img", name=re.compile("number 1 where the fault is, at SP 41880 44704"))).to_be_visible()
    assert sane(page, axe, 320) == []
    picture(page, "refused")
    page.locator("#map").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear").click()
    assert pin(page) == ""


@pytest.mark.parametrize("route", ["text", "file"])
def test_a_fault_is_drawn_without_a_script(open_page: OpenPage, picture: Callable[..., None], route: str) -> None:
    """Without JavaScript a pasted or uploaded boundary comes back with a picture and a numbered pin."""
    page = open_page("/", scripts=False, width=320)
    page.locator(f"#route-{route}").check()
    if route == "text":
        page.locator("#site").fill(BOW_TIE)
    else:
        file = {"name": "site.wkt", "mimeType": "text/plain", "buffer": BOW_TIE.encode()}
        page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="Check the site").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("crosses itself near SP 41880 44704")
    expect(page.get_by_role("heading", name="Where the fault is: number 1 on the map")).to_be_visible()
    expect(page.locator("#site-picture img")).to_be_visible()
    picture(page)


def test_the_report_checks_the_location_plan(open_page: OpenPage) -> None:
    """A site away from the road is told so, in words, with the place and what to do."""
    page = ready(
        open_page("/report?site=POLYGON((441860 244690,441862 244690,441862 244692,441860 244690))&as_at=2026-11-22")
    )
    checks = page.locator("[data-plan-check]")
    assert checks.evaluate_all("items => items.map((item) => item.dataset.planCheck)") == ["council", "highway"]
    assert "The site lies inside Thistleford Borough Council." in checks.first.inner_text()


def test_a_boundary_is_changed_with_the_keyboard_only(
    sign_in: OpenPage, desk: tuple[str, str], axe: str, picture: Callable[..., None]
) -> None:
    """On a case's page: what is there is on the map, is cleared, drawn anew with keys alone, shown, and sent."""
    page = ready(sign_in(f"/cases/{desk[1]}/validation/boundary/change"))
    page.wait_for_selector('[data-drawing="ready"]')
    assert drawn(page).equals(SITE)
    assert sane(page, axe, 1280) == []
    picture(page, "before")
    page.get_by_role("button", name="Clear").press("Enter")
    page.locator("#map").focus()
    for key in ("Enter", "ArrowRight", "Enter", "ArrowDown", "Enter", "ArrowLeft", "Enter", "f"):
        page.keyboard.press(key)
    assert re.match(r"Shape finished\. The site has [\d,]+ m²", said(page))
    assert page.locator("[data-area-now]").inner_text() in said(page)
    new = drawn(page)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    assert drawn(page).equals(new)
    page.get_by_role("button", name="Show the boundary first").press("Enter")
    page.wait_for_selector("#site-picture")
    ready(page)
    expect(page.locator("#site-picture")).to_be_focused()
    assert page.locator("[data-plan-check]").count() == 3
    assert drawn(page).equals(new)
    assert sane(page, axe, 1280) == []
    picture(page, "shown")
    page.get_by_label("Why the boundary is changed").fill("Drawn anew.")
    page.get_by_role("button", name="Change the boundary").press("Enter")
    page.wait_for_url("**/validation/boundary?done=**")
    assert "As a location plan" in page.locator("main").inner_text()


def test_the_plot_at_the_cross(sign_in: OpenPage) -> None:
    """P takes the plot under the cross as the base map has it: that of the address; undo takes it back."""
    page = ready(sign_in("/cases/new?uprn=990040000001"))
    page.wait_for_selector('[data-drawing="ready"]')
    page.wait_for_load_state("networkidle")
    plot = drawn(page)
    page.get_by_role("button", name="Clear").click()
    page.locator("#map").press("p")
    assert said(page).startswith("The plot at the cross is added.")
    assert drawn(page).symmetric_difference(plot).area < 0.01 * plot.area
    page.locator("#map").press("Control+z")
    assert page.locator("#site").input_value() == ""


def test_a_new_case_takes_its_plot_from_an_address(sign_in: OpenPage, axe: str, picture: Callable[..., None]) -> None:
    """The address that is found fills the boundary, with its picture and the checks; a fault comes back with a pin."""
    page = ready(sign_in("/cases/new?uprn=990040000001", 320))
    page.wait_for_selector('[data-drawing="ready"]')
    assert drawn(page).area > 50
    states = page.locator("[data-plan-check]").evaluate_all("items => items.map((item) => item.dataset.state)")
    assert states == ["met", "met", "met"]
    assert sane(page, axe, 320) == []
    picture(page, "filled")
    page.get_by_label("Paste or type the boundary").check()
    page.locator("#site").fill(BOW_TIE)
    page.get_by_role("button", name="Show the boundary first").click()
    page.wait_for_selector(".govuk-error-summary")
    page.wait_for_selector('html[data-ready="1"]', state="attached")
    assert sane(page, axe, 320) == []
    page.get_by_label("Draw it on a map").check()
    page.wait_for_selector('[data-drawing="ready"]')
    assert pin(page) == CROSSING


def test_a_new_case_without_a_script(sign_in: OpenPage, picture: Callable[..., None]) -> None:
    """Without JavaScript an address that fits several is chosen from a list, and its plot fills the boundary."""
    page = sign_in("/cases/new", 320, scripts=False)
    page.get_by_label("Give an address or UPRN").check()
    page.locator("#site-address").fill("Northfield Road")
    page.get_by_role("button", name="Show the boundary first").click()
    page.get_by_label("Which address is it?").select_option(index=1)
    page.get_by_role("button", name="Show the boundary first").click()
    expect(page.locator("#site-picture img")).to_be_visible()
    assert drawn(page).area > 50
    assert page.locator("#site-route-text").is_checked()
    picture(page)


def test_an_area_is_drawn_on_the_public_register(browser: Browser, desk: tuple[str, str], axe: str) -> None:
    """Anybody draws an area with keys alone, takes a corner back, and the list is searched; the tag removes it."""
    context = browser.new_context(viewport={"width": 320, "height": 800}, base_url=desk[0], bypass_csp=True)
    page = context.new_page()
    page.goto("/applications")
    ready(page)
    page.get_by_role("button", name="Draw an area on the map").click()
    for key in ("Enter", "ArrowRight", "Enter", "ArrowDown", "Enter", "ArrowLeft", "Enter"):
        page.locator("#map").press(key)
    page.get_by_role("button", name="Undo").click()
    assert sane(page, axe, 320) == []
    page.get_by_role("button", name="Search the area drawn").click()
    page.wait_for_url("**area=POLYGON**")
    assert page.get_by_role("link", name=re.compile("Remove filter: In the area drawn")).is_visible()
    assert page.get_by_role("link", name="Emails about new ones").get_attribute("href", timeout=20_000) is not None
    assert "area=POLYGON" in (page.get_by_role("link", name="Emails about new ones").get_attribute("href") or "")
    context.close()

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import FloatRect, Page, expect

pytestmark = pytest.mark.browser

SQUARE = "POLYGON ((441860 244690, 441900 244690, 441900 244718, 441860 244718, 441860 244690))"
BUSY = "POLYGON ((441740 244600, 441940 244600, 441940 244800, 441740 244800, 441740 244600))"
"""Round the market place of the sample town, where there is a lot of everything."""
OpenPage = Callable[..., Page]


def drawing(open_page: OpenPage, width: int = 1280) -> Page:
    """The form with its map ready, without snapping, round a known place."""
    page = open_page("/", width=width)
    page.wait_for_selector('[data-drawing="ready"]')
    page.wait_for_selector('#map-frame[data-ready="1"]')
    return page


def report(page: Page) -> str:
    """The address of the report that the page shows."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("Constraints on the site at SP 4")
    return page.url


def drawn(page: Page) -> shapely.Geometry:
    """The site in the box that the map fills."""
    return shapely.from_wkt(page.locator("#site").input_value())


def message(page: Page) -> str:
    """What the map says to a screen reader."""
    return page.locator("#map-status").inner_text()


def click_map(page: Page, across: float, down: float) -> None:
    """Click on the map at a share of its width and height."""
    box = map_box(page)
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
    page.wait_for_timeout(350)


def map_box(page: Page) -> FloatRect:
    """Where the map is on the screen, once it is there as a whole."""
    page.locator("#map-frame .app-map__stage").evaluate(
        "item => item.scrollIntoView({block: 'center', behavior: 'instant'})"
    )
    box = page.locator("#map").bounding_box()
    assert box is not None
    return box


def zoom_to(page: Page, times: int) -> None:
    """Press the button "Zoom map in"."""
    for _ in range(times):
        page.get_by_role("button", name="Zoom map in").click()


@pytest.mark.parametrize("width", [1280, 320])
def test_without_javascript_paste_to_report(open_page: OpenPage, picture: Callable[..., None], width: int) -> None:
    """Without JavaScript a pasted boundary leads to the report with its list and the server's own map."""
    page = open_page("/", width=width, scripts=False)
    expect(page.get_by_text("Draw it on a map")).to_be_hidden()
    page.get_by_label("Paste or type the boundary").check()
    page.locator("#site").fill(BUSY)
    picture(page, "form")
    page.get_by_role("button", name="Check the site").click()
    report(page)
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator("#map-frame")).to_be_hidden()
    assert page.locator("[data-hit]").count() > 5
    picture(page, "report")


def test_without_javascript_upload_address_and_download(open_page: OpenPage) -> None:
    """Without JavaScript a file, an address with a choice, and a download work as well."""
    page = open_page("/", scripts=False)
    page.get_by_label("Upload a file").check()
    page.locator("#file").set_input_files({"name": "site.wkt", "mimeType": "text/plain", "buffer": SQUARE.encode()})
    page.get_by_role("button", name="Check the site").click()
    report(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download GeoJSON").click()
    assert json.loads(Path(download.value.path()).read_bytes())["type"] == "FeatureCollection"
    page.get_by_role("link", name="Check another site").click()
    page.get_by_label("Give an address or UPRN").check()
    page.locator("#address").fill("Northfield Road")
    page.get_by_role("button", name="Check the site").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which address is it?")
    page.get_by_role("button", name="Check the site").click()
    report(page)


def test_draw_with_the_mouse(open_page: OpenPage, picture: Callable[..., None]) -> None:
    """Clicking corners on the map and the first one again makes a site; its area is said; the report follows."""
    page = drawing(open_page)
    zoom_to(page, 4)
    for across, down in ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)):
        click_map(page, across, down)
    assert message(page).startswith("Corner 4 added")
    picture(page, "sketch")
    click_map(page, 0.4, 0.4)
    assert re.match(r"Shape finished\. The site has [\d,]+ m²", message(page))
    site = drawn(page)
    assert site.is_valid
    assert len(site.exterior.coords) == 5
    picture(page, "drawn")
    page.get_by_role("button", name="Check the site").click()
    report(page)
    page.wait_for_selector('#map-frame[data-ready="1"]')
    page.wait_for_load_state("networkidle")
    picture(page, "report")


def test_move_corners_by_dragging_and_without(open_page: OpenPage) -> None:
    """A corner moves by dragging, and by clicking it and then a place; both can be undone and done again."""
    page = drawing(open_page)
    zoom_to(page, 4)
    page.get_by_label("Snap to buildings and plots on the map").uncheck()
    for across, down in ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)):
        click_map(page, across, down)
    first = drawn(page).area
    box = map_box(page)
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.6 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.7 * box["height"], steps=6)
    page.mouse.up()
    dragged = drawn(page).area
    assert dragged > first * 1.3
    click_map(page, 0.7, 0.7)
    assert "picked up" in message(page)
    click_map(page, 0.6, 0.6)
    assert drawn(page).area == pytest.approx(first, rel=0.02)
    page.get_by_role("button", name="Undo").click()
    assert drawn(page).area == pytest.approx(dragged, rel=1e-6)
    page.get_by_role("button", name="Undo").click()
    assert drawn(page).area == pytest.approx(first, rel=1e-6)
    page.get_by_role("button", name="Redo").click()
    assert drawn(page).area == pytest.approx(dragged, rel=1e-6)


def test_draw_with_the_keyboard_only(open_page: OpenPage, picture: Callable[..., None]) -> None:
    """From the address bar to the report without a pointer; Tab leaves the map, so it is no trap."""
    page = drawing(open_page)
    page.locator("#map").focus()
    for _ in range(4):
        page.keyboard.press("+")
    assert message(page).startswith("Map zoomed in")
    for keys in (("Enter",), ("ArrowRight", "Enter"), ("ArrowDown", "Enter"), ("ArrowLeft", "Enter")):
        for key in keys:
            page.keyboard.press(key)
    assert message(page).startswith("Corner 4 added")
    picture(page, "sketch")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    page.keyboard.press("f")
    assert message(page).startswith("Shape finished")
    before = drawn(page).area
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Space")
    assert message(page).startswith("Corner moved")
    assert drawn(page).area != before
    page.keyboard.press("Tab")
    assert not page.evaluate("() => document.activeElement.id === 'map'")
    for _ in range(40):
        if page.evaluate("() => document.activeElement.textContent.trim()") == "Check the site":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    report(page)


def test_typed_corners_make_the_exact_site(open_page: OpenPage) -> None:
    """Corners typed as coordinates and grid references give exactly that polygon."""
    page = drawing(open_page)
    field = page.get_by_label("Add a corner to the map by its coordinates")
    for corner in ("441860, 244690", "441900 244690", "SP 41900 44718", "441860,244718"):
        field.fill(corner)
        page.get_by_role("button", name="Add corner to map").click()
    page.get_by_role("button", name="Finish shape").click()
    assert drawn(page).equals(shapely.from_wkt(SQUARE))
    assert message(page) == "Shape finished. The site has 1,120 m² (0.11 hectares)."
    field.fill("nowhere")
    field.press("Enter")
    assert "not an easting and northing" in message(page)


@pytest.mark.parametrize("snap", [True, False], ids=["snapping", "not snapping"])
def test_snapping_lands_on_corners_of_the_map(open_page: OpenPage, sample_town: Path, *, snap: bool) -> None:
    """A click 6 pixels beside a corner lands on it (or on one that all but touches it), unless switched off."""
    buildings = json.loads((sample_town / "base" / "buildings.geojson").read_bytes())["features"]
    east, north = buildings[4_000]["geometry"]["coordinates"][0][0][:2]
    page = drawing(open_page)
    page.get_by_label("Paste or type the boundary").check()
    page.locator("#site").fill(shapely.box(east - 30, north - 30, east + 30, north + 30).wkt)
    page.get_by_label("Draw it on a map").check()
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Snap to buildings and plots on the map").set_checked(snap)
    page.wait_for_load_state("networkidle")
    box = map_box(page)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for right, down in ((5, 3), (200, 10), (10, 200)):
        page.mouse.click(middle[0] + right, middle[1] + down)
        page.wait_for_timeout(350)
    page.get_by_role("button", name="Finish shape").click()
    away = shapely.distance(shapely.Point(east, north), shapely.MultiPoint(shapely.get_coordinates(drawn(page))))
    assert (away < 0.1) == snap


def test_errors_keep_what_was_drawn(open_page: OpenPage, picture: Callable[..., None]) -> None:
    """A refused form comes back with a summary, the focus on it, and the site still on the map."""
    page = drawing(open_page)
    zoom_to(page, 4)
    for across, down in ((0.4, 0.4), (0.6, 0.6), (0.6, 0.4), (0.4, 0.6), (0.4, 0.4)):
        click_map(page, across, down)
    assert "crosses itself" in message(page)
    site = page.locator("#site").input_value()
    page.get_by_role("button", name="Check the site").click()
    expect(page).to_have_title(re.compile("^Error: Check a site - "))
    page.wait_for_function("() => document.activeElement.classList.contains('govuk-error-summary')")
    expect(page.locator(".govuk-error-summary")).to_contain_text("crosses itself")
    page.wait_for_selector('[data-drawing="ready"]')
    assert page.locator("#site").input_value() == site
    picture(page, "error")


def test_list_and_map_are_one_set(open_page: OpenPage) -> None:
    """The shapes on the map are the items of the list, and each leads to the other."""
    page = open_page(f"/report?site={BUSY}&as_at=2026-11-22")
    page.wait_for_selector("#map-frame[data-hits]")
    mapped = page.locator("#map-frame").get_attribute("data-hits")
    listed = page.locator("[data-hit]").evaluate_all("items => items.map((item) => item.dataset.hit)")
    assert mapped is not None
    assert sorted(mapped.split()) == sorted(listed)
    button = page.get_by_role("button", name=re.compile(r"^Show on map ?: number 1,"))
    button.click()
    assert message(page).startswith("Map shows number 1,")
    page.wait_for_timeout(400)
    page.locator("#map").click()
    page.wait_for_timeout(400)
    assert page.evaluate("() => document.activeElement.dataset.hit ?? ''").startswith("hit-")


def test_layers_can_be_hidden_and_say_so(open_page: OpenPage) -> None:
    """A layer's checkbox hides it from the map and says so; the list stays whole."""
    page = open_page(f"/report?site={BUSY}&as_at=2026-11-22")
    page.wait_for_selector("#map-frame[data-hits]")
    count = page.locator("[data-hit]").count()
    page.get_by_label("Heritage").uncheck()
    assert message(page) == "Heritage hidden from the map."
    assert page.locator("[data-hit]").count() == count

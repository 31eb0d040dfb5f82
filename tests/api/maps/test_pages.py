from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from fastapi.testclient import TestClient
from support.serving import client_of

from api.core import clock
from api.maps.examples import read_examples
from api.maps.service import SiteChecks
from api.maps.views import report_view
from bopsgis import boundary
from constraints.render.sections import numbered

SQUARE = "POLYGON ((441860 244690, 441900 244690, 441900 244718, 441860 244718, 441860 244690))"


@pytest.fixture(scope="module")
def client(sample_home: Path) -> TestClient:
    """The service over the sample town."""
    return client_of(sample_home)


class Links(HTMLParser):
    """Ids, fragment links and labels of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.fragments: list[str] = []
        self.labelled: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the page says of itself."""
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a" and (given.get("href") or "").startswith("#"):
            self.fragments.append(str(given["href"])[1:])
        if tag == "label":
            self.labelled.append(str(given.get("for")))
        for name in ("aria-labelledby", "aria-describedby"):
            self.fragments += (given.get(name) or "").split()


def check(client: TestClient, **fields: str) -> str:
    """The page that the form leads to."""
    answer = client.post("/check", data=fields, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def refusals(client: TestClient, **fields: str) -> dict[str, str]:
    """Field -> message of the error summary of a refused form."""
    answer = client.post("/check", data=fields)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    summary = answer.text.split('class="govuk-error-summary"')[1].split("</ul>")[0]
    return dict(re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary))


@pytest.mark.parametrize("path", ["/", "/datasets", "/docs", f"/report?site={SQUARE}&as_at=2026-11-22", "/nowhere"])
def test_every_reference_inside_a_page_leads_somewhere(client: TestClient, path: str) -> None:
    """Ids are unique, and each fragment link, label and description points to one."""
    links = Links(client.get(path).text)
    assert len(set(links.ids)) == len(links.ids)
    assert set(links.fragments) | set(links.labelled) <= set(links.ids)


def test_a_pasted_boundary_leads_to_a_permanent_link(client: TestClient) -> None:
    """The form answers with a redirect to the question itself, which can be asked again and gives the same bytes."""
    answer = client.post("/check", data={"route": "text", "site": SQUARE})
    assert answer.status_code == 303
    link = urlsplit(answer.headers["location"])
    asked = parse_qs(link.query)
    assert link.path == "/report"
    assert asked["as_at"] == [clock.today().isoformat()]
    assert shapely.equals(shapely.from_wkt(asked["site"][0]), shapely.from_wkt(SQUARE))
    first, second = (client.get(answer.headers["location"]).text for _ in range(2))
    assert first == second


def test_all_five_routes_give_a_report(client: TestClient, sample_home: Path) -> None:
    """Drawing, pasting, uploading, a UPRN and a grid reference all lead to a report."""
    example = read_examples(sample_home / "sample-town" / "sites.geojson")[0]
    for fields in (
        {"route": "draw", "site": example.site_text},
        {"route": "text", "site": "441860, 244690\n441900, 244690\n441900, 244718"},
        {"route": "address", "address": "990040000001"},
        {"route": "grid", "grid": "SP 41860 44690", "radius": "25"},
        {"site": SQUARE},
    ):
        assert "Constraints on the site at SP 4" in check(client, **fields)
    upload = {"file": ("site.geojson", shapely.to_geojson(shapely.from_wkt(SQUARE)).encode())}
    answer = client.post("/check", data={"route": "file"}, files=upload, follow_redirects=True)
    assert answer.status_code in (200, 422)
    kml = client.post(
        "/check", data={"route": "file"}, files={"file": ("site.wkt", SQUARE.encode())}, follow_redirects=True
    )
    assert kml.status_code == 200


def test_a_boundary_too_long_for_a_link_is_still_answered(client: TestClient) -> None:
    """A site of 500 corners is answered on the spot, and its downloads are posted."""
    ring = shapely.Point(441900, 244700).buffer(40, quad_segs=125)
    page = check(client, route="text", site=shapely.to_wkt(ring, rounding_precision=3))
    assert "too many corners to fit into a link" in page
    hidden = re.search(r'name="site" value="([^"]+)"', page)
    assert hidden is not None
    got = client.post("/report/download", data={"site": hidden[1], "as_at": "2026-11-22", "format": "geojson"})
    assert got.status_code == 200
    assert got.json()["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"radius": "25"}, "route", "Select how"),
        ({"route": "text"}, "site", "Paste or type"),
        ({"route": "text", "site": "hello"}, "site", ""),
        ({"route": "draw"}, "map", "Draw the site"),
        ({"route": "file"}, "file", "Select a file"),
        ({"route": "address"}, "address", "Enter an address"),
        ({"route": "address", "address": "1"}, "address", "no address with the UPRN 1"),
        ({"route": "address", "address": "9" * 13}, "address", "12 digits"),
        ({"route": "address", "address": "zzz qqq"}, "address", "No address"),
        ({"route": "grid"}, "grid", "Enter a grid reference"),
        ({"route": "grid", "grid": "ZZ 1", "radius": "25"}, "grid", ""),
        ({"route": "grid", "grid": "SP 41860 44690", "radius": "0"}, "radius", "from 1 to 3,900"),
        ({"route": "grid", "grid": "SP 41860 44690", "radius": "nan"}, "radius", "from 1 to 3,900"),
        ({"route": "nonsense"}, "route", "Select how"),
        (
            {"route": "text", "site": SQUARE, "as_at-day": "31", "as_at-month": "2", "as_at-year": "2026"},
            "as_at-day",
            "real",
        ),
        ({"route": "text", "site": SQUARE, "as_at-day": "1"}, "as_at-day", "a day, a month and a year"),
        (
            {"route": "text", "site": SQUARE, "as_at-day": "1", "as_at-month": "1", "as_at-year": "1900"},
            "as_at-day",
            "1947",
        ),
        (
            {"route": "text", "site": SQUARE, "as_at-day": "1", "as_at-month": "1", "as_at-year": "9999"},
            "as_at-day",
            "past",
        ),
    ],
)
def test_each_error_is_linked_to_its_field(client: TestClient, fields: dict[str, str], field: str, words: str) -> None:
    """A refused form is 422, says what is wrong in a summary linked to the field, and keeps what was typed."""
    found = refusals(client, **fields)
    assert words in found[field]
    page = client.post("/check", data=fields).text
    assert field in Links(page).ids or field == "route"
    if fields.get("site"):
        assert fields["site"] in page


def test_all_errors_come_at_once(client: TestClient) -> None:
    """A form with two faults names both, in the order of the page."""
    found = refusals(client, **{"route": "text", "as_at-day": "40", "as_at-month": "1", "as_at-year": "2026"})
    assert list(found) == ["site", "as_at-day"]


def test_what_is_typed_cannot_become_markup(client: TestClient) -> None:
    """Text from a form is escaped wherever the page repeats it."""
    nasty = "</textarea><script>alert(1)</script>"
    page = client.post("/check", data={"route": "text", "site": nasty, "address": '"><img src=x>'}).text
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_several_addresses_are_a_choice(client: TestClient) -> None:
    """A street gives a page of addresses to choose from; the choice leads to the report."""
    page = check(client, route="address", address="northfield road")
    assert "Which address is it?" in page
    uprn = re.findall(r'type="radio" value="(\d+)"', page)
    assert len(uprn) == 30
    assert "Constraints on the site" in check(client, route="address", address=uprn[3])


def test_list_map_and_picture_show_the_same_set(client: TestClient, sample_home: Path) -> None:
    """For every example site: the list, the map's data and the report's own numbers are one set in one order."""
    checks = SiteChecks(sample_home / "store")
    for example in read_examples(sample_home / "sample-town" / "sites.geojson"):
        page = client.get("/report", params={"site": example.site_text, "as_at": "2026-11-22"}).text
        listed = re.findall(r'data-hit="(hit-\d+)"', page)
        mapped = re.findall(r'"id": "(hit-\d+)"', page)
        report = checks.check(boundary.read(example.site_text, crs=27700), clock.today())
        assert sorted(listed, key=lambda name: int(name[4:])) == mapped
        assert [number for number, _, _ in numbered(report)] == [row.number for row in report_view(report).hits]
        assert [id(hit) for _, _, hit in numbered(report)] == [id(row.hit) for row in report_view(report).hits]


def test_no_constraint_is_left_out_and_not_known_is_never_a_no(client: TestClient, sample_home: Path) -> None:
    """Every finding is on the page once, and what is not known stands under that heading with its reason."""
    report = SiteChecks(sample_home / "store").check(boundary.read(SQUARE), clock.today())
    page = client.get("/report", params={"site": SQUARE, "as_at": clock.today().isoformat()}).text
    assert sorted(re.findall(r'data-dataset="([^"]+)"', page)) == sorted(finding.dataset for finding in report.findings)
    unknown = page.split('id="not_known"')[1].split("</section>")[0]
    for finding in report.findings:
        assert (f'data-dataset="{finding.dataset}"' in unknown) == (finding.status.value == "not_known")


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("html", b"<!doctype html"),
        ("markdown", b"#"),
        ("geojson", b"{"),
        ("odp", b"{"),
        ("png", b"\x89PNG"),
        ("svg", b"<"),
    ],
)
def test_every_download_is_a_file_of_its_kind(client: TestClient, kind: str, start: bytes) -> None:
    """Each format comes as an attachment in a sandbox, named by the report's identity."""
    answer = client.get("/report/download", params={"site": SQUARE, "as_at": "2026-11-22", "format": kind})
    assert answer.status_code == 200
    assert answer.content[:40].lstrip().lower().startswith(start.lower())
    assert re.fullmatch(
        r'attachment; filename="constraints-[0-9a-f]{12}\.[a-z.]+"', answer.headers["content-disposition"]
    )
    assert answer.headers["content-security-policy"].startswith("sandbox")


def test_the_page_of_datasets_counts_what_is_loaded(client: TestClient, sample_home: Path) -> None:
    """The page names every dataset, those that are not loaded too."""
    page = client.get("/datasets").text
    loaded = sum(state.loaded for state in SiteChecks(sample_home / "store").datasets(clock.today()))
    assert f"{loaded} of " in page
    assert "Thistleford Borough Council" in page


def test_nothing_is_fetched_from_elsewhere(client: TestClient) -> None:
    """No page, stylesheet or script of ours names another host, the crest or the typeface of gov.uk services."""
    for path in ("/", "/datasets", "/docs", f"/report?site={SQUARE}&as_at=2026-11-22"):
        page = client.get(path).text
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
        assert "crest" not in page
        assert "#1d70b8" not in page
        for name in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
            text = client.get(name).text
            assert "GDS Transport" not in text
            assert "@font-face" not in text
            assert not re.search(r"url\(['\"]?(?:https?:)?//", text)

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from support.serving import client_of

from api.core.web import CONTENT_SECURITY_POLICY
from api.maps.basemap import parse_box
from bopsgis.errors import InputRefused

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cache-control",
}
PAGES = ["/", "/docs", "/openapi.json", "/live", "/static/css/app.css"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The service without a store, base map or addresses."""
    return client_of(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", path) for path in PAGES),
        ("GET", "/nowhere"),
        ("GET", "/datasets"),
        ("GET", "/ready"),
        ("TRACE", "/"),
        ("POST", "/check"),
        ("POST", "/api/check"),
        ("GET", "/api/check"),
        ("GET", "/%ff"),
    ],
)
def test_a14_every_answer_carries_the_security_headers(client: TestClient, method: str, path: str) -> None:
    """Pages, data, files and errors of every kind have the security headers."""
    answer = client.request(method, path)
    assert set(answer.headers) >= HEADERS
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_a14_the_policy_allows_only_the_templates_own_script(client: TestClient) -> None:
    """The hash in the policy is that of the one inline script in the page, and no page has inline styles."""
    page = client.get("/").text
    script = page.split("<script>")[1].split("</script>")[0]
    digest = hashlib.sha256(script.encode()).digest()
    assert f"'sha256-{base64.b64encode(digest).decode()}'" in CONTENT_SECURITY_POLICY
    assert page.count("<script>") == 1
    assert "style=" not in page
    assert "<style" not in page


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80:80", "", "127.0.0.1@evil", "[::1"]
)
def test_j18_a_strange_host_is_400(client: TestClient, host: str) -> None:
    """J18: the service answers only for the names that it is known by."""
    answer = client.get("/live", headers={"Host": host})
    assert (answer.status_code, answer.text.count("not known by this host name")) == (400, 1)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
def test_j18_our_own_names_are_answered(client: TestClient, host: str) -> None:
    """J18: the other side of it: with and without a port, in any case."""
    assert client.get("/live", headers={"Host": host}).status_code == 200


def test_j18_forwarded_headers_of_strangers_change_nothing(client: TestClient) -> None:
    """J18: X-Forwarded headers do not reach into pages."""
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example"}
    assert "evil" not in client.get("/docs", headers=forged).text


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "FOO"])
@pytest.mark.parametrize("path", ["/", "/api/check", "/nowhere"])
def test_j17_other_methods_are_405(client: TestClient, method: str, path: str) -> None:
    """J17: methods that the service has no use for are refused and the allowed ones named."""
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]


@pytest.mark.parametrize("path", PAGES)
def test_j17_head_is_get_without_a_body(client: TestClient, path: str) -> None:
    """J17: HEAD gives the headers of GET and no body."""
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_j17_method_overrides_are_ignored(client: TestClient) -> None:
    """J17: neither a header nor a field turns a POST into something else."""
    answer = client.post(
        "/check", content="_method=DELETE&route=text", headers={**FORM, "X-HTTP-Method-Override": "PUT"}
    )
    assert (answer.status_code, "unknown_field" in answer.text) == (400, True)


@pytest.mark.parametrize("field", ["is_admin", "site[]", "__proto__", "as_at", "csrf\r\nX: 1"])
def test_j11_unknown_fields_are_400(client: TestClient, field: str) -> None:
    """J11: a field that the form does not have is refused, not ignored."""
    answer = client.post("/check", data={"route": "grid", field: "1"})
    assert (answer.status_code, "unknown_field" in answer.text) == (400, True)


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/a%0d%0aSet-Cookie:x=1",
        "/%ff",
        "/live%01",
        "/report?site=%ff",
        "/report?site=%00",
        "//evil.example/",
        "/?" + "a" * 9_000,
        "/" + "a" * 2_100,
    ],
)
def test_j19_bytes_that_are_not_text_are_refused(client: TestClient, path: str) -> None:
    """J19: control characters, broken UTF-8, overlong and protocol-relative addresses are refused at the door."""
    answer = client.get(f"http://localhost{path}")
    assert answer.status_code in (400, 404, 414)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../main.py",
        "/static/%2e%2e/main.py",
        "/static/..%2f..%2fpyproject.toml",
        "/static//etc/passwd",
        "/static/js",
    ],
)
def test_j19_files_outside_static_are_not_served(client: TestClient, path: str) -> None:
    """No spelling of a path leads out of the folder of static files, and folders are not listed."""
    assert client.get(f"http://localhost{path}").status_code in (400, 404)


@pytest.mark.parametrize("layer", ["nope", "buildings'", "%2e%2e", "a;drop", "roads.geojson"])
def test_unknown_layers_are_404(client: TestClient, layer: str) -> None:
    """A layer that is not there, however it is spelled, is 404."""
    assert client.get(f"/map/base/{layer}?bbox=440000,243000,441000,244000").status_code == 404


@pytest.mark.parametrize(
    "box",
    [
        "0,0,700000,1300000",
        "441000,243000,440000,244000",
        "440000,244000,441000,243000",
        "440000,243000,440000,243000",
        "440000,243000,1,441000,244000,1",
        "nan,243000,441000,244000",
        "440000,inf,441000,244000",
        "1e400,1,2,3",
        "",
        "1,2,3",
        "a,b,c,d",
        "-9,-9,-8,-8",
        "51.5,-0.1,51.6,0.1e9",
        "900000,100,900100,200",
        "1,2,3,4,",
        "0x10,0,100,100",
    ],
)
def test_m02_boxes_that_make_no_sense_are_422(client: TestClient, box: str) -> None:
    """M02: all of England, inverted, empty, four-dimensional, not finite, off the grid: 422 with a reason."""
    answer = client.get("/map/base/buildings", params={"bbox": box})
    assert answer.status_code == 422
    assert answer.json()["detail"]


@given(st.text(max_size=60))
def test_m02_no_text_breaks_the_box(text: str) -> None:
    """M02: whatever stands for a box, it is read or refused in words."""
    try:
        box = parse_box(text, 20_000)
    except InputRefused:
        return
    assert 0 < box.east - box.west <= 20_000


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data"]
)
def test_j16_a_wrong_content_type_is_415(client: TestClient, kind: str) -> None:
    """J16: a body that is not called JSON is not read as JSON."""
    assert client.post("/api/check", content=b"{}", headers={"Content-Type": kind}).status_code == 415


def multipart(*parts: bytes, ending: bytes = b"--b--\r\n") -> bytes:
    """A multipart body with boundary `b`."""
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + ending


FIELD = b'Content-Disposition: form-data; name="%s"\r\n\r\nx'
FILE = b'Content-Disposition: form-data; name="file"; filename="%s"\r\n\r\nx'


@pytest.mark.parametrize(
    "body",
    [
        multipart(*(FIELD % str(number).encode() for number in range(10_000))),
        multipart(FILE % b"a", FILE % b"b"),
        multipart(FIELD % b"route", FIELD % b"route"),
        multipart(b"no header at all"),
        b"not multipart",
    ],
    ids=["10,000 parts", "two files", "a field twice", "no header", "no boundary"],
)
def test_j16_strange_forms_are_400(client: TestClient, body: bytes) -> None:
    """J16: forms that no page of ours sends are refused."""
    answer = client.post("/check", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (400, 422)


def test_j16_an_unclosed_form_is_refused_or_asks_for_the_rest(client: TestClient) -> None:
    """J16: a form that was cut off gives no report."""
    cut = multipart(FIELD % b"route", ending=b"--b\r\nContent-Dispos")
    answer = client.post("/check", content=cut, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\\b", "\u202egnp.exe", "CON", "x" * 4_000, "a.geojson", "ü.kml"]
)
def test_j19_a_file_name_is_never_trusted(client: TestClient, name: str) -> None:
    """J19: whatever an upload is called, it is read as what it is and its name leaves no trace in a header."""
    answer = client.post("/check", data={"route": "file"}, files={"file": (name, b"nothing")})
    assert answer.status_code == 422
    assert name not in str(answer.headers)


def test_j16_too_many_headers_and_cookies_are_431(client: TestClient) -> None:
    """J16: 300 cookies and 200 headers are refused."""
    cookies = "; ".join(f"c{number}=1" for number in range(300))
    assert client.get("/", headers={"Cookie": cookies}).status_code == 431
    assert client.get("/", headers={f"X-{number}": "1" for number in range(200)}).status_code == 431
    assert client.get("/", headers={"X-Long": "a" * 40_000}).status_code == 431


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-0,-1,junk"},
        {"Range": "bytes=99999999-"},
        {"If-None-Match": "junk"},
        {"If-Modified-Since": "yesterday"},
        {"Accept": "nonsense"},
        {"Accept-Encoding": "lzma;q=9"},
        {"Accept-Language": "\u00ff"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/static/css/app.css"])
def test_j21_junk_in_negotiating_headers_is_harmless(client: TestClient, path: str, headers: dict[str, str]) -> None:
    """J21: junk in headers that only negotiate gives the page or a refusal, never a fault."""
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    assert client.get(path, headers=encoded).status_code in (200, 206, 400, 406, 416)


def test_j14_compressed_bodies_are_415(client: TestClient) -> None:
    """J14: a compressed body is not unpacked, so it cannot be a bomb."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert client.post("/api/check", content=b"\x1f\x8b", headers=headers).status_code == 415


def test_j22_get_writes_nothing(tmp_path: Path) -> None:
    """J22: a crawl over every address leaves the home folder byte for byte as it was."""
    home = tmp_path / "home"
    (home / "store").mkdir(parents=True)
    (home / "store" / "note").write_text("kept")
    client = client_of(home)
    client.get("/")  # the first page makes the file of an empty database, as a start of the service does
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    for path in [
        *PAGES,
        "/report?site=POLYGON((1 1,2 2,3 3,1 1))&as_at=2026-01-01",
        "/datasets",
        "/ready",
        "/map/style.json",
    ]:
        client.get(path)
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before

"""Packages of the Planning Portal: what a good one becomes, and what a bad one cannot do."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from support.casework import OFFICER, key_for
from support.documents import a_pdf
from support.submissions import SITE, a_package, a_portal_form, changed, geojson_of, intake_app, packed, without

from api.cases import store as cases
from api.core.db import Database
from api.core.problems import FieldsRefused
from api.documents import store as documents
from api.submissions.portal import read_package
from bopsgis.errors import FormatRefused, InputRefused, TooLarge

URL = "/api/v2/submissions/planning-portal"
ZIP = {"Content-Type": "application/zip"}


@pytest.fixture
def sender(database: Database, tmp_path: Path) -> TestClient:
    """A program that may send applications and nothing else."""
    app = intake_app(database, tmp_path)
    return TestClient(app, base_url="http://localhost", headers=key_for(app, "submissions:write"))


def test_a_package_becomes_a_case_with_its_documents(sender: TestClient, database: Database) -> None:
    """The plan is a document with its title and tag; the Word file is left out with a note; sent again it is one."""
    package = a_package()
    answer = sender.post(URL, content=package, headers={**ZIP, "Idempotency-Key": "key-0001"})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["notes"] == ["letter.docx was left out: Word files are not taken; send it as PDF."]
    assert told["expected_documents"] == [{"name": "Letter.docx", "tags": []}]
    assert "A location plan." not in told["missing"]
    assert "A site (block) plan of the proposal." in told["missing"]
    with database.reading(OFFICER) as work:
        case = cases.get(work, told["reference"])
        assert (case.application_type, case.alternative_reference) == ("pp.full.householder", "PT-00000001")
        assert case.address == "1 Example Street, Sampleton, XX1 1XX"
        (document,) = documents.of_case(work, case)
        assert (document.title, document.tags, document.published) == ("The location plan", ["locationPlan"], False)
    again = sender.post(URL, content=package, headers={**ZIP, "Idempotency-Key": "key-0001"})
    assert (again.status_code, again.json()) == (200, told)
    form = sender.post(URL, files={"file": ("p.zip", a_package(), "application/zip")})
    assert form.status_code == 201, form.text


def test_an_attachment_that_is_not_what_it_says_is_left_out(sender: TestClient) -> None:
    """A program that is called a PDF is named in the notes; the application is taken."""
    told = sender.post(URL, content=a_package(**{"evil.pdf": b"MZ" * 50, "data.xml": b"<a/>"}), headers=ZIP).json()
    assert told["reference"]
    assert [note.split(" was")[0] for note in told["notes"]] == ["letter.docx", "data.xml", "evil.pdf"]


def site_file(site: shapely.Geometry, code: int) -> bytes:
    """A GeoJSON file of a site."""
    return json.dumps(geojson_of(site, code)).encode()


def test_the_drawing_on_the_national_grid_counts() -> None:
    """Where both are there it is used, and it is said if the other lies somewhere else."""
    read = read_package(a_package(**{"SiteLocation.geojson": site_file(SITE, 27700)})).incoming
    assert read.site is not None
    assert (read.site.geometry.equals(SITE), len(read.notes)) == (True, 1)
    moved = shapely.transform(SITE, lambda xy: xy + 40.0)
    read = read_package(a_package(**{"SiteLocation.geojson": site_file(moved, 27700)})).incoming
    assert read.site is not None
    assert read.site.geometry.equals(moved)
    assert read.notes[-1] == "The two drawings of the site lie 57 m apart; the one on the national grid counts."


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/applicationScenario/scenarioNumber", 999),
        ("/applicationScenario/scenarioNumber", "4"),
        ("/applicationData/siteArea/areaUnit", "acres"),
        ("/applicationData/siteLocation/bs7666UniquePropertyReferenceNumber", "12a"),
        ("/applicationData/applicant/emailAddress", "nobody"),
        ("/applicationHeader/payment/amountDue", -1),
        ("/applicationHeader/formattedRefNum", None),
        ("/documentList/0/fileName", 7),
    ],
)
def test_a_field_at_fault_is_named(pointer: str, value: object) -> None:
    """The pointer leads into `Application.json`."""
    with pytest.raises(FieldsRefused) as caught:
        read_package(a_package(changed(a_portal_form(), pointer, value)))
    assert [fault["pointer"] for fault in caught.value.faults] == [pointer]


@pytest.mark.parametrize("pointer", ["/applicationScenario", "/applicationData/siteLocation", "/applicationHeader"])
def test_a_part_that_is_missing_is_named(pointer: str) -> None:
    """So is what is not there at all."""
    with pytest.raises(FieldsRefused) as caught:
        read_package(a_package(without(a_portal_form(), pointer)))
    assert [fault["pointer"] for fault in caught.value.faults] == [pointer]


def encrypted() -> bytes:
    """A package whose directory says that its files are encrypted."""
    data = bytearray(a_package())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def linked() -> bytes:
    """A package with a symbolic link in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("Plan.pdf")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def miscounted() -> bytes:
    """A zip in which a file is not what its checksum says."""
    return packed([("a.pdf", b"a letter")], zipfile.ZIP_STORED).replace(b"a letter", b"A letter")


BAD: dict[str, tuple[bytes, type[InputRefused], str]] = {
    "bomb": (packed([("Plan.pdf", b"\0" * 120_000_000)]), TooLarge, "zip_bomb"),
    "ratio": (packed([("Plan.pdf", b"\0" * 5_000_000)]), TooLarge, "zip_bomb"),
    "many": (packed((f"{n}.pdf", b"x") for n in range(201)), TooLarge, "too_large"),
    "slip": (packed([("../../etc/cron.d/x.pdf", b"x")]), FormatRefused, "zip_slip"),
    "absolute": (packed([("/etc/x.pdf", b"x")]), FormatRefused, "zip_slip"),
    "drive": (packed([("C:\\x.pdf", b"x")]), FormatRefused, "zip_slip"),
    "link": (linked(), FormatRefused, "zip_link"),
    "nested": (a_package(**{"more.zip": packed([("a.pdf", b"x")])}), FormatRefused, "zip_nested"),
    "nested in disguise": (a_package(**{"plan2.pdf": packed([("a.pdf", b"x")])}), FormatRefused, "zip_nested"),
    "encrypted": (encrypted(), FormatRefused, "zip_encrypted"),
    "twice": (a_package(**{"plans/PLAN.PDF": a_pdf()}), FormatRefused, "zip_duplicate"),
    "cut short": (a_package()[:-40], FormatRefused, "zip_damaged"),
    "checksum": (
        packed([("a.pdf", b"a letter")], zipfile.ZIP_STORED).replace(b"a letter", b"A letter"),
        FormatRefused,
        "zip_damaged",
    ),
    "no form": (packed([("Plan.pdf", a_pdf())]), FormatRefused, "portal_application_missing"),
    "form is no JSON": (packed([("Application.json", b"{")]), FormatRefused, "json_not_valid"),
    "no zip": (b"hello", FormatRefused, "zip_damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_zip_is_refused_before_it_is_unpacked(name: str) -> None:
    """F06: bombs, climbing paths, links, nested and encrypted archives, double names, damage: each by its own code."""
    data, kind, code = BAD[name]
    with pytest.raises(kind) as caught:
        read_package(data)
    assert caught.value.code == code


def test_a_refused_package_leaves_nothing(sender: TestClient, database: Database, tmp_path: Path) -> None:
    """Neither a case nor a file."""
    assert sender.post(URL, content=BAD["ratio"][0], headers=ZIP).status_code == 413
    assert sender.post(URL, content=BAD["slip"][0], headers=ZIP).status_code == 400
    assert sender.post(URL, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    with database.reading(OFFICER) as work:
        found: list[Any] = cases.search(work, status=None, application_type=None, words=None, before=None, limit=10)
        assert found == []
    assert not any(path.is_file() for path in (tmp_path / "documents").rglob("*"))

"""Documents over HTTP: sending, listing, acting and fetching, with real sign-ins and keys."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from support.casework import a_case, app_of, key_for, signed_in
from support.documents import AlwaysClean, a_filing, a_jpeg, a_pdf

from api.core.db import Database
from api.documents.routes import router
from bopsgis.planning.case import Role


@pytest.fixture
def app(database: Database, tmp_path: Path) -> FastAPI:
    """The routes of documents over a folder and a scanner that finds nothing."""
    return app_of(database, router, filing=a_filing(tmp_path, AlwaysClean()))


@pytest.fixture
def officer(app: FastAPI) -> TestClient:
    """A browser in which an assessor has signed in."""
    return signed_in(app, Role.ASSESSOR)


def address(reference: str, document: int | None = None, act: str = "") -> str:
    """Of a case's documents, of one of them, or of an act on it."""
    one = "" if document is None else f"/{document}"
    return f"/api/v2/cases/{reference}/documents{one}{act and '/' + act}"


def sent(client: TestClient, url: str, name: str = "plan.pdf", data: bytes | None = None, **fields: Any) -> Any:
    """Send a file; the answer."""
    return client.post(url, files={"file": (name, data or a_pdf())}, data=fields)


def test_a_document_goes_from_upload_to_the_public(app: FastAPI, officer: TestClient, database: Database) -> None:
    """F02: sent by an officer, listed with its state, published, fetched by anybody; the lists agree."""
    reference = a_case(database)
    fields = {"tags": "sitePlan.proposed, locationPlan", "numbers": "A-101, A-102", "title": "Site plan"}
    answer = sent(officer, address(reference), received_on="2026-05-28", **fields)
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert (document["tags"], document["numbers"]) == (["locationPlan", "sitePlan.proposed"], ["A-101", "A-102"])
    assert (document["scan"], document["not_public_because"], document["received_on"]) == ("clean", None, "2026-05-28")
    assert officer.get(address(reference)).json()["documents"] == [document]
    visitor = TestClient(app, base_url="http://localhost")
    listing = f"/api/v2/public/cases/{reference}/documents"
    assert visitor.get(listing).json() == {"documents": []}
    assert visitor.get(f"{listing}/{document['id']}/file").status_code == 404
    done = officer.post(address(reference, document["id"], "publish"), json={"version": document["version"]})
    assert done.json()["published"] is True
    (public,) = visitor.get(listing).json()["documents"]
    assert set(public) == {"title", "tags", "received", "url"}
    file = visitor.get(public["url"])
    assert file.content.startswith(b"%PDF-")
    assert officer.get(address(reference, document["id"], "file")).content == a_pdf()
    assert file.headers["content-disposition"].startswith('attachment; filename="Site plan.pdf"')
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    picture = visitor.get(public["url"].replace("/file", "/thumbnail"))
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")


def test_the_public_gets_the_copy_without_the_owner(app: FastAPI, officer: TestClient, database: Database) -> None:
    """Officers fetch the photograph as it was sent, everybody else without its EXIF data."""
    reference = a_case(database)
    document = sent(officer, address(reference), "me at home.jpeg", a_jpeg(), title="Rear of the house").json()
    officer.post(address(reference, document["id"], "publish"), json={"version": 1})
    assert officer.get(address(reference, document["id"], "file")).content == a_jpeg()
    visitor = TestClient(app, base_url="http://localhost")
    file = visitor.get(f"/api/v2/public/cases/{reference}/documents/{document['id']}/file")
    assert "Rear%20of%20the%20house.jpg" in file.headers["content-disposition"]
    with Image.open(io.BytesIO(file.content)) as picture:
        assert not picture.getexif()


def test_every_act_of_an_officer_has_its_route(officer: TestClient, database: Database) -> None:
    """Correct, show to consultees, redact, replace, archive, take back; a stale version is answered with 409."""
    reference = a_case(database)
    first = sent(officer, address(reference), tags="utilityBill").json()
    changed = officer.post(address(reference, first["id"]), json={"version": 1, "title": "Bill"}).json()
    assert (changed["title"], changed["tags"], changed["version"]) == ("Bill", ["utilityBill"], 2)
    stale = officer.post(address(reference, first["id"]), json={"version": 1, "title": "x"})
    assert (stale.status_code, stale.headers["content-type"]) == (409, "application/problem+json")
    seen = officer.post(address(reference, first["id"], "consultees"), json={"version": 2, "available": True}).json()
    assert seen["for_consultees"] is True
    copy = sent(officer, address(reference, first["id"], "redact"), version="3").json()
    assert copy["redacts"] == first["id"]
    newer = sent(officer, address(reference, copy["id"], "replace"), version=str(copy["version"])).json()
    assert (newer["replaces"], newer["redacts"], newer["revision"]) == (copy["id"], first["id"], 2)
    filed = officer.post(address(reference, newer["id"], "archive"), json={"version": newer["version"], "reason": "x"})
    back = officer.post(address(reference, newer["id"], "unarchive"), json={"version": filed.json()["version"]})
    assert (filed.json()["archived_because"], back.json()["archived_at"]) == ("x", None)
    shown = officer.post(address(reference, newer["id"], "publish"), json={"version": back.json()["version"]}).json()
    off = officer.post(address(reference, newer["id"], "unpublish"), json={"version": shown["version"]}).json()
    assert (shown["published"], off["published"]) == (True, False)


def test_who_may_do_what(app: FastAPI, database: Database) -> None:
    """Nobody without a sign-in; an administrator adds nothing; a key does what its scope says."""
    reference = a_case(database)
    visitor = TestClient(app, base_url="http://localhost")
    assert sent(visitor, address(reference)).status_code == 401
    assert visitor.get(address(reference)).status_code == 401
    assert sent(signed_in(app, Role.ADMINISTRATOR), address(reference)).status_code == 403
    program = TestClient(app, base_url="http://localhost", headers=key_for(app, "documents:write"))
    document = sent(program, address(reference), tags="locationPlan")
    assert document.status_code == 201
    assert program.get(address(reference)).status_code == 403
    publish = address(reference, document.json()["id"], "publish")
    assert program.post(publish, json={"version": 1}).status_code in {401, 403}


@pytest.mark.parametrize(
    ("fields", "status", "named"),
    [
        ({"tags": "sitePlan"}, 422, "sitePlan"),
        ({"received_on": "yesterday"}, 422, "received_on"),
        ({"received_on": "2999-01-01"}, 422, "day to come"),
        ({"colour": "blue"}, 422, "colour"),
        ({"title": "x" * 201}, 422, "title"),
        ({"title": "a\x07b"}, 422, "title"),
    ],
)
def test_a_wrong_field_is_named(
    officer: TestClient, database: Database, fields: dict[str, str], status: int, named: str
) -> None:
    """What is wrong with what is said of a file is told by its field, and nothing is kept."""
    reference = a_case(database)
    answer = sent(officer, address(reference), **fields)
    assert answer.status_code == status, answer.text
    assert named in answer.text
    assert officer.get(address(reference)).json() == {"documents": []}


def test_an_upload_needs_its_file(officer: TestClient, database: Database) -> None:
    """None, an empty one, two of them, or no form at all."""
    reference = a_case(database)
    for files in ({"other": ("a.pdf", a_pdf())}, {"file": ("a.pdf", b"")}):
        assert officer.post(address(reference), files=files).status_code == 400
    both = [("file", ("a.pdf", a_pdf())), ("file", ("b.pdf", a_pdf()))]
    assert officer.post(address(reference), files=both).status_code == 400
    assert officer.post(address(reference), json={"file": "x"}).status_code == 415


def test_the_documentation_says_how_to_send_a_file(app: FastAPI) -> None:
    """OpenAPI describes the multipart form and the answers with a problem."""
    upload = app.openapi()["paths"]["/api/v2/cases/{reference}/documents"]["post"]
    schema = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["properties"]["file"]["format"] == "binary"
    assert "application/problem+json" in upload["responses"]["413"]["content"]

"""All published examples sent to the service, one after the other: each is taken and answered in full."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from support.casework import key_for
from support.stores import sqlalchemy_url
from support.submissions import intake_app

from api.accounts.tables import CouncilRow
from api.core.db import Database
from api.schema import upgrade

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "schemas" / "examples"
FOLDERS = ("application", "prototypeApplication", "preApplication", "enforcement")


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[TestClient]:
    """A program that may send applications, and a service on the embedded store."""
    database = Database(sqlalchemy_url(tmp_path / "cases.db"))
    upgrade(database)
    with database.engine.execution_options(write=True).begin() as connection:
        connection.execute(CouncilRow.__table__.insert(), [{"code": "a", "name": "A"}])
    app = intake_app(database, tmp_path)
    yield TestClient(app, base_url="http://localhost", headers=key_for(app, "submissions:write"))
    database.dispose()


def test_every_published_example_is_taken(sender: TestClient) -> None:
    """32 times 201: 31 cases numbered in a row and one report; what the sender found is compared with our data."""
    found = [path for folder in FOLDERS for path in sorted((EXAMPLES / folder).rglob("*.json"))]
    if not found:
        pytest.skip("the published example submissions are not beside the repository (../shared/schemas)")
    assert len(found) == 32
    numbers, compared = [], 0
    for path in found:
        answer = sender.post(
            "/api/v2/submissions", content=path.read_bytes(), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 201, (path.name, answer.text)
        told = answer.json()
        assert told["screening"]
        compared += len(told["differences"])
        listed = json.loads(path.read_bytes()).get("files", [])
        if told["reference"] is None:
            assert told["state"] == "recorded"
        else:
            numbers.append(int(told["reference"].split("-")[1]))
            assert [one["name"] for one in told["expected_documents"]] == [file["name"] for file in listed]
    assert numbers == list(range(1, 32))
    assert compared > 0

"""Cases over HTTP: an officer and a program, on the embedded store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.casework import settled

from api.accounts.clients import add_client
from api.accounts.officers import add_officer
from api.accounts.tables import CouncilRow
from api.core import clock
from api.core.access import Access
from api.core.settings import Settings
from api.main import create_app
from bopsgis.planning.case import Role

PASSWORD = "seven green bicycles"  # noqa: S105  # of an invented officer
SAME = {"Sec-Fetch-Site": "same-origin"}
SITE = {
    "type": "Polygon",
    "coordinates": [[[430000, 280000], [430020, 280000], [430020, 280030], [430000, 280030], [430000, 280000]]],
}
APPLICATION = {
    "application_type": "pp.full.householder",
    "received_on": "2026-05-28",
    "proposal": "A single-storey rear extension",
    "address": "1 Example Street",
    "site": SITE,
    "site_crs": 27700,
    "applicant": {"name": "A. Applicant", "email": "a@example.org"},
}


@pytest.fixture
def service(sample_home: Path, tmp_path: Path) -> Iterator[tuple[TestClient, str]]:
    """The application over the sample town with a database of its own, and an API key that may read cases."""
    settings = Settings(home=sample_home, database=f"shapelite:///{tmp_path / 'cases.db'}")
    app = create_app(settings)
    with TestClient(app, base_url="http://localhost") as client:
        setting_up = Access(council_id=1, actor="set-up", roles=frozenset({Role.ADMINISTRATOR}))
        with app.state.database.unit_of_work(setting_up) as work:
            work.session.add(CouncilRow(id=1, code="local-authority:XTH", name="Sample Council"))
            work.session.flush()
            roles = {"assessor": {Role.ASSESSOR}, "reviewer": {Role.REVIEWER}, "admin": {Role.ADMINISTRATOR}}
            for name, held in roles.items():
                mail = f"{name}@council.example"
                add_officer(work, email=mail, name="Sample Officer", roles=held, password=PASSWORD, at=clock.now())
            _, key = add_client(work, "Portal", ["cases:read"], clock.now())
        yield client, key


def sign_in(client: TestClient, who: str = "assessor") -> None:
    """Sign an officer in; the cookie stays with the client."""
    form = {"email": f"{who}@council.example", "password": PASSWORD}
    answer = client.post("/api/v2/session", json=form, headers=SAME)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"state": "signed_in"}


def entered(client: TestClient, **changes: Any) -> dict[str, Any]:
    """Enter an application; the case as answered."""
    answer = client.post("/api/v2/cases", json={**APPLICATION, **changes}, headers=SAME)
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    return case


def act(client: TestClient, case: dict[str, Any], name: str, **fields: Any) -> Any:
    """One act on a case."""
    body = {"version": case["version"], **fields}
    return client.post(f"/api/v2/cases/{case['reference']}/{name}", json=body, headers=SAME)


def test_an_officer_takes_a_case_from_receipt_to_withdrawal(service: tuple[TestClient, str]) -> None:
    """Entered with its constraints screened, validated with a deadline, extended, noted, withdrawn, all audited."""
    client, _ = service
    client.headers.update(SAME)
    sign_in(client)
    case = entered(client)
    found = client.get(f"/api/v2/cases/{case['reference']}/constraints").json()
    assert len(found) > 50
    assert {one["status"] for one in found} <= {"present", "adjacent", "near", "absent", "not_known"}
    assert "An ownership certificate." in case["missing"]
    refused = act(client, case, "validate", valid_on="2026-05-29")
    assert (refused.status_code, refused.json()["code"]) == (409, "complete")
    lacked = len(case["missing"])
    valid = act(client, settled(client, case), "validate", valid_on="2026-05-29").json()
    assert (valid["status"], valid["determination_deadline"]) == ("valid", "2026-07-24")
    assert "8 weeks" in valid["deadline_explained"]
    longer = act(client, valid, "extend-time", until="2026-08-31", reason="Agreed by mail.").json()
    noted = act(client, longer, "notes", text="Spoke to the agent.").json()
    assert noted["determination_deadline"] == "2026-08-31"
    gone = act(client, noted, "withdraw", reason="The applicant changed plans.").json()
    assert gone["status"] == "withdrawn"
    trail = client.get(f"/api/v2/cases/{case['reference']}/audit").json()
    assert [event["act"] for event in trail] == [
        *("receive", "screen_site", *["settle_requirement"] * lacked),
        *("validate", "extend_time", "note", "withdraw"),
    ]


def test_an_override_survives_a_new_screening(service: tuple[TestClient, str]) -> None:
    """D15: A dismissed constraint stays dismissed, with its reason, after the site was checked again and moved."""
    client, _ = service
    sign_in(client)
    case = entered(client)
    fields = {"dataset": "conservation-area", "verdict": "dismissed", "reason": "Digitised on the wrong side."}
    case = act(client, case, "constraints/override", **fields).json()
    case["version"] = act(client, case, "screen").json()["version"]
    moved = {**SITE, "coordinates": [[[x + 50, y] for x, y in SITE["coordinates"][0]]]}  # type: ignore[index]  # rings
    case = act(client, case, "boundary", site=moved, site_crs=27700, reason="The applicant asked.").json()
    found = client.get(f"/api/v2/cases/{case['reference']}/constraints").json()
    (kept,) = [one for one in found if one["dataset"] == "conservation-area"]
    assert kept["dismissed"] == {"": "Digitised on the wrong side."}


def test_the_second_of_two_officers_gets_a_conflict(service: tuple[TestClient, str]) -> None:
    """An act on a version that was overtaken is answered with 409, and changes nothing."""
    client, _ = service
    sign_in(client)
    case = entered(client)
    assert act(client, case, "notes", text="A note makes nobody's page stale.").json()["version"] == case["version"]
    assert act(client, case, "requirements/settle", requirement=case["missing"][0], reason="x").status_code == 200
    late = act(client, case, "withdraw", reason="second")
    assert (late.status_code, late.json()["code"]) == (409, "edit_conflict")


def test_a_refused_act_says_why(service: tuple[TestClient, str]) -> None:
    """No boundary, no validity; an assessor cannot close; both in plain words."""
    client, _ = service
    sign_in(client)
    case = entered(client, site=None)
    refused = act(client, case, "validate", valid_on="2026-05-29")
    assert (refused.status_code, refused.json()["detail"]) == (409, "The application has no site boundary.")
    assert act(client, case, "close", reason="x").status_code == 403


def test_nobody_gets_in_without_a_session_or_a_key(service: tuple[TestClient, str]) -> None:
    """No cookie, a made-up cookie, a cross-site request and a key without the scope are refused."""
    client, key = service
    assert client.get("/api/v2/cases").status_code == 401
    assert client.get("/api/v2/cases", headers={"Authorization": "Bearer bops_x_y"}).status_code == 401
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v2/cases", headers=bearer).json() == {"cases": [], "next_before": None}
    assert client.post("/api/v2/cases", json=APPLICATION, headers=bearer).status_code == 401
    sign_in(client)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {}):
        assert client.post("/api/v2/cases", json=APPLICATION, headers=headers).status_code == 403
    assert client.get("/api/v2/officers").status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"is_admin": True},
        {"received_on": "31/02/2026"},
        {"environmental_impact": "yes"},
        {"proposal": ""},
        {"proposal": "x\u0000y"},
        {"site": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}},
        {"application_type": "pp.full.housholder"},
        {"uprns": ["1"] * 501},
    ],
)
def test_bad_applications_leave_nothing_behind(service: tuple[TestClient, str], change: dict[str, Any]) -> None:
    """Unknown fields, wrong types, control characters, crossing boundaries and unknown types: 4xx, no case, no gap."""
    client, _ = service
    sign_in(client)
    answer = client.post("/api/v2/cases", json={**APPLICATION, **change}, headers=SAME)
    assert 400 <= answer.status_code < 500, answer.text
    assert client.get("/api/v2/cases").json()["cases"] == []
    assert entered(client)["reference"] == "26-00001-HAPP"


def test_the_list_is_searched_by_words_and_read_in_pages(service: tuple[TestClient, str]) -> None:
    """Punctuation does not count, wildcards are punctuation, and pages go on where they ended."""
    client, _ = service
    sign_in(client)
    for number in range(3):
        entered(client, address=f"{number} O'Neill's 100% Road")
    assert len(client.get("/api/v2/cases", params={"q": "o'neill's 100%"}).json()["cases"]) == 3
    assert client.get("/api/v2/cases", params={"q": "%neill"}).json()["cases"] == []
    first = client.get("/api/v2/cases", params={"limit": "2"}).json()
    rest = client.get("/api/v2/cases", params={"limit": "2", "before": str(first["next_before"])}).json()
    assert [one["reference"] for one in first["cases"] + rest["cases"]] == [
        *("26-00003-HAPP", "26-00002-HAPP", "26-00001-HAPP"),
    ]
    assert rest["next_before"] is None

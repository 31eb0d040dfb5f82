from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from support.casework import ADMINISTRATOR, NOON, OFFICER, a_case, app_of, signed_in

from api.cases import routes as case_routes
from api.cases import store as cases
from api.consultations import publicity
from api.core import clock
from api.core.db import Database
from api.decisions.notice_pages import CONTENT_SECURITY_POLICY
from api.decisions.routes import router
from api.documents.tables import DocumentRow
from bopsgis.planning.case import Role
from bopsgis.planning.publicity import Means

CONDITION = {"title": "Materials", "text": "#evil[] <script>{{7*7}}</script> $x$", "reason": "So that it fits."}
DESIGN = {
    "policy_area": "Design",
    "policies": [{"code": "D1", "title": "Design", "edition": "Local Plan 2024", "edition_date": "2024-03-01"}],
    "assessment": "Modest in scale.",
    "conclusion": "Acceptable.",
}


class Office:
    """A case, the browsers of two officers and of somebody who has not signed in."""

    def __init__(self, database: Database) -> None:
        app = app_of(database, case_routes.router, router)
        self.database = database
        self.assessor = signed_in(app, Role.ASSESSOR)
        self.reviewer = signed_in(app, Role.REVIEWER)
        self.public = TestClient(app, base_url="http://localhost")
        self.reference = a_case(database)
        with database.unit_of_work(OFFICER) as work:
            row = cases.lock(work, self.reference)
            notice = publicity.require_notice(work, row, Means.SITE_NOTICE, NOON)
            publicity.confirm_notice(work, row, notice.id, NOON.on, NOON)

    @property
    def path(self) -> str:
        """The address of the case."""
        return f"/api/v2/cases/{self.reference}"

    def act(self, browser: TestClient, name: str, **fields: Any) -> Any:
        """One act on the case as it is now."""
        version = self.assessor.get(self.path).json()["version"]
        return browser.post(f"{self.path}/{name}", json={"version": version, **fields})

    def write(self, section: str, **content: Any) -> Any:
        """The case officer writes a section."""
        return self.act(self.assessor, "assessment", section=section, **content)

    def notice(self, browser: TestClient, kind: str, *, public: bool = False) -> Any:
        """The decision notice as somebody gets it."""
        path = self.path.replace("/api/v2/", "/api/v2/public/") if public else self.path
        return browser.get(f"{path}/decision-notice.{kind}")

    def mark_plan(self) -> None:
        """Mark one document for the notice, and keep another that was archived."""
        plain: dict[str, Any] = {"council_id": 1, "case_id": 1, "media_type": "application/pdf", "size": 1}
        plain |= {"received_on": date(2026, 5, 28), "file_name": "a.pdf", "sha256": "0" * 64, "scan_state": "clean"}
        plain |= {"added_by": "A", "added_at": clock.now(), "in_decision_notice": True}
        gone = {"archived_at": clock.now(), "archived_because": "Superseded."}
        with self.database.unit_of_work(ADMINISTRATOR) as work:
            work.session.add(DocumentRow(**plain, title="Proposed plans", numbers=["A-101"], storage_key="1"))
            work.session.add(DocumentRow(**plain, **gone, title="Old plans", numbers=["A-100"], storage_key="2"))


@pytest.fixture
def office(database: Database) -> Office:
    """A valid case with two officers over HTTP."""
    return Office(database)


def test_a_case_is_decided_over_http(office: Office) -> None:
    """From the first section to the public notice and the appeal; the draft is marked and the public waits for it."""
    office.mark_plan()
    usual = office.assessor.get(f"{office.path}/standard-conditions").json()["conditions"]
    assert "A-101" in usual[1]["text"]
    assert office.write("considerations", considerations=[DESIGN]).json()["status"] == "being_assessed"
    assert office.write("conditions", conditions=[*usual, CONDITION]).status_code == 200
    assert office.act(office.assessor, "site-visits", visited_on="2026-06-20", comment="Seen.").status_code == 200
    kept = office.assessor.get(f"{office.path}/assessment").json()
    assert [one["section"] for one in kept["sections"]] == ["considerations", "conditions"]
    assert kept["sections"][0]["content"][0]["policies"][0]["edition_date"] == "2024-03-01"
    answer = office.act(office.assessor, "recommend", decision="granted", reasons=["It fits."])
    assert answer.json()["status"] == "awaiting_review"
    assert "DRAFT" in office.notice(office.assessor, "html").text
    assert office.notice(office.public, "pdf", public=True).status_code == 404
    edited = {"section": "conditions", "verdict": "edited_and_accepted", "conditions": [*usual[:1], CONDITION]}
    assert office.act(office.reviewer, "reviews", **edited).status_code == 200
    (review,) = office.assessor.get(f"{office.path}/reviews").json()
    assert len(review["before"]) == 3
    decided = office.act(office.reviewer, "decide", decision="granted").json()
    assert (decided["status"], decided["decision"]) == ("decided", "granted")
    page, pdf = (office.notice(office.public, kind, public=True) for kind in ("html", "pdf"))
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "&lt;script&gt;{{7*7}}&lt;/script&gt;" in page.text
    assert ("Proposed plans" in page.text, "Old plans" in page.text) == (True, False)
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["etag"] == f'"{hashlib.sha256(pdf.content).hexdigest()}"'
    assert office.notice(office.assessor, "pdf").content == pdf.content
    lodged = {"lodged_on": clock.today().isoformat(), "reason": "Too many conditions."}
    assert office.act(office.assessor, "appeal", **lodged).json()["status"] == "appealed"
    ended = {"outcome": "dismissed", "outcome_on": clock.today().isoformat()}
    assert office.act(office.assessor, "appeal-outcome", **ended).json()["appeal_outcome"] == "dismissed"


def test_a_case_comes_back_and_goes_to_committee_over_http(office: Office) -> None:
    """Taken back, sent back, recommended for a committee, which meets today and decides."""
    office.write("amenity", text="No harm.")
    recommended = {"decision": "granted", "reasons": ["It fits."], "to_committee": True}
    office.act(office.assessor, "recommend", **recommended)
    assert office.act(office.assessor, "take-back-recommendation").json()["status"] == "being_assessed"
    office.act(office.assessor, "recommend", **recommended)
    office.act(office.reviewer, "reviews", section="amenity", verdict="sent_back", comment="Whose?")
    assert office.act(office.reviewer, "send-back").json()["status"] == "being_assessed"
    office.write("amenity", text="No harm to number 2.")
    office.act(office.assessor, "recommend", **recommended)
    today = clock.today().isoformat()
    met = office.act(office.reviewer, "refer-to-committee", meets_on=today, place="Town Hall")
    assert met.json()["status"] == "at_committee"
    office.act(office.reviewer, "record-committee", decision="refused", resolution="Harm to number 2.")
    assert office.act(office.reviewer, "decide", decision="granted").status_code == 409
    assert office.act(office.reviewer, "decide", decision="refused").json()["code"] == "reasons_missing"
    answer = office.act(office.reviewer, "decide", decision="refused", reasons=["Harm to number 2."])
    assert answer.json()["decision"] == "refused"


def test_the_site_s_history_is_read_over_http(office: Office) -> None:
    """A second case on the same land is in the history of the first, with the ground they share."""
    other = a_case(office.database)
    (earlier,) = office.assessor.get(f"{office.path}/site-history").json()
    area = shapely.area(shapely.box(430000, 280000, 430020, 280030))
    assert (earlier["reference"], earlier["shared_m2"]) == (other, area)


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("assessment", {"section": "amenity"}, 422),
    ("assessment", {"section": "amenity", "conditions": []}, 422),
    ("assessment", {"section": "conditions", "text": "x"}, 422),
    ("assessment", {"section": "fees", "text": "x"}, 422),
    ("assessment", {"section": "amenity", "text": "x\u0001"}, 422),
    ("assessment", {"section": "amenity", "text": "x" * 20_001}, 422),
    ("assessment", {"section": "considerations", "considerations": [{**DESIGN, "weight": 1}]}, 422),
    ("assessment", {"section": "considerations", "considerations": [DESIGN] * 201}, 422),
    ("site-visits", {"visited_on": "2999-01-01", "comment": "x"}, 422),
    ("site-visits", {"visited_on": "2026-02-30", "comment": "x"}, 422),
    ("recommend", {"decision": "granted", "reasons": []}, 422),
    ("recommend", {"decision": "maybe", "reasons": ["x"]}, 422),
    ("recommend", {"decision": "granted", "reasons": ["x"]}, 409),
    ("reviews", {"section": "amenity", "verdict": "accepted"}, 403),
    ("decide", {"decision": "granted"}, 403),
    ("appeal-outcome", {"outcome": "lost", "outcome_on": "2026-06-01"}, 422),
]


def test_what_cannot_be_done_is_answered_in_the_4xx(office: Office) -> None:
    """Missing, foreign, oversized and unknown content, acts too early or of another role: refused, nothing kept."""
    for name, fields, status in REFUSED:
        answer = office.act(office.assessor, name, **fields)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (
            f"{name} {str(fields)[:80]}: {answer.text[:300]}"
        )
    assert office.assessor.get(f"{office.path}/assessment").json() == {"sections": [], "visits": []}


def test_an_act_on_an_older_version_is_a_conflict(office: Office) -> None:
    """The second of two who opened the same page is told, and the first one's words stand."""
    body = {"version": 1, "section": "amenity", "text": "Mine."}
    version = office.assessor.get(office.path).json()["version"]
    first = office.assessor.post(f"{office.path}/assessment", json={**body, "version": version})
    late = office.assessor.post(f"{office.path}/assessment", json={**body, "version": version, "text": "Late."})
    assert (first.status_code, late.status_code) == (200, 409)
    kept = office.assessor.get(f"{office.path}/assessment").json()["sections"]
    assert [one["content"] for one in kept] == ["Mine."]


def test_only_officers_get_in(office: Office) -> None:
    """Every route but the public notice wants a session, and a reference that nobody has is not found."""
    for path in ("assessment", "reviews", "site-history", "standard-conditions", "decision-notice.pdf"):
        assert office.public.get(f"{office.path}/{path}").status_code == 401
    assert office.public.post(f"{office.path}/decide", json={"version": 1, "decision": "granted"}).status_code == 401
    assert office.public.get("/api/v2/public/cases/26-99999-HAPP/decision-notice.pdf").status_code == 404
    assert office.public.get("/api/v2/public/cases/26-00001-HAPP/decision-notice.exe").status_code == 422

"""An applicant answers each kind of request through its link, on both stores, without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from geoalchemy2.shape import to_shape
from support.casework import NOON, OFFICER, a_case, app_of, nothing_found
from support.documents import a_filing, a_pdf

from api.cases import store as case_store
from api.core.db import Database
from api.core.outbox import MessageRow
from api.documents import store as document_store
from api.maps.basemap import BaseMap
from api.portal import pages
from api.requests import service, store
from api.requests.tables import RequestRow
from bopsgis.planning.requests import request_kind

WIDER = {
    "type": "Polygon",
    "coordinates": [[[430000, 280000], [430025, 280000], [430025, 280030], [430000, 280030], [430000, 280000]]],
}
OWN = {"sec-fetch-site": "same-origin"}


class Asked:
    """A case with one request, and the browser of the applicant who got the link."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database = database
        app = app_of(database, pages.router, town=None, base_map=BaseMap(home), filing=a_filing(home), checks=None)
        app.dependency_overrides[pages.check_of] = lambda: nothing_found
        app.dependency_overrides[pages.moment] = lambda: NOON
        self.browser = TestClient(app, base_url="http://localhost", follow_redirects=False, headers=OWN)
        self.reference = a_case(database)

    def ask(self, kind: str, **details: Any) -> str:
        """The address of the page of a request of this kind; one that goes out before a case is valid has its own."""
        if request_kind(kind).before_valid_only:
            self.reference = a_case(self.database, valid=False)
        with self.database.unit_of_work(OFFICER) as work:
            row = case_store.lock(work, self.reference)
            service.ask_for(work, row, kind, "It is <needed>.", details, NOON)
            if row.valid_on is None:
                service.invalidate(work, row, NOON)
        with self.database.reading(OFFICER) as work:
            sent = work.session.query(MessageRow).order_by(MessageRow.id.desc()).first()
            assert sent is not None
            return f"/requests/{sent.payload['secret']}"

    def request(self) -> RequestRow:
        """The newest request as it stands."""
        with self.database.reading(OFFICER) as work:
            row = store.of_case(work, case_store.get(work, self.reference))[-1]
            work.session.expunge(row)
            return row


@pytest.fixture
def asked(database: Database, tmp_path: Path) -> Asked:
    """A case on which something can be asked."""
    return Asked(database, tmp_path)


def test_a_question_is_answered_with_yes(asked: Asked) -> None:
    """The page says what is asked and what silence means; agreeing carries it out, and the link is used up."""
    page = asked.ask("description_change", proposal="A two-storey rear extension")
    shown = asked.browser.get(page)
    assert shown.headers["cache-control"] == "no-store"
    for words in ("A single-storey rear extension", "A two-storey rear extension", "It is &lt;needed&gt;."):
        assert words in shown.text
    assert "the council takes it that you agree" in shown.text
    sent = asked.browser.post(page, data={"answer": "yes"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/requests/answered")
    assert asked.request().accepted is True
    assert asked.browser.get(page).status_code == 404
    assert "Your answer was sent" in asked.browser.get("/requests/answered").text


def test_no_needs_a_reason(asked: Asked) -> None:
    """Nothing selected, and no without a reason, come back with the fault in the summary and at the field."""
    page = asked.ask("time_extension", until="2026-09-30")
    assert "30 September 2026" in asked.browser.get(page).text
    empty = asked.browser.post(page, data={"answer": ""})
    assert empty.status_code == 422
    assert empty.text.count("Select whether you agree") == 2
    assert "Say why you do not agree" in asked.browser.post(page, data={"answer": "no"}).text
    assert asked.browser.post(page, data={"answer": "no", "text": "Too long."}).status_code == 303
    assert asked.request().accepted is False


def test_two_boundaries_stand_side_by_side(asked: Asked) -> None:
    """Both are drawn in the same view with their areas and the difference; agreeing moves the boundary."""
    page = asked.ask("boundary_change", site=WIDER)
    shown = asked.browser.get(page).text
    assert shown.count("data:image/svg+xml") == 2
    for words in ("Now: 600", "Proposed: 750", "takes in 150"):
        assert words in shown
    asked.browser.post(page, data={"answer": "yes"})
    with asked.database.reading(OFFICER) as work:
        site = case_store.get(work, asked.reference).site
        assert site is not None
        assert to_shape(site).area == 750


def test_documents_are_added_one_by_one_and_sent_together(asked: Asked) -> None:
    """An answer without a document is refused; with two of them both belong to the case and to the answer."""
    page = asked.ask("additional_document", document="Proposed elevations")
    assert "Add at least one document" in asked.browser.post(page, data={"text": ""}).text
    wrong = asked.browser.post(f"{page}/documents", data={"title": ""}, files={"file": ("a.pdf", b"not a pdf")})
    assert wrong.status_code in {415, 422, 400}
    for title in ("Elevations", "Section"):
        added = asked.browser.post(f"{page}/documents", data={"title": title}, files={"file": ("a.pdf", a_pdf())})
        assert added.headers["location"].endswith("?done=added#documents")
    shown = asked.browser.get(page + "?done=added").text
    assert "The document was added" in shown
    assert asked.browser.post(page, data={"text": "Here they are."}).status_code == 303
    with asked.database.reading(OFFICER) as work:
        case = case_store.get(work, asked.reference)
        assert {one.title for one in document_store.of_case(work, case)} == {"Elevations", "Section"}
        ids = {str(one.id) for one in document_store.of_case(work, case)}
    answer = asked.request().answer
    assert answer is not None
    assert (set(answer["documents"]), answer["text"]) == (ids, "Here they are.")


def test_an_ownership_certificate_names_the_owners(asked: Asked) -> None:
    """More rows can be asked for without JavaScript; a certificate B without owners is refused."""
    page = asked.ask("ownership_certificate")
    assert "Enter the name of each owner" in asked.browser.post(page, data={"certificate": "B", "owners": "1"}).text
    more = asked.browser.post(page, data={"certificate": "B", "owners": "1", "more": "1", "owner-1-name": "O'Neill"})
    assert more.status_code == 200
    assert "Owner 2" in more.text
    assert "O&#39;Neill" in more.text
    owner = {"owner-1-name": "O'Neill", "owner-1-given-day": "1", "owner-1-given-month": "5"}
    late = asked.browser.post(page, data={"certificate": "B", "owners": "1", **owner, "owner-1-given-year": "2027"})
    assert "on or before" in late.text
    sent = asked.browser.post(page, data={"certificate": "B", "owners": "1", **owner, "owner-1-given-year": "2026"})
    assert sent.status_code == 303
    answer = asked.request().answer
    assert answer is not None
    assert answer["certificate"]["owners"][0]["notice_given_on"] == "2026-05-01"


@pytest.mark.parametrize(
    ("kind", "needs"),
    [
        ("fee_change", {"suggestion": "Pay the difference."}),
        ("other_change", {"suggestion": "Correct the address."}),
        ("heads_of_terms", {"terms": "A travel plan."}),
        ("pre_commencement_condition", {"condition": "No work before a survey."}),
        ("replacement_document", {"document": "Site plan"}),
    ],
)
def test_every_other_kind_has_its_page(asked: Asked, kind: str, needs: dict[str, str]) -> None:
    """Each of the remaining kinds shows what is asked, and takes its answer."""
    page = asked.ask(kind, **needs)
    shown = asked.browser.get(page)
    assert shown.status_code == 200
    assert next(iter(needs.values())) in shown.text
    if request_kind(kind).answers == ("documents",):
        asked.browser.post(f"{page}/documents", data={"title": ""}, files={"file": ("a.pdf", a_pdf())})
    said = {"answer": "yes"} if request_kind(kind).is_question else {"text": "Done."}
    assert asked.browser.post(page, data=said).status_code == 303
    assert asked.request().state == "answered"


def test_a_wrong_link_opens_nothing(asked: Asked) -> None:
    """An unknown token is a page that says so, and another site's page can post nothing."""
    page = asked.ask("time_extension", until="2026-09-30")
    assert asked.browser.get("/requests/" + "x" * 40).status_code == 404
    foreign = asked.browser.post(page, data={"answer": "yes"}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    assert asked.request().accepted is None
    assert asked.browser.post(page, data={"answer": "yes", "is_admin": "1"}).status_code == 400

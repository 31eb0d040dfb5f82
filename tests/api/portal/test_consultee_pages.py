"""A consultee answers on the page behind its link, on both stores, without JavaScript."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from support.casework import NOON, OFFICER, a_case, app_of
from support.documents import AlwaysClean, a_filing, a_pdf

from api.cases import store as cases
from api.consultations import consultees, store
from api.core.db import Database
from api.core.outbox import MessageRow
from api.documents import service as documents
from api.documents.filing import Filing
from api.documents.service import Details
from api.maps.basemap import BaseMap
from api.portal import consultee_pages
from api.worker.wording import letter_of

SETTINGS = {"council": "Example", "address": "https://cases.example"}


def asked(database: Database, filing: Filing) -> tuple[str, str, int]:
    """A case whose consultee has been asked: reference, address in the mail, id of a document shown to consultees."""
    reference = a_case(database)
    checked = filing.check("plan.pdf", a_pdf())
    with filing.filed(1, checked) as filed, database.unit_of_work(OFFICER) as work:
        row = cases.lock(work, reference)
        paper = documents.add(work, row, filed, Details(title="Drainage plan"), NOON, filing.settings)
        documents.make_available(work, paper, NOON, filing.settings, available=True)
        one = consultees.add_consultee(
            work,
            row,
            NOON,
            contact_id=None,
            organisation="Drainage <Board>",
            email="d@board.example",
            reasons=["Near a drain."],
        )
        consultees.consult(work, row, one.id, NOON)
        number = paper.id
    with database.reading(OFFICER) as work:
        message = work.session.scalars(select(MessageRow)).one()
        words = letter_of(message, SETTINGS).text
    link = next(word for word in words.split() if word.startswith("https://cases.example/consultations/"))
    return reference, link.removeprefix("https://cases.example").rstrip("."), number


@pytest.fixture
def browser(database: Database, tmp_path: Path) -> TestClient:
    """A browser at the service with the consultees' pages."""
    filing = a_filing(tmp_path, AlwaysClean())
    app = app_of(database, consultee_pages.router, town=None, base_map=BaseMap(tmp_path), filing=filing)
    app.dependency_overrides[consultee_pages.moment] = lambda: NOON
    return TestClient(
        app, base_url="http://localhost", follow_redirects=False, headers={"sec-fetch-site": "same-origin"}
    )


def test_a_consultee_answers_on_the_page_of_its_link(database: Database, browser: TestClient) -> None:
    """The mail's link opens a page with site, reasons and papers; an answer is kept, and none without a word why."""
    reference, page, document = asked(database, browser.app.state.filing)  # type: ignore[attr-defined]  # FastAPI's
    shown = browser.get(page)
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    for words in ("Drainage &lt;Board&gt;", "Near a drain.", "A single-storey rear extension", "Drainage plan", "<img"):
        assert words in shown.text, words
    assert browser.get(f"{page}/documents/{document}").content.startswith(b"%PDF")
    assert browser.get(f"{page}/documents/{document + 1}").status_code == 404
    for wrong, said in (({"verdict": ""}, "Select what your answer comes to"), ({"verdict": "objection"}, "Say what")):
        refused = browser.post(page, data=wrong)
        assert refused.status_code == 422
        assert said in refused.text
        assert "<title>Error: " in refused.text
    sent = browser.post(page, data={"verdict": "objection", "text": "It floods <b>there</b>."})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{page}?done=answered")
    after = browser.get(sent.headers["location"]).text
    assert "Your answer was sent" in after
    assert "You have answered once." in after
    with database.reading(OFFICER) as work:
        (said_row,) = store.responses(work, cases.get(work, reference))
        assert (said_row.text, said_row.recorded_by) == ("It floods <b>there</b>.", "consultee Drainage <Board>")


def test_a_wrong_link_opens_nothing(database: Database, browser: TestClient) -> None:
    """Another secret, another case's and a broken link are all not found, for the page, its papers and answers."""
    reference, page, document = asked(database, browser.app.state.filing)  # type: ignore[attr-defined]  # FastAPI's
    other = a_case(database)
    for wrong in (page[:-1] + "!", page + "x", page.replace(reference, other)):
        assert browser.get(wrong).status_code == 404, wrong
        assert browser.get(f"{wrong}/documents/{document}").status_code == 404
        assert browser.post(wrong, data={"verdict": "no_objection"}).status_code == 404
    cross = browser.post(page, data={"verdict": "no_objection"}, headers={"sec-fetch-site": "cross-site"})
    assert cross.status_code == 403

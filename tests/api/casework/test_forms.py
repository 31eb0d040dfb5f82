"""What every form of a case's pages does: stale edits, roles, other sites' pages, hostile text, what is missing."""

from __future__ import annotations

import html
import json
import re

import pytest
from support.documents import a_pdf
from support.html_forms import form_of
from support.office import Office, boxes

from bopsgis.planning.validation import Missing, national_and_model_list

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE planning_case; --",
    "{{ 7 * 7 }}",
    "</textarea><svg onload=alert(1)>",
    "javascript:alert(1)//\u202e",
)


def test_a_stale_form_is_compared(office: Office) -> None:
    """D09: of two with the same page open the second sees both texts (409); doing theirs all the same works, once."""
    page = "assessment/summary_of_works/write"
    office.do(office.assessor, "validation/valid")
    old = form_of(office.see(office.reviewer, page))
    office.do(office.assessor, page, {"text": "The first text."})
    answer = office.reviewer.post(f"{office.path}/{page}", data={**old, "text": "The second text."})
    assert answer.status_code == 409
    meantime = "What was done in the meantime"
    for words in ("The first text.", "The second text.", meantime, "Assessment written, by Sample Officer"):
        assert words in answer.text
    assert "The first text." in office.see(office.assessor, "assessment")
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text))
    assert fields["text"] == "The second text."
    assert office.reviewer.post(f"{office.path}/{page}", data=fields).status_code == 303
    assert "The second text." in office.see(office.assessor, "assessment")
    assert office.reviewer.post(f"{office.path}/{page}", data=fields).status_code == 409


@pytest.mark.parametrize("page", ["review/decide", "close", "documents/1/publish"])
def test_an_act_of_another_role_is_refused_in_words(office: Office, page: str) -> None:
    """The assessor's button for what is the reviewer's or the administrator's does nothing, and the page says why."""
    if page.startswith("documents"):
        office.do(office.assessor, "documents/add", {"title": "Plan"}, file=a_pdf())
        answer = office.send(office.administrator, page)
    else:
        given = {"reason": "Because."} if page == "close" else {"decision": "granted"}
        answer = office.send(office.assessor, page, given)
    assert answer.status_code in {403, 409}
    assert "There is a problem" in answer.text
    assert office.row(lambda row: row.status) == "received"


@pytest.mark.parametrize("page", ["review/decide", "assessment/recommend", "validation/invalid"])
def test_what_cannot_be_done_now_has_no_form(office: Office, page: str) -> None:
    """A page says why its act is not open and has no button for it; the overview says a shared reason once."""
    shown = office.see(office.assessor, page)
    assert 'id="task"' not in shown
    assert "Only for the reviewer." in shown or "cannot be" in shown
    assert office.see(office.assessor).count("This cannot be done while the case is received.") <= 2


def test_nobody_else_sees_or_does_anything(office: Office) -> None:
    """A05: without a session pages lead to signing in; another site's form and a field of no form are refused."""
    fields = form_of(office.see(office.assessor, "notes/add"))
    office.assessor.cookies.clear()
    away = office.assessor.get(office.path)
    assert (away.status_code, away.headers["location"].partition("?")[0]) == (303, "/sign-in")
    posted = office.reviewer.post(
        f"{office.path}/notes/add", data={**fields, "text": "x"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert posted.status_code == 403
    odd = office.reviewer.post(f"{office.path}/notes/add", data={**fields, "text": "x", "is_admin": "1"})
    assert odd.status_code == 400
    for unknown in (
        "/cases/26-99999-HAPP",
        f"{office.path}/documents/99/edit",
        f"{office.path}/documents/{10**12}/edit",
        f"{office.path}/assessment/nonsense/write",
        f"{office.path}/constraints/nonsense/dismiss",
    ):
        assert office.reviewer.get(unknown).status_code == 404, unknown


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is(office: Office, text: str) -> None:
    """A09: what people type is escaped on the case page, in the history, in forms and on the comparison page."""
    office.receive(proposal=text, address=text)
    office.do(office.assessor, "notes/add", {"text": text})
    office.do(office.assessor, "documents/add", {"title": text, "numbers": text[:20]}, file=a_pdf())
    pages = ["", "history", "validation", "documents", "documents/1/edit", "validation/requests/description_change/ask"]
    shown = [office.see(office.assessor, page) for page in pages]
    shown.append(office.send(office.assessor, "withdraw", {"reason": text, "stamp": "old"}).text)
    for page in shown:
        for markup in ("<script>alert", "<img src=x", "<svg onload"):
            assert markup not in page
    assert text in html.unescape(shown[0])


def test_what_is_missing_comes_or_is_settled(office: Office) -> None:
    """A case that came incomplete becomes valid: a tagged document takes its entry off, the rest an officer settles."""
    office.receive(missing=_sentences())
    assert office.send(office.assessor, "validation/valid", boxes("valid_on", office.day)).status_code == 409
    office.do(office.assessor, "documents/add", {"title": "Elevations"}, file=a_pdf())
    assert len(office.row(lambda row: row.missing)) == 2
    office.do(office.assessor, "documents/1/edit", {"tag-1": "locationPlan"})
    assert len(office.row(lambda row: row.missing)) == 1
    empty = office.send(office.assessor, "validation/missing/1", {"reason": ""})
    assert empty.status_code == 422
    office.do(office.assessor, "validation/missing/1", {"reason": "Paid by telephone."})
    office.do(office.assessor, "validation/valid")
    history = office.see(office.assessor, "history")
    assert "Requirement met" in history
    assert "Paid by telephone." in history


def test_a_letter_is_shown_before_it_goes_out(office: Office) -> None:
    """The second button shows the letter as it is in the form, to whom and with its link, and sends nothing."""
    office.do(office.assessor, "validation/valid")
    office.do(office.assessor, "neighbours/add", {"address": "Tŷ Ffynnon, O'Neill's Lane, Llanfair" + " Long" * 30})
    page = "neighbours/letters"
    assert "has received a planning application near you" in office.see(office.assessor, page).partition("</form>")[2]
    seen = office.send(office.assessor, page, {"template": "Look <here>: ((link))", "preview": "1"})
    assert seen.status_code == 200
    letter = html.unescape(seen.text).partition("The letter as it would go out now")[2]
    assert f"Look <here>: https://planning.example/applications/{office.reference}" in letter
    assert "Tŷ Ffynnon, O'Neill's Lane" in letter
    wrong = office.send(office.assessor, page, {"template": "((nonsense))", "preview": "1"})
    assert wrong.status_code == 422
    assert "No letter has been sent." in office.see(office.assessor, "neighbours")


def test_a_notice_with_a_place_is_on_the_map(office: Office) -> None:
    """What is listed with a number is on the map, and nothing else; a place that is none is refused in words."""
    office.do(office.assessor, "validation/valid")
    for means in ("site_notice", "press_notice"):
        office.do(office.assessor, "publicity/notices/add", {"means": means, "quantity": "1"})
    given = boxes("given_on", office.day)
    wrong = office.send(office.assessor, "publicity/notices/1", {**given, "place": "nowhere"})
    assert wrong.status_code == 422
    office.do(office.assessor, "publicity/notices/1", {**given, "place": "430010, 280040"})
    office.do(office.assessor, "publicity/notices/2", given)
    page = office.see(office.assessor)
    data = re.search(r'<script type="application/json" id="map-data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    mapped = [feature["id"] for feature in json.loads(data[1])["items"]["features"]]
    assert mapped == re.findall(r'data-show="([^"]+)"', page) == ["notice-1"]
    assert "Press notice" in page
    assert "Not on the map." in page
    assert "430010, 280040" in office.see(office.assessor, "publicity/notices/1")


def _sentences() -> tuple[str, ...]:
    return tuple(
        Missing(one).sentence
        for one in national_and_model_list()
        if one.check == "fee" or "locationPlan" in one.documents
    )


def test_the_fee_is_paid_through_pages(office: Office) -> None:
    """What is due stands among what is missing until it is paid; what is no amount, or too much, is said in words."""
    office.do(office.assessor, "validation/fee/due", {"due": "258", "reason": "The scale of fees."})
    assert any("fee" in one for one in office.row(lambda row: row.missing))
    assert "£258.00 of £258.00 is still to be paid." in office.see(office.assessor, "validation/fee")
    for amount, told in (("lots", "whole pence"), ("", "Enter the amount that came"), ("0", "above nothing")):
        day = boxes("paid_on", office.day)
        answer = office.send(office.assessor, "validation/fee/payment", {"amount": amount, **day})
        assert answer.status_code == 422
        assert told in answer.text
    office.do(office.assessor, "validation/fee/payment", {**boxes("paid_on", office.day), "reference": "BANK 1"})
    page = office.see(office.assessor, "validation/fee")
    assert "The fee of £258.00 is paid." in page
    assert "BANK 1" in page
    assert not any("fee" in one for one in office.row(lambda row: row.missing))
    too_much = {"amount": "300", "reason": "A slip.", **boxes("paid_on", office.day)}
    assert "No more than £258.00" in office.send(office.assessor, "validation/fee/refund", too_much).text
    office.do(office.assessor, "validation/fee/refund", {**too_much, "amount": "£58.00"})
    assert "£58.00 of £258.00 is still to be paid." in office.see(office.assessor, "validation/fee")

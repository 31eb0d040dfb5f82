"""One case from the day it comes to its decision and appeal, through pages alone, by three officers, no scripts."""

from __future__ import annotations

import re
from datetime import date

from support.documents import a_pdf
from support.office import Office, boxes


def test_a_case_goes_from_receipt_to_appeal_through_pages(office: Office) -> None:
    """Assessor, reviewer and administrator take a householder case all the way; each page says what was done."""
    chosen = re.findall(r'type="radio" value="([0-9]+)"', office.see(office.administrator, "assign"))[0]
    office.do(office.administrator, "assign", {"officer": chosen})
    _validate(office)
    _consult(office)
    _assess(office)
    _review(office)
    _appeal(office)
    assert office.row(lambda row: (row.decision, row.appeal_lodged_on is not None)) == ("granted", True)


def _validate(office: Office) -> None:
    me = office.assessor
    tags = {"title": "Proposed plans", "numbers": "A-101", "tag-1": "elevations.proposed"}
    office.do(me, "documents/add", tags, file=a_pdf())
    office.do(me, "documents/1/edit", {"in_notice": "1"})
    ask = {"proposal": "A two-storey rear extension", "reason": "The plans show two storeys."}
    assert "goes out when the application is marked invalid" in office.do(
        me, "validation/requests/description_change/ask", ask
    ).replace("Goes", "goes")
    office.do(me, "validation/invalid")
    assert office.row(lambda row: row.status) == "invalid"
    office.do(me, "validation/requests/1/cancel", {"reason": "Answered by telephone."})
    office.do(me, "validation/resubmit")
    office.do(me, "validation/valid", boxes("valid_on", office.day))
    office.do(me, "documents/1/publish")
    assert "8 weeks" in office.see(me)
    assert "Still due: site notice or neighbour letter" in office.see(me, "publicity")


def _consult(office: Office) -> None:
    me = office.assessor
    office.do(me, "neighbours/add", {"address": "2 Example Street, Anytown", "reason": "Next door"})
    office.do(me, "neighbours/add", {"address": "3 Example Street, Anytown", "reason": "Behind"})
    office.do(me, "neighbours/2/remove", {"reason": "An empty plot."})
    assert "Dear occupier" in office.see(me, "neighbours/letters")
    office.do(me, "neighbours/letters")
    office.do(me, "publicity/notices/add", {"means": "site_notice", "quantity": "1"})
    office.do(me, "publicity/notices/1", boxes("given_on", office.day))
    office.do(me, "consultees/proposed/0", {"organisation": "Tree officer", "email": "trees@council.example"})
    office.do(me, "consultees/1/ask")
    answer = {"verdict": "no_objection", "text": "Fine by me.", **boxes("received_on", office.day)}
    office.do(me, "consultees/1/answer", answer)
    office.do(me, "consultees/answers/1/publish", {"text": "No objection."})
    comment = {"sentiment": "objection", "topics-light": "1", "name": "N. Neighbour", "address": "2 Example Street"}
    words = {"text": "It takes my light. Call 01632 960123.", **boxes("received_on", office.day)}
    office.do(me, "comments/add", {**comment, **words})
    page = office.see(me, "comments/1")
    assert '<mark class="app-mark" title="a telephone number">01632 960123</mark>' in page
    refused = office.send(me, "comments/1", {"publish": "1"})
    assert refused.status_code == 422
    assert "still says how to find the person" in refused.text
    office.do(me, "comments/1", {"text": "It takes my light.", "street": "Example Street", "publish": "1"})


def _assess(office: Office) -> None:
    me = office.assessor
    office.do(me, "assessment/summary_of_works/write", {"text": "A rear extension."})
    office.do(me, "assessment/site_description/write", {"text": "A terraced house."})
    assert "objection 1" in office.see(me, "assessment/neighbour_summary/write")
    office.do(me, "assessment/visit", {"comment": "Looked at the garden.", **boxes("visited_on", office.day)})
    policy = {"code": "D1", "title": "Design", "edition": "Local Plan", **boxes("edition_date", date(2024, 3, 1))}
    weighed = {"policy_area": "Design", "assessment": "It fits.", "conclusion": "Acceptable.", **policy}
    office.do(me, "assessment/considerations/entries/0", weighed)
    office.do(me, "assessment/conditions/library", {"take-1": "1", "take-2": "1"})
    office.do(me, "assessment/conditions/entries/0", {"title": "Hours", "text": "Days only.", "reason": "Amenity."})
    office.do(me, "assessment/conditions/entries/3", {"text": "Working days only."})
    assert "Working days only." in office.see(me, "assessment/conditions/entries")
    office.do(me, "assessment/informatives/entries/0", {"title": "Party wall", "text": "See the Act."})
    office.do(me, "assessment/heads_of_terms/none")
    office.do(me, "assessment/recommend", {"decision": "granted", "reasons": "It fits policy D1."})


def _review(office: Office) -> None:
    you = office.reviewer
    sections = ("summary_of_works", "site_description", "considerations", "conditions", "informatives")
    for section in sections[1:]:
        office.do(you, f"review/sections/{section}", {"verdict": "accepted"})
    silent = office.send(you, "review/sections/summary_of_works", {"verdict": "sent_back"})
    assert silent.status_code == 422
    office.do(you, "review/sections/summary_of_works", {"verdict": "sent_back", "comment": "How deep is it?"})
    office.do(you, "review/send-back")
    assert "How deep is it?" in office.see(office.assessor, "assessment")
    office.do(office.assessor, "assessment/summary_of_works/write", {"text": "A rear extension 4 m deep."})
    office.do(office.assessor, "assessment/recommend")
    office.do(you, "review/sections/summary_of_works", {"verdict": "accepted"})
    early = office.send(you, "review/decide", {"decision": "granted"})
    assert early.status_code == 409
    assert "The periods for comments have not ended" in early.text
    office.move_to(date(2026, 6, 29))
    assert "Draft" in office.reviewer.get(f"/api/v2{office.path}/decision-notice.html").text
    seen = office.send(office.reviewer, "review/decide", {"preview": "1"})
    assert seen.status_code == 200
    assert "DRAFT: this is not a decision." in seen.text
    assert office.row(lambda row: row.decision) is None
    after = office.do(office.reviewer, "review/decide")
    assert "Decided: granted" in after
    notice = office.reviewer.get(f"/api/v2{office.path}/decision-notice.pdf")
    assert notice.content.startswith(b"%PDF")


def _appeal(office: Office) -> None:
    office.move_to(date(2026, 7, 20))
    lodged = {"reason": "Against condition 3.", **boxes("lodged_on", office.day)}
    office.do(office.assessor, "appeal", lodged)
    office.do(office.assessor, "appeal-outcome", {"outcome": "dismissed", **boxes("outcome_on", office.day)})
    history = office.see(office.assessor, "history")
    for act in ("Marked as valid", "Decision recommended", "Recommendation sent back", "Case decided", "Appeal lodged"):
        assert act in history

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

import pytest
import shapely
from sqlalchemy import select, text
from support.decision_desk import PLANS, Desk, at

from api.cases import store as cases
from api.cases.receive import Person
from api.consultations.representations import NewRepresentation, record
from api.core import audit
from api.core.access import Access
from api.core.db import Database
from api.core.outbox import MessageRow
from api.decisions import appeal, assessment, deciding, review, store
from api.decisions.content import Consideration, PolicyReference, Section
from api.decisions.notice import notice_from_json
from api.decisions.notice_pages import notice_html, notice_pdf
from api.worker.wording import letter_of
from bopsgis.boundary import from_geometry
from bopsgis.errors import ActRefused, InputRefused, NotFound, StoreDamaged
from bopsgis.planning.case import Decision, Role, SectionReview
from bopsgis.planning.decision import Condition, Informative

Filed = Callable[..., str]
POLICY = PolicyReference("D1", "Design", "Local Plan 2024", date(2024, 3, 1))
DESIGN = Consideration("Design", (POLICY,), "Modest in scale.", "Acceptable.")
MATERIALS = Condition("Materials", "Materials must match the house.", "So that it fits.")


def kept_reviews(desk: Desk) -> tuple[list[str], str]:
    """The sections that stay accepted under a new recommendation, and what the edited one said before."""
    with desk.database.reading(desk.assessor) as work:
        row = cases.get(work, desk.reference)
        assert row.recommendation is not None
        (before,) = [one.before for one in store.reviews(work, row) if one.before]
        return [one[0] for one in row.recommendation["reviews"]], before[0]["text"]


def test_two_officers_take_a_case_to_its_notice_and_through_an_appeal(desk: Desk) -> None:
    """Assessed, sent back, rewritten, accepted, decided by another; notice, mail and audit are all there."""
    desk.write(Section.SUMMARY_OF_WORKS, "A rear extension.")
    assert desk.state() == ("being_assessed", ())
    desk.write(Section.CONSIDERATIONS, (DESIGN,))
    desk.write(Section.CONDITIONS, (MATERIALS,))
    desk.write(Section.INFORMATIVES, (Informative("Party wall", "See the Act."),))
    with desk.open(desk.assessor) as (work, row):
        assessment.record_visit(work, row, date(2026, 6, 20), "Seen from the garden.", desk.day)
    desk.recommend()
    desk.judge(Section.CONSIDERATIONS, SectionReview.ACCEPTED)
    edited = Condition("Materials", "Bricks must match the house.", "So that it fits.")
    desk.judge(Section.CONDITIONS, SectionReview.EDITED_AND_ACCEPTED, content=(edited,))
    desk.judge(Section.SUMMARY_OF_WORKS, SectionReview.SENT_BACK, comment="Say how deep it is.")
    with desk.open(desk.reviewer) as (work, row):
        review.send_back(work, row, desk.day)
    assert desk.state() == ("being_assessed", ("summary_of_works",))
    desk.write(Section.SUMMARY_OF_WORKS, "A rear extension, 3 m deep.")
    desk.write(Section.CONSIDERATIONS, (DESIGN, DESIGN))
    desk.recommend()
    assert kept_reviews(desk) == (["conditions"], "Materials must match the house.")
    desk.judge(Section.SUMMARY_OF_WORKS, SectionReview.ACCEPTED)
    desk.decide()
    with desk.database.reading(desk.assessor) as work:
        row = cases.get(work, desk.reference)
        assert (row.status, row.decision, row.decided_on) == ("decided", "granted", desk.day.on)
        kept = deciding.public_notice(work, row)
        assert kept.pdf_sha256 == hashlib.sha256(kept.pdf).hexdigest()
        assert kept.content["conditions"][0]["text"] == "Bricks must match the house."
        assert (notice_html(notice_from_json(kept.content)), notice_pdf(notice_from_json(kept.content))) == (
            *(kept.html, kept.pdf),
        )
        (mail,) = work.session.scalars(select(MessageRow))
        settings = {"council": "A", "address": "https://planning.example"}
        letter = letter_of(mail, settings)
        assert (letter.to, letter.subject) == (("applicant@example.org",), "26-00001-HAPP: decided")
        assert "https://planning.example/api/v2/public/cases/26-00001-HAPP/decision-notice.html" in letter.text
    with desk.open(desk.assessor) as (work, row):
        appeal.lodge_appeal(work, row, desk.day.on, "Too many conditions.", desk.day)
        appeal.record_outcome(work, row, "dismissed", desk.day.on, desk.day)
    with desk.database.reading(desk.assessor) as work:
        row = cases.get(work, desk.reference)
        assert (row.status, row.appeal_outcome) == ("appealed", "dismissed")
        acts = [event.act for event in audit.trail(work, row.id)]
        assert acts[-4:] == ["decide", "issue_notice", "appeal", "record_appeal_outcome"]
        assert acts.count("review_section") == 4
        assert list(audit.verify(work.session, 1)) == []


def test_a_committee_decides_and_nothing_else_is_issued(desk: Desk) -> None:
    """The meeting has to have been, its decision is the one on the notice, and its refusal gives its own reasons."""
    desk.write(Section.CONDITIONS, (MATERIALS,))
    desk.recommend(to_committee=True)
    with desk.open(desk.reviewer) as (work, row):
        with pytest.raises(InputRefused, match="is past"):
            review.refer_to_committee(work, row, date(2026, 6, 29), "Town Hall", desk.day)
        with pytest.raises(InputRefused, match="until the meeting"):
            review.refer_to_committee(
                work, row, date(2026, 7, 7), "Town Hall", desk.day, comments_until=date(2026, 7, 8)
            )
        review.refer_to_committee(work, row, date(2026, 7, 7), "Town Hall", desk.day)
        with pytest.raises(InputRefused, match="meets on 7 July 2026"):
            review.record_committee(work, row, Decision.REFUSED, "Harm to the street.", desk.day)
        with pytest.raises(ActRefused, match="Record the committee"):
            deciding.decide_case(work, row, Decision.GRANTED, PLANS, desk.day)
    desk.day = at(7, 8)
    with desk.open(desk.reviewer) as (work, row):
        review.record_committee(work, row, Decision.REFUSED, "Harm to the street.", desk.day)
        with pytest.raises(ActRefused, match="The committee decided"):
            deciding.decide_case(work, row, Decision.GRANTED, PLANS, desk.day)
        with pytest.raises(InputRefused, match="has to give its reasons"):
            deciding.decide_case(work, row, Decision.REFUSED, PLANS, desk.day)
    desk.decide(Decision.REFUSED, reasons=("Harm to the street.",), conditions=())
    with desk.database.reading(desk.assessor) as work:
        kept = store.notice_of(work, cases.get(work, desk.reference))
        assert kept is not None
        assert (kept.content["decided_by"], kept.content["conditions"]) == ("The planning committee", [])
        assert "by 30 September 2026" in kept.html


def test_usual_conditions_are_proposed(desk: Desk) -> None:
    """A householder grant starts from a time limit and its plans."""
    with desk.database.reading(desk.assessor) as work:
        usual = assessment.propose_conditions(cases.get(work, desk.reference), ("A-101",))
    assert [one.title for one in usual] == ["Time limit", "Approved plans"]
    assert "A-101" in usual[1].text


def test_the_site_s_history_is_what_plain_geometry_says(database: Database, filed: Filed, reviewer: Access) -> None:
    """Cases that overlap and that only touch are found with the ground they share; another council's never."""
    stranger = Access(council_id=2, actor="B. Stranger", roles=frozenset({Role.ASSESSOR}))
    filed(access=stranger)
    sites = [
        shapely.box(430000 + dx, 280000 + dy, 430020 + dx, 280030 + dy)
        for dx, dy in ((0, 0), (5, 5), (20, 0), (20.5, 0), (-20, -30), (100, 100), (-10, -10))
    ]
    sites.append(shapely.Polygon([(430021, 280000), (430040, 280031), (430000, 280031)]))
    references = [filed(site=from_geometry(site)) for site in sites]
    expected = {
        reference: round(shapely.area(shapely.intersection(sites[0], site)), 2)
        for reference, site in zip(references[1:], sites[1:], strict=True)
        if shapely.intersects(sites[0], site)
    }
    with database.reading(reviewer) as work:
        found = assessment.site_history(work, cases.get(work, references[0]))
    assert {one.row.reference: one.shared_m2 for one in found} == expected
    assert 0.0 in expected.values()


def test_a_notice_is_public_only_when_decided_and_on_the_register(desk: Desk) -> None:
    """Not before the decision, not off the register, and not once its bytes were changed."""
    desk.write(Section.AMENITY, "No harm.")
    desk.recommend()
    with desk.open(desk.reviewer) as (work, row):
        draft = deciding.draft_notice(work, row, PLANS, desk.day)
        assert (draft.draft, "DRAFT" in notice_html(draft)) == (True, True)
        with pytest.raises(NotFound):
            deciding.public_notice(work, row)
    desk.decide()
    with desk.open(desk.reviewer) as (work, row):
        assert "DRAFT" not in deciding.public_notice(work, row).html
        published, row.published_at = row.published_at, None
        with pytest.raises(NotFound):
            deciding.public_notice(work, row)
        row.published_at = published
        work.session.execute(text("UPDATE decision_notice SET html = html || 'x'"))
        work.session.expire_all()
        with pytest.raises(StoreDamaged):
            deciding.public_notice(work, row)


def test_agent_and_applicant_are_told_once_each(
    database: Database, filed: Filed, assessor: Access, reviewer: Access
) -> None:
    """Two people with one address get one mail; without an address there is none."""
    people = {role: Person(role, email="both@example.org") for role in ("applicant", "agent")}
    for parts, told in (({"people": people}, 1), ({"people": {"applicant": Person("Nobody")}}, 0)):
        desk = Desk(database, filed(**parts), assessor, reviewer)
        desk.write(Section.AMENITY, "No harm.")
        desk.recommend()
        desk.decide()
        with database.reading(assessor) as work:
            case = cases.get(work, desk.reference)
            assert len(work.session.scalars(select(MessageRow).where(MessageRow.case_id == case.id)).all()) == told


def test_everybody_who_commented_hears_of_the_meeting(desk: Desk) -> None:
    """Applicant and commenters get one mail each, who left no mail address a letter; time and place are in both."""
    for name, address, email in (
        ("N. Neighbour", "2 Example Street, Sampleton", "n@example.org"),
        ("N. Neighbour", "2 Example Street, Sampleton", "n@example.org"),
        ("O. Other", "3 Example Street, Sampleton", ""),
    ):
        said = NewRepresentation("objection", (), "Too tall.", name, address, email)
        with desk.open(desk.assessor) as (work, row):
            record(work, row, said, desk.day.on, desk.day)
    desk.write(Section.AMENITY, "No harm.")
    desk.recommend(to_committee=True)
    with desk.open(desk.reviewer) as (work, row):
        review.refer_to_committee(work, row, date(2026, 7, 7), "Town Hall", desk.day, comments_until=date(2026, 7, 3))
    with desk.database.reading(desk.assessor) as work:
        sent = work.session.scalars(select(MessageRow).order_by(MessageRow.id)).all()
        letters = [letter_of(one, {"council": "A", "address": "https://planning.example"}) for one in sent]
    assert [(one.channel, letter.to) for one, letter in zip(sent, letters, strict=True)] == [
        ("mail", ("applicant@example.org",)),
        ("mail", ("n@example.org",)),
        ("letter", ("O. Other", "3 Example Street", "Sampleton")),
    ]
    for letter in letters:
        assert letter.subject == "26-00001-HAPP: planning committee on 7 July 2026"
        assert "Place of the meeting: Town Hall" in letter.text
        assert "Comments are taken until 3 July 2026." in letter.text

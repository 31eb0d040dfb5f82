from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely
from sqlalchemy import select, text

from api.cases import service
from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.receive import Person
from api.cases.tables import CaseRow
from api.consultations.representations import NewRepresentation, record
from api.core import audit
from api.core.access import Access
from api.core.db import Database, Work
from api.core.outbox import MessageRow
from api.decisions import appeal, assessment, deciding, review, store
from api.decisions.content import Consideration, Finding, GpdoParagraph, PolicyReference, Section
from api.decisions.notice import Plan, notice_from_json
from api.decisions.notice_pages import notice_html, notice_pdf
from api.worker.wording import letter_of
from bopsgis.boundary import from_geometry
from bopsgis.errors import ActRefused, BopsgisError, InputRefused, NotAllowed, NotFound, StoreDamaged
from bopsgis.planning.case import Decision, Role, SectionReview
from bopsgis.planning.decision import Condition, Informative

Filed = Callable[..., str]
PLANS = (Plan("A-101", "Proposed plans", date(2026, 5, 28)),)
POLICY = PolicyReference("D1", "Design", "Local Plan 2024", date(2024, 3, 1))
DESIGN = Consideration("Design", (POLICY,), "Modest in scale.", "Acceptable.")
MATERIALS = Condition("Materials", "Materials must match the house.", "So that it fits.")


def at(month: int, day: int) -> Moment:
    """Noon of a day in 2026."""
    return Moment(datetime(2026, month, day, 12, tzinfo=UTC), date(2026, month, day))


@dataclass
class Desk:
    """Two officers and one case; each call is a transaction of its own, on a day that moves on."""

    database: Database
    reference: str
    assessor: Access
    reviewer: Access
    day: Moment = field(default_factory=lambda: at(6, 30))

    @contextmanager
    def open(self, access: Access) -> Any:
        """The locked case in a unit of work."""
        with self.database.unit_of_work(access) as work:
            yield work, cases.lock(work, self.reference)

    def write(self, section: Section, content: Any) -> None:
        """The case officer writes a section."""
        with self.open(self.assessor) as (work, row):
            assessment.write_section(work, row, section, content, self.day)

    def recommend(self, decision: Decision = Decision.GRANTED, *, to_committee: bool = False) -> None:
        """The case officer recommends."""
        with self.open(self.assessor) as (work, row):
            review.recommend(work, row, decision, ("It fits policy D1.",), self.day, to_committee=to_committee)

    def judge(self, section: Section, verdict: SectionReview, **parts: Any) -> None:
        """The reviewer judges a section."""
        with self.open(self.reviewer) as (work, row):
            review.review_section(work, row, section, verdict, self.day, **parts)

    def decide(self, decision: Decision = Decision.GRANTED, **parts: Any) -> None:
        """The reviewer decides."""
        with self.open(self.reviewer) as (work, row):
            deciding.decide_case(work, row, decision, PLANS, self.day, **parts)

    def state(self) -> tuple[str, tuple[str, ...]]:
        """The status, and the sections that are sent back."""
        with self.database.reading(self.assessor) as work:
            row = cases.get(work, self.reference)
            reviews = (row.recommendation or {"reviews": []})["reviews"]
            return row.status, tuple(section for section, verdict, _ in reviews if verdict == "sent_back")


@pytest.fixture
def desk(database: Database, filed: Filed, assessor: Access, reviewer: Access) -> Desk:
    """A valid householder case on two desks."""
    return Desk(database, filed(), assessor, reviewer)


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
    with desk.database.reading(desk.assessor) as work:
        row = cases.get(work, desk.reference)
        assert row.recommendation is not None
        assert [one[0] for one in row.recommendation["reviews"]] == ["conditions"]
        (before,) = [one.before for one in store.reviews(work, row) if one.before]
        assert before[0]["text"] == "Materials must match the house."
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


def _visit(work: Work, row: CaseRow, now: Moment) -> None:
    assessment.record_visit(work, row, now.on, "x", now)


FROZEN: dict[str, Callable[[Work, CaseRow, Moment], object]] = {
    "section": lambda w, row, now: assessment.write_section(w, row, Section.AMENITY, "x", now),
    "visit": _visit,
    "recommend": lambda w, row, now: review.recommend(w, row, Decision.GRANTED, ("x",), now),
    "take back": review.take_back,
    "review": lambda w, row, now: review.review_section(w, row, Section.AMENITY, SectionReview.ACCEPTED, now),
    "send back": review.send_back,
    "committee": lambda w, row, now: review.refer_to_committee(w, row, now.on, "Hall", now),
    "record committee": lambda w, row, now: review.record_committee(w, row, Decision.GRANTED, "x", now),
    "decide": lambda w, row, now: deciding.decide_case(w, row, Decision.GRANTED, PLANS, now),
    "outcome": lambda w, row, now: appeal.record_outcome(w, row, "allowed", now.on, now),
}


def test_a_decided_case_is_frozen(desk: Desk) -> None:
    """Nothing of the assessment, the review and the decision can be done to it; a note still can."""
    desk.write(Section.SITE_DESCRIPTION, "A terrace.")
    desk.recommend()
    desk.decide()
    for name, act in FROZEN.items():
        with desk.open(desk.reviewer) as (work, row):
            with pytest.raises(ActRefused, match="decided") as refused:
                act(work, row, desk.day)
            assert refused.value.code == "wrong_status", name
    with desk.open(desk.reviewer) as (work, row):
        service.note(work, row, "Filed.", desk.day)


def test_nobody_reviews_or_decides_their_own_recommendation(desk: Desk) -> None:
    """One who holds both roles is refused, and so is one who is no reviewer at all."""
    desk.write(Section.SITE_DESCRIPTION, "A terrace.")
    with desk.open(desk.reviewer) as (work, row):
        review.recommend(work, row, Decision.GRANTED, ("Fine.",), desk.day)
        with pytest.raises(ActRefused, match="somebody else"):
            review.review_section(work, row, Section.SITE_DESCRIPTION, SectionReview.ACCEPTED, desk.day)
        with pytest.raises(ActRefused, match="somebody else"):
            deciding.decide_case(work, row, Decision.GRANTED, PLANS, desk.day)
    with desk.open(desk.assessor) as (work, row):
        with pytest.raises(NotAllowed):
            review.review_section(work, row, Section.SITE_DESCRIPTION, SectionReview.ACCEPTED, desk.day)
        with pytest.raises(NotAllowed):
            deciding.decide_case(work, row, Decision.GRANTED, PLANS, desk.day)
        review.take_back(work, row, desk.day)
    assert desk.state()[0] == "being_assessed"


def test_a_section_that_is_sent_back_holds_the_decision_up(desk: Desk) -> None:
    """The decision waits until the section is settled; sending back needs a comment; accepting settles it."""
    desk.write(Section.SITE_DESCRIPTION, "A terrace.")
    desk.recommend()
    with pytest.raises(InputRefused, match="Say why"):
        desk.judge(Section.SITE_DESCRIPTION, SectionReview.SENT_BACK, comment="  ")
    with desk.open(desk.reviewer) as (work, row), pytest.raises(ActRefused, match="Say which sections"):
        review.send_back(work, row, desk.day)
    desk.judge(Section.SITE_DESCRIPTION, SectionReview.SENT_BACK, comment="Which end?")
    with pytest.raises(ActRefused, match="Sent back and not settled"):
        desk.decide()
    desk.judge(Section.SITE_DESCRIPTION, SectionReview.ACCEPTED)
    desk.decide()
    assert desk.state()[0] == "decided"


@pytest.mark.parametrize(
    ("section", "verdict", "parts"),
    [
        (Section.AMENITY, SectionReview.EDITED_AND_ACCEPTED, {}),
        (Section.AMENITY, SectionReview.ACCEPTED, {"content": "x"}),
        (Section.RECOMMENDATION, SectionReview.EDITED_AND_ACCEPTED, {"content": "x"}),
    ],
)
def test_an_edit_comes_with_its_words(
    desk: Desk, section: Section, verdict: SectionReview, parts: dict[str, Any]
) -> None:
    """An edit without content, content without an edit and an edited recommendation are refused."""
    desk.write(Section.AMENITY, "No harm.")
    desk.recommend()
    with pytest.raises(InputRefused):
        desk.judge(section, verdict, **parts)


def test_comments_and_publicity_hold_the_decision_up(desk: Desk) -> None:
    """Before the last day for comments, or with publicity still due, the notice is not issued and nothing is sent."""
    desk.write(Section.AMENITY, "No harm.")
    desk.recommend()
    for column, value in (("publicity_due", ["a site notice"]), ("earliest_decision", date(2026, 7, 1))):
        with desk.open(desk.reviewer) as (work, row):
            setattr(row, column, value)
        with pytest.raises(ActRefused):
            desk.decide()
        with desk.open(desk.reviewer) as (work, row):
            row.publicity_due, row.earliest_decision = [], None
    with desk.database.reading(desk.assessor) as work:
        assert store.notice_of(work, cases.get(work, desk.reference)) is None
        assert work.session.scalars(select(MessageRow)).all() == []


@pytest.mark.parametrize(
    "act",
    [
        lambda w, row: review.recommend(w, row, Decision.REFUSED, ("Harm.",), at(6, 30)),
        lambda w, row: review.recommend(w, row, Decision.GRANTED, (" ",), at(6, 30)),
        lambda w, row: review.recommend(w, row, Decision.NO_OBJECTION, ("x",), at(6, 30)),
        lambda w, row: assessment.record_visit(w, row, date(2026, 7, 1), "x", at(6, 30)),
        lambda w, row: assessment.write_section(w, row, Section.RECOMMENDATION, "x", at(6, 30)),
        lambda w, row: assessment.write_section(w, row, Section.GPDO, (), at(6, 30)),
        lambda w, row: appeal.lodge_appeal(w, row, date(2026, 6, 30), "Late.", at(6, 30)),
        lambda w, row: deciding.draft_notice(w, row, PLANS, at(6, 30)),
    ],
    ids=["conditions", "no reasons", "type", "future visit", "section", "gpdo", "appeal in time", "no draft"],
)
def test_what_cannot_be_is_refused(desk: Desk, act: Callable[[Work, CaseRow], object]) -> None:
    """A refusal with conditions, no reasons, a wrong decision, a visit to come and the like leave the case as it is."""
    desk.write(Section.CONDITIONS, (MATERIALS,))
    with desk.database.reading(desk.assessor) as work:
        seen = cases.get(work, desk.reference).version
    with pytest.raises(BopsgisError), desk.open(desk.assessor) as (work, row):
        act(work, row)
    with desk.database.reading(desk.assessor) as work:
        assert cases.get(work, desk.reference).version == seen


def test_gpdo_paragraphs_are_settled_before_a_certificate_is_recommended(
    database: Database, filed: Filed, assessor: Access, reviewer: Access
) -> None:
    """One that is open stops the recommendation, one that is not met says why."""
    desk = Desk(database, filed(application_type="ldc.proposed"), assessor, reviewer)
    with pytest.raises(InputRefused, match="Say why"):
        desk.write(Section.GPDO, (GpdoParagraph("1", "A", "A.1(f)", Finding.DOES_NOT_COMPLY),))
    desk.write(Section.GPDO, (GpdoParagraph("1", "A", "A.1(f)", Finding.TO_BE_DETERMINED),))
    with pytest.raises(InputRefused, match=r"A A\.1\(f\)"):
        desk.recommend()
    desk.write(Section.GPDO, (GpdoParagraph("1", "A", "A.1(f)", Finding.COMPLIES),))
    desk.recommend()
    assert desk.state()[0] == "awaiting_review"


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

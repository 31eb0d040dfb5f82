from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from support.decision_desk import PLANS, Desk, at

from api.cases import service
from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.tables import CaseRow
from api.core.access import Access
from api.core.db import Database, Work
from api.core.outbox import MessageRow
from api.decisions import appeal, assessment, deciding, review, store
from api.decisions.content import Finding, GpdoParagraph, Section
from bopsgis.errors import ActRefused, BopsgisError, InputRefused, NotAllowed
from bopsgis.planning.case import Decision, SectionReview
from bopsgis.planning.decision import Condition
from bopsgis.planning.publicity import Means

Filed = Callable[..., str]
MATERIALS = Condition("Materials", "Materials must match the house.", "So that it fits.")


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
    """A04: nothing of the assessment, the review and the decision can be done to it; a note still can."""
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
    """A04: one who holds both roles is refused, and so is one who is no reviewer at all."""
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


@pytest.mark.parametrize(
    ("notices", "day", "why"),
    [
        ((), at(6, 30), "Publicity still to be given: site notice or neighbour letter"),
        ((Means.SITE_NOTICE,), at(6, 21), "may be decided from 22 June 2026"),
    ],
)
def test_comments_and_publicity_hold_the_decision_up(
    database: Database, filed: Filed, assessor: Access, reviewer: Access, notices: Any, day: Moment, why: str
) -> None:
    """With publicity still due, or before the last day for comments, no notice is issued and nothing is sent.

    Nobody has to work out what is due beforehand: the decision itself does.
    """
    desk = Desk(database, filed(notices=notices), assessor, reviewer, day)
    desk.write(Section.AMENITY, "No harm.")
    desk.recommend()
    with pytest.raises(ActRefused, match=why):
        desk.decide()
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

"""Queries on assessments, reviews, meetings, notices and appeals. Every one starts from what the council may see."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import functions as spatial
from sqlalchemy import select

from api.cases.tables import CaseRow
from api.core.access import visible_to
from api.core.db import Work
from api.decisions.content import Section, from_json
from api.decisions.tables import (
    AppealRow,
    AssessmentSectionRow,
    CommitteeMeetingRow,
    DecisionNoticeRow,
    SectionReviewRow,
    SiteVisitRow,
)

__all__ = [
    "HISTORY_LIMIT",
    "appeal_of",
    "content_of",
    "latest_reviews",
    "meeting_of",
    "notice_of",
    "reviews",
    "same_site",
    "section",
    "sections",
    "visits",
]

HISTORY_LIMIT = 500
"""So many earlier cases are shown at most."""


def sections(work: Work, case: CaseRow) -> dict[Section, AssessmentSectionRow]:
    """The sections of the assessment that have been written."""
    query = select(AssessmentSectionRow).where(
        visible_to(work.access, AssessmentSectionRow), AssessmentSectionRow.case_id == case.id
    )
    return {Section(row.section): row for row in work.session.scalars(query)}


def section(work: Work, case: CaseRow, name: Section) -> AssessmentSectionRow | None:
    """One section, None before it is written."""
    query = select(AssessmentSectionRow).where(
        visible_to(work.access, AssessmentSectionRow),
        AssessmentSectionRow.case_id == case.id,
        AssessmentSectionRow.section == name.value,
    )
    return work.session.scalar(query)


def content_of(work: Work, case: CaseRow, name: Section) -> Any:
    """What a section holds, in its own type; empty before it is written."""
    row = section(work, case, name)
    return from_json(name, None if row is None else row.content)


def visits(work: Work, case: CaseRow) -> list[SiteVisitRow]:
    """Visits to the site, oldest first."""
    query = select(SiteVisitRow).where(visible_to(work.access, SiteVisitRow), SiteVisitRow.case_id == case.id)
    return list(work.session.scalars(query.order_by(SiteVisitRow.visited_on, SiteVisitRow.id)))


def reviews(work: Work, case: CaseRow) -> list[SectionReviewRow]:
    """All verdicts on the case's sections, oldest first."""
    query = select(SectionReviewRow).where(
        visible_to(work.access, SectionReviewRow), SectionReviewRow.case_id == case.id
    )
    return list(work.session.scalars(query.order_by(SectionReviewRow.id)))


def latest_reviews(work: Work, case: CaseRow) -> dict[Section, SectionReviewRow]:
    """The newest verdict on each section."""
    return {Section(row.section): row for row in reviews(work, case)}


def meeting_of(work: Work, case: CaseRow) -> CommitteeMeetingRow | None:
    """The committee meeting that the case was sent to last."""
    query = select(CommitteeMeetingRow).where(
        visible_to(work.access, CommitteeMeetingRow), CommitteeMeetingRow.case_id == case.id
    )
    return work.session.scalars(query.order_by(CommitteeMeetingRow.id.desc()).limit(1)).first()


def notice_of(work: Work, case: CaseRow) -> DecisionNoticeRow | None:
    """The decision notice, None before the decision."""
    query = select(DecisionNoticeRow).where(
        visible_to(work.access, DecisionNoticeRow), DecisionNoticeRow.case_id == case.id
    )
    return work.session.scalar(query)


def appeal_of(work: Work, case: CaseRow) -> AppealRow | None:
    """The appeal, None where there is none."""
    query = select(AppealRow).where(visible_to(work.access, AppealRow), AppealRow.case_id == case.id)
    return work.session.scalar(query)


def same_site(work: Work, case: CaseRow, limit: int = HISTORY_LIMIT) -> list[CaseRow]:
    """Other cases of the council whose site meets this one's, newest first; none without a site.

    To meet is to share at least a point, so a neighbour along a common boundary is among them.
    """
    if case.site is None:
        return []
    query = select(CaseRow).where(
        visible_to(work.access, CaseRow), CaseRow.id != case.id, spatial.ST_Intersects(CaseRow.site, case.site)
    )
    return list(work.session.scalars(query.order_by(CaseRow.received_on.desc(), CaseRow.id.desc()).limit(limit)))

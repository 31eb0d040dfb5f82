"""Two officers at work on one case, for the tests of decisions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.tables import CaseRow
from api.core.access import Access
from api.core.db import Database, Work
from api.decisions import assessment, deciding, review
from api.decisions.content import Section
from api.decisions.notice import Plan
from bopsgis.planning.case import Decision, SectionReview

__all__ = ["PLANS", "Desk", "at"]

PLANS = (Plan("A-101", "Proposed plans", date(2026, 5, 28)),)


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
    def open(self, access: Access) -> Iterator[tuple[Work, CaseRow]]:
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

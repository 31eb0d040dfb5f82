"""What the JSON routes of a case share: which case, who acts on it, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from api.accounts.guard import database_of, officer
from api.cases import store
from api.cases.acting import Moment
from api.cases.arriving import AreasAt, Eyes
from api.cases.constraints import Check
from api.cases.forms import CaseAnswer, VersionForm
from api.cases.tables import CaseRow
from api.cases.views import case_answer
from api.core import clock
from api.core.access import Access
from api.core.db import Database, Work
from api.core.values import Reference

__all__ = ["CaseDesk", "areas_of", "check_of", "eyes_of", "moment", "officers_desk"]

Answer = TypeVar("Answer")


def moment() -> Moment:
    """Now."""
    return Moment(clock.now(), clock.today())


def check_of(request: Request) -> Check:
    """How this application checks a site."""
    check: Check = request.app.state.checks.check
    return check


def areas_of(request: Request) -> AreasAt:
    """How this application finds the ward and the parish of a site."""
    areas: AreasAt = request.app.state.checks.areas
    return areas


def eyes_of(check: Annotated[Check, Depends(check_of)], areas: Annotated[AreasAt, Depends(areas_of)]) -> Eyes:
    """How this application looks at the site of a new case."""
    return Eyes(check, areas)


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """A case, by its reference, before an officer."""

    database: Database
    access: Access
    reference: str
    now: Moment

    def read(self, what: Callable[[Work, CaseRow], Answer]) -> Answer:
        """Something of the case, as it is."""
        with self.database.reading(self.access) as work:
            return what(work, store.get(work, self.reference))

    def act(self, form: VersionForm, do: Callable[[Work, CaseRow], object]) -> CaseAnswer:
        """Do one act to the case at the version that was seen, and answer with the case as it is then."""
        with self.database.unit_of_work(self.access) as work:
            row = store.lock(work, self.reference, form.version)
            do(work, row)
            work.session.flush()
            return case_answer(work, row)


def officers_desk(
    reference: Reference,
    access: Annotated[Access, Depends(officer())],
    database: Annotated[Database, Depends(database_of)],
    now: Annotated[Moment, Depends(moment)],
) -> CaseDesk:
    """Wants an officer."""
    return CaseDesk(database, access, reference, now)

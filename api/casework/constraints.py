"""Constraints on a case as pages: what was found and why, what officers say of it, and checking anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from api.cases import constraints as service
from api.cases import store as cases
from api.cases.constraints import Change, ConstraintOnCase, changes_between
from api.cases.tables import CaseRow, ScreeningRow
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.tasks import About, Task, add_tasks, sentences
from api.consultations import publicity
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.errors import NotFound
from bopsgis.planning.calendar import in_words
from constraints.catalogue import datasets

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_STATUSES: Final[Mapping[str | None, str]] = {
    "present": "on the site",
    "adjacent": "at the boundary",
    "near": "near",
    "not_known": "not known",
    "absent": "not found",
    None: "not asked",
}
_SHOWN: Final = ("present", "adjacent", "near")


@dataclass(frozen=True, slots=True)
class _Line:
    """One constraint with all that an officer wants to know of it."""

    constraint: ConstraintOnCase
    finding: Mapping[str, Any]
    status: str

    @property
    def hits(self) -> list[Mapping[str, Any]]:
        """The designations that were found."""
        return list(self.finding.get("hits", ()))

    @property
    def consequences(self) -> list[Mapping[str, Any]]:
        """What follows, with its citation."""
        return list(self.finding.get("consequences", ()))


@router.get("/constraints")
def listed(desk: At) -> Response:
    """All constraints on the case."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        kept = _screenings(work, row)
        lines = [_line(one, kept[-1] if kept else None) for one in service.constraints_of(work, row)]
        context = {
            "affecting": [one for one in lines if one.constraint.affects or one.constraint.status in _SHOWN],
            "unknown": [one for one in lines if one.constraint.status == "not_known" and not one.constraint.affects],
            "absent": [one for one in lines if one.constraint.status == "absent" and not one.constraint.affects],
            "as_at": in_words(kept[-1].as_at) if kept else "",
            "stale": bool(kept) and kept[-1].site_sha256 != row.site_sha256,
            "compared": _compared(kept),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/constraints.html", context)


def _line(one: ConstraintOnCase, screening: ScreeningRow | None) -> _Line:
    findings = [] if screening is None else screening.report["findings"]
    finding: Mapping[str, Any] = next((each for each in findings if each["dataset"] == one.dataset), {})
    return _Line(one, finding, _STATUSES.get(one.status, one.status))


def _screenings(work: Work, row: CaseRow) -> list[ScreeningRow]:
    """The last two reports, oldest first."""
    newest = cases.latest_screening(work, row)
    if newest is None:
        return []
    query = work.session.query(ScreeningRow).filter(
        visible_to(work.access, ScreeningRow), ScreeningRow.case_id == row.id, ScreeningRow.id < newest.id
    )
    older = query.order_by(ScreeningRow.id.desc()).first()
    return [newest] if older is None else [older, newest]


def _compared(kept: Sequence[ScreeningRow]) -> Mapping[str, Any] | None:
    """What the newest check found otherwise than the one before; None after the first."""
    if len(kept) < 2:
        return None
    changes = changes_between(kept[0].report, kept[1].report)
    return {
        "before": in_words(kept[0].as_at),
        "after": in_words(kept[1].as_at),
        "changes": [_change(one) for one in changes],
    }


def _change(one: Change) -> str:
    name = datasets()[one.dataset].name if one.dataset in datasets() else one.dataset
    moved = "" if one.before == one.after else f" {_STATUSES[one.before]} before, {_STATUSES[one.after]} now."
    come = f" New: {', '.join(one.come)}." if one.come else ""
    gone = f" No longer there: {', '.join(one.gone)}." if one.gone else ""
    return f"{name}:{moved}{come}{gone}"


def _screen(desk: Desk, work: Work, row: CaseRow, _values: Values) -> None:
    service.screen_case(work, row, desk.check, desk.now)
    publicity.refresh(work, row)


def _add(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    service.override(work, row, values["dataset"], "", "added", values["reason"], desk.now)
    publicity.refresh(work, row)


def _addable(_desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    there = {one.dataset for one in service.constraints_of(work, row) if one.affects}
    options = tuple((one.slug, one.name) for one in datasets().values() if one.screened and one.slug not in there)
    return (
        Field("dataset", "Constraint", Kind.SELECT, ask="Choose a constraint", options=options),
        Field("reason", "Why it affects the site", Kind.TEXT, ask="Say why it affects the site"),
    )


def _of_key(desk: Desk, work: Work, row: CaseRow) -> ConstraintOnCase:
    found = next((one for one in service.constraints_of(work, row) if one.dataset == desk.key), None)
    if found is None:
        raise NotFound("The case has no such constraint.", code="constraint")
    return found


def _dismissable(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    one = _of_key(desk, work, row)
    options = (("", "All of it"), *((reference, reference) for reference in one.designations if reference))
    which = Field("designation", "What does not affect the site", Kind.RADIOS, options=options)
    reason = Field("reason", "Why it does not affect the site", Kind.TEXT, ask="Say why it does not affect the site")
    return (which, reason) if len(options) > 2 else (reason,)


def _dismiss(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    designation = values.get("designation", "")
    service.override(work, row, desk.key, designation, "dismissed", values["reason"], desk.now)
    publicity.refresh(work, row)


def _spoken(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    said = [one for one in cases.officer_constraints(work, row) if one.dataset == desk.key]
    if not said:
        raise NotFound("Nothing was said of this constraint.", code="constraint")
    options = tuple((one.designation, f"{one.designation or 'All of it'}: {one.verdict}") for one in said)
    which = Field("designation", "What to take back", Kind.RADIOS, options=options)
    reason = Field("reason", "Why", Kind.TEXT, ask="Give the reason")
    return (which, reason) if len(options) > 1 else (reason,)


def _take_back(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    said = [one.designation for one in cases.officer_constraints(work, row) if one.dataset == desk.key]
    designation = values.get("designation", said[0] if said else "")
    service.take_back_override(work, row, desk.key, designation, values["reason"], desk.now)
    publicity.refresh(work, row)


def _named(desk: Desk, work: Work, row: CaseRow) -> About:
    one = _of_key(desk, work, row)
    return About(facts=(("Constraint", one.name), ("Found", one.sentence)))


_TODAY: Final = (
    "The site is checked against the data of today. What was found before is kept, what officers added or dismissed "
    "stays, and the page says what differs."
)


def _against_today(_desk: Desk, _work: Work, _row: CaseRow) -> About:
    return About((_TODAY,))


add_tasks(
    router,
    Task(
        "constraints/check",
        "Check the site again",
        "Check the site",
        "The site has been checked again.",
        _screen,
        back="constraints",
        about=_against_today,
    ),
    Task(
        "constraints/add",
        "Add a constraint",
        "Add the constraint",
        "The constraint has been added.",
        _add,
        back="constraints",
        fields=_addable,
    ),
    Task(
        "constraints/{key}/dismiss",
        "Dismiss a constraint",
        "Dismiss the constraint",
        "The constraint has been dismissed.",
        _dismiss,
        back="constraints",
        fields=_dismissable,
        about=_named,
    ),
    Task(
        "constraints/{key}/take-back",
        "Take back what was said of a constraint",
        "Take it back",
        "What was found stands again.",
        _take_back,
        back="constraints",
        fields=_spoken,
        about=_named,
    ),
)

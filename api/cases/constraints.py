"""Constraints on a case: as found on a date, what changed since, and what officers say of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from geoalchemy2.shape import to_shape
from sqlalchemy import delete, insert, select

from api.cases import store
from api.cases.acting import Moment, act_on
from api.cases.completeness import take_off
from api.cases.receive import draw_boundary
from api.cases.tables import CaseAffectedRow, CaseConstraintRow, CaseRow, ScreeningRow
from api.core import audit
from api.core.access import visible_to
from api.core.db import Work
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused
from bopsgis.planning.lifecycle import ActName
from constraints import render
from constraints.catalogue import dataset
from constraints.model import ConstraintReport, Status

__all__ = [
    "Change",
    "Check",
    "ConstraintOnCase",
    "change_boundary",
    "changes_between",
    "constraints_of",
    "override",
    "screen_case",
    "site_of",
    "take_back_override",
]

Check = Callable[[Boundary, date], ConstraintReport]
"""How a site is checked: a site and a date in, a report out."""


@dataclass(frozen=True, slots=True)
class Change:
    """How the answer for one constraint differs between two screenings. A status is None where it is not there."""

    dataset: str
    before: str | None
    after: str | None
    gone: tuple[str, ...]
    """References of designations that were found before and are not now."""
    come: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConstraintOnCase:
    """What holds for one constraint on a case: what was found, and what an officer says of it."""

    dataset: str
    name: str
    status: str
    sentence: str
    designations: tuple[str, ...]
    added: str | None
    """The officer's reason for adding it, None where it was found."""
    dismissed: Mapping[str, str]
    """Reasons for dismissing designations by reference; under an empty reference the whole constraint."""

    @property
    def affects(self) -> bool:
        """It was found on the site and not dismissed as a whole, or an officer added it."""
        left = "" not in self.dismissed and not (self.designations and set(self.designations) <= set(self.dismissed))
        return self.added is not None or (self.status == Status.PRESENT and left)


def site_of(row: CaseRow) -> Boundary:
    """The case's site boundary. Raises InputRefused where it has none."""
    if row.site is None:
        raise InputRefused("The case has no site boundary.", code="no_boundary", hint="Draw or upload one first.")
    return boundary.from_geometry(to_shape(row.site))


def screen_case(work: Work, row: CaseRow, check: Check, moment: Moment) -> tuple[ScreeningRow, tuple[Change, ...]]:
    """Check the case's site now, keep the whole report, and say what differs from the one before.

    What officers added or dismissed is untouched. The same answer as the last one is not kept twice.
    """
    report = check(site_of(row), moment.on)
    found: dict[str, Any] = json.loads(render.json(report))
    last = store.latest_screening(work, row)
    changes = () if last is None else changes_between(last.report, found)
    if last is not None and last.identity == report.identity:
        return last, ()
    screening = ScreeningRow(
        council_id=row.council_id,
        case_id=row.id,
        as_at=report.as_at,
        identity=report.identity,
        site_sha256=report.site.sha256,
        report=found,
        at=moment.at,
    )
    work.session.add(screening)
    told = {"identity": report.identity, "as_at": report.as_at, "changed": [change.dataset for change in changes]}
    audit.record(work, "screen_site", moment.at, case_id=row.id, detail=told)
    _keep_affected(work, row)
    return screening, changes


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """The constraints whose status or designations differ between two kept reports, in the catalogue's order."""
    old, new = ({finding["dataset"]: finding for finding in report["findings"]} for report in (before, after))
    changes = []
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        had, has = (_references(finding) for finding in (was, now))
        before_status, after_status = (None if finding is None else finding["status"] for finding in (was, now))
        if before_status != after_status or had != has:
            changes.append(
                Change(name, before_status, after_status, tuple(sorted(had - has)), tuple(sorted(has - had)))
            )
    return tuple(changes)


def _references(finding: Mapping[str, Any] | None) -> frozenset[str]:
    return frozenset() if finding is None else frozenset(hit["reference"] for hit in finding["hits"])


def change_boundary(
    work: Work, row: CaseRow, site: Boundary, reason: str, check: Check, moment: Moment
) -> tuple[Change, ...]:
    """Give the case another site boundary, keep the old one, and check the new one; what changed."""
    act_on(work, row, ActName.CHANGE_BOUNDARY, moment, detail={"reason": reason, "site": site.sha256})
    draw_boundary(work, row, site, moment, reason=reason)
    take_off(work, row, moment, checks=("boundary",))
    return screen_case(work, row, check, moment)[1]


def override(
    work: Work, row: CaseRow, dataset_slug: str, designation: str, verdict: str, reason: str, moment: Moment
) -> CaseConstraintRow:
    """Add a constraint that was not found, or dismiss one that was, with the reason.

    `designation` is the reference of one designation, or empty for the constraint as a whole. A second word
    on the same one replaces the first; the audit keeps both. Raises NotFound for an unknown dataset.
    """
    slug = dataset(dataset_slug).slug
    told = {"dataset": slug, "designation": designation, "verdict": verdict, "reason": reason}
    act_on(work, row, ActName.OVERRIDE_CONSTRAINT, moment, {"reason": reason}, detail=told)
    kept = _kept(work, row, slug, designation)
    if kept is None:
        kept = CaseConstraintRow(
            council_id=row.council_id, case_id=row.id, dataset=slug, designation=designation, verdict=verdict
        )
        work.session.add(kept)
    kept.verdict, kept.reason, kept.by, kept.at = verdict, reason, work.access.actor, moment.at
    work.session.flush()
    _keep_affected(work, row)
    return kept


def take_back_override(
    work: Work, row: CaseRow, dataset_slug: str, designation: str, reason: str, moment: Moment
) -> None:
    """Take back what an officer said of a constraint. Raises InputRefused where nothing was said."""
    kept = _kept(work, row, dataset_slug, designation)
    if kept is None:
        raise InputRefused("Nothing was said of this constraint.", code="no_override")
    told = {"dataset": dataset_slug, "designation": designation, "verdict": "taken back", "reason": reason}
    act_on(work, row, ActName.OVERRIDE_CONSTRAINT, moment, {"reason": reason}, detail=told)
    work.session.delete(kept)
    work.session.flush()
    _keep_affected(work, row)


def _kept(work: Work, row: CaseRow, dataset_slug: str, designation: str) -> CaseConstraintRow | None:
    query = select(CaseConstraintRow).where(
        visible_to(work.access, CaseConstraintRow),
        CaseConstraintRow.case_id == row.id,
        CaseConstraintRow.dataset == dataset_slug,
        CaseConstraintRow.designation == designation,
    )
    return work.session.scalar(query)


def constraints_of(work: Work, row: CaseRow) -> tuple[ConstraintOnCase, ...]:
    """All constraints on the case: found last, with officers' words beside them, and those that officers added."""
    said = store.officer_constraints(work, row)
    added = {one.dataset: one.reason for one in said if one.verdict == "added"}
    screening = store.latest_screening(work, row)
    found = [] if screening is None else screening.report["findings"]
    listed = [
        ConstraintOnCase(
            dataset=finding["dataset"],
            name=finding["name"],
            status=finding["status"],
            sentence=finding["sentence"],
            designations=tuple(sorted(_references(finding))),
            added=added.pop(finding["dataset"], None),
            dismissed={
                one.designation: one.reason
                for one in said
                if one.verdict == "dismissed" and one.dataset == finding["dataset"]
            },
        )
        for finding in found
    ]
    listed += [
        ConstraintOnCase(slug, dataset(slug).name, "not_known", "Added by an officer.", (), reason, {})
        for slug, reason in added.items()
    ]
    return tuple(listed)


def _keep_affected(work: Work, row: CaseRow) -> None:
    """Keep anew which constraints affect the case, by which it is found."""
    ours = (visible_to(work.access, CaseAffectedRow), CaseAffectedRow.case_id == row.id)
    work.session.execute(delete(CaseAffectedRow).where(*ours))
    rows = [
        {"case_id": row.id, "dataset": one.dataset, "council_id": row.council_id}
        for one in constraints_of(work, row)
        if one.affects
    ]
    if rows:
        work.session.execute(insert(CaseAffectedRow), rows)

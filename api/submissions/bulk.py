"""Importing a register from another system: every row becomes a case, a rejection with its reason, or a duplicate.

Safe to repeat and to break off: a case is known by its reference in the other system. The acts of the lifecycle
are not replayed; each case is put into its state, which is checked to be one that the rules know, and audited as
imported. Sites are not checked against constraints here: an officer, or a job, screens a case when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from api.accounts.tables import CouncilRow
from api.cases.acting import Moment
from api.cases.receive import NewCase, Person, receive
from api.core import audit
from api.core.access import Access
from api.core.db import Database, Work
from api.submissions import store
from api.submissions.bulk_files import ColumnMapping, Table
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import BopsgisError, InputRefused
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import england
from bopsgis.planning.case import CaseStatus, Decision
from bopsgis.planning.deadlines import determination_deadline
from bopsgis.planning.guards import APPEAL_OUTCOMES
from constraints.progress import Progress, silent

__all__ = ["ImportReport", "Rejection", "import_table"]

BATCH = 100
SENDER = "import"
ENDED = frozenset({CaseStatus.RETURNED, CaseStatus.WITHDRAWN, CaseStatus.CLOSED})
WITH_DECISION = frozenset({CaseStatus.DECIDED, CaseStatus.APPEALED})
IMPORTED = ENDED | WITH_DECISION | {CaseStatus.RECEIVED, CaseStatus.INVALID, CaseStatus.VALID}
"""States in which a case can come; one that was further on in its assessment comes as valid and is taken up again."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that did not become a case. `row` counts from 1, without the heading."""

    row: int
    reference: str
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What became of a file. Rows in = accepted + rejected + duplicates."""

    dry_run: bool
    columns: Mapping[str, str]
    """Ours to theirs."""
    unmapped: tuple[str, ...]
    """Columns of the file that were not read."""
    rows: int
    accepted: int = 0
    by_status: dict[str, int] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    duplicates: list[Rejection] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For a file or another program."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class History:
    """A row that can become a case: the application, and where it had come to."""

    new: NewCase
    status: CaseStatus
    valid_on: date | None
    deadline: tuple[date, str] | None
    """The determination deadline, and how it came about."""
    decision: Decision | None
    decided_on: date | None
    appeal_lodged_on: date | None
    appeal_outcome: str | None
    ended_because: str

    @property
    def reference(self) -> str:
        """In the other system."""
        return self.new.alternative_reference or ""


def import_table(
    database: Database,
    council: CouncilRow,
    table: Table,
    mapping: ColumnMapping,
    moment: Moment,
    *,
    dry_run: bool,
    progress: Progress = silent,
) -> ImportReport:
    """Import all rows, a hundred in a unit of work; with `dry_run` the same report, and nothing is kept.

    Raises InputRefused where the mapping names a column that the file has not.
    """
    report = _report(table, mapping, dry_run=dry_run)
    access = Access.system(council.id, "import")
    with database.reading(access) as work:
        known = set(store.known_alternative_references(work))
    good = _readable(table, mapping, moment.on, known, report)
    while batch := list(islice(good, BATCH)):
        if not dry_run:
            with database.unit_of_work(access) as work:
                results = [_keep(work, one, moment, publish=mapping.file.publish) for _, one in batch]
        else:
            results = [True] * len(batch)
        for (number, one), kept in zip(batch, results, strict=True):
            _count(report, number, one, kept=kept)
        progress("Importing cases", batch[-1][0], report.rows)
    progress("Importing cases", report.rows, report.rows)
    return report


def _report(table: Table, mapping: ColumnMapping, *, dry_run: bool) -> ImportReport:
    absent = sorted(theirs for theirs in mapping.columns.values() if theirs not in table.columns)
    if absent:
        raise InputRefused(
            f"The file has no column {', '.join(absent)}.",
            code="column_missing",
            hint=f"It has {', '.join(table.columns[:40])}.",
        )
    unmapped = tuple(name for name in table.columns if name not in mapping.columns.values())
    return ImportReport(dry_run, dict(mapping.columns), unmapped, len(table.rows))


def _count(report: ImportReport, number: int, one: History, *, kept: bool) -> None:
    if not kept:
        report.duplicates.append(Rejection(number, one.reference, "This case was imported at the same time."))
        return
    report.accepted += 1
    report.by_status[one.status.value] = report.by_status.get(one.status.value, 0) + 1


def _readable(
    table: Table, mapping: ColumnMapping, today: date, known: set[str], report: ImportReport
) -> Iterator[tuple[int, History]]:
    """The rows that can become cases, with their numbers; the others go into the report."""
    for number, cells in enumerate(table.rows, start=1):
        row = {ours: cells.get(theirs, "") for ours, theirs in mapping.columns.items()}
        reference = row["alternative_reference"]
        if reference and reference in known:
            report.duplicates.append(Rejection(number, reference, "There is a case with this reference already."))
            continue
        try:
            site = _site(row, table, number, mapping)
            history = _history(row, site, mapping, today)
        except BopsgisError as error:
            report.rejected.append(Rejection(number, reference[:100], str(error)))
            continue
        known.add(reference)
        yield number, history


def _site(row: Mapping[str, str], table: Table, number: int, mapping: ColumnMapping) -> Boundary | None:
    if table.geometry is not None:
        shape = table.geometry[number - 1]
        return None if shape is None or shape.is_empty else boundary.from_geometry(shape, crs=table.crs or 0)
    text = row.get("site", "")
    return boundary.read(text, crs=mapping.file.crs) if text else None


def _history(row: Mapping[str, str], site: Boundary | None, mapping: ColumnMapping, today: date) -> History:
    """Check one row. Raises InputRefused (or another error with a sentence) with the reason."""
    status = _status(_translated(row, "status", mapping.statuses))
    code = _translated(row, "application_type", mapping.application_types)
    dates = {name: _day(row.get(name, ""), name, mapping.file.date_format) for name in _DATES}
    received = dates["received_on"]
    if received is None:
        raise InputRefused("The date of receipt is missing.", code="received_on")
    history = History(
        new=NewCase(
            application_type=code,
            received_on=received,
            proposal=_text(row, "proposal", 20_000),
            address=_text(row, "address", 2_000),
            postcode=row.get("postcode", "")[:10] or None,
            uprns=tuple(row.get("uprn", "").replace(";", " ").split()),
            ward=row.get("ward", "")[:200] or None,
            parish=row.get("parish", "")[:200] or None,
            site=site,
            people={role: Person(row[role][:200]) for role in ("applicant", "agent") if row.get(role)},
            alternative_reference=_text(row, "alternative_reference", 100),
        ),
        status=status,
        valid_on=dates["valid_on"],
        deadline=_deadline(code, status, dates["valid_on"], dates["determination_deadline"]),
        decision=_decision(_translated(row, "decision", mapping.decisions)),
        decided_on=dates["decided_on"],
        appeal_lodged_on=dates["appeal_lodged_on"],
        appeal_outcome=_translated(row, "appeal_outcome", mapping.appeal_outcomes) or None,
        ended_because=row.get("ended_because", "") or ("Imported from another system." if status in ENDED else ""),
    )
    _refuse_inconsistent(history, today)
    return history


_DATES = ("received_on", "valid_on", "determination_deadline", "decided_on", "appeal_lodged_on")


def _text(row: Mapping[str, str], name: str, most: int) -> str:
    text = row.get(name, "")
    if not text or len(text) > most or "\0" in text:
        raise InputRefused(f"The {name.replace('_', ' ')} is missing or not usable.", code=name)
    return text


def _translated(row: Mapping[str, str], name: str, meanings: Mapping[str, str]) -> str:
    text = row.get(name, "")
    return meanings.get(text, text)


def _status(text: str) -> CaseStatus:
    known = {status.value: status for status in IMPORTED}
    if text not in known:
        names = ", ".join(sorted(known))
        raise InputRefused(f"The status “{text[:40]}” is not one of {names}.", code="status")
    return known[text]


def _decision(text: str) -> Decision | None:
    known = {decision.value: decision for decision in Decision}
    if text and text not in known:
        raise InputRefused(f"The decision “{text[:40]}” is not one of {', '.join(known)}.", code="decision")
    return known.get(text)


def _day(text: str, name: str, form: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day, without a time
    except ValueError:
        pass
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise InputRefused(f"The {name.replace('_', ' ')} “{text[:20]}” is not a date.", code=name) from None


def _deadline(code: str, status: CaseStatus, valid_on: date | None, given: date | None) -> tuple[date, str] | None:
    """The deadline of the other system; for a case that is under way and has none, the one that the law gives."""
    if given is not None:
        return given, "Taken over from another system."
    period = application_type(code).period
    if status is not CaseStatus.VALID or valid_on is None or period is None:
        return None
    deadline = determination_deadline(period, valid_on, england())
    return deadline.last_day, deadline.explain()


def _refuse_inconsistent(one: History, today: date) -> None:
    """Refuse what the rules of planning could not have led to."""
    kind = application_type(one.new.application_type)
    order = [day for day in (one.new.received_on, one.valid_on, one.decided_on, one.appeal_lodged_on) if day]
    faults = {
        f"“{kind.name}” is not used for new cases": not kind.current,
        "its dates are not in order": order != sorted(order),
        "one of its dates is still to come": bool(order) and order[-1] > today,
        "it has no date on which it became valid": one.status in WITH_DECISION | {CaseStatus.VALID}
        and one.valid_on is None,
        "it was decided and has no decision or date": one.status in WITH_DECISION
        and (one.decision is None or one.decided_on is None),
        "it has a decision and was not decided": one.status not in WITH_DECISION and one.decision is not None,
        "this decision is not possible for its type": one.decision is not None and one.decision not in kind.decisions,
        "it is at appeal and has no date of it": one.status is CaseStatus.APPEALED and one.appeal_lodged_on is None,
        "the outcome of the appeal is not known": one.appeal_outcome not in {None, *APPEAL_OUTCOMES},
        "it has an outcome and no appeal": one.status is not CaseStatus.APPEALED and one.appeal_outcome is not None,
    }
    found = [words for words, wrong in faults.items() if wrong]
    if found:
        raise InputRefused(f"The case is not consistent: {'; '.join(found)}.", code="inconsistent")


def _keep(work: Work, one: History, moment: Moment, *, publish: bool) -> bool:
    """Make the case; False where an import that runs at the same time was quicker."""
    if not store.claim(work, SENDER, one.reference, ""):
        return False
    row = receive(work, one.new, moment)
    row.status = one.status.value
    row.valid_on, row.decided_on, row.appeal_lodged_on = one.valid_on, one.decided_on, one.appeal_lodged_on
    row.decision = None if one.decision is None else one.decision.value
    row.decided_by = None if one.decision is None else "another system, before the import"
    row.appeal_outcome, row.ended_because = one.appeal_outcome, one.ended_because
    if one.deadline is not None:
        row.determination_deadline, row.deadline_explained = one.deadline
    if publish and one.valid_on is not None and application_type(row.application_type).family != "pre_application":
        row.published_at = moment.at
    work.session.flush()
    told = {"alternative_reference": one.reference, "status": row.status, "decision": row.decision}
    audit.record(work, "import_case", moment.at, case_id=row.id, detail=told)
    return True

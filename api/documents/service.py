"""What is done with documents, one function an act, each in the unit of work of the caller.

A file comes first into the storage (`Filing.filed`), round the unit of work that writes its row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from api.cases import store as cases
from api.cases.acting import Moment, act_on
from api.cases.completeness import take_off
from api.cases.tables import CaseRow
from api.core import audit
from api.core.db import Work
from api.documents import store
from api.documents.filing import Filed, Released
from api.documents.names import stem_of
from api.documents.settings import DocumentSettings
from api.documents.tables import DocumentRow, ScanState
from bopsgis.errors import ActRefused, InputRefused, NotAllowed
from bopsgis.planning.case import Role
from bopsgis.planning.documents import check_tags
from bopsgis.planning.lifecycle import ActName

__all__ = [
    "Changes",
    "Details",
    "add",
    "add_redacted_copy",
    "archive",
    "change",
    "make_available",
    "publish",
    "release",
    "unarchive",
    "unpublish",
    "why_not_public",
]

OFFICERS = frozenset({Role.ASSESSOR, Role.REVIEWER})
_REPLACED = "Replaced by a newer version."


@dataclass(frozen=True, slots=True)
class Details:
    """What is said of a file that comes in; a title is taken from its name where none is given."""

    tags: tuple[str, ...] = ()
    title: str | None = None
    numbers: tuple[str, ...] = ()
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What an officer corrects; None leaves a thing as it is."""

    title: str | None = None
    tags: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None
    received_on: date | None = None
    in_decision_notice: bool | None = None


def add(
    work: Work,
    case: CaseRow,
    filed: Filed,
    details: Details,
    moment: Moment,
    settings: DocumentSettings,
    *,
    replaces: DocumentRow | None = None,
) -> DocumentRow:
    """Add a file to a locked case; with `replaces`, a locked document, as the next version of it.

    The older version is archived, with its redacted copies, and no longer public. Raises ActRefused where it
    is archived or replaced already, or the case has as many documents as it may have.
    """
    if replaces is not None:
        _officers_only(work)
        _refuse_if_settled(work, replaces)
        inherited = replace(details, tags=details.tags or tuple(replaces.tags), title=details.title or replaces.title)
        row = _new_row(work, case, filed, inherited, moment)
        row.replaces_id, row.revision, row.redacts_id = replaces.id, replaces.revision + 1, replaces.redacts_id
        for older in (replaces, *store.redacted_copies(work, replaces)):
            if older.archived_at is None:
                _archive(older, _REPLACED, moment)
    else:
        row = _new_row(work, case, filed, details, moment)
    return _keep(work, case, row, moment, settings)


def add_redacted_copy(
    work: Work,
    case: CaseRow,
    original: DocumentRow,
    filed: Filed,
    details: Details,
    moment: Moment,
    settings: DocumentSettings,
) -> DocumentRow:
    """Add a copy of a locked document with private things taken out; the original stops being public.

    Raises ActRefused where there is a current redacted copy already: that one is to be replaced.
    """
    _officers_only(work)
    if original.redacts_id is not None:
        raise ActRefused("This is a redacted copy itself; replace it.", code="redacted_copy")
    if original.archived_at is not None:
        raise ActRefused("The document is archived.", code="archived")
    if any(copy.archived_at is None for copy in store.redacted_copies(work, original)):
        raise ActRefused("There is a redacted copy already; replace it.", code="redacted_copy_exists")
    inherited = replace(details, tags=tuple(original.tags), title=details.title or original.title)
    row = _new_row(work, case, filed, inherited, moment)
    row.redacts_id = original.id
    original.published = False
    return _keep(work, case, row, moment, settings)


def change(work: Work, row: DocumentRow, changes: Changes, moment: Moment) -> DocumentRow:
    """Correct what is said of a locked document. Raises InputRefused for an unknown tag or a day to come."""
    _officers_only(work)
    if changes.tags is not None:
        row.tags = list(check_tags(changes.tags, internal_allowed=True))
    if changes.received_on is not None:
        row.received_on = _not_to_come(changes.received_on, moment)
    row.title = changes.title or row.title
    if changes.numbers is not None:
        row.numbers = list(changes.numbers)
    if changes.in_decision_notice is not None:
        row.in_decision_notice = changes.in_decision_notice
    if row.in_decision_notice and not row.numbers:
        raise InputRefused(
            "A document that the decision notice names needs a drawing number.", code="drawing_number_missing"
        )
    if changes.tags and work.session.get_one(CaseRow, row.case_id).missing:
        _count_as_come(work, cases.lock_by_id(work, row.case_id), row, moment)
    given = {name: value for name in Changes.__slots__ if (value := getattr(changes, name)) is not None}
    return _note(work, row, "change_document", moment, **given)


def archive(work: Work, row: DocumentRow, reason: str, moment: Moment) -> DocumentRow:
    """Put a locked document away, with a reason; it is no longer public and stays in the record."""
    _officers_only(work)
    if row.archived_at is not None:
        raise ActRefused("The document is archived already.", code="archived")
    if not reason.strip():
        raise InputRefused("Say why the document is archived.", code="reason")
    _archive(row, reason.strip(), moment)
    return _note(work, row, "archive_document", moment, reason=reason.strip())


def unarchive(work: Work, row: DocumentRow, moment: Moment) -> DocumentRow:
    """Take a locked document back; it is not public by that. Raises ActRefused for an older version."""
    _officers_only(work)
    if row.archived_at is None:
        raise ActRefused("The document is not archived.", code="not_archived")
    if store.replacement_of(work, row) is not None:
        raise ActRefused("There is a newer version of this document.", code="replaced")
    row.archived_at, row.archived_because = None, ""
    return _note(work, row, "unarchive_document", moment)


def publish(work: Work, case: CaseRow, row: DocumentRow, moment: Moment, settings: DocumentSettings) -> DocumentRow:
    """Show a locked document on the public register. Raises ActRefused with the reason where it may not be."""
    _officers_only(work)
    why = why_not_public(work, case, row, settings)
    if why is not None:
        raise ActRefused(why, code="not_publishable")
    row.published = True
    return _note(work, row, "publish_document", moment)


def release(work: Work, row: DocumentRow, released: Released, reason: str, moment: Moment) -> DocumentRow:
    """Take a locked document out of quarantine, for the council's administrator to answer for; nothing is published.

    What the virus scanner found is not released: the scanner is asked again, and what it says then holds. Raises
    NotAllowed, InputRefused without a reason, ActRefused where it is not in quarantine.
    """
    if Role.ADMINISTRATOR not in work.access.roles:
        raise NotAllowed("The council's administrators release documents.", code="administrator_only")
    if not row.quarantined_because:
        raise ActRefused("The document is not in quarantine.", code="not_quarantined")
    if not reason.strip():
        raise InputRefused("Say why the document may be opened.", code="reason")
    if row.scan_state == ScanState.INFECTED and released.verdict.state is not ScanState.CLEAN:
        raise ActRefused(
            "The virus scanner does not find this document clean.",
            code="scan_not_clean",
            hint="After a false alarm, bring the scanner up to date and try again.",
        )
    before, row.quarantined_because, row.released_because = row.quarantined_because, "", reason.strip()
    row.scan_state = released.verdict.state.value
    row.public_key, row.thumbnail_key = released.public_key, released.thumbnail_key
    told = {"reason": reason.strip(), "was": before, "scan": row.scan_state}
    return _note(work, row, "release_document", moment, **told)


def unpublish(work: Work, row: DocumentRow, moment: Moment) -> DocumentRow:
    """Take a locked document off the public register."""
    _officers_only(work)
    row.published = False
    return _note(work, row, "unpublish_document", moment)


def make_available(
    work: Work, row: DocumentRow, moment: Moment, settings: DocumentSettings, *, available: bool
) -> DocumentRow:
    """Show a locked document to the consultees of its case, or no longer. Raises ActRefused for an unsafe one."""
    _officers_only(work)
    why = _why_not_given_out(row, settings) if available else None
    if why is not None:
        raise ActRefused(why, code="not_available")
    row.for_consultees = available
    return _note(work, row, "show_document_to_consultees", moment, available=available)


def why_not_public(work: Work, case: CaseRow, row: DocumentRow, settings: DocumentSettings) -> str | None:
    """Why a document may not be on the public register, in a sentence; None where it may."""
    if case.published_at is None:
        return "The case is not on the public register."
    if store.has_redacted_copy(work, row):
        return "There is a redacted copy of this document: only that one is for the public."
    return _why_not_given_out(row, settings)


def _why_not_given_out(row: DocumentRow, settings: DocumentSettings) -> str | None:
    unseen = row.scan_state == ScanState.UNSCANNED and not settings.publish_unscanned
    reasons = (
        (row.archived_at is not None, "The document is archived."),
        (row.quarantined_because, f"The document is in quarantine. {row.quarantined_because}"),
        (row.scan_state == ScanState.INFECTED, "The virus scanner found something in this document."),
        (row.scan_state == ScanState.PENDING, "The virus scanner has not seen this document yet."),
        (unseen, "No virus scanner has seen this document."),
        (row.public_key is None, "No copy without data on its author could be made: ask for an unprotected file."),
    )
    return next((sentence for holds, sentence in reasons if holds), None)


def _new_row(work: Work, case: CaseRow, filed: Filed, details: Details, moment: Moment) -> DocumentRow:
    file, verdict = filed.checked.file, filed.checked.verdict
    found = f"The virus scanner found {verdict.found}." if verdict.state is ScanState.INFECTED else ""
    tags = check_tags(details.tags, internal_allowed=bool(work.access.roles & OFFICERS))
    return DocumentRow(
        council_id=case.council_id,
        case_id=case.id,
        title=details.title or stem_of(file.name),
        tags=list(tags),
        numbers=list(details.numbers),
        revision=1,
        received_on=_not_to_come(details.received_on or moment.on, moment),
        file_name=file.name,
        media_type=file.kind.media_type,
        size=len(file.data),
        sha256=file.sha256,
        storage_key=filed.storage_key,
        public_key=filed.public_key,
        thumbnail_key=filed.thumbnail_key,
        pages=file.pages,
        width=file.width,
        height=file.height,
        scan_state=verdict.state.value,
        quarantined_because=found or file.quarantined_because,
        added_by=work.access.actor,
        added_at=moment.at,
    )


def _keep(work: Work, case: CaseRow, row: DocumentRow, moment: Moment, settings: DocumentSettings) -> DocumentRow:
    """Write the row and say so in the audit, if the rules of the case let anybody add a document now."""
    work.session.flush()
    if store.count_current(work, case) >= settings.max_files_per_case:
        raise ActRefused(
            f"The case has {settings.max_files_per_case} documents, which is the limit.",
            code="too_many_documents",
            hint="Archive what is no longer needed.",
        )
    work.session.add(row)
    work.session.flush()
    told = {
        "document": row.id,
        "sha256": row.sha256,
        "tags": row.tags,
        "replaces": row.replaces_id,
        "redacts": row.redacts_id,
        "scan": row.scan_state,
        "quarantined_because": row.quarantined_because,
    }
    act_on(_for_the_applicant(work), case, ActName.ADD_DOCUMENT, moment, detail=told)
    _count_as_come(work, case, row, moment)
    return row


def _count_as_come(work: Work, case: CaseRow, row: DocumentRow, moment: Moment) -> None:
    """A document that can be opened meets what asks for one of its tags."""
    if not row.quarantined_because:
        take_off(work, case, moment, documents=row.tags)


def _for_the_applicant(work: Work) -> Work:
    """A program whose key may add documents acts for the applicant."""
    access = work.access
    if access.client_id is None or "documents:write" not in access.scopes:
        return work
    return Work(work.session, replace(access, roles=frozenset({Role.APPLICANT})))


def _refuse_if_settled(work: Work, row: DocumentRow) -> None:
    if store.replacement_of(work, row) is not None:
        raise ActRefused("There is a newer version of this document; replace that one.", code="replaced")
    if row.archived_at is not None:
        raise ActRefused("The document is archived.", code="archived")


def _archive(row: DocumentRow, reason: str, moment: Moment) -> None:
    row.archived_at, row.archived_because = moment.at, reason
    row.published = False


def _not_to_come(day: date, moment: Moment) -> date:
    if day > moment.on:
        raise InputRefused("A document cannot have been received on a day to come.", code="received_on")
    return day


def _officers_only(work: Work) -> None:
    if not work.access.roles & OFFICERS:
        raise NotAllowed("This is for the assessor or reviewer.", code="wrong_role")


def _note(work: Work, row: DocumentRow, act: str, moment: Moment, **detail: Any) -> DocumentRow:
    work.session.flush()
    audit.record(work, act, moment.at, case_id=row.case_id, detail={"document": row.id, **detail})
    return row

"""Documents as they go out: to officers in full, to the public by the list of what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.cases.tables import CaseRow
from api.core.db import Work
from api.documents import service
from api.documents.filing import Filing
from api.documents.forms import DocumentAnswer, PublicDocument
from api.documents.names import safe_name
from api.documents.settings import DocumentSettings
from api.documents.tables import DocumentRow, ScanState
from bopsgis.errors import NotFound
from bopsgis.planning.redaction import public_view

__all__ = ["Download", "document_answer", "file_for_officers", "file_for_public", "public_documents", "thumbnail"]

_ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out; `size` is None where it is not known before the end."""

    name: str
    media_type: str
    chunks: Iterator[bytes]
    size: int | None


def document_answer(work: Work, case: CaseRow, row: DocumentRow, settings: DocumentSettings) -> DocumentAnswer:
    """A document as officers see it."""
    return DocumentAnswer(
        id=row.id,
        version=row.version,
        title=row.title,
        file_name=row.file_name,
        tags=row.tags,
        numbers=row.numbers,
        in_decision_notice=row.in_decision_notice,
        revision=row.revision,
        replaces=row.replaces_id,
        redacts=row.redacts_id,
        received_on=row.received_on,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        pages=row.pages,
        width=row.width,
        height=row.height,
        scan=row.scan_state,
        quarantined_because=row.quarantined_because,
        released_because=row.released_because,
        archived_at=row.archived_at,
        archived_because=row.archived_because,
        published=row.published,
        not_public_because=service.why_not_public(work, case, row, settings),
        for_consultees=row.for_consultees,
        has_thumbnail=row.thumbnail_key is not None,
        added_by=row.added_by,
        added_at=row.added_at,
    )


def public_documents(case: CaseRow, rows: Iterable[DocumentRow]) -> list[PublicDocument]:
    """Documents as the public register shows them: title, tags, day, address, and nothing else."""
    base = f"/api/v2/public/cases/{case.reference}/documents"
    full = [
        {"title": row.title, "tags": row.tags, "received": row.received_on, "url": f"{base}/{row.id}/file"}
        for row in rows
    ]
    shown = public_view({"documents": full}).get("documents", [])
    return [PublicDocument.model_validate(one) for one in shown]


def file_for_officers(row: DocumentRow, filing: Filing) -> Download:
    """The file as it was sent. Raises NotFound for one in quarantine or not yet scanned."""
    _refuse_unsafe(row)
    return Download(row.file_name, row.media_type, filing.storage.chunks(row.storage_key), row.size)


def file_for_public(row: DocumentRow, filing: Filing) -> Download:
    """The copy for the public and for consultees, named by its title. Whether they may see it the store has said."""
    _refuse_unsafe(row)
    name = safe_name(row.title, _ENDINGS[row.media_type])
    if row.public_key is None:
        raise NotFound("There is no copy of the document for the public.", code="document")
    return Download(name, row.media_type, filing.storage.chunks(row.public_key), None)


def thumbnail(row: DocumentRow, filing: Filing) -> bytes:
    """The thumbnail, a PNG. Raises NotFound where there is none or the file is unsafe."""
    _refuse_unsafe(row)
    if row.thumbnail_key is None:
        raise NotFound("The document has no thumbnail.", code="thumbnail")
    return filing.storage.read(row.thumbnail_key)


def _refuse_unsafe(row: DocumentRow) -> None:
    if row.quarantined_because or row.scan_state == ScanState.INFECTED:
        raise NotFound("The document is in quarantine.", code="document_quarantined")
    if row.scan_state == ScanState.PENDING:
        raise NotFound("The virus scanner has not seen the document yet.", code="document_not_scanned")

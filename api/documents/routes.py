"""JSON routes of documents: upload, list, each act of an officer, and downloads through their checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response, StreamingResponse

from api.accounts.guard import council_of, database_of, officer, officer_or_client
from api.accounts.tables import CouncilRow
from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.desk import moment
from api.cases.tables import CaseRow
from api.core.access import Access
from api.core.db import Database, Work
from api.core.incoming import SubmittedForm, body_of, single_valued, submitted_form
from api.core.problems import RequestRefused, described
from api.core.values import Reference
from api.documents import service, store, views
from api.documents.filing import Checked, Filing
from api.documents.forms import (
    UPLOAD_BODY,
    ArchiveForm,
    AvailabilityForm,
    ChangeForm,
    DocumentAnswer,
    DocumentsAnswer,
    NextVersionForm,
    PublicDocuments,
    ReleaseForm,
    UploadForm,
    VersionForm,
    from_fields,
)
from api.documents.names import attachment
from api.documents.service import Changes, Details
from api.documents.storage import DocumentStorageError
from api.documents.tables import DocumentRow
from bopsgis.errors import NotFound
from bopsgis.planning.case import Role

__all__ = ["filing_of", "router", "sent_form", "sent_out"]

_FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
router = APIRouter(
    prefix="/api/v2",
    tags=["Documents"],
    dependencies=[Depends(single_valued)],
    responses={**described(400, 401, 403, 404, 409, 413, 415, 422, 503)},
)


def filing_of(request: Request) -> Filing:
    """Storage, scanner and limits of this application."""
    filing: Filing = request.app.state.filing
    return filing


async def sent_form(request: Request) -> SubmittedForm:
    """The form with its file. Raises DocumentStorageError where there is no room to take it in."""
    try:
        return await submitted_form(request)
    except OSError as error:
        raise DocumentStorageError(f"An upload could not be taken in: {error}") from error


Db = Annotated[Database, Depends(database_of)]
Files = Annotated[Filing, Depends(filing_of)]
Now = Annotated[Moment, Depends(moment)]
Reader = Annotated[Access, Depends(officer_or_client("cases:read"))]
Sender = Annotated[Access, Depends(officer_or_client("documents:write"))]
Officer = Annotated[Access, Depends(officer())]
Administrator = Annotated[Access, Depends(officer(Role.ADMINISTRATOR))]
Council = Annotated[CouncilRow, Depends(council_of)]
Sent = Annotated[SubmittedForm, Depends(sent_form)]
DocumentId = Annotated[int, Path(ge=1, le=2**31 - 1)]

_CASE = "/cases/{reference}/documents"
_ONE = _CASE + "/{document_id:int}"


@dataclass(frozen=True, slots=True)
class _Desk:
    """One document of a case, and who acts on it with what."""

    database: Database
    access: Access
    files: Filing
    reference: str
    document_id: int

    def act(self, form: VersionForm, do: Callable[[Work, CaseRow, DocumentRow], object]) -> DocumentAnswer:
        """Do one act to the document at the version that was seen, and answer with it as it is then."""
        with self.database.unit_of_work(self.access) as work:
            case = cases.get(work, self.reference)
            row = store.lock(work, case, self.document_id, form.version)
            do(work, case, row)
            return views.document_answer(work, case, row, self.files.settings)


def officers_desk(reference: Reference, document_id: DocumentId, access: Officer, database: Db, files: Files) -> _Desk:
    """Wants an officer."""
    return _Desk(database, access, files, reference, document_id)


def administrators_desk(
    reference: Reference, document_id: DocumentId, access: Administrator, database: Db, files: Files
) -> _Desk:
    """Wants an administrator."""
    return _Desk(database, access, files, reference, document_id)


OfficersDesk = Annotated[_Desk, Depends(officers_desk)]
AdministratorsDesk = Annotated[_Desk, Depends(administrators_desk)]


@router.post(_CASE, summary="Add a document", status_code=201, openapi_extra=UPLOAD_BODY)
def upload(reference: Reference, access: Sender, sent: Sent, database: Db, files: Files, now: Now) -> DocumentAnswer:
    """A PDF, PNG or JPEG file with its tags. It is inspected and scanned before it is kept."""
    form = from_fields(UploadForm, sent.fields)
    _known(database, access, reference)
    with files.filed(access.council_id, _checked(files, sent)) as filed, database.unit_of_work(access) as work:
        case = cases.lock(work, reference)
        row = service.add(work, case, filed, _details(form), now, files.settings)
        return views.document_answer(work, case, row, files.settings)


@router.get(_CASE, summary="List the documents")
def list_documents(reference: Reference, access: Reader, database: Db, files: Files) -> DocumentsAnswer:
    """All documents of a case with their state, archived ones too."""
    with database.reading(access) as work:
        case = cases.get(work, reference)
        rows = store.of_case(work, case)
        return DocumentsAnswer(documents=[views.document_answer(work, case, row, files.settings) for row in rows])


@router.post(_ONE + "/replace", summary="Add the next version", status_code=201, openapi_extra=UPLOAD_BODY)
def replace(
    reference: Reference,
    document_id: DocumentId,
    access: Officer,
    sent: Sent,
    database: Db,
    files: Files,
    now: Now,
) -> DocumentAnswer:
    """The older version is archived with its redacted copies, and is no longer public."""
    form = from_fields(NextVersionForm, sent.fields)
    _known(database, access, reference, document_id)
    with files.filed(access.council_id, _checked(files, sent)) as filed, database.unit_of_work(access) as work:
        case = cases.lock(work, reference)
        older = store.lock(work, case, document_id, form.version)
        row = service.add(work, case, filed, _details(form), now, files.settings, replaces=older)
        return views.document_answer(work, case, row, files.settings)


@router.post(_ONE + "/redact", summary="Add a redacted copy", status_code=201, openapi_extra=UPLOAD_BODY)
def redact(
    reference: Reference,
    document_id: DocumentId,
    access: Officer,
    sent: Sent,
    database: Db,
    files: Files,
    now: Now,
) -> DocumentAnswer:
    """The original is no longer public and cannot be published again."""
    form = from_fields(NextVersionForm, sent.fields)
    _known(database, access, reference, document_id)
    with files.filed(access.council_id, _checked(files, sent)) as filed, database.unit_of_work(access) as work:
        case = cases.lock(work, reference)
        original = store.lock(work, case, document_id, form.version)
        row = service.add_redacted_copy(work, case, original, filed, _details(form), now, files.settings)
        return views.document_answer(work, case, row, files.settings)


@router.post(_ONE, summary="Correct what is said of a document")
def change(desk: OfficersDesk, form: Annotated[ChangeForm, Depends(body_of(ChangeForm))], now: Now) -> DocumentAnswer:
    """Title, tags, drawing numbers, day of receipt, and whether the decision notice names it."""
    changes = Changes(
        title=form.title,
        tags=None if form.tags is None else tuple(form.tags),
        numbers=None if form.numbers is None else tuple(form.numbers),
        received_on=form.received_on,
        in_decision_notice=form.in_decision_notice,
    )
    return desk.act(form, lambda w, _, row: service.change(w, row, changes, now))


@router.post(_ONE + "/archive", summary="Archive a document")
def archive(
    desk: OfficersDesk, form: Annotated[ArchiveForm, Depends(body_of(ArchiveForm))], now: Now
) -> DocumentAnswer:
    """Put it away with a reason; it stays in the record."""
    return desk.act(form, lambda w, _, row: service.archive(w, row, form.reason, now))


@router.post(_ONE + "/unarchive", summary="Take a document out of the archive")
def unarchive(
    desk: OfficersDesk, form: Annotated[VersionForm, Depends(body_of(VersionForm))], now: Now
) -> DocumentAnswer:
    """It is not public by that."""
    return desk.act(form, lambda w, _, row: service.unarchive(w, row, now))


@router.post(_ONE + "/publish", summary="Publish a document")
def publish(
    desk: OfficersDesk, form: Annotated[VersionForm, Depends(body_of(VersionForm))], now: Now
) -> DocumentAnswer:
    """Show it on the public register; 409 with the reason where it may not be."""
    return desk.act(form, lambda w, case, row: service.publish(w, case, row, now, desk.files.settings))


@router.post(_ONE + "/unpublish", summary="Take a document off the public register")
def unpublish(
    desk: OfficersDesk, form: Annotated[VersionForm, Depends(body_of(VersionForm))], now: Now
) -> DocumentAnswer:
    """From now on nobody but officers, and consultees where it was made available to them, sees it."""
    return desk.act(form, lambda w, _, row: service.unpublish(w, row, now))


@router.post(_ONE + "/release", summary="Take a document out of quarantine")
def release(
    desk: AdministratorsDesk, form: Annotated[ReleaseForm, Depends(body_of(ReleaseForm))], now: Now
) -> DocumentAnswer:
    """For the council's administrator, with a reason. The file is examined and scanned again; nothing is published."""
    with desk.database.reading(desk.access) as work:
        row = store.get(work, cases.get(work, desk.reference), desk.document_id)
    # Before the unit of work: examining takes seconds.
    with desk.files.released(desk.access.council_id, row.file_name, row.storage_key) as copies:
        return desk.act(form, lambda w, _, row: service.release(w, row, copies, form.reason, now))


@router.post(_ONE + "/consultees", summary="Show a document to consultees, or no longer")
def consultees(
    desk: OfficersDesk, form: Annotated[AvailabilityForm, Depends(body_of(AvailabilityForm))], now: Now
) -> DocumentAnswer:
    """Consultees see published documents anyhow; this shows them one that is not public."""
    return desk.act(
        form, lambda w, _, row: service.make_available(w, row, now, desk.files.settings, available=form.available)
    )


@router.get(_ONE + "/file", summary="Download a document", response_class=Response, responses={200: _FILE})
def download(reference: Reference, document_id: DocumentId, access: Reader, database: Db, files: Files) -> Response:
    """The file as it was sent; 404 for one in quarantine."""
    with database.reading(access) as work:
        row = store.get(work, cases.get(work, reference), document_id)
    return sent_out(views.file_for_officers(row, files))


@router.get(_ONE + "/thumbnail", summary="Thumbnail of a document", response_class=Response, responses={200: _FILE})
def thumbnail(reference: Reference, document_id: DocumentId, access: Reader, database: Db, files: Files) -> Response:
    """A PNG of at most 400 pixels a side."""
    with database.reading(access) as work:
        row = store.get(work, cases.get(work, reference), document_id)
    return _picture(views.thumbnail(row, files))


_PUBLIC = "/public" + _CASE
_PUBLIC_ONE = "/public" + _ONE


@router.get(_PUBLIC, summary="List the published documents of a case")
def list_public(reference: Reference, council: Council, database: Db, files: Files) -> PublicDocuments:
    """What the public register shows; 404 for a case that is not on it."""
    with database.reading(Access.public(council.id)) as work:
        case = _public_case(work, reference)
        rows = store.public(work, case, unscanned_too=files.settings.publish_unscanned)
        return PublicDocuments(documents=views.public_documents(case, rows))


@router.get(
    _PUBLIC_ONE + "/file", summary="Download a published document", response_class=Response, responses={200: _FILE}
)
def download_public(
    reference: Reference, document_id: DocumentId, council: Council, database: Db, files: Files
) -> Response:
    """The copy for the public: without data on author, camera and place."""
    return sent_out(views.file_for_public(_published(database, council, files, reference, document_id), files))


@router.get(
    _PUBLIC_ONE + "/thumbnail",
    summary="Thumbnail of a published document",
    response_class=Response,
    responses={200: _FILE},
)
def thumbnail_public(
    reference: Reference, document_id: DocumentId, council: Council, database: Db, files: Files
) -> Response:
    """A PNG of at most 400 pixels a side."""
    return _picture(views.thumbnail(_published(database, council, files, reference, document_id), files))


def _published(database: Database, council: CouncilRow, files: Filing, reference: str, document_id: int) -> DocumentRow:
    """A document that the public may see; in the same words NotFound for one that is hidden and one that is not."""
    with database.reading(Access.public(council.id)) as work:
        case = _public_case(work, reference)
        for row in store.public(work, case, unscanned_too=files.settings.publish_unscanned):
            if row.id == document_id:
                return row
    raise NotFound(f"Case {reference} has no document {document_id}.", code="document")


def _public_case(work: Work, reference: str) -> CaseRow:
    """A case on the public register; in the same words NotFound for one that is not, and one that is not there."""
    case = cases.get(work, reference)
    if case.published_at is None:
        raise NotFound(f"There is no case {reference}.", code="case")
    return case


def _known(database: Database, access: Access, reference: str, document_id: int | None = None) -> None:
    """Raise NotFound before a file is looked at that has nowhere to go."""
    with database.reading(access) as work:
        case = cases.get(work, reference)
        if document_id is not None:
            store.get(work, case, document_id)


def _checked(files: Filing, sent: SubmittedForm) -> Checked:
    if set(sent.files) != {"file"}:
        raise RequestRefused("Send one file that is not empty, in the field “file”.", code="file_missing")
    return files.check(*sent.files["file"])


def _details(form: UploadForm) -> Details:
    return Details(tuple(form.tags), form.title, tuple(form.numbers), form.received_on)


_OUT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def sent_out(download: views.Download) -> Response:
    """Always an attachment that no browser opens in our place, whatever is in it."""
    headers = {**_OUT, "Content-Disposition": attachment(download.name)}
    if download.size is not None:
        headers["Content-Length"] = str(download.size)
    return StreamingResponse(download.chunks, media_type=download.media_type, headers=headers)


def _picture(content: bytes) -> Response:
    return Response(content, media_type="image/png", headers=_OUT)

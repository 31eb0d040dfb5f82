"""JSON routes of intake: applications from other systems, in, and what was sent, for officers."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request
from starlette.responses import JSONResponse, Response

from api.accounts.guard import council_of, database_of, officer, officer_or_client
from api.accounts.tables import CouncilRow
from api.cases.arriving import Eyes, requirements_for
from api.cases.desk import eyes_of, moment
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import json_body, single_valued, submitted_form
from api.core.problems import RequestRefused, described
from api.documents.filing import Filing
from api.documents.routes import filing_of
from api.documents.service import Details
from api.submissions import intake, portal, store
from api.submissions.forms import CheckAnswer, EnforcementAnswer, SubmissionAnswer, SubmissionDetail
from api.submissions.incoming import Incoming
from api.submissions.intake import Attached, Sending, Taken
from api.submissions.odp import read_odp
from bopsgis.errors import InputRefused, TooLarge

__all__ = ["router"]

router = APIRouter(
    prefix="/api/v2/submissions",
    tags=["Submissions"],
    dependencies=[Depends(single_valued)],
    responses={**described(400, 401, 403, 404, 409, 413, 415, 422, 503)},
)

_AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"model": SubmissionAnswer, "description": "Sent before under this Idempotency-Key; the answer of then."}
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "A submission in the Open Digital Planning schema application, "
                    "prototypeApplication, preApplication or enforcement; `metadata.schema` says which.",
                }
            }
        },
    }
}
_ZIP_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


async def _json_with_bytes(request: Request) -> tuple[object, bytes]:
    return await json_body(request), await request.body()


async def _zip_bytes(request: Request) -> bytes:
    """The package, as the body itself or as the file of a form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/zip":
        return await request.body()
    sent = await submitted_form(request)
    if set(sent.files) != {"file"} or sent.fields:
        raise RequestRefused("Send one zip in the field “file”, and nothing else.", code="file_missing")
    return sent.files["file"][1]


def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=8,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="Of your own making, such as a UUID. Sent again with the same body, the answer is the same "
            "and nothing is kept twice; with another body it is refused.",
        ),
    ] = None,
) -> str | None:
    return idempotency_key


Db = Annotated[Database, Depends(database_of)]
Sender = Annotated[Access, Depends(officer_or_client("submissions:write"))]
Council = Annotated[CouncilRow, Depends(council_of)]
Looking = Annotated[Eyes, Depends(eyes_of)]
Key = Annotated[str | None, Depends(_key)]
Sent = Annotated[tuple[object, bytes], Depends(_json_with_bytes)]
SubmissionId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.post(
    "",
    summary="Send an application",
    status_code=201,
    response_model=SubmissionAnswer,
    responses=_AGAIN,
    openapi_extra=_BODY,
)
def send(access: Sender, sent: Sent, key: Key, council: Council, database: Db, eyes: Looking) -> Response:
    """Opens a case, or keeps a report of a breach; 200 with the same answer where it was sent before.

    What is missing does not keep an application out: it is listed, and the case stays unvalidated. Documents
    are recorded as expected; no address in the submission is ever fetched.
    """
    value, raw = sent
    sending = Sending(access, raw, key)
    before = _before(database, sending)
    if before is not None:
        return _answered(before)
    incoming, now = read_odp(value, raw), moment()
    asked = requirements_for(database, access)
    findings = intake.look_into(incoming, council, eyes, now, _listed_tags(incoming), asked)
    return _answered(intake.take(database, sending, incoming, findings, now))


@router.post("/check", summary="Check an application before it is sent", openapi_extra=_BODY)
def check_only(access: Sender, sent: Sent, council: Council, database: Db, eyes: Looking) -> CheckAnswer:
    """The same reading and the same lists as for sending, and nothing is kept."""
    incoming = read_odp(*sent)
    asked = requirements_for(database, access)
    findings = intake.look_into(incoming, council, eyes, moment(), _listed_tags(incoming), asked)
    return CheckAnswer.model_validate(
        {
            "kind": incoming.kind.value,
            "application_type": incoming.application_type or None,
            "missing": findings.lacks.missing,
            "possibly_missing": findings.lacks.possibly,
            "differences": findings.differences,
            "notes": findings.notes,
        }
    )


@router.post(
    "/planning-portal",
    summary="Send a Planning Portal package",
    status_code=201,
    response_model=SubmissionAnswer,
    responses=_AGAIN,
    openapi_extra=_ZIP_BODY,
)
def send_package(
    access: Sender,
    data: Annotated[bytes, Depends(_zip_bytes)],
    key: Key,
    council: Council,
    database: Db,
    eyes: Looking,
    files: Annotated[Filing, Depends(filing_of)],
) -> Response:
    """A zip with `Application.json`, `SiteLocationWGS84.geojson` and attachments (PDF, PNG, JPEG).

    An attachment that cannot be taken is left out and named in the notes.
    """
    sending = Sending(access, data, key)
    before = _before(database, sending)
    if before is not None:
        return _answered(before)
    package, now = portal.read_package(data), moment()
    if len(package.attachments) > files.settings.max_files_per_case:
        raise TooLarge(f"A case can have {files.settings.max_files_per_case} documents.", code="too_many_documents")
    with ExitStack() as storing:
        attached, refused = _stored(storing, files, access.council_id, package.attachments)
        tags = [tag for _, details in attached.files for tag in details.tags]
        asked = requirements_for(database, access)
        findings = intake.look_into(package.incoming, council, eyes, now, tags, asked)
        told = replace(findings, notes=(*findings.notes, *refused))
        return _answered(intake.take(database, sending, package.incoming, told, now, attached))


@router.get("/{submission}", summary="Read a submission")
def read(submission: SubmissionId, access: Annotated[Access, Depends(officer())], database: Db) -> SubmissionDetail:
    """What was answered, and all that was sent, with personal data: for officers."""
    with database.reading(access) as work:
        row = store.get(work, submission)
        report = store.enforcement_report(work, row)
        return SubmissionDetail(
            answer=SubmissionAnswer.model_validate(row.answer),
            schema_version=row.schema_version,
            sender=row.sender,
            sender_reference=row.sender_reference,
            received_at=row.received_at,
            raw=json.loads(row.raw),
            raw_sha256=row.raw_sha256,
            enforcement=None
            if report is None
            else EnforcementAnswer(
                report=report.id,
                description=report.description,
                address=report.address,
                received_on=report.received_on,
                reported_by=report.reported_by,
            ),
        )


def _before(database: Database, sending: Sending) -> Taken | None:
    """What was answered before under this key, so that a package sent again is not even opened."""
    with database.reading(sending.access) as work:
        return intake.previous(work, sending)


def _listed_tags(incoming: Incoming) -> list[str]:
    return [tag for one in incoming.documents for tag in one.tags]


def _stored(
    storing: ExitStack, files: Filing, council_id: int, attachments: tuple[portal.Attachment, ...]
) -> tuple[Attached, list[str]]:
    """The attachments in the storage for as long as the block runs well, and a note on each that cannot be taken."""
    kept, refused = [], []
    for one in attachments:
        try:
            checked = files.check(one.name, one.data)
        except InputRefused as error:
            refused.append(f"{one.name[:100]} was left out: {error.message}")
            continue
        filed = storing.enter_context(files.filed(council_id, checked))
        kept.append((filed, Details(tags=one.tags, title=one.title)))
    return Attached(kept, files.settings), refused


def _answered(taken: Taken) -> Response:
    headers = {"Cache-Control": "no-store", "Location": f"{router.prefix}/{taken.answer['submission']}"}
    return JSONResponse(dict(taken.answer), 200 if taken.again else 201, headers)

"""What comes in about documents, checked, and what goes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from api.core.values import ClosedModel, Line, LongText

__all__ = [
    "UPLOAD_BODY",
    "ArchiveForm",
    "AvailabilityForm",
    "ChangeForm",
    "DocumentAnswer",
    "DocumentsAnswer",
    "NextVersionForm",
    "PublicDocument",
    "PublicDocuments",
    "ReleaseForm",
    "UploadForm",
    "VersionForm",
    "from_fields",
]

_LISTS = frozenset({"tags", "numbers"})
_VERSION = Field(ge=1, description="The document's version as you read it; an older one is answered with 409.")

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "PDF, PNG or JPEG."},
                        "tags": {"type": "string", "description": "Document tags, with commas between them."},
                        "title": {"type": "string", "maxLength": 200},
                        "numbers": {"type": "string", "description": "Drawing numbers, with commas between them."},
                        "received_on": {"type": "string", "format": "date"},
                        "version": {"type": "integer", "description": "Of the document that this belongs to."},
                    },
                }
            }
        },
    }
}
"""How OpenAPI describes an upload: the body is read by `api.core.incoming`, not by FastAPI."""


class UploadForm(ClosedModel):
    """What is said of a file that comes in."""

    tags: list[Line] = Field(default_factory=list, max_length=20)
    title: Line | None = None
    numbers: list[Line] = Field(default_factory=list, max_length=50)
    received_on: date | None = None


class NextVersionForm(UploadForm):
    """The same of a file that belongs to a document which is there."""

    version: int = _VERSION


class VersionForm(ClosedModel):
    """An act that needs nothing but the document as it was seen."""

    version: int = _VERSION


class ChangeForm(VersionForm):
    """What is to be corrected; what is left out stays."""

    title: Line | None = None
    tags: list[Line] | None = Field(default=None, max_length=20)
    numbers: list[Line] | None = Field(default=None, max_length=50)
    received_on: date | None = None
    in_decision_notice: bool | None = None


class ArchiveForm(VersionForm):
    """Why the document is put away."""

    reason: LongText


class ReleaseForm(VersionForm):
    """Why the document may be opened all the same."""

    reason: LongText


class AvailabilityForm(VersionForm):
    """Whether consultees see the document."""

    available: bool


class DocumentAnswer(ClosedModel):
    """A document as officers see it."""

    id: int
    version: int
    title: str
    file_name: str
    tags: list[str]
    numbers: list[str]
    in_decision_notice: bool
    revision: int
    replaces: int | None
    redacts: int | None
    received_on: date
    media_type: str
    size: int = Field(description="Bytes.")
    sha256: str
    pages: int | None
    width: int | None
    height: int | None
    scan: str = Field(description="pending, clean, infected or unscanned.")
    quarantined_because: str = Field(description="Why nobody may open the file; empty where that is not so.")
    released_because: str = Field(description="Why an administrator took it out of quarantine; empty where none did.")
    archived_at: datetime | None
    archived_because: str
    published: bool
    not_public_because: str | None = Field(description="Why it may not be published; null where it may.")
    for_consultees: bool
    has_thumbnail: bool
    added_by: str
    added_at: datetime


class DocumentsAnswer(ClosedModel):
    """The documents of a case, oldest first, archived ones too."""

    documents: list[DocumentAnswer]


class PublicDocument(ClosedModel):
    """A document as the public register shows it."""

    title: str
    tags: list[str]
    received: date
    url: str = Field(description="Of the file; with `/thumbnail` in the place of `/file`, of a small picture.")


class PublicDocuments(ClosedModel):
    """The published documents of a case."""

    documents: list[PublicDocument]


Model = TypeVar("Model", bound=ClosedModel)


def from_fields(model: type[Model], fields: Mapping[str, str]) -> Model:
    """The fields of a multipart form as `model`; lists are written with commas, empty fields count as left out.

    Raises RequestValidationError with one entry for each field at fault.
    """
    given: dict[str, Any] = {
        name: [part.strip() for part in text.split(",") if part.strip()] if name in _LISTS else text
        for name, text in fields.items()
        if text.strip()
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None

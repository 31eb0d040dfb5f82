"""One table from error class to HTTP status, and one way to say a problem: RFC 9457 JSON or a page."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from api.core.pages import frame_of, page
from bopsgis import gridref
from bopsgis.errors import (
    ActRefused,
    BopsgisError,
    BoundaryRefused,
    CalendarExhausted,
    EditConflict,
    FormatRefused,
    GridReferenceRefused,
    InputRefused,
    NotAllowed,
    NotFound,
    NotSignedIn,
    StoreDamaged,
    StoreError,
    StoreMissing,
    Throttled,
    TooLarge,
    TransformUnavailable,
)
from bopsgis.types import Point

__all__ = [
    "STATUS",
    "STATUS_OF_CODE",
    "FieldsRefused",
    "Problem",
    "ProblemDetails",
    "RequestRefused",
    "ServiceAway",
    "UnsupportedType",
    "described",
    "from_error",
    "from_http",
    "from_validation",
    "respond",
    "status_of",
    "wants_json",
]

_log = logging.getLogger("bopsgis.web")


class RequestRefused(InputRefused):
    """The request is not of the kind that the address takes, whatever its content."""

    default_code = "request_refused"


class UnsupportedType(RequestRefused):
    """The body's content type is not one that the address takes."""

    default_code = "content_type_refused"


class ServiceAway(BopsgisError):
    """Another service that this one needs does not answer. Its message is for the person who waits."""

    default_code = "service_away"


class FieldsRefused(InputRefused):
    """Fields of a body cannot be used; `faults` has one entry each, with a JSON pointer (RFC 6901) to the field."""

    default_code = "fields_refused"

    def __init__(self, faults: Sequence[tuple[str, str]], *, at: Point | None = None) -> None:
        sentence = "; ".join(f"{pointer}: {message}" for pointer, message in faults[:5])
        more = f" And {len(faults) - 5} more." if len(faults) > 5 else ""
        super().__init__(f"The submission cannot be used: {sentence}{more}", at=at)
        self.faults = tuple({"pointer": pointer, "message": message} for pointer, message in faults)


STATUS: Mapping[type[BopsgisError], int] = {
    UnsupportedType: 415,
    RequestRefused: 400,
    TooLarge: 413,
    FormatRefused: 400,
    BoundaryRefused: 422,
    GridReferenceRefused: 422,
    InputRefused: 422,
    NotFound: 404,
    NotSignedIn: 401,
    NotAllowed: 403,
    EditConflict: 409,
    ActRefused: 409,
    Throttled: 429,
    CalendarExhausted: 503,
    ServiceAway: 503,
    StoreMissing: 503,
    StoreDamaged: 503,
    StoreError: 503,
    TransformUnavailable: 503,
    BopsgisError: 500,
}
"""Looked up by class, then by the nearest base class: no route has an opinion of its own."""

STATUS_OF_CODE: Mapping[str, int] = {"too_deep": 400}
"""Faults whose class would say something else: JSON nested too deep is bad JSON, however short."""

_JSON_PATHS = ("/api/", "/archives/", "/map/", "/maps/", "/tiles/", "/openapi.json", "/live", "/ready")

NOTHING_HERE = "There is nothing at this address."

_PROGRAM_PATHS = ("/ogc",)
"""Pages too, but asked by programs more than by people: they get JSON unless they ask for a page."""


class ProblemDetails(BaseModel):
    """A problem as RFC 9457 words it (`application/problem+json`), with where on the ground and what to do."""

    type: str = Field(
        examples=["/docs#problem-boundary_refused"], description="Where this kind of problem is explained."
    )
    title: str = Field(examples=["Unprocessable Content"], description="The HTTP status in words.")
    status: int = Field(examples=[422])
    detail: str = Field(examples=["The site boundary crosses itself near TQ 33400 77900."])
    code: str = Field(examples=["crosses_itself"], description="A stable word for programs.")
    hint: str | None = Field(default=None, description="What to do next.")
    at: dict[str, float | str] | None = Field(
        default=None,
        description="The place of the fault: easting and northing (EPSG:27700, metres) and grid reference.",
    )
    errors: list[dict[str, str]] | None = Field(default=None, description="One entry for each field at fault.")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that went wrong, before it is known who is told."""

    status: int
    detail: str
    code: str
    hint: str | None = None
    at: Point | None = None
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] | None = None

    @property
    def title(self) -> str:
        """The HTTP status in words."""
        return HTTPStatus(self.status).phrase

    def details(self) -> ProblemDetails:
        """The problem as its JSON says it."""
        return ProblemDetails(
            type=f"/docs#problem-{self.code}",
            title=self.title,
            status=self.status,
            detail=self.detail,
            code=self.code,
            hint=self.hint,
            at=_place(self.at),
            errors=[dict(error) for error in self.errors] or None,
        )


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with, for its OpenAPI description."""
    return {status: {"model": ProblemDetails, "content": {"application/problem+json": {}}} for status in statuses}


def status_of(error: BopsgisError) -> int:
    """The HTTP status of an error raised on purpose, from the table."""
    if error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def from_error(error: BopsgisError) -> Problem:
    """What an error raised on purpose says to a caller; where the service itself is at fault, only that.

    Messages of store errors are for whoever runs the service: they name folders. Those go to the log.
    """
    if status_of(error) >= 500:
        _log.error("%s: %s", error.code, error)
    if status_of(error) >= 500 and not isinstance(error, ServiceAway):
        return Problem(status_of(error), "The data cannot be asked at the moment.", error.code, hint="Try again later.")
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, Throttled) else None
    faults = error.faults if isinstance(error, FieldsRefused) else ()
    return Problem(
        status_of(error), error.message, error.code, hint=error.hint, at=error.at, errors=faults, headers=headers
    )


def from_validation(scope: Scope, error: RequestValidationError) -> Problem:
    """What pydantic found wrong with the parameters, in one entry a field.

    For people an address with a part that cannot be is an address at which there is nothing.
    """
    if not wants_json(scope) and any(fault["loc"][0] == "path" for fault in error.errors()):
        return Problem(
            404, NOTHING_HERE, "not_found", hint="Check that the address, or the link in a message, is whole."
        )
    errors = [
        {
            "field": ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0]),
            "message": str(fault["msg"]),
        }
        for fault in error.errors()
    ]
    sentence = "; ".join(f"{fault['field']}: {fault['message']}" for fault in errors)
    return Problem(422, f"The request cannot be used: {sentence}.", "parameters_refused", errors=errors)


def from_http(error: HTTPException) -> Problem:
    """What the framework refuses (no such page, method not allowed, a broken form)."""
    sentences = {404: NOTHING_HERE, 405: "This address does not take that kind of request."}
    detail = sentences.get(error.status_code, str(error.detail))
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("'", "")
    return Problem(error.status_code, detail, code, headers=error.headers)


def respond(scope: Scope, problem: Problem) -> Response:
    """The problem as JSON for programs and as a page for people, told apart by the address asked."""
    headers = {**(problem.headers or {}), "Cache-Control": "no-store"}
    if wants_json(scope):
        body = problem.details().model_dump(exclude_none=True)
        return JSONResponse(body, problem.status, headers, media_type="application/problem+json")
    frame = frame_of(scope["app"]) if "app" in scope else {}
    path = str(scope.get("path", ""))
    context = {**frame, "problem": problem, "place": _place(problem.at), "path": path}
    response = page("problem.html", context, problem.status)
    response.headers.update(headers)
    return response


def wants_json(scope: Scope) -> bool:
    """Whether a program asks: by the address, or by what it accepts."""
    path = str(scope.get("path", ""))
    accept = Request(scope).headers.get("accept", "")
    if path.startswith(_PROGRAM_PATHS):
        return "text/html" not in accept
    return path.startswith(_JSON_PATHS) or ("json" in accept and "text/html" not in accept)


def _place(at: Point | None) -> dict[str, float | str] | None:
    if at is None:
        return None
    place: dict[str, float | str] = {"easting": round(at.easting, 2), "northing": round(at.northing, 2)}
    with suppress(GridReferenceRefused):  # outside the lettered squares the figures alone must do
        place["grid_reference"] = gridref.format(at)
    return place

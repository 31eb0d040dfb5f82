"""How JSON bodies, forms and query strings come in: once, strictly, and bounded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.core.limits import WebLimits
from api.core.problems import RequestRefused, UnsupportedType
from bopsgis.errors import TooLarge
from bopsgis.formats import strict_json

__all__ = ["SubmittedForm", "body_of", "json_body", "single_valued", "submitted_form", "web_limits"]

_JSON_TYPES = ("application/json", "application/geo+json", "application/vnd.geo+json")
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class SubmittedForm:
    """The fields of a form as text, stripped of nothing, and its files as (name, bytes); empty files left out."""

    fields: Mapping[str, str]
    files: Mapping[str, tuple[str, bytes]]

    def only(self, *known: str) -> None:
        """Raise RequestRefused where the form has a field that the address does not know."""
        for name in {*self.fields, *self.files} - set(known):
            raise RequestRefused(f"The form has a field {_shown(name)} that is not known.", code="unknown_field")


def web_limits(request: Request) -> WebLimits:
    """The limits that the application was made with."""
    limits: WebLimits = request.app.state.limits
    return limits


async def json_body(request: Request) -> object:
    """The body as strict JSON: UTF-8, no NaN, no repeated keys, no deep nesting, no lone surrogates.

    Raises UnsupportedType for another content type and FormatRefused or TooLarge for bad bytes.
    """
    _accept(request, _JSON_TYPES)
    raw = await request.body()
    limits = web_limits(request)
    return await run_in_threadpool(
        strict_json.loads, raw, max_bytes=limits.max_body_bytes, max_depth=limits.max_json_depth
    )


Model = TypeVar("Model", bound=BaseModel)


def body_of(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that reads the body as strict JSON of this model; no value is bent into another type.

    Raises what `json_body` raises, and RequestValidationError with one entry for each field at fault.
    """

    async def read(request: Request) -> Model:
        await json_body(request)
        try:
            return model.model_validate_json(await request.body(), strict=True)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False, include_input=False)
            raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None

    return read


async def submitted_form(request: Request) -> SubmittedForm:
    """The body as a form; at most one file, and each field once.

    Raises UnsupportedType for another content type, RequestRefused for a field given twice.
    """
    _accept(request, _FORM_TYPES)
    limits = web_limits(request)
    fields: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    form = request.form(max_files=1, max_fields=limits.max_form_fields, max_part_size=limits.max_body_bytes)
    async with form as data:
        for name, value in data.multi_items():
            if name in fields or name in files:
                raise RequestRefused(f"The form gives {_shown(name)} more than once.", code="repeated_field")
            if isinstance(value, UploadFile):
                if content := await value.read():
                    files[name] = (value.filename or "", content)
            else:
                fields[name] = _plain(name, value)
    return SubmittedForm(fields, files)


def single_valued(request: Request) -> None:
    """Refuse a query string that gives one name twice: which of the two is meant nobody can say."""
    names = [name for name, _ in request.query_params.multi_items()]
    if len(names) > web_limits(request).max_form_fields:
        raise TooLarge("The address has too many parameters.")
    for name in names:
        if names.count(name) > 1:
            raise RequestRefused(f"The address gives {_shown(name)} more than once.", code="repeated_parameter")


def _accept(request: Request, types: tuple[str, ...]) -> None:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() not in types:
        raise UnsupportedType(f"Send the body as {types[0]} (Content-Type header).")
    if kind.strip().lower() in _JSON_TYPES and charset not in ("", "utf-8"):
        raise UnsupportedType("JSON has to be sent as UTF-8.")


def _plain(name: str, text: str) -> str:
    """The text of a field, refused where it holds what no keyboard gives: NUL or half a surrogate pair."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestRefused(f"The field {_shown(name)} has characters in it that are not text.", code="not_text")
    return text


def _shown(name: str) -> str:
    """A field's name as it may be repeated in a message."""
    return repr(name[:40].encode("ascii", "backslashreplace").decode("ascii"))

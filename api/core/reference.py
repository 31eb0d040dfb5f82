"""The reference page of the JSON API: made from the OpenAPI document, on our own page, with nothing from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.core.pages import page

__all__ = ["Operation", "SchemaView", "operations", "router", "schemas"]

router = APIRouter(include_in_schema=False)

_MEANINGS = {
    "200": "The answer.",
    "304": "You have this already (ETag).",
    "400": "The body is not what it claims to be, or the request cannot be read.",
    "404": "It is not here.",
    "408": "The request took too long to arrive.",
    "413": "Over a published limit.",
    "415": "The content type is not one that the address takes.",
    "422": "It was read, and cannot be used: the problem says why, and where on the ground.",
    "503": "The data cannot be asked now.",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    place: str
    required: bool
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One address and method."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body_example: str
    media_type: str
    answers: tuple[tuple[str, str, str], ...]
    """(status, meaning, name of the schema or nothing)"""


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a schema."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class SchemaView:
    """One schema that answers are made of."""

    name: str
    description: str
    fields: tuple[Field, ...]


@router.get("/docs")
def docs(request: Request) -> Response:
    """The reference page."""
    document: Mapping[str, Any] = request.app.openapi()
    return page(
        "docs.html",
        {
            "active": "docs",
            "operations": tuple(operations(document)),
            "schemas": tuple(schemas(document)),
            "base": str(request.base_url).rstrip("/"),
        },
    )


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of an OpenAPI document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            media_type = next(iter(content), "")
            example = content.get(media_type, {}).get("example")
            yield Operation(
                id=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=operation.get("summary", ""),
                description=operation.get("description", ""),
                parameters=tuple(_parameter(each) for each in operation.get("parameters", ())),
                body_example="" if example is None else json.dumps(example),
                media_type=media_type,
                answers=tuple(_answer(status, each) for status, each in sorted(operation["responses"].items())),
            )


def schemas(document: Mapping[str, Any]) -> Iterator[SchemaView]:
    """Every object schema of an OpenAPI document, but those that only the framework uses."""
    for name, schema in sorted(document.get("components", {}).get("schemas", {}).items()):
        if "properties" in schema and name not in ("HTTPValidationError", "ValidationError"):
            fields = tuple(
                Field(field, _kind(each), each.get("description", "")) for field, each in schema["properties"].items()
            )
            yield SchemaView(name, schema.get("description", ""), fields)


def _parameter(parameter: Mapping[str, Any]) -> Parameter:
    schema = parameter.get("schema", {})
    examples = schema.get("examples") or [""]
    return Parameter(
        name=parameter["name"],
        place=parameter["in"],
        required=parameter.get("required", False),
        description=parameter.get("description", schema.get("description", "")),
        example=str(examples[0]),
    )


def _answer(status: str, response: Mapping[str, Any]) -> tuple[str, str, str]:
    content = response.get("content", {})
    named = [_kind(each["schema"]) for each in content.values() if "schema" in each]
    return status, _MEANINGS.get(status, response.get("description", "")), named[0] if named else ""


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a few words: `list of Hit`, `text`, `number or nothing`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    words = {"string": "text", "null": "nothing", "integer": "whole number", "boolean": "true or false"}
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if schema.get("format") == "date":
        return "date"
    return words.get(kind, kind)

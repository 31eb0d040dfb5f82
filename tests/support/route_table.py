"""Every route of the service as a table, read from its routers: a route added tomorrow is asked like the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from api import main
from api.accounts import guard

__all__ = ["Listed", "least_body", "route_table"]

_GUARDS = tuple(f"{one.__name__}.<locals>" for one in (guard.officer, guard.client, guard.officer_or_client))
_TEXTS = ("x", "a@b.example", "2026-06-01", "1" * 32, "26-00001-HAPP", "Example words", "12")


@dataclass(frozen=True, slots=True)
class Listed:
    """One method of one route."""

    method: str
    path: str
    guarded: bool
    """Whether it wants a signed-in officer or an API client."""
    in_schema: bool
    model: type[BaseModel] | None
    """Of its JSON body."""

    def address(self, values: Mapping[str, str]) -> str:
        """The address with a value for each part, by its name and the word before it, by its name, or `1`."""

        def value(part: re.Match[str]) -> str:
            before, name = part[1] or "", part[2]
            return f"/{before}{values.get(before + name, values.get(name, '1'))}"

        return re.sub(r"/([\w.-]+/|[\w.-]+\.)?\{(\w+)(?::\w+)?\}", value, self.path)


def route_table() -> list[Listed]:
    """All routes, in the order in which they are asked."""
    found = [*_walk(main._ROUTERS)]
    return [
        Listed(method, route.path, _guarded(route), route.include_in_schema, _model(route))
        for route in found
        for method in sorted(route.methods)
    ]


def _walk(routers: Iterable[Any]) -> Iterator[APIRoute]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield route
            else:
                yield from _walk([route.original_router])


def _calls(dependant: Any) -> Iterator[Callable[..., Any]]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def _guarded(route: APIRoute) -> bool:
    return any(
        call.__module__ == guard.__name__ and call.__qualname__.startswith(_GUARDS)
        for call in _calls(route.dependant)
        if hasattr(call, "__qualname__")
    )


def _model(route: APIRoute) -> type[BaseModel] | None:
    """The model that `body_of` was given: it is held by the function that reads the body."""
    for call in _calls(route.dependant):
        if getattr(call, "__qualname__", "").startswith("body_of.<locals>"):
            held = [cell.cell_contents for cell in call.__closure__ or ()]
            return next(one for one in held if isinstance(one, type))
    return None


def least_body(model: type[BaseModel] | None) -> dict[str, Any]:
    """The least JSON that the model takes, as far as its schema tells: what is required, and the version 1."""
    if model is None:
        return {}
    schema = model.model_json_schema()
    value = _least(schema, schema.get("$defs", {}))
    return {**value, **({"version": 1} if "version" in schema["properties"] else {})}


def _least(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _least(known[schema["$ref"].rsplit("/", 1)[-1]], known)
    if "anyOf" in schema:
        return _least(schema["anyOf"][0], known)
    if "enum" in schema:
        return schema["enum"][0]
    plain = {"integer": schema.get("minimum", 1), "number": 1.0, "boolean": True, "string": _text(schema)}
    kind = schema.get("type", "object")
    if kind == "array":
        return [_least(schema["items"], known)] * schema.get("minItems", 0)
    if kind == "object":
        return {name: _least(schema["properties"][name], known) for name in schema.get("required", [])}
    return plain[kind]


def _text(schema: Mapping[str, Any]) -> str:
    """A text that the schema's pattern, form and lengths allow."""
    if schema.get("format") == "date":
        return "2026-06-01"
    pattern, shortest = schema.get("pattern", ""), schema.get("minLength", 0)
    fitting = [one for one in _TEXTS if len(one) >= shortest and re.search(pattern, one)]
    return fitting[0] if fitting else "x" * shortest

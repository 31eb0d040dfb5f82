"""HTML pages: one Jinja environment with the GOV.UK macros, and what every page is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.core.access import Access

__all__ = ["environment", "frame_of", "page", "render", "show"]

_TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


@cache
def environment() -> jinja2.Environment:
    """The environment of all pages: escaped, with our templates first and GOV.UK's macros beside them.

    The macros of govuk-frontend-jinja read options that may be absent, at any depth: hence ChainableUndefined.
    """
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(_TEMPLATES),
                jinja2.PrefixLoader({"govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,
        extensions=["jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, context: Mapping[str, object]) -> str:
    """The template filled in."""
    return environment().get_template(template).render(context)


def page(template: str, context: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """The template filled in, as a response."""
    return HTMLResponse(render(template, context), status_code=status)


def frame_of(app: Any) -> dict[str, object]:
    """What every page of an application has in its frame: how the council shows itself."""
    brand = getattr(app.state, "brand", None)
    return {} if brand is None else {"service": brand()}


def show(
    request: Request,
    template: str,
    context: Mapping[str, object],
    *,
    viewer: Access | None = None,
    status: int = 200,
    secret: bool = False,
) -> HTMLResponse:
    """A page of the service in its frame: the sample town's notice, and who is signed in.

    `done` in the address names what was done before coming here; each template has its own sentences for the
    names that it knows, so that an address can put no words of its own on the page. A page made for an officer
    is kept by no cache; nor is one whose address is a `secret` link, which no other site is told of either.
    """
    frame = {
        **frame_of(request.app),
        "town": request.app.state.town,
        "path": request.url.path,
        "viewer": viewer,
        "viewer_name": viewer.actor.partition(" <")[0] if viewer else "",
        "done": request.query_params.get("done", ""),
    }
    response = page(template, {**frame, **context}, status)
    if secret:
        response.headers["Referrer-Policy"] = "no-referrer"
    if viewer is not None or secret:
        response.headers["Cache-Control"] = "no-store"
    return response

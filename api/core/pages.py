"""HTML pages: one Jinja environment with the GOV.UK macros, and what every page is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2
from starlette.responses import HTMLResponse

__all__ = ["environment", "page", "render"]

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

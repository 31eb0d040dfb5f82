"""The council's colour as a style sheet, for every page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/brand.css")
def brand_css(request: Request) -> Response:
    """The few variables that a council sets; empty where it has chosen no colour.

    White text is readable on every colour that settings take, so that only one colour is needed.
    """
    colour = request.app.state.brand().colour
    rules = f":root {{ --app-brand: {colour}; --govuk-brand-colour: {colour}; }}\n" if colour else ""
    return Response(rules, media_type="text/css", headers={"Cache-Control": "no-cache"})

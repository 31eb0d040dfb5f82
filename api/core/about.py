"""Pages about the service itself: cookies, accessibility, privacy."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.core.pages import show

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/cookies")
def cookies(request: Request) -> Response:
    """Which cookies there are: one, for officers."""
    return show(request, "about/cookies.html", {})


@router.get("/accessibility")
def accessibility(request: Request) -> Response:
    """The accessibility statement."""
    return show(request, "about/accessibility.html", {})


@router.get("/privacy")
def privacy(request: Request) -> Response:
    """What is kept about people, and what of it is public."""
    return show(request, "about/privacy.html", {})

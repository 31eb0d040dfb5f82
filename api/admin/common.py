"""What the administrator's pages share: who may open them, and settings that are read, changed and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from pydantic import ValidationError
from starlette.responses import Response

from api.accounts.guard import database_of, officer
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import SubmittedForm, submitted_form
from api.core.page_forms import Answers, attempt
from api.core.pages import show
from api.councils import service
from api.councils.settings import CouncilSettings
from bopsgis.planning.case import Role

__all__ = ["Administrator", "Db", "Form", "Number", "admin_page", "keep", "read_settings", "version_of"]

Db = Annotated[Database, Depends(database_of)]
Administrator = Annotated[Access, Depends(officer(Role.ADMINISTRATOR))]
Form = Annotated[SubmittedForm, Depends(submitted_form)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]

_SECTIONS = {
    "/admin": "Overview",
    "/admin/users": "Users",
    "/admin/settings": "Council",
    "/admin/local-list": "Local list",
    "/admin/consultees": "Consultees",
    "/admin/library": "Libraries",
    "/admin/clients": "API clients",
    "/admin/datasets": "Data",
    "/admin/outbox": "Outbox",
}


def admin_page(
    request: Request, access: Access, template: str, context: Mapping[str, object], answers: Answers | None = None
) -> Response:
    """A page of the administration with its sections beside it; with its faults where there are any."""
    path = request.url.path
    here = max((one for one in _SECTIONS if path == one or path.startswith(f"{one}/")), key=len)
    status = answers.status if answers is not None and answers.errors else 200
    given = {"sections": _SECTIONS, "section": here, "answers": answers}
    return show(request, f"admin/{template}", {**given, **context}, viewer=access, status=status)


def read_settings(database: Database, access: Access) -> tuple[CouncilSettings, int]:
    """The council's settings as they hold, and their version."""
    with database.reading(access) as work:
        return service.settings_of(work), service.version_of(work)


def version_of(answers: Answers) -> int:
    """The version of the settings that the form was made from."""
    given = answers.fields.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def keep(
    database: Database,
    access: Access,
    answers: Answers,
    changed: Mapping[str, Any],
    field_of: Callable[[tuple[int | str, ...]], str],
) -> bool:
    """Keep the settings with some of their parts changed; what is refused becomes an error of its field.

    `field_of` gives the field of the form for the place in the settings at which a value was refused.
    """
    settings, _ = read_settings(database, access)
    try:
        wanted = CouncilSettings.model_validate({**settings.model_dump(), **changed})
    except ValidationError as refused:
        for error in refused.errors(include_url=False):
            answers.fault(field_of(error["loc"]), _in_words(error["msg"]))
        return False

    def kept() -> bool:
        with database.unit_of_work(access) as work:
            service.keep_settings(work, wanted, version_of(answers), clock.now())
        return True

    return not answers.errors and attempt(kept, answers, "version") is True


def _in_words(message: str) -> str:
    """The library's message without its beginning, as a sentence begins."""
    words = message.removeprefix("Value error, ")
    return words[:1].upper() + words[1:]

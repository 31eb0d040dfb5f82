"""The administrator's pages of what the council sets: brand, signatory, hours, texts, local list, consultees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.admin.common import Administrator, Db, Form, admin_page, keep, read_settings
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.page_forms import Answers, see_other
from api.councils.service import requirements_of
from api.councils.settings import TEMPLATES
from bopsgis.planning.application_types import families
from bopsgis.planning.documents import document_tags
from constraints.catalogue import datasets

__all__ = ["router"]

router = APIRouter(prefix="/admin", include_in_schema=False, dependencies=[Depends(single_valued)])

_FIELDS = (
    *("version", "name", "colour", "logo_text", "signatory-name", "signatory-role", "opens", "closes"),
    *TEMPLATES,
)
_TEXTS = {"neighbour_letter": "Letter to neighbours", "consultee_request": "Request to consultees"}
_WHEN = ("family", "constraint", "near", "area")


@router.get("/settings")
def settings(request: Request, access: Administrator, database: Db) -> Response:
    """The council's brand, signatory, office hours and texts."""
    return _settings_page(request, access, database)


@router.post("/settings")
def keep_settings(request: Request, form: Form, access: Administrator, database: Db) -> Response:
    """Keep them as a new version."""
    form.only(*_FIELDS)
    answers = Answers(form)
    given = {name: answers.text(name, longest=20_000 if name in TEMPLATES else 200) for name in _FIELDS}
    signatory = {"name": given["signatory-name"], "role": given["signatory-role"]}
    changed = {
        "brand": {
            "name": given["name"] or None,
            "colour": given["colour"].lower() or None,
            "logo_text": given["logo_text"] or None,
        },
        "signatory": signatory if any(signatory.values()) else None,
        "business_hours": {"opens": given["opens"], "closes": given["closes"]},
        "templates": {
            name: given[name]
            for name, (ours, _) in TEMPLATES.items()
            if given[name] and given[name] != ours.replace("\r\n", "\n").strip()
        },
    }
    if answers.errors or not keep(database, access, answers, changed, _settings_field):
        return _settings_page(request, access, database, answers)
    return see_other("/admin/settings?done=kept")


@router.get("/local-list")
def local_list(request: Request, access: Administrator, database: Db) -> Response:
    """The documents that applications have to come with, beyond the national list."""
    return _local_page(request, access, database)


@router.post("/local-list")
def change_local_list(request: Request, form: Form, access: Administrator, database: Db) -> Response:
    """Add an entry, take one away, or go back to the model list."""
    form.only("version", "act", "key", "name", "document", *_WHEN)
    answers = Answers(form)
    current, _ = read_settings(database, access)
    entries: list[Any] | None = [one.model_dump() for one in current.local_list or []]
    act = answers.choice("act", ("add", "remove", "model"), ask="Select what to do")
    if act == "model":
        entries = None
    elif act == "remove":
        entries = [one for one in entries or [] if one["key"] != form.fields.get("key")]
    elif act == "add":
        name = answers.text("name", ask="Enter what is asked for")
        document = answers.choice("document", tuple(document_tags()), ask="Select a kind of document")
        key = "-".join("".join(char if char.isalnum() else " " for char in name.lower()).split())[:60].strip("-")
        entries = [*(entries or []), {"key": key, "name": name, "documents": [document], "when": _when(answers)}]
    if answers.errors or not keep(database, access, answers, {"local_list": entries}, lambda _: "name"):
        return _local_page(request, access, database, answers)
    return see_other("/admin/local-list?done=kept")


@router.get("/consultees")
def consultees(request: Request, access: Administrator, database: Db) -> Response:
    """Whom the council consults of its own accord, and whom it does not."""
    return _consultees_page(request, access, database)


@router.post("/consultees")
def change_consultees(request: Request, form: Form, access: Administrator, database: Db) -> Response:
    """Add a rule, or take one away."""
    form.only("version", "act", "who", "why", *_WHEN)
    answers = Answers(form)
    current, _ = read_settings(database, access)
    act = answers.choice("act", ("consult", "leave", "forget-consult", "forget-leave"), ask="Select what to do")
    who = answers.text("who", ask="Enter who is consulted")
    kept = {
        "consultees": [one.model_dump() for one in current.consultees],
        "not_consulted": [one.model_dump() for one in current.not_consulted],
    }
    part = "not_consulted" if act.endswith("leave") else "consultees"
    if act.startswith("forget"):
        kept[part] = [one for one in kept[part] if one["who"] != who]
    else:
        rule: dict[str, Any] = {"who": who, "why": answers.text("why", ask="Enter the reason")}
        kept[part].append(rule if part == "not_consulted" else {**rule, "when": _when(answers)})
    if answers.errors or not keep(database, access, answers, kept, lambda _: "who"):
        return _consultees_page(request, access, database, answers)
    return see_other("/admin/consultees?done=kept")


def _when(answers: Answers) -> dict[str, Any]:
    """Which applications a rule is for; nothing given is every one."""
    family = answers.choice("family", tuple(families()))
    constraint = answers.choice("constraint", tuple(datasets()))
    near = answers.choice("near", tuple(datasets()))
    area = answers.number("area", ask="Enter an area in square metres", least=0, most=1e8, required=False)
    return {
        "families": [family] if family else [],
        "constraints": [constraint] if constraint else [],
        "near": [near] if near else [],
        "area_over_m2": area,
    }


def _settings_field(place: tuple[int | str, ...]) -> str:
    """The field of the form in which a setting is given."""
    parts = [str(part) for part in place]
    if parts[0] == "signatory":
        return f"signatory-{parts[-1]}"
    if parts[0] == "business_hours":
        return parts[1] if len(parts) > 1 else "opens"
    if parts[0] == "templates":
        return parts[1] if len(parts) > 1 else next(iter(TEMPLATES))
    return parts[-1]


def _settings_page(request: Request, access: Access, database: Database, answers: Answers | None = None) -> Response:
    held, version = read_settings(database, access)
    signatory = held.signatory
    fields: Mapping[str, Any] = {
        "version": version,
        "name": held.brand.name,
        "colour": held.brand.colour,
        "logo_text": held.brand.logo_text,
        "signatory-name": signatory.name if signatory else "",
        "signatory-role": signatory.role if signatory else "",
        "opens": held.business_hours.opens,
        "closes": held.business_hours.closes,
        **{name: held.template(name) for name in TEMPLATES},
    }
    placeholders = {name: sorted(known) for name, (_, known) in TEMPLATES.items()}
    context = {"fields": answers.fields if answers else fields, "texts": _TEXTS, "placeholders": placeholders}
    return admin_page(request, access, "settings.html", context, answers)


def _local_page(request: Request, access: Access, database: Database, answers: Answers | None = None) -> Response:
    held, version = read_settings(database, access)
    context = {
        "entries": held.local_list,
        "model": [one for one in requirements_of(held) if one.level == "local"],
        "documents": sorted((name, tag.name) for name, tag in document_tags().items()),
        **_offered(version, answers),
    }
    return admin_page(request, access, "local_list.html", context, answers)


def _consultees_page(request: Request, access: Access, database: Database, answers: Answers | None = None) -> Response:
    held, version = read_settings(database, access)
    context = {"rules": held.consultees, "left": held.not_consulted, **_offered(version, answers)}
    return admin_page(request, access, "consultees.html", context, answers)


def _offered(version: int, answers: Answers | None) -> dict[str, Any]:
    return {
        "version": version,
        "fields": answers.fields if answers else {},
        "families": [(key, one.name) for key, one in families().items()],
        "datasets": [(slug, one.name) for slug, one in datasets().items()],
        "family_names": {key: one.name for key, one in families().items()},
        "dataset_names": {slug: one.name for slug, one in datasets().items()},
    }

"""A council's settings and libraries: who may set them, what is refused, and what they change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from support.casework import ADMINISTRATOR, NOON, OFFICER, a_case, app_of, signed_in

from api.cases import store as cases
from api.consultations.consultees import add_consultee, consult, proposals
from api.consultations.routes import router as consultations
from api.core.access import Access
from api.core.audit import AuditEvent
from api.core.db import Database
from api.core.outbox import MessageRow
from api.councils import library, service
from api.councils.library import StandardCondition
from api.councils.routes import router
from api.councils.settings import BusinessHours, CouncilSettings
from api.councils.tables import LibraryKind
from api.decisions.notice import gather
from api.decisions.routes import router as decisions
from bopsgis.errors import EditConflict, NotAllowed
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import england
from bopsgis.planning.case import Decision, Role
from bopsgis.planning.decision import DecisionContent
from bopsgis.planning.validation import Sent, missing
from bopsgis.planning.when import Application

CONDITION = {"title": "Materials", "text": "As existing.", "reason": "To fit in."}
POLICY = {
    "policy_area": "Design",
    "code": "D1",
    "title": "Good design",
    "text": "Proposals fit in.",
    "edition": "Local Plan 2024",
    "edition_date": "2024-03-01",
}


@pytest.fixture
def app(database: Database) -> FastAPI:
    """Council `a`'s service."""
    return app_of(database, router, consultations, decisions)


@pytest.fixture
def administrator(app: FastAPI) -> TestClient:
    """An administrator's browser."""
    return signed_in(app, Role.ADMINISTRATOR)


def set_to(database: Database, **settings: Any) -> None:
    """Set the council's settings."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        given = CouncilSettings.model_validate(settings)
        service.keep_settings(work, given, service.version_of(work), NOON.at)


def test_settings_are_kept_in_versions(app: FastAPI, administrator: TestClient) -> None:
    """What is set is read again, every version stays, the audit says what changed, and a stale page is refused."""
    assert administrator.get("/api/v2/council/settings").json()["version"] == 0
    first = {"brand": {"colour": "#1d4e89", "name": "Sample Planning"}}
    for number, settings in enumerate((first, {"signatory": {"name": "S. Ignatory", "role": "Head of Planning"}})):
        answer = administrator.post("/api/v2/council/settings", json={"version": number, "settings": settings})
        assert answer.status_code == 200, answer.text
    stale = administrator.post("/api/v2/council/settings", json={"version": 1, "settings": {}})
    assert (stale.status_code, stale.json()["code"]) == (409, "edit_conflict")
    assert [one["version"] for one in administrator.get("/api/v2/council/settings/versions").json()] == [2, 1]
    earlier = administrator.get("/api/v2/council/settings/versions/1").json()
    assert earlier["settings"]["brand"]["colour"] == "#1d4e89"
    assert administrator.get("/api/v2/council/settings").json()["settings"]["brand"]["colour"] is None
    assert administrator.get("/api/v2/council/settings/versions/9").status_code == 404
    with app.state.database.reading(ADMINISTRATOR) as work:
        events = work.session.scalars(select(AuditEvent).where(AuditEvent.act == "keep_council_settings")).all()
    assert [event.detail["changed"] for event in events] == [["brand"], ["brand", "signatory"]]


def test_only_the_council_s_own_administrators_set_it_up(app: FastAPI) -> None:
    """An assessor may read the library and nothing else; another council has settings of its own."""
    set_to(app.state.database, brand={"name": "A"})
    assessor = signed_in(app, Role.ASSESSOR, Role.REVIEWER)
    assert assessor.get("/api/v2/council/settings").status_code == 403
    assert assessor.post("/api/v2/council/settings", json={"version": 1, "settings": {}}).status_code == 403
    assert assessor.post("/api/v2/council/library", json={"condition": CONDITION}).status_code == 403
    assert assessor.get("/api/v2/council/library/condition").json() == []
    other = Access(council_id=2, actor="B", roles=frozenset({Role.ADMINISTRATOR}))
    with app.state.database.reading(other) as work:
        assert service.version_of(work) == 0
        assert service.settings_of(work).brand.name is None
    with app.state.database.unit_of_work(OFFICER) as work, pytest.raises(NotAllowed):
        service.keep_settings(work, CouncilSettings(), 1, NOON.at)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"brand": {"colour": "#ffdd00"}}, "brand.colour"),
        ({"brand": {"colour": "red"}}, "brand.colour"),
        ({"business_hours": {"opens": "17:00", "closes": "09:00"}}, "business_hours"),
        ({"business_hours": {"opens": "25:00"}}, "business_hours.opens"),
        ({"templates": {"neighbour_letter": "See ((secret))"}}, "templates"),
        ({"templates": {"neighbour_letter": "To ((organisation))"}}, "templates"),
        ({"templates": {"no_such_text": "Hello"}}, "templates"),
        ({"local_list": [{"key": "x", "name": "X", "documents": ["noSuchTag"]}]}, "local_list.0.documents"),
        ({"local_list": [{"key": "x", "name": "X", "documents": []}]}, "local_list.0.documents"),
        ({"consultees": [{"who": "B", "why": "C", "when": {"constraints": ["no-such"]}}]}, "when.constraints"),
        ({"consultees": [{"who": "B", "why": "C", "when": {"families": ["no_such"]}}]}, "when.families"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_cannot_be_used_is_refused_by_field(settings: dict[str, Any], where: str) -> None:
    """Colours that cannot be read, hours upside down, unknown placeholders, tags, constraints, families."""
    with pytest.raises(ValueError, match="validation error") as caught:
        CouncilSettings.model_validate(settings)
    places = [".".join(str(part) for part in fault["loc"]) for fault in caught.value.errors()]  # type: ignore[attr-defined]  # pydantic's
    assert any(where in place for place in places), places


def test_a_council_s_own_list_replaces_the_model_one() -> None:
    """Its requirements are asked for, the model list's are not, and the national ones stay."""
    application = Application(application_type("pp.full.householder"), constraints={"conservation-area": "present"})
    ours = CouncilSettings.model_validate(
        {
            "local_list": [
                {
                    "key": "street-scene",
                    "name": "A drawing of the street",
                    "documents": ["streetScene"],
                    "when": {"constraints": ["conservation-area"]},
                }
            ]
        }
    )

    def keys(settings: CouncilSettings) -> set[str]:
        lacking = missing(application, Sent((), ()), service.requirements_of(settings))
        return {f"{one.requirement.level} {one.requirement.key}" for one in lacking}

    before, after = keys(CouncilSettings()), keys(ours)
    assert {key for key in after if key.startswith("local")} == {"local street-scene"}
    assert any(key.startswith("local") for key in before)
    assert {key for key in before if key.startswith("national")} <= after


@pytest.mark.parametrize(
    ("hours", "at", "day"),
    [
        ({}, datetime(2026, 6, 30, 15, 59, tzinfo=UTC), date(2026, 6, 30)),
        ({}, datetime(2026, 6, 30, 16, 0, tzinfo=UTC), date(2026, 7, 1)),
        ({"closes": "20:00"}, datetime(2026, 6, 30, 16, 0, tzinfo=UTC), date(2026, 6, 30)),
        ({"closes": "16:30"}, datetime(2026, 7, 3, 15, 30, tzinfo=UTC), date(2026, 7, 6)),
        ({"opens": "07:00"}, datetime(2026, 6, 30, 5, 0, tzinfo=UTC), date(2026, 6, 30)),
    ],
)
def test_office_hours_decide_the_day_of_receipt(hours: dict[str, str], at: datetime, day: date) -> None:
    """By the clock in England, and by the hours that the council set."""
    assert service.received_on(at, england(), BusinessHours.model_validate(hours)) == day


def test_consultees_follow_the_council_s_settings(database: Database) -> None:
    """Its own bodies are proposed, and those it does not consult are marked with the reason."""
    set_to(
        database,
        consultees=[
            {"who": "Canal society", "why": "It looks after the towpath."},
            {"who": "Dam keeper", "why": "Below the dam.", "when": {"constraints": ["flood-risk-zone"]}},
            {"who": "Nobody", "why": "Other cases.", "when": {"families": ["tree_works"]}},
        ],
        not_consulted=[{"who": "canal SOCIETY", "why": "It asked not to be."}],
    )
    reference = a_case(database)
    with database.reading(OFFICER) as work:
        proposed = {one.consultee.who: one for one in proposals(work, cases.get(work, reference))}
    assert proposed["Canal society"].left_out == "It asked not to be."
    assert proposed["Dam keeper"].consultee.depends_on == ("flood-risk-zone",)
    assert "Nobody" not in proposed


def test_messages_use_the_council_s_words(database: Database) -> None:
    """A consultee is asked in the council's own words where it has set some."""
    set_to(database, templates={"consultee_request": "Advise us on ((reference)): ((link))"})
    reference = a_case(database)
    with database.unit_of_work(OFFICER) as work:
        row = cases.lock(work, reference)
        added = add_consultee(work, row, NOON, contact_id=None, organisation="Body", email="body@body.example")
        consult(work, row, added.id, NOON)
        mail = work.session.scalars(select(MessageRow)).one()
    assert mail.payload["text"] == f"Advise us on {reference}: ((link))"


def test_the_notice_names_the_signatory(database: Database) -> None:
    """As the settings have it on the day of the decision."""
    set_to(database, signatory={"name": "S. Ignatory", "role": "Head of Planning"})
    reference = a_case(database)
    with database.reading(OFFICER) as work:
        content = DecisionContent(Decision.GRANTED, (), (), ())
        notice = gather(work, cases.get(work, reference), content, (), NOON.on, signed="A. Officer")
    assert notice.signatory == "S. Ignatory, Head of Planning"


def test_the_library_is_offered_to_cases_it_fits(app: FastAPI, administrator: TestClient) -> None:
    """Texts are added, worded anew with their history, put away, and offered by type of application."""
    elsewhere = {"title": "Trees", "text": "Plant another.", "types": {"families": ["tree_works"]}}
    added = administrator.post("/api/v2/council/library", json={"condition": CONDITION}).json()
    for body in ({"informative": elsewhere}, {"policy": POLICY}):
        assert administrator.post("/api/v2/council/library", json=body).status_code == 201
    again = administrator.post("/api/v2/council/library", json={"condition": {**CONDITION, "title": "materials"}})
    assert (again.status_code, again.json()["code"]) == (422, "library_title")
    changed = administrator.post(
        f"/api/v2/council/library/{added['id']}",
        json={"version": 1, "condition": {**CONDITION, "text": "To match."}},
    ).json()
    assert (changed["version"], changed["content"]["text"]) == (2, "To match.")
    kept = administrator.get(f"/api/v2/council/library/{added['id']}/versions").json()
    assert [one["content"]["text"] for one in kept] == ["As existing.", "To match."]
    wrong_kind = administrator.post(
        f"/api/v2/council/library/{added['id']}", json={"version": 2, "informative": elsewhere}
    )
    assert wrong_kind.json()["code"] == "library_kind"
    reference = a_case(app.state.database)
    assessor = signed_in(app, Role.ASSESSOR)
    offered = assessor.get(f"/api/v2/cases/{reference}/library").json()
    assert [one["text"] for one in offered["conditions"]] == ["To match."]
    assert offered["informatives"] == []
    assert offered["policies"][0]["policy"]["edition_date"] == "2024-03-01"
    consideration = {
        "policy_area": "Design",
        "policies": [offered["policies"][0]["policy"]],
        "assessment": "It fits in.",
        "conclusion": "Complies.",
    }
    version = assessor.get("/api/v2/council/library/condition").json()[0]["version"]
    for section, content in (("conditions", offered["conditions"]), ("considerations", [consideration])):
        with app.state.database.reading(OFFICER) as work:
            seen = cases.get(work, reference).version
        body = {"version": seen, "section": section, section: content}
        assert assessor.post(f"/api/v2/cases/{reference}/assessment", json=body).status_code == 200
    away = {"version": version, "archived": True}
    assert administrator.post(f"/api/v2/council/library/{added['id']}/state", json=away).json()["archived"]
    assert assessor.get(f"/api/v2/cases/{reference}/library").json()["conditions"] == []


def test_two_who_word_a_text_at_once_are_told(database: Database) -> None:
    """The second one acted on an older text, and nothing of theirs is kept."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        row = library.add_entry(work, StandardCondition.model_validate(CONDITION), NOON.at)
        library.archive_entry(work, row.id, 1, NOON.at, archived=True)
    with database.unit_of_work(ADMINISTRATOR) as work, pytest.raises(EditConflict):
        library.change_entry(work, row.id, 1, StandardCondition.model_validate(CONDITION), NOON.at)
    with database.reading(ADMINISTRATOR) as work:
        assert [one.archived for one in library.versions(work, library.entry(work, row.id))] == [False, True]
        assert library.entries(work, LibraryKind.CONDITION) == []

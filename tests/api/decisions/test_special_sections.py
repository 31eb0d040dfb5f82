"""Sections that only some types have: immunity, rights taken away, heads of terms; and environmental impact."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from support.casework import ADMINISTRATOR, NOON, OFFICER, a_case, app_of, signed_in
from support.decision_desk import Desk

from api.cases import service, store
from api.core import audit
from api.core.access import Access
from api.core.db import Database
from api.decisions import environmental, prompts
from api.decisions.content import (
    EvidenceGroup,
    HeadOfTerms,
    ImmunityClaim,
    RemovedBy,
    RightsRemoved,
    Section,
    TimeFinding,
)
from api.decisions.routes import router
from bopsgis.errors import ActRefused, InputRefused, NotAllowed
from bopsgis.planning.case import Decision, Role


def claim(**parts: Any) -> ImmunityClaim:
    """A change of use in 2014 with evidence for all of its ten years but May and June 2018."""
    plain: dict[str, Any] = {
        "kind": "use",
        "happened_on": date(2014, 1, 1),
        "evidence": (
            EvidenceGroup("councilTaxBill", date(2014, 1, 1), date(2018, 4, 30)),
            EvidenceGroup("utilityBill", date(2018, 7, 1), date(2025, 12, 31)),
        ),
        "enforcement_notice": False,
        "concealed": False,
        "finding": TimeFinding.IMMUNE,
        "reason": "The bills agree with each other.",
    }
    return ImmunityClaim(**{**plain, **parts})


@pytest.fixture
def certificate(database: Database, filed: Any, assessor: Access, reviewer: Access) -> Desk:
    """A certificate of lawfulness of an existing use, on two desks."""
    return Desk(database, filed(notices=(), application_type="ldc.existing"), assessor, reviewer)


def test_immunity_is_reckoned_and_shown(certificate: Desk) -> None:
    """The years, from when, and the stretch without evidence come back with the law's mark."""
    certificate.write(Section.IMMUNITY, (claim(),))
    with certificate.database.reading(certificate.assessor) as work:
        (told,) = prompts.prompts_answer(work, store.get(work, certificate.reference)).immunity
    assert (told.years, told.immune_from, told.immune, told.verified) == (10, date(2024, 1, 1), True, False)
    assert told.gaps == [(date(2018, 5, 1), date(2018, 6, 30))]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"happened_on": date(2020, 1, 1)}, "not_immune_yet"),
        ({"enforcement_notice": True}, "enforcement_notice_in_force"),
        ({"reason": " "}, "reason_missing"),
        ({"kind": "sheds"}, "breach_kind"),
        ({"happened_on": date(2026, 12, 1)}, "breach_in_future"),
        ({"evidence": (EvidenceGroup("utilityBill", date(2020, 1, 2), date(2020, 1, 1)),)}, "span_order"),
    ],
)
def test_immunity_that_cannot_be_is_refused(certificate: Desk, parts: dict[str, Any], code: str) -> None:
    """Too early, against a notice in force, without a reason, of no kind, in the future, backwards."""
    with pytest.raises(InputRefused) as caught:
        certificate.write(Section.IMMUNITY, (claim(**parts),))
    assert caught.value.code == code


def test_an_open_finding_holds_the_recommendation_up(certificate: Desk) -> None:
    """What is still to be determined is determined before anything is recommended."""
    certificate.write(Section.IMMUNITY, (claim(finding=TimeFinding.TO_BE_DETERMINED, reason=""),))
    with pytest.raises(InputRefused) as caught:
        certificate.recommend()
    assert caught.value.code == "immunity_open"
    certificate.write(Section.IMMUNITY, (claim(),))
    certificate.recommend()
    assert certificate.state()[0] == "awaiting_review"


def test_sections_are_for_the_types_that_ask_them(desk: Desk, certificate: Desk) -> None:
    """No immunity on a householder application, no obligation with a certificate; rights removed on both."""
    with pytest.raises(InputRefused, match="lawful by time"):
        desk.write(Section.IMMUNITY, (claim(),))
    with pytest.raises(InputRefused, match="planning obligation"):
        certificate.write(Section.HEADS_OF_TERMS, (HeadOfTerms("School", "Money for a school."),))
    desk.write(Section.HEADS_OF_TERMS, (HeadOfTerms("School", "Money for a school.", date(2026, 6, 20)),))
    removed = RightsRemoved(RemovedBy.CONDITION, "19-00321-FULM, condition 7", ("1A",), "To protect the garden.")
    for one in (desk, certificate):
        one.write(Section.PERMITTED_DEVELOPMENT, (removed,))
        one.write(Section.PERMITTED_DEVELOPMENT, ())


def test_special_sections_over_http(database: Database, filed: Any) -> None:
    """Written and read as JSON, refused by field, and judged by the reviewer like any section."""
    app = app_of(database, router)
    reference = filed(notices=(), application_type="ldc.existing")
    assessor = signed_in(app, Role.ASSESSOR)
    with database.reading(OFFICER) as work:
        version = store.get(work, reference).version
    evidence = {"tag": "utilityBill", "first_day": "2014-01-01", "last_day": "2025-01-01"}
    content = {
        "kind": "use",
        "happened_on": "2014-01-01",
        "evidence": [evidence],
        "finding": "immune",
        "reason": "Yes.",
    }
    body = {"version": version, "section": "immunity", "immunity": [content]}
    wrong = assessor.post(
        f"/api/v2/cases/{reference}/assessment",
        json={**body, "immunity": [{**content, "evidence": [{**evidence, "tag": "sitePlan.proposed"}]}]},
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "immunity.0.evidence.0.tag")
    assert assessor.post(f"/api/v2/cases/{reference}/assessment", json=body).status_code == 200
    (kept,) = assessor.get(f"/api/v2/cases/{reference}/assessment").json()["sections"]
    assert kept["content"][0]["evidence"][0]["tag"] == "utilityBill"
    told = assessor.get(f"/api/v2/cases/{reference}/assessment/prompts").json()
    assert told["immunity"][0]["gaps"] == []


def test_an_officer_s_word_on_the_environment_moves_the_deadline(database: Database) -> None:
    """Required: 16 weeks instead of 8; taken back: 8 again; with an agreed extension it stays."""
    reference = a_case(database)
    seen = []
    for state in ("required", "not_required"):
        with database.unit_of_work(OFFICER) as work:
            row = store.lock(work, reference)
            environmental.say(work, row, state, "As the screening opinion says.", NOON)
            seen.append((row.eia, row.determination_deadline))
    assert seen == [(True, date(2026, 9, 18)), (False, date(2026, 7, 24))]
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        service.extend_time(work, row, date(2026, 12, 1), "Agreed.", NOON)
        environmental.say(work, row, "required", "After all.", NOON)
        assert row.determination_deadline == date(2026, 12, 1)
        acts = [event.act for event in audit.trail(work, row.id)]
        assert acts.count("say_environmental_impact") == 3
        answer = prompts.environmental_answer(work, row)
    assert (answer.inferred, answer.state, answer.environmental_impact) == ("not_required", "required", True)


def test_who_may_not_assess_may_not_say(database: Database) -> None:
    """An administrator has no word in it, and a case that is over is left alone."""
    reference = a_case(database)
    with database.unit_of_work(ADMINISTRATOR) as work, pytest.raises(NotAllowed):
        environmental.say(work, store.lock(work, reference), "required", "Why.", NOON)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        service.withdraw(work, row, "Asked to.", NOON)
        with pytest.raises(ActRefused):
            environmental.say(work, row, "required", "Why.", NOON)


def test_a_reviewer_judges_immunity_like_any_section(certificate: Desk) -> None:
    """A decision follows an accepted claim."""
    certificate.write(Section.IMMUNITY, (claim(),))
    certificate.recommend(Decision.GRANTED)
    certificate.decide(Decision.GRANTED)
    assert certificate.state()[0] == "decided"

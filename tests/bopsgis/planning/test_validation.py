"""What an application still lacks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bopsgis.planning.application_types import application_type
from bopsgis.planning.validation import Sent, missing, national_and_model_list, requirements_from_data
from bopsgis.planning.when import Application

ALL_CHECKS = {"boundary", "boundary_in_council", "certificate", "description", "fee", "form"}
DRAWINGS = {"locationPlan", "sitePlan.proposed", "elevations.proposed"}
DATASETS = {name for r in national_and_model_list() for name in (*r.when.constraints, *r.when.near)}
CLEAR = dict.fromkeys(DATASETS, "absent")


def lacks(application: Application, sent: Sent) -> dict[str, tuple[str, ...]]:
    """Key of each missing requirement with what it depends on."""
    return {m.requirement.key: m.depends_on for m in missing(application, sent)}


def test_a_complete_householder_application_lacks_nothing() -> None:
    """All checks passed, three drawings, no constraint: nothing is missing."""
    application = Application(application_type("pp.full.householder"), area_m2=300, constraints=CLEAR)
    assert lacks(application, Sent(ALL_CHECKS, DRAWINGS)) == {}


def test_each_missing_thing_is_named() -> None:
    """An application with nothing at all lacks every item of its own list and none of another type's."""
    application = Application(application_type("pp.full.householder"), area_m2=300, constraints=CLEAR)
    assert set(lacks(application, Sent((), ()))) == {
        *("form", "boundary", "boundary-in-council", "description", "fee", "ownership-certificate"),
        *("location-plan", "site-plan", "elevations"),
    }


def test_constraints_found_add_documents() -> None:
    """A flood zone asks for a flood risk assessment, a conservation area for a heritage statement."""
    found = {**CLEAR, "flood-risk-zone": "present", "conservation-area": "present", "tree": "near"}
    application = Application(application_type("pp.full.minor"), area_m2=300, constraints=found)
    added = set(lacks(application, Sent(ALL_CHECKS, DRAWINGS | {"biodiversityNetGainInformation"})))
    assert added == {"flood-risk-assessment", "heritage-statement", "tree-survey"}


def test_what_is_not_known_is_said_and_not_demanded() -> None:
    """With no data on flood zones the assessment is listed as depending on them."""
    found = {name: status for name, status in CLEAR.items() if name != "flood-risk-zone"}
    application = Application(application_type("pp.full.minor"), area_m2=300, constraints=found)
    sent = Sent(ALL_CHECKS, DRAWINGS | {"biodiversityNetGainInformation"})
    assert lacks(application, sent) == {"flood-risk-assessment": ("flood-risk-zone",)}
    (item,) = missing(application, sent)
    assert "not known yet" in item.sentence


def test_a_hectare_needs_a_flood_risk_assessment_anywhere() -> None:
    """A site of one hectare needs it outside flood zones too, one square metre less does not."""
    kind = application_type("pp.full.minor")
    sent = Sent(ALL_CHECKS, DRAWINGS | {"biodiversityNetGainInformation"})
    assert "flood-risk-assessment-large-site" in lacks(Application(kind, 10_000, constraints=CLEAR), sent)
    assert lacks(Application(kind, 9_999, constraints=CLEAR), sent) == {}


def test_a_council_s_own_list_takes_the_place_of_the_model_one() -> None:
    """A local list is data in the same form, checked when read."""
    row = {
        "key": "parking-plan",
        "name": "A parking plan",
        "documents": ["parkingPlan"],
        "level": "local",
        "citation": "local list",
        "edition": "2026",
        "verified": True,
    }
    (requirement,) = requirements_from_data([row], "the council's list")
    application = Application(application_type("pp.full.householder"))
    assert [m.requirement.key for m in missing(application, Sent((), ()), [requirement])] == ["parking-plan"]
    with pytest.raises(ValueError, match=r"the council's list: parking-plan: unknown keys \['document'\]"):
        requirements_from_data([{**row, "document": "x"}], "the council's list")
    with pytest.raises(ValueError, match="either a check or documents"):
        requirements_from_data([{**row, "check": "fee"}], "the council's list")


def test_what_is_asked_for_follows_the_law_of_the_day() -> None:
    """Biodiversity net gain: major applications from 12 February 2024, small sites from 2 April 2024."""
    sent = Sent(ALL_CHECKS, frozenset())
    for code, day in (("pp.full.major", date(2024, 2, 12)), ("pp.full.minor", date(2024, 4, 2))):
        asked = [
            {one.requirement.key for one in missing(Application(application_type(code), on=on), sent)}
            for on in (day - timedelta(days=1), day, None)
        ]
        assert [any(key.startswith("biodiversity") for key in keys) for keys in asked] == [False, True, True]

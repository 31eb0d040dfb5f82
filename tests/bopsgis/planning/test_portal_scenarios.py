"""The Planning Portal's scenario numbers: all 53, and the rules that decide between two types."""

from __future__ import annotations

import pytest

from bopsgis.errors import NotFound
from bopsgis.planning.application_types import application_type
from bopsgis.planning.portal_scenarios import ScenarioFacts, application_type_for, scenario_numbers, tag_for


def test_every_scenario_gives_a_type_that_new_cases_may_have() -> None:
    """All 53, with nothing known of the form."""
    assert len(scenario_numbers()) == 53
    for number in scenario_numbers():
        assert application_type(application_type_for(number, ScenarioFacts())).current


@pytest.mark.parametrize(
    ("scenario", "facts", "code"),
    [
        (4, ScenarioFacts(site_area_m2=9_999.9, floorspace_m2=999.9, dwellings=9), "pp.full.minor"),
        (4, ScenarioFacts(site_area_m2=10_000), "pp.full.major"),
        (4, ScenarioFacts(floorspace_m2=1_000), "pp.full.major"),
        (4, ScenarioFacts(dwellings=10), "pp.full.major"),
        (16, ScenarioFacts(site_area_m2=49_999), "pa.part6.classB"),
        (19, ScenarioFacts(site_area_m2=50_000), "pa.part6.classA"),
        (31, ScenarioFacts(protected_trees=True), "wtt.consent"),
        (31, ScenarioFacts(), "wtt.notice"),
        (2, ScenarioFacts(), "pp.full.householder"),
    ],
)
def test_the_form_decides_between_types(scenario: int, facts: ScenarioFacts, code: str) -> None:
    """At each threshold and just under it."""
    assert application_type_for(scenario, facts) == code


def test_an_unknown_scenario_is_refused() -> None:
    """13 is no scenario."""
    with pytest.raises(NotFound):
        application_type_for(13, ScenarioFacts())


def test_documents_get_the_tag_that_fits() -> None:
    """The more special words come first; what nothing fits gets none."""
    assert tag_for("Existing_elevations") == "elevations.existing"
    assert tag_for("Elevations") == "elevations.proposed"
    assert tag_for("Application_Form") is None

"""Publicity that the law requires."""

from __future__ import annotations

from datetime import date

import pytest

from bopsgis.planning.application_types import application_type
from bopsgis.planning.publicity import Means, duties, possible_duties, still_due
from bopsgis.planning.when import Application, When

KNOWN_ABSENT = {
    "conservation-area": "absent",
    "listed-building": "absent",
    "listed-building-outline": "absent",
    "right-of-way": "absent",
}


def keys(code: str, *, eia: bool = False, **found: str) -> set[str]:
    """The keys of the duties on an application of this type."""
    constraints = {**KNOWN_ABSENT, **{name.replace("_", "-"): status for name, status in found.items()}}
    return {duty.key for duty in duties(Application(application_type(code), constraints=constraints, eia=eia))}


def test_an_ordinary_householder_application_needs_a_notice_or_letters() -> None:
    """Either a site notice or neighbour letters, and the website."""
    assert keys("pp.full.householder") == {"ordinary"}


def test_a_major_application_also_needs_the_press() -> None:
    """Major development is advertised in a newspaper."""
    assert keys("pp.full.major") == {"major"}
    plain = Application(application_type("pp.full.major"), constraints=KNOWN_ABSENT)
    assert still_due(plain, {Means.NEIGHBOUR_LETTER, Means.WEBSITE}) == ("press notice",)


def test_a_conservation_area_adds_site_and_press_notice() -> None:
    """The duty follows from the map, nobody has to tick it."""
    assert keys("pp.full.householder", conservation_area="present") == {"ordinary", "conservation-area"}
    assert "conservation-area" not in keys("pp.full.householder", conservation_area="adjacent")


def test_a_listed_building_nearby_concerns_its_setting() -> None:
    """Near is enough for the duty on the setting."""
    assert "setting-of-a-listed-building" in keys("pp.full.minor", listed_building="near")


def test_certificates_and_adverts_are_not_publicised() -> None:
    """Lawful development certificates and advertisement consent carry no duty."""
    assert keys("ldc.proposed") == set()
    assert keys("advertConsent", conservation_area="present") == set()


def test_letters_do_not_meet_a_duty_for_a_site_notice() -> None:
    """In a conservation area the either-or is settled by the site notice that is due anyway."""
    here = Application(application_type("pp.full.householder"), constraints={"conservation-area": "present"})
    assert still_due(here, set()) == ("website", "site notice", "press notice")
    assert still_due(here, {Means.NEIGHBOUR_LETTER, Means.WEBSITE}) == ("site notice", "press notice")
    assert still_due(here, {Means.SITE_NOTICE, Means.PRESS_NOTICE, Means.WEBSITE}) == ()


def test_what_is_not_known_is_a_possible_duty_never_a_silent_no() -> None:
    """With no constraint data the duties that hang on it are listed with what would have to be known."""
    unknown = Application(application_type("pp.full.householder"))
    possible = {duty.key: datasets for duty, datasets in possible_duties(unknown)}
    assert possible["conservation-area"] == ("conservation-area",)
    assert possible["setting-of-a-listed-building"] == ("listed-building", "listed-building-outline")
    assert not possible_duties(Application(application_type("pp.full.householder"), constraints=KNOWN_ABSENT))


def test_a_duty_holds_from_the_day_on_which_it_became_law() -> None:
    """Permission in principle on application is publicised since 1 June 2018; without a day, the newest law counts."""
    kind = application_type("pp.pip")
    before, since = (Application(kind, on=day) for day in (date(2018, 5, 31), date(2018, 6, 1)))
    assert [duty.key for duty in duties(before)] == []
    assert [duty.key for duty in duties(since)] == ["permission-in-principle"]
    assert duties(Application(kind)) == duties(since)


def test_a_rule_that_ended_holds_up_to_its_last_day() -> None:
    """Its end is the first day without it; what is not known hangs on no rule that is not in force."""
    rule = {"from": date(2020, 1, 1), "until": date(2021, 1, 1), "when": {"constraints": ["parish"]}}
    when = When.from_data(rule, "test")
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1), None]
    kind = application_type("pp.full.minor")
    there = [Application(kind, constraints={"parish": "present"}, on=day) for day in days]
    assert [when.holds(one) for one in there] == [False, True, True, False, False]
    unknown = [Application(kind, on=day) for day in days]
    assert [bool(when.undetermined_by(one)) for one in unknown] == [False, True, True, False, False]


def test_dates_of_effect_that_cannot_be_are_refused() -> None:
    """A rule that ends before it begins, and dates of effect in the wrong place, are faults of the data."""
    with pytest.raises(ValueError, match="ends before it begins"):
        When.from_data({"from": date(2021, 1, 1), "until": date(2021, 1, 1)}, "test")
    with pytest.raises(ValueError, match="unknown keys"):
        When.from_data({"when": {"in_force_from": date(2021, 1, 1)}}, "test")

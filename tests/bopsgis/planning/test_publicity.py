"""Publicity that the law requires."""

from __future__ import annotations

from bopsgis.planning.application_types import application_type
from bopsgis.planning.publicity import Means, duties, possible_duties, still_due
from bopsgis.planning.when import Application

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

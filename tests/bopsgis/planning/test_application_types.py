"""Types of application."""

from __future__ import annotations

import re

import pytest

from bopsgis.errors import NotFound
from bopsgis.planning.application_types import application_type, application_types, families
from bopsgis.planning.case import Decision
from bopsgis.planning.deadlines import periods


def test_all_codes_are_there_with_unique_suffixes() -> None:
    """115 codes, 9 of them superseded; suffixes are unique, 2 to 6 capital letters and digits."""
    types = application_types()
    assert len(types) == 115
    assert sum(not kind.current for kind in types.values()) == 9
    suffixes = [kind.suffix for kind in types.values()]
    assert len(set(suffixes)) == 115
    assert all(re.fullmatch("[A-Z0-9]{2,6}", suffix) for suffix in suffixes)


def test_every_type_has_a_family_and_a_known_period() -> None:
    """Family and period of each type exist; the period is one for determination."""
    for kind in application_types().values():
        assert kind.family in families()
        if kind.period is not None:
            assert periods()[kind.period].kind == "determination"


def test_major_development_has_thirteen_weeks_or_ten() -> None:
    """No major application for planning permission falls back to eight weeks."""
    for kind in application_types().values():
        if "major" in kind.traits:
            assert kind.period in {"determination-major", "determination-technical-details-major"}


def test_what_can_be_decided_depends_on_the_family() -> None:
    """Only prior approvals and EIA opinions can be "not required"; a pre-application ends in advice."""
    assert Decision.NOT_REQUIRED in application_type("pa.part1.classA").decisions
    assert Decision.NOT_REQUIRED not in application_type("pp.full.householder").decisions
    assert application_type("preApp").decisions == {Decision.ADVICE}


def test_an_unknown_code_suggests_what_was_meant() -> None:
    """A misspelt code is refused with the right one."""
    with pytest.raises(NotFound, match=r"pp\.full\.householder"):
        application_type("pp.full.housholder")

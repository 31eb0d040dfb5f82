"""Whom to consult."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bopsgis.planning.application_types import application_type
from bopsgis.planning.consultees import ProposedConsultee, propose_consultees
from bopsgis.planning.when import Application

FROM_MAP = ProposedConsultee("Local highway authority", ("The site fronts the A99.",), ("catalogue",), verified=False)


def test_a_body_is_proposed_once_with_all_its_reasons() -> None:
    """Reasons from the type and from the map are merged under one name."""
    major = Application(application_type("pp.full.major"), constraints={"classified-road": "near"})
    found = {consultee.who: consultee for consultee in propose_consultees(major, [FROM_MAP])}
    assert len(found["Local highway authority"].reasons) == 3
    assert "Lead local flood authority" in found


def test_what_is_not_known_is_proposed_last_with_what_it_depends_on() -> None:
    """A householder application with no road data may concern the highway authority, and says so."""
    householder = Application(application_type("pp.full.householder"), constraints={"parish": "absent"})
    (only,) = propose_consultees(householder)
    assert (only.who, only.depends_on) == ("Local highway authority", ("classified-road",))
    clear = Application(
        application_type("pp.full.householder"), constraints={"parish": "absent", "classified-road": "absent"}
    )
    assert propose_consultees(clear) == ()


def test_a_body_is_consulted_from_the_day_on_which_the_law_named_it() -> None:
    """Active Travel England on large sites since 1 June 2023; a case that was valid before keeps the law of its day."""
    large = Application(application_type("pp.full.major"), area_m2=60_000.0, on=date(2023, 6, 1))
    names = [{one.who for one in propose_consultees(replace(large, on=day))} for day in (date(2023, 5, 31), large.on)]
    assert ["Active Travel England" in one for one in names] == [False, True]

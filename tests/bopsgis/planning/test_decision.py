"""What a decision consists of."""

from __future__ import annotations

from datetime import date

import pytest

from bopsgis.errors import InputRefused
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import england
from bopsgis.planning.case import Decision
from bopsgis.planning.decision import Condition, appeal_period, decide, standard_conditions

HOUSE = application_type("pp.full.householder")
BEFORE = Condition("Drainage", "Submit details of drainage.", "To avoid flooding.", pre_commencement=True)


def code_of(decision: Decision, **content: object) -> str:
    """The code with which a decision is refused."""
    with pytest.raises(InputRefused) as caught:
        decide(HOUSE, decision, **content)  # type: ignore[arg-type]  # each caller gives one known keyword
    return caught.value.code


def test_what_cannot_be_issued_is_refused_with_a_code() -> None:
    """Each fault of a decision has its own code."""
    blank = Condition("Time", " ", "because")
    assert code_of(Decision.NOT_REQUIRED) == "decision_not_possible"
    assert code_of(Decision.REFUSED, reasons=[" "]) == "reasons_missing"
    assert code_of(Decision.REFUSED, reasons=["harm"], conditions=[blank]) == "conditions_on_refusal"
    assert code_of(Decision.GRANTED, conditions=[blank]) == "condition_incomplete"
    assert code_of(Decision.GRANTED, conditions=[BEFORE]) == "condition_not_agreed"


def test_conditions_before_the_start_come_first() -> None:
    """Agreed pre-commencement conditions lead, the others keep their order."""
    agreed = Condition("Drainage", "t", "r", pre_commencement=True, agreed_on=date(2026, 6, 1))
    standard = standard_conditions(HOUSE, ["Plan 1", "Plan 2"])
    issued = decide(HOUSE, Decision.GRANTED, conditions=[*standard, agreed])
    assert [c.title for c in issued.conditions] == ["Drainage", "Time limit", "Approved plans"]
    assert "Plan 1; Plan 2" in issued.conditions[2].text


def test_certificates_have_no_standard_conditions() -> None:
    """Only permissions and listed building consent start from standard conditions."""
    assert standard_conditions(application_type("ldc.proposed"), ["Plan 1"]) == ()
    assert len(standard_conditions(application_type("listed"), [])) == 1


def test_householders_have_twelve_weeks_to_appeal_against_a_refusal() -> None:
    """Twelve weeks for a householder refusal, six months for its conditions and for others."""
    decided = date(2026, 8, 31)
    refused, granted = Decision.REFUSED, Decision.GRANTED
    assert appeal_period(HOUSE, refused, decided, england()).last_day == date(2026, 11, 23)
    assert appeal_period(HOUSE, granted, decided, england()).last_day == date(2027, 2, 28)
    assert appeal_period(application_type("pp.full.minor"), refused, decided, england()).last_day == date(2027, 2, 28)

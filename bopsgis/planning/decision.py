"""What a decision consists of: outcome, numbered conditions with reasons, informatives, appeal rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bopsgis.errors import InputRefused
from bopsgis.planning.application_types import ApplicationType
from bopsgis.planning.calendar import Calendar
from bopsgis.planning.case import Decision
from bopsgis.planning.deadlines import Deadline, due

__all__ = ["Condition", "DecisionContent", "Informative", "appeal_period", "decide", "standard_conditions"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a permission; every condition has a reason (SI 2015/595, article 35)."""

    title: str
    text: str
    reason: str
    pre_commencement: bool = False
    agreed_on: date | None = None
    """When the applicant agreed to a pre-commencement condition (Town and Country Planning Act 1990, section 100ZA)."""


@dataclass(frozen=True, slots=True)
class Informative:
    """Advice that goes with a decision and binds nobody."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class DecisionContent:
    """A decision that can be issued; `conditions` are in the order of their numbers, from 1."""

    decision: Decision
    conditions: tuple[Condition, ...]
    reasons: tuple[str, ...]
    informatives: tuple[Informative, ...]


def standard_conditions(kind: ApplicationType, plans: Sequence[str]) -> tuple[Condition, ...]:
    """The conditions that a grant of this type usually starts from, for the officer to edit.

    Full planning permission: time limit (Town and Country Planning Act 1990, section 91) and approved plans.
    Listed building consent: time limit (Planning (Listed Buildings and Conservation Areas) Act 1990, section 18).
    Other types: none.
    """
    if kind.family == "listed_building":
        reason = "To comply with section 18 of the Planning (Listed Buildings and Conservation Areas) Act 1990."
    elif kind.family == "planning_permission" and "outline" not in kind.traits:
        reason = "To comply with section 91 of the Town and Country Planning Act 1990."
    else:
        return ()
    limit = Condition(
        "Time limit", "The works must begin no later than three years from the date of this decision.", reason
    )
    if not plans:
        return (limit,)
    listed = "; ".join(plans)
    approved = Condition(
        "Approved plans",
        f"The development must be carried out in accordance with these approved plans: {listed}.",
        "So that it is certain what has been permitted.",
    )
    return (limit, approved)


def decide(
    kind: ApplicationType,
    decision: Decision,
    *,
    conditions: Sequence[Condition] = (),
    reasons: Sequence[str] = (),
    informatives: Sequence[Informative] = (),
) -> DecisionContent:
    """Check that a decision can be issued, and put its conditions in order.

    Conditions to meet before work starts come first. Raises InputRefused, with a code, for a decision that
    the type does not allow, a refusal without reasons, conditions on a refusal, a condition without text or
    reason, and a pre-commencement condition that the applicant has not agreed to.
    """
    if decision not in kind.decisions:
        raise InputRefused(f"“{decision.value}” cannot be decided on: {kind.name}.", code="decision_not_possible")
    refused = decision in {Decision.REFUSED, Decision.SPLIT}
    if refused and not any(reason.strip() for reason in reasons):
        raise InputRefused("A refusal has to give its reasons.", code="reasons_missing")
    if decision is Decision.REFUSED and conditions:
        raise InputRefused("A refusal has no conditions.", code="conditions_on_refusal", hint="Remove them.")
    for number, condition in enumerate(conditions, 1):
        _check_condition(number, condition)
    ordered = sorted(conditions, key=lambda condition: not condition.pre_commencement)
    kept = tuple(reason for reason in reasons if reason.strip())
    return DecisionContent(decision, tuple(ordered), kept, tuple(informatives))


def _check_condition(number: int, condition: Condition) -> None:
    if not condition.text.strip() or not condition.reason.strip():
        raise InputRefused(f"Condition {number} needs both a text and a reason.", code="condition_incomplete")
    if condition.pre_commencement and condition.agreed_on is None:
        raise InputRefused(
            f"Condition {number} has to be met before work starts, and the applicant has not agreed to it.",
            code="condition_not_agreed",
            hint="Ask for agreement, or reword it so that it does not hold up the start.",
        )


def appeal_period(kind: ApplicationType, decision: Decision, decided_on: date, calendar: Calendar) -> Deadline:
    """Until when an appeal can be made against a decision of this type.

    The shorter householder period is for refusals; an appeal against a condition has the ordinary one.
    """
    shorter = "householder" in kind.traits and decision is Decision.REFUSED
    return due("appeal-householder" if shorter else "appeal-standard", decided_on, calendar)

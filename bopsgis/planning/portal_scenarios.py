"""What the Planning Portal calls things: its scenario numbers and document types, as data.

>>> application_type_for(4, ScenarioFacts(dwellings=10))
'pp.full.major'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bopsgis.errors import NotFound
from bopsgis.planning.application_types import application_type
from bopsgis.planning.documents import document_tag
from bopsgis.planning.rulebook import read_rules

__all__ = ["ScenarioFacts", "application_type_for", "scenario_numbers", "tag_for"]

_THRESHOLDS = ("site_area_m2", "floorspace_m2", "dwellings")


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """What a form says that decides between several types; None where it does not say."""

    site_area_m2: float | None = None
    floorspace_m2: float | None = None
    """Floorspace that the proposal adds or makes, without dwellings."""
    dwellings: int | None = None
    protected_trees: bool = False
    """The form asks for consent to works to trees under a preservation order."""


@cache
def _rules() -> Mapping[int, tuple[Mapping[str, Any], ...]]:
    """The rules of each scenario; every code in them is one that exists, which loading checks."""
    table = read_rules("portal_scenarios")["scenario"]
    rules = {int(number): tuple(row.get("rules") or ({"code": row["code"]},)) for number, row in table.items()}
    for row in (rule for several in rules.values() for rule in several):
        application_type(row["code"])
    return rules


def scenario_numbers() -> frozenset[int]:
    """All scenario numbers that are known."""
    return frozenset(_rules())


def application_type_for(scenario: int, facts: ScenarioFacts) -> str:
    """The code of the application type. Raises NotFound for a scenario that is not known."""
    if scenario not in _rules():
        raise NotFound(f"There is no Planning Portal scenario {scenario}.", code="portal_scenario")
    return next(str(rule["code"]) for rule in _rules()[scenario] if _holds(rule, facts))


def _holds(rule: Mapping[str, Any], facts: ScenarioFacts) -> bool:
    if "answer" in rule:
        return bool(getattr(facts, rule["answer"]))
    asked = [name for name in _THRESHOLDS if name in rule]
    return not asked or any((getattr(facts, name) or 0) >= rule[name] for name in asked)


@cache
def _document_words() -> Mapping[str, str]:
    words: Mapping[str, str] = read_rules("portal_scenarios")["documents"]
    for tag in words.values():
        document_tag(tag)
    return words


def tag_for(document_type: str) -> str | None:
    """The tag of a document that the Portal calls so; None where nothing fits.

    >>> tag_for("The_location_plan")
    'locationPlan'
    """
    name = " ".join(document_type.replace("_", " ").lower().split())
    return next((tag for words, tag in _document_words().items() if words in name), None)

"""Types of application: all codes of the Open Digital Planning application types, as data."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bopsgis.errors import NotFound
from bopsgis.planning.case import Decision
from bopsgis.planning.rulebook import read_rules

__all__ = ["ApplicationType", "Family", "application_type", "application_types", "families"]


@dataclass(frozen=True, slots=True)
class Family:
    """What types of application have in common: the Act they are made under and what can be decided."""

    key: str
    name: str
    decisions: frozenset[Decision]
    citation: str
    edition: str
    verified: bool
    neighbours: bool
    """True where neighbours are usually told."""
    assessed_against_policies: bool
    """False where the law asks only whether something is lawful or permitted."""


@dataclass(frozen=True, slots=True)
class ApplicationType:
    """One type of application.

    `period` is a rule of `bopsgis.planning.deadlines.periods`, None where the law sets none. `traits` are
    `major`, `householder`, `listed`, `outline`, `superseded` (a code that is read but not given to new
    cases) and how a prior approval is publicised.
    """

    code: str
    name: str
    suffix: str
    family: str
    period: str | None
    traits: frozenset[str]

    @property
    def decisions(self) -> frozenset[Decision]:
        """The decisions that a council can make on it."""
        return families()[self.family].decisions

    @property
    def current(self) -> bool:
        """True where new cases may have this type."""
        return "superseded" not in self.traits


@cache
def families() -> Mapping[str, Family]:
    """All families by key."""
    return {
        key: Family(key=key, **{**row, "decisions": frozenset(Decision(d) for d in row["decisions"])})
        for key, row in read_rules("families").items()
    }


@cache
def application_types() -> Mapping[str, ApplicationType]:
    """All types by code, superseded ones included."""
    return {
        code: ApplicationType(
            code=code,
            name=row["name"],
            suffix=row["suffix"],
            family=families()[row["family"]].key,
            period=row.get("period"),
            traits=frozenset(row.get("traits", ())),
        )
        for code, row in read_rules("application_types").items()
    }


def application_type(code: str) -> ApplicationType:
    """The type with this code. Raises NotFound, with codes that look alike, where there is none."""
    try:
        return application_types()[code]
    except KeyError:
        alike = difflib.get_close_matches(code, application_types(), n=3)
        raise NotFound(
            f"There is no application type “{code[:60]}”.",
            code="application_type",
            hint=f"Did you mean {' or '.join(alike)}?" if alike else None,
        ) from None

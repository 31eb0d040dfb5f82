"""What an application still lacks, from its type, its site and the constraints found there.

Usable before submission: the same answer for an applicant's form, an officer's page and an API client.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bopsgis.planning.rulebook import read_rules
from bopsgis.planning.when import Application, When

__all__ = ["Missing", "Requirement", "Sent", "missing", "national_and_model_list", "requirements_from_data"]

CHECKS = frozenset({"boundary", "boundary_in_council", "certificate", "description", "fee", "form"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that an application has to come with: a check, or one of some documents."""

    key: str
    name: str
    check: str | None
    documents: tuple[str, ...]
    level: str
    citation: str
    edition: str
    verified: bool
    when: When


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with an application: the checks that it passes, and the tags of its documents."""

    passed: Collection[str]
    documents: Collection[str]


@dataclass(frozen=True, slots=True)
class Missing:
    """A requirement that is not met.

    `depends_on` names the constraints that are not known and would decide whether it is needed; empty
    where it is needed for certain.
    """

    requirement: Requirement
    depends_on: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What to send, for the applicant."""
        name = self.requirement.name
        if not self.depends_on:
            return f"{name}."
        return f"{name}, if the site turns out to be affected by: {', '.join(self.depends_on)} (not known yet)."


def requirements_from_data(rows: Sequence[Mapping[str, Any]], where: str) -> tuple[Requirement, ...]:
    """Read a list of requirements: the national one, or a council's local list in the same form.

    Raises ValueError that names `where` and the row for an unknown key, check or a row that asks for nothing.
    """
    return tuple(_requirement(row, f"{where}: {row.get('key', '?')}") for row in rows)


def _requirement(row: Mapping[str, Any], where: str) -> Requirement:
    known = {"key", "name", "check", "documents", "level", "citation", "edition", "verified", "when", "from", "until"}
    if unknown := set(row) - known:
        raise ValueError(f"{where}: unknown keys {sorted(unknown)}")
    check, documents = row.get("check"), tuple(row.get("documents", ()))
    if (check is None) == (not documents):
        raise ValueError(f"{where}: give either a check or documents")
    if check is not None and check not in CHECKS:
        raise ValueError(f"{where}: there is no check {check!r}")
    return Requirement(
        key=row["key"],
        name=row["name"],
        check=check,
        documents=documents,
        level=row["level"],
        citation=row["citation"],
        edition=row["edition"],
        verified=row["verified"],
        when=When.from_data(row, where),
    )


@cache
def national_and_model_list() -> tuple[Requirement, ...]:
    """The national list and a model local list, from the data shipped with this package."""
    return requirements_from_data(read_rules("requirements")["requirement"], "requirements")


def missing(
    application: Application, sent: Sent, requirements: Sequence[Requirement] | None = None
) -> tuple[Missing, ...]:
    """What is still missing, certain requirements first.

    `requirements` defaults to the national and the model local list. A requirement that hangs on a
    constraint which is not known is listed with `depends_on`: it is neither demanded nor dropped.
    """
    certain, possible = [], []
    for requirement in requirements if requirements is not None else national_and_model_list():
        if _met(requirement, sent):
            continue
        if requirement.when.holds(application):
            certain.append(Missing(requirement))
        elif datasets := requirement.when.undetermined_by(application):
            possible.append(Missing(requirement, datasets))
    return (*certain, *possible)


def _met(requirement: Requirement, sent: Sent) -> bool:
    if requirement.check is not None:
        return requirement.check in sent.passed
    return any(tag in sent.documents for tag in requirement.documents)

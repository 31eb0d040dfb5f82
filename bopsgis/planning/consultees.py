"""Whom to consult: because of what is proposed (data here) and because of what lies on the site (given)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from bopsgis.planning.rulebook import read_rules
from bopsgis.planning.when import Application, When

__all__ = ["ProposedConsultee", "propose_consultees"]


@dataclass(frozen=True, slots=True)
class ProposedConsultee:
    """A body to consult, with each reason for it. An officer decides; nothing is sent by itself."""

    who: str
    reasons: tuple[str, ...]
    citations: tuple[str, ...]
    verified: bool
    """True only where the text of the law behind every reason was seen."""
    depends_on: tuple[str, ...] = ()
    """Constraints that are not known and would decide; empty where at least one reason is certain."""


@dataclass(frozen=True, slots=True)
class _Rule:
    who: str
    why: str
    citation: str
    verified: bool
    when: When


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            who=row["who"],
            why=row["why"],
            citation=f"{row['citation']} ({row['edition']})",
            verified=row["verified"],
            when=When.from_data(row, f"consultees {row['key']}"),
        )
        for row in read_rules("consultees")["consultee"]
    )


def propose_consultees(
    application: Application, from_constraints: Iterable[ProposedConsultee] = ()
) -> tuple[ProposedConsultee, ...]:
    """Each body once, with all its reasons, in order of name; bodies that hang on what is not known come last.

    `from_constraints` are the consultees that follow from the constraint report of the site.
    """
    certain: dict[str, ProposedConsultee] = {}
    possible: dict[str, ProposedConsultee] = {}
    for consultee in from_constraints:
        _merge(possible if consultee.depends_on else certain, consultee)
    for rule in _rules():
        datasets = rule.when.undetermined_by(application)
        if rule.when.holds(application):
            _merge(certain, ProposedConsultee(rule.who, (rule.why,), (rule.citation,), rule.verified))
        elif datasets:
            _merge(possible, ProposedConsultee(rule.who, (rule.why,), (rule.citation,), rule.verified, datasets))
    rest = [possible[who] for who in sorted(possible) if who not in certain]
    return (*(certain[who] for who in sorted(certain)), *rest)


def _merge(into: dict[str, ProposedConsultee], new: ProposedConsultee) -> None:
    old = into.get(new.who)
    if old is None:
        into[new.who] = new
        return
    into[new.who] = ProposedConsultee(
        who=new.who,
        reasons=tuple(dict.fromkeys((*old.reasons, *new.reasons))),
        citations=tuple(dict.fromkeys((*old.citations, *new.citations))),
        verified=old.verified and new.verified,
        depends_on=tuple(dict.fromkeys((*old.depends_on, *new.depends_on))),
    )

"""Whether an application needs an environmental impact assessment, as far as its type, size and site can tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bopsgis.planning.rulebook import read_rules
from bopsgis.planning.when import Application, When

__all__ = ["EnvironmentalReason", "EnvironmentalView", "Outcome", "environmental_view"]


class Outcome(StrEnum):
    """What the rules say of environmental impact assessment (EIA)."""

    REQUIRED = "required"
    """Schedule 1 development."""
    SCREENING = "screening"
    """Schedule 2 development, or it may be: the council has to give an opinion."""
    IS_REQUEST = "is_request"
    """The application asks for such an opinion itself."""
    NOT_REQUIRED = "not_required"


@dataclass(frozen=True, slots=True)
class EnvironmentalReason:
    """A rule that applies, or would apply if the constraints in `depends_on` were there."""

    outcome: Outcome
    why: str
    citation: str
    verified: bool
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentalView:
    """The weightiest outcome that is certain, and every reason; possible ones last."""

    outcome: Outcome
    reasons: tuple[EnvironmentalReason, ...]


@cache
def _rules() -> tuple[tuple[EnvironmentalReason, When], ...]:
    return tuple(
        (
            EnvironmentalReason(
                outcome=Outcome(row["outcome"]),
                why=row["why"],
                citation=f"{row['citation']} ({row['edition']})",
                verified=row["verified"],
            ),
            When.from_data(row, f"environmental {row['key']}"),
        )
        for row in read_rules("environmental")["rule"]
    )


def environmental_view(application: Application) -> EnvironmentalView:
    """What the rules infer. It is a prompt for an officer, who decides: use and number of dwellings are not known."""
    certain, possible = [], []
    for reason, when in _rules():
        if when.holds(application):
            certain.append(reason)
        elif datasets := when.undetermined_by(application):
            possible.append(EnvironmentalReason(reason.outcome, reason.why, reason.citation, reason.verified, datasets))
    order = list(Outcome)
    outcome = min((reason.outcome for reason in certain), key=order.index, default=Outcome.NOT_REQUIRED)
    return EnvironmentalView(outcome, (*certain, *possible))

"""Which publicity the law requires for an application, from its type and the constraints on its site."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bopsgis.planning.rulebook import read_rules
from bopsgis.planning.when import Application, When

__all__ = ["Means", "PublicityDuty", "duties", "possible_duties", "still_due"]


class Means(StrEnum):
    """How an application is made known."""

    SITE_NOTICE = "site_notice"
    NEIGHBOUR_LETTER = "neighbour_letter"
    PRESS_NOTICE = "press_notice"
    WEBSITE = "website"
    APPLICANT_NOTICE = "applicant_notice"

    @property
    def in_words(self) -> str:
        """The means as it is written for people."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class PublicityDuty:
    """A duty to publicise. Each entry of `means` has to be met; within an entry any one of its means will do."""

    key: str
    means: tuple[tuple[Means, ...], ...]
    why: str
    citation: str
    edition: str
    verified: bool
    when: When


@cache
def _all_duties() -> tuple[PublicityDuty, ...]:
    return tuple(
        PublicityDuty(
            key=row["key"],
            means=tuple(tuple(Means(word) for word in entry) for entry in row["means"]),
            why=row["why"],
            citation=row["citation"],
            edition=row["edition"],
            verified=row["verified"],
            when=When.from_data(row, f"publicity {row['key']}"),
        )
        for row in read_rules("publicity")["duty"]
    )


def duties(application: Application) -> tuple[PublicityDuty, ...]:
    """The duties that apply, in the order of the law's table."""
    return tuple(duty for duty in _all_duties() if duty.when.holds(application))


def possible_duties(application: Application) -> tuple[tuple[PublicityDuty, tuple[str, ...]], ...]:
    """Duties that would apply if a constraint that is not known were there, each with those datasets."""
    open_ones = ((duty, duty.when.undetermined_by(application)) for duty in _all_duties())
    return tuple((duty, datasets) for duty, datasets in open_ones if datasets)


def still_due(application: Application, given: Collection[Means]) -> tuple[str, ...]:
    """What publicity is still to be given, in words, each once; empty where all duties are met."""
    missing: dict[str, None] = {}
    for duty in duties(application):
        for entry in duty.means:
            if not any(means in given for means in entry):
                missing[" or ".join(means.in_words for means in entry)] = None
    # A means that is due by itself answers an either-or that it belongs to.
    singles = {words for words in missing if " or " not in words}
    return tuple(words for words in missing if words in singles or not singles & set(words.split(" or ")))

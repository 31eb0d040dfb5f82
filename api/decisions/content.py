"""What an assessment consists of: its sections and what each of them holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from bopsgis.planning.decision import Condition, Informative
from bopsgis.planning.immunity import uncovered

__all__ = [
    "LISTED",
    "WRITTEN",
    "Consideration",
    "Content",
    "EvidenceGroup",
    "Finding",
    "GpdoParagraph",
    "HeadOfTerms",
    "ImmunityClaim",
    "PolicyReference",
    "RemovedBy",
    "RightsRemoved",
    "Section",
    "TimeFinding",
    "from_json",
    "to_json",
]


class Section(StrEnum):
    """A part of the assessment. A reviewer judges each by itself."""

    SUMMARY_OF_WORKS = "summary_of_works"
    SITE_DESCRIPTION = "site_description"
    CONSULTATION_SUMMARY = "consultation_summary"
    ADDITIONAL_EVIDENCE = "additional_evidence"
    NEIGHBOUR_SUMMARY = "neighbour_summary"
    AMENITY = "amenity"
    SITE_HISTORY = "site_history"
    """The officer's words on the history; the cases themselves are found by geometry."""
    IMMUNITY = "immunity"
    """Whether what a certificate is asked for can no longer be enforced against."""
    PERMITTED_DEVELOPMENT = "permitted_development"
    """Permitted development rights that were taken away on this land; an empty list says: considered, none."""
    CONSIDERATIONS = "considerations"
    GPDO = "gpdo"
    CONDITIONS = "conditions"
    INFORMATIVES = "informatives"
    HEADS_OF_TERMS = "heads_of_terms"
    """What a planning obligation (Town and Country Planning Act 1990, section 106) is to say."""
    RECOMMENDATION = "recommendation"
    """The recommended decision and its reasons: judged like a section, and written by recommending."""

    @property
    def in_words(self) -> str:
        """The section as it is written for people."""
        return "GPDO classes" if self is Section.GPDO else self.value.replace("_", " ")


WRITTEN = frozenset(
    {
        Section.SUMMARY_OF_WORKS,
        Section.SITE_DESCRIPTION,
        Section.CONSULTATION_SUMMARY,
        Section.ADDITIONAL_EVIDENCE,
        Section.NEIGHBOUR_SUMMARY,
        Section.AMENITY,
        Section.SITE_HISTORY,
    }
)
"""Sections that hold plain text."""


class Finding(StrEnum):
    """Whether a proposal meets a paragraph of the General Permitted Development Order."""

    COMPLIES = "complies"
    DOES_NOT_COMPLY = "does_not_comply"
    TO_BE_DETERMINED = "to_be_determined"


@dataclass(frozen=True, slots=True)
class PolicyReference:
    """A policy as it was read: its edition and the date of that edition, since policies change under a case."""

    code: str
    title: str
    edition: str
    edition_date: date
    url: str = ""


@dataclass(frozen=True, slots=True)
class Consideration:
    """One matter that was weighed, against which policies, and what follows."""

    policy_area: str
    policies: tuple[PolicyReference, ...]
    assessment: str
    conclusion: str


@dataclass(frozen=True, slots=True)
class GpdoParagraph:
    """A paragraph of Schedule 2 to the GPDO (SI 2015/596) and whether the proposal meets it."""

    part: str
    class_name: str
    paragraph: str
    finding: Finding
    comment: str = ""


class TimeFinding(StrEnum):
    """Whether a breach is lawful by time, as the officer finds."""

    IMMUNE = "immune"
    NOT_IMMUNE = "not_immune"
    TO_BE_DETERMINED = "to_be_determined"


@dataclass(frozen=True, slots=True)
class EvidenceGroup:
    """Evidence of one kind for a stretch of time, first and last day included."""

    tag: str
    """A document tag of the group evidence."""
    first_day: date
    last_day: date
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ImmunityClaim:
    """A breach that is claimed to be lawful by time, the evidence for it, and what the officer finds."""

    kind: str
    """A key of `bopsgis.planning.immunity.breach_kinds`."""
    happened_on: date
    evidence: tuple[EvidenceGroup, ...]
    enforcement_notice: bool
    """Whether an enforcement notice in force forbids it."""
    concealed: bool
    finding: TimeFinding
    reason: str

    def gaps(self, as_at: date) -> tuple[tuple[date, date], ...]:
        """The stretches from the breach to `as_at` for which there is no evidence."""
        return uncovered(((one.first_day, one.last_day) for one in self.evidence), self.happened_on, as_at)


class RemovedBy(StrEnum):
    """How permitted development rights were taken away."""

    CONDITION = "condition"
    ARTICLE_4_DIRECTION = "article_4_direction"
    LAND = "land"
    """The kind of land, for example article 2(3) land."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RightsRemoved:
    """Permitted development rights that this land does not have, and by what."""

    by: RemovedBy
    reference: str
    """Of the permission with the condition, or of the direction."""
    classes: tuple[str, ...]
    """Classes of Schedule 2 to SI 2015/596, such as `1A`; none where all are meant."""
    reason: str


@dataclass(frozen=True, slots=True)
class HeadOfTerms:
    """One thing that a planning obligation is to secure."""

    title: str
    text: str
    agreed_on: date | None = None
    """When the applicant agreed to it."""


Content = (
    str
    | tuple[Consideration, ...]
    | tuple[GpdoParagraph, ...]
    | tuple[Condition, ...]
    | tuple[Informative, ...]
    | tuple[ImmunityClaim, ...]
    | tuple[RightsRemoved, ...]
    | tuple[HeadOfTerms, ...]
)
"""What a section holds."""

_TEXT: TypeAdapter[Any] = TypeAdapter(str)
_LISTS: Mapping[Section, TypeAdapter[Any]] = {
    Section.CONSIDERATIONS: TypeAdapter(tuple[Consideration, ...]),
    Section.GPDO: TypeAdapter(tuple[GpdoParagraph, ...]),
    Section.CONDITIONS: TypeAdapter(tuple[Condition, ...]),
    Section.INFORMATIVES: TypeAdapter(tuple[Informative, ...]),
    Section.IMMUNITY: TypeAdapter(tuple[ImmunityClaim, ...]),
    Section.PERMITTED_DEVELOPMENT: TypeAdapter(tuple[RightsRemoved, ...]),
    Section.HEADS_OF_TERMS: TypeAdapter(tuple[HeadOfTerms, ...]),
}
LISTED = frozenset(_LISTS)
"""Sections that hold a list."""


def to_json(section: Section, content: Content) -> Any:
    """The content as it is kept: JSON values. Raises pydantic's ValidationError for content of another section."""
    adapter = _LISTS.get(section, _TEXT)
    return adapter.dump_python(adapter.validate_python(content), mode="json")


def from_json(section: Section, kept: Any) -> Any:
    """The content of a section from the JSON that was kept of it; empty for None."""
    if kept is None:
        return () if section in _LISTS else ""
    return _LISTS.get(section, _TEXT).validate_python(kept)

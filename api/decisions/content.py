"""What an assessment consists of: its sections and what each of them holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from bopsgis.planning.decision import Condition, Informative

__all__ = [
    "WRITTEN",
    "Consideration",
    "Content",
    "Finding",
    "GpdoParagraph",
    "PolicyReference",
    "Section",
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
    CONSIDERATIONS = "considerations"
    GPDO = "gpdo"
    CONDITIONS = "conditions"
    INFORMATIVES = "informatives"
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
        Section.IMMUNITY,
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


Content = str | tuple[Consideration, ...] | tuple[GpdoParagraph, ...] | tuple[Condition, ...] | tuple[Informative, ...]
"""What a section holds."""

_TEXT: TypeAdapter[Any] = TypeAdapter(str)
_LISTS: Mapping[Section, TypeAdapter[Any]] = {
    Section.CONSIDERATIONS: TypeAdapter(tuple[Consideration, ...]),
    Section.GPDO: TypeAdapter(tuple[GpdoParagraph, ...]),
    Section.CONDITIONS: TypeAdapter(tuple[Condition, ...]),
    Section.INFORMATIVES: TypeAdapter(tuple[Informative, ...]),
}


def to_json(section: Section, content: Content) -> Any:
    """The content as it is kept: JSON values. Raises pydantic's ValidationError for content of another section."""
    adapter = _LISTS.get(section, _TEXT)
    return adapter.dump_python(adapter.validate_python(content), mode="json")


def from_json(section: Section, kept: Any) -> Any:
    """The content of a section from the JSON that was kept of it; empty for None."""
    if kept is None:
        return () if section in _LISTS else ""
    return _LISTS.get(section, _TEXT).validate_python(kept)

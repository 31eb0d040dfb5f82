"""Which parts an assessment has, by type of application, and what they are called on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.decisions.content import LISTED, Section
from bopsgis.planning.application_types import ApplicationType, families

__all__ = ["asked_of", "page_of", "title_of"]

_TITLES: Final[Mapping[Section, str]] = {
    Section.SUMMARY_OF_WORKS: "Summary of works",
    Section.SITE_DESCRIPTION: "Site and surroundings",
    Section.CONSULTATION_SUMMARY: "Summary of consultees' responses",
    Section.ADDITIONAL_EVIDENCE: "Other considerations and evidence",
    Section.NEIGHBOUR_SUMMARY: "Summary of comments",
    Section.AMENITY: "Effect on amenity",
    Section.SITE_HISTORY: "History of the site",
    Section.IMMUNITY: "Immunity from enforcement",
    Section.PERMITTED_DEVELOPMENT: "Permitted development rights",
    Section.CONSIDERATIONS: "Considerations and policies",
    Section.GPDO: "GPDO classes",
    Section.CONDITIONS: "Conditions",
    Section.INFORMATIVES: "Informatives",
    Section.HEADS_OF_TERMS: "Heads of terms",
    Section.RECOMMENDATION: "Recommendation",
}
_BY_ORDER: Final = frozenset({"lawfulness_certificate", "prior_approval"})
"""Families that are measured against the General Permitted Development Order."""


def title_of(section: Section) -> str:
    """The section as pages call it."""
    return _TITLES[section]


def page_of(section: Section) -> str:
    """The page on which a section is written: a text as a whole, a list entry by entry."""
    return "entries" if section in LISTED else "write"


def asked_of(kind: ApplicationType) -> dict[Section, bool]:
    """The sections that an assessment of this type may have, in their order; True where it is expected to."""
    by_policy, by_order = families()[kind.family].assessed_against_policies, kind.family in _BY_ORDER
    certificate = kind.family == "lawfulness_certificate"
    existing = kind.code.startswith(("ldc.existing", "ldc.breachOfCondition"))
    rules: dict[Section, bool | None] = {
        Section.SUMMARY_OF_WORKS: True,
        Section.SITE_DESCRIPTION: True,
        Section.SITE_HISTORY: False,
        Section.CONSULTATION_SUMMARY: False,
        Section.NEIGHBOUR_SUMMARY: None if certificate else False,
        Section.AMENITY: False if kind.family == "prior_approval" else None,
        Section.ADDITIONAL_EVIDENCE: False,
        Section.IMMUNITY: True if existing else None,
        Section.PERMITTED_DEVELOPMENT: False if by_order else None,
        Section.CONSIDERATIONS: True if by_policy else None,
        Section.GPDO: True if by_order and not existing else (False if by_order else None),
        Section.CONDITIONS: None if certificate else False,
        Section.INFORMATIVES: False,
        Section.HEADS_OF_TERMS: False if by_policy else None,
    }
    return {section: wanted for section, wanted in rules.items() if wanted is not None}

"""Kinds of document: the 108 tags of the Open Digital Planning file types, as data.

>>> document_tag("sitePlan.proposed").name
'Site plan, proposed'
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bopsgis.errors import InputRefused
from bopsgis.planning.rulebook import read_rules

__all__ = ["DocumentTag", "TagGroup", "check_tags", "document_tag", "document_tags"]


class TagGroup(StrEnum):
    """What a document is for."""

    DRAWINGS = "drawings"
    EVIDENCE = "evidence"
    """That something exists or has been used: for certificates of lawfulness."""
    SUPPORTING = "supporting"


@dataclass(frozen=True, slots=True)
class DocumentTag:
    """One kind of document, with its name for people."""

    tag: str
    name: str
    group: TagGroup

    @property
    def internal(self) -> bool:
        """True for what the council makes itself, such as a site notice: applicants do not send it."""
        return self.tag.startswith("internal.")


@cache
def document_tags() -> Mapping[str, DocumentTag]:
    """All tags, drawings first."""
    return {
        tag: DocumentTag(tag, row["name"], TagGroup(row["group"])) for tag, row in read_rules("document_tags").items()
    }


def document_tag(tag: str) -> DocumentTag:
    """The kind of document with this tag. Raises InputRefused, with tags that look alike, where there is none."""
    try:
        return document_tags()[tag]
    except KeyError:
        alike = difflib.get_close_matches(tag, document_tags(), n=3)
        raise InputRefused(
            f"There is no document tag “{tag[:60]}”.",
            code="document_tag",
            hint=f"Did you mean {' or '.join(alike)}?" if alike else None,
        ) from None


def check_tags(tags: Iterable[str], *, internal_allowed: bool) -> tuple[str, ...]:
    """The tags once each, in the order of the list. Raises InputRefused for an unknown or a forbidden one."""
    known = {document_tag(tag) for tag in tags}
    forbidden = sorted(tag.tag for tag in known if tag.internal)
    if forbidden and not internal_allowed:
        raise InputRefused(
            f"The tag “{forbidden[0]}” is for documents that the council makes itself.", code="document_tag_internal"
        )
    order = list(document_tags())
    return tuple(sorted((tag.tag for tag in known), key=order.index))

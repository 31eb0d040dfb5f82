"""Texts of letters and mail with placeholders in double round brackets, as GOV.UK Notify writes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from bopsgis.errors import InputRefused

__all__ = ["CONSULTEE_PLACEHOLDERS", "CONSULTEE_TEXT", "LETTER_PLACEHOLDERS", "LETTER_TEXT", "LINK", "check", "fill"]

LETTER_PLACEHOLDERS = frozenset({"address", "closing_date", "council", "proposal", "reference", "link"})
LINK = "((link))"
"""Stays in the text: whoever sends it knows the address of this service, and puts a secret in there."""

CONSULTEE_PLACEHOLDERS = LETTER_PLACEHOLDERS | {"organisation"}

LETTER_TEXT = """Dear occupier,

((council)) has received a planning application near you.

Reference: ((reference))
Site: ((address))
Proposal: ((proposal))

You can see the application and comment on it until ((closing_date)) at ((link)). Comments are part of the \
public record; your e-mail address and telephone number are not published."""

CONSULTEE_TEXT = """To ((organisation)),

((council)) asks for your advice on a planning application.

Reference: ((reference))
Site: ((address))
Proposal: ((proposal))

Please respond by ((closing_date)). This link is yours alone and opens the application: ((link))"""

_PLACEHOLDER = re.compile(r"\(\(\s*([^()]*?)\s*\)\)")


def check(text: str, known: Collection[str]) -> None:
    """Raise InputRefused where the text has a placeholder that is not known, or brackets that do not close."""
    unknown = sorted({name for name in _PLACEHOLDER.findall(text) if name not in known})
    if unknown:
        raise InputRefused(
            f"The text has placeholders that are not known: {', '.join(unknown)}.",
            code="placeholder_unknown",
            hint=f"Known are {', '.join(sorted(known))}.",
        )
    rest = _PLACEHOLDER.sub("", text)
    if "((" in rest or "))" in rest:
        raise InputRefused("A placeholder is not closed: write ((reference)).", code="placeholder_open")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in once: brackets in a value stay as they are."""
    check(text, values)
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)

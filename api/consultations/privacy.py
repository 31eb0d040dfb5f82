"""What in a text may tell too much of a person: found for the officer who redacts it, never cut by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Concern", "concerns", "contact_details"]


@dataclass(frozen=True, slots=True)
class Concern:
    """A place in a text that an officer should look at: from `start` up to, not including, `end`."""

    kind: str
    """`email`, `telephone`, `signature`, or `special_category` (UK GDPR, article 9(1))."""
    start: int
    end: int
    words: str


# Starts only where a word starts and is bounded: a long text without an @ takes no longer than any other.
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_TELEPHONE = re.compile(r"(?<![\w/])(?:\+|00|\(?0)\d(?:[\s().-]{0,2}\d){7,12}(?![\w/])")
_SIGNATURE = re.compile(
    r"^[ \t]*(?:yours (?:sincerely|faithfully|truly)|(?:kind |best |warm )?regards|many thanks|signed)\b.*(?:\n.*)*",
    re.IGNORECASE | re.MULTILINE,
)
_SPECIAL = re.compile(
    r"\b(?:cancer|dement\w*|depress\w*|diabet\w*|disab\w*|epilep\w*|hiv|illness\w*|medical\w*|mental\w*|pregnan\w*|"
    r"surgery|wheelchair|autis\w*|asthma\w*|"
    r"gay|lesbian|bisexual|homosexual\w*|transgender\w*|"
    r"muslim\w*|christian\w*|jewish|jews?|hindu\w*|sikh\w*|buddhis\w*|catholic\w*|religi\w*|"
    r"ethnic\w*|immigra\w*|gyps(?:y|ies)|traveller\w*|racis\w*|nationalit\w*|"
    r"trade union\w*|criminal\w*|convict\w*|prison\w*|vote[ds]? (?:labour|conservative|tory|green|reform))\b",
    re.IGNORECASE,
)
_SHORTEST = 3
_KINDS = (("email", _EMAIL), ("telephone", _TELEPHONE), ("signature", _SIGNATURE), ("special_category", _SPECIAL))


def concerns(text: str) -> tuple[Concern, ...]:
    """Places to look at, in their order in the text.

    A list of words finds what is usual and misses the rest: it helps an officer, who reads the whole text.
    """
    found = [
        Concern(kind, match.start(), match.end(), match[0]) for kind, rule in _KINDS for match in rule.finditer(text)
    ]
    return tuple(sorted(found, key=lambda one: (one.start, one.end)))


def contact_details(text: str, *own: str) -> tuple[str, ...]:
    """Ways to reach a person that a text still has: addresses of mail, telephone numbers, and any of `own`.

    `own` are whole words; what is shorter than three letters is not looked for, as it is in every text.
    """
    found = [one.words for one in concerns(text) if one.kind in {"email", "telephone"}]
    wanted = [words.strip() for words in own if len(words.strip()) >= _SHORTEST]
    named = [words for words in wanted if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE)]
    return (*found, *named)

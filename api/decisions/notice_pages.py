"""The two faces of a decision notice, HTML and PDF: the same notice always gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any, Final

import typst

from api.core.pages import render
from api.decisions.notice import Notice, notice_to_json
from api.decisions.site_map import SIDE_MM
from bopsgis.planning.calendar import in_words

__all__ = ["CONTENT_SECURITY_POLICY", "PRINTABLE", "notice_html", "notice_pdf", "printable"]

_TEMPLATE: Final = (Path(__file__).parent / "notice.typ").read_bytes()
_STYLE: Final = (Path(__file__).parent / "notice.css").read_text(encoding="utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page is whole in itself: nothing is loaded, nothing runs, and only its own style applies."""

PRINTABLE: Final = ((0x20, 0x4FF), (0x1E00, 0x2151), (0x2153, 0x2184), (0x2190, 0x22FF))
"""Characters that the typesetter's own fonts have: Latin, Greek, Cyrillic, punctuation, signs of mathematics.

PDF/UA refuses a text with a character that no font has. The fonts are the typesetter's own and not those of
the machine, so that the same notice is the same file everywhere.
"""
_MISSING: Final = "\ufffd"


def notice_html(notice: Notice) -> str:
    """The notice as one HTML page without scripts or links to files."""
    context = {"notice": notice, "style": _STYLE, "in_words": in_words}
    return render("decisions/notice.html", context)


def notice_pdf(notice: Notice) -> bytes:
    """The notice as a tagged PDF (PDF/UA-1).

    The template reads the notice as data, so that no text of a person is taken for markup. Characters that
    cannot be printed are shown as U+FFFD, and a line says so.
    """
    value = notice_to_json(notice)
    value.pop("map")
    data = _printable_values(value)
    drawn = notice.map
    data |= {
        "title": printable(notice.title),
        "decision_words": notice.decision_words,
        "reasons_heading": notice.reasons_heading,
        "received": in_words(notice.received_on),
        "decided": in_words(notice.decided_on),
        "date": [notice.decided_on.year, notice.decided_on.month, notice.decided_on.day],
        "plans": [
            {**plan, "received": in_words(one.received_on)}
            for plan, one in zip(data["plans"], notice.plans, strict=True)
        ],
        "unprintable": data != value,
        "map": None
        if drawn is None
        else {"svg": drawn.svg, "caption": drawn.caption, "description": drawn.description, "side_mm": SIDE_MM},
    }
    compiler = typst.Compiler(
        _TEMPLATE, sys_inputs={"notice": json.dumps(data, ensure_ascii=False)}, ignore_system_fonts=True
    )
    pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"])
    assert isinstance(pdf, bytes)  # noqa: S101  # pages of a PDF are one file
    return pdf


def printable(text: str) -> str:
    """The text with every character that the fonts lack shown as U+FFFD."""
    return "".join(character if _has_glyph(character) else _MISSING for character in text)


_OTHER: Final = frozenset({"Cc", "Cn", "Co", "Cs"})


def _has_glyph(character: str) -> bool:
    if character in "\n\t\ufffd":
        return True
    code = ord(character)
    return any(first <= code <= last for first, last in PRINTABLE) and unicodedata.category(character) not in _OTHER


def _printable_values(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable_values(one) for key, one in value.items()}
    return [_printable_values(one) for one in value] if isinstance(value, list) else value

"""File names: what somebody called a file, made harmless, and how a download says its name."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

__all__ = ["attachment", "safe_name", "stem_of"]

MAX_NAME = 120

_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$")
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def stem_of(name: str) -> str:
    """What a file was called, without folders, ending, and characters that steer or hide.

    Control characters, marks that turn the writing direction and halves of surrogate pairs are dropped; what
    Windows or a shell read as something else becomes `_`; device names of Windows get a `_` before them.

    >>> stem_of("../../etc/passwd"), stem_of("CON.pdf"), stem_of("plan" + chr(0x202e) + "fdp.exe")
    ('passwd', '_CON', 'planfdp')
    """
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in _INVISIBLE)
    stem, dot, ending = visible.rpartition(".")
    if not dot or len(ending) > 5:
        stem = visible
    stem = _UNSAFE.sub("_", " ".join(stem.split())).strip(" .")[:MAX_NAME].strip(" .")
    if not stem:
        return "document"
    return f"_{stem}" if _RESERVED.match(stem.split(".")[0].strip()) else stem


def safe_name(name: str, ending: str) -> str:
    """The name under which a file may be saved anywhere, with the ending that its content has.

    >>> safe_name("Site plan.jpeg", "jpg")
    'Site plan.jpg'
    """
    return f"{stem_of(name)}.{ending}"


def attachment(name: str) -> str:
    """The Content-Disposition of a download (RFC 6266): always an attachment, with a plain name for old programs."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r'[\x00-\x1f\x7f"\\%;]', "_", plain).strip()
    if not plain or plain.startswith("."):
        plain = f"document{plain}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"

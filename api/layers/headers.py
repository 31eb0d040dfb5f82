"""What answers of tiles and archives have in common: open to other sites, with strong tags."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["OPEN", "takes_gzip"]

OPEN: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Accept-Ranges, Content-Range, ETag, X-Dropped, X-Truncated"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
"""Of what is public and read only, so that any page may read it."""


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows gzip (RFC 9110, 12.5.3)."""
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() in ("gzip", "*"):
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False

"""How column names are compared: case, dashes, underscores and spaces do not count, cut names match."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["key_of", "matches"]

_JUNK: Final = re.compile(r"[^a-z0-9]+")
_SHAPEFILE_NAME_LENGTH: Final = 10
"""Of column names in a Shapefile's dBASE table."""


def key_of(name: str) -> str:
    """The name in the form in which names are compared.

    >>> key_of("Documentation-URL") == key_of("documentation_url")
    True
    """
    return _JUNK.sub("", name.casefold())


def matches(column: str, wanted: str) -> bool:
    """True where `column` is the name `wanted`, or that name cut off at a Shapefile's ten characters.

    >>> matches("DATE_OF_LI", "date-of-listing"), matches("date", "date-of-listing")
    (True, False)
    """
    key, full = key_of(column), key_of(wanted)
    return key == full or (len(column) == _SHAPEFILE_NAME_LENGTH and full.startswith(key))

"""How the council shows itself on pages: its name, and its colour where it has chosen one."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from api.accounts import store
from api.core.access import Access
from api.core.db import Database
from api.councils.service import settings_of
from bopsgis.errors import NotFound

__all__ = ["NOBODY", "BrandOf", "Shown"]

KEPT_S: Final = 5.0
"""For how long a brand that was read is shown, so that not every page asks the database for it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The name in the header, the colour behind it (None for ours), and the words in place of a logo."""

    name: str
    colour: str | None = None
    logo: str = ""


NOBODY: Final = Shown("Planning constraints")
"""What is shown where no council is known yet."""


class BrandOf:
    """The brand of the council that a server serves; safe to ask from many threads.

    A database that is away, or knows no council, takes nothing from the pages: the last brand that was read
    is shown, or none.
    """

    def __init__(self, database: Database, council: str) -> None:
        self._database = database
        self._council = council
        self._lock = threading.Lock()
        self._shown, self._read_at = NOBODY, float("-inf")

    def __call__(self) -> Shown:
        """The brand as it is now, or was a few seconds ago."""
        with self._lock:
            if time.monotonic() - self._read_at > KEPT_S:
                self._shown, self._read_at = self._read(), time.monotonic()
            return self._shown

    def forget(self) -> None:
        """Read it anew with the next page."""
        with self._lock:
            self._read_at = float("-inf")

    def _read(self) -> Shown:
        try:
            with self._database.reading(Access.public(0)) as work:
                known = [store.council_by_code(work, self._council)] if self._council else store.councils(work)
            if len(known) != 1:
                return NOBODY
            with self._database.reading(Access.public(known[0].id)) as work:
                brand = settings_of(work).brand
        except (NotFound, SQLAlchemyError):
            return self._shown
        return Shown(brand.name or known[0].name, brand.colour, brand.logo_text or "")

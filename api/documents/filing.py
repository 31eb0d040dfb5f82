"""From bytes that somebody sent to files in the storage, before any row speaks of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from api.documents.inspect import Inspected, inspect
from api.documents.scan import Scanner, Verdict, open_scanner
from api.documents.settings import DocumentSettings
from api.documents.storage import DocumentStorageError, Storage, new_key, open_storage
from api.documents.tables import ScanState

__all__ = ["Checked", "Filed", "Filing", "open_filing"]

_log = logging.getLogger("bopsgis.documents")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was inspected and shown to the virus scanner."""

    file: Inspected
    verdict: Verdict

    @property
    def safe(self) -> bool:
        """True where nothing stands against opening it, as far as anybody looked."""
        return not self.file.quarantined_because and self.verdict.state is not ScanState.INFECTED


@dataclass(frozen=True, slots=True)
class Filed:
    """A checked file and the keys under which it lies."""

    checked: Checked
    storage_key: str
    public_key: str | None
    thumbnail_key: str | None


@dataclass(frozen=True, slots=True)
class Filing:
    """What documents need beside the database: the storage, the scanner and the limits."""

    storage: Storage
    scanner: Scanner
    settings: DocumentSettings
    _turns: threading.BoundedSemaphore = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the queue in which files wait to be examined: each takes a process and its memory."""
        object.__setattr__(self, "_turns", threading.BoundedSemaphore(self.settings.examine_at_once))

    def check(self, name: str, data: bytes) -> Checked:
        """Inspect a file and show it to the scanner.

        Raises InputRefused where it cannot be taken, DocumentStorageError where there is no room to examine it.
        """
        try:
            with self._turns:
                file = inspect(name, data, self.settings)
        except OSError as error:
            raise DocumentStorageError(f"A file could not be examined: {error}") from error
        return Checked(file, self.scanner.scan(data))

    @contextmanager
    def filed(self, council_id: int, checked: Checked) -> Iterator[Filed]:
        """The file in the storage, for a block that writes its row; taken away again where the block raises.

        Stands round the unit of work, so that a commit that fails takes the file with it. What a killed
        process leaves behind is swept up later (`api.documents.upkeep.sweep`).
        """
        keys: list[str] = []

        def kept(data: bytes | None) -> str | None:
            if data is None:
                return None
            keys.append(new_key(council_id))
            self.storage.write(keys[-1], data)
            return keys[-1]

        with ExitStack() as undo:
            undo.callback(self._take_away, keys)
            original = kept(checked.file.data)
            public = kept(checked.file.public if checked.safe else None)
            thumbnail = kept(checked.file.thumbnail if checked.safe else None)
            yield Filed(checked, original or "", public, thumbnail)
            undo.pop_all()

    def _take_away(self, keys: list[str]) -> None:
        for key in keys:
            with suppress(DocumentStorageError):  # logged there; the sweeper comes by
                self.storage.remove(key)


def open_filing(settings: DocumentSettings, home: Path) -> Filing:
    """Storage and scanner as the settings name them; files in `home` where they name no other place."""
    if not settings.scanner:
        _log.warning("no virus scanner is set up: documents stay unscanned")
    return Filing(open_storage(settings, home), open_scanner(settings), settings)

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

__all__ = ["Checked", "Filed", "Filing", "Released", "open_filing"]

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
class Released:
    """What a file needs that comes out of quarantine: the scanner's word of now, and its copies."""

    verdict: Verdict
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
        copies = (checked.file.public, checked.file.thumbnail) if checked.safe else (None, None)
        with self._kept(council_id, checked.file.data, *copies) as (original, public, thumbnail):
            yield Filed(checked, original or "", public, thumbnail)

    @contextmanager
    def released(self, council_id: int, name: str, storage_key: str) -> Iterator[Released]:
        """The copies of a file in quarantine, made now, for a block that takes it out; the scanner is asked again.

        Taken away again where the block raises. Raises InputRefused where the file cannot be examined any more.
        """
        checked = self.check(name, self.storage.read(storage_key))
        with self._kept(council_id, checked.file.public, checked.file.thumbnail) as (public, thumbnail):
            yield Released(checked.verdict, public, thumbnail)

    @contextmanager
    def _kept(self, council_id: int, *contents: bytes | None) -> Iterator[list[str | None]]:
        """Each content in the storage, under a key of its own, for as long as the block runs well."""
        keys: list[str | None] = []
        with ExitStack() as undo:
            undo.callback(self._take_away, keys)
            for content in contents:
                keys.append(None if content is None else new_key(council_id))
                if content is not None and keys[-1] is not None:
                    self.storage.write(keys[-1], content)
            yield keys
            undo.pop_all()

    def _take_away(self, keys: list[str | None]) -> None:
        for key in filter(None, keys):
            with suppress(DocumentStorageError):  # logged there; the sweeper comes by
                self.storage.remove(key)


def open_filing(settings: DocumentSettings, home: Path) -> Filing:
    """Storage and scanner as the settings name them; files in `home` where they name no other place."""
    if not settings.scanner:
        _log.warning("no virus scanner is set up: documents stay unscanned")
    return Filing(open_storage(settings, home), open_scanner(settings), settings)

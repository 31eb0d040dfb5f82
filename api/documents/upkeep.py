"""What is done in the background: files are scanned that had to wait, and files without a row are swept up."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from api.cases.acting import Moment
from api.core import audit
from api.core.access import Access
from api.core.db import Database
from api.documents import store
from api.documents.filing import Filing
from api.documents.tables import ScanState

__all__ = ["scan_pending", "sweep"]

_log = logging.getLogger("bopsgis.documents")

ORPHAN_AFTER = timedelta(hours=1)
"""How long a file may lie without a row: an upload takes minutes at most."""


def scan_pending(database: Database, access: Access, filing: Filing, moment: Moment) -> int:
    """Show the scanner what it has not seen; how many got a verdict. No transaction is open meanwhile."""
    with database.reading(access) as work:
        waiting = [(row.id, row.storage_key) for row in store.pending(work)]
    settled = 0
    for document_id, key in waiting:
        verdict = filing.scanner.scan(filing.storage.read(key))
        if verdict.silent:
            break  # the next round tries again
        if verdict.state is ScanState.PENDING:
            continue
        with database.unit_of_work(access) as work:
            row = store.lock_by_id(work, document_id)
            row.scan_state = verdict.state.value
            if verdict.state is ScanState.INFECTED:
                row.quarantined_because = f"The virus scanner found {verdict.found}."
                row.published = row.for_consultees = False
            work.session.flush()
            told = {"document": row.id, "scan": row.scan_state, "found": verdict.found}
            audit.record(work, "scan_document", moment.at, case_id=row.case_id, detail=told)
        settled += 1
    return settled


def sweep(database: Database, access: Access, filing: Filing, now: datetime) -> list[str]:
    """Remove the council's files that no row names and that are older than an hour; their keys.

    The storage is listed before the rows are read, so a file whose row is just being written is seen as new.
    """
    old = [key for key, changed in filing.storage.entries(access.council_id) if changed < now - ORPHAN_AFTER]
    with database.reading(access) as work:
        named = store.keys_in_use(work)
    orphans = sorted(set(old) - named)
    for key in orphans:
        filing.storage.remove(key)
    if orphans:
        _log.warning("swept up %d files that belong to no document", len(orphans))
    return orphans

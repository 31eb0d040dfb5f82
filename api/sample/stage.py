"""What every part of a sample case's life needs: who acts, when, and on what."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from api.cases.acting import Moment
from api.cases.constraints import Check
from api.cases.tables import CaseRow
from api.consultations.addresses import AddressSource
from api.core.access import Access
from api.core.db import Work
from api.documents import pdfs
from api.documents.filing import Checked, Filing
from api.documents.inspect import Inspected, kind_of
from api.documents.service import Details, add
from api.documents.tables import DocumentRow
from api.sample.drawings import Drawings, Drawn
from api.sample.places import Place, TownPlaces
from api.sample.script import CaseScript, Script
from bopsgis.planning.calendar import england
from bopsgis.planning.case import Role

__all__ = ["LONDON", "CaseOnStage", "Stage", "Watch", "street_of"]

LONDON = ZoneInfo("Europe/London")
_STEP = timedelta(minutes=7)
_MORNING = time(9, 30)


class Watch:
    """The time of one case: goes forwards only, on working days, and never up to today."""

    def __init__(self, today: date) -> None:
        self._last = today - timedelta(days=1)
        while not england().is_working_day(self._last):
            self._last -= timedelta(days=1)
        self._now: datetime | None = None

    def to(self, day: date) -> Moment:
        """A moment on that day, or the next working day, or where that is still to come on the last one."""
        day = min(england().this_or_next_working_day(day), self._last)
        at = datetime.combine(day, _MORNING, tzinfo=LONDON)
        if self._now is not None:
            at = max(at, self._now + _STEP)
        self._now = at
        return Moment(at, at.date())

    def reaches(self, day: date) -> bool:
        """Whether the day, or the working day after it, is past."""
        return england().this_or_next_working_day(day) <= self._last


@dataclass(frozen=True, slots=True)
class Stage:
    """What all cases share."""

    work: Work
    script: Script
    people: Mapping[Role, Access]
    officers: Mapping[Role, int]
    town: TownPlaces
    drawings: Drawings
    addresses: AddressSource
    check: Check
    filing: Filing
    files: ExitStack
    """Takes the files away again where the transaction fails."""
    today: date

    def acting(self, role: Role) -> Work:
        """The same transaction with somebody else at work."""
        return Work(self.work.session, self.people[role])


class CaseOnStage:
    """One case under way."""

    def __init__(self, stage: Stage, script: CaseScript, place: Place, number: int) -> None:
        self.stage, self.script, self.place, self.number = stage, script, place, number
        self.watch = Watch(stage.today)
        self.received = stage.today - timedelta(days=script.received)
        self._row: CaseRow | None = None

    @property
    def row(self) -> CaseRow:
        """The case, once it is received."""
        assert self._row is not None  # noqa: S101  # everything begins with receiving
        return self._row

    @row.setter
    def row(self, row: CaseRow) -> None:
        self._row = row

    def after(self, days: int) -> date:
        """The day that is so many days after receipt."""
        return self.received + timedelta(days=days)

    def keep(self, drawn: Drawn, who: Access, moment: Moment) -> DocumentRow:
        """Add a drawing to the case's documents."""
        filing = self.stage.filing
        checked = Checked(_inspect(drawn, filing), filing.scanner.scan(drawn.data))
        filed = self.stage.files.enter_context(filing.filed(self.row.council_id, checked))
        details = Details((drawn.tag,), drawn.title, (drawn.number,), moment.on)
        return add(Work(self.stage.work.session, who), self.row, filed, details, moment, filing.settings)


def _inspect(drawn: Drawn, filing: Filing) -> Inspected:
    """What the door for files would see, without a process of its own: the file was drawn here."""
    kind = kind_of(drawn.name, drawn.data, filing.settings)
    with tempfile.TemporaryDirectory(prefix="bopsgis-sample-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(drawn.data)
        about = pdfs.examine(path, filing.settings.max_pages)
        thumbnail, public = pdfs.thumbnail(path), pdfs.without_metadata(path)
    digest = sha256(drawn.data).hexdigest()
    return Inspected(
        kind=kind, name=drawn.name, data=drawn.data, sha256=digest, public=public, thumbnail=thumbnail, **about
    )


def street_of(address: str) -> str:
    r"""The street of an address, without numbers.

    >>> street_of("Flat 1, 43 Wharf Road, Thistleford, XT1 1GW")
    'Wharf Road'
    """
    parts = [part.strip() for part in address.split(",")]
    named = parts[-3] if len(parts) > 2 else parts[0]
    return re.sub(r"\w*\d\w*", "", named).strip()

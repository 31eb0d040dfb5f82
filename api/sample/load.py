"""Makes the sample council and its cases in a database: all of them in one transaction, or none.

The cases live side by side: whatever happens first is done first, so that numbers, audit and outbox are in the
order of time.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from api.accounts import store as accounts
from api.accounts.officers import add_officer
from api.accounts.tables import CouncilRow
from api.cases.acting import Moment
from api.consultations.addresses import PlacesFile
from api.consultations.contacts import ContactDetails, keep_contact
from api.core.access import Access
from api.core.db import Database, Work
from api.core.settings import Settings
from api.documents.filing import Filing
from api.documents.scan import open_scanner
from api.documents.settings import DocumentSettings
from api.documents.storage import open_storage
from api.maps.service import SiteChecks
from api.sample.closing import close_case
from api.sample.drawings import Drawings
from api.sample.opening import open_case
from api.sample.places import Place, TownPlaces
from api.sample.script import OfficerScript, Script, read_script
from api.sample.stage import LONDON, CaseOnStage, Stage
from bopsgis.errors import BopsgisError, InputRefused
from bopsgis.planning.case import Role
from constraints.progress import Progress

__all__ = ["FRESH_FOR", "SampleCaseFailed", "Stamp", "fingerprint", "load", "officers", "stamp_of"]

FRESH_FOR: Final = timedelta(days=30)
_FOUNDED_BEFORE: Final = timedelta(days=400)
_SAYS: Final = "Making the sample cases"

Stamp = tuple[str, date]
"""What made the cases, as `fingerprint` says it, and the day on which they were made."""


class SampleCaseFailed(BopsgisError):
    """A sample case could not be made; the message names it. Nothing was kept."""

    default_code = "sample_case"


def officers() -> tuple[OfficerScript, ...]:
    """The officers of the sample council with their passwords, to be shown to whoever runs the demo."""
    return read_script().officers


def fingerprint() -> str:
    """SHA-256 of the code and data that decide the sample cases."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def stamp_of(database: Database) -> Stamp | None:
    """What made the sample cases of a database and when; None where it holds none. The tables have to be there."""
    with database.reading(Access.public(0)) as work:
        for council in accounts.councils(work):
            made = council.settings.get("sample")
            if made:
                return str(made["made_by"]), date.fromisoformat(made["made_on"])
    return None


def load(database: Database, settings: Settings, today: date, progress: Progress) -> int:
    """Make the sample council and its cases as of today; how many cases, 0 where they are there already.

    The database has its tables, `settings` name the sample town and the constraint store. Raises
    SampleCaseFailed with the case's key where the rules refuse a step, and keeps nothing then.
    """
    if stamp_of(database) is not None:
        return 0
    script = read_script()
    council_id = _council(database, settings)
    with ExitStack() as files, database.unit_of_work(Access.system(council_id, "sample cases")) as work:
        stage = _stage(work, script, settings, files, today)
        _play(_cases_of(stage), progress)
        council = work.session.get_one(CouncilRow, council_id)
        council.settings = {**council.settings, "sample": {"made_by": fingerprint(), "made_on": today.isoformat()}}
    return len(script.cases)


def _council(database: Database, settings: Settings) -> int:
    """The id of the sample council, which stays where nothing else is made: it is not the stamp."""
    about = json.loads((settings.sample_town / "town.json").read_bytes())["council"]
    with database.unit_of_work(Access.public(0)) as work:
        known = accounts.councils(work)
        if any(one.code != about["code"] for one in known):
            raise InputRefused(
                "This database holds another council; the sample town's is fictional and does not go beside it.",
                code="database_in_use",
                hint="Name another database in BOPSGIS_DATABASE.",
            )
        if known:
            return known[0].id
        made = CouncilRow(code=about["code"], name=about["name"], settings={})
        work.session.add(made)
        work.session.flush()
        return made.id


def _stage(work: Work, script: Script, settings: Settings, files: ExitStack, today: date) -> Stage:
    checks = SiteChecks(settings.store)
    code = work.session.get_one(CouncilRow, work.access.council_id).code
    town = TownPlaces(settings.sample_town, checks.store(), code, today)
    founded = datetime.combine(today - _FOUNDED_BEFORE, time(9), tzinfo=LONDON)
    ids, people = {}, {}
    for one in script.officers:
        row = add_officer(work, email=one.email, name=one.name, roles={one.role}, password=one.password, at=founded)
        actor = f"{row.name} <{row.email}>"
        ids[one.role] = row.id
        people[one.role] = Access(row.council_id, actor, frozenset({one.role}), officer_id=row.id)
    editing = Work(work.session, people[Role.ADMINISTRATOR])
    for entry in script.contacts:
        details = ContactDetails(entry.organisation, entry.email, internal=entry.internal, datasets=entry.datasets)
        keep_contact(editing, details, Moment(founded, founded.date()))
    kept = DocumentSettings(publish_unscanned=True)  # drawn here: there is nothing in them to find
    return Stage(
        work=work,
        script=script,
        people=people,
        officers=ids,
        town=town,
        drawings=Drawings(town),
        addresses=PlacesFile(settings.sample_town / "places.gpkg"),
        check=checks.check,
        filing=Filing(open_storage(kept, settings.home), open_scanner(kept), kept),
        files=files,
        today=today,
    )


def _cases_of(stage: Stage) -> list[CaseOnStage]:
    """All cases with their sites; those that name one of the town's own sites choose first."""
    places: dict[str, Place] = {}
    ordered = sorted(stage.script.cases, key=lambda case: not case.site.demo)
    for case in ordered:
        if not case.same_site_as:
            places[case.key] = stage.town.take(case.key, case.site)
    return [
        CaseOnStage(stage, case, places[case.same_site_as or case.key], number)
        for number, case in enumerate(stage.script.cases, start=1)
    ]


def _play(cases: list[CaseOnStage], progress: Progress) -> None:
    """Do all steps of all cases in the order of time."""
    lives = [_life(case) for case in cases]
    waiting = [(_next(cases[index], lives[index]), index) for index in range(len(cases))]
    heapq.heapify(waiting)
    over = 0
    progress(_SAYS, over, len(cases))
    while waiting:
        _, index = heapq.heappop(waiting)
        at = _next(cases[index], lives[index])
        if at is None:
            over += 1
            progress(_SAYS, over, len(cases))
        else:
            heapq.heappush(waiting, (at, index))


def _life(case: CaseOnStage) -> Iterator[datetime]:
    yield from open_case(case)
    yield from close_case(case)


def _next(case: CaseOnStage, life: Iterator[datetime]) -> datetime | None:
    """Do the step that waits, and say when the next one is; None at the end, which has to be the planned one."""
    try:
        at = next(life, None)
    except (BopsgisError, SQLAlchemyError, LookupError, ValueError) as error:
        raise SampleCaseFailed(f"The sample case “{case.script.key}” cannot be made: {error}") from error
    if at is None and case.row.status != case.script.stage.value:
        raise SampleCaseFailed(
            f"The sample case “{case.script.key}” is {case.row.status}, and was to be {case.script.stage.value}."
        )
    return at

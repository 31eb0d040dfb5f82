"""A council's settings: read, changed in versions, and put to use by the rules of planning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from api.core import audit
from api.core.access import visible_to
from api.core.db import Work
from api.councils.rights import administrators_only
from api.councils.settings import BusinessHours, CouncilSettings
from api.councils.tables import CouncilSettingsRow
from bopsgis.errors import EditConflict, NotFound
from bopsgis.planning.calendar import Calendar
from bopsgis.planning.consultees import ProposedConsultee
from bopsgis.planning.deadlines import received_date
from bopsgis.planning.validation import Requirement, national_and_model_list
from bopsgis.planning.when import Application

__all__ = [
    "history",
    "keep_settings",
    "own_consultees",
    "received_on",
    "requirements_of",
    "settings_at",
    "settings_of",
    "version_of",
]

_LONDON = ZoneInfo("Europe/London")
_OWN_LIST = "The council's own list"


def history(work: Work) -> Sequence[CouncilSettingsRow]:
    """All versions of the council's settings, newest first; none where it has not set anything."""
    query = select(CouncilSettingsRow).where(visible_to(work.access, CouncilSettingsRow))
    return work.session.scalars(query.order_by(CouncilSettingsRow.version.desc())).all()


def settings_of(work: Work) -> CouncilSettings:
    """The council's settings as they hold now."""
    row = _newest(work)
    return CouncilSettings() if row is None else CouncilSettings.model_validate(row.settings)


def version_of(work: Work) -> int:
    """The version of the council's settings, 0 before the first."""
    row = _newest(work)
    return 0 if row is None else row.version


def settings_at(work: Work, version: int) -> CouncilSettingsRow:
    """The settings as they were in a version. Raises NotFound."""
    query = select(CouncilSettingsRow).where(
        visible_to(work.access, CouncilSettingsRow), CouncilSettingsRow.version == version
    )
    row = work.session.scalar(query)
    if row is None:
        raise NotFound(f"The settings have no version {version}.", code="settings_version")
    return row


def keep_settings(work: Work, settings: CouncilSettings, version: int, at: datetime) -> CouncilSettingsRow:
    """Set all of it anew, seen at `version`. Raises EditConflict where somebody else set something since."""
    administrators_only(work)
    before, current = settings_of(work).model_dump(mode="json"), version_of(work)
    if current != version:
        raise EditConflict(
            "The settings were changed by somebody else since you opened them.",
            hint="Look at the changes, then do this again if it is still right.",
        )
    now = settings.model_dump(mode="json")
    # Two who set at the same time: the second meets the unique version, and its unit of work leaves nothing.
    row = CouncilSettingsRow(
        council_id=work.access.council_id, version=current + 1, settings=now, by=work.access.actor, at=at
    )
    work.session.add(row)
    work.session.flush()
    changed = [name for name in now if now[name] != before[name]]
    audit.record(work, "keep_council_settings", at, case_id=None, detail={"version": row.version, "changed": changed})
    return row


def requirements_of(settings: CouncilSettings) -> tuple[Requirement, ...]:
    """What applications to this council have to come with: the national list, and its own or the model local one."""
    if settings.local_list is None:
        return national_and_model_list()
    national = (one for one in national_and_model_list() if one.level == "national")
    local = (
        Requirement(
            key=one.key,
            name=one.name,
            check=None,
            documents=tuple(one.documents),
            level="local",
            citation=_OWN_LIST,
            edition="as set by the council",
            verified=True,
            when=one.when.when(),
        )
        for one in settings.local_list
    )
    return (*national, *local)


def own_consultees(settings: CouncilSettings, application: Application) -> Iterable[ProposedConsultee]:
    """Whom the council consults of its own accord; with `depends_on` where an unknown constraint would decide."""
    for rule in settings.consultees:
        when = rule.when.when()
        datasets = when.undetermined_by(application)
        if when.holds(application) or datasets:
            yield ProposedConsultee(rule.who, (rule.why,), (_OWN_LIST,), verified=True, depends_on=datasets)


def received_on(at: datetime, calendar: Calendar, hours: BusinessHours) -> date:
    """The day on which something that came at `at` counts as received, by the clock in England.

    Before business hours it is that day, if it is a working day; after them the next working day.
    """
    opens, closes = hours.times()
    local = at.astimezone(_LONDON)
    if local.time() < opens:
        return received_date(local.date() - timedelta(days=1), within_hours=False, calendar=calendar)
    return received_date(local.date(), within_hours=local.time() < closes, calendar=calendar)


def _newest(work: Work) -> CouncilSettingsRow | None:
    query = select(CouncilSettingsRow).where(visible_to(work.access, CouncilSettingsRow))
    return work.session.scalars(query.order_by(CouncilSettingsRow.version.desc()).limit(1)).first()

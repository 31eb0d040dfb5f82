"""When the sample cases are made, made anew, or left alone, and what happens where one cannot be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from support.stores import sqlalchemy_url

from api.accounts import store as accounts
from api.accounts.tables import CouncilRow
from api.cases.tables import CaseRow
from api.cli import sample_cases
from api.core.access import Access
from api.core.db import Database
from api.core.settings import Settings
from api.sample import load as loading
from api.sample.load import SampleCaseFailed, fingerprint, load, stamp_of
from api.sample.script import read_script
from api.schema import upgrade
from bopsgis.planning.case import Decision
from constraints.progress import silent

TODAY = date(2026, 6, 17)


def _home(folder: Path, sample_home: Path) -> Settings:
    for name in ("sample-town", "store"):
        (folder / name).symlink_to(sample_home / name)
    return Settings(home=folder)


def _database(settings: Settings, *councils: CouncilRow) -> Database:
    database = Database(settings.database_url)
    upgrade(database)
    with database.unit_of_work(Access.public(0)) as work:
        work.session.add_all(councils)
    return database


def test_a_case_that_cannot_be_made_is_named(
    tmp_path: Path, sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load ends with the key of the case, and keeps neither rows nor files."""
    script = read_script()
    first = next(case for case in script.cases if case.key == "flood-zone")
    impossible = first.model_copy(update={"decision": Decision.ADVICE})
    monkeypatch.setattr(loading, "read_script", lambda: replace(script, cases=(impossible,)))
    settings = _home(tmp_path, sample_home)
    database = _database(settings)
    with pytest.raises(SampleCaseFailed, match="flood-zone"):
        load(database, settings, TODAY, silent)
    assert stamp_of(database) is None
    with database.reading(Access.public(1)) as work:
        assert accounts.officers(work) == []
    assert not [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]
    database.dispose()


def test_a_council_of_somebody_is_left_alone(
    tmp_path: Path, sample_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the database holds another council, nothing is made and the demo says so."""
    settings = _home(tmp_path, sample_home)
    database = _database(settings, CouncilRow(code="local-authority:OWN", name="Own", settings={}))
    assert sample_cases.prepare(settings, TODAY) is False
    assert "another council" in capsys.readouterr().err
    assert stamp_of(database) is None
    with database.reading(Access.public(0)) as work:
        assert [one.code for one in accounts.councils(work)] == ["local-authority:OWN"]
    database.dispose()


@pytest.mark.parametrize("age_days", [0, 29])
def test_fresh_cases_are_kept(tmp_path: Path, sample_home: Path, age_days: int) -> None:
    """Cases that this code made within thirty days stay as they are."""
    settings = _home(tmp_path, sample_home)
    made = {"made_by": fingerprint(), "made_on": (TODAY - timedelta(days=age_days)).isoformat()}
    database = _database(settings, CouncilRow(code="local-authority:XTH", name="T", settings={"sample": made}))
    assert sample_cases.prepare(settings, TODAY) is True
    assert stamp_of(database) == (fingerprint(), TODAY - timedelta(days=age_days))
    database.dispose()


def test_old_cases_make_room_for_new_ones(tmp_path: Path, sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After thirty days the file is replaced by a whole new one, and nothing half-made stays beside it."""
    script = read_script()
    monkeypatch.setattr(loading, "read_script", lambda: replace(script, cases=script.cases[:3]))
    settings = _home(tmp_path, sample_home)
    made = {"made_by": fingerprint(), "made_on": (TODAY - timedelta(days=30)).isoformat()}
    _database(settings, CouncilRow(code="local-authority:XTH", name="T", settings={"sample": made})).dispose()
    assert sample_cases.prepare(settings, TODAY) is True
    database = Database(sqlalchemy_url(tmp_path / "cases.db"))
    assert stamp_of(database) == (fingerprint(), TODAY)
    with database.reading(Access.public(1)) as work:
        assert work.session.scalar(select(func.count()).select_from(CaseRow)) == 3
    database.dispose()
    assert [path.name for path in tmp_path.glob("cases.new*")] == []


def test_the_officers_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo prints address, password and role of each officer."""
    sample_cases.show_officers()
    shown = capsys.readouterr().err
    for one in read_script().officers:
        assert one.email in shown
        assert one.password in shown

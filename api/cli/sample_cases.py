"""The sample town's cases for `bopsgis demo`: made when they are missing, and made anew when they have grown old."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from api.cli import terminal
from api.core.db import Database
from api.core.settings import Settings
from api.sample.load import FRESH_FOR, Stamp, fingerprint, load, officers, stamp_of
from api.schema import upgrade
from bopsgis.errors import InputRefused

__all__ = ["prepare", "show_officers"]


def prepare(settings: Settings, today: date) -> bool:
    """See to it that the database holds the sample cases; False where it holds another council, which stays as it is.

    Deadlines count from the day on which the cases were made, so that after a month, or with newer code, the
    file is put aside for a fresh one. A database that the settings name by its address is filled once and not
    replaced.
    """
    database = Database(settings.database_url)
    try:
        upgrade(database)
        stamp = stamp_of(database)
        if stamp is None:
            return _fill(database, settings, today)
    finally:
        database.dispose()
    if not settings.database and not _is_fresh(stamp, today):
        _replace(settings, today)
    return True


def show_officers() -> None:
    """Say with which invented officers one can sign in."""
    terminal.note("Officers of the sample council (invented, for this machine only):")
    for one in officers():
        terminal.note(f"  {one.email}   password: {one.password}   ({one.role.value})")


def _fill(database: Database, settings: Settings, today: date) -> bool:
    with terminal.progress() as progress:
        try:
            load(database, settings, today, progress)
        except InputRefused as refused:
            if refused.code != "database_in_use":
                raise
            terminal.note(f"{refused.message} No sample cases are made.")
            return False
    return True


def _is_fresh(stamp: Stamp, today: date) -> bool:
    made_by, made_on = stamp
    return made_by == fingerprint() and timedelta(0) <= today - made_on < FRESH_FOR


def _replace(settings: Settings, today: date) -> None:
    """Make the cases in a file beside the old one, and put it into its place when it is whole."""
    kept = settings.home / "cases.db"
    fresh = kept.with_name("cases.new.db")
    terminal.note("The sample cases have grown old and are made anew; what was done to them is not kept.")
    _remove(fresh)
    database = Database(f"shapelite:///{fresh}")
    try:
        upgrade(database)
        _fill(database, settings, today)
    finally:
        database.dispose()
    _remove(kept)
    fresh.rename(kept)


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)

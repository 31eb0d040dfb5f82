"""Options that several commands share, and how their words are read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from api.core.settings import Settings
from constraints.model import Status

__all__ = ["StoreFolder", "read_column", "read_day", "read_statuses", "store_folder"]


def read_day(text: str) -> date:
    """A date as the calendar of the command line writes it: 2026-01-31."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write it as 2026-01-31") from None


def read_statuses(text: str) -> frozenset[Status]:
    """Statuses with commas between them: present,not_known."""
    known = {status.value: status for status in Status}
    words = [word.strip().lower().replace("-", "_").replace(" ", "_") for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        raise typer.BadParameter(f"{text!r}: use one or more of {', '.join(known)}, with commas between")
    return frozenset(known[word] for word in words)


StoreFolder = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="Folder of the constraint store [default: .bopsgis/store]")
]


def store_folder(given: Path | None) -> Path:
    """The store that a command works on: the one named, else the one of the settings."""
    return given if given is not None else Settings().store


def read_column(text: str) -> tuple[str, str]:
    """Which column means what: reference=REF_NO."""
    ours, sign, theirs = text.partition("=")
    if not (ours and sign and theirs):
        raise typer.BadParameter(f"{text!r}: write it as OURS=THEIRS, for example reference=REF_NO")
    return ours.strip(), theirs.strip()

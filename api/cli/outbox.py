"""`bopsgis outbox list | retry`: messages that could not be sent."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from api.cli import terminal
from api.cli.cases import CouncilCode, council_named, open_database
from api.core import clock
from api.core.access import Access
from api.core.parking import counts, parked, retry

__all__ = ["app"]

app = typer.Typer(help="Messages on their way, and those that could not be sent.", no_args_is_help=True)


@app.command("list")
def list_parked(*, council: CouncilCode = "") -> None:
    """Say how many messages wait, were sent or are parked, and list the parked ones."""
    database = open_database()
    chosen = council_named(database, council)
    with database.reading(Access.system(chosen.id, "command line")) as work:
        numbers, rows = counts(work), parked(work)
    terminal.note(", ".join(f"{number:,} {state}" for state, number in numbers.items()))
    if rows:
        table = Table("id", "channel", "message", "case", "created", "tries", "last error", box=None, pad_edge=False)
        for row in rows:
            about = (row.payload.get("template") or "", row.payload.get("reference") or "")
            created = row.created_at.isoformat(timespec="minutes")
            table.add_row(str(row.id), row.channel, *about, created, str(row.attempts), row.last_error or "")
        terminal.stdout().print(table)


@app.command("retry")
def retry_parked(
    message: Annotated[int | None, typer.Argument(help="Id of one message [default: all parked ones].")] = None,
    *,
    council: CouncilCode = "",
) -> None:
    """Put parked messages back into the queue; the worker sends them with its next round."""
    database = open_database()
    chosen = council_named(database, council)
    with database.unit_of_work(Access.system(chosen.id, "command line")) as work:
        number = retry(work, clock.now(), message)
    terminal.note(f"Put back: {number:,}.")

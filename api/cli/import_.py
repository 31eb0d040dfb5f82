"""`bopsgis import`: take over the register of another system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cases.acting import Moment
from api.cli import terminal
from api.cli.cases import CouncilCode, council_named, open_database
from api.core import clock
from api.submissions.bulk import ImportReport, import_table
from api.submissions.bulk_files import read_mapping, read_table
from bopsgis.errors import InputRefused

__all__ = ["EXAMPLES", "import_cases"]

EXAMPLES = """
**Examples**

`bopsgis import register.csv --mapping columns.toml --dry-run`

`bopsgis import register.gpkg --mapping columns.toml --report done.json`
"""

SHOWN = 20
"""Rejected rows that are listed on the terminal; the report has all."""


def import_cases(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .gpkg or .parquet file.")],
    *,
    mapping: Annotated[Path, typer.Option("--mapping", "-m", metavar="FILE", help="Which column means what (TOML).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and keep nothing.")] = False,
    council: CouncilCode = "",
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write the report as JSON.")] = None,
) -> None:
    """Import cases from another system, decided ones too.

    A case that is here already, by its reference in the other system, is left as it is: the same file can be
    imported again. Exit status: 0 done, also where rows were rejected; 2 the file or the mapping was refused.
    """
    meaning, table = read_mapping(mapping), read_table(file)
    database = open_database()
    try:
        owner = council_named(database, council)
        now = Moment(clock.now(), clock.today())
        with terminal.progress() as progress:
            done = import_table(database, owner, table, meaning, now, dry_run=dry_run, progress=progress)
    finally:
        database.dispose()
    _show(done)
    if report is not None:
        _write(report, done)


def _show(report: ImportReport) -> None:
    out = terminal.stdout()
    counts = (
        f"{report.rows:,} rows: {report.accepted:,} {'would be imported' if report.dry_run else 'imported'}, "
        f"{len(report.rejected):,} rejected, {len(report.duplicates):,} here already."
    )
    out.print(counts, highlight=False, markup=False)
    for status, count in sorted(report.by_status.items()):
        out.print(f"  {status}: {count:,}", highlight=False, markup=False)
    mapped = ", ".join(f"{ours} = {theirs}" for ours, theirs in report.columns.items())
    out.print(f"Columns read: {mapped}", highlight=False, markup=False)
    if report.unmapped:
        out.print(f"Columns not read: {', '.join(report.unmapped)}", highlight=False, markup=False)
    for one in report.rejected[:SHOWN]:
        out.print(f"  row {one.row} ({one.reference}): {one.reason}", highlight=False, markup=False)
    if len(report.rejected) > SHOWN:
        more = f"  and {len(report.rejected) - SHOWN:,} more; --report FILE lists all."
        out.print(more, highlight=False, markup=False)


def _write(path: Path, report: ImportReport) -> None:
    try:
        path.write_text(json.dumps(report.as_json(), indent=2, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise InputRefused(f"{path} cannot be written: {error.strerror}.", code="unwritable_file") from error

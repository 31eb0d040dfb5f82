"""`bopsgis data fetch`: bulk files of planning.data.gov.uk, resumed where they broke off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli import sample, terminal
from api.cli.options import StoreFolder, store_folder
from api.core import clock
from api.core.settings import Settings
from api.fetch import FetchSettings
from api.fetch import fetch as fetch_files
from api.fetch.planning_data import BULK_FILES, Coverage
from constraints import ingest

__all__ = ["EXAMPLES", "fetch"]

EXAMPLES = """
**Examples**

    bopsgis data fetch conservation-area article-4-direction-area --council E09000028

    bopsgis data fetch flood-risk-zone --everywhere --add --store real
"""


def fetch(
    datasets: Annotated[list[str], typer.Argument(metavar="DATASET...", help="Names in the catalogue.")],
    *,
    council: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="They are complete for this council. Repeatable.")
    ] = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="They are complete for all of England.")] = False,
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the files [default: .bopsgis/fetched]")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Add everything in the folder to the store afterwards.")] = False,
    tries: Annotated[int, typer.Option(min=1, max=20, help="How often each file is tried.")] = 5,
    store: StoreFolder = None,
) -> None:
    """Fetch datasets from planning.data.gov.uk. Run it again to go on after a break, or to take what changed.

    Without --council or --everywhere nobody says what they are complete for, and nothing can be called absent.
    """
    if everywhere and council:
        raise typer.BadParameter("use one of --council and --everywhere")
    settings, root = Settings(), store_folder(store)
    if add:
        sample.refuse_real_data(root)
    folder = into or settings.home / "fetched"
    said: Coverage | None = "everywhere" if everywhere else council
    with terminal.progress() as progress:
        fetched = fetch_files(
            datasets,
            folder,
            today=clock.today(),
            coverage=None if said is None else dict.fromkeys(datasets, said),
            base_url=settings.bulk_files or BULK_FILES,
            settings=FetchSettings(tries=tries),
            progress=progress,
        )
    for one in fetched:
        terminal.note(f"{one.file}: {one.size:,} bytes, {'fetched' if one.changed else 'still current'}")
    if not add:
        terminal.note(f"In {folder}. To add all of it to the store: the same command with --add")
        return
    with terminal.progress() as progress:
        accounts = ingest.add_manifest(root, folder, progress)
    for file, account in accounts.items():
        terminal.note(f"{file}: {account.rows_in:,} rows in, {account.kept:,} kept, {account.refused:,} refused")
    terminal.note(f"Added to {root}")

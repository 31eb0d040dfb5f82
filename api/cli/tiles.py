"""`bopsgis tiles`: layers of tiles as files, and what is kept of maps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.basemap.os_cache import purge
from api.basemap.own_map import OwnMap
from api.basemap.proxy import CACHE_FILE
from api.cli import terminal
from api.cli.cases import CouncilCode, council_named, open_database
from api.core.settings import Settings
from api.layers.exporting import export_layer, layer_for_export
from api.maps.service import SiteChecks
from tiles.grid import WEB_MERCATOR

__all__ = ["app"]

app = typer.Typer(help="Tiles of maps.", no_args_is_help=True)
os_cache = typer.Typer(help="What is kept of the Ordnance Survey's maps.", no_args_is_help=True)
app.add_typer(os_cache, name="os-cache")


@app.command("export", epilog="bopsgis tiles export conservation-area   bopsgis tiles export constraints out.pmtiles")
def export(
    layer: Annotated[str, typer.Argument(help="constraints, the name of a dataset, cases or basemap.")],
    out: Annotated[
        Path | None,
        typer.Argument(help="The file [default: archives/LAYER.pmtiles in the home folder, where it is served]"),
    ] = None,
    *,
    minzoom: Annotated[int | None, typer.Option(help="[default: the first with anything to see]")] = None,
    maxzoom: Annotated[int, typer.Option(help="Finest zoom.")] = 14,
    matrix_set: Annotated[str, typer.Option("--matrix-set", help="PMTiles knows this one only.")] = WEB_MERCATOR.id,
    council: CouncilCode = "",
) -> None:
    """Write a public layer as a PMTiles archive: all its tiles in one file, which maps read a few bytes at a time."""
    settings = Settings()
    path = settings.home / "archives" / f"{layer}.pmtiles" if out is None else out
    database = open_database()
    found = layer_for_export(
        layer,
        settings.home,
        SiteChecks(settings.store).store,
        database,
        lambda: council_named(database, council or settings.council).id,
        OwnMap(settings.sample_town / "base", None).load,
    )
    first = found.minzoom if minzoom is None else minzoom
    with terminal.progress() as progress:
        told = export_layer(found, path, matrix_set=matrix_set, zooms=(first, maxzoom), progress=progress)
    database.dispose()
    size = path.stat().st_size / 1e6
    terminal.stdout().print(f"{path}: {told.tiles:,} tiles, {size:,.1f} MB, version {found.version}.", highlight=False)
    if told.truncated:
        terminal.note(
            f"{told.truncated:,} of them are not all there: to keep them small, {told.dropped:,} shapes were left out."
        )


@os_cache.command("purge")
def purge_answers() -> None:
    """Throw away every answer of the Ordnance Survey that is kept, also while the server runs.

    It happens by itself when the key or the licence changes, and when there is no key any more.
    """
    count = purge(Settings().home / CACHE_FILE)
    terminal.stdout().print(f"{count:,} kept answer{'' if count == 1 else 's'} thrown away.", highlight=False)

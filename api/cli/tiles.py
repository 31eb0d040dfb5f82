"""`bopsgis tiles`: what is kept of maps."""

from __future__ import annotations

import typer

from api.basemap.os_cache import purge
from api.basemap.proxy import CACHE_FILE
from api.cli import terminal
from api.core.settings import Settings

__all__ = ["app"]

app = typer.Typer(help="Tiles of maps.", no_args_is_help=True)
os_cache = typer.Typer(help="What is kept of the Ordnance Survey's maps.", no_args_is_help=True)
app.add_typer(os_cache, name="os-cache")


@os_cache.command("purge")
def purge_answers() -> None:
    """Throw away every answer of the Ordnance Survey that is kept, also while the server runs.

    It happens by itself when the key or the licence changes, and when there is no key any more.
    """
    count = purge(Settings().home / CACHE_FILE)
    terminal.stdout().print(f"{count:,} kept answer{'' if count == 1 else 's'} thrown away.", highlight=False)

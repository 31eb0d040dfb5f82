"""The command `bopsgis`: puts the commands together and is the outermost door.

Exit status: 0 done; 1 `--fail-on` found what it looks for, or a fault of ours; 2 the input or the command was
refused; 3 there is no constraint store, or it is damaged; 130 stopped by the person.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from api.cli import cases, check, data, demo, fetch, import_, outbox, terminal, tiles
from bopsgis.errors import BopsgisError, StoreError

__all__ = ["app", "main"]

app = typer.Typer(
    name="bopsgis",
    help="Checks a site boundary against planning constraints in England, and never says a silent no.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("check", epilog=check.EXAMPLES)(check.check)
data.app.command("fetch", epilog=fetch.EXAMPLES)(fetch.fetch)
app.add_typer(data.app, name="data")
app.add_typer(tiles.app, name="tiles")
app.add_typer(cases.council_app, name="council")
app.add_typer(cases.officer_app, name="officer")
app.add_typer(cases.audit_app, name="audit")
app.add_typer(outbox.app, name="outbox")
app.command("worker")(cases.worker)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("import", epilog=import_.EXAMPLES)(import_.import_cases)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it so
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Checks a site boundary against planning constraints in England, and never says a silent no."""


@app.command()
def version() -> None:
    """Print the version."""
    terminal.stdout().print(f"bopsgis {installed_version('bops-gis')}", highlight=False)


def main() -> None:
    """Run the command line; every refusal becomes plain words and an exit status."""
    try:
        app()
    except BopsgisError as refused:
        terminal.refuse(refused)
        sys.exit(3 if isinstance(refused, StoreError) else 2)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        terminal.note("Stopped.")
        sys.exit(130)
    except Exception as fault:
        if os.environ.get("BOPSGIS_DEBUG"):
            raise
        terminal.note(f"This is a fault in bopsgis, not in what you gave it: {type(fault).__name__}: {fault}")
        terminal.note("Set BOPSGIS_DEBUG=1 and run the command again to see where it happened.")
        sys.exit(1)

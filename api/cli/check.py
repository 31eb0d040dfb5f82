"""`bopsgis check SITE`: the constraints on one site."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli import sample, terminal
from api.cli.options import StoreFolder, read_day, read_statuses, store_folder
from api.cli.sites import read_site
from api.core import clock
from api.core.settings import Settings
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused
from constraints import render
from constraints.model import ConstraintReport, Status
from constraints.screen import screen
from constraints.screen.kept import kept_surfaces
from constraints.store import open_store

__all__ = ["EXAMPLES", "Format", "check"]

EXAMPLES = """
**Examples**

    bopsgis check site.geojson

    bopsgis check "TQ 33400 77900" --radius 25 --as-at 2026-01-31

    bopsgis check uprn:900000000001 --format html --output report.html

    ogr2ogr -f GeoJSON /vsistdout/ site.tab | bopsgis check - --fail-on present,not_known
"""


class Format(StrEnum):
    """How a report can be written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    GEOJSON = "geojson"
    ODP = "odp"
    SVG = "svg"
    PNG = "png"


BY_SUFFIX = {
    ".txt": Format.TEXT,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".json": Format.JSON,
    ".geojson": Format.GEOJSON,
    ".svg": Format.SVG,
    ".png": Format.PNG,
}


def check(  # noqa: PLR0913  # one argument for each option of the command line
    site: Annotated[
        str,
        typer.Argument(
            metavar="SITE",
            help="File, `-` for stdin, WKT or GeoJSON text, grid reference (with --radius), or `uprn:NUMBER`.",
        ),
    ],
    *,
    as_at: Annotated[
        date | None, typer.Option(parser=read_day, metavar="YYYY-MM-DD", help="The day that counts [default: today]")
    ] = None,
    radius: Annotated[
        float | None, typer.Option(metavar="METRES", min=0.5, help="Circle round a grid reference.")
    ] = None,
    crs: Annotated[
        int | None, typer.Option(metavar="EPSG", help="Coordinate system of the site, where its file does not say.")
    ] = None,
    council: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="The council, where boundaries are not loaded. Repeatable.")
    ] = None,
    fmt: Annotated[Format | None, typer.Option("--format", "-f", help="[default: text, or what FILE ends in]")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")] = None,
    fail_on: Annotated[
        frozenset[Status] | None,
        typer.Option(parser=read_statuses, metavar="STATUS,...", help="Exit 1 where a constraint has such a status."),
    ] = None,
    store: StoreFolder = None,
) -> None:
    """Check a site against every constraint of the catalogue.

    The answer for each is *present*, *adjacent*, *near*, *absent* or *not known*; absent is only said where it
    is proven. Exit status: 0 done, 1 `--fail-on` met, 2 refused, 3 no store or a damaged one.
    """
    chosen = fmt or (BY_SUFFIX.get(output.suffix.lower(), Format.TEXT) if output else Format.TEXT)
    if chosen is Format.PNG and output is None and sys.stdout.isatty():
        raise typer.BadParameter("a PNG cannot be shown here; add --output FILE", param_hint="--format")
    boundary = read_site(site, radius_m=radius, crs=crs, places=Settings().sample_town / "places.gpkg")
    report = _screened(boundary, store_folder(store), as_at or clock.today(), council)
    _write(report, chosen, output)
    if fail_on and any(finding.status in fail_on for finding in report.findings):
        raise typer.Exit(1)


def _screened(site: Boundary, store: Path, as_at: date, councils: list[str] | None) -> ConstraintReport:
    if sample.is_in(store):
        terminal.note("This store holds the sample town, which is fictional.")
    for remark in site.notes:
        terminal.note(remark)
    return screen(site, store=open_store(store), as_at=as_at, councils=councils, rasters=kept_surfaces(store))


def _text(text: str) -> bytes:
    return f"{text.rstrip()}\n".encode()


WRITERS: Mapping[Format, Callable[[ConstraintReport], bytes]] = {
    Format.TEXT: lambda report: _text(render.text(report)),
    Format.MARKDOWN: lambda report: _text(render.markdown(report)),
    Format.HTML: lambda report: _text(render.html(report)),
    Format.JSON: lambda report: _text(render.json(report)),
    Format.GEOJSON: lambda report: _text(render.geojson(report)),
    Format.ODP: lambda report: _text(render.odp(report)),
    Format.SVG: lambda report: render.picture(report, fmt="svg"),
    Format.PNG: lambda report: render.picture(report, fmt="png"),
}


def _write(report: ConstraintReport, fmt: Format, output: Path | None) -> None:
    content = WRITERS[fmt](report)
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as error:
            raise InputRefused(f"{output} cannot be written: {error.strerror}.", code="unwritable_file") from error
        terminal.note(f"Written to {output}")
    elif fmt is Format.TEXT and sys.stdout.isatty():
        terminal.stdout().print(content.decode(), markup=False, end="")
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

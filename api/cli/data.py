"""`bopsgis data add | list | verify | remove`: what the constraint store is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.prompt import Prompt
from rich.table import Table

from api.cli import sample, terminal
from api.cli.options import StoreFolder, read_column, read_day, store_folder
from api.core import clock
from bopsgis.errors import InputRefused, NotFound, StoreDamaged
from constraints import catalogue, ingest
from constraints.screen.kept import check_surface, drop_surface, keep_surface, kept_surfaces, verify_surfaces
from constraints.screen.surfaces import RasterSurface
from constraints.source import Account, Coverage, SourceInfo
from constraints.store import build, open_store, verify

__all__ = ["app"]

ADD_EXAMPLES = """
**Examples**

    bopsgis data add conservation-areas.geojson --dataset conservation-area --council E09000028

    bopsgis data add flood-risk-zone.gpkg --dataset flood-risk-zone --everywhere --retrieved 2026-10-01
"""
REMARKS_SHOWN = 10

DeliveredFile = Annotated[
    Path, typer.Argument(help="GeoJSON, GeoPackage, Shapefile, FlatGeobuf, GeoParquet, CSV or GeoTIFF.")
]
Councils = Annotated[
    list[str] | None, typer.Option(metavar="CODE", help="It is complete for this council. Repeatable.")
]
CoverageUnknown = Annotated[
    bool, typer.Option("--coverage-unknown", help="Nobody knows: it can show presence, never absence.")
]
Retrieved = Annotated[
    date | None,
    typer.Option(parser=read_day, metavar="YYYY-MM-DD", help="When it was taken [default: the file's own date]"),
]
Columns = Annotated[list[str] | None, typer.Option(metavar="OURS=THEIRS", help="Which column means what. Repeatable.")]

app = typer.Typer(help="Add, list, verify and remove the data that sites are checked against.", no_args_is_help=True)


@app.command(epilog=ADD_EXAMPLES)
def add(  # noqa: PLR0913  # one argument for each option of the command line
    file: DeliveredFile,
    *,
    dataset: Annotated[str, typer.Option(help="Its name in the catalogue: `bopsgis data list --catalogue`.")],
    council: Councils = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="It is complete for all of England.")] = False,
    coverage_unknown: CoverageUnknown = False,
    name: Annotated[str | None, typer.Option(help="Name of the source; the same name replaces it.")] = None,
    publisher: Annotated[str | None, typer.Option(help="[default: the catalogue's]")] = None,
    retrieved: Retrieved = None,
    crs: Annotated[int | None, typer.Option(metavar="EPSG", help="Where the file does not say.")] = None,
    layer: Annotated[str | None, typer.Option(help="Which layer of a GeoPackage.")] = None,
    column: Columns = None,
    threshold: Annotated[
        float | None, typer.Option(help="For a GeoTIFF: cells with a greater value are the constraint.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="For a GeoTIFF: the unit of its values, for example m.")] = None,
    band: Annotated[int, typer.Option(min=1, help="For a GeoTIFF: which band.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and account for it, change nothing.")] = False,
    store: StoreFolder = None,
) -> None:
    """Bring a delivery of one dataset into the store, with an account of every row.

    What it is complete for must be said: only then can "absent" ever be the answer.
    """
    root = store_folder(store)
    sample.refuse_real_data(root)
    if not file.is_file():
        raise InputRefused(f"There is no file {str(file)!r}.", code="no_such_file")
    known = catalogue.dataset(dataset)
    coverage = _coverage(known.name, council or [], everywhere=everywhere, unknown=coverage_unknown)
    delivery = ingest.Delivery(
        path=file,
        dataset=dataset,
        name=name,
        publisher=publisher,
        retrieved=retrieved or _day_of(file),
        coverage=coverage,
        crs=crs,
        layer=layer,
        columns=dict(read_column(text) for text in column or []) or None,
    )
    if known.geometry == "raster":
        _add_surface(root, delivery, threshold, unit, band, dry_run=dry_run)
        return
    account = _added(root, delivery, dry_run=dry_run)
    _show_account(known.name, account)
    terminal.note("Nothing was changed (--dry-run)." if dry_run else f"Added to {root}")


def _add_surface(
    root: Path, delivery: ingest.Delivery, threshold: float | None, unit: str | None, band: int, *, dry_run: bool
) -> None:
    if threshold is None or not unit:
        raise InputRefused(
            "Which values of the surface are the constraint?",
            code="threshold_missing",
            hint="for example: --threshold 0.3 --unit m",
        )
    about = catalogue.dataset(delivery.dataset)
    info = SourceInfo(
        dataset=about.slug,
        name=delivery.name or delivery.path.stem,
        publisher=delivery.publisher or about.publisher,
        licence=about.licence,
        attribution=about.attribution,
        retrieved=delivery.retrieved,
        coverage=delivery.coverage,
        file_name=delivery.path.name,
        sha256="",
        source_crs=27700,
        transform="none",
        transform_accuracy_m=0.0,
    )
    surface = RasterSurface(info, delivery.path, threshold, unit, band)
    if dry_run:
        check_surface(surface)
        terminal.note("The surface can be used. Nothing was changed (--dry-run).")
        return
    keep_surface(root, surface)
    terminal.note(f"Added to {root}: {about.name} over {threshold:g} {unit}")


def _added(root: Path, delivery: ingest.Delivery, *, dry_run: bool) -> Account:
    with terminal.progress() as progress:
        if dry_run:
            return ingest.prepare(delivery, progress)[1].account
        account = ingest.stage(root, delivery, progress)
        build(root, progress)
        return account


def _day_of(file: Path) -> date:
    """The file's own date: it was taken then or before, so that its age is never made less than it is."""
    own = datetime.fromtimestamp(file.stat().st_mtime, tz=UTC).date()
    return min(own, clock.today())


def _coverage(name: str, councils: list[str], *, everywhere: bool, unknown: bool) -> Coverage:
    """What the delivery is complete for, as said on the command line or asked for."""
    if sum((bool(councils), everywhere, unknown)) > 1:
        raise typer.BadParameter("use one of --council, --everywhere and --coverage-unknown")
    if unknown:
        return Coverage()
    if everywhere or councils:
        return Coverage(councils=tuple(councils), everywhere=everywhere)
    if not terminal.interactive():
        raise InputRefused(
            f"For which councils is this complete? Without that, {name.lower()} could never be called absent.",
            code="coverage_missing",
            hint="--council CODE (repeatable), --everywhere for all of England, or --coverage-unknown.",
        )
    return _asked_coverage(name)


def _asked_coverage(name: str) -> Coverage:
    terminal.note(f"{name}: where nothing is found, this is called absent only for councils it is complete for.")
    said = Prompt.ask(
        "Complete for which councils? Codes with commas, 'everywhere', or 'unknown'", console=terminal.stderr()
    ).strip()
    if said.lower() == "everywhere":
        return Coverage(everywhere=True)
    if said.lower() in {"", "unknown"}:
        return Coverage()
    return Coverage(councils=tuple(code.strip() for code in said.split(",") if code.strip()))


def _show_account(name: str, account: Account) -> None:
    table = Table(
        title=f"{name}: {account.rows_in:,} rows in", title_justify="left", show_header=False, box=None, pad_edge=False
    )
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for label, count, meaning in (
        ("kept", account.kept, "on the map"),
        ("  of these repaired", account.repaired, f"{account.repaired_flagged:,} changed in area by more than 0.1 %"),
        ("  ended", account.ended, "kept for dates before their end"),
        ("  future", account.future, "kept for dates after their start"),
        ("  points", account.point_like, "have no extent of their own"),
        ("not on the map", account.unlocated, f"{account.no_geometry:,} without geometry; they forbid 'absent'"),
        ("duplicates", account.duplicates, "exact repeats of an earlier row"),
        ("refused", account.refused, "cannot belong to the dataset"),
    ):
        table.add_row(label, f"{count:,}", meaning if count else "", style=None if count else "dim")
    console = terminal.stderr()
    console.print(f"{name}: {account.rows_in:,} rows in", markup=False)
    console.print(table)
    for row, code, sentence in account.remarks[:REMARKS_SHOWN]:
        console.print(f"  row {row}: {sentence} ({code})", markup=False, soft_wrap=True)
    if len(account.remarks) > REMARKS_SHOWN:
        console.print(f"  and {len(account.remarks) - REMARKS_SHOWN:,} more remarks, all kept in the store")


@app.command("list")
def list_(
    *,
    all_datasets: Annotated[
        bool, typer.Option("--catalogue", help="List every dataset that can be added, loaded or not.")
    ] = False,
    store: StoreFolder = None,
) -> None:
    """List what the store holds: one line for each source."""
    terminal.stdout().print(_catalogue_table() if all_datasets else _sources_table(store_folder(store)))


def _catalogue_table() -> Table:
    table = Table("dataset", "name", "publisher", "where it can be had", box=None, pad_edge=False)
    for slug, known in catalogue.datasets().items():
        table.add_row(slug, known.name, known.publisher, "" if known.published else known.where)
    return table


def _sources_table(root: Path) -> Table:
    opened = open_store(root)
    table = Table("dataset", "source", "publisher", "retrieved", "complete for", box=None, pad_edge=False)
    for heading in ("kept", "repaired", "not on the map"):
        table.add_column(heading, justify="right")
    for entry in opened.sources:
        info, account = entry.info, entry.account
        covered = "everywhere" if info.coverage.everywhere else ", ".join(info.coverage.councils) or "not known"
        counts = (f"{count:,}" for count in (account.kept, account.repaired, account.unlocated))
        table.add_row(info.dataset, info.name, info.publisher, info.retrieved.isoformat(), covered, *counts)
    for surface in kept_surfaces(root):
        info = surface.info
        covered = "everywhere" if info.coverage.everywhere else ", ".join(info.coverage.councils) or "not known"
        what = f"over {surface.threshold:g} {surface.unit}"
        table.add_row(info.dataset, info.name, info.publisher, info.retrieved.isoformat(), covered, what, "", "")
    return table


@app.command("verify")
def verify_(*, store: StoreFolder = None) -> None:
    """Check every byte of the store against its checksums. Exit status 3 where something is wrong."""
    root = store_folder(store)
    problems = [*verify(root), *verify_surfaces(root)]
    for problem in problems:
        terminal.note(problem)
    if problems:
        raise StoreDamaged(
            f"{root} is damaged: {len(problems)} problem(s).", hint="add the data named above again, or start afresh."
        )
    terminal.note(f"{root}: every file is as it was written.")


@app.command()
def remove(
    dataset: Annotated[str, typer.Argument(help="The dataset, as `bopsgis data list` shows it.")],
    name: Annotated[str, typer.Argument(help="The source, as `bopsgis data list` shows it.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    store: StoreFolder = None,
) -> None:
    """Remove one source from the store. Constraints that only it spoke of are not known from then on."""
    root = store_folder(store)
    surface = any((kept.info.dataset, kept.info.name) == (dataset, name) for kept in kept_surfaces(root))
    entries = [entry for entry in open_store(root).sources if (entry.info.dataset, entry.info.name) == (dataset, name)]
    if not entries and not surface:
        raise NotFound(f"The store has no source {name!r} of {dataset!r}.", hint="bopsgis data list")
    if not yes:
        if not terminal.interactive():
            raise InputRefused("Nobody is here to ask whether that is meant.", code="not_confirmed", hint="add --yes")
        what = "a surface" if surface else f"{entries[0].account.kept:,} rows"
        typer.confirm(f"Remove {name} ({what}) from {root}?", abort=True, err=True)
    if surface:
        drop_surface(root, dataset, name)
        terminal.note(f"Removed {name} of {dataset}.")
        return
    with terminal.progress() as progress:
        ingest.remove(root, dataset, name, progress=progress)
    terminal.note(f"Removed {name} of {dataset}.")

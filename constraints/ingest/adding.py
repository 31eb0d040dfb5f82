"""Puts a delivery into the store: read, normalise, stage, and build a new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bopsgis.errors import InputRefused
from constraints import catalogue, store
from constraints.catalogue import Dataset
from constraints.ingest.normalise import Normalised, Terms, normalise
from constraints.ingest.reading import read, sha256_of
from constraints.progress import Progress, silent
from constraints.source import Account, Coverage, SourceInfo

__all__ = ["Delivery", "add", "prepare", "stage"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file and what its operator says about it."""

    path: Path
    dataset: str
    """Slug in the catalogue."""
    retrieved: date
    """The day the publisher's copy was taken."""
    coverage: Coverage
    name: str | None = None
    """Unique within the dataset; the file's name without its endings where not given."""
    publisher: str | None = None
    """The catalogue's where not given, and so are licence and attribution."""
    licence: str | None = None
    attribution: str | None = None
    crs: int | None = None
    """EPSG code, where the file says nothing and the operator knows better than the numbers."""
    columns: Mapping[str, str] | None = None
    """Field or attribute -> the delivery's column, where the guess would be wrong."""
    layer: str | None = None
    council: str | None = None
    """The council that rows without a geometry belong to."""
    tolerance_m: float | None = None


def add(  # noqa: PLR0913 - everything that may be said of a delivery is said here, by name
    root: Path,
    path: Path,
    *,
    dataset: str,
    retrieved: date,
    coverage: Coverage,
    name: str | None = None,
    publisher: str | None = None,
    crs: int | None = None,
    columns: Mapping[str, str] | None = None,
    layer: str | None = None,
    council: str | None = None,
    progress: Progress | None = None,
    build: bool = True,
) -> Account:
    """Adds the delivery at `path` to the store at `root` and returns what became of every row.

    The arguments are those of `Delivery`. `coverage` must be given: for which councils the delivery is
    complete decides whether "absent" can ever be said; `Coverage()` says "for none". With `build` false the
    delivery waits, staged, until `constraints.store.build`. If anything fails the store stays as it was.

    Raises:
        NotFound: no such file, or no such dataset in the catalogue.
        InputRefused, FormatRefused, TooLarge: the delivery cannot be used; the message says why.
        StoreError: the store cannot be written.
    """
    delivery = Delivery(
        path=path,
        dataset=dataset,
        retrieved=retrieved,
        coverage=coverage,
        name=name,
        publisher=publisher,
        crs=crs,
        columns=columns,
        layer=layer,
        council=council,
    )
    account = stage(root, delivery, progress or silent)
    if build:
        store.build(root, progress)
    return account


def stage(root: Path, delivery: Delivery, progress: Progress = silent) -> Account:
    """Reads, normalises and stages one delivery without building; errors as for `add`."""
    info, ready = prepare(delivery, progress)
    progress("Writing", 0, 1)
    store.write_source(root, info, ready.records, ready.unlocated, ready.account)
    progress("Writing", 1, 1)
    return ready.account


def prepare(delivery: Delivery, progress: Progress = silent) -> tuple[SourceInfo, Normalised]:
    """Reads and normalises one delivery and writes nothing; errors as for `add`."""
    about = catalogue.dataset(delivery.dataset)
    if about.geometry == "raster":
        raise InputRefused(f"{about.name} is a surface: add it as a GeoTIFF, not as records.", code="dataset_is_raster")
    progress("Reading", 0, 1)
    table = read(delivery.path, layer=delivery.layer, columns=delivery.columns)
    progress("Reading", 1, 1)
    terms = Terms(
        dataset=about,
        retrieved=delivery.retrieved,
        coverage=delivery.coverage,
        crs=delivery.crs,
        columns=delivery.columns,
        council=delivery.council,
    )
    ready = normalise(table, terms, progress)
    return _info(delivery, about, ready), ready


def _info(delivery: Delivery, about: Dataset, ready: Normalised) -> SourceInfo:
    return SourceInfo(
        dataset=about.slug,
        name=delivery.name or delivery.path.name.split(".", maxsplit=1)[0],
        publisher=delivery.publisher or about.publisher,
        licence=delivery.licence or about.licence,
        attribution=delivery.attribution or about.attribution,
        retrieved=delivery.retrieved,
        coverage=delivery.coverage,
        file_name=delivery.path.name,
        sha256=sha256_of(delivery.path),
        source_crs=ready.source_crs,
        transform=ready.transform,
        transform_accuracy_m=ready.transform_accuracy_m,
        tolerance_m=delivery.tolerance_m,
        notes=ready.notes,
    )

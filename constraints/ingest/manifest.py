"""Adds a whole folder of deliveries that a manifest lists, and builds once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from bopsgis.errors import FormatRefused
from constraints import catalogue, store
from constraints.ingest.adding import Delivery, stage
from constraints.ingest.raw import refuse_file
from constraints.progress import Progress, silent
from constraints.source import Account, Coverage

__all__ = ["EVERYWHERE", "MANIFEST", "add_manifest", "read_manifest"]

MANIFEST: Final = "manifest.json"
EVERYWHERE: Final = "everywhere"
_OPTIONAL: Final = ("name", "publisher", "licence", "attribution", "crs", "columns", "layer", "council", "tolerance_m")


def add_manifest(root: Path, folder: Path, progress: Progress | None = None) -> dict[str, Account]:
    """Adds every delivery that `folder`/manifest.json lists; returns file name -> account.

    Nothing is staged before every file has been named and found; the store is built once at the end. Surfaces
    (GeoTIFF) are passed over: they have no rows, and are given to `screen` beside the store.

    Raises:
        FormatRefused: the manifest is not one, or a delivery cannot be used.
        NotFound: a dataset of the manifest is not in the catalogue.
    """
    told = progress or silent
    deliveries = [each for each in read_manifest(folder) if catalogue.dataset(each.dataset).geometry != "raster"]
    accounts = {}
    for done, delivery in enumerate(deliveries):
        told(f"Adding {delivery.path.name}", done, len(deliveries))
        accounts[delivery.path.relative_to(folder).as_posix()] = stage(root, delivery)
    told("Deliveries", len(deliveries), len(deliveries))
    store.build(root, progress)
    return accounts


def read_manifest(folder: Path) -> tuple[Delivery, ...]:
    """The deliveries that `folder`/manifest.json lists.

    It is a list of objects (or an object whose `deliveries` is one) with `file`, `dataset`, `retrieved` (an ISO
    date), `councils` (a list of codes, or "everywhere") and any of the other fields of `Delivery`.

    Raises:
        FormatRefused: no such file, not that shape, or a file it names is not there.
    """
    path = folder / MANIFEST
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refuse_file(str(path), "there is no manifest in JSON", code="manifest_broken") from error
    if isinstance(entries, Mapping):
        entries = entries.get("deliveries")
    if not isinstance(entries, list) or not entries:
        raise refuse_file(str(path), "it lists no deliveries", code="manifest_broken")
    return tuple(_delivery(folder, entry, number) for number, entry in enumerate(entries, start=1))


def _delivery(folder: Path, entry: Any, number: int) -> Delivery:
    try:
        path = folder / entry["file"]
        delivery = Delivery(
            path=path,
            dataset=entry["dataset"],
            retrieved=date.fromisoformat(entry["retrieved"]),
            coverage=_coverage(entry["councils"]),
            **{key: entry[key] for key in _OPTIONAL if key in entry},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _fault(number, f"{type(error).__name__}: {error}") from error
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        raise _fault(number, f"there is no file {entry['file']} in the folder")
    return delivery


def _coverage(councils: Any) -> Coverage:
    if councils == EVERYWHERE:
        return Coverage(everywhere=True)
    if not isinstance(councils, list) or not all(isinstance(council, str) for council in councils):
        raise TypeError("councils is a list of codes, or everywhere")
    return Coverage(councils=tuple(councils))


def _fault(number: int, why: str) -> FormatRefused:
    return FormatRefused(f"Delivery {number} of the manifest cannot be used: {why}.", code="manifest_broken")

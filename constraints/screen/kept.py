"""Surfaces kept beside a store: GeoTIFFs that answer for datasets such as flood depth, with what is known of them.

Each lies in a folder of its own, `<store>/surfaces/<dataset>--<name>/`, written elsewhere and moved into place
whole. They are not packed: a surface is read where it lies, only round the site.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import shapely

from bopsgis.boundary import from_geometry
from bopsgis.errors import FormatRefused, InputRefused, NotFound, StoreDamaged
from constraints import catalogue
from constraints.screen.surfaces import RasterSurface
from constraints.source import Coverage, SourceInfo
from constraints.store import info_from_json

__all__ = [
    "check_surface",
    "drop_surface",
    "keep_surface",
    "keep_surfaces_of_manifest",
    "kept_surfaces",
    "verify_surfaces",
]

_FOLDER: Final = "surfaces"
_ABOUT: Final = "surface.json"
_FILE: Final = "surface.tif"
_BLOCK: Final = 1 << 20


def keep_surface(root: Path, surface: RasterSurface) -> RasterSurface:
    """Copy a surface into the store at `root`; one of the same dataset and name is replaced.

    The file is read once to see that it can be. Raises what `constraints.raster.measure` raises, InputRefused
    for a dataset that is no surface, NotFound for one that is not in the catalogue.
    """
    about = catalogue.dataset(surface.info.dataset)
    if about.geometry != "raster":
        raise InputRefused(f"{about.name} is not a surface: its data are records.", code="dataset_not_raster")
    check_surface(surface)
    info = replace(surface.info, sha256=_sha256(surface.path))
    place = _place(root, info.dataset, info.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".new-") as fresh:
        made = Path(fresh) / "made"
        made.mkdir()
        shutil.copyfile(surface.path, made / _FILE)
        words = {"info": asdict(info), "threshold": surface.threshold, "unit": surface.unit, "band": surface.band}
        (made / _ABOUT).write_text(json.dumps(words, default=str, indent=1), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    return replace(surface, info=info, path=place / _FILE)


def check_surface(surface: RasterSurface) -> None:
    """Raise what `constraints.raster.measure` raises where the file cannot be used."""
    surface.measure(_SOMEWHERE)


_SOMEWHERE: Final = from_geometry(shapely.box(400000, 300000, 400010, 300010))
"""Measuring any site shows whether a file can be read; most surfaces have no data here."""


def kept_surfaces(root: Path) -> tuple[RasterSurface, ...]:
    """The surfaces of the store at `root`, by dataset and name. Raises StoreDamaged for one that cannot be read."""
    return tuple(_read(folder) for folder in _folders(root))


def drop_surface(root: Path, dataset: str, name: str) -> None:
    """Remove a surface. Raises NotFound where there is none of that name."""
    place = _place(root, dataset, name)
    if not place.is_dir():
        raise NotFound(f"The store has no surface {name!r} of {dataset!r}.", code="surface")
    shutil.rmtree(place)


def verify_surfaces(root: Path) -> list[str]:
    """What is wrong with the surfaces of a store; empty where every byte is as it was added."""
    problems = []
    for folder in _folders(root):
        try:
            surface = _read(folder)
        except StoreDamaged as error:
            problems.append(error.message)
            continue
        if not surface.path.is_file() or _sha256(surface.path) != surface.info.sha256:
            problems.append(f"The surface {folder.name} is not as it was added.")
    return problems


def keep_surfaces_of_manifest(root: Path, folder: Path, moved: timedelta = timedelta(0)) -> int:
    """Keep every surface that `folder`/manifest.json lists, `retrieved` later by `moved`; how many there were.

    An entry of a surface has `threshold` and `unit` beside what every entry has. Raises FormatRefused.
    """
    count = 0
    try:
        for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
            if catalogue.dataset(entry["dataset"]).geometry == "raster":
                keep_surface(root, _from_manifest(folder, entry, moved))
                count += 1
    except (KeyError, TypeError, ValueError) as error:
        raise FormatRefused("The manifest does not describe its surfaces.", code="manifest_broken") from error
    return count


def _from_manifest(folder: Path, entry: Mapping[str, Any], moved: timedelta) -> RasterSurface:
    about = catalogue.dataset(entry["dataset"])
    councils = entry["councils"]
    everywhere = councils == "everywhere"
    info = SourceInfo(
        dataset=about.slug,
        name=entry.get("name", Path(entry["file"]).stem),
        publisher=entry.get("publisher", about.publisher),
        licence=entry.get("licence", about.licence),
        attribution=entry.get("attribution", about.attribution),
        retrieved=date.fromisoformat(entry["retrieved"]) + moved,
        coverage=Coverage(councils=() if everywhere else tuple(councils), everywhere=everywhere),
        file_name=Path(entry["file"]).name,
        sha256="",
        source_crs=27700,
        transform="none",
        transform_accuracy_m=0.0,
    )
    return RasterSurface(info, folder / entry["file"], float(entry["threshold"]), entry["unit"])


def _folders(root: Path) -> Iterator[Path]:
    shelf = root / _FOLDER
    return iter(sorted(each for each in shelf.iterdir() if each.name[0] != ".")) if shelf.is_dir() else iter(())


def _place(root: Path, dataset: str, name: str) -> Path:
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)[:80] or "_"
    return root / _FOLDER / f"{dataset}--{safe}"


def _read(folder: Path) -> RasterSurface:
    try:
        words = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        info = info_from_json(words["info"])
        return RasterSurface(info, folder / _FILE, words["threshold"], words["unit"], words["band"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"The surface {folder.name} cannot be read.", code="surface_damaged") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

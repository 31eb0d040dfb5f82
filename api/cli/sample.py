"""The sample town: made, brought into the store, and kept apart from real data.

The town is fictional and its deliveries say that they cover everything, so a store that held it together with
real data could prove "absent" for a real site from data of an invented place. A marker in the store says that
it holds the town, and neither side adds to the other's store.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from api.cli import terminal
from bopsgis.errors import InputRefused, NotFound
from constraints import catalogue, ingest
from constraints.progress import Progress
from constraints.screen.kept import keep_surfaces_of_manifest
from constraints.store import build

__all__ = ["fingerprints", "is_in", "prepare", "refuse_real_data"]

GENERATOR = Path(__file__).resolve().parents[2] / "data" / "sample_town"
FRESH_FOR = timedelta(days=7)
MARKER = "SAMPLE-TOWN"
"""In the store's folder, and as a stamp in the town's own: the fingerprint of what made it."""


def is_in(store: Path) -> bool:
    """Whether a store holds the sample town."""
    return (store / MARKER).is_file()


def refuse_real_data(store: Path) -> None:
    """Raise InputRefused where real data would be mixed with the fictional town."""
    if is_in(store):
        raise InputRefused(
            f"{store} holds the sample town, which is fictional; real data do not go into the same store.",
            code="sample_store",
            hint="name another folder, for example: --store .bopsgis/real",
        )


def prepare(town: Path, store: Path, today: date) -> None:
    """Make the sample town in `town` and bring it into `store`, unless both are there and up to date.

    The deliveries count as taken from their publishers today, and are read again after a week: a demo of data
    that went stale would say "not known" of everything. Raises NotFound where the generator is not installed,
    InputRefused where the store holds other data.
    """
    town_wanted, store_wanted = fingerprints()
    with terminal.progress() as progress:
        if _stamped(town) != town_wanted:
            _generate(town, town_wanted)
        if not _is_fresh(store, store_wanted, today):
            _fill(town, store, f"{store_wanted} {today.isoformat()}", today, progress)


def fingerprints() -> tuple[str, str]:
    """SHA-256 of what decides the town (its generator), and of what decides the store made of it (that and our code).

    Raises NotFound where the generator is not installed.
    """
    if not (GENERATOR / "generate.py").is_file():
        raise NotFound(
            "The sample town's generator is not part of an installed package.",
            code="no_generator",
            hint="run this in a clone of the project: python3 -m bopsgis demo",
        )
    root = GENERATOR.parents[1]
    town = _digest(GENERATOR)
    return town, hashlib.sha256((town + _digest(root / "bopsgis", root / "constraints")).encode()).hexdigest()


def _digest(*folders: Path) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _stamped(folder: Path) -> str:
    stamp = folder / MARKER
    return stamp.read_text(encoding="ascii") if stamp.is_file() else ""


def _is_fresh(store: Path, wanted: str, today: date) -> bool:
    code, _, day = _stamped(store).partition(" ")
    if code != wanted or not day or not (store / "CURRENT").is_file():
        return False
    return timedelta(0) <= today - date.fromisoformat(day) < FRESH_FOR


def _generate(town: Path, wanted: str) -> None:
    """Run the generator into a folder of its own and put it into place when it is whole."""
    fresh = town.with_name(f"{town.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    terminal.note("Making the sample town (once; it is fictional) ...")
    command = [sys.executable, str(GENERATOR / "generate.py"), str(fresh)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own program
        for line in process.stdout or ():
            terminal.note(f"  {line.rstrip()}")
    if process.returncode:
        raise NotFound("The sample town could not be made; the messages above say why.", code="no_sample_town")
    (fresh / MARKER).write_text(wanted, encoding="ascii")
    shutil.rmtree(town, ignore_errors=True)
    fresh.rename(town)


def _fill(town: Path, store: Path, stamp: str, today: date, progress: Progress) -> None:
    if not is_in(store) and _has_data(store):
        raise InputRefused(
            f"{store} holds data of your own; the sample town is fictional and does not go into the same store.",
            code="store_in_use",
            hint="give the demo a folder of its own, for example: BOPSGIS_HOME=.bopsgis-demo",
        )
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir(parents=True)
    (store / MARKER).write_text("unfinished", encoding="ascii")
    deliveries = [each for each in ingest.read_manifest(town) if catalogue.dataset(each.dataset).geometry != "raster"]
    # Moved on together, so that a delivery that is older than the others on purpose stays so.
    moved = today - max(delivery.retrieved for delivery in deliveries)
    for number, delivery in enumerate(deliveries):
        progress("Reading the sample town's data", number, len(deliveries))
        ingest.stage(store, replace(delivery, retrieved=delivery.retrieved + moved))
    progress("Reading the sample town's data", len(deliveries), len(deliveries))
    build(store, progress)
    keep_surfaces_of_manifest(store, town, moved)
    (store / MARKER).write_text(stamp, encoding="ascii")


def _has_data(store: Path) -> bool:
    sources = store / "sources"
    return (store / "CURRENT").exists() or (sources.is_dir() and any(sources.iterdir()))

"""Makes the sample town: a fictional English town with its constraint datasets, the same bytes for the same seed.

    python data/sample_town/generate.py OUT [--seed N] [--retrieved DATE] [--quiet]

Writes `OUT/town.json`, `OUT/manifest.json` (deliveries to ingest), `OUT/deliveries/`, `OUT/base/` (basemap layers),
`OUT/places.gpkg` (addresses and parcels), `OUT/sites.geojson` (demo sites) and `OUT/warts.json` (faults planted
on purpose). The folder is made in full beside OUT first and then put in its place.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import plan
from base import write_base, write_places
from deliver import Delivery, write
from heritage import heritage
from listed import listed_buildings, local_list
from nature import nature
from policy import policy
from records import WATER, Clerk
from shapes import rng_for
from sites import sites
from town import Say, Town, build_town
from water import DEPTH_FILE, flood_depth, water

GENERATOR = "1"
"""Raised whenever the same seed gives another town."""
SEED = 20261122
RETRIEVED = "2026-11-22"
_STEPS = 11


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def _depth_entry(retrieved: str) -> dict[str, Any]:
    return {
        "file": f"deliveries/{DEPTH_FILE}",
        "dataset": "surface-water-flood-depth",
        "name": "agency",
        "publisher": WATER,
        "retrieved": retrieved,
        "councils": [plan.COUNCIL[0]],
        "crs": 27700,
        "rows": 0,
        "raster": True,
        "unit": "m",
        "threshold": 0.1,
        "about": "Depth in metres on 2 m cells over the middle of the town; nodata elsewhere",
    }


def _deliveries(town: Town) -> tuple[list[Delivery], Clerk]:
    clerk = Clerk(rng_for(town.seed, "records"))
    made = [
        *heritage(town, clerk),
        *listed_buildings(town, clerk),
        local_list(town, clerk),
        *water(town, clerk),
        *nature(town, clerk),
        *policy(town, clerk),
    ]
    return made, clerk


def _sums(folder: Path) -> list[dict[str, Any]]:
    """Name, size and SHA-256 of every file, in order of name."""
    return [
        {
            "file": path.relative_to(folder).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def generate(out: Path, seed: int, retrieved: str, say: Say) -> None:
    """Make the town in the folder `out`, which is replaced if it is there."""
    staged = out.with_name(f".{out.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    (staged / "deliveries").mkdir(parents=True)
    town = build_town(seed, say)
    say("constraints")
    deliveries, clerk = _deliveries(town)
    say("deliveries")
    for delivery in deliveries:
        write(delivery, staged / "deliveries")
    say("surface water")
    flood_depth(town, staged / "deliveries" / DEPTH_FILE)
    say("basemap and addresses")
    layers = write_base(town, staged / "base")
    write_places(town, staged / "places.gpkg")
    say("demo sites")
    _json(staged / "sites.geojson", sites(town, deliveries))
    entries = [*(delivery.manifest(retrieved) for delivery in deliveries), _depth_entry(retrieved)]
    _json(staged / "manifest.json", entries)
    _json(staged / "warts.json", clerk.warts)
    _json(staged / "town.json", _about(town, layers) | {"files": _sums(staged)})
    shutil.rmtree(out, ignore_errors=True)
    staged.rename(out)


def _about(town: Town, layers: dict[str, int]) -> dict[str, Any]:
    return {
        "name": plan.TOWN,
        "fictional": True,
        "council": {"code": plan.COUNCIL[0], "name": plan.COUNCIL[1]},
        "neighbour": {"code": plan.NEIGHBOUR[0], "name": plan.NEIGHBOUR[1]},
        "generator": GENERATOR,
        "seed": town.seed,
        "crs": 27700,
        "extent": list(plan.EXTENT),
        "counts": {"addresses": len(town.addresses), "streets": len(town.streets)} | layers,
    }


class _Progress:
    """Says each step on stderr as it begins, with the time that has gone."""

    def __init__(self) -> None:
        self.done = 0
        self.began = time.monotonic()

    def __call__(self, what: str) -> None:
        self.done += 1
        print(f"[{self.done:2d}/{_STEPS}] {time.monotonic() - self.began:5.1f} s  {what}", file=sys.stderr, flush=True)


def _silent(what: str) -> None:
    del what


def main() -> int:
    """Read the command line and make the town."""
    parser = argparse.ArgumentParser(description="Make the sample town: a fictional town with constraint datasets.")
    parser.add_argument("out", type=Path, help="folder to make; replaced if it is there")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="another seed gives another town on the same plan (default %(default)s)"
    )
    parser.add_argument(
        "--retrieved",
        type=date.fromisoformat,
        default=date.fromisoformat(RETRIEVED),
        metavar="YYYY-MM-DD",
        help="the day on which the deliveries are said to have been fetched (default %(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress lines")
    asked = parser.parse_args()
    if (
        asked.out.exists()
        and not (asked.out / "town.json").exists()
        and (not asked.out.is_dir() or any(asked.out.iterdir()))
    ):
        parser.error(f"{asked.out} is there already and is no sample town; name another folder")
    generate(asked.out, asked.seed, asked.retrieved.isoformat(), _silent if asked.quiet else _Progress())
    return 0


if __name__ == "__main__":
    sys.exit(main())

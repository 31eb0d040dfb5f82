"""The real deliveries beside the repository: what they are, and a store made of all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from constraints import store
from constraints.ingest import Delivery, stage
from constraints.source import Account, Coverage

__all__ = ["DELIVERIES", "Stated", "all_deliveries", "build_real_store", "stated"]

SOUTHWARK = Coverage(councils=("E09000028",))
BATH = Coverage(councils=("E06000022",))
_DAY_BY_FOLDER = {"southwark": date(2024, 10, 29), "banes": date(2019, 11, 12), "invalid": date(2024, 10, 29)}
_COVERAGE = {"southwark": SOUTHWARK, "banes": BATH, "invalid": Coverage()}

DELIVERIES: Mapping[str, str] = {
    "southwark/article4-*.gpkg": "article-4-direction-area",
    "southwark/conservation-areas.gpkg": "conservation-area",
    "southwark/conservation-areas-2021-11.shp.zip": "conservation-area",
    "southwark/listed-building-*.shp.zip": "listed-building-outline",
    "southwark/tpo-*.shp.zip": "tree-preservation-zone",
    "banes/banes_conservation_ar.geojson": "conservation-area",
    "banes/banes_green_belt_2007.geojson.gz": "green-belt",
    "banes/dclg_greenbelt_2013_14.geojson": "green-belt",
    "banes/banes_tpos_2016.geojson.gz": "tree-preservation-zone",
    "banes/he_listed_buildings.geojson": "listed-building",
    "banes/he_scheduled_monuments.geojson": "scheduled-monument",
    "banes/ne_ancient_woodland.geojson": "ancient-woodland",
    "banes/ne_aonb.geojson": "area-of-outstanding-natural-beauty",
    "banes/ne_local_nature_reserves.geojson": "local-nature-reserve",
    "banes/ne_special_areas_conservation.geojson": "special-area-of-conservation",
    "banes/ne_special_protection_areas.geojson": "special-protection-area",
    "banes/ne_sssi.geojson": "site-of-special-scientific-interest",
    "banes/os_boundary.geojson": "local-planning-authority",
    "invalid/planning-data-invalid-geometry.csv": "world-heritage-site",
}
"""File (or pattern) below realdata/ -> dataset of the catalogue."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the README beside the deliveries states of one file."""

    rows: int
    epsg: int
    no_geometry: int
    invalid: int


def all_deliveries(realdata: Path) -> list[tuple[str, Delivery]]:
    """(path below `realdata`, delivery) of every file, patterns resolved."""
    found = []
    for pattern, dataset in DELIVERIES.items():
        for path in sorted(realdata.glob(pattern)):
            folder = path.parent.name
            name = path.relative_to(realdata).as_posix()
            found.append((name, Delivery(path, dataset, _DAY_BY_FOLDER[folder], _COVERAGE[folder])))
    return found


def stated(realdata: Path) -> dict[str, Stated]:
    """The table of files in realdata/README.md."""
    row = re.compile(r"^\| (\S+/\S+) \| \d+ \| (\d+) \| (\d+) \| [^|]+ \| \d+ \| (\d+) \| (\d+) \|", re.MULTILINE)
    table = row.findall((realdata / "README.md").read_text(encoding="utf-8"))
    return {name: Stated(*(int(figure) for figure in figures)) for name, *figures in table}


def build_real_store(root: Path, realdata: Path) -> dict[str, Account]:
    """Put every delivery into a store at `root`; path below `realdata` -> account."""
    accounts = {name: stage(root, delivery) for name, delivery in all_deliveries(realdata)}
    store.build(root)
    return accounts

"""Makes the rows of deliveries: field names as the national platform spells them, entity numbers, dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from deliver import Record
from shapes import areas_of, rounded
from town import Town

__all__ = ["HERITAGE", "NATURE", "WATER", "Clerk", "draft", "property_line", "references", "short_names"]

HERITAGE = "National Heritage Office (sample)"
NATURE = "Nature Agency (sample)"
WATER = "Water and Flood Agency (sample)"
"""Publishers of the national datasets. They do not exist."""


@dataclass(slots=True)
class Clerk:
    """Hands out entity numbers, which no real entity has, and keeps the list of planted faults."""

    rng: np.random.Generator
    next_entity: int = 99_000_001
    warts: list[dict[str, Any]] = field(default_factory=list)

    def row(self, dataset: str, reference: str, name: str, geometry: shapely.Geometry | None, **more: str) -> Record:
        """One row with the fields that every dataset has; underscores in names of further fields become hyphens."""
        fields: dict[str, Any] = {
            "entity": self.next_entity,
            "dataset": dataset,
            "reference": reference,
            "name": name,
            "organisation-entity": "",
            "entry-date": self.day(2024, 2026),
            "start-date": "",
            "end-date": "",
        }
        fields |= {key.replace("_", "-"): value for key, value in more.items()}
        self.next_entity += 1
        return Record(fields, geometry)

    def day(self, first_year: int, last_year: int) -> str:
        """A day between two years, written as ISO 8601, never after October 2026."""
        year = int(self.rng.integers(first_year, last_year + 1))
        return f"{year:04d}-{int(self.rng.integers(1, 10)):02d}-{int(self.rng.integers(1, 29)):02d}"

    def wart(self, kind: str, file: str, references: Iterable[str], note: str) -> None:
        """Note a fault that was planted."""
        self.warts.append({"kind": kind, "file": f"deliveries/{file}", "references": sorted(references), "note": note})


def references(rows: Iterable[Record]) -> list[str]:
    """The references of some rows."""
    return [str(row.fields["reference"]) for row in rows]


def property_line(town: Town, sketch: shapely.Geometry) -> shapely.Polygon:
    """A designation's boundary as councils draw it: round the whole parcels that lie in a sketch, streets included."""
    inside = [town.parcels[i].shape for i in town.parcels_in(sketch)]
    between = town.fabric.highway.intersection(sketch)
    joined = shapely.union_all([*inside, between], grid_size=0.01)
    closed = joined.buffer(7, join_style="mitre").buffer(-7, join_style="mitre")
    whole = max(areas_of(shapely.union_all([closed, joined], grid_size=0.01)), key=lambda part: part.area)
    return rounded(shapely.Polygon(whole.exterior))


def draft(shape: shapely.Geometry, shift_m: tuple[float, float], tolerance_m: float) -> shapely.Geometry:
    """The same shape as another publisher digitised it: shifted a little and with fewer points."""
    moved = shapely.transform(shape, lambda xy: xy + np.asarray(shift_m))
    return rounded(moved.simplify(tolerance_m))


_SHORT = {
    "tree-preservation-order": "tpo",
    "tree-preservation-zone-type": "zone_type",
    "confirmed-date": "confirmed",
    "entry-date": "entry_date",
    "start-date": "start_date",
    "end-date": "end_date",
    "organisation-entity": "org_entity",
}


def short_names(row: Record) -> Record:
    """A row with names that a Shapefile can hold."""
    return Record({_SHORT.get(name, name): value for name, value in row.fields.items()}, row.geometry)

"""Ward and parish of a site, from the boundaries that are loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import shapely
from support.planted import Delivery, Planted, plant

from bopsgis.boundary import from_geometry
from constraints.screen.areas import areas_at
from constraints.store import open_store

DAY = date(2026, 6, 1)


def test_a_site_is_in_the_area_that_holds_the_most_of_it(tmp_path: Path) -> None:
    """Across a border the larger part counts; beside all areas, and where none are loaded, nothing is said."""
    east, west = shapely.box(430_000, 280_000, 431_000, 281_000), shapely.box(429_000, 280_000, 430_000, 281_000)
    wards = [Planted(west, "W1", "West Ward"), Planted(east, "E1", "East Ward")]
    plant(tmp_path, Delivery("ward", wards, retrieved=DAY))
    store = open_store(tmp_path)
    asked = {"across": (429_990, 430_030), "west": (429_500, 429_520), "outside": (440_000, 440_020)}
    found = {
        name: areas_at(store, from_geometry(shapely.box(x, 280_500, right, 280_520)), ("ward", "parish"), as_at=DAY)
        for name, (x, right) in asked.items()
    }
    assert found == {"across": {"ward": "East Ward"}, "west": {"ward": "West Ward"}, "outside": {}}

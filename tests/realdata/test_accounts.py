"""Every real delivery is ingested, and what became of each row is what its README and our own count say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from support.realdata import all_deliveries, stated

from constraints.source import Account
from constraints.store import Store, verify

pytestmark = pytest.mark.realdata

Real = tuple[Store, dict[str, Account]]


def test_every_row_of_every_file_is_accounted_for(real: Real, realdata: Path) -> None:
    """Rows, null geometries, invalid geometries and reference systems are those that the README states."""
    store, accounts = real
    readme = stated(realdata)
    assert set(readme) == {name for name, _ in all_deliveries(realdata) if not name.startswith("invalid/")}
    systems = {entry.info.file_name: entry.info.source_crs for entry in store.sources}
    found = {
        name: (account.rows_in, systems[Path(name).name], account.no_geometry, account.repaired)
        for name, account in accounts.items()
        if name in readme
    }
    assert found == {name: (one.rows, one.epsg, one.no_geometry, one.invalid) for name, one in readme.items()}
    assert all(account.balanced() for account in accounts.values())
    assert sum(account.refused for name, account in accounts.items() if name in readme) == 0


def test_repeated_rows_are_the_four_that_there_are(real: Real) -> None:
    """Four rows of the 8,469 repeat another in everything that is kept, and are not kept twice."""
    _, accounts = real
    repeats = {name: account.duplicates for name, account in accounts.items() if account.duplicates}
    assert repeats == {
        "southwark/listed-building-grade-2.shp.zip": 1,
        "southwark/tpo-area.shp.zip": 1,
        "southwark/tpo-group.shp.zip": 1,
        "banes/banes_tpos_2016.geojson.gz": 1,
    }
    assert accounts["southwark/tpo-individual.shp.zip"].unlocated == 11


def test_the_store_holds_valid_geometry_on_the_grid(real: Real) -> None:
    """Whatever was delivered, the store holds valid geometry in England, and every checksum is right."""
    store, accounts = real
    assert len(store) == sum(account.kept for account in accounts.values())
    geometry = store.feature_geometry(np.arange(len(store)))
    assert shapely.is_valid(geometry).all()
    assert not shapely.is_empty(geometry).any()
    bounds = shapely.bounds(geometry)
    assert (bounds[:, 0] > 290_000).all()
    assert (bounds[:, 2] < 560_000).all()
    assert verify(store.path) == []


def test_no_repair_of_a_real_area_changes_it_much(real: Real) -> None:
    """All 40 repairs are recorded with their method, reason and change of area, and none need be flagged."""
    store, accounts = real
    repairs = [done for feature in range(len(store)) if (done := store.feature(feature).repair) is not None]
    assert len(repairs) == 40 == sum(account.repaired for account in accounts.values())
    methods = Counter(done.method for done in repairs)
    method = "make_valid(method=structure, keep_collapsed=False)"
    assert methods == {method: 39, f"{method}, 2 times": 1}
    assert all("elf-intersection" in done.reason for done in repairs)
    assert not any(done.flagged for done in repairs)


def test_trees_drawn_as_circles_are_points(real: Real) -> None:
    """All 1,744 rows marked was_a_poin=Y are known as points (one is a repeat), and 99 unmarked circles of 5 m."""
    _, accounts = real
    assert accounts["banes/banes_tpos_2016.geojson.gz"].point_like == 1_743 + 99
    assert accounts["southwark/tpo-individual.shp.zip"].point_like == 0


def test_words_in_date_columns_are_told(real: Real) -> None:
    """Southwark's provisional orders, unreadable dates and years of two digits are remarked upon, row by row."""
    _, accounts = real
    account = accounts["southwark/tpo-individual.shp.zip"]
    assert Counter(code for _, code, _ in account.remarks) == {
        "provisional": 64,
        "date_unreadable": 16,
        "date_two_digit_year": 14,
        "no_geometry": 11,
    }


def test_a_listing_dated_2096_is_in_force(real_store: Store) -> None:
    """The listed building whose date says 2096 has no known start, so that it is never "not yet" listed."""
    dates = [real_store.feature(each).start_date for each in range(len(real_store))]
    assert max(day for day in dates if day is not None).year <= 2024

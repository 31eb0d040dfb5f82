"""Real sites whose answers others have worked out: the national platform, and two geometry libraries."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from bopsgis import boundary
from bopsgis.measure import inscribed_radius_m
from constraints.engine import overlap_geometry, overlaps
from constraints.store import Store

pytestmark = pytest.mark.realdata

AS_AT = date(2024, 10, 29)


@pytest.fixture(scope="module")
def truth(realdata: Path) -> dict[str, Any]:
    """Overlaps at 103 Cobourg Road, computed with GEOS and again with Clipper, which agree to 0.01 m2."""
    text = (realdata / "expected" / "southwark-103-cobourg-road.truth.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _hits(store: Store, site: shapely.Geometry) -> dict[str, list[tuple[str, float, int]]]:
    """Dataset -> (reference, overlap in m2, feature) of every hit."""
    found = overlaps(store, np.array([site]), as_at=AS_AT)
    hits: dict[str, list[tuple[str, float, int]]] = {}
    for number, area in zip(found.feature.tolist(), found.area_m2.tolist(), strict=True):
        feature = store.feature(number)
        hits.setdefault(feature.dataset, []).append((feature.reference, area, number))
    return hits


def test_cobourg_road_has_the_overlaps_of_two_other_engines(real_store: Store, truth: dict[str, Any]) -> None:
    """Conservation area 19 on 98.66 %, TPO 606 on 98.34 %, listed building 470793 by a sliver of 0.93 m2."""
    site = boundary.read(truth["site_wkt_4326"], crs=4326).geometry
    assert site.area == pytest.approx(truth["site_area_m2"]["OSTN15"], abs=0.05)
    hits = _hits(real_store, site)
    assert set(hits) == {"conservation-area", "tree-preservation-zone", "listed-building-outline"}
    areas = {reference: area for reference, area, _ in hits["conservation-area"]}
    assert set(areas) == {"19"}
    assert 100 * areas["19"] / site.area == pytest.approx(98.66, abs=0.05)
    [(order, tpo_m2, _)] = hits["tree-preservation-zone"]
    assert order == "606"
    assert 100 * tpo_m2 / site.area == pytest.approx(98.34, abs=0.05)
    [(building, sliver_m2, feature)] = hits["listed-building-outline"]
    assert building == "470793"
    assert sliver_m2 == pytest.approx(0.93, abs=0.05)
    sliver = overlap_geometry(real_store, site, np.array([feature]))
    assert inscribed_radius_m(sliver)[0] == pytest.approx(0.02, abs=0.005)


def test_the_search_that_the_platform_answers_with_nothing_finds_hadrians_wall(
    real_store: Store, realdata: Path
) -> None:
    """The platform's own test asserts no world heritage site here, for its geometry is invalid; repaired, it is."""
    searches = json.loads((realdata / "invalid" / "search-polygons.json").read_text(encoding="utf-8"))
    site = boundary.read(searches["handrians_wall_search"], crs=4326).geometry
    hits = _hits(real_store, site)
    [(_, area, number)] = hits["world-heritage-site"]
    assert real_store.feature(number).entity == "16100009"
    assert area > 1_000

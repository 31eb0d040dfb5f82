from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from support.planted import AS_AT, Delivery, Planted, plant

from bopsgis import boundary
from bopsgis.types import BBox
from constraints.bulk import screen_many
from constraints.catalogue import dataset
from constraints.model import ConstraintFinding, ConstraintReport, Hit, Status
from constraints.screen import screen
from constraints.source import Coverage, UnlocatedRecord
from constraints.store import Store

EAST, NORTH = 533000, 178000
AREAS = ("conservation-area", "historic-landfill")
MOST = 0.5

whole = st.integers(0, 400)


@st.composite
def polygons(draw: st.DrawFn) -> shapely.Geometry:
    """A valid polygon with corners on a decimetre grid, sometimes with a hole, sometimes very thin."""
    west, south = draw(whole), draw(whole)
    wide, high = draw(st.integers(1, 1200)) / 10, draw(st.integers(1, 1200)) / 10
    turn = draw(st.sampled_from([0, 0, 30, 71]))
    box = affinity.rotate(shapely.box(EAST + west, NORTH + south, EAST + west + wide, NORTH + south + high), turn)
    if draw(st.booleans()) and min(wide, high) > 6:
        box = box.difference(affinity.scale(box, 0.4, 0.4))
    # The grid of a precision would go on to round every overlap: only the corners are wanted on it.
    return shapely.set_precision(shapely.set_precision(box, 0.1), 0)


sites = polygons().filter(lambda shape: shape.geom_type == "Polygon" and shape.is_valid and shape.area >= 2)
designations = polygons().filter(lambda shape: shape.area > 0 and shape.geom_type in {"Polygon", "MultiPolygon"})
days = st.one_of(st.none(), st.integers(-5, 5).map(lambda shift: AS_AT + timedelta(days=shift)))


@dataclass(frozen=True)
class Planned:
    """A designation and the time it is in force."""

    geometry: shapely.Geometry
    start: date | None
    end: date | None

    @property
    def in_force(self) -> bool:
        """Whether it counts on the date that the tests ask for."""
        return (self.start is None or self.start <= AS_AT) and (self.end is None or self.end > AS_AT)


planned = st.builds(Planned, designations, days, days)


def _store(shapes: Sequence[Planned]) -> Store:
    deliveries = [
        Delivery(
            slug,
            [Planted(one.geometry, str(number), start=one.start, end=one.end) for number, one in enumerate(shapes)],
        )
        for slug in AREAS
    ]
    return plant(Path(mkdtemp(prefix="agreement-")), *deliveries)


def _plainly(site: shapely.Geometry, shape: shapely.Geometry, slug: str) -> tuple[Status | None, float, float]:
    """Status, overlap and distance of one area by the shortest route through shapely."""
    tolerance, near = dataset(slug).tolerance_m, dataset(slug).near_m
    overlap = site.intersection(shape)
    distance = site.distance(shape)
    if overlap.area >= 5e-4:
        half = overlap.area >= MOST * site.area or overlap.area >= MOST * shape.area
        fits = not overlap.buffer(-tolerance).is_empty
        return (Status.PRESENT if half or fits else Status.ADJACENT), overlap.area, 0.0
    if distance <= tolerance:
        return Status.ADJACENT, 0.0, distance
    return (Status.NEAR if distance <= near else None), 0.0, distance


def _finding(report: ConstraintReport, slug: str) -> ConstraintFinding:
    return next(finding for finding in report.findings if finding.dataset == slug)


def _undecided(site: shapely.Geometry, shape: shapely.Geometry, slug: str) -> bool:
    """Whether the last digit decides: a width or a distance within a hundredth of its limit."""
    item, distance = dataset(slug), site.distance(shape)
    parts = shapely.get_parts(site.intersection(shape))
    solid = parts[shapely.area(parts) > 0]
    radii = shapely.length(shapely.maximum_inscribed_circle(solid, tolerance=0.001)) if len(solid) else [0.0]
    limits = [(max(radii), item.tolerance_m), (distance, item.tolerance_m), (distance, item.near_m)]
    shares = [site.intersection(shape).area / whole.area for whole in (site, shape)]
    close = any(limit > 0 and abs(value - limit) < 0.01 for value, limit in limits)
    return close or any(abs(share - MOST) < 1e-6 for share in shares)


@settings(max_examples=60, deadline=None)
@given(site=sites, shapes=st.lists(planned, min_size=1, max_size=4))
def test_screen_agrees_with_plain_shapely(site: shapely.Geometry, shapes: list[Planned]):
    """Statuses, areas and distances are those that shapely alone gives, for any polygons and any dates."""
    report = screen(boundary.from_geometry(site), store=_store(shapes), as_at=AS_AT)
    for slug in AREAS:
        hits: dict[str, Hit] = {hit.reference: hit for hit in _finding(report, slug).hits}
        for number, one in enumerate(shapes):
            if _undecided(site, one.geometry, slug):
                continue
            status, overlap, distance = _plainly(site, one.geometry, slug)
            hit = hits.get(str(number))
            if not one.in_force or status is None:
                assert hit is None
                continue
            assert hit is not None
            assert hit.status is status
            assert hit.overlap_m2 == pytest.approx(overlap, abs=0.002)
            assert hit.distance_m == pytest.approx(distance, abs=0.002)
            assert hit.site_share == pytest.approx(overlap / site.area, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(
    site=sites,
    shapes=st.lists(planned, min_size=1, max_size=3),
    east=st.integers(-90_000, 90_000),
    north=st.integers(-70_000, 90_000),
)
def test_moving_everything_by_whole_metres_changes_nothing(
    site: shapely.Geometry, shapes: list[Planned], east: int, north: int
):
    """Statuses and measures do not depend on where on the grid the same shapes lie."""
    moved = [Planned(affinity.translate(one.geometry, east, north), one.start, one.end) for one in shapes]
    here = screen(boundary.from_geometry(site), store=_store(shapes), as_at=AS_AT)
    there = screen(boundary.from_geometry(affinity.translate(site, east, north)), store=_store(moved), as_at=AS_AT)
    if any(_undecided(site, one.geometry, slug) for one in shapes for slug in AREAS):
        return
    for slug in AREAS:
        one, other = _finding(here, slug), _finding(there, slug)
        assert (one.status, len(one.hits)) == (other.status, len(other.hits))
        by_reference = {hit.reference: hit for hit in other.hits}
        for hit in one.hits:
            twin = by_reference[hit.reference]
            assert (hit.status, hit.relation, hit.parts) == (twin.status, twin.relation, twin.parts)
            assert hit.overlap_m2 == pytest.approx(twin.overlap_m2, abs=0.002)
            assert hit.distance_m == pytest.approx(twin.distance_m, abs=0.002)


@cache
def _mixed_store() -> Store:
    """Areas, points, circles, lines, copies, councils and boxed unlocated records, with gaps in coverage."""
    rng = np.random.default_rng(20260601)

    def box(size: float) -> shapely.Geometry:
        x, y = rng.uniform([EAST, NORTH], [EAST + 400, NORTH + 400])
        return affinity.rotate(
            shapely.box(x, y, x + rng.uniform(1, size), y + rng.uniform(1, size)), rng.uniform(0, 90)
        )

    def spot() -> shapely.Point:
        return shapely.Point(*rng.uniform([EAST, NORTH], [EAST + 400, NORTH + 400]))

    areas = [Planted(box(150), f"CA{number}", f"Area {number}") for number in range(12)]
    copies = [Planted(affinity.translate(area.geometry, 0.2, 0.1), area.reference, area.name) for area in areas[:6]]
    middle = EAST + 200
    return plant(
        Path(mkdtemp(prefix="mixed-")),
        Delivery(
            "local-planning-authority",
            [
                Planted(shapely.box(EAST - 1000, NORTH - 1000, middle, NORTH + 2000), "NOR", "Northam"),
                Planted(shapely.box(middle, NORTH - 1000, EAST + 380, NORTH + 2000), "SUT", "Sutham"),
            ],
        ),
        Delivery("conservation-area", areas, coverage=Coverage(("NOR",)), name="council"),
        Delivery("conservation-area", copies, coverage=Coverage(("SUT",)), name="national"),
        Delivery("listed-building", [Planted(spot(), f"LB{number}") for number in range(25)]),
        Delivery("tree", [Planted(spot().buffer(5), f"T{number}", circle=True) for number in range(15)]),
        Delivery(
            "main-river",
            [Planted(shapely.LineString([spot(), spot(), spot()]), f"R{number}") for number in range(4)],
            coverage=Coverage(("NOR", "SUT")),
        ),
        Delivery("historic-landfill", [Planted(box(60), "L1")], retrieved=date(2024, 1, 1)),
        Delivery(
            "article-4-direction-area",
            [Planted(box(80), "A4", start=AS_AT), Planted(box(80), "gone", end=AS_AT)],
            unlocated=[
                UnlocatedRecord(
                    9, "A9", "", "no_geometry", "", box=BBox(EAST + 50, NORTH + 50, EAST + 150, NORTH + 150)
                )
            ],
        ),
    )


@settings(max_examples=40, deadline=None)
@given(shapes=st.lists(sites, min_size=1, max_size=8), named=st.booleans())
def test_screen_many_agrees_with_screen(shapes: list[shapely.Geometry], *, named: bool):
    """Every finding and every hit of the tables is that of the report on the site alone."""
    store = _mixed_store()
    councils = ["NOR"] if named else None
    series = gpd.GeoSeries(shapes, index=[f"site {number}" for number in range(len(shapes))], crs=27700)
    findings = screen_many(series, store=store, as_at=AS_AT, councils=councils)
    hits = screen_many(series, store=store, as_at=AS_AT, councils=councils, rows="hits")
    for label, shape in series.items():
        report = screen(boundary.from_geometry(shape), store=store, as_at=AS_AT, councils=councils)
        _assert_findings(findings[findings["site"] == label], report)
        _assert_hits(hits[hits["site"] == label], report)


def _assert_findings(table: pd.DataFrame, report: ConstraintReport) -> None:
    assert len(table) == len(report.findings)
    for row, finding in zip(table.itertuples(), report.findings, strict=True):
        assert (row.dataset, row.status, row.hits) == (finding.dataset, finding.status, len(finding.hits))
        assert row.reasons == ";".join(reason.reason for reason in finding.not_known)
        if finding.hits:
            lead = finding.hits[0]
            assert (row.overlap_m2, row.distance_m) == (lead.overlap_m2, lead.distance_m)
            assert (row.overlap_length_m, row.site_share) == (lead.overlap_length_m, lead.site_share)


def _assert_hits(table: pd.DataFrame, report: ConstraintReport) -> None:
    expected = [hit for finding in report.findings for hit in finding.hits]
    assert len(table) == len(expected)
    for row, hit in zip(table.itertuples(), expected, strict=True):
        assert (row.feature, row.dataset, row.reference) == (hit.feature, hit.dataset, hit.reference)
        assert (row.status, row.relation, row.likely, row.bearing) == (
            hit.status,
            hit.relation,
            hit.likely,
            hit.bearing,
        )
        assert (row.overlap_m2, row.feature_share, row.parts) == (hit.overlap_m2, hit.feature_share, hit.parts)
        assert (row.inscribed_radius_m, row.distance_m) == (hit.inscribed_radius_m, hit.distance_m)
        assert (row.tolerance_m, row.copies) == (hit.tolerance_m, len(hit.also))

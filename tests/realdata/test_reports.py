from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from support.realdata import all_deliveries

from bopsgis import boundary
from bopsgis.boundary import Boundary
from constraints import render, store
from constraints.bulk import screen_many
from constraints.ingest import stage
from constraints.model import ConstraintFinding, ConstraintReport, NotKnownReason, Status
from constraints.screen import screen
from constraints.source import Coverage
from constraints.store import Store

pytestmark = pytest.mark.realdata

AS_AT = date(2024, 10, 29)
SOUTHWARK = "E09000028"


@pytest.fixture(scope="module")
def cobourg_road(realdata: Path) -> Boundary:
    """103 Cobourg Road, as HM Land Registry drew its title."""
    text = (realdata / "expected" / "southwark-103-cobourg-road.json").read_text(encoding="utf-8")
    return boundary.read(json.dumps(json.loads(text)["site"]))


@pytest.fixture(scope="module")
def report(real_store: Store, cobourg_road: Boundary) -> ConstraintReport:
    """The report on it, with Southwark named: no council boundary is among the deliveries."""
    return screen(cobourg_road, store=real_store, as_at=AS_AT, councils=[SOUTHWARK])


def _finding(report: ConstraintReport, dataset: str) -> ConstraintFinding:
    return next(finding for finding in report.findings if finding.dataset == dataset)


def test_the_conservation_area_is_present(report: ConstraintReport) -> None:
    """98.66 % of the site, in two of the council's deliveries, which are one hit."""
    finding = _finding(report, "conservation-area")
    (hit,) = finding.hits
    assert finding.status is Status.PRESENT
    assert hit.reference == "19"
    assert hit.site_share * 100 == pytest.approx(98.66, abs=0.05)
    assert hit.inscribed_radius_m == pytest.approx(11.85, abs=0.2)
    assert len(hit.also) == 1
    assert finding.sentence == "98.7 % of the site is in Cobourg Road conservation area."


def test_the_tree_preservation_order_is_present(report: ConstraintReport) -> None:
    """98.34 % of the site is in order 606; eleven records without a place are listed beside it."""
    finding = _finding(report, "tree-preservation-zone")
    (hit,) = finding.hits
    assert (finding.status, hit.reference) == (Status.PRESENT, "606")
    assert hit.site_share * 100 == pytest.approx(98.34, abs=0.05)
    (reason,) = finding.not_known
    assert (reason.reason, len(reason.references)) == (NotKnownReason.UNLOCATED_RECORDS, 11)


def test_the_mosque_next_door_is_only_adjacent(report: ConstraintReport) -> None:
    """The neighbour's listed building overlaps by 0.93 m2, 2 cm from edge to middle: it touches the site."""
    finding = _finding(report, "listed-building-outline")
    (hit,) = finding.hits
    assert (finding.status, hit.reference) == (Status.ADJACENT, "470793")
    assert hit.overlap_m2 == pytest.approx(0.93, abs=0.05)
    assert hit.inscribed_radius_m == pytest.approx(0.02, abs=0.005)
    assert finding.designations["listed"] is Status.ADJACENT
    assert "touches the site boundary" in finding.sentence


def test_flood_zones_are_not_known(report: ConstraintReport) -> None:
    """No flood data is among the deliveries, so nothing is said of any zone."""
    finding = _finding(report, "flood-risk-zone")
    assert [reason.reason for reason in finding.not_known] == [NotKnownReason.NOT_LOADED]
    assert set(finding.designations.values()) == {Status.NOT_KNOWN}
    designations = render.odp_data(report)["property"]["planning"]["designations"]
    flood = [entry for entry in designations if entry["value"].startswith("flood")]
    assert flood
    assert all("intersects" not in entry for entry in flood)


@pytest.mark.parametrize(("councils", "status"), [((SOUTHWARK,), Status.ABSENT), ((), Status.NOT_KNOWN)])
def test_article_4_is_absent_only_where_coverage_was_declared(
    realdata: Path, tmp_path: Path, cobourg_road: Boundary, councils: Sequence[str], status: Status
) -> None:
    """The same nine files of Southwark: declared complete there is none here; not declared, it is not known."""
    for name, delivery in all_deliveries(realdata):
        if "article4" in name:
            stage(tmp_path, replace(delivery, coverage=Coverage(councils=tuple(councils))))
    store.build(tmp_path)
    found = screen(cobourg_road, store=store.open_store(tmp_path), as_at=AS_AT, councils=[SOUTHWARK])
    assert _finding(found, "article-4-direction-area").status is status


def test_without_a_council_nothing_is_absent(real_store: Store, cobourg_road: Boundary) -> None:
    """The only council boundary loaded is Bath's: in Southwark no absence can be stated, and a note says why."""
    found = screen(cobourg_road, store=real_store, as_at=AS_AT)
    assert not [finding for finding in found.findings if finding.status is Status.ABSENT]
    assert found.notes == ("The site lies in no council whose boundary is loaded.",)


def test_a_site_in_bath_knows_its_council(real_store: Store) -> None:
    """In the middle of Bath the council is found from its boundary, and old copies prove nothing today."""
    found = screen(
        boundary.from_geometry(shapely.box(375000, 164700, 375050, 164750)), store=real_store, as_at=date(2019, 11, 20)
    )
    assert len(found.councils) == 1
    later = screen(found.site, store=real_store, as_at=date(2026, 11, 1))
    reasons = {reason.reason for finding in later.findings for reason in finding.not_known}
    assert NotKnownReason.STALE in reasons


def test_tables_and_reports_agree_on_real_data(real_store: Store) -> None:
    """Sixty random sites over Southwark and Bath have the same findings and measures in bulk as one by one."""
    rng = np.random.default_rng(7)
    corners = rng.uniform([532000, 174000], [536000, 180000], (30, 2))
    corners = np.concatenate([corners, rng.uniform([372000, 162000], [378000, 168000], (30, 2))])
    sites = [shapely.box(x, y, x + rng.uniform(5, 150), y + rng.uniform(5, 150)) for x, y in corners]
    table = screen_many(gpd.GeoSeries(sites, crs=27700), store=real_store, as_at=AS_AT, rows="hits")
    hits = 0
    for number, site in enumerate(sites):
        expected = screen(boundary.from_geometry(site), store=real_store, as_at=AS_AT)
        mine = [hit for finding in expected.findings for hit in finding.hits]
        rows = table[table["site"] == number]
        assert list(rows["feature"]) == [hit.feature for hit in mine]
        assert list(rows["status"]) == [hit.status for hit in mine]
        assert list(rows["overlap_m2"]) == [hit.overlap_m2 for hit in mine]
        assert list(rows["distance_m"]) == [hit.distance_m for hit in mine]
        assert list(rows["inscribed_radius_m"]) == [hit.inscribed_radius_m for hit in mine]
        hits += len(mine)
    assert hits > 100

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import shapely
from support.planted import AS_AT, Delivery, Planted, plant

from bopsgis import boundary
from constraints.catalogue import datasets
from constraints.model import ConstraintFinding, ConstraintReport, Relation, Status
from constraints.screen import ScreenSettings, screen
from constraints.source import Coverage

SITE = shapely.box(533400, 177900, 533440, 177930)


def _report(root: Path, *deliveries: Delivery, site: shapely.Geometry = SITE, as_at: date = AS_AT) -> ConstraintReport:
    return screen(boundary.from_geometry(site), store=plant(root, *deliveries), as_at=as_at)


def _finding(report: ConstraintReport, dataset: str) -> ConstraintFinding:
    (found,) = [finding for finding in report.findings if finding.dataset == dataset]
    return found


def _one(root: Path, dataset: str, *records: Planted, site: shapely.Geometry = SITE) -> ConstraintFinding:
    return _finding(_report(root, Delivery(dataset, records), site=site), dataset)


def test_every_screened_dataset_answers_in_catalogue_order(tmp_path: Path):
    """No dataset is left out of a report, whether data of it is loaded or not."""
    report = _report(tmp_path, Delivery("conservation-area"))
    assert [finding.dataset for finding in report.findings] == [
        slug for slug, item in datasets().items() if item.screened
    ]
    assert all(finding.not_known for finding in report.findings if finding.status is Status.NOT_KNOWN)


def test_a_real_overlap_is_present_with_its_share(tmp_path: Path):
    """A conservation area over three quarters of the site is present, with area, share and radius."""
    finding = _one(tmp_path, "conservation-area", Planted(shapely.box(533000, 177000, 533430, 178000), "19", "Mill"))
    (hit,) = finding.hits
    assert (finding.status, hit.relation) == (Status.PRESENT, Relation.OVERLAPS)
    assert hit.overlap_m2 == pytest.approx(900.0, abs=0.001)
    assert hit.site_share == pytest.approx(0.75, abs=1e-6)
    assert hit.inscribed_radius_m == pytest.approx(15.0, rel=0.02)
    assert finding.sentence == "75.0 % of the site is in Mill conservation area."


def test_a_sliver_is_adjacent_and_not_present(tmp_path: Path):
    """A neighbour's outline drawn two centimetres over the boundary touches the site and is not on it."""
    finding = _one(tmp_path, "listed-building-outline", Planted(shapely.box(533439.98, 177900, 533460, 177920), "1"))
    (hit,) = finding.hits
    assert (finding.status, hit.relation) == (Status.ADJACENT, Relation.OVERLAPS)
    assert hit.inscribed_radius_m == pytest.approx(0.01, abs=0.001)
    assert "touches the site boundary" in finding.sentence


def test_a_thin_site_inside_an_area_is_present(tmp_path: Path):
    """A path 0.6 m wide that lies wholly in a conservation area is in it: thinness of the site is no sliver."""
    path = shapely.box(533400, 177900, 533440, 177900.6)
    finding = _one(tmp_path, "conservation-area", Planted(shapely.box(533000, 177000, 534000, 178000)), site=path)
    assert (finding.status, finding.hits[0].relation) == (Status.PRESENT, Relation.SITE_WITHIN)


def test_a_tiny_designation_inside_the_site_is_present(tmp_path: Path):
    """A boundary stone drawn 0.4 m wide in the middle of the site is there, however small."""
    stone = shapely.box(533420, 177915, 533420.4, 177915.4)
    finding = _one(tmp_path, "conservation-area", Planted(stone))
    assert (finding.status, finding.hits[0].relation) == (Status.PRESENT, Relation.COVERS)


def test_a_shared_edge_and_a_small_gap_are_adjacent(tmp_path: Path):
    """What meets the boundary in a line, or stops short of it by less than the tolerance, is adjacent."""
    touching = _one(tmp_path / "a", "conservation-area", Planted(shapely.box(533440, 177900, 533500, 177930)))
    gap = _one(tmp_path / "b", "conservation-area", Planted(shapely.box(533440.3, 177900, 533500, 177930)))
    beyond = _one(tmp_path / "c", "conservation-area", Planted(shapely.box(533440.6, 177900, 533500, 177930)))
    assert [one.status for one in (touching, gap, beyond)] == [Status.ADJACENT, Status.ADJACENT, Status.ABSENT]
    assert (touching.hits[0].distance_m, gap.hits[0].distance_m) == (0.0, pytest.approx(0.3))


def test_near_has_distance_and_direction(tmp_path: Path):
    """A landfill within its own distance is near, so many metres in that direction; one beyond it is absent."""
    tip = shapely.box(533540, 178030, 533600, 178100)
    finding = _one(tmp_path / "a", "historic-landfill", Planted(tip, name="Old tip"))
    (hit,) = finding.hits
    assert (finding.status, hit.relation, hit.bearing) == (Status.NEAR, Relation.NEAR, "NE")
    assert hit.distance_m == pytest.approx(141.421, abs=0.001)
    assert finding.sentence == "The historic landfill site Old tip is 141.4 m north-east of the site."
    far = _one(tmp_path / "b", "historic-landfill", Planted(shapely.box(533691, 177900, 533700, 177930)))
    assert far.status is Status.ABSENT
    assert far.sentence == "No historic landfill site is on, beside or within 250 m of the site."


def test_a_point_is_likely_and_never_certain(tmp_path: Path):
    """A listed building recorded as a point is likely on the site where the point is inside, near where it is not."""
    inside = _one(tmp_path / "a", "listed-building", Planted(shapely.Point(533420, 177910), "1", "Hall"))
    near = _one(tmp_path / "b", "listed-building", Planted(shapely.Point(533420, 177950), "1", "Hall"))
    assert (inside.status, inside.hits[0].likely) == (Status.PRESENT, True)
    assert (near.status, near.hits[0].likely, near.hits[0].distance_m) == (Status.NEAR, True, 20.0)
    assert "likely" in inside.sentence
    assert "recorded as a point 20 m north" in near.sentence


def test_a_circle_drawn_round_a_point_is_judged_by_its_centre(tmp_path: Path):
    """A tree drawn as a 5 m circle is near where only the circle reaches the site, and never left out."""
    beside = _one(tmp_path / "a", "tree", Planted(shapely.Point(533443, 177910).buffer(5), "T1", circle=True))
    inside = _one(tmp_path / "b", "tree", Planted(shapely.Point(533438, 177910).buffer(5), "T1", circle=True))
    assert (beside.status, beside.hits[0].distance_m) == (Status.NEAR, pytest.approx(3.0, abs=0.001))
    assert beside.hits[0].overlap_m2 > 0
    assert (inside.status, inside.hits[0].likely) == (Status.PRESENT, True)


def test_a_line_is_measured_by_its_length_in_the_site(tmp_path: Path):
    """A river through the site is present with its length; one along the boundary is adjacent."""
    through = shapely.LineString([(533390, 177910), (533500, 177910)])
    along = shapely.LineString([(533390, 177900.4), (533500, 177900.4)])
    present = _one(tmp_path / "a", "main-river", Planted(through, name="Bourne"))
    adjacent = _one(tmp_path / "b", "main-river", Planted(along))
    assert (present.status, present.hits[0].overlap_length_m) == (Status.PRESENT, 40.0)
    assert present.sentence == "40 m of the main river Bourne runs through the site."
    assert (adjacent.status, adjacent.hits[0].overlap_length_m) == (Status.ADJACENT, 40.0)


def test_ended_and_future_records_do_not_count_and_provisional_ones_do(tmp_path: Path):
    """The date asked decides what is in force; a provisional order is in force and the sentence says so."""
    zone = shapely.box(533400, 177900, 533420, 177930)
    ended = Planted(zone, "old", end=AS_AT)
    future = Planted(zone, "new", start=date(2026, 6, 2))
    provisional = Planted(zone, "now", attributes={"notes": "Provisional order"}, start=AS_AT)
    gone = _one(tmp_path / "a", "tree-preservation-zone", ended, future)
    here = _one(tmp_path / "b", "tree-preservation-zone", ended, future, provisional)
    assert gone.status is Status.ABSENT
    assert [hit.reference for hit in here.hits] == ["now"]
    assert here.hits[0].provisional
    assert here.sentence.endswith("It is provisional and in force.")


def test_hits_come_strongest_first_and_are_counted(tmp_path: Path):
    """The sentence speaks of the strongest hit in full and counts the others."""
    finding = _one(
        tmp_path,
        "conservation-area",
        Planted(shapely.box(533439.9, 177900, 533500, 177930), "edge", "Edge"),
        Planted(shapely.box(533400, 177900, 533410, 177930), "small", "Small"),
        Planted(shapely.box(533390, 177900, 533430, 177930), "large", "Large"),
    )
    assert [hit.reference for hit in finding.hits] == ["large", "small", "edge"]
    assert finding.sentence == (
        "75.0 % of the site is in Large conservation area. 2 more conservation areas are on, beside or near the site."
    )


def test_attributes_decide_the_designation_values(tmp_path: Path):
    """Zone 3 found means zone 3 and not zone 2; a listed building without a grade may be of any grade."""
    zone = Planted(shapely.box(533400, 177900, 533420, 177930), "7", attributes={"flood-risk-level": "3"})
    flood = _one(tmp_path / "a", "flood-risk-zone", zone)
    assert flood.designations == {
        "flood": Status.PRESENT,
        "flood.zoneTwo": Status.ABSENT,
        "flood.zoneThree": Status.PRESENT,
    }
    ungraded = _one(tmp_path / "b", "listed-building-outline", Planted(shapely.box(533400, 177900, 533420, 177930)))
    assert ungraded.designations["listed"] is Status.PRESENT
    assert ungraded.designations["listed.gradeOne"] is Status.NOT_KNOWN


def test_tolerance_combines_the_site_and_the_source(tmp_path: Path):
    """A source's own accuracy replaces the catalogue's, and the site's is added in quadrature."""
    strip = Planted(shapely.box(533432, 177900, 533500, 177930))
    delivery = Delivery("conservation-area", [strip], tolerance_m=3.0)
    store = plant(tmp_path, delivery)
    site = boundary.from_geometry(SITE)
    exact = _finding(screen(site, store=store, as_at=AS_AT), "conservation-area")
    rough = _finding(
        screen(site, store=store, as_at=AS_AT, settings=ScreenSettings(site_accuracy_m=4.0)), "conservation-area"
    )
    assert (exact.status, exact.hits[0].tolerance_m) == (Status.PRESENT, 3.0)
    assert (rough.status, rough.hits[0].tolerance_m) == (Status.ADJACENT, 5.0)
    assert "4 m" in rough.hits[0].tolerance_why


def test_a_near_distance_can_be_chosen(tmp_path: Path):
    """Settings replace the catalogue's distance, are kept in the report and change its identity."""
    store = plant(tmp_path, Delivery("conservation-area", [Planted(shapely.box(533460, 177900, 533500, 177930))]))
    site = boundary.from_geometry(SITE)
    usual = screen(site, store=store, as_at=AS_AT)
    wide = screen(site, store=store, as_at=AS_AT, settings=ScreenSettings(near_m={"conservation-area": 50.0}))
    assert _finding(usual, "conservation-area").status is Status.ABSENT
    assert _finding(wide, "conservation-area").status is Status.NEAR
    assert wide.settings["near_m"] == {"conservation-area": 50.0}
    assert wide.identity != usual.identity


def test_a_store_without_any_data_answers_not_known(tmp_path: Path):
    """With nothing loaded but an empty delivery of wards, every finding is not known and says why."""
    report = screen(
        boundary.from_geometry(SITE), store=plant(tmp_path, Delivery("ward", coverage=Coverage())), as_at=AS_AT
    )
    assert {finding.status for finding in report.findings} == {Status.NOT_KNOWN}

from __future__ import annotations

from datetime import date
from pathlib import Path

import shapely
from support.planted import AS_AT, Delivery, Planted, plant

from bopsgis import boundary
from constraints.model import Hit, Status
from constraints.screen import screen

SITE = boundary.from_geometry(shapely.box(533400, 177900, 533440, 177930))
AREA = shapely.box(533000, 177000, 533430, 178000)


def _hits(root: Path, dataset: str, *deliveries: Delivery) -> tuple[Hit, ...]:
    report = screen(SITE, store=plant(root, *deliveries), as_at=AS_AT)
    return next(finding.hits for finding in report.findings if finding.dataset == dataset)


def _council(*records: Planted, dataset: str = "conservation-area") -> Delivery:
    return Delivery(dataset, records, name="council", publisher="Testshire Council")


def _national(*records: Planted, dataset: str = "conservation-area") -> Delivery:
    return Delivery(dataset, records, name="national", publisher="Historic England", retrieved=date(2026, 5, 1))


def test_two_publishers_copies_are_one_hit_with_both_as_evidence(tmp_path: Path):
    """One conservation area under the same name, drawn half a metre apart, is one hit; the other copy is kept."""
    shifted = shapely.affinity.translate(AREA, 0.5, 0.5)
    (hit,) = _hits(
        tmp_path,
        "conservation-area",
        _council(Planted(AREA, "19", "Cobourg Road")),
        _national(Planted(shifted, "CA/19", "COBOURG  ROAD")),
    )
    assert (hit.provenance.publisher, [other.publisher for other in hit.also]) == (
        "Testshire Council",
        ["Historic England"],
    )


def test_the_strongest_copy_speaks(tmp_path: Path):
    """Where one copy is present and the other only adjacent, the constraint is present."""
    edge = shapely.box(533440.2, 177800, 533540, 178000)
    over = shapely.box(533438.0, 177800, 533540, 178000)
    (hit,) = _hits(
        tmp_path,
        "conservation-area",
        _council(Planted(edge, "1", "Mill")),
        _national(Planted(over, "1", "Mill")),
    )
    assert (hit.status, hit.provenance.publisher) == (Status.PRESENT, "Historic England")


def test_areas_of_one_name_that_are_not_alike_stay_apart(tmp_path: Path):
    """The same name on a shape of another extent is another designation."""
    small = shapely.box(533400, 177900, 533430, 177930)
    hits = _hits(
        tmp_path, "conservation-area", _council(Planted(AREA, "1", "Mill")), _national(Planted(small, "2", "Mill"))
    )
    assert len(hits) == 2


def test_records_of_one_source_are_never_each_other_s_copies(tmp_path: Path):
    """Two records of one delivery with the same name and shape are both reported."""
    hits = _hits(tmp_path, "conservation-area", _council(Planted(AREA, "1", "Mill"), Planted(AREA, "2", "Mill")))
    assert [hit.reference for hit in hits] == ["1", "2"]


def test_one_list_entry_is_one_building_however_it_is_drawn(tmp_path: Path):
    """Two publishers' records of one entry in the National Heritage List are one hit, point or outline."""
    point, outline = shapely.Point(533410, 177910), shapely.box(533405, 177905, 533415, 177915)
    (hit,) = _hits(
        tmp_path,
        "listed-building",
        _council(Planted(outline, "HALL", attributes={"listed-building": "1234567"}), dataset="listed-building"),
        _national(Planted(point, "1234567"), dataset="listed-building"),
    )
    assert len(hit.also) == 1


def test_points_of_one_reference_far_apart_stay_apart(tmp_path: Path):
    """A reference used twice for places 30 m apart names two things."""
    one, other = shapely.Point(533402, 177902), shapely.Point(533432, 177902)
    hits = _hits(
        tmp_path,
        "tree",
        _council(Planted(one, "T1"), dataset="tree"),
        _national(Planted(other, "T1"), dataset="tree"),
    )
    assert len(hits) == 2

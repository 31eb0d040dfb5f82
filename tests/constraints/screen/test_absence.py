from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
import shapely
from support.planted import AS_AT, EVERYWHERE, Delivery, Planted, plant

from bopsgis import boundary
from bopsgis.types import BBox
from constraints.catalogue import dataset
from constraints.model import ConstraintFinding, ConstraintReport, NotKnownReason, Status
from constraints.screen import screen
from constraints.source import Coverage, UnlocatedRecord

NORTHAM = Planted(shapely.box(533000, 177000, 533430, 179000), "NOR", "Northam")
SUTHAM = Planted(shapely.box(533430, 177000, 534000, 179000), "SUT", "Sutham")
COUNCILS = Delivery("local-planning-authority", [NORTHAM, SUTHAM])
IN_NORTHAM = shapely.box(533380, 177900, 533420, 177930)
ACROSS = shapely.box(533400, 177900, 533440, 177930)
A4 = "article-4-direction-area"


def _ask(
    root: Path,
    *deliveries: Delivery,
    site: shapely.Geometry = IN_NORTHAM,
    as_at: date = AS_AT,
    councils: Sequence[str] | None = None,
) -> ConstraintReport:
    return screen(boundary.from_geometry(site), store=plant(root, *deliveries), as_at=as_at, councils=councils)


def _finding(report: ConstraintReport, slug: str = A4) -> ConstraintFinding:
    return next(finding for finding in report.findings if finding.dataset == slug)


def _reasons(finding: ConstraintFinding) -> list[NotKnownReason]:
    return [reason.reason for reason in finding.not_known]


def test_absence_needs_declared_coverage_of_the_site_s_council(tmp_path: Path):
    """The same empty answer is absent where coverage was declared for the council, else not known."""
    covered = _ask(tmp_path / "a", COUNCILS, Delivery(A4, coverage=Coverage(("NOR",))))
    by_name = _ask(tmp_path / "b", COUNCILS, Delivery(A4, coverage=Coverage((" northam ",))))
    other = _ask(tmp_path / "c", COUNCILS, Delivery(A4, coverage=Coverage(("SUT",))))
    none = _ask(tmp_path / "d", COUNCILS, Delivery(A4, coverage=Coverage()))
    assert [_finding(report).status for report in (covered, by_name, other, none)] == [
        Status.ABSENT,
        Status.ABSENT,
        Status.NOT_KNOWN,
        Status.NOT_KNOWN,
    ]
    assert covered.councils == ("NOR",)
    assert _reasons(_finding(other)) == [NotKnownReason.NO_COVERAGE]
    assert _finding(other).sentence == (
        "Not known: no loaded source of article 4 direction areas is declared complete for Northam."
    )


def test_not_loaded_and_not_published_are_told_apart(tmp_path: Path):
    """Data that could be loaded and data that nobody publishes are both not known, for different reasons."""
    report = _ask(tmp_path, COUNCILS)
    flood, inquiry = _finding(report, "flood-risk-zone"), _finding(report, "main-river")
    assert _reasons(flood) == [NotKnownReason.NOT_LOADED]
    assert flood.sentence == "Not known: no flood zone data is loaded for Northam."
    assert _reasons(inquiry) == [NotKnownReason.NOT_PUBLISHED]
    assert dataset("main-river").where in inquiry.sentence


def test_a_site_across_a_border_needs_both_councils(tmp_path: Path):
    """Coverage of one of two councils is not enough; sources may cover them together."""
    one = _ask(tmp_path / "a", COUNCILS, Delivery(A4, coverage=Coverage(("NOR",))), site=ACROSS)
    both = _ask(
        tmp_path / "b",
        COUNCILS,
        Delivery(A4, coverage=Coverage(("NOR",)), name="one"),
        Delivery(A4, coverage=Coverage(("SUT",)), name="two"),
        site=ACROSS,
    )
    assert one.councils == both.councils == ("NOR", "SUT")
    assert _reasons(_finding(one)) == [NotKnownReason.NO_COVERAGE]
    assert _finding(one).not_known[0].councils == ("SUT",)
    assert _finding(both).status is Status.ABSENT


def test_a_council_that_is_only_grazed_is_a_warning(tmp_path: Path):
    """A site that reaches 0.2 m over the border, or stops 0.2 m short of it, is in one council, and a note says so."""
    for folder, east in (("a", 533430.2), ("b", 533429.8)):
        site = shapely.box(533400, 177900, east, 177930)
        report = _ask(tmp_path / folder, COUNCILS, Delivery(A4, coverage=Coverage(("NOR",))), site=site)
        assert report.councils == ("NOR",)
        assert _finding(report).status is Status.ABSENT
        assert "Sutham" in report.notes[0]
    clear = _ask(tmp_path / "c", COUNCILS, site=shapely.box(533400, 177900, 533429, 177930))
    assert clear.notes == ()


def test_land_in_no_known_council_is_covered_only_by_data_for_everywhere(tmp_path: Path):
    """Where part of the site lies in no council that is loaded, only a national dataset can be absent."""
    half = Delivery("local-planning-authority", [NORTHAM])
    deliveries = (half, Delivery(A4, coverage=Coverage(("NOR",))), Delivery("battlefield", coverage=EVERYWHERE))
    report = _ask(tmp_path / "a", *deliveries, site=ACROSS)
    assert report.councils == ("NOR",)
    assert _reasons(_finding(report)) == [NotKnownReason.COUNCIL_UNKNOWN]
    assert _finding(report, "battlefield").status is Status.ABSENT
    assert "300 m²" in report.notes[0]
    nowhere = _ask(tmp_path / "b", *deliveries[1:], site=ACROSS)
    assert _reasons(_finding(nowhere)) == [NotKnownReason.COUNCIL_UNKNOWN]


def test_councils_can_be_named_by_the_asker(tmp_path: Path):
    """Councils given are used as they are, with their names where the store knows them."""
    delivery = Delivery(A4, coverage=Coverage(("SUT",)))
    report = _ask(tmp_path, COUNCILS, delivery, councils=["SUT"])
    assert (report.councils, report.council_names) == (("SUT",), ("Sutham",))
    assert _finding(report).status is Status.ABSENT


def test_a_stale_copy_proves_nothing(tmp_path: Path):
    """On the last day of its rhythm a copy still proves absence; on the next day it is stale."""
    days = dataset(A4).stale_after_days
    assert days is not None
    store = plant(tmp_path, COUNCILS, Delivery(A4, coverage=Coverage(("NOR",))))
    site = boundary.from_geometry(IN_NORTHAM)
    fresh = _finding(screen(site, store=store, as_at=AS_AT + timedelta(days=days)))
    stale = _finding(screen(site, store=store, as_at=AS_AT + timedelta(days=days + 1)))
    assert fresh.status is Status.ABSENT
    assert (stale.status, _reasons(stale)) == (Status.NOT_KNOWN, [NotKnownReason.STALE])


def test_one_stale_part_of_a_delivery_bars_absence(tmp_path: Path):
    """A fresh file beside a stale one of the same council does not prove absence: each may be a part."""
    fresh = Delivery(A4, coverage=Coverage(("NOR",)), name="shops")
    stale = Delivery(A4, coverage=Coverage(("NOR",)), name="homes", retrieved=date(2020, 1, 1))
    elsewhere = Delivery(A4, coverage=Coverage(("SUT",)), name="south", retrieved=date(2020, 1, 1))
    assert _reasons(_finding(_ask(tmp_path / "a", COUNCILS, fresh, stale))) == [NotKnownReason.STALE]
    assert _finding(_ask(tmp_path / "b", COUNCILS, fresh, elsewhere)).status is Status.ABSENT


def test_a_date_long_before_the_copy_is_a_caution(tmp_path: Path):
    """What was in force years before the copy was taken may be missing: said, and no bar to absence."""
    finding = _finding(_ask(tmp_path, COUNCILS, Delivery(A4, coverage=EVERYWHERE), as_at=date(2015, 1, 1)))
    assert (finding.status, _reasons(finding)) == (Status.ABSENT, [NotKnownReason.BEFORE_RECORDS])


def test_a_source_with_rows_unaccounted_for_is_an_error(tmp_path: Path):
    """A delivery that was not read in full bars absence."""
    finding = _finding(_ask(tmp_path, COUNCILS, Delivery(A4, coverage=EVERYWHERE, rows_lost=1)))
    assert (finding.status, _reasons(finding)) == (Status.NOT_KNOWN, [NotKnownReason.SOURCE_ERROR])


def _unlocated(**changes: object) -> UnlocatedRecord:
    return UnlocatedRecord(7, "A4D7", "Corner shops", "uprn_only", "Only a UPRN is given.", **changes)  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize(
    ("record", "applies"),
    [
        (_unlocated(), True),
        (_unlocated(councils=("NOR",)), True),
        (_unlocated(councils=("SUT",)), False),
        (_unlocated(end_date=AS_AT), False),
        (_unlocated(start_date=AS_AT + timedelta(days=1)), False),
        (_unlocated(start_date=AS_AT), True),
        (_unlocated(box=BBox(533410, 177920, 533500, 178000)), True),
        (_unlocated(box=BBox(533421, 177920, 533500, 178000)), False),
        (_unlocated(box=BBox(533410, 177920, 533500, 178000), councils=("SUT",)), False),
    ],
)
def test_a_record_without_a_place_bars_absence_where_it_could_apply(
    tmp_path: Path, record: UnlocatedRecord, *, applies: bool
):
    """An Article 4 direction known by UPRN only forbids a no in its council, in its box and in its time."""
    finding = _finding(_ask(tmp_path, COUNCILS, Delivery(A4, unlocated=[record])))
    assert finding.status is (Status.NOT_KNOWN if applies else Status.ABSENT)
    if applies:
        (reason,) = finding.not_known
        assert (reason.reason, reason.references) == (NotKnownReason.UNLOCATED_RECORDS, ("A4D7",))
        assert "A4D7" in finding.sentence


def test_a_hit_stands_beside_what_is_not_known(tmp_path: Path):
    """Where something is found, gaps in coverage do not hide it: the status stays and the reasons are listed."""
    zone = Planted(shapely.box(533300, 177000, 533410, 178000), "1", "Shops")
    finding = _finding(_ask(tmp_path, COUNCILS, Delivery(A4, [zone], coverage=Coverage(), unlocated=[_unlocated()])))
    assert finding.status is Status.PRESENT
    assert _reasons(finding) == [NotKnownReason.NO_COVERAGE, NotKnownReason.UNLOCATED_RECORDS]
    assert finding.designations == {"articleFour": Status.PRESENT}

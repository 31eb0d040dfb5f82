from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import shapely
from support.planted import AS_AT, EVERYWHERE, Delivery, plant

from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import FormatRefused
from constraints.model import ConstraintFinding, NotKnownReason, RasterMeasure, Status
from constraints.screen import screen
from constraints.source import Coverage, SourceInfo

SITE = boundary.from_geometry(shapely.box(533400, 177900, 533440, 177930))
DEPTH = "surface-water-flood-depth"


@dataclass(frozen=True)
class Even:
    """A surface that says the same of every site, or cannot be read."""

    share_over: float = 0.0
    nodata_share: float = 0.0
    coverage: Coverage = EVERYWHERE
    broken: bool = False

    @property
    def info(self) -> SourceInfo:
        """A delivery of flood depths taken on the day asked."""
        return SourceInfo(
            DEPTH, "depth", "Environment Agency", "OGL", "", AS_AT, self.coverage, "depth.tif", "", 27700, "none", 0.0
        )

    def measure(self, _site: Boundary) -> RasterMeasure:
        """The same for every site."""
        if self.broken:
            raise FormatRefused("The file ends too soon.")
        return RasterMeasure(self.share_over, 0.3, 0.5, 0.1, self.nodata_share, "m", 2.0)


def _asked(tmp_path: Path, surface: Even) -> ConstraintFinding:
    store = plant(tmp_path, Delivery("conservation-area"))
    report = screen(SITE, store=store, as_at=AS_AT, rasters=[surface])
    return next(finding for finding in report.findings if finding.dataset == DEPTH)


def test_a_surface_over_its_threshold_is_present(tmp_path: Path):
    """A quarter of the site over the threshold is present, with the measures in the finding."""
    finding = _asked(tmp_path, Even(share_over=0.25))
    assert finding.status is Status.PRESENT
    assert finding.raster is not None
    assert finding.sentence == (
        "25.0 % of the site has surface water flood depth over 0.3 m: at most 0.50, on average 0.10 m."
    )


def test_a_surface_under_its_threshold_is_absent_only_where_it_is_complete(tmp_path: Path):
    """Nothing over the threshold is absent with data everywhere, and not known with a hole or without coverage."""
    whole = _asked(tmp_path / "a", Even())
    holed = _asked(tmp_path / "b", Even(nodata_share=0.2))
    undeclared = _asked(tmp_path / "c", Even(coverage=Coverage()))
    assert whole.status is Status.ABSENT
    assert [reason.reason for reason in holed.not_known] == [NotKnownReason.NODATA]
    assert "20.0 % of the site" in holed.sentence
    assert (holed.status, undeclared.status) == (Status.NOT_KNOWN, Status.NOT_KNOWN)


def test_a_surface_that_cannot_be_read_is_an_error_and_not_a_no(tmp_path: Path):
    """The fault is told in the finding, and the rest of the report stands."""
    finding = _asked(tmp_path, Even(broken=True))
    assert finding.status is Status.NOT_KNOWN
    assert [reason.reason for reason in finding.not_known] == [NotKnownReason.SOURCE_ERROR]
    assert "ends too soon" in finding.sentence

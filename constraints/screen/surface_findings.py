"""Findings from surfaces: a flood depth or a slope is measured on the site, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final, Protocol

from bopsgis.boundary import Boundary
from bopsgis.errors import BopsgisError
from constraints.catalogue import dataset as catalogue_dataset
from constraints.model import ConstraintFinding, NotKnown, NotKnownReason, RasterMeasure, Status
from constraints.rules import consequences
from constraints.screen.coverage import SiteCouncils, coverage_reasons
from constraints.screen.findings import Asked, finding, finding_status
from constraints.screen.sentences import not_known_sentence, raster_sentence
from constraints.screen.words import percent
from constraints.source import Account, SourceInfo
from constraints.store import SourceEntry

__all__ = ["Surface", "surface_finding"]

_NOTHING_TO_COUNT: Final = Account(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class Surface(Protocol):
    """One surface that answers for a dataset of the catalogue."""

    @property
    def info(self) -> SourceInfo:
        """Dataset, name, publisher, date and declared coverage."""

    def measure(self, site: Boundary) -> RasterMeasure:
        """What the surface says of a site; raises `BopsgisError` where it cannot be read."""


def surface_finding(surface: Surface, site: Boundary, councils: SiteCouncils, as_at: date) -> ConstraintFinding:
    """The finding for the surface's dataset; cells without data leave the answer open."""
    item = catalogue_dataset(surface.info.dataset)
    source = SourceEntry(surface.info.name, surface.info, _NOTHING_TO_COUNT)
    reasons = list(coverage_reasons(item, (source,), councils, as_at))
    measure: RasterMeasure | None = None
    try:
        measure = surface.measure(site)
    except BopsgisError as error:
        reasons.append(NotKnown(NotKnownReason.SOURCE_ERROR, f"The surface {source.id} could not be read: {error}"))
    if measure is not None and measure.nodata_share > 0.0:
        share = percent(measure.nodata_share)
        reasons.append(NotKnown(NotKnownReason.NODATA, f"The surface {source.id} has no data for {share} of the site."))
    asked = Asked(item, 0.0, item.tolerance_m, (source.id,), tuple(reasons))
    quiet = finding(asked, (), site_area_m2=site.area_m2, as_at=as_at)
    if measure is None:
        return quiet
    found = Status.PRESENT if measure.share_over > 0.0 else None
    status = finding_status(found, reasons)
    said = not_known_sentence(reasons) if status is Status.NOT_KNOWN else raster_sentence(item, measure)
    return replace(
        quiet,
        status=status,
        sentence=said,
        raster=measure,
        consequences=consequences(item, (), status, site_area_m2=site.area_m2, as_at=as_at),
        designations=dict.fromkeys(item.all_designations, status),
    )

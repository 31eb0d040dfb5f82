"""Site boundaries of the cases in a list, for the map beside it."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import select

from api.cases.tables import CaseRow
from api.cases.wanted import Wanted, matching, published
from api.core.db import Work

__all__ = ["sites_of"]


def sites_of(work: Work, references: Sequence[str], *, public: bool) -> dict[str, shapely.Geometry]:
    """Reference -> site boundary (EPSG:27700) of those of the cases that may be seen and have one."""
    seen = (published if public else matching)(work.access, Wanted())
    query = select(CaseRow.reference, CaseRow.site).where(
        seen, CaseRow.reference.in_(list(references)), CaseRow.site.is_not(None)
    )
    return {reference: to_shape(site) for reference, site in work.session.execute(query) if site is not None}

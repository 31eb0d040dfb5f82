"""The page of statistics, and a quarter's returns as a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.accounts.guard import database_of, officer
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import single_valued
from api.core.pages import show
from api.maps.basemap import BaseMap
from api.maps.routes import base_map_of, site_checks
from api.maps.service import SiteChecks
from api.reports.chart import bars
from api.reports.figures import year_of, years
from api.reports.returns import returns_csv
from api.reports.wards import ward_map

__all__ = ["PATH", "router"]

PATH = "/statistics"
router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(single_valued)])

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAMES = ("Received", "Decided")


@router.get("")
def statistics(
    request: Request,
    access: Officer,
    database: Db,
    base: Annotated[BaseMap, Depends(base_map_of)],
    checks: Annotated[SiteChecks, Depends(site_checks)],
    year: Annotated[int | None, Query(ge=1948, le=2200)] = None,
) -> Response:
    """A year in figures: by month, by type, by stage, in time or not, by ward."""
    today = clock.today()
    with database.reading(access) as work:
        offered = years(work) or [today.year]
        figures = year_of(work, year or offered[0])
    context = {
        "figures": figures,
        "years": offered,
        "months": _MONTHS,
        "chart": bars("Applications by month", _MONTHS, figures.received, figures.decided, _NAMES),
        "map": ward_map(figures.by_ward, checks, base),
    }
    return show(request, "reports/statistics.html", context, viewer=access)


@router.get("/returns.csv")
def returns(
    access: Officer,
    database: Db,
    year: Annotated[int, Query(ge=1948, le=2200)],
    quarter: Annotated[int, Query(ge=1, le=4)],
) -> Response:
    """A quarter of a calendar year in the manner of PS1 and PS2."""
    with database.reading(access) as work:
        text = returns_csv(work, year, quarter)
    headers = {
        "Content-Disposition": f'attachment; filename="returns-{year}-q{quarter}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

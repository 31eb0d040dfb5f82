"""The administrator's overview, data and outbox."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.accounts import store as accounts
from api.admin.common import Administrator, Db, Number, admin_page
from api.core import clock
from api.core.incoming import single_valued
from api.core.page_forms import see_other
from api.core.parking import counts, parked, retry
from api.councils import service
from api.maps.routes import site_checks
from api.maps.service import DatasetState, SiteChecks
from bopsgis.errors import StoreMissing

__all__ = ["router"]

router = APIRouter(prefix="/admin", include_in_schema=False, dependencies=[Depends(single_valued)])


@router.get("")
def overview(request: Request, access: Administrator, database: Db) -> Response:
    """How everything stands that an administrator looks after."""
    with database.reading(access) as work:
        context = {
            "users": sum(one.active for one in accounts.officers(work)),
            "clients": sum(one.revoked_at is None for one in accounts.clients(work)),
            "kept": next(iter(service.history(work)), None),
            "settings": service.settings_of(work),
            "outbox": counts(work),
            "data": _data(site_checks(request)),
        }
    return admin_page(request, access, "overview.html", context)


@router.get("/datasets")
def datasets(request: Request, access: Administrator) -> Response:
    """What is loaded, how old it is and for whom it is complete; what wants attention first."""
    states = _data(site_checks(request))
    needing = [state for state in states if state.loaded and _wants_attention(state)]
    context = {
        "needing": needing,
        "fine": [state for state in states if state.loaded and state not in needing],
        "missing": [state for state in states if not state.loaded],
    }
    return admin_page(request, access, "datasets.html", context)


@router.get("/outbox")
def outbox(request: Request, access: Administrator, database: Db) -> Response:
    """Messages on their way, and those that failed five times."""
    with database.reading(access) as work:
        context = {"counts": counts(work), "parked": parked(work)}
        return admin_page(request, access, "outbox.html", context)


@router.post("/outbox/retry")
def retry_all(access: Administrator, database: Db) -> Response:
    """Put all parked messages back."""
    with database.unit_of_work(access) as work:
        retry(work, clock.now())
    return see_other("/admin/outbox?done=retried")


@router.post("/outbox/{message:int}/retry")
def retry_one(message: Number, access: Administrator, database: Db) -> Response:
    """Put one parked message back."""
    with database.unit_of_work(access) as work:
        retry(work, clock.now(), message)
    return see_other("/admin/outbox?done=retried")


def _data(checks: SiteChecks) -> tuple[DatasetState, ...]:
    """What is loaded; nothing where there is no store yet."""
    try:
        return checks.datasets(clock.today())
    except StoreMissing:
        return ()


def _wants_attention(state: DatasetState) -> bool:
    """Too old, or complete for nowhere: such data never rule anything out."""
    covers = any(one.coverage.everywhere or one.coverage.councils for one in state.sources)
    return not covers or any(one.stale for one in state.sources)

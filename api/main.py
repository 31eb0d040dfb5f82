"""The composition root: settings in, web application out. The only place that knows all the parts."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from api.accounts import council_account
from api.accounts import pages as account_pages
from api.accounts import routes as accounts
from api.accounts.pages import sign_in_path
from api.accounts.provider import provider_of
from api.accounts.throttle import TRIES, Throttle
from api.admin import brand, clients, libraries, settings_pages, users
from api.admin import pages as admin
from api.basemap import routes as basemap
from api.basemap.service import open_service
from api.basemap.settings import OsSettings
from api.cases import fee_routes
from api.cases import routes as cases
from api.casework import pages as casework
from api.consultations import hearing_routes, public_routes
from api.consultations import routes as consultations
from api.consultations.addresses import PlacesFile
from api.core import about, assets, faults, problems, reference, web
from api.core.access import Access
from api.core.db import Database
from api.core.limits import WebLimits
from api.core.page_forms import see_other
from api.core.settings import Settings
from api.councils import routes as councils
from api.councils.brand import BrandOf
from api.decisions import routes as decisions
from api.desk import new_pages as desk_new
from api.desk import pages as desk
from api.documents import routes as documents
from api.documents.filing import open_filing
from api.documents.settings import DocumentSettings
from api.features import routes as features
from api.layers import routes as layers
from api.layers.archives import Archives
from api.layers.fast_path import TileDoor
from api.layers.service import TileService
from api.layers.settings import TileSettings
from api.maps import pages, routes
from api.maps.basemap import BaseMap
from api.maps.examples import read_examples
from api.maps.places import Places
from api.maps.service import SiteChecks
from api.nearby import routes as nearby
from api.portal import consultee_pages
from api.portal import pages as portal
from api.register import alert_pages, comment_pages, feeds
from api.register import pages as register
from api.register import routes as register_json
from api.reports import pages as statistics
from api.requests import routes as requests
from api.schema import upgrade
from api.submissions import enforcement_routes
from api.submissions import routes as submissions
from api.worker import routes as outbox
from api.worker.run import desk_of, run
from api.workspace import pages as workspace
from api.workspace import print_pages
from bopsgis.errors import BopsgisError, NotSignedIn

__all__ = ["create_app"]

_log = logging.getLogger("bopsgis.web")

_STATIC = Path(__file__).resolve().parent / "static"
WORKER_ENDS_WITHIN_S = 10.0
DATABASE_PAUSE_S = 2.0
"""How long to wait before a database that is away is asked again."""
_ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  # compared with, not bound to


_ROUTERS = (
    pages.router,
    about.router,
    account_pages.router,
    routes.router,
    basemap.router,
    reference.router,
    accounts.router,
    council_account.router,
    councils.router,
    cases.router,
    fee_routes.router,
    requests.router,
    portal.router,
    consultee_pages.router,
    brand.router,
    admin.router,
    users.router,
    settings_pages.router,
    libraries.router,
    clients.router,
    statistics.router,
    desk_new.router,
    desk.router,
    feeds.router,
    register.router,
    register_json.router,
    comment_pages.router,
    alert_pages.router,
    documents.router,
    consultations.router,
    hearing_routes.router,
    public_routes.router,
    decisions.router,
    submissions.router,
    enforcement_routes.router,
    outbox.router,
    nearby.router,
    features.router,
    layers.router,
    workspace.router,
    print_pages.router,
    casework.router,
)
"""What the service answers, in the order of its reference page."""


def create_app(settings: Settings, limits: WebLimits | None = None) -> FastAPI:
    """The application over the store, base map and addresses in `settings.home`.

    Fetches the front-end files where they are missing. The store is opened at the first question, so that
    the service starts, and says what is wrong, without one.
    """
    assets.ensure()
    limits = limits or WebLimits()
    if settings.host not in (*limits.hosts, *_ANYWHERE):
        limits = limits.model_copy(update={"hosts": (*limits.hosts, settings.host)})
    app = FastAPI(
        title="bopsgis",
        version="1",
        summary="Check sites against planning constraints, and work planning cases from submission to decision.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.limits = limits
    app.state.checks = SiteChecks(settings.store)
    app.state.places = Places(settings.sample_town / "places.gpkg")
    app.state.base_map = BaseMap(settings.sample_town / "base")
    app.state.examples = read_examples(settings.sample_town / "sites.geojson")
    app.state.town = _town(settings.sample_town)
    app.state.basemap = open_service(OsSettings(), settings, app.state.town)
    app.state.database = Database(settings.database_url)
    app.state.council = settings.council
    app.state.brand = BrandOf(app.state.database, settings.council)
    app.state.address = settings.public_address.rstrip("/")
    app.state.worker = settings if settings.worker else None
    app.state.throttle = Throttle(settings.counters, TRIES)
    app.state.provider = provider_of(settings)
    papers = DocumentSettings(publish_unscanned=True) if settings.demo else DocumentSettings()
    app.state.filing = open_filing(papers, settings.home)
    app.state.addresses = PlacesFile(settings.addresses or settings.sample_town / "places.gpkg")
    _lay_out_tiles(app, settings)
    for router in _ROUTERS:
        app.include_router(router)
    app.add_api_route("/live", _live, include_in_schema=False)
    app.add_api_route("/ready", _ready, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    _handle_errors(app)
    app.add_middleware(GZipMiddleware, minimum_size=2_000)
    web.install(app, limits)
    app.add_middleware(TileDoor, service=app.state.tiles, archives=app.state.archives, limits=limits)
    return app


def _lay_out_tiles(app: FastAPI, settings: Settings) -> None:
    """Layers over the store, the cases and the base map; archives of tiles beside them."""
    base = app.state.basemap.own.load
    app.state.tiles = TileService(app.state.checks.store, app.state.database, base, TileSettings(), settings.home)
    app.state.tile_address = settings.address.rstrip("/")
    app.state.archives = Archives(settings.home / "archives")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Bring the database up to date; read the base map while the first page is being looked at."""
    stop = threading.Event()
    await run_in_threadpool(_bring_up_to_date, app.state.database, stop)
    reading = threading.Thread(target=app.state.base_map.load, daemon=True)
    reading.start()
    working = _start_worker(app, stop)
    app.state.tiles.start()
    app.state.basemap.os.start()
    app.state.checks.prepare()
    yield
    stop.set()
    if working is not None:
        await run_in_threadpool(working.join, WORKER_ENDS_WITHIN_S)
    app.state.tiles.close()
    app.state.basemap.os.close()
    app.state.database.dispose()


def _bring_up_to_date(database: Database, stop: threading.Event) -> None:
    """Migrate. A database that is away does not keep the service from starting: it is migrated when it comes."""
    try:
        upgrade(database)
    except OperationalError as error:
        if not faults.is_away(error):
            raise
        _log.warning("the database cannot be reached; trying again")
        later = threading.Thread(target=_migrate_later, args=(database, stop), name="migration", daemon=True)
        later.start()


def _migrate_later(database: Database, stop: threading.Event) -> None:
    while not stop.wait(DATABASE_PAUSE_S):
        try:
            upgrade(database)
        except OperationalError:
            continue
        _log.warning("the database can be reached")
        return


def _start_worker(app: FastAPI, stop: threading.Event) -> threading.Thread | None:
    """The worker in a thread of this process, where the settings ask for it; it ends with the server."""
    settings = app.state.worker
    if settings is None:
        return None
    desk = desk_of(settings, app.state.database, app.state.checks.check, app.state.filing)
    working = threading.Thread(target=run, args=(desk, stop), name="worker", daemon=True)
    working.start()
    return working


def _handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(BopsgisError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_parameters)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DBAPIError, faults.on_database_fault)
    app.add_exception_handler(PoolTimeout, faults.on_database_fault)


def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, BopsgisError)  # noqa: S101  # registered for it
    if isinstance(error, NotSignedIn) and request.method == "GET" and not problems.wants_json(request.scope):
        return see_other(sign_in_path(request))
    return problems.respond(request.scope, problems.from_error(error))


def _on_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for it
    return problems.respond(request.scope, problems.from_validation(request.scope, error))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it
    return problems.respond(request.scope, problems.from_http(error))


def _live() -> Response:
    """The process answers."""
    return JSONResponse({"status": "live"}, headers={"Cache-Control": "no-store"})


def _ready(request: Request) -> Response:
    """Store and database can be asked. 503 with the reason where one cannot."""
    store = request.app.state.checks.store()
    with request.app.state.database.reading(Access.public(0)) as work:
        work.session.execute(text("SELECT 1"))
    body = {"status": "ready", "store_version": store.version, "datasets": len(store.datasets)}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _town(folder: Path) -> str | None:
    """Name of the sample town, where that is what is served: pages say that it is invented."""
    about = folder / "town.json"
    return str(json.loads(about.read_bytes())["name"]) if about.is_file() else None

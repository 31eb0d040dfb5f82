"""What pages cost: time of the server with few and with many cases, and the JavaScript that each page sends."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.caseload import fill
from fastapi.testclient import TestClient
from sqlalchemy import select
from support.sample import sample_home
from support.scripts import scripts_of
from support.stores import sqlalchemy_url

from api.accounts import sessions
from api.accounts.guard import COOKIE
from api.accounts.officers import set_password
from api.accounts.tables import OfficerRow
from api.cases.tables import CaseRow
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.settings import Settings
from api.main import create_app
from api.schema import upgrade

__all__ = ["FEW", "PAGES", "Cost", "cost_of", "pages_table", "report"]

FEW = 35
TIMES = 20
WARM_UP = 3
PASSWORD = "seven green bicycles"  # noqa: S105  # of an invented officer
_CACHE = Path(__file__).resolve().parents[2] / ".bopsgis" / "tests"

PAGES: Mapping[str, Callable[[str], str]] = {
    "dashboard: mine": lambda _: "/cases",
    "dashboard: all": lambda _: "/cases?tab=all",
    "dashboard: words and ward": lambda _: "/cases?tab=all&q=loft&ward=Ward+7",
    "case page": lambda reference: f"/cases/{reference}",
    "register: list and map": lambda _: "/applications",
    "register: near a place": lambda _: "/applications?near=SP+42000+45000&within=500",
    "case on the register": lambda reference: f"/applications/{reference}",
    "map of constraints": lambda _: "/map",
    "statistics": lambda _: "/statistics",
    "cookies (no map)": lambda _: "/cookies",
}
"""What is asked for, for a case."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one page, in milliseconds of the whole process (the asking side takes about one), and its scripts."""

    cpu_ms: float
    """The fastest of all turns: what the page itself takes on a machine that does other things too."""
    wall_ms: float
    """The median of all turns."""
    page_kb: float
    scripts_kb: float


def cost_of(browser: TestClient, page: Callable[[str], str], references: list[str], times: int = TIMES) -> Cost:
    """Ask for a page several times, each time for another case."""
    cpu, wall, markup = [], [], ""
    for turn in range(-WARM_UP, times):
        path = page(references[turn % len(references)])
        began, worked = time.perf_counter(), time.process_time()
        answer = browser.get(path)
        taken = time.process_time() - worked, time.perf_counter() - began
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        if turn >= 0:
            cpu.append(taken[0] * 1000)
            wall.append(taken[1] * 1000)
        markup = answer.text
    return Cost(min(cpu), statistics.median(wall), len(markup) / 1000, sum(scripts_of(markup).values()) / 1000)


@contextmanager
def office(folder: Path, many: int) -> Iterator[tuple[TestClient, list[str]]]:
    """An officer at the service over the sample town with so many cases; references of the newest public ones."""
    home, made = folder / f"{many}", sample_home(_CACHE)
    home.mkdir()
    for part in ("store", "sample-town"):
        (home / part).symlink_to(made / part)
    database = Database(sqlalchemy_url(home / "cases.db"))
    upgrade(database)
    fill(database, many)
    upgrade(database)  # as at every start of the service
    with database.unit_of_work(Access.system(1, "benchmark")) as work:
        set_password(work, work.session.get_one(OfficerRow, 1), PASSWORD, clock.now())
        token = sessions.sign_in(work, "1@council.example", PASSWORD, clock.now())
        newest = select(CaseRow.reference).where(CaseRow.published_at.is_not(None)).order_by(CaseRow.received_on.desc())
        references = list(work.session.scalars(newest.limit(TIMES)))
    database.dispose()
    with TestClient(create_app(Settings(home=home)), base_url="http://localhost") as browser:
        browser.cookies.set(COOKIE, token)
        yield browser, references


def pages_table(folder: Path, many: int, times: int = TIMES) -> Iterator[str]:
    """The table of all pages, with few cases and with many."""
    costs: dict[str, list[Cost]] = {name: [] for name in PAGES}
    for count in (FEW, many):
        with office(folder, count) as (browser, references):
            for name, page in PAGES.items():
                costs[name].append(cost_of(browser, page, references, times))
    yield f"| CPU (wall), ms | {FEW} cases | {many:,} cases | page, kB | JavaScript, kB |"
    yield "|---|--:|--:|--:|--:|"
    for name, (small, large) in costs.items():
        times_cells = " | ".join(f"{one.cpu_ms:.0f} ({one.wall_ms:.0f})" for one in (small, large))
        yield f"| {name} | {times_cells} | {large.page_kb:.0f} | {large.scripts_kb:.0f} |"


def report(many: int) -> None:
    """Print the table for so many cases."""
    with tempfile.TemporaryDirectory(prefix="bopsgis-pages-") as folder:
        for line in pages_table(Path(folder), many):
            print(line, flush=True)

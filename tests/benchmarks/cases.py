"""What officers and residents ask of many cases, side by side on both stores, and how fast applications come in."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import requests
import shapely
from benchmarks.caseload import OFFICERS, SIDE_M, SOUTH_WEST, TODAY, fill
from sqlalchemy import event, func, select
from support.casework import key_for
from support.postgis import binaries, cluster
from support.serving import serving
from support.stores import postgis_database, sqlalchemy_url
from support.submissions import an_application, intake_app

from api.cases import finding, published
from api.cases.tables import CaseRow
from api.cases.wanted import Days, Near, Order, Sort, Tab, Wanted
from api.core.access import Access
from api.core.db import Database, Work
from api.decisions.store import same_site
from api.schema import upgrade
from bopsgis.planning.case import CaseStatus, Role

__all__ = ["QUESTIONS", "Answer", "ask", "cases_table", "plans_of", "report", "stores"]

TIMES = 40
_WAITING = frozenset({CaseStatus.VALID, CaseStatus.IN_CONSULTATION})


@dataclass(frozen=True, slots=True)
class Answer:
    """How long a question takes, in milliseconds, and how many rows came back on average."""

    fastest_ms: float
    """What the work itself takes: on a machine that does other things too, the others wait."""
    median_ms: float
    rows: float


def _box(i: int, side_m: float) -> Any:
    rng = np.random.default_rng(i)
    west, south = SOUTH_WEST + rng.uniform(0.1, 0.8, 2) * SIDE_M
    return shapely.box(west, south, west + side_m, south + side_m)


def _near(i: int, within_m: float) -> Near:
    west, south, _, _ = _box(i, 1).bounds
    return Near(west, south, within_m)


def _find(work: Work, wanted: Wanted, tab: Tab = Tab.ALL, order: Order = Order()) -> int:  # noqa: B008  # frozen
    return len(finding.find(work, wanted, on=TODAY, tab=tab, order=order).lines)


def _history(work: Work, i: int) -> int:
    count = work.session.scalar(select(func.max(CaseRow.id))) or 1
    row = work.session.get_one(CaseRow, i * 7919 % count + 1)
    return len(same_site(work, row))


QUESTIONS: Mapping[str, Callable[[Work, int], int]] = {
    "dashboard: mine, by deadline": lambda work, _: _find(work, Wanted(), Tab.MINE),
    "dashboard: unassigned": lambda work, _: _find(work, Wanted(), Tab.UNASSIGNED),
    "dashboard: overdue": lambda work, _: _find(work, Wanted(), Tab.OVERDUE),
    "dashboard: all, by deadline": lambda work, _: _find(work, Wanted()),
    "dashboard: all, newest first": lambda work, _: _find(work, Wanted(), order=Order(Sort.RECEIVED, descending=True)),
    "dashboard: status, ward, year, constraint": lambda work, i: _find(
        work,
        Wanted(
            statuses=_WAITING,
            wards=frozenset({f"Ward {i % 23}"}),
            constraints=frozenset({"conservation-area"}),
            received=Days(first=TODAY.replace(year=TODAY.year - 1)),
        ),
    ),
    "counts of all parts": lambda work, _: len(finding.tab_counts(work, Wanted(), on=TODAY)),
    "workload of officers": lambda work, _: len(finding.workloads(work, on=TODAY)),
    "choices of the filters": lambda work, _: len(finding.choices(work).wards),
    "words: a reference": lambda work, i: _find(work, Wanted(words=f"{i * 97 + 1:06d}")),
    "words: an address (1 in 2,000)": lambda work, i: _find(work, Wanted(words=f"{i + 1} st. johns road")),
    "words: a postcode": lambda work, i: _find(work, Wanted(words=f"xt{i % 20} {i % 9}ab")),
    "words: in every eighth case": lambda work, _: _find(work, Wanted(words="loft conversion")),
    "map: box of 500 m": lambda work, i: _find(work, Wanted(area=_box(i, 500))),
    "map: within 200 m, nearest first": lambda work, i: _find(
        work, Wanted(near=_near(i, 200)), order=Order(Sort.DISTANCE)
    ),
    "site history by geometry": _history,
    "register: newest": lambda work, _: len(published.find_published(work, Wanted()).lines),
    "register: words": lambda work, i: len(published.find_published(work, Wanted(words=f"{i + 1} mill lane")).lines),
}
"""What is asked, with the number of the turn so that no two turns ask the same."""


def ask(database: Database, question: Callable[[Work, int], int], times: int = TIMES) -> Answer:
    """Ask a question several times, each in a transaction of its own as a request does."""
    taken, rows = [], []
    for i in range(-3, times):  # the first ones warm the caches of store and driver
        access = Access(1, "Officer", frozenset({Role.ASSESSOR}), officer_id=abs(i) % OFFICERS + 1)
        began = time.perf_counter()
        with database.reading(access) as work:
            found = question(work, abs(i))
        if i >= 0:
            taken.append((time.perf_counter() - began) * 1000)
            rows.append(found)
    return Answer(min(taken), statistics.median(taken), statistics.mean(rows))


def plans_of(database: Database, question: Callable[[Work, int], int]) -> list[str]:
    """How the store goes about each statement of a question, as its own EXPLAIN tells it."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and "set_config" not in statement:
            asked.append((statement, parameters))

    prefix = "EXPLAIN" if database.is_postgresql else "EXPLAIN QUERY PLAN"
    with database.reading(Access(1, "Officer", frozenset({Role.ASSESSOR}), officer_id=1)) as work:
        event.listen(database.engine, "before_cursor_execute", note)
        try:
            question(work, 1)
        finally:
            event.remove(database.engine, "before_cursor_execute", note)
        connection = work.session.connection()
        return [
            "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{prefix} {statement}", parameters))
            for statement, parameters in asked
        ]


@contextmanager
def stores(folder: Path, n: int) -> Iterator[dict[str, Database]]:
    """Both stores with the same n cases, or only the embedded one where there is no PostGIS."""
    programs = binaries()
    embedded = Database(sqlalchemy_url(folder / "cases.db"))
    _prepare(embedded, n)
    if programs is None:
        yield {"embedded": embedded}
        return
    with cluster(programs, "shared_buffers=512MB", "max_wal_size=4GB") as address, postgis_database(address) as own:
        other = Database(sqlalchemy_url(own))
        _prepare(other, n)
        yield {"embedded": embedded, "PostGIS": other}
        other.dispose()
    embedded.dispose()


def _prepare(database: Database, n: int) -> None:
    upgrade(database)
    began = time.perf_counter()
    fill(database, n)
    upgrade(database)  # as at every start of the service
    print(f"{database.engine.dialect.name}: {n:,} cases in {time.perf_counter() - began:.0f} s", flush=True)


def cases_table(databases: Mapping[str, Database]) -> Iterator[str]:
    """The table of all questions, a store in each pair of columns."""
    names = list(databases)
    yield "| fastest (median), ms | " + " | ".join(names) + " | rows |"
    yield "|---|" + "--:|" * (len(names) + 1)
    for name, question in QUESTIONS.items():
        answers = [ask(database, question) for database in databases.values()]
        assert len({answer.rows for answer in answers}) == 1, f"the stores differ on “{name}”: {answers}"
        cells = " | ".join(f"{one.fastest_ms:.1f} ({one.median_ms:.1f})" for one in answers)
        yield f"| {name} | {cells} | {answers[0].rows:.1f} |"


def submissions_table(databases: Mapping[str, Database], folder: Path, many: int = 80) -> Iterator[str]:
    """Applications a second, sent over HTTP by several senders at a time and screened, beside what is there."""
    yield "| applications a second, sent by | " + " | ".join(databases) + " |"
    yield "|---|" + "--:|" * len(databases)
    for senders in (1, 4):
        rates = []
        for name, database in databases.items():
            own = folder / f"{name}-{senders}"
            own.mkdir()
            rates.append(_rate(database, own, senders, many))
        yield f"| {senders} | " + " | ".join(f"{rate:.1f}" for rate in rates) + " |"


def _rate(database: Database, folder: Path, senders: int, many: int) -> float:
    app = intake_app(database, folder)
    app.state.council = ""
    body, headers = an_application(), key_for(app, "submissions:write")
    with serving(app) as (host, port), ThreadPoolExecutor(senders) as pool:

        def send(_: int) -> int:
            address = f"http://{host}:{port}/api/v2/submissions"
            return requests.post(address, json=body, headers=headers, timeout=60).status_code

        began = time.perf_counter()
        answers = list(pool.map(send, range(many)))
        taken = time.perf_counter() - began
    assert set(answers) == {201}, answers
    return many / taken


def report(many: int) -> None:
    """Print all tables for so many cases, line by line as they come."""
    with tempfile.TemporaryDirectory(prefix="bopsgis-cases-") as folder, stores(Path(folder), many) as databases:
        for line in chain(cases_table(databases), [""], submissions_table(databases, Path(folder))):
            print(line, flush=True)

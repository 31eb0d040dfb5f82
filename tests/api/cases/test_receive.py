"""Receiving an application and acting on the case, on both stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely
from geoalchemy2 import functions as spatial
from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from support.patience import Limits

from api.cases import store
from api.cases.acting import Moment, act_on
from api.cases.receive import NewCase, Person, draw_boundary, receive
from api.cases.tables import CaseRow
from api.core.access import Access
from api.core.audit import trail
from api.core.db import Database, Work, waiting_in_line
from bopsgis.boundary import from_geometry
from bopsgis.errors import ActRefused, EditConflict, InputRefused, NotAllowed, NotFound
from bopsgis.planning.case import Role
from bopsgis.planning.lifecycle import ActName

NOON = Moment(datetime(2026, 6, 1, 12, tzinfo=UTC), date(2026, 6, 1))
OFFICER = Access(council_id=1, actor="A. Officer", roles=frozenset({Role.ASSESSOR}))
SQUARE = shapely.box(430000, 280000, 430020, 280030)


def an_application(**parts: Any) -> NewCase:
    """A householder application with a site."""
    plain: dict[str, Any] = {
        "application_type": "pp.full.householder",
        "received_on": date(2026, 5, 28),
        "proposal": "A single-storey rear extension",
        "address": "1 Example Street",
        "site": from_geometry(SQUARE),
        "people": {"applicant": Person("A. Applicant", email="a@example.org")},
    }
    return NewCase(**{**plain, **parts})


def received(database: Database, access: Access = OFFICER, **parts: Any) -> str:
    """Receive one application; its reference."""
    with database.unit_of_work(access) as work:
        return receive(work, an_application(**parts), NOON).reference


def test_an_application_becomes_a_case_with_its_parts(database: Database) -> None:
    """Reference, site, applicant, boundary version and the first audit event are all there."""
    reference = received(database)
    assert reference == "26-00001-HAPP"
    with database.reading(OFFICER) as work:
        row = store.get(work, reference)
        assert row.site is not None
        assert to_shape(row.site).equals(SQUARE)
        assert store.parties(work, row)["applicant"].email == "a@example.org"
        assert [v.reason for v in store.boundary_versions(work, row)] == ["as submitted"]
        assert [event.act for event in trail(work, row.id)] == ["receive"]


def test_numbers_have_no_gap_and_no_clash_under_parallel_submission(database: Database) -> None:
    """D04: 60 submissions by 8 threads, a third of which fail after taking a number, give 40 numbers in a row."""

    def submit(turn: int) -> None:
        with database.unit_of_work(OFFICER) as work:
            receive(work, an_application(), NOON)
            if turn % 3 == 0:
                raise RuntimeError

    def quietly(turn: int) -> None:
        with suppress(RuntimeError):
            submit(turn)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(quietly, range(60)))
    with database.reading(OFFICER) as work:
        numbers = work.session.scalars(select(CaseRow.number).order_by(CaseRow.number)).all()
    assert list(numbers) == list(range(1, 41))


def test_each_council_and_year_counts_by_itself(database: Database) -> None:
    """A second council starts at 1, and so does a new year."""
    other = Access(council_id=2, actor="B", roles=frozenset({Role.ASSESSOR}))
    assert received(database) == "26-00001-HAPP"
    assert received(database, other) == "26-00001-HAPP"
    assert received(database, received_on=date(2025, 12, 31)) == "25-00001-HAPP"


def test_another_council_s_case_is_not_found(database: Database) -> None:
    """A01: knowing the reference does not help: the answer is that there is none."""
    reference = received(database)
    with database.reading(Access(council_id=2, actor="B")) as work, pytest.raises(NotFound):
        store.get(work, reference)


def test_an_edit_from_an_older_page_is_refused(database: Database) -> None:
    """D02: the second of two officers who opened the same version gets a conflict, and the first's act stands."""
    reference = received(database)
    with database.unit_of_work(OFFICER) as work:
        act_on(work, store.lock(work, reference, 1), ActName.NOTE, NOON)
        act_on(work, store.lock(work, reference), ActName.VALIDATE, NOON, {"valid_on": date(2026, 5, 29)})
    with database.unit_of_work(OFFICER) as work, pytest.raises(EditConflict):
        store.lock(work, reference, 1)


def test_a_refused_act_leaves_row_and_audit_alone(database: Database) -> None:
    """D08: neither the status nor the trail changes where the rules or the role refuse."""
    reference = received(database, site=None)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        with pytest.raises(ActRefused, match="no site boundary"):
            act_on(work, row, ActName.VALIDATE, NOON, {"valid_on": date(2026, 5, 29)})
        with pytest.raises(NotAllowed):
            act_on(work, row, ActName.CLOSE, NOON, {"reason": "x"})
    with database.reading(OFFICER) as work:
        row = store.get(work, reference)
        assert (row.status, row.version) == ("received", 1)
        assert [event.act for event in trail(work, row.id)] == ["receive"]


def test_a_superseded_type_is_not_given_to_new_cases(database: Database) -> None:
    """An old code is understood and refused."""
    with pytest.raises(InputRefused, match="not used for new cases"):
        received(database, application_type="pa.part3.classPA")


@pytest.mark.parametrize(
    "site",
    [
        "SRID=27700;MULTIPOLYGON(((430000 280000, 430010 280010, 430010 280000, 430000 280010, 430000 280000)))",
        "SRID=4326;MULTIPOLYGON(((0 50, 1 50, 1 51, 0 50)))",
        "SRID=27700;MULTIPOLYGON(((-5 0, 10 0, 10 10, -5 0)))",
    ],
)
def test_the_database_refuses_what_the_door_refuses(database: Database, site: str) -> None:
    """D12: A crossing, a wrong coordinate system and a place off the grid cannot be written past the service."""
    received(database)
    sql = text("UPDATE planning_case SET site = ST_GeomFromEWKT(:site)")
    with database.unit_of_work(OFFICER) as work, pytest.raises(DBAPIError):
        work.session.execute(sql, {"site": site})


def grid_of_cases(work: Work) -> None:
    """100 small sites, 100 m apart."""
    for n in range(100):
        east, north = 430000 + 100 * (n % 10), 280000 + 100 * (n // 10)
        receive(work, an_application(site=from_geometry(shapely.box(east, north, east + 20, north + 30))), NOON)


def test_cases_are_found_by_place_through_the_index(database: Database) -> None:
    """A box and a distance give the same cases on both stores, and SQLite asks its R*Tree."""
    with database.unit_of_work(OFFICER) as work:
        grid_of_cases(work)
        box = from_shape(shapely.box(430090, 280090, 430330, 280130), srid=27700, extended=True)
        point = from_shape(shapely.Point(430510, 280515), srid=27700, extended=True)
        inside = select(CaseRow.number).where(spatial.ST_Intersects(CaseRow.site, box)).order_by(CaseRow.number)
        near = select(CaseRow.number).where(spatial.ST_DWithin(CaseRow.site, point, 86.0)).order_by(CaseRow.number)
        assert work.session.scalars(inside).all() == [12, 13, 14]
        assert work.session.scalars(near).all() == [46, 56, 66]
        if not database.is_postgresql:
            compiled = inside.compile(database.engine, compile_kwargs={"literal_binds": False})
            assert "sx_planning_case_site" in str(compiled)
        row = store.lock(work, "26-00012-HAPP")
        draw_boundary(work, row, from_geometry(shapely.box(435000, 280000, 435020, 280030)), NOON, reason="moved")
        assert work.session.scalars(inside).all() == [13, 14]
        assert len(store.boundary_versions(work, row)) == 2


@pytest.mark.postgis
def test_a_line_is_waited_in_longer_than_a_lock(database: Database, usual_limits: Limits) -> None:
    """Where all take the next number in turn nobody is turned away after the usual second, which counts elsewhere."""
    if not database.is_postgresql:
        pytest.skip("the embedded store lets one write at a time")
    asked = text("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
    with database.unit_of_work(OFFICER) as work:
        with waiting_in_line(work):
            patient = tuple(work.session.execute(asked).one())
        store.next_number(work, 2026)
        usual = tuple(work.session.execute(asked).one())
    assert (usual_limits.lock_ms, usual_limits.statement_ms) == (1_000, 2_000)
    assert (patient, usual) == (("30s", "30s"), ("10s", "20s"))

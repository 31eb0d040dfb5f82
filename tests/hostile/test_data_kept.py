"""Data over time: migrations there and back, backups that restore, what was found on a date, notices as issued."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.testclient import TestClient
from geoalchemy2 import WKBElement
from shapely.affinity import translate
from sqlalchemy import inspect, select
from support.casework import NOON, OFFICER, a_case, key_for, signed_in
from support.decision_desk import Desk
from support.documents import AlwaysClean, a_filing, a_pdf
from support.planted import Delivery, Planted, plant
from support.postgis import binaries
from support.stores import postgis_database, sqlalchemy_url
from support.submissions import SITE, an_application, intake_app

from api.cases import routes as case_routes
from api.cases import store as cases
from api.consultations import publicity
from api.core import audit, clock
from api.core.access import Access
from api.core.db import Base, Database
from api.decisions.content import Section
from api.decisions.notice import notice_from_json
from api.decisions.notice_pages import notice_html, notice_pdf
from api.decisions.tables import DecisionNoticeRow
from api.documents import service as documents
from api.documents.service import Details
from api.schema import downgrade, upgrade
from bopsgis.planning.case import Role
from bopsgis.planning.publicity import Means

REVIEWER = Access(1, "R. Reviewer <r@council.example>", roles=frozenset({Role.REVIEWER}))


def digests(database: Database) -> dict[str, str]:
    """SHA-256 of all rows of each table, of all councils, as they are kept."""
    with database.engine.connect() as connection:
        return {
            table.name: hashlib.sha256(
                repr(
                    [
                        tuple(value.desc if isinstance(value, WKBElement) else value for value in row)
                        for row in connection.execute(select(table).order_by(*table.primary_key.columns))
                    ]
                ).encode()
            ).hexdigest()
            for table in Base.metadata.sorted_tables
        }


def differences(database: Database) -> list[Any]:
    """What Alembic would write into the next migration."""
    with database.engine.connect() as connection:
        ours = {"include_object": lambda *found: found[1] != "spatial_ref_sys"}
        return list(compare_metadata(MigrationContext.configure(connection, opts=ours), Base.metadata))


def test_d13_migrations_go_up_down_and_up_over_data(database: Database) -> None:
    """Up again over data changes no row; down leaves no table of ours; up again gives the schema of the models."""
    a_case(database)
    before = digests(database)
    upgrade(database)
    assert digests(database) == before
    assert differences(database) == []
    downgrade(database, "base")
    left = set(inspect(database.engine).get_table_names()) & {table.name for table in Base.metadata.sorted_tables}
    assert left == set()
    upgrade(database)
    assert differences(database) == []
    with database.engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql("INSERT INTO council (code, name, settings) VALUES ('a', 'A', '{}')")
    assert a_case(database) == "26-00001-HAPP"


def a_decided_case(database: Database, folder: Path) -> str:
    """The reference of a case with a document, decided, with its notice."""
    reference = a_case(database)
    filing = a_filing(folder, AlwaysClean())
    checked = filing.check("plan.pdf", a_pdf())
    with filing.filed(1, checked) as filed, database.unit_of_work(OFFICER) as work:
        documents.add(work, cases.lock(work, reference), filed, Details(), NOON, filing.settings)
    with database.unit_of_work(OFFICER) as work:
        row = cases.lock(work, reference)
        notice = publicity.require_notice(work, row, Means.SITE_NOTICE, NOON)
        publicity.confirm_notice(work, row, notice.id, NOON.on, NOON)
    desk = Desk(database, reference, OFFICER, REVIEWER)
    desk.write(Section.AMENITY, "No harm.")
    desk.recommend()
    desk.decide()
    return reference


@contextmanager
def restored(database: Database, folder: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The database from a backup that was made while somebody writes to it."""
    if not database.is_postgresql:
        file, copy = database.engine.url.database, folder / "restored.db"
        assert file is not None
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        other = Database(sqlalchemy_url(copy))
        yield other
        other.dispose()
        return
    found = binaries()
    assert found is not None
    url = database.engine.url
    dump = folder / "backup.dump"
    environment = {**os.environ, "PGHOST": str(url.query["host"]), "PGUSER": str(url.username)}
    subprocess.run([found / "pg_dump", "-Fc", "-f", dump, str(url.database)], env=environment, check=True)
    with postgis_database(request.getfixturevalue("postgis")) as address:
        name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
        restore = [found / "pg_restore", "--exit-on-error", "--clean", "--if-exists", "-d", str(name), dump]
        subprocess.run(restore, env=environment, check=True)
        other = Database(sqlalchemy_url(address))
        yield other
        other.dispose()


def test_d14_a_backup_restores_to_the_same_rows_hashes_and_audit(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Every row of every table is equal, files fit their hashes, the chain holds, and work goes on from there."""
    reference = a_decided_case(database, tmp_path)
    before = digests(database)
    with restored(database, tmp_path, request) as other:
        upgrade(other)
        assert digests(other) == before
        with other.reading(OFFICER) as work:
            assert list(audit.verify(work.session, 1)) == []
            notice = work.session.scalars(select(DecisionNoticeRow)).one()
            assert hashlib.sha256(notice.pdf).hexdigest() == notice.pdf_sha256
            storage = a_filing(tmp_path, AlwaysClean()).storage
            row = cases.get(work, reference)
            (document,) = documents_of(work, row.id)
            assert hashlib.sha256(storage.read(document.storage_key)).hexdigest() == document.sha256
        assert a_case(other) == "26-00002-HAPP"
    assert digests(database) == before


def documents_of(work: Any, case_id: int) -> list[Any]:
    """The documents of a case."""
    row = documents.DocumentRow
    return list(work.session.scalars(select(row).where(row.case_id == case_id)))


def test_d14_a_backup_of_a_database_in_use_is_whole(database: Database, tmp_path: Path) -> None:
    """SQLite's own backup, taken while cases are entered: a state that was committed, and the chain holds."""
    if database.is_postgresql:
        pytest.skip("pg_dump reads one snapshot")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            a_case(database, valid=False)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        file, copy = str(database.engine.url.database), tmp_path / "copy.db"
        for _ in range(3):
            with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target, pages=50, sleep=0.001)
    finally:
        stop.set()
        writer.join()
    other = Database(sqlalchemy_url(copy))
    with other.reading(OFFICER) as work:
        assert list(audit.verify(work.session, 1)) == []
    other.dispose()


def test_d15_a_reloaded_layer_leaves_what_was_found_and_a_new_check_says_what_changed(
    database: Database, tmp_path: Path
) -> None:
    """The case keeps its report, byte for byte, when the conservation area moves away; a new check names the change."""
    app = intake_app(database, tmp_path)
    app.include_router(case_routes.router)
    sender = TestClient(app, base_url="http://localhost", headers=key_for(app, "submissions:write"))
    told = sender.post("/api/v2/submissions", json=an_application()).json()
    officer, path = signed_in(app, Role.ASSESSOR), f"/api/v2/cases/{told['reference']}"
    found = officer.get(f"{path}/constraints")
    moved = Planted(translate(SITE.buffer(10), 9_000), "CA1", "High Street")
    plant(tmp_path / "store", Delivery("conservation-area", [moved], retrieved=clock.today()))
    assert officer.get(f"{path}/constraints").content == found.content
    version = officer.get(path).json()["version"]
    checked = officer.post(f"{path}/screen", json={"version": version}).json()
    assert checked["identity"] != told["screening"]
    (change,) = [one for one in checked["changes"] if one["dataset"] == "conservation-area"]
    assert (change["before"], change["after"], change["gone"]) == ("present", "absent", ["CA1"])
    events = [one["act"] for one in officer.get(f"{path}/audit").json()]
    assert events.count("screen_site") == 2


def test_d16_a_notice_is_kept_with_its_hash_and_made_again_to_the_byte(database: Database, tmp_path: Path) -> None:
    """From the kept content both the page and the PDF come out as they were issued."""
    a_decided_case(database, tmp_path)
    with database.reading(OFFICER) as work:
        kept = work.session.scalars(select(DecisionNoticeRow)).one()
        again = notice_from_json(kept.content)
        assert (notice_html(again), notice_pdf(again)) == (kept.html, kept.pdf)
        assert hashlib.sha256(kept.pdf).hexdigest() == kept.pdf_sha256
        assert hashlib.sha256(kept.html.encode()).hexdigest() == kept.html_sha256

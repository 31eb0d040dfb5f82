"""A register from another system: every row is accounted for, and importing it again changes nothing."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from sqlalchemy import select
from support.casework import NOON, OFFICER

from api.accounts import store as accounts
from api.cases.facts import case_of
from api.cases.tables import CaseRow
from api.core.audit import trail, verify
from api.core.db import Database
from api.submissions.bulk import ImportReport, import_table
from api.submissions.bulk_files import ColumnMapping, read_mapping, read_table
from bopsgis.errors import FormatRefused, InputRefused
from bopsgis.planning.case import Role
from bopsgis.planning.lifecycle import open_acts

MAPPING = """
[columns]
alternative_reference = "REF"
application_type = "TYPE"
status = "STAT"
received_on = "RECD"
proposal = "PROPOSAL"
address = "ADDRESS"
valid_on = "VALID"
decision = "DEC"
decided_on = "DECDATE"
applicant = "APPLICANT"
appeal_lodged_on = "APPEAL"

[application_types]
HSE = "pp.full.householder"

[statuses]
D = "decided"
V = "valid"
N = "received"
W = "withdrawn"
A = "appealed"

[decisions]
PER = "granted"
REF = "refused"

[file]
date_format = "%d/%m/%Y"
"""
HEADING = ("REF", "TYPE", "STAT", "RECD", "PROPOSAL", "ADDRESS", "VALID", "DEC", "DECDATE", "APPLICANT", "APPEAL")
GOOD = (
    ("19/001", "HSE", "D", "03/01/2019", "Porch", "1 A St", "04/01/2019", "PER", "20/02/2019", "A", ""),
    ("26/002", "HSE", "V", "01/05/2026", "Shed", "2 A St", "05/05/2026", "", "", "B", ""),
    ("26/003", "HSE", "N", "28/05/2026", "Roof", "3 A St", "", "", "", "", ""),
    ("20/004", "HSE", "W", "03/02/2020", "Wall", "4 A St", "", "", "", "", ""),
    ("21/005", "HSE", "A", "04/01/2021", "Hut", "5 A St", "05/01/2021", "REF", "01/03/2021", "", "01/06/2021"),
)
BAD = (
    (("26/010", "XYZ", "N", "28/05/2026", "a", "b", "", "", "", "", ""), "There is no application type"),
    (("26/011", "HSE", "Q", "28/05/2026", "a", "b", "", "", "", "", ""), "The status “Q” is not one of"),
    (("26/012", "HSE", "N", "31/02/2026", "a", "b", "", "", "", "", ""), "The received on “31/02/2026” is not a date."),
    (("26/013", "HSE", "N", "", "a", "b", "", "", "", "", ""), "The date of receipt is missing."),
    (("26/014", "HSE", "N", "28/05/2027", "a", "b", "", "", "", "", ""), "is still to come"),
    (("26/015", "HSE", "V", "28/05/2026", "a", "b", "", "", "", "", ""), "no date on which it became valid"),
    (("26/016", "HSE", "D", "04/05/2026", "a", "b", "05/05/2026", "", "", "", ""), "no decision or date"),
    (("26/017", "HSE", "D", "04/05/2026", "a", "b", "05/05/2026", "advice", "06/05/2026", "", ""), "not possible"),
    (("26/018", "HSE", "D", "04/05/2026", "a", "b", "05/05/2026", "PER", "01/05/2026", "", ""), "not in order"),
    (("26/019", "HSE", "A", "04/05/2026", "a", "b", "05/05/2026", "PER", "06/05/2026", "", ""), "no date of it"),
    (("26/020", "HSE", "V", "04/05/2026", "a", "b", "05/05/2026", "PER", "", "", ""), "was not decided"),
    (("26/021", "HSE", "N", "28/05/2026", "", "b", "", "", "", "", ""), "The proposal is missing"),
    (("", "HSE", "N", "28/05/2026", "a", "b", "", "", "", "", ""), "The alternative reference is missing"),
)


def a_csv(folder: Path, rows: Sequence[Sequence[str]], heading: Sequence[str] = HEADING) -> Path:
    """A CSV as a spreadsheet writes it, with a byte order mark."""
    path = folder / "register.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


def the_mapping(folder: Path, text: str = MAPPING) -> ColumnMapping:
    """The mapping file, read."""
    path = folder / "columns.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def imported(
    database: Database, folder: Path, path: Path, *, dry_run: bool = False, text: str = MAPPING
) -> ImportReport:
    """Import one file for council `a`."""
    with database.reading(OFFICER) as work:
        council = accounts.council_by_code(work, "a")
    return import_table(database, council, read_table(path), the_mapping(folder, text), NOON, dry_run=dry_run)


def cases_of(database: Database) -> dict[str, CaseRow]:
    """All cases by their reference in the other system."""
    with database.reading(OFFICER) as work:
        return {str(row.alternative_reference): row for row in work.session.scalars(select(CaseRow))}


def test_a_register_is_imported_once(database: Database, tmp_path: Path) -> None:
    """Every state as it was, audited as imported, numbered by year; the second time all are here already."""
    path = a_csv(tmp_path, GOOD)
    dry = imported(database, tmp_path, path, dry_run=True)
    assert (dry.accepted, cases_of(database)) == (5, {})
    report = imported(database, tmp_path, path)
    assert (report.accepted, report.rejected, report.duplicates, report.unmapped) == (5, [], [], ())
    rows = cases_of(database)
    assert {reference: row.status for reference, row in rows.items()} == {
        "19/001": "decided",
        "26/002": "valid",
        "26/003": "received",
        "20/004": "withdrawn",
        "21/005": "appealed",
    }
    assert (rows["19/001"].reference, rows["19/001"].decided_on) == ("19-00001-HAPP", date(2019, 2, 20))
    assert rows["26/002"].determination_deadline == date(2026, 6, 30)
    assert all(row.published_at is None for row in rows.values())
    assert open_acts(case_of(rows["19/001"]), Role.ASSESSOR)
    with database.reading(OFFICER) as work:
        assert [event.act for event in trail(work, rows["19/001"].id)] == ["receive", "import_case"]
        assert list(verify(work.session, 1)) == []
    again = imported(database, tmp_path, path)
    assert (again.accepted, [one.reference for one in again.duplicates]) == (0, [row[0] for row in GOOD])


def test_every_bad_row_is_rejected_with_its_reason(database: Database, tmp_path: Path) -> None:
    """Rows in = accepted + rejected + here already, and the reason says what is wrong with which row."""
    twice = GOOD[0]
    report = imported(database, tmp_path, a_csv(tmp_path, [*GOOD, *(row for row, _ in BAD), twice]), dry_run=True)
    assert (report.rows, report.accepted, len(report.duplicates)) == (len(GOOD) + len(BAD) + 1, 5, 1)
    assert [one.row for one in report.rejected] == list(range(6, 6 + len(BAD)))
    for found, (_, reason) in zip(report.rejected, BAD, strict=True):
        assert reason in found.reason
    assert json.loads(json.dumps(report.as_json()))["accepted"] == 5


def test_two_imports_at_the_same_time_make_each_case_once(database: Database, tmp_path: Path) -> None:
    """Between them they accept every row once."""
    table, mapping = read_table(a_csv(tmp_path, GOOD)), the_mapping(tmp_path)
    with database.reading(OFFICER) as work:
        council = accounts.council_by_code(work, "a")
    with ThreadPoolExecutor(2) as pool:
        turns = [pool.submit(import_table, database, council, table, mapping, NOON, dry_run=False) for _ in range(2)]
        reports = [turn.result() for turn in turns]
    assert sum(report.accepted for report in reports) == 5
    assert len(cases_of(database)) == 5


@pytest.mark.parametrize("name", ["register.gpkg", "register.parquet"])
def test_a_file_with_geometry_brings_the_sites(database: Database, tmp_path: Path, name: str) -> None:
    """GeoPackage and GeoParquet, in longitude and latitude; a bow tie is rejected; publishing only when asked."""
    squares = [shapely.box(430_000, 280_000, 430_020, 280_030), shapely.box(430_100, 280_000, 430_120, 280_030)]
    bow = shapely.Polygon([(430_000, 280_000), (430_020, 280_030), (430_020, 280_000), (430_000, 280_030)])
    rows: list[dict[str, Any]] = [dict(zip(HEADING, row, strict=True)) for row in (*GOOD[:2], GOOD[2])]
    frame = geopandas.GeoDataFrame(rows, geometry=[*squares, bow], crs=27700).to_crs(4326)
    path = tmp_path / name
    if name.endswith("gpkg"):
        frame.to_file(path)
    else:
        frame.to_parquet(path)
    report = imported(database, tmp_path, path, text=MAPPING + "publish = true\n")
    assert (report.accepted, [one.reference for one in report.rejected]) == (2, ["26/003"])
    assert all(row.site is not None and row.published_at == NOON.at for row in cases_of(database).values())


def test_a_csv_may_have_the_site_as_text(database: Database, tmp_path: Path) -> None:
    """WKT on the national grid."""
    text = MAPPING.replace("[application_types]", 'site = "WKT"\n\n[application_types]')
    wkt = "POLYGON ((430000 280000, 430020 280000, 430020 280030, 430000 280000))"
    imported(database, tmp_path, a_csv(tmp_path, [(*GOOD[2], wkt)], (*HEADING, "WKT")), text=text)
    assert cases_of(database)["26/003"].site is not None


def test_what_is_no_register_is_refused(tmp_path: Path) -> None:
    """Other endings, false endings, two columns of one name, bytes that are no text."""
    for name, content in (
        ("a.xlsx", b"x"),
        ("a.gpkg", b"x"),
        ("a.parquet", b"x"),
        ("a.csv", b"\xff\xfe"),
        ("b.csv", b"a,a\n"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatRefused):
            read_table(tmp_path / name)
    with pytest.raises(InputRefused, match="There is no file"):
        read_table(tmp_path / "c.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("columns = 3", "columns"),
        ("[columns", "cannot be read"),
        ('[columns]\nproposal = "P"', "say which column is"),
        (MAPPING.replace("proposal", "proposel"), "there is no proposel"),
        (MAPPING + "colour = 1\n", "file.colour"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """With the place of the fault."""
    with pytest.raises(InputRefused, match=words):
        the_mapping(tmp_path, text)


def test_a_column_that_is_not_there_is_refused(database: Database, tmp_path: Path) -> None:
    """Before any row is read."""
    with pytest.raises(InputRefused, match="no column APPEAL"):
        imported(database, tmp_path, a_csv(tmp_path, [row[:-1] for row in GOOD], HEADING[:-1]))

"""Time: what the law counts in days of England is the same wherever server and database stand (T01 to T10, I11)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from support.casework import NOON, OFFICER, a_case, app_of, nowhere, settled, signed_in

from api.cases import fee_routes, service
from api.cases import routes as case_routes
from api.cases import store as cases
from api.consultations import hearing_routes
from api.consultations import routes as consultation_routes
from api.core import clock
from api.core.audit import verify
from api.core.db import Database
from api.councils.service import received_on
from api.councils.settings import BusinessHours
from bopsgis.errors import CalendarExhausted
from bopsgis.planning import deadlines
from bopsgis.planning.calendar import england
from bopsgis.planning.case import Role
from bopsgis.planning.deadlines import determination_deadline
from bopsgis.planning.rulebook import read_rules

MIDSUMMER = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
ENTERED = {
    "application_type": "pp.full.householder",
    "proposal": "An extension",
    "address": "1 Example Street",
}
SITE = {"type": "Polygon", "coordinates": [[[430000, 280000], [430020, 280000], [430020, 280030], [430000, 280000]]]}


@pytest.fixture(params=["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """This process in another time zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def at(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    """Let the service's only clock show this instant."""

    class Stopped(datetime):
        """A datetime whose now is fixed."""

        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # the same, for our use
            """The instant in the zone asked for."""
            return instant.astimezone(tz)

    monkeypatch.setattr(clock, "datetime", Stopped)


class _Nothing:
    """A check of sites that finds nothing out."""

    def check(self, site: Any, on: date) -> Any:
        """No report."""
        del site, on

    def areas(self, site: Any, on: date) -> dict[str, str]:
        """Neither ward nor parish."""
        return nowhere(site, on)


def desk(database: Database) -> TestClient:
    """The browser of an assessor of council `a`."""
    routers = (case_routes.router, fee_routes.router, consultation_routes.router, hearing_routes.router)
    return signed_in(app_of(database, *routers, checks=_Nothing()), Role.ASSESSOR)


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (MIDSUMMER, date(2026, 7, 1)),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 23, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), date(2038, 1, 19)),
    ],
)
def test_t01_the_day_is_england_s_wherever_the_server_stands(
    monkeypatch: pytest.MonkeyPatch, instant: datetime, day: date
) -> None:
    """23:30 UTC on 30 June is 1 July; on both changes of the clock and after 2038 too (T01, T02, I11)."""
    at(monkeypatch, instant)
    assert (clock.today(), clock.now()) == (day, instant)


@pytest.mark.parametrize("zone", ["Pacific/Auckland"], indirect=True)
@pytest.mark.usefixtures("zone")
def test_t01_a_case_over_http_gets_the_day_of_england(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 00:30 on 1 July in London 1 July is not in the future, its case counts from it, and 2 July is refused."""
    if database.is_postgresql:
        with database.engine.begin() as connection:
            connection.execute(text("ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kathmandu'"))
        database.engine.dispose()
    try:
        at(monkeypatch, MIDSUMMER)
        officer = desk(database)
        early = officer.post("/api/v2/cases", json={**ENTERED, "received_on": "2026-07-02"})
        assert (early.status_code, early.json()["code"]) == (422, "day_of_receipt")
        case = officer.post("/api/v2/cases", json={**ENTERED, "received_on": "2026-07-01"}).json()
        assert (case["received_on"], case["reference"]) == ("2026-07-01", "26-00001-HAPP")
        (event,) = officer.get(f"/api/v2/cases/{case['reference']}/audit").json()
        assert datetime.fromisoformat(event["at"]) == MIDSUMMER
        with database.reading(OFFICER) as work:
            assert list(verify(work.session, 1)) == []
    finally:
        if database.is_postgresql:
            with database.engine.begin() as connection:
                connection.execute(text("ALTER ROLE CURRENT_USER RESET timezone"))


@given(st.dates(date(2024, 1, 1), date(2026, 12, 1)), st.sampled_from([56, 91]))
def test_t02_periods_are_dates_and_never_hours(start: date, days: int) -> None:
    """Over days of 23 and of 25 hours a period of weeks ends on the same weekday, so many days on."""
    kind = {56: "determination-standard", 91: "determination-major"}[days]
    assert determination_deadline(kind, start, england()).last_day == start + timedelta(days=days)


def test_t03_an_hour_that_happens_twice_is_kept_apart(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """01:30 on 25 October 2026 comes twice: two instants an hour apart, in order, each told with its zone."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    path = f"/api/v2/cases/{a_case(database)}"
    for hour in (0, 1):
        at(monkeypatch, first + timedelta(hours=hour))
        officer = desk(database)
        version = officer.get(path).json()["version"]
        assert officer.post(f"{path}/notes", json={"version": version, "text": f"{hour}"}).status_code == 200
        told = [one["at"] for one in officer.get(f"{path}/audit").json() if one["act"] == "note"]
    assert told == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]


GOLDEN = [
    (date(2026, 2, 28), date(2026, 4, 25), date(2026, 5, 30), date(2026, 6, 20)),
    (date(2024, 2, 29), date(2024, 4, 25), date(2024, 5, 30), date(2024, 6, 20)),
    (date(2025, 12, 24), date(2026, 2, 18), date(2026, 3, 25), date(2026, 4, 15)),
]


@pytest.mark.parametrize(("valid", "eight", "thirteen", "sixteen"), GOLDEN)
def test_t04_weeks_over_http_are_those_of_the_golden_table(
    database: Database, monkeypatch: pytest.MonkeyPatch, valid: date, eight: date, thirteen: date, sixteen: date
) -> None:
    """A householder, a major and an environmental application marked valid that day get these last days."""
    at(monkeypatch, datetime(valid.year, valid.month, valid.day, 12, tzinfo=UTC))
    officer = desk(database)
    kinds = [("pp.full.householder", False), ("pp.full.major", False), ("pp.full.major", True)]
    last_days = []
    for kind, environmental in kinds:
        body = {**ENTERED, "application_type": kind, "environmental_impact": environmental, "site": SITE}
        entered = officer.post("/api/v2/cases", json={**body, "site_crs": 27700, "received_on": valid.isoformat()})
        case = settled(officer, entered.json())
        path = f"/api/v2/cases/{case['reference']}/validate"
        done = officer.post(path, json={"version": case["version"], "valid_on": valid.isoformat()})
        assert done.status_code == 200, done.text
        last_days.append(date.fromisoformat(done.json()["determination_deadline"]))
    assert last_days == [eight, thirteen, sixteen]


def test_t05_a_holiday_in_the_extension_extends_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice put up on 5 December 2025: its 21st day would be Christmas Day, so it ends on the 27th."""
    at(monkeypatch, datetime(2025, 12, 5, 12, tzinfo=UTC))
    officer = desk(database)
    entered = {**ENTERED, "received_on": "2025-12-01", "site": SITE, "site_crs": 27700}
    case = settled(officer, officer.post("/api/v2/cases", json=entered).json())
    path = f"/api/v2/cases/{case['reference']}"
    officer.post(f"{path}/validate", json={"version": case["version"], "valid_on": "2025-12-01"})
    notice = officer.post(f"{path}/notices", json={"means": "site_notice"}).json()
    answer = officer.post(f"{path}/notices/{notice['id']}/confirm", json={"given_on": "2025-12-05"})
    assert "2025-12-27" in answer.text


def test_t06_past_the_known_holidays_no_day_is_guessed() -> None:
    """The calendar refuses what it cannot know, and the alarm is due 90 days before it ends."""
    last = england().known_until
    assert england().add_working_days(date(last.year, 12, 1), 5) <= last
    with pytest.raises(CalendarExhausted):
        england().add_working_days(last, 10)
    assert [england().needs_renewal(last - timedelta(days=days)) for days in (91, 89, 1)] == [False, True, True]


@pytest.mark.parametrize(
    ("sent", "counted"),
    [
        (datetime(2026, 6, 30, 15, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 16, 30, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 4, 3, 9, 0, tzinfo=UTC), date(2026, 4, 7)),
        (datetime(2026, 8, 29, 9, 0, tzinfo=UTC), date(2026, 9, 1)),
    ],
)
def test_t07_what_comes_out_of_hours_counts_from_the_next_working_day(sent: datetime, counted: date) -> None:
    """By five in the afternoon in London, over Easter and the August bank holiday."""
    assert received_on(sent, england(), BusinessHours()) == counted


def test_t08_extensions_after_the_day_and_twice(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Agreed after expiry and again later: the newest stands; back in time, and to the day before, is refused."""
    reference = a_case(database)
    at(monkeypatch, datetime(2026, 9, 1, 12, tzinfo=UTC))
    officer = desk(database)
    path = f"/api/v2/cases/{reference}"

    def extend(until: str) -> Any:
        version = officer.get(path).json()["version"]
        return officer.post(f"{path}/extend-time", json={"version": version, "until": until, "reason": "Agreed."})

    assert extend("2026-10-02").json()["determination_deadline"] == "2026-10-02"
    assert extend("2026-11-06").json()["extended_to"] == "2026-11-06"
    for wrong in ("2026-06-01", "1026-10-02"):
        assert extend(wrong).status_code in {409, 422}
    assert officer.get(path).json()["extended_to"] == "2026-11-06"


WRONG_DATES: list[object] = [
    "2026-02-31",
    "0026-06-01",
    "26-06-01",
    "06/01/2026",
    "01/06/2026",
    "2026-6-1",
    "\u0662\u0660\u0662\u0666-\u0660\u0666-\u0660\u0661",  # Arabic digits
    "today",
    "",
    "2026-06-01T00:00:00",
    "9999-12-31",
    "10000-01-01",
    "2026-W23-1",
    "20260601",
    20260601,
    0,
    1.5,
    True,
    None,
]


def test_t09_no_other_way_of_writing_a_date_is_taken(database: Database) -> None:
    """Year-month-day in full and nothing else: each is 422 with the field, and no case is opened."""
    officer = desk(database)
    for day in WRONG_DATES:
        answer = officer.post("/api/v2/cases", json={**ENTERED, "received_on": day})
        assert answer.status_code == 422, f"{day!r}: {answer.text}"
        assert "received_on" in answer.text or answer.json()["code"] == "day_of_receipt", day
    assert officer.get("/api/v2/cases").json()["cases"] == []


def test_t10_each_case_is_judged_by_the_law_of_its_own_day(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight weeks become nine at midnight: who was valid before keeps eight, though validated or saved afterwards."""
    law = {**read_rules("periods")}
    new, old = {"weeks": 9, "from": date(2026, 5, 30)}, {"weeks": 8, "from": date(2026, 1, 1)}
    law["determination-standard"] = {**law["determination-standard"], **new, "earlier": [old]}
    changed = deadlines.periods_from_data(law)
    monkeypatch.setattr(deadlines, "periods", lambda: changed)
    before, after = a_case(database, valid=False), a_case(database, valid=False)
    with database.unit_of_work(OFFICER) as work:  # on 1 June, when the new law has been in force for two days
        service.validate(work, cases.lock(work, before), date(2026, 5, 29), NOON)
        service.validate(work, cases.lock(work, after), date(2026, 5, 30), NOON)
    with database.reading(OFFICER) as work:
        days = [cases.get(work, reference).determination_deadline for reference in (before, after)]
        explained = cases.get(work, before).deadline_explained
    assert days == [date(2026, 7, 24), date(2026, 8, 1)]
    assert explained is not None
    assert "8 weeks" in explained
    assert "24 July 2026" in explained

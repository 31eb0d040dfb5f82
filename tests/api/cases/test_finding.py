"""Finding cases: the officers' lists, their counts and workload, and the public register, on both stores."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import shapely
from support.casework import ADMINISTRATOR, NOON, OFFICER

from api.accounts.officers import add_officer
from api.cases import service, store
from api.cases.constraints import override, take_back_override
from api.cases.finding import Found, Line, choices, find, tab_counts, workloads
from api.cases.published import find_published
from api.cases.receive import NewCase, Person, receive
from api.cases.wanted import Days, Near, Order, Sort, Tab, Wanted
from api.cases.words import index_words
from api.core.access import Access
from api.core.db import Database
from bopsgis.boundary import from_geometry
from bopsgis.planning.case import CaseStatus, Role

TODAY = NOON.on
OTHER = Access(council_id=2, actor="Other council", roles=frozenset({Role.ASSESSOR}))


def received(database: Database, place: int, access: Access = OFFICER, *, valid: bool = False, **parts: Any) -> str:
    """A householder case on the square number `place` of a row, 100 m apart; its reference."""
    west = 430000 + 100 * place
    plain: dict[str, Any] = {
        "application_type": "pp.full.householder",
        "received_on": date(2026, 5, 28),
        "proposal": "A single-storey rear extension",
        "address": f"{place} Example Street",
        "site": from_geometry(shapely.box(west, 280000, west + 20, 280030)),
    }
    with database.unit_of_work(access) as work:
        reference = receive(work, NewCase(**{**plain, **parts}), NOON).reference
        if valid:
            service.validate(work, store.lock(work, reference), date(2026, 5, 29), NOON)
    return reference


def places(found: Found[Line]) -> list[int]:
    """The numbers of the places, as listed."""
    return [int(line.address.split()[0]) for line in found.lines]


def listed(
    database: Database, access: Access = OFFICER, tab: Tab = Tab.ALL, on: date = TODAY, **wanted: Any
) -> list[int]:
    """The places of the cases that fit, in the usual order."""
    with database.reading(access) as work:
        found = find(work, Wanted(**wanted), on=on, tab=tab)
        assert found.total == len(found.lines)
        return places(found)


def test_a_case_is_found_by_everything_it_is_known_by_however_it_is_typed(database: Database) -> None:
    """Reference, address, UPRN, postcode, people, description and other reference; beginnings of words; all words."""
    reference = received(
        database,
        1,
        address="1 St. John's Road",
        postcode="XT1 2AB",
        uprns=("900000000017",),
        alternative_reference="PP-0815/42",
        people={"applicant": Person("Zoë Müller-O'Neill", company="Hidden Holdings", email="zoe@example.org")},
    )
    received(database, 2, access=OTHER, address="2 St. John's Road")
    received(database, 3)
    for words in (
        reference, reference.lower(), reference.replace("-", "/"), reference.replace("-", ""), "26 00001",
        "st johns road", "ST. JOHN'S", "900000000017", "xt12ab", "XT1 2AB", "xt1", "pp 0815", "PP081542", "zoe",
        "muller o'neill", "oneill", "hidden", "rear EXTENSION st-johns", "single storey johns",
    ):  # fmt: skip
        assert listed(database, words=words) == [1], words
    for words in ("hanover", "s johns", "9", "xt1 2ac", "johns mill", "zoe@example.org", "%", "_ohns"):
        found = listed(database, words=words)
        assert found == ([1, 3] if words == "%" else []), words  # punctuation alone asks for nothing


def test_a_changed_description_is_found_and_the_old_one_is_not(database: Database) -> None:
    """Words follow the case when what they came from is changed."""
    from_before = received(database, 1, proposal="A conservatory")
    assert listed(database, words="conservatory") == [1]
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, from_before)
        row.proposal = "A porch"
        index_words(work, row)
    assert listed(database, words="conservatory") == []
    assert listed(database, words="porch") == [1]


def test_filters_narrow_and_days_count_on_both_ends(database: Database) -> None:
    """Each field narrows; of several values in one any will do."""
    received(database, 1, ward="North", received_on=date(2026, 5, 1))
    received(database, 2, ward="South", received_on=date(2026, 5, 2))
    received(database, 3, ward="South", received_on=date(2026, 5, 3), application_type="pp.full.minor")
    received(database, 4, valid=True, application_type="pp.full.minor")
    assert listed(database, wards=frozenset({"South"})) == [2, 3]
    assert listed(database, wards=frozenset({"South", "North"}), types=frozenset({"pp.full.householder"})) == [1, 2]
    assert listed(database, received=Days(date(2026, 5, 1), date(2026, 5, 2))) == [1, 2]
    assert listed(database, received=Days(first=date(2026, 5, 3))) == [4, 3]
    assert listed(database, statuses=frozenset({CaseStatus.VALID})) == [4]
    assert listed(database, valid=Days(last=date(2026, 5, 29))) == [4]
    assert listed(database, deadline=Days(date(2026, 7, 24), date(2026, 7, 24))) == [4]
    assert listed(database, access=OTHER) == []


def test_places_are_found_by_area_and_by_distance(database: Database) -> None:
    """A drawn area finds what it meets; a place finds what is near, nearest first, with the distance."""
    for place in (1, 2, 3):
        received(database, place)
    received(database, 4, site=None)
    triangle = shapely.Polygon([(430120, 280030), (430240, 280030), (430240, 280100)])
    assert listed(database, area=triangle) == [1, 2]
    with database.reading(OFFICER) as work:
        near = Near(430350, 280010, 200)
        found = find(work, Wanted(near=near), on=TODAY, order=Order(Sort.DISTANCE))
        assert places(found) == [3, 2]
        assert [line.distance_m for line in found.lines] == [30, 130]
        for wanted in (Wanted(near=near), Wanted(words="example")):
            beyond = find(work, wanted, on=TODAY, page=3, size=2)
            assert (beyond.lines, beyond.total) == ((), 2 if wanted.near else 4)
        with pytest.raises(ValueError, match="distance"):
            find(work, Wanted(), on=TODAY, order=Order(Sort.DISTANCE))


def test_a_case_is_found_by_what_officers_say_of_its_constraints(database: Database) -> None:
    """An added constraint affects the case until it is taken back."""
    reference = received(database, 1)
    received(database, 2)
    with database.unit_of_work(OFFICER) as work:
        override(work, store.lock(work, reference), "green-belt", "", "added", "On the new plan.", NOON)
    wanted = frozenset({"green-belt", "flood-risk-zone"})
    assert listed(database, constraints=wanted) == [1]
    with database.unit_of_work(OFFICER) as work:
        take_back_override(work, store.lock(work, reference), "green-belt", "", "A mistake.", NOON)
    assert listed(database, constraints=wanted) == []


def test_lists_are_sorted_in_pages_that_neither_repeat_nor_lose_a_case(database: Database) -> None:
    """Cases without a value come last, and first the other way round; equal ones keep one order over all pages."""
    for place in range(1, 6):
        received(database, place, valid=place > 2, received_on=date(2026, 5, 20 + place % 2))
    with database.reading(OFFICER) as work:
        for by in set(Sort) - {Sort.DISTANCE}:
            for descending in (False, True):
                order = Order(by, descending)
                pages = [find(work, Wanted(), on=TODAY, order=order, page=page, size=2) for page in (1, 2, 3, 4)]
                assert [len(page.lines) for page in pages] == [2, 2, 1, 0]
                assert pages[0].pages == 3
                assert sorted(place for page in pages for place in places(page)) == [1, 2, 3, 4, 5]
        assert places(find(work, Wanted(), on=TODAY)) == [3, 4, 5, 1, 2]
        assert places(find(work, Wanted(), on=TODAY, order=Order(Sort.DEADLINE, descending=True))) == [2, 1, 5, 4, 3]
        assert places(find(work, Wanted(), on=TODAY, order=Order(Sort.RECEIVED))) == [2, 4, 1, 3, 5]


def test_the_parts_of_a_dashboard_and_the_workload_are_counted(database: Database) -> None:
    """Mine, unassigned, overdue and all, as listed and as counted; closed cases are in "all" only."""
    with database.unit_of_work(ADMINISTRATOR) as work:
        names = ("Ann", "Ben")
        ann, ben = (
            add_officer(work, email=f"{n}@a.example", name=n, roles={Role.ASSESSOR}, password=None, at=NOON.at).id
            for n in names
        )
    references = [received(database, place, valid=place != 5) for place in range(1, 6)]
    with database.unit_of_work(OFFICER) as work:
        for reference, officer in zip(references, (ann, ann, ben), strict=False):
            service.assign(work, store.lock(work, reference), officer, NOON)
        service.withdraw(work, store.lock(work, references[0]), "Changed plans.", NOON)
    me = Access(1, "Ann <ann@a.example>", OFFICER.roles, officer_id=ann)
    deadline = date(2026, 7, 24)
    with database.reading(me) as work:
        counts = tab_counts(work, Wanted(), on=deadline + timedelta(days=1))
        expected = {Tab.MINE: 1, Tab.UNASSIGNED: 2, Tab.AWAITING_REVIEW: 0, Tab.OVERDUE: 3, Tab.ALL: 5}
        assert counts == expected
        assert tab_counts(work, Wanted(), on=deadline)[Tab.OVERDUE] == 0
        assert tab_counts(work, Wanted(words="nothing"), on=TODAY) == dict.fromkeys(Tab, 0)
        load = [(one.name, one.open, one.overdue, one.due_soon) for one in workloads(work, on=deadline)]
        assert load == [("Ann", 1, 0, 1), ("Ben", 1, 0, 1)]
        assert choices(work).officers == ((ann, "Ann"), (ben, "Ben"))
        assert choices(work).types == ("pp.full.householder",)
    assert listed(database, me, Tab.MINE) == [2]
    assert listed(database, me, Tab.UNASSIGNED) == [4, 5]
    assert listed(database, me, Tab.OVERDUE, on=deadline + timedelta(days=1)) == [2, 3, 4]


def test_nobody_is_asked_to_review_their_own_recommendation(database: Database) -> None:
    """A recommendation waits for every officer but the one who made it."""
    reference = received(database, 1, valid=True)
    with database.unit_of_work(OFFICER) as work:
        row = store.lock(work, reference)
        row.status, row.recommendation = "awaiting_review", {"recommended_by": "Ann"}
    ann, ben = (Access(1, name, frozenset({Role.REVIEWER})) for name in ("Ann", "Ben"))
    assert listed(database, ann, Tab.AWAITING_REVIEW) == []
    assert listed(database, ben, Tab.AWAITING_REVIEW) == [1]


def test_the_register_shows_published_cases_and_allowed_fields_only(database: Database) -> None:
    """What is not published, not allowed or another council's is neither shown nor found."""
    people = {
        "applicant": Person("Jane Doe", company="Hidden Holdings", email="jane@example.org", phone="0123"),
        "agent": Person("A. Architect", company="Shown Studio", email="agent@example.org"),
    }
    shown = received(database, 1, valid=True, people=people, alternative_reference="PP-4711", ward="North")
    received(database, 2, people=people)
    received(database, 3, access=OTHER, valid=True, people=people)
    public = Access.public(1)
    with database.reading(public) as work:
        found = find_published(work, Wanted())
        assert [line.view["reference"] for line in found.lines] == [shown]
        fields = found.lines[0].view
        assert set(fields) == {"reference", "application_type", "status", "proposal", "site", "dates", "decision"}
        assert set(fields["site"]) == {"address", "ward", "parish"}
        assert (set(fields["proposal"]), set(fields["decision"])) == ({"description"}, {"outcome"})
        for words, count in (("jane", 1), ("shown studio", 1), ("hidden", 0), ("4711", 0), ("pp4711", 0), ("0123", 0)):
            assert find_published(work, Wanted(words=words)).total == count, words
        for wanted, order in ((Wanted(officers=frozenset({1})), Order()), (Wanted(), Order(Sort.OFFICER))):
            with pytest.raises(ValueError, match="officer"):
                find_published(work, wanted, order=order)

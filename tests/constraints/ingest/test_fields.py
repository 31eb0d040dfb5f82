from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.catalogue import dataset
from constraints.ingest.fields import find
from constraints.ingest.naming import key_of, matches
from constraints.ingest.records import PROVISIONAL, read_told

RETRIEVED = date(2024, 10, 29)
TPO = dataset("tree-preservation-zone").attributes


@pytest.mark.parametrize(
    ("columns", "field", "column"),
    [
        (("REF_NO", "Notes"), "reference", "REF_NO"),
        (("ListEntry", "Name"), "reference", "ListEntry"),
        (("objectid", "sac_code", "id"), "reference", "sac_code"),
        (("la_code", "post_code", "STREET_NUMBER"), "reference", None),
        (("organisation_name", "sssi_name"), "name", "sssi_name"),
        (("Conservation_area", "Conservation_area_number"), "name", "Conservation_area"),
        (("designatio",), "start-date", "designatio"),
        (("DATE_OF_LI",), "start-date", "DATE_OF_LI"),
        (("datemade", "dateconfir"), "confirmed-date", "dateconfir"),
        (("was_a_poin",), "was-a-point", "was_a_poin"),
        (("organisation-entity",), "organisation", "organisation-entity"),
    ],
)
def test_columns_are_found_under_their_publishers_names(
    columns: tuple[str, ...], field: str, column: str | None
) -> None:
    """Real spellings, Shapefiles' cut names among them, are found; somebody else's name or code is not taken."""
    found = find({name: [f"a{name}"] for name in columns}, ())
    assert found.columns.get(field) == column


def test_an_empty_column_gives_way_to_one_that_says_something() -> None:
    """Of `name` (empty throughout) and `sac_name` the one with values is the name."""
    found = find({"name": ["", ""], "sac_name": ["Bath", ""]}, ())
    assert found.fields["name"] == ["Bath", ""]


def test_a_cut_name_with_numbers_is_a_reference() -> None:
    """`Conservati` may be cut from a name or a number: with digits only it is the reference."""
    assert find({"Conservati": ["1", "3"]}, ()).columns == {"reference": "Conservati"}
    assert find({"Conservati": ["Mill Lane", ""]}, ()).columns["name"] == "Conservati"


def test_attributes_are_the_catalogues() -> None:
    """A council's TPO columns become the catalogue's attributes under the catalogue's names; others are left."""
    found = find({"TPO_number": ["516"], "TPO_type": ["Area"], "CAVAT": ["£1"], "Species": ["Ash"]}, TPO)
    told = read_told(found, 1, RETRIEVED)
    assert told.attributes == [
        {"tree-preservation-order": "516", "tree-preservation-zone-type": "Area", "tree-species-list": "Ash"}
    ]


def test_a_provisional_order_counts_from_its_making_and_says_so() -> None:
    """Provisional in the confirmation column is kept as a word; "Signed, Authorised" is not known, with a remark."""
    columns = {
        "Made_date": ["23/03/2021", "Provisional", "01/02/2003", "01/02/2003"],
        "Confirmed_": ["PROVISIONAL", "", "Signed, Authorised", "07/04/2003"],
    }
    told = read_told(find(columns, TPO), 4, RETRIEVED)
    assert [str(day) for day in told.start_date] == ["2021-03-23", "NaT", "2003-02-01", "2003-02-01"]
    assert [each.get(PROVISIONAL) for each in told.attributes] == ["PROVISIONAL", "Provisional", None, None]
    assert [each.get("confirmed-date") for each in told.attributes] == ["PROVISIONAL", None, None, "2003-04-07"]
    assert {(row, code) for row, code, _ in told.remarks} == {
        (1, "provisional"),
        (2, "provisional"),
        (3, "date_unreadable"),
    }


def test_a_start_far_ahead_is_a_slip_and_a_near_one_is_not() -> None:
    """A listing dated 2096 would never be in force: it is unknown. A direction for next year stays in the future."""
    told = read_told(
        find({"start-date": ["2096-05-31", "2025-06-01"], "end-date": ["2096-05-31", ""]}, ()), 2, RETRIEVED
    )
    assert [str(day) for day in told.start_date] == ["NaT", "2025-06-01"]
    assert str(told.end_date[0]) == "2096-05-31"
    assert [(row, code) for row, code, _ in told.remarks] == [(1, "date_far_future")]


def test_flood_levels_have_one_spelling() -> None:
    """FZ3, Flood Zone 3a and 3 are all level 3; other words stay as they are."""
    told = read_told(
        find({"flood_zone": ["FZ3", "Flood Zone 2", "3a", "high"]}, dataset("flood-risk-zone").attributes), 4, RETRIEVED
    )
    assert [each["flood-risk-level"] for each in told.attributes] == ["3", "2", "3", "high"]


def test_uprns_and_councils_of_a_row() -> None:
    """UPRNs are found however they are separated; only a council that can be compared is named."""
    columns = {
        "uprns": ["100023336956;200003453172", "[1, 22]", ""],
        "organisation": ["local-authority:SWK", "e09000028", "E06000022"],
    }
    told = read_told(find(columns, ()), 3, RETRIEVED)
    assert told.uprns == [("100023336956", "200003453172"), ("1", "22"), ()]
    known = ("E09000028", "local-authority:LBH")
    assert [told.councils(row, known) for row in range(3)] == [(), ("E09000028",), ("E06000022",)]


def test_nothing_found_is_nothing_known() -> None:
    """A delivery without any known column has empty texts, unknown dates and no remarks."""
    told = read_told(find({"colour": ["red"]}, TPO), 1, RETRIEVED)
    assert told.reference == [""]
    assert np.isnat(told.start_date).all()
    assert told.attributes == [{}]
    assert told.remarks == ()


@given(st.text(max_size=20))
def test_names_match_themselves_whatever_their_case(name: str) -> None:
    """Comparison of names is reflexive, and the key of a key is itself."""
    assert matches(name, name)
    assert key_of(key_of(name)) == key_of(name)

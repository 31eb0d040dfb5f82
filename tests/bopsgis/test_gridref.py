from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bopsgis import gridref
from bopsgis.errors import GridReferenceRefused
from bopsgis.types import Point

EASTINGS = st.floats(0, 699_999.999, allow_nan=False)
NORTHINGS = st.floats(0, 1_299_999.999, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "easting", "northing", "side_m"),
    [
        ("TQ", 500_000, 100_000, 100_000),
        ("TQ 30", 530_000, 100_000, 10_000),
        ("tq3080", 530_000, 180_000, 1_000),
        ("TQ 334 779", 533_400, 177_900, 100),
        ("TQ334779", 533_400, 177_900, 100),
        ("Tq 3341 7790", 533_410, 177_900, 10),
        ("  TQ\t33412 77901 ", 533_412, 177_901, 1),
        ("TG 51409 13177", 651_409, 313_177, 1),
        ("SV000000", 0, 0, 100),
        ("HU 396753", 439_600, 1_175_300, 100),
        ("NN 166 712", 216_600, 771_200, 100),
    ],
)
def test_every_form_is_read(text: str, easting: float, northing: float, side_m: float) -> None:
    """Two letters with 0 to 10 figures, in any case and spacing, name one square."""
    assert gridref.parse(text) == gridref.GridSquare(easting, northing, side_m)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TQ 3", "uneven_figures"),
        ("TQ3080X", "grid_reference_refused"),
        ("TQ 12345 123456", "uneven_figures"),
        ("TQ 123456 123456", "uneven_figures"),
        ("TQ 1234 12", "uneven_figures"),
        ("TI 30 80", "letter_i"),
        ("IQ 30 80", "letter_i"),
        ("N 123 456", "irish_grid"),
        ("WA 12 34", "outside_great_britain"),
        ("AA 12 34", "outside_great_britain"),
        ("MC 12 34", "outside_great_britain"),
        ("TQR 12 34", "grid_reference_refused"),
        ("", "grid_reference_refused"),
        ("12 34", "grid_reference_refused"),
        ("TQ-12-34", "grid_reference_refused"),
        ("TQ \u0663\u0664 \u0667\u0667", "grid_reference_refused"),
        ("\uff34\uff31 12 34", "grid_reference_refused"),
        ("TQ 1 2\0", "grid_reference_refused"),
        ("TQ " + "1" * 1_000_000, "grid_reference_refused"),
    ],
)
def test_what_is_not_a_grid_reference_is_refused(text: str, code: str) -> None:
    """Wrong letters, odd figures, other grids and look-alike characters are refused with a code and a hint."""
    with pytest.raises(GridReferenceRefused) as refusal:
        gridref.parse(text)
    assert refusal.value.code == code
    assert len(str(refusal.value)) < 300


@given(EASTINGS, NORTHINGS, st.sampled_from([0, 2, 4, 6, 8, 10]))
def test_a_reference_names_the_square_that_holds_the_place(easting: float, northing: float, digits: int) -> None:
    """Formatting and parsing gives a square around the place (to a micrometre), wherever there is land."""
    point = Point(easting, northing)
    if not gridref.has_land(point):
        return
    square = gridref.parse(gridref.format(point, digits))
    assert square.side_m == 100_000 / 10 ** (digits // 2)
    assert square.easting - 1e-5 <= easting <= square.easting + square.side_m + 1e-5
    assert square.northing - 1e-5 <= northing <= square.northing + square.side_m + 1e-5
    assert square.bbox.west == square.south_west.easting
    assert square.centre.northing == square.northing + square.side_m / 2


def test_figures_are_cut_and_not_rounded() -> None:
    """A place belongs to the square it is in, but a hair under a whole metre counts as that metre."""
    assert gridref.format(Point(533_499.9, 177_999.9), digits=6) == "TQ 334 779"
    assert gridref.format(Point(533_399.9999999999, 177_901.0)) == "TQ 33400 77901"
    assert gridref.format(Point(0, 0), digits=0) == "SV"


def test_many_are_formatted_at_once() -> None:
    """Arrays give arrays of text in the same order and shape."""
    names = gridref.format_many(np.array([[533_412.0, 439_668.0]]), np.array([[177_901.0, 1_175_316.0]]), digits=8)
    assert names.tolist() == [["TQ 3341 7790", "HU 3966 7531"]]
    assert gridref.format_many([], []).size == 0


@pytest.mark.parametrize("point", [Point(-0.1, 0), Point(700_000, 0), Point(0, 1_300_000), Point(float("nan"), 0)])
def test_places_off_the_grid_have_no_reference(point: Point) -> None:
    """Outside the grid there is no square to name."""
    with pytest.raises(GridReferenceRefused):
        gridref.format(point)
    assert not gridref.has_land(point)


@pytest.mark.parametrize("digits", [-2, 1, 3, 12])
def test_only_even_figures_can_be_asked_for(digits: int) -> None:
    """A programmer's mistake in the number of figures is an error."""
    with pytest.raises(ValueError, match="digits"):
        gridref.format(Point(533_412, 177_901), digits)


@pytest.mark.parametrize("text", ["533412,177901", " 533412 , 177901 ", "533412 177901", "533412.0, 177901.00"])
def test_easting_and_northing_are_read(text: str) -> None:
    """A pair of metres is a place too."""
    assert gridref.parse_point(text) == Point(533_412, 177_901)


@pytest.mark.parametrize("text", ["51.5,-0.1", "533412", "533412,", "1e5,1e5", "nan,nan", "699999,1", "0,0,0"])
def test_other_pairs_are_refused(text: str) -> None:
    """Degrees, halves of pairs and places at sea are refused."""
    with pytest.raises(GridReferenceRefused):
        gridref.parse_point(text)


def test_a_reference_stands_for_its_south_west_corner() -> None:
    """As Ordnance Survey counts, the place of a reference is the corner of its square."""
    assert gridref.parse_point("TQ 334 779") == Point(533_400, 177_900)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes anything but a place or a refusal."""
    outcome: Point | GridReferenceRefused
    try:
        outcome = gridref.parse_point(text)
    except GridReferenceRefused as refusal:
        outcome = refusal
    assert isinstance(outcome, Point) or outcome.message

"""What a location plan must show, checked from geometry alone: council, highway, address."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from api.maps.location_plan import AddressPlace, CouncilArea, Location, Part, State, check_location
from bopsgis.boundary import Boundary, from_geometry
from bopsgis.types import Point

WEST = CouncilArea("W", "West", shapely.box(400_000, 200_000, 410_000, 210_000))
EAST = CouncilArea("E", "East", shapely.box(410_000, 200_000, 420_000, 210_000))
SITE = shapely.box(405_000, 205_000, 405_020, 205_030)
ROAD = shapely.box(404_900, 204_990, 405_100, 205_000)
"""Along the site's south side."""


def site(shape: shapely.Geometry = SITE) -> Boundary:
    """A site boundary."""
    return from_geometry(shape)


def found(part: Part, shape: shapely.Geometry = SITE, **known: object) -> tuple[State, str, Point | None]:
    """State, words and place of one check."""
    (one,) = [each for each in check_location(site(shape), Location(**known)) if each.part is part]  # type: ignore[arg-type]  # what each test knows
    assert (one.hint == "") == (one.state is State.MET)
    return one.state, one.sentence, one.at


def test_all_three_are_met() -> None:
    """A site in its council, at a road and round its address has nothing against it, and each check says so."""
    address = AddressPlace("1 Mill Lane", Point(405_010.0, 205_010.0))
    known = Location(councils=(WEST, EAST), home="W", roads=(ROAD,), addresses=(address,))
    answers = check_location(site(), known)
    assert [one.part for one in answers] == [Part.COUNCIL, Part.HIGHWAY, Part.ADDRESS]
    assert {one.state for one in answers} == {State.MET}
    assert [one.sentence for one in answers] == [
        "The site lies inside West.",
        "The site reaches a road.",
        "The site takes in the address given, 1 Mill Lane.",
    ]


def test_without_data_nothing_is_claimed() -> None:
    """Where nothing is loaded each check says that it could not be made, and what to do instead."""
    answers = check_location(site(), Location())
    assert {one.state for one in answers} == {State.NOT_KNOWN}
    assert all(one.hint for one in answers)


@pytest.mark.parametrize(
    ("shape", "home", "state", "said"),
    [
        (
            shapely.box(409_990, 205_000, 410_030, 205_010),
            "W",
            State.WARNING,
            "300 m² of the site (75.0 %) lie outside",
        ),
        (shapely.box(409_990, 205_000, 410_030, 205_010), None, State.WARNING, "in 2 councils: West and East"),
        (shapely.box(411_000, 205_000, 411_030, 205_010), "W", State.WARNING, "outside West: it is in East"),
        (shapely.box(411_000, 205_000, 411_030, 205_010), None, State.MET, "inside East"),
        (shapely.box(430_000, 205_000, 430_030, 205_010), None, State.WARNING, "no council whose boundary is loaded"),
        (shapely.box(430_000, 205_000, 430_030, 205_010), "W", State.WARNING, "outside West"),
        (
            shapely.box(419_990, 205_000, 420_030, 205_010),
            None,
            State.WARNING,
            "300 m² of the site (75.0 %) lie outside",
        ),
        (shapely.box(409_960, 205_000, 410_000.6, 205_010), "W", State.MET, "inside West"),
        (SITE, "X", State.NOT_KNOWN, "boundary of this council is not loaded"),
    ],
)
def test_the_council(shape: shapely.Geometry, home: str | None, state: State, said: str) -> None:
    """Inside, astride and outside; a strip thinner than maps are exact is not outside."""
    given_state, words, at = found(Part.COUNCIL, shape, councils=(WEST, EAST), home=home)
    assert (given_state, said in words) == (state, True), words
    if "outside" in words and "inside" not in words:
        assert at is not None
        assert shape.covers(shapely.Point(at.easting, at.northing))


@pytest.mark.parametrize(
    ("roads", "state", "said"),
    [
        ((ROAD,), State.MET, "reaches a road"),
        ((shapely.affinity.translate(ROAD, 0, -0.9),), State.MET, "reaches a road"),
        ((shapely.affinity.translate(ROAD, 0, -12.4),), State.WARNING, "12.4 m to the south"),
        ((), State.WARNING, "no road within 200 m"),
    ],
)
def test_the_highway(roads: Sequence[shapely.Geometry], state: State, said: str) -> None:
    """At a road, all but at it, and away from it: the distance, the direction and the nearest place on the site."""
    given_state, words, at = found(Part.HIGHWAY, roads=roads)
    assert (given_state, said in words) == (state, True), words
    if "12.4" in words:
        assert at is not None
        assert at.northing == 205_000.0


def test_the_address() -> None:
    """An address outside is a warning at its place; one whose plot the site takes in is not, nor one of several."""
    away = AddressPlace("9 Far Lane", Point(405_010.0, 204_966.0))
    state, words, at = found(Part.ADDRESS, addresses=(away,))
    assert state is State.WARNING
    assert words == "The site does not take in the address given, 9 Far Lane: that is 34 m to the south."
    assert at == away.at
    plot = AddressPlace("9 Far Lane", away.at, shapely.box(405_000, 204_950, 405_020, 205_010))
    assert found(Part.ADDRESS, addresses=(plot,))[0] is State.MET
    inside = AddressPlace("1 Mill Lane", Point(405_010.0, 205_010.0))
    assert found(Part.ADDRESS, addresses=(away, inside))[:2] == (
        State.MET,
        "The site takes in the address given, 1 Mill Lane.",
    )


@given(
    x=st.integers(400_100, 419_800),
    y=st.integers(200_100, 209_800),
    side=st.integers(5, 80),
    gap=st.floats(0.0, 60.0),
)
def test_they_agree_with_plain_geometry(x: int, y: int, side: int, gap: float) -> None:
    """For any square the highway warns where the gap is over the tolerance, the council where it is astride."""
    square = shapely.box(x, y, x + side, y + side)
    road = shapely.box(x + side + gap, y, x + side + gap + 5, y + side)
    known = Location(councils=(WEST, EAST), roads=(road,))
    council, highway, _ = check_location(site(square), known)
    assert (highway.state is State.WARNING) == (square.distance(road) > 1.0)
    astride = min(410_000 - x, x + side - 410_000) > 1.0
    assert (council.state is State.WARNING) == astride

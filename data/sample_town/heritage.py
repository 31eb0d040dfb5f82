"""Heritage deliveries: conservation areas, listed buildings, the local list, monuments, gardens, archaeology."""

from __future__ import annotations

import numpy as np
import plan
import shapely
from deliver import Delivery, Record
from records import HERITAGE, Clerk, draft, property_line, references, short_names
from shapes import areas_of, circle, rounded
from town import Town

__all__ = ["CONSERVATION_AREAS", "conservation_areas", "heritage"]

_SLIVER_M = 0.2

CONSERVATION_AREAS: tuple[tuple[str, str, str, tuple[plan.XY, ...]], ...] = (
    (
        "CA1",
        "Old Town",
        "1969-03-14",
        (
            (1560, 1745),
            (1575, 1610),
            (1640, 1490),
            (1770, 1400),
            (1905, 1400),
            (2010, 1430),
            (2085, 1530),
            (2100, 1680),
            (2055, 1840),
            (1925, 1940),
            (1785, 1985),
            (1660, 1935),
            (1575, 1855),
        ),
    ),
    (
        "CA2",
        "Westgate Terraces",
        "1978-06-02",
        ((1135, 1920), (1400, 1825), (1545, 1775), (1570, 1880), (1480, 2080), (1240, 2130), (1130, 2120)),
    ),
    (
        "CA3",
        "Jubilee Park and Park Road",
        "1986-11-20",
        ((1120, 2125), (1250, 2115), (1430, 2150), (1530, 2400), (1350, 2420), (1090, 2240)),
    ),
    (
        "CA4",
        "The Wharf",
        "1991-09-09",
        ((2000, 1300), (2200, 1300), (2350, 1240), (2420, 1150), (2330, 1080), (2020, 1130)),
    ),
    ("CA5", "Railway Town", "2004-02-17", ((1700, 640), (2080, 640), (2060, 860), (1700, 850))),
    (
        "CA6",
        "Ambermarsh Road",
        "2011-05-23",
        ((3000, 1700), (3400, 1730), (3560, 1760), (3560, 1940), (3300, 1880), (3000, 1850)),
    ),
)
"""Reference, name, day of designation and sketch; the boundary follows the plots inside the sketch."""


def conservation_areas(town: Town) -> dict[str, shapely.Polygon]:
    """The six areas, each within Thistleford's own land."""
    shapes = {}
    for reference, _, _, sketch in CONSERVATION_AREAS:
        line = property_line(town, town.area(sketch)).intersection(town.authorities.council)
        shapes[reference] = rounded(max(areas_of(line), key=lambda part: part.area))
    return shapes


def _council_areas(town: Town, clerk: Clerk, shapes: dict[str, shapely.Polygon], file: str) -> list[Record]:
    """The council's own rows: the six in force, one that ended and one to come."""
    rows = []
    for reference, name, day, _ in CONSERVATION_AREAS:
        shape = shapes[reference]
        if reference in {"CA1", "CA4"}:
            shape = rounded(shape.buffer(_SLIVER_M, join_style="mitre"))
        if reference == "CA5":
            shape = _pinched(shape)
        url = f"https://planning.thistleford.example/conservation-areas/{reference.lower()}"
        more = {"designation_date": day, "start_date": day, "documentation_url": url}
        rows.append(clerk.row("conservation-area", reference, name, shape, **more))
    ended = {"start_date": "1969-03-14", "end_date": "1998-10-01", "designation_date": "1969-03-14"}
    small = rounded(shapes["CA1"].buffer(-35).simplify(2))
    rows.append(clerk.row("conservation-area", "CA0", "Old Town (1969)", small, notes="Replaced by CA1", **ended))
    future = property_line(town, town.area(((2700, 1980), (2900, 2000), (2930, 2200), (2720, 2230))))
    coming = {"start_date": "2027-04-01", "designation_date": "2027-04-01"}
    rows.append(clerk.row("conservation-area", "CA7", "Eastfield Crescent", future, **coming))
    clerk.wart("sliver", file, ["CA1", "CA4"], "Boundary drawn 0.2 m into the neighbouring plots")
    clerk.wart("invalid_self_touch", file, ["CA5"], "The ring runs back through one of its own corners")
    clerk.wart("ended", file, ["CA0"], "Ended 1998-10-01")
    clerk.wart("future", file, ["CA7"], "In force from 2027-04-01")
    return rows


def _register_areas(town: Town, clerk: Clerk, shapes: dict[str, shapely.Polygon], file: str) -> list[Record]:
    """A register's rows: two of the council's areas digitised again, and one of the neighbour's."""
    rows = []
    for reference, name, day, _ in (CONSERVATION_AREAS[0], CONSERVATION_AREAS[2]):
        copy = draft(shapes[reference], (0.35, -0.3), 0.8)
        rows.append(clerk.row("conservation-area", f"9{reference[2:]}40", name.upper(), copy, designation_date=day))
    clerk.wart("duplicate_publisher", file, references(rows), "Second digitisation of CA1 and CA3")
    village = rounded(circle(*_xy(town, 3900, 1960), 90, 40))
    rows.append(clerk.row("conservation-area", "9740", "AMBERMARSH VILLAGE", village, designation_date="1983-01-12"))
    return rows


def _area_deliveries(town: Town, clerk: Clerk) -> list[Delivery]:
    shapes = conservation_areas(town)
    council, register = "conservation-area-thistleford.geojson", "conservation-area-register.csv"
    return [
        Delivery(
            council,
            "conservation-area",
            "thistleford",
            plan.COUNCIL[1],
            "geojson",
            _council_areas(town, clerk, shapes, council),
            (plan.COUNCIL[0],),
            about="The council's own conservation areas",
        ),
        Delivery(
            register,
            "conservation-area",
            "register",
            HERITAGE,
            "csv-wkt",
            _register_areas(town, clerk, shapes, register),
            (plan.NEIGHBOUR[0],),
            about="A national register's copy of some areas; complete for the neighbouring council",
        ),
    ]


def _xy(town: Town, x: float, y: float) -> tuple[float, float]:
    at = town.here(x, y)
    return at.x, at.y


def _pinched(shape: shapely.Polygon) -> shapely.Polygon:
    """The shape with a loop that runs back through one of its corners: invalid, with nearly the same area."""
    xy = shapely.get_coordinates(shape)
    at = len(xy) // 2
    corner = xy[at]
    middle = np.asarray(shape.centroid.coords[0])
    inward = (middle - corner) / np.hypot(*(middle - corner))
    across = np.array([-inward[1], inward[0]])
    loop = np.round([corner + 6 * inward + 2 * across, corner + 6 * inward - 2 * across, corner], 2)
    return shapely.Polygon(np.vstack([xy[: at + 1], loop, xy[at + 1 :]]))


def _abbey(town: Town) -> shapely.Polygon:
    return shapely.Polygon([_xy(town, x, y) for x, y in ((2420, 2330), (2478, 2340), (2470, 2420), (2415, 2410))])


def _monuments(town: Town, clerk: Clerk) -> Delivery:
    castle = next(p.shape for p in town.parcels if p.kind == "castle").buffer(-0.5)
    barrow = circle(*_xy(town, 3650, 2330), 38, 48)
    found = (
        ("9010001", "Castle Mound, Thistleford", castle, "1934-02-08"),
        ("9010002", "Site of Thistleford Abbey", _abbey(town), "1951-10-30"),
        ("9010003", "Bowl barrow 300 m east of Hillcrest", barrow, "1976-05-19"),
    )
    dataset, file = "scheduled-monument", "scheduled-monument.shp.zip"
    rows = [clerk.row(dataset, reference, name, shape, start_date=day) for reference, name, shape, day in found]
    note = "A round barrow: one circle that is a real extent, not a point"
    clerk.wart("points_as_circles", file, ["9010003"], note)
    return Delivery(file, dataset, "register", HERITAGE, "shp.zip", [short_names(row) for row in rows], epsg=27700)


def _parks(town: Town, clerk: Clerk) -> Delivery:
    park = next(p.shape for p in town.parcels if p.name == "Jubilee Park")
    cemetery = next(p.shape for p in town.parcels if p.kind == "cemetery")
    found = (
        ("9020001", "Jubilee Park", draft(park, (0.1, 0.1), 0.3), "2001-08-15"),
        ("9020002", "Northfield Cemetery", cemetery, "2009-12-01"),
    )
    dataset = "park-and-garden"
    rows = [
        clerk.row(dataset, ref, name, shape, park_and_garden_grade="II", start_date=day)
        for ref, name, shape, day in found
    ]
    return Delivery("park-and-garden.geojson", dataset, "register", HERITAGE, "geojson", rows)


def _archaeology(town: Town, clerk: Clerk) -> Delivery:
    walls = rounded(town.area(CONSERVATION_AREAS[0][3]).buffer(45))
    found = (
        ("APA1", "Medieval town", walls, "Tier 1"),
        ("APA2", "Abbey precinct", rounded(_abbey(town).buffer(110)), "Tier 2"),
    )
    dataset, ours = "archaeological-priority-area", (plan.COUNCIL[0],)
    rows = [
        clerk.row(dataset, ref, name, shape, archaeological_risk_tier=tier, start_date="2018-04-01")
        for ref, name, shape, tier in found
    ]
    return Delivery(f"{dataset}.gpkg", dataset, "thistleford", plan.COUNCIL[1], "gpkg", rows, ours, epsg=27700)


def heritage(town: Town, clerk: Clerk) -> list[Delivery]:
    """All heritage deliveries."""
    return [*_area_deliveries(town, clerk), _monuments(town, clerk), _parks(town, clerk), _archaeology(town, clerk)]

"""Heritage deliveries: conservation areas, listed buildings, the local list, monuments, gardens, archaeology."""

from __future__ import annotations

import numpy as np
import plan
import shapely
from deliver import Delivery, Record
from records import HERITAGE, Clerk, draft, property_line, short_names
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


def _area_deliveries(town: Town, clerk: Clerk) -> list[Delivery]:
    shapes = conservation_areas(town)
    rows: list[Record] = []
    for reference, name, day, _ in CONSERVATION_AREAS:
        shape = shapes[reference]
        if reference in {"CA1", "CA4"}:
            shape = rounded(shape.buffer(_SLIVER_M, join_style="mitre"))
        if reference == "CA5":
            shape = _pinched(shape)
        url = f"https://planning.thistleford.example/conservation-areas/{reference.lower()}"
        rows.append(
            clerk.row(
                "conservation-area", reference, name, shape, designation_date=day, start_date=day, documentation_url=url
            )
        )
    rows.append(
        clerk.row(
            "conservation-area",
            "CA0",
            "Old Town (1969 boundary)",
            rounded(shapes["CA1"].buffer(-35).simplify(2)),
            start_date="1969-03-14",
            end_date="1998-10-01",
            designation_date="1969-03-14",
            notes="Replaced by CA1",
        )
    )
    future = property_line(town, town.area(((2700, 1980), (2900, 2000), (2930, 2200), (2720, 2230))))
    rows.append(
        clerk.row(
            "conservation-area",
            "CA7",
            "Eastfield Crescent",
            future,
            start_date="2027-04-01",
            designation_date="2027-04-01",
        )
    )
    council, other = "conservation-area-thistleford.geojson", "conservation-area-register.csv"
    clerk.wart("sliver", council, ["CA1", "CA4"], "Boundary drawn 0.2 m into the neighbouring plots")
    clerk.wart("invalid_self_touch", council, ["CA5"], "The ring runs back through one of its own corners")
    clerk.wart("ended", council, ["CA0"], "Ended 1998-10-01")
    clerk.wart("future", council, ["CA7"], "In force from 2027-04-01")
    copies = []
    for reference, name, day, _ in (CONSERVATION_AREAS[0], CONSERVATION_AREAS[2]):
        copy = draft(shapes[reference], (0.35, -0.3), 0.8)
        copies.append(clerk.row("conservation-area", f"9{reference[2:]}40", name.upper(), copy, designation_date=day))
    copies.append(
        clerk.row(
            "conservation-area",
            "9740",
            "AMBERMARSH VILLAGE",
            rounded(circle(*_xy(town, 3900, 1960), 90, 40)),
            designation_date="1983-01-12",
        )
    )
    clerk.wart(
        "duplicate_publisher",
        other,
        [str(row.fields["reference"]) for row in copies[:2]],
        "Second digitisation of CA1 and CA3",
    )
    return [
        Delivery(
            council,
            "conservation-area",
            "thistleford",
            plan.COUNCIL[1],
            "geojson",
            rows,
            (plan.COUNCIL[0],),
            about="The council's own conservation areas",
        ),
        Delivery(
            other,
            "conservation-area",
            "register",
            HERITAGE,
            "csv-wkt",
            copies,
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


def _monuments(town: Town, clerk: Clerk) -> list[Delivery]:
    castle = next(p.shape for p in town.parcels if p.kind == "castle")
    abbey = shapely.Polygon([_xy(town, x, y) for x, y in ((2420, 2330), (2478, 2340), (2470, 2420), (2415, 2410))])
    earthwork = circle(*_xy(town, 3650, 2330), 38, 48)
    monuments = [
        clerk.row(
            "scheduled-monument", "9010001", "Castle Mound, Thistleford", castle.buffer(-0.5), start_date="1934-02-08"
        ),
        clerk.row("scheduled-monument", "9010002", "Site of Thistleford Abbey", abbey, start_date="1951-10-30"),
        clerk.row(
            "scheduled-monument", "9010003", "Bowl barrow 300 m east of Hillcrest", earthwork, start_date="1976-05-19"
        ),
    ]
    park = next(p.shape for p in town.parcels if p.name == "Jubilee Park")
    cemetery = next(p.shape for p in town.parcels if p.kind == "cemetery")
    gardens = [
        clerk.row(
            "park-and-garden",
            "9020001",
            "Jubilee Park",
            draft(park, (0.1, 0.1), 0.3),
            park_and_garden_grade="II",
            start_date="2001-08-15",
        ),
        clerk.row(
            "park-and-garden",
            "9020002",
            "Northfield Cemetery",
            cemetery,
            park_and_garden_grade="II",
            start_date="2009-12-01",
        ),
    ]
    walls = town.area(CONSERVATION_AREAS[0][3]).buffer(45)
    digs = [
        clerk.row(
            "archaeological-priority-area",
            "APA1",
            "Medieval town",
            rounded(walls),
            archaeological_risk_tier="Tier 1",
            start_date="2018-04-01",
        ),
        clerk.row(
            "archaeological-priority-area",
            "APA2",
            "Abbey precinct",
            rounded(abbey.buffer(110)),
            archaeological_risk_tier="Tier 2",
            start_date="2018-04-01",
        ),
    ]
    clerk.wart(
        "points_as_circles",
        "scheduled-monument.shp.zip",
        ["9010003"],
        "A round barrow: one circle that is a real extent, not a point",
    )
    return [
        Delivery(
            "scheduled-monument.shp.zip",
            "scheduled-monument",
            "register",
            HERITAGE,
            "shp.zip",
            [short_names(row) for row in monuments],
            epsg=27700,
        ),
        Delivery("park-and-garden.geojson", "park-and-garden", "register", HERITAGE, "geojson", gardens),
        Delivery(
            "archaeological-priority-area.gpkg",
            "archaeological-priority-area",
            "thistleford",
            plan.COUNCIL[1],
            "gpkg",
            digs,
            (plan.COUNCIL[0],),
            epsg=27700,
        ),
    ]


def heritage(town: Town, clerk: Clerk) -> list[Delivery]:
    """All heritage deliveries."""
    return [*_area_deliveries(town, clerk), *_monuments(town, clerk)]

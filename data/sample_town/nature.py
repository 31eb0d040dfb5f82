"""Trees, woods, reserves and green belt."""

from __future__ import annotations

import numpy as np
import plan
import shapely
from deliver import Delivery, Record
from records import NATURE, Clerk, references, short_names
from shapely.geometry import MultiPolygon, Point, Polygon
from shapes import areas_of, circle, rounded
from town import Town

__all__ = ["nature"]

_OURS = (plan.COUNCIL[0],)
_TREES = 180
_OLD_TREES = 36
_SPECIES = (
    "Oak",
    "Beech",
    "Ash",
    "Horse chestnut",
    "Lime",
    "Sycamore",
    "Yew",
    "Scots pine",
    "London plane",
    "Walnut",
    "Copper beech",
    "Cedar",
)
_ZONES: tuple[tuple[str, str, str, tuple[plan.XY, ...]], ...] = (
    ("G1", "group", "Limes at the churchyard", ((1652, 1805), (1690, 1843), (1700, 1838), (1662, 1800))),
    ("G2", "group", "Beeches on Park Road", ((1120, 2150), (1132, 2150), (1136, 2230), (1122, 2232))),
    ("G3", "group", "Cedars at the Cottage Hospital", ((2340, 1640), (2440, 1644), (2440, 1660), (2340, 1657))),
    ("G4", "group", "Pines at Northfield", ((1640, 2690), (1700, 2700), (1698, 2712), (1640, 2715))),
    ("A1", "area", "Abbey grounds", ((2390, 2280), (2490, 2300), (2480, 2450), (2380, 2430))),
    ("A2", "area", "Land north of Heath Lane", ((560, 2420), (700, 2500), (680, 2600), (540, 2530))),
    ("A3", "area", "Ham House grounds", ((900, 1560), (1060, 1530), (1090, 1660), (920, 1690))),
    ("A4", "area", "Brook End glebe", ((2560, 1420), (2660, 1420), (2660, 1520), (2560, 1510))),
    ("W1", "woodland", "Hillcrest Spinney", ((3180, 2290), (3260, 2310), (3250, 2410), (3170, 2390))),
    ("W2", "woodland", "Lock Coppice", ((3180, 960), (3270, 930), (3290, 860), (3200, 880))),
    ("G5", "group", "Planes in Station Road", ((2096, 770), (2104, 770), (2112, 690), (2103, 690))),
    ("A5", "area", "Southdown allotment strip", ((1420, 90), (1560, 80), (1560, 140), (1420, 150))),
)


def _gardens(town: Town) -> list[int]:
    """Numbers of the plots whose gardens have room for a tree."""
    eras = {"interwar", "postwar", "victorian", "core"}
    return [i for i, p in enumerate(town.parcels) if p.plot and p.plot.era in eras and p.shape.area > 230]


def _stems(town: Town, clerk: Clerk) -> tuple[list[Record], list[Record]]:
    """Trees in gardens: newer ones as points, older ones as circles."""
    rng = clerk.rng
    built = shapely.STRtree([b.shape for b in town.buildings])
    points: list[Record] = []
    rings: list[Record] = []
    for i in rng.permutation(_gardens(town)).tolist():
        if len(points) == _TREES:
            break
        at = _garden_spot(town.parcels[i].shape, built, rng)
        if at is None or not town.authorities.council.contains(at):
            continue
        number = len(points) + len(rings) + 1
        more = {
            "tree_preservation_order": f"TPO/{1 + number // 3:03d}",
            "tree_species": _SPECIES[int(rng.integers(len(_SPECIES)))],
        }
        if len(rings) < _OLD_TREES:
            day = clerk.day(1970, 1999)
            more["start_date"] = f"{int(day[8:])}.{int(day[5:7])}.{day[:4]}"
            rings.append(clerk.row("tree", f"T{number}", "", circle(at.x, at.y, 4.0, 20), **more))
        else:
            points.append(clerk.row("tree", f"T{number}", "", at, start_date=clerk.day(2000, 2025), **more))
    return points, rings


def _odd_trees(clerk: Clerk, near: Record) -> list[Record]:
    """A tree that was never plotted, and one that was felled."""
    lost = {"tree_preservation_order": "TPO/090", "start_date": "1958-06-11"}
    felled = {
        "tree_preservation_order": "TPO/002",
        "tree_species": "Elm",
        "start_date": "1964-01-01",
        "end_date": "1979-08-01",
        "felled_date": "1979-08-01",
    }
    return [
        clerk.row("tree", "T900", "Oak at the north end of the lane", None, **lost),
        clerk.row("tree", "T901", "", near.geometry, **felled),
    ]


def _trees(town: Town, clerk: Clerk) -> list[Delivery]:
    """TPO trees in gardens as points, an older order's trees drawn as circles, and one row that was never plotted."""
    points, rings = _stems(town, clerk)
    points.extend(_odd_trees(clerk, points[3]))
    first, second = "tree.csv", "tree-before-2000.geojson"
    clerk.wart("no_geometry", first, ["T900"], "Never plotted")
    clerk.wart("ended", first, ["T901"], "Felled in 1979")
    clerk.wart("points_as_circles", second, references(rings), "Trees drawn as circles of 4 m")
    clerk.wart("date_formats", second, references(rings), "Dates written 3.9.1987")
    clerk.wart("no_coverage", first, [], "No delivery of trees covers the neighbouring council")
    council, about = plan.COUNCIL[1], "Trees of orders since 2000"
    return [
        Delivery(first, "tree", "thistleford", council, "csv-points", points, _OURS, epsg=27700, about=about),
        Delivery(second, "tree", "thistleford-old", council, "geojson", rings, _OURS, about="Trees of older orders"),
    ]


def _garden_spot(garden: Polygon, built: shapely.STRtree, rng: np.random.Generator) -> Point | None:
    """A place in a garden at least 3 m from every building, or None."""
    west, south, east, north = garden.buffer(-1.5).bounds if garden.buffer(-1.5).area > 20 else garden.bounds
    for _ in range(6):
        at = Point(np.round([rng.uniform(west, east), rng.uniform(south, north)], 2))
        if garden.contains(at) and len(built.query(at, predicate="dwithin", distance=3.0)) == 0:
            return at
    return None


def _zone_rows(town: Town, clerk: Clerk) -> tuple[list[Record], list[Record]]:
    """The zones and the orders that made them."""
    rows, orders = [], []
    for number, (reference, kind, name, sketch) in enumerate(_ZONES):
        order = f"TPO/{101 + number}"
        provisional = reference in {"A4", "W2"}
        made = "2026-08-04" if provisional else clerk.day(1965, 2020)
        more = {"tree_preservation_order": order, "tree_preservation_zone_type": kind, "start_date": made}
        more["confirmed_date"] = "Provisional" if provisional else made
        rows.append(clerk.row("tree-preservation-zone", reference, name, rounded(town.area(sketch)), **more))
        dates = {"made_date": made, "confirmed_date": "" if provisional else made}
        orders.append(clerk.row("tree-preservation-order", order, name, None, **dates))
    return rows, orders


def _odd_zones(town: Town, clerk: Clerk) -> list[Record]:
    """A zone that crosses itself, and one that was never plotted."""
    x, y = _at(town, 1460, 2470)
    tie = Polygon([(x, y), (x + 40, y + 30), (x + 40, y), (x, y + 30)])
    crossed = {"tree_preservation_order": "TPO/120", "tree_preservation_zone_type": "area", "start_date": "1971-02-02"}
    lost = {"tree_preservation_order": "TPO/121", "tree_preservation_zone_type": "woodland", "start_date": "TBA"}
    return [
        clerk.row("tree-preservation-zone", "A6", "Mislaid corner", tie, **crossed),
        clerk.row("tree-preservation-zone", "W3", "Wood at the county stone", None, **lost),
    ]


def _zones(town: Town, clerk: Clerk) -> list[Delivery]:
    rows, orders = _zone_rows(town, clerk)
    rows.extend(_odd_zones(town, clerk))
    file = "tree-preservation-zone.shp.zip"
    clerk.wart("provisional", file, ["A4", "W2"], "Made 2026-08-04, not confirmed")
    clerk.wart("invalid_bow_tie", file, ["A6"], "A ring that crosses itself")
    clerk.wart("no_geometry", file, ["W3"], "Never plotted")
    clerk.wart("date_unreadable", file, ["W3"], "`TBA` instead of a date")
    columns = {
        "tree-preservation-order": "tpo",
        "tree-preservation-zone-type": "zone_type",
        "confirmed-date": "confirmed",
    }
    return [
        Delivery(
            file,
            "tree-preservation-zone",
            "thistleford",
            plan.COUNCIL[1],
            "shp.zip",
            [short_names(row) for row in rows],
            _OURS,
            epsg=27700,
            about="Groups, areas and woodlands; field names cut to ten letters by the format",
            extra={"columns": columns},
        ),
        Delivery(
            "tree-preservation-order.csv",
            "tree-preservation-order",
            "thistleford",
            plan.COUNCIL[1],
            "csv-wkt",
            orders,
            _OURS,
            about="The orders themselves, which have no place of their own",
        ),
    ]


def _at(town: Town, x: float, y: float) -> tuple[float, float]:
    at = town.here(x, y)
    return at.x, at.y


def _named(town: Town, name: str) -> shapely.Geometry:
    """All parcels of one name as one shape."""
    joined = shapely.union_all([p.shape for p in town.parcels if p.name == name], grid_size=0.01)
    return rounded(joined)


def _reserves(town: Town, clerk: Clerk) -> list[Delivery]:
    marsh = _named(town, "Ford Marsh")
    osiers = _named(town, "Osier Beds")
    sssi = [
        clerk.row("site-of-special-scientific-interest", "9001001", "Ford Marsh", marsh, start_date="1984-07-12"),
        clerk.row("site-of-special-scientific-interest", "9001002", "Osier Beds", osiers, start_date="1987-03-30"),
    ]
    woods = [
        clerk.row("ancient-woodland", str(9_300_000 + k), name, _named(town, name), ancient_woodland_status=status)
        for k, (name, status) in enumerate(
            (("Hanger Wood", "ASNW"), ("Quarry Plantation", "PAWS"), ("Ambermarsh Wood", "ASNW"))
        )
    ]
    lnr = [
        clerk.row(
            "local-nature-reserve",
            "9400001",
            "Abbey Brook",
            rounded(town.land.brook.buffer(16, quad_segs=3).intersection(town.land.extent)),
            nature_reserve_status="Designated",
        )
    ]
    return [
        Delivery(
            "site-of-special-scientific-interest.json",
            "site-of-special-scientific-interest",
            "agency",
            NATURE,
            "entities",
            sssi,
        ),
        Delivery("ancient-woodland.fgb", "ancient-woodland", "agency", NATURE, "fgb", woods, epsg=27700),
        Delivery("local-nature-reserve.geojson", "local-nature-reserve", "agency", NATURE, "geojson", lnr),
    ]


def _green_belt(town: Town, clerk: Clerk) -> Delivery:
    """Open country round the north and west of the town; the published shape touches itself at one point."""
    whole = town.authorities.council.difference(town.land.edge.buffer(12, join_style="mitre"))
    north = whole.difference(
        shapely.box(plan.ORIGIN[0] - 3000, plan.ORIGIN[1] - 3000, plan.ORIGIN[0] + 6000, plan.ORIGIN[1] + 1200)
    )
    belt = max(areas_of(rounded(north.simplify(1.0))), key=lambda part: part.area)
    shape = _self_touching(Polygon(belt.exterior))
    rows = [
        clerk.row(
            "green-belt",
            "X12GB",
            "Thistleford Green Belt",
            MultiPolygon([shape]),
            local_authority_district="X07000901",
            green_belt_core="sample",
        )
    ]
    clerk.wart(
        "invalid_self_touch", "green-belt.geojson", ["X12GB"], "The ring runs back through one of its own corners"
    )
    return Delivery(
        "green-belt.geojson",
        "green-belt",
        "return-2026",
        "Ministry of Plans (sample)",
        "geojson",
        rows,
        about="The yearly return",
    )


def _self_touching(shape: Polygon) -> Polygon:
    xy = shapely.get_coordinates(shape)
    at = int(np.argmin(xy[:, 0]))
    corner = xy[at]
    loop = np.array([corner + np.array(step) for step in ((80.0, 15.0), (80.0, -15.0), (0.0, 0.0))])
    return Polygon(np.vstack([xy[: at + 1], loop, xy[at + 1 :]]))


def nature(town: Town, clerk: Clerk) -> list[Delivery]:
    """All tree and nature deliveries."""
    return [*_trees(town, clerk), *_zones(town, clerk), *_reserves(town, clerk), _green_belt(town, clerk)]

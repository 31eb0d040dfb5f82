"""Article 4 directions, brownfield land, roads, railway, landfill, air quality, and the councils' own boundaries."""

from __future__ import annotations

import plan
import shapely
from admin import Area
from deliver import Delivery
from heritage import conservation_areas
from records import WATER, Clerk, property_line, short_names
from shapely.geometry import Polygon
from shapes import rounded
from town import Town

__all__ = ["UPRN_ONLY_STREET", "policy"]

UPRN_ONLY_STREET = "Chantry Lane"
_OURS = (plan.COUNCIL[0],)
_BOTH = (plan.COUNCIL[0], plan.NEIGHBOUR[0])
_STATISTICS = "Office for Boundaries (sample)"
_HIGHWAYS = "Thistle County Highways (sample)"


_DIRECTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "A4-1",
        "Old Town: alterations to houses",
        {"permitted-development-rights": "1A;1D;2A;2C", "start-date": "1996-04-01"},
    ),
    (
        "A4-2",
        "Railway Town: houses in multiple occupation",
        {"permitted-development-rights": "3L", "start-date": "2014-10-17"},
    ),
    (
        "A4-3",
        "Kingfisher Reach: upward extensions",
        {"permitted-development-rights": "20A;20AB", "start-date": "2027-06-01"},
    ),
    (
        "A4-4",
        "Wharf: warehouses (lapsed)",
        {
            "permitted-development-rights": "3V",
            "start-date": "01/02/2009",
            "end-date": "01/08/2009",
            "notes": "Not confirmed within six months",
        },
    ),
    (
        "A4-5",
        f"{UPRN_ONLY_STREET}: shop fronts",
        {"permitted-development-rights": "3MA;7A", "start-date": "2019-09-02", "notes": "Given by UPRN only"},
    ),
)


def _article_four(town: Town, clerk: Clerk) -> list[Delivery]:
    """Five directions, the last of which names UPRNs and has no boundary."""
    areas = conservation_areas(town)
    student = property_line(town, town.area(((1330, 650), (2080, 650), (2060, 1040), (1330, 1060))))
    estate = property_line(town, town.area(((2960, 1250), (3360, 1250), (3360, 1700), (2960, 1700))))
    shapes = (areas["CA1"], student, estate, areas["CA4"], None)
    named = [address.uprn for address in town.addresses if address.street == UPRN_ONLY_STREET][:9]
    rows = []
    for (reference, name, more), shape in zip(_DIRECTIONS, shapes, strict=True):
        direction = {"article-4-direction": reference.replace("-", "D"), "uprns": "" if shape else ",".join(named)}
        rows.append(clerk.row("article-4-direction-area", reference, name, shape, **more, **direction))
    file = "article-4-direction-area.csv"
    clerk.wart("uprn_only", file, ["A4-5"], "No geometry: applies to the UPRNs it names")
    clerk.wart("future", file, ["A4-3"], "In force from 2027-06-01")
    clerk.wart("ended", file, ["A4-4"], "Lapsed 2009-08-01")
    clerk.wart("date_formats", file, ["A4-4"], "Dates written 01/02/2009")
    clerk.wart("no_coverage", file, [], "No delivery of Article 4 directions covers the neighbouring council")
    return [Delivery(file, "article-4-direction-area", "thistleford", plan.COUNCIL[1], "csv-wkt", rows, _OURS)]


def _brownfield(town: Town, clerk: Clerk) -> Delivery:
    sites = (
        (2210, 720),
        (1370, 640),
        (2390, 1110),
        (1600, 1395),
        (2560, 620),
        (2110, 1600),
        (3010, 690),
        (1190, 760),
        (2330, 560),
    )
    rows = []
    for number, (x, y) in enumerate(sites, 1):
        i = int(town.parcel_tree.nearest(town.here(x, y)))
        parcel = town.parcels[i]
        point = parcel.shape.representative_point()
        name = next((a.street for a in town.addresses if a.parcel == parcel.key), "back land")
        rows.append(
            clerk.row(
                "brownfield-land",
                f"BF{number:02d}",
                f"Land at {name}",
                rounded(point),
                hectares=f"{parcel.shape.area / 10_000:.2f}",
                planning_permission_status="permissioned" if number % 3 == 0 else "not permissioned",
                start_date="2019-12-12",
            )
        )
    rows[4].fields["end-date"] = "2024-12-01"
    clerk.wart("ended", "brownfield-land.csv", ["BF05"], "Built and taken off the register")
    return Delivery("brownfield-land.csv", "brownfield-land", "thistleford", plan.COUNCIL[1], "csv-wkt", rows, _OURS)


def _ways(town: Town, clerk: Clerk) -> list[Delivery]:
    roads = [
        clerk.row(
            "classified-road",
            street.usrn,
            street.name,
            rounded(street.line.intersection(town.land.extent)),
            road_classification=f"{street.road_class} Road",
            road_number=street.ref,
            usrn=street.usrn,
        )
        for street in town.streets
        if street.road_class in {"A", "B"}
    ]
    rail = [
        clerk.row("railway", f"RW{n}", "Thistleford branch", p.shape)
        for n, p in enumerate((p for p in town.parcels if p.kind == "railway"), 1)
    ]
    return [
        Delivery(
            "classified-road.gpkg",
            "classified-road",
            "county",
            _HIGHWAYS,
            "gpkg",
            roads,
            _BOTH,
            epsg=27700,
            layer="roads",
        ),
        Delivery(
            "railway.geojson",
            "railway",
            "infrastructure",
            "Branch Lines Infrastructure (sample)",
            "geojson",
            rail,
            _BOTH,
        ),
    ]


def _ground(town: Town, clerk: Clerk) -> list[Delivery]:
    x, y = town.here(3560, 470).coords[0]
    tip = Polygon(
        [(x - 110, y - 40), (x - 30, y - 75), (x + 90, y - 50), (x + 120, y + 30), (x + 20, y + 70), (x - 90, y + 45)]
    )
    tips = [
        clerk.row("historic-landfill", "HL001", "Quarry Road Tip", tip, start_date="1952-01-01"),
        clerk.row(
            "historic-landfill",
            "HL002",
            "Gasworks ash ground",
            next(p.shape for p in town.parcels if p.kind == "allotments"),
            start_date="1921-01-01",
        ),
    ]
    centre = shapely.union_all(
        [s.line for s in town.streets if s.name in {"High Street", "Market Place", "Bridge Street"}]
    )
    air = [
        clerk.row(
            "air-quality-management-area",
            "AQMA1",
            "High Street and Bridge Street",
            rounded(centre.buffer(18, quad_segs=4)),
            start_date="2010-05-01",
        )
    ]
    return [
        Delivery(
            "historic-landfill.shp.zip",
            "historic-landfill",
            "agency",
            WATER,
            "shp.zip",
            [short_names(row) for row in tips],
            epsg=27700,
        ),
        Delivery(
            "air-quality-management-area.json",
            "air-quality-management-area",
            "department",
            "Department for Air (sample)",
            "entities",
            air,
        ),
    ]


def _area_rows(dataset: str, areas: list[Area], clerk: Clerk) -> list[Delivery]:
    rows = [
        clerk.row(dataset, area.code, area.name, area.shape, organisation=area.council, start_date="2023-05-04")
        for area in areas
    ]
    return [Delivery(f"{dataset}.gpkg", dataset, "boundaries", _STATISTICS, "gpkg", rows, epsg=27700)]


def policy(town: Town, clerk: Clerk) -> list[Delivery]:
    """All policy, transport and administrative deliveries."""
    authorities = town.authorities
    return [
        *_article_four(town, clerk),
        _brownfield(town, clerk),
        *_ways(town, clerk),
        *_ground(town, clerk),
        *_area_rows("local-planning-authority", authorities.councils, clerk),
        *_area_rows("ward", authorities.wards, clerk),
        *_area_rows("parish", authorities.parishes, clerk),
    ]

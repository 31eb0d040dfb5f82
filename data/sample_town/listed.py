"""Listed buildings as points and outlines, and the council's local list."""

from __future__ import annotations

import numpy as np
import plan
import shapely
from deliver import Delivery, Record
from heritage import CONSERVATION_AREAS
from records import HERITAGE, Clerk, references
from shapes import rounded
from town import Town

__all__ = ["LISTED", "listed_buildings", "local_list"]

LISTED = 250


def _chosen(town: Town, rng: np.random.Generator) -> list[list[int]]:
    """Groups of one to three neighbouring buildings to be listed, the church and the castle first."""
    fixed = [
        [i for i, b in enumerate(town.buildings) if b.name == name]
        for name in (
            "St Wendreth's Church",
            "Castle Mound",
            "Thistleford Station",
            "Abbey Farm",
            "Hanger Farm",
            "Ambermarsh Grange",
        )
    ]
    groups = [group for group in fixed if group]
    core = town.area(CONSERVATION_AREAS[0][3])
    main = [i for i, b in enumerate(town.buildings) if b.main and i in town.addresses_of and not b.name]
    inside = [i for i in main if core.contains(town.buildings[i].shape.centroid)]
    others = [i for i in main if (p := town.parcels[town.buildings[i].parcel].plot) and p.era == "victorian"]
    order = [*rng.permutation(inside).tolist()[:200], *rng.permutation(others).tolist()]
    taken = {i for group in groups for i in group}
    for first in order:
        if len(groups) == LISTED:
            break
        size = int(rng.choice([1, 2, 3], p=[0.74, 0.19, 0.07]))
        group = [i for i in _row(town, first, size) if i not in taken]
        if first in group:
            taken.update(group)
            groups.append(group)
    return groups


def _row(town: Town, first: int, size: int) -> list[int]:
    """A building and the next ones of its row."""
    plot = town.parcels[town.buildings[first].parcel].plot
    found = [first]
    for i in range(first + 1, min(first + 8, len(town.buildings))):
        other = town.parcels[town.buildings[i].parcel].plot
        same = plot and other and other.run == plot.run
        if len(found) < size and same and town.buildings[i].main and i in town.addresses_of:
            found.append(i)
    return found


def _title(town: Town, group: list[int]) -> str:
    """`12 and 14, High Street`, as the register of listed buildings writes it."""
    named = town.buildings[group[0]].name
    if named:
        return named
    first = [town.addresses_of[i][-1] for i in group]
    numbers = [address.label.split(", ")[-1] for address in first]
    joined = numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    return f"{joined}, {first[0].street}"


def _grades(count: int, rng: np.random.Generator) -> list[str]:
    """Grades in about the proportions of England's list; the church and the castle are grade I."""
    grades = ["I"] * 5 + ["II*"] * 14 + ["II"] * (count - 19)
    return [grades[0], grades[1], *rng.permutation(grades[2:]).tolist()]


def _rows(town: Town, clerk: Clerk) -> tuple[list[Record], list[Record]]:
    """The register's points, and outlines for about six in seven of them."""
    groups = _chosen(town, clerk.rng)
    points, outlines = [], []
    for number, (group, grade) in enumerate(zip(groups, _grades(len(groups), clerk.rng), strict=True)):
        entry = str(9_100_001 + 3 * number)
        title = _title(town, group)
        shape = shapely.union_all([town.buildings[i].shape for i in group], grid_size=0.01)
        day = clerk.day(1950, 1995)
        mark = rounded(shape.representative_point(), 1)
        more = {"listed_building_grade": grade, "start_date": day}
        points.append(clerk.row("listed-building", entry, title.upper(), mark, **more))
        if clerk.rng.random() < 0.86:
            drawn = rounded(shape.buffer(0.15, join_style="mitre"))
            uprns = ",".join(address.uprn for i in group for address in town.addresses_of.get(i, []))
            more = {"listed_building": entry, "uprns": uprns, "start_date": f"{day[8:]}/{day[5:7]}/{day[:4]}"}
            outlines.append(clerk.row("listed-building-outline", f"LBO{number + 1}", title, drawn, **more))
    return points, outlines


def listed_buildings(town: Town, clerk: Clerk) -> list[Delivery]:
    """The national register's points, and the council's outlines for most of them."""
    points, outlines = _rows(town, clerk)
    outlines[7].fields["start-date"] = "Signed, Authorised"
    file = "listed-building-outline.gpkg"
    clerk.wart("date_formats", file, references(outlines), "Dates written 31/12/1999")
    clerk.wart("date_unreadable", file, references(outlines[7:8]), "`Signed, Authorised` instead of a date")
    clerk.wart("sliver", file, references(outlines), "Outlines drawn 0.15 m outside the walls, so into joined houses")
    return [
        Delivery(
            "listed-building.csv",
            "listed-building",
            "register",
            HERITAGE,
            "csv-wkt",
            points,
            about="Points, as the national register has them",
        ),
        Delivery(
            file,
            "listed-building-outline",
            "thistleford",
            plan.COUNCIL[1],
            "gpkg",
            outlines,
            (plan.COUNCIL[0],),
            epsg=27700,
            about="Outlines drawn by the council for most of its listed buildings",
        ),
    ]


def local_list(town: Town, clerk: Clerk) -> Delivery:
    """Buildings that the council itself thinks worth keeping."""
    pool = [
        i
        for i, b in enumerate(town.buildings)
        if b.kind in {"shop", "house", "school", "industrial"} and i in town.addresses_of and b.shape.area > 70
    ]
    rows = []
    for number, i in enumerate(clerk.rng.permutation(pool)[:42].tolist(), 1):
        rows.append(
            clerk.row(
                "locally-listed-building",
                f"LL{number:03d}",
                _title(town, [i]),
                town.buildings[i].shape,
                start_date="2015-07-01",
            )
        )
    return Delivery(
        "locally-listed-building.fgb",
        "locally-listed-building",
        "thistleford",
        plan.COUNCIL[1],
        "fgb",
        rows,
        (plan.COUNCIL[0],),
        epsg=27700,
        about="The local list, adopted in 2015",
    )

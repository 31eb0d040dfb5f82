"""The drawings of one sample application: location plan, site plan, elevations, drawn from its site and buildings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import shapely

from api.sample.designs import block, elevation, extension, houses, sides_of
from api.sample.places import Place, TownPlaces
from api.sample.script import CaseScript
from api.sample.sheets import Layer, Sheet, TitleBlock, draw_elevations, draw_plan, sheet_pdf

__all__ = ["Drawings", "Drawn"]

DRAWN_BY = "Sample Drawing Office"
_HOUSE_M = (6.0, 9.0)
_TREE_M = 0.4


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing as a file, with what is said of it."""

    name: str
    title: str
    number: str
    tag: str
    data: bytes


class Drawings:
    """Draws on the base map of one town."""

    def __init__(self, town: TownPlaces) -> None:
        self.town = town

    def of(self, case: CaseScript, place: Place, applicant: str, day: date) -> Iterator[Drawn]:
        """The drawings that come with a case, its location plan first."""
        site = place.site.geometry
        proposed = self._proposed(case, place)
        plan = "Tree plan" if case.build == "crown" else "Site plan, proposed"
        tag = "treePlan" if case.build == "crown" else "sitePlan.proposed"
        sheets: list[tuple[Sheet, str, str, str]] = [
            (self._plan(site, 1250, "Location plan", ()), "Location plan", "01", "locationPlan"),
            (self._plan(site, 200, plan, proposed), plan, "02", tag),
        ]
        outside = self._elevations(case, place)
        if outside is not None:
            sheets.append((outside, "Elevations, proposed", "03", "elevations.proposed"))
        for sheet, title, number, kind in sheets:
            block_words = TitleBlock(title, f"S-{number}", place.address, applicant, DRAWN_BY, day)
            name = f"{number} {title.lower().replace(',', '')}.pdf"
            yield Drawn(name, title, f"S-{number}", kind, sheet_pdf(sheet, block_words))

    def _plan(self, site: Any, most_detail: int, title: str, proposed: tuple[Any, ...]) -> Sheet:
        layers = [*self._map, Layer(proposed, line="#0b0c0c", width=1.6, fill="#ffe08a")]
        return draw_plan(site, layers, self._street_names, most_detail=most_detail, title=title)

    @cached_property
    def _map(self) -> list[Layer]:
        return [
            Layer(self.town.layer("green").geometry.to_numpy(), fill="#eef4e8"),
            Layer(self.town.layer("water").geometry.to_numpy(), fill="#d5e5f2", line="#5b8db8", width=0.8),
            Layer(self.town.road_areas, fill="#ececec", line="#8a8a8a", width=0.7),
            Layer(self.town.parcels, line="#a8a8a8", width=0.6),
            Layer(self.town.buildings.geometry.to_numpy(), line="#3a3a3a", width=0.8, fill="#d9d4cc"),
        ]

    @cached_property
    def _street_names(self) -> list[tuple[str, Any]]:
        roads = self.town.roads
        middles = shapely.line_interpolate_point(roads.geometry.to_numpy(), 0.5, normalized=True)
        named = zip(roads["name"], middles, strict=True)
        return [(str(name), middle) for name, middle in named if isinstance(name, str) and name]

    @cached_property
    def _all_roads(self) -> Any:
        roads = shapely.union_all(self.town.road_areas)
        shapely.prepare(roads)
        return roads

    def _proposed(self, case: CaseScript, place: Place) -> tuple[Any, ...]:
        site = place.site.geometry
        if case.build == "extension" and place.building is not None:
            return (extension(site, place.building, self._all_roads, case.size),)
        if case.build == "houses":
            return houses(site, int(case.size))
        if case.build == "block":
            return (block(site, case.size),)
        if case.build == "crown":
            middle = shapely.centroid(site)
            return (shapely.buffer(middle, place.site.perimeter_m * 0.1), shapely.buffer(middle, _TREE_M))
        return ()

    def _elevations(self, case: CaseScript, place: Place) -> Sheet | None:
        if case.build in {"", "crown"}:
            return None
        new = case.build in {"houses", "block"} or place.building is None
        long, short = (_HOUSE_M[1], _HOUSE_M[0]) if new else sides_of(place.building)
        rise = min(short / 2.0 * 0.8, 3.5)
        added = case.size if case.build == "extension" and not new else 0.0
        storeys = 1 if case.build == "block" else 2
        front = elevation("Front", long, rise_m=rise, storeys=storeys, sign=case.build == "sign")
        side = elevation("Side", short, rise_m=rise, storeys=storeys, gable=True, added_m=added)
        return draw_elevations([front, side], title="Elevations, proposed")

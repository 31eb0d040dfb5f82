"""Picking neighbours one by one: the addresses round the site that are not on the list, on a map and beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from api.cases.constraints import site_of
from api.cases.tables import CaseRow
from api.casework.desk import PREFIX, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.on_map import NEIGHBOUR
from api.casework.tasks import About, Task, add_tasks
from api.consultations import neighbours
from api.consultations.neighbours import Candidate
from api.core.db import Work
from api.maps.figure import Item, figure
from constraints.screen import words

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_NAME = "addresses"


@dataclass(frozen=True, slots=True)
class _Line:
    """An address in the list, with its number on the map and the name of its box in the form."""

    id: str
    number: int
    box: str
    address: str
    distance: str


def _offered(desk: Desk, work: Work, row: CaseRow) -> Sequence[Candidate]:
    return () if row.site is None else neighbours.unlisted(work, row, desk.addresses(work))


def _by_list(_desk: Desk, work: Work, row: CaseRow) -> str:
    """The page is of the list as it was: another officer may have put somebody on it since."""
    listed = [one.id for one in neighbours.neighbours_of(work, row)]
    return f"case-{row.version}-{len(listed)}-{max(listed, default=0)}"


def _fields(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    options = tuple((one.address.uprn, one.address.address) for one in _offered(desk, work, row))
    return (Field(_NAME, "Addresses", Kind.TICKS, ask="Select at least one address", options=options),)


def _about(desk: Desk, work: Work, row: CaseRow) -> About:
    offered = _offered(desk, work, row)
    if not offered:
        sentence = "Draw the site first." if row.site is None else "No other address is known near the site."
        return About(cannot=f"There is nothing to pick. {sentence}")
    lines = [
        _Line(
            id=f"pick-{one.address.uprn}",
            number=n,
            box=f"{_NAME}-{one.address.uprn}",
            address=one.address.address,
            distance=words.metres(one.distance_m),
        )
        for n, one in enumerate(offered, 1)
    ]
    items = [
        Item(line.id, line.number, line.address, NEIGHBOUR, one.address.point)
        for line, one in zip(lines, offered, strict=True)
    ]
    drawn = figure(items, desk.base, site=site_of(row).geometry, title=f"Addresses round {row.reference}")
    within = words.metres(neighbours.PICKED_WITHIN_M)
    most = f" The nearest {len(lines)} are shown." if len(lines) == neighbours.MOST_OFFERED else ""
    said = f"Addresses within {within} of the site that are not on the list, nearest first.{most}"
    return About((said,), parts={"lines": lines, "figure": drawn})


def _pick(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    neighbours.pick(work, row, desk.addresses(work), values[_NAME], desk.now)


add_tasks(
    router,
    Task(
        "neighbours/pick",
        "Pick neighbours on the map",
        "Put them on the list",
        "The addresses have been put on the list.",
        _pick,
        back="neighbours",
        fields=_fields,
        about=_about,
        stamp=_by_list,
        template="casework/pick.html",
    ),
)

"""One report with something of every status, and text from a record that would like to be markup."""

from __future__ import annotations

import pytest
import shapely
from support.planted import AS_AT, Delivery, Planted, plant

from bopsgis import boundary
from constraints.model import ConstraintReport
from constraints.screen import screen
from constraints.source import Coverage

NASTY = 'Church <script>alert(1)</script> of St "Mark" & co | [x](javascript:y) </svg>'


@pytest.fixture(scope="session")
def nasty() -> str:
    """A name as no publisher should give one."""
    return NASTY


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> ConstraintReport:
    """A site of 1,200 m² across two councils, with areas (one with a hole), a line, points, a circle and a sliver."""
    box = shapely.box
    hollow = box(533000, 177000, 533430, 178000).difference(shapely.Point(533410, 177910).buffer(5))
    river = shapely.LineString([(533390, 177910), (533500, 177915)])
    grade = {"listed-building-grade": "II"}
    store = plant(
        tmp_path_factory.mktemp("report"),
        Delivery(
            "local-planning-authority",
            [
                Planted(box(520000, 170000, 533430, 190000), "NOR", "Northam"),
                Planted(box(533430, 170000, 560000, 190000), "SUT", "Sutham"),
            ],
        ),
        Delivery("conservation-area", [Planted(hollow, "19", "Mill Road")], coverage=Coverage(("NOR",))),
        Delivery("listed-building-outline", [Planted(box(533439.98, 177900, 533460, 177920), "470", "Old Chapel")]),
        Delivery(
            "listed-building",
            [
                Planted(shapely.Point(533420, 177950), "1234567", NASTY),
                Planted(shapely.Point(533420, 177910), "1234568", "Hall", grade),
            ],
        ),
        Delivery("main-river", [Planted(river, "R", "Bourne")]),
        Delivery(
            "flood-risk-zone", [Planted(box(533400, 177900, 533405, 177905), "106", "", {"flood-risk-level": "3"})]
        ),
        Delivery("article-4-direction-area"),
        Delivery("historic-landfill", [Planted(box(533600, 177900, 533700, 178000), "L1", "Old tip")]),
        Delivery("tree", [Planted(shapely.Point(533443, 177900).buffer(5), "T1", circle=True)]),
    )
    return screen(boundary.from_geometry(box(533400, 177900, 533440, 177930)), store=store, as_at=AS_AT)

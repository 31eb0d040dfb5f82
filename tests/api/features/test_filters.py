from __future__ import annotations

import json
import operator

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.casework import OFFICER, a_case

from api.cases import store
from api.core.db import Database
from api.core.problems import RequestRefused
from api.features.cases import Cases
from api.features.collection import Query
from api.maps.areas import CRS84, NATIONAL_GRID_URI
from api.maps.cql2.building import Builder
from api.maps.cql2.json_reader import read_json
from api.maps.cql2.matching import Column, Features, like, matches
from api.maps.cql2.syntax import Expression, Like, Property
from api.maps.cql2.text_reader import read_text

PROPERTIES = {
    "name": Property("text", "A name."),
    "size": Property("number", "A size."),
    "start-date": Property("date", "A date."),
    "listed": Property("boolean", "A yes or no."),
}
ROWS: list[tuple[str | None, float | None, str | None, bool | None]] = [
    ("High Street", 10.0, "1980-02-05", True),
    ("high street", 20.5, "1999-12-31", False),
    ("50% off_peak", -3.0, "2000-01-01", True),
    ("O'Neill's \\ yard", 0.0, None, False),
    (None, None, "2026-11-22", None),
]
SHAPES = np.array([shapely.box(x, 0.0, x + 10.0, 10.0) for x in (0.0, 20.0, 40.0, 60.0, 80.0)], dtype=object)

# The same question in text and in JSON, and the rows that it has to find.
SAME = [
    ("name = 'High Street'", {"op": "=", "args": [{"property": "name"}, "High Street"]}, {0}),
    ("size >= 0 AND size < 20.5", None, {0, 3}),
    ("NOT (size > 5 OR listed = FALSE)", None, {2}),
    (
        "name IN ('high street', 'nowhere')",
        {"op": "in", "args": [{"property": "name"}, ["high street", "nowhere"]]},
        {1},
    ),
    ("name NOT IN ('high street')", None, {0, 2, 3}),
    ("size BETWEEN -3 AND 10", {"op": "between", "args": [{"property": "size"}, -3, 10]}, {0, 2, 3}),
    ("size NOT BETWEEN -3 AND 10", None, {1}),
    ("name LIKE '%igh%'", {"op": "like", "args": [{"property": "name"}, "%igh%"]}, {0, 1}),
    ("name LIKE '_igh Street'", None, {0}),
    ("name LIKE '50\\% off\\_%'", {"op": "like", "args": [{"property": "name"}, "50\\% off\\_%"]}, {2}),
    ("name LIKE 'O''Neill''s \\\\ %'", None, {3}),
    ("name IS NULL", {"op": "isNull", "args": [{"property": "name"}]}, {4}),
    ("name IS NOT NULL", {"op": "not", "args": [{"op": "isNull", "args": [{"property": "name"}]}]}, {0, 1, 2, 3}),
    ("NOT name = 'High Street'", None, {1, 2, 3}),
    (
        "T_AFTER(\"start-date\", DATE('1999-12-31'))",
        {"op": "t_after", "args": [{"property": "start-date"}, {"date": "1999-12-31"}]},
        {2, 4},
    ),
    ("T_BEFORE(\"start-date\", TIMESTAMP('2000-01-01T00:00:00Z'))", None, {0, 1}),
    (
        "T_INTERSECTS(\"start-date\", INTERVAL('1999-12-31', '2000-01-01'))",
        {"op": "t_intersects", "args": [{"property": "start-date"}, {"interval": ["1999-12-31", "2000-01-01"]}]},
        {1, 2},
    ),
    ("T_DURING(\"start-date\", INTERVAL('1999-12-31', '..'))", None, {2, 4}),
    ("T_EQUALS(\"start-date\", DATE('2000-01-01'))", None, {2}),
    ("\"start-date\" > '1999-12-31'", None, {2, 4}),
    ("listed = true", {"op": "=", "args": [{"property": "listed"}, True]}, {0, 2}),
    (
        "S_INTERSECTS(geometry, POLYGON((5 5, 25 5, 25 6, 5 6, 5 5)))",
        {
            "op": "s_intersects",
            "args": [
                {"property": "geometry"},
                {"type": "Polygon", "coordinates": [[[5, 5], [25, 5], [25, 6], [5, 6], [5, 5]]]},
            ],
        },
        {0, 1},
    ),
    (
        "S_WITHIN(geometry, BBOX(19, -1, 51, 11))",
        {"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [19, -1, 51, 11]}]},
        {1, 2},
    ),
    (
        "S_DWITHIN(geometry, POINT(15 5), 5, meters)",
        {"op": "s_dwithin", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [15, 5]}, 5]},
        {0, 1},
    ),
    ("NOT S_INTERSECTS(geometry, POINT(5 5))", None, {1, 2, 3, 4}),
]


def features() -> Features:
    """The rows with their shapes."""
    columns = {name: Column.of([row[place] for row in ROWS]) for place, name in enumerate(PROPERTIES)}
    return Features(shapely.bounds(SHAPES), columns, lambda index: SHAPES[index])


def found(expression: Expression) -> set[int]:
    """Numbers of the rows that a filter holds for."""
    return set(np.flatnonzero(matches(features(), expression)).tolist())


def builder() -> Builder:
    """A builder over the rows' properties."""
    return Builder(PROPERTIES, NATIONAL_GRID_URI)


@pytest.mark.parametrize(("text", "value", "rows"), SAME, ids=[text for text, _, _ in SAME])
def test_a_filter_finds_what_it_says(text: str, value: object, rows: set[int]) -> None:
    """Each operator finds the rows that CQL2 says, in text and in JSON; what is not recorded is never found by NOT."""
    assert found(read_text(text, builder())) == rows
    if value is not None:
        assert found(read_json(json.dumps(value), builder())) == rows


REFUSED = {
    "colour = 'red'": ("property_unknown", "colour"),
    '"name"" OR 1=1" = \'x\'': ("filter_refused", ""),
    "name = 'x'; DROP TABLE planning_case": ("filter_refused", ";"),
    "name = 'x' OR '1'='1'": ("filter_refused", "'1'"),
    "name ~ 'x'": ("filter_refused", "character 6"),
    "name SOUNDS 'x'": ("operator_unknown", "SOUNDS"),
    "pg_sleep(10)": ("operator_unknown", "pg_sleep"),
    "name = 5": ("value_refused", "name"),
    "size = 'x'": ("value_refused", "size"),
    "size LIKE '1%'": ("filter_refused", "size"),
    "\"start-date\" = '2026-02-30'": ("date_refused", "2026-02-30"),
    "T_AFTER(name, DATE('2026-01-01'))": ("filter_refused", "name"),
    "T_DURING(\"start-date\", INTERVAL('2026-01-02','2026-01-01'))": ("date_refused", "ends before"),
    "S_INTERSECTS(name, POINT(0 0))": ("property_unknown", "name"),
    "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))": ("shape_refused", "crosses itself"),
    "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))": ("shape_refused", "text"),
    "S_INTERSECTS(geometry, CIRCULARSTRING(0 0, 1 1, 2 0))": ("shape_refused", "CIRCULARSTRING"),
    "S_DWITHIN(geometry, POINT(0 0), 9e9)": ("filter_refused", "50,000"),
    "S_DWITHIN(geometry, POINT(0 0), 5, miles)": ("filter_refused", "metres"),
    "name = 'x' AND": ("filter_refused", "ends too early"),
    "": ("filter_refused", "ends too early"),
    "NOT": ("filter_refused", "ends too early"),
    "(name = 'x'": ("filter_refused", "ends too early"),
    "name = 'x": ("filter_refused", "character"),
    "name LIKE '" + "%" * 11 + "'": ("filter_refused", "10 of %"),
    "name LIKE '" + "a" * 201 + "'": ("filter_refused", "200"),
    " AND ".join(["size > 1"] * 101): ("filter_too_large", "100"),
    "NOT " * 9 + "name = 'x'": ("filter_too_deep", "8"),
    "name IN (" + ",".join(["'x'"] * 120) + ")": ("filter_too_large", "100"),
}


@pytest.mark.parametrize("text", REFUSED, ids=[text[:40] for text in REFUSED])
def test_what_a_filter_may_not_say_is_named(text: str) -> None:
    """A filter outside the subset is refused with a code, and with what in it is at fault."""
    code, named = REFUSED[text]
    with pytest.raises(RequestRefused) as refusal:
        read_text(text, builder())
    assert refusal.value.code == code
    assert named in refusal.value.message


def test_the_deepest_and_longest_filters_are_read() -> None:
    """Eight levels and a hundred parts are within the limits."""
    assert found(read_text("(" * 8 + "size > 1" + ")" * 8, builder())) == {0, 1}
    assert found(read_text(" OR ".join(["size > 11"] * 99), builder())) == {1}


patterns = st.text("ab%_\\", max_size=8)


@given(st.text("ab%_\\\n", max_size=10), patterns)
def test_patterns_fit_as_a_naive_reading_says(text: str, pattern: str) -> None:
    """Matching in one pass gives the answer of the textbook recursion."""
    expression = builder().like("name", pattern)
    assert isinstance(expression, Like)
    assert like(text, expression) == _fits(text, _parsed(pattern))


def _parsed(pattern: str) -> list[str]:
    """The pattern's characters, `%` and `_` as they are and ordinary ones with a mark before them."""
    marks, characters = [], iter(pattern)
    for character in characters:
        if character == "\\":
            marks.append("=" + next(characters, "\\"))
        else:
            marks.append(character if character in "%_" else "=" + character)
    return marks


def _fits(text: str, marks: list[str]) -> bool:
    if not marks:
        return not text
    if marks[0] == "%":
        return any(_fits(text[start:], marks[1:]) for start in range(len(text) + 1))
    return bool(text) and (marks[0] == "_" or text[0] == marks[0][1]) and _fits(text[1:], marks[1:])


values = st.sampled_from([row[1] for row in ROWS if row[1] is not None])
signs = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
leaves = st.builds(lambda sign, value: (f"size {sign} {value}", (sign, value)), st.sampled_from(sorted(signs)), values)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda part: (f"NOT ({part[0]})", ("not", part[1])), inner),
        st.builds(
            lambda word, a, b: (f"({a[0]}) {word} ({b[0]})", (word, a[1], b[1])),
            st.sampled_from(["AND", "OR"]),
            inner,
            inner,
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=50)
@given(trees)
def test_any_tree_means_what_python_says(tree: tuple[str, tuple[object, ...]]) -> None:
    """AND, OR and NOT over comparisons hold for the rows that a plain evaluation, row by row, gives."""
    text, meant = tree
    sizes = [row[1] for row in ROWS]
    assert found(read_text(text, builder())) == {n for n, size in enumerate(sizes) if _holds(meant, size) is True}


def _holds(meant: tuple[object, ...], size: float | None) -> bool | None:
    head, *rest = meant
    if head == "not":
        inner = _holds(rest[0], size)  # type: ignore[arg-type]  # a tree made above
        return None if inner is None else not inner
    if head in ("AND", "OR"):
        both = [_holds(part, size) for part in rest]  # type: ignore[arg-type]  # as above
        decisive = head == "OR"
        return decisive if decisive in both else None if None in both else not decisive
    return None if size is None else bool(signs[str(head)](size, rest[0]))


def test_a_line_of_latitude_stays_one() -> None:
    """A box in degrees is a curve on the grid: its long edge is followed, not cut short between its corners."""
    build = Builder(PROPERTIES, CRS84)
    box = shapely.Polygon([(-4.0, 52.0), (0.0, 52.0), (0.0, 53.0), (-4.0, 53.0)])
    spatial = build.spatial("s_intersects", "geometry", box)
    straight = shapely.area(shapely.convex_hull(spatial.shape)) - shapely.area(spatial.shape)  # type: ignore[union-attr]  # a Spatial
    assert straight > 1e6


CASES = [
    ("status = 'valid'", 2),
    ("NOT status = 'valid'", 1),
    ("ward IS NULL", 2),
    ("NOT ward = 'Castle'", 0),
    ("ward LIKE 'Cast%'", 1),
    ("ward LIKE 'cast%'", 0),
    ("proposal LIKE '%50\\% wider*%'", 1),
    ("proposal LIKE '%[5]%'", 0),
    ("received_on BETWEEN DATE('2026-05-28') AND DATE('2026-05-28')", 3),
    ("T_AFTER(valid_on, DATE('2026-05-28'))", 3),
    ("reference IN ('nothing') OR address = '1 Example Street'", 3),
    ("proposal > 'Z'", 1),
    ("S_INTERSECTS(geometry, BBOX(430000, 280000, 430010, 280010))", 2),
    ("NOT S_INTERSECTS(geometry, BBOX(430000, 280000, 430010, 280010))", 0),
    ("S_WITHIN(geometry, BBOX(429999, 279999, 430021, 280031))", 2),
    ("S_DWITHIN(geometry, POINT(430030 280010), 10)", 2),
    ("S_DWITHIN(geometry, POINT(430030 280010), 9.9)", 0),
]


def test_cases_are_filtered_alike_on_both_stores(database: Database) -> None:
    """SQL says what the columns in memory say: three answers, capital letters, wildcards, shapes."""
    references = [a_case(database) for _ in range(3)]
    a_case(database, valid=False)
    with database.unit_of_work(OFFICER) as work:
        rows = [store.get(work, reference) for reference in references]
        rows[0].ward, rows[0].proposal = "Castle", "a door 50% wider* than before"
        rows[1].status = "decided"
        rows[2].site = None
    cases = Cases(database, 1, "A")
    counts = []
    for text, _ in CASES:
        expression = read_text(text, Builder(cases.properties, NATIONAL_GRID_URI))
        counts.append((text, cases.select(Query(filter=expression)).matched))
    assert counts == CASES
    assert cases.select(Query(area=shapely.box(0, 0, 1, 1))).matched == 0
    assert cases.span.start == "2026-05-28"

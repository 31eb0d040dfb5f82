"""A report as its page shows it. List and map are made from the same rows, so they cannot differ."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import shapely

from bopsgis import gridref
from bopsgis.boundary import Boundary
from constraints import render
from constraints.catalogue import datasets
from constraints.model import Consequence, ConsequenceKind, ConstraintFinding, ConstraintReport, Hit, Status
from constraints.render.sections import SECTIONS, Section, hit_facts, hit_title, only_missing, title
from constraints.screen import words

__all__ = [
    "ConsequenceView",
    "FindingView",
    "HitView",
    "ReportView",
    "StatusGroup",
    "map_data",
    "picture_uri",
    "report_view",
]

_TAGS: Mapping[Status, tuple[str, str]] = {
    Status.PRESENT: ("On the site", "app-tag--present"),
    Status.ADJACENT: ("At the boundary", "app-tag--adjacent"),
    Status.NEAR: ("Near", "app-tag--near"),
    Status.NOT_KNOWN: ("Not known", "app-tag--not-known"),
    Status.ABSENT: ("Not found", "app-tag--absent"),
}
"""Status -> the words and the class of its tag: never colour alone."""

_KINDS: Mapping[ConsequenceKind, str] = {
    ConsequenceKind.CONSENT: "Consent",
    ConsequenceKind.PERMITTED_DEVELOPMENT: "Permitted development",
    ConsequenceKind.CONSULTEE: "Who to consult",
    ConsequenceKind.PUBLICITY: "Publicity",
    ConsequenceKind.DOCUMENT: "Documents needed",
}
_BEHIND = frozenset(
    {"Entity", "Start date", "End date", "Entry date", "Source", "Licence", "Coordinates", "Repair", "Accuracy"}
)
"""Facts of a designation that are shown when asked for."""
_SMALLEST_VIEW_M = 60.0
_MOST_ROUND_M = 60.0
"""Shapes are cut 100 m from the site: the first view stays inside that."""


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value, for a summary list."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ConsequenceView:
    """One thing that follows, as the page says it."""

    who: str
    text: str
    citation: str
    certain: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class ConsequenceGroup:
    """All of one kind that follows."""

    heading: str
    items: tuple[ConsequenceView, ...]


@dataclass(frozen=True, slots=True)
class HitView:
    """One designation: a row of the list and a shape on the map, under the same number."""

    id: str
    number: int
    title: str
    status: str
    status_text: str
    status_class: str
    measures: tuple[Row, ...]
    provenance: tuple[Row, ...]
    hit: Hit


@dataclass(frozen=True, slots=True)
class FindingView:
    """The answer for one dataset."""

    dataset: str
    name: str
    theme: str
    status: str
    sentence: str
    meaning: str
    hits: tuple[HitView, ...]
    reasons: tuple[str, ...]
    only_missing: bool
    """True where all there is to say is that no data is loaded."""
    follows: tuple[ConsequenceGroup, ...]
    checked: tuple[str, ...]
    surface: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class StatusGroup:
    """All findings of one status."""

    status: str
    heading: str
    intro: str
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything that the page of a report shows."""

    title: str
    site: tuple[Row, ...]
    notes: tuple[str, ...]
    groups: tuple[StatusGroup, ...]
    as_at: str
    identity: str
    store_version: str

    @property
    def hits(self) -> Iterator[HitView]:
        """Every designation in the list, in the order of the page: what the map has to show."""
        return (hit for group in self.groups for finding in group.findings for hit in finding.hits)


def report_view(report: ConstraintReport) -> ReportView:
    """The report as its page shows it."""
    numbers = iter(range(1, 1 + sum(len(finding.hits) for finding in report.findings)))
    return ReportView(
        title=title(report),
        site=_site_rows(report),
        notes=(*report.site.notes, *report.notes),
        groups=tuple(_group(section, report, numbers) for section in SECTIONS),
        as_at=words.day(report.as_at),
        identity=report.identity,
        store_version=report.store_version,
    )


def map_data(report: ConstraintReport, view: ReportView) -> str:
    """What the map on the page draws, as JSON: the site and every hit of the list; EPSG:27700 metres.

    Safe inside a `script` element of type application/json.
    """
    edge = _cut_edge(report, view)
    features = [_feature(row, edge) for row in view.hits]
    data = {
        "site": _geometry(report.site.geometry),
        "view": _view_box(report.site),
        "hits": {"type": "FeatureCollection", "features": features},
    }
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def picture_uri(report: ConstraintReport) -> str:
    """The server's own map of the report as a data address, for the page without JavaScript."""
    content = render.picture(report, fmt="svg")
    return f"data:image/svg+xml;base64,{base64.b64encode(content).decode('ascii')}"


def _group(section: Section, report: ConstraintReport, numbers: Iterator[int]) -> StatusGroup:
    found = tuple(_finding(finding, numbers) for finding in report.findings if finding.status is section.status)
    return StatusGroup(section.status.value, section.heading, section.intro, found)


def _finding(finding: ConstraintFinding, numbers: Iterator[int]) -> FindingView:
    return FindingView(
        dataset=finding.dataset,
        name=finding.name,
        theme=finding.theme,
        status=finding.status.value,
        sentence=finding.sentence,
        meaning=finding.meaning,
        hits=tuple(_hit(finding, hit, next(numbers)) for hit in finding.hits),
        reasons=tuple(reason.sentence for reason in finding.not_known),
        only_missing=only_missing(finding),
        follows=_follows(finding.consequences),
        checked=finding.checked,
        surface=_surface(finding),
    )


def _hit(finding: ConstraintFinding, hit: Hit, number: int) -> HitView:
    tag, tag_class = _TAGS[hit.status]
    facts = [Row(label, value) for label, value in hit_facts(hit)]
    return HitView(
        id=f"hit-{number}",
        number=number,
        title=hit_title(finding, hit),
        status=hit.status.value,
        status_text=tag,
        status_class=tag_class,
        measures=tuple(row for row in facts if row.label not in _BEHIND),
        provenance=tuple(row for row in facts if row.label in _BEHIND),
        hit=hit,
    )


def _follows(consequences: Sequence[Consequence]) -> tuple[ConsequenceGroup, ...]:
    groups = (
        ConsequenceGroup(heading, tuple(_consequence(each) for each in consequences if each.kind is kind))
        for kind, heading in _KINDS.items()
    )
    return tuple(group for group in groups if group.items)


def _consequence(consequence: Consequence) -> ConsequenceView:
    citation = ", ".join(part for part in (consequence.citation, consequence.edition) if part)
    return ConsequenceView(consequence.who, consequence.text, citation, consequence.certain, consequence.verified)


def _surface(finding: ConstraintFinding) -> tuple[Row, ...]:
    measure = finding.raster
    if measure is None:
        return ()
    unit = measure.unit
    rows = [Row(f"Share of the site at {measure.threshold:g} {unit} or more", words.percent(measure.share_over))]
    rows += [Row("Highest value", f"{measure.maximum:.2f} {unit}")] if measure.maximum is not None else []
    rows += [Row("Average", f"{measure.mean:.2f} {unit}")] if measure.mean is not None else []
    return (*rows, Row("Share without data", words.percent(measure.nodata_share)))


def _site_rows(report: ConstraintReport) -> tuple[Row, ...]:
    site = report.site
    centre = site.centre
    hectares = f" ({site.area_m2 / 10_000:.2f} hectares)" if site.area_m2 >= 1_000 else ""
    return (
        Row("Area", f"{words.area(site.area_m2)}{hectares}"),
        Row("Length of boundary", words.length(site.perimeter_m)),
        Row("Centre", f"{gridref.format(centre)} (easting {centre.easting:,.0f}, northing {centre.northing:,.0f})"),
        Row("Council", words.and_list(report.council_names) or "Not known"),
        Row("Checked as at", words.day(report.as_at)),
    )


def _cut_edge(report: ConstraintReport, view: ReportView) -> shapely.Geometry:
    """The rectangle at which `screen` cut shapes for drawing, as a line; empty where it cut none.

    It is the site's box, grown by at least `surroundings_m`; what was cut reaches it and nothing goes beyond.
    """
    box = report.site.bbox
    shapes = [row.hit.geometry for row in view.hits]
    west, south, east, north = shapely.total_bounds(shapes) if shapes else shapely.bounds(report.site.geometry)
    grown = max(box.west - west, box.south - south, east - box.east, north - box.north)
    if grown < float(report.settings["surroundings_m"]):
        return shapely.LineString()
    cut = box.grown(float(grown))
    return shapely.box(cut.west, cut.south, cut.east, cut.north).boundary


def _feature(row: HitView, edge: shapely.Geometry) -> dict[str, object]:
    """One hit for the map. `outline` is its boundary without the edge at which it was cut for drawing."""
    shape = row.hit.geometry
    polygonal = shapely.get_dimensions(shape) == 2
    return {
        "type": "Feature",
        "id": row.id,
        "properties": {
            "number": row.number,
            "title": row.title,
            "dataset": row.hit.dataset,
            "theme": datasets()[row.hit.dataset].theme,
            "status": row.status,
            "outline": _geometry(shapely.difference(shapely.boundary(shape), edge)) if polygonal else None,
        },
        "geometry": _geometry(shape),
    }


def _geometry(geometry: object) -> object:
    """GeoJSON of a shapely geometry, to the centimetre: a picture needs no more."""
    return json.loads(shapely.to_geojson(shapely.set_precision(geometry, 0.01, mode="pointwise")))


def _view_box(site: Boundary) -> list[float]:
    """What the map shows first: the site with half its size round it, 60 m at most; west, south, east, north."""
    box = site.bbox
    size = max(box.east - box.west, box.north - box.south, _SMALLEST_VIEW_M)
    shown = box.grown(min(size / 2, _MOST_ROUND_M))
    return [round(side, 1) for side in (shown.west, shown.south, shown.east, shown.north)]

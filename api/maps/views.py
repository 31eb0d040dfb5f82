"""A report as its page shows it. List and map are made from the same rows, so they cannot differ."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import shapely

from bopsgis import gridref
from bopsgis.boundary import Boundary
from constraints import render
from constraints.catalogue import datasets
from constraints.model import Consequence, ConsequenceKind, ConstraintFinding, ConstraintReport, Hit, Provenance, Status
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

_GROUPS: Mapping[Status, tuple[str, str, str, str]] = {
    Status.PRESENT: (
        "On the site",
        "On the site",
        "app-tag--present",
        "These designations lie on the site, or on part of it.",
    ),
    Status.ADJACENT: (
        "At the edge of the site",
        "At the edge",
        "app-tag--adjacent",
        "These touch the site boundary, or overlap it by less than the accuracy of the maps. Check them on a plan.",
    ),
    Status.NEAR: ("Near the site", "Near", "app-tag--near", "These lie outside the site but close enough to matter."),
    Status.NOT_KNOWN: (
        "Not known",
        "Not known",
        "app-tag--not-known",
        "Nothing can be said about these, neither yes nor no. Ask the council before relying on their absence.",
    ),
    Status.ABSENT: (
        "Not on or near the site",
        "Not there",
        "app-tag--absent",
        "The data is loaded, complete for this place and up to date, and has nothing on or near the site.",
    ),
}
"""Status -> heading, tag, class of the tag and what the group means; in the order of the page."""

_KINDS: Mapping[ConsequenceKind, str] = {
    ConsequenceKind.CONSENT: "Consent",
    ConsequenceKind.PERMITTED_DEVELOPMENT: "Permitted development",
    ConsequenceKind.CONSULTEE: "Who to consult",
    ConsequenceKind.PUBLICITY: "Publicity",
    ConsequenceKind.DOCUMENT: "Documents needed",
}
_RELATIONS = {
    "site_within": "The whole site is inside it",
    "covers": "It is wholly inside the site",
    "overlaps": "It overlaps the site",
    "touches": "It touches the site boundary",
    "near": "It is outside the site",
}
_SMALLEST_VIEW_M = 60.0


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value, for a summary list."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ConsequenceView:
    """One thing that follows, as the page says it."""

    kind: str
    text: str
    citation: str
    certain: bool
    verified: bool


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
    consequences: tuple[ConsequenceView, ...]
    checked: tuple[str, ...]
    surface: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class StatusGroup:
    """All findings of one status."""

    status: str
    heading: str
    tag: str
    tag_class: str
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
    groups = tuple(_group(status, report, numbers) for status in _GROUPS)
    return ReportView(
        title=_title(report.site),
        site=_site_rows(report),
        notes=(*report.site.notes, *report.notes),
        groups=groups,
        as_at=words.day(report.as_at),
        identity=report.identity,
        store_version=report.store_version,
    )


def map_data(report: ConstraintReport, view: ReportView) -> str:
    """What the map on the page draws, as JSON: the site and every hit of the list; EPSG:27700 metres.

    Safe inside a `script` element of type application/json.
    """
    features = [_feature(row) for row in view.hits]
    data = {
        "site": _geometry(report.site.geometry),
        "view": _view_box(report.site),
        "hits": {"type": "FeatureCollection", "features": features},
    }
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def picture_uri(report: ConstraintReport) -> str:
    """The server's own map of the report as a data address, for the page without JavaScript."""
    drawn = render.picture(report, fmt="svg")
    content = drawn.encode() if isinstance(drawn, str) else drawn
    return f"data:image/svg+xml;base64,{base64.b64encode(content).decode('ascii')}"


def _title(site: Boundary) -> str:
    return f"Constraints on the site at {gridref.format(site.centre)}"


def _group(status: Status, report: ConstraintReport, numbers: Iterator[int]) -> StatusGroup:
    heading, tag, tag_class, intro = _GROUPS[status]
    found = tuple(_finding(finding, numbers) for finding in report.findings if finding.status is status)
    return StatusGroup(status.value, heading, tag, tag_class, intro, found)


def _finding(finding: ConstraintFinding, numbers: Iterator[int]) -> FindingView:
    return FindingView(
        dataset=finding.dataset,
        name=finding.name,
        theme=finding.theme,
        status=finding.status.value,
        sentence=finding.sentence,
        meaning=finding.meaning,
        hits=tuple(_hit(hit, next(numbers)) for hit in finding.hits),
        reasons=tuple(reason.sentence for reason in finding.not_known),
        consequences=tuple(_consequence(each) for each in finding.consequences),
        checked=finding.checked,
        surface=_surface(finding),
    )


def _hit(hit: Hit, number: int) -> HitView:
    _, tag, tag_class, _ = _GROUPS[hit.status]
    kind = datasets()[hit.dataset].name
    name = hit.name.strip() or (f"{kind} {hit.reference}" if hit.reference else kind)
    return HitView(
        id=f"hit-{number}",
        number=number,
        title=name,
        status=hit.status.value,
        status_text=tag,
        status_class=tag_class,
        measures=_measures(hit),
        provenance=_provenance(hit),
        hit=hit,
    )


def _measures(hit: Hit) -> tuple[Row, ...]:
    rows = [Row("Reference", hit.reference), Row("How it lies", _RELATIONS[hit.relation.value])]
    if hit.overlap_m2 > 0:
        share = f"{words.area(hit.overlap_m2)} ({words.percent(hit.site_share)} of the site)"
        rows += [Row("Overlap", share)]
        rows += [Row("Widest circle in the overlap", f"{words.metres(hit.inscribed_radius_m)} radius")]
    if hit.overlap_length_m > 0:
        rows += [Row("Length in the site", words.length(hit.overlap_length_m))]
    if hit.distance_m > 0:
        rows += [Row("Distance", f"{words.metres(hit.distance_m)} {words.compass(hit.bearing)}".strip())]
    rows += [Row(_label(name), value) for name, value in hit.attributes.items() if value]
    if hit.likely:
        rows += [Row("Certainty", "Likely: it is recorded as a point, which shows no extent")]
    if hit.provisional:
        rows += [Row("Provisional", "Yes, and in force")]
    rows += [Row("Tolerance", f"{words.metres(hit.tolerance_m)}: {hit.tolerance_why}")]
    return tuple(row for row in rows if row.value)


def _provenance(hit: Hit) -> tuple[Row, ...]:
    return tuple(row for source in (hit.provenance, *hit.also) for row in _source_rows(source))


def _source_rows(source: Provenance) -> list[Row]:
    rows = [
        Row("Published by", source.publisher),
        Row("Delivery", f"{source.source}, version {source.dataset_version}, copied {words.day(source.retrieved)}"),
        Row("Entered", _day(source.entry_date)),
        Row("In force from", _day(source.start_date)),
        Row("In force until", _day(source.end_date)),
        Row("Coordinates", f"{source.transform}, within {words.metres(source.transform_accuracy_m)}"),
        Row("Licence", source.licence),
        Row("Attribution", source.attribution),
    ]
    if source.repair is not None:
        before, after = source.repair.area_before_m2, source.repair.area_after_m2
        rows.append(
            Row("Repaired", f"{source.repair.reason}; area {words.area(before)} before, {words.area(after)} after")
        )
    return [row for row in rows if row.value]


def _consequence(consequence: Consequence) -> ConsequenceView:
    citation = ", ".join(part for part in (consequence.citation, consequence.edition) if part)
    return ConsequenceView(
        _KINDS[consequence.kind], consequence.text, citation, consequence.certain, consequence.verified
    )


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


def _feature(row: HitView) -> dict[str, object]:
    return {
        "type": "Feature",
        "id": row.id,
        "properties": {
            "number": row.number,
            "title": row.title,
            "dataset": row.hit.dataset,
            "theme": datasets()[row.hit.dataset].theme,
            "status": row.status,
        },
        "geometry": _geometry(row.hit.geometry),
    }


def _geometry(geometry: object) -> object:
    """GeoJSON of a shapely geometry, to the centimetre: a picture needs no more."""
    return json.loads(shapely.to_geojson(shapely.set_precision(geometry, 0.01, mode="pointwise")))


def _view_box(site: Boundary) -> list[float]:
    """What the map shows first: the site with half its size round it; west, south, east, north."""
    box = site.bbox
    size = max(box.east - box.west, box.north - box.south, _SMALLEST_VIEW_M)
    shown = box.grown(size / 2)
    return [round(side, 1) for side in (shown.west, shown.south, shown.east, shown.north)]


def _label(attribute: str) -> str:
    return attribute.replace("-", " ").replace("_", " ").capitalize()


def _day(value: date | None) -> str:
    return "" if value is None else words.day(value)

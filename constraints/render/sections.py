"""The order of a report, the same in every form: what is there, what touches, what is near, not known, absent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bopsgis import gridref
from constraints.catalogue import dataset as catalogue_dataset
from constraints.model import Consequence, ConstraintFinding, ConstraintReport, Hit, NotKnownReason, Status
from constraints.screen import words
from constraints.screen.sentences import called

__all__ = [
    "MARKS",
    "SECTIONS",
    "Section",
    "consequence_line",
    "dataset_counts",
    "hit_facts",
    "hit_title",
    "law_of",
    "numbered",
    "only_missing",
    "report_facts",
    "source_line",
    "title",
]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a report: the findings of one status."""

    status: Status
    heading: str
    intro: str
    short: str


SECTIONS: Final = (
    Section(Status.PRESENT, "On the site", "These constraints affect all or part of the site.", "on the site"),
    Section(
        Status.ADJACENT,
        "At the site boundary",
        "These touch the site, or overlap it by less than the accuracy of the maps.",
        "at its boundary",
    ),
    Section(Status.NEAR, "Near the site", "These lie outside the site, close enough to matter.", "near it"),
    Section(
        Status.NOT_KNOWN,
        "Not known",
        "Nothing can be said about these. It is not known that they are absent: they need checking elsewhere.",
        "not known",
    ),
    Section(
        Status.ABSENT,
        "Checked and not found",
        "Data complete for this place was checked on the date asked, and nothing was found.",
        "checked and not found",
    ),
)

_MISSING: Final = {NotKnownReason.NOT_LOADED, NotKnownReason.NOT_PUBLISHED}

MARKS: Final = "(?) may apply: a person must decide. (†) the text of the law was not seen for this: check it first."
"""What the marks after a consequence mean."""


def title(report: ConstraintReport) -> str:
    """The report's title: which site."""
    return f"Constraints on the site at {gridref.format(report.site.centre)}"


def report_facts(report: ConstraintReport) -> list[tuple[str, str]]:
    """Label and value of what a report is about and what it rests on."""
    site = report.site
    facts = [
        ("Site", f"{words.area(site.area_m2)}, perimeter {words.length(site.perimeter_m)}"),
        ("Centre", gridref.format(site.centre)),
        ("Council", words.and_list(report.council_names) or "not known"),
        ("As at", words.day(report.as_at)),
        ("Site boundary", f"{site.source_format}, EPSG:{site.source_crs}, {_transform(site.transform.name)}"),
        ("Data", f"store version {report.store_version}"),
        ("Software", report.software),
        ("Report", report.identity),
    ]
    notes = [*site.notes, *report.notes]
    return facts + ([("Note", " ".join(notes))] if notes else [])


def dataset_counts(report: ConstraintReport) -> str:
    """How many datasets were asked and how they answered."""
    counts = [
        f"{sum(finding.status is section.status for finding in report.findings)} {section.short}"
        for section in SECTIONS
    ]
    return f"{len(report.findings)} kinds of constraint: {words.and_list(counts)}."


def numbered(report: ConstraintReport) -> Iterator[tuple[int, ConstraintFinding, Hit]]:
    """Every hit with the number it has in lists and on the map, in the order of the sections."""
    number = 0
    for section in SECTIONS:
        for finding in report.findings:
            if finding.status is section.status:
                for hit in finding.hits:
                    number += 1
                    yield number, finding, hit


def only_missing(finding: ConstraintFinding) -> bool:
    """Whether all there is to say is that no data is loaded."""
    return finding.status is Status.NOT_KNOWN and all(reason.reason in _MISSING for reason in finding.not_known)


def hit_title(finding: ConstraintFinding, hit: Hit) -> str:
    """The name of one designation in a list."""
    return hit.name or words.upper_first(called(catalogue_dataset(finding.dataset), hit))


def hit_facts(hit: Hit) -> list[tuple[str, str]]:
    """Label and value of everything known of one designation's place, record and source."""
    return [*_place(hit), *_record(hit), *_evidence(hit)]


def consequence_line(consequence: Consequence) -> str:
    """What follows, and the law it rests on, in one line, with the marks that `MARKS` explains."""
    who = f"{consequence.who}: " if consequence.who else ""
    marks = f"{'' if consequence.certain else ' (?)'}{'' if consequence.verified else ' (†)'}"
    return f"{who}{consequence.text} ({law_of(consequence)}){marks}"


def law_of(consequence: Consequence) -> str:
    """The citation, with the edition that was read where one was."""
    if consequence.verified and consequence.edition:
        return f"{consequence.citation}, {consequence.edition}"
    return consequence.citation


def source_line(hit: Hit) -> str:
    """Where a hit's evidence comes from, in one line."""
    source = hit.provenance
    line = f"{source.publisher}: {source.source}, taken {words.day(source.retrieved)}"
    others = [f"{other.publisher}: {other.source}" for other in hit.also]
    return f"{line} (also in {words.and_list(others)})" if others else line


def _place(hit: Hit) -> list[tuple[str, str]]:
    facts = []
    if hit.overlap_m2 > 0.0:
        parts = f" in {hit.parts} parts" if hit.parts > 1 else ""
        shares = f"{words.percent(hit.site_share)} of the site, {words.percent(hit.feature_share)} of the designation"
        facts.append(("Overlap", f"{words.area(hit.overlap_m2)}{parts}: {shares}"))
        facts.append(("Widest circle in the overlap", f"{words.metres(hit.inscribed_radius_m)} in radius"))
    if hit.overlap_length_m > 0.0:
        facts.append(("Length in the site", words.length(hit.overlap_length_m)))
    if hit.distance_m > 0.0:
        facts.append(("Distance", f"{words.metres(hit.distance_m)} {words.compass(hit.bearing)}".strip()))
    if hit.likely:
        facts.append(("Extent", "not shown: the record is a point, so this is likely and not certain"))
    facts.append(("Accuracy", f"{words.metres(round(hit.tolerance_m, 2))}. {hit.tolerance_why}"))
    return facts


def _record(hit: Hit) -> list[tuple[str, str]]:
    facts = [("Reference", hit.reference), ("Entity", hit.entity)]
    facts += [(words.upper_first(key.replace("-", " ")), value) for key, value in hit.attributes.items()]
    if hit.provisional:
        facts.append(("Standing", "provisional, in force"))
    source = hit.provenance
    dates = [("Start date", source.start_date), ("End date", source.end_date), ("Entry date", source.entry_date)]
    facts += [(label, words.day(value)) for label, value in dates if value is not None]
    return [(label, value) for label, value in facts if value]


def _evidence(hit: Hit) -> list[tuple[str, str]]:
    source = hit.provenance
    facts = [
        ("Source", f"{source_line(hit)}; version {source.dataset_version}"),
        ("Licence", f"{source.licence}. {source.attribution}"),
        ("Coordinates", _transform(source.transform, source.transform_accuracy_m)),
    ]
    if source.repair is not None:
        repair = source.repair
        change = f"area {words.area(repair.area_before_m2)} before, {words.area(repair.area_after_m2)} after"
        doubt = "; the change is large enough to check with the publisher" if repair.flagged else ""
        facts.append(("Repair", f"{repair.reason}: {repair.method}, {change}{doubt}"))
    return facts


def _transform(name: str, accuracy_m: float | None = None) -> str:
    said = "already on the national grid" if name.startswith("none") else name
    return said if not accuracy_m else f"{said}, within {words.metres(accuracy_m)}"

"""A report as plain text for a terminal, 80 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

from constraints.model import ConstraintFinding, ConstraintReport, Hit
from constraints.render.sections import (
    MARKS,
    SECTIONS,
    Section,
    consequence_line,
    dataset_counts,
    hit_title,
    numbered,
    only_missing,
    report_facts,
    source_line,
    title,
)
from constraints.screen import words

__all__ = ["text"]

_WIDTH: Final = 80
_LABEL: Final = 15


def text(report: ConstraintReport) -> str:
    """The report as text: no line longer than 80 characters but for long words, no colour needed."""
    heading = title(report)
    lines = [heading, "=" * len(heading), ""]
    for label, value in report_facts(report):
        lines += _wrapped(value, first=f"{label:<{_LABEL}}", rest=" " * _LABEL)
    lines += ["", *_wrapped(dataset_counts(report))]
    numbers = {id(hit): number for number, _, hit in numbered(report)}
    for section in SECTIONS:
        found = [finding for finding in report.findings if finding.status is section.status]
        if found:
            lines += _section(section, found, numbers)
    if any(finding.consequences for finding in report.findings):
        lines += ["", *_wrapped(MARKS)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _section(section: Section, findings: list[ConstraintFinding], numbers: dict[int, int]) -> list[str]:
    heading = f"{section.heading} ({len(findings)})"
    lines = ["", heading, "-" * len(heading), *_wrapped(section.intro)]
    missing = [finding.name for finding in findings if only_missing(finding)]
    for finding in findings:
        if not only_missing(finding):
            lines += _finding(finding, numbers)
    if missing:
        lines += ["", *_wrapped(f"No data is loaded for: {'; '.join(missing)}.")]
    return lines


def _finding(finding: ConstraintFinding, numbers: dict[int, int]) -> list[str]:
    if not finding.hits:
        return _wrapped(f"{finding.name}: {finding.sentence}", first="* ", rest="  ")
    lines = ["", finding.name, *_wrapped(finding.sentence, first="  ", rest="  ")]
    for hit in finding.hits:
        lines += _hit(finding, hit, numbers[id(hit)])
    lines += _bullets("Also not known:", (reason.sentence for reason in finding.not_known))
    lines += _bullets("What follows:", (consequence_line(each) for each in finding.consequences))
    return lines


def _hit(finding: ConstraintFinding, hit: Hit, number: int) -> list[str]:
    reference = f" ({hit.reference})" if hit.name and hit.reference else ""
    label = f"{hit_title(finding, hit)}{reference}"
    lines = _wrapped(f"{label}: {_measures(hit)}", first=f"  {number}. ", rest="     ")
    return lines + _wrapped(f"Source: {source_line(hit)}.", first="     ", rest="     ")


def _measures(hit: Hit) -> str:
    said = []
    if hit.overlap_m2 > 0.0:
        said.append(f"{words.area(hit.overlap_m2)}, {words.percent(hit.site_share)} of the site")
        said.append(f"widest circle {words.metres(hit.inscribed_radius_m)} in radius")
    if hit.overlap_length_m > 0.0:
        said.append(f"{words.length(hit.overlap_length_m)} in the site")
    if hit.distance_m > 0.0:
        said.append(f"{words.metres(hit.distance_m)} {words.compass(hit.bearing)}".strip())
    if not said:
        said.append("in the site" if hit.likely else "touches the site")
    if hit.likely:
        said.append("a point, so likely")
    return "; ".join(said)


def _bullets(heading: str, sentences: Iterable[str]) -> list[str]:
    lines = [line for sentence in sentences for line in _wrapped(sentence, first="  - ", rest="    ")]
    return [f"  {heading}", *lines] if lines else []


def _wrapped(value: str, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        " ".join(value.split()), _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )

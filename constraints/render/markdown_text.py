"""A report as Markdown (CommonMark with tables as GitHub draws them)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from constraints.model import ConstraintFinding, ConstraintReport
from constraints.render.sections import (
    MARKS,
    SECTIONS,
    Section,
    consequence_line,
    dataset_counts,
    hit_facts,
    hit_title,
    numbered,
    only_missing,
    report_facts,
    title,
)

__all__ = ["markdown"]

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def markdown(report: ConstraintReport) -> str:
    """The report as Markdown; text from records is escaped, so that none of it becomes markup."""
    lines = [f"# {_safe(title(report))}", "", *_table("About this report", report_facts(report))]
    lines += ["", _safe(dataset_counts(report))]
    numbers = {id(hit): number for number, _, hit in numbered(report)}
    for section in SECTIONS:
        found = [finding for finding in report.findings if finding.status is section.status]
        if found:
            lines += _section(section, found, numbers)
    if any(finding.consequences for finding in report.findings):
        lines += ["", _safe(MARKS)]
    return "\n".join(lines) + "\n"


def _section(section: Section, findings: list[ConstraintFinding], numbers: dict[int, int]) -> list[str]:
    lines = ["", f"## {section.heading} ({len(findings)})", "", section.intro]
    plain = [finding for finding in findings if not finding.hits and not only_missing(finding)]
    for finding in findings:
        if finding.hits:
            lines += _finding(finding, numbers)
    if plain:
        lines += ["", *(f"- **{_safe(finding.name)}**: {_safe(finding.sentence)}" for finding in plain)]
    missing = [finding.name for finding in findings if only_missing(finding)]
    if missing:
        lines += ["", "No data is loaded for:", "", *(f"- {_safe(name)}" for name in missing)]
    return lines


def _finding(finding: ConstraintFinding, numbers: dict[int, int]) -> list[str]:
    lines = ["", f"### {_safe(finding.name)}", "", _safe(finding.sentence)]
    if finding.meaning:
        lines += ["", _safe(finding.meaning)]
    for hit in finding.hits:
        lines += ["", *_table(f"{numbers[id(hit)]}. {hit_title(finding, hit)}", hit_facts(hit))]
    lines += _list("Also not known", (reason.sentence for reason in finding.not_known))
    lines += _list("What follows", (consequence_line(each) for each in finding.consequences))
    return lines


def _table(heading: str, facts: Iterable[tuple[str, str]]) -> list[str]:
    rows = [f"| {_safe(label)} | {_safe(value)} |" for label, value in facts]
    return [f"| {_safe(heading)} | |", "| --- | --- |", *rows]


def _list(heading: str, sentences: Iterable[str]) -> list[str]:
    items = [f"- {_safe(sentence)}" for sentence in sentences]
    return ["", f"**{heading}**", "", *items] if items else []


def _safe(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(value.split()))

"""A report as one web page that needs nothing else: styles and map inside, no script, no link for its looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from constraints.model import Consequence, ConstraintFinding, ConstraintReport, Hit
from constraints.render.scene import scene
from constraints.render.sections import (
    SECTIONS,
    Section,
    dataset_counts,
    hit_facts,
    hit_title,
    law_of,
    numbered,
    report_facts,
    title,
)
from constraints.render.svg import svg

__all__ = ["html", "styles"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def html(report: ConstraintReport) -> str:
    """The report as an HTML document; every text from a record is escaped."""
    heading = escape(title(report))
    numbers = {id(hit): number for number, _, hit in numbered(report)}
    found = [
        (section, [finding for finding in report.findings if finding.status is section.status]) for section in SECTIONS
    ]
    body = "\n".join(_section(section, findings, numbers) for section, findings in found if findings)
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{heading}</title>
<style>
{styles()}</style>
</head>
<body>
<header><div>
<h1>{heading}</h1>
<p class="lead">{escape(dataset_counts(report))}</p>
</div></header>
<main>
{_contents(found)}
<figure tabindex="0" role="region" aria-label="Map of the site and its constraints">
{svg(scene(report))}</figure>
{_facts("About this report", report_facts(report))}
{body}
</main>
</body>
</html>
"""


@cache
def styles() -> str:
    """The style sheet of the page."""
    return files(__package__).joinpath("report.css").read_text("utf-8")


def _contents(found: Sequence[tuple[Section, list[ConstraintFinding]]]) -> str:
    links = (
        f'<li><a href="#{section.status.value}">{escape(section.heading)}</a> ({len(findings)})</li>'
        for section, findings in found
        if findings
    )
    return f'<nav aria-label="Parts of this report"><ul>{"".join(links)}</ul></nav>'


def _section(section: Section, findings: list[ConstraintFinding], numbers: dict[int, int]) -> str:
    heading = f"{escape(section.heading)} ({len(findings)})"
    with_hits = [_finding(section, finding, numbers) for finding in findings if finding.hits]
    others = [finding for finding in findings if not finding.hits]
    table = _answers(section, others) if others else ""
    inside = "\n".join([*with_hits, table])
    return (
        f'<section aria-labelledby="{section.status.value}">\n<h2 id="{section.status.value}">{heading}</h2>\n'
        f"<p>{escape(section.intro)}</p>\n{inside}\n</section>"
    )


def _finding(section: Section, finding: ConstraintFinding, numbers: dict[int, int]) -> str:
    tables = "\n".join(_hit(finding, hit, numbers[id(hit)]) for hit in finding.hits)
    meaning = f'<p class="quiet">{escape(finding.meaning)}</p>\n' if finding.meaning else ""
    return (
        f'<h3>{escape(finding.name)} <span class="status">{escape(section.heading)}</span></h3>\n'
        f"<p>{escape(finding.sentence)}</p>\n{meaning}{_open(finding)}{tables}\n{_follows(finding.consequences)}"
    )


def _hit(finding: ConstraintFinding, hit: Hit, number: int) -> str:
    return _facts(f"{number}. {hit_title(finding, hit)}", hit_facts(hit))


def _facts(caption: str, facts: Iterable[tuple[str, str]]) -> str:
    rows = "\n".join(f'<tr><th scope="row">{escape(label)}</th><td>{escape(value)}</td></tr>' for label, value in facts)
    return f'<table class="facts">\n<caption>{escape(caption)}</caption>\n<tbody>\n{rows}\n</tbody>\n</table>'


def _answers(section: Section, findings: Iterable[ConstraintFinding]) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{escape(finding.name)}</th><td>{escape(_answer(finding))}</td></tr>'
        for finding in findings
    )
    return (
        f"<table>\n<caption>{escape(section.heading)}</caption>\n"
        '<thead><tr><th scope="col">Constraint</th><th scope="col">Answer</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _answer(finding: ConstraintFinding) -> str:
    """The sentence, with what else it leaves open and which sources were asked."""
    reasons = [reason.sentence for reason in finding.not_known if reason.sentence not in finding.sentence]
    if finding.not_known and finding.sentence.startswith("Not known"):
        reasons = []
    checked = [f"Checked: {', '.join(finding.checked)}."] if finding.checked else []
    return " ".join([finding.sentence, *reasons, *checked])


def _open(finding: ConstraintFinding) -> str:
    if not finding.not_known:
        return ""
    said = escape(" ".join(reason.sentence for reason in finding.not_known))
    return f'<p class="open"><strong>Also not known:</strong> {said}</p>\n'


def _follows(consequences: Sequence[Consequence]) -> str:
    if not consequences:
        return ""
    items = "\n".join(f"<li>{_consequence(consequence)}</li>" for consequence in consequences)
    return f'<h4>What follows</h4>\n<ul class="follows">\n{items}\n</ul>'


def _consequence(consequence: Consequence) -> str:
    who = f"<strong>{escape(consequence.who)}:</strong> " if consequence.who else ""
    marks = [] if consequence.certain else ["may apply"]
    if not consequence.verified:
        marks.append("law not verified")
    tags = "".join(f' <span class="mark">{mark}</span>' for mark in marks)
    return f'{who}{escape(consequence.text)} <span class="law">({escape(law_of(consequence))})</span>{tags}'

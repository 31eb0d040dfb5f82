from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from IPython.core.formatters import DisplayFormatter

from constraints import render
from constraints.model import ConstraintReport, Status
from constraints.render.web_page import styles


def _hits(report: ConstraintReport) -> int:
    return sum(len(finding.hits) for finding in report.findings)


@pytest.mark.parametrize("write", [render.text, render.markdown, render.html])
def test_every_form_says_every_finding(report: ConstraintReport, write: Callable[[ConstraintReport], str]):
    """No dataset is left out of any form, and what was found is said in its own sentence."""
    said = " ".join(re.sub(r"<[^>]+>", "", write(report)).replace("\\", "").split())
    assert all(
        finding.name.replace("&", "") in said.replace("&amp;", "").replace("&", "") for finding in report.findings
    )
    found = [finding for finding in report.findings if finding.hits and finding.dataset != "listed-building"]
    assert all(finding.sentence in said for finding in found)
    assert report.identity in said


def test_text_fits_a_terminal(report: ConstraintReport):
    """No line is wider than 80 characters, and the report ends with one line end."""
    written = render.text(report)
    assert max(len(line) for line in written.splitlines()) <= 80
    assert written.endswith("\n")
    assert not written.endswith("\n\n")


def test_text_numbers_hits_as_the_map_does(report: ConstraintReport):
    """The numbers in the list run from 1 to the number of hits."""
    numbers = re.findall(r"^  (\d+)\. ", render.text(report), re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, _hits(report) + 1))


def test_markdown_lets_no_record_become_markup(report: ConstraintReport, nasty: str):
    """Markup in a record's name is written with backslashes, so that it is read as text."""
    written = render.markdown(report)
    assert nasty not in written
    assert "Church \\<script\\>alert(1)\\</script\\>" in written
    assert "\\[x\\](javascript:y)" in written


class _Page(HTMLParser):
    """Collects what the tests ask of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element and, unless it has no end, that it is open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of SVG that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Note an element that is closed while another is open."""
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page(report: ConstraintReport) -> _Page:
    """The web page, read."""
    parsed = _Page()
    parsed.feed(render.html(report))
    return parsed


def test_the_page_needs_nothing_from_elsewhere(page: _Page, report: ConstraintReport):
    """No script, no image, no style sheet and no font is fetched; links lead inside the page only."""
    assert not [tag for tag in ("script", "img", "link", "iframe", "object", "use") if page.all(tag)]
    assert all(str(link["href"]).startswith("#") for link in page.all("a"))
    assert not re.search(r"url\(|@import|@font-face", styles())
    written = render.html(report).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//[a-z]", written)


def test_the_page_is_well_formed_and_safe(page: _Page, report: ConstraintReport, nasty: str):
    """Elements nest, ids are there once, links have a target, and a record's name is text."""
    assert page.faults == []
    assert page.stack == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(link["href"])[1:] for link in page.all("a")} <= set(ids)
    assert nasty not in render.html(report)
    assert "alert(1)" in render.html(report)


def test_the_page_is_made_for_everyone(page: _Page):
    """Language, one main heading, named tables with scoped headings, and a map with a name and a description."""
    assert page.all("html")[0]["lang"] == "en-GB"
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(heading.get("scope") in {"row", "col"} for heading in page.all("th"))
    (svg,) = page.all("svg")
    assert svg["role"] == "img"
    assert svg["aria-labelledby"] == "map-title map-description"


def test_the_page_has_enough_contrast_in_light_and_dark():
    """Every colour of text has a contrast of at least 4.5 to the grounds it stands on, in both schemes."""
    blocks = re.findall(r":root \{([^}]*)\}", styles())
    light = dict(re.findall(r"--(\w+): (#\w{6})", blocks[0]))
    dark = dict(re.findall(r"--(\w+): (#\w{6})", blocks[1]))
    for scheme in (light, dark):
        for ink in ("ink", "quiet", "link"):
            assert _contrast(scheme[ink], scheme["ground"]) >= 4.5
            assert _contrast(scheme[ink], scheme["panel"]) >= 4.5


def _contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(report: ConstraintReport, nasty: str):
    """IPython finds page, Markdown and text; the page is in a sandboxed frame, with nothing let out of it."""
    shown = render.show(report)
    bundle, _ = DisplayFormatter().format(shown)
    assert {"text/html", "text/markdown", "text/plain"} <= set(bundle)
    assert bundle["text/plain"] == render.text(report)
    frame = _Page()
    frame.feed(bundle["text/html"])
    (only,) = frame.tags
    assert only[0] == "iframe"
    assert only[1]["sandbox"] == ""
    assert only[1]["srcdoc"] == render.html(report)
    assert nasty not in bundle["text/html"]


def test_what_is_not_known_is_never_told_as_absent(report: ConstraintReport):
    """In the text, nothing that is not known stands under the heading of what was not found."""
    absent = render.text(report).split("Checked and not found (")[1]
    unknown = [finding.name for finding in report.findings if finding.status is Status.NOT_KNOWN]
    assert not [name for name in unknown if f"* {name}:" in absent]

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pypdf
import pypdfium2
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from api.decisions.notice import Notice, Plan, _appeal, _statement, clean, notice_from_json, notice_to_json
from api.decisions.notice_pages import CONTENT_SECURITY_POLICY, notice_html, notice_pdf, printable
from api.decisions.site_map import SIDE_MM, SiteMap, site_map
from bopsgis.planning.application_types import application_type
from bopsgis.planning.case import Decision
from bopsgis.planning.decision import Condition, DecisionContent, Informative

SITE = shapely.box(430000, 280000, 430100, 280060)
HOSTILE = [
    *("#pagebreak() #sys.inputs #panic[x]", "$x^2$ *bold* _it_ `code` = heading", "{{7*7}} {% raw %} ${7*7}"),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><svg onload=alert(1)>"),
    *("\\u{41} \\ // comment /* x */", "@label <label> https://x.example/", "- list\n+ enum\n/ term: x"),
]
MARK = Condition("Time limit", "Begin within three years.", "Section 91.")


def a_notice(**parts: Any) -> Notice:
    """A decision notice with one of everything."""
    plain: dict[str, Any] = {
        "draft": False,
        "council": "Sample Council",
        "reference": "26-00001-HAPP",
        "application_type": "Full planning permission: householder",
        "made_under": "Town and Country Planning Act 1990, section 70",
        "applicant": "A. Applicant",
        "agent": "",
        "address": "1 Example Street, AB1 2CD",
        "proposal": "A single-storey rear extension",
        "received_on": date(2026, 5, 28),
        "decided_on": date(2026, 6, 30),
        "decision": Decision.GRANTED,
        "decided_by": "R. Reviewer",
        "statement": "",
        "conditions": (MARK,),
        "reasons": ("It fits policy D1.",),
        "informatives": (Informative("Party wall", "See the Act."),),
        "plans": (Plan("A-101", "Proposed plans", date(2026, 5, 28)),),
        "map": site_map(SITE),
        "appeal": ("You can appeal.", "By 22 September 2026."),
    }
    return Notice(**{**plain, **parts})


def hostile_notice() -> Notice:
    """A notice with every hostile text in every place that takes a person's text."""
    everything = "\n".join(HOSTILE)
    return a_notice(
        council=HOSTILE[0],
        applicant=HOSTILE[3],
        agent=HOSTILE[1],
        address=HOSTILE[2],
        proposal=everything,
        conditions=tuple(Condition(one, everything, one) for one in HOSTILE),
        reasons=tuple(HOSTILE),
        informatives=tuple(Informative(one, one) for one in HOSTILE),
        plans=tuple(Plan(one, one, date(2026, 5, 28)) for one in HOSTILE),
    )


def pdf_text(pdf: bytes) -> str:
    """All text of a PDF without any white space: lines break where they like."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    return re.sub(r"[\s\ufffe\u00ad\u200b]+", "", "".join(pages))


class Page(HTMLParser):
    """The elements and the text of a page, as a browser would see them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.said: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element and the names of its attributes."""
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.said.append(data)


def test_the_same_notice_gives_the_same_bytes() -> None:
    """D16: HTML and PDF are made twice, the second time from the kept JSON, and neither differs in a byte."""
    notice = a_notice()
    again = notice_from_json(notice_to_json(notice))
    assert again == notice
    assert notice_html(again) == notice_html(notice)
    assert notice_pdf(again) == notice_pdf(notice)


def test_the_pdf_is_tagged_and_dated_as_decided() -> None:
    """It says PDF/UA-1, its language, title and structure, and the date of the decision; not the time of making."""
    reader = pypdf.PdfReader(io.BytesIO(notice_pdf(a_notice())))
    catalogue: Any = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en-GB"
    assert "/StructTreeRoot" in catalogue
    assert b"pdfuaid:part>1<" in catalogue["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == "Decision notice 26-00001-HAPP"
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == date(2026, 6, 30)


def test_everything_is_said_in_both() -> None:
    """What a notice has to say stands in the page and in the PDF; conditions are numbered with their reasons."""
    notice = a_notice(agent="B. Agent")
    page, printed = " ".join(Page(notice_html(notice)).said), pdf_text(notice_pdf(notice))
    for words in (
        *("Sample Council", "26-00001-HAPP", "householder", "A. Applicant", "B. Agent", "1 Example Street"),
        *("rear extension", "Granted", "Begin within three years.", "Reason: Section 91.", "Party wall", "A-101"),
        *("By 22 September 2026.", "Scale 1:1,250", "30 June 2026", "R. Reviewer", "It fits policy D1."),
    ):
        assert words in page
        assert words.replace(" ", "") in printed
    assert "DRAFT" not in page + printed
    assert "unverified" not in (page + printed).lower()


def test_a_draft_is_marked_in_both() -> None:
    """Nobody can take a draft for a decision, on the page or on paper."""
    notice = a_notice(draft=True)
    assert "DRAFT: this is not a decision." in notice_html(notice)
    assert pdf_text(notice_pdf(notice)).count("DRAFT") > pypdfium2.PdfDocument(notice_pdf(notice)).__len__()


def test_hostile_text_stays_text_on_the_page() -> None:
    """No element, attribute or event comes into being that the plain notice does not have; the text stands as given.

    Fault A09 of the list.
    """
    plain, attacked = Page(notice_html(a_notice())), Page(notice_html(hostile_notice()))
    assert set(attacked.tags) <= set(plain.tags)
    assert set(attacked.attributes) == set(plain.attributes)
    said = "".join(attacked.said)
    assert all(one in said for one in HOSTILE)
    assert not {"script", "img"} & set(attacked.tags)


def test_hostile_text_stays_text_in_the_pdf() -> None:
    """A09, A10: nothing of it is set as markup, template or link: every character is on paper."""
    pdf = notice_pdf(hostile_notice())
    printed = pdf_text(pdf)
    for one in HOSTILE:
        assert re.sub(r"\s+", "", one) in printed
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert all("/Annots" not in page for page in reader.pages)


def test_characters_without_a_glyph_do_not_stop_a_decision() -> None:
    """Emoji, Chinese, private and non-characters are shown as U+FFFD with a line that says so; the page keeps them."""
    odd = "Café 😀 中文 \ue000 \ufffe done"
    notice = a_notice(proposal=odd)
    printed = pdf_text(notice_pdf(notice))
    assert "Café" in printed
    assert "Somecharacterscannotbeprinted" in printed
    assert "Somecharacters" not in pdf_text(notice_pdf(a_notice()))
    assert "😀 中文" in notice_html(notice)


def test_a_word_without_end_stays_on_the_page() -> None:
    """3,000 letters without a space are all there, and all between the margins."""
    word = "".join(chr(ord("a") + number % 26) for number in range(3000))
    pdf = notice_pdf(a_notice(proposal=word, conditions=(Condition(word[:200], word, word),), plans=()))
    without_footers = re.sub(r"26-00001-HAPPPage\d+of\d+", "", pdf_text(pdf))
    assert without_footers.count(word) == 3
    document = pypdfium2.PdfDocument(pdf)
    for number in range(len(document)):
        text = document[number].get_textpage()
        rights = [text.get_charbox(place)[2] for place in range(text.count_chars())]
        assert max(rights) <= (210.0 - 21.0) / 25.4 * 72.0


def test_every_character_called_printable_is_printed() -> None:
    """All of them go through PDF/UA, which refuses a character that no font has."""
    everything = "".join(chr(code) for code in range(0x20, 0x3000) if printable(chr(code)) == chr(code))
    assert len(everything) > 2000
    chunks = tuple(" ".join(everything[at : at + 500]) for at in range(0, len(everything), 500))
    assert notice_pdf(a_notice(reasons=chunks)).startswith(b"%PDF")


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_makes_a_notice(text: str) -> None:
    """Whatever can be written, the PDF is made, and the page has it in one text node's words."""
    said = clean(text.encode("utf-8", "ignore").decode()).replace("\0", "")
    assert notice_pdf(a_notice(proposal=said, conditions=(replace(MARK, text=said),))).startswith(b"%PDF")


def test_words_cannot_be_turned_around() -> None:
    """Marks that reverse the direction of writing are taken out; accents are composed."""
    assert clean("safe\u202egnp.exe\u2066 cafe\u0301 ") == "safegnp.exe café"


def test_the_page_may_use_its_own_style_only() -> None:
    """The policy names the hash of exactly the style in the page, and allows nothing else."""
    (style,) = re.findall(r"<style>(.*?)</style>", notice_html(a_notice()), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")


def drawn_extent(drawn: SiteMap) -> np.ndarray:
    """Width and height in pixels of the site's line in the SVG."""
    (path,) = re.findall(r'<path d="([^"]+)" fill="none" stroke="#d4351c"', drawn.svg)
    extent: np.ndarray = np.ptp(np.array(re.findall(r"[-0-9.]+", path), dtype=float).reshape(-1, 2), axis=0)
    return extent


def test_the_map_is_true_to_scale_on_paper() -> None:
    """The red line, measured in the rendered PDF, is 80 mm by 48 mm: 100 m by 60 m at 1:1250."""
    dots_per_mm = 12.0
    document = pypdfium2.PdfDocument(notice_pdf(a_notice()))
    picture = document[len(document) - 1].render(scale=dots_per_mm * 25.4 / 72.0).to_numpy()
    blue, green, red = (picture[:, :, band].astype(int) for band in range(3))
    rows, columns = np.nonzero((red > 180) & (green < 90) & (blue < 70))
    line_mm = 0.75
    width_mm = (np.ptp(columns) + 1) / dots_per_mm - line_mm
    height_mm = (np.ptp(rows) + 1) / dots_per_mm - line_mm
    assert (width_mm, height_mm) == pytest.approx((80.0, 48.0), abs=0.2)


@given(st.floats(1.0, 50_000.0), st.floats(1.0, 50_000.0), st.floats(0.0, 600_000.0), st.floats(0.0, 1_200_000.0))
def test_every_site_fits_its_map_at_the_scale_it_says(width: float, height: float, east: float, north: float) -> None:
    """The line lies inside the square, and its length over the ground's is the scale in the caption."""
    drawn = site_map(shapely.box(east, north, east + width, north + height))
    extent = drawn_extent(drawn)
    assert (extent <= 0.9 * 640.0 + 0.2).all()
    on_paper_m = extent / 640.0 * SIDE_MM / 1000.0
    assert on_paper_m * drawn.scale == pytest.approx([width, height], abs=0.2 / 640.0 * SIDE_MM / 1000.0 * drawn.scale)
    assert f"1:{drawn.scale:,}" in drawn.caption


def test_the_largest_scale_that_fits_is_used() -> None:
    """A house is drawn at 1:1250, a field of 300 m at 1:2500, a line of 100 km at 1:1,000,000."""
    sizes = (180.0, 181.0, 300.0, 100_000.0)
    scales = [site_map(shapely.box(430000, 280000, 430000 + size, 280010)).scale for size in sizes]
    assert scales == [1250, 2500, 2500, 1_000_000]


def test_holes_and_parts_of_a_site_are_drawn() -> None:
    """Every ring of a site in two parts, one with a hole, is on the map."""
    holed = shapely.difference(SITE, shapely.box(430010, 280010, 430020, 280020))
    drawn = site_map(shapely.union(holed, shapely.box(430120, 280000, 430130, 280010)))
    (path,) = re.findall(r'<path d="([^"]+)" fill="none" stroke="#d4351c"', drawn.svg)
    assert path.count("Z") == 3


@pytest.mark.parametrize(
    ("code", "decision", "conditions", "said"),
    [
        ("pp.full.householder", Decision.REFUSED, (), "22 September 2026"),
        ("pp.full.minor", Decision.REFUSED, (), "30 December 2026"),
        ("listed", Decision.GRANTED, (MARK,), "30 December 2026"),
        ("advertConsent", Decision.REFUSED, (), "Ask the Planning Inspectorate"),
        ("pp.full.householder", Decision.GRANTED, (), None),
        ("preApp", Decision.ADVICE, (), None),
    ],
)
def test_appeal_rights_follow_the_decision(
    code: str, decision: Decision, conditions: tuple[Condition, ...], said: str | None
) -> None:
    """A last day where its period is known, no day where it is not, and no right where nothing was refused."""
    content = DecisionContent(decision, conditions, (), ())
    words = " ".join(_appeal(application_type(code), content, date(2026, 6, 30)))
    assert (said in words) if said is not None else words == ""


@pytest.mark.parametrize(
    ("code", "decision", "said"),
    [
        (
            "ldc.existing",
            Decision.GRANTED,
            "on 28 May 2026 what is described was lawful within the meaning of section 191",
        ),
        ("ldc.proposed", Decision.GRANTED, "would have been lawful within the meaning of section 192"),
        ("ldc.proposed", Decision.SPLIT, "as far as this notice says, would have been lawful"),
        ("ldc.proposed", Decision.REFUSED, ""),
        ("pp.full.householder", Decision.GRANTED, ""),
    ],
)
def test_a_certificate_says_what_it_certifies(code: str, decision: Decision, said: str) -> None:
    """Existing and proposed are certified by their own section, on both faces; nothing else certifies anything."""
    words = _statement(application_type(code), DecisionContent(decision, (), (), ()), date(2026, 5, 28))
    assert said in words
    assert bool(words) == bool(said)
    notice = a_notice(statement=words)
    assert words in " ".join(Page(notice_html(notice)).said)
    assert words.replace(" ", "") in pdf_text(notice_pdf(notice))


def test_the_headings_of_the_page_go_down_one_at_a_time() -> None:
    """One first heading, and no level is left out: what a screen reader goes by."""
    levels = [int(tag[1]) for tag in Page(notice_html(a_notice())).tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))

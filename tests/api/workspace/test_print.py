"""Printing to scale: the page is measured on paper, to a tenth of a millimetre."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pypdf
import pypdfium2  # type: ignore[import-untyped]  # published without types
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from support.serving import client_of

SQUARE = "POLYGON((441800 244600,441900 244600,441900 244700,441800 244700,441800 244600))"
"""A hundred metres each way."""
DOTS_PER_INCH = 600
MM_A_DOT = 25.4 / DOTS_PER_INCH
CLOSE_MM = 0.1
SITE_LINE_MM = 0.5
POINTS_PER_MM = 72.0 / 25.4


@pytest.fixture(scope="module")
def client(sample_home: Path) -> TestClient:
    """The service over the sample town."""
    made: TestClient = client_of(sample_home)
    return made


def plan(client: TestClient, **asked: str) -> bytes:
    """The PDF of a plan without layers, so that nothing else on it is red."""
    answer = client.get("/map/print.pdf", params={"site": SQUARE, "layers": "", **asked})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


def dots(pdf: bytes) -> NDArray[np.uint8]:
    """The page as it is printed: rows of red, green and blue."""
    with pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 1
        return np.asarray(document[0].render(scale=DOTS_PER_INCH / 72.0).to_numpy()[:, :, ::-1][:, :, :3], np.uint8)


def spans(found: NDArray[np.bool_]) -> tuple[float, float]:
    """Width and height in millimetres of the dots that are True."""
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    return (columns[-1] - columns[0] + 1) * MM_A_DOT, (rows[-1] - rows[0] + 1) * MM_A_DOT


@pytest.mark.parametrize(
    ("scale", "paper", "orientation", "size_mm"),
    [
        ("500", "a3", "landscape", (420.0, 297.0)),
        ("1250", "a4", "portrait", (210.0, 297.0)),
        ("2500", "a4", "landscape", (297.0, 210.0)),
        ("1250", "a3", "portrait", (297.0, 420.0)),
    ],
)
def test_paper_square_and_scale_bar_measure_true(
    client: TestClient, scale: str, paper: str, orientation: str, size_mm: tuple[float, float]
) -> None:
    """The paper, a square of 100 m and the scale bar have the size on paper that the scale gives, to 0.1 mm."""
    pdf = plan(client, scale=scale, paper=paper, orientation=orientation)
    box = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    assert (float(box.width) / POINTS_PER_MM, float(box.height) / POINTS_PER_MM) == pytest.approx(size_mm, abs=0.01)
    page = dots(pdf)
    red, green, blue = (page[:, :, colour] for colour in range(3))
    width, height = spans((red > 150) & (green < 60) & (blue < 80))
    wanted = 100_000.0 / float(scale) + SITE_LINE_MM
    assert width == pytest.approx(wanted, abs=CLOSE_MM)
    assert height == pytest.approx(wanted, abs=CLOSE_MM)
    assert bar_mm(page, size_mm) * float(scale) / 1_000.0 == pytest.approx(bar_says(pdf), abs=float(scale) / 10_000.0)


def bar_mm(page: NDArray[np.uint8], size_mm: tuple[float, float]) -> float:
    """Length of the scale bar: of the longest run of ink in the row through its middle, white fields included."""
    top = int((size_mm[1] - 10.0 - 34.0 - 3.0 - 30.0 / 4.0) / MM_A_DOT)
    strip = page[top + 2 : top + int(1.4 / MM_A_DOT), : page.shape[1] // 2].max(axis=2) < 90
    edge = strip[:, int(13.0 / MM_A_DOT) :]
    # The upper line of the bar is one row of ink from end to end, under no label of the map.
    lengths = []
    for row in edge:
        ink = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
        lengths.append(int((ink[1::2] - ink[::2]).max(initial=0)))
    outline_mm = 1.0 / 4.0
    return max(lengths) * MM_A_DOT - outline_mm


def bar_says(pdf: bytes) -> float:
    """The length in metres at the end of the scale bar."""
    words = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split()
    numbers = [float(word) for word, unit in itertools.pairwise(words) if unit == "m" and word.isdigit()]
    assert len(numbers) == 1, words
    return numbers[0]


def test_the_title_block_says_what_a_plan_must(client: TestClient) -> None:
    """Title, scale, paper, grid reference, date, north, key and whose data it is; the PDF is tagged and has a title."""
    pdf = plan(
        client, layers="conservation-area,tree-preservation-zone", title="Land at the market place", on="2026-01-31"
    )
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    text = " ".join(reader.pages[0].extract_text().split())
    for wanted in (
        "Land at the market place",
        "Scale 1:1,250 at A4",
        "SP 41850 44650",
        "Designations as at 31 January 2026",
        "Grid north is up",
        "Heritage",
        "Thistleford",
        "Conservation area: ",
    ):
        assert wanted in text
    assert reader.metadata is not None
    assert reader.metadata.title == "Land at the market place"
    assert b"/Marked true" in pdf


def test_it_is_vectors_and_the_same_every_time(client: TestClient) -> None:
    """There is no picture of dots in it, and the same question gives the same bytes."""
    first = plan(client, layers="listed-building")
    assert not list(pypdf.PdfReader(io.BytesIO(first)).pages[0].images)
    assert plan(client, layers="listed-building") == first


def test_the_page_of_choices(client: TestClient) -> None:
    """The choices come back as chosen; a wrong one is said in words and makes no PDF."""
    text = client.get("/map/print?e=441800&n=244700&scale=500&paper=a3&orientation=landscape&layers=tree").text
    for value in ("500", "a3", "landscape"):
        assert f'value="{value}" checked' in text
    assert 'formaction="/map/print.pdf"' in text
    wrong = client.get("/map/print?scale=700")
    assert wrong.status_code == 422
    assert "Select one of 500, 1250, 2500" in wrong.text
    assert client.get("/map/print.pdf?scale=700").status_code == 422
    assert client.get("/map/print.pdf?zoom=3").status_code == 400

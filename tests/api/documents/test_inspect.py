"""What may come in as a document, and what is seen in it."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from support.documents import a_jpeg, a_pdf, a_png

from api.documents.inspect import FileKind, inspect
from api.documents.names import attachment, safe_name, stem_of
from api.documents.settings import DocumentSettings
from bopsgis.errors import InputRefused, TooLarge

SETTINGS = DocumentSettings()


def test_a_pdf_is_counted_and_drawn() -> None:
    """Pages, digest, a thumbnail of the first page with its lines on it; nothing stands against opening it."""
    found = inspect("Site plan.PDF", a_pdf(3), SETTINGS)
    assert (found.kind, found.pages, found.name, found.quarantined_because) == (FileKind.PDF, 3, "Site plan.pdf", "")
    assert found.thumbnail is not None
    with Image.open(io.BytesIO(found.thumbnail)) as picture:
        assert max(picture.size) == 400
        darkest, lightest = picture.convert("L").getextrema()
        assert (darkest < 100, lightest) == (True, 255)


@pytest.mark.parametrize("turned", [False, True])
def test_an_image_loses_what_it_says_of_its_owner(*, turned: bool) -> None:
    """The public copy has the same picture upright, and no camera, name, place or comment."""
    data = a_jpeg(turned=turned)
    assert b"Owner Name" in data
    found = inspect("photo.jpeg", data, SETTINGS)
    assert found.public is not None
    assert found.name == "photo.jpg"
    with Image.open(io.BytesIO(found.public)) as picture:
        assert not picture.getexif()
        assert picture.size == ((40, 60) if turned else (60, 40)) == (found.width, found.height)
    assert b"Owner Name" not in found.public
    assert b"CameraMaker" not in found.public


def test_a_drawing_keeps_its_resolution() -> None:
    """A PNG drawing that is to scale at 300 dots an inch still is in its public copy."""
    found = inspect("plan.png", a_png(), SETTINGS)
    assert found.public is not None
    with Image.open(io.BytesIO(found.public)) as picture:
        assert round(picture.info["dpi"][0]) == 300


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_way_of_keeping_colours_is_taken(mode: str) -> None:
    """Black and white, grey, palette, transparent, 16 bits and printer's colours: same size and mode in the copy."""
    kind = "JPEG" if mode == "CMYK" else "PNG"
    out = io.BytesIO()
    Image.new(mode, (70, 50)).save(out, kind)
    found = inspect("scan.jpg" if kind == "JPEG" else "scan.png", out.getvalue(), SETTINGS)
    assert found.thumbnail is not None
    assert found.public is not None
    with Image.open(io.BytesIO(found.public)) as picture:
        assert (picture.mode, picture.size) == (mode, (70, 50))


def test_limits_hold_at_the_limit_and_just_over_it() -> None:
    """Bytes, pages and pixels: the limit itself is taken, one more is not."""
    pdf = a_pdf(3)
    inspect("a.pdf", pdf, SETTINGS.model_copy(update={"max_bytes": len(pdf), "max_pages": 3}))
    for limit in ({"max_bytes": len(pdf) - 1}, {"max_pages": 2}):
        with pytest.raises(TooLarge):
            inspect("a.pdf", pdf, SETTINGS.model_copy(update=limit))
    png = a_png((60, 40))
    inspect("a.png", png, SETTINGS.model_copy(update={"max_pixels": 2400}))
    with pytest.raises(TooLarge, match="million pixels"):
        inspect("a.png", png, SETTINGS.model_copy(update={"max_pixels": 2399}))


@pytest.mark.parametrize("name", ["plan", "plan.doc", "plan.svg", "plan.pdf.exe", ""])
def test_other_kinds_of_file_are_refused_by_name(name: str) -> None:
    """Whatever is in them."""
    with pytest.raises(InputRefused, match="Only PDF, PNG and JPEG"):
        inspect(name, a_pdf(), SETTINGS)


@pytest.mark.parametrize(
    ("sent", "stem"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\plan.pdf", "plan"),
        ("plan\u202efdp.exe", "planfdp"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x"),
        ("nul\0.pdf", "_nul"),
        ("COM1.tar.pdf", "_COM1.tar"),
        ("....", "document"),
        ("🏠 plan.pdf", "🏠 plan"),
        ("e" * 4000 + ".pdf", "e" * 120),
        ("\ud800half.pdf", "half"),
        ("", "document"),
    ],
)
def test_file_names_are_made_harmless(sent: str, stem: str) -> None:
    """Folders, control characters, turned writing, device names and endless names; what people write stays."""
    assert stem_of(sent) == stem


def test_a_download_says_its_name_in_one_line() -> None:
    """Plain for old programs and whole for new ones, always as an attachment, never as two headers."""
    header = attachment(safe_name('Café "plan"; 1', "pdf"))
    assert header == "attachment; filename=\"Cafe _plan__ 1.pdf\"; filename*=UTF-8''Caf%C3%A9%20_plan_%3B%201.pdf"
    assert attachment("🏠.pdf").startswith('attachment; filename="document.pdf"')

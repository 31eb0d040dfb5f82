"""What may come in as a document, and what is seen in it."""

from __future__ import annotations

import io

import pypdf
import pytest
from PIL import Image
from pypdf.generic import DictionaryObject, IndirectObject, NameObject
from support.documents import a_jpeg, a_pdf, a_png

from api.documents.inspect import FileKind, inspect
from api.documents.jpegs import without_notes
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
    """F04: the public copy has the same picture upright, and no camera, name, place or comment."""
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


def test_a_pdf_loses_what_it_says_of_its_author() -> None:
    """The public copy has the same page and tags, and no author, XMP, program's notes, place or earlier version."""
    data = a_pdf_with_traces()
    found = inspect("plan.pdf", data, SETTINGS)
    assert (found.quarantined_because, found.data) == ("", data)
    assert found.public is not None
    copy = pypdf.PdfReader(io.BytesIO(found.public))
    assert copy.metadata is None or not any("Owner" in str(value) for value in copy.metadata.values())
    assert "/Metadata" not in copy.root_object
    assert copy.root_object["/Lang"] == "en-GB"
    assert "/PieceInfo" not in copy.pages[0]
    assert len(copy.pages) == 1
    assert "re S" in copy.pages[0].get_contents().get_data().decode()
    (photograph,) = copy.pages[0]["/Resources"]["/XObject"].values()
    raw = photograph.get_object()._data
    with Image.open(io.BytesIO(raw)) as picture:
        assert (picture.size, dict(picture.getexif())) == ((60, 40), {})
    assert b"Owner Name" not in found.public
    assert b"Owner Name" in data


def a_pdf_with_traces() -> bytes:
    """A page with a photograph, saved twice: author, XMP, a program's own notes, camera and place in it."""
    photograph = a_jpeg()
    image = b"<< /Type /XObject /Subtype /Image /Width 60 /Height 40 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
    image += b"/Filter /DCTDecode /Length %d >>\nstream\n%b\nendstream" % (len(photograph), photograph)
    xmp = b"<x:xmpmeta>Owner Name</x:xmpmeta>"
    data = a_pdf(
        catalogue=b"/Lang (en-GB) /Metadata 5 0 R",
        page=b"/PieceInfo << /Program << /Private (Owner Name) /LastModified (D:20260101) >> >> ",
        others=[
            b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%b\nendstream" % (len(xmp), xmp),
            image,
        ],
    )
    # `a_pdf` has no resources: the photograph comes in with the second saving, and so does the author.
    writer = pypdf.PdfWriter(io.BytesIO(data), incremental=True)
    writer.pages[0][NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/Photo"): IndirectObject(6, 0, writer)})}
    )
    writer.add_metadata({"/Author": "Owner Name"})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_notes_are_taken_out_of_a_jpeg_and_nothing_else() -> None:
    """The picture is the same bit for bit; what is no JPEG, or is cut, is left alone."""
    bare = without_notes(a_jpeg())
    assert b"Owner Name" not in bare
    assert bare[-200:] == a_jpeg()[-200:]
    with Image.open(io.BytesIO(bare)) as after, Image.open(io.BytesIO(a_jpeg())) as before:
        assert after.tobytes() == before.tobytes()
    for other in (b"", b"\xff\xd8", b"no picture", a_jpeg()[:20], b"\xff\xd8\xff\xe1\xff\xff"):
        assert without_notes(other) == other


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

"""Files that somebody sends to harm, made byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pypdf
from support.documents import a_pdf

__all__ = ["a_bomb", "a_hidden_script", "an_archive", "an_encrypted_pdf"]


def an_archive() -> bytes:
    """A ZIP with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Main.class", b"\xca\xfe\xba\xbe" * 10)
    return out.getvalue()


def a_bomb() -> bytes:
    """A PNG that says it has 50,000 x 50,000 pixels, in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))

    header = struct.pack(">LLBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def an_encrypted_pdf() -> bytes:
    """A PDF that asks for a password."""
    writer = pypdf.PdfWriter(io.BytesIO(a_pdf()))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def a_hidden_script() -> bytes:
    """A PDF whose script stands in a compressed object stream, under an escaped name."""
    hidden = b"9 0 << /S /J#61vaScript /J#53 (app.alert\\(1\\)) >>"
    packed = zlib.compress(hidden)
    body = b"%PDF-1.7\n"
    places: dict[int, tuple[int, int, int]] = {}
    for number, content in (
        (1, b"<< /Type /Catalog /Pages 2 0 R /OpenAction 9 0 R >>"),
        (2, b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"),
        (3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>"),
        (
            4,
            b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream"
            % (len(packed), packed),
        ),
    ):
        places[number] = (1, len(body), 0)
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    places[9], places[5] = (2, 4, 0), (1, len(body), 0)
    table = b"".join(struct.pack(">BHB", *places.get(number, (0, 0, 0))) for number in range(10))
    head = b"<< /Type /XRef /Size 10 /W [1 2 1] /Root 1 0 R /Length %d >>" % len(table)
    start = len(body)
    return body + b"5 0 obj\n%b\nstream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (head, table, start)

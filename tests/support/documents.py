"""Files, scanners and storages for tests of documents: real formats, real sockets, a real S3 server."""

from __future__ import annotations

import io
import socketserver
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from moto.server import ThreadedMotoServer
from PIL import Image

from api.documents.filing import Filing
from api.documents.scan import NoScanner, Scanner, Verdict
from api.documents.settings import DocumentSettings
from api.documents.storage import open_storage
from api.documents.tables import ScanState

__all__ = [
    "EICAR",
    "AlwaysClean",
    "a_filing",
    "a_jpeg",
    "a_pdf",
    "a_png",
    "bucket",
    "clamd",
    "pdf_of",
]

# In two halves, so that scanners leave this file alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf_of(objects: Sequence[bytes], *, trailer: bytes = b"") -> bytes:
    """A PDF whose first object is the catalogue, with a true table of where each object is."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def a_pdf(pages: int = 1, *, catalogue: bytes = b"", page: bytes = b"", others: Sequence[bytes] = ()) -> bytes:
    """A plan on A4 pages: a square. `catalogue`, `page` and `others` (objects from 4 + pages on) go in as they are."""
    drawing = b"2 w 100 100 200 300 re S 120 120 m 280 380 l S"
    kids = b" ".join(b"%d 0 R" % number for number in range(4, 4 + pages))
    sheet = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R /Resources << >> %b >>" % page
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalogue,
            b"<< /Type /Pages /Count %d /Kids [%b] >>" % (pages, kids),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
            *([sheet] * pages),
            *others,
        ]
    )


def a_png(size: tuple[int, int] = (60, 40)) -> bytes:
    """A PNG with a comment in it."""
    out = io.BytesIO()
    Image.new("RGB", size, (30, 120, 60)).save(out, "PNG", dpi=(300, 300))
    return out.getvalue()


def a_jpeg(size: tuple[int, int] = (60, 40), *, turned: bool = False) -> bytes:
    """A photograph with camera, owner and place in its EXIF data; `turned` says that it was taken upright."""
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker"
    exif[0x013B] = "Owner Name"
    if turned:
        exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 0.0), 3: "W", 4: (0.0, 7.0, 0.0)})
    out = io.BytesIO()
    Image.new("RGB", size, (200, 180, 90)).save(out, "JPEG", exif=exif, comment=b"Owner Name was here")
    return out.getvalue()


class AlwaysClean:
    """A scanner that finds nothing, for tests of what comes after."""

    def scan(self, data: bytes) -> Verdict:  # noqa: ARG002  # the port's signature
        """Clean."""
        return Verdict(ScanState.CLEAN)


def a_filing(folder: Path, scanner: Scanner | None = None, **settings: object) -> Filing:
    """Documents in a folder, unscanned where no scanner is given."""
    chosen = DocumentSettings.model_validate(settings)
    return Filing(open_storage(chosen, folder), scanner or NoScanner(), chosen)


class _Clamd(socketserver.StreamRequestHandler):
    """Speaks clamd's INSTREAM: reads the pieces, looks for the EICAR signature, answers one line."""

    def handle(self) -> None:
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        data = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            data += self.rfile.read(size)
        if self.server.answer is not None:  # type: ignore[attr-defined]  # set below
            self.wfile.write(self.server.answer)  # type: ignore[attr-defined]  # set below
        elif EICAR in data:
            self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0")
        else:
            self.wfile.write(b"stream: OK\0")


@contextmanager
def clamd(answer: bytes | None = None) -> Iterator[str]:
    """A stand-in for clamd on a free port; its address. `answer` is what it says to everything, in place of a scan."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Clamd) as server:
        server.daemon_threads = True
        server.answer = answer  # type: ignore[attr-defined]  # read by the handler
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@contextmanager
def bucket() -> Iterator[str]:
    """The address of an S3-compatible server of our own on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()

"""Files that somebody sends to harm: F01 to F06 and F12 to F15 of the fault list, over HTTP and on the socket."""

from __future__ import annotations

import errno
import os
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.casework import a_case, app_of, signed_in
from support.documents import EICAR, AlwaysClean, a_filing, a_jpeg, a_pdf, a_png, clamd, pdf_of
from support.hostile_files import a_bomb, a_hidden_script, an_archive, an_encrypted_pdf
from support.serving import serving
from support.stores import sqlalchemy_url

from api.accounts.guard import COOKIE
from api.accounts.tables import CouncilRow
from api.core.db import Database
from api.documents.filing import Filing
from api.documents.inspect import inspect
from api.documents.routes import router
from api.documents.scan import Clamd
from api.documents.settings import DocumentSettings
from api.documents.storage import Storage
from api.schema import upgrade
from bopsgis.errors import InputRefused, TooLarge
from bopsgis.planning.case import Role

SETTINGS = DocumentSettings()


REFUSED = {
    "F01 program called PDF": ("tool.pdf", b"MZ\x90\0" + b"\0" * 500),
    "F01 page called PNG": ("a.png", b"<!doctype html><script>alert(1)</script>"),
    "F01 PNG called JPEG": ("a.jpg", a_png()),
    "F01 PDF behind something": ("a.pdf", b"GIF89a" + a_pdf()),
    "F01 PDF and ZIP": ("a.pdf", a_pdf() + an_archive()),
    "F01 PDF and program": ("a.pdf", a_pdf() + b"MZ\x90\0"),
    "F01 PDF and page": ("a.pdf", a_pdf() + b"\n< script>alert(1)</script>"),
    "F01 PNG and ZIP": ("a.png", a_png() + an_archive()),
    "F01 PNG and anything": ("a.png", a_png() + b"more"),
    "F01 JPEG and JAR": ("a.jpg", a_jpeg() + an_archive()),
    "F01 GIF and JAR": ("a.jpg", b"GIF89a" + an_archive()),
    "F02 drawing with a script": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "F02 page": ("a.html", b"<html></html>"),
    "F02 drawing called PNG": ("a.png", b"<?xml version='1.0'?><svg/>"),
    "F03 cut short": ("a.pdf", a_pdf()[: len(a_pdf()) // 2]),
    "F03 only a header": ("a.pdf", b"%PDF-1.7\n%%EOF\n"),
    "F03 rubbish": ("a.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 50 + b"%%EOF\n"),
    "F03 pages that are their own parents": (
        "a.pdf",
        pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"]),
    ),
    "F03 endless nesting": ("a.pdf", a_pdf(others=[b"[" * 200_000 + b"]" * 200_000])),
    "F04 bomb": ("a.png", a_bomb()),
    "F04 cut short": ("a.jpg", a_jpeg((400, 400))[:600]),
    "F06 archive": ("a.zip", an_archive()),
    "F06 archive called PDF": ("a.pdf", an_archive()),
}


@pytest.mark.parametrize("name", REFUSED)
def test_f01_to_f06_a_file_that_is_not_what_it_says_is_refused(name: str) -> None:
    """With a sentence for people that names no part of the inside, and a stable code."""
    sent, data = REFUSED[name]
    with pytest.raises(InputRefused) as caught:
        inspect(sent, data, SETTINGS)
    assert caught.value.code.startswith(("file_", "image_"))
    assert not re.search(r"Error|Traceback|/tmp|pypdf|PIL", str(caught.value))


QUARANTINED = {
    "script": a_pdf(catalogue=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"),
    "script behind escapes and compression": a_hidden_script(),
    "script on turning the page": a_pdf(page=b"/AA << /O << /S /JavaScript /JS (x) >> >>"),
    "program": a_pdf(page=b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /Launch /F (cmd.exe) >> >>]"),
    "embedded file": a_pdf(others=[b"<< /Type /EmbeddedFile /Length 3 >>\nstream\nabc\nendstream"]),
    "form with scripts": a_pdf(catalogue=b"/AcroForm << /XFA (x) >>"),
    "form that sends": a_pdf(page=b"/Annots [<< /Subtype /Widget /A << /S /SubmitForm /F (http://x) >> >>]"),
    "in a part that nothing leads to": a_pdf(others=[b"<< >> % << /S /JavaScript /JS (x) >>"]),
    "encrypted": an_encrypted_pdf(),
}


@pytest.mark.parametrize("name", QUARANTINED)
def test_f03_a_pdf_that_could_act_is_put_in_quarantine(name: str) -> None:
    """F03: it is kept for the record, with the reason in plain words."""
    found = inspect("form.pdf", QUARANTINED[name], SETTINGS)
    assert re.match(r"The file (cannot be opened safely: it |is encrypted)", found.quarantined_because)


def test_f03_harmless_pdfs_are_not_put_in_quarantine() -> None:
    """A link to a page, a destination on opening, a huge sheet and a broken table of places are everyday things."""
    link = b"/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://example.org) >> >>]"
    for data in (
        a_pdf(page=link, catalogue=b"/OpenAction [4 0 R /Fit]"),
        a_pdf().replace(b"[0 0 595 842]", b"[0 0 20000 20000]"),
        re.sub(rb"startxref\n\d+", b"startxref\n7", a_pdf()),
        a_pdf() + b"\r\n\0\0\0",
    ):
        assert inspect("plan.pdf", data, SETTINGS).quarantined_because == ""


def test_f03_too_many_pages_are_refused() -> None:
    """F03: 2,001 pages, where the limit is 2,000."""
    with pytest.raises(TooLarge, match="2,000 pages"):
        inspect("a.pdf", a_pdf(2001), SETTINGS)


def test_f03_a_file_that_keeps_the_reader_busy_is_given_up() -> None:
    """F03: where examining takes longer than allowed, or more memory, the file is refused and the service lives."""
    maze = b"<< /Type /ObjStm /N 1 /First 4 /Filter [%b] /Length 10 >>\nstream\n0123456789\nendstream"
    slow = a_pdf(others=[b"[%b]" % (b"<</A[1 2 3]/B<<>>>>" * 400_000), maze % (b"/FlateDecode " * 5000)])
    with pytest.raises(InputRefused, match="too complex"):
        inspect("a.pdf", slow, SETTINGS.model_copy(update={"examine_seconds": 1}))
    with pytest.raises(InputRefused):
        inspect("a.png", a_png((6000, 6000)), SETTINGS.model_copy(update={"examine_memory_bytes": 100_000_000}))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database in a file, with two councils."""
    made = Database(sqlalchemy_url(tmp_path / "cases.db"))
    upgrade(made)
    with made.engine.execution_options(write=True).begin() as connection:
        connection.execute(CouncilRow.__table__.insert(), [{"code": "a", "name": "A"}, {"code": "b", "name": "B"}])
    yield made
    made.dispose()


def service_over(database: Database, filing: Filing) -> tuple[FastAPI, TestClient]:
    """The routes of documents, and a browser in which an assessor has signed in."""
    app = app_of(database, router, filing=filing)
    return app, signed_in(app, Role.ASSESSOR)


def url_of(reference: str) -> str:
    """Of the documents of a case."""
    return f"/api/v2/cases/{reference}/documents"


def upload(client: TestClient, reference: str, name: str, data: bytes) -> Any:
    """Send a file; the answer."""
    return client.post(url_of(reference), files={"file": (name, data)})


def check_nothing_is_kept(client: TestClient, reference: str, filing: Filing) -> None:
    """No row and no file, and the service still reads."""
    listed = client.get(url_of(reference))
    assert (listed.status_code, listed.json()) == (200, {"documents": []})
    assert list(filing.storage.entries(1)) == []


def test_f01_f03_f04_f06_bad_files_are_client_errors_with_a_field_for_programs(
    database: Database, tmp_path: Path
) -> None:
    """F01, F03, F04, F06 over HTTP: 422 or 413 as problem+json, nothing kept."""
    filing = a_filing(tmp_path, AlwaysClean())
    _, officer = service_over(database, filing)
    reference = a_case(database)
    for name in ("F01 PDF and ZIP", "F03 cut short", "F04 bomb", "F06 archive called PDF"):
        answer = upload(officer, reference, *REFUSED[name])
        assert answer.status_code == (413 if "bomb" in name else 422), name
        assert answer.headers["content-type"] == "application/problem+json"
    check_nothing_is_kept(officer, reference, filing)


def test_f05_f15_an_infected_file_is_shut_away_and_said_so(database: Database, tmp_path: Path) -> None:
    """F05, F15: kept in quarantine with the scanner's words; no download, no thumbnail, no publication."""
    with clamd() as address:
        _, officer = service_over(database, a_filing(tmp_path, Clamd(address, 5)))
        reference = a_case(database)
        document = upload(officer, reference, "virus.pdf", a_pdf(others=[b"(%b)" % EICAR])).json()
    assert (document["scan"], document["has_thumbnail"]) == ("infected", False)
    assert document["quarantined_because"] == "The virus scanner found Eicar-Test-Signature."
    one = f"{url_of(reference)}/{document['id']}"
    for what in ("file", "thumbnail"):
        answer = officer.get(f"{one}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (404, "document_quarantined")
    for act, more in (("publish", {}), ("consultees", {"available": True})):
        assert officer.post(f"{one}/{act}", json={"version": 1, **more}).status_code == 409


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.pdf", "a\u202efdp.pdf", "CON.pdf", "x" * 4000 + ".pdf", "🏠.pdf", 'a";b.pdf', "same.pdf"]
)
def test_f12_no_file_name_reaches_a_disk_or_a_header(database: Database, tmp_path: Path, name: str) -> None:
    """F12: twice the same name are two files under random keys, and downloads say a harmless one."""
    filing = a_filing(tmp_path, AlwaysClean())
    _, officer = service_over(database, filing)
    reference = a_case(database)
    first, second = (upload(officer, reference, name, a_pdf()).json() for _ in range(2))
    assert first["id"] != second["id"]
    keys = [key for key, _ in filing.storage.entries(1)]
    assert len(set(keys)) == 6
    assert all(re.fullmatch(r"1/[0-9a-f]{2}/[0-9a-f]{32}", key) for key in keys)
    header = officer.get(f"{url_of(reference)}/{first['id']}/file").headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename=\"[\w .-]{1,130}\"; filename\*=UTF-8''[\w.%~-]+", header, re.ASCII)
    assert ".." not in header.replace("...", "")


def test_f15_a_document_is_reached_through_its_own_case_only(database: Database, tmp_path: Path) -> None:
    """F15: another case's, a withdrawn, an archived and a private one are not found, in the same words."""
    app, officer = service_over(database, a_filing(tmp_path, AlwaysClean()))
    mine, other = a_case(database), a_case(database)
    one = upload(officer, mine, "plan.pdf", a_pdf()).json()["id"]
    assert officer.get(f"{url_of(other)}/{one}/file").status_code == 404
    assert officer.post(f"{url_of(other)}/{one}/publish", json={"version": 1}).status_code == 404
    visitor = TestClient(app, base_url="http://localhost")

    def public(reference: str, document: int) -> Any:
        return visitor.get(f"/api/v2/public/cases/{reference}/documents/{document}/file")

    private, missing = public(mine, one), public(mine, one + 1)
    assert private.status_code == missing.status_code == 404
    assert private.json()["detail"].replace(f"document {one}", "") == missing.json()["detail"].replace(
        f"document {one + 1}", ""
    )
    officer.post(f"{url_of(mine)}/{one}/publish", json={"version": 1})
    assert public(mine, one).status_code == 200
    assert public(other, one).status_code == 404
    officer.post(f"{url_of(mine)}/{one}/archive", json={"version": 2, "reason": "withdrawn"})
    assert public(mine, one).status_code == 404
    for number in ("0", "-1", "99999999999999999999", "1.0", "x"):
        assert officer.get(f"{url_of(mine)}/{number}/file").status_code in {404, 422}


def test_f13_the_size_limit_holds_over_http(database: Database, tmp_path: Path) -> None:
    """F13: exactly at the limit is taken, one byte more and a body that never ends are refused, nothing is kept."""
    data = a_pdf()
    filing = a_filing(tmp_path, AlwaysClean(), max_bytes=len(data))
    _, officer = service_over(database, filing)
    reference = a_case(database)
    too_much = upload(officer, reference, "a.pdf", data + b"\n")
    assert (too_much.status_code, too_much.json()["code"]) == (413, "file_too_large")
    assert upload(officer, reference, "a.pdf", b"\0" * 32_000_000).status_code == 413
    check_nothing_is_kept(officer, reference, filing)
    assert upload(officer, reference, "a.pdf", data).status_code == 201


def test_f13_a_connection_cut_in_an_upload_leaves_nothing(database: Database, tmp_path: Path) -> None:
    """F13: 99 % of the body, then the line is dead: no row, no file, and the next upload works."""
    filing = a_filing(tmp_path, AlwaysClean())
    app, officer = service_over(database, filing)
    reference = a_case(database)
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + a_pdf() + b"\r\n--b--\r\n"
    head = (
        f"POST {url_of(reference)} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
        f"Cookie: {COOKIE}={officer.cookies[COOKIE]}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(form)}\r\n\r\n"
    ).encode()
    with serving(app) as address:
        with socket.create_connection(address, timeout=60) as connection:
            connection.sendall(head + form[: len(form) * 99 // 100])
        with socket.create_connection(address, timeout=60) as connection:
            connection.sendall(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + form)
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 201")
    assert len(officer.get(url_of(reference)).json()["documents"]) == 1
    assert len(list(filing.storage.entries(1))) == 3


class _FullAfter:
    """A file system of fsspec whose disk is full after so many files."""

    def __init__(self, system: Any, files: int) -> None:
        self._system = system
        self._left = files

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        """Open, unless to write one file too many."""
        if mode == "wb":
            self._left -= 1
            if self._left < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return self._system.open(path, mode, **options)


@pytest.mark.parametrize("files", [0, 1, 2])
def test_f14_a_storage_that_fails_leaves_nothing(database: Database, tmp_path: Path, files: int) -> None:
    """F14: at the first, second or third file of a document: 503, neither row nor file, and the service still reads."""
    plain = a_filing(tmp_path, AlwaysClean())
    full = Storage(_FullAfter(plain.storage._system, files), plain.storage._root)
    _, officer = service_over(database, Filing(full, plain.scanner, plain.settings))
    reference = a_case(database)
    answer = upload(officer, reference, "photo.jpg", a_jpeg())
    assert (answer.status_code, answer.json()["code"]) == (503, "document_storage")
    assert str(tmp_path) not in answer.text
    check_nothing_is_kept(officer, reference, plain)


@pytest.mark.parametrize("size", [1_000, 2_000_000])
def test_f14_no_room_to_take_a_file_in_is_said_so(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """F14: where the folder for temporary files is gone, a small upload and one that is spooled to it give 503."""
    filing = a_filing(tmp_path, AlwaysClean())
    _, officer = service_over(database, filing)
    reference = a_case(database)
    data = a_pdf(others=[b"<< /Length %d >>\nstream\n%b\nendstream" % (size, b"0" * size)])
    with monkeypatch.context() as broken:
        broken.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        answer = upload(officer, reference, "plan.pdf", data)
    assert (answer.status_code, answer.json()["code"]) == (503, "document_storage")
    check_nothing_is_kept(officer, reference, filing)


def test_f14_a_full_disk_leaves_nothing(database: Database, tmp_path: Path) -> None:
    """F14: a real file system of 300 kB that fills up in the middle of a file."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(small)],  # noqa: S607  # wherever the system has it
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("no small file system can be mounted here (needs root)")
    try:
        filing = a_filing(small, AlwaysClean())
        _, officer = service_over(database, filing)
        reference = a_case(database)
        large = a_pdf(others=[b"<< /Length 400000 >>\nstream\n%b\nendstream" % os.urandom(400_000)])
        assert upload(officer, reference, "large.pdf", large).status_code == 503
        check_nothing_is_kept(officer, reference, filing)
        assert upload(officer, reference, "plan.pdf", a_pdf()).status_code == 201
    finally:
        subprocess.run(["umount", str(small)], check=True)  # noqa: S607  # as above


def test_f13_a_row_that_fails_takes_its_files_with_it(database: Database, tmp_path: Path) -> None:
    """F13: the database refuses once the files are written: 500, and none of them is left without a row."""
    filing = a_filing(tmp_path, AlwaysClean())
    _, officer = service_over(database, filing)
    reference = a_case(database)
    with database.engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER no_documents AFTER INSERT ON document BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )
    answer = upload(officer, reference, "plan.pdf", a_pdf())
    assert answer.status_code == 500
    assert "disk" not in answer.text
    check_nothing_is_kept(officer, reference, filing)

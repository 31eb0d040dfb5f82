"""The virus scanner's client, against a stand-in that speaks clamd's protocol on a real socket."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from support.documents import EICAR, a_filing, a_pdf, clamd

from api.documents.scan import Clamd, Verdict, open_scanner
from api.documents.settings import DocumentSettings
from api.documents.tables import ScanState


def test_clean_and_infected_are_told_apart() -> None:
    """A file larger than one piece arrives whole; the EICAR signature behind its first piece is found."""
    with clamd() as address:
        scanner = Clamd(address, 5)
        assert scanner.scan(b"x" * 200_000) == Verdict(ScanState.CLEAN)
        assert scanner.scan(b"x" * 200_000 + EICAR) == Verdict(ScanState.INFECTED, "Eicar-Test-Signature")


@pytest.mark.parametrize(
    "answer", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK and more\0", b"\0", b"", b"\xff" * 9000]
)
def test_an_unclear_answer_is_never_clean(answer: bytes) -> None:
    """An error, nonsense, silence or an endless line leave the file waiting."""
    with clamd(answer) as address:
        assert Clamd(address, 5).scan(b"x").state is ScanState.PENDING


def test_a_scanner_that_is_not_there_or_hangs_leaves_the_file_waiting() -> None:
    """A closed port and one that takes the file and says nothing, the latter within the limit."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hanging = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        assert Clamd(hanging, 0.3).scan(b"x") == Verdict(ScanState.PENDING, silent=True)
    assert Clamd(hanging, 0.3).scan(b"x") == Verdict(ScanState.PENDING, silent=True)


def test_a_scanner_on_a_unix_socket_is_asked_too(tmp_path: Path) -> None:
    """One that is not there: the file waits."""
    settings = DocumentSettings(scanner=f"unix:{tmp_path}/clamd.ctl")
    assert open_scanner(settings).scan(b"x").silent


@pytest.mark.parametrize("address", ["127.0.0.1:3310", "http://scanner:3310", "tcp://scanner", "unix:clamd"])
def test_a_wrong_address_is_told_at_the_start(address: str) -> None:
    """A typing error in the settings does not turn the scanner off unseen."""
    with pytest.raises(ValueError, match="clamd"):
        open_scanner(DocumentSettings(scanner=address))


def test_without_a_scanner_files_are_unscanned(tmp_path: Path) -> None:
    """Which is said, and is not the same as clean."""
    assert a_filing(tmp_path).check("plan.pdf", a_pdf()).verdict.state is ScanState.UNSCANNED

"""The virus scanner: a port, and a client of clamd that sends a file and reads the verdict (INSTREAM).

Anything but a clear answer leaves a file waiting: silence is never clean.
"""

from __future__ import annotations

import logging
import re
import socket
import struct
import time
from dataclasses import dataclass
from typing import Protocol

from api.documents.settings import DocumentSettings
from api.documents.tables import ScanState

__all__ = ["Clamd", "NoScanner", "Scanner", "Verdict", "open_scanner"]

_log = logging.getLogger("bopsgis.documents")

CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner says of a file: the state, and the name of what it found."""

    state: ScanState
    found: str = ""
    silent: bool = False
    """True where the scanner could not be asked at all, so that asking it about the next file is no use."""


class Scanner(Protocol):
    """Somebody who can say whether a file carries a virus."""

    def scan(self, data: bytes) -> Verdict:
        """The verdict; PENDING where none could be had."""


class NoScanner:
    """No scanner is set up: files stay unscanned."""

    def scan(self, data: bytes) -> Verdict:  # noqa: ARG002  # the port's signature
        """Always unscanned."""
        return Verdict(ScanState.UNSCANNED)


class Clamd:
    """A clamd at `tcp://host:port` or `unix:/path`, asked within `seconds` a file."""

    def __init__(self, address: str, seconds: float) -> None:
        self._target = _target_of(address)
        self._seconds = seconds

    def scan(self, data: bytes) -> Verdict:
        """Send the file in pieces and read one line back."""
        try:
            answer = self._ask(data)
        except OSError as error:
            _log.warning("the virus scanner does not answer: %s", error)
            return Verdict(ScanState.PENDING, silent=True)
        if answer == "stream: OK":
            return Verdict(ScanState.CLEAN)
        if found := re.fullmatch(r"stream: (.+) FOUND", answer):
            return Verdict(ScanState.INFECTED, found[1][:200])
        _log.warning("the virus scanner gave no verdict: %.200s", answer)
        return Verdict(ScanState.PENDING)

    def _ask(self, data: bytes) -> str:
        ends = time.monotonic() + self._seconds
        with self._connected() as connection:
            connection.settimeout(self._seconds)
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), CHUNK):
                piece = data[start : start + CHUNK]
                connection.settimeout(max(ends - time.monotonic(), 0.001))
                connection.sendall(struct.pack("!L", len(piece)) + piece)
            connection.sendall(struct.pack("!L", 0))
            answer = b""
            while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
                connection.settimeout(max(ends - time.monotonic(), 0.001))
                if not (part := connection.recv(LONGEST_ANSWER)):
                    break
                answer += part
        return answer.split(b"\0")[0].decode("utf-8", "replace").strip()

    def _connected(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target, timeout=CONNECT_SECONDS)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(self._target)
        except OSError:
            connection.close()
            raise
        return connection


def open_scanner(settings: DocumentSettings) -> Scanner:
    """The scanner that the settings name. Raises ValueError for an address that is none."""
    return Clamd(settings.scanner, settings.scan_seconds) if settings.scanner else NoScanner()


def _target_of(address: str) -> tuple[str, int] | str:
    if address.startswith("unix:/"):
        return address.removeprefix("unix:")
    match = re.fullmatch(r"tcp://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", address)
    if match is None:
        raise ValueError(f"{address!r} is not tcp://host:port or unix:/path of a clamd")
    return match[1].strip("[]"), int(match[2])

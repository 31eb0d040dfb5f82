"""Answers with tiles as they went out, to be sent again to whoever asks the same in the same way.

What is kept was answered in full before: its address named a tile, its host was known, it carries every header. What
is looked at again is what differs from one request to the next: the host, how much is sent along, whether gzip is
taken, and which tag the client has. Whatever is not plain here is answered in full once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from starlette.types import Message, Scope

from api.core.conditional import has
from api.core.limits import WebLimits
from api.layers.cache import Memory
from api.layers.designations import Edition, Editions
from api.layers.headers import takes_gzip
from api.layers.layer import Layer

__all__ = ["Replay", "Replays"]

_OF_A_BODY: Final = frozenset({b"content-type", b"content-length", b"content-encoding", b"x-truncated", b"x-dropped"})
"""Headers that an answer without a body does not have."""
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
"""A request for a tile has no body: one that says otherwise is looked at in full."""
_MOST_HOSTS: Final = 64


@dataclass(frozen=True, slots=True)
class Replay:
    """One answer with a compressed tile."""

    start: Message
    body: Message
    unchanged: Message
    """How the answer begins where the client has the tile."""
    tag: str

    def __len__(self) -> int:
        return len(self.body["body"])


NOTHING: Final[Message] = {"type": "http.response.body", "body": b""}


class Replays:
    """Answers of the edition that is the newest; those of another are forgotten at once. Event loops may share it."""

    def __init__(self, editions: Editions, limits: WebLimits, most: int) -> None:
        self._editions = editions
        self._limits = limits
        self._most = most
        self._hosts: set[bytes] = set()
        self._kept: tuple[Edition | None, Memory[Replay]] = (None, Memory(most))

    def find(self, scope: Scope) -> tuple[Message, Message] | None:
        """How the answer begins and ends, where the same GET was answered before."""
        if scope["method"] != "GET" or scope["query_string"]:
            return None
        edition, kept = self._kept
        replay = kept.get(_key(scope))
        if replay is None or edition is not self._editions.recent():
            return None
        plain, known = self._plain(scope["headers"])
        if not plain:
            return None
        return (replay.unchanged, NOTHING) if has(known, replay.tag) else (replay.start, replay.body)

    def keep(self, scope: Scope, layer: Layer, answer: Iterable[Message], *, fixed: bool) -> None:
        """Keep what was answered for a tile of a layer; `fixed`: the address names the version.

        Kept is a GET answered by 200 with a compressed tile, of a layer of the store: of those no one is kept out.
        """
        if scope["method"] != "GET" or scope["query_string"] or not scope.get("raw_path"):
            return
        newest = self._editions.recent()
        # Another edition may have come while the tile was drawn: an address without a version means that one now.
        editions = self._editions.opened() if fixed else (newest,)
        if newest is None or not any(each is not None and each.layers.get(layer.name) is layer for each in editions):
            return
        start, body = answer
        headers: dict[bytes, bytes] = dict(start["headers"])
        if start["status"] != 200 or headers.get(b"content-encoding") != b"gzip":
            return
        if len(self._hosts) < _MOST_HOSTS:
            # Only one host that we are known by was let through.
            self._hosts.update(value for name, value in scope["headers"] if name == b"host")
        if self._kept[0] is not newest:
            self._kept = (newest, Memory(self._most))
        unchanged = [pair for pair in start["headers"] if pair[0] not in _OF_A_BODY]
        replay = Replay(start, body, {**start, "status": 304, "headers": unchanged}, headers[b"etag"].decode())
        self._kept[1].put(_key(scope), replay)

    def forget(self) -> None:
        """Begin anew."""
        self._kept = (None, Memory(self._most))

    def _plain(self, headers: Iterable[tuple[bytes, bytes]]) -> tuple[bool, str | None]:
        """Whether a request is one like those kept, and its If-None-Match."""
        size = number = hosts = cookies = 0
        accepted = known = None
        for name, value in headers:
            size += len(name) + len(value)
            number += 1
            if name == b"host":
                hosts += 1 if value in self._hosts else 2
            elif name == b"accept-encoding":
                accepted = value if accepted is None else accepted
            elif name == b"if-none-match":
                known = value if known is None else known
            elif name == b"cookie":
                cookies += value.count(b";") + 1
            elif name in _FRAMING:
                return False, None
        limits = self._limits
        within = number <= limits.max_headers and size <= limits.max_header_bytes and cookies <= limits.max_cookies
        plain = within and hosts == 1 and accepted is not None and takes_gzip(accepted.decode("latin-1"))
        return plain, None if known is None else known.decode("latin-1")


def _key(scope: Scope) -> str:
    """The address as it was sent, by http or https: answers by https say that it is always to be used."""
    return f"{scope.get('scheme', '')} {scope.get('raw_path', b'').decode('latin-1')}"

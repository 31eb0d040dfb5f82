"""A tile as it is kept and sent: compressed, with its tag and what became of it."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from isal import isal_zlib

from tiles.snapshot import Answer

__all__ = ["Packed"]

_LEVEL = 2
"""Of isal: about as small as zlib's 1, seven times as fast."""
_GZIP_WBITS = 31
_HEAD = struct.Struct("<B16sI?")
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Packed:
    """A tile. The digest is of the bytes before compression."""

    digest: bytes
    gzipped: bytes
    """Empty for an empty tile."""
    dropped: int
    truncated: bool

    @classmethod
    def of(cls, answer: Answer) -> Packed:
        """Pack what was drawn."""
        digest = hashlib.blake2b(answer.data, digest_size=16).digest()
        gzipped = bytes(isal_zlib.compress(answer.data, _LEVEL, _GZIP_WBITS)) if answer.data else b""
        return cls(digest, gzipped, answer.dropped, answer.truncated)

    @classmethod
    def read(cls, kept: bytes) -> Packed | None:
        """The tile that was written; None where the bytes are not of this version's writing."""
        if len(kept) < _HEAD.size or kept[0] != _FORMAT:
            return None
        _, digest, dropped, truncated = _HEAD.unpack_from(kept)
        return cls(digest, kept[_HEAD.size :], dropped, truncated)

    def written(self) -> bytes:
        """The bytes by which it can be read again."""
        return _HEAD.pack(_FORMAT, self.digest, self.dropped, self.truncated) + self.gzipped

    def plain(self) -> bytes:
        """The tile, not compressed."""
        return bytes(isal_zlib.decompress(self.gzipped, _GZIP_WBITS)) if self.gzipped else b""

    def __len__(self) -> int:
        return len(self.gzipped) + _HEAD.size

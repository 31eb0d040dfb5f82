"""JPEG files without being decoded: the segments that speak of camera, owner and place are left out."""

from __future__ import annotations

__all__ = ["without_notes"]

_START_OF_SCAN, _END = 0xDA, 0xD9
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_NOTES = frozenset({0xE1, 0xED, 0xFE})
"""EXIF and XMP (APP1), Photoshop's and IPTC's (APP13), comments. Colour profiles (APP2, APP14) stay."""


def without_notes(data: bytes) -> bytes:
    """The same picture, bit for bit, without notes; `data` itself where it is not made as a JPEG is."""
    if not data.startswith(b"\xff\xd8"):
        return data
    kept, at = [b"\xff\xd8"], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in (_START_OF_SCAN, _END):
            return b"".join((*kept, data[at:]))
        if marker == 0xFF or marker in _ALONE:
            size = 1 if marker == 0xFF else 2
        else:
            size = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker not in _NOTES:
            kept.append(data[at : at + size])
        at += size
    return data

"""What the readers of files share: how a refusal is said, and how large a thumbnail is."""

from __future__ import annotations

__all__ = ["THUMBNAIL_SIDE", "Refused"]

THUMBNAIL_SIDE = 400
"""Longest side of a thumbnail, pixels: 200 on a screen of double density."""


class Refused(Exception):
    """A file that cannot be taken: the sentence for whoever sent it, and a stable code."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code

"""A packed tree of boxes: neighbours share a box, and so on upwards. Only arrays: nothing to build when it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHILDREN", "Tree", "sizes_of", "tree_of"]

CHILDREN = 64
"""Boxes under one box."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Boxes (least x, least y, greatest x, greatest y) of n features and, level by level, of 64 neighbours each."""

    boxes: NDArray[Any]
    """(n, 4)"""
    upper: NDArray[Any]
    """(u, 4) from the top down; the boxes of features come next."""

    def meeting(self, box: tuple[int, int, int, int]) -> NDArray[np.int64]:
        """Features whose boxes meet a box, its edges included, in their order."""
        sizes = sizes_of(len(self.boxes))
        found, begin = np.arange(sizes[0]), 0
        for depth, size in enumerate(sizes):
            boxes = self.boxes if depth == len(sizes) - 1 else self.upper[begin : begin + size]
            there = boxes[found]
            found = found[
                (there[:, 0] <= box[2]) & (there[:, 1] <= box[3]) & (there[:, 2] >= box[0]) & (there[:, 3] >= box[1])
            ]
            begin += size
            if depth < len(sizes) - 1:
                found = (found[:, None] * CHILDREN + np.arange(CHILDREN)).ravel()
                found = found[found < sizes[depth + 1]]
        return found


def sizes_of(n: int) -> list[int]:
    """How many boxes there are at each level, from the top down; the last are the features' own."""
    sizes = [n]
    while sizes[0] > CHILDREN:
        sizes.insert(0, -(-sizes[0] // CHILDREN))
    return sizes


def tree_of(boxes: NDArray[Any]) -> Tree:
    """Index (n, 4) boxes that are in an order that keeps neighbours together."""
    levels: list[NDArray[Any]] = []
    below = boxes
    while len(below) > CHILDREN:
        begin = np.arange(0, len(below), CHILDREN)
        low, high = np.minimum.reduceat(below[:, :2], begin), np.maximum.reduceat(below[:, 2:], begin)
        below = np.column_stack([low, high])
        levels.insert(0, below)
    return Tree(boxes, np.concatenate(levels) if levels else boxes[:0])

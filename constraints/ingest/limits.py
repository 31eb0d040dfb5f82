"""How much one delivery may ask of the machine, as typed settings."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIMITS", "IngestLimits"]


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """Limits for one delivery. Operators read their own files, so these stop accidents, not visitors."""

    max_bytes: int = 8 * 1024**3
    """Size of the delivery after unpacking."""
    max_crossings: int = 100_000
    """Pairs of segments of one invalid polygon that may meet.

    The structure method of `make_valid` cannot be interrupted and takes about 2.5 s for 100,000 crossings
    (measured, GEOS 3.14); a 1,000-point star with 500,000 takes 16 s. The worst real polygon that we know,
    a world heritage site of 8,015 vertices, has fewer than a hundred.
    """
    max_collection_depth: int = 4
    """Geometry collections within collections; GEOS ends the process at some ten thousand."""


LIMITS = IngestLimits()

"""The published limits on what a person may give as a site boundary."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIMITS", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Typed settings; each is allowed exactly and refused one above.

    `max_depth` counts the nesting of geometry (a polygon is 1, a collection of one 2), `max_json_depth` that of
    brackets in JSON. `max_intricacy` is the square of the perimeter over the area, 12.6 for a circle and some
    thousands for a road: two combs of 6,000 corners each would take minutes to overlay.
    The `max_zip_*` limits are checked on a zip's directory, before anything is unpacked.
    """

    max_bytes: int = 2_000_000
    max_vertices: int = 10_000
    max_depth: int = 4
    max_json_depth: int = 32
    max_parts: int = 100
    min_area_m2: float = 1.0
    max_area_m2: float = 50_000_000.0
    max_intricacy: float = 1_000_000.0
    max_zip_entries: int = 200
    max_zip_bytes: int = 100_000_000
    max_zip_ratio: float = 100.0


LIMITS = Limits()
"""The limits in force unless others are passed."""

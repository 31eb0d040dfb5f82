"""What a layer shows from afar."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CELL_UNITS", "Policy"]

CELL_UNITS = 64
"""Side of the square, in tile units, whose points become one: a tile has 64 by 64 of them (8 pixels of 512)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is drawn at which zoom. Zooms are those of WebMercatorQuad; other sets' are compared by size on the ground.

    Nothing is ever left out by the order of rows: what does not fit the budget goes by rule (see `snapshot.ladder`).
    """

    minzoom: int = 5
    """Tiles above this zoom are empty."""
    style: tuple[str, ...] = ()
    """Attributes that the drawing depends on, in tiles of every zoom."""
    full_from: int = 13
    """First zoom with all attributes."""
    exact_from: int = 13
    """First zoom with the geometry as it is; above it, lines and areas are generalised."""
    cluster_below: int = 11
    """Single points are counted in squares above this zoom; 0: never."""
    dot_pixels: float = 0.0
    """Above `exact_from`, lines and areas whose box is smaller, in pixels, are points at its middle; 0: never.

    So are areas whose box is narrower than a pixel. They are then counted in squares as points are, so that nothing
    small is out of sight from afar.
    """
    low_below: int = 11
    """Up to here (not included) a tile has the budget `low_bytes`, from here on `most_bytes`."""
    low_bytes: int = 250_000
    most_bytes: int = 450_000
    """Bytes of a tile before compression, all layers together."""

    def budget(self, zoom: int) -> int:
        """Bytes that a tile may have."""
        return self.low_bytes if zoom < self.low_below else self.most_bytes

    @staticmethod
    def least_pixels(zoom: int) -> float:
        """Lines and areas whose box is smaller, in pixels of 1/512 of a tile, are not drawn."""
        return 2.0 if zoom < 10 else 1.0

"""From a level to the geometry of one tile in compiled code: the same as `snapshot.gather` draws, sooner.

What compiled code is not certain of (areas that touch themselves after rounding, lines that leave the tile, shapes of
very many points) it leaves to `gather`, so both draw the same.
"""

from __future__ import annotations

from tiles.draw.kernel import Drawing, drawing, prepare

__all__ = ["Drawing", "drawing", "prepare"]

"""Screen many sites with one worker and with two, and print the best times: `two_workers.py STORE SITES`.

Wall time says what a person waits for, and needs a quiet machine. CPU time is that of the process that worked
longest: what the wall time would be if nothing else ran.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from constraints.bulk import screen_many

_RUNS = 3


def timed(workers: int, sites: gpd.GeoSeries) -> tuple[float, float, pd.DataFrame]:
    """Wall time, CPU time of the busiest process, and the table."""
    before, begin = os.times(), time.perf_counter()
    table = screen_many(sites, store=Path(sys.argv[1]), as_at=date(2026, 11, 22), workers=workers)
    wall, after = time.perf_counter() - begin, os.times()
    own = after.user + after.system - before.user - before.system
    others = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, max(own, others), table


if __name__ == "__main__":
    asked = gpd.GeoSeries(shapely.from_wkb(np.load(sys.argv[2], allow_pickle=True)), crs=27700)
    best = {1: (float("inf"), float("inf")), 2: (float("inf"), float("inf"))}
    for _ in range(_RUNS):
        tables = []
        for workers in best:
            wall, busiest, table = timed(workers, asked)
            best[workers] = min(best[workers][0], wall), min(best[workers][1], busiest)
            tables.append(table)
        assert tables[0].equals(tables[1]), "two workers give another table than one"
    print(*best[1], *best[2])

"""Measure the engine beside its peers and print the tables: `python tests/benchmarks/run.py --scale tenth`.

All ratios come from one run on one machine; times are CPU time of one thread, so a busy machine disturbs them
little. Nothing here is a test of speed: the tests run the same code at a small scale and look at answers only.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
os.environ["PYTHONPATH"] = str(TESTS.parent)

# The benchmarks are modules below tests/, which is no package: their folder must be on the path first.
from benchmarks.alone import alone_table, cold_table, memory_line, workers_table  # noqa: E402  # after the path is set
from benchmarks.bulk import bulk_table, question_of  # noqa: E402  # after the path is set
from benchmarks.cases import report  # noqa: E402  # after the path is set
from benchmarks.england import SCALES, designations, sites  # noqa: E402  # after the path is set
from benchmarks.pages import report as report_pages  # noqa: E402  # after the path is set
from benchmarks.stores import make_store  # noqa: E402  # after the path is set
from benchmarks.tiles_encoding import encoding_table  # noqa: E402  # after the path is set

from constraints.store import open_store  # noqa: E402  # after the path is set

PARTS = ("alone", "bulk", "workers", "cold", "memory", "tiles", "cases", "pages")


def machine() -> str:
    """Name of the machine and of what runs on it."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def measure(scale: str, parts: Sequence[str], many: int, few: int, folder: Path) -> None:
    """Print the tables asked for."""
    data = designations(SCALES[scale])
    asked = sites(many, data)
    root = folder / "store"
    make_store(root, data)
    store = open_store(root)
    print(f"{machine()}; synthetic England at one {scale}: {len(store):,} designations, {len(data)} datasets")
    # One site alone comes first: later parts load the compiled kernel, which would speed it up.
    if "alone" in parts:
        print("", *alone_table(folder, data, asked[:300]), sep="\n", flush=True)
    if "bulk" in parts:
        print("", *bulk_table(question_of(data, asked), store, few), sep="\n", flush=True)
    if "workers" in parts:
        print("", *workers_table(folder, root, asked), sep="\n", flush=True)
    if "cold" in parts:
        print("", *cold_table(folder, root, data, asked[0]), sep="\n", flush=True)
    if "memory" in parts:
        print("\n| designations | vertices in pieces | store, MB | resident, MB | times |\n|--:|--:|--:|--:|--:|")
        for smaller in _below(scale):
            less = designations(SCALES[smaller])
            make_store(folder / smaller, less)
            print(memory_line(folder, folder / smaller, sites(many, less)), flush=True)
        print(memory_line(folder, root, asked), flush=True)


def _below(scale: str) -> Iterator[str]:
    """Scales from a hundredth up to, not including, this one."""
    return (name for name, share in SCALES.items() if SCALES["hundredth"] <= share < SCALES[scale])


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=SCALES, default="hundredth")
    parser.add_argument("--part", choices=PARTS, action="append", help="leave out for all")
    parser.add_argument("--sites", type=int, default=20_000, help="for our engine")
    parser.add_argument("--peer-sites", type=int, default=2_000, help="for databases; slower peers get fewer")
    parser.add_argument("--cases", type=int, default=100_000, help="in each store of cases")
    chosen = parser.parse_args()
    parts = chosen.part or PARTS
    if "tiles" in parts:
        table = encoding_table(SCALES[chosen.scale])
        print(f"{machine()}; four layers of tiles at one {chosen.scale}", "", *table, "", sep="\n", flush=True)
    if "cases" in parts:
        print(f"{machine()}; {chosen.cases:,} cases")
        report(chosen.cases)
    if "pages" in parts:
        print(f"{machine()}; pages with {chosen.cases:,} cases")
        report_pages(chosen.cases)
    if set(parts) <= {"tiles", "cases", "pages"}:
        return
    with tempfile.TemporaryDirectory(prefix="bopsgis-bench-") as folder:
        measure(chosen.scale, parts, chosen.sites, chosen.peer_sites, Path(folder))


if __name__ == "__main__":
    main()

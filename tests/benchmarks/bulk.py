"""Many sites at once: our engine beside its peers, answers compared in the same run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb
import numpy as np
from benchmarks.peers import Measured, Question, differences, duck, frames, ours, postgis, trees
from benchmarks.postgis import connected
from numpy.typing import NDArray
from support.postgis import binaries as find_binaries

from constraints.store import Store

__all__ = ["bulk_table", "question_of"]


def question_of(datasets: Mapping[str, NDArray[np.object_]], sites: NDArray[np.object_]) -> Question:
    """Number the designations as the store does: datasets by name, rows in order."""
    slugs = sorted(datasets)
    slug = np.repeat(np.arange(len(slugs)), [len(datasets[name]) for name in slugs])
    return Question(slug, np.concatenate([datasets[name] for name in slugs]), sites)


def _peers(question: Question, sites: int, most: int) -> Iterator[Measured | str]:
    yield frames(question, max(sites // 8, 1))
    yield trees(question, sites // 4)
    binaries = find_binaries()
    if binaries is None:
        yield "PostGIS and DuckDB: left out, because no PostgreSQL with PostGIS is installed."
        return
    with connected(binaries) as connection:
        yield from postgis(question, connection, sites, most)
        try:
            yield duck(question, connection, sites)
        except (duckdb.Error, StopIteration) as error:
            yield f"DuckDB: left out, because its spatial extension does not load ({error})."


def bulk_table(question: Question, store: Store, sites: int, most: int = 256) -> list[str]:
    """Measure all; returns lines of a table. Raises `AssertionError` where answers differ."""
    reference = ours(question, store, len(question.sites), "numpy")
    compiled = ours(question, store, len(question.sites), "compiled")
    assert differences(reference.answer, compiled.answer, len(question.sites)) == (0, 0.0)
    lines = [
        "| what a user would do | us a site (CPU) | times bopsgis | times bopsgis, compiled | most area apart, m2 |",
        "|---|--:|--:|--:|--:|",
    ]
    for peer in (reference, compiled, *_peers(question, sites, most)):
        if isinstance(peer, str):
            lines.append(peer)
            continue
        missing, apart = differences(reference.answer, peer.answer, peer.sites)
        assert missing == 0, f"{peer.name}: {missing} hits differ"
        assert apart < 0.01, f"{peer.name}: areas differ by {apart} m2"
        lines.append(
            f"| {peer.name} | {peer.cpu_us:,.1f} | {peer.cpu_us / reference.cpu_us:,.1f} "
            f"| {peer.cpu_us / compiled.cpu_us:,.1f} | {apart:.1e} |"
        )
    return lines

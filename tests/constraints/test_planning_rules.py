"""The rules of planning name constraints by the catalogue's names, or they would wait for ever."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from bopsgis.planning.rulebook import read_rules
from constraints import catalogue

NOT_SCREENED = {"parish": "known from the case's own address"}
"""Datasets that a rule may ask for although no report has a finding on them, and where the answer comes from."""


def rules_that_wait() -> Iterator[tuple[str, str]]:
    """Each table of rules and each dataset that one of its rules waits for."""
    for file in files("bopsgis.planning").joinpath("data").iterdir():
        name = file.name.removesuffix(".toml")
        yield from ((name, slug) for slug in _slugs(read_rules(name)))


def _slugs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            named = key in {"constraints", "near"} and isinstance(part, list)
            yield from part if named else _slugs(part)
    elif isinstance(value, list):
        for part in value:
            yield from _slugs(part)


def test_rules_wait_for_datasets_that_reports_have() -> None:
    """Every dataset that a rule names is in the catalogue, and is screened or known otherwise."""
    waited_for = set(rules_that_wait())
    assert {("publicity", "conservation-area"), ("requirements", "flood-risk-zone")} <= waited_for
    known = catalogue.datasets()
    assert {(table, slug) for table, slug in waited_for if slug not in known} == set()
    unscreened = {slug for _, slug in waited_for if not known[slug].screened}
    assert unscreened == set(NOT_SCREENED)

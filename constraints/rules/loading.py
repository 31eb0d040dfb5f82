"""From the TOML files to rules, with every reference to law and catalogue checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar

from constraints.catalogue import Dataset
from constraints.catalogue.tables import CatalogueError, Table
from constraints.model import ConsequenceKind, Status
from constraints.rules.rule import Basis, Law, Rule

__all__ = ["read_rules"]

_LAWS: Final = "laws.toml"
_SPOKEN_OF: Final = frozenset({Status.PRESENT, Status.ADJACENT, Status.NEAR, Status.ABSENT})
_Word = TypeVar("_Word", bound=StrEnum)


def read_rules(tables: Mapping[str, Table], datasets: Mapping[str, Dataset]) -> dict[str, tuple[Rule, ...]]:
    """Dataset -> its rules in the order of the files (name -> content). Raises `CatalogueError`."""
    if _LAWS not in tables:
        raise CatalogueError(f"The rules lack their file {_LAWS}.")
    laws = {key: _read_law(entry) for key, entry in tables[_LAWS].tables()}
    found: dict[str, list[Rule]] = {}
    seen: set[str] = set()
    cited: set[str] = set()
    for name, table in tables.items():
        for entry in [] if name == _LAWS else table.rows("rule"):
            slugs = _read_slugs(entry, datasets)
            rule = _read_rule(entry, laws, cited)
            if rule.slug in seen:
                raise entry.error(f"there is already a rule {rule.slug}.")
            seen.add(rule.slug)
            for slug in slugs:
                _check_fits(rule, datasets[slug], entry)
                found.setdefault(slug, []).append(rule)
        table.finish()
    if unused := sorted(set(laws) - cited):
        raise CatalogueError(f"{_LAWS}: no rule rests on {', '.join(unused)}.")
    return {slug: tuple(rules) for slug, rules in found.items()}


def _read_law(entry: Table) -> Law:
    start, end = entry.day("effective_from"), entry.day("effective_to")
    if start is None or (end is not None and end <= start):
        raise entry.error("needs `effective_from`, and `effective_to` after it if at all.")
    law = Law(entry.text("title"), entry.text("edition"), start, end)
    entry.finish()
    return law


def _read_slugs(entry: Table, datasets: Mapping[str, Dataset]) -> tuple[str, ...]:
    if entry.flag("designated_land", default=False):
        return tuple(slug for slug, dataset in datasets.items() if dataset.designated_land)
    slugs = entry.texts("datasets")
    if unknown := [slug for slug in slugs if slug not in datasets]:
        raise entry.error(f"the catalogue has no dataset {', '.join(unknown)}.")
    return slugs


def _read_rule(entry: Table, laws: Mapping[str, Law], cited: set[str]) -> Rule:
    values, other_values = entry.texts("values", ()), entry.texts("other_values", ())
    rule = Rule(
        slug=entry.text("id"),
        kind=_word(entry, "kind", ConsequenceKind, entry.text("kind")),
        text=entry.text("text"),
        who=entry.text("who", ""),
        basis=_read_basis(entry, laws, cited),
        whole=_read_extent(entry),
        statuses=_read_statuses(entry),
        or_likely=entry.flag("or_likely", default=False),
        certain=entry.flag("certain", default=True),
        attribute=entry.text("attribute", ""),
        values=frozenset(value.upper() for value in values),
        other_values=frozenset(value.upper() for value in other_values),
        site_area_over_m2=entry.optional_number("site_area_over_m2"),
        site_area_from_m2=entry.optional_number("site_area_from_m2"),
        within_m=entry.optional_number("within_m"),
    )
    entry.finish()
    return rule


def _read_basis(entry: Table, laws: Mapping[str, Law], cited: set[str]) -> tuple[Basis, ...]:
    basis = []
    for row in entry.rows("basis"):
        key = row.text("law")
        if key not in laws:
            raise row.error(f"the law {key!r} is not in {_LAWS}.")
        cited.add(key)
        basis.append(Basis(laws[key], row.text("at"), row.flag("verified")))
        row.finish()
    if not basis:
        raise entry.error("rests on no law: `basis` is missing.")
    basis.sort(key=lambda each: each.law.effective_from)
    for earlier, later in pairwise(basis):
        if (earlier.law.effective_to or date.max) > later.law.effective_from:
            raise entry.error("rests on two laws that are in force on the same day.")
    return tuple(basis)


def _read_extent(entry: Table) -> bool:
    extent = entry.text("extent")
    if extent not in {"whole", "any"}:
        raise entry.error(f"`extent` must be whole or any, not {extent!r}.")
    return extent == "whole"


def _read_statuses(entry: Table) -> frozenset[Status]:
    words = entry.texts("statuses", (Status.PRESENT.value,))
    statuses = frozenset(_word(entry, "statuses", Status, word) for word in words)
    if not statuses or not statuses <= _SPOKEN_OF:
        raise entry.error("nothing follows from what is not known.")
    return statuses


def _word(entry: Table, key: str, kind: type[_Word], word: str) -> _Word:
    for member in kind:
        if member.value == word:
            return member
    raise entry.error(f"`{key}` must be of {', '.join(kind)}, not {word!r}.")


def _check_fits(rule: Rule, dataset: Dataset, entry: Table) -> None:
    if rule.attribute and rule.attribute not in dataset.attributes:
        raise entry.error(f"asks for {rule.attribute!r}, which {dataset.slug} does not keep.")
    if bool(rule.attribute) != bool(rule.values):
        raise entry.error("needs `attribute` and `values` together.")
    if rule.within_m is not None and rule.within_m > dataset.near_m:
        raise entry.error(f"reaches {rule.within_m:g} m, but {dataset.slug} is looked for within {dataset.near_m:g} m.")
    if Status.NEAR in rule.statuses and Status.ABSENT not in rule.statuses and not dataset.near_m:
        raise entry.error(f"speaks of what is near, but {dataset.slug} has no distance.")

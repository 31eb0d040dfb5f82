"""What follows from a constraint: consultees, publicity, rights lost, documents, other consents.

The rules are data (`data/*.toml`), dated, cited and marked as verified or not; this package applies them. A
period of effect runs from `effective_from` up to, and not including, `effective_to`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from math import inf

from constraints.catalogue import Dataset, datasets
from constraints.catalogue.tables import read_folder
from constraints.model import Consequence, Hit, Status
from constraints.rules.loading import read_rules
from constraints.rules.rule import Basis, Law, Rule

__all__ = ["Basis", "Law", "Rule", "absence_speaks_from_m2", "consequences", "rules"]


@cache
def rules() -> Mapping[str, tuple[Rule, ...]]:
    """Dataset -> its rules, in the order of the files; a dataset without rules is not there."""
    return read_rules(read_folder(__name__, "data"), datasets())


def consequences(
    dataset: Dataset, hits: Sequence[Hit], status: Status, *, site_area_m2: float, as_at: date
) -> tuple[Consequence, ...]:
    """What follows from one finding on one date.

    `hits` are all designations of the dataset on or near the site, `status` is the finding's. Nothing follows
    from what is not known; from an absence only what says so (a large site in flood zone 1). A consequence is
    `certain` only where no person has to judge: not for a point, for a site partly inside where the law speaks
    of land within, for what only touches or is near, nor for what depends on the proposal.
    """
    if status is Status.NOT_KNOWN:
        return ()
    found = []
    for rule in rules().get(dataset.slug, ()):
        certain = rule.applies(hits, status, site_area_m2)
        if certain is not None:
            found += [rule.consequence(basis, certain=certain) for basis in rule.basis if basis.in_force(as_at)]
    return tuple(found)


def absence_speaks_from_m2(dataset: Dataset) -> float:
    """Least area of a site for which something can follow from the proven absence of a dataset; else infinity."""
    speaking = [rule for rule in rules().get(dataset.slug, ()) if Status.ABSENT in rule.statuses]
    return min((rule.least_site_area_m2 for rule in speaking), default=inf)

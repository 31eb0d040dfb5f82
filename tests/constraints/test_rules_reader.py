"""The reader of the rules refuses what cannot be law, and says which rule it is."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from constraints.catalogue import CatalogueError, datasets
from constraints.catalogue.tables import Table
from constraints.rules import Rule
from constraints.rules.loading import read_rules


def rule(**changes: Any) -> dict[str, Any]:
    """One rule as its file gives it; a change to None takes the key away."""
    whole = {
        "id": "some-rule",
        "kind": "document",
        "datasets": ["conservation-area"],
        "text": "A statement.",
        "extent": "any",
        "basis": [{"law": "act", "at": "section 1", "verified": False}],
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def read(*given: dict[str, Any], **laws: dict[str, Any]) -> dict[str, tuple[Rule, ...]]:
    """Rules that rest on one act, and on other laws where they are given."""
    act = {"title": "Act 1990", "edition": "Not seen", "effective_from": date(1990, 1, 1)}
    tables = {
        "laws.toml": Table({"act": act, **laws}, "laws.toml"),
        "a.toml": Table({"rule": list(given)}, "a.toml"),
    }
    return read_rules(tables, datasets())


def test_a_rule_for_designated_land_reaches_all_of_it() -> None:
    """Such a rule is written once and holds for every dataset of article 2(3) land."""
    found = read(rule(datasets=None, designated_land=True))
    assert set(found) == {slug for slug, each in datasets().items() if each.designated_land}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"certan": True}, "does not know the key certan"),
        ({"kind": "advice"}, "`kind` must be of consultee, publicity"),
        ({"datasets": ["conservation-aria"]}, "the catalogue has no dataset conservation-aria"),
        ({"extent": "some"}, "`extent` must be whole or any"),
        ({"statuses": ["not_known"]}, "nothing follows from what is not known"),
        ({"statuses": ["gone"]}, "`statuses` must be of present"),
        ({"statuses": ["near"]}, "speaks of what is near, but conservation-area has no distance"),
        ({"within_m": 10}, "reaches 10 m, but conservation-area is looked for within 0 m"),
        ({"attribute": "grade", "values": ["I"]}, "asks for 'grade', which conservation-area does not keep"),
        ({"values": ["I"]}, "needs `attribute` and `values` together"),
        ({"basis": None}, "rests on no law"),
        ({"basis": [{"law": "bill", "at": "1", "verified": True}]}, "the law 'bill' is not in laws.toml"),
        ({"basis": [{"law": "act", "at": "1"}]}, "`verified` is missing"),
        ({"basis": [{"law": "act", "at": str(at), "verified": False} for at in (1, 2)]}, "in force on the same day"),
    ],
)
def test_a_doubtful_rule_is_refused_by_number(changes: dict[str, Any], message: str) -> None:
    """Misspelt keys, unknown words and rules that could never hold stop the reader."""
    with pytest.raises(CatalogueError, match=re.escape(message)) as refusal:
        read(rule(**changes))
    assert refusal.value.message.startswith("a.toml, rule 1")


def test_a_rule_named_twice_is_refused() -> None:
    """The second rule of a name is an error."""
    with pytest.raises(CatalogueError, match="there is already a rule some-rule"):
        read(rule(), rule())


def test_a_law_that_nothing_rests_on_is_refused() -> None:
    """A law without a rule is a leftover or a misspelling."""
    with pytest.raises(CatalogueError, match="no rule rests on lonely"):
        read(rule(), lonely={"title": "Act", "edition": "Not seen", "effective_from": date(1990, 1, 1)})


@pytest.mark.parametrize(
    "dates", [{}, {"effective_from": date(2020, 1, 1), "effective_to": date(2020, 1, 1)}, {"effective_from": "2020"}]
)
def test_a_law_without_sound_dates_is_refused(dates: dict[str, Any]) -> None:
    """A law begins on a date, and ends after it if at all."""
    with pytest.raises(CatalogueError, match=r"laws\.toml, new"):
        read(rule(), new={"title": "Act", "edition": "Not seen", **dates})


def test_missing_laws_are_refused() -> None:
    """Without the file of laws no rule can be read."""
    with pytest.raises(CatalogueError, match=r"laws\.toml"):
        read_rules({}, datasets())

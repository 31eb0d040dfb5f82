"""The reader of the catalogue's files refuses doubtful data and says where it is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from constraints.catalogue import CatalogueError
from constraints.catalogue.loading import Catalogue, read_catalogue
from constraints.catalogue.tables import Table


def entry(**changes: Any) -> dict[str, Any]:
    """One dataset as its file gives it; a change to None takes the key away."""
    whole = {
        "name": "Thing",
        "geometry": "polygon",
        "publisher": "maker",
        "accuracy": "fine",
        "attributes": ["grade"],
        "designations": ["thing"],
        "meaning": "It matters.",
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def read(themes: dict[str, dict[str, Any]]) -> Catalogue:
    """A catalogue of these theme files and the least of shared ones."""
    maker = {"name": "Maker", "licence": "OGL", "attribution": "©", "national": True, "stale_after_days": 9}
    files: dict[str, dict[str, Any]] = {
        "accuracy.toml": {"fine": {"tolerance_m": 0.5, "why": "Because."}},
        "publishers.toml": {"maker": maker},
        "odp.toml": {
            "values": {"thing": "A thing", "designated": "Land", "never": "Not ours"},
            "unmapped": {"never": "Nobody knows.", "designated": "None here."},
        },
        **{name: {"order": 1, "heading": name, **content} for name, content in themes.items()},
    }
    return read_catalogue({name: Table(content, name) for name, content in files.items()})


def test_an_entry_takes_its_publishers_terms() -> None:
    """Licence, attribution, reach and staleness come from the publisher unless the entry says otherwise."""
    found = read({"a.toml": {"thing": entry(), "other": entry(stale_after_days=3, national=False, plural="Othera")}})
    thing, other = found.datasets["thing"], found.datasets["other"]
    assert (thing.publisher, thing.licence, thing.national, thing.stale_after_days) == ("Maker", "OGL", True, 9)
    assert (thing.plural, thing.tolerance_m, thing.tolerance_why) == ("Things", 0.5, "Because.")
    assert (other.plural, other.national, other.stale_after_days) == ("Othera", False, 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tolerence": 1}, "does not know the key tolerence"),
        ({"name": None}, "`name` is missing"),
        ({"name": 3}, "`name` must be text"),
        ({"geometry": "blob"}, "geometry 'blob' is not one of"),
        ({"publisher": "nobody"}, "publisher 'nobody' is not one of maker"),
        ({"accuracy": "rough"}, "accuracy 'rough' is not one of fine"),
        ({"near_m": -1, "near_why": "So."}, "`near_m` must be a number of 0 or more"),
        ({"near_m": 5}, "`near_why` is missing"),
        ({"near_m": True, "near_why": "So."}, "`near_m` must be a number"),
        ({"published": False}, "`where` is missing"),
        ({"published": "no"}, "`published` must be true or false"),
        ({"attributes": "grade"}, "`attributes` must be a list of texts"),
        ({"attributes": ["grade", "grade"]}, "names something twice"),
        ({"designations": ["thing", "thingummy"]}, "'thingummy' is not a designation value"),
        ({"designated_land": True}, "must have the designation `designated`"),
        ({"designation_by_attribute": 3}, "must be a table"),
        ({"designation_by_attribute": {"grade": {"I": "nothing"}}}, "'nothing' is not a designation value"),
        ({"designation_by_attribute": {"level": {"I": "thing"}}}, "'level', which is not an attribute"),
        ({"attributes_without_designation": {"grade": ["II"]}}, "without designation make no sense"),
    ],
)
def test_doubtful_data_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    """A misspelt key, a missing one or a wrong value stops the reader, which says the file and the entry."""
    with pytest.raises(CatalogueError, match=re.escape(message)) as refusal:
        read({"a.toml": {"thing": entry(**changes)}})
    assert refusal.value.message.startswith("a.toml, thing")


def test_a_slug_in_two_themes_is_refused() -> None:
    """The same dataset twice is an error that names both places."""
    with pytest.raises(CatalogueError, match=r"b\.toml, thing: the dataset thing is already in the theme a"):
        read({"a.toml": {"thing": entry()}, "b.toml": {"thing": entry()}})


def test_a_slug_that_is_no_slug_is_refused() -> None:
    """Underscores and capitals are not how planning.data.gov.uk spells its datasets."""
    with pytest.raises(CatalogueError, match="'My_Thing' is not a slug"):
        read({"a.toml": {"My_Thing": entry()}})


def test_a_designation_value_forgotten_is_refused() -> None:
    """Every value of the schema is meant by a dataset or has a reason why not."""
    with pytest.raises(CatalogueError, match=r"neither: \['thing'\]"):
        read({"a.toml": {"thing": entry(designations=None)}})


def test_a_missing_file_is_refused() -> None:
    """The shared files are needed."""
    with pytest.raises(CatalogueError, match=r"publishers\.toml"):
        read_catalogue({"accuracy.toml": Table({}, ""), "odp.toml": Table({}, "")})

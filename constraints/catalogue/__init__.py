"""The catalogue: every dataset of designations that bopsgis can check, as data.

The files in `data/` are the catalogue; this package reads them once and hands out values.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Final

from bopsgis.errors import NotFound
from constraints.catalogue.dataset import ANY_VALUE, Dataset, GeometryKind
from constraints.catalogue.loading import Catalogue, read_catalogue
from constraints.catalogue.tables import CatalogueError, read_folder

__all__ = [
    "ANY_VALUE",
    "THEMES",
    "CatalogueError",
    "Dataset",
    "GeometryKind",
    "dataset",
    "datasets",
    "odp_unmapped",
    "odp_values",
]


@cache
def _catalogue() -> Catalogue:
    return read_catalogue(read_folder(__name__, "data"))


@cache
def datasets() -> Mapping[str, Dataset]:
    """Slug -> dataset, in the order in which a report goes through them: by theme, then by weight."""
    return MappingProxyType(dict(_catalogue().datasets))


def dataset(slug: str) -> Dataset:
    """The dataset with this slug. Raises `NotFound` that suggests the nearest names."""
    known = datasets()
    found = known.get(slug)
    if found is not None:
        return found
    near = get_close_matches(slug.strip().lower().replace("_", "-").replace(" ", "-"), known, n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(near)}?" if near else "`bopsgis data list` shows all names."
    raise NotFound(f"The catalogue has no dataset {slug!r}.", code="dataset_unknown", hint=hint)


@cache
def odp_values() -> Mapping[str, str]:
    """Every planning designation value of the Open Digital Planning schema -> its description there."""
    return MappingProxyType(dict(_catalogue().odp))


@cache
def odp_unmapped() -> Mapping[str, str]:
    """The designation values that no dataset of the catalogue means -> why not."""
    return MappingProxyType(dict(_catalogue().odp_unmapped))


THEMES: Final[Mapping[str, str]] = MappingProxyType(dict(_catalogue().themes))
"""Slug of a theme -> its heading, in the order of a report."""

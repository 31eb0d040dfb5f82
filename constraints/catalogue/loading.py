"""From the TOML files to `Dataset` values, with every reference between them checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar, get_args

from constraints.catalogue.dataset import ANY_VALUE, Dataset, GeometryKind
from constraints.catalogue.tables import CatalogueError, Table

__all__ = ["Catalogue", "read_catalogue"]

_SHARED: Final = ("accuracy.toml", "odp.toml", "publishers.toml")
_T = TypeVar("_T")
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_INSIDE_ONLY: Final = "The question is about land inside; one beside the site is reported only where it touches."
_EVERY_RECORD: Final = ("entity", "name")
_KINDS: Final[Mapping[str, GeometryKind]] = {kind: kind for kind in get_args(GeometryKind)}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that the catalogue's files say."""

    datasets: Mapping[str, Dataset]
    """Slug -> dataset, in the order of the themes and of their files."""
    themes: Mapping[str, str]
    """Slug of a theme -> its heading, in the order in which a report goes through them."""
    odp: Mapping[str, str]
    """Every Open Digital Planning designation value -> its description."""
    odp_unmapped: Mapping[str, str]
    """Designation values that no dataset of ours means -> why."""


@dataclass(frozen=True, slots=True)
class _Publisher:
    name: str
    licence: str
    attribution: str
    national: bool
    stale_after_days: int


@dataclass(frozen=True, slots=True)
class _Accuracy:
    tolerance_m: float
    why: str


@dataclass(frozen=True, slots=True)
class _Shared:
    publishers: Mapping[str, _Publisher]
    accuracy: Mapping[str, _Accuracy]
    odp: Mapping[str, str]
    odp_unmapped: Mapping[str, str]


def read_catalogue(tables: Mapping[str, Table]) -> Catalogue:
    """Build the catalogue from its files (name -> content). Raises `CatalogueError` for anything doubtful."""
    shared = _read_shared(tables)
    datasets: dict[str, Dataset] = {}
    themes: list[tuple[float, str, str]] = []
    for name, table in tables.items():
        if name in _SHARED:
            continue
        theme = name.removesuffix(".toml")
        themes.append((table.number("order"), theme, table.text("heading")))
        for slug, entry in table.tables():
            if slug in datasets:
                raise entry.error(f"the dataset {slug} is already in the theme {datasets[slug].theme}.")
            datasets[slug] = _read_dataset(slug, theme, entry, shared)
    headings = {theme: heading for _order, theme, heading in sorted(themes)}
    _check_odp_complete(datasets, shared)
    ordered = sorted(datasets.values(), key=lambda each: list(headings).index(each.theme))
    return Catalogue({each.slug: each for each in ordered}, headings, shared.odp, shared.odp_unmapped)


def _read_shared(tables: Mapping[str, Table]) -> _Shared:
    missing = [name for name in _SHARED if name not in tables]
    if missing:
        raise CatalogueError(f"The catalogue lacks its file {', '.join(missing)}.")
    accuracy, odp, publishers = (tables[name] for name in _SHARED)
    values, unmapped = odp.table("values"), odp.table("unmapped")
    odp.finish()
    return _Shared(
        publishers={key: _read_publisher(entry) for key, entry in publishers.tables()},
        accuracy={key: _read_accuracy(entry) for key, entry in accuracy.tables()},
        odp={key: values.text(key) for key in values},
        odp_unmapped={key: unmapped.text(key) for key in unmapped},
    )


def _read_publisher(entry: Table) -> _Publisher:
    publisher = _Publisher(
        name=entry.text("name"),
        licence=entry.text("licence"),
        attribution=entry.text("attribution"),
        national=entry.flag("national"),
        stale_after_days=int(entry.number("stale_after_days")),
    )
    entry.finish()
    return publisher


def _read_accuracy(entry: Table) -> _Accuracy:
    accuracy = _Accuracy(entry.number("tolerance_m"), entry.text("why"))
    entry.finish()
    return accuracy


def _read_dataset(slug: str, theme: str, entry: Table, shared: _Shared) -> Dataset:
    if not _SLUG.fullmatch(slug):
        raise entry.error(f"{slug!r} is not a slug: lower-case letters and digits joined by hyphens.")
    publisher = _named(entry, "publisher", shared.publishers)
    accuracy = _named(entry, "accuracy", shared.accuracy)
    attributes = entry.texts("attributes", ())
    name, published = entry.text("name"), entry.flag("published", default=True)
    near_m = entry.number("near_m", 0)
    dataset = Dataset(
        slug=slug,
        name=name,
        plural=entry.text("plural", name + "s"),
        theme=theme,
        geometry=_read_kind(entry),
        publisher=publisher.name,
        licence=entry.text("licence", publisher.licence),
        attribution=publisher.attribution,
        tolerance_m=accuracy.tolerance_m,
        tolerance_why=accuracy.why,
        near_m=near_m,
        near_why=entry.text("near_why", None if near_m else _INSIDE_ONLY),
        stale_after_days=_read_staleness(entry, publisher),
        attributes=attributes,
        designations=entry.texts("designations", ()),
        designated_land=entry.flag("designated_land", default=False),
        published=published,
        where="" if published else entry.text("where"),
        meaning=entry.text("meaning"),
        national=entry.flag("national", default=publisher.national),
        screened=entry.flag("screened", default=True),
        designation_by_attribute=_read_by_attribute(entry),
        attributes_without_designation=_read_without(entry),
    )
    entry.finish()
    _check_designations(dataset, entry, shared)
    return dataset


def _named(entry: Table, key: str, known: Mapping[str, _T]) -> _T:
    name = entry.text(key)
    if name not in known:
        raise entry.error(f"the {key} {name!r} is not one of {', '.join(known)}.")
    return known[name]


def _read_kind(entry: Table) -> GeometryKind:
    kind = entry.text("geometry")
    if kind not in _KINDS:
        raise entry.error(f"the geometry {kind!r} is not one of {', '.join(_KINDS)}.")
    return _KINDS[kind]


def _read_staleness(entry: Table, publisher: _Publisher) -> int | None:
    if entry.flag("never_stale", default=False):
        return None
    return int(entry.number("stale_after_days", publisher.stale_after_days))


def _read_by_attribute(entry: Table) -> dict[str, dict[str, str]]:
    table = entry.table("designation_by_attribute")
    return {attribute: {key: values.text(key) for key in values} for attribute, values in table.tables()}


def _read_without(entry: Table) -> dict[str, tuple[str, ...]]:
    table = entry.table("attributes_without_designation")
    return {attribute: table.texts(attribute) for attribute in table}


def _check_designations(dataset: Dataset, entry: Table, shared: _Shared) -> None:
    for value in dataset.all_designations:
        if value not in shared.odp:
            raise entry.error(f"{value!r} is not a designation value of the Open Digital Planning schema.")
    known = {*dataset.attributes, *_EVERY_RECORD}
    for attribute in dataset.designation_by_attribute:
        if attribute not in known:
            raise entry.error(f"the designation depends on {attribute!r}, which is not an attribute that is kept.")
    for attribute, values in dataset.attributes_without_designation.items():
        if attribute not in dataset.designation_by_attribute or (ANY_VALUE in values and len(values) > 1):
            raise entry.error(f"the values of {attribute!r} without designation make no sense.")
    if dataset.designated_land and "designated" not in dataset.designations:
        raise entry.error("is designated land, so it must have the designation `designated`.")


def _check_odp_complete(datasets: Mapping[str, Dataset], shared: _Shared) -> None:
    mapped = {value for dataset in datasets.values() for value in dataset.all_designations}
    forgotten = sorted(set(shared.odp) - mapped - set(shared.odp_unmapped))
    both = sorted(mapped & set(shared.odp_unmapped))
    unknown = sorted(set(shared.odp_unmapped) - set(shared.odp))
    if forgotten or both or unknown:
        raise CatalogueError(
            f"odp.toml: every designation value must be meant by a dataset or be listed as unmapped with a reason; "
            f"neither: {forgotten}, both: {both}, listed but no value: {unknown}."
        )

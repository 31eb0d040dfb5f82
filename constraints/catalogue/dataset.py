"""One entry of the catalogue: what is known about a constraint dataset before any of its records is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = ["ANY_VALUE", "Dataset", "GeometryKind"]

GeometryKind = Literal["point", "line", "polygon", "mixed", "none", "raster"]
"""What the records of a dataset usually look like; `none` cannot be placed on a map, `raster` is a surface."""

ANY_VALUE: Final = "*"
"""In `Dataset.attributes_without_designation`: every value not named elsewhere."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset of designations, as planning.data.gov.uk names it where it does; distances in metres."""

    slug: str
    name: str
    plural: str
    theme: str
    geometry: GeometryKind
    publisher: str
    licence: str
    attribution: str
    tolerance_m: float
    """An overlap whose greatest inscribed radius is under this may be drawing error: it is called adjacent."""
    tolerance_why: str
    near_m: float
    """Within this distance a designation is reported as near; 0 where the law asks only about land inside."""
    near_why: str
    stale_after_days: int | None
    """Days after which a copy no longer proves absence; None where the publisher does not change it."""
    attributes: tuple[str, ...]
    """Fields kept from each record, spelled as planning.data.gov.uk spells them."""
    designations: tuple[str, ...]
    """Open Digital Planning values that every record of the dataset means."""
    designated_land: bool
    """True for article 2(3) land: General Permitted Development Order 2015, Schedule 1, Part 1."""
    published: bool
    """True where planning.data.gov.uk publishes it."""
    where: str
    """Where to get it if `published` is false, or that nobody publishes it."""
    meaning: str
    """Why it matters, for residents and officers."""
    national: bool
    """True where one publisher covers all of England."""
    screened: bool = True
    """False for administrative datasets: they say whose land it is and are no finding of their own."""
    designation_by_attribute: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    """Attribute -> value -> Open Digital Planning value. The attribute may also be `entity` or `name`."""
    attributes_without_designation: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Attribute -> values that are understood and mean no further Open Digital Planning value."""

    @property
    def all_designations(self) -> tuple[str, ...]:
        """Every Open Digital Planning value that a record of this dataset can mean, each once."""
        by_attribute = [odp for values in self.designation_by_attribute.values() for odp in values.values()]
        return _unique([*self.designations, *by_attribute])

    def designations_of(self, attributes: Mapping[str, str]) -> tuple[str, ...]:
        """The Open Digital Planning values that one record means.

        `attributes` are the record's own, with its `entity` and `name` added where they are known. Values
        are compared without regard to letter case and surrounding space.
        """
        found = list(self.designations)
        for attribute, values in self.designation_by_attribute.items():
            given = _normal(attributes.get(attribute, ""))
            found += [odp for value, odp in values.items() if _normal(value) == given]
        return _unique(found)

    def undetermined(self, attributes: Mapping[str, str]) -> tuple[str, ...]:
        """The Open Digital Planning values about which one record leaves us in the dark.

        A listed building whose grade is blank, or is no grade we know, may be of any grade: an unknown grade
        is not a grade denied. Where several attributes can settle the same value one of them is enough.
        """
        settled: set[str] = set()
        every: list[str] = []
        for attribute, values in self.designation_by_attribute.items():
            every += values.values()
            if self._understood(attribute, _normal(attributes.get(attribute, ""))):
                settled.update(values.values())
        return _unique(odp for odp in every if odp not in settled)

    def _understood(self, attribute: str, value: str) -> bool:
        others = self.attributes_without_designation.get(attribute, ())
        known = {_normal(each) for each in (*self.designation_by_attribute[attribute], *others)}
        return bool(value) and (ANY_VALUE in others or value in known)


def _normal(value: str) -> str:
    return " ".join(value.split()).casefold()


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))

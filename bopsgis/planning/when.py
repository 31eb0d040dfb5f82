"""When a rule given as data applies to an application: one small matcher for all rule tables of planning.

The word "condition" has a meaning of its own in planning, so what a rule waits for is called its `When`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from bopsgis.planning.application_types import ApplicationType

__all__ = ["Application", "When"]

ON_SITE = frozenset({"present"})
ON_OR_NEAR = frozenset({"present", "adjacent", "near"})


@dataclass(frozen=True, slots=True)
class Application:
    """What rules may ask of an application: values only.

    `constraints` maps each dataset to its status in the constraint report (`present`, `adjacent`, `near`,
    `absent`, `not_known`); a dataset that is not in it counts as `not_known`.
    """

    type: ApplicationType
    area_m2: float | None = None
    eia: bool = False
    constraints: Mapping[str, str] = field(default_factory=dict)
    on: date | None = None
    """The day whose law counts: when the application was valid, before that when it was received. With None, the
    law as it is in the newest form kept."""


@dataclass(frozen=True, slots=True)
class When:
    """All of what is given must hold, while the rule is in force; an empty one always holds."""

    families: tuple[str, ...] = ()
    excluding_families: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    area_over_m2: float | None = None
    eia: bool | None = None
    in_force_from: date | None = None
    """The first day on which the rule holds; None where no time without it is kept."""
    in_force_until: date | None = None
    """The first day on which it holds no more."""

    @classmethod
    def from_data(cls, rule: Mapping[str, Any], where: str) -> When:
        """Read from a rule of a TOML file: its table `when`, and its dates of effect `from` and `until`.

        Raises ValueError that names `where` for an unknown key, and for a rule that ends before it begins.
        """
        row: Mapping[str, Any] = rule.get("when", {})
        unknown = set(row) - {f.name for f in fields(cls)} | set(row) & {"in_force_from", "in_force_until"}
        if unknown:
            raise ValueError(f"{where}: unknown keys {sorted(unknown)}")
        values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
        begins, ends = rule.get("from"), rule.get("until")
        if begins is not None and ends is not None and ends <= begins:
            raise ValueError(f"{where}: ends before it begins")
        return cls(**values, in_force_from=begins, in_force_until=ends)

    def holds(self, application: Application) -> bool:
        """True where the rule applies to this application."""
        return self.in_force(application.on) and self._type_fits(application.type) and self._site_fits(application)

    def in_force(self, on: date | None) -> bool:
        """Whether the rule is law on this day; with None, whether it is in its newest form."""
        if on is None:
            return self.in_force_until is None
        begun = self.in_force_from is None or self.in_force_from <= on
        return begun and (self.in_force_until is None or on < self.in_force_until)

    def undetermined_by(self, application: Application) -> tuple[str, ...]:
        """Datasets that would decide whether the rule applies and are not known; empty where it holds already."""
        asked = (*self.constraints, *self.near)
        fits = self._type_fits(application.type) and self._size_fits(application) and self.in_force(application.on)
        if not asked or not fits or self.holds(application):
            return ()
        return tuple(dataset for dataset in asked if application.constraints.get(dataset, "not_known") == "not_known")

    def _type_fits(self, kind: ApplicationType) -> bool:
        return (
            (not self.families or kind.family in self.families)
            and kind.family not in self.excluding_families
            and (not self.codes or kind.code in self.codes)
            and (not self.traits or bool(kind.traits & set(self.traits)))
            and not kind.traits & set(self.without)
        )

    def _site_fits(self, application: Application) -> bool:
        found = application.constraints
        on_site = any(found.get(dataset) in ON_SITE for dataset in self.constraints)
        nearby = any(found.get(dataset) in ON_OR_NEAR for dataset in self.near)
        return (on_site or nearby or not (self.constraints or self.near)) and self._size_fits(application)

    def _size_fits(self, application: Application) -> bool:
        return (self.area_over_m2 is None or (application.area_m2 or 0.0) > self.area_over_m2) and (
            self.eia is None or application.eia is self.eia
        )

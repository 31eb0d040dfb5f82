"""What screening knows of a store before any site is asked: kept as long as the store is open.

Most of a report does not depend on the site: a dataset with no hit answers the same everywhere in one
council on one date. Such findings, and their canonical JSON, are made once for (councils, date, settings).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import hypot, inf
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from bopsgis.types import BBox
from constraints.catalogue import Dataset, datasets
from constraints.engine import Pairs, reach_of
from constraints.model import ConstraintFinding, ConstraintReport, NotKnown, Status
from constraints.rules import absence_speaks_from_m2
from constraints.screen.councils import council_around, council_dataset
from constraints.screen.coverage import (
    SiteCouncils,
    Unlocated,
    coverage_reasons,
    unlocated_reason,
    unlocated_that_apply,
)
from constraints.screen.findings import Asked, finding, finding_status
from constraints.screen.measures import FeatureColumns
from constraints.screen.plain import canonical, plain_finding, report_identity
from constraints.screen.settings import ScreenSettings
from constraints.store import SourceEntry, Store

__all__ = ["Background", "Quiet", "StoreState", "reason_codes", "state_of"]

_KEPT: Final = 256
"""So many combinations of councils, date and settings are remembered for one store."""


@dataclass(frozen=True)
class Quiet:
    """The answer of one dataset where nothing is found and no boxed unlocated record applies."""

    asked: Asked
    unlocated: Unlocated
    as_at: date

    @cached_property
    def finding(self) -> ConstraintFinding:
        """The finding of a site so small that nothing follows from its area."""
        return finding(self.asked, (), site_area_m2=0.0, as_at=self.as_at)

    @cached_property
    def text(self) -> str:
        """Canonical JSON of `finding`."""
        return canonical(plain_finding(self.finding))

    @cached_property
    def status(self) -> Status:
        """Status of `finding`."""
        return finding_status(None, self.asked.reasons)

    @cached_property
    def reason_codes(self) -> str:
        """Codes of what is not known."""
        return reason_codes(self.asked.reasons)

    def asked_at(self, box: BBox) -> Asked:
        """What is left open at a site with this bounding box."""
        if not self.unlocated.boxed:
            return self.asked
        records = self.unlocated.at(box.grown(self.asked.near_m))
        if len(records) == len(self.unlocated.anywhere):
            return self.asked
        reasons = (*self.asked.reasons[: self._own], unlocated_reason(self.asked.dataset, records))
        return Asked(self.asked.dataset, self.asked.near_m, self.asked.tolerance_m, self.asked.sources, reasons)

    @property
    def _own(self) -> int:
        """Number of reasons that do not come from unlocated records; those come last."""
        return len(self.asked.reasons) - (1 if self.unlocated.anywhere else 0)


@dataclass(frozen=True)
class Background:
    """The quiet answers of all screened datasets, in catalogue order."""

    quiet: tuple[Quiet, ...]
    place: Mapping[str, int]
    """Dataset -> its index in `quiet`."""
    boxed: tuple[int, ...]
    """Indices of the datasets with unlocated records that are known to lie in a box."""
    speaking: Mapping[int, float]
    """Index of each dataset whose absence has consequences for large sites -> the least area of these, m2."""

    @cached_property
    def findings(self) -> tuple[ConstraintFinding, ...]:
        """The findings of `quiet`."""
        return tuple(answer.finding for answer in self.quiet)

    @cached_property
    def _answers(self) -> Mapping[int, Quiet]:
        return {id(answer.finding): answer for answer in self.quiet}

    def identity_of(self, report: ConstraintReport) -> str:
        """The identity of a report before this background: what is quiet in it was written out before."""
        texts = []
        for found in report.findings:
            quiet = self._answers.get(id(found))
            texts.append(canonical(plain_finding(found)) if quiet is None else quiet.text)
        return report_identity(report, texts)


class StoreState:
    """Constant facts about one open store, and the backgrounds made so far."""

    def __init__(self, store: Store) -> None:
        self.screened: Mapping[str, Dataset] = {slug: item for slug, item in datasets().items() if item.screened}
        self.council_slug = council_dataset(store)
        self.sources: dict[str, tuple[SourceEntry, ...]] = {}
        for entry in store.sources:
            self.sources[entry.info.dataset] = (*self.sources.get(entry.info.dataset, ()), entry)
        self._arrays = store.arrays
        self._slugs = store.datasets
        self._tolerance_m = np.array([self.source_tolerance_m(entry) for entry in store.sources])
        self.unlocated = {slug: store.unlocated(slug) for slug in self.sources}
        self.compared: dict[tuple[int, int], bool] = {}
        """Pairs of features -> whether they are two publishers' copies of one designation."""
        self._councils: dict[int, SiteCouncils] = {}
        self._backgrounds: dict[object, Background] = {}
        self._within: dict[object, NDArray[np.float64]] = {}
        self._near: dict[object, NDArray[np.float64]] = {}

    def council_names(self, store: Store) -> Mapping[str, str]:
        """Code -> name of every council whose boundary is in the store."""
        if self.council_slug is None:
            return {}
        numbers = np.flatnonzero(store.feature_dataset == store.datasets.index(self.council_slug))
        features = (store.feature(number) for number in numbers.tolist())
        return {feature.reference: feature.name or feature.reference for feature in features}

    def council_around(self, store: Store, number: int) -> SiteCouncils:
        """What a site wholly in the council with this feature number, and in no other, has for its councils."""
        if number not in self._councils:
            self._councils[number] = council_around(store.feature(number))
        return self._councils[number]

    def near_m(self, slug: str, settings: ScreenSettings) -> float:
        """Distance within which a dataset is reported as near; councils only where they touch."""
        item = self.screened.get(slug)
        return settings.near_m.get(slug, 0.0 if item is None else item.near_m)

    def within_m(self, store: Store, settings: ScreenSettings, site_accuracy_m: float) -> NDArray[np.float64]:
        """Distance to ask the engine for, for each dataset of the store; less than 0 for those not screened."""
        key = (settings.key, site_accuracy_m)
        if key not in self._within:
            if len(self._within) >= _KEPT:
                self._within.clear()
            wanted = [slug for slug in self.sources if slug in self.screened or slug == self.council_slug]
            distances = {
                slug: max(self.near_m(slug, settings), self.tolerance_m(slug, site_accuracy_m)) for slug in wanted
            }
            self._within[key] = reach_of(store, distances)
        return self._within[key]

    def tolerance_m(self, slug: str, site_accuracy_m: float) -> float:
        """The widest tolerance of a dataset's sources, combined with the site's accuracy."""
        own = [self.source_tolerance_m(entry) for entry in self.sources.get(slug, ())]
        return hypot(max(own, default=datasets()[slug].tolerance_m), site_accuracy_m)

    def source_tolerance_m(self, entry: SourceEntry) -> float:
        """Accuracy of one source: its own where it is known, else the catalogue's."""
        own = entry.info.tolerance_m
        return datasets()[entry.info.dataset].tolerance_m if own is None else own

    def columns(self, pairs: Pairs, settings: ScreenSettings, site_accuracy_m: NDArray[np.float64]) -> FeatureColumns:
        """What measuring needs of the designation of each pair; `site_accuracy_m` is that of each pair's site."""
        numbers = pairs.feature
        dataset = self._arrays.feature_dataset[numbers]
        return FeatureColumns(
            area_m2=self._arrays.feature_area[numbers],
            length_m=self._arrays.feature_length[numbers],
            point_like=self._arrays.feature_point_like[numbers],
            tolerance_m=np.hypot(self._tolerance_m[self._arrays.feature_source[numbers]], site_accuracy_m),
            near_m=self._near_of_datasets(settings)[dataset],
        )

    def _near_of_datasets(self, settings: ScreenSettings) -> NDArray[np.float64]:
        if settings.key not in self._near:
            if len(self._near) >= _KEPT:
                self._near.clear()
            self._near[settings.key] = np.array([self.near_m(slug, settings) for slug in self._slugs])
        return self._near[settings.key]

    def background(
        self, councils: SiteCouncils, as_at: date, settings: ScreenSettings, site_accuracy_m: float
    ) -> Background:
        """The quiet answers for sites in these councils on this date."""
        key = (councils.codes, councils.names, councils.complete, as_at, settings.key, site_accuracy_m)
        found = self._backgrounds.get(key)
        if found is None:
            if len(self._backgrounds) >= _KEPT:
                self._backgrounds.clear()
            found = self._make(councils, as_at, settings, site_accuracy_m)
            self._backgrounds[key] = found
        return found

    def _make(
        self, councils: SiteCouncils, as_at: date, settings: ScreenSettings, site_accuracy_m: float
    ) -> Background:
        quiet = []
        for slug, item in self.screened.items():
            sources = self.sources.get(slug, ())
            unlocated = unlocated_that_apply(self.unlocated.get(slug, ()), councils, as_at)
            asked = Asked(
                dataset=item,
                near_m=self.near_m(slug, settings),
                tolerance_m=round(self.tolerance_m(slug, site_accuracy_m), 3),
                sources=tuple(entry.info.name for entry in sources),
                reasons=(*coverage_reasons(item, sources, councils, as_at), *_reasons(item, unlocated)),
            )
            quiet.append(Quiet(asked, unlocated, as_at))
        return Background(
            quiet=tuple(quiet),
            place={answer.asked.dataset.slug: index for index, answer in enumerate(quiet)},
            boxed=tuple(index for index, answer in enumerate(quiet) if answer.unlocated.boxed),
            speaking={
                index: least_m2
                for index, answer in enumerate(quiet)
                if answer.status is Status.ABSENT and (least_m2 := absence_speaks_from_m2(answer.asked.dataset)) < inf
            },
        )


def reason_codes(reasons: Iterable[NotKnown]) -> str:
    """Codes of reasons in one text."""
    return ";".join(reason.reason.value for reason in reasons)


def state_of(store: Store) -> StoreState:
    """The state kept for an open store; made at the first question."""
    state = _STATES.get(store)
    if state is None:
        state = _STATES.setdefault(store, StoreState(store))
    return state


_STATES: WeakKeyDictionary[Store, StoreState] = WeakKeyDictionary()


def _reasons(item: Dataset, unlocated: Unlocated) -> tuple[NotKnown, ...]:
    return (unlocated_reason(item, unlocated.anywhere),) if unlocated.anywhere else ()

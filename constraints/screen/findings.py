"""From hits and reasons to the finding of one dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from constraints.catalogue import Dataset
from constraints.model import ConstraintFinding, Hit, NotKnown, Status
from constraints.rules import consequences
from constraints.screen.coverage import blocks_absence
from constraints.screen.sentences import absent_sentence, not_known_sentence, present_sentence

__all__ = ["Asked", "finding", "finding_status"]

_STRENGTH: Final = {Status.PRESENT: 0, Status.ADJACENT: 1, Status.NEAR: 2, Status.NOT_KNOWN: 3, Status.ABSENT: 4}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a dataset was asked: with which distances, of which sources, and what they leave open."""

    dataset: Dataset
    near_m: float
    tolerance_m: float
    sources: tuple[str, ...]
    reasons: tuple[NotKnown, ...]


def finding(asked: Asked, hits: Sequence[Hit], *, site_area_m2: float, as_at: date) -> ConstraintFinding:
    """The finding for one dataset and one site; `hits` are strongest first."""
    dataset = asked.dataset
    status = finding_status(hits[0].status if hits else None, asked.reasons)
    return ConstraintFinding(
        dataset=dataset.slug,
        name=dataset.name,
        theme=dataset.theme,
        status=status,
        sentence=_sentence(asked, hits, status),
        hits=tuple(hits),
        not_known=asked.reasons,
        consequences=consequences(dataset, hits, status, site_area_m2=site_area_m2, as_at=as_at),
        designations=_designations(dataset, hits, status, asked.reasons),
        checked=asked.sources,
        near_m=asked.near_m,
        tolerance_m=asked.tolerance_m,
        meaning=dataset.meaning,
    )


def finding_status(strongest: Status | None, reasons: Sequence[NotKnown]) -> Status:
    """The status of a finding whose strongest hit has this status (None: no hit)."""
    if strongest is not None:
        return strongest
    return Status.NOT_KNOWN if blocks_absence(reasons) else Status.ABSENT


def _sentence(asked: Asked, hits: Sequence[Hit], status: Status) -> str:
    if hits:
        return present_sentence(asked.dataset, hits)
    if status is Status.ABSENT:
        return absent_sentence(asked.dataset, asked.near_m)
    return not_known_sentence(asked.reasons)


def _designations(
    dataset: Dataset, hits: Sequence[Hit], status: Status, reasons: Sequence[NotKnown]
) -> Mapping[str, Status]:
    """Open Digital Planning value -> status; a value that depends on an attribute has a status of its own."""
    nothing = Status.NOT_KNOWN if blocks_absence(reasons) else Status.ABSENT
    found = dict.fromkeys(dataset.all_designations, nothing)
    for hit in hits:
        attributes = {**hit.attributes, "entity": hit.entity, "name": hit.name}
        for value in dataset.undetermined(attributes):
            found[value] = min(found[value], Status.NOT_KNOWN, key=_STRENGTH.__getitem__)
        for value in dataset.designations_of(attributes):
            found[value] = min(found[value], hit.status, key=_STRENGTH.__getitem__)
    for value in dataset.designations:
        found[value] = status
    return found

"""The report as Open Digital Planning designations: `property.planning.designations` of an application.

The schemas (digital-planning-data-schemas) know two answers, `intersects: true` and `intersects: false`, and
allow no further member. What is not known fits neither. So:

- by default every value is listed with a `status` beside it, and one that is not known has the status
  `unknown`, its reasons and no `intersects` at all: a reader that expects a boolean finds none, not a no;
- with `strict` the list is valid by the schema: what is not known is left out of it, and stands under
  `notKnown` beside `property`, outside what the schema speaks of.

`intersects` is the schema's own: the DE-9IM relation. A designation that only touches the site intersects it;
its entity's description says how little. One that is near does not, but a point may (it shows no extent), and
so may one that is nearer than the maps are accurate: then it is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from constraints.catalogue import dataset as catalogue_dataset
from constraints.catalogue import odp_values
from constraints.model import ConstraintFinding, ConstraintReport, Hit, Status
from constraints.render.json_text import written
from constraints.render.sections import hit_title
from constraints.screen.sentences import hit_sentence

__all__ = ["odp", "odp_data"]

_ENTITY_URL: Final = "https://www.planning.data.gov.uk/entity/"
_DATASET_URL: Final = "https://www.planning.data.gov.uk/dataset/"
_UNKNOWN: Final = "unknown"
_STRENGTH: Final = (Status.PRESENT, Status.ADJACENT, Status.NEAR, Status.NOT_KNOWN, Status.ABSENT)


@dataclass(slots=True)
class _Answer:
    """What all findings together say of one designation value."""

    statuses: set[Status] = field(default_factory=set)
    touching: list[tuple[ConstraintFinding, Hit]] = field(default_factory=list)
    possible: list[str] = field(default_factory=list)
    """Sentences on designations that may reach the site."""
    reasons: list[str] = field(default_factory=list)

    @property
    def intersects(self) -> bool | None:
        """True, false, or None where it is not known."""
        if self.touching or Status.PRESENT in self.statuses:
            return True
        return None if Status.NOT_KNOWN in self.statuses or self.possible else False

    @property
    def status(self) -> str:
        """The strongest status; `unknown` where nothing can be said."""
        if self.intersects is None:
            return _UNKNOWN
        return next(status for status in _STRENGTH if status in self.statuses).value


def odp(report: ConstraintReport, *, strict: bool = False) -> str:
    """The designations as JSON text; see `odp_data`."""
    return written(odp_data(report, strict=strict))


def odp_data(report: ConstraintReport, *, strict: bool = False) -> dict[str, Any]:
    """`property.planning` with `designations` and `sources`, and `notKnown` beside it; see the module."""
    answers = _answers(report.findings)
    known, unknown = [], []
    for value, answer in answers.items():
        entry = _entry(value, answer)
        if answer.intersects is None:
            unknown.append({**entry, "status": _UNKNOWN, "reasons": answer.reasons + answer.possible})
        else:
            known.append(entry if strict else {**entry, "status": answer.status})
    planning = {"sources": _sources(report), "designations": known if strict else [*known, *unknown]}
    return {
        "property": {"planning": planning},
        "notKnown": unknown,
        "report": {"identity": report.identity, "as_at": report.as_at.isoformat()},
    }


def _answers(findings: Iterable[ConstraintFinding]) -> dict[str, _Answer]:
    """Value -> answer, in the schema's order, for every value that some finding speaks of."""
    answers: dict[str, _Answer] = {}
    for finding in findings:
        for value, status in finding.designations.items():
            answer = answers.setdefault(value, _Answer())
            answer.statuses.add(status)
            if status is Status.NOT_KNOWN:
                answer.reasons.append(_reason(finding))
            else:
                _add_hits(answer, finding, value)
    return {value: answers[value] for value in odp_values() if value in answers}


def _add_hits(answer: _Answer, finding: ConstraintFinding, value: str) -> None:
    item = catalogue_dataset(finding.dataset)
    for hit in finding.hits:
        meant = item.designations_of({**hit.attributes, "entity": hit.entity, "name": hit.name})
        if value not in meant:
            continue
        if hit.distance_m == 0.0:
            answer.touching.append((finding, hit))
        elif hit.likely or hit.status is Status.ADJACENT:
            answer.possible.append(hit_sentence(item, hit))


def _reason(finding: ConstraintFinding) -> str:
    """Why a value is not known: the finding's own sentence, or that a record does not tell."""
    if finding.status is Status.NOT_KNOWN or not finding.hits:
        return finding.sentence
    if finding.not_known:
        return " ".join(reason.sentence for reason in finding.not_known)
    return f"The records of {finding.name} found here do not say."


def _entry(value: str, answer: _Answer) -> dict[str, Any]:
    entry: dict[str, Any] = {"value": value, "description": odp_values()[value]}
    if answer.intersects is not None:
        entry["intersects"] = answer.intersects
    if answer.intersects:
        entry["entities"] = [_entity(finding, hit) for finding, hit in answer.touching]
    return entry


def _entity(finding: ConstraintFinding, hit: Hit) -> Mapping[str, Any]:
    # The schema allows the source texts "Planning Data" and "Ordnance Survey MasterMap Highways" only; a link
    # is given to the entity where the record has a number there, else to the dataset.
    url = f"{_ENTITY_URL}{hit.entity}" if hit.entity.isdigit() else f"{_DATASET_URL}{hit.dataset}"
    return {
        "name": hit_title(finding, hit),
        "description": hit_sentence(catalogue_dataset(finding.dataset), hit),
        "source": {"text": "Planning Data", "url": url},
    }


def _sources(report: ConstraintReport) -> list[str]:
    checked = (finding.dataset for finding in report.findings if finding.checked)
    return [f"{_DATASET_URL}{slug}" for slug in checked if catalogue_dataset(slug).published]

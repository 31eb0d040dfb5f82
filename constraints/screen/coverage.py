"""May "absent" be said? The reasons why not, for one dataset, the councils of a site and a date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bopsgis.types import BBox
from constraints.catalogue import Dataset
from constraints.model import NotKnown, NotKnownReason
from constraints.screen.words import and_list, day, lower_first
from constraints.source import Coverage, UnlocatedRecord
from constraints.store import SourceEntry

__all__ = [
    "SiteCouncils",
    "Unlocated",
    "blocks_absence",
    "coverage_reasons",
    "unlocated_reason",
    "unlocated_that_apply",
]

_NAMED: Final = 10
"""So many references of unlocated records are named in the sentence; all are in the data."""


@dataclass(frozen=True, slots=True)
class SiteCouncils:
    """The councils whose land a site is on.

    `complete` is False where part of the site lies in no council that we know: then only a dataset that is
    covered everywhere can be absent.
    """

    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    complete: bool = False
    notes: tuple[str, ...] = ()

    def declared_by(self, declared: Iterable[str]) -> frozenset[str]:
        """Codes of the site's councils that a list of council codes or names speaks of."""
        wanted = {_plain(text) for text in declared}
        return frozenset(
            code
            for code, name in zip(self.codes, self.names, strict=True)
            if _plain(code) in wanted or _plain(name) in wanted
        )

    def names_of(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Names for codes, in the site's own order."""
        wanted = set(codes)
        return tuple(name or code for code, name in zip(self.codes, self.names, strict=True) if code in wanted)


@dataclass(frozen=True, slots=True)
class Unlocated:
    """Records of one dataset that could apply to the site but have no usable place on the map."""

    anywhere: tuple[UnlocatedRecord, ...]
    """Those with no box: they could be anywhere in the site's councils."""
    boxed: tuple[UnlocatedRecord, ...]
    """Those known to lie within a box: whether they could apply depends on the site."""

    def at(self, box: BBox) -> tuple[UnlocatedRecord, ...]:
        """The records that could apply to a site with this bounding box."""
        return self.anywhere + tuple(record for record in self.boxed if record.box and _meet(record.box, box))


def blocks_absence(reasons: Iterable[NotKnown]) -> bool:
    """Whether "absent" cannot be said; records that begin after the date asked are a caution, not a bar."""
    return any(reason.reason is not NotKnownReason.BEFORE_RECORDS for reason in reasons)


def coverage_reasons(
    dataset: Dataset, sources: Sequence[SourceEntry], councils: SiteCouncils, as_at: date
) -> tuple[NotKnown, ...]:
    """Why the loaded sources cannot prove that a dataset has nothing at the site on the date asked.

    A source that speaks of the site's council and is stale or faulty bars "absent" even beside a fresh one:
    a council may deliver one dataset in several files, and we cannot tell a newer copy from another part.
    """
    if not sources:
        return (_not_loaded(dataset, councils),)
    relevant = [entry for entry in sources if _speaks_of(entry.info.coverage, councils)]
    reasons = [*_errors(sources), *_stale(dataset, relevant, as_at)]
    if not any(entry.info.coverage.everywhere for entry in sources):
        reasons.extend(_gaps(dataset, sources, councils))
    reasons.extend(_before_records(dataset, relevant, as_at))
    return tuple(reasons)


def unlocated_that_apply(
    records: Iterable[tuple[SourceEntry, UnlocatedRecord]], councils: SiteCouncils, as_at: date
) -> Unlocated:
    """The unlocated records of a dataset that could apply in the site's councils on the date asked."""
    apply = [record for entry, record in records if _in_force(record, as_at) and _could_be_in(entry, record, councils)]
    return Unlocated(
        anywhere=tuple(record for record in apply if record.box is None),
        boxed=tuple(record for record in apply if record.box is not None),
    )


def unlocated_reason(dataset: Dataset, records: Sequence[UnlocatedRecord]) -> NotKnown:
    """One reason for all unlocated records of a dataset."""
    labels = [record.reference or record.name or f"row {record.row}" for record in records]
    named = labels[:_NAMED]
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    one = len(records) == 1
    return NotKnown(
        NotKnownReason.UNLOCATED_RECORDS,
        f"{len(records)} {'record' if one else 'records'} of {lower_first(dataset.plural)} "
        f"{'has' if one else 'have'} no usable place on the map and may apply here ({', '.join(named)}{more}).",
        references=tuple(labels),
    )


def _not_loaded(dataset: Dataset, councils: SiteCouncils) -> NotKnown:
    where = f" for {and_list(councils.names_of(councils.codes))}" if councils.codes else ""
    sentence = f"No {lower_first(dataset.name)} data is loaded{where}."
    if dataset.published:
        return NotKnown(NotKnownReason.NOT_LOADED, sentence, councils.codes)
    return NotKnown(NotKnownReason.NOT_PUBLISHED, f"{sentence} {dataset.where}".strip(), councils.codes)


def _errors(sources: Sequence[SourceEntry]) -> list[NotKnown]:
    return [
        NotKnown(
            NotKnownReason.SOURCE_ERROR,
            f"The source {entry.info.name} was not read in full: some of its rows are not accounted for.",
        )
        for entry in sources
        if not entry.account.balanced()
    ]


def _stale(dataset: Dataset, sources: Sequence[SourceEntry], as_at: date) -> list[NotKnown]:
    if dataset.stale_after_days is None:
        return []
    limit = timedelta(days=dataset.stale_after_days)
    return [
        NotKnown(
            NotKnownReason.STALE,
            f"The source {entry.info.name} was taken on {day(entry.info.retrieved)}, more than "
            f"{dataset.stale_after_days} days before the date asked ({day(as_at)}).",
        )
        for entry in sources
        if as_at - entry.info.retrieved > limit
    ]


def _gaps(dataset: Dataset, sources: Sequence[SourceEntry], councils: SiteCouncils) -> list[NotKnown]:
    reasons = []
    if not councils.complete:
        which = "part of the site lies in a council" if councils.codes else "the site's council is one"
        reasons.append(
            NotKnown(
                NotKnownReason.COUNCIL_UNKNOWN,
                f"The {lower_first(dataset.name)} data is not declared complete everywhere, and {which} "
                "that we do not know.",
            )
        )
    covered: set[str] = set()
    for entry in sources:
        covered |= councils.declared_by(entry.info.coverage.councils)
    missing = tuple(code for code in councils.codes if code not in covered)
    if missing:
        reasons.append(
            NotKnown(
                NotKnownReason.NO_COVERAGE,
                f"No loaded source of {lower_first(dataset.plural)} is declared complete for "
                f"{and_list(councils.names_of(missing))}.",
                missing,
            )
        )
    return reasons


def _before_records(dataset: Dataset, sources: Sequence[SourceEntry], as_at: date) -> list[NotKnown]:
    """A copy taken long after the date asked may have lost what was in force then."""
    limit = timedelta(days=365 if dataset.stale_after_days is None else dataset.stale_after_days)
    late = [entry for entry in sources if entry.info.retrieved - as_at > limit]
    if not late:
        return []
    first = min(entry.info.retrieved for entry in late)
    return [
        NotKnown(
            NotKnownReason.BEFORE_RECORDS,
            f"The data was taken on {day(first)}, long after the date asked ({day(as_at)}): what had ended before "
            "it was taken may be missing from it.",
        )
    ]


def _speaks_of(coverage: Coverage, councils: SiteCouncils) -> bool:
    """Whether a source is (also) about the site's councils; where we do not know them, any may be."""
    if coverage.everywhere or not coverage.councils or not councils.complete:
        return True
    return bool(councils.declared_by(coverage.councils))


def _could_be_in(entry: SourceEntry, record: UnlocatedRecord, councils: SiteCouncils) -> bool:
    if not councils.complete:
        return True
    if record.councils:
        return bool(councils.declared_by(record.councils))
    return _speaks_of(entry.info.coverage, councils)


def _in_force(record: UnlocatedRecord, as_at: date) -> bool:
    started = record.start_date is None or record.start_date <= as_at
    return started and (record.end_date is None or record.end_date > as_at)


def _meet(one: BBox, other: BBox) -> bool:
    return one.west <= other.east and other.west <= one.east and one.south <= other.north and other.south <= one.north


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()

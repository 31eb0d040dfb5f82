"""One rule: what follows from a designation, when, and by which law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from constraints.model import Consequence, ConsequenceKind, Hit, Relation, Status

__all__ = ["Basis", "Law", "Rule"]


@dataclass(frozen=True, slots=True)
class Law:
    """An instrument of law or policy, in force from `effective_from` up to, not including, `effective_to`."""

    title: str
    edition: str
    """Which text stands behind the rules that are marked as verified."""
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a rule is written. A rule that outlives its instrument has one basis for each."""

    law: Law
    at: str
    """Article, paragraph, section or chapter."""
    verified: bool

    def in_force(self, as_at: date) -> bool:
        """Whether the instrument was in force on that day."""
        law = self.law
        return law.effective_from <= as_at and (law.effective_to is None or as_at < law.effective_to)


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from a designation; distances in metres, areas in square metres."""

    slug: str
    kind: ConsequenceKind
    text: str
    who: str
    basis: tuple[Basis, ...]
    whole: bool
    """True where the law speaks of land within the designation, so that a site partly inside is a question for
    a person; False where any part of the site inside is enough."""
    statuses: frozenset[Status] = frozenset({Status.PRESENT})
    or_likely: bool = False
    """Also for a designation given as a point near the site, which may reach onto it."""
    certain: bool = True
    """False where it always depends on the proposal or on a judgement."""
    attribute: str = ""
    values: frozenset[str] = field(default_factory=frozenset)
    """Values of `attribute` for which the rule holds."""
    other_values: frozenset[str] = field(default_factory=frozenset)
    """Values for which it does not; with any other, or none, it may hold: unknown is not denied."""
    site_area_over_m2: float | None = None
    site_area_from_m2: float | None = None
    within_m: float | None = None

    def applies(self, hits: Sequence[Hit], status: Status, site_area_m2: float) -> bool | None:
        """True if it follows, False if a person must decide whether it does, None if it does not follow.

        `hits` are those of one dataset on one site and `status` that of the finding. Without hits (an absence,
        a surface) the status alone speaks, and a present surface is never certain: it has cells, not edges.
        """
        if not self._site_large_enough(site_area_m2):
            return None
        if not hits:
            return self._without_hits(status)
        if Status.ABSENT in self.statuses and status not in self.statuses:
            return None
        answers = [self._applies_to(hit) for hit in hits]
        return None if all(each is None for each in answers) else any(answers)

    def consequence(self, basis: Basis, *, certain: bool) -> Consequence:
        """The consequence by one of the rule's bases."""
        return Consequence(
            kind=self.kind,
            text=self.text,
            who=self.who,
            certain=certain,
            citation=f"{basis.law.title}, {basis.at}",
            edition=basis.law.edition,
            effective_from=basis.law.effective_from,
            effective_to=basis.law.effective_to,
            verified=basis.verified,
        )

    def _without_hits(self, status: Status) -> bool | None:
        if status not in self.statuses or self.within_m is not None:
            return None
        return self.certain and status is Status.ABSENT

    @property
    def least_site_area_m2(self) -> float:
        """No smaller site is spoken of."""
        return max(self.site_area_over_m2 or 0.0, self.site_area_from_m2 or 0.0)

    def _site_large_enough(self, site_area_m2: float) -> bool:
        over, least = self.site_area_over_m2, self.site_area_from_m2
        return (over is None or site_area_m2 > over) and (least is None or site_area_m2 >= least)

    def _applies_to(self, hit: Hit) -> bool | None:
        steps = (self._by_place(hit), self._by_distance(hit), self._by_attribute(hit))
        if any(step is None for step in steps):
            return None
        return self.certain and all(steps)

    def _by_place(self, hit: Hit) -> bool | None:
        if hit.status not in self.statuses and not (self.or_likely and hit.likely):
            return None
        if hit.likely or Status.ABSENT in self.statuses:
            return False
        if self.within_m is not None:
            return True
        return hit.status is Status.PRESENT and (not self.whole or hit.relation is Relation.SITE_WITHIN)

    def _by_distance(self, hit: Hit) -> bool | None:
        """A measured distance is certain unless the tolerance could carry it over the line."""
        if self.within_m is None:
            return True
        if hit.distance_m > self.within_m + hit.tolerance_m:
            return None
        return hit.distance_m + hit.tolerance_m <= self.within_m

    def _by_attribute(self, hit: Hit) -> bool | None:
        if not self.attribute:
            return True
        value = hit.attributes.get(self.attribute, "").strip().upper()
        if value in self.values:
            return True
        return None if value in self.other_values else False

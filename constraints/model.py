"""What a constraint answer is made of. Values only: `screen` makes them, `render` writes them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from bopsgis.boundary import Boundary
from constraints.source import Repair

__all__ = [
    "Consequence",
    "ConsequenceKind",
    "ConstraintFinding",
    "ConstraintReport",
    "Drawing",
    "Hit",
    "NotKnown",
    "NotKnownReason",
    "Provenance",
    "RasterMeasure",
    "Relation",
    "Status",
]


class Status(StrEnum):
    """What can be said of one constraint on one site."""

    PRESENT = "present"
    ADJACENT = "adjacent"
    """It touches the site, or overlaps it by less than the tolerance."""
    NEAR = "near"
    """It lies within the constraint's own distance."""
    ABSENT = "absent"
    """Proven: loaded, covered, in date, and nothing there."""
    NOT_KNOWN = "not_known"


class Relation(StrEnum):
    """How a designation lies to the site."""

    SITE_WITHIN = "site_within"
    COVERS = "covers"
    """The site covers the whole designation."""
    OVERLAPS = "overlaps"
    TOUCHES = "touches"
    NEAR = "near"


class NotKnownReason(StrEnum):
    """Why nothing can be said, for machines."""

    NOT_LOADED = "not_loaded"
    NOT_PUBLISHED = "not_published"
    COUNCIL_UNKNOWN = "council_unknown"
    NO_COVERAGE = "no_coverage"
    STALE = "stale"
    BEFORE_RECORDS = "before_records"
    UNLOCATED_RECORDS = "unlocated_records"
    SOURCE_ERROR = "source_error"
    NODATA = "nodata"


@dataclass(frozen=True, slots=True)
class NotKnown:
    """One reason why a constraint is not known, with a sentence for people."""

    reason: NotKnownReason
    sentence: str
    councils: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a hit's evidence comes from."""

    source: str
    publisher: str
    dataset_version: str
    """First 12 characters of the delivered file's SHA-256."""
    retrieved: date
    entry_date: date | None
    start_date: date | None
    end_date: date | None
    licence: str
    attribution: str
    transform: str
    transform_accuracy_m: float
    repair: Repair | None = None


class Drawing(Protocol):
    """The shapes of a report's designations, for drawing; what is not drawn need never be cut."""

    def shape(self, feature: int) -> Any:
        """Shapely geometry of a designation, EPSG:27700, cut to the site's surroundings; always the same."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One designation that touches, overlaps or is near the site. Lengths in metres, areas in m2, EPSG:27700."""

    feature: int
    """Number of the feature in this version of the store."""
    dataset: str
    reference: str
    name: str
    entity: str
    attributes: Mapping[str, str]
    relation: Relation
    status: Status
    likely: bool
    """True for a point designation, which has no extent: inside or near means likely, not certain."""
    overlap_m2: float
    overlap_length_m: float
    """Length of a line designation inside the site; 0 for areas and points."""
    site_share: float
    """Overlap as a share of the site, 0 to 1."""
    feature_share: float
    """Overlap as a share of the designation, 0 to 1."""
    parts: int
    inscribed_radius_m: float
    """Radius of the largest circle inside the overlap: under the tolerance it is a sliver."""
    distance_m: float
    bearing: str
    """Compass point from the site to the designation, for example `NE`; empty where they meet."""
    tolerance_m: float
    tolerance_why: str
    provisional: bool
    provenance: Provenance
    drawing: Drawing = field(compare=False, repr=False)
    also: tuple[Provenance, ...] = ()
    """Other publishers' copies of the same designation."""

    @property
    def geometry(self) -> Any:
        """Shapely geometry of the designation, EPSG:27700, cut to the site's surroundings for drawing."""
        return self.drawing.shape(self.feature)


class ConsequenceKind(StrEnum):
    """What can follow from a constraint."""

    CONSULTEE = "consultee"
    PUBLICITY = "publicity"
    PERMITTED_DEVELOPMENT = "permitted_development"
    DOCUMENT = "document"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from a finding, with the law it rests on."""

    kind: ConsequenceKind
    text: str
    who: str
    """The consultee, or empty."""
    certain: bool
    """False where a person must decide whether it applies (likely point, partial overlap, adjacent)."""
    citation: str
    edition: str
    effective_from: date | None
    effective_to: date | None
    verified: bool
    """False where the text of the law was not seen: check before relying on it."""


@dataclass(frozen=True, slots=True)
class RasterMeasure:
    """What a surface (flood depth, slope) says of the site; shares 0 to 1 of the site's area."""

    share_over: float
    threshold: float
    maximum: float | None
    mean: float | None
    nodata_share: float
    unit: str
    cell_m: float


@dataclass(frozen=True, slots=True)
class ConstraintFinding:
    """The answer for one dataset of the catalogue."""

    dataset: str
    name: str
    theme: str
    status: Status
    sentence: str
    hits: tuple[Hit, ...] = ()
    not_known: tuple[NotKnown, ...] = ()
    """Reasons. Never empty for `not_known`; beside another status they say what the answer leaves open."""
    consequences: tuple[Consequence, ...] = ()
    designations: Mapping[str, Status] = field(default_factory=dict)
    """Open Digital Planning designation values that this finding speaks of."""
    checked: tuple[str, ...] = ()
    """Names of the sources that were asked."""
    near_m: float = 0.0
    tolerance_m: float = 0.0
    raster: RasterMeasure | None = None
    meaning: str = ""
    """Why such a constraint matters, in plain words; from the catalogue."""


@dataclass(frozen=True)
class ConstraintReport:
    """All findings for one site on one date. Replayable: the same identity means the same bytes."""

    site: Boundary
    as_at: date
    councils: tuple[str, ...]
    council_names: tuple[str, ...]
    store_version: str
    settings: Mapping[str, Any]
    findings: tuple[ConstraintFinding, ...]
    software: str
    seal: Callable[[ConstraintReport], str] = field(compare=False, repr=False)
    """How `identity` is worked out."""
    notes: tuple[str, ...] = ()
    """Sentences about the site as a whole, such as a council that only touches it."""

    @cached_property
    def identity(self) -> str:
        """SHA-256 over site, date, store version, settings and findings; worked out when first asked for."""
        return self.seal(self)

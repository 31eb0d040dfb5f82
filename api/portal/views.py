"""A request as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely

from api.cases.tables import CaseRow
from api.maps.basemap import BaseMap
from api.maps.figure import Figure, figure
from api.requests.tables import RequestRow
from bopsgis.planning.calendar import in_words
from bopsgis.planning.requests import RequestKind, request_kind
from constraints.screen import words

__all__ = ["BoundaryChange", "RequestView", "request_view"]

SILENCE = "If you do not answer by {day}, the council takes it that you agree."
NO_SILENCE = "If you do not answer by {day}, the council may go on without your answer, or return the application."


@dataclass(frozen=True, slots=True)
class BoundaryChange:
    """Two site boundaries in one view, and the difference in figures."""

    now: Figure | None
    proposed: Figure
    area_now: str
    area_proposed: str
    added: str
    taken_away: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """What the page of a request shows; nothing else of the case is on it."""

    kind: RequestKind
    reference: str
    address: str
    proposal: str
    reason: str
    due: str
    silence: str
    asked: tuple[tuple[str, str], ...]
    """What is now and what is proposed, or what is asked, as label and value."""
    boundary: BoundaryChange | None


def request_view(request: RequestRow, case: CaseRow, base: BaseMap) -> RequestView:
    """The view of an open request."""
    kind = request_kind(request.kind)
    due = "" if request.due_on is None else in_words(request.due_on)
    return RequestView(
        kind=kind,
        reference=case.reference,
        address=case.address,
        proposal=case.proposal,
        reason=request.reason,
        due=due,
        silence=(SILENCE if kind.deemed else NO_SILENCE).format(day=due),
        asked=_asked(kind, request.before, request.details),
        boundary=_boundary(request.before, request.details, base) if kind.key == "boundary_change" else None,
    )


def _asked(kind: RequestKind, before: Mapping[str, Any], details: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    rows = {
        "additional_document": [("Document needed", details.get("document"))],
        "replacement_document": [("Document to replace", details.get("document"))],
        "description_change": [
            ("Description now", before.get("proposal")),
            ("Proposed description", details.get("proposal")),
        ],
        "fee_change": [("What to do", details.get("suggestion"))],
        "other_change": [("What to do", details.get("suggestion"))],
        "pre_commencement_condition": [("Condition", details.get("condition"))],
        "heads_of_terms": [("Terms", details.get("terms"))],
        "time_extension": [("Decision due now", before.get("until")), ("Proposed date", details.get("until"))],
    }
    return tuple((label, _shown(value)) for label, value in rows.get(kind.key, []) if value)


def _shown(value: object) -> str:
    """A value as text; a date as people write it."""
    text = str(value)
    try:
        return in_words(date.fromisoformat(text))
    except ValueError:
        return text


def _boundary(before: Mapping[str, Any], details: Mapping[str, Any], base: BaseMap) -> BoundaryChange:
    proposed = _site(details["site"])
    now = _site(before["site"]) if before.get("site") else None
    both = proposed if now is None else shapely.union_all([proposed, now])
    nothing = shapely.Polygon()
    return BoundaryChange(
        now=None if now is None else figure([], base, site=now, show=both, title="Site boundary now"),
        proposed=figure([], base, site=proposed, show=both, title="Proposed site boundary"),
        area_now="Not drawn yet" if now is None else words.area(float(shapely.area(now))),
        area_proposed=words.area(float(shapely.area(proposed))),
        added=words.area(float(shapely.area(shapely.difference(proposed, now or nothing)))),
        taken_away=words.area(float(shapely.area(shapely.difference(now or nothing, proposed)))),
    )


def _site(geometry: Mapping[str, Any]) -> shapely.Geometry:
    """A site boundary as requests keep it: GeoJSON in EPSG:27700 metres, checked when it was asked."""
    return shapely.geometry.shape(geometry)

"""A case as the register shows it: built as a whole, then cut down to the list of what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from geoalchemy2.shape import to_shape

from api.cases.tables import CaseRow
from api.consultations import consultees, representations
from api.core.db import Work
from api.documents.filing import Filing
from api.maps.basemap import BaseMap
from api.maps.case_styles import style_of
from api.maps.figure import Figure, Item, figure
from api.register.case_record import case_record
from api.register.queries import comments_until
from api.register.words import CLOSED, Step, next_words, status_words, timeline
from bopsgis.planning.case import CaseStatus
from bopsgis.planning.documents import document_tags
from bopsgis.planning.redaction import public_view

__all__ = ["CasePage", "case_page"]

_SHOWN_STATUSES = ("present", "adjacent", "near")


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything on the register's page of one case. `view` has the allowed fields and no others."""

    view: Mapping[str, Any]
    status: str
    status_class: str
    comments_until: date | None
    open_for_comments: bool
    steps: tuple[Step, ...]
    what_next: str
    found: tuple[Mapping[str, Any], ...]
    """Constraints on or near the site."""
    not_known: tuple[str, ...]
    """Names of constraints of which nothing can be said."""
    documents: tuple[Mapping[str, Any], ...]
    comments: tuple[Mapping[str, Any], ...]
    counts: Mapping[str, int]
    responses: tuple[Mapping[str, Any], ...]
    figure: Figure | None


def case_page(work: Work, row: CaseRow, filing: Filing, base: BaseMap, today: date) -> CasePage:
    """The page of a case. Raises NotFound for one that is not on the register."""
    representations.open_case(row)
    view = public_view(case_record(work, row, filing))
    until = comments_until(work, [row.reference]).get(row.reference)
    status, colour = status_words(view, until, today)
    said = representations.public_representations(work, row)
    return CasePage(
        view=view,
        status=status,
        status_class=colour,
        comments_until=until,
        open_for_comments=CaseStatus(row.status) not in CLOSED,
        steps=timeline(view, until, today),
        what_next=next_words(view, until, today),
        found=tuple(one for one in view["constraints"] if one["status"] in _SHOWN_STATUSES),
        not_known=tuple(one["name"] for one in view["constraints"] if one["status"] == "not_known"),
        documents=tuple(_with_names(one) for one in view["documents"]),
        comments=tuple(said),
        counts={sentiment: sum(one["sentiment"] == sentiment for one in said) for sentiment in SENTIMENTS},
        responses=tuple(consultees.public_responses(work, row)),
        figure=_figure(row, base),
    )


SENTIMENTS = representations.SENTIMENTS


def _with_names(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what its tags mean."""
    names: Sequence[str] = [document_tags()[tag].name for tag in document["tags"] if tag in document_tags()]
    return {**document, "kinds": ", ".join(names)}


def _figure(row: CaseRow, base: BaseMap) -> Figure | None:
    if row.site is None:
        return None
    site: shapely.Geometry = to_shape(row.site)
    item = Item("site", 1, f"Site of {row.reference}", style_of(row.status), site)
    return figure([item], base, site=site, title=f"Site of {row.reference}")

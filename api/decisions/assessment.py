"""Assessing a case: writing its sections, visiting the site, looking up what was there before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from geoalchemy2.shape import to_shape

from api.cases.acting import Moment, act_on
from api.cases.tables import CaseRow
from api.core.db import Work
from api.decisions import store
from api.decisions.content import Content, Finding, GpdoParagraph, ImmunityClaim, Section, TimeFinding, to_json
from api.decisions.tables import AssessmentSectionRow, SiteVisitRow
from bopsgis.errors import InputRefused
from bopsgis.planning.application_types import ApplicationType, application_type, families
from bopsgis.planning.calendar import in_words
from bopsgis.planning.decision import Condition, standard_conditions
from bopsgis.planning.immunity import immunity
from bopsgis.planning.lifecycle import ActName

__all__ = [
    "EarlierCase",
    "check_content",
    "propose_conditions",
    "put_section",
    "record_visit",
    "site_history",
    "write_section",
]

_GPDO_FAMILIES = frozenset({"lawfulness_certificate", "prior_approval"})
_IMMUNITY_CODES = ("ldc.existing", "ldc.breachOfCondition")


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """Another case whose site meets this one's. `shared_m2` is 0 where the two only touch."""

    row: CaseRow
    shared_m2: float


def write_section(work: Work, row: CaseRow, section: Section, content: Content, moment: Moment) -> AssessmentSectionRow:
    """Write one section of the assessment, or write it anew; the case is being assessed from then on.

    Raises InputRefused for the recommendation, which is written by recommending, and for what is not asked of
    a type: GPDO classes, immunity, heads of terms.
    """
    check_content(row, section, content)
    act_on(work, row, ActName.ASSESS, moment, detail={"section": section.value})
    return put_section(work, row, section, content, moment)


def put_section(work: Work, row: CaseRow, section: Section, content: Content, moment: Moment) -> AssessmentSectionRow:
    """Keep the content of a section, whatever the case's status: for acts that have asked the rules themselves."""
    kept = store.section(work, row, section)
    value = to_json(section, content)
    if kept is None:
        kept = AssessmentSectionRow(
            council_id=row.council_id,
            case_id=row.id,
            section=section.value,
            content=value,
            revision=1,
            by=work.access.actor,
            at=moment.at,
        )
        work.session.add(kept)
    else:
        kept.content, kept.revision = value, kept.revision + 1
        kept.by, kept.at = work.access.actor, moment.at
    work.session.flush()
    return kept


def check_content(row: CaseRow, section: Section, content: Content) -> None:
    """Raise InputRefused for content that this section of this case cannot have."""
    if section is Section.RECOMMENDATION:
        raise InputRefused("The recommendation is written by recommending.", code="section_refused")
    kind = application_type(row.application_type)
    if section is Section.GPDO and not isinstance(content, str):
        _check_gpdo(kind, content)
    if section is Section.IMMUNITY and not isinstance(content, str):
        _check_immunity(row, kind, content)
    if section is Section.HEADS_OF_TERMS and not families()[kind.family].assessed_against_policies:
        raise InputRefused(f"{kind.name} goes with no planning obligation.", code="terms_not_asked")


def _check_gpdo(kind: ApplicationType, content: Sequence[object]) -> None:
    if kind.family not in _GPDO_FAMILIES:
        raise InputRefused(f"{kind.name} is not measured against GPDO classes.", code="gpdo_not_asked")
    for one in content:
        if isinstance(one, GpdoParagraph) and one.finding is Finding.DOES_NOT_COMPLY and not one.comment.strip():
            raise InputRefused(
                f"Say why paragraph {one.paragraph} of class {one.class_name} is not complied with.",
                code="comment_missing",
            )


def _check_immunity(row: CaseRow, kind: ApplicationType, content: Sequence[object]) -> None:
    if not kind.code.startswith(_IMMUNITY_CODES):
        raise InputRefused(f"{kind.name} does not ask whether something is lawful by time.", code="immunity_not_asked")
    for one in content:
        if not isinstance(one, ImmunityClaim):
            continue
        one.gaps(row.received_on)  # refuses evidence that ends before it begins
        told = immunity(one.kind, one.happened_on, row.received_on)
        decided = one.finding is not TimeFinding.TO_BE_DETERMINED
        if decided and not one.reason.strip():
            raise InputRefused("Give the reason for what you find on immunity.", code="reason_missing")
        if one.finding is TimeFinding.IMMUNE and one.enforcement_notice:
            raise InputRefused(
                "What an enforcement notice in force forbids is not lawful, however long ago it began.",
                code="enforcement_notice_in_force",
            )
        if one.finding is TimeFinding.IMMUNE and not told.immune:
            raise InputRefused(
                f"The {told.years} years had not passed when the application was received on "
                f"{in_words(row.received_on)}.",
                code="not_immune_yet",
                hint=told.steps[-1],
            )


def record_visit(
    work: Work, row: CaseRow, visited_on: date, comment: str, moment: Moment, *, place: str = ""
) -> SiteVisitRow:
    """Write down a site visit. Raises InputRefused for a day that is still to come."""
    if visited_on > moment.on:
        raise InputRefused(
            f"A site visit is written down once it has been made, and {in_words(visited_on)} is still to come.",
            code="visit_in_future",
        )
    act_on(work, row, ActName.ASSESS, moment, detail={"site_visit": visited_on})
    visit = SiteVisitRow(
        council_id=row.council_id,
        case_id=row.id,
        visited_on=visited_on,
        place=place,
        comment=comment,
        by=work.access.actor,
        at=moment.at,
    )
    work.session.add(visit)
    work.session.flush()
    return visit


def propose_conditions(row: CaseRow, plans: tuple[str, ...]) -> tuple[Condition, ...]:
    """The conditions that a grant of this type usually starts from; nothing is kept."""
    return standard_conditions(application_type(row.application_type), plans)


def site_history(work: Work, row: CaseRow) -> tuple[EarlierCase, ...]:
    """Other cases of the council on this land, newest first, with how much of it they share."""
    if row.site is None:
        return ()
    site = to_shape(row.site)
    return tuple(
        EarlierCase(other, round(float(shapely.area(shapely.intersection(site, to_shape(other.site)))), 2))
        for other in store.same_site(work, row)
        if other.site is not None
    )

"""Assessments and reviews as officers get them in JSON, and notices as files."""

from __future__ import annotations

import hashlib
from typing import Literal

from starlette.responses import Response

from api.cases.tables import CaseRow
from api.core.db import Work
from api.councils import library
from api.councils.library import StandardCondition, StandardInformative, StandardPolicy
from api.councils.tables import LibraryKind
from api.decisions import store
from api.decisions.assessment import EarlierCase
from api.decisions.content import LISTED, Content, Section
from api.decisions.content_forms import ConditionForm, InformativeForm, PolicyForm
from api.decisions.forms import (
    AssessmentAnswer,
    EarlierCaseAnswer,
    LibraryAnswer,
    ReviewAnswer,
    SectionAnswer,
    TakenPolicy,
    VisitAnswer,
)
from api.decisions.notice_pages import CONTENT_SECURITY_POLICY
from bopsgis.errors import InputRefused
from bopsgis.planning.application_types import application_type
from bopsgis.planning.case import SectionReview

__all__ = [
    "Kind",
    "assessment_answer",
    "earlier_case_answer",
    "file_answer",
    "library_answer",
    "only_content",
    "review_answers",
]

Kind = Literal["html", "pdf"]
"""In which form a notice is asked for."""


def only_content(section: Section, given: dict[str, Content]) -> Content | None:
    """The content that was given for a section, None for none. Raises InputRefused for another section's."""
    name = section.value if section in LISTED else "text"
    if set(given) - {name}:
        raise InputRefused(
            f"The section “{section.in_words}” takes “{name}” and nothing else.", code="content_mismatch"
        )
    return given.get(name)


def assessment_answer(work: Work, row: CaseRow) -> AssessmentAnswer:
    """All sections in their usual order, and the site visits."""
    written = store.sections(work, row)
    sections = [
        SectionAnswer(section=name, content=one.content, revision=one.revision, by=one.by, at=one.at)
        for name in Section
        if (one := written.get(name)) is not None
    ]
    visits = [
        VisitAnswer(visited_on=one.visited_on, place=one.place, comment=one.comment, by=one.by)
        for one in store.visits(work, row)
    ]
    return AssessmentAnswer(sections=sections, visits=visits)


def library_answer(work: Work, row: CaseRow) -> LibraryAnswer:
    """What the assessment of this case may take from the council's library."""
    kind = application_type(row.application_type)
    texts = {one: library.fitting(work, one, kind) for one in LibraryKind}
    return LibraryAnswer(
        conditions=[
            ConditionForm(title=one.title, text=one.text, reason=one.reason, pre_commencement=one.pre_commencement)
            for one in texts[LibraryKind.CONDITION]
            if isinstance(one, StandardCondition)
        ],
        informatives=[
            InformativeForm(title=one.title, text=one.text)
            for one in texts[LibraryKind.INFORMATIVE]
            if isinstance(one, StandardInformative)
        ],
        policies=[
            TakenPolicy(
                policy_area=one.policy_area,
                text=one.text,
                policy=PolicyForm(**one.model_dump(include=set(PolicyForm.model_fields))),
            )
            for one in texts[LibraryKind.POLICY]
            if isinstance(one, StandardPolicy)
        ],
    )


def review_answers(work: Work, row: CaseRow) -> list[ReviewAnswer]:
    """All verdicts, oldest first."""
    return [
        ReviewAnswer(
            section=Section(one.section),
            verdict=SectionReview(one.verdict),
            comment=one.comment,
            revision=one.revision,
            before=one.before,
            by=one.by,
            at=one.at,
        )
        for one in store.reviews(work, row)
    ]


def earlier_case_answer(one: EarlierCase) -> EarlierCaseAnswer:
    """A case of the site's history."""
    row = one.row
    return EarlierCaseAnswer(
        reference=row.reference,
        application_type=row.application_type,
        status=row.status,
        proposal=row.proposal,
        address=row.address,
        received_on=row.received_on,
        decision=row.decision,
        decided_on=row.decided_on,
        shared_m2=one.shared_m2,
    )


def file_answer(content: bytes, kind: Kind, reference: str) -> Response:
    """A notice as a file that a browser shows; the page may use its own style and nothing else."""
    headers = {
        "Content-Disposition": f'inline; filename="decision-notice-{reference}.{kind}"',
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
    }
    if kind == "html":
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return Response(content, media_type="text/html; charset=utf-8", headers=headers)
    return Response(content, media_type="application/pdf", headers=headers)

"""JSON routes of assessing, reviewing and deciding cases, and the decision notice as a file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.accounts.guard import council_of, database_of, officer
from api.accounts.tables import CouncilRow
from api.cases import store as cases
from api.cases.acting import Moment
from api.cases.desk import CaseDesk, moment, officers_desk
from api.cases.forms import CaseAnswer, VersionForm
from api.core.access import Access
from api.core.db import Database
from api.core.incoming import body_of, single_valued
from api.core.problems import described
from api.core.values import Reference
from api.decisions import appeal, assessment, deciding, environmental, review
from api.decisions.content_forms import ConditionForm
from api.decisions.forms import (
    AppealForm,
    AppealOutcomeForm,
    AssessmentAnswer,
    CommitteeForm,
    ConditionsAnswer,
    DecideForm,
    EarlierCaseAnswer,
    EnvironmentalAnswer,
    EnvironmentalForm,
    LibraryAnswer,
    MeetingForm,
    PromptsAnswer,
    RecommendForm,
    ReviewAnswer,
    ReviewForm,
    SectionForm,
    VisitForm,
)
from api.decisions.notice_pages import notice_html, notice_pdf
from api.decisions.plans import plans_of
from api.decisions.prompts import environmental_answer, prompts_answer
from api.decisions.views import (
    Kind,
    assessment_answer,
    earlier_case_answer,
    file_answer,
    library_answer,
    only_content,
    review_answers,
)
from bopsgis.errors import InputRefused

__all__ = ["router"]

_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {}, "text/html": {}}, "description": "The notice."}
}
router = APIRouter(
    prefix="/api/v2",
    tags=["Decisions"],
    dependencies=[Depends(single_valued)],
    responses=described(400, 401, 403, 404, 409, 422),
)

Db = Annotated[Database, Depends(database_of)]
Officer = Annotated[Access, Depends(officer())]
Desk = Annotated[CaseDesk, Depends(officers_desk)]
Now = Annotated[Moment, Depends(moment)]


@router.get("/cases/{reference}/assessment", summary="Read the assessment")
def read_assessment(desk: Annotated[CaseDesk, Depends(officers_desk)]) -> AssessmentAnswer:
    """The sections that have been written, and the site visits."""
    return desk.read(assessment_answer)


@router.post("/cases/{reference}/assessment", summary="Write a section of the assessment")
def write_section(form: Annotated[SectionForm, Depends(body_of(SectionForm))], desk: Desk) -> CaseAnswer:
    """The section is replaced as a whole; the case is being assessed from then on."""
    content = only_content(form.section, form.given())
    if content is None:
        raise InputRefused(f"Say what the section “{form.section.in_words}” holds.", code="content_missing")
    return desk.act(form, lambda w, row: assessment.write_section(w, row, form.section, content, desk.now))


@router.get("/cases/{reference}/assessment/prompts", summary="Read what the rules say to the assessment")
def read_prompts(desk: Annotated[CaseDesk, Depends(officers_desk)]) -> PromptsAnswer:
    """Time limits and gaps in the evidence of claims of immunity; constraints on permitted development rights."""
    return desk.read(prompts_answer)


@router.get("/cases/{reference}/environmental-impact", summary="Read whether an EIA is needed")
def read_environmental(desk: Annotated[CaseDesk, Depends(officers_desk)]) -> EnvironmentalAnswer:
    """What type, size and site say of environmental impact assessment, and what an officer has said."""
    return desk.read(environmental_answer)


@router.post("/cases/{reference}/environmental-impact", summary="Say whether an EIA is needed")
def say_environmental(
    form: Annotated[EnvironmentalForm, Depends(body_of(EnvironmentalForm))], desk: Desk
) -> CaseAnswer:
    """With the reason; with an assessment the council has 16 weeks, and the deadline is worked out anew."""
    return desk.act(form, lambda w, row: environmental.say(w, row, form.state, form.reason, desk.now))


@router.post("/cases/{reference}/site-visits", summary="Write down a site visit")
def record_visit(form: Annotated[VisitForm, Depends(body_of(VisitForm))], desk: Desk) -> CaseAnswer:
    """One that has been made."""
    return desk.act(
        form, lambda w, row: assessment.record_visit(w, row, form.visited_on, form.comment, desk.now, place=form.place)
    )


@router.get("/cases/{reference}/site-history", summary="Read the site's history")
def site_history(reference: Reference, access: Officer, database: Db) -> list[EarlierCaseAnswer]:
    """Other cases whose site meets this one, newest first."""
    with database.reading(access) as work:
        return [earlier_case_answer(one) for one in assessment.site_history(work, cases.get(work, reference))]


@router.get("/cases/{reference}/standard-conditions", summary="Read the usual conditions")
def standard_conditions(reference: Reference, access: Officer, database: Db) -> ConditionsAnswer:
    """Those that a grant of this type usually starts from, with the plans marked for the notice."""
    with database.reading(access) as work:
        row = cases.get(work, reference)
        plans = tuple(plan.number or plan.title for plan in plans_of(work, row))
        usual = assessment.propose_conditions(row, plans)
    return ConditionsAnswer(
        conditions=[ConditionForm(title=one.title, text=one.text, reason=one.reason) for one in usual]
    )


@router.get("/cases/{reference}/library", summary="Read the standard texts that fit a case")
def library(desk: Annotated[CaseDesk, Depends(officers_desk)]) -> LibraryAnswer:
    """Conditions, informatives and policies of the council's library for this type, ready to be written in."""
    return desk.read(library_answer)


@router.post("/cases/{reference}/recommend", summary="Recommend a decision")
def recommend(form: Annotated[RecommendForm, Depends(body_of(RecommendForm))], desk: Desk) -> CaseAnswer:
    """For the reviewer to judge, section by section."""
    return desk.act(
        form,
        lambda w, row: review.recommend(w, row, form.decision, form.reasons, desk.now, to_committee=form.to_committee),
    )


@router.post("/cases/{reference}/take-back-recommendation", summary="Take a recommendation back")
def take_back(form: Annotated[VersionForm, Depends(body_of(VersionForm))], desk: Desk) -> CaseAnswer:
    """Before it is decided on."""
    return desk.act(form, lambda w, row: review.take_back(w, row, desk.now))


@router.get("/cases/{reference}/reviews", summary="Read the reviews")
def read_reviews(desk: Annotated[CaseDesk, Depends(officers_desk)]) -> list[ReviewAnswer]:
    """Every verdict on every section, oldest first; the newest on a section holds."""
    return desk.read(review_answers)


@router.post("/cases/{reference}/reviews", summary="Review a section")
def review_section(form: Annotated[ReviewForm, Depends(body_of(ReviewForm))], desk: Desk) -> CaseAnswer:
    """Accept it, edit and accept it, or mark it to be sent back with a comment."""
    content = only_content(form.section, form.given())
    return desk.act(
        form,
        lambda w, row: review.review_section(
            w, row, form.section, form.verdict, desk.now, comment=form.comment, content=content
        ),
    )


@router.post("/cases/{reference}/send-back", summary="Send a recommendation back")
def send_back(form: Annotated[VersionForm, Depends(body_of(VersionForm))], desk: Desk) -> CaseAnswer:
    """With the sections that were marked."""
    return desk.act(form, lambda w, row: review.send_back(w, row, desk.now))


@router.post("/cases/{reference}/refer-to-committee", summary="Send a case to committee")
def refer_to_committee(form: Annotated[MeetingForm, Depends(body_of(MeetingForm))], desk: Desk) -> CaseAnswer:
    """Where the recommendation asks for it."""
    return desk.act(
        form,
        lambda w, row: review.refer_to_committee(
            w, row, form.meets_on, form.place, desk.now, comments_until=form.comments_until
        ),
    )


@router.post("/cases/{reference}/record-committee", summary="Write down what the committee decided")
def record_committee(form: Annotated[CommitteeForm, Depends(body_of(CommitteeForm))], desk: Desk) -> CaseAnswer:
    """From the day of its meeting."""
    return desk.act(form, lambda w, row: review.record_committee(w, row, form.decision, form.resolution, desk.now))


@router.post("/cases/{reference}/decide", summary="Decide a case")
def decide(form: Annotated[DecideForm, Depends(body_of(DecideForm))], desk: Desk) -> CaseAnswer:
    """Issues the decision notice and mails applicant and agent where it is."""
    conditions = None if form.conditions is None else [one.value() for one in form.conditions]
    return desk.act(
        form,
        lambda w, row: deciding.decide_case(
            w, row, form.decision, plans_of(w, row), desk.now, reasons=form.reasons, conditions=conditions
        ),
    )


@router.get("/cases/{reference}/decision-notice.{kind}", summary="Read the decision notice", responses=_FILE)
def decision_notice(reference: Reference, kind: Kind, access: Officer, database: Db, now: Now) -> Response:
    """As issued; before the decision, a draft of what is recommended."""
    with database.reading(access) as work:
        row = cases.get(work, reference)
        kept = deciding.issued_notice(work, row)
        if kept is not None:
            return file_answer(kept.pdf if kind == "pdf" else kept.html.encode(), kind, reference)
        draft = deciding.draft_notice(work, row, plans_of(work, row), now)
    return file_answer(notice_pdf(draft) if kind == "pdf" else notice_html(draft).encode(), kind, reference)


@router.get(
    "/public/cases/{reference}/decision-notice.{kind}",
    summary="Read a published decision notice",
    responses=_FILE,
)
def public_decision_notice(
    reference: Reference, kind: Kind, council: Annotated[CouncilRow, Depends(council_of)], database: Db
) -> Response:
    """For everybody, once the case is decided and on the register."""
    with database.reading(Access.public(council.id)) as work:
        kept = deciding.public_notice(work, cases.get(work, reference))
        return file_answer(kept.pdf if kind == "pdf" else kept.html.encode(), kind, reference)


@router.post("/cases/{reference}/appeal", summary="Write down an appeal")
def lodge_appeal(form: Annotated[AppealForm, Depends(body_of(AppealForm))], desk: Desk) -> CaseAnswer:
    """Against the decision, or because none was made in time."""
    return desk.act(
        form,
        lambda w, row: appeal.lodge_appeal(
            w, row, form.lodged_on, form.reason, desk.now, inspectorate_reference=form.inspectorate_reference
        ),
    )


@router.post("/cases/{reference}/appeal-outcome", summary="Write down how an appeal ended")
def appeal_outcome(form: Annotated[AppealOutcomeForm, Depends(body_of(AppealOutcomeForm))], desk: Desk) -> CaseAnswer:
    """Allowed, dismissed, split or withdrawn."""
    return desk.act(
        form,
        lambda w, row: appeal.record_outcome(w, row, form.outcome, form.outcome_on, desk.now, comment=form.comment),
    )

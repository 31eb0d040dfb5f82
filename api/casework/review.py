"""Review and decision as pages: judging section by section, committee, the notice, deciding, appeal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from api.cases.facts import case_of
from api.cases.tables import CaseRow
from api.casework.assessment import SectionView, section_views
from api.casework.desk import PREFIX, At, Desk
from api.casework.fields import Field, Kind, Values
from api.casework.head import decision_words
from api.casework.sections import title_of
from api.casework.stages import for_roles, why_not
from api.casework.tasks import About, Task, add_tasks, sentences
from api.core.db import Work
from api.decisions import appeal, deciding, review, store
from api.decisions.content import LISTED, Section
from api.decisions.plans import plans_of
from bopsgis.errors import InputRefused, NotFound
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus, Decision, Role, SectionReview
from bopsgis.planning.lifecycle import ActName

__all__ = ["router"]

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_REVIEWED: Final = frozenset({CaseStatus.AWAITING_REVIEW, CaseStatus.AT_COMMITTEE})
_OUTCOMES: Final = tuple((one, one.capitalize()) for one in ("allowed", "dismissed", "split", "withdrawn"))
_ACTS: Final = (
    ActName.SEND_BACK,
    ActName.REFER_TO_COMMITTEE,
    ActName.RECORD_COMMITTEE,
    ActName.DECIDE,
    ActName.APPEAL,
    ActName.RECORD_APPEAL_OUTCOME,
)


@router.get("/review")
def overview(desk: At) -> Response:
    """The recommendation with its sections, what was said of each, and what can be done with it."""
    with desk.database.reading(desk.access) as work:
        row = desk.case(work)
        meeting, lodged = store.meeting_of(work, row), store.appeal_of(work, row)
        context = {
            "row": row,
            "recommendation": row.recommendation,
            "sections": [one for one in _to_review(work, row) if one.written or one.text],
            "reviews": {one.value: verdict for one, verdict in store.latest_reviews(work, row).items()},
            "judging": CaseStatus(row.status) in _REVIEWED and not _why_not_judge(desk, row),
            "why_not_judge": _why_not_judge(desk, row) if CaseStatus(row.status) in _REVIEWED else "",
            "why": {name.value: why_not(row, desk.access, name, desk.now.on) for name in _ACTS},
            "meeting": meeting,
            "appeal": lodged,
            "decision_words": decision_words,
            "has_notice": row.recommendation is not None or row.decision is not None,
            **_drafted(desk, work, row),
            "sentences": sentences(),
        }
        return desk.show(work, row, "casework/review.html", context)


def _why_not_judge(desk: Desk, row: CaseRow) -> str:
    if "reviewer" not in {role.value for role in desk.access.roles}:
        return for_roles((Role.REVIEWER,))
    recommendation = case_of(row).recommendation
    if recommendation is not None and recommendation.recommended_by == desk.access.actor:
        return "You recommended this, so somebody else has to review it."
    return ""


def _to_review(work: Work, row: CaseRow) -> list[SectionView]:
    """The written sections, and the recommendation as one of them."""
    shown = [one for one in section_views(work, row) if one.section is not Section.RECOMMENDATION]
    if row.recommendation is not None:
        told = row.recommendation
        text = "\n\n".join((decision_words(told["decision"]).capitalize(), *told["reasons"]))
        section = Section.RECOMMENDATION
        shown.append(SectionView(section, title_of(section), "assessment/recommend", text, (), told["recommended_by"]))
    return shown


def _section(desk: Desk, work: Work, row: CaseRow) -> SectionView:
    found = next((one for one in _to_review(work, row) if one.section.value == desk.key and one.written), None)
    if found is None:
        raise NotFound("There is no such section to review.", code="section")
    return found


def _judging(desk: Desk, work: Work, row: CaseRow) -> Sequence[Field]:
    view = _section(desk, work, row)
    editable = view.section not in LISTED and view.section is not Section.RECOMMENDATION
    options = (
        (SectionReview.ACCEPTED.value, "Accept it"),
        *(((SectionReview.EDITED_AND_ACCEPTED.value, "Accept it as I have edited it below"),) if editable else ()),
        (SectionReview.SENT_BACK.value, "Send it back"),
    )
    edited = Field("text", "The section, to edit", Kind.TEXT, rows=10)
    return (
        Field("verdict", "Your verdict", Kind.RADIOS, ask="Select your verdict", options=options),
        Field("comment", "Comment", Kind.TEXT, hint="Needed where you send it back"),
        *((edited,) if editable else ()),
    )


def _judged_now(desk: Desk, work: Work, row: CaseRow) -> Values:
    view = _section(desk, work, row)
    verdict = store.latest_reviews(work, row).get(view.section)
    said = {} if verdict is None else {"verdict": verdict.verdict, "comment": verdict.comment}
    return {"text": view.text, **said}


def _judge(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    view = _section(desk, work, row)
    verdict = SectionReview(values["verdict"])
    content = values["text"] if verdict is SectionReview.EDITED_AND_ACCEPTED else None
    review.review_section(work, row, view.section, verdict, desk.now, comment=values["comment"], content=content)


def _about_section(desk: Desk, work: Work, row: CaseRow) -> About:
    view = _section(desk, work, row)
    return About((f"Section: {view.title}.",), parts={"view": view})


def _meeting_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("meets_on", "The day of the meeting", Kind.DAY, ask="-"),
        Field("place", "Where and when it meets", ask="Say where and when it meets"),
        Field("comments_until", "Comments are taken until", Kind.DAY),
    )


def _refer(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    review.refer_to_committee(
        work, row, values["meets_on"], values["place"], desk.now, comments_until=values["comments_until"]
    )


def _options(row: CaseRow) -> tuple[tuple[str, str], ...]:
    possible = application_type(row.application_type).decisions
    return tuple((one.value, decision_words(one.value).capitalize()) for one in Decision if one in possible)


def _committee_fields(_desk: Desk, _work: Work, row: CaseRow) -> Sequence[Field]:
    return (
        Field(
            "decision", "What the committee decided", Kind.RADIOS, ask="Select what it decided", options=_options(row)
        ),
        Field("resolution", "Its resolution, as minuted", Kind.TEXT, ask="Write the resolution"),
    )


def _record_committee(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    review.record_committee(work, row, Decision(values["decision"]), values["resolution"], desk.now)


def _decide_fields(_desk: Desk, _work: Work, row: CaseRow) -> Sequence[Field]:
    hint = (
        "Leave it empty to give the reasons that were recommended. One reason a paragraph, with an empty line between"
    )
    return (
        Field("decision", "The decision", Kind.RADIOS, ask="Select the decision", options=_options(row)),
        Field("reasons", "Reasons of your own", Kind.TEXT, hint=hint),
    )


def _likely(_desk: Desk, _work: Work, row: CaseRow) -> Values:
    recommended = None if row.recommendation is None else row.recommendation["decision"]
    return {"decision": row.decision or row.committee_decision or recommended}


def _decide(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    own = _own_reasons(values)
    decision = Decision(values["decision"])
    conditions = () if decision is Decision.REFUSED else None
    deciding.decide_case(work, row, decision, plans_of(work, row), desk.now, reasons=own or None, conditions=conditions)


def _drafted(desk: Desk, work: Work, row: CaseRow) -> dict[str, Any]:
    """The notice as recommended, before the decision; nothing where it cannot be drafted yet."""
    if row.decision is not None:
        return {}
    try:
        return _foreseen(desk, work, row, {})
    except InputRefused:
        return {}


def _own_reasons(values: Values) -> tuple[str, ...]:
    return tuple(part.strip() for part in values.get("reasons", "").split("\n\n") if part.strip())


def _foreseen(desk: Desk, work: Work, row: CaseRow, values: Values) -> dict[str, Any]:
    """The notice as it would be issued today."""
    if row.recommendation is None:
        return {}
    decision = Decision(values["decision"]) if values.get("decision") else None
    reasons = _own_reasons(values) or None
    draft = deciding.draft_notice(work, row, plans_of(work, row), desk.now, decision=decision, reasons=reasons)
    return {"notice": draft, "in_words": in_words}


def _about_deciding(desk: Desk, _work: Work, row: CaseRow) -> About:
    why = why_not(row, desk.access, ActName.DECIDE, desk.now.on)
    if why:
        return About(cannot=f"It cannot be decided now. {why}")
    return About(("This issues the decision notice and tells the applicant.",))


def _appeal_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("lodged_on", "Lodged on", Kind.DAY, ask="-"),
        Field("reason", "Grounds of the appeal", Kind.TEXT, ask="Write the grounds"),
        Field("inspectorate_reference", "Reference of the Planning Inspectorate", longest=100),
    )


def _lodge(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    reference = values["inspectorate_reference"]
    appeal.lodge_appeal(work, row, values["lodged_on"], values["reason"], desk.now, inspectorate_reference=reference)


def _outcome_fields(_desk: Desk, _work: Work, _row: CaseRow) -> Sequence[Field]:
    return (
        Field("outcome", "How it ended", Kind.RADIOS, ask="Select how it ended", options=_OUTCOMES),
        Field("outcome_on", "The day of the appeal decision", Kind.DAY, ask="-"),
        Field("comment", "Comment", Kind.TEXT),
    )


def _end_appeal(desk: Desk, work: Work, row: CaseRow, values: Values) -> None:
    appeal.record_outcome(work, row, values["outcome"], values["outcome_on"], desk.now, comment=values["comment"])


def _about_committee(_desk: Desk, work: Work, row: CaseRow) -> About:
    meeting = store.meeting_of(work, row)
    return About() if meeting is None else About((f"It meets on {in_words(meeting.meets_on)}, {meeting.place}.",))


add_tasks(
    router,
    Task("review/send-back", "Send the recommendation back", "Send it back", "The recommendation has been sent back.",
         lambda d, w, row, _v: review.send_back(w, row, d.now), back="review"),
    Task("review/committee", "Send the case to committee", "Send it to committee", "The case goes to committee.",
         _refer, back="review", fields=_meeting_fields),
    Task("review/committee-decision", "Write down what the committee decided", "Save",
         "The committee's decision has been kept.", _record_committee, back="review",
         fields=_committee_fields, about=_about_committee),
    Task("review/decide", "Decide", "Decide and issue the notice", "The case is decided and the notice issued.",
         _decide, back="review", fields=_decide_fields, filled=_likely, about=_about_deciding,
         template="casework/decide.html", preview=_foreseen),
    Task("review/sections/{key}", "Review a section", "Save the verdict", "Your verdict has been kept.",
         _judge, back="review", fields=_judging, filled=_judged_now, about=_about_section,
         template="casework/judge.html"),
    Task("appeal", "Write down an appeal", "Keep the appeal", "The appeal has been kept.",
         _lodge, back="review", fields=_appeal_fields),
    Task("appeal-outcome", "Write down how the appeal ended", "Save", "It has been kept how the appeal ended.",
         _end_appeal, back="review", fields=_outcome_fields),
)  # fmt: skip  # one page a paragraph

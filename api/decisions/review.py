"""Recommending a decision and judging the recommendation, section by section; the committee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from api.cases.acting import Moment, act_on
from api.cases.facts import case_of, write_back
from api.cases.tables import CaseRow
from api.core import audit
from api.core.db import Work
from api.decisions import store
from api.decisions.assessment import check_content, put_section
from api.decisions.content import Content, Finding, Section, TimeFinding
from api.decisions.tables import CommitteeMeetingRow, SectionReviewRow
from api.decisions.telling import tell_meeting
from bopsgis.errors import ActRefused, InputRefused, NotAllowed
from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import CaseStatus, Decision, Recommendation, Role, SectionReview
from bopsgis.planning.decision import Condition, DecisionContent, decide
from bopsgis.planning.lifecycle import ActName

__all__ = [
    "content_to_issue",
    "recommend",
    "record_committee",
    "refer_to_committee",
    "review_section",
    "send_back",
    "take_back",
]

_REVIEWED_IN = frozenset({CaseStatus.AWAITING_REVIEW, CaseStatus.AT_COMMITTEE})


def content_to_issue(
    work: Work,
    row: CaseRow,
    decision: Decision,
    reasons: Sequence[str],
    conditions: Sequence[Condition] | None = None,
) -> DecisionContent:
    """What a notice with this decision would say, with the assessed conditions where none are given.

    Raises InputRefused for what cannot be issued.
    """
    assessed = store.content_of(work, row, Section.CONDITIONS) if conditions is None else conditions
    informatives = store.content_of(work, row, Section.INFORMATIVES)
    kind = application_type(row.application_type)
    return decide(kind, decision, conditions=assessed, reasons=reasons, informatives=informatives)


def recommend(
    work: Work,
    row: CaseRow,
    decision: Decision,
    reasons: Sequence[str],
    moment: Moment,
    *,
    to_committee: bool = False,
) -> CaseRow:
    """Recommend a decision to the reviewer.

    What could not be issued is not recommended. Sections that a reviewer accepted and nobody has written
    since stay accepted. Raises InputRefused and ActRefused.
    """
    open_paragraphs = [
        f"{one.class_name} {one.paragraph}".strip()
        for one in store.content_of(work, row, Section.GPDO)
        if one.finding is Finding.TO_BE_DETERMINED
    ]
    if open_paragraphs:
        raise InputRefused(f"Still to be determined: {', '.join(open_paragraphs)}.", code="gpdo_undetermined")
    claims = store.content_of(work, row, Section.IMMUNITY)
    if any(one.finding is TimeFinding.TO_BE_DETERMINED for one in claims):
        raise InputRefused("Whether it is immune from enforcement is still to be determined.", code="immunity_open")
    content_to_issue(work, row, decision, reasons)
    recommendation = Recommendation(
        decision=decision,
        reasons=tuple(reasons),
        recommended_by=work.access.actor,
        recommended_on=moment.on,
        to_committee=to_committee,
        reviews=_still_accepted(work, row),
    )
    told = {"decision": decision.value, "to_committee": to_committee}
    return act_on(work, row, ActName.RECOMMEND, moment, {"recommendation": recommendation}, detail=told)


def _still_accepted(work: Work, row: CaseRow) -> tuple[tuple[str, SectionReview, str], ...]:
    written = store.sections(work, row)
    return tuple(
        (section.value, SectionReview(review.verdict), review.comment)
        for section, review in store.latest_reviews(work, row).items()
        if review.verdict != SectionReview.SENT_BACK.value
        and section in written
        and written[section].revision == review.revision
    )


def take_back(work: Work, row: CaseRow, moment: Moment) -> CaseRow:
    """Take a recommendation back before it is decided on."""
    return act_on(work, row, ActName.TAKE_BACK_RECOMMENDATION, moment)


def review_section(
    work: Work,
    row: CaseRow,
    section: Section,
    verdict: SectionReview,
    moment: Moment,
    *,
    comment: str = "",
    content: Content | None = None,
) -> SectionReviewRow:
    """Judge one section of a recommended case; a later verdict on the same section replaces this one.

    `content` is what the reviewer writes in its place, for `edited_and_accepted`. The case officer sees a
    section that is sent back once the whole recommendation is (`send_back`). Raises NotAllowed, ActRefused
    and InputRefused.
    """
    recommendation = _under_review(work, row)
    _check_verdict(section, verdict, comment, content)
    kept = store.section(work, row, section)
    before = kept.content if kept is not None and content is not None else None
    if content is not None:
        check_content(row, section, content)
        kept = put_section(work, row, section, content, moment)
    review = SectionReviewRow(
        council_id=row.council_id,
        case_id=row.id,
        section=section.value,
        revision=0 if kept is None else kept.revision,
        verdict=verdict.value,
        comment=comment.strip(),
        before=before,
        by=work.access.actor,
        at=moment.at,
    )
    work.session.add(review)
    others = tuple(one for one in recommendation.reviews if one[0] != section.value)
    reviews = (*others, (section.value, verdict, comment.strip()))
    write_back(replace(case_of(row), recommendation=replace(recommendation, reviews=reviews)), row)
    row.updated_at = moment.at
    told = {"role": Role.REVIEWER.value, "section": section.value, "verdict": verdict.value}
    audit.record(work, "review_section", moment.at, case_id=row.id, detail=told)
    work.session.flush()
    return review


def _under_review(work: Work, row: CaseRow) -> Recommendation:
    """The recommendation that the actor may judge."""
    if Role.REVIEWER not in work.access.roles:
        raise NotAllowed("“Review section” is for the reviewer.", code="wrong_role")
    case = case_of(row)
    if case.status not in _REVIEWED_IN or case.recommendation is None:
        raise ActRefused(f"A case that is {case.status.in_words} has nothing to review.", code="wrong_status")
    if case.recommendation.recommended_by == work.access.actor:
        raise ActRefused("You recommended this, so somebody else has to review it.", code="second_pair_of_eyes")
    return case.recommendation


def _check_verdict(section: Section, verdict: SectionReview, comment: str, content: Content | None) -> None:
    if verdict is SectionReview.SENT_BACK and not comment.strip():
        raise InputRefused(f"Say why you send back: {section.in_words}.", code="comment_missing")
    if (verdict is SectionReview.EDITED_AND_ACCEPTED) != (content is not None):
        raise InputRefused(
            "A section that was edited comes with what it now says, and only that one does.", code="content_mismatch"
        )
    if content is not None and section is Section.RECOMMENDATION:
        raise InputRefused(
            "A recommendation is not edited by its reviewer.",
            code="section_refused",
            hint="Send it back, or decide otherwise with reasons of your own.",
        )


def send_back(work: Work, row: CaseRow, moment: Moment) -> CaseRow:
    """Give the case back to the case officer, with the sections that were sent back and why."""
    recommendation = case_of(row).recommendation
    told = {"sections": [] if recommendation is None else list(recommendation.sent_back)}
    return act_on(work, row, ActName.SEND_BACK, moment, {"recommendation": recommendation}, detail=told)


def refer_to_committee(
    work: Work, row: CaseRow, meets_on: date, place: str, moment: Moment, *, comments_until: date | None = None
) -> CommitteeMeetingRow:
    """Send a recommended case to a meeting of the planning committee, today or later.

    Applicant and agent, and everybody who commented on the case, are told when and where it meets.
    """
    if meets_on < moment.on:
        raise InputRefused(f"{in_words(meets_on)} is past: give the day of a meeting to come.", code="meeting_past")
    if comments_until is not None and comments_until > meets_on:
        raise InputRefused("Comments are taken until the meeting at the latest.", code="comments_after_meeting")
    told = {"meets_on": meets_on, "place": place}
    act_on(work, row, ActName.REFER_TO_COMMITTEE, moment, detail=told)
    row.committee_decision = None
    meeting = CommitteeMeetingRow(
        council_id=row.council_id, case_id=row.id, meets_on=meets_on, place=place, comments_until=comments_until
    )
    work.session.add(meeting)
    tell_meeting(work, row, meeting, moment)
    work.session.flush()
    return meeting


def record_committee(work: Work, row: CaseRow, decision: Decision, resolution: str, moment: Moment) -> CaseRow:
    """Write down what the committee decided; the notice can say nothing else."""
    meeting = store.meeting_of(work, row)
    if meeting is not None and moment.on < meeting.meets_on:
        raise InputRefused(f"The committee meets on {in_words(meeting.meets_on)}.", code="committee_not_met")
    told = {"decision": decision.value, "resolution": resolution}
    act_on(work, row, ActName.RECORD_COMMITTEE, moment, {"committee_decision": decision}, detail=told)
    if meeting is not None:
        meeting.decision, meeting.resolution = decision.value, resolution
        meeting.recorded_by, meeting.recorded_at = work.access.actor, moment.at
    work.session.flush()
    return row

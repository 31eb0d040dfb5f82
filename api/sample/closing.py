"""The second half of a sample case: assessment, recommendation, review, committee, decision, appeal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from api.cases import service as cases
from api.cases.acting import Moment
from api.consultations import publicity, representations
from api.consultations import store as consultation_store
from api.decisions import appeal, assessment, deciding, review
from api.decisions import store as decision_store
from api.decisions.content import Consideration, Content, Finding, GpdoParagraph, PolicyReference, Section
from api.decisions.plans import plans_of
from api.sample.requesting import ask_for_time
from api.sample.stage import CaseOnStage
from bopsgis.planning.application_types import application_type, families
from bopsgis.planning.calendar import england
from bopsgis.planning.case import CaseStatus, Decision, Role, SectionReview
from bopsgis.planning.decision import Condition, Informative

__all__ = ["close_case"]

S = CaseStatus
_BEFORE_ASSESSMENT = frozenset({S.RECEIVED, S.INVALID, S.RETURNED, S.VALID, S.IN_CONSULTATION})
_ENDED = frozenset({S.WITHDRAWN, S.CLOSED})
_VISIT_AFTER, _ASSESS_AFTER, _RECOMMEND_AFTER, _REVIEW_AFTER = 15, 19, 33, 37
_ENDS_AFTER = {S.WITHDRAWN: 30, S.CLOSED: 200}
_GOVERNMENT = "The council worked with the applicant in a positive way, as national policy asks it to."
_PLACE = "Sample Town Hall, Thistleford"


def close_case(case: CaseOnStage) -> Iterator[datetime]:
    """The rest of a case that is valid, as far as it has come."""
    stage = case.script.stage
    if stage in _BEFORE_ASSESSMENT:
        return
    if stage in _ENDED:
        yield from _end(case)
        return
    yield from _assess(case)
    if stage is S.APPEALED and case.script.decision is None:
        yield from _appeal(case)
        return
    if stage is S.BEING_ASSESSED and not case.script.sent_back:
        return
    yield from _recommend(case)
    yield from _review(case)
    if stage in {S.DECIDED, S.APPEALED}:
        yield from _decide(case)
    if stage is S.APPEALED:
        yield from _appeal(case)


def _on(case: CaseOnStage, days: int) -> date:
    return case.after(case.script.valid_after + days)


def _end(case: CaseOnStage) -> Iterator[datetime]:
    moment = case.watch.to(_on(case, _ENDS_AFTER[case.script.stage]))
    yield moment.at
    if case.script.stage is S.WITHDRAWN:
        cases.withdraw(case.stage.acting(Role.ASSESSOR), case.row, case.script.ended_because, moment)
    else:
        cases.close(case.stage.acting(Role.REVIEWER), case.row, case.script.ended_because, moment)


def _assess(case: CaseOnStage) -> Iterator[datetime]:
    moment = case.watch.to(_on(case, _VISIT_AFTER))
    yield moment.at
    work, row = case.stage.acting(Role.ASSESSOR), case.row
    seen = "Walked round the site and looked at it from the street and from the neighbours' side."
    assessment.record_visit(work, row, moment.on, seen, moment, place=row.address)
    moment = case.watch.to(_on(case, _ASSESS_AFTER))
    yield moment.at
    for section, content in _sections(case).items():
        assessment.write_section(work, row, section, content, moment)
    if case.script.extended_by and row.determination_deadline is not None:
        until = row.determination_deadline + timedelta(days=case.script.extended_by)
        cases.extend_time(work, row, until, "Agreed by e-mail with the agent.", moment)
    yield from ask_for_time(case, _on(case, _RECOMMEND_AFTER))


def _sections(case: CaseOnStage) -> dict[Section, Content]:
    script, row, work = case.script, case.row, case.stage.work
    family = families()[application_type(row.application_type).family]
    responses = consultation_store.responses(work, row)
    counts = representations.counts_of(consultation_store.representations(work, row))
    told = ", ".join(f"{number} {sentiment}" for sentiment, number in counts.by_sentiment.items())
    sections: dict[Section, Content] = {
        Section.SUMMARY_OF_WORKS: f"{script.proposal}.",
        Section.SITE_DESCRIPTION: f"The site is {row.address}, {case.place.site.area_m2:,.0f} square metres.",
        Section.CONSULTATION_SUMMARY: f"{len(responses)} consultees answered.",
    }
    if family.neighbours:
        sections[Section.NEIGHBOUR_SUMMARY] = f"{counts.total} representations: {told}."
        sections[Section.AMENITY] = "Light, outlook and privacy of the houses round the site were looked at."
    if script.gpdo:
        sections[Section.GPDO] = tuple(
            GpdoParagraph(one.part, one.class_name, one.paragraph, Finding(one.finding), one.comment)
            for one in script.gpdo
        )
    if script.assessment and family.assessed_against_policies:
        policies = tuple(PolicyReference(**one) for one in case.stage.script.policies)
        sections[Section.CONSIDERATIONS] = (
            Consideration("Design and amenity", policies, script.assessment, "See the recommendation."),
        )
    elif script.assessment:
        sections[Section.ADDITIONAL_EVIDENCE] = script.assessment
    if script.decision in {Decision.GRANTED, Decision.SPLIT}:
        sections[Section.CONDITIONS] = _conditions(case)
    if script.decision is not None:
        sections[Section.INFORMATIVES] = (Informative("How this was decided", _GOVERNMENT),)
    return sections


def _conditions(case: CaseOnStage) -> tuple[Condition, ...]:
    plans = tuple(f"{plan.title} ({plan.number})" for plan in plans_of(case.stage.work, case.row))
    library = case.stage.script.conditions
    own = [library[key] for key in case.script.conditions]
    usual = assessment.propose_conditions(case.row, plans)
    return (*usual, *(Condition(one.title, one.text, one.reason) for one in own))


def _recommend(case: CaseOnStage) -> Iterator[datetime]:
    moment = case.watch.to(_on(case, _RECOMMEND_AFTER))
    yield moment.at
    assert case.script.decision is not None  # noqa: S101  # a case that gets so far says what is recommended
    review.recommend(
        case.stage.acting(Role.ASSESSOR),
        case.row,
        case.script.decision,
        case.script.reasons,
        moment,
        to_committee=case.script.committee,
    )


def _review(case: CaseOnStage) -> Iterator[datetime]:
    if case.script.stage is S.AWAITING_REVIEW:
        return
    moment = case.watch.to(_on(case, _REVIEW_AFTER))
    yield moment.at
    work, row = case.stage.acting(Role.REVIEWER), case.row
    for section in decision_store.sections(work, row):
        back = case.script.sent_back and section is Section.SUMMARY_OF_WORKS
        verdict = SectionReview.SENT_BACK if back else SectionReview.ACCEPTED
        review.review_section(work, row, section, verdict, moment, comment=case.script.sent_back if back else "")
    if case.script.sent_back:
        review.send_back(work, row, moment)
    elif case.script.committee:
        yield from _committee(case, moment)


def _committee(case: CaseOnStage, moment: Moment) -> Iterator[datetime]:
    work, row = case.stage.acting(Role.REVIEWER), case.row
    if case.script.stage is S.AT_COMMITTEE:
        coming = england().add_working_days(case.stage.today, 6)
        review.refer_to_committee(work, row, coming, _PLACE, moment, comments_until=coming - timedelta(days=2))
        return
    meeting = england().add_working_days(moment.on, 8)
    review.refer_to_committee(work, row, meeting, _PLACE, moment)
    moment = case.watch.to(meeting)
    yield moment.at
    decision = case.script.decision
    assert decision is not None  # noqa: S101  # recommended before
    resolved = f"Resolved as recommended: {decision.value}."
    review.record_committee(case.stage.acting(Role.REVIEWER), row, decision, resolved, moment)


def _decide(case: CaseOnStage) -> Iterator[datetime]:
    work, row = case.stage.acting(Role.REVIEWER), case.row
    publicity.refresh(work, row)
    wanted = _on(case, _REVIEW_AFTER + 2)
    moment = case.watch.to(max(wanted, row.earliest_decision or wanted))
    yield moment.at
    decision = case.script.decision
    assert decision is not None  # noqa: S101  # recommended before
    deciding.decide_case(work, row, decision, plans_of(work, row), moment)


def _appeal(case: CaseOnStage) -> Iterator[datetime]:
    row = case.row
    after = row.decided_on or row.determination_deadline
    assert after is not None  # noqa: S101  # decided, or of a type with a deadline
    moment = case.watch.to(after + timedelta(days=20))
    yield moment.at
    work = case.stage.acting(Role.ASSESSOR)
    number = f"APP/SAMPLE/{case.number:04d}"
    appeal.lodge_appeal(work, row, moment.on, case.script.appeal, moment, inspectorate_reference=number)
    if case.script.outcome:
        moment = case.watch.to(moment.on + timedelta(days=60))
        yield moment.at
        appeal.record_outcome(work, row, case.script.outcome, moment.on, moment, comment="The inspector agreed.")

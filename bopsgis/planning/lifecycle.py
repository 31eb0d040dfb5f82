"""The life of a case as one table: which act is open in which status, to whom, and where it leads.

`apply(case, act, on)` is pure: it returns the changed case and the events that follow, or raises
`ActRefused` with the reason. Services carry the events out. Every triple (status, act, role) has an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from bopsgis.errors import ActRefused
from bopsgis.planning import guards
from bopsgis.planning.case import Case, CaseStatus, Role

__all__ = ["RULES", "UNDECIDED", "Act", "ActName", "Event", "Rule", "apply", "open_acts", "refusal"]

S = CaseStatus

UNDECIDED = frozenset(
    {S.RECEIVED, S.INVALID, S.VALID, S.IN_CONSULTATION, S.BEING_ASSESSED, S.AWAITING_REVIEW, S.AT_COMMITTEE}
)
"""Statuses of a case that is still to be decided, returned or withdrawn."""
LIVE = UNDECIDED - {S.RECEIVED, S.INVALID}
OPEN_TO_WORK = frozenset({S.VALID, S.IN_CONSULTATION, S.BEING_ASSESSED})
OFFICERS = frozenset({Role.ASSESSOR, Role.REVIEWER})


class ActName(StrEnum):
    """Everything that can be done to a case."""

    ASK_FOR = "ask_for"
    ANSWER_REQUEST = "answer_request"
    INVALIDATE = "invalidate"
    RESUBMIT = "resubmit"
    VALIDATE = "validate"
    PUBLICISE = "publicise"
    CONSULT = "consult"
    RECORD_RESPONSE = "record_response"
    RECORD_REPRESENTATION = "record_representation"
    ASSESS = "assess"
    RECOMMEND = "recommend"
    TAKE_BACK_RECOMMENDATION = "take_back_recommendation"
    SEND_BACK = "send_back"
    REFER_TO_COMMITTEE = "refer_to_committee"
    RECORD_COMMITTEE = "record_committee"
    DECIDE = "decide"
    EXTEND_TIME = "extend_time"
    CHANGE_BOUNDARY = "change_boundary"
    OVERRIDE_CONSTRAINT = "override_constraint"
    ADD_DOCUMENT = "add_document"
    RECORD_FEE = "record_fee"
    ASSIGN = "assign"
    NOTE = "note"
    RETURN = "return"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    APPEAL = "appeal"
    RECORD_APPEAL_OUTCOME = "record_appeal_outcome"

    @property
    def in_words(self) -> str:
        """The act as it is written for people."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Act:
    """One act: what is done, by whom, in which role, with what."""

    name: ActName
    actor: str
    role: Role
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case, for the audit and for services to carry out."""

    name: str
    on: date
    actor: str
    role: Role
    fields: Mapping[str, Any]


Guard = Callable[[Case, Mapping[str, Any], str, date], str | None]
"""(case, the act's fields, actor, day) -> the reason for refusing, or None."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When an act is open: in which statuses, to which roles, under which guards, and where it leads.

    `to` None leaves the status as it is, and so does a status of `keeps`: consultation goes on beside
    assessment and does not take a case back. `sets` names the fields of the act that become facts of the case.
    """

    statuses: frozenset[CaseStatus]
    roles: frozenset[Role]
    to: CaseStatus | None = None
    guards: tuple[Guard, ...] = ()
    sets: tuple[str, ...] = ()
    keeps: frozenset[CaseStatus] = frozenset()


def _rule(
    statuses: frozenset[CaseStatus] | set[CaseStatus],
    roles: frozenset[Role] | set[Role],
    to: CaseStatus | None = None,
    *rule_guards: Guard,
    sets: tuple[str, ...] = (),
    keeps: frozenset[CaseStatus] = frozenset(),
) -> Rule:
    return Rule(frozenset(statuses), frozenset(roles), to, rule_guards, sets, keeps)


RULES: Mapping[ActName, Rule] = {
    ActName.ASK_FOR: _rule(UNDECIDED - {S.AWAITING_REVIEW, S.AT_COMMITTEE}, OFFICERS, None, guards.reason),
    ActName.ANSWER_REQUEST: _rule(UNDECIDED, {Role.APPLICANT, Role.SYSTEM, *OFFICERS}),
    ActName.INVALIDATE: _rule({S.RECEIVED}, OFFICERS, S.INVALID, guards.something_asked),
    ActName.RESUBMIT: _rule({S.INVALID}, {Role.APPLICANT, *OFFICERS}, S.RECEIVED, guards.nothing_open),
    ActName.VALIDATE: _rule(
        {S.RECEIVED}, OFFICERS, S.VALID, guards.complete, guards.nothing_open, guards.valid_date, sets=("valid_on",)
    ),
    ActName.PUBLICISE: _rule(OPEN_TO_WORK, OFFICERS, S.IN_CONSULTATION, keeps=frozenset({S.BEING_ASSESSED})),
    ActName.CONSULT: _rule(OPEN_TO_WORK, OFFICERS, S.IN_CONSULTATION, keeps=frozenset({S.BEING_ASSESSED})),
    ActName.RECORD_RESPONSE: _rule(LIVE, {Role.CONSULTEE, *OFFICERS}),
    ActName.RECORD_REPRESENTATION: _rule(LIVE, {Role.PUBLIC, *OFFICERS}),
    ActName.ASSESS: _rule(OPEN_TO_WORK, OFFICERS, S.BEING_ASSESSED),
    ActName.RECOMMEND: _rule(
        {S.BEING_ASSESSED},
        {Role.ASSESSOR},
        S.AWAITING_REVIEW,
        guards.nothing_open,
        guards.recommendation_complete,
        sets=("recommendation",),
    ),
    ActName.TAKE_BACK_RECOMMENDATION: _rule({S.AWAITING_REVIEW}, {Role.ASSESSOR}, S.BEING_ASSESSED),
    ActName.SEND_BACK: _rule(
        {S.AWAITING_REVIEW, S.AT_COMMITTEE},
        {Role.REVIEWER},
        S.BEING_ASSESSED,
        guards.sections_sent_back,
        sets=("recommendation",),
    ),
    ActName.REFER_TO_COMMITTEE: _rule(
        {S.AWAITING_REVIEW}, {Role.REVIEWER}, S.AT_COMMITTEE, guards.committee_recommended
    ),
    ActName.RECORD_COMMITTEE: _rule(
        {S.AT_COMMITTEE}, OFFICERS, None, guards.decision_possible, sets=("committee_decision",)
    ),
    ActName.DECIDE: _rule(
        {S.AWAITING_REVIEW, S.AT_COMMITTEE},
        {Role.REVIEWER},
        S.DECIDED,
        guards.decision_possible,
        guards.second_pair_of_eyes,
        guards.review_accepted,
        guards.publicity_given,
        guards.comments_heard,
        guards.committee_has_decided,
        sets=("decision",),
    ),
    ActName.EXTEND_TIME: _rule(LIVE, OFFICERS, None, guards.later_deadline, sets=("determination_deadline",)),
    ActName.CHANGE_BOUNDARY: _rule(UNDECIDED, {Role.APPLICANT, Role.SYSTEM, *OFFICERS}),
    ActName.OVERRIDE_CONSTRAINT: _rule(UNDECIDED, OFFICERS, None, guards.reason),
    ActName.ADD_DOCUMENT: _rule(frozenset(S), {Role.APPLICANT, *OFFICERS}),
    # Money is given back on cases that are over, too.
    ActName.RECORD_FEE: _rule(frozenset(S), OFFICERS),
    ActName.ASSIGN: _rule(
        UNDECIDED, {Role.ADMINISTRATOR, *OFFICERS}, None, guards.officer_named, sets=("case_officer",)
    ),
    ActName.NOTE: _rule(frozenset(S), {Role.ADMINISTRATOR, *OFFICERS}),
    ActName.RETURN: _rule({S.RECEIVED, S.INVALID}, OFFICERS, S.RETURNED, guards.reason),
    ActName.WITHDRAW: _rule(UNDECIDED, {Role.APPLICANT, *OFFICERS}, S.WITHDRAWN, guards.reason),
    ActName.CLOSE: _rule(UNDECIDED, {Role.REVIEWER, Role.ADMINISTRATOR}, S.CLOSED, guards.reason),
    ActName.APPEAL: _rule(LIVE | {S.DECIDED}, OFFICERS, S.APPEALED, guards.appealable, sets=("appeal_lodged_on",)),
    ActName.RECORD_APPEAL_OUTCOME: _rule(
        {S.APPEALED}, OFFICERS, None, guards.appeal_outcome_named, sets=("appeal_outcome",)
    ),
}


def refusal(case: Case, act: Act, on: date) -> ActRefused | None:
    """Why `act` may not be done to `case` on the day `on`, or None where it may."""
    rule = RULES[act.name]
    if case.status not in rule.statuses:
        return ActRefused(f"This cannot be done while the case is {case.status.in_words}.", code="wrong_status")
    if act.role not in rule.roles:
        allowed = " or ".join(sorted(role.value for role in rule.roles))
        return ActRefused(f"“{act.name.in_words.capitalize()}” is for the {allowed}.", code="wrong_role")
    for guard in rule.guards:
        if (why := guard(case, act.fields, act.actor, on)) is not None:
            return ActRefused(why, code=guard.__name__)
    return None


def apply(case: Case, act: Act, on: date) -> tuple[Case, tuple[Event, ...]]:
    """The case after `act` on the day `on`, and what happened.

    Raises ActRefused, with a code and a sentence, where the act is not open; the case is then unchanged.
    """
    refused = refusal(case, act, on)
    if refused is not None:
        raise refused
    rule = RULES[act.name]
    changes: dict[str, Any] = {name: act.fields[name] for name in rule.sets}
    if rule.to is not None and case.status not in rule.keeps:
        changes["status"] = rule.to
    if act.name is ActName.DECIDE:
        changes |= {"decided_on": on, "decided_by": act.actor}
    if rule.to in {S.RETURNED, S.WITHDRAWN, S.CLOSED}:
        changes["ended_because"] = act.fields["reason"]
    event = Event(act.name.value, on, act.actor, act.role, dict(act.fields))
    return replace(case, **changes), (event,)


def open_acts(case: Case, role: Role) -> tuple[ActName, ...]:
    """The acts that the table opens to `role` in the case's status; guards may still refuse them."""
    return tuple(name for name, rule in RULES.items() if case.status in rule.statuses and role in rule.roles)

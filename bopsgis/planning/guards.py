"""Conditions under which an act is refused. Each returns the reason in words, or None; its name is the code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bopsgis.planning.calendar import in_words
from bopsgis.planning.case import Case, CaseStatus, Decision, Recommendation

__all__ = [
    "appeal_outcome_named",
    "appealable",
    "comments_heard",
    "committee_has_decided",
    "committee_recommended",
    "complete",
    "decision_possible",
    "later_deadline",
    "nothing_open",
    "officer_named",
    "publicity_given",
    "reason",
    "recommendation_complete",
    "review_accepted",
    "second_pair_of_eyes",
    "sections_sent_back",
    "something_asked",
    "valid_date",
]

Fields = Mapping[str, Any]

APPEAL_OUTCOMES = ("allowed", "dismissed", "split", "withdrawn")


def reason(_case: Case, fields: Fields, _actor: str, _on: date) -> str | None:
    """A reason is given in words."""
    return None if str(fields.get("reason", "")).strip() else "Give a reason."


def something_asked(case: Case, _fields: Fields, _actor: str, _on: date) -> str | None:
    """An application is made invalid only by saying what is wrong with it."""
    return None if case.open_requests else "Ask the applicant for what is missing first."


def nothing_open(case: Case, _fields: Fields, _actor: str, _on: date) -> str | None:
    """All requests to the applicant are answered or cancelled."""
    if not case.open_requests:
        return None
    one = case.open_requests == 1
    return f"{case.open_requests} request{'' if one else 's'} to the applicant {'is' if one else 'are'} still open."


def complete(case: Case, _fields: Fields, _actor: str, _on: date) -> str | None:
    """The application has a boundary and everything that its type requires."""
    if not case.has_boundary:
        return "The application has no site boundary."
    return f"Still missing: {', '.join(case.missing)}." if case.missing else None


def valid_date(case: Case, fields: Fields, _actor: str, on: date) -> str | None:
    """The valid date lies between receipt and today."""
    valid_on = fields.get("valid_on")
    if not isinstance(valid_on, date):
        return "Give the date on which the application became valid."
    if valid_on < case.received_on:
        return f"The application was received on {in_words(case.received_on)} and cannot be valid before that."
    return None if valid_on <= on else "The valid date cannot be in the future."


def recommendation_complete(case: Case, fields: Fields, _actor: str, _on: date) -> str | None:
    """The recommendation is one that this type allows, with reasons."""
    recommendation = fields.get("recommendation")
    if not isinstance(recommendation, Recommendation):
        return "Choose what you recommend."
    if recommendation.decision not in case.decisions_possible:
        return f"“{recommendation.decision.value}” cannot be decided on this type of application."
    return None if any(text.strip() for text in recommendation.reasons) else "Give reasons for the recommendation."


def sections_sent_back(_case: Case, fields: Fields, _actor: str, _on: date) -> str | None:
    """A reviewer who sends a recommendation back says which sections, and why."""
    recommendation = fields.get("recommendation")
    if not isinstance(recommendation, Recommendation) or not recommendation.sent_back:
        return "Say which sections you send back."
    silent = [
        section
        for section, _, comment in recommendation.reviews
        if section in recommendation.sent_back and not comment.strip()
    ]
    return f"Give a comment for: {', '.join(silent)}." if silent else None


def committee_recommended(case: Case, _fields: Fields, _actor: str, _on: date) -> str | None:
    """The case officer recommended that a committee decides."""
    if case.recommendation is not None and case.recommendation.to_committee:
        return None
    return "The recommendation does not ask for a committee."


def decision_possible(case: Case, fields: Fields, _actor: str, _on: date) -> str | None:
    """The decision is one that this type of application allows."""
    decision = fields.get("decision", fields.get("committee_decision"))
    if not isinstance(decision, Decision):
        return "Choose the decision."
    return (
        None
        if decision in case.decisions_possible
        else (f"“{decision.value}” cannot be decided on this type of application.")
    )


def second_pair_of_eyes(case: Case, _fields: Fields, actor: str, _on: date) -> str | None:
    """Nobody decides on their own recommendation."""
    if case.recommendation is None:
        return "There is no recommendation to decide on."
    return (
        "You recommended this decision, so somebody else has to make it."
        if (case.recommendation.recommended_by == actor)
        else None
    )


def review_accepted(case: Case, _fields: Fields, _actor: str, _on: date) -> str | None:
    """No section of the assessment is sent back."""
    sent_back = case.recommendation.sent_back if case.recommendation else ()
    return f"Sent back and not settled: {', '.join(sent_back)}." if sent_back else None


def publicity_given(case: Case, _fields: Fields, _actor: str, _on: date) -> str | None:
    """All publicity that the law requires has been given."""
    return f"Publicity still to be given: {', '.join(case.publicity_due)}." if case.publicity_due else None


def comments_heard(case: Case, _fields: Fields, _actor: str, on: date) -> str | None:
    """The council decides after every period for comments has ended, and not before."""
    if case.earliest_decision is None or on >= case.earliest_decision:
        return None
    return f"The periods for comments have not ended: the case may be decided from {in_words(case.earliest_decision)}."


def committee_has_decided(case: Case, fields: Fields, _actor: str, _on: date) -> str | None:
    """What a committee decided is what is issued."""
    if case.status is not CaseStatus.AT_COMMITTEE:
        return None
    if case.committee_decision is None:
        return "Record the committee's decision first."
    return (
        None
        if fields.get("decision") is case.committee_decision
        else (f"The committee decided “{case.committee_decision.value}”.")
    )


def later_deadline(case: Case, fields: Fields, _actor: str, _on: date) -> str | None:
    """An extension of time moves the deadline on."""
    until = fields.get("determination_deadline")
    if not isinstance(until, date):
        return "Give the date to which time is extended."
    if case.determination_deadline is not None and until <= case.determination_deadline:
        return f"The deadline is {in_words(case.determination_deadline)} already: give a later date."
    return None


def officer_named(_case: Case, fields: Fields, _actor: str, _on: date) -> str | None:
    """The act names the officer who gets the case."""
    return None if fields.get("case_officer") else "Choose an officer."


def appealable(case: Case, fields: Fields, _actor: str, on: date) -> str | None:
    """An appeal is against a decision, or because none was made in time; its date is not in the future."""
    lodged = fields.get("appeal_lodged_on")
    if not isinstance(lodged, date) or lodged > on:
        return "Give the date on which the appeal was lodged, today or earlier."
    if case.status is CaseStatus.DECIDED:
        too_early = case.decided_on is not None and lodged < case.decided_on
        return "The appeal cannot be older than the decision." if too_early else None
    deadline = case.determination_deadline
    if deadline is None or lodged <= deadline:
        return "Before a decision an appeal is possible only once the determination deadline has passed."
    return None


def appeal_outcome_named(_case: Case, fields: Fields, _actor: str, _on: date) -> str | None:
    """The outcome of an appeal is one of four."""
    return (
        None
        if fields.get("appeal_outcome") in APPEAL_OUTCOMES
        else (f"Choose the outcome of the appeal: {', '.join(APPEAL_OUTCOMES)}.")
    )

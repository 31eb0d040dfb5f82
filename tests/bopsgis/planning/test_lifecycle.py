"""The life of a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from bopsgis.errors import ActRefused
from bopsgis.planning.case import Case, CaseStatus, Decision, Recommendation, Role, SectionReview
from bopsgis.planning.lifecycle import Act, ActName, apply, open_acts, refusal
from bopsgis.planning.reference import CaseReference

TODAY = date(2026, 6, 1)
S = CaseStatus


def a_case(**facts: Any) -> Case:
    """A householder case received a month ago, with a boundary."""
    plain = Case(
        reference=CaseReference(26, 1, "HAPP"),
        application_type="pp.full.householder",
        status=S.RECEIVED,
        received_on=date(2026, 5, 1),
        decisions_possible=frozenset({Decision.GRANTED, Decision.REFUSED}),
        has_boundary=True,
    )
    return replace(plain, **facts)


GRANT = Recommendation(Decision.GRANTED, ("It accords with the plan.",), "officer-a", TODAY)


def do(case: Case, name: ActName, role: Role = Role.ASSESSOR, actor: str = "officer-a", **fields: Any) -> Case:
    """The case after one act."""
    return apply(case, Act(name, actor, role, fields), TODAY)[0]


def why_not(case: Case, name: ActName, role: Role = Role.ASSESSOR, actor: str = "officer-a", **fields: Any) -> str:
    """The code of the refusal of one act, which must be refused."""
    refused = refusal(case, Act(name, actor, role, fields), TODAY)
    assert refused is not None
    assert refused.message.endswith(".")
    return refused.code


def test_every_status_act_and_role_has_an_answer() -> None:
    """D08: all triples are either open by the table or refused with a code and a sentence; none falls through."""
    for status, name, role in product(S, ActName, Role):
        case = a_case(status=status)
        refused = refusal(case, Act(name, "x", role), TODAY)
        opened = name in open_acts(case, role)
        if not opened:
            assert refused is not None
            assert refused.code in {"wrong_status", "wrong_role"}
            assert len(refused.message) > 20


def test_a_case_goes_from_receipt_to_decision() -> None:
    """The ordinary way: valid, consultation, assessment, recommendation, decision by a second officer."""
    case = do(a_case(), ActName.VALIDATE, valid_on=date(2026, 5, 5))
    case = do(case, ActName.PUBLICISE)
    case = do(case, ActName.ASSESS)
    case = do(case, ActName.RECOMMEND, recommendation=GRANT)
    case = do(case, ActName.DECIDE, Role.REVIEWER, "officer-b", decision=Decision.GRANTED)
    assert (case.status, case.decision, case.decided_by) == (S.DECIDED, Decision.GRANTED, "officer-b")


def test_consultation_goes_on_beside_assessment() -> None:
    """A notice or a letter while the case is assessed does not take it back; a recommendation needs assessment."""
    case = do(do(a_case(status=S.VALID), ActName.ASSESS), ActName.PUBLICISE)
    assert do(case, ActName.CONSULT).status is S.BEING_ASSESSED
    assert why_not(a_case(status=S.IN_CONSULTATION), ActName.RECOMMEND, recommendation=GRANT) == "wrong_status"


def test_an_application_is_valid_only_when_complete() -> None:
    """No boundary, something missing, an open request or an impossible date each refuse validity."""
    dated = {"valid_on": date(2026, 5, 5)}
    assert why_not(a_case(has_boundary=False), ActName.VALIDATE, **dated) == "complete"
    assert why_not(a_case(missing=("fee",)), ActName.VALIDATE, **dated) == "complete"
    assert why_not(a_case(open_requests=1), ActName.VALIDATE, **dated) == "nothing_open"
    assert why_not(a_case(), ActName.VALIDATE, valid_on=date(2026, 4, 30)) == "valid_date"
    assert why_not(a_case(), ActName.VALIDATE, valid_on=TODAY + timedelta(days=1)) == "valid_date"


def test_no_decision_before_comments_have_been_heard() -> None:
    """The refusal names the day from which the case may be decided, and on that day it may."""
    waiting = a_case(status=S.AWAITING_REVIEW, recommendation=GRANT, earliest_decision=date(2026, 6, 2))
    act = Act(ActName.DECIDE, "officer-b", Role.REVIEWER, {"decision": Decision.GRANTED})
    refused = refusal(waiting, act, TODAY)
    assert refused is not None
    assert "2 June 2026" in refused.message
    assert apply(waiting, act, date(2026, 6, 2))[0].status is S.DECIDED


def test_nobody_decides_on_their_own_recommendation() -> None:
    """The officer who recommended cannot decide, whatever their roles."""
    waiting = a_case(status=S.AWAITING_REVIEW, recommendation=GRANT)
    code = why_not(waiting, ActName.DECIDE, Role.REVIEWER, "officer-a", decision=Decision.GRANTED)
    assert code == "second_pair_of_eyes"


def test_required_publicity_is_never_skipped() -> None:
    """A site notice that is still to be displayed stops the decision."""
    waiting = a_case(status=S.AWAITING_REVIEW, recommendation=GRANT, publicity_due=("site notice",))
    code = why_not(waiting, ActName.DECIDE, Role.REVIEWER, "officer-b", decision=Decision.GRANTED)
    assert code == "publicity_given"


def test_a_reviewer_sends_back_with_comments() -> None:
    """Sending back needs a section and a comment; the case is assessed again and cannot be decided meanwhile."""
    waiting = a_case(status=S.AWAITING_REVIEW, recommendation=GRANT)
    silent = replace(GRANT, reviews=(("conditions", SectionReview.SENT_BACK, " "),))
    spoken = replace(GRANT, reviews=(("conditions", SectionReview.SENT_BACK, "Add a time limit."),))
    assert why_not(waiting, ActName.SEND_BACK, Role.REVIEWER, recommendation=GRANT) == "sections_sent_back"
    assert why_not(waiting, ActName.SEND_BACK, Role.REVIEWER, recommendation=silent) == "sections_sent_back"
    assert do(waiting, ActName.SEND_BACK, Role.REVIEWER, recommendation=spoken).status is S.BEING_ASSESSED
    stuck = replace(waiting, recommendation=spoken)
    assert why_not(stuck, ActName.DECIDE, Role.REVIEWER, "officer-b", decision=Decision.GRANTED) == "review_accepted"


def test_a_committee_s_decision_is_the_one_issued() -> None:
    """At committee nothing is issued before its decision is recorded, nor anything else than it decided."""
    asked = replace(GRANT, to_committee=True)
    waiting = a_case(status=S.AWAITING_REVIEW, recommendation=asked)
    assert why_not(replace(waiting, recommendation=GRANT), ActName.REFER_TO_COMMITTEE, Role.REVIEWER) == (
        "committee_recommended"
    )
    there = do(waiting, ActName.REFER_TO_COMMITTEE, Role.REVIEWER)
    decide = (ActName.DECIDE, Role.REVIEWER, "officer-b")
    assert why_not(there, *decide, decision=Decision.GRANTED) == "committee_has_decided"
    overturned = do(there, ActName.RECORD_COMMITTEE, committee_decision=Decision.REFUSED)
    assert why_not(overturned, *decide, decision=Decision.GRANTED) == "committee_has_decided"
    assert do(overturned, *decide, decision=Decision.REFUSED).decision is Decision.REFUSED


def test_an_appeal_is_against_a_decision_or_for_want_of_one() -> None:
    """Before a decision an appeal needs the deadline to have passed."""
    decided = a_case(status=S.DECIDED, decision=Decision.REFUSED, decided_on=date(2026, 5, 20))
    assert do(decided, ActName.APPEAL, appeal_lodged_on=date(2026, 5, 25)).status is S.APPEALED
    assert why_not(decided, ActName.APPEAL, appeal_lodged_on=date(2026, 5, 19)) == "appealable"
    slow = a_case(status=S.BEING_ASSESSED, determination_deadline=date(2026, 5, 28))
    assert why_not(slow, ActName.APPEAL, appeal_lodged_on=date(2026, 5, 28)) == "appealable"
    assert do(slow, ActName.APPEAL, appeal_lodged_on=date(2026, 5, 29)).status is S.APPEALED


def test_a_refused_act_changes_nothing_and_raises() -> None:
    """`apply` raises what `refusal` gives, so no case is half changed."""
    with pytest.raises(ActRefused, match="closed"):
        do(a_case(status=S.CLOSED), ActName.WITHDRAW, reason="changed my mind")

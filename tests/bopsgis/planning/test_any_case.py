"""Whatever is done to a case, by whom and when: no way leads to a decision past one of its gates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from bopsgis.planning.application_types import application_type
from bopsgis.planning.calendar import england
from bopsgis.planning.case import Case, CaseStatus, Decision, Recommendation, Role, SectionReview
from bopsgis.planning.deadlines import due
from bopsgis.planning.lifecycle import RULES, Act, ActName, apply, open_acts, refusal
from bopsgis.planning.publicity import Means, still_due
from bopsgis.planning.reference import CaseReference
from bopsgis.planning.when import Application

TYPES = ("pp.full.householder", "pp.full.major", "listed", "ldc.proposed")
PERIODS = {
    Means.SITE_NOTICE: "representations-site-notice",
    Means.NEIGHBOUR_LETTER: "representations-neighbour-letter",
    Means.PRESS_NOTICE: "representations-press-notice",
    Means.WEBSITE: "representations-website",
    Means.APPLICANT_NOTICE: "representations-site-notice",
}
NEXT = {
    CaseStatus.RECEIVED: (ActName.VALIDATE, Role.ASSESSOR),
    CaseStatus.VALID: (ActName.ASSESS, Role.ASSESSOR),
    CaseStatus.IN_CONSULTATION: (ActName.ASSESS, Role.ASSESSOR),
    CaseStatus.BEING_ASSESSED: (ActName.RECOMMEND, Role.ASSESSOR),
    CaseStatus.AWAITING_REVIEW: (ActName.DECIDE, Role.REVIEWER),
    CaseStatus.AT_COMMITTEE: (ActName.DECIDE, Role.REVIEWER),
}
"""The ordinary next act: without it, random acts would hardly ever come near a decision."""

ACTORS = st.sampled_from(["officer-a", "officer-b"])


class AnyCase(RuleBasedStateMachine):
    """Random acts by random people on days that go on. What was publicised, and until when, is kept beside the case."""

    outcomes: ClassVar[Counter[str]] = Counter()
    """Over all runs: how often a case was decided, and how often a decision was refused under which code."""

    case: Case

    @initialize(code=st.sampled_from(TYPES), in_conservation_area=st.booleans())
    def receive(self, code: str, *, in_conservation_area: bool) -> None:
        """An application whose publicity follows from its type and its place."""
        self.day = date(2026, 6, 1)
        found = {"conservation-area": "present" if in_conservation_area else "absent"}
        self.application = Application(application_type(code), constraints=found)
        self.given: set[Means] = set()
        self.last_days: list[date] = []
        self.case = Case(
            reference=CaseReference(26, 1, "HAPP"),
            application_type=code,
            status=CaseStatus.RECEIVED,
            received_on=self.day,
            decisions_possible=self.application.type.decisions,
            has_boundary=True,
            publicity_due=still_due(self.application, ()),
        )

    @rule(days=st.integers(1, 30))
    def days_pass(self, days: int) -> None:
        """Nobody does anything."""
        self.day += timedelta(days=days)

    @precondition(lambda self: ActName.PUBLICISE in open_acts(self.case, Role.ASSESSOR))
    @rule(means=st.sampled_from(Means))
    def publicise(self, means: Means) -> None:
        """The application is made known, and a period for comments begins."""
        if self.attempt(ActName.PUBLICISE, Role.ASSESSOR, "officer-a", {}):
            self.given.add(means)
            self.begin_period(PERIODS[means])

    @precondition(lambda self: ActName.CONSULT in open_acts(self.case, Role.ASSESSOR))
    @rule()
    def consult(self) -> None:
        """A consultee is asked."""
        if self.attempt(ActName.CONSULT, Role.ASSESSOR, "officer-a", {}):
            self.begin_period("consultee-response")

    def begin_period(self, period: str) -> None:
        """What the service writes down after publicity: what is due, and from when the case may be decided."""
        self.last_days.append(due(period, self.day, england()).last_day)
        self.case = replace(
            self.case,
            publicity_due=still_due(self.application, self.given),
            earliest_decision=max(self.last_days) + timedelta(days=1),
        )

    @precondition(lambda self: self.case.status in NEXT)
    @rule(actor=ACTORS, decision=st.sampled_from([Decision.GRANTED, Decision.REFUSED, Decision.ADVICE]))
    def go_on(self, actor: str, decision: Decision) -> None:
        """Try the ordinary next act."""
        name, role = NEXT[self.case.status]
        self.attempt(name, role, actor, self.fields(decision, actor, committee=False))

    @rule(
        name=st.sampled_from(ActName),
        role=st.sampled_from(Role),
        actor=ACTORS,
        decision=st.sampled_from(Decision),
        committee=st.booleans(),
    )
    def do_anything(self, name: ActName, role: Role, actor: str, decision: Decision, *, committee: bool) -> None:
        """Try any act in any role; what begins a period has rules of its own."""
        if name not in {ActName.PUBLICISE, ActName.CONSULT}:
            self.attempt(name, role, actor, self.fields(decision, actor, committee=committee))

    def fields(self, decision: Decision, actor: str, *, committee: bool) -> dict[str, Any]:
        """Plausible fields for every act."""
        sent_back = (("conditions", SectionReview.SENT_BACK, "Add one."),)
        reviews = sent_back if self.case.status is CaseStatus.AWAITING_REVIEW else ()
        return {
            "reason": "because",
            "valid_on": self.day,
            "decision": decision,
            "committee_decision": decision,
            "recommendation": Recommendation(decision, ("r",), actor, self.day, committee, reviews),
            "determination_deadline": self.day + timedelta(days=30),
            "case_officer": actor,
            "appeal_lodged_on": self.day,
            "appeal_outcome": "allowed",
        }

    def attempt(self, name: ActName, role: Role, actor: str, fields: dict[str, Any]) -> bool:
        """Do an act where it is open; a decision has to have passed every gate, as this machine kept them."""
        before, act = self.case, Act(name, actor, role, fields)
        refused = refusal(before, act, self.day)
        if refused is not None:
            if name is ActName.DECIDE:
                self.outcomes[refused.code] += 1
            return False
        self.case, events = apply(before, act, self.day)
        assert len(events) == 1
        assert self.case.status in {RULES[name].to, before.status}
        if self.case.decision is not None and before.decision is None:
            self.outcomes["decided"] += 1
            assert still_due(self.application, self.given) == ()
            assert all(last < self.day for last in self.last_days)
            assert role is Role.REVIEWER
            assert before.valid_on is not None
            assert before.recommendation is not None
            assert before.recommendation.recommended_by != actor
            assert self.case.decision in self.application.type.decisions
        return True


def test_no_way_leads_to_a_decision_past_a_gate() -> None:
    """Neither before comments have been heard, nor without the publicity that type and place call for.

    The runs come near enough to tell: cases are decided, and decisions are refused for each of these reasons.
    """
    AnyCase.outcomes.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # published without types
        AnyCase, settings=settings(max_examples=150, stateful_step_count=40, deadline=None, derandomize=True)
    )
    assert AnyCase.outcomes["decided"] > 0
    gates = {"publicity_given", "comments_heard", "second_pair_of_eyes", "decision_possible"}
    assert gates <= set(AnyCase.outcomes), AnyCase.outcomes

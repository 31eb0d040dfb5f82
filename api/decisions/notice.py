"""What a decision notice says: all of it as values, gathered once and kept with the notice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geoalchemy2.shape import to_shape
from pydantic import TypeAdapter

from api.accounts.tables import CouncilRow
from api.cases import store as cases
from api.cases.tables import CaseRow
from api.core.db import Work
from api.councils.service import settings_of
from api.decisions.site_map import SiteMap, site_map
from bopsgis.planning.application_types import ApplicationType, application_type, families
from bopsgis.planning.calendar import england, in_words
from bopsgis.planning.case import Decision
from bopsgis.planning.decision import Condition, DecisionContent, Informative, appeal_period

__all__ = ["DECISION_WORDS", "Notice", "Plan", "clean", "gather", "notice_from_json", "notice_to_json"]

DECISION_WORDS: Mapping[Decision, str] = {
    Decision.GRANTED: "Granted",
    Decision.REFUSED: "Refused",
    Decision.NOT_REQUIRED: "Prior approval not required",
    Decision.SPLIT: "Granted in part and refused in part",
    Decision.NO_OBJECTION: "No objection",
    Decision.ADVICE: "Advice given",
}

_DATED_APPEAL = frozenset(
    {"planning_permission", "listed_building", "prior_approval", "approval", "permission_in_principle"}
)
"""Families whose time for an appeal is the one of SI 2015/595, article 37."""
_NO_APPEAL = frozenset({"pre_application", "environmental_impact", "amendment", "notice"})

# Marks that turn the direction of writing around: a notice must not read otherwise than it was written.
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Plan:
    """A document that the decision is about."""

    number: str
    title: str
    received_on: date


@dataclass(frozen=True, slots=True)
class Notice:
    """A decision notice. Text in it is plain text, however it looks."""

    draft: bool
    council: str
    reference: str
    application_type: str
    made_under: str
    """The law that the application is made under; empty where none is known."""
    applicant: str
    agent: str
    address: str
    proposal: str
    received_on: date
    decided_on: date
    decision: Decision
    decided_by: str
    statement: str
    """What a certificate certifies; empty for every other decision."""
    conditions: tuple[Condition, ...]
    reasons: tuple[str, ...]
    informatives: tuple[Informative, ...]
    plans: tuple[Plan, ...]
    map: SiteMap | None
    appeal: tuple[str, ...]
    """Appeal rights, one paragraph each; empty where there are none."""
    signatory: str = ""
    """Name and office of whoever signs for the council, as its settings had them on that day."""

    @property
    def title(self) -> str:
        """What the notice is called."""
        return f"{'Draft decision' if self.draft else 'Decision'} notice {self.reference}"

    @property
    def decision_words(self) -> str:
        """The decision as it is written for people."""
        return DECISION_WORDS[self.decision]

    @property
    def reasons_heading(self) -> str:
        """What stands over the reasons."""
        refused = self.decision in {Decision.REFUSED, Decision.SPLIT}
        return "Reasons for refusal" if refused else "Reasons for the decision"


_NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)


def notice_to_json(notice: Notice) -> dict[str, Any]:
    """The notice as JSON values."""
    value: dict[str, Any] = _NOTICE.dump_python(notice, mode="json")
    return value


def notice_from_json(kept: Mapping[str, Any]) -> Notice:
    """The notice from what `notice_to_json` gave."""
    return _NOTICE.validate_python(kept)


def clean(text: str) -> str:
    """The text with composed characters, and without marks that turn its direction around."""
    return _DIRECTION_MARKS.sub("", unicodedata.normalize("NFC", text)).strip()


def gather(
    work: Work, row: CaseRow, content: DecisionContent, plans: Sequence[Plan], on: date, *, signed: str | None
) -> Notice:
    """Everything that the notice of this case says, dated `on`; a draft where nobody has signed it."""
    kind = application_type(row.application_type)
    council = work.session.get_one(CouncilRow, row.council_id)
    people = cases.parties(work, row)
    names = {role: clean(one.name) for role, one in people.items()}
    signatory = settings_of(work).signatory
    return Notice(
        draft=signed is None,
        council=clean(council.name),
        reference=row.reference,
        application_type=kind.name,
        made_under=_made_under(kind),
        applicant=names.get("applicant", ""),
        agent=names.get("agent", ""),
        address=clean(", ".join(part for part in (row.address, row.postcode) if part)),
        proposal=clean(row.proposal),
        received_on=row.received_on,
        decided_on=on,
        decision=content.decision,
        decided_by=clean(signed or ""),
        statement=_statement(kind, content, row.received_on),
        conditions=tuple(
            Condition(clean(one.title), clean(one.text), clean(one.reason), one.pre_commencement, one.agreed_on)
            for one in content.conditions
        ),
        reasons=tuple(clean(one) for one in content.reasons),
        informatives=tuple(Informative(clean(one.title), clean(one.text)) for one in content.informatives),
        plans=tuple(Plan(clean(one.number), clean(one.title), one.received_on) for one in plans),
        map=None if row.site is None else site_map(to_shape(row.site)),
        appeal=_appeal(kind, content, on),
        signatory="" if signatory is None else clean(f"{signatory.name}, {signatory.role}"),
    )


def _made_under(kind: ApplicationType) -> str:
    family = families()[kind.family]
    return "" if family.edition == "not stated" else family.citation


def _statement(kind: ApplicationType, content: DecisionContent, received_on: date) -> str:
    """The certificate in one sentence (Town and Country Planning Act 1990, sections 191 and 192)."""
    if content.decision not in {Decision.GRANTED, Decision.SPLIT}:
        return ""
    law = "lawful within the meaning of section {} of the Town and Country Planning Act 1990"
    part = ", as far as this notice says," if content.decision is Decision.SPLIT else ""
    if kind.code.startswith(("ldc.existing", "ldc.breachOfCondition")):
        return f"The council certifies that on {in_words(received_on)} what is described{part} was {law.format(191)}."
    if kind.code.startswith("ldc.proposed"):
        return (
            f"The council certifies that on {in_words(received_on)} what is described{part} would have been "
            f"{law.format(192)}."
        )
    return ""


def _appeal(kind: ApplicationType, content: DecisionContent, on: date) -> tuple[str, ...]:
    """Who may appeal, to whom, and until when. Where the law's period is not known here, no date is given."""
    against = content.decision in {Decision.REFUSED, Decision.SPLIT} or bool(content.conditions)
    if not against or kind.family in _NO_APPEAL:
        return ()
    right = (
        "If you disagree with this decision, or with a condition of it, you can appeal to the Secretary of State "
        "through the Planning Inspectorate."
    )
    if kind.family not in _DATED_APPEAL:
        return (right, "Ask the Planning Inspectorate by when an appeal against this type of decision has to be made.")
    last = appeal_period(kind, content.decision, on, england()).last_day
    return (right, f"An appeal has to reach the Planning Inspectorate by {in_words(last)}.")

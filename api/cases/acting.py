"""The one way in which a case is changed: the rules say yes or no, the row and the audit change together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.cases.facts import case_of, write_back
from api.cases.tables import CaseRow
from api.core import audit
from api.core.access import Access
from api.core.db import Work
from bopsgis.errors import NotAllowed
from bopsgis.planning.case import Role
from bopsgis.planning.lifecycle import RULES, Act, ActName, apply

__all__ = ["Moment", "act_on", "check_act", "role_for"]


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is done: the instant, and the date in England that the law counts."""

    at: datetime
    on: date


def role_for(access: Access, name: ActName) -> Role:
    """The role in which the actor does this act. Raises NotAllowed where none of theirs may."""
    usable = sorted(access.roles & RULES[name].roles, key=list(Role).index)
    if not usable:
        allowed = " or ".join(sorted(role.value for role in RULES[name].roles))
        raise NotAllowed(f"“{name.in_words.capitalize()}” is for the {allowed}.", code="wrong_role")
    return usable[0]


def check_act(work: Work, row: CaseRow, name: ActName, moment: Moment, fields: Mapping[str, Any]) -> None:
    """Raise what `act_on` would raise, and do nothing: for an act with much to prepare before it."""
    apply(case_of(row), Act(name, work.access.actor, role_for(work.access, name), fields), moment.on)


def act_on(
    work: Work,
    row: CaseRow,
    name: ActName,
    moment: Moment,
    fields: Mapping[str, Any] | None = None,
    *,
    detail: Mapping[str, Any] | None = None,
) -> CaseRow:
    """Do one act to a locked case: the rules, the row, the audit, in this unit of work.

    `fields` go to the rules, `detail` (by default the same) into the audit. Raises ActRefused or NotAllowed,
    and nothing is changed then.
    """
    act = Act(name, work.access.actor, role_for(work.access, name), fields or {})
    before = case_of(row)
    changed, events = apply(before, act, moment.on)
    # What changes no fact of the case (a note, a comment) leaves its version alone: nobody's open page goes stale.
    if changed != before:
        write_back(changed, row)
        row.updated_at = moment.at
    for event in events:
        told = dict(detail if detail is not None else event.fields)
        audit.record(work, event.name, moment.at, case_id=row.id, detail={"role": act.role.value, **told})
    work.session.flush()
    return row

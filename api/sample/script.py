"""What is written down of each sample case: its site, what is proposed, how far it has come, and the words in it.

The cases are data (`data/*.toml`). Days are counted back from the day on which the cases are made.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bopsgis.planning.case import CaseStatus, Decision, Role

__all__ = [
    "CaseScript",
    "CommentScript",
    "ConditionScript",
    "ContactScript",
    "OfficerScript",
    "RequestScript",
    "Script",
    "SiteWanted",
    "read_script",
]

DATA = Path(__file__).parent / "data"


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteWanted(_Closed):
    """What a site is to be. `demo` names one of the town's own sites; `on` and `clear` are datasets."""

    pick: Literal["house", "pair", "garden", "gap", "shop", "works", "field", "farm"] = "house"
    demo: str = ""
    form: str = ""
    on: tuple[str, ...] = ()
    clear: tuple[str, ...] = ()
    area: tuple[float, float] = (0.0, 1e9)
    radius_m: float = 0.0
    """Of a circle in a garden, for works to trees."""


class RequestScript(_Closed):
    """A request to the applicant; without an `answer` it stays open."""

    kind: str
    reason: str
    details: dict[str, str] = {}
    answer: str = ""


class CommentScript(_Closed):
    """A representation. Round brackets in pairs stand for an invented person's `((name))`, `((email))`, `((phone))`."""

    sentiment: str
    topics: tuple[str, ...]
    text: str
    redacted: str


class ConditionScript(_Closed):
    """A condition of the library."""

    title: str
    text: str
    reason: str


class ContactScript(_Closed):
    """An entry of the council's address book, and what this body says when it has no objection."""

    organisation: str
    email: str
    internal: bool = False
    datasets: tuple[str, ...] = ()
    no_objection: str


class OfficerScript(_Closed):
    """An officer of the sample council."""

    name: str
    email: str
    password: str
    role: Role


class GpdoScript(_Closed):
    """A paragraph of the GPDO and whether it is met."""

    part: str
    class_name: str
    paragraph: str
    finding: Literal["complies", "does_not_comply"]
    comment: str = ""


class ObjectionScript(_Closed):
    """What a consultee says who is not content."""

    organisation: str
    verdict: Literal["amendments_needed", "objection"]
    text: str


class OverrideScript(_Closed):
    """An officer's word on a constraint."""

    dataset: str
    verdict: Literal["added", "dismissed"]
    reason: str


class CaseScript(_Closed):
    """One sample case. `received` is in days before today, `valid_after` in days after receipt."""

    key: str
    type: str
    stage: CaseStatus
    received: Annotated[int, Field(ge=1)]
    valid_after: int = 5
    site: SiteWanted = SiteWanted()
    same_site_as: str = ""
    proposal: str
    build: Literal["", "extension", "houses", "block", "sign", "crown"] = ""
    size: float = 0.0
    """Depth of an extension, number of houses, or share of the site that a block takes."""
    agent: bool = False
    requests: tuple[RequestScript, ...] = ()
    comments: tuple[str, ...] = ()
    consultees: tuple[str, ...] = ()
    """Organisations of the address book that are asked whatever the constraints say."""
    answers: Literal["all", "none"] = "all"
    objections: tuple[ObjectionScript, ...] = ()
    overrides: tuple[OverrideScript, ...] = ()
    assessment: str = ""
    gpdo: tuple[GpdoScript, ...] = ()
    conditions: tuple[str, ...] = ()
    decision: Decision | None = None
    reasons: tuple[str, ...] = ()
    committee: bool = False
    sent_back: str = ""
    """Why the reviewer sent the assessment back; the case is then with the case officer again."""
    extended_by: int = 0
    """Days by which the deadline was moved on by agreement."""
    ended_because: str = ""
    appeal: str = ""
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that is written down of the sample council and its cases."""

    officers: tuple[OfficerScript, ...]
    contacts: tuple[ContactScript, ...]
    conditions: dict[str, ConditionScript]
    comments: dict[str, CommentScript]
    policies: tuple[dict[str, Any], ...]
    fees: dict[str, int]
    """Pounds by type of application; no fee is due for others."""
    cases: tuple[CaseScript, ...]

    def officer(self, role: Role) -> OfficerScript:
        """The officer with this role."""
        return next(one for one in self.officers if one.role is role)


def read_script() -> Script:
    """Read the data. Raises ValidationError for what does not fit, ValueError for a key that is there twice."""
    council, cases = _toml("council.toml"), _toml("cases.toml")
    script = Script(
        officers=tuple(OfficerScript.model_validate(one) for one in council["officer"]),
        contacts=tuple(ContactScript.model_validate(one) for one in council["contact"]),
        conditions={key: ConditionScript.model_validate(one) for key, one in council["condition"].items()},
        comments={key: CommentScript.model_validate(one) for key, one in council["comment"].items()},
        policies=tuple(_POLICY.validate_python(one) for one in council["policy"]),
        fees=_FEES.validate_python(council["fee"]),
        cases=tuple(CaseScript.model_validate(one) for one in cases["case"]),
    )
    keys = [case.key for case in script.cases]
    if len(set(keys)) != len(keys):
        raise ValueError("a key of a sample case is there twice")
    return script


_FEES: TypeAdapter[dict[str, int]] = TypeAdapter(dict[str, int])
_POLICY: TypeAdapter[dict[str, str | date]] = TypeAdapter(dict[str, str | date])


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))

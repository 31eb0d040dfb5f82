"""The parts that sections of an assessment are made of, as officers send them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from api.core.values import ClosedModel, Line, LongText
from api.decisions.content import (
    Consideration,
    EvidenceGroup,
    Finding,
    GpdoParagraph,
    HeadOfTerms,
    ImmunityClaim,
    PolicyReference,
    RemovedBy,
    RightsRemoved,
    TimeFinding,
)
from bopsgis.planning.decision import Condition, Informative
from bopsgis.planning.documents import TagGroup, document_tags
from bopsgis.planning.immunity import breach_kinds

__all__ = [
    "MOST",
    "ConditionForm",
    "ConsiderationForm",
    "EvidenceForm",
    "GpdoForm",
    "HeadOfTermsForm",
    "ImmunityForm",
    "InformativeForm",
    "OptionalText",
    "PolicyForm",
    "RightsRemovedForm",
    "ShortText",
]

MOST = 200
"""So many entries a list may have."""

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
OptionalText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=20_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"),
]
Url = Annotated[str, StringConstraints(max_length=500, pattern=r"^(https?://[^\s\x00-\x1f\x7f]+)?$")]


class PolicyForm(ClosedModel):
    """A policy, in the edition that was read."""

    code: Line = Field(examples=["D1"])
    title: Line
    edition: Line = Field(examples=["Local Plan 2024"])
    edition_date: date
    url: Url = ""


class ConsiderationForm(ClosedModel):
    """One matter that was weighed."""

    policy_area: Line = Field(examples=["Design"])
    policies: list[PolicyForm] = Field(default_factory=list, max_length=MOST)
    assessment: LongText
    conclusion: LongText

    def value(self) -> Consideration:
        """The consideration itself."""
        policies = tuple(PolicyReference(**policy.model_dump()) for policy in self.policies)
        return Consideration(self.policy_area, policies, self.assessment, self.conclusion)


class GpdoForm(ClosedModel):
    """A paragraph of Schedule 2 to the GPDO."""

    part: Line = Field(examples=["1"])
    class_name: Line = Field(examples=["A"])
    paragraph: ShortText = Field(default="", examples=["A.1(f)"])
    finding: Finding
    comment: OptionalText = ""

    def value(self) -> GpdoParagraph:
        """The paragraph itself."""
        return GpdoParagraph(self.part, self.class_name, self.paragraph, self.finding, self.comment)


class ConditionForm(ClosedModel):
    """A condition."""

    title: Line
    text: LongText
    reason: LongText
    pre_commencement: bool = False
    agreed_on: date | None = Field(default=None, description="When the applicant agreed to it, if that is needed.")

    def value(self) -> Condition:
        """The condition itself."""
        return Condition(self.title, self.text, self.reason, self.pre_commencement, self.agreed_on)


class InformativeForm(ClosedModel):
    """Advice that goes with a decision."""

    title: Line
    text: LongText

    def value(self) -> Informative:
        """The informative itself."""
        return Informative(self.title, self.text)


class EvidenceForm(ClosedModel):
    """Evidence of one kind for a stretch of time."""

    tag: Line = Field(examples=["utilityBill"], description="A document tag of the group evidence.")
    first_day: date
    last_day: date
    comment: OptionalText = ""

    @field_validator("tag")
    @classmethod
    def _is_evidence(cls, tag: str) -> str:
        known = [one.tag for one in document_tags().values() if one.group is TagGroup.EVIDENCE]
        if tag not in known:
            raise ValueError(f"evidence is one of {', '.join(known)}")
        return tag

    def value(self) -> EvidenceGroup:
        """The evidence itself."""
        return EvidenceGroup(self.tag, self.first_day, self.last_day, self.comment)


class ImmunityForm(ClosedModel):
    """A breach that is claimed to be lawful by time."""

    kind: Line = Field(examples=["operations"], description="operations, dwelling, use or condition.")
    happened_on: date = Field(description="When its time began to run: completion, change of use, or breach.")
    evidence: list[EvidenceForm] = Field(default_factory=list, max_length=MOST)
    enforcement_notice: bool = Field(default=False, description="A notice in force forbids it.")
    concealed: bool = False
    finding: TimeFinding
    reason: OptionalText = ""

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind not in breach_kinds():
            raise ValueError(f"a breach is one of {', '.join(breach_kinds())}")
        return kind

    def value(self) -> ImmunityClaim:
        """The claim itself."""
        return ImmunityClaim(
            kind=self.kind,
            happened_on=self.happened_on,
            evidence=tuple(one.value() for one in self.evidence),
            enforcement_notice=self.enforcement_notice,
            concealed=self.concealed,
            finding=self.finding,
            reason=self.reason,
        )


class RightsRemovedForm(ClosedModel):
    """Permitted development rights that this land does not have."""

    by: RemovedBy
    reference: ShortText = Field(default="", examples=["19-00321-FULM, condition 7"])
    classes: list[Line] = Field(default_factory=list, max_length=MOST, examples=[["1A", "1B"]])
    reason: LongText

    def value(self) -> RightsRemoved:
        """The rights themselves."""
        return RightsRemoved(self.by, self.reference, tuple(self.classes), self.reason)


class HeadOfTermsForm(ClosedModel):
    """One thing that a planning obligation is to secure."""

    title: Line
    text: LongText
    agreed_on: date | None = Field(default=None, description="When the applicant agreed to it.")

    def value(self) -> HeadOfTerms:
        """The head of terms itself."""
        return HeadOfTerms(self.title, self.text, self.agreed_on)

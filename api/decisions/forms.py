"""What officers send in when they assess and decide, checked, and what they get back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.cases.forms import VersionForm
from api.core.values import ClosedModel, Line, LongText
from api.decisions.content import Consideration, Content, Finding, GpdoParagraph, PolicyReference, Section
from bopsgis.planning.case import Decision, SectionReview
from bopsgis.planning.decision import Condition, Informative

__all__ = [
    "AppealForm",
    "AppealOutcomeForm",
    "AssessmentAnswer",
    "CommitteeForm",
    "ConditionForm",
    "ConditionsAnswer",
    "DecideForm",
    "EarlierCaseAnswer",
    "InformativeForm",
    "LibraryAnswer",
    "MeetingForm",
    "RecommendForm",
    "ReviewAnswer",
    "ReviewForm",
    "SectionAnswer",
    "SectionForm",
    "TakenPolicy",
    "VisitAnswer",
    "VisitForm",
]

_MOST = 200
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
    policies: list[PolicyForm] = Field(default_factory=list, max_length=_MOST)
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


class _ContentForm(VersionForm):
    """A section and what it holds, under the name that fits the section."""

    section: Section
    text: LongText | None = Field(default=None, description="For the sections that are plain text.")
    considerations: list[ConsiderationForm] | None = Field(default=None, max_length=_MOST)
    gpdo: list[GpdoForm] | None = Field(default=None, max_length=_MOST)
    conditions: list[ConditionForm] | None = Field(default=None, max_length=_MOST)
    informatives: list[InformativeForm] | None = Field(default=None, max_length=_MOST)

    def given(self) -> dict[str, Content]:
        """What was given, by name."""
        found: dict[str, Content] = {} if self.text is None else {"text": self.text}
        lists = {
            "considerations": self.considerations,
            "gpdo": self.gpdo,
            "conditions": self.conditions,
            "informatives": self.informatives,
        }
        for name, entries in lists.items():
            if entries is not None:
                found[name] = tuple(entry.value() for entry in entries)  # type: ignore[assignment]  # one kind a list
        return found


class SectionForm(_ContentForm):
    """A section to write: exactly the content that it takes."""


class ReviewForm(_ContentForm):
    """A reviewer's verdict on a section, with what it now says where it was edited."""

    verdict: SectionReview
    comment: OptionalText = ""


class VisitForm(VersionForm):
    """A site visit that was made."""

    visited_on: date
    comment: LongText
    place: ShortText = ""


class RecommendForm(VersionForm):
    """What the case officer recommends."""

    decision: Decision
    reasons: list[LongText] = Field(min_length=1, max_length=_MOST)
    to_committee: bool = False


class MeetingForm(VersionForm):
    """The committee meeting that the case goes to."""

    meets_on: date
    place: Line
    comments_until: date | None = None


class CommitteeForm(VersionForm):
    """What the committee decided."""

    decision: Decision
    resolution: LongText


class DecideForm(VersionForm):
    """The decision. What is left out is taken from the recommendation and the assessment."""

    decision: Decision
    reasons: list[LongText] | None = Field(default=None, max_length=_MOST)
    conditions: list[ConditionForm] | None = Field(default=None, max_length=_MOST)


class AppealForm(VersionForm):
    """An appeal that was lodged."""

    lodged_on: date
    reason: LongText
    inspectorate_reference: Annotated[ShortText, Field(max_length=100)] = ""


class AppealOutcomeForm(VersionForm):
    """How an appeal ended."""

    outcome: Literal["allowed", "dismissed", "split", "withdrawn"]
    outcome_on: date
    comment: OptionalText = ""


class SectionAnswer(ClosedModel):
    """A section of the assessment."""

    section: Section
    content: Any = Field(description="Text, or the list that the section holds.")
    revision: int
    by: str
    at: datetime


class VisitAnswer(ClosedModel):
    """A site visit."""

    visited_on: date
    place: str
    comment: str
    by: str


class AssessmentAnswer(ClosedModel):
    """The assessment as it stands."""

    sections: list[SectionAnswer]
    visits: list[VisitAnswer]


class ReviewAnswer(ClosedModel):
    """A verdict on a section."""

    section: Section
    verdict: SectionReview
    comment: str
    revision: int
    before: Any = Field(description="What the section held before the reviewer's edit.")
    by: str
    at: datetime


class EarlierCaseAnswer(ClosedModel):
    """Another case on this land."""

    reference: str
    application_type: str
    status: str
    proposal: str
    address: str
    received_on: date
    decision: str | None
    decided_on: date | None
    shared_m2: float = Field(description="Ground that both sites take in; 0 where they only touch.")


class TakenPolicy(ClosedModel):
    """A policy of the council's library, to refer to in a consideration."""

    policy_area: str
    text: str
    policy: PolicyForm


class LibraryAnswer(ClosedModel):
    """The council's standard texts that are for a case's type, in the form in which an assessment takes them."""

    conditions: list[ConditionForm]
    informatives: list[InformativeForm]
    policies: list[TakenPolicy]


class ConditionsAnswer(ClosedModel):
    """Conditions to start from; nothing is kept until they are written into the assessment."""

    conditions: list[ConditionForm]

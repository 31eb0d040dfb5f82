"""What officers send in when they assess and decide, checked, and what they get back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.cases.forms import VersionForm
from api.core.values import ClosedModel, Line, LongText
from api.decisions.content import Content, Section
from api.decisions.content_forms import (
    MOST,
    ConditionForm,
    ConsiderationForm,
    GpdoForm,
    HeadOfTermsForm,
    ImmunityForm,
    InformativeForm,
    OptionalText,
    PolicyForm,
    RightsRemovedForm,
    ShortText,
)
from bopsgis.planning.case import Decision, SectionReview

__all__ = [
    "AppealForm",
    "AppealOutcomeForm",
    "AssessmentAnswer",
    "CommitteeForm",
    "ConditionsAnswer",
    "DecideForm",
    "EarlierCaseAnswer",
    "EnvironmentalAnswer",
    "EnvironmentalForm",
    "LibraryAnswer",
    "MeetingForm",
    "PromptsAnswer",
    "RecommendForm",
    "ReviewAnswer",
    "ReviewForm",
    "SectionAnswer",
    "SectionForm",
    "TakenPolicy",
    "VisitAnswer",
    "VisitForm",
]


class _ContentForm(VersionForm):
    """A section and what it holds, under the name that fits the section."""

    section: Section
    text: LongText | None = Field(default=None, description="For the sections that are plain text.")
    considerations: list[ConsiderationForm] | None = Field(default=None, max_length=MOST)
    gpdo: list[GpdoForm] | None = Field(default=None, max_length=MOST)
    conditions: list[ConditionForm] | None = Field(default=None, max_length=MOST)
    informatives: list[InformativeForm] | None = Field(default=None, max_length=MOST)
    immunity: list[ImmunityForm] | None = Field(default=None, max_length=20)
    permitted_development: list[RightsRemovedForm] | None = Field(
        default=None, max_length=MOST, description="Empty: considered, and none were taken away."
    )
    heads_of_terms: list[HeadOfTermsForm] | None = Field(default=None, max_length=MOST)

    def given(self) -> dict[str, Content]:
        """What was given, by name."""
        found: dict[str, Content] = {} if self.text is None else {"text": self.text}
        lists = {
            "considerations": self.considerations,
            "gpdo": self.gpdo,
            "conditions": self.conditions,
            "informatives": self.informatives,
            "immunity": self.immunity,
            "permitted_development": self.permitted_development,
            "heads_of_terms": self.heads_of_terms,
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
    reasons: list[LongText] = Field(min_length=1, max_length=MOST)
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
    reasons: list[LongText] | None = Field(default=None, max_length=MOST)
    conditions: list[ConditionForm] | None = Field(default=None, max_length=MOST)


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


class EnvironmentalForm(VersionForm):
    """What the council holds of environmental impact assessment on a case."""

    state: Literal["required", "screened_not_required", "not_required"]
    reason: LongText


class EnvironmentalReasonAnswer(ClosedModel):
    """A rule that applies, or would if constraints that are not known were there."""

    outcome: str
    why: str
    citation: str
    verified: bool
    depends_on: list[str]


class EnvironmentalAnswer(ClosedModel):
    """Environmental impact assessment: what the rules infer, and what an officer has said."""

    inferred: str = Field(description="From type, size and site: required, screening, is_request or not_required.")
    reasons: list[EnvironmentalReasonAnswer]
    state: str | None = Field(description="What an officer has said last; nothing where none has.")
    reason: str
    by: str | None
    at: datetime | None
    environmental_impact: bool = Field(description="Whether the case counts as one with an assessment now.")


class ImmunityPrompt(ClosedModel):
    """What time and evidence say of a claim of immunity."""

    kind: str
    years: int
    immune_from: date
    immune: bool
    gaps: list[tuple[date, date]] = Field(description="Without evidence, first and last day.")
    steps: list[str]
    citation: str
    verified: bool


class RightsPrompt(ClosedModel):
    """A constraint on the site that may take permitted development rights away."""

    dataset: str
    name: str
    text: str
    citation: str
    verified: bool


class PromptsAnswer(ClosedModel):
    """What the rules say to an assessment; the officer decides."""

    immunity: list[ImmunityPrompt]
    permitted_development: list[RightsPrompt]

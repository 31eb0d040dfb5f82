"""A council's settings as values: brand, signatory, business hours, local list, consultees, texts of messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from typing import Annotated, Literal, ParamSpec, Self, TypeVar

from pydantic import Field, StringConstraints, field_validator, model_validator

from api.core.values import ClosedModel, Line, LongText
from api.councils import templates
from bopsgis.errors import BopsgisError
from bopsgis.planning.application_types import ApplicationType, application_type, families
from bopsgis.planning.documents import check_tags
from bopsgis.planning.when import Application, When
from constraints.catalogue import dataset

__all__ = [
    "TEMPLATES",
    "Brand",
    "BusinessHours",
    "ConsulteeRule",
    "CouncilSettings",
    "LocalRequirement",
    "NotConsulted",
    "Signatory",
    "TemplateName",
    "TypeFilter",
    "WhenForm",
]

TemplateName = Literal["neighbour_letter", "consultee_request"]
TEMPLATES: Mapping[TemplateName, tuple[str, frozenset[str]]] = {
    "neighbour_letter": (templates.LETTER_TEXT, templates.LETTER_PLACEHOLDERS),
    "consultee_request": (templates.CONSULTEE_TEXT, frozenset(templates.CONSULTEE_PLACEHOLDERS)),
}
"""The texts that a council may word itself: ours, and the placeholders that each may have."""

_MOST = 200
_LEAST_CONTRAST = 4.5
"""Of white text on the brand's colour (WCAG 2.2, success criterion 1.4.3)."""

T = TypeVar("T")
Given = ParamSpec("Given")
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Brand(ClosedModel):
    """How the council shows itself on pages; what is left out stays as it comes."""

    name: Line | None = Field(default=None, description="Name on pages, where it is not the council's full name.")
    colour: str | None = Field(
        default=None, pattern="^#[0-9a-f]{6}$", description="Behind white text.", examples=["#1d4e89"]
    )
    logo_text: Line | None = Field(default=None, description="Words that stand where a logo would.")

    @field_validator("colour")
    @classmethod
    def _can_be_read(cls, colour: str | None) -> str | None:
        if colour is not None and _contrast_with_white(colour) < _LEAST_CONTRAST:
            raise ValueError("white text on this colour cannot be read well: choose a darker one")
        return colour


class Signatory(ClosedModel):
    """In whose name decision notices go out."""

    name: Line
    role: Line = Field(examples=["Head of Planning"])


class BusinessHours(ClosedModel):
    """When what comes in counts as received on that day. Outside, it is received on the next working day."""

    opens: Clock = "09:00"
    closes: Clock = "17:00"

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("the office closes after it opens")
        return self

    def times(self) -> tuple[time, time]:
        """Opening and closing time, by the clock in England."""
        return time.fromisoformat(self.opens), time.fromisoformat(self.closes)


class TypeFilter(ClosedModel):
    """Types of application; all of them where nothing is named."""

    families: list[str] = Field(default_factory=list, max_length=_MOST)
    codes: list[str] = Field(default_factory=list, max_length=_MOST)

    @field_validator("families")
    @classmethod
    def _known_families(cls, keys: list[str]) -> list[str]:
        if unknown := sorted(set(keys) - families().keys()):
            raise ValueError(f"there is no family {', '.join(unknown)}; there are {', '.join(families())}")
        return keys

    @field_validator("codes")
    @classmethod
    def _known_codes(cls, codes: list[str]) -> list[str]:
        return [_known(application_type, code).code for code in codes]

    def fits(self, kind: ApplicationType) -> bool:
        """True where this type is meant."""
        return When(families=tuple(self.families), codes=tuple(self.codes)).holds(Application(kind))


class WhenForm(TypeFilter):
    """Which applications a rule is for: all that is given must hold, and nothing given is every application."""

    constraints: list[str] = Field(default_factory=list, max_length=_MOST, description="One is present on the site.")
    near: list[str] = Field(default_factory=list, max_length=_MOST, description="One is present, beside it or near.")
    area_over_m2: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @field_validator("constraints", "near")
    @classmethod
    def _known_datasets(cls, slugs: list[str]) -> list[str]:
        return [_known(dataset, slug).slug for slug in slugs]

    def when(self) -> When:
        """As the rules of planning read it."""
        return When(
            families=tuple(self.families),
            codes=tuple(self.codes),
            constraints=tuple(self.constraints),
            near=tuple(self.near),
            area_over_m2=self.area_over_m2,
        )


class LocalRequirement(ClosedModel):
    """An entry of the council's published list of local requirements: one of these documents has to come."""

    key: Key
    name: Line
    documents: list[str] = Field(min_length=1, max_length=20, examples=[["heritageStatement"]])
    when: WhenForm = Field(default_factory=WhenForm)

    @field_validator("documents")
    @classmethod
    def _known_tags(cls, tags: list[str]) -> list[str]:
        return list(_known(check_tags, tags, internal_allowed=False))


class ConsulteeRule(ClosedModel):
    """A body that the council consults of its own accord, and for which applications."""

    who: Line
    why: Line
    when: WhenForm = Field(default_factory=WhenForm)


class NotConsulted(ClosedModel):
    """A body that would be proposed and is not to be, with the reason that officers are shown."""

    who: Line
    why: Line


class CouncilSettings(ClosedModel):
    """All that a council sets. What it leaves out stays as it comes with the service."""

    brand: Brand = Field(default_factory=Brand)
    signatory: Signatory | None = None
    business_hours: BusinessHours = Field(default_factory=BusinessHours)
    local_list: list[LocalRequirement] | None = Field(
        default=None, max_length=_MOST, description="In place of the model list that comes with the service."
    )
    consultees: list[ConsulteeRule] = Field(default_factory=list, max_length=_MOST)
    not_consulted: list[NotConsulted] = Field(default_factory=list, max_length=_MOST)
    templates: dict[TemplateName, LongText] = Field(
        default_factory=dict, description="Texts with placeholders in double round brackets."
    )

    @field_validator("local_list")
    @classmethod
    def _keys_differ(cls, entries: list[LocalRequirement] | None) -> list[LocalRequirement] | None:
        keys = [one.key for one in entries or []]
        if len(set(keys)) < len(keys):
            raise ValueError("two entries have the same key")
        return entries

    @field_validator("templates")
    @classmethod
    def _placeholders_known(cls, texts: dict[TemplateName, str]) -> dict[TemplateName, str]:
        for name, text in texts.items():
            _known(templates.check, text, TEMPLATES[name][1])
        return texts

    def template(self, name: TemplateName) -> str:
        """The text of a message: the council's own, or ours."""
        return self.templates.get(name, TEMPLATES[name][0])


def _known(asked: Callable[Given, T], *given: Given.args, **named: Given.kwargs) -> T:
    """The answer of a rule of the libraries; its refusal becomes the field's."""
    try:
        return asked(*given, **named)
    except BopsgisError as refused:
        raise ValueError(f"{refused.message} {refused.hint or ''}".strip()) from None


def _contrast_with_white(colour: str) -> float:
    """The contrast of white on `#rrggbb` (WCAG 2.2, relative luminance)."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)

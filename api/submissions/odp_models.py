"""The fields of the Open Digital Planning schemas that a case is made of: strict on these, silent on the others.

Written from the published schemas (application, prototypeApplication, preApplication, enforcement) and their
examples. No union stands here, so that the place of a fault is the place in what was sent.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from api.core.values import Email, Line, LongText

__all__ = [
    "Coded",
    "Fee",
    "OdpApplication",
    "OdpEnforcement",
    "OdpPrototype",
    "Property",
    "ReadModel",
    "Site",
    "UserContact",
    "schema_of",
]

_SCHEMA = re.compile(
    r"https://[a-z0-9.-]+/(?:[\w.-]+/)*(@next|v?[0-9]+\.[0-9]+\.[0-9]+)/schemas/([A-Za-z]{1,40})\.json"
)


def schema_of(address: str) -> tuple[str, str]:
    """Version and name of the schema at this address, which is read and never fetched. Raises ValueError."""
    found = _SCHEMA.fullmatch(address)
    if found is None:
        raise ValueError("this is not the address of an Open Digital Planning schema with its version")
    return found[1], found[2]


def _schema_address(address: str) -> str:
    schema_of(address)
    return address


def _instant(text: str) -> str:
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("write the date and time as 2026-01-31T09:30:00Z") from None
    return text


Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]
Postcode = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10)]
UprnText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")]


class ReadModel(BaseModel):
    """Part of something sent by another system: fields that are not named here are kept in the raw text only."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


class Coded(ReadModel):
    """A value of a list, with its description left out."""

    value: Line


class Metadata(ReadModel):
    """Who sent it, when, in which schema."""

    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    organisation: Line
    submitted_at: Annotated[str, AfterValidator(_instant)] = Field(alias="submittedAt")
    schema_address: Annotated[str, StringConstraints(max_length=300), AfterValidator(_schema_address)] = Field(
        alias="schema"
    )


class Names(ReadModel):
    """A person's name."""

    title: Short = ""
    first: Short
    last: Short


class Company(ReadModel):
    """A company."""

    name: Short = ""


class Telephone(ReadModel):
    """Ways to ring."""

    primary: Phone = ""


class UserAddress(ReadModel):
    """An address for letters; without lines it is the site's."""

    same_as_site: bool = Field(default=False, alias="sameAsSiteAddress")
    line1: Short = ""
    line2: Short = ""
    town: Short = ""
    county: Short = ""
    postcode: Short = ""
    country: Short = ""


class UserContact(ReadModel):
    """An agent or a complainant."""

    name: Names
    email: Email
    phone: Telephone = Telephone()
    company: Company | None = None
    address: UserAddress = UserAddress()


class Ownership(ReadModel):
    """Which certificate of ownership was given."""

    certificate: Short | None = None


class Applicant(UserContact):
    """The applicant, with an agent if there is one."""

    agent: UserContact | None = None
    ownership: Ownership | None = None


class PaymentReference(ReadModel):
    """Proof of a payment."""

    gov_pay: Short | None = Field(default=None, alias="govPay")


class Exemption(ReadModel):
    """Why no fee is payable."""

    disability: bool = False
    resubmission: bool = False


class Reduction(ReadModel):
    """Why a lower fee is payable."""

    sports: bool = False
    parish_council: bool = Field(default=False, alias="parishCouncil")
    alternative: bool = False


class Fee(ReadModel):
    """The fee, in pounds."""

    payable: Annotated[float, Field(ge=0, le=10_000_000)] | None = None
    exemption: Exemption = Exemption()
    reduction: Reduction = Reduction()
    not_applicable: bool = Field(default=False, alias="notApplicable")
    reference: PaymentReference | None = None


class Declaration(ReadModel):
    """The applicant's word that all of it is true."""

    accurate: bool


class Boundary(ReadModel):
    """A drawn boundary: GeoJSON, longitude before latitude (EPSG:4326), checked by `bopsgis.boundary`."""

    site: dict[str, Any]


class Site(ReadModel):
    """Where it is."""

    uprn: UprnText | None = None
    single_line: Short | None = Field(default=None, alias="singleLine", min_length=1)
    title: Short = Field(min_length=1)
    postcode: Postcode | None = None


class Designation(ReadModel):
    """What the sender says of one designation."""

    value: Line
    intersects: bool


class Planning(ReadModel):
    """What the sender found on the site."""

    designations: list[Designation] = Field(default_factory=list, max_length=500)


class Property(ReadModel):
    """The site as the sender knows it."""

    address: Site
    ward: Short | None = None
    boundary: Boundary | None = None
    planning: Planning = Planning()


class Proposal(ReadModel):
    """What is proposed."""

    description: LongText | None = None
    boundary: Boundary | None = None


class DescribedProposal(Proposal):
    """The same, where a description has to be given."""

    description: LongText


class Listed(ReadModel):
    """A listed document: only its name and tags are kept, its address is never opened."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    description: Annotated[str, StringConstraints(max_length=2_000)] = ""


class CodedFile(Listed):
    """With tags as coded values."""

    type: list[Coded] = Field(min_length=1, max_length=50)


class PlainFile(Listed):
    """With tags as plain text."""

    type: list[Line] = Field(min_length=1, max_length=50)


class ApplicationPart(ReadModel):
    """The application as such."""

    declaration: Declaration
    fee: Fee | None = None


class TypedApplicationPart(ApplicationPart):
    """The same, with its type."""

    type: Coded


class ApplicationData(ReadModel):
    """`data` of an application or a pre-application."""

    application: TypedApplicationPart
    applicant: Applicant
    property: Property
    proposal: DescribedProposal


class OdpApplication(ReadModel):
    """A submission in the `application` or `preApplication` schema."""

    data: ApplicationData
    files: list[CodedFile] = Field(max_length=500)
    metadata: Metadata


class PrototypeData(ReadModel):
    """`data` of a prototype application."""

    application: ApplicationPart
    applicant: Applicant
    property: Property
    proposal: Proposal


class OdpPrototype(ReadModel):
    """A submission in the `prototypeApplication` schema: the type stands at the top."""

    application_type: Line = Field(alias="applicationType")
    data: PrototypeData
    files: list[PlainFile] = Field(max_length=500)
    metadata: Metadata


class Report(ReadModel):
    """What is reported."""

    description: LongText
    boundary: Boundary | None = None


class EnforcementPart(ReadModel):
    """The type, which is `breach`."""

    type: Coded


class EnforcementData(ReadModel):
    """`data` of an enforcement report. Who reports may stay unnamed."""

    application: EnforcementPart
    property: Property
    report: Report
    complainant: UserContact | None = None


class OdpEnforcement(ReadModel):
    """A submission in the `enforcement` schema."""

    data: EnforcementData
    metadata: Metadata

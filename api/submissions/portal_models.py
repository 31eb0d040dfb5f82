"""The fields of the Planning Portal's `Application.json` that a case is made of.

Written from the files that the Portal sends to BOPS (github.com/unboxed/bops, engines/bops_submissions, schema
version 1.0); no published schema is known. Everything else stays in the raw text.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from api.core.values import Email, Line, LongText
from api.submissions.odp_models import ReadModel

__all__ = ["PortalApplication", "PortalDocument", "PortalPerson", "PortalSite"]


def _worded(value: object) -> object:
    """Numbers as text: the Portal writes house numbers and UPRNs as either."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Worded = Annotated[str, BeforeValidator(_worded), StringConstraints(strip_whitespace=True, max_length=200)]
Count = Annotated[float, Field(ge=0)]


class PortalSite(ReadModel):
    """The address, in the parts of BS 7666."""

    number: Worded = Field(default="", alias="bs7666Number")
    description: Worded = Field(default="", alias="bs7666Description")
    street: Worded = Field(default="", alias="bs7666StreetDescription")
    town: Worded = Field(default="", alias="bs7666Town")
    postcode: Annotated[str, StringConstraints(strip_whitespace=True, max_length=10)] | None = Field(
        default=None, alias="bs7666PostCode"
    )
    uprn: Annotated[str, BeforeValidator(_worded), StringConstraints(pattern=r"^[0-9]{1,12}$")] | None = Field(
        default=None, alias="bs7666UniquePropertyReferenceNumber"
    )


class PortalPerson(ReadModel):
    """An applicant or an agent."""

    title: Worded = ""
    given: Worded = Field(default="", alias="personGivenName")
    family: Worded = Field(default="", alias="personFamilyName")
    organisation: Worded = Field(default="", alias="orgName")
    line1: Worded = Field(default="", alias="intAddressLine1")
    line2: Worded = Field(default="", alias="intAddressLine2")
    line3: Worded = Field(default="", alias="intAddressLine3")
    line4: Worded = Field(default="", alias="intAddressLine4")
    line5: Worded = Field(default="", alias="intAddressLine5")
    postcode: Worded = Field(default="", alias="internationalPostCode")
    telephone: Annotated[str, BeforeValidator(_worded), StringConstraints(max_length=40)] = Field(
        default="", alias="telNationalNumber"
    )
    email: Email | None = Field(default=None, alias="emailAddress")


class SiteArea(ReadModel):
    """The area that the form gives."""

    amount: Count = Field(alias="siteArea")
    unit: Line = Field(alias="areaUnit")


class Described(ReadModel):
    """What is proposed."""

    text: LongText | None = Field(default=None, alias="descriptionText")


class Certificates(ReadModel):
    """The certificate of ownership."""

    selected: Worded = Field(default="", alias="certificateSelected")


class Declared(ReadModel):
    """Whether the applicant declared that all of it is true."""

    made: bool = Field(default=False, alias="declarationMade")


class Floorspace(ReadModel):
    """Floorspace that is proposed, square metres."""

    proposed: Count | None = Field(default=None, alias="totalGrossFloorspaceProposed")


class NonResidential(ReadModel):
    """Development that is not dwellings."""

    floorspace: Floorspace = Floorspace()


class Residential(ReadModel):
    """Dwellings."""

    proposed: Annotated[int, Field(ge=0)] | None = Field(default=None, alias="proposedTotal")


class Trees(ReadModel):
    """Works to trees."""

    protected: bool = Field(default=False, alias="seekingConsentForTPO")


class PortalData(ReadModel):
    """The answers of the form."""

    site: PortalSite = Field(alias="siteLocation")
    applicant: PortalPerson
    agent: PortalPerson | None = None
    area: SiteArea | None = Field(default=None, alias="siteArea")
    proposal: Described = Field(default=Described(), alias="proposalDescription")
    ownership: Certificates = Field(default=Certificates(), alias="ownershipCertificates")
    declaration: Declared = Declared()
    other_floorspace: NonResidential = Field(default=NonResidential(), alias="nonResidentialDevelopment")
    dwellings: Residential = Field(default=Residential(), alias="residentialDevelopment")
    trees: Trees = Trees()


class Payment(ReadModel):
    """What is due and what was paid, pounds."""

    due: Count | None = Field(default=None, alias="amountDue")
    paid: Count = Field(default=0.0, alias="amountPaid")


class Header(ReadModel):
    """Who it is for, and the Portal's own reference."""

    reference: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = Field(
        alias="formattedRefNum"
    )
    payment: Payment = Payment()


class Scenario(ReadModel):
    """Which kind of application."""

    number: int = Field(alias="scenarioNumber", ge=1, le=999)


class PortalDocument(ReadModel):
    """One entry of the list of documents."""

    name: Line
    file_name: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(alias="fileName")
    type: Worded = Field(default="", alias="documentType")


class PortalApplication(ReadModel):
    """`Application.json`."""

    scenario: Scenario = Field(alias="applicationScenario")
    header: Header = Field(alias="applicationHeader")
    data: PortalData = Field(alias="applicationData")
    documents: list[PortalDocument] = Field(default_factory=list, alias="documentList", max_length=500)
    polygon: dict[str, Any] | None = None
    """The site boundary once more, in EPSG:27700 metres."""
    schema_version: Worded = Field(default="", alias="schemaVersion")

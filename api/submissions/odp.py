"""Reading submissions in the Open Digital Planning schemas; every fault named with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from api.cases.receive import NewFee, Person
from api.core.problems import FieldsRefused
from api.submissions.incoming import ExpectedDocument, Incoming, Kind
from api.submissions.odp_models import (
    Fee,
    OdpApplication,
    OdpEnforcement,
    OdpPrototype,
    Property,
    UserContact,
    schema_of,
)
from bopsgis import boundary
from bopsgis.boundary import Boundary
from bopsgis.errors import InputRefused, NotFound
from bopsgis.planning.application_types import application_type
from bopsgis.planning.documents import document_tags
from bopsgis.planning.fees import pence_of

__all__ = ["check_type", "model_from", "person_of", "read_odp", "site_from"]

NOT_PROVIDED = "not provided"
"""What forms write where the applicant wrote nothing."""

_WORDS = {
    "missing": "This is missing.",
    "string_type": "This has to be text.",
    "string_too_short": "This is empty.",
    "string_too_long": "This is too long.",
    "string_pattern_mismatch": "This is not written as it has to be.",
    "bool_type": "This has to be true or false.",
    "int_type": "This has to be a whole number.",
    "float_type": "This has to be a number.",
    "list_type": "This has to be a list.",
    "dict_type": "This has to be an object.",
    "model_type": "This has to be an object.",
    "model_attributes_type": "This has to be an object.",
    "too_short": "This is empty.",
    "too_long": "This has too many entries.",
    "greater_than_equal": "This is too small.",
}

Model = TypeVar("Model", bound=BaseModel)


def read_odp(value: object, raw: bytes) -> Incoming:
    """A submission from JSON that was read strictly (`value`), with the bytes that it came in.

    Raises FieldsRefused with a JSON pointer for every field at fault.
    """
    kind = _kind_of(value)
    if kind is Kind.ENFORCEMENT:
        return _report(model_from(OdpEnforcement, raw), raw)
    if kind is Kind.PROTOTYPE:
        return _prototype(model_from(OdpPrototype, raw), raw)
    return _application(model_from(OdpApplication, raw), raw, kind)


def _kind_of(value: object) -> Kind:
    """Which schema it is in: by its address; the prototype also by its own field, as its examples need it."""
    if not isinstance(value, dict):
        raise FieldsRefused([("", "The submission has to be a JSON object.")])
    metadata = value.get("metadata")
    address = metadata.get("schema") if isinstance(metadata, dict) else None
    if not isinstance(address, str):
        raise FieldsRefused([("/metadata/schema", "This is missing.")])
    if "applicationType" in value:
        return Kind.PROTOTYPE
    try:
        name = schema_of(address)[1]
    except ValueError as error:
        raise FieldsRefused([("/metadata/schema", _sentence(str(error)))]) from None
    known = {kind.value: kind for kind in Kind if kind is not Kind.PLANNING_PORTAL}
    if name not in known:
        raise FieldsRefused([("/metadata/schema", f"Send one of the schemas {', '.join(known)}.")])
    return known[name]


def model_from(model: type[Model], raw: bytes) -> Model:
    """The model from JSON text. Raises FieldsRefused with one entry for each field at fault."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise FieldsRefused([(_pointer(fault["loc"]), _words(fault)) for fault in faults]) from None


def _pointer(place: Iterable[int | str]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)


def _words(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "value_error":
        return _sentence(str(fault["msg"]).removeprefix("Value error, "))
    return _WORDS.get(fault["type"], _sentence(str(fault["msg"])))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def check_type(code: str, pointer: str) -> str:
    """The code, if new cases may have this type. Raises FieldsRefused that points at it."""
    try:
        kind = application_type(code)
    except NotFound as error:
        raise FieldsRefused([(pointer, str(error))]) from None
    if not kind.current:
        raise FieldsRefused([(pointer, f"“{kind.name}” is not used for new cases.")])
    return code


def site_from(drawn: Mapping[str, Any], pointer: str, crs: int = 4326) -> Boundary:
    """The site boundary from GeoJSON. Raises FieldsRefused that points at it and says where on the ground."""
    try:
        return boundary.from_geojson(drawn, crs=crs)
    except InputRefused as error:
        raise FieldsRefused([(pointer, str(error))], at=error.at) from None


def person_of(contact: UserContact, site_address: str) -> Person:
    """Applicant, agent or complainant."""
    lines = contact.address
    parts = (lines.line1, lines.line2, lines.town, lines.county, lines.postcode, lines.country)
    own = ", ".join(part for part in parts if part)
    name = " ".join(part for part in (contact.name.title, contact.name.first, contact.name.last) if part)
    return Person(
        name=name[:200],
        company=contact.company.name if contact.company else "",
        email=contact.email,
        phone=contact.phone.primary,
        address=site_address if lines.same_as_site and not own else own,
    )


def _application(sent: OdpApplication, raw: bytes, kind: Kind) -> Incoming:
    code = check_type(sent.data.application.type.value, "/data/application/type/value")
    files = [(file.name, [tag.value for tag in file.type], file.description) for file in sent.files]
    return _case(sent, raw, kind, code, files)


def _prototype(sent: OdpPrototype, raw: bytes) -> Incoming:
    code = check_type(sent.application_type, "/applicationType")
    files = [(file.name, file.type, file.description) for file in sent.files]
    return _case(sent, raw, Kind.PROTOTYPE, code, files)


def _case(
    sent: OdpApplication | OdpPrototype, raw: bytes, kind: Kind, code: str, files: list[tuple[str, list[str], str]]
) -> Incoming:
    data = sent.data
    address, described = _address(data.property), data.proposal.description or ""
    told = described if described.lower() != NOT_PROVIDED else ""
    documents, notes = _documents(files)
    fee = _fee(data.application.fee)
    people = {"applicant": person_of(data.applicant, address)}
    if data.applicant.agent is not None:
        people["agent"] = person_of(data.applicant.agent, address)
    return Incoming(
        kind=kind,
        schema_version=schema_of(sent.metadata.schema_address)[0],
        sender_reference=sent.metadata.id,
        raw=raw,
        application_type=code,
        proposal=told or application_type(code).name,
        address=address,
        postcode=data.property.address.postcode,
        uprns=() if data.property.address.uprn is None else (data.property.address.uprn,),
        ward=data.property.ward,
        site=_site(sent),
        people=people,
        passed=_passed(sent, fee, described=bool(told)),
        fee=fee,
        documents=documents,
        designations={one.value: one.intersects for one in data.property.planning.designations},
        notes=notes,
    )


def _passed(sent: OdpApplication | OdpPrototype, fee: NewFee, *, described: bool) -> frozenset[str]:
    """The checks that the form itself passes; those on the boundary come later."""
    ownership = sent.data.applicant.ownership
    checks = {
        "form": sent.data.application.declaration.accurate,
        "description": described,
        "fee": fee.account.settled,
        "certificate": ownership is not None and bool(ownership.certificate),
    }
    return frozenset(name for name, held in checks.items() if held)


_LESS = {
    "disability": "for a disabled person",
    "resubmission": "resubmission",
    "sports": "sports club",
    "parish_council": "parish council",
    "alternative": "alternative proposal",
}
"""Why the sender says that no fee, or a lower one, is payable."""


def _fee(fee: Fee | None) -> NewFee:
    """The fee as the sender gives it; taken for paid where there is a reference of the payment."""
    if fee is None:
        return NewFee()
    given = {**fee.exemption.model_dump(), **fee.reduction.model_dump()}
    why = ", ".join(words for name, words in _LESS.items() if given[name])
    exemption = f"The sender says: {why}." if why else ""
    if fee.not_applicable:
        return NewFee(None, exemption or "The sender says that no fee applies.")
    if fee.payable is None:
        return NewFee()
    try:
        due = pence_of(fee.payable)
    except InputRefused as error:
        raise FieldsRefused([("/data/application/fee/payable", str(error))]) from None
    reference = (fee.reference.gov_pay if fee.reference else None) or ""
    return NewFee(due, exemption, due if reference else 0, reference)


def _site(sent: OdpApplication | OdpPrototype) -> Boundary | None:
    """The boundary drawn for the proposal, else that of the property."""
    for name, part in (("proposal", sent.data.proposal), ("property", sent.data.property)):
        if part.boundary is not None:
            return site_from(part.boundary.site, f"/data/{name}/boundary/site")
    return None


def _address(place: Property) -> str:
    return place.address.single_line or place.address.title


def _documents(files: list[tuple[str, list[str], str]]) -> tuple[tuple[ExpectedDocument, ...], tuple[str, ...]]:
    """What is listed, with the tags that are known; unknown tags are said in a note and never lose the document."""
    known = document_tags()
    unknown = sorted({tag for _, tags, _ in files for tag in tags if tag not in known})
    listed = tuple(
        ExpectedDocument(name, tuple(tag for tag in tags if tag in known), about) for name, tags, about in files
    )
    return listed, tuple(f"The document tag “{tag[:60]}” is not known and was left out." for tag in unknown)


def _report(sent: OdpEnforcement, raw: bytes) -> Incoming:
    data = sent.data
    if data.application.type.value != "breach":
        raise FieldsRefused([("/data/application/type/value", "In this schema the type is “breach”.")])
    address, site = _address(data.property), None
    for name, part in (("report", data.report), ("property", data.property)):
        if site is None and part.boundary is not None:
            site = site_from(part.boundary.site, f"/data/{name}/boundary/site")
    return Incoming(
        kind=Kind.ENFORCEMENT,
        schema_version=schema_of(sent.metadata.schema_address)[0],
        sender_reference=sent.metadata.id,
        raw=raw,
        application_type="",
        proposal=data.report.description,
        address=address,
        postcode=data.property.address.postcode,
        uprns=() if data.property.address.uprn is None else (data.property.address.uprn,),
        ward=data.property.ward,
        site=site,
        people={} if data.complainant is None else {"complainant": person_of(data.complainant, address)},
        designations={one.value: one.intersects for one in data.property.planning.designations},
    )

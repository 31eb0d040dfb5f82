"""Reading a Planning Portal package: a zip with `Application.json`, the site boundary and the attachments.

The zip is judged by its directory before anything is unpacked (`bopsgis.formats.archive`), and nothing in it
ever becomes a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import shapely

from api.cases.receive import NewFee, Person
from api.core.problems import FieldsRefused
from api.submissions.incoming import ExpectedDocument, Incoming, Kind
from api.submissions.odp import check_type, model_from, site_from
from api.submissions.portal_models import PortalApplication, PortalDocument, PortalPerson, PortalSite
from bopsgis.boundary import Boundary
from bopsgis.errors import FormatRefused, InputRefused, NotFound
from bopsgis.formats import archive, strict_json
from bopsgis.formats.limits import LIMITS
from bopsgis.planning.application_types import application_type
from bopsgis.planning.fees import pence_of
from bopsgis.planning.portal_scenarios import ScenarioFacts, application_type_for, tag_for

__all__ = ["Attachment", "Package", "read_package"]

APPLICATION, SITE, SITE_ON_GRID = "application.json", "sitelocationwgs84.geojson", "sitelocation.geojson"
TAKEN = frozenset({".pdf", ".png", ".jpg", ".jpeg"})
ARCHIVES = frozenset({".zip", ".7z", ".rar", ".gz", ".tar", ".bz2", ".xz"})
OFFICE = frozenset({".doc", ".docx"})
_ZIP_MAGIC = b"PK\x03\x04"
SAME_WITHIN_M = 5.0
"""How far the two drawings of one site may lie apart before it is said: the Portal rounds one of them."""
_SQUARE_METRES = {"sq.metres": 1.0, "hectares": 10_000.0}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the package that may become a document."""

    name: str
    title: str
    tags: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Package:
    """What a package holds."""

    incoming: Incoming
    attachments: tuple[Attachment, ...]


def read_package(data: bytes) -> Package:
    """Read a package.

    Raises FormatRefused or TooLarge for the zip, and FieldsRefused with a JSON pointer into `Application.json`
    (or the name of the GeoJSON file) for what is in it.
    """
    members = archive.members_of(data, limits=LIMITS)
    _refuse_nested(members)
    if APPLICATION not in members:
        raise FormatRefused("There is no Application.json in the zip.", code="portal_application_missing")
    raw = members[APPLICATION]
    strict_json.loads(raw, max_bytes=LIMITS.max_bytes, max_depth=LIMITS.max_json_depth)
    sent = model_from(PortalApplication, raw)
    attachments, notes = _attachments(members, sent)
    site, remarks = _site(members, sent)
    incoming = _incoming(sent, raw, site, (*notes, *remarks))
    came = {one.name for one in attachments}
    expected = tuple(
        ExpectedDocument(one.file_name, _tags(one), one.name) for one in sent.documents if _base_name(one) not in came
    )
    return Package(replace(incoming, documents=expected), attachments)


def _refuse_nested(members: Mapping[str, bytes]) -> None:
    for name, content in members.items():
        ending = PurePosixPath(name).suffix
        if ending in ARCHIVES or (content.startswith(_ZIP_MAGIC) and ending not in OFFICE):
            raise FormatRefused("The zip has another archive in it.", code="zip_nested")


def _attachments(members: Mapping[str, bytes], sent: PortalApplication) -> tuple[tuple[Attachment, ...], list[str]]:
    listed: dict[str, PortalDocument] = {}
    for one in sent.documents:
        listed.setdefault(_base_name(one), one)
    found, notes = [], []
    for name, content in members.items():
        ending = PurePosixPath(name).suffix
        if name in (APPLICATION, SITE, SITE_ON_GRID):
            continue
        if ending in OFFICE:
            notes.append(f"{name[:100]} was left out: Word files are not taken; send it as PDF.")
        elif ending not in TAKEN:
            notes.append(f"{name[:100]} was left out: only PDF, PNG and JPEG files are taken.")
        else:
            about = listed.get(name)
            title = about.name if about else PurePosixPath(name).stem[:200]
            found.append(Attachment(name, title, _tags(about), content))
    return tuple(found), notes


def _base_name(document: PortalDocument) -> str:
    """The name under which a listed document stands in the zip."""
    return PurePosixPath(document.file_name.replace("\\", "/")).name.lower()


def _tags(document: PortalDocument | None) -> tuple[str, ...]:
    tag = None if document is None else tag_for(document.type or document.name)
    return () if tag is None else (tag,)


def _site(members: Mapping[str, bytes], sent: PortalApplication) -> tuple[Boundary | None, tuple[str, ...]]:
    """The site boundary: as drawn on the national grid where that is there, else from longitude and latitude."""
    on_grid, on_globe = _drawn(members, SITE_ON_GRID, 27700), _drawn(members, SITE, 4326)
    if on_grid is None and sent.polygon is not None:
        on_grid = site_from(sent.polygon, "/polygon", 27700)
    if on_grid is None or on_globe is None:
        return on_grid or on_globe, ()
    apart = float(shapely.hausdorff_distance(on_grid.geometry, on_globe.geometry))
    if apart <= SAME_WITHIN_M:
        return on_grid, ()
    return on_grid, (f"The two drawings of the site lie {apart:.0f} m apart; the one on the national grid counts.",)


def _drawn(members: Mapping[str, bytes], name: str, crs: int) -> Boundary | None:
    if name not in members:
        return None
    value = strict_json.loads(members[name], max_bytes=LIMITS.max_bytes, max_depth=LIMITS.max_json_depth)
    if not isinstance(value, dict):
        raise FieldsRefused([(f"/{name}", "This has to be a GeoJSON object.")])
    return site_from(value, f"/{name}", crs)


def _incoming(sent: PortalApplication, raw: bytes, site: Boundary | None, notes: tuple[str, ...]) -> Incoming:
    pointer = "/applicationScenario/scenarioNumber"
    try:
        code = check_type(application_type_for(sent.scenario.number, _facts(sent, site)), pointer)
    except NotFound as error:
        raise FieldsRefused([(pointer, str(error))]) from None
    people = {"applicant": _person(sent.data.applicant)}
    if sent.data.agent is not None:
        people["agent"] = _person(sent.data.agent)
    fee = _fee(sent)
    return Incoming(
        kind=Kind.PLANNING_PORTAL,
        schema_version=sent.schema_version,
        sender_reference=sent.header.reference,
        raw=raw,
        application_type=code,
        proposal=sent.data.proposal.text or application_type(code).name,
        address=_address(sent.data.site),
        postcode=sent.data.site.postcode,
        uprns=() if sent.data.site.uprn is None else (sent.data.site.uprn,),
        site=site,
        people=people,
        passed=_passed(sent, fee),
        fee=fee,
        notes=notes,
    )


def _facts(sent: PortalApplication, site: Boundary | None) -> ScenarioFacts:
    """What decides between types: the area that the form gives, else that of the boundary."""
    data, area = sent.data, None if site is None else site.area_m2
    if data.area is not None:
        if data.area.unit not in _SQUARE_METRES:
            raise FieldsRefused([("/applicationData/siteArea/areaUnit", "Write sq.metres or hectares.")])
        area = data.area.amount * _SQUARE_METRES[data.area.unit]
    return ScenarioFacts(
        site_area_m2=area,
        floorspace_m2=data.other_floorspace.floorspace.proposed,
        dwellings=data.dwellings.proposed,
        protected_trees=data.trees.protected,
    )


def _fee(sent: PortalApplication) -> NewFee:
    payment, pointer = sent.header.payment, "/applicationHeader/payment"
    try:
        due = None if payment.due is None else pence_of(payment.due)
        return NewFee(due, "", pence_of(payment.paid), sent.header.reference)
    except InputRefused as error:
        raise FieldsRefused([(pointer, str(error))]) from None


def _passed(sent: PortalApplication, fee: NewFee) -> frozenset[str]:
    checks = {
        "form": sent.data.declaration.made,
        "description": sent.data.proposal.text is not None,
        "fee": fee.account.settled,
        "certificate": bool(sent.data.ownership.selected),
    }
    return frozenset(name for name, held in checks.items() if held)


def _address(site: PortalSite) -> str:
    street = " ".join(part for part in (site.number, site.street) if part)
    parts = [part for part in (site.description, street, site.town, site.postcode) if part]
    if not parts:
        raise FieldsRefused([("/applicationData/siteLocation", "The address is empty.")])
    return ", ".join(parts)


def _person(person: PortalPerson) -> Person:
    lines = (person.line1, person.line2, person.line3, person.line4, person.line5, person.postcode)
    names = (person.title, person.given, person.family)
    return Person(
        name=" ".join(part for part in names if part)[:200] or person.organisation,
        company=person.organisation,
        email=person.email or "",
        phone=person.telephone,
        address=", ".join(part for part in lines if part),
    )

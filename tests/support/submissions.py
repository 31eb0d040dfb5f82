"""Submissions as other systems would send them, all invented, and a service that takes them."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from fastapi import FastAPI
from support.casework import app_of
from support.documents import AlwaysClean, a_filing, a_pdf
from support.planted import Delivery, Planted, plant

from api.core import clock
from api.core.db import Database
from api.maps.service import SiteChecks
from api.submissions.routes import router
from bopsgis import crs

__all__ = [
    "SITE",
    "a_package",
    "a_portal_form",
    "a_report",
    "an_application",
    "changed",
    "geojson_of",
    "intake_app",
    "packed",
    "without",
]

SITE = shapely.box(430_000, 280_000, 430_020, 280_030)
_SCHEMA = "https://theopensystemslab.github.io/digital-planning-data-schemas/v0.7.7/schemas/{}.json"


def geojson_of(site: shapely.Geometry, code: int = 4326) -> dict[str, Any]:
    """A GeoJSON feature of a site on the national grid, in the system wanted."""
    shape = site if code == 27700 else crs.geometry_from_national_grid(np.array([site], dtype=object), code)[0]
    return {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))}


def _address() -> dict[str, Any]:
    return {
        "uprn": "100012345678",
        "title": "1 Example Street",
        "singleLine": "1 EXAMPLE STREET, SAMPLETON, XX1 1XX",
        "postcode": "XX1 1XX",
    }


def _person(first: str) -> dict[str, Any]:
    return {
        "name": {"first": first, "last": "Sample"},
        "email": f"{first.lower()}@example.org",
        "phone": {"primary": "0000 000 000"},
        "address": {"sameAsSiteAddress": True},
    }


def _metadata(schema: str) -> dict[str, Any]:
    return {
        "id": "sender-1",
        "organisation": "XTH",
        "source": "Example",
        "submittedAt": "2026-06-01T10:00:00Z",
        "schema": _SCHEMA.format(schema),
    }


def an_application(code: str = "pp.full.householder") -> dict[str, Any]:
    """A householder application in the application schema, with an agent, two listed files and two designations."""
    return {
        "data": {
            "application": {
                "type": {"value": code},
                "declaration": {"accurate": True},
                "fee": {"payable": 258, "reference": {"govPay": "PAY-1"}},
            },
            "applicant": {
                **_person("Ada"),
                "agent": {**_person("Ben"), "address": {"line1": "2 Other Road", "town": "Sampleton", "postcode": "X"}},
                "ownership": {"certificate": "a"},
            },
            "property": {
                "address": _address(),
                "ward": "Sample Ward",
                "planning": {
                    "designations": [
                        {"value": "designated.conservationArea", "intersects": False},
                        {"value": "tpo", "intersects": True},
                    ]
                },
            },
            "proposal": {"description": "A rear extension", "boundary": {"site": geojson_of(SITE)}},
        },
        "files": [
            {"name": "http://169.254.169.254/plan.pdf", "type": [{"value": "locationPlan"}]},
            {"name": "file:///etc/passwd", "type": [{"value": "sitePlan.proposed"}]},
        ],
        "metadata": _metadata("application"),
    }


def a_report() -> dict[str, Any]:
    """A report of a suspected breach."""
    return {
        "data": {
            "application": {"type": {"value": "breach"}},
            "property": {"address": _address()},
            "report": {"description": "A shed in the front garden", "boundary": {"site": geojson_of(SITE)}},
            "complainant": _person("Cleo"),
        },
        "metadata": _metadata("enforcement"),
    }


def _place(sent: dict[str, Any], pointer: str) -> tuple[Any, Any]:
    *parents, last = pointer.strip("/").split("/")
    at: Any = sent
    for part in parents:
        at = at[int(part) if isinstance(at, list) else part]
    return at, int(last) if isinstance(at, list) else last


def changed(sent: Mapping[str, Any], pointer: str, value: object) -> dict[str, Any]:
    """A copy with another value at a JSON pointer."""
    other = copy.deepcopy(dict(sent))
    at, last = _place(other, pointer)
    at[last] = value
    return other


def without(sent: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    """A copy that lacks what stands at a JSON pointer."""
    other = copy.deepcopy(dict(sent))
    at, last = _place(other, pointer)
    del at[last]
    return other


def a_portal_form(scenario: int = 1) -> dict[str, Any]:
    """An `Application.json` of the Planning Portal."""
    person = {"personGivenName": "Ada", "personFamilyName": "Sample", "emailAddress": "ada@example.org"}
    return {
        "schemaVersion": "1.0",
        "applicationScenario": {"scenarioNumber": scenario},
        "applicationHeader": {
            "refNum": 1,
            "formattedRefNum": "PT-00000001",
            "payment": {"amountDue": 258.0, "amountPaid": 258.0},
        },
        "applicationData": {
            "siteLocation": {
                "bs7666Number": 1,
                "bs7666StreetDescription": "Example Street",
                "bs7666Town": "Sampleton",
                "bs7666PostCode": "XX1 1XX",
                "bs7666UniquePropertyReferenceNumber": 100012345678,
            },
            "applicant": {**person, "telNationalNumber": "0000", "intAddressLine1": "1 Example Street"},
            "siteArea": {"siteArea": 600, "areaUnit": "sq.metres"},
            "proposalDescription": {"descriptionText": "A rear extension"},
            "ownershipCertificates": {"certificateSelected": "CertificateA"},
            "declaration": {"declarationMade": True},
        },
        "documentList": [
            {"name": "The location plan", "fileName": "Plan.pdf", "documentType": "The_location_plan"},
            {"name": "A letter", "fileName": "Letter.docx", "documentType": "Other"},
        ],
    }


def packed(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def a_package(form: Mapping[str, Any] | None = None, **more: bytes) -> bytes:
    """A package of the Portal: form, site boundary, one plan, one letter in Word, and what else is given."""
    site = {"type": "FeatureCollection", "features": [geojson_of(SITE)]}
    members = {
        "Application.json": json.dumps(form or a_portal_form()).encode(),
        "SiteLocationWGS84.geojson": json.dumps(site).encode(),
        "Plan.pdf": a_pdf(),
        "Letter.docx": b"PK\x03\x04 a letter",
    }
    return packed((members | more).items())


def intake_app(database: Database, folder: Path) -> FastAPI:
    """Intake of council `a` over a store in which the site lies in a conservation area, far from listed buildings."""
    today = clock.today()
    around = SITE.buffer(200)
    plant(
        folder / "store",
        Delivery("conservation-area", [Planted(around, "CA1", "High Street")], retrieved=today),
        Delivery("listed-building-outline", [], retrieved=today),
        Delivery("local-planning-authority", [Planted(SITE.buffer(5_000), "a", "A")], retrieved=today),
    )
    checks, filing = SiteChecks(folder / "store"), a_filing(folder, AlwaysClean())
    return app_of(database, router, checks=checks, filing=filing)

"""A small register: three published cases and one that is not, in a made-up place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.casework import NOON, OFFICER

from api.cases import store
from api.cases.acting import Moment
from api.cases.receive import NewCase, Person, receive
from api.cases.service import validate
from api.core.access import Access
from api.core.db import Database
from bopsgis.boundary import from_geometry

__all__ = ["CANARIES", "SITES", "Register", "add_case"]

CANARIES = ("canary@private.example", "07700 900999", "99 Secret Street")
SITES = {
    "1 Mill Lane": shapely.box(440_000, 240_000, 440_020, 240_030),
    "2 Mill Lane": shapely.box(440_100, 240_000, 440_120, 240_030),
    "Far Farm": shapely.box(445_000, 245_000, 445_200, 245_300),
}


@dataclass(frozen=True, slots=True)
class Register:
    """The register, a browser on it, and the references of its cases by address."""

    browser: TestClient
    database: Database
    references: dict[str, str]
    app: FastAPI


def add_case(
    database: Database,
    address: str,
    site: shapely.Geometry | None,
    *,
    valid: bool = True,
    at: Moment = NOON,
    access: Access = OFFICER,
) -> str:
    """A case at an address; a valid one is on the register."""
    email, phone, home = CANARIES
    person = Person("Zebulon Quixote", email=email, phone=phone, address=home)
    new = NewCase(
        application_type="pp.full.householder",
        received_on=date(2026, 5, 28),
        proposal=f"A rear extension at {address}",
        address=address,
        site=None if site is None else from_geometry(site),
        people={"applicant": person},
    )
    with database.unit_of_work(access) as work:
        row = receive(work, new, at)
        row.ward = "Mill" if "Mill" in address else "Far"
        if valid:
            validate(work, store.lock(work, row.reference), date(2026, 5, 29), at)
        return row.reference

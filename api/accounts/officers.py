"""Officers: adding them, their roles, passwords and second factors."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pyotp

from api.accounts import store
from api.accounts.passwords import check_strength, hash_password
from api.accounts.tables import OfficerRoleRow, OfficerRow
from api.core import audit
from api.core.db import Work
from bopsgis.errors import InputRefused, NotAllowed
from bopsgis.planning.case import Role

__all__ = [
    "OFFICER_ROLES",
    "add_officer",
    "administrator_only",
    "begin_second_factor",
    "deactivate",
    "set_password",
    "set_roles",
    "untie",
]

OFFICER_ROLES = frozenset({Role.ASSESSOR, Role.REVIEWER, Role.ADMINISTRATOR})


def administrator_only(work: Work) -> None:
    """Raises NotAllowed for anybody but an administrator."""
    if not work.access.roles & {Role.ADMINISTRATOR, Role.SYSTEM}:
        raise NotAllowed("Accounts are managed by the council's administrators.", code="administrator_only")


def add_officer(
    work: Work, *, email: str, name: str, roles: Collection[Role], password: str | None, at: datetime
) -> OfficerRow:
    """Add an officer; without a password they sign in through the council's own service.

    Raises InputRefused for an address that is taken, a role that is no officer's, or a weak password.
    """
    administrator_only(work)
    address = email.strip().lower()
    if store.officer_by_email(work, address) is not None:
        raise InputRefused("An officer with this address exists already.", code="officer_exists")
    if password is not None:
        check_strength(password, email=address, name=name)
    officer = OfficerRow(
        council_id=work.access.council_id,
        email=address,
        name=name.strip(),
        password_hash=None if password is None else hash_password(password),
        created_at=at,
    )
    work.session.add(officer)
    work.session.flush()
    set_roles(work, officer, roles, at)
    return officer


def set_roles(work: Work, officer: OfficerRow, roles: Collection[Role], at: datetime) -> None:
    """Give an officer exactly these roles."""
    administrator_only(work)
    if not roles or not set(roles) <= OFFICER_ROLES:
        raise InputRefused("Choose at least one role: assessor, reviewer or administrator.", code="roles")
    held = store.roles_of(work, officer)
    for role in held - set(roles):
        work.session.delete(work.session.get_one(OfficerRoleRow, (officer.id, role.value)))
    for role in set(roles) - held:
        work.session.add(OfficerRoleRow(officer_id=officer.id, role=role.value, council_id=officer.council_id))
    told = {"officer": officer.id, "roles": sorted(role.value for role in roles)}
    audit.record(work, "set_roles", at, case_id=None, detail=told)


def set_password(work: Work, officer: OfficerRow, password: str, at: datetime) -> None:
    """Give an officer a new password; whoever is signed in as them is signed out."""
    check_strength(password, email=officer.email, name=officer.name)
    officer.password_hash = hash_password(password)
    store.end_sessions(work, officer, at)
    audit.record(work, "set_password", at, case_id=None, detail={"officer": officer.id})


def begin_second_factor(work: Work, officer: OfficerRow, at: datetime, *, issuer: str) -> str:
    """Give an officer a new secret for one-time codes; the address to show as a QR code, once."""
    officer.totp_secret, officer.totp_last_step = pyotp.random_base32(), None
    store.end_sessions(work, officer, at)
    audit.record(work, "begin_second_factor", at, case_id=None, detail={"officer": officer.id})
    return pyotp.TOTP(officer.totp_secret).provisioning_uri(name=officer.email, issuer_name=issuer)


def deactivate(work: Work, officer: OfficerRow, at: datetime) -> None:
    """End what an officer may do. Their name stays wherever they acted."""
    administrator_only(work)
    officer.active = False
    store.end_sessions(work, officer, at)
    audit.record(work, "deactivate_officer", at, case_id=None, detail={"officer": officer.id})


def untie(work: Work, officer: OfficerRow, at: datetime) -> None:
    """Forget who the officer is at the council's own sign-in service, and sign them out."""
    administrator_only(work)
    officer.oidc_subject = None
    store.end_sessions(work, officer, at)
    audit.record(work, "untie_from_sign_in_service", at, case_id=None, detail={"officer": officer.id})

"""Queries on councils, officers, sessions and API clients."""

from __future__ import annotations

from sqlalchemy import select, update

from api.accounts.tables import ApiClientRow, CouncilRow, OfficerRoleRow, OfficerRow, SessionRow
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.errors import NotFound
from bopsgis.planning.case import Role

__all__ = [
    "client_by_prefix",
    "clients",
    "council_by_code",
    "councils",
    "end_sessions",
    "officer_by_email",
    "officer_by_id",
    "officers",
    "roles_of",
    "session_by_hash",
]


def council_by_code(work: Work, code: str) -> CouncilRow:
    """The council with this code. Councils are not behind the tenant filter: a request finds its own through this."""
    row = work.session.scalar(select(CouncilRow).where(CouncilRow.code == code))
    if row is None:
        raise NotFound(f"There is no council {code[:60]} here.", code="council")
    return row


def councils(work: Work) -> list[CouncilRow]:
    """All councils of the database."""
    return list(work.session.scalars(select(CouncilRow).order_by(CouncilRow.id)))


def officer_by_email(work: Work, email: str) -> OfficerRow | None:
    """The officer with this address, in any case of letters."""
    query = select(OfficerRow).where(visible_to(work.access, OfficerRow), OfficerRow.email == email.strip().lower())
    return work.session.scalar(query)


def officer_by_id(work: Work, officer_id: int) -> OfficerRow:
    """The officer with this id. Raises NotFound, for another council's officer as well."""
    query = select(OfficerRow).where(visible_to(work.access, OfficerRow), OfficerRow.id == officer_id)
    row = work.session.scalar(query)
    if row is None:
        raise NotFound("There is no such officer.", code="officer")
    return row


def officers(work: Work) -> list[OfficerRow]:
    """All officers of the council, active or not, by name."""
    query = select(OfficerRow).where(visible_to(work.access, OfficerRow)).order_by(OfficerRow.name)
    return list(work.session.scalars(query))


def roles_of(work: Work, officer: OfficerRow) -> frozenset[Role]:
    """The roles that an officer holds."""
    query = select(OfficerRoleRow.role).where(
        visible_to(work.access, OfficerRoleRow), OfficerRoleRow.officer_id == officer.id
    )
    return frozenset(Role(role) for role in work.session.scalars(query))


def session_by_hash(work: Work, token_hash: str) -> SessionRow | None:
    """The session whose token has this hash, ended or not."""
    query = select(SessionRow).where(visible_to(work.access, SessionRow), SessionRow.token_hash == token_hash)
    return work.session.scalar(query)


def end_sessions(work: Work, officer: OfficerRow, at: object) -> None:
    """End all sessions of an officer that are still open."""
    statement = update(SessionRow).where(
        visible_to(work.access, SessionRow), SessionRow.officer_id == officer.id, SessionRow.ended_at.is_(None)
    )
    work.session.execute(statement.values(ended_at=at))


def client_by_prefix(work: Work, prefix: str) -> ApiClientRow | None:
    """The API client whose key starts with this prefix."""
    query = select(ApiClientRow).where(visible_to(work.access, ApiClientRow), ApiClientRow.key_prefix == prefix)
    return work.session.scalar(query)


def clients(work: Work) -> list[ApiClientRow]:
    """All API clients of the council, revoked ones too, by name."""
    query = select(ApiClientRow).where(visible_to(work.access, ApiClientRow)).order_by(ApiClientRow.name)
    return list(work.session.scalars(query))

"""Who acts, for which council, in which roles: the first argument of everything that reads or changes a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement

from bopsgis.planning.case import Role

__all__ = ["Access", "visible_to"]


@dataclass(frozen=True, slots=True)
class Access:
    """What one request may see and do. Without an officer or a client it is the public's, or a job's."""

    council_id: int
    actor: str
    """Who acts, in words that still say it when the account is gone: it goes into the audit."""
    roles: frozenset[Role] = frozenset()
    officer_id: int | None = None
    client_id: int | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def system(cls, council_id: int, job: str) -> Access:
        """Access of a scheduled job."""
        return cls(council_id=council_id, actor=f"job: {job}", roles=frozenset({Role.SYSTEM}))

    @classmethod
    def public(cls, council_id: int) -> Access:
        """Access of a member of the public: published things only, which the queries see to."""
        return cls(council_id=council_id, actor="public", roles=frozenset({Role.PUBLIC}))


def visible_to(access: Access, table: Any) -> ColumnElement[bool]:
    """The filter that every query of a council's rows starts from.

    On PostgreSQL row-level security says the same once more, for a query that forgets it.
    """
    column: ColumnElement[bool] = table.council_id == access.council_id
    return column

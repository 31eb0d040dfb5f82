"""Who may set things up for a council."""

from __future__ import annotations

from api.core.db import Work
from bopsgis.errors import NotAllowed
from bopsgis.planning.case import Role

__all__ = ["administrators_only"]


def administrators_only(work: Work) -> None:
    """Raise NotAllowed for anybody but the council's administrators, and jobs."""
    if not work.access.roles & {Role.ADMINISTRATOR, Role.SYSTEM}:
        raise NotAllowed("The council's administrators set this up.", code="administrator_only")

"""A new password by a link: an administrator has it sent, the officer uses it once, within an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from api.accounts import store
from api.accounts.officers import administrator_only, set_password
from api.accounts.secrets import hash_of, new_token
from api.accounts.tables import OfficerRow, PasswordResetRow
from api.core import audit, outbox
from api.core.access import Access, visible_to
from api.core.db import Work
from bopsgis.errors import InputRefused, NotFound

__all__ = ["VALID_FOR", "officer_of", "send_link", "use"]

VALID_FOR = timedelta(hours=1)


def send_link(work: Work, officer: OfficerRow, at: datetime) -> None:
    """Send an officer a link for choosing a new password; a link sent before works no more.

    The old password works until then: a link that somebody else asked for shuts nobody out. The link's secret
    is in the mail only. Raises InputRefused for an officer who is not active, NotAllowed for anybody but an
    administrator.
    """
    administrator_only(work)
    if not officer.active:
        raise InputRefused("This officer may not sign in any more.", code="officer_inactive")
    _forget(work, officer)
    token = new_token()
    work.session.add(
        PasswordResetRow(
            token_hash=hash_of(token),
            council_id=officer.council_id,
            officer_id=officer.id,
            created_at=at,
            expires_at=at + VALID_FOR,
        )
    )
    payload = {"template": "password_reset", "to": [officer.email], "name": officer.name, "secret": token}
    outbox.add(work, outbox.Channel.MAIL, payload, at, case_id=None)
    audit.record(work, "send_password_reset", at, case_id=None, detail={"officer": officer.id})


def officer_of(work: Work, token: str, at: datetime) -> OfficerRow:
    """Whom the link is for. Raises NotFound for one that was used, has run out or never was: all the same."""
    query = select(PasswordResetRow).where(
        visible_to(work.access, PasswordResetRow), PasswordResetRow.token_hash == hash_of(token)
    )
    row = work.session.scalar(query)
    if row is not None and row.expires_at > at:
        officer = store.officer_by_id(work, row.officer_id)
        if officer.active:
            return officer
    raise _works_no_more()


def use(work: Work, token: str, password: str, at: datetime) -> None:
    """Give the officer the password and end the link; whoever is signed in as them is signed out.

    A second factor stays as it is. Raises NotFound as `officer_of`, InputRefused for a weak password, after
    which the link still works.
    """
    officer = officer_of(work, token, at)
    if not _forget(work, officer):  # somebody else was quicker with the same link
        raise _works_no_more()
    acting = Access(officer.council_id, f"{officer.name} <{officer.email}>", officer_id=officer.id)
    set_password(Work(work.session, acting), officer, password, at)


def _forget(work: Work, officer: OfficerRow) -> int:
    """End the links of an officer; how many there were."""
    own = delete(PasswordResetRow).where(
        visible_to(work.access, PasswordResetRow), PasswordResetRow.officer_id == officer.id
    )
    return len(work.session.scalars(own.returning(PasswordResetRow.token_hash)).all())


def _works_no_more() -> NotFound:
    return NotFound(
        "This link does not work any more.",
        code="reset_link",
        hint="A link for a new password works once, for an hour. Ask your council's administrator for a new one.",
    )

"""A council in the sample town with cases of its own and no others, and an officer who signs in on its pages."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from playwright.sync_api import Page
from support.casework import ADMINISTRATOR, PASSWORD

from api.accounts.officers import add_officer
from api.accounts.tables import CouncilRow
from api.core import clock
from api.core.db import Database
from api.core.settings import Settings
from api.schema import upgrade
from bopsgis.planning.case import Role

__all__ = ["open_council", "sign_in_on"]

_EMAIL = "o@example.org"


def open_council(
    home: Path, sample_home: Path, *, code: str = "a", name: str = "Example Council", roles: Collection[Role] = ()
) -> tuple[Settings, Database]:
    """Settings of a service over the sample town's data, and its database with one council; an officer if of `roles`.

    The database is for adding cases, and is to be disposed of before the service is opened.
    """
    for folder in ("store", "sample-town"):
        (home / folder).symlink_to(sample_home / folder)
    settings = Settings(home=home)
    database = Database(settings.database_url)
    upgrade(database)
    with database.engine.execution_options(write=True).begin() as connection:
        connection.execute(CouncilRow.__table__.insert(), [{"code": code, "name": name}])
    if roles:
        with database.unit_of_work(ADMINISTRATOR) as work:
            add_officer(work, email=_EMAIL, name="Olive", roles=set(roles), password=PASSWORD, at=clock.now())
    return settings, database


def sign_in_on(page: Page) -> None:
    """Sign in as that officer."""
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(_EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/cases*")

"""Running the service of cases: councils and officers, the audit, the worker."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from api.accounts import officers, store
from api.accounts.tables import CouncilRow
from api.cli import terminal
from api.core import audit, clock
from api.core.access import Access
from api.core.db import Database
from api.core.settings import Settings
from api.documents.filing import open_filing
from api.documents.settings import DocumentSettings
from api.maps.service import SiteChecks
from api.schema import upgrade
from api.worker.run import desk_of, run
from bopsgis.errors import InputRefused, StoreDamaged
from bopsgis.planning.case import Role

__all__ = ["CouncilCode", "audit_app", "council_app", "council_named", "officer_app", "open_database", "worker"]

council_app = typer.Typer(help="Councils that this service serves.", no_args_is_help=True)
officer_app = typer.Typer(help="Officers of a council.", no_args_is_help=True)
audit_app = typer.Typer(help="The record of who did what.", no_args_is_help=True)

CouncilCode = Annotated[
    str, typer.Option("--council", metavar="CODE", help="[default: the only council there is]", show_default=False)
]


def open_database() -> Database:
    """The database of the settings, brought up to date."""
    database = Database(Settings().database_url)
    upgrade(database)
    return database


def council_named(database: Database, code: str) -> CouncilRow:
    """The council with this code, or the only one. Raises InputRefused where it is not clear which."""
    with database.reading(Access.public(0)) as work:
        if code:
            return store.council_by_code(work, code)
        known = store.councils(work)
    if len(known) != 1:
        raise InputRefused(
            "Which council?", code="council", hint="add --council CODE; `bopsgis council list` has them."
        )
    return known[0]


@council_app.command("add")
def add_council(
    code: Annotated[str, typer.Argument(help="Its code as datasets give it, for example local-authority:XTH.")],
    name: Annotated[str, typer.Argument(help="Its name as people write it.")],
) -> None:
    """Add a council."""
    database = open_database()
    with database.unit_of_work(Access.system(0, "command line")) as work:
        if any(known.code == code for known in store.councils(work)):
            raise InputRefused(f"There is a council {code} already.", code="council_exists")
        work.session.add(CouncilRow(code=code, name=name))
    terminal.note(f"Added {name}. Next: bopsgis officer add ADDRESS NAME --role administrator")


@council_app.command("list")
def list_councils() -> None:
    """List the councils."""
    with open_database().reading(Access.public(0)) as work:
        for known in store.councils(work):
            terminal.stdout().print(f"{known.code}  {known.name}", markup=False, highlight=False)


@officer_app.command("add")
def add_officer(
    email: Annotated[str, typer.Argument(metavar="ADDRESS", help="Mail address; the name to sign in with.")],
    name: Annotated[str, typer.Argument(help="Name as it stands on decisions.")],
    *,
    role: Annotated[list[Role], typer.Option(help="assessor, reviewer or administrator. Repeatable.")],
    council: CouncilCode = "",
) -> None:
    """Add an officer; the password is asked for, and never given on the command line."""
    database = open_database()
    chosen = council_named(database, council)
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    with database.unit_of_work(Access.system(chosen.id, "command line")) as work:
        officers.add_officer(work, email=email, name=name, roles=set(role), password=password, at=clock.now())
    terminal.note(f"Added {name} to {chosen.name}.")


@audit_app.command("verify")
def verify_audit(*, council: CouncilCode = "") -> None:
    """Walk the chain of every event of a council. Exit status 3 where an event was changed, removed or slipped in."""
    database = open_database()
    chosen = council_named(database, council)
    with database.reading(Access.system(chosen.id, "audit")) as work:
        broken = list(audit.verify(work.session, chosen.id))
        count = audit.count(work.session, chosen.id)
    for link in broken:
        terminal.note(f"event {link.sequence}: {link.why}")
    if broken:
        raise StoreDamaged(f"The audit of {chosen.name} does not hold: {len(broken)} fault(s).", code="audit_broken")
    terminal.note(f"The audit of {chosen.name} holds: {count:,} events.")


def worker() -> None:
    """Send what is in the outbox and do what is due, until stopped. Run one beside the web service."""
    settings = Settings()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    database = open_database()
    terminal.note("The worker is running (Ctrl+C stops it).")
    filing = open_filing(DocumentSettings(), settings.home)
    run(desk_of(settings, database, SiteChecks(settings.store).check, filing), stop)
    database.dispose()
    terminal.note("Stopped.")

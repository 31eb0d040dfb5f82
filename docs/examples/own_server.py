"""A server of our own for an example: the sample town, one council, three officers, and a clock that can be moved.

Everything but the town's own data lies in a temporary folder, or in the database that is named, and the clock is
moved for this process only: periods for comments take weeks, and an example should not.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import uvicorn
from sqlalchemy import text

from api.accounts.officers import add_officer
from api.accounts.tables import CouncilRow
from api.core import clock, server
from api.core.access import Access
from api.core.db import Database
from api.core.settings import Settings
from api.main import create_app
from api.sample.load import officers
from api.schema import upgrade

__all__ = ["OwnServer", "own_server"]


@dataclass
class OwnServer:
    """A running server."""

    address: str
    settings: Settings
    ahead: timedelta = field(default=timedelta())
    """How far the server's clock is ahead of this machine's."""

    def move_to(self, day: date) -> None:
        """Let time pass until this day has come."""
        self.ahead += timedelta(days=max(0, (day - clock.today()).days))
        clock.run_ahead(self.ahead)

    @property
    def mail(self) -> Path:
        """The folder in which mail arrives."""
        return self.settings.home / "outbox" / "mail"

    def verify_audit(self) -> int:
        """Exit status of `bopsgis audit verify`: 0 where the chain is whole, 3 where it is not."""
        environment = {
            **os.environ,
            "BOPSGIS_HOME": str(self.settings.home),
            "BOPSGIS_DATABASE": self.settings.database_url,
        }
        command = [sys.executable, "-m", "api.cli", "audit", "verify"]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603  # our own command

    def tamper(self) -> int:
        """Change one event of the audit behind the service's back; its number.

        Only whoever owns the database can: the triggers that forbid it are taken away first.
        """
        database = Database(self.settings.database_url)
        try:
            with database.engine.execution_options(write=True).begin() as connection:
                if database.is_postgresql:
                    connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER no_change"))
                    connection.execute(text("SELECT set_config('app.council_id', '1', true)"))
                else:
                    connection.execute(text("DROP TRIGGER audit_event_no_update"))
                changed = text("UPDATE audit_event SET actor = 'Somebody Else' WHERE act = :act RETURNING sequence")
                return int(connection.execute(changed, {"act": "decide"}).scalar_one())
        finally:
            database.dispose()


@contextmanager
def own_server(home: Path, database_url: str) -> Iterator[OwnServer]:
    """Serve the sample town that lies in `home`, with an empty database, until the block ends.

    `database_url` may be empty: the cases are kept in a file of the temporary folder then.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bopsgis-one-case-") as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        own = Path(folder)
        for part in ("store", "sample-town"):
            (own / part).symlink_to((home / part).resolve(), target_is_directory=True)
        port = listener.getsockname()[1]
        settings = Settings(home=own, database=database_url, port=port, demo=True, worker=True)
        running = OwnServer(f"http://127.0.0.1:{port}", settings)
        _council(settings)
        service = uvicorn.Server(server.config(create_app(settings), settings.host, port))
        thread = threading.Thread(target=service.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not service.started and thread.is_alive():
                time.sleep(0.05)
            yield running
        finally:
            service.should_exit = True
            thread.join(timeout=20)
            clock.run_ahead(timedelta())


def _council(settings: Settings) -> None:
    """The sample council with its three officers, in a database that holds nothing else."""
    about = json.loads((settings.sample_town / "town.json").read_bytes())["council"]
    database = Database(settings.database_url)
    try:
        upgrade(database)
        with database.unit_of_work(Access.system(1, "example")) as work:
            work.session.add(CouncilRow(id=1, code=about["code"], name=about["name"]))
            work.session.flush()
            for one in officers():
                roles = {one.role}
                add_officer(
                    work, email=one.email, name=one.name, roles=roles, password=one.password, at=datetime.now(tz=UTC)
                )
    finally:
        database.dispose()

"""The worker in the demo's server."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.accounts.tables import CouncilRow
from api.core import outbox
from api.core.access import Access
from api.core.db import Database
from api.core.settings import Settings
from api.main import create_app
from api.schema import upgrade

PATIENCE_S = 120.0


@pytest.mark.parametrize("asked", [True, False])
def test_the_server_sends_where_it_is_asked_to(tmp_path: Path, *, asked: bool) -> None:
    """With the setting a mail that waits goes to the folder and the thread ends with the server; else neither is."""
    settings = Settings(home=tmp_path, worker=asked)
    database = Database(settings.database_url)
    upgrade(database)
    with database.unit_of_work(Access.public(1)) as work:
        work.session.add(CouncilRow(id=1, code="local-authority:XTH", name="Thistleford", settings={}))
        work.session.flush()
        mail: dict[str, object] = {
            "template": "deadline_reminder",
            "to": ["assessor@thistleford.example"],
            "reference": "26-00001-HAPP",
        }
        mail |= {"address": "1 Sample Lane", "deadline": "2026-06-08", "days_left": 7}
        outbox.add(work, outbox.Channel.MAIL, mail, datetime(2026, 6, 1, tzinfo=UTC), case_id=None)
    database.dispose()
    with TestClient(create_app(settings), base_url="http://localhost"):
        until = time.monotonic() + (PATIENCE_S if asked else 1.0)
        while not list((tmp_path / "outbox").rglob("*.eml")) and time.monotonic() < until:
            time.sleep(0.1)
        assert any(one.name == "worker" for one in threading.enumerate()) is asked
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == int(asked)
    assert not any(one.name == "worker" for one in threading.enumerate())

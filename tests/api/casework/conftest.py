from __future__ import annotations

from pathlib import Path

import pytest
from support.office import Office, open_office

from api.core import clock
from api.core.db import Database


@pytest.fixture
def office(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The office on 1 June 2026, with a householder application that came that day."""
    office = open_office(database, tmp_path)
    monkeypatch.setattr(clock, "now", office.now)
    monkeypatch.setattr(clock, "today", lambda: office.day)
    office.move_to(office.day)
    office.receive()
    return office

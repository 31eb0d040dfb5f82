"""Running the service of cases from the command line."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli.app import app
from api.core.db import Database
from bopsgis.errors import InputRefused, StoreDamaged

PASSWORD = "seven green bicycles"  # noqa: S105  # of an invented officer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of its own, that does not exist yet."""
    folder = tmp_path / "a" / "home"
    monkeypatch.setenv("BOPSGIS_HOME", str(folder))
    return folder


def run(*words: str, typed: str = "") -> str:
    """Run a command that has to succeed; what it says."""
    result = CliRunner().invoke(app, words, input=typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_council_is_set_up_from_nothing(home: Path) -> None:
    """Council, officer and audit on a fresh home folder; the password is not shown."""
    run("council", "add", "local-authority:XTH", "Sample Council")
    said = run("officer", "add", "o@c.example", "Sample Officer", "--role", "assessor", typed=f"{PASSWORD}\n" * 2)
    assert PASSWORD not in said
    assert "local-authority:XTH" in run("council", "list")
    assert "1 events" in run("audit", "verify")
    assert (home / "cases.db").is_file()


def test_a_changed_event_makes_verify_fail(home: Path) -> None:
    """An edit behind the service's back is named by its event."""
    run("council", "add", "local-authority:XTH", "Sample Council")
    run("officer", "add", "o@c.example", "Sample Officer", "--role", "assessor", typed=f"{PASSWORD}\n" * 2)
    database = Database(f"shapelite:///{home / 'cases.db'}")
    with database.engine.execution_options(write=True).begin() as connection:
        connection.execute(text("DROP TRIGGER audit_event_no_update"))
        connection.execute(text("UPDATE audit_event SET actor = 'somebody else'"))
    with pytest.raises(StoreDamaged, match="1 fault"):
        CliRunner().invoke(app, ["audit", "verify"], catch_exceptions=False)


def test_which_council_has_to_be_clear(home: Path) -> None:  # noqa: ARG001  # sets the environment
    """With none or two councils and no code, the command asks for one."""
    with pytest.raises(InputRefused, match="Which council"):
        CliRunner().invoke(app, ["audit", "verify"], catch_exceptions=False)
    run("council", "add", "a", "A")
    with pytest.raises(InputRefused, match="already"):
        CliRunner().invoke(app, ["council", "add", "a", "A"], catch_exceptions=False)


def test_the_worker_stops_when_asked(home: Path) -> None:
    """A termination signal ends it cleanly, with status 0."""
    command = [sys.executable, "-m", "api.cli", "worker"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "running" in process.stderr.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert (home / "cases.db").is_file()

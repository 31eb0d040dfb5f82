"""`bopsgis import`: a dry run, the import itself, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

MAPPING = """
[columns]
alternative_reference = "REF"
application_type = "TYPE"
status = "STATUS"
received_on = "RECEIVED"
proposal = "PROPOSAL"
address = "ADDRESS"
"""
REGISTER = """REF,TYPE,STATUS,RECEIVED,PROPOSAL,ADDRESS,OTHER
26/001,pp.full.householder,received,2026-05-28,Porch,1 Example Street,x
26/002,pp.full.householder,lost,2026-05-28,Shed,2 Example Street,x
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """The words that name a register of two rows and its mapping."""
    (tmp_path / "register.csv").write_text(REGISTER, encoding="utf-8")
    (tmp_path / "columns.toml").write_text(MAPPING, encoding="utf-8")
    return ("register.csv", "--mapping", "columns.toml")


def test_a_register_is_imported_from_the_command_line(
    run: Any, files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dry run says the same as the import and keeps nothing; the second import finds the case here already."""
    monkeypatch.setenv("BOPSGIS_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    assert run("council", "add", "local-authority:XTH", "Sample Council").status == 0
    dry = run("import", *files, "--dry-run")
    assert dry.status == 0, dry.err
    lines = dry.out.decode().splitlines()
    assert lines[0] == "2 rows: 1 would be imported, 1 rejected, 0 here already."
    assert "Columns not read: OTHER" in lines
    assert lines[-1].startswith("  row 2 (26/002): The status “lost” is not one of")
    done = run("import", *files, "--report", "done.json")
    assert done.out.decode().splitlines()[0] == "2 rows: 1 imported, 1 rejected, 0 here already."
    assert json.loads((tmp_path / "done.json").read_text(encoding="utf-8"))["by_status"] == {"received": 1}
    again = run("import", *files)
    assert again.out.decode().splitlines()[0] == "2 rows: 0 imported, 1 rejected, 1 here already."


def test_without_a_council_it_is_refused(
    run: Any, files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 2, and the way out."""
    monkeypatch.setenv("BOPSGIS_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    answer = run("import", *files)
    assert answer.status == 2
    assert "--council" in answer.err

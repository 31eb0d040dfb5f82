"""The example that takes one householder case through, run as a user runs it, on both stores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.stores import postgis_database, sqlalchemy_url


@pytest.mark.parametrize("store", ["shapelite", pytest.param("postgis", marks=pytest.mark.postgis)])
def test_one_case_goes_from_submission_to_decision_notice(
    store: str, root: Path, sample_home: Path, request: pytest.FixtureRequest
) -> None:
    """Over HTTP alone, by three officers, a portal and the public; the audit holds, and a changed row is found."""
    if store == "shapelite":
        said = one_case(root, sample_home, "")
    else:
        with postgis_database(request.getfixturevalue("postgis")) as address:
            said = one_case(root, sample_home, sqlalchemy_url(address))
    for step in (
        "received 2", "asked the applicant by mail", "valid from", "neighbours within 15 m", "letters:", "comment 2",
        "publicity still due: none", "assessed in 4 sections", "reviewed section by section", "granted",
        "notice as html", "notice as pdf", "nothing that was given in confidence", "the chain is whole",
        "the change is found",
    ):  # fmt: skip
        assert step in said, said


def one_case(root: Path, home: Path, database: str) -> str:
    """Run the example on a server of its own; what it said."""
    command = [sys.executable, "docs/examples/one_case.py", "--home", str(home), "--database", database]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

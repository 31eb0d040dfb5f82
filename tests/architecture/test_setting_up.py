from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.tree import ROOT, tree_of

from bopsgis import __main__ as bootstrap

BOOTSTRAP = ROOT / "bopsgis" / "__main__.py"


def _start(words: list[str], venv: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m bopsgis WORDS` as somebody with a fresh clone runs it: without any installed package."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))}
    command = [sys.executable, "-S", "-m", "bopsgis", *words]
    settings = {**bare, "BOPSGIS_VENV": str(venv), "BOPSGIS_NO_APT": "1", **environment}
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


def test_bootstrap_uses_the_standard_library_only() -> None:
    """A machine with nothing but Python can read and run it."""
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else node.names[0].name.split(".")[0]
        for node in ast.walk(tree_of(BOOTSTRAP))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported - sys.stdlib_module_names == set()


def test_a_bare_python_can_import_the_package() -> None:
    """`import bopsgis` needs no installed package, or `python3 -m bopsgis` could not start."""
    code = "import sys, bopsgis.__main__; print(sorted(set(sys.modules) & {'numpy', 'shapely', 'pyproj'}))"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_set_up_clone_starts_without_a_network(tmp_path: Path) -> None:
    """With every stamp in place nothing is installed: the command runs at once."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    for part in ("build", "run"):
        (tmp_path / f".bopsgis-{part}").write_text(bootstrap._fingerprint(part))
    done = _start(["version"], tmp_path, PYTHONPATH=str(ROOT), PIP_NO_INDEX="1", UV_OFFLINE="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("bopsgis ")


@pytest.mark.slow
def test_without_a_network_the_set_up_says_so(tmp_path: Path) -> None:
    """Where nothing can be fetched, a sentence says so, the status is 1, and no step counts as done."""
    done = _start(["version"], tmp_path / "venv", PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull, UV_OFFLINE="1")
    assert done.returncode == 1
    assert "could not be fetched" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "venv").glob(".bopsgis-*")) == []


def test_an_old_python_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Python 3.9 with no newer one beside it: which version is needed, and no traceback."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 6, "final", 0))
    monkeypatch.setattr(sys, "version", "3.9.6 (default)")
    monkeypatch.setenv("PATH", "")
    assert bootstrap.main(["demo"]) == 1
    assert "Python 3.11 or newer is needed; this is 3.9.6" in capsys.readouterr().err

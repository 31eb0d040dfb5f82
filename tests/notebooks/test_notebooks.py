from __future__ import annotations

from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient
from support.tree import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def test_there_are_notebooks() -> None:
    """The walk for analysts is there to be run."""
    assert [notebook.stem for notebook in NOTEBOOKS][:1] == ["01-check-a-site"]


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(notebook: Path, sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs from top to bottom on the sample town, and the report is shown as a page."""
    monkeypatch.setenv("BOPSGIS_HOME", str(sample_home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cells = jupytext.read(notebook)
    NotebookClient(
        cells, timeout=120, kernel_name="python3", resources={"metadata": {"path": ROOT / "notebooks"}}
    ).execute()
    shown = [output for cell in cells.cells for output in cell.get("outputs", [])]
    assert not [output for output in shown if output["output_type"] == "error"]
    assert any("text/html" in output.get("data", {}) for output in shown)

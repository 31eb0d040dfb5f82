from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

COUNCIL = ("--council", "E09000028")
SITE = ("check", "533450,177950", "--radius", "20", *COUNCIL, "--as-at", "2026-11-22", "--format", "json")


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """A conservation area round 533450, 177950 and a row without geometry."""
    ring = [[533400, 177900], [533500, 177900], [533500, 178000], [533400, 178000], [533400, 177900]]
    rows = [
        {
            "type": "Feature",
            "properties": {"reference": "CA01", "name": "Old Town"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        },
        {"type": "Feature", "properties": {"reference": "CA02", "name": "Lost"}, "geometry": None},
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": rows}))
    return path


def _add(run: Any, path: Path, *words: str) -> Any:
    return run("data", "add", str(path), "--dataset", "conservation-area", "--name", "areas", *words)


def _status(run: Any) -> str:
    findings = json.loads(run(*SITE).out)["findings"]
    return next(finding["status"] for finding in findings if finding["dataset"] == "conservation-area")


def test_added_data_are_found_and_removed_data_are_not_known(run: Any, delivery: Path) -> None:
    """Add, list, check, verify, remove: each step shows in the next."""
    added = _add(run, delivery, *COUNCIL)
    assert added.status == 0, added.err
    assert "2 rows in" in added.err
    assert b"areas" in run("data", "list").out
    assert _status(run) == "present"
    assert run("data", "verify").status == 0
    assert run("data", "remove", "conservation-area", "areas").status == 2
    assert run("data", "remove", "conservation-area", "areas", "--yes").status == 0
    assert _status(run) == "not_known"


def test_coverage_must_be_said(run: Any, delivery: Path, tmp_path: Path) -> None:
    """Without coverage, and with nobody to ask, nothing is added and the way out is named."""
    refused = _add(run, delivery)
    assert refused.status == 2
    assert "--coverage-unknown" in refused.err
    assert not (tmp_path / ".bopsgis").exists()
    assert _add(run, delivery, "--coverage-unknown", "--everywhere").status == 2
    assert _add(run, delivery, "--coverage-unknown").status == 0
    assert b"not known" in run("data", "list").out


def test_dry_run_changes_nothing(run: Any, delivery: Path, tmp_path: Path) -> None:
    """`--dry-run` accounts for every row and leaves no store behind."""
    answer = _add(run, delivery, "--everywhere", "--dry-run")
    assert answer.status == 0
    assert "2 rows in" in answer.err
    assert not (tmp_path / ".bopsgis").exists()


def test_damage_is_found(run: Any, delivery: Path, tmp_path: Path) -> None:
    """A single changed byte in any file of the store's version is found, with status 3."""
    assert _add(run, delivery, *COUNCIL).status == 0
    store = tmp_path / ".bopsgis" / "store"
    whole = sorted(path for path in (store / "versions").rglob("*.npy") if path.stat().st_size)
    assert whole
    for path in whole[:3]:
        kept = path.read_bytes()
        path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        found = run("data", "verify")
        assert found.status == 3
        assert path.name in found.err
        path.write_bytes(kept)
    assert run("data", "verify").status == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["missing.geojson", "--dataset", "conservation-area", "--everywhere"], "There is no file"),
        (["areas.geojson", "--dataset", "conservation-aera", "--everywhere"], "conservation-area"),
        (["areas.geojson", "--dataset", "conservation-area", "--everywhere", "--column", "x"], "OURS=THEIRS"),
    ],
)
@pytest.mark.usefixtures("delivery")
def test_refusals_are_plain(run: Any, words: list[str], says: str) -> None:
    """What cannot be added is refused with status 2 and a way out."""
    answer = run("data", "add", *words)
    assert answer.status == 2
    assert says in answer.err
    assert "Traceback" not in answer.err


def test_real_data_and_the_fiction_stay_apart(
    run: Any, delivery: Path, sample_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real data do not go into the sample town's store, nor the town into a store of real data."""
    town = tmp_path / "town"
    shutil.copytree(sample_store, town)
    assert "fictional" in _add(run, delivery, *COUNCIL, "--store", str(town)).err
    monkeypatch.setenv("BOPSGIS_HOME", str(tmp_path / "home"))
    assert _add(run, delivery, *COUNCIL).status == 0
    shutil.copytree(sample_store.parent / "sample-town", tmp_path / "home" / "sample-town")
    refused = run("demo", "--prepare-only")
    assert refused.status == 2
    assert "data of your own" in refused.err


def test_the_catalogue_can_be_listed(run: Any) -> None:
    """`data list --catalogue` needs no store and names every dataset on a line of its own."""
    lines = run("data", "list", "--catalogue").out.decode().splitlines()
    assert any(line.split()[:1] == ["conservation-area"] for line in lines)
    assert len(lines) > 50

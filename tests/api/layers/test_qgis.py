"""QGIS reads our collections and draws our tiles, where it is installed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import requests
from fastapi import FastAPI
from PIL import Image, ImageColor
from support.serving import insist, serving
from support.tile_places import address_at

from api.core.settings import Settings
from api.layers.layer import CONSTRAINTS
from api.main import create_app
from constraints.store import open_store

SYSTEM_PYTHON = Path("/usr/bin/python3")
"""Of Debian, for which its QGIS is installed."""


@pytest.fixture(scope="module")
def qgis() -> dict[str, str]:
    """The environment in which QGIS runs without a screen; the test is skipped where there is no QGIS."""
    quiet = {"QT_QPA_PLATFORM": "offscreen", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
    asked = [str(SYSTEM_PYTHON), "-c", "import qgis.core"]
    if not SYSTEM_PYTHON.exists() or subprocess.run(asked, capture_output=True, env=quiet, check=False).returncode:
        pytest.skip("QGIS is not installed (Debian: qgis python3-qgis)")
    return quiet


def test_qgis_reads_collections_and_draws_tiles(
    service: FastAPI, qgis: dict[str, str], sample_store: Path, root: Path
) -> None:
    """OGC API - Features gives all conservation areas, valid; tiles are drawn, the base map in our style's colours."""
    pictures = root / "tests" / "artifacts"
    pictures.mkdir(exist_ok=True)
    app = create_app(Settings(home=service.state.archives.folder.parent, council="a"))
    with serving(app) as (host, port):
        # QGIS does not ask again for a tile whose layer is still being made ready.
        tile = f"http://{host}:{port}{address_at(CONSTRAINTS, 8)}"
        assert insist(lambda: requests.get(tile, timeout=60)).status_code == 200
        reader = root / "tests" / "support" / "qgis_reader.py"
        command = [str(SYSTEM_PYTHON), str(reader), f"http://{host}:{port}", str(pictures)]
        done = subprocess.run(command, capture_output=True, text=True, env=qgis, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told["valid"].values()) == {True}
    assert set(map(str, told["faults"].values())) == {"[]"}
    store = open_store(sample_store)
    numbers = np.flatnonzero(store.feature_dataset == store.datasets.index("conservation-area"))
    assert sorted(name for name, _ in told["read"]) == sorted(store.feature(int(n)).reference for n in numbers)
    assert all(valid for _, valid in told["read"])
    for name, least in (("constraints", 0.5), ("basemap", 0.5), ("features", 0.02)):
        assert (pixels(pictures / f"qgis-{name}.png") < 250).any(axis=2).mean() > least, name
    building = np.abs(pixels(pictures / "qgis-basemap.png") - ImageColor.getrgb("#d9d0c3")).max(axis=2) <= 3
    assert building.mean() > 0.003


def pixels(path: Path) -> np.ndarray:
    """Red, green and blue of a picture."""
    return np.asarray(Image.open(path).convert("RGB")).astype(int)

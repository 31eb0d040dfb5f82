from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient

from api.features import routes
from api.features.limits import FeatureLimits
from constraints.store import open_store

DOWNLOAD = "/ogc/collections/{}/download"


def wanted(sample_store: Path, slug: str) -> Any:
    """Shapes of a dataset's features, in order."""
    store = open_store(sample_store)
    return store.feature_geometry(np.flatnonzero(store.feature_dataset == store.datasets.index(slug)))


def far(got: Any, held: Any) -> float:
    """How far the shapes of a file lie from those of the store at most, in metres."""
    return float(shapely.hausdorff_distance(np.asarray(got), held).max())


def every_layer(path: str) -> Any:
    """The rows of all layers: a Shapefile has one for each kind of shape."""
    layers = [pyogrio.read_dataframe(path, layer=name) for name in pyogrio.list_layers(path)[:, 0]]
    return pd.concat(layers, ignore_index=True)


@pytest.mark.parametrize("form", ["gpkg", "fgb", "shp"])
@pytest.mark.parametrize("slug", ["conservation-area", "tree", "classified-road"])
def test_files_of_gdal_hold_every_feature(
    client: TestClient, sample_store: Path, tmp_path: Path, form: str, slug: str
) -> None:
    """A file is read back by GDAL with every shape in place on the national grid, and leaves nothing behind."""
    before = set(Path(tempfile.gettempdir()).glob("bopsgis-*"))
    answer = client.get(DOWNLOAD.format(slug), params={"f": form})
    assert answer.status_code == 200
    name = answer.headers["content-disposition"].split('"')[1]
    file = tmp_path / name
    file.write_bytes(answer.content)
    read = every_layer(f"/vsizip/{file}" if form == "shp" else str(file))
    held = wanted(sample_store, slug)
    order = np.argsort(read["feature_id"].astype(int).to_numpy())
    assert read.crs.to_epsg() == 27700
    assert len(read) == len(held) == int(answer.headers["ogc-numberreturned"])
    assert far(read.geometry.to_numpy()[order], held) < 1e-4
    assert set(Path(tempfile.gettempdir()).glob("bopsgis-*")) <= before


def test_a_shapefile_says_what_it_renamed_and_cut(client: TestClient) -> None:
    """The text beside a Shapefile maps its short names to the real ones and names the licence."""
    answer = client.get(DOWNLOAD.format("conservation-area"), params={"f": "shp"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        said = archive.read("README.txt").decode()
    assert "designatio = designation-date" in said
    assert "Open Government Licence v3.0" in said
    assert "11 of 11 features" in said


def test_csv_has_shape_and_place_and_no_formulas(client: TestClient) -> None:
    """Each row has a shape as WKT and a point on it; filters apply to files as they do to pages."""
    params = {"f": "csv", "filter": "\"start-date\" >= DATE('1980-01-01')"}
    answer = client.get(DOWNLOAD.format("conservation-area"), params=params)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    matched = client.get("/ogc/collections/conservation-area/items", params={"filter": params["filter"]}).json()
    assert len(rows) == matched["numberMatched"] == int(answer.headers["ogc-numbermatched"]) > 0
    shapes = shapely.from_wkt([row["wkt"] for row in rows])
    points = shapely.points([float(row["easting"]) for row in rows], [float(row["northing"]) for row in rows])
    assert shapely.dwithin(shapes, points, 0.02).all()
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row.values())


def test_geojson_is_streamed_and_whole(client: TestClient) -> None:
    """A GeoJSON file is in longitude and latitude, and its last members say that nothing is missing."""
    answer = client.get(DOWNLOAD.format("tree"), params={"f": "geojson"})
    document = json.loads(answer.text)
    assert (len(document["features"]), document["numberMatched"], document["truncated"]) == (217, 217, False)
    assert -2 < document["features"][0]["geometry"]["coordinates"][0] < -1


def test_a_file_that_leaves_features_out_says_so(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the limit a file holds the first features, and its name, headers and end say how many."""
    monkeypatch.setattr(routes, "_LIMITS", FeatureLimits(max_download=10))
    for form in ("geojson", "csv", "gpkg"):
        answer = client.get(DOWNLOAD.format("tree"), params={"f": form})
        assert f"tree-first-10-of-217.{form}" in answer.headers["content-disposition"]
        headers = [answer.headers[name] for name in ("x-truncated", "ogc-numberreturned", "ogc-numbermatched")]
        assert headers == ["true", "10", "217"]
    document = client.get(DOWNLOAD.format("tree"), params={"f": "geojson"}).json()
    assert (len(document["features"]), document["numberReturned"], document["truncated"]) == (10, 10, True)

"""GIS programs that are not ours read the service over a real socket, each in a process of its own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from fastapi import FastAPI
from support.serving import serving

from bopsgis import crs
from constraints.store import Store, open_store


@pytest.fixture(scope="module")
def address(service: FastAPI) -> Iterator[str]:
    """The landing page as GDAL takes it."""
    with serving(service) as (host, port):
        yield f"OAPIF:http://{host}:{port}/ogc"


@pytest.fixture(scope="module")
def held(sample_store: Path) -> Store:
    """The store that is served."""
    return open_store(sample_store)


def run(*command: str) -> str:
    """What a program prints."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return done.stdout


def ogrinfo(*arguments: str) -> str:
    """What GDAL's own program prints, or a skip."""
    program = shutil.which("ogrinfo")
    if program is None:
        pytest.skip("GDAL's programs are not installed (Debian: gdal-bin)")
    return run(program, "-ro", *arguments)


def shapes_of(held: Store, slug: str) -> np.ndarray:
    """Shapes of a dataset on the national grid."""
    return held.feature_geometry(np.flatnonzero(held.feature_dataset == held.datasets.index(slug)))


def test_ogrinfo_counts_every_collection(address: str, held: Store) -> None:
    """GDAL finds every collection, its count over all pages, and an extent with longitude first."""
    said = ogrinfo("-so", "-al", "-oo", "PAGE_SIZE=50", address)
    counts = dict(
        zip(re.findall(r"Layer name: (\S+)", said), map(int, re.findall(r"Feature Count: (\d+)", said)), strict=True)
    )
    numbers = np.bincount(held.feature_dataset, minlength=len(held.datasets))
    wanted = {slug: int(count) for slug, count in zip(held.datasets, numbers, strict=True) if count}
    assert {name: count for name, count in counts.items() if name != "cases"} == wanted
    west, south = map(float, re.findall(r"Extent: \((\S+), (\S+)\)", said)[0])
    assert -1.5 < west < -1.3
    assert 52.0 < south < 52.2


def test_ogrinfo_asks_by_place_and_attribute(address: str, held: Store) -> None:
    """GDAL's own filters, sent to the service or not, find as many as the store has there."""
    shapes = shapes_of(held, "listed-building")
    lon, lat = crs.from_national_grid(*shapely.get_coordinates(shapes).T, crs.WGS84)
    middle = float(np.median(lon))
    box = [str(middle), "52.0", "-1.0", "52.3"]
    said = ogrinfo("-so", address, "listed-building", "-oo", "PAGE_SIZE=40", "-spat", *box)
    inside = (lon >= middle) & (lat > 52.0)
    assert f"Feature Count: {int(inside.sum())}" in said
    reference = held.feature(
        int(np.flatnonzero(held.feature_dataset == held.datasets.index("listed-building"))[0])
    ).reference
    said = ogrinfo("-so", address, "listed-building", "-where", f"reference = '{reference}'")
    assert "Feature Count: 1" in said


READ = """
import json, sys, pyogrio, shapely
frame = pyogrio.read_dataframe(sys.argv[1], layer=sys.argv[2], CRS=sys.argv[3])
print(json.dumps({"crs": frame.crs.to_epsg(), "wkt": list(shapely.to_wkt(frame.geometry.to_numpy(), 9))}))
"""


@pytest.mark.parametrize("system", ["EPSG:27700", "OGC:CRS84"])
@pytest.mark.parametrize("slug", ["conservation-area", "tree"])
def test_pyogrio_reads_shapes_in_place(address: str, held: Store, system: str, slug: str) -> None:
    """The GDAL of pyogrio reads every shape in either system where the store has it: no axis is turned round."""
    read = json.loads(run(sys.executable, "-c", READ, address, slug, system))
    shapes = shapely.from_wkt(read["wkt"])
    if system != "EPSG:27700":
        shapes = crs.transform_geometry(shapes, crs.WGS84)
    assert read["crs"] in (27700, None, 4326)
    assert float(shapely.hausdorff_distance(shapes, shapes_of(held, slug)).max()) < 2e-3

"""Surfaces kept beside a store."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio import Affine

from bopsgis.boundary import from_geometry
from bopsgis.errors import FormatRefused, InputRefused, NotFound, StoreDamaged
from constraints.model import Status
from constraints.screen.coverage import SiteCouncils
from constraints.screen.kept import drop_surface, keep_surface, kept_surfaces, verify_surfaces
from constraints.screen.surface_findings import surface_finding
from constraints.screen.surfaces import RasterSurface
from constraints.source import Coverage, SourceInfo

DAY = date(2026, 6, 1)
SITE = from_geometry(shapely.box(440000, 240000, 440010, 240010))
HERE = SiteCouncils(codes=("c",), names=("C",), complete=True, notes=())


def a_surface(folder: Path, value: float = 0.5, dataset: str = "surface-water-flood-depth") -> RasterSurface:
    """A depth of `value` metres over 100 m by 100 m round the site."""
    path = folder / "depth.tif"
    shape = {"width": 50, "height": 50, "count": 1, "dtype": "float32", "crs": "EPSG:27700", "nodata": -1}
    with rasterio.open(path, "w", driver="GTiff", transform=Affine(2, 0, 439950, 0, -2, 240050), **shape) as file:
        file.write(np.full((50, 50), value, dtype=np.float32), 1)
    info = SourceInfo(
        dataset=dataset,
        name="agency 2026/1",
        publisher="An agency",
        licence="ogl3",
        attribution="An agency",
        retrieved=DAY,
        coverage=Coverage(councils=("c",)),
        file_name="depth.tif",
        sha256="",
        source_crs=27700,
        transform="none",
        transform_accuracy_m=0.0,
    )
    return RasterSurface(info, path, threshold=0.3, unit="m")


def test_a_kept_surface_answers_as_the_file_did(tmp_path: Path) -> None:
    """What is read back measures the site the same, with all that was said of it."""
    given = a_surface(tmp_path)
    keep_surface(tmp_path / "store", given)
    (kept,) = kept_surfaces(tmp_path / "store")
    given.path.unlink()
    assert kept.measure(SITE).share_over == pytest.approx(1.0)
    assert (kept.info.name, kept.info.coverage, kept.threshold) == ("agency 2026/1", Coverage(councils=("c",)), 0.3)
    finding = surface_finding(kept, SITE, HERE, DAY)
    assert finding.status is Status.PRESENT
    assert finding.raster is not None


def test_the_same_name_replaces_and_removing_removes(tmp_path: Path) -> None:
    """A second surface of that name takes the first one's place; a removed one is gone."""
    root = tmp_path / "store"
    keep_surface(root, a_surface(tmp_path))
    keep_surface(root, a_surface(tmp_path, value=0.1))
    (kept,) = kept_surfaces(root)
    assert kept.measure(SITE).share_over == 0.0
    drop_surface(root, "surface-water-flood-depth", "agency 2026/1")
    assert kept_surfaces(root) == ()
    with pytest.raises(NotFound):
        drop_surface(root, "surface-water-flood-depth", "agency 2026/1")


def test_damage_is_found(tmp_path: Path) -> None:
    """A flipped byte, a missing file and broken words each show."""
    root = tmp_path / "store"
    kept = keep_surface(root, a_surface(tmp_path))
    assert verify_surfaces(root) == []
    content = bytearray(kept.path.read_bytes())
    content[-1] ^= 1
    kept.path.write_bytes(content)
    assert len(verify_surfaces(root)) == 1
    kept.path.unlink()
    assert len(verify_surfaces(root)) == 1
    (kept.path.parent / "surface.json").write_text("{")
    assert len(verify_surfaces(root)) == 1
    with pytest.raises(StoreDamaged):
        kept_surfaces(root)


def test_what_cannot_be_used_is_not_kept(tmp_path: Path) -> None:
    """A dataset of records and a file that is no GeoTIFF are refused, and nothing is left behind."""
    root = tmp_path / "store"
    with pytest.raises(InputRefused, match="not a surface"):
        keep_surface(root, a_surface(tmp_path, dataset="conservation-area"))
    rubbish = a_surface(tmp_path)
    rubbish.path.write_bytes(b"II*\0 rubbish")
    with pytest.raises(FormatRefused):
        keep_surface(root, rubbish)
    assert kept_surfaces(root) == ()

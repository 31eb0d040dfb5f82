"""A surface measured on a site, against every cell cut by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio import Affine

from bopsgis import boundary
from bopsgis.errors import FormatRefused, InputRefused, NotFound
from constraints import raster
from constraints.model import RasterMeasure

WEST, NORTH = 530_000.0, 180_000.0
METRE = "m"


def upright(cell_m: float) -> Affine:
    """A grid of square cells with its north-west corner at WEST, NORTH."""
    return Affine(cell_m, 0.0, WEST, 0.0, -cell_m, NORTH)


def write(path: Path, values: NDArray[Any], *, transform: Affine | None = None, **options: Any) -> Path:
    """A GeoTIFF with these values, (rows, columns), its north-west corner at WEST, NORTH."""
    profile: dict[str, Any] = {"crs": "EPSG:27700", "dtype": values.dtype, **options}
    grid = upright(2.0) if transform is None else transform
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, transform=grid, **profile
    ) as file:
        file.write(values, 1)
    return path


def by_hand(values: NDArray[Any], grid: Affine, site: shapely.Geometry, threshold: float, nodata: Any) -> RasterMeasure:
    """The same measure, one cell after another, each cut with shapely."""
    over = known = weighted = lacking = 0.0
    highest = None
    for (row, column), value in np.ndenumerate(values):
        x, x_end = (grid.c + grid.a * each for each in (column, column + 1))
        y, y_end = (grid.f + grid.e * each for each in (row, row + 1))
        cover = shapely.box(min(x, x_end), min(y, y_end), max(x, x_end), max(y, y_end)).intersection(site).area
        if cover <= 1e-4 * max(abs(grid.a), abs(grid.e)):
            continue
        if value == nodata:
            lacking += cover
            continue
        known += cover
        weighted += cover * float(value)
        over += cover if value > threshold else 0.0
        highest = float(value) if highest is None else max(highest, float(value))
    rows, columns = values.shape
    ends_y = sorted((grid.f, grid.f + grid.e * rows))
    outside = site.difference(shapely.box(grid.c, ends_y[0], grid.c + grid.a * columns, ends_y[1])).area
    lacking += outside if outside > 1e-4 * site.length else 0.0
    return RasterMeasure(
        share_over=over / site.area,
        threshold=threshold,
        maximum=highest,
        mean=weighted / known if known else None,
        nodata_share=lacking / site.area,
        unit=METRE,
        cell_m=max(abs(grid.a), abs(grid.e)),
    )


def assert_same(found: RasterMeasure, expected: RasterMeasure) -> None:
    """Equal to a part in a hundred thousand, for the smallest sites too."""
    assert found.share_over == pytest.approx(expected.share_over, abs=1e-5)
    assert found.nodata_share == pytest.approx(expected.nodata_share, abs=1e-5)
    assert found.maximum == expected.maximum
    assert found.mean == pytest.approx(expected.mean, abs=1e-5)
    assert (found.threshold, found.unit, found.cell_m) == (expected.threshold, expected.unit, expected.cell_m)


def star(centre: tuple[float, float], radii: list[float]) -> shapely.Polygon:
    """A polygon round a centre with a corner at each of these distances, so never crossing itself."""
    angle = np.linspace(0.0, 2 * np.pi, len(radii), endpoint=False)
    points = np.column_stack([np.cos(angle), np.sin(angle)]) * np.array(radii)[:, None] + centre
    return shapely.Polygon(points)


SITES = st.builds(
    star,
    st.tuples(st.floats(WEST - 20, WEST + 140), st.floats(NORTH - 110, NORTH + 20)),
    st.lists(st.floats(0.3, 60.0), min_size=3, max_size=9),
).filter(lambda site: site.is_valid and site.area > 1.5)

SURFACES = {
    "float": (np.float32, -9999.0),
    "integer": (np.int16, -32768),
    "byte": (np.uint8, 255),
}


@pytest.mark.parametrize("kind", sorted(SURFACES))
@pytest.mark.parametrize("row_m", [-2.0, 3.0])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(site=SITES, seed=st.integers(0, 2**32 - 1))
def test_measure_agrees_with_every_cell_cut_by_hand(
    tmp_path: Path, kind: str, row_m: float, site: shapely.Polygon, seed: int
) -> None:
    """Shares, maximum and mean are exact on sites inside, across and beyond surfaces of all kinds of numbers."""
    dtype, nodata = SURFACES[kind]
    random = np.random.default_rng(seed)
    values = random.integers(0, 6, size=(45, 60)).astype(dtype)
    values[random.random(values.shape) < 0.1] = nodata
    grid = Affine(2.0, 0.0, WEST, 0.0, row_m, NORTH if row_m < 0 else NORTH - 45 * row_m)
    path = write(tmp_path / f"{kind}{row_m}.tif", values, transform=grid, nodata=nodata)
    found = raster.measure(path, boundary.from_geometry(site), threshold=2, unit=METRE)
    assert_same(found, by_hand(values, grid, boundary.from_geometry(site).geometry, 2, nodata))


def test_a_site_on_cell_edges_counts_whole_cells_only(tmp_path: Path) -> None:
    """A site drawn along the edges of four cells takes nothing from their neighbours, whatever these hold."""
    values = np.full((6, 6), 9.0)
    values[2:4, 2:4] = [[0.0, 1.0], [2.0, 3.0]]
    path = write(tmp_path / "edges.tif", values)
    site = boundary.from_geometry(shapely.box(WEST + 4, NORTH - 8, WEST + 8, NORTH - 4))
    found = raster.measure(path, site, threshold=1.0, unit=METRE)
    assert found == RasterMeasure(0.5, 1.0, 3.0, 1.5, 0.0, METRE, 2.0)


def test_over_means_greater_and_not_equal(tmp_path: Path) -> None:
    """With a threshold of 0 a dry cell is not over it."""
    path = write(tmp_path / "dry.tif", np.zeros((5, 5), dtype=np.float32))
    site = boundary.from_geometry(shapely.box(WEST + 1, NORTH - 9, WEST + 9, NORTH - 1))
    assert raster.measure(path, site, threshold=0.0, unit=METRE).share_over == 0.0


def test_a_site_smaller_than_a_cell_is_measured(tmp_path: Path) -> None:
    """A site across the edge of two cells, near no cell's centre, takes its share of both."""
    values = np.array([[1.0, 5.0]])
    path = write(tmp_path / "coarse.tif", values, transform=upright(50.0))
    site = boundary.from_geometry(shapely.box(WEST + 49, NORTH - 2, WEST + 50.5, NORTH - 1))
    found = raster.measure(path, site, threshold=2.0, unit=METRE)
    assert found.share_over == pytest.approx(1 / 3)
    assert found.mean == pytest.approx((1.0 + 1.0 + 5.0) / 3)


def test_outside_the_surface_is_without_data(tmp_path: Path) -> None:
    """A site wholly outside has no maximum, no mean and no data; one half outside lacks half."""
    path = write(tmp_path / "small.tif", np.ones((5, 5), dtype=np.float32))
    far = boundary.from_geometry(shapely.box(WEST + 5_000, NORTH, WEST + 5_010, NORTH + 10))
    half = boundary.from_geometry(shapely.box(WEST - 4, NORTH - 4, WEST + 4, NORTH))
    assert raster.measure(path, far, threshold=0.5, unit=METRE) == RasterMeasure(0, 0.5, None, None, 1.0, METRE, 2.0)
    found = raster.measure(path, half, threshold=0.5, unit=METRE)
    assert (found.share_over, found.nodata_share) == (pytest.approx(0.5), pytest.approx(0.5))


def test_a_tenth_of_a_millimetre_beyond_the_edge_is_rounding(tmp_path: Path) -> None:
    """Coordinates are kept to 0.1 mm, so a site drawn along the surface's edge does not lack data."""
    path = write(tmp_path / "edge.tif", np.ones((5, 5), dtype=np.float32))
    site = boundary.from_geometry(shapely.box(WEST - 0.0001, NORTH - 9, WEST + 6, NORTH - 3))
    assert raster.measure(path, site, threshold=0.5, unit=METRE).nodata_share == 0.0


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    """Centimetres kept as integers come out as metres."""
    path = write(tmp_path / "scaled.tif", np.full((5, 5), 250, dtype=np.uint16))
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.01,), (-1.0,)
    site = boundary.from_geometry(shapely.box(WEST + 1, NORTH - 9, WEST + 9, NORTH - 1))
    found = raster.measure(path, site, threshold=1.4, unit=METRE)
    assert (found.maximum, found.mean, found.share_over) == (1.5, pytest.approx(1.5), pytest.approx(1.0))


@pytest.mark.parametrize("how", ["mask band", "not a number"])
def test_cells_masked_or_not_finite_are_without_data(tmp_path: Path, how: str) -> None:
    """A mask band is obeyed, and so are NaN and infinity in a file that names no nodata value."""
    values = np.ones((5, 5), dtype=np.float32)
    if how == "not a number":
        values[:, 0], values[:, 1] = np.nan, np.inf
    path = write(tmp_path / "masked.tif", values)
    if how == "mask band":
        mask = np.full((5, 5), 255, dtype=np.uint8)
        mask[:, :2] = 0
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
            file.write_mask(mask)
    site = boundary.from_geometry(shapely.box(WEST, NORTH - 10, WEST + 10, NORTH))
    found = raster.measure(path, site, threshold=0.5, unit=METRE)
    assert (found.nodata_share, found.share_over, found.maximum) == (pytest.approx(0.4), pytest.approx(0.6), 1.0)


def test_overviews_are_not_used(tmp_path: Path) -> None:
    """One deep cell among many is found in a file whose overviews have lost it."""
    values = np.zeros((256, 256), dtype=np.float32)
    values[101, 77] = 3.0
    path = write(tmp_path / "overviews.tif", values)
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4, 8], rasterio.enums.Resampling.nearest)
    site = boundary.from_geometry(shapely.box(WEST, NORTH - 512, WEST + 512, NORTH))
    found = raster.measure(path, site, threshold=1.0, unit=METRE)
    assert found.maximum == 3.0
    assert found.share_over == pytest.approx(1 / 256**2)


def test_blocks_and_tiles_leave_no_seams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site with a hole over many blocks gives what one block gives, and no block is larger than its limit."""
    random = np.random.default_rng(7)
    values = random.random((150, 170)).astype(np.float32)
    path = write(tmp_path / "seams.tif", values)
    outer = star((WEST + 170, NORTH - 150), [140, 90, 150, 60, 130, 145, 70])
    site = boundary.from_geometry(outer.difference(star((WEST + 170, NORTH - 150), [30, 50, 20, 45])))
    whole = raster.measure(path, site, threshold=0.5, unit=METRE)
    sizes: list[int] = []
    read = raster._Surface.values
    monkeypatch.setattr(raster._Surface, "values", lambda self, *at: sizes.append(at[2] * at[3]) or read(self, *at))
    monkeypatch.setattr(raster, "_BLOCK", 40)
    cut = raster.measure(path, site, threshold=0.5, unit=METRE)
    assert len(sizes) > 9
    assert max(sizes) <= 40 * 40
    assert cut.share_over == pytest.approx(whole.share_over, abs=1e-6)
    assert cut.mean == pytest.approx(whole.mean, abs=1e-6)
    assert whole.nodata_share == 0.0


def test_many_sites_are_measured_as_one_at_a_time(tmp_path: Path) -> None:
    """`measure_many` gives the answers of `measure`, in the order of the sites."""
    random = np.random.default_rng(3)
    path = write(tmp_path / "many.tif", random.random((60, 60)).astype(np.float32))
    shapes = [star((WEST + 10.0 * step, NORTH - 8.0 * step), [9, 4, 12, 6]) for step in range(8)]
    sites = [boundary.from_geometry(shape) for shape in shapes]
    many = raster.measure_many(path, np.array([site.geometry for site in sites]), threshold=0.3, unit=METRE)
    assert many == tuple(raster.measure(path, site, threshold=0.3, unit=METRE) for site in sites)
    assert raster.measure_many(path, [], threshold=0.3, unit=METRE) == ()


SITE = shapely.box(WEST + 1, NORTH - 9, WEST + 9, NORTH - 1)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"crs": "EPSG:3857"}, "raster_wrong_crs"),
        ({"crs": "EPSG:4326"}, "raster_wrong_crs"),
        ({"crs": None}, "raster_wrong_crs"),
        ({"transform": Affine(2.0, 0.1, WEST, 0.1, -2.0, NORTH)}, "raster_rotated"),
        ({"transform": Affine(-2.0, 0.0, WEST + 10, 0.0, -2.0, NORTH)}, "raster_rotated"),
        ({"dtype": "complex64"}, "raster_complex"),
    ],
)
def test_a_surface_on_another_grid_is_refused(tmp_path: Path, options: dict[str, Any], code: str) -> None:
    """Another coordinate system, none, a rotated or mirrored grid and complex numbers are refused by name."""
    path = write(tmp_path / "other.tif", np.ones((5, 5), dtype=options.get("dtype", "float32")), **options)
    with pytest.raises(InputRefused, match=r"other\.tif") as refusal:
        raster.measure_many(path, [SITE], threshold=0.5, unit=METRE)
    assert refusal.value.code == code


def test_the_grid_with_heights_is_the_national_grid(tmp_path: Path) -> None:
    """Lidar surfaces come in EPSG:7405, whose plane coordinates are those of EPSG:27700."""
    path = write(tmp_path / "lidar.tif", np.ones((5, 5), dtype=np.float32), crs="EPSG:7405")
    (found,) = raster.measure_many(path, [SITE], threshold=0.5, unit=METRE)
    assert found.share_over == pytest.approx(1.0)


def test_a_missing_band_is_refused(tmp_path: Path) -> None:
    """Asking for band 2 of a file with one band says how many there are."""
    path = write(tmp_path / "one.tif", np.ones((5, 5), dtype=np.float32))
    with pytest.raises(InputRefused, match="1 bands"):
        raster.measure_many(path, [SITE], threshold=0.5, unit=METRE, band=2)


def test_what_is_no_geotiff_is_refused(tmp_path: Path) -> None:
    """A missing file, a text file, and a virtual raster that could point anywhere are refused before reading."""
    with pytest.raises(NotFound):
        raster.measure_many(tmp_path / "missing.tif", [SITE], threshold=0.5, unit=METRE)
    for name, text in {
        "text.tif": "no picture",
        "virtual.vrt": "<VRTDataset rasterXSize='5' rasterYSize='5'/>",
    }.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(FormatRefused, match="not a readable GeoTIFF"):
            raster.measure_many(tmp_path / name, [SITE], threshold=0.5, unit=METRE)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    """A surface whose cells at the site are missing is an error, never an answer of nothing there."""
    path = write(tmp_path / "whole.tif", np.random.default_rng(1).random((300, 300)))
    short = tmp_path / "short.tif"
    short.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    site = shapely.box(WEST + 1, NORTH - 599, WEST + 9, NORTH - 590)
    with pytest.raises(FormatRefused, match=r"damaged|not a readable"):
        raster.measure_many(short, [site], threshold=0.5, unit=METRE)


@pytest.mark.parametrize(
    "site", [shapely.Point(WEST + 3, NORTH - 3), shapely.Polygon(), shapely.box(-0.1, 51.0, -0.05, 51.1)]
)
def test_what_is_no_site_is_refused(tmp_path: Path, site: shapely.Geometry) -> None:
    """A point, an empty polygon and a polygon in degrees cannot be measured."""
    path = write(tmp_path / "ones.tif", np.ones((5, 5), dtype=np.float32))
    with pytest.raises(InputRefused):
        raster.measure_many(path, [site], threshold=0.5, unit=METRE)

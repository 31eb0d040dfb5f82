from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

_AREAS = """
AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G
GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX
PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR
WS WV XX YO ZE
"""
REAL_POSTCODE_AREAS = frozenset(_AREAS.split())


def _layer(town: Path, name: str) -> geopandas.GeoDataFrame:
    return geopandas.read_file(town / "base" / f"{name}.geojson")


@pytest.fixture(scope="module")
def parcels(town: Path) -> geopandas.GeoDataFrame:
    """All parcels."""
    return geopandas.read_file(town / "places.gpkg", layer="parcels")


@pytest.fixture(scope="module")
def addresses(town: Path) -> geopandas.GeoDataFrame:
    """All addresses."""
    return geopandas.read_file(town / "places.gpkg", layer="addresses")


@pytest.fixture(scope="module")
def buildings(town: Path) -> geopandas.GeoDataFrame:
    """All buildings."""
    return _layer(town, "buildings")


def test_two_runs_give_the_same_bytes(towns: tuple[Path, Path]):
    """The same seed gives the same bytes of every file, run after run."""
    first, second = ({p.relative_to(t): p.read_bytes() for p in t.rglob("*") if p.is_file()} for t in towns)
    assert first.keys() == second.keys()
    assert [str(name) for name in first if first[name] != second[name]] == []


def test_files_are_listed_with_their_checksums(town: Path, record_property: Callable[[str, object], None]):
    """town.json names every other file with its size and SHA-256, and all of it is under 30 MB."""
    about = json.loads((town / "town.json").read_text("utf-8"))
    listed = {entry["file"]: (entry["bytes"], entry["sha256"]) for entry in about["files"]}
    found = {
        path.relative_to(town).as_posix(): (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in town.rglob("*")
        if path.is_file() and path.name != "town.json"
    }
    assert listed == found
    total = sum(size for size, _ in found.values())
    record_property("sample town in bytes", total)
    assert total < 30_000_000


def test_a_folder_that_is_no_sample_town_is_left_alone(script: Path, tmp_path: Path):
    """The generator replaces only what it made: another folder is refused and keeps its files."""
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("mine", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "letters")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert "no sample town" in ran.stderr
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["mine.txt"]


def test_there_are_12_000_addresses(addresses: geopandas.GeoDataFrame):
    """There are 12,000 addresses to within 2 %, and no two read the same."""
    assert abs(len(addresses) - 12_000) <= 240
    assert addresses.address.is_unique


def test_uprns_are_unique_and_of_no_real_range(addresses: geopandas.GeoDataFrame):
    """Every UPRN is twelve digits in the invented range and is used once."""
    assert addresses.uprn.is_unique
    assert addresses.uprn.str.fullmatch(r"99004\d{7}").all()


def test_postcodes_are_of_no_real_area(addresses: geopandas.GeoDataFrame):
    """Postcodes look like postcodes, in an area that does not exist, and serve at most 40 addresses each."""
    parts = addresses.postcode.str.extract(r"^([A-Z]{1,2})\d (\d[ABD-HJLNP-UW-Z]{2})$")
    assert parts.notna().all().all()
    assert set(parts[0]).isdisjoint(REAL_POSTCODE_AREAS)
    assert addresses.postcode.value_counts().max() <= 40


def test_each_address_lies_in_its_parcel(addresses: geopandas.GeoDataFrame, parcels: geopandas.GeoDataFrame):
    """An address names a parcel, lies inside it, and the parcel names the address."""
    shapes = parcels.set_index("parcel")
    own = shapes.loc[addresses.parcel]
    assert shapely.contains(own.geometry.to_numpy(), addresses.geometry.to_numpy()).all()
    assert all(uprn in uprns.split(",") for uprn, uprns in zip(addresses.uprn, own.uprns, strict=True))
    assert np.allclose(shapely.get_coordinates(addresses.geometry), addresses[["easting", "northing"]].to_numpy())


def test_parcels_neither_overlap_nor_part(parcels: geopandas.GeoDataFrame):
    """Parcels share boundaries point by point, so that none overlaps another and neighbours touch exactly."""
    shapes = parcels.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(shapely.area(shapely.union_all(shapes)), abs=0.1)


def test_parcels_fill_the_map_between_roads_and_water(town: Path, parcels: geopandas.GeoDataFrame):
    """Roads, water and parcels leave less than a hundredth of a percent of the map to nobody."""
    extent = shapely.box(*json.loads((town / "town.json").read_text("utf-8"))["extent"])
    taken = [*parcels.geometry, *_layer(town, "road_areas").geometry, *_layer(town, "water").geometry]
    assert shapely.area(extent.difference(shapely.union_all(taken))) < 1e-4 * extent.area


def test_buildings_stand_on_their_own_land(
    town: Path, buildings: geopandas.GeoDataFrame, parcels: geopandas.GeoDataFrame
):
    """No building stands on a road, in water or across a parcel's boundary by more than a few centimetres."""
    shapes = buildings.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    land = parcels.geometry.to_numpy()
    building, parcel = shapely.STRtree(land).query(shapes, predicate="intersects")
    overlap = shapely.area(shapely.intersection(shapes[building], land[parcel]))
    best = np.zeros(len(shapes))
    np.maximum.at(best, building, overlap)
    assert (shapely.area(shapes) - best).max() < 0.5
    for name in ("road_areas", "water"):
        others = _layer(town, name).geometry.to_numpy()
        a, b = shapely.STRtree(others).query(shapes, predicate="intersects")
        assert shapely.area(shapely.intersection(shapes[a], others[b])).max(initial=0) < 0.5


def test_buildings_do_not_overlap(buildings: geopandas.GeoDataFrame):
    """Joined houses share a wall; no two buildings share ground."""
    shapes = buildings.geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = a < b
    assert shapely.area(shapely.intersection(shapes[a[pairs]], shapes[b[pairs]])).max() < 0.25


def test_streets_are_one_network_with_a_name_each(town: Path):
    """Every street can be reached from every other, and no two have the same name."""
    roads = _layer(town, "roads")
    assert roads.name.is_unique
    assert (roads.name != "").all()
    streets = roads[roads["class"] != "footpath"].geometry
    assert len(shapely.get_parts(shapely.union_all(streets.buffer(0.5).to_numpy()))) == 1
    assert {"A", "B", "unclassified", "footpath"} == set(roads["class"])


def _read(town: Path, entry: dict[str, object]) -> pd.DataFrame:
    """A delivery as a table; geometry is not looked at."""
    path = town / str(entry["file"])
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    if path.suffix == ".json":
        return pd.DataFrame(json.loads(path.read_text("utf-8"))["entities"])
    if path.suffix == ".parquet":
        return pd.DataFrame(geopandas.read_parquet(path))
    return pd.DataFrame(geopandas.read_file(path, layer=entry.get("layer")))


@pytest.fixture(scope="module")
def deliveries(town: Path) -> dict[str, pd.DataFrame]:
    """Every delivery as a table, by its file."""
    manifest = json.loads((town / "manifest.json").read_text("utf-8"))
    return {entry["file"]: _read(town, entry) for entry in manifest if not entry.get("raster")}


def test_every_delivery_can_be_read_and_is_complete(town: Path, deliveries: dict[str, pd.DataFrame]):
    """Each file of the manifest opens with ordinary tools, has the rows it says, and its names are unique."""
    manifest = json.loads((town / "manifest.json").read_text("utf-8"))
    rows = {entry["file"]: entry["rows"] for entry in manifest if not entry.get("raster")}
    assert {file: len(table) for file, table in deliveries.items()} == rows
    assert len({(entry["dataset"], entry["name"]) for entry in manifest}) == len(manifest)
    assert {path.name for path in (town / "deliveries").iterdir()} == {Path(entry["file"]).name for entry in manifest}
    forms = {"".join(Path(file).suffixes) for file in rows}
    assert forms == {".geojson", ".json", ".csv", ".gpkg", ".shp.zip", ".fgb", ".parquet"}


def test_every_dataset_is_in_the_catalogue(town: Path):
    """Ingest knows each dataset of the manifest."""
    catalogue = pytest.importorskip("constraints.catalogue")
    manifest = json.loads((town / "manifest.json").read_text("utf-8"))
    assert {entry["dataset"] for entry in manifest} <= set(catalogue.datasets())


def test_250_listed_buildings_in_believable_grades(deliveries: dict[str, pd.DataFrame]):
    """250 listed buildings as points, about nine in ten grade II, and outlines for most but not all of them."""
    points = deliveries["deliveries/listed-building.csv"]
    outlines = deliveries["deliveries/listed-building-outline.gpkg"]
    assert len(points) == 250
    assert points.point.str.startswith("POINT").all()
    grades = points["listed-building-grade"].value_counts(normalize=True)
    assert 0.90 < grades["II"] < 0.95
    assert grades["II*"] > grades["I"] > 0
    assert 0.75 < len(outlines) / 250 < 0.95
    assert set(outlines["listed-building"]) <= set(points.reference)


def test_six_conservation_areas_are_in_force(deliveries: dict[str, pd.DataFrame]):
    """Of the council's conservation areas six are in force in 2026, one had ended and one is to come."""
    areas = deliveries["deliveries/conservation-area-thistleford.geojson"]
    begun = areas["start-date"] <= "2026-11-22"
    assert int((begun & (areas["end-date"] == "")).sum()) == 6
    assert len(areas) == 8


_KINDS = """
sliver invalid_self_touch invalid_bow_tie ended future duplicate_publisher date_formats date_unreadable no_geometry
uprn_only points_as_circles no_coverage provisional crumbs
"""
WART_KINDS = frozenset(_KINDS.split())


def test_every_wart_is_planted(town: Path, deliveries: dict[str, pd.DataFrame]):
    """Each planted fault is listed with rows that are really there."""
    warts = json.loads((town / "warts.json").read_text("utf-8"))
    assert {wart["kind"] for wart in warts} == WART_KINDS
    for wart in warts:
        missing = set(wart["references"]) - set(deliveries[wart["file"]].reference.astype(str))
        assert not missing, (wart["kind"], wart["file"])
        assert wart["references"] or wart["kind"] == "no_coverage"


@pytest.mark.parametrize("kind", ["invalid_self_touch", "invalid_bow_tie"])
def test_invalid_geometry_is_invalid(town: Path, kind: str):
    """What is listed as invalid is invalid, and everything else in those files is not."""
    warts = [w for w in json.loads((town / "warts.json").read_text("utf-8")) if w["kind"] == kind]
    for wart in warts:
        path = town / wart["file"]
        frame = geopandas.read_parquet(path) if path.suffix == ".parquet" else geopandas.read_file(path)
        invalid = frame[frame.geometry.notna() & ~frame.geometry.is_valid]
        assert set(invalid.reference) == set(wart["references"])


def test_rows_without_geometry_have_none(deliveries: dict[str, pd.DataFrame]):
    """The Article 4 direction given by UPRN has no geometry and names addresses; the unplotted tree has no place."""
    directions = deliveries["deliveries/article-4-direction-area.csv"].set_index("reference")
    assert directions.loc["A4-5", "geometry"] == ""
    assert len(directions.loc["A4-5", "uprns"].split(",")) >= 5
    trees = deliveries["deliveries/tree.csv"].set_index("reference")
    assert trees.loc["T900", "Easting"] == ""
    assert (trees.Easting != "").sum() == len(trees) - 1


def test_uprns_in_deliveries_are_addresses(deliveries: dict[str, pd.DataFrame], addresses: geopandas.GeoDataFrame):
    """Every UPRN that a delivery names is an address of the town."""
    known = set(addresses.uprn)
    for table in deliveries.values():
        if "uprns" in table:
            named = {uprn for text in table.uprns.fillna("") for uprn in re.findall(r"\d+", text)}
            assert named
            assert named <= known


def test_the_border_runs_through_the_town(town: Path, addresses: geopandas.GeoDataFrame):
    """Both councils have addresses, and their land meets without overlap."""
    councils = geopandas.read_file(town / "deliveries" / "local-planning-authority.gpkg").geometry.to_numpy()
    counts = [int(shapely.contains(council, addresses.geometry.to_numpy()).sum()) for council in councils]
    assert min(counts) > 200
    assert sum(counts) == len(addresses)
    assert shapely.intersection(*councils).area == pytest.approx(0, abs=1)


def test_sites_show_what_they_say(town: Path, addresses: geopandas.GeoDataFrame):
    """The demo sites are valid land of the map; the one across two councils is in both, and their UPRNs exist."""
    sites = geopandas.read_file(town / "sites.geojson").set_index("name")
    assert len(sites) >= 12
    assert sites.index.is_unique
    assert sites.geometry.is_valid.all()
    councils = geopandas.read_file(town / "deliveries" / "local-planning-authority.gpkg")
    across = sites.geometry["Across two councils"]
    assert (councils.geometry.intersection(across).area > 0.25 * across.area).all()
    named = {uprn for text in sites.uprns for uprn in re.findall(r"\d+", str(text))}
    assert named <= set(addresses.uprn)
    outlines = geopandas.read_file(town / "deliveries" / "listed-building-outline.gpkg")
    overlap = outlines.geometry.intersection(sites.geometry["Next door to a listed building"])
    assert 0 < overlap.area.max() < 4
    assert shapely.maximum_inscribed_circle(overlap[overlap.area.idxmax()]).length < 0.5


def test_the_depth_surface_has_dry_wet_and_unknown_cells(town: Path):
    """The surface water grid has 2 m cells in EPSG:27700, with dry, flooded and nodata cells."""
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(town / "deliveries" / "surface-water-flood-depth.tif") as file:
        assert file.crs.to_epsg() == 27700
        assert file.res == (2.0, 2.0)
        depth = file.read(1, masked=True)
    assert 0.02 < depth.mask.mean() < 0.5
    assert 0.02 < (depth > 0).mean() < 0.4
    assert 0.3 < depth.max() <= 1.8

"""One delivery in every format gives the same records."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from support.deliveries import COLUMNS, SQUARES, feature, frame, in_system, take, write_geojson, zip_shapefile

from bopsgis.errors import FormatRefused, InputRefused
from constraints.ingest.normalise import Normalised

FORMATS = (
    "squares.geojson",
    "squares.geojson.gz",
    "mercator.geojson",
    "squares.gpkg",
    "squares.shp",
    "squares.shp.zip",
    "squares.fgb",
    "squares.parquet",
    "mercator.parquet",
    "comma.csv",
    "bar.csv",
    "hex.csv",
    "entities.json",
    "entity-list.json",
)


def _write(folder: Path, name: str) -> Path:
    path = folder / name
    kind = name.split(".", 1)[1]
    if kind.startswith("geojson"):
        code = 3857 if name.startswith("mercator") else 4326
        crs = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}} if code == 3857 else {}
        shapes = in_system(list(SQUARES), code)
        return write_geojson(path, [feature(_row(i), shape) for i, shape in enumerate(shapes)], **crs)
    if kind == "gpkg":
        frame().to_file(path, driver="GPKG")
    elif kind.startswith("shp"):
        (folder / "parts").mkdir()
        frame().to_file(folder / "parts" / "squares.shp", encoding="utf-8")
        return zip_shapefile(folder / "parts", path) if kind == "shp.zip" else folder / "parts" / "squares.shp"
    elif kind == "fgb":
        pyogrio.write_dataframe(frame(4326), path, driver="FlatGeobuf", layer_options={"SPATIAL_INDEX": "NO"})
    elif kind == "parquet":
        frame(3857 if name.startswith("mercator") else 27700).to_parquet(path)
    elif kind == "csv":
        _write_csv(path)
    else:
        _write_entities(path)
    return path


def _row(index: int) -> dict[str, str]:
    return {name: values[index] for name, values in COLUMNS.items()}


def _write_csv(path: Path) -> None:
    hexadecimal = path.stem == "hex"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter="|" if path.stem == "bar" else ",")
        writer.writerow([*COLUMNS, "geometry", "point"])
        for index, shape in enumerate(in_system(list(SQUARES), 4326)):
            text = shapely.to_wkb(shape, hex=True) if hexadecimal else shapely.to_wkt(shape, rounding_precision=10)
            writer.writerow([*_row(index).values(), text, shapely.to_wkt(shape.centroid)])


def _write_entities(path: Path) -> None:
    shapes = in_system(list(SQUARES), 4326)
    entities = [
        {**_row(i), "entity": 4400 + i, "geometry": shapely.to_wkt(shape, rounding_precision=10), "point": ""}
        for i, shape in enumerate(shapes)
    ]
    whole = entities if path.stem == "entity-list" else {"entities": entities, "count": 3, "links": {}}
    path.write_text(json.dumps(whole), encoding="utf-8")


def _check(found: Normalised) -> None:
    records = found.records
    assert records.reference == ["CA1", "CA2", "CA3"]
    assert records.name == ["High Street", "Mill Lane", "Église Row"]
    assert [str(day) for day in records.start_date] == ["1980-02-05", "1991-03-05", "NaT"]
    assert records.row.tolist() == [1, 2, 3]
    assert shapely.hausdorff_distance(records.geometry, np.array(SQUARES)).max() < 0.005
    assert found.account.balanced()
    assert (found.account.rows_in, found.account.kept) == (3, 3)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_records(tmp_path: Path, name: str) -> None:
    """Three areas come out alike whichever format and reference system they were delivered in."""
    _check(take(_write(tmp_path, name)))


def test_the_name_of_a_file_does_not_decide_its_format(tmp_path: Path) -> None:
    """GeoJSON called .txt is read by its bytes; where GDAL insists on the ending, the refusal says so."""
    _check(take(_write(tmp_path, "squares.geojson").rename(tmp_path / "squares.txt")))
    with pytest.raises(FormatRefused, match="ending"):
        take(_write(tmp_path, "squares.gpkg").rename(tmp_path / "squares.csv"))


def test_coordinate_columns_with_glued_values(tmp_path: Path) -> None:
    """A coordinate repeated four times in one cell is one point; differing ones are several; words are told."""
    path = tmp_path / "listed.csv"
    path.write_text(
        "ListEntry,Name,Grade,Easting,Northing\n"
        '1021818,Viaduct,II,"376909.953, 376909.953, 376909.953, 376909.953","160000, 160000, 160000, 160000"\n'
        '1115154,Pair,II*,"376900, 376950","160000, 160010"\n'
        "1115155,Lost,I,near the river,160000\n"
        "1115156,Nowhere,I,,\n",
        encoding="utf-8",
    )
    found = take(path, "listed-building")
    assert [shape.wkt for shape in found.records.geometry] == [
        "POINT (376909.953 160000)",
        "MULTIPOINT ((376900 160000), (376950 160010))",
    ]
    assert found.records.point_like.all()
    assert found.records.attributes[1] == {"listed-building-grade": "II*"}
    assert [record.reason for record in found.unlocated] == ["unrepairable_geometry", "no_geometry"]
    assert "near the river" in found.unlocated[0].sentence


@pytest.mark.parametrize("names", ["longitude,latitude", "LAT,LON", "GeoX,GeoY"])
def test_degrees_in_columns(tmp_path: Path, names: str) -> None:
    """Longitude and latitude columns are found by name in either order; the numbers settle GeoX and GeoY."""
    values = "51.48936,-0.11992" if names.startswith("LAT") else "-0.11992,51.48936"
    path = tmp_path / "trees.csv"
    path.write_text(f"reference,{names}\nT1,{values}\n", encoding="utf-8")
    found = take(path, "tree")
    assert shapely.distance(found.records.geometry[0], shapely.Point(530_624.97, 178_388.46)) < 1.0
    assert found.source_crs == 4326


def test_named_columns_go_before_guesses(tmp_path: Path) -> None:
    """The operator's mapping chooses geometry, reference and attributes; a column that is not there is refused."""
    path = tmp_path / "odd.csv"
    path.write_text('reference,shape_wkt,our ref,kind\nX9,"POINT (533000 178000)",TPO 7,Area\n', encoding="utf-8")
    mapping = {"geometry": "shape_wkt", "reference": "Our Ref", "tree-preservation-zone-type": "kind"}
    found = take(path, "tree-preservation-zone", columns=mapping)
    assert found.records.reference == ["TPO 7"]
    assert found.records.attributes[0]["tree-preservation-zone-type"] == "Area"
    with pytest.raises(InputRefused, match="no column 'nought'"):
        take(path, "tree-preservation-zone", columns={**mapping, "name": "nought"})
    with pytest.raises(InputRefused, match="no field 'colour'"):
        take(path, "tree-preservation-zone", columns={**mapping, "colour": "kind"})


def test_several_layers_must_be_chosen_from(tmp_path: Path) -> None:
    """A GeoPackage with two layers of features is refused with their names, and read once one is named."""
    path = tmp_path / "two.gpkg"
    frame().to_file(path, driver="GPKG", layer="areas")
    frame().iloc[:1].to_file(path, driver="GPKG", layer="drafts")
    with pytest.raises(FormatRefused, match=r"2 layers.*areas, drafts") as caught:
        take(path)
    assert caught.value.code == "layer_needed"
    assert take(path, layer="drafts").account.rows_in == 1
    with pytest.raises(FormatRefused, match="no layer 'old'"):
        take(path, layer="old")


def test_several_shapefiles_in_one_zip_must_be_chosen_from(tmp_path: Path) -> None:
    """A zip with two Shapefiles is refused with their names, and read once one is named."""
    (tmp_path / "parts").mkdir()
    frame().to_file(tmp_path / "parts" / "areas.shp")
    frame().iloc[:2].to_file(tmp_path / "parts" / "drafts.shp")
    path = zip_shapefile(tmp_path / "parts", tmp_path / "both.zip")
    with pytest.raises(FormatRefused, match=r"2 Shapefiles.*areas, drafts"):
        take(path)
    assert take(path, layer="drafts").account.rows_in == 2


def test_a_shapefile_without_prj_is_placed_by_its_numbers(tmp_path: Path) -> None:
    """A missing .prj file is no obstacle: the numbers are on the national grid."""
    (tmp_path / "parts").mkdir()
    frame().to_file(tmp_path / "parts" / "areas.shp")
    (tmp_path / "parts" / "areas.prj").unlink()
    assert take(zip_shapefile(tmp_path / "parts", tmp_path / "areas.zip")).source_crs == 27700


def test_heights_are_dropped(tmp_path: Path) -> None:
    """Coordinates with heights, also mixed with flat ones in one ring, come out flat."""
    west, south, east, north = shapely.box(-0.08, 51.48, -0.079, 51.481).bounds
    ring = [[west, south, 12.5], [east, south], [east, north, 3], [west, north, 0], [west, south, 12.5]]
    path = write_geojson(tmp_path / "z.geojson", [feature({"name": "A"}, {"type": "Polygon", "coordinates": [ring]})])
    assert not shapely.has_z(take(path).records.geometry).any()


def test_a_point_stands_in_for_a_missing_geometry(tmp_path: Path) -> None:
    """An area dataset's row that has only a point is kept as that point, without an extent."""
    path = tmp_path / "a4.csv"
    path.write_text('reference|geometry|point\nA1||"POINT (-0.0762 51.4842)"\n', encoding="utf-8")
    found = take(path, "article-4-direction-area")
    assert found.records.point_like.tolist() == [True]
    assert found.account.point_like == 1


def test_windows_text_is_read(tmp_path: Path) -> None:
    """A CSV file in Windows' Western European set keeps its accents."""
    path = tmp_path / "w.csv"
    path.write_bytes("reference,name,x,y\nT1,Café\u2019s plane,533000,178000\n".encode("cp1252"))
    assert take(path, "tree").records.name == ["Café\u2019s plane"]


def test_very_long_fields_are_read(tmp_path: Path) -> None:
    """A WKT cell longer than the csv module's usual limit of 131,072 characters is read."""
    circle = shapely.Point(533_000, 178_000).buffer(300, quad_segs=4_000)
    path = tmp_path / "long.csv"
    path.write_text(f'reference,geometry\nA,"{shapely.to_wkt(circle)}"\n', encoding="utf-8")
    assert path.stat().st_size > 200_000
    assert take(path).records.geometry[0].area == pytest.approx(circle.area, abs=0.1)

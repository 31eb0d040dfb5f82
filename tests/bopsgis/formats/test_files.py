from __future__ import annotations

import io
import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely
from support.shapes import N0, PLAIN, site

from bopsgis import boundary, crs
from bopsgis.errors import InputRefused, TooLarge
from bopsgis.formats.limits import Limits

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Site</name>{body}</Document></kml>"""
ESRI_PRJ = (
    'PROJCS["British_National_Grid",GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID["Airy_1830",6377563.396,'
    '299.3249646]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",400000.0],PARAMETER["False_Northing",-100000.0],PARAMETER["Central_Meridian",-2.0],'
    'PARAMETER["Scale_Factor",0.9996012717],PARAMETER["Latitude_Of_Origin",49.0],UNIT["Meter",1.0]]'
)


def _frame(*shapes: shapely.Geometry | None, code: int = 27700) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"name": ["=cmd()"] * len(shapes)}, geometry=list(shapes), crs=code)


def _geopackage(folder: Path, *frames: geopandas.GeoDataFrame) -> bytes:
    path = folder / "site.gpkg"
    path.unlink(missing_ok=True)
    for number, frame in enumerate(frames):
        frame.to_file(path, layer=f"layer{number}", driver="GPKG")
    return path.read_bytes()


def _shapefile(folder: Path, frame: geopandas.GeoDataFrame) -> dict[str, bytes]:
    frame.to_file(folder / "Site.shp", driver="ESRI Shapefile")
    return {path.name: path.read_bytes() for path in folder.glob("Site.*")}


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _kml_polygon(shape: shapely.Polygon, height: str = "") -> str:
    def ring(line: shapely.LinearRing) -> str:
        return (
            "<LinearRing><coordinates>"
            + " ".join(f"{x},{y}{height}" for x, y in line.coords)
            + "</coordinates></LinearRing>"
        )

    inner = "".join(f"<innerBoundaryIs>{ring(hole)}</innerBoundaryIs>" for hole in shape.interiors)
    return f"<Polygon><outerBoundaryIs>{ring(shape.exterior)}</outerBoundaryIs>{inner}</Polygon>"


def _kml(body: str) -> bytes:
    return KML.format(body=body).encode()


def _refusal(data: bytes, name: str | None = None, code: int | None = None) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        boundary.read(data, name=name, crs=code)
    return refusal.value


@pytest.mark.parametrize("shape", ["square", "with a hole", "two parts", "heights"])
@pytest.mark.parametrize("code", [27700, 4326, 3857])
def test_a_geopackage_of_one_feature_is_a_site(tmp_path: Path, shape: str, code: int) -> None:
    """A GeoPackage in any supported system gives the site, and its system from inside."""
    moved = crs.geometry_from_national_grid(PLAIN[shape], code)[0]
    made = boundary.read(_geopackage(tmp_path, _frame(moved, code=code)), name="site.gpkg")
    assert (made.source_format, made.source_crs) == ("GeoPackage", code)
    assert made.area_m2 == pytest.approx(PLAIN[shape].area, abs=0.1)


def test_geopackages_that_are_no_site_are_refused(tmp_path: Path) -> None:
    """No feature, two features, two layers, no geometry, points, another system: each has its words."""
    assert _refusal(_geopackage(tmp_path, _frame())).code == "not_one_site"
    assert _refusal(_geopackage(tmp_path, _frame(site(), site(50, 200)))).code == "not_one_site"
    assert _refusal(_geopackage(tmp_path, _frame(site()), _frame(site()))).code == "not_one_site"
    assert _refusal(_geopackage(tmp_path, _frame(None))).code in ("empty", "not_one_site")
    assert _refusal(_geopackage(tmp_path, _frame(shapely.Point(533400, N0)))).code == "not_a_polygon"
    assert _refusal(_geopackage(tmp_path, _frame(site(), code=2154))).code == "crs_not_supported"
    assert _refusal(_geopackage(tmp_path, _frame(site())), code=4326).code == "crs_contradiction"


@pytest.mark.parametrize("shape", ["square", "with a hole", "two parts", "heights"])
@pytest.mark.parametrize("code", [27700, 4326])
def test_a_zipped_shapefile_is_a_site(tmp_path: Path, shape: str, code: int) -> None:
    """A whole Shapefile in a zip, in a folder or not, gives the site and its system from the .prj."""
    moved = crs.geometry_from_national_grid(PLAIN[shape], code)[0]
    members = _shapefile(tmp_path, _frame(moved, code=code))
    for prefix in ("", "delivery/site/"):
        made = boundary.read(_zip({prefix + name: data for name, data in members.items()}), name="SITE.ZIP")
        assert (made.source_format, made.source_crs) == ("Shapefile", code)
        assert made.area_m2 == pytest.approx(PLAIN[shape].area, abs=0.1)


def test_the_spelling_of_esri_is_understood(tmp_path: Path) -> None:
    """A .prj as ArcGIS writes it for the national grid is EPSG:27700."""
    members = _shapefile(tmp_path, _frame(site()))
    members["Site.prj"] = ESRI_PRJ.encode()
    assert boundary.read(_zip(members)).source_crs == 27700


@pytest.mark.parametrize("ending", [".prj", ".shx", ".dbf"])
def test_a_shapefile_that_is_not_whole_is_refused(tmp_path: Path, ending: str) -> None:
    """Each missing part is named; only the .prj can be made up for by saying the system (F07)."""
    members = _shapefile(tmp_path, _frame(site()))
    del members["Site" + ending]
    refusal = _refusal(_zip(members))
    assert refusal.code == "shapefile_incomplete"
    assert ending in refusal.message
    if ending == ".prj":
        assert boundary.read(_zip(members), crs=27700).area_m2 == 10_000
    else:
        assert _refusal(_zip(members), code=27700).code == "shapefile_incomplete"


def test_zips_without_one_shapefile_are_refused(tmp_path: Path) -> None:
    """None, two, or something else called .shp."""
    members = _shapefile(tmp_path, _frame(site()))
    other = {name.replace("Site", "Other"): data for name, data in members.items()}
    assert _refusal(_zip({"readme.txt": b"hello"})).code == "not_one_shapefile"
    assert _refusal(_zip({**members, **other})).code == "not_one_shapefile"
    assert _refusal(_zip({**members, "Site.shp": b"<OGRVRTDataSource/>"})).code == "not_shapefile"
    assert _refusal(_zip({**members, "Site.shp": members["Site.shp"][:60]})).code in ("file_damaged", "not_one_site")
    assert _refusal(_zip({**members, "Site.prj": b"rubbish"})).code == "crs_not_supported"


def test_leftovers_of_a_mac_are_passed_over(tmp_path: Path) -> None:
    """The second set of files that macOS adds to a zip is not a second Shapefile."""
    members = _shapefile(tmp_path, _frame(site()))
    leftovers = {f"__MACOSX/._{name}": b"\0\5\26\7" for name in members}
    assert boundary.read(_zip({**members, **leftovers, ".DS_Store": b"x"})).area_m2 == 10_000


def test_kml_is_a_site() -> None:
    """One placemark with a polygon, a hole, or several polygons; pins beside it do not matter."""
    for name in ("square", "with a hole"):
        shape = crs.geometry_from_national_grid(PLAIN[name], 4326)[0]
        pin = "<Placemark><Point><coordinates>-0.08,51.48</coordinates></Point></Placemark>"
        made = boundary.read(_kml(f"{pin}<Placemark>{_kml_polygon(shape)}</Placemark>"), name="site.kml")
        assert made.source_format == "KML"
        assert made.area_m2 == pytest.approx(PLAIN[name].area, abs=0.1)
        assert made.notes == ()
    parts = crs.geometry_from_national_grid(PLAIN["two parts"], 4326)[0].geoms
    several = "".join(_kml_polygon(part, ",12.5") for part in parts)
    made = boundary.read(_kml(f"<Placemark><MultiGeometry>{several}</MultiGeometry></Placemark>"))
    assert len(made.geometry.geoms) == 2
    assert "Heights" in made.notes[0]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "not_one_site"),
        ("<Placemark><Point><coordinates>-0.08,51.48</coordinates></Point></Placemark>", "not_a_polygon"),
        ("<NetworkLink><Link><href>https://example.org/x.kml</href></Link></NetworkLink>", "kml_link"),
        ("<Placemark><Polygon/></Placemark>", "not_kml"),
        ("<Placemark><Polygon><outerBoundaryIs/></Polygon></Placemark>", "not_kml"),
        ("<Placemark>" + _kml_polygon(shapely.box(-0.08, 51.48, -0.07, 51.49), ",x") + "</Placemark>", "not_kml"),
        ("<Placemark>" + _kml_polygon(shapely.box(51.48, -0.08, 51.49, -0.07)) + "</Placemark>", "axes_swapped"),
        (2 * ("<Placemark>" + _kml_polygon(shapely.box(-0.08, 51.48, -0.07, 51.49)) + "</Placemark>"), "not_one_site"),
    ],
)  # fmt: skip
def test_kml_that_is_no_site_is_refused(body: str, code: str) -> None:
    """Nothing, points, links, polygons without rings, swapped axes, two placemarks."""
    assert _refusal(_kml(body)).code == code


def test_names_must_agree_with_contents(tmp_path: Path) -> None:
    """A file's ending cannot make it another format, and formats that are not read say what to do (F01, F10)."""
    wkt = site().wkt.encode()
    geopackage = _geopackage(tmp_path, _frame(site()))
    vrt = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    vrt += b"</OGRVRTDataSource>"
    assert boundary.read(wkt, name="site.wkt").area_m2 == 10_000
    assert boundary.read(wkt, name="no ending").area_m2 == 10_000
    for data, name in [(wkt, "site.geojson"), (vrt, "site.gpkg"), (geopackage, "site.zip"), (b"{}", "site.kml")]:
        assert _refusal(data, name=name).code == "name_and_content_differ"
    assert _refusal(vrt, name="site.kml").code == "not_kml"
    assert _refusal(vrt).code == "not_kml"
    for ending in ("shp", "kmz", "pdf", "exe", "../../x"):
        refusal = _refusal(wkt, name=f"site.{ending}")
        assert refusal.code == "unknown_format"
        assert refusal.hint


def test_bytes_are_capped_exactly() -> None:
    """A file of exactly the limit is read, one byte more is refused before anything else is done."""
    data = site().wkt.encode()
    assert boundary.read(data, limits=Limits(max_bytes=len(data))).area_m2 == 10_000
    with pytest.raises(TooLarge):
        boundary.read(data, limits=Limits(max_bytes=len(data) - 1))
    assert _refusal(b"x" * 2_000_001).code == "too_large"


def test_a_byte_order_mark_is_passed_over() -> None:
    """Windows programs put a mark before UTF-8 text; it is not part of the site."""
    assert boundary.read(b"\xef\xbb\xbf" + site().wkt.encode()).area_m2 == 10_000

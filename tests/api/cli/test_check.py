from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from bopsgis import boundary
from constraints import catalogue, render
from constraints.screen import screen
from constraints.screen.kept import kept_surfaces
from constraints.store import open_store

AS_AT = ("--as-at", "2026-11-22")


@pytest.fixture(scope="module")
def parcel(sample_town: Path) -> shapely.Polygon:
    """A parcel of the sample town that has addresses, EPSG:27700."""
    addresses = geopandas.read_file(sample_town / "places.gpkg", layer="addresses")
    parcels = geopandas.read_file(sample_town / "places.gpkg", layer="parcels").set_index("parcel")
    return parcels.geometry[addresses.parcel.iloc[0]]


@pytest.fixture(scope="module")
def uprn(sample_town: Path) -> str:
    """The UPRN of an address on that parcel."""
    return str(geopandas.read_file(sample_town / "places.gpkg", layer="addresses").uprn.iloc[0])


def _report(answer: Any) -> dict[str, Any]:
    assert answer.status == 0, answer.err
    report: dict[str, Any] = json.loads(answer.out)
    return report


@pytest.mark.usefixtures("in_town")
def test_check_prints_what_the_library_says(run: Any, parcel: shapely.Polygon, sample_store: Path) -> None:
    """The text at the terminal is the report of the library, whole."""
    site = boundary.read(parcel.wkt)
    surfaces = kept_surfaces(sample_store)
    assert surfaces
    expected = render.text(screen(site, store=open_store(sample_store), as_at=date(2026, 11, 22), rasters=surfaces))
    answer = run("check", parcel.wkt, *AS_AT)
    assert answer.status == 0
    assert answer.out.decode().strip() == expected.strip()


@pytest.mark.usefixtures("in_town")
def test_every_dataset_has_an_answer(run: Any, uprn: str) -> None:
    """A UPRN is looked up, and each screened dataset of the catalogue has exactly one finding."""
    report = _report(run("check", f"uprn:{uprn}", "--format", "json", *AS_AT))
    asked = [slug for slug, dataset in catalogue.datasets().items() if dataset.screened]
    assert sorted(finding["dataset"] for finding in report["findings"]) == sorted(asked)


@pytest.mark.usefixtures("in_town")
def test_all_ways_to_give_a_site_agree(run: Any, parcel: shapely.Polygon, uprn: str, tmp_path: Path) -> None:
    """The same parcel as WKT, WKB, GeoJSON text, file, stdin, GeoPackage and UPRN gives the same site."""
    geojson = shapely.to_geojson(parcel)
    (tmp_path / "site.geojson").write_text(geojson)
    (tmp_path / "site.wkt").write_text(parcel.wkt)
    geopandas.GeoSeries([parcel], crs=27700).to_file(tmp_path / "site.gpkg")
    sites = [
        _report(run("check", *words, "--format", "json", *AS_AT, stdin=stdin))["site"]["sha256"]
        for words, stdin in (
            ([parcel.wkt], b""),
            ([shapely.to_wkb(parcel, hex=True)], b""),
            ([geojson, "--crs", "27700"], b""),
            (["site.geojson", "--crs", "27700"], b""),
            (["site.wkt"], b""),
            (["-", "--crs", "27700"], geojson.encode()),
            (["site.gpkg"], b""),
            ([uprn], b""),
        )
    ]
    assert len(set(sites)) == 1


@pytest.mark.usefixtures("in_town")
def test_a_grid_reference_needs_a_radius(run: Any, parcel: shapely.Polygon) -> None:
    """A place alone is refused with the way out; with a radius it is a circle of that size."""
    place = f"{parcel.centroid.x:.0f},{parcel.centroid.y:.0f}"
    refused = run("check", place)
    assert refused.status == 2
    assert "--radius 25" in refused.err
    site = _report(run("check", place, "--radius", "10", "--format", "json", *AS_AT))["site"]
    assert site["area_m2"] == pytest.approx(314.16, rel=1e-3)


@pytest.mark.usefixtures("in_town")
def test_every_format_can_be_read(run: Any, parcel: shapely.Polygon) -> None:
    """Each format is what it says it is."""
    out = {
        fmt: run("check", parcel.wkt, "--format", fmt, *AS_AT).out
        for fmt in ("markdown", "html", "geojson", "odp", "svg", "png")
    }
    assert out["markdown"].startswith(b"#")
    assert b"<!doctype html>" in out["html"][:200].lower()
    assert json.loads(out["geojson"])["type"] == "FeatureCollection"
    assert json.loads(out["odp"])
    assert ET.fromstring(out["svg"]).tag.endswith("svg")  # noqa: S314  # our own picture
    assert out["png"].startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.usefixtures("in_town")
def test_the_output_file_says_the_format(run: Any, parcel: shapely.Polygon, tmp_path: Path) -> None:
    """`--output x.png` is a picture without `--format`; nothing goes to stdout."""
    answer = run("check", parcel.wkt, "--output", "site.png", *AS_AT)
    assert (answer.status, answer.out) == (0, b"")
    assert (tmp_path / "site.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("in_town")
def test_fail_on_sets_the_exit_status(run: Any, parcel: shapely.Polygon) -> None:
    """`--fail-on` makes a status an exit status of 1, and only when a finding has it."""
    report = _report(run("check", parcel.wkt, "--format", "json", *AS_AT))
    there = {finding["status"] for finding in report["findings"]}
    assert "not_known" in there
    assert run("check", parcel.wkt, "--fail-on", "not-known,present", *AS_AT).status == 1
    for status in {"present", "adjacent", "near", "absent", "not_known"} - there:
        assert run("check", parcel.wkt, "--fail-on", status, *AS_AT).status == 0


@pytest.mark.usefixtures("in_town")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["POLYGON ((533400 177900, 533500 178000, 533500 177900, 533400 178000, 533400 177900))"], "cross"),
        (["nowhere.geojson"], "There is no file"),
        (["nowhere.geojson", "--radius", "5"], "radius"),
        (["uprn:1"], "UPRN"),
        (["uprn:abc"], "UPRN"),
        (["-"], ""),
        (["POLYGON EMPTY"], "empty"),
        (["TQ 334 779", "--radius", "5", "--as-at", "yesterday"], "not a date"),
        (["TQ 334 779", "--radius", "5", "--fail-on", "maybe"], "maybe"),
        (["TQ 334 779", "--radius", "nan"], ""),
        (["TQ 334 779", "--radius", "5", "--output", "no/such/folder/x.html"], "cannot be written"),
    ],
)
def test_refusals_are_plain(run: Any, words: list[str], says: str) -> None:
    """What cannot be checked is refused with status 2, in words, without a traceback and with nothing on stdout."""
    answer = run("check", *words)
    assert (answer.status, answer.out) == (2, b"")
    assert says.lower() in answer.err.lower()
    assert answer.err.strip()
    assert "Traceback" not in answer.err


def test_no_store_is_status_three(run: Any, tmp_path: Path) -> None:
    """Without a store, or with a damaged one, the status is 3 and nothing is answered."""
    missing = run("check", "TQ 33400 77900", "--radius", "20")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "CURRENT").write_text("no-such-version\n")
    broken = run("check", "TQ 33400 77900", "--radius", "20", "--store", str(damaged))
    assert (missing.status, missing.out) == (3, b"")
    assert (broken.status, broken.out) == (3, b"")


@pytest.mark.usefixtures("in_town")
def test_the_fiction_is_named(run: Any, parcel: shapely.Polygon) -> None:
    """Answers from the sample town say, beside the answer, that the town is fictional."""
    assert "fictional" in run("check", parcel.wkt, *AS_AT).err

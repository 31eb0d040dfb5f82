from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from jsonschema import Draft7Validator

from bopsgis.crs import transform_geometry
from constraints import render
from constraints.catalogue import odp_values
from constraints.model import ConstraintReport, Status
from constraints.render.json_text import FORMAT


def test_json_is_the_whole_report(report: ConstraintReport):
    """The JSON text reads back as the data, with its format named and the findings counted."""
    data = json.loads(render.json(report))
    assert data == json.loads(json.dumps(render.json_data(report)))
    assert data["format"] == FORMAT
    assert sum(data["summary"].values()) == len(data["findings"]) == len(report.findings)
    assert data["site"]["centre"]["grid_reference"] == "TQ 33420 77915"


def test_geojson_has_the_site_and_every_hit_where_they_are(report: ConstraintReport):
    """In degrees by default; brought back through OSTN15 every shape lies within 2 mm of where it was."""
    data = json.loads(render.geojson(report))
    hits = [hit for finding in report.findings for hit in finding.hits]
    assert len(data["features"]) == 1 + len(hits)
    assert "crs" not in data
    shapes = np.array([shapely.geometry.shape(feature["geometry"]) for feature in data["features"]])
    back = transform_geometry(shapes, 4326)
    assert back[0].hausdorff_distance(report.site.geometry) < 0.002
    by_feature = {(hit.dataset, hit.reference): hit for hit in hits}
    for feature, shape in zip(data["features"][1:], back[1:], strict=True):
        properties = feature["properties"]
        hit = by_feature[properties["dataset"], properties["reference"]]
        assert shape.hausdorff_distance(hit.geometry) < 0.002
        assert properties["status"] == hit.status


def test_geojson_rings_run_as_rfc_7946_wants(report: ConstraintReport):
    """Outer rings run anticlockwise, holes clockwise."""
    for feature in render.geojson_data(report)["features"]:
        if feature["geometry"]["type"] == "Polygon":
            outer, *holes = feature["geometry"]["coordinates"]
            assert shapely.is_ccw(shapely.linearrings(outer))
            assert not any(shapely.is_ccw(shapely.linearrings(hole)) for hole in holes)


def test_geojson_on_the_national_grid_says_so(report: ConstraintReport):
    """Metres come with the name of their system; another system is refused."""
    data = render.geojson_data(report, crs=27700)
    assert data["crs"]["properties"]["name"].endswith("27700")
    assert shapely.geometry.shape(data["features"][0]["geometry"]).equals(report.site.geometry)
    with pytest.raises(ValueError, match="3857"):
        render.geojson_data(report, crs=3857)


def _by_value(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {entry["value"]: entry for entry in entries}


def test_odp_says_true_false_or_nothing(report: ConstraintReport):
    """Found is true with its entities, proven absent is false, not known has no `intersects` and the reasons."""
    data = render.odp_data(report)
    found = _by_value(data["property"]["planning"]["designations"])
    assert found["designated.conservationArea"]["intersects"] is True
    assert found["designated.conservationArea"]["entities"][0]["name"] == "Mill Road"
    assert (found["articleFour"]["intersects"], found["articleFour"]["status"]) == (False, "absent")
    green_belt = found["greenBelt"]
    assert "intersects" not in green_belt
    assert green_belt["status"] == "unknown"
    assert green_belt["reasons"]


def test_odp_never_says_false_of_what_is_not_known(report: ConstraintReport):
    """For every value: false only where every finding that speaks of it is absent or clearly apart."""
    statuses: dict[str, set[Status]] = {}
    for finding in report.findings:
        for value, status in finding.designations.items():
            statuses.setdefault(value, set()).add(status)
    for value, entry in _by_value(render.odp_data(report)["property"]["planning"]["designations"]).items():
        if entry.get("intersects") is False:
            assert statuses[value] <= {Status.ABSENT, Status.NEAR}
        assert value in odp_values()
    assert set(statuses) == set(_by_value(render.odp_data(report)["property"]["planning"]["designations"]))


def test_odp_grades_follow_the_records(report: ConstraintReport):
    """A grade II point inside makes grade II true; the sliver and the point without a grade leave the others open."""
    found = _by_value(render.odp_data(report)["property"]["planning"]["designations"])
    assert found["listed.gradeTwo"]["intersects"] is True
    assert found["listed.gradeOne"]["status"] == "unknown"
    assert found["flood.zoneThree"]["intersects"] is True
    assert found["flood.zoneTwo"]["intersects"] is False


def test_a_point_near_by_is_no_proof_of_absence(report: ConstraintReport):
    """A protected tree recorded as a point beside the site may reach it: neither true nor false."""
    apart = [
        replace(finding, hits=tuple(replace(hit, distance_m=3.0, overlap_m2=0.0) for hit in finding.hits))
        if finding.dataset == "tree"
        else replace(finding, designations={})
        for finding in report.findings
    ]
    data = render.odp_data(replace(report, findings=tuple(apart)))
    assert [entry["value"] for entry in data["notKnown"]] == ["tpo"]


def test_strict_odp_is_valid_by_the_schema(report: ConstraintReport, root: Path):
    """With `strict` the list passes the published schema; what is not known stands outside it."""
    path = root.parent / "shared" / "schemas" / "schemas" / "application.json"
    if not path.exists():
        pytest.skip("the Open Digital Planning schemas are not beside the repository (../shared/schemas)")
    schema = json.loads(path.read_text())
    planning = schema["definitions"]["UKProperty"]["properties"]["planning"]
    validator = Draft7Validator({**planning, "definitions": schema["definitions"]})
    strict = render.odp_data(report, strict=True)
    validator.validate(strict["property"]["planning"])
    everything = _by_value(render.odp_data(report)["property"]["planning"]["designations"])
    listed = _by_value(strict["property"]["planning"]["designations"])
    assert set(listed) | set(_by_value(strict["notKnown"])) == set(everything)
    assert not set(listed) & set(_by_value(strict["notKnown"]))
    assert json.loads(render.odp(report, strict=True)) == strict

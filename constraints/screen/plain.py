"""A report as plain values (text, numbers, lists, mappings), and the one way to write those as bytes.

The identity of a report is taken over these values, and the JSON that the API answers is made of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from bopsgis.boundary import Boundary
from constraints.model import (
    Consequence,
    ConstraintFinding,
    ConstraintReport,
    Hit,
    NotKnown,
    Provenance,
    RasterMeasure,
)
from constraints.source import Repair

__all__ = ["canonical", "plain_finding", "plain_report", "plain_site", "report_identity"]


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same value gives the same text on every machine.

    >>> canonical({"b": 1.0, "a": ["x", None]})
    '{"a":["x",null],"b":1.0}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def report_identity(report: ConstraintReport, findings: Iterable[str]) -> str:
    """SHA-256 over a report's header and the canonical JSON of each finding.

    `findings` are already canonical text, so that the many findings that do not change from site to site
    are written out once. The bytes are those of `canonical({**header, "findings": [...]})` with the
    findings last.
    """
    header = {
        "as_at": report.as_at.isoformat(),
        "councils": report.councils,
        "council_names": report.council_names,
        "notes": report.notes,
        "settings": report.settings,
        "site": plain_site(report.site),
        "software": report.software,
        "store_version": report.store_version,
    }
    text = f'{canonical(header)[:-1]},"findings":[{",".join(findings)}]}}'
    return hashlib.sha256(text.encode()).hexdigest()


def plain_site(site: Boundary) -> dict[str, Any]:
    """The site as plain values; metres and square metres on the national grid (EPSG:27700)."""
    box, centre = site.bbox, site.centre
    return {
        "sha256": site.sha256,
        "area_m2": round(site.area_m2, 2),
        "perimeter_m": round(site.perimeter_m, 2),
        "bbox": [round(side, 3) for side in (box.west, box.south, box.east, box.north)],
        "centre": {"easting": round(centre.easting, 3), "northing": round(centre.northing, 3)},
        "source_format": site.source_format,
        "source_crs": site.source_crs,
        "transform": site.transform.name,
        "transform_accuracy_m": site.transform.accuracy_m,
        "notes": list(site.notes),
    }


def plain_finding(finding: ConstraintFinding) -> dict[str, Any]:
    """One finding as plain values."""
    return {
        "dataset": finding.dataset,
        "name": finding.name,
        "theme": finding.theme,
        "status": finding.status.value,
        "sentence": finding.sentence,
        "meaning": finding.meaning,
        "hits": [_hit(hit) for hit in finding.hits],
        "not_known": [_not_known(reason) for reason in finding.not_known],
        "consequences": [_consequence(consequence) for consequence in finding.consequences],
        "designations": {value: status.value for value, status in finding.designations.items()},
        "checked": list(finding.checked),
        "near_m": finding.near_m,
        "tolerance_m": finding.tolerance_m,
        "raster": None if finding.raster is None else _raster(finding.raster),
    }


def plain_report(report: ConstraintReport) -> dict[str, Any]:
    """A whole report as plain values."""
    return {
        "identity": report.identity,
        "as_at": report.as_at.isoformat(),
        "software": report.software,
        "store_version": report.store_version,
        "settings": dict(report.settings),
        "site": plain_site(report.site),
        "councils": [
            {"code": code, "name": name} for code, name in zip(report.councils, report.council_names, strict=True)
        ],
        "notes": list(report.notes),
        "findings": [plain_finding(finding) for finding in report.findings],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "feature": hit.feature,
        "dataset": hit.dataset,
        "reference": hit.reference,
        "name": hit.name,
        "entity": hit.entity,
        "attributes": dict(hit.attributes),
        "relation": hit.relation.value,
        "status": hit.status.value,
        "likely": hit.likely,
        "overlap_m2": hit.overlap_m2,
        "overlap_length_m": hit.overlap_length_m,
        "site_share": hit.site_share,
        "feature_share": hit.feature_share,
        "parts": hit.parts,
        "inscribed_radius_m": hit.inscribed_radius_m,
        "distance_m": hit.distance_m,
        "bearing": hit.bearing,
        "tolerance_m": hit.tolerance_m,
        "tolerance_why": hit.tolerance_why,
        "provisional": hit.provisional,
        "provenance": _provenance(hit.provenance),
        "also": [_provenance(other) for other in hit.also],
    }


def _provenance(provenance: Provenance) -> dict[str, Any]:
    return {
        "source": provenance.source,
        "publisher": provenance.publisher,
        "dataset_version": provenance.dataset_version,
        "retrieved": provenance.retrieved.isoformat(),
        "entry_date": _day(provenance.entry_date),
        "start_date": _day(provenance.start_date),
        "end_date": _day(provenance.end_date),
        "licence": provenance.licence,
        "attribution": provenance.attribution,
        "transform": provenance.transform,
        "transform_accuracy_m": provenance.transform_accuracy_m,
        "repair": None if provenance.repair is None else _repair(provenance.repair),
    }


def _repair(repair: Repair) -> dict[str, Any]:
    return {
        "method": repair.method,
        "reason": repair.reason,
        "area_before_m2": repair.area_before_m2,
        "area_after_m2": repair.area_after_m2,
        "flagged": repair.flagged,
    }


def _not_known(reason: NotKnown) -> dict[str, Any]:
    return {
        "reason": reason.reason.value,
        "sentence": reason.sentence,
        "councils": list(reason.councils),
        "references": list(reason.references),
    }


def _consequence(consequence: Consequence) -> dict[str, Any]:
    return {
        "kind": consequence.kind.value,
        "text": consequence.text,
        "who": consequence.who,
        "certain": consequence.certain,
        "citation": consequence.citation,
        "edition": consequence.edition,
        "effective_from": _day(consequence.effective_from),
        "effective_to": _day(consequence.effective_to),
        "verified": consequence.verified,
    }


def _raster(measure: RasterMeasure) -> dict[str, Any]:
    return {
        "share_over": measure.share_over,
        "threshold": measure.threshold,
        "maximum": measure.maximum,
        "mean": measure.mean,
        "nodata_share": measure.nodata_share,
        "unit": measure.unit,
        "cell_m": measure.cell_m,
    }


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()

"""The report as JSON: the answer of the API, and the values that the report's identity is taken over."""

from __future__ import annotations

import json as encoder
from typing import Any, Final

from bopsgis import gridref
from constraints.model import ConstraintReport, Status
from constraints.screen.plain import plain_report

__all__ = ["FORMAT", "json", "json_data", "written"]

FORMAT: Final = "bopsgis-constraint-report-1"
"""Name and edition of this layout; members may be added, never renamed or taken away."""


def json_data(report: ConstraintReport) -> dict[str, Any]:
    """The report as plain values: `format`, `summary` (findings by status), then all of the report.

    Lengths are metres and areas m2 on the national grid (EPSG:27700); shares run from 0 to 1.
    """
    data = plain_report(report)
    data["site"]["centre"]["grid_reference"] = gridref.format(report.site.centre)
    summary = {status.value: sum(finding.status is status for finding in report.findings) for status in Status}
    return {"format": FORMAT, "summary": summary, **data}


def json(report: ConstraintReport) -> str:
    """The report as JSON text."""
    return written(json_data(report))


def written(data: dict[str, Any]) -> str:
    """Values as JSON text for people and programs: UTF-8, indented, no NaN."""
    return encoder.dumps(data, ensure_ascii=False, allow_nan=False, indent=2) + "\n"

"""What a portal sends for the example: a householder application in the Open Digital Planning schema, and drawings."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import numpy as np
import shapely
from PIL import Image, ImageDraw

from bopsgis import crs

__all__ = ["PRIVATE", "application", "drawing"]

PRIVATE = ("jane.doe@example.org", "0000 123 456", "a.neighbour@example.org", "9 Private Close")
"""What was given in confidence: none of it may be seen by the public."""


def application(place: dict[str, Any]) -> dict[str, Any]:
    """A householder application for a plot round an address."""
    east, north = place["at"]["easting"], place["at"]["northing"]
    plot = np.array([shapely.box(east - 6, north - 12, east + 6, north + 12)], dtype=object)
    (site,) = crs.geometry_from_national_grid(plot, 4326)
    schemas = "https://theopensystemslab.github.io/digital-planning-data-schemas/v0.7.7/schemas"
    return {
        "data": {
            "application": {
                "type": {"value": "pp.full.householder"},
                "declaration": {"accurate": True},
                "fee": {"payable": 258, "reference": {"govPay": "PAY-1"}},
            },
            "applicant": {
                "name": {"first": "Jane", "last": "Doe"},
                "email": PRIVATE[0],
                "phone": {"primary": PRIVATE[1]},
                "address": {"sameAsSiteAddress": True},
                "ownership": {"certificate": "a"},
            },
            "property": {
                "address": {
                    "uprn": place["uprn"],
                    "title": place["address"],
                    "singleLine": place["address"],
                    "postcode": place["postcode"],
                },
                "planning": {"designations": []},
            },
            "proposal": {
                "description": "Single-storey rear extension",
                "boundary": {
                    "site": {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(site))}
                },
            },
        },
        "files": [
            {"name": f"{tag}.png", "type": [{"value": tag}]}
            for tag in ("locationPlan", "sitePlan.proposed", "elevations.proposed")
        ],
        "metadata": {
            "id": str(uuid.uuid4()),
            "organisation": "XTH",
            "source": "Example",
            "submittedAt": "2026-06-01T10:00:00Z",
            "schema": f"{schemas}/application.json",
        },
    }


def drawing(number: str) -> bytes:
    """A plan, as far as a computer can tell."""
    sheet = Image.new("RGB", (800, 600), "white")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((200, 150, 600, 450), outline="black", width=3)
    pen.text((20, 20), f"Drawing {number}", fill="black")
    out = io.BytesIO()
    sheet.save(out, format="PNG")
    return out.getvalue()

"""Sites for the demo: real plots of the town, each chosen because it shows something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import json

import shapely

import plan
from heritage import conservation_areas
from parcels import Parcel
from policy import UPRN_ONLY_STREET
from town import Town
from water import flood_zone

__all__ = ["sites"]


def sites(town: Town) -> dict[str, Any]:
    """A GeoJSON collection in EPSG:27700 of named sites."""
    return {"type": "FeatureCollection", "features": []}

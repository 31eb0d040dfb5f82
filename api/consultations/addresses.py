"""Where address points and land parcels come from: a GeoPackage, or the council's own table in the database.

A GeoPackage has the layers `addresses` (uprn, address, parcel; point) and `parcels` (parcel; polygon), both in
EPSG:27700. The same file can be loaded into the database, for a council that has no file on the server.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import geopandas
from geoalchemy2 import functions as spatial
from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import delete, insert, select

from api.consultations.tables import AddressPointRow, LandParcelRow
from api.core.access import visible_to
from api.core.db import Work, multipolygon
from bopsgis.errors import FormatRefused, NotFound

__all__ = ["AddressPoint", "AddressSource", "CouncilAddresses", "PlacesFile", "has_addresses", "load_addresses"]

ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class AddressPoint:
    """An address with its point (EPSG:27700) and the key of the land parcel that it stands on, empty for none."""

    uprn: str
    address: str
    parcel: str
    point: Any


class AddressSource(Protocol):
    """Addresses and parcels round a site. Geometries are EPSG:27700, distances metres."""

    def addresses_near(self, site: Any, distance_m: float) -> list[AddressPoint]:
        """Addresses whose point is at most this far from the site."""

    def addresses_on(self, parcels: Collection[str]) -> list[AddressPoint]:
        """Addresses that stand on one of these parcels."""

    def parcels_near(self, site: Any, distance_m: float) -> dict[str, Any]:
        """Parcels at most this far from the site: key -> shape."""


class PlacesFile:
    """Addresses and parcels of a GeoPackage; each question reads only what lies round the site."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def addresses_near(self, site: Any, distance_m: float) -> list[AddressPoint]:
        """Addresses whose point is at most this far from the site."""
        found = _points(self._read("addresses", bbox=_box(site, distance_m)))
        return [one for one in found if site.distance(one.point) <= distance_m]

    def addresses_on(self, parcels: Collection[str]) -> list[AddressPoint]:
        """Addresses that stand on one of these parcels."""
        if not parcels:
            return []
        listed = ", ".join("'{}'".format(key.replace("'", "''")) for key in sorted(parcels))
        return _points(self._read("addresses", where=f"parcel IN ({listed})"))

    def parcels_near(self, site: Any, distance_m: float) -> dict[str, Any]:
        """Parcels at most this far from the site: key -> shape."""
        rows = self._read("parcels", bbox=_box(site, distance_m))
        pairs = zip(rows["parcel"].astype(str), rows.geometry.array, strict=True)
        return {key: shape for key, shape in pairs if site.distance(shape) <= distance_m}

    def _read(self, layer: str, **wanted: Any) -> Any:
        if not self.path.is_file():
            raise NotFound("There are no addresses here to choose neighbours from.", code="addresses_missing")
        return geopandas.read_file(self.path, layer=layer, **wanted)


class CouncilAddresses:
    """Addresses and parcels that were loaded into the database for one council."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def addresses_near(self, site: Any, distance_m: float) -> list[AddressPoint]:
        """Addresses whose point is at most this far from the site."""
        return self._addresses(spatial.ST_DWithin(AddressPointRow.point, _bound(site), distance_m))

    def addresses_on(self, parcels: Collection[str]) -> list[AddressPoint]:
        """Addresses that stand on one of these parcels."""
        return self._addresses(AddressPointRow.parcel.in_(sorted(parcels))) if parcels else []

    def parcels_near(self, site: Any, distance_m: float) -> dict[str, Any]:
        """Parcels at most this far from the site: key -> shape."""
        query = select(LandParcelRow).where(
            visible_to(self.work.access, LandParcelRow),
            spatial.ST_DWithin(LandParcelRow.shape, _bound(site), distance_m),
        )
        return {row.parcel: to_shape(row.shape) for row in self.work.session.scalars(query)}

    def _addresses(self, rule: Any) -> list[AddressPoint]:
        query = select(AddressPointRow).where(visible_to(self.work.access, AddressPointRow), rule)
        rows = self.work.session.scalars(query.order_by(AddressPointRow.id))
        return [AddressPoint(row.uprn, row.address, row.parcel, to_shape(row.point)) for row in rows]


def has_addresses(work: Work) -> bool:
    """True where the council has an address table of its own in the database."""
    query = select(AddressPointRow.id).where(visible_to(work.access, AddressPointRow))
    return work.session.scalar(query.limit(1)) is not None


def load_addresses(work: Work, path: Path) -> tuple[int, int]:
    """Put the addresses and parcels of a GeoPackage in the place of the council's own; how many of each.

    Raises FormatRefused where a layer or column is missing or a layer is not in EPSG:27700.
    """
    addresses, parcels = _layer(path, "addresses", "uprn", "address", "parcel"), _layer(path, "parcels", "parcel")
    council = work.access.council_id
    points = [
        {
            "council_id": council,
            "uprn": one.uprn,
            "address": one.address,
            "parcel": one.parcel,
            "point": _bound(one.point),
        }
        for one in _points(addresses)
    ]
    shapes = [
        {"council_id": council, "parcel": str(key), "shape": _bound(multipolygon(shape))}
        for key, shape in zip(parcels["parcel"], parcels.geometry.array, strict=True)
    ]
    _replace(work, AddressPointRow, points)
    _replace(work, LandParcelRow, shapes)
    return len(points), len(shapes)


def _replace(work: Work, table: Any, rows: list[dict[str, Any]]) -> None:
    work.session.execute(delete(table).where(visible_to(work.access, table)))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        work.session.execute(insert(table), rows[start : start + ROWS_AT_ONCE])


def _layer(path: Path, name: str, *columns: str) -> Any:
    known = set(geopandas.list_layers(path)["name"])
    if name not in known:
        raise FormatRefused(f"The GeoPackage has no layer “{name}”.", code="layer_missing")
    rows = geopandas.read_file(path, layer=name)
    missing = [column for column in columns if column not in rows.columns]
    if missing:
        raise FormatRefused(f"The layer “{name}” has no column {', '.join(missing)}.", code="column_missing")
    if rows.crs is None or rows.crs.to_epsg() != 27700:
        raise FormatRefused(f"The layer “{name}” is not in EPSG:27700.", code="not_national_grid")
    return rows


def _points(rows: Any) -> list[AddressPoint]:
    return [
        AddressPoint(str(row.uprn), str(row.address), str(row.parcel or ""), row.geometry)
        for row in rows.itertuples(index=False)
    ]


def _box(site: Any, distance_m: float) -> tuple[float, ...]:
    west, south, east, north = site.bounds
    return west - distance_m, south - distance_m, east + distance_m, north + distance_m


def _bound(geometry: Any) -> Any:
    return from_shape(geometry, srid=27700, extended=True)

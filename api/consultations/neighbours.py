"""Neighbours of a site: chosen by distance or by shared boundary, added and removed by hand."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import select

from api.cases.acting import Moment
from api.cases.constraints import site_of
from api.cases.tables import CaseRow
from api.consultations.acts import may_prepare
from api.consultations.addresses import AddressPoint, AddressSource
from api.consultations.tables import NeighbourRow
from api.core import audit
from api.core.access import visible_to
from api.core.db import Work
from bopsgis.errors import InputRefused, NotFound, TooLarge
from bopsgis.planning.lifecycle import ActName

__all__ = [
    "MOST_NEIGHBOURS",
    "MOST_OFFERED",
    "PICKED_WITHIN_M",
    "TOUCH_M",
    "Candidate",
    "Choice",
    "Chosen",
    "add_by_hand",
    "address_key",
    "by_distance",
    "by_shared_boundary",
    "choose",
    "neighbours_of",
    "pick",
    "remove",
    "unlisted",
]

TOUCH_M = 0.5
"""How far apart two boundaries of the same line may be drawn. Much less than the narrowest road."""
MOST_TOUCH_M = 2.0
MOST_DISTANCE_M = 500.0
MOST_NEIGHBOURS = 2000
PICKED_WITHIN_M = 100.0
"""Addresses this near to the site are offered one by one."""
MOST_OFFERED = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address near the site with its distance from the site boundary in metres."""

    address: AddressPoint
    distance_m: float


@dataclass(frozen=True, slots=True)
class Choice:
    """Neighbours by one rule, nearest first, and the addresses that are left out as the site's own."""

    how: str
    rule: str
    neighbours: tuple[Candidate, ...]
    own: tuple[AddressPoint, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What choosing changed on the case."""

    added: tuple[NeighbourRow, ...]
    known: int
    """Addresses that were on the list already, or removed from it by an officer."""
    own: tuple[AddressPoint, ...]


def by_distance(source: AddressSource, site: Any, own_uprns: Collection[str], distance_m: float) -> Choice:
    """Addresses whose point is at most `distance_m` from the site boundary (EPSG:27700), its own left out."""
    if not 0 < distance_m <= MOST_DISTANCE_M:
        raise InputRefused(f"Give a distance of up to {MOST_DISTANCE_M:.0f} metres.", code="distance")
    own_parcels = _own_parcels(source, site, own_uprns)
    found = source.addresses_near(site, distance_m)
    return _choice("distance", f"within {distance_m:g} m of the site", site, found, own_uprns, own_parcels)


def by_shared_boundary(
    source: AddressSource, site: Any, own_uprns: Collection[str], tolerance_m: float = TOUCH_M
) -> Choice:
    """Addresses on land parcels that touch the site within a tolerance, its own left out.

    Land across a road does not touch: a road is no parcel, and wider than any tolerance that is taken.
    """
    if not 0 <= tolerance_m <= MOST_TOUCH_M:
        raise InputRefused(f"Give a tolerance of up to {MOST_TOUCH_M:g} metres.", code="tolerance")
    own_parcels = _own_parcels(source, site, own_uprns)
    touching = set(source.parcels_near(site, tolerance_m))
    found = source.addresses_on(touching)
    return _choice(
        "shared_boundary", "on land that shares a boundary with the site", site, found, own_uprns, own_parcels
    )


def _land_of_site(source: AddressSource, site: Any) -> set[str]:
    """Parcels that are the site's own: most of the parcel is in the site, or most of the site in the parcel."""
    return {
        key
        for key, shape in source.parcels_near(site, 0.0).items()
        if shape.intersection(site).area > 0.5 * min(shape.area, site.area)
    }


def _own_parcels(source: AddressSource, site: Any, own_uprns: Collection[str]) -> set[str]:
    """Parcels of the site all of whose addresses are its own.

    Not those on which the site's own UPRNs stand: other flats in the same building are neighbours there.
    """
    land = _land_of_site(source, site)
    shared = {one.parcel for one in source.addresses_on(land) if one.uprn in own_uprns}
    return land - shared


def _choice(
    how: str, rule: str, site: Any, found: list[AddressPoint], own_uprns: Collection[str], own_parcels: set[str]
) -> Choice:
    shapely.prepare(site)
    own, others = [], []
    for one in {address.uprn: address for address in found}.values():
        if one.uprn in own_uprns or one.parcel in own_parcels or site.intersects(one.point):
            own.append(one)
        else:
            others.append(Candidate(one, round(float(site.distance(one.point)), 2)))
    if len(others) > MOST_NEIGHBOURS:
        raise TooLarge(f"That is more than {MOST_NEIGHBOURS} addresses.", hint="Choose a smaller distance.")
    others.sort(key=lambda candidate: (candidate.distance_m, candidate.address.uprn))
    return Choice(how, rule, tuple(others), tuple(sorted(own, key=lambda one: one.uprn)))


def choose(
    work: Work,
    row: CaseRow,
    source: AddressSource,
    moment: Moment,
    *,
    distance_m: float | None = None,
    tolerance_m: float = TOUCH_M,
) -> Chosen:
    """Put neighbours on the case's list: within `distance_m`, or where None is given by shared boundary.

    An address that is on the list, or that an officer took off it, is left as it is.
    """
    may_prepare(work, row, ActName.PUBLICISE)
    site, own = site_of(row).geometry, set(row.uprns)
    choice = (
        by_shared_boundary(source, site, own, tolerance_m)
        if distance_m is None
        else by_distance(source, site, own, distance_m)
    )
    listed = neighbours_of(work, row, removed=True)
    uprns, keys = {one.uprn for one in listed}, {one.address_key for one in listed}
    added = []
    for candidate in choice.neighbours:
        one, key = candidate.address, address_key(candidate.address.address)
        if one.uprn in uprns or key in keys:
            continue
        keys.add(key)
        neighbour = _neighbour(work, row, one.address, choice.how, choice.rule, moment)
        _place(neighbour, candidate)
        added.append(neighbour)
    work.session.add_all(added)
    work.session.flush()
    told = {"how": choice.how, "rule": choice.rule, "added": len(added), "own": len(choice.own)}
    audit.record(work, "choose_neighbours", moment.at, case_id=row.id, detail=told)
    return Chosen(tuple(added), len(choice.neighbours) - len(added), choice.own)


def unlisted(work: Work, row: CaseRow, source: AddressSource) -> tuple[Candidate, ...]:
    """Addresses round the site that are not on the list, nearest first, no more than can be looked through."""
    listed = neighbours_of(work, row)
    uprns, keys = {one.uprn for one in listed}, {one.address_key for one in listed}
    found = by_distance(source, site_of(row).geometry, set(row.uprns), PICKED_WITHIN_M).neighbours
    left = [one for one in found if one.address.uprn not in uprns and address_key(one.address.address) not in keys]
    return tuple(left[:MOST_OFFERED])


def pick(
    work: Work, row: CaseRow, source: AddressSource, uprns: Collection[str], moment: Moment
) -> tuple[NeighbourRow, ...]:
    """Put single addresses on the list that `unlisted` offers, also such as an officer took off it before.

    Raises InputRefused for none, and for an address that is not offered.
    """
    may_prepare(work, row, ActName.PUBLICISE)
    offered = {one.address.uprn: one for one in unlisted(work, row, source)}
    if not uprns:
        raise InputRefused("Select at least one address.", code="addresses")
    if set(uprns) - set(offered):
        raise InputRefused("An address is not near the site, or on the list already.", code="addresses")
    gone = {one.address_key: one for one in neighbours_of(work, row, removed=True)}
    picked = []
    for candidate in (offered[uprn] for uprn in offered if uprn in uprns):
        key = address_key(candidate.address.address)
        neighbour = gone.get(key) or _neighbour(
            work, row, candidate.address.address, "by_hand", "picked on the map", moment
        )
        gone[key] = neighbour
        neighbour.removed_because = None
        _place(neighbour, candidate)
        picked.append(neighbour)
    work.session.add_all(picked)
    work.session.flush()
    told = {"how": "picked", "added": len(picked), "neighbours": [one.id for one in picked]}
    audit.record(work, "choose_neighbours", moment.at, case_id=row.id, detail=told)
    return tuple(picked)


def _place(neighbour: NeighbourRow, candidate: Candidate) -> None:
    neighbour.uprn, neighbour.distance_m = candidate.address.uprn, candidate.distance_m
    neighbour.point = from_shape(candidate.address.point, srid=27700, extended=True)


def _neighbour(work: Work, row: CaseRow, address: str, how: str, rule: str, moment: Moment) -> NeighbourRow:
    return NeighbourRow(
        council_id=row.council_id,
        case_id=row.id,
        address=address.strip(),
        address_key=address_key(address),
        how=how,
        rule=rule,
        added_by=work.access.actor,
        added_at=moment.at,
    )


def address_key(address: str) -> str:
    r"""An address as it is compared: words in small letters, however it is spaced and punctuated.

    >>> address_key("12, High  Street,\nThistleford")
    '12 high street thistleford'
    """
    return " ".join(re.findall(r"\w+", address.casefold()))


def neighbours_of(work: Work, row: CaseRow, *, removed: bool = False) -> list[NeighbourRow]:
    """The case's neighbours, nearest first and those by hand last; with `removed` also those taken off the list."""
    query = select(NeighbourRow).where(visible_to(work.access, NeighbourRow), NeighbourRow.case_id == row.id)
    if not removed:
        query = query.where(NeighbourRow.removed_because.is_(None))
    unknown = NeighbourRow.distance_m.is_(None)
    return list(work.session.scalars(query.order_by(unknown, NeighbourRow.distance_m, NeighbourRow.id)))


def add_by_hand(work: Work, row: CaseRow, address: str, reason: str, moment: Moment) -> NeighbourRow:
    """Add an address that no rule chose, or put one back that was removed."""
    may_prepare(work, row, ActName.PUBLICISE)
    key = address_key(address)
    if not key:
        raise InputRefused("Give an address.", code="address")
    known = next((one for one in neighbours_of(work, row, removed=True) if one.address_key == key), None)
    if known is not None and known.removed_because is None:
        raise InputRefused("This address is on the list already.", code="address_listed")
    neighbour = known or _neighbour(work, row, address, "by_hand", reason.strip(), moment)
    neighbour.removed_because = None
    work.session.add(neighbour)
    work.session.flush()
    told = {"neighbour": neighbour.id, "reason": reason}
    audit.record(work, "add_neighbour", moment.at, case_id=row.id, detail=told)
    return neighbour


def remove(work: Work, row: CaseRow, neighbour_id: int, reason: str, moment: Moment) -> None:
    """Take an address off the list, with the reason; letters that went there stay on record."""
    may_prepare(work, row, ActName.PUBLICISE)
    neighbour = next((one for one in neighbours_of(work, row) if one.id == neighbour_id), None)
    if neighbour is None:
        raise NotFound("The case has no such neighbour.", code="neighbour")
    if not reason.strip():
        raise InputRefused("Say why this address is taken off the list.", code="reason")
    neighbour.removed_because = reason.strip()
    work.session.flush()
    told = {"neighbour": neighbour.id, "reason": neighbour.removed_because}
    audit.record(work, "remove_neighbour", moment.at, case_id=row.id, detail=told)

"""What the JSON API takes and answers, as models: the reference page and OpenAPI are made of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.maps.location_plan import Part, State
from constraints.model import ConsequenceKind, NotKnownReason, Relation, Status

__all__ = ["AddressAnswer", "CheckQuery", "DatasetAnswer", "PlacesAnswer", "ReportAnswer"]

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class _Closed(BaseModel):
    """A model that names all that there is."""

    model_config = ConfigDict(extra="forbid")


class CheckQuery(_Closed):
    """What can be asked beside the site itself."""

    as_at: str | None = Field(
        default=None,
        pattern=_DAY,
        description="The date to check for, as 2026-03-27; today where it is left out. Not in the future.",
        examples=["2026-03-27"],
    )
    councils: str | None = Field(
        default=None,
        max_length=400,
        pattern=r"^[^\x00-\x1f,]+(,[^\x00-\x1f,]+)*$",
        description="Codes of the councils that the site lies in, with commas between; found from the council "
        "boundaries loaded where it is left out.",
        examples=["local-authority:SWK"],
    )
    crs: str | None = Field(
        default=None,
        pattern="^(27700|4326|4258|3857)$",
        description="EPSG code of the coordinates, for GeoJSON that is not in longitude and latitude.",
        examples=["27700"],
    )

    location_plan: bool = Field(
        default=False,
        description="True: also check the site as a location plan is checked (council, highway, address).",
    )
    uprn: str | None = Field(
        default=None,
        pattern="^[0-9]{1,12}$",
        description="UPRN of the address that the site is for, for the check of the location plan.",
        examples=["990040000001"],
    )


class Repair(_Closed):
    """What was done to a published geometry to make it valid."""

    method: str
    reason: str
    area_before_m2: float
    area_after_m2: float
    flagged: bool


class Provenance(_Closed):
    """Where the evidence comes from."""

    source: str
    publisher: str
    dataset_version: str = Field(description="First characters of the SHA-256 of the delivered file.")
    retrieved: date
    entry_date: date | None
    start_date: date | None
    end_date: date | None
    licence: str
    attribution: str
    transform: str
    transform_accuracy_m: float
    repair: Repair | None


class Hit(_Closed):
    """One designation on, beside or near the site. Metres and square metres on the national grid."""

    feature: int
    dataset: str
    reference: str
    name: str
    entity: str
    attributes: dict[str, str]
    relation: Relation
    status: Status
    likely: bool = Field(description="True for a point, which shows no extent: likely, not certain.")
    overlap_m2: float
    overlap_length_m: float
    site_share: float = Field(description="Overlap as a share of the site, 0 to 1.")
    feature_share: float = Field(description="Overlap as a share of the designation, 0 to 1.")
    parts: int
    inscribed_radius_m: float = Field(description="Radius of the largest circle in the overlap; a sliver's is tiny.")
    distance_m: float
    bearing: str = Field(description="Compass point from the site, such as NE; empty where they meet.")
    tolerance_m: float
    tolerance_why: str
    provisional: bool
    provenance: Provenance
    also: list[Provenance] = Field(description="Other publishers' copies of the same designation.")


class NotKnown(_Closed):
    """Why nothing can be said."""

    reason: NotKnownReason
    sentence: str
    councils: list[str]
    references: list[str]


class Consequence(_Closed):
    """What follows, with the law it rests on."""

    kind: ConsequenceKind
    text: str
    who: str
    certain: bool
    citation: str
    edition: str
    effective_from: date | None
    effective_to: date | None
    verified: bool = Field(description="False: the text of the law was not seen; check before relying on it.")


class Surface(_Closed):
    """What a raster surface says of the site."""

    share_over: float
    threshold: float
    maximum: float | None
    mean: float | None
    nodata_share: float
    unit: str
    cell_m: float


class Finding(_Closed):
    """The answer for one dataset. `not_known` is never a no."""

    dataset: str
    name: str
    theme: str
    status: Status
    sentence: str
    meaning: str
    hits: list[Hit]
    not_known: list[NotKnown]
    consequences: list[Consequence]
    designations: dict[str, Status] = Field(description="Open Digital Planning designation values.")
    checked: list[str]
    near_m: float
    tolerance_m: float
    raster: Surface | None


class GridPoint(_Closed):
    """A place on the national grid (EPSG:27700, metres)."""

    easting: float
    northing: float
    grid_reference: str = Field(examples=["SP 40985 44700"])


class Site(_Closed):
    """The site as it was understood."""

    sha256: str
    area_m2: float
    perimeter_m: float
    bbox: list[float] = Field(min_length=4, max_length=4, description="west, south, east, north; EPSG:27700 metres.")
    centre: GridPoint
    source_format: str
    source_crs: int
    transform: str
    transform_accuracy_m: float
    notes: list[str]


class Council(_Closed):
    """A council that the site lies in."""

    code: str
    name: str


class LocationCheck(_Closed):
    """One check of the site as a location plan: a warning refuses nothing."""

    part: Part
    state: State
    sentence: str
    hint: str = Field(description="What to do; empty where it is as it should be.")
    at: GridPoint | None = Field(description="Where on the ground.")


class ReportAnswer(_Closed):
    """The whole answer. The same question to the same store gives the same bytes, named by `identity`."""

    format: str = Field(description="Name and edition of this layout.")
    summary: dict[Status, int] = Field(description="Number of findings of each status.")
    identity: str
    as_at: date
    software: str
    store_version: str
    settings: dict[str, Any]
    site: Site
    councils: list[Council]
    notes: list[str]
    findings: list[Finding]
    location_plan: list[LocationCheck] | None = Field(
        default=None, description="Only where it was asked for; not part of what `identity` names."
    )


class SourceAnswer(_Closed):
    """One loaded delivery."""

    name: str
    publisher: str
    licence: str
    attribution: str
    retrieved: date
    age_days: int
    stale: bool = Field(description="True: too old to prove an absence.")
    everywhere: bool = Field(description="True: declared complete for all of England.")
    councils: list[str] = Field(description="Councils for which it is declared complete.")
    sha256: str
    rows_in: int
    kept: int
    unlocated: int = Field(description="Rows that apply to land but have no usable geometry: they forbid an absence.")
    repaired: int


class DatasetAnswer(_Closed):
    """One dataset of the catalogue and what is loaded of it."""

    dataset: str
    name: str
    theme: str
    meaning: str
    loaded: bool = Field(description="False: every answer about it is `not_known`.")
    stale_after_days: int | None
    sources: list[SourceAnswer]


class AddressAnswer(_Closed):
    """One address."""

    uprn: str
    address: str
    postcode: str
    at: GridPoint


class PlacesAnswer(_Closed):
    """Addresses found, in order; `truncated` says that there were more."""

    addresses: list[AddressAnswer]
    truncated: bool

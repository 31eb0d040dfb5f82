"""Finds the columns of a delivery that mean what the catalogue means, whatever the publisher calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bopsgis.errors import InputRefused
from constraints.ingest.naming import key_of, matches

__all__ = ["FIELDS", "GEOMETRY_FIELDS", "Found", "find"]

GEOMETRY_FIELDS: Final = ("geometry", "easting", "northing", "longitude", "latitude")
"""Fields that an explicit mapping may name for the readers of tables; they are no attributes."""

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "reference": (
        "reference",
        "ref",
        "ref-no",
        "reference-number",
        "list-entry",
        "list-entry-number",
        "nhle-ref",
        "tpo-number",
        "tpo-no",
        "tpo-ref",
        "site-reference",
        "sitereference",
        "gss-code",
    ),
    "name": ("name", "title", "site-name", "conservation-area", "location", "address", "site-name-address"),
    "entity": ("entity", "entity-number"),
    "entry-date": ("entry-date", "amend-date", "last-amended", "last-updated", "last-updated-date"),
    "start-date": (
        "start-date",
        "designation-date",
        "date-designated",
        "desig-date",
        "made-date",
        "date-made",
        "list-date",
        "date-of-listing",
        "date-listed",
        "sched-date",
        "date-scheduled",
        "date-registered",
        "inscription-date",
        "first-added-date",
    ),
    "end-date": ("end-date", "revoked-date", "date-revoked", "revocation-date", "delisted-date", "expiry-date"),
    "confirmed-date": ("confirmed-date", "date-confirmed", "confirmation-date"),
    "varied-date": ("varied-date", "date-varied"),
    "status": ("status", "tpo-status", "order-status"),
    "organisation": ("organisation", "organisation-entity", "organisation-uri", "la-code", "ons-code", "lad-code"),
    "dataset": ("dataset",),
    "uprns": ("uprns", "uprn"),
    "address-texts": ("address-texts",),
    "was-a-point": ("was-a-point",),
}
"""What every record may say -> the names that publishers use, the best first."""

_ATTRIBUTE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "address-text": ("location", "address", "site-address"),
    "agricultural-land-classification-grade": ("alc-grade", "grade"),
    "ancient-woodland-status": ("status", "themname"),
    "archaeological-risk-tier": ("tier", "apa-tier"),
    "confirmed-date": FIELDS["confirmed-date"],
    "document-url": ("tpo-document", "listing-description", "document"),
    "documentation-url": ("more-information", "hotlink", "website", "url"),
    "flood-risk-level": ("flood-zone", "zone"),
    "flood-risk-type": ("type",),
    "listed-building": ("list-entry", "list-entry-number", "id"),
    "listed-building-grade": ("grade",),
    "made-date": ("date-made",),
    "nature-reserve-status": ("status",),
    "park-and-garden-grade": ("grade",),
    "planning-permission-status": ("planning-status",),
    "tree-preservation-order": ("tpo-number", "tpo-no", "tpo-ref", "tpo"),
    "tree-preservation-order-tree": ("tpo-type",),
    "tree-preservation-zone-type": ("tpo-type", "zone-type"),
    "tree-species": ("species",),
    "tree-species-list": ("species",),
}
# A name such as `sssi_name` or `sac_code` says what it is, unless it speaks of somebody else.
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name",),
    "reference": ("reference", "ref", "code", "number"),
}
_LAST_RESORT: Final[Mapping[str, tuple[str, ...]]] = {"reference": ("code", "id", "conservation-area")}
_SOMEBODY_ELSE: Final = (
    "council",
    "authority",
    "organisation",
    "publisher",
    "district",
    "ward",
    "parish",
    "county",
    "lpa",
    "lad",
    "la",
    "ons",
    "street",
    "house",
    "phone",
    "post",
    "file",
    "dataset",
    "version",
    "grid",
    "layer",
)


@dataclass(frozen=True, slots=True)
class Found:
    """Columns by meaning. `fields` holds those of `FIELDS` that were found, `attributes` those of the catalogue.

    Each maps to the values of all rows. `columns` says which column each came from, for the account.
    """

    fields: Mapping[str, Sequence[str]]
    attributes: Mapping[str, Sequence[str]]
    columns: Mapping[str, str] = field(default_factory=dict)


def find(
    columns: Mapping[str, Sequence[str]], attributes: Sequence[str], named: Mapping[str, str] | None = None
) -> Found:
    """Sorts a delivery's columns; `named` (field or attribute -> column) goes before every guess.

    Of several columns with a fitting name the first that is not empty throughout is taken.

    Raises:
        InputRefused: `named` names a column that the file lacks, or a field that nobody knows.
    """
    chosen = _named(columns, attributes, named or {})
    for name, spellings in FIELDS.items():
        if name not in chosen:
            column = _guess(columns, name, spellings)
            if column is not None:
                chosen[name] = column
    kept = {}
    for attribute in attributes:
        column = chosen.get(attribute) or _first(columns, (attribute, *_ATTRIBUTE_NAMES.get(attribute, ())))
        if column is not None:
            kept[attribute] = column
    return Found(
        fields={name: columns[column] for name, column in chosen.items() if name in FIELDS},
        attributes={name: columns[column] for name, column in kept.items()},
        columns={**kept, **chosen},
    )


def _named(columns: Mapping[str, Sequence[str]], attributes: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    known = {key_of(name): name for name in (*attributes, *FIELDS)}
    by_key = {key_of(column): column for column in columns}
    chosen = {}
    for name, column in named.items():
        if key_of(name) in GEOMETRY_FIELDS:
            continue
        if key_of(name) not in known:
            raise InputRefused(
                f"There is no field {name!r} to fill.",
                code="field_unknown",
                hint=f"Fields: {', '.join(known.values())}.",
            )
        if key_of(column) not in by_key:
            raise InputRefused(
                f"The delivery has no column {column!r}.", code="column_missing", hint=f"It has: {', '.join(columns)}."
            )
        chosen[known[key_of(name)]] = by_key[key_of(column)]
    return chosen


def _guess(columns: Mapping[str, Sequence[str]], name: str, spellings: Sequence[str]) -> str | None:
    if name == "name":  # a name of digits only is a number: `Conservati` may be cut from either
        columns = {column: values for column, values in columns.items() if not _all_numbers(values)}
    return (
        _first(columns, spellings)
        or _by_ending(columns, _ENDINGS.get(name, ()))
        or _first(columns, _LAST_RESORT.get(name, ()))
    )


def _all_numbers(values: Sequence[str]) -> bool:
    given = [value for value in values if value]
    return bool(given) and all(value.isdecimal() for value in given)


def _first(columns: Mapping[str, Sequence[str]], spellings: Sequence[str]) -> str | None:
    for spelling in spellings:
        for column, values in columns.items():
            if matches(column, spelling) and any(values):
                return column
    return None


def _by_ending(columns: Mapping[str, Sequence[str]], endings: Sequence[str]) -> str | None:
    for ending in endings:
        for column, values in columns.items():
            key = key_of(column)
            stem = key.removesuffix(ending)
            if key.endswith(ending) and stem and not _of_somebody_else(stem) and any(values):
                return column
    return None


def _of_somebody_else(stem: str) -> bool:
    return any(stem == word or (len(word) > 3 and stem.endswith(word)) for word in _SOMEBODY_ELSE)

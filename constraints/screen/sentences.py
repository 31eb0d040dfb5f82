"""One plain sentence for each finding, from its dataset, hits and reasons."""

from __future__ import annotations

from collections.abc import Sequence

from constraints.catalogue import Dataset
from constraints.model import Hit, NotKnown, RasterMeasure, Relation, Status
from constraints.screen.words import (
    area,
    compass,
    length,
    lower_first,
    metres,
    percent,
    upper_first,
)

__all__ = ["absent_sentence", "called", "hit_sentence", "not_known_sentence", "present_sentence", "raster_sentence"]

_AREA_WORDS = ("area", "areas", "zone", "belt", "park", "woodland", "landscape", "corridor", "broads", "land")
"""A dataset whose name ends so follows the name of its record: "Cobourg Road conservation area"."""

_GRADED = {"flood-risk-level": "{kind} {value}", "listed-building-grade": "grade {value} {kind}"}
"""Attributes that people name in one breath with the thing itself."""


def called(dataset: Dataset, hit: Hit) -> str:
    """What a designation is called inside a sentence, by name, else by reference, else by kind."""
    kind = _kind(dataset, hit)
    name = hit.name.strip()
    if not name:
        return f"{kind} (reference {hit.reference})" if hit.reference else f"{_article(kind)} {kind}"
    if _bare(dataset).casefold() in name.casefold():
        return name
    if kind.split()[-1] in _AREA_WORDS:
        return f"{name} {kind}"
    return f"the {kind} {name}"


def present_sentence(dataset: Dataset, hits: Sequence[Hit]) -> str:
    """What is present, adjacent or near: the first hit in full, the others as a count."""
    sentence = hit_sentence(dataset, hits[0])
    others = len(hits) - 1
    if others == 0:
        return sentence
    kind = _bare(dataset) if others == 1 else lower_first(dataset.plural.split(" (")[0])
    return f"{sentence} {others} more {kind} {'is' if others == 1 else 'are'} on, beside or near the site."


def hit_sentence(dataset: Dataset, hit: Hit) -> str:
    """How one designation lies to the site."""
    name = called(dataset, hit)
    if hit.likely:
        sentence = _point_sentence(name, hit)
    elif hit.status is Status.PRESENT:
        sentence = _present(name, hit)
    elif hit.status is Status.ADJACENT:
        sentence = _adjacent(name, hit)
    else:
        sentence = f"{name} is {_away(hit)}."
    return upper_first(f"{sentence} It is provisional and in force." if hit.provisional else sentence)


def absent_sentence(dataset: Dataset, near_m: float) -> str:
    """Nothing there, and how far was looked."""
    where = f"on, beside or within {metres(near_m)} of the site" if near_m > 0 else "on or beside the site"
    return f"No {lower_first(dataset.name)} is {where}."


def not_known_sentence(reasons: Sequence[NotKnown]) -> str:
    """All reasons after the words "Not known"."""
    first, *rest = [reason.sentence for reason in reasons]
    return " ".join([f"Not known: {lower_first(first)}", *rest])


def raster_sentence(dataset: Dataset, measure: RasterMeasure) -> str:
    """What a surface says of the site."""
    what = f"{lower_first(dataset.name)} over {measure.threshold:g} {measure.unit}"
    if measure.share_over <= 0.0:
        start = f"No part of the site has {what}"
    else:
        start = f"{percent(measure.share_over)} of the site has {what}"
    if measure.maximum is None or measure.mean is None:
        return f"{start}."
    return f"{start}: at most {measure.maximum:.2f}, on average {measure.mean:.2f} {measure.unit}."


def _present(name: str, hit: Hit) -> str:
    if hit.overlap_length_m > 0.0:
        return f"{length(hit.overlap_length_m)} of {name} runs through the site."
    if hit.relation is Relation.SITE_WITHIN:
        return f"The whole site is in {name}."
    if hit.relation is Relation.COVERS:
        return f"The whole of {name} is in the site: {area(hit.overlap_m2)}."
    return f"{percent(hit.site_share)} of the site is in {name}."


def _adjacent(name: str, hit: Hit) -> str:
    accuracy = f"the {metres(round(hit.tolerance_m, 2))} accuracy of the maps"
    if hit.overlap_length_m > 0.0:
        return f"{name} runs along the site boundary, not deeper into the site than {accuracy}."
    if hit.relation is Relation.OVERLAPS:
        depth = f"at most {metres(hit.inscribed_radius_m)} from its edge to its middle"
        return f"{name} touches the site boundary (overlap {area(hit.overlap_m2)}, {depth}: less than {accuracy})."
    if hit.distance_m > 0.0:
        return f"{name} is {_away(hit)}: within {accuracy}, so it may touch the site boundary."
    return f"{name} touches the site boundary."


def _point_sentence(name: str, hit: Hit) -> str:
    if hit.status is Status.PRESENT:
        return f"{name} is likely to be on the site: it is recorded as a point, and the point lies in the site."
    return f"{name} is recorded as a point {_away(hit)}; a point shows no extent, so it may come closer."


def _away(hit: Hit) -> str:
    direction = compass(hit.bearing)
    return f"{metres(hit.distance_m)} {direction} of the site" if direction else f"{metres(hit.distance_m)} away"


def _kind(dataset: Dataset, hit: Hit) -> str:
    """The kind of thing, with its grade or level where the record gives it: "flood zone 3"."""
    words = _bare(dataset)
    for attribute, form in _GRADED.items():
        if value := hit.attributes.get(attribute, "").strip():
            return form.format(kind=words, value=value)
    return words


def _bare(dataset: Dataset) -> str:
    """The dataset's name inside a sentence, without what stands in brackets for those who load data."""
    return lower_first(dataset.name.split(" (")[0])


def _article(kind: str) -> str:
    return "an" if kind[:1] in "aeiou" else "a"

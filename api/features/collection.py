"""What a collection of features is to the pages and files made of it, wherever its features come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from api.maps.cql2.syntax import Expression, Interval, Property

__all__ = ["Batch", "Collection", "Query", "Selection", "Span"]


@dataclass(frozen=True, slots=True)
class Query:
    """Which features: those that meet the area (EPSG:27700), share a day with the interval and fit the filter."""

    area: BaseGeometry | None = None
    interval: Interval | None = None
    filter: Expression | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day, as text; None is open."""

    start: str | None
    end: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """n features: names, shapes in EPSG:27700 (None for no shape), and columns of n values each."""

    ids: list[str]
    geometry: NDArray[np.object_]
    columns: Mapping[str, list[Any]]
    next: str | None = None
    """Where the next page goes on; None after the last."""

    def followed_by(self, place: str | None) -> Batch:
        """The same with the place where the next page goes on."""
        return replace(self, next=place)


class Selection(ABC):
    """The features of one collection that fit one question, in one order."""

    matched: int

    @abstractmethod
    def page(self, after: str | None, most: int, most_bytes: int) -> Batch:
        """The features after a place, at most so many and about so many bytes of shapes, but one at least.

        Raises EditConflict where the place is of data that was replaced.
        """

    @abstractmethod
    def fitting(self, most: int, most_bytes: int) -> int:
        """How many of the features go into a file of at most so many features and so many bytes of shapes."""

    def batches(self, most: int, at_once: int, bytes_at_once: int) -> Iterator[Batch]:
        """At most so many features in all, in batches."""
        place: str | None = None
        left = most
        while left > 0:
            batch = self.page(place, min(at_once, left), bytes_at_once)
            left -= len(batch.ids)
            place = batch.next
            yield batch
            if place is None:
                return


class Collection(ABC):
    """One collection of features."""

    id: str
    title: str
    description: str
    properties: Mapping[str, Property]
    version: str
    """Names the data where it is changed as a whole; empty where every answer has to be looked at."""
    max_age_s: int
    """For how long an answer may be kept without asking again."""

    @property
    @abstractmethod
    def credits(self) -> tuple[tuple[str, str], ...]:
        """Licence and attribution, one pair for each publisher's terms."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east and north of everything in EPSG:27700; None where there is nothing."""

    @property
    @abstractmethod
    def span(self) -> Span:
        """The days over which its features reach."""

    @abstractmethod
    def select(self, query: Query) -> Selection:
        """The features that fit."""

    @abstractmethod
    def item(self, name: str) -> Batch:
        """One feature. Raises NotFound."""

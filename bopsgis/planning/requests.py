"""The ten kinds of request to an applicant, as data: when an answer is due, and what silence means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bopsgis.errors import NotFound
from bopsgis.planning.deadlines import periods
from bopsgis.planning.rulebook import read_rules

__all__ = ["RequestKind", "request_kind", "request_kinds"]


@dataclass(frozen=True, slots=True)
class RequestKind:
    """One kind of request. `due` is a rule of `bopsgis.planning.deadlines.periods`."""

    key: str
    name: str
    due: str
    deemed: bool
    """True where no answer by the due day counts as agreement."""
    needs: tuple[str, ...]
    """What the request comes with, by name."""
    answers: tuple[str, ...]
    """What the applicant sends: `accepted`, `text`, `documents` or `certificate`."""
    one_open: bool = False
    before_valid_only: bool = False
    holds_up: bool = True
    """False where an open one stops neither validity nor a recommendation."""

    @property
    def is_question(self) -> bool:
        """True where the applicant answers yes or no."""
        return "accepted" in self.answers


@cache
def request_kinds() -> Mapping[str, RequestKind]:
    """All kinds by key. Raises ValueError for data that does not hold together."""
    kinds = {
        key: RequestKind(key=key, **{**row, "needs": tuple(row["needs"]), "answers": tuple(row["answers"])})
        for key, row in read_rules("requests").items()
    }
    for kind in kinds.values():
        if periods()[kind.due].kind != "request" or (kind.deemed and not kind.is_question):
            raise ValueError(f"requests: {kind.key} does not hold together")
    return kinds


def request_kind(key: str) -> RequestKind:
    """The kind with this key. Raises NotFound."""
    try:
        return request_kinds()[key]
    except KeyError:
        raise NotFound(f"There is no kind of request “{key[:40]}”.", code="request_kind") from None

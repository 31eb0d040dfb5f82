"""What lies on a site: planning constraints, with proof of absence or an open "not known".

    >>> from datetime import date
    >>> import constraints
    >>> store = constraints.open_store(path)                                       # doctest: +SKIP
    >>> report = constraints.screen(boundary, store=store, as_at=date(2026, 6, 1)) # doctest: +SKIP

`screen` answers for one site, `screen_many` for a GeoSeries of them. `screen_many` and `summary` are loaded when
they are first asked for: they need pandas, which takes longer to load than a report takes to make.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from constraints.catalogue import dataset, datasets
from constraints.model import ConstraintFinding, ConstraintReport, Hit, Status
from constraints.screen import ScreenSettings, screen
from constraints.store import Store, open_store

if TYPE_CHECKING:
    from constraints.bulk import screen_many, summary

__all__ = [
    "ConstraintFinding",
    "ConstraintReport",
    "Hit",
    "ScreenSettings",
    "Status",
    "Store",
    "dataset",
    "datasets",
    "open_store",
    "screen",
    "screen_many",
    "summary",
]

_LATER = {"screen_many": "constraints.bulk", "summary": "constraints.bulk"}


def __getattr__(name: str) -> Any:
    """Load what needs pandas at the first use."""
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

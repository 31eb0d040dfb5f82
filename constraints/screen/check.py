"""The question that everything here is for: what constrains this site, and what is not known of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bopsgis.boundary import Boundary
from constraints.engine import Pairs, relate
from constraints.model import ConstraintFinding, ConstraintReport, Hit
from constraints.screen.councils import councils_by_code, councils_of_site
from constraints.screen.coverage import SiteCouncils
from constraints.screen.findings import finding
from constraints.screen.hits import hits_by_dataset
from constraints.screen.measures import Measured, SiteColumns, measure
from constraints.screen.settings import ScreenSettings
from constraints.screen.state import Background, StoreState, state_of
from constraints.screen.surface_findings import Surface, surface_finding
from constraints.store import Store

__all__ = ["screen"]

_DEFAULT: Final = ScreenSettings()


def screen(
    site: Boundary,
    *,
    store: Store,
    as_at: date,
    councils: Sequence[str] | None = None,
    settings: ScreenSettings = _DEFAULT,
    rasters: Sequence[Surface] = (),
) -> ConstraintReport:
    """What every screened dataset of the catalogue says of one site on one date.

    `site` is in EPSG:27700 metres. `councils` are the codes of the councils that the site lies in; left out,
    they are found from the council boundaries in the store. `rasters` are surfaces (flood depth, slope) that
    answer for datasets of that kind. The report has one finding for each dataset, in the catalogue's order;
    the same question to the same store gives the same `identity`. Raises `StoreDamaged`.
    """
    state = state_of(store)
    accuracy_m = settings.accuracy_m(site)
    measured, is_council = _measured(state, store, site, as_at, settings, accuracy_m)
    if councils is None:
        where = _councils(state, store, site, measured, np.flatnonzero(is_council))
    else:
        where = councils_by_code(state.council_names(store), councils)
    background = state.background(where, as_at, settings, accuracy_m)
    hits = hits_by_dataset(store, site, measured.take(~is_council), state, as_at=as_at, settings=settings)
    findings = _findings(background, site, hits, as_at)
    for surface in rasters:
        findings[background.place[surface.info.dataset]] = surface_finding(surface, site, where, as_at)
    return ConstraintReport(
        site=site,
        as_at=as_at,
        councils=where.codes,
        council_names=where.names,
        store_version=store.version,
        settings=settings.as_mapping(),
        findings=tuple(findings),
        software=_SOFTWARE,
        seal=background.identity_of,
        notes=where.notes,
    )


def _measured(
    state: StoreState, store: Store, site: Boundary, as_at: date, settings: ScreenSettings, accuracy_m: float
) -> tuple[Measured, Any]:
    """Hits of one site, and which of them are councils."""
    sites = SiteColumns.of(np.array([site.geometry], dtype=object))
    pairs: Pairs = relate(store, sites.geometry, state.within_m(store, settings, accuracy_m), as_at=as_at)
    accuracy = np.full(len(pairs.feature), accuracy_m)
    measured = measure(store, sites, pairs, state.columns(pairs, settings, accuracy))
    if state.council_slug is None:
        return measured, np.zeros(len(measured), dtype=np.bool_)
    council = store.datasets.index(state.council_slug)
    return measured, store.feature_dataset[measured.feature] == council


def _councils(
    state: StoreState, store: Store, site: Boundary, measured: Measured, rows: NDArray[np.int64]
) -> SiteCouncils:
    """The councils of a site; most sites are in the middle of one."""
    if len(rows) == 1 and measured.site_share[rows[0]] >= 1.0:
        return state.council_around(store, int(measured.feature[rows[0]]))
    return councils_of_site(store, site.geometry, measured.take(rows))


def _findings(
    background: Background, site: Boundary, hits: dict[str, tuple[Hit, ...]], as_at: date
) -> list[ConstraintFinding]:
    """All findings; only those that this site touches are made anew."""
    findings = list(background.findings)
    speaking = [place for place, least_m2 in background.speaking.items() if site.area_m2 >= least_m2]
    for place in {*background.boxed, *speaking, *(background.place[slug] for slug in hits)}:
        quiet = background.quiet[place]
        asked = quiet.asked_at(site.bbox)
        found = hits.get(asked.dataset.slug, ())
        if found or asked is not quiet.asked or place in speaking:
            findings[place] = finding(asked, found, site_area_m2=site.area_m2, as_at=as_at)
    return findings


def _software() -> str:
    try:
        return f"bops-gis {version('bops-gis')}"
    except PackageNotFoundError:
        return "bops-gis (not installed)"


_SOFTWARE: Final = _software()

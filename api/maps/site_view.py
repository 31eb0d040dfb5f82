"""The field for a site boundary on a page of cases: what was sent, what is wrong with it, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request

from api.core.incoming import SubmittedForm
from api.core.page_forms import Answers
from api.maps.location import Given, check_plan
from api.maps.location_plan import LocationAnswer
from api.maps.routes import base_map_of, places_of, site_checks
from api.maps.site_field import Names, SiteGiven, map_settings, picture_of, read_site, text_of
from bopsgis.boundary import Boundary
from bopsgis.errors import StoreMissing

__all__ = ["NAMES", "PLOTS_PATH", "SiteSent", "plan_answers", "site_context", "site_sent"]

NAMES: Final = Names("site-")
"""What the parts of the field are called in forms that have fields of their own."""
PLOTS_PATH: Final = "/map/plots"
"""Where officers' maps get the council's own plots from."""


@dataclass(frozen=True, slots=True)
class SiteSent:
    """What a form says of the site, and the fields to show again; `looked` asks to be shown before anything else."""

    given: SiteGiven
    fields: Mapping[str, str]

    @property
    def looked(self) -> bool:
        """The page is to show what was given, and to do nothing."""
        return self.given.looked


def site_sent(request: Request, form: SubmittedForm, answers: Answers, *, optional: bool = False) -> SiteSent:
    """Read the field. A fault, and an address that fits several, are among the errors of `answers`.

    A boundary that was only to be shown is put into the box, so that it is sent again with the form.
    """
    given = read_site(form, places_of(request), NAMES, optional=optional)
    if given.fault is not None:
        answers.fault(NAMES.of(given.fault.part), given.fault.message)
    elif given.choices and not given.looked:
        answers.fault(NAMES.of("address"), "More than one address fits. Choose one of them")
    shown = dict(form.fields)
    if given.site is not None:
        drawn = form.fields.get(NAMES.of("route")) == "draw"
        shown |= {NAMES.of("site"): text_of(given), NAMES.of("route"): "draw" if drawn else "text"}
    return SiteSent(given, shown)


def plan_answers(request: Request, site: Boundary, about: Given) -> tuple[LocationAnswer, ...]:
    """The checks of a location plan; without a constraint store nothing is known of councils."""
    try:
        store = site_checks(request).store()
    except StoreMissing:
        store = None
    return check_plan(site, store, base_map_of(request), places_of(request), about)


def site_context(request: Request, given: SiteGiven, about: Given, *, own_plots: bool = False) -> Mapping[str, Any]:
    """What the macro `siteField` is given. `own_plots`: the council has plots of its own to snap to."""
    base = base_map_of(request)
    answers = () if given.site is None else plan_answers(request, given.site, about)
    plots = PLOTS_PATH if own_plots or "parcels" not in base.layers else ""
    return {
        "names": NAMES,
        "given": given,
        "picture": picture_of(given, base, answers),
        "settings": map_settings(base, given.fault, plots),
        "town": request.app.state.town,
    }

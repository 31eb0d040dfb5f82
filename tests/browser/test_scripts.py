"""How much JavaScript each kind of page sends, counted from the templates that pages are made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.scripts import MOST_WITH_MAP, MOST_WITHOUT_MAP, scripts_of

from api.core import assets

OPENLAYERS = "vendor/openlayers/openlayers.js"


@pytest.fixture(scope="module")
def weights(root: Path) -> dict[str, dict[str, int]]:
    """Template -> its scripts with those of the frame round it, and what they import; compressed bytes of each."""
    assets.ensure()
    templates = root / "api" / "templates"
    layout = (templates / "layout.html").read_text(encoding="utf-8")
    pages = {
        page.relative_to(templates).as_posix(): page.read_text(encoding="utf-8") for page in templates.rglob("*.html")
    }
    return {name: scripts_of(layout + text) for name, text in pages.items() if "{% extends" in text}


def test_no_kind_of_page_sends_too_much(weights: dict[str, dict[str, int]]) -> None:
    """Scripts of a page are at most 200 kB compressed with a map, and at most 15 kB without."""
    sums = {
        name: (sum(scripts.values()), MOST_WITH_MAP if OPENLAYERS in scripts else MOST_WITHOUT_MAP)
        for name, scripts in weights.items()
    }
    assert {name: weight for name, (weight, most) in sums.items() if weight > most} == {}


def test_what_is_counted_is_what_is_there(weights: dict[str, dict[str, int]]) -> None:
    """Pages of both kinds are among those counted, and every script of ours is sent by some page."""
    assert OPENLAYERS in weights["desk/dashboard.html"]
    assert set(weights["accounts/sign_in.html"]) == {"js/page.js", "vendor/govuk/govuk-frontend.min.js"}
    counted = {script for scripts in weights.values() for script in scripts}
    ours = Path(assets.__file__).parents[1] / "static" / "js"
    written = {f"js/{script.name}" for script in ours.glob("*.js") if not script.name.endswith(".entry.js")}
    assert written <= counted, sorted(written - counted)

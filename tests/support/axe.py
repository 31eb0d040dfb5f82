"""What axe-core finds on a page, once its scripts have done their work."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

__all__ = ["ready", "violations"]

_RUN = (
    """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})"""
)


def ready(page: Page) -> Page:
    """The page when its scripts have done their work."""
    if page.locator("[data-map-frame]").count():
        page.wait_for_selector('html[data-ready="1"]')
        if page.locator("#map-frame:not([hidden])").count():  # a form's map stays away until its route is chosen
            page.wait_for_selector('#map-frame[data-ready="1"]')
    return page


def violations(page: Page, axe: str) -> list[str]:
    """What axe finds: rule, and the first element of each. `axe` is the source of axe-core."""
    page.evaluate(f"() => {{ {axe}; window.axe = axe; }}")
    found: dict[str, Any] = page.evaluate(_RUN)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]

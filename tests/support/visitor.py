"""Somebody in front of a browser: reads what can be seen, follows links, presses buttons, fills in by label."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from playwright.sync_api import Locator, Page, expect
from support.scripts import MOST_WITH_MAP, MOST_WITHOUT_MAP

__all__ = ["Visitor"]

_WEIGHT = """() => performance.getEntriesByType("resource")
    .filter((one) => new URL(one.name).pathname.endsWith(".js"))
    .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
"""Bytes of JavaScript that the page has fetched, as they were sent."""
_AGREES = """() => {
    const frame = document.getElementById("map-frame")?.dataset ?? {};
    const drawn = frame.items ?? frame.hits;
    if (drawn === undefined) return true;
    const ids = drawn.split(" ").filter(Boolean).sort();
    const rows = [...document.querySelectorAll("[data-show]")].map((button) => button.dataset.show).sort();
    return rows.length ? ids.join() === rows.join() : ids.every((id) => document.getElementById(id));
}"""
"""Whether the ids on the map are those of the rows that say that they are on it, none twice and none left out.

A case that stands alone on its page has no such rows: what is drawn leads to the page's own parts.
"""


class Visitor:
    """A person at a page. Each step waits for the page that it leads to, however long that takes."""

    def __init__(self, page: Page, *, scripts: bool = True) -> None:
        self.page, self.scripts = page, scripts
        self.read: list[str] = []
        """The text of every page that was looked at, since it was last emptied."""
        self.typed: list[str] = []

    def look(self) -> str:
        """Read the page: what can be seen of it, with its blanks made one."""
        self.map_agrees()
        text = " ".join(self.page.locator("body").inner_text().split())
        self.read.append(text)
        return text

    def see(self, *words: str) -> None:
        """Each of these is to be seen on the page, or comes to be."""
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each, use_inner_text=True)

    def open(self, path: str) -> None:
        """Type an address into the browser."""
        self.page.goto(path)
        self.look()

    def follow(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Follow a link to another page."""
        self._leave(self._named("link", name, within).click)

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Press a button that leads to another page."""
        self._leave(self._named("button", name, within).click)

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label."""
        self.page.get_by_label(label, exact=True).fill(text)
        self.typed.append(text)

    def day(self, name: str, on: date) -> None:
        """Fill in the three boxes of a date input."""
        for part in ("day", "month", "year"):
            self.page.locator(f"#{name}-{part}").fill(str(getattr(on, part)))

    def choose(self, label: str | re.Pattern[str]) -> None:
        """Choose a radio button or tick a box."""
        box = self.page.get_by_label(label, exact=isinstance(label, str))
        box.check()
        self.read.append(str(label))

    def unfold(self, words: str) -> None:
        """Open what is folded away under these words."""
        self.page.locator("summary").filter(has_text=words).click()
        self.look()

    def map_agrees(self) -> None:
        """Where the page has the map of a list: what is drawn on it comes to be exactly what the list's rows show."""
        if self.page.locator("[data-map-frame]").count() and self.scripts:
            self.page.wait_for_selector('html[data-ready="1"]')
            self.page.wait_for_function(_AGREES)

    def weigh_scripts(self) -> None:
        """The scripts that the page has fetched are not more than a page may send."""
        if self.scripts:
            weight = self.page.evaluate(_WEIGHT)
            most = MOST_WITH_MAP if self.page.locator("[data-map-frame]").count() else MOST_WITHOUT_MAP
            assert weight <= most, f"{weight} bytes of scripts on {self.page.url}"

    def _named(
        self, role: Literal["link", "button"], name: str | re.Pattern[str], within: Locator | None = None
    ) -> Locator:
        self.look()
        return (within or self.page).get_by_role(role, name=name, exact=isinstance(name, str))

    def _leave(self, act: Callable[[], Any]) -> None:
        with self.page.expect_navigation():
            act()
        self.look()

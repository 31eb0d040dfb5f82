"""The form of a page as a browser without scripts reads and sends it."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["form_of"]


_LEFT_OUT = ("file", "radio", "checkbox")
"""Types of input that are sent only where they are checked, and files."""


class _Form(HTMLParser):
    """Collects the fields of the form with one id, with the values that they are shown with."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted, self.inside, self.found = wanted, False, False
        self.fields: dict[str, str] = {}
        self.text = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.inside = given.get("id") == self.wanted
            self.found |= self.inside
        elif self.inside and tag == "textarea":
            self.text = name
            self.fields[name] = ""
        elif self.inside and tag == "select":
            self.select = name
            self.fields[name] = ""
        elif self.inside and tag == "option" and "selected" in given:
            self.fields[self.select] = value
        elif self.inside and tag == "input" and name and (given.get("type") not in _LEFT_OUT or "checked" in given):
            self.fields[name] = value

    def handle_data(self, data: str) -> None:
        if self.text:
            self.fields[self.text] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.text = ""
        elif tag == "form":
            self.inside = False


def form_of(page: str, name: str = "task") -> dict[str, str]:
    """The fields that the form with this id would send as it is shown. Raises AssertionError where there is none."""
    form = _Form(name)
    form.feed(page)
    assert form.found, f"no form {name} on the page"
    return form.fields

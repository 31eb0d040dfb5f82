from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from support.front_end import node_modules

from api.core.pages import environment

VOID = {"input", "img", "path", "br", "hr", "meta", "link"}
FIXTURES = 657
"""Of govuk-frontend 6.3.0. A new version of either side has its own number, to be looked at and put here."""


class Skeleton(HTMLParser):
    """HTML without what makes no difference: order of attributes, white space between things."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[object] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag with its attributes in order of name."""
        self.parts.append((tag, sorted((name, " ".join((value or "").split())) for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        """The end of a tag that has one."""
        if tag not in VOID:
            self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        """Text that is more than white space."""
        if text := " ".join(data.split()):
            self.parts.append(text)


def macro_name(component: str) -> str:
    """`date-input` -> `govukDateInput`."""
    return "govuk" + "".join(word.capitalize() for word in component.split("-"))


def test_every_macro_gives_the_markup_that_its_stylesheet_expects(root: Path) -> None:
    """All fixtures of the npm package that we serve are rendered the same by the Jinja macros that we use."""
    components = node_modules(root) / "govuk-frontend" / "dist" / "govuk" / "components"
    seen, different = 0, []
    for file in sorted(components.glob("*/fixtures.json")):
        name = file.parent.name
        macro = macro_name(name)
        source = f"{{% from 'govuk_frontend_jinja/components/{name}/macro.html' import {macro} %}}{{{{ {macro}(p) }}}}"
        template = environment().from_string(source)
        for fixture in json.loads(file.read_bytes())["fixtures"]:
            seen += 1
            made = template.render(p=fixture["options"])
            if Skeleton(made).parts != Skeleton(fixture["html"]).parts:
                different.append(f"{name}: {fixture['name']}")
    assert not different
    assert seen == FIXTURES


def test_the_stylesheet_is_the_one_of_the_fixtures(root: Path) -> None:
    """The version served is the version whose fixtures the macros match."""
    about = json.loads((node_modules(root) / "govuk-frontend" / "package.json").read_bytes())
    served = (root / "api" / "static" / "vendor" / "govuk" / "govuk-frontend.min.css").read_text()
    version = re.search(r"--govuk-frontend-version:\s*\"?([0-9.]+)", served)
    assert version is not None
    assert version[1] == about["version"] == "6.3.0"

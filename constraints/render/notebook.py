"""A report in a notebook: the page in a frame of its own, so that its styles reach nothing else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from typing import Any

from constraints.model import ConstraintReport
from constraints.render.markdown_text import markdown
from constraints.render.pictures import picture
from constraints.render.plain_text import text
from constraints.render.sections import title
from constraints.render.web_page import html

__all__ = ["Shown", "show"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a notebook displays for a report; `show` makes it."""

    report: ConstraintReport
    height_px: int = 640

    def __repr__(self) -> str:
        return text(self.report)

    def _repr_html_(self) -> str:
        """The web page inside a frame without scripts; works offline and in exports."""
        page = escape(html(self.report), quote=True)
        name = escape(title(self.report), quote=True)
        return (
            f'<iframe title="{name}" sandbox="" srcdoc="{page}" '
            f'style="width:100%;height:{self.height_px}px;border:1px solid #b1b4b6"></iframe>'
        )

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """All forms at once; a front end shows the best that it can."""
        forms = {
            "text/html": self._repr_html_,
            "text/markdown": lambda: markdown(self.report),
            "text/plain": self.__repr__,
        }
        wanted = (set(forms) if include is None else set(include)) - set(exclude or ())
        return {kind: form() for kind, form in forms.items() if kind in wanted}

    def _repr_svg_(self) -> str:
        """The map alone."""
        return picture(self.report).decode()


def show(report: ConstraintReport, *, height_px: int = 640) -> Shown:
    """The report as something that a notebook displays: page, Markdown or text."""
    return Shown(report, height_px)

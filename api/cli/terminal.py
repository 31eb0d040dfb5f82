"""What the person at the terminal sees: answers on stdout, everything about the work on stderr.

Colour only where the stream is a terminal and `NO_COLOR` is not set (Rich sees to both).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text
from rich.theme import Theme

from bopsgis.errors import BopsgisError
from constraints import progress as work

__all__ = ["interactive", "note", "progress", "refuse", "stderr", "stdout"]

WIDE = 200
"""Columns for tables that go to a file or another program: nothing should be cut."""

STATUS_COLOURS = Theme(
    {
        "status.present": "bold red",
        "status.adjacent": "yellow",
        "status.near": "yellow",
        "status.absent": "green",
        "status.not_known": "bold magenta",
    }
)


class StatusHighlighter(RegexHighlighter):
    """Colours the five statuses where they stand as words of their own."""

    base_style = "status."
    highlights = [  # noqa: RUF012  # rich declares it without ClassVar
        r"(?i)(?<![\w-])(?P<present>present)(?![\w-])",
        r"(?i)(?<![\w-])(?P<adjacent>adjacent)(?![\w-])",
        r"(?i)(?<![\w-])(?P<near>near)(?=:|$|\s{2})",
        r"(?i)(?<![\w-])(?P<absent>absent)(?![\w-])",
        r"(?i)(?<![\w-])(?P<not_known>not known)(?![\w-])",
    ]


def stdout() -> Console:
    """Where answers go."""
    width = None if sys.stdout.isatty() else WIDE
    return Console(highlighter=StatusHighlighter(), theme=STATUS_COLOURS, width=width, soft_wrap=True, emoji=False)


def stderr() -> Console:
    """Where everything about the work goes: progress, notes, refusals."""
    return Console(stderr=True, highlight=False, emoji=False)


def interactive() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def note(text: str) -> None:
    """One plain line about the work."""
    stderr().print(text, markup=False, soft_wrap=True)


def refuse(error: BopsgisError) -> None:
    """Say what was refused, where it lies and what to do next."""
    console = stderr()
    console.print(Text.assemble(("Refused: ", "bold red"), error.message), soft_wrap=True)
    if error.at is not None:
        place = f"easting {error.at.easting:.1f}, northing {error.at.northing:.1f} (EPSG:27700)"
        console.print(f"  At: {place}", markup=False, soft_wrap=True)
    if error.hint is not None:
        console.print(f"  Try: {error.hint}", markup=False, soft_wrap=True)


@contextmanager
def progress() -> Iterator[work.Progress]:
    """Progress bars on stderr, one for each kind of work; a plain line each where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=stderr(), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None)
            bars.update(tasks[what], completed=done, total=total or None)

        yield report


def _lines() -> work.Progress:
    said: set[str] = set()

    def report(what: str, _done: int, _total: int) -> None:
        if what not in said:
            said.add(what)
            note(f"{what} ...")

    return report

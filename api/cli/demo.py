"""`bopsgis demo`: the sample town in a browser, with everything it needs made first."""

from __future__ import annotations

import socket
import threading
import webbrowser
from datetime import timedelta
from typing import Annotated

import typer
import uvicorn

from api.cli import sample, sample_cases, terminal
from api.core import assets, clock, server
from api.core.settings import Settings
from api.main import create_app
from bopsgis.errors import InputRefused, NotFound

__all__ = ["EXAMPLES", "demo"]

EXAMPLES = """
**Examples**

    bopsgis demo

    bopsgis demo --port 8080 --no-browser

    bopsgis demo --days-later 35    # as if the neighbours' time for comments had gone by
"""

WALKTHROUGH = "docs/walkthrough.md"


def demo(
    *,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="[default: 8000]")] = None,
    host: Annotated[str | None, typer.Option(help="[default: 127.0.0.1, this machine only]")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    days_later: Annotated[
        int, typer.Option(min=0, max=3650, help="Serve as if so many days had gone by: periods take weeks.")
    ] = 0,
    prepare_only: Annotated[bool, typer.Option("--prepare-only", help="Make everything, then stop.")] = False,
) -> None:
    """Make the sample town and serve it as a web page.

    The town is fictional. It is made by a seeded generator at the first start and kept in `.bopsgis`.
    """
    given = {"host": host, "port": port}
    settings = Settings.model_validate(
        {**Settings().model_dump(), **{name: value for name, value in given.items() if value is not None}}
    )
    if prepare_only:
        _prepare(settings)
        terminal.note(f"Everything is ready in {settings.home}")
        return
    # The port is taken first: whether it is free should not show only after a minute of preparing.
    with _listening(settings.host, settings.port) as listener:
        ready = _prepare(settings)
        # Only now: the cases are made as of today, and kept, however late it is to be.
        clock.run_ahead(timedelta(days=days_later))
        _serve(ready, listener, browser=browser)


def _prepare(settings: Settings) -> Settings:
    """Make the town, its store, its cases and the front-end files; the settings to serve them with."""
    sample.prepare(settings.sample_town, settings.store, clock.today())
    has_cases = sample_cases.prepare(settings, clock.today())
    try:
        assets.ensure()
    except assets.FrontEndMissing as missing:
        raise NotFound(str(missing), code="no_front_end") from missing
    if not has_cases:
        return settings
    sample_cases.show_officers()
    # Nothing of the fictional council leaves this machine: mail and letters go to a folder.
    return settings.model_copy(update={"demo": True, "worker": True, "smtp_host": "", "notify_key": None})


def _serve(settings: Settings, listener: socket.socket, *, browser: bool) -> None:
    address = f"http://{settings.host}:{settings.port}/"
    how = server.config(create_app(settings), settings.host, settings.port, proxies=settings.proxies)
    service = uvicorn.Server(how)
    terminal.note(f"Serving the sample town on {address}  (Ctrl+C stops it)")
    terminal.note(f"A walk through it in 15 minutes: {WALKTHROUGH}")
    if browser and terminal.interactive():
        opening = threading.Timer(1.5, webbrowser.open, [address])
        opening.daemon = True
        opening.start()
    service.run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises InputRefused where the address is taken or not this machine's."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise InputRefused(
            f"Nothing can be served on {host} port {port}: {error.strerror}.",
            code="address_in_use",
            hint="another port, for example: bopsgis demo --port 8001",
        ) from error

"""The HTTP server with our limits: uvicorn waits for ever for a request that never comes; this one does not."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.core.limits import WebLimits

__all__ = ["config"]


class _ImpatientProtocol(H11Protocol):
    """Closes a connection on which no whole request head has come in time (slow headers, idle sockets)."""

    head_seconds = WebLimits().header_seconds

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the clock with the connection."""
        super().connection_made(transport)
        self.loop.call_later(self.head_seconds, self._close_if_nothing_came)

    def _close_if_nothing_came(self) -> None:
        begun: object = self.cycle  # typed by uvicorn as if a request were always there
        if begun is None and not self.transport.is_closing():
            self.transport.close()


def config(app: FastAPI, host: str, port: int, limits: WebLimits | None = None, *, proxies: str = "") -> uvicorn.Config:
    """How uvicorn serves the application: `uvicorn.Server(config(...)).run()`.

    `X-Forwarded-For` and `X-Forwarded-Proto` are believed from the addresses and networks in `proxies` only (with
    commas between); of the addresses told, the last one that is no proxy of ours asks. The server's name is not told.
    Raises ValueError for what is neither an address nor a network: `*` would believe everybody.
    """
    trusted = [str(ipaddress.ip_network(one.strip())) for one in proxies.split(",") if one.strip()]
    limits = limits or WebLimits()
    protocol = cast(
        "type[asyncio.Protocol]", type("Protocol", (_ImpatientProtocol,), {"head_seconds": limits.header_seconds})
    )
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws="none",
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        server_header=False,
        timeout_keep_alive=5,
        limit_concurrency=limits.max_connections,
        h11_max_incomplete_event_size=2 * limits.max_header_bytes,
        log_level="warning",
    )

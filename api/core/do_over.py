"""Doing a request over where two of them got in each other's way in the database."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.core.faults import CONFLICT

__all__ = ["DoOver"]

_PAUSES_S = (0.05, 0.2, 0.5, 1.0)
_FILES = ("multipart/form-data", "application/zip")


class DoOver:
    """Does a request over where it and another got in each other's way in the database: nothing of it was kept.

    Uploads are not kept in memory for that: they are answered 503 and sent again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, up to five times."""
        if scope["type"] != "http" or Headers(scope=scope).get("content-type", "").startswith(_FILES):
            await self.app(scope, receive, send)
            return
        body: list[Message] = []
        for pause_s in _PAUSES_S:
            fresh = dict(scope)
            try:
                held_back = await self._try(fresh, _replayed(body, receive), send)
            finally:
                scope["route"] = fresh.get("route")  # for those outside who log what failed
            if not held_back:
                return
            await asyncio.sleep(pause_s)
        await self.app(scope, _replayed(body, receive), send)

    async def _try(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """True where the answer was held back because the request can be done over."""
        held_back = False

        async def send_unless_conflict(message: Message) -> None:
            nonlocal held_back
            held_back = held_back or (message["type"] == "http.response.start" and scope.get(CONFLICT) is True)
            if not held_back:
                await send(message)

        await self.app(scope, receive, send_unless_conflict)
        return held_back


def _replayed(heard: list[Message], receive: Receive) -> Receive:
    """What was heard of the body before, then the rest of it, which is kept for the next time."""
    again = list(heard)

    async def hear() -> Message:
        if again:
            return again.pop(0)
        message = await receive()
        if message["type"] == "http.request":
            heard.append(message)
        return message

    return hear

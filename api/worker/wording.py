"""The words of messages: one text template each, first line the subject, from what the outbox carries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.core.outbox import Channel, MessageRow
from api.worker.senders import Letter

__all__ = ["letter_of"]


_STOPPABLE = frozenset({"alert", "alert_case"})
"""Messages that come again and again: whoever gets them can stop them with one click."""


@cache
def _templates() -> Environment:
    # Plain text for mail and letters: nothing is HTML, so nothing is escaped.
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # see above
        trim_blocks=True,
        lstrip_blocks=True,
    )


def letter_of(message: MessageRow, settings: Mapping[str, Any]) -> Letter:
    """The message in words. `settings` has the council's name and the address of this service.

    Raises jinja2's TemplateError where the payload does not fit its template: such a message is parked.
    """
    payload = message.payload
    to = tuple(payload.get("to", ()))
    if message.channel == Channel.WEBHOOK.value:
        return Letter(message.key, to, "", "", payload)
    name = payload.get("template", "that no act has named")
    text = _templates().get_template(f"{name}.txt").render(**payload, settings=settings)
    subject, _, body = text.partition("\n")
    if name in _STOPPABLE:
        payload = {**payload, "stop": f"{settings['address']}/alerts/{payload['secret']}/stop"}
    return Letter(message.key, to, subject.strip(), body.strip() + "\n", payload)

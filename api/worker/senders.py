"""Ways out of the house, behind one port: a folder, SMTP, GOV.UK Notify, webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

__all__ = ["FolderSender", "Letter", "NotifySender", "SendFailed", "Sender", "SmtpSender", "WebhookSender", "signature"]

TIMEOUT_S = 10


class SendFailed(Exception):
    """A message could not be handed over; it is tried again."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to go: to whom, about what, in which words. `key` is the same at every try."""

    key: str
    to: tuple[str, ...]
    subject: str
    text: str
    payload: Mapping[str, Any]


class Sender(Protocol):
    """Hands a message over, or raises SendFailed."""

    def send(self, letter: Letter) -> None:
        """Hand one message over. Sending it again with the same key does no harm."""


class FolderSender:
    """Writes each message as a file, for the demo and for tests; a repeat writes the same file again."""

    def __init__(self, folder: Path, ending: str) -> None:
        self._folder, self._ending = folder, ending

    def send(self, letter: Letter) -> None:
        """Write the file whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = _mail(letter, "bopsgis@localhost").as_bytes()
        half = self._folder / f".{letter.key}.part"
        try:
            half.write_bytes(content)
            half.replace(self._folder / f"{letter.key}.{self._ending}")
        except OSError as error:
            raise SendFailed(str(error)) from error


class SmtpSender:
    """Hands mail to a mail server, with STARTTLS where the server offers it."""

    def __init__(self, host: str, port: int, sender: str) -> None:
        self._host, self._port, self._sender = host, port, sender

    def send(self, letter: Letter) -> None:
        """Send one mail; its Message-ID is made of the key, so that a repeat can be recognised."""
        if not letter.to:
            return
        try:
            with smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S) as server:
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls()
                    server.ehlo()
                server.send_message(_mail(letter, self._sender))
        except (OSError, smtplib.SMTPException) as error:
            raise SendFailed(type(error).__name__) from error


def _mail(letter: Letter, sender: str) -> EmailMessage:
    mail = EmailMessage()
    try:
        mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(letter.to), " ".join(letter.subject.split())
        mail["Message-ID"] = f"<{letter.key}@bopsgis.local>"
        if stop := letter.payload.get("stop"):
            # One click in the mail program stops it (RFC 8058).
            mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"] = f"<{stop}>", "List-Unsubscribe=One-Click"
        mail.set_content(letter.text)
    except (ValueError, IndexError, HeaderParseError) as error:
        # A line end, or what is no address at all: the standard library refuses to write such a header.
        raise SendFailed("an address of mail that cannot stand in a header") from error
    return mail


class NotifySender:
    """GOV.UK Notify: mail or letters through one template that takes subject and text."""

    def __init__(self, api_key: str, template: str, base_url: str, *, letters: bool) -> None:
        # Published without types.
        client: Any = NotificationsAPIClient
        self._client = client(api_key, base_url=base_url, timeout=TIMEOUT_S)
        self._template, self._letters = template, letters

    def send(self, letter: Letter) -> None:
        """Hand one message to Notify; our key is its reference there."""
        words: dict[str, Any] = {"subject": letter.subject, "text": letter.text}
        try:
            if self._letters:
                lines = {f"address_line_{n}": line for n, line in enumerate(letter.to[:7], 1)}
                self._client.send_letter_notification(self._template, {**words, **lines}, letter.key)
            else:
                for address in letter.to:
                    self._client.send_email_notification(address, self._template, words, letter.key)
        except (HTTPError, requests.RequestException) as error:
            raise SendFailed(type(error).__name__) from error


class WebhookSender:
    """Posts an event to an address that the council's administrators set, signed, without following redirects."""

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts

    def send(self, letter: Letter) -> None:
        """Post one event. The signature is over the key and the body."""
        secret = letter.payload["secret"]
        body = json.dumps(letter.payload["event"], sort_keys=True).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": letter.key,
            "X-Bopsgis-Signature": signature(secret, letter.key, body),
        }
        try:
            request = requests.Request("POST", letter.payload["url"], data=body, headers=headers).prepare()
            self._allow(request.url or "")
            with requests.Session() as session:
                # `stream`: what it answers is not read, however much that is.
                ways = session.merge_environment_settings(request.url or "", {}, True, None, None)
                answer = session.send(request, timeout=TIMEOUT_S, allow_redirects=False, **ways)
        except requests.RequestException as error:
            raise SendFailed(type(error).__name__) from error
        if not 200 <= answer.status_code < 300:
            raise SendFailed(f"answered {answer.status_code}")

    def _allow(self, address: str) -> None:
        """Refuse an address that is not on the list: as it will be called, since readers of odd ones disagree."""
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or parts.hostname not in self._hosts or "@" in parts.netloc:
            raise SendFailed("the host is not one that this server may call")


def signature(secret: str, key: str, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal over the message's key, a full stop and the body."""
    return hmac.new(secret.encode(), key.encode() + b"." + body, hashlib.sha256).hexdigest()

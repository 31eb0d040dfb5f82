"""The worker's round: send, then do what is due, for every council; again after a pause until told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from api.accounts import store as accounts
from api.accounts.tables import CouncilRow
from api.cases.acting import Moment
from api.cases.constraints import Check
from api.core import clock
from api.core.access import Access
from api.core.db import Database
from api.core.outbox import Channel
from api.core.settings import Settings
from api.worker.delivery import deliver
from api.worker.jobs import accept_silence, remind_of_deadlines
from api.worker.senders import FolderSender, NotifySender, Sender, SmtpSender, WebhookSender

__all__ = ["Round", "one_round", "run", "senders_of"]

_log = logging.getLogger("bopsgis.worker")
PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    sent: int
    failed: int
    parked: int
    accepted_by_silence: int
    reminders: int


def senders_of(settings: Settings) -> Mapping[Channel, Sender]:
    """The ways out that the settings name; a folder in `home` for each that is not set up."""
    folder = settings.home / "outbox"
    mail: Sender = FolderSender(folder / "mail", "eml")
    letters: Sender = FolderSender(folder / "letters", "eml")
    if settings.smtp_host:
        mail = SmtpSender(settings.smtp_host, settings.smtp_port, settings.mail_from)
    if settings.notify_key:
        key, url = settings.notify_key.get_secret_value(), settings.notify_url
        if settings.notify_mail_template:
            mail = NotifySender(key, settings.notify_mail_template, url, letters=False)
        if settings.notify_letter_template:
            letters = NotifySender(key, settings.notify_letter_template, url, letters=True)
    return {
        Channel.MAIL: mail,
        Channel.LETTER: letters,
        Channel.WEBHOOK: WebhookSender(frozenset(settings.webhook_hosts)),
    }


def one_round(
    database: Database, senders: Mapping[Channel, Sender], check: Check, address: str, moment: Moment
) -> Round:
    """Send and do everything that is due at this moment, for all councils."""
    sent = failed = parked = accepted = reminders = 0
    for council in _councils(database):
        accepted += accept_silence(database, council.id, check, moment)
        reminders += remind_of_deadlines(database, council.id, moment)
        words = {"council": council.name, "address": address}
        done = deliver(database, council.id, senders, words, moment.at)
        sent, failed, parked = sent + done.sent, failed + done.failed, parked + done.parked
    return Round(sent, failed, parked, accepted, reminders)


def _councils(database: Database) -> list[CouncilRow]:
    with database.reading(Access.public(0)) as work:
        return accounts.councils(work)


def run(database: Database, settings: Settings, check: Check, stop: threading.Event) -> None:
    """Go round until `stop` is set. A database that is away is waited for; any other fault ends one round only."""
    senders = senders_of(settings)
    while not stop.is_set():
        try:
            one_round(database, senders, check, settings.public_address, Moment(clock.now(), clock.today()))
        except OperationalError:
            _log.warning("the database cannot be reached; trying again")
        except Exception:  # noqa: BLE001  # the outermost door of the worker: one bad round must not end it
            _log.exception("a round of the worker failed")
        stop.wait(PAUSE_S)

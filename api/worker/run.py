"""The worker's round: send, then do what is due, for every council; again after a pause until told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from api.documents.filing import Filing
from api.documents.upkeep import scan_pending, sweep
from api.register.alerts import tell as alert_subscribers
from api.worker.delivery import deliver
from api.worker.jobs import accept_silence, remind_of_deadlines
from api.worker.senders import FolderSender, NotifySender, Sender, SmtpSender, WebhookSender

__all__ = ["Desk", "Round", "desk_of", "one_round", "run", "senders_of", "sweep_files"]

_log = logging.getLogger("bopsgis.worker")
PAUSE_S = 5.0
SWEEP_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    sent: int
    failed: int
    parked: int
    accepted_by_silence: int
    reminders: int
    alerts: int
    """Mails to those who asked to be told of new applications."""
    scanned: int


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


@dataclass(frozen=True, slots=True)
class Desk:
    """What the worker works with."""

    database: Database
    senders: Mapping[Channel, Sender]
    check: Check
    filing: Filing
    address: str
    """The address under which people reach the service."""


def one_round(desk: Desk, moment: Moment) -> Round:
    """Send and do everything that is due at this moment, for all councils."""
    database, check = desk.database, desk.check
    sent = failed = parked = accepted = reminders = alerts = scanned = 0
    for council in _councils(database):
        scanned += scan_pending(database, Access.system(council.id, "virus scan"), desk.filing, moment)
        accepted += accept_silence(database, council.id, check, moment)
        reminders += remind_of_deadlines(database, council.id, moment)
        alerts += alert_subscribers(database, council.id, moment)
        words = {"council": council.name, "address": desk.address}
        done = deliver(database, council.id, desk.senders, words, moment.at)
        sent, failed, parked = sent + done.sent, failed + done.failed, parked + done.parked
    return Round(sent, failed, parked, accepted, reminders, alerts, scanned)


def sweep_files(desk: Desk, moment: Moment) -> int:
    """Remove files of documents that no row names, for all councils; how many there were."""
    councils = _councils(desk.database)
    return sum(len(sweep(desk.database, _sweeper(one), desk.filing, moment.at)) for one in councils)


def _sweeper(council: CouncilRow) -> Access:
    return Access.system(council.id, "sweep")


def _councils(database: Database) -> list[CouncilRow]:
    with database.reading(Access.public(0)) as work:
        return accounts.councils(work)


def desk_of(settings: Settings, database: Database, check: Check, filing: Filing) -> Desk:
    """A desk with the ways out that the settings name."""
    return Desk(database, senders_of(settings), check, filing, settings.public_address)


def run(desk: Desk, stop: threading.Event) -> None:
    """Go round until `stop` is set. A database that is away is waited for; any other fault ends one round only."""
    swept: datetime | None = None
    while not stop.is_set():
        moment = Moment(clock.now(), clock.today())
        try:
            one_round(desk, moment)
            if swept is None or moment.at - swept >= SWEEP_EVERY:
                sweep_files(desk, moment)
                swept = moment.at
        except OperationalError:
            _log.warning("the database cannot be reached; trying again")
        except Exception:  # noqa: BLE001  # the outermost door of the worker: one bad round must not end it
            _log.exception("a round of the worker failed")
        stop.wait(PAUSE_S)

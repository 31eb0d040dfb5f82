"""What the database refuses or cannot do, as problems for a caller; and faults in the log without anybody's data.

The database's own message never reaches a caller or the log: PostgreSQL prints the whole row in it.
"""

from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from api.core.problems import Problem, respond

__all__ = ["CONFLICT", "is_away", "log_fault", "on_database_fault", "problem_of"]

CONFLICT = "bopsgis.conflict"
"""Key in a request's scope: it and another got in each other's way, nothing was kept, and it may be done over."""

_log = logging.getLogger("bopsgis.web")

_UNIQUE, _FOREIGN, _OUT_OF_RANGE = "23505", "23503", "22003"
_BUSY = Problem(
    503,
    "Somebody else is working on the same thing. Nothing was changed.",
    "busy",
    hint="Try again.",
    headers={"Retry-After": "1"},
)
_REFUSED = Problem(422, "A value is not one that can be kept. Nothing was changed.", "value_refused")
_PROBLEMS = {
    "40001": _BUSY,
    "40P01": _BUSY,
    "55P03": _BUSY,
    "57014": Problem(503, "The answer took too long.", "took_too_long", headers={"Retry-After": "5"}),
    _UNIQUE: Problem(409, "There is one like this already. Nothing was changed.", "exists_already"),
    _FOREIGN: Problem(409, "It belongs with something that is not there, or is in use.", "not_there"),
    "22": _REFUSED,
    "23": _REFUSED,
}
"""What is told of a state (SQLSTATE) or, where it is not named, of its class."""

# Connection lost, server shutting down, too many connections, disk full, read-only.
_AWAY = ("08", "57P", "53", "25006")
_SQLITE_STATES = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: _UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: _UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: _FOREIGN,
    sqlite3.SQLITE_CONSTRAINT_CHECK: "23514",
    sqlite3.SQLITE_CONSTRAINT_NOTNULL: "23502",
    sqlite3.SQLITE_TOOBIG: _OUT_OF_RANGE,
}
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
    }
)


def problem_of(error: DBAPIError | PoolTimeout) -> Problem | None:
    """The problem that a caller is told, None for a fault that only we can do something about."""
    if isinstance(error, PoolTimeout) or is_away(error):
        sentence = "The database cannot be reached at the moment. Nothing was changed."
        return Problem(503, sentence, "database_away", hint="Try again later.", headers={"Retry-After": "5"})
    state = _state(error)
    return _PROBLEMS.get(state) or _PROBLEMS.get(state[:2])


def is_away(error: DBAPIError) -> bool:
    """True where the database cannot be reached or cannot write, which waiting may help."""
    state = _state(error)
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_AWAY
    return state.startswith(_AWAY) or (not state and isinstance(error, OperationalError))


def _state(error: DBAPIError) -> str:
    """The SQLSTATE, or for SQLite the one that says the same; nothing where there is none."""
    if isinstance(error.orig, sqlite3.DataError):
        return _OUT_OF_RANGE
    if isinstance(error.orig, sqlite3.Error):
        return _SQLITE_STATES.get(getattr(error.orig, "sqlite_errorcode", 0), "")
    return str(getattr(error.orig, "sqlstate", None) or "")


def on_database_fault(request: Request, error: Exception) -> Response:
    """Handler of errors of the database. Raises again what only we can do something about."""
    assert isinstance(error, DBAPIError | PoolTimeout)  # noqa: S101  # registered for them
    problem = problem_of(error)
    if problem is None:
        raise error
    if problem is _BUSY:
        request.scope[CONFLICT] = True
    told = "the pool of connections is empty" if isinstance(error, PoolTimeout) else "; ".join(_facts(error.orig))
    _log.warning("%s: %s", problem.code, told)
    return respond(request.scope, problem)


def log_fault(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log an unforeseen error: kinds and places in the code of the whole chain.

    Messages are left out: those of libraries repeat what people typed.
    """
    log.error("%s\n%s", what, "\n".join(_lines(error)))


def _lines(error: BaseException) -> Iterator[str]:
    one: BaseException | None = error
    while one is not None:
        yield "; ".join((f"{type(one).__module__}.{type(one).__qualname__}", *_facts(one)))
        for frame in traceback.extract_tb(one.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _facts(error: BaseException | None) -> Iterator[str]:
    """What a driver says of its error besides the message: state and names, never values."""
    diagnosis = getattr(error, "diag", None)
    named = {
        "state": getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None),
        "table": getattr(diagnosis, "table_name", None),
        "constraint": getattr(diagnosis, "constraint_name", None),
    }
    for name, value in named.items():
        if value:
            yield f"{name} {value}"

"""A private PostgreSQL cluster with PostGIS: in a temporary folder, on a Unix socket, gone with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

__all__ = ["binaries", "cluster"]

# Speed over safety: the data are thrown away.
SETTINGS = ("listen_addresses=''", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "jit=off")


def binaries() -> Path | None:
    """The newest PostgreSQL's programs that have PostGIS beside them; None where there is none."""
    found = []
    for control in Path("/usr/share/postgresql").glob("*/extension/postgis.control"):
        version = control.parts[-3]
        programs = Path("/usr/lib/postgresql") / version / "bin"
        if (programs / "initdb").is_file() and version.isdecimal():
            found.append((int(version), programs))
    return max(found)[1] if found else None


@contextmanager
def cluster(programs: Path, *more: str) -> Iterator[str]:
    """Start a cluster and hand out the libpq connection string of an empty database with the extension in it.

    `more` are settings beside our own, such as `work_mem=128MB`.
    """
    folder = Path(tempfile.mkdtemp(prefix="bopsgis-pg-"))
    as_whom = _unprivileged(folder)
    try:
        _run(programs / "initdb", "-D", "data", "-U", "bopsgis", "-A", "trust", "-E", "UTF8", "--no-sync", **as_whom)
        options = " ".join(["-k", str(folder), *(f"-c {setting}" for setting in (*SETTINGS, *more))])
        _run(programs / "pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start", **as_whom)
        try:
            with psycopg.connect(f"host={folder} user=bopsgis dbname=postgres", autocommit=True) as connection:
                connection.execute("create database tests")
            address = f"host={folder} user=bopsgis dbname=tests"
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("create extension postgis")
            yield address
        finally:
            _run(programs / "pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop", **as_whom)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as the user that its package made."""
    inside: dict[str, object] = {"cwd": folder}
    if os.geteuid() != 0:
        return inside
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {**inside, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(program: Path, *arguments: str, **as_whom: object) -> None:
    done = subprocess.run(
        [str(program), *arguments],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        **as_whom,  # type: ignore[call-overload]  # keyword arguments of Popen, collected above
    )
    if done.returncode:
        raise RuntimeError(f"{program.name} failed: {done.stderr.decode(errors='replace')}")

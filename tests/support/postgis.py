"""A private PostgreSQL cluster with PostGIS: in a temporary folder, on a Unix socket, gone with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

__all__ = ["Cluster", "binaries", "cluster", "restartable"]

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


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster in `folder`; it can be killed as by a power cut and started again."""

    programs: Path
    folder: Path
    settings: tuple[str, ...]
    as_whom: Mapping[str, object]

    def start(self) -> None:
        """Start, recovering what there is to recover, and wait until it takes connections."""
        options = " ".join(["-k", str(self.folder), *(f"-c {setting}" for setting in self.settings)])
        _run(self.programs / "pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start", **self.as_whom)

    def stop(self) -> None:
        """Stop at once; harmless where it does not run."""
        if (self.folder / "data" / "postmaster.pid").exists():
            _run(self.programs / "pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop", **self.as_whom)

    def kill(self) -> None:
        """Kill every process of it: nothing is written any more."""
        first = psutil.Process(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]))
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=30)
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def address(self, database: str) -> str:
        """The libpq connection string of a database."""
        return f"host={self.folder} user=bopsgis dbname={database}"

    def fresh_database(self) -> str:
        """The SQLAlchemy URL of a new database with the extension in it."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        with psycopg.connect(self.address(name), autocommit=True) as connection:
            connection.execute("create extension postgis")
        return f"postgresql+psycopg://bopsgis@/{name}?host={self.folder}"


@contextmanager
def restartable(programs: Path, *more: str) -> Iterator[Cluster]:
    """Start a cluster; `more` are settings that go over our own, such as `fsync=on`."""
    folder = Path(tempfile.mkdtemp(prefix="bopsgis-pg-"))
    made = Cluster(programs, folder, (*SETTINGS, *more), _unprivileged(folder))
    try:
        _run(
            programs / "initdb", "-D", "data", "-U", "bopsgis", "-A", "trust", "-E", "UTF8", "--no-sync", **made.as_whom
        )
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster(programs: Path, *more: str) -> Iterator[str]:
    """Start a cluster and hand out the libpq connection string of an empty database with the extension in it.

    `more` are settings beside our own, such as `work_mem=128MB`.
    """
    with restartable(programs, *more) as made:
        with psycopg.connect(made.address("postgres"), autocommit=True) as connection:
            connection.execute("create database tests")
        with psycopg.connect(made.address("tests"), autocommit=True) as connection:
            connection.execute("create extension postgis")
        yield made.address("tests")


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

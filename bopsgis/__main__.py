"""`python3 -m bopsgis ...` from a clone: sets itself up in `.venv` at first use, then runs the real command there.

Only the standard library is used here, and nothing newer than Python 3.8 can read, so that an old Python gets
a sentence and not a traceback. Everything that is installed is pinned and hashed in `requirements/*.lock`; a
stamp is written when a step is complete, so an interrupted set-up carries on where it was, and a later start
asks no network. Why it is done this way: docs/decisions/0003-setting-itself-up.md.

Environment: `BOPSGIS_VENV` (another place for the virtual environment), `BOPSGIS_NO_APT=1` (never install
system packages), and whatever pip and uv themselves read (mirrors, proxies, certificates).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("BOPSGIS_VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
NEWER = ("python3.13", "python3.12", "python3.11")
POSTGIS_CONTROL = "*/extension/postgis.control"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chromium-headless-shell")

# What each kind of command needs: name of the lock, and the words for it.
PARTS = {
    "build": "the installer",
    "run": "the packages that bopsgis uses",
    "test": "the packages that the tests use",
    "node": "npm, which this machine does not have",
}


class SetupFailed(Exception):
    """Setting up cannot go on; the message says why and what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Set up what the command needs, then run it in the virtual environment; returns the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        _need_new_enough_python(words)
        if not (ROOT / "requirements" / "run.lock").is_file():  # installed from a wheel: nothing to set up
            return _become([sys.executable, "-m", "api.cli", *words])
        if words[:1] == ["setup"]:
            return _setup_only(words[1:])
        if words[:1] == ["test"]:
            return _test(words[1:])
        _install("build", "run")
        if words[:1] == ["demo"]:
            _front_end()
        return _become([str(PYTHON), "-P", "-m", "api.cli", *words])
    except SetupFailed as failure:
        _say(str(failure))
        return 1
    except KeyboardInterrupt:
        _say("Stopped. The same command carries on from here.")
        return 130


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _become(command: list[str]) -> int:
    """Replace this process by `command` (on Windows, which cannot, wait for it)."""
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.call(command)


def _need_new_enough_python(words: list[str]) -> None:
    if sys.version_info >= OLDEST:
        return
    newer = next((found for name in NEWER if (found := shutil.which(name))), None)
    if newer is not None:
        sys.exit(_become([newer, "-m", "bopsgis", *words]))
    raise SetupFailed(
        f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}. "
        "Install a newer one and use it, for example: python3.12 -m bopsgis demo"
    )


# Steps that are done once, each with a stamp.


def _fingerprint(part: str) -> str:
    """What a step's result depends on: its lock, and for the project itself where it lies and how it is built."""
    digest = hashlib.sha256((ROOT / "requirements" / f"{part}.lock").read_bytes())
    if part == "run":
        digest.update(str(ROOT).encode())
        digest.update((ROOT / "pyproject.toml").read_bytes())
    return digest.hexdigest()


def _stamp(part: str) -> Path:
    return VENV / f".bopsgis-{part}"


def _done(part: str) -> bool:
    stamp = _stamp(part)
    return stamp.is_file() and PYTHON.exists() and stamp.read_text() == _fingerprint(part)


def _install(*parts: str) -> None:
    """Bring each part of the virtual environment up to its lock, in order; nothing to do is the common case."""
    wanted = [part for part in parts if not _done(part)]
    if not wanted:
        return
    started = time.monotonic()
    _say(f"Setting up {VENV} (once; needs a network):")
    _make_venv()
    for part in wanted:
        _install_lock(part)
        if part == "run":
            _install_project()
        _stamp(part).write_text(_fingerprint(part))
    _say(f"Set up in {time.monotonic() - started:.0f} s.")


def _install_lock(part: str) -> None:
    """Install exactly the pinned and hashed packages of one lock: with uv, or with pip where uv cannot."""
    lock = str(ROOT / "requirements" / f"{part}.lock")
    what = f"installing {PARTS[part]}"
    hashed = ["--require-hashes", "-r", lock]
    if part != "build" and (uv := _uv()) and _step(what, [uv, "pip", "install", "-q", *_into(), *hashed]):
        return
    if not _step(f"{what} with pip", [*_pip(), "install", "-q", "--disable-pip-version-check", *hashed]):
        raise SetupFailed(
            "The packages could not be fetched or installed; the messages above say why. If this machine reaches "
            "the network through a proxy or a mirror, tell pip (pip.conf) or uv (UV_DEFAULT_INDEX) about it. "
            "The same command carries on from here."
        )


def _install_project() -> None:
    """Make the clone itself importable, with its metadata and the `bopsgis` command, without fetching anything."""
    plain = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    environment = {**os.environ, "HATCH_BUILD_NO_HOOKS": "true"}  # the hook fetches the front-end files: later
    uv = _uv()
    if uv and _step("installing bopsgis", [uv, "pip", "install", "-q", "--offline", *_into(), *plain], environment):
        return
    command = [*_pip(), "install", "-q", "--disable-pip-version-check", *plain]
    if not _step("installing bopsgis with pip", command, environment):
        raise SetupFailed("The project itself could not be installed; the messages above say why.")


def _front_end(*, tests: bool = False) -> None:
    """Fetch the front-end files (and what only tests use) unless they are there; where there is no npm, that first."""
    names = "ensure, ensure_test_tools" if tests else "ensure"
    calls = "ensure(); ensure_test_tools()" if tests else "ensure()"
    code = (
        f"import sys\nfrom api.core.assets import FrontEndMissing, {names}\n"
        f"try:\n    {calls}\nexcept FrontEndMissing as missing:\n    sys.exit(str(missing))"
    )
    command = [str(PYTHON), "-P", "-c", code]
    if (ROOT / "api" / "static" / "vendor" / ".stamp").is_file() and _works(command):
        return
    if shutil.which("npm") is None or os.environ.get("BOPSGIS_NODE_WHEEL"):
        _install("node")
    if not _step("fetching the front-end files", command):
        raise SetupFailed("The front-end files could not be fetched; the messages above say why.")


# The virtual environment.


def _uv() -> str | None:
    own = PYTHON.with_name("uv.exe" if os.name == "nt" else "uv")
    return str(own) if own.exists() else shutil.which("uv")


def _into() -> list[str]:
    return ["--python", str(PYTHON)]


def _pip() -> list[str]:
    """The pip that installs into the virtual environment: its own, or this Python's."""
    if _works([str(PYTHON), "-m", "pip", "--version"]):
        return [str(PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def _works(command: list[str]) -> bool:
    """Whether a command can be run and succeeds; what it prints is not wanted."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv() -> None:
    """Make the virtual environment unless a working one is there, by whichever way this machine has."""
    if _works([str(PYTHON), "-c", ""]) and _works([*_pip(), "--version"]):
        return
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu leave it out
        if _works([sys.executable, "-m", "pip", "--python", sys.executable, "--version"]):
            _venv("--without-pip")
            return
        _install_venv_module()
    _venv("--clear")


def _venv(*options: str) -> None:
    if not _step("making a virtual environment", [sys.executable, "-m", "venv", *options, str(VENV)]):
        raise SetupFailed(f"A virtual environment could not be made in {VENV}; the messages above say why.")


def _install_venv_module() -> None:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not _apt_install("Python's venv module", [package]):
        raise SetupFailed(
            "This Python has neither pip nor a complete venv module. Install it and start again, for example: "
            f"sudo apt install {package}"
        )


# System packages, on Debian and its relatives only.


def _as_root() -> list[str] | None:
    """What to put before a command so that it runs as root without asking; None where that cannot be had."""
    if os.name == "nt" or shutil.which("apt-get") is None or os.environ.get("BOPSGIS_NO_APT"):
        return None
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if shutil.which("sudo") and _works(["sudo", "-n", "true"]) else None


def _apt_install(what: str, packages: list[str]) -> bool:
    """Install system packages, if this may be done without asking for a password; False where it was not."""
    prefix = _as_root()
    if prefix is None:
        return False
    settings = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    quiet = ["-qq", "-o", "Dpkg::Use-Pty=0", "-o", "APT::Update::Error-Mode=any"]
    install = [*settings, "apt-get", "install", "-y", "--no-install-recommends", *quiet, *packages]
    _step("asking for the list of system packages", [*settings, "apt-get", "update", *quiet])
    return _step(f"installing {what} ({', '.join(packages)})", install)


def _test_programs() -> None:
    """Install the programs that some tests drive; where that cannot be done, those tests skip with a reason."""
    wanted = []
    if not any(Path("/usr/share/postgresql").glob(POSTGIS_CONTROL)):
        wanted.append(("PostgreSQL with PostGIS", "postgresql-postgis"))
    if not any(shutil.which(name) for name in CHROMIUM_NAMES) and _distribution() == "debian":
        wanted.append(("Chromium", "chromium"))  # Ubuntu's package is a snap, which does not run everywhere
    if shutil.which("redis-server") is None:
        wanted.append(("Redis", "redis-server"))
    for what, package in wanted:
        if not _apt_install(what, [package]):
            _say(f"  {what} is not here and cannot be installed without a password: its tests will be skipped.")


def _distribution() -> str:
    release = Path("/etc/os-release")
    lines = release.read_text().splitlines() if release.is_file() else []
    return next((line[3:].strip('"') for line in lines if line.startswith("ID=")), "")


# Commands of the bootstrap's own.


def _setup_only(options: list[str]) -> int:
    tests = "--tests" in options
    _install("build", "run", *(["test"] if tests else []))
    _front_end(tests=tests)
    if tests:
        _test_programs()
    _say(f"Everything is set up. The command is {PYTHON.with_name('bopsgis')}")
    return 0


def _test(options: list[str]) -> int:
    """Run all tests; lint, types and import contracts are tests too. pytest's closing line comes last."""
    _setup_only(["--tests"])
    workers = str(min(4, os.cpu_count() or 1))
    spread = [] if options else ["-n", workers, "--dist", "worksteal"]  # neighbours share what is made once
    os.chdir(ROOT)
    return _become([str(PYTHON), "-m", "pytest", *spread, *options])


# Running a step, with a line that says how long it took.


def _step(what: str, command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run one command and say how long it took; what it says itself is shown where it fails."""
    started = time.monotonic()
    live = sys.stderr.isatty()
    if not live:
        _say(f"  {what} ...")
    with tempfile.TemporaryFile() as words:
        with subprocess.Popen(command, env=environment, stdout=words, stderr=subprocess.STDOUT) as process:
            while process.poll() is None:
                if live:
                    print(f"\r  {what} ... {time.monotonic() - started:.0f} s", end="", file=sys.stderr, flush=True)
                try:
                    process.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    continue
        failed = process.returncode != 0
        verdict = "failed" if failed else "done"
        _say(f"{chr(13) if live else ''}  {what}: {verdict} after {time.monotonic() - started:.1f} s")
        if failed:
            words.seek(0)
            _say(words.read().decode(errors="replace").strip())
    return not failed


if __name__ == "__main__":
    sys.exit(main())

"""What a version of the store is made of, and whether its files are all there and whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bopsgis.errors import StoreDamaged, StoreMissing
from bopsgis.files import sha256_of, write_bytes
from constraints.store.encode import to_json

__all__ = [
    "CURRENT",
    "FORMAT",
    "FileEntry",
    "Manifest",
    "check_sizes",
    "current_version",
    "describe_files",
    "problems_in",
    "read_manifest",
    "version_folder",
    "write_manifest",
]

FORMAT = 2
"""Goes up with every change of what the files hold, so that no store is read as what it is not."""
CURRENT = "CURRENT"
_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Size and checksum of one file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Contents of one version."""

    format: int
    version: str
    max_edges: int
    datasets: tuple[str, ...]
    features: int
    pieces: int
    vertices: int
    files: dict[str, FileEntry]


def version_folder(root: Path, version: str) -> Path:
    """Folder of a version."""
    return root / "versions" / version


def current_version(root: Path) -> str:
    """Name of the version in use. Raises `StoreMissing`."""
    try:
        return (root / CURRENT).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StoreMissing(
            f"There is no constraint store in {root}.", hint="Add data to it first: bopsgis data add."
        ) from error


def describe_files(folder: Path) -> dict[str, FileEntry]:
    """Size and checksum of every file in a folder."""
    return {
        path.name: FileEntry(path.stat().st_size, sha256_of(path))
        for path in sorted(folder.iterdir())
        if path.name != _NAME
    }


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with its own checksum."""
    body = asdict(manifest)
    write_bytes(folder / _NAME, to_json({"manifest": body, "sha256": hashlib.sha256(to_json(body)).hexdigest()}))


def read_manifest(folder: Path) -> Manifest:
    """Read and check a manifest. Raises `StoreDamaged`."""
    try:
        whole = json.loads((folder / _NAME).read_bytes())
        body = whole["manifest"]
        if hashlib.sha256(to_json(body)).hexdigest() != whole["sha256"]:
            raise StoreDamaged(f"The manifest of the store's version {folder.name} does not match its checksum.")
        if body["format"] != FORMAT:
            raise StoreDamaged(
                f"The store has format {body['format']}, this software reads format {FORMAT}.",
                code="store_format",
                hint="Build the store again from its sources.",
            )
        files = {name: FileEntry(**entry) for name, entry in body["files"].items()}
        return Manifest(**{**body, "files": files, "datasets": tuple(body["datasets"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"The manifest of the store's version {folder.name} cannot be read: {error}.") from error


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Refuse a version with a file missing, cut short or grown. Raises `StoreDamaged`."""
    for name, entry in manifest.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError as error:
            raise StoreDamaged(f"The store's file {name} is missing.") from error
        if size != entry.bytes:
            raise StoreDamaged(f"The store's file {name} has {size} bytes; it was written with {entry.bytes}.")


def problems_in(folder: Path) -> list[str]:
    """Read every byte of a version; return what is wrong with it, in sentences."""
    try:
        manifest = read_manifest(folder)
    except StoreDamaged as error:
        return [error.message]
    found = []
    for name, entry in manifest.files.items():
        try:
            if sha256_of(folder / name) != entry.sha256:
                found.append(f"The file {name} does not match its checksum.")
        except OSError as error:
            found.append(f"The file {name} cannot be read: {error.strerror}.")
    return found

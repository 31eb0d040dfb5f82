"""Bulk files of planning.data.gov.uk, kept in a folder that `constraints.ingest.add_manifest` can read.

The bulk CSV of a dataset has every record, with `geometry` and `point` in WKT. Data: Open Government Licence
v3.0 unless the dataset says otherwise; the catalogue has licence and attribution of each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from api.fetch.download import Download, FetchSettings, Remote, download
from bopsgis.errors import NotFound
from constraints import catalogue
from constraints.ingest.reading import sha256_of
from constraints.progress import Progress, silent

__all__ = ["BULK_FILES", "MANIFEST", "Fetched", "damaged", "fetch"]

BULK_FILES: Final = "https://files.planning.data.gov.uk/dataset"
MANIFEST: Final = "manifest.json"
_NAME: Final = "planning.data.gov.uk"

Coverage = Sequence[str] | str
"""Council codes, or "everywhere"."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One dataset's bulk file, now in the folder."""

    dataset: str
    file: str
    sha256: str
    size: int
    changed: bool


def fetch(
    datasets: Sequence[str],
    folder: Path,
    *,
    today: date,
    coverage: Mapping[str, Coverage] | None = None,
    base_url: str = BULK_FILES,
    settings: FetchSettings | None = None,
    progress: Progress = silent,
) -> tuple[Fetched, ...]:
    """Fetches the bulk CSV of each dataset into `folder` and lists them all in its manifest.json.

    `today` becomes the day of retrieval, also of a copy that the server says is still current. `coverage` says
    for which councils a dataset is complete; without it none is, and nothing can be called absent. The
    manifest is written after each file, so that an interrupted run can be started again.

    Raises:
        NotFound: a dataset is not in the catalogue, or planning.data.gov.uk does not publish it.
        FetchFailed, TooLarge: as for `download`; files already fetched stay.
    """
    for slug in datasets:
        _require_published(slug)
    settings = settings or FetchSettings()
    folder.mkdir(parents=True, exist_ok=True)
    entries = _read_manifest(folder)
    fetched = []
    for number, slug in enumerate(datasets):
        if number:
            settings.sleep(settings.pause_s)
        before = entries.get(slug, {})
        found = download(
            f"{base_url}/{slug}.csv",
            folder / f"{slug}.csv",
            known=_known(folder, before),
            settings=settings,
            told=lambda done, total, slug=slug: progress(f"Fetching {slug}", done, total),  # type: ignore[misc]  # mypy cannot infer a lambda's default
        )
        councils = (coverage or {}).get(slug, before.get("councils", []))
        entries[slug] = _entry(slug, found, today, councils, f"{base_url}/{slug}.csv")
        _write_manifest(folder, entries)
        fetched.append(Fetched(slug, f"{slug}.csv", found.sha256, found.size, found.changed))
    return tuple(fetched)


def damaged(folder: Path) -> tuple[str, ...]:
    """Sentences about files of the manifest that are missing or no longer what was fetched."""
    sentences = []
    for entry in _read_manifest(folder).values():
        path = folder / entry["file"]
        if not path.is_file():
            sentences.append(f"{entry['file']} is missing.")
        elif sha256_of(path) != entry["sha256"]:
            sentences.append(f"{entry['file']} has changed since it was fetched on {entry['retrieved']}.")
    return tuple(sentences)


def _require_published(slug: str) -> None:
    about = catalogue.dataset(slug)
    if not about.published:
        raise NotFound(f"planning.data.gov.uk does not publish {slug}.", code="not_published", hint=about.where)


def _known(folder: Path, entry: Mapping[str, Any]) -> Remote | None:
    """The version that we have, if the file is still what was fetched."""
    path = folder / str(entry.get("file", ""))
    if not path.is_file() or sha256_of(path) != entry.get("sha256"):
        return None
    return Remote(entry.get("etag", ""), entry.get("last_modified", ""))


def _entry(slug: str, found: Download, today: date, councils: Coverage, url: str) -> dict[str, Any]:
    return {
        "file": f"{slug}.csv",
        "dataset": slug,
        "name": _NAME,
        "retrieved": today.isoformat(),
        "councils": councils if isinstance(councils, str) else list(councils),
        "url": url,
        "sha256": found.sha256,
        "bytes": found.size,
        "etag": found.remote.etag,
        "last_modified": found.remote.last_modified,
    }


def _read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {entry["dataset"]: entry for entry in listed}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _write_manifest(folder: Path, entries: Mapping[str, Mapping[str, Any]]) -> None:
    fresh = folder / f"{MANIFEST}.new"
    listed = [entries[slug] for slug in sorted(entries)]
    fresh.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    fresh.replace(folder / MANIFEST)

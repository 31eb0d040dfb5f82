"""The process in which files from outside are parsed: run by `api.documents.inspect`, never imported by it.

Arguments: kind of file, its path, limits as JSON. Writes beside the file, each part under its name only when it
is complete: `report.json` (what was seen, or why the file is refused), `public` and `thumbnail`.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

from api.documents import images, pdfs
from api.documents.reading import Refused

if sys.platform != "win32":
    import resource

__all__ = ["main"]

LARGEST_OUTPUT = 300_000_000


def main(arguments: list[str]) -> int:
    """Examine one file; 0 where a report was written."""
    kind, path, limits = arguments[0], Path(arguments[1]), json.loads(arguments[2])
    _limit_ourselves(limits)
    logging.disable()  # parsers grumble about what they repair; the report says what matters
    try:
        if kind == "PDF":
            _write(path, "report.json", _json(pdfs.examine(path, limits["max_pages"])))
            _write(path, "thumbnail", pdfs.thumbnail(path))
            _write(path, "public", pdfs.without_metadata(path))
        else:
            image = images.Picture(path, kind, limits["max_pixels"])
            _write(path, "public", image.without_metadata())
            _write(path, "thumbnail", image.thumbnail())
            _write(path, "report.json", _json({"width": image.width, "height": image.height}))
    except Refused as refusal:
        _write(path, "report.json", _json({"refused": refusal.sentence, "code": refusal.code}))
    return 0


def _limit_ourselves(limits: dict[str, Any]) -> None:
    """Memory, processor time and the size of what is written, kept by the system."""
    if sys.platform != "win32":
        for what, most in (
            (resource.RLIMIT_AS, limits["memory"]),
            (resource.RLIMIT_CPU, limits["seconds"]),
            (resource.RLIMIT_FSIZE, LARGEST_OUTPUT),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (most, most))


def _json(report: dict[str, Any]) -> bytes:
    return json.dumps(report).encode()


def _write(beside: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        part = beside.with_name(f"{name}.part")
        part.write_bytes(content)
        part.replace(beside.with_name(name))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

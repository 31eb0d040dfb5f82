"""Programs of the system that some tests drive."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["chromium"]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chromium-headless-shell")


def chromium() -> Path | None:
    """The browser to drive headless; a snap is left alone, since it cannot read temporary folders."""
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        if found and "/snap/" not in str(Path(found).resolve()):
            return Path(found)
    return None

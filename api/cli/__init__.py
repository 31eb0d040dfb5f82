"""The command line: `bopsgis check`, `bopsgis data ...`, `bopsgis demo`."""

from __future__ import annotations

from api.cli.app import main

__all__ = ["main"]

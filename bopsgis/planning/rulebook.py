"""The rules of law that ship with this package as TOML, each with its citation."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

__all__ = ["read_rules"]


def read_rules(name: str) -> Mapping[str, Any]:
    """One table of rules by its file name without ending, parsed."""
    return tomllib.loads(files("bopsgis.planning").joinpath(f"data/{name}.toml").read_text(encoding="utf-8"))

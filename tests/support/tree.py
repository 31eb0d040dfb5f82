"""The repository as data: its files and the syntax trees of its modules."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["LIBRARIES", "PACKAGES", "ROOT", "files", "functions", "modules", "text_of", "tree_of"]

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("bopsgis", "constraints", "tiles")
PACKAGES = (*LIBRARIES, "api")


LEFT_OUT = {"__pycache__", "build", "dist", "node_modules", "vendor", "artifacts"}
"""Folders that are made, not written; where git is there, it knows better."""


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or would be, committed; of an unpacked archive, every file that was not made by a tool."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        found = {ROOT / name for name in names if name}
    else:
        found = {path for path in ROOT.rglob("*") if not _left_out(path.relative_to(ROOT))}
    return tuple(sorted(path for path in found if path.is_file()))


def _left_out(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts[:-1]) and path.parts[0] != ".ci"
    return hidden or not LEFT_OUT.isdisjoint(path.parts)


def modules(*folders: str) -> tuple[Path, ...]:
    """The Python modules below these folders of the repository, but for migrations: Alembic writes and runs them."""
    named = ((path, path.relative_to(ROOT).parts) for path in files() if path.suffix == ".py")
    return tuple(path for path, parts in named if parts[0] in folders and "migrations" not in parts)


@cache
def text_of(path: Path) -> str | None:
    """A file's text; None where it is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


@cache
def tree_of(module: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(module.read_bytes(), filename=str(module))


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module, nested ones too."""
    return (node for node in ast.walk(tree_of(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

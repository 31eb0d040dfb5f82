from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.tree import PACKAGES, ROOT, files, modules, text_of

DECISIONS = ROOT / "docs" / "decisions"

# Written in pieces, so that this file does not contain what it looks for.
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("py" + "pi", "org"),
            ("python" + "hosted", "org"),
            ("npm" + "js", "org"),
            ("npm" + "js", "com"),
            ("yarn" + "pkg", "com"),
            ("ana" + "conda", "org"),
            ("deb", "debian", "org"),
            ("archive", "ubuntu", "com"),
            ("crates", "io"),
        )
    ),
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(?:home|Users|root|work)/[\w.-]+")
WORDS_TO_AVOID = {
    re.compile(r"\bB" + r"NG\b", re.IGNORECASE): "write national_grid (EPSG:27700) or biodiversity_net_gain",
    re.compile(r"\bred_?" + r"line\b", re.IGNORECASE): "write site boundary",
}


def _lines_with(pattern: re.Pattern[str], paths: tuple[Path, ...]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_registry_is_named() -> None:
    """Packages come from wherever pip, uv and npm are told: no committed file names a registry's host."""
    assert _lines_with(REGISTRY_HOSTS, files()) == []


def test_locks_carry_hashes_and_no_addresses() -> None:
    """Every pinned package has a hash, and nothing in a lock says where it comes from."""
    locks = sorted((ROOT / "requirements").glob("*.lock"))
    assert [lock.stem for lock in locks] == ["build", "node", "run", "test"]
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text
        pinned = re.findall(r"(?m)^[a-z0-9][^\n]*==", text)
        assert pinned
        assert len(pinned) == len(re.findall(r"(?m)^[a-z0-9][^\n]*== ?[^\n]*\\\n    --hash=sha256:", text))


def test_no_path_of_a_machine_is_named() -> None:
    """Nothing committed knows where it was written."""
    assert _lines_with(MACHINE_PATHS, files()) == []


@pytest.mark.parametrize("pattern", WORDS_TO_AVOID, ids=lambda pattern: WORDS_TO_AVOID[pattern])
def test_words_with_two_meanings_are_not_used(pattern: re.Pattern[str]) -> None:
    """A word that planning people read in two ways is written out."""
    ours = (*modules(*PACKAGES, "data", "notebooks", "tests"), *(path for path in files() if path.suffix == ".md"))
    assert _lines_with(pattern, ours) == []


def test_every_ignored_rule_has_its_reason() -> None:
    """An exception from a rule says why: in pyproject.toml beside it, in code after its code."""
    bare = _lines_with(re.compile(r'^\s+"[A-Z]{1,4}\d*",\s*$'), (ROOT / "pyproject.toml",))
    silent = re.compile(r"#\s*(noqa(?!: [A-Z]+\d+[A-Z0-9, ]* +(#|--?) \S)|type: ignore(?!\[[\w, -]+\] +(#|--?) \S))")
    assert bare + _lines_with(silent, modules(*PACKAGES, "data", "notebooks", "tests")) == []


def test_decisions_are_numbered_without_gaps() -> None:
    """Decision pages are numbered from 0001 and each begins with its title."""
    pages = sorted(DECISIONS.glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert [page.name for page in pages if not page.read_text().startswith("# ")] == []


def test_geometry_is_repaired_at_one_place_only() -> None:
    """Nothing repairs what a person drew: only the reading of published datasets may, and never the database (G03)."""
    repair = re.compile(r"\bmake_valid\(|ST_Make" + r"Valid\(|buffer\(0(\.0)?\)")
    found = _lines_with(repair, modules(*PACKAGES))
    assert [line for line in found if not line.startswith("constraints/ingest/")] == []

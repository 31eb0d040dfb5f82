from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from support.tree import LIBRARIES, PACKAGES, ROOT, functions, modules, tree_of

LINES_OF_A_MODULE = 400
LINES_OF_A_FUNCTION = 50
EVERYTHING = (*PACKAGES, "data", "notebooks", "tests")


def _where(module: Path, node: ast.AST | None = None) -> str:
    return f"{module.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def test_no_module_is_too_long_to_read() -> None:
    """A module is split when it passes 400 lines."""
    lengths = {_where(module): len(module.read_text().splitlines()) for module in modules(*EVERYTHING)}
    assert {where: lines for where, lines in lengths.items() if lines > LINES_OF_A_MODULE} == {}


def test_no_function_is_too_long_to_read() -> None:
    """A function is split when it passes 50 lines."""
    lengths = {
        f"{_where(module, node)} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for module in modules(*EVERYTHING)
        for node in functions(module)
    }
    assert {where: lines for where, lines in lengths.items() if lines > LINES_OF_A_FUNCTION} == {}


def test_every_test_says_what_it_proves() -> None:
    """Each test function has a docstring of its own."""
    silent = [
        f"{_where(module, node)} {node.name}"
        for module in modules("tests")
        for node in functions(module)
        if node.name.startswith("test_") and not (ast.get_docstring(node) or "").strip()
    ]
    assert silent == []


def test_every_test_can_fail() -> None:
    """Each test asserts something, expects an error, or calls a helper whose name says that it checks."""
    assert [name for module in modules("tests") for name in _toothless(module)] == []


def _toothless(module: Path) -> list[str]:
    return [
        f"{_where(module, node)} {node.name}"
        for node in functions(module)
        if node.name.startswith("test_") and not any(_bites(part) for part in ast.walk(node))
    ]


def _bites(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert | ast.Raise):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in {"raises", "fail", "warns"} or name.lstrip("_").startswith(("assert", "check", "expect"))


def test_public_names_are_listed() -> None:
    """Every module of the packages that defines something public says in a sorted `__all__` what that is."""
    unlisted = []
    for module in modules(*PACKAGES):
        body = tree_of(module).body
        lists = [node for node in body if isinstance(node, ast.Assign) and _assigns(node, "__all__")]
        defines = any(
            isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and node.name[0] != "_"
            for node in body
        )
        if defines and not lists:
            unlisted.append(_where(module))
    assert unlisted == []


def _assigns(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def test_listed_names_exist() -> None:
    """What `__all__` promises is there."""
    missing = [
        f"{module.__name__}.{name}"
        for path in modules(*PACKAGES)
        if path.stem != "__main__"
        for module in [importlib.import_module(_dotted(path))]
        for name in getattr(module, "__all__", [])
        if not hasattr(module, name)
    ]
    assert missing == []


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_ours(package: str) -> None:
    """The four names, which others use too, mean the folders of this repository."""
    found = importlib.import_module(package).__file__
    assert found is not None
    assert Path(found).resolve().parent == ROOT / package


def test_tests_are_no_packages() -> None:
    """There is no `__init__.py` below tests/: it would hide the packages of the same names."""
    assert [module for module in modules("tests") if module.name == "__init__.py"] == []


def test_libraries_do_not_ask_the_time() -> None:
    """A library is given its dates: none of them looks at a clock or draws lots."""
    forbidden = {"today", "now", "utcnow", "time", "time_ns", "localtime"}
    asking = [
        f"{_where(module, node)} {ast.unparse(node)}"
        for module in modules(*LIBRARIES)
        if module.name != "__main__.py"  # the bootstrap says how long a step took
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Attribute)
        and node.attr in forbidden
        and isinstance(node.value, ast.Name)
        and node.value.id in {"date", "datetime", "time", "dt"}
    ]
    assert asking == []


def test_notebooks_use_the_libraries_only() -> None:
    """A notebook is what an analyst can do without the service."""
    imported = [
        f"{_where(module, node)} {ast.unparse(node)}"
        for module in modules("notebooks")
        for node in ast.walk(tree_of(module))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "api")
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "api" for name in node.names))
    ]
    assert imported == []


def test_only_the_doors_catch_everything() -> None:
    """`except Exception` stands at the outermost doors only: command line, web and worker."""
    allowed = {"api/cli/app.py", "api/core/web.py", "api/worker/run.py"}
    catching = {
        module.relative_to(ROOT).as_posix()
        for module in modules(*PACKAGES, "data")
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    }
    assert catching - allowed == set()


def test_python_311_can_read_every_module() -> None:
    """The oldest Python that is promised parses all of it; the bootstrap is read by much older ones."""
    for module in modules(*EVERYTHING):
        version = (3, 8) if module == ROOT / "bopsgis" / "__main__.py" else (3, 11)
        assert ast.parse(module.read_bytes(), filename=str(module), feature_version=version)

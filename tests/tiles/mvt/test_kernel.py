from __future__ import annotations

import sys

import pytest

from tiles.mvt import kernel, prepare

MODULE = "tiles.mvt.compiled"
MANY = 1 << 40


def test_compiled_code_is_taken_where_it_was_prepared():
    """Once loaded, compiled code encodes the smallest tile too, unless numpy is asked for."""
    assert prepare()
    assert kernel.compiled_for(1, "auto") is sys.modules[MODULE]
    assert kernel.compiled_for(1, "compiled") is sys.modules[MODULE]
    assert kernel.compiled_for(MANY, "numpy") is None


def test_without_numba_numpy_does_the_work(monkeypatch: pytest.MonkeyPatch):
    """Where numba is not installed nothing fails; compiled code that is asked for by name is missed."""
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(kernel, "find_spec", lambda name: None if name == "numba" else pytest.fail(name))
    assert not prepare()
    assert kernel.compiled_for(MANY, "auto") is None
    with pytest.raises(ModuleNotFoundError):
        kernel.compiled_for(1, "compiled")


def test_few_points_do_not_wait_for_compiled_code(monkeypatch: pytest.MonkeyPatch):
    """A program that encodes one small tile does not load numba for it; for millions of points it does."""
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    assert kernel.compiled_for(1_000, "auto") is None
    assert MODULE not in sys.modules
    assert kernel.compiled_for(MANY, "auto") is not None

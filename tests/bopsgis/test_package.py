from __future__ import annotations

import subprocess
import sys

import pytest

import bopsgis


def test_the_package_hands_its_names_on() -> None:
    """Every listed name is there and the list is sorted; another name is an AttributeError."""
    assert all(getattr(bopsgis, name) is not None for name in bopsgis.__all__)
    assert set(bopsgis.__all__) <= set(dir(bopsgis))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = bopsgis.nonsense


def test_importing_the_package_imports_nothing_else() -> None:
    """The bootstrap runs on a bare interpreter: `import bopsgis` loads no package from outside."""
    program = "import sys, bopsgis; print([m for m in ('numpy', 'shapely', 'pyproj', 'geopandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

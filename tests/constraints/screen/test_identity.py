from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import shapely
from support.planted import AS_AT, Delivery, Planted, plant

from bopsgis import boundary
from constraints.screen import ScreenSettings, screen
from constraints.screen.plain import canonical, plain_report
from constraints.store import Store, open_store

SITE = boundary.from_geometry(shapely.box(533400, 177900, 533440, 177930))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """One conservation area and one empty dataset."""
    area = Planted(shapely.box(533000, 177000, 533430, 178000), "19", "Mill", {"notes": "é"})
    return plant(tmp_path, Delivery("conservation-area", [area]), Delivery("battlefield"))


def test_the_same_question_gives_the_same_bytes(store: Store):
    """Asked twice, of a store opened twice, from another format of the same site: the identity is one."""
    once = screen(SITE, store=store, as_at=AS_AT)
    again = screen(boundary.from_geometry(SITE.geometry), store=open_store(store.path), as_at=AS_AT)
    assert once.identity == again.identity
    assert canonical(plain_report(once)) == canonical(plain_report(again))


def test_identity_is_the_hash_of_the_report_itself(store: Store):
    """Anyone can check it: SHA-256 over the header and the findings, keys sorted, in that order."""
    report = screen(SITE, store=store, as_at=AS_AT)
    data = plain_report(report)
    header = {key: data[key] for key in ("as_at", "notes", "settings", "site", "software", "store_version")}
    header |= {"councils": list(report.councils), "council_names": list(report.council_names)}
    findings = ",".join(canonical(finding) for finding in data["findings"])
    text = f'{canonical(header)[:-1]},"findings":[{findings}]}}'
    assert report.identity == hashlib.sha256(text.encode()).hexdigest()


def test_another_question_has_another_identity(store: Store):
    """The site, the date, the settings and the councils all count."""
    other_site = boundary.from_geometry(shapely.box(533400, 177900, 533440, 177930.01))
    reports = [
        screen(SITE, store=store, as_at=AS_AT),
        screen(other_site, store=store, as_at=AS_AT),
        screen(SITE, store=store, as_at=AS_AT + timedelta(days=1)),
        screen(SITE, store=store, as_at=AS_AT, councils=["NOR"]),
        screen(SITE, store=store, as_at=AS_AT, settings=ScreenSettings(site_accuracy_m=0.1)),
    ]
    assert len({report.identity for report in reports}) == len(reports)


def test_another_version_of_the_data_has_another_identity(tmp_path: Path):
    """The store's version is part of what was asked."""
    area = Planted(shapely.box(533000, 177000, 533430, 178000), "19")
    before = screen(SITE, store=plant(tmp_path, Delivery("conservation-area", [area])), as_at=AS_AT)
    after = screen(SITE, store=plant(tmp_path, Delivery("battlefield")), as_at=AS_AT)
    assert before.store_version != after.store_version
    assert before.identity != after.identity


@pytest.mark.parametrize("distance_m", [-1.0, float("nan"), float("inf")])
def test_impossible_settings_are_refused(distance_m: float):
    """A distance that is no distance does not get as far as the engine."""
    with pytest.raises(ValueError, match="metres"):
        ScreenSettings(near_m={"tree": distance_m})


def test_a_report_is_made_without_pandas(store: Store):
    """Beside what reading a site boundary needs, a report waits for no library of tables, rasters or pictures."""
    code = (
        "import sys, datetime, pathlib, shapely\n"
        "from bopsgis import boundary\n"
        "before = set(sys.modules)\n"
        "import constraints\n"
        "site = boundary.from_geometry(shapely.box(533400, 177900, 533440, 177930))\n"
        "store = constraints.open_store(pathlib.Path(sys.argv[1]))\n"
        "report = constraints.screen(site, store=store, as_at=datetime.date(2026, 6, 1))\n"
        "heavy = {'pandas', 'geopandas', 'pyarrow', 'pyogrio', 'rasterio', 'matplotlib', 'numba'}\n"
        "print(report.identity, sorted(heavy & (set(sys.modules) - before)))\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code, str(store.path)], capture_output=True, text=True, check=False, cwd=root, env={}
    )
    assert done.stderr == ""
    assert done.stdout.split(maxsplit=1) == [screen(SITE, store=store, as_at=date(2026, 6, 1)).identity, "[]\n"]


def test_a_report_is_copied_whole(store: Store):
    """A copy made by pickling has the same findings, identity and shapes, without the store."""
    report = screen(SITE, store=store, as_at=AS_AT)
    data = pickle.dumps(report)
    again = pickle.loads(data)  # noqa: S301  # our own bytes
    assert again == report
    assert again.identity == report.identity
    drawn = [[hit.geometry for finding in one.findings for hit in finding.hits] for one in (report, again)]
    assert drawn[0] == drawn[1] != []
    assert b"StoreArrays" not in data

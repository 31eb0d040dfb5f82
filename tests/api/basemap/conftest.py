"""Our service in front of a server that stands in for the Ordnance Survey, with clocks that the tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.os_stand_in import KEY, StandIn, standing_in

from api.basemap.budget import Breaker
from api.basemap.proxy import OsProxy
from api.basemap.service import BaseMapService, open_service
from api.basemap.settings import OsSettings
from api.core.settings import Settings
from api.main import create_app

BASE = "http://localhost"


@dataclass
class Time:
    """A clock that stands still until it is moved. Seconds since 1970."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@dataclass
class Front:
    """Our service, what it asks, and its clock."""

    client: TestClient
    app: FastAPI
    service: BaseMapService
    ordnance_survey: StandIn
    time: Time

    def get(self, path: str, **options: Any) -> Any:
        """Ask for something below the service's root."""
        return self.client.get(f"/maps/vector/v1/vts{path}", **options)


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    """One server for all tests."""
    with standing_in() as served:
        yield served


@pytest.fixture(scope="session")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The whole application over an empty home folder."""
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture
def front(
    bare_app: FastAPI, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Front]]:
    """Makes our service with given settings; the stand-in behaves well again."""
    monkeypatch.delenv("BOPSGIS_OS_KEY", raising=False)
    fresh = StandIn(stand_in.address)
    for name in ("mode", "cache_control", "etag", "retry_after", "asked"):
        setattr(stand_in, name, getattr(fresh, name))
    opened: list[OsProxy] = []

    def made(**settings: Any) -> Front:
        time = Time()
        given = OsSettings(**{"key": KEY, "stand_in": stand_in.address, "licence": "AC0000999999"} | settings)
        plain = open_service(OsSettings(key=None), Settings(home=tmp_path), None)
        proxy = OsProxy(given, tmp_path, now=time, breaker=Breaker(time, lambda _shortest, longest: longest))
        opened.append(proxy)
        service = replace(plain, os=proxy)
        bare_app.state.basemap = service
        return Front(TestClient(bare_app, base_url=BASE), bare_app, service, stand_in, time)

    yield made
    for proxy in opened:
        proxy.close()

"""Where things are kept and where the service listens: from the environment, with defaults that work."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Settings of one running bopsgis, read from `BOPSGIS_HOME`, `BOPSGIS_HOST` and `BOPSGIS_PORT`."""

    model_config = SettingsConfigDict(env_prefix="BOPSGIS_", frozen=True)

    home: Path = Field(default_factory=lambda: Path.cwd() / ".bopsgis")
    """Folder of everything that bopsgis keeps."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)

    @property
    def store(self) -> Path:
        """Folder of the constraint store."""
        return self.home / "store"

    @property
    def sample_town(self) -> Path:
        """Folder of the sample town: its deliveries, base map and addresses."""
        return self.home / "sample-town"

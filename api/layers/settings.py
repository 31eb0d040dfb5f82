"""How much of tiles is kept, and where (`BOPSGIS_TILES_...` in the environment)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["TileSettings"]


class TileSettings(BaseSettings):
    """Settings of the tile service."""

    model_config = SettingsConfigDict(env_prefix="BOPSGIS_TILES_", frozen=True)

    memory_bytes: int = Field(default=64_000_000, ge=0)
    """Of tiles kept in memory, compressed, in each process."""
    disk_bytes: int = Field(default=500_000_000, ge=0)
    """Of public tiles kept in a file in the home folder, where there is no Redis; 0: none."""
    redis: str = Field(default="", pattern=r"^(rediss?://.*)?$")
    """URL of the Redis in which several processes keep their public tiles; the file is used where none is given."""
    redis_keep_s: int = Field(default=86_400, ge=1)
    """For how long Redis keeps a tile."""
    threads: int = Field(default=2, ge=1, le=32)
    """Tiles that are made at the same time."""
    wait_s: float = Field(default=20.0, gt=0)
    """How long a client waits for a tile before it is told to come back; the tile is finished all the same."""
    filters: int = Field(default=8, ge=1, le=100)
    """Filtered layers that are kept ready; each is made when somebody first asks for it."""

"""How much one answer may hold (`BOPSGIS_FEATURES_...` in the environment)."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["FeatureLimits"]


class FeatureLimits(BaseSettings):
    """Published limits. A page that is cut short has a link to the next, a file says what it leaves out."""

    model_config = SettingsConfigDict(env_prefix="BOPSGIS_FEATURES_", frozen=True)

    page: int = Field(default=100, ge=1)
    """Features on a page where nothing is asked."""
    max_page: int = Field(default=1_000, ge=1)
    """Features on a page at most; a larger limit counts as this one."""
    page_bytes: int = Field(default=20_000_000, ge=1)
    """About so many bytes of shapes on a page; one feature is always shown."""
    max_download: int = Field(default=100_000, ge=1)
    """Features in a file."""
    download_bytes: int = Field(default=100_000_000, ge=1)
    """Bytes of shapes in a file."""

    @model_validator(mode="after")
    def _ordered(self) -> FeatureLimits:
        if self.page > self.max_page:
            raise ValueError("a page cannot be larger than the largest")
        return self

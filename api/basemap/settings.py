"""What connects us to the Ordnance Survey's maps, and how much we may ask of them (`BOPSGIS_OS_...`)."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["OS_ADDRESS", "OsSettings"]

OS_ADDRESS: Final = "https://api.os.uk"
"""The one host that is ever asked."""

Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$")]


_KEY = re.compile(r"[A-Za-z0-9_.-]{8,200}")


def _plain_key(given: object) -> object:
    """No key for an empty one; a key that could not stand in a header is refused, without showing it."""
    text = given.get_secret_value() if isinstance(given, SecretStr) else given
    if text is None or text == "":
        return None
    if not isinstance(text, str) or not _KEY.fullmatch(text):
        raise ValueError("a key has 8 to 200 letters, digits, dots, hyphens and underscores")
    return SecretStr(text)


class OsSettings(BaseSettings):
    """Settings of the proxy to the Ordnance Survey's vector tiles. Without a key nothing is ever asked of them."""

    # A key that is refused must not be shown in the refusal.
    model_config = SettingsConfigDict(env_prefix="BOPSGIS_OS_", frozen=True, hide_input_in_errors=True)

    key: Annotated[SecretStr | None, BeforeValidator(_plain_key)] = None
    """Key of the OS Data Hub project. It is sent in a header and kept nowhere else."""
    licence: str = Field(default="", pattern=r"^[A-Za-z0-9() -]{0,40}$")
    """Number of the council's licence (as in AC0000123456), part of the statement that a map must carry."""
    development: bool = False
    """The project is in development mode, which allows far fewer requests."""
    origins: tuple[Origin, ...] = ()
    """Origins of other sites whose pages may draw this base map, such as `https://plan.example.gov.uk`."""
    longest_ttl_s: int = Field(default=86_400, ge=0, le=86_400)
    """Longest time for which an answer is used unasked; never longer than the answer itself allows."""
    stale_s: int = Field(default=3_600, ge=0, le=3_600)
    """For so long after that it may stand in while the Ordnance Survey does not answer."""
    connect_s: float = Field(default=3.0, gt=0, le=30)
    read_s: float = Field(default=10.0, gt=0, le=60)
    """Longest silence of the Ordnance Survey, and longest time for a whole answer."""
    max_bytes: int = Field(default=5_000_000, ge=1_000)
    """Of one answer, as sent and unpacked."""
    cache_bytes: int = Field(default=200_000_000, ge=0)
    """Of all answers kept."""
    stand_in: str = Field(default="", pattern=r"^(http://127\.0\.0\.1:[0-9]{1,5})?$")
    """Address on this machine of what stands in for the Ordnance Survey in a test."""

    @property
    def address(self) -> str:
        """Where requests go: never anywhere that a request could name."""
        return self.stand_in or OS_ADDRESS

    @property
    def requests_per_minute(self) -> int:
        """What we allow ourselves: below 600 a minute for a live project, 50 in development mode."""
        return 45 if self.development else 540

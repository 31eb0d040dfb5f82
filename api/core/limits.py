"""Published limits of the web service, as typed settings (`BOPSGIS_WEB_...` in the environment)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["WebLimits"]


class WebLimits(BaseSettings):
    """How much, how long and for which host names the service answers. Tested at the limit and just over it."""

    model_config = SettingsConfigDict(env_prefix="BOPSGIS_WEB_", frozen=True)

    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    """Host names that the service is known by; any other Host header is refused."""
    max_body_bytes: int = Field(default=2_100_000, ge=1)
    """Of any request body but an upload: a 2 MB boundary and the form round it."""
    max_upload_bytes: int = Field(default=31_000_000, ge=1)
    """Of a form with a file sent to the API for cases: a 30 MB document and the form round it."""
    max_path_bytes: int = 2_000
    max_query_bytes: int = 8_000
    max_header_bytes: int = 32_000
    max_headers: int = 100
    max_cookies: int = 50
    max_json_depth: int = 32
    max_form_fields: int = 40
    header_seconds: float = 10.0
    """Within which a client has to send its request line and headers."""
    body_seconds: float = 10.0
    """Within which a client has to send a request body."""
    upload_seconds: float = 120.0
    """The same for an upload: 30 MB over a slow line."""
    request_seconds: float = 30.0
    """Within which a response has to begin."""
    max_connections: int = 2_000
    """Open connections over which a new request is answered 503."""
    max_site_link_characters: int = 1_800
    """Longest site boundary that goes into a link; longer ones are posted."""
    max_map_features: int = 4_000
    """Most features of the base map in one answer; more are cut off, and the answer says so."""
    max_map_side_m: float = 20_000.0
    """Longest side of a box of the base map."""

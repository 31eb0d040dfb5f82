"""Where things are kept and where the service listens: from the environment, with defaults that work."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Settings of one running bopsgis, read from `BOPSGIS_HOME`, `BOPSGIS_DATABASE` and the like."""

    model_config = SettingsConfigDict(env_prefix="BOPSGIS_", frozen=True)

    home: Path = Field(default_factory=lambda: Path.cwd() / ".bopsgis")
    """Folder of everything that bopsgis keeps."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    database: str = ""
    """SQLAlchemy URL of the database of cases; a SQLite file in `home` where nothing is given."""
    council: str = ""
    """Code of the council that this server serves; the only one in the database where nothing is given."""
    counters: str = "memory://"
    """Where tries are counted: in memory, or a Redis URL where several processes serve."""

    addresses: Path | None = None
    """GeoPackage of address points and land parcels for choosing neighbours; the sample town's where none is given."""
    demo: bool = False
    """Fictional data only: documents that no virus scanner saw may be published."""
    address: str = ""
    """The address under which people reach this service, for links in messages."""
    proxies: str = ""
    """Addresses (`10.0.0.5`) and networks (`10.0.0.0/24`) of the proxies in front, with commas between: only from
    them is it believed who asks and whether by https (`X-Forwarded-For`, `X-Forwarded-Proto`). None: nobody's word."""
    worker: bool = False
    """Whether the server runs the worker as well, in a thread of its own: for a demonstration on one machine."""
    smtp_host: str = ""
    """Mail server; without one, mail is written to a folder in `home`."""
    smtp_port: int = Field(default=25, ge=1, le=65535)
    mail_from: str = "planning@localhost"
    notify_key: SecretStr | None = None
    """Key of GOV.UK Notify; mail and letters go through it for which a template is named."""
    notify_url: str = "https://api.notifications.service.gov.uk"
    notify_mail_template: str = ""
    notify_letter_template: str = ""
    webhook_hosts: tuple[str, ...] = ()
    """Hosts that webhooks may be sent to; any other is refused."""

    oidc_issuer: str = ""
    """Address of the council's own sign-in service (OpenID Connect issuer); none where nothing is given."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    """None for a public client: PKCE protects the exchange either way."""
    oidc_council: str = ""
    """Code of the council whose officers sign in there; the one that this server serves where nothing is given."""
    oidc_add_officers: bool = False
    """Whether somebody whom that service vouches for and who is no officer here becomes an assessor."""

    bulk_files: str = ""
    """Where datasets are fetched from; planning.data.gov.uk's own address where nothing is given."""

    @property
    def public_address(self) -> str:
        """The address under which people reach this service."""
        return self.address or f"http://{self.host}:{self.port}"

    @property
    def database_url(self) -> str:
        """The URL of the database of cases."""
        return self.database or f"shapelite:///{self.home / 'cases.db'}"

    @property
    def store(self) -> Path:
        """Folder of the constraint store."""
        return self.home / "store"

    @property
    def sample_town(self) -> Path:
        """Folder of the sample town: its deliveries, base map and addresses."""
        return self.home / "sample-town"

"""Where documents are kept, who scans them, and their published limits (`BOPSGIS_DOCUMENTS_...`)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["DocumentSettings"]


class DocumentSettings(BaseSettings):
    """Settings of the documents of cases. The limits are tested at the limit and just over it."""

    model_config = SettingsConfigDict(env_prefix="BOPSGIS_DOCUMENTS_", frozen=True)

    url: str = ""
    """Folder, or `s3://bucket/prefix`, in which the files are kept; `documents` in the home folder if empty."""
    s3_endpoint: str = ""
    """Address of an S3-compatible store that is not Amazon's. Keys come from the usual AWS variables."""
    scanner: str = ""
    """`tcp://host:port` or `unix:/path` of a clamd; without one, documents stay unscanned."""
    scan_seconds: float = Field(default=60.0, gt=0)
    """Within which a scan has to be done."""
    publish_unscanned: bool = False
    """Whether a document that no scanner saw may be published. Only for demonstrations."""
    max_bytes: int = Field(default=30_000_000, ge=1)
    max_files_per_case: int = Field(default=50, ge=1)
    """Documents of a case that are not archived."""
    max_pages: int = Field(default=2_000, ge=1)
    max_pixels: int = Field(default=40_000_000, ge=1)
    examine_seconds: int = Field(default=20, ge=1)
    """Within which a file has to be examined and its thumbnail drawn, in a process of its own."""
    examine_memory_bytes: int = Field(default=2_000_000_000, ge=100_000_000)
    """Most memory that this process may take."""
    examine_at_once: int = Field(default=2, ge=1)
    """Files that are examined at the same time; the others wait."""

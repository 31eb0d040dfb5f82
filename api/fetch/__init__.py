"""Fetches deliveries over the network, for `constraints.ingest` to read; the libraries themselves never do."""

from __future__ import annotations

from api.fetch.download import Download, FetchFailed, FetchSettings, Remote, download
from api.fetch.planning_data import Fetched, damaged, fetch

__all__ = [
    "Download",
    "FetchFailed",
    "FetchSettings",
    "Fetched",
    "Remote",
    "damaged",
    "download",
    "fetch",
]

"""Screening: what constrains a site, what does not, and what is not known."""

from __future__ import annotations

from constraints.screen.check import screen
from constraints.screen.settings import ScreenSettings
from constraints.screen.surface_findings import Surface

__all__ = ["ScreenSettings", "Surface", "screen"]

"""Kinds of text that come in: bounded, and free of what no text of a person contains."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

__all__ = ["ClosedModel", "Email", "Line", "LongText", "Reference"]

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""One line, 1 to 200 characters."""

LongText = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=20_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
    ),
]
"""Several lines, 1 to 20,000 characters."""

Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$"),
]

Reference = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{5,6}-[A-Z0-9]{2,6}$")]
"""A case reference as it is written in addresses."""


class ClosedModel(BaseModel):
    """A model that names all that there is: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")

"""Strict reading of the TOML files that the catalogue and the rules are written in.

A misspelt key, a missing one or a value of the wrong kind is an error that names the file, the entry and the
key: data of law must not be half read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from importlib.resources import files

from bopsgis.errors import BopsgisError

__all__ = ["CatalogueError", "Table", "read_folder"]


class CatalogueError(BopsgisError):
    """The data shipped with the package is not what its readers expect."""

    default_code = "catalogue_invalid"


class Table:
    """A TOML table whose keys are taken one by one; `finish` refuses what nobody took."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self._values = dict(values)
        self.where = where

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        """The keys not yet taken, in the order of the file; taking them on the way is allowed."""
        return iter(tuple(self._values))

    def error(self, message: str) -> CatalogueError:
        """An error that says where in the data the fault is."""
        return CatalogueError(f"{self.where}: {message}")

    def text(self, key: str, default: str | None = None) -> str:
        """A string; surrounding space removed."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.error(f"`{key}` must be text, not {value!r}.")
        return value.strip()

    def number(self, key: str, default: float | None = None) -> float:
        """A number that is not negative."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self.error(f"`{key}` must be a number of 0 or more, not {value!r}.")
        return float(value)

    def optional_number(self, key: str) -> float | None:
        """A number that is not negative, or None where the key is not there."""
        return self.number(key) if key in self else None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.error(f"`{key}` must be true or false, not {value!r}.")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings, each once."""
        value = self._take(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise self.error(f"`{key}` must be a list of texts, not {value!r}.")
        if len(set(value)) != len(value):
            raise self.error(f"`{key}` names something twice: {value!r}.")
        return tuple(value)

    def day(self, key: str) -> date | None:
        """A date, or None where the key is not there."""
        value = self._values.pop(key, None)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.error(f"`{key}` must be a date such as 2015-04-15, not {value!r}.")
        return value

    def table(self, key: str) -> Table:
        """A table within this one; empty where the key is not there."""
        value = self._values.pop(key, {})
        if not isinstance(value, dict):
            raise self.error(f"`{key}` must be a table, not {value!r}.")
        return Table(value, f"{self.where}, {key}")

    def tables(self) -> Iterator[tuple[str, Table]]:
        """What is left, each of it a table, with its key."""
        for key in list(self._values):
            yield key, self.table(key)

    def rows(self, key: str) -> list[Table]:
        """An array of tables; empty where the key is not there."""
        value = self._values.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error(f"`{key}` must be a list of tables.")
        return [Table(each, f"{self.where}, {key} {number}") for number, each in enumerate(value, start=1)]

    def finish(self) -> None:
        """Refuse keys that nobody took."""
        if self._values:
            raise self.error(f"does not know the key {', '.join(sorted(self._values))}.")

    def _take(self, key: str, default: object) -> object:
        value = self._values.pop(key, default)
        if value is None:
            raise self.error(f"`{key}` is missing.")
        return value


def read_folder(package: str, folder: str) -> dict[str, Table]:
    """All TOML files in a folder of an installed package: file name -> table, in the order of the names."""
    found = sorted((each for each in files(package).joinpath(folder).iterdir()), key=lambda each: each.name)
    return {each.name: _parse(each.name, each.read_bytes()) for each in found if each.name.endswith(".toml")}


def _parse(name: str, content: bytes) -> Table:
    try:
        return Table(tomllib.loads(content.decode()), name)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise CatalogueError(f"{name}: is not TOML: {fault}.") from fault

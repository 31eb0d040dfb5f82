"""Style and service description of the Ordnance Survey with every address in them turned into one of ours.

Both are put together anew from named parts: what is not known here does not get through. Whatever else might hold an
address or the key is searched for at the end, and then nothing is handed on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.basemap.attribution import Attribution
from api.basemap.checking import Rubbish, json_of
from api.basemap.paths import ROOT

__all__ = ["SOURCE", "Addresses", "numbers_only", "rewritten_metadata", "rewritten_style", "tilejson"]

SOURCE: Final = "esri"
"""Name of the style's one source: clients of the Ordnance Survey look for it."""
_TOP: Final = ("version", "name", "center", "zoom", "bearing", "pitch")
_LAYER: Final = ("id", "type", "source-layer", "minzoom", "maxzoom", "filter", "layout", "paint")
_TILE_FACTS: Final = (
    "currentVersion", "fullExtent", "initialExtent", "maxScale", "maxzoom", "maxLOD", "minLOD", "minScale", "name",
    "resourceInfo", "tileInfo",
)  # fmt: skip
_PLACE: Final = ("x", "y", "width", "height", "pixelRatio", "sdf")
_DEEPEST_OVERZOOM: Final = 15
"""Zoom of the finest tiles of the service in EPSG:3857, where its style does not say."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Our addresses, absolute: workers of a map client cannot resolve others."""

    base: str
    """Of this service, without a slash at its end."""
    srs: int

    @property
    def tiles(self) -> str:
        """Template of the tiles."""
        return f"{self.base}{ROOT}/tile/{{z}}/{{y}}/{{x}}.pbf?srs={self.srs}"

    @property
    def glyphs(self) -> str:
        """Template of the glyphs."""
        return f"{self.base}{ROOT}/resources/fonts/{{fontstack}}/{{range}}.pbf"

    @property
    def sprite(self) -> str:
        """Address of the sprite sheet without its ending."""
        return f"{self.base}{ROOT}/resources/sprites/sprite"

    def source(self, attribution: Attribution, maxzoom: int) -> Json:
        """The style's source, with all that a client needs, so that it asks for no description first."""
        tiles = {"type": "vector", "tiles": [self.tiles], "minzoom": 0, "maxzoom": maxzoom}
        return tiles | {"attribution": attribution.html}


def rewritten_style(
    style: Mapping[str, Any],
    addresses: Addresses,
    attribution: Attribution,
    extra: Sequence[Json],
    secrets: Sequence[str],
) -> bytes:
    """The style for our clients. `extra` are layers put on top; `secrets` are words that must not be in it.

    Raises Rubbish where it is no style of version 8 with layers, or holds an address or a secret where none belongs.
    """
    layers = style.get("layers")
    if style.get("version") != 8 or not isinstance(layers, list) or not all(isinstance(one, dict) for one in layers):
        raise Rubbish("it is no style of version 8")
    given = {name: style[name] for name in _TOP if name in style}
    kept = [{name: layer[name] for name in _LAYER if name in layer} | _from(layer) for layer in layers]
    _check_no_address({"top": given, "layers": kept}, secrets)
    written = given | {
        "sources": {SOURCE: addresses.source(attribution, _maxzoom(style))},
        "sprite": addresses.sprite,
        "glyphs": addresses.glyphs,
        "layers": [*kept, *extra],
    }
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode()


def rewritten_metadata(
    found: Mapping[str, Any], addresses: Addresses, attribution: Attribution, secrets: Sequence[str]
) -> bytes:
    """The service's description, which is TileJSON as well. Raises Rubbish where an address or a secret is in it."""
    kept = {name: found[name] for name in _TILE_FACTS if name in found}
    if "tileInfo" not in kept:
        raise Rubbish("it describes no tiles")
    _check_no_address(kept, secrets)
    finest = kept.get("maxzoom")
    maxzoom = finest if isinstance(finest, int) else _DEEPEST_OVERZOOM
    return json.dumps(kept | tilejson(addresses, attribution, maxzoom, []), ensure_ascii=False).encode()


def tilejson(addresses: Addresses, attribution: Attribution, maxzoom: int, layers: Sequence[Json]) -> Json:
    """Members of TileJSON 3.0, and what Esri's clients look for beside them."""
    return {
        "tilejson": "3.0.0",
        "scheme": "xyz",
        "tiles": [addresses.tiles],
        "minzoom": 0,
        "maxzoom": maxzoom,
        "vector_layers": list(layers),
        "attribution": attribution.html,
        "copyrightText": attribution.statement,
        "type": "indexedVector",
        "defaultStyles": "resources/styles",
    }


def _from(layer: Mapping[str, Any]) -> Json:
    return {} if layer.get("type") == "background" else {"source": SOURCE}


def _maxzoom(style: Mapping[str, Any]) -> int:
    sources = style.get("sources")
    source = sources.get(SOURCE) if isinstance(sources, dict) else None
    found = source.get("maxzoom") if isinstance(source, dict) else None
    return found if isinstance(found, int) and 0 <= found <= 24 else _DEEPEST_OVERZOOM


def _check_no_address(value: object, secrets: Sequence[str]) -> None:
    text = json.dumps(value, ensure_ascii=False).lower()
    for word in ("://", "api.os.uk", "key=", *(secret.lower() for secret in secrets if secret)):
        if word in text:
            raise Rubbish("there is an address or a key where none belongs")


def numbers_only(found: bytes) -> bytes:
    """The index of a sprite sheet: names and where their pictures lie. Raises Rubbish where it is no such thing."""
    index = json_of(found)
    kept: dict[str, Json] = {}
    for name, place in index.items():
        if not isinstance(place, dict) or "://" in name:
            raise Rubbish("it is no index of a sprite sheet")
        known = {part: place[part] for part in _PLACE if isinstance(place.get(part), int | float | bool)}
        kept[name] = known
    return json.dumps(kept, ensure_ascii=False).encode()

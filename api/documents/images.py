"""PNG and JPEG: size before decoding, a copy without metadata, a thumbnail. Runs in the child process."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from api.documents.reading import THUMBNAIL_SIDE, Refused

__all__ = ["Picture"]

JPEG_QUALITY = 92

# What Pillow raises for files that are not what they say: it promises no one class.
_BROKEN = (OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, struct.error, EOFError)


class Picture:
    """A decoded image of `kind` (PNG or JPEG), upright. Raises Refused before decoding one of too many pixels."""

    def __init__(self, path: Path, kind: str, max_pixels: int) -> None:
        self._kind = kind
        data = path.read_bytes()
        if kind == "PNG":
            _check_end_of_png(data)
        with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
            self._image = self._decoded(data, max_pixels)
        self.width, self.height = self._image.size

    def _decoded(self, data: bytes, max_pixels: int) -> Image.Image:
        try:
            image = Image.open(io.BytesIO(data), formats=[self._kind])
            if image.width * image.height > max_pixels:
                raise _too_large(max_pixels)
            image.load()
            return ImageOps.exif_transpose(image)
        except Image.DecompressionBombError:
            raise _too_large(max_pixels) from None
        except _BROKEN:
            raise Refused("The image is damaged and cannot be read.", "file_broken") from None

    def without_metadata(self) -> bytes:
        """The image written anew: pixels, colour profile and resolution; no camera, owner, place or comment."""
        image, out = self._image, io.BytesIO()
        kept = {key: image.info[key] for key in ("icc_profile", "dpi", "transparency") if key in image.info}
        bare = image.copy()
        bare.info = {}
        if self._kind == "PNG":
            bare.save(out, "PNG", **kept)
        else:
            kept.pop("transparency", None)
            bare.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True, **kept)
        return out.getvalue()

    def thumbnail(self) -> bytes:
        """A small PNG."""
        small = self._image.convert("RGBA" if "A" in self._image.getbands() else "RGB")
        small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        small.info = {}
        out = io.BytesIO()
        small.save(out, "PNG", optimize=True)
        return out.getvalue()


def _too_large(max_pixels: int) -> Refused:
    return Refused(f"The image has more than {max_pixels / 1_000_000:g} million pixels.", "image_too_large")


def _check_end_of_png(data: bytes) -> None:
    """Raise Refused where anything follows the last chunk, or a chunk runs over the end."""
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">L4s", data, at)
        at += 12 + length
        if name == b"IEND":
            if at != len(data):
                raise Refused("The image has something else hidden behind its end.", "file_polyglot")
            return
    raise Refused("The image is cut short.", "file_broken")

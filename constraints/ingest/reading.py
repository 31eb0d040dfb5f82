"""Reads a delivery of any format. The first bytes decide what it is, not the file's name."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from bopsgis.errors import NotFound, TooLarge
from constraints.ingest.csv_reader import read_csv
from constraints.ingest.json_reader import read_json
from constraints.ingest.limits import LIMITS, IngestLimits
from constraints.ingest.ogr_reader import OgrFile, read_ogr
from constraints.ingest.parquet_reader import read_parquet
from constraints.ingest.raw import RawTable, refuse_file

__all__ = ["read", "sha256_of"]

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_OGR_FORMATS: Final = (
    (b"SQLite format 3\x00", "GPKG", "its layer's definition"),
    (b"fgb", "FlatGeobuf", "its header"),
    (b"\x00\x00\x27\x0a", "ESRI Shapefile", "its .prj file"),
)
"""First bytes, GDAL's driver, where the format keeps its reference system."""
_SHAPEFILE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_UTF8_MARK: Final = "\ufeff"


def read(
    path: Path,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,
    limits: IngestLimits = LIMITS,
) -> RawTable:
    """The rows of the delivery at `path`, unchanged: coordinates as they stand, nothing repaired.

    Reads GeoJSON and entity lists of planning.data.gov.uk (also gzipped), CSV (also gzipped), GeoPackage,
    Shapefile (also zipped), FlatGeobuf and GeoParquet. `layer` chooses among several; `columns` names the
    columns of a CSV file that hold the geometry.

    Raises:
        NotFound: there is no such file.
        TooLarge: over `limits.max_bytes` unpacked.
        FormatRefused: damaged, of another format, only part of an answer, or a layer must be chosen.
    """
    head = _first_bytes(path, limits)
    for mark, driver, where_crs in _OGR_FORMATS:
        if head.startswith(mark):
            return read_ogr(OgrFile(str(path), driver, path.name, where_crs), layer)
    if head.startswith(_ZIP):
        return _read_zip(path, layer, limits)
    if head.startswith(_PARQUET):
        return read_parquet(path)
    return _read_text(path, head, columns or {}, limits)


def _first_bytes(path: Path, limits: IngestLimits) -> bytes:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", code="file_missing")
    if path.stat().st_size > limits.max_bytes:
        raise _too_large(path, limits)
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise refuse_file(path.name, "it is empty", code="file_empty")
    return head


def sha256_of(path: Path) -> str:
    """SHA-256 of the delivered bytes; for a loose Shapefile of all its parts, in a fixed order."""
    digest = hashlib.sha256()
    files = [path]
    if path.suffix.lower() == ".shp":
        files = [part for suffix in _SHAPEFILE_PARTS if (part := path.with_suffix(suffix)).is_file()]
    for each in files or [path]:
        with each.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _read_zip(path: Path, layer: str | None, limits: IngestLimits) -> RawTable:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > limits.max_bytes:
                raise _too_large(path, limits)
            chosen = _choose(path, _shapefiles(entries), layer)
            with archive.open(chosen) as file:
                head = file.read(16)
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError) as error:
        raise refuse_file(path.name, f"it is no sound zip file ({error})", code="zip_broken") from error
    mark, driver, where_crs = _OGR_FORMATS[-1]
    if not head.startswith(mark):
        raise refuse_file(path.name, f"{chosen} in it is no Shapefile", code="format_other")
    return read_ogr(OgrFile(f"/vsizip/{{{path}}}/{chosen}", driver, path.name, where_crs), None)


def _shapefiles(entries: Sequence[zipfile.ZipInfo]) -> dict[str, str]:
    """Layer name -> name in the zip; the folder is part of the layer's name where two are called alike."""
    members = [
        PurePosixPath(entry.filename)
        for entry in entries
        if entry.filename.lower().endswith(".shp") and "__MACOSX" not in entry.filename
    ]
    stems = [member.stem for member in members]
    return {
        member.stem if stems.count(member.stem) == 1 else str(member.with_suffix("")): str(member) for member in members
    }


def _choose(path: Path, inside: Mapping[str, str], layer: str | None) -> str:
    names = ", ".join(sorted(inside))
    if not inside:
        raise refuse_file(
            path.name, "there is no Shapefile in it", code="zip_other", hint="Unpack it and give the file itself."
        )
    if layer is not None and layer not in inside:
        raise refuse_file(path.name, f"it has no layer {layer!r}", code="layer_missing", hint=f"It has: {names}.")
    if layer is None and len(inside) > 1:
        raise refuse_file(
            path.name,
            f"it has {len(inside)} Shapefiles and one must be chosen",
            code="layer_needed",
            hint=f"Say which layer: {names}.",
        )
    return inside[layer] if layer is not None else next(iter(inside.values()))


def _read_text(path: Path, head: bytes, columns: Mapping[str, str], limits: IngestLimits) -> RawTable:
    text = _decoded(_unpacked(path, limits) if head.startswith(_GZIP) else path.read_bytes(), path)
    start = text[:4096].lstrip()[:1] or text.lstrip()[:1]
    if start in {"{", "["}:
        return read_json(text, path.name)
    if start == "<":
        raise refuse_file(path.name, "XML, KML, GML and web pages are not read", code="format_unknown")
    if not start:
        raise refuse_file(path.name, "it holds nothing but blanks", code="file_empty")
    return read_csv(text, path.name, columns)


def _unpacked(path: Path, limits: IngestLimits) -> bytes:
    try:
        with gzip.open(path) as file:
            data = file.read(limits.max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise refuse_file(path.name, "it is no sound gzip file", code="gzip_broken") from error
    if len(data) > limits.max_bytes:
        raise _too_large(path, limits)
    return data


def _decoded(data: bytes, path: Path) -> str:
    """UTF-8, or Windows' Western European set that council exports use; never binary."""
    if b"\x00" in data[:4096]:
        raise refuse_file(path.name, "it is neither text nor a known binary format", code="format_unknown")
    try:
        return data.decode("utf-8").removeprefix(_UTF8_MARK)
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise refuse_file(path.name, "it is text in an unknown alphabet", code="format_unknown") from error


def _too_large(path: Path, limits: IngestLimits) -> TooLarge:
    return TooLarge(f"{path.name} is larger than {limits.max_bytes:,} bytes.", hint="Deliver it in parts.")

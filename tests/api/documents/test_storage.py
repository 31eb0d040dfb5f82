"""Files under keys, in a folder and in a bucket of a real S3-compatible server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import fsspec
import pytest
from support.documents import bucket

from api.documents.settings import DocumentSettings
from api.documents.storage import DocumentStorageError, Storage, new_key, open_storage


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """An empty storage of each kind."""
    if request.param == "folder":
        yield open_storage(DocumentSettings(), tmp_path)
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    fsspec.filesystem("s3").clear_instance_cache()
    with bucket() as address:
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket="plans")
        yield open_storage(DocumentSettings(url="s3://plans/documents", s3_endpoint=address), tmp_path)


def test_a_file_comes_back_as_it_went_in(storage: Storage) -> None:
    """Whole, in pieces, and in the list of its council only; gone once removed, and removing again is harmless."""
    key, other = new_key(7), new_key(71)
    content = os.urandom(700_000)
    storage.write(key, content)
    storage.write(other, b"x")
    assert storage.read(key) == content
    assert b"".join(storage.chunks(key)) == content
    ((listed, changed),) = storage.entries(7)
    assert listed == key
    assert abs(datetime.now(tz=UTC) - changed) < timedelta(minutes=5)
    storage.remove(key)
    storage.remove(key)
    assert list(storage.entries(7)) == []
    assert [found for found, _ in storage.entries(71)] == [other]


def test_a_file_that_is_not_there_is_told_before_an_answer_begins(storage: Storage) -> None:
    """Reading and opening raise at once, as the error that becomes 503."""
    for read in (storage.read, storage.chunks):
        with pytest.raises(DocumentStorageError):
            read(new_key(1))


@pytest.mark.parametrize("key", ["../../etc/passwd", "1/ab/../../x", "1/ab/short", "", "/etc/passwd"])
def test_only_keys_of_ours_become_paths(storage: Storage, key: str) -> None:
    """Whatever a row might say, nothing outside the storage is touched."""
    with pytest.raises(ValueError, match="storage key"):
        storage.read(key)


def test_keys_cannot_be_guessed_and_do_not_repeat() -> None:
    """128 bits each."""
    keys = {new_key(1) for _ in range(1000)}
    assert len(keys) == 1000
    assert all(len(key.rpartition("/")[2]) == 32 for key in keys)


def test_a_bucket_that_does_not_answer_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is told as a fault of the storage, not as a trace of somebody else's library."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    storage = open_storage(DocumentSettings(url="s3://plans", s3_endpoint="http://127.0.0.1:9"), tmp_path)
    with pytest.raises(DocumentStorageError):
        storage.write(new_key(1), b"x")

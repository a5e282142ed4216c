"""Blobs in an object store: the contract over S3, spoken by a server on this machine."""

from __future__ import annotations

import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from treadle.blobs import Blobs, open_blobs
from treadle.core.errors import HomeError, Unreachable
from treadle.testing.blobs import BlobsContract

pytest.importorskip("obstore", reason="no object store client: install treadle[s3]")
server = pytest.importorskip("moto.server", reason="no S3 to talk to: install moto[server]")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


def options(endpoint: str) -> dict[str, str]:
    return {"endpoint": endpoint, "region": "us-east-1", "access_key_id": "test", "secret_access_key": "test"}


@pytest.fixture
def url(endpoint: str) -> str:
    """A fresh bucket, and a prefix in it."""
    bucket = f"test-{uuid.uuid4().hex}"
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{bucket}", method="PUT")):
        return f"s3://{bucket}/some/prefix"


class TestBucket(BlobsContract):
    @pytest.fixture
    def blobs(self, endpoint: str, url: str, tmp_path: Path) -> Blobs:
        return open_blobs(url, tmp_path / "cache", **options(endpoint))


def test_a_large_file_is_sent_in_parts(endpoint: str, url: str, tmp_path: Path) -> None:
    blobs = open_blobs(url, tmp_path / "cache", **options(endpoint))
    (tmp_path / "file").write_bytes(b"0123456789abcdef" * (40 << 16))
    digest = blobs.adopt(tmp_path / "file")
    assert blobs.size(digest) == 40 << 20
    assert open_blobs(url, tmp_path / "other", **options(endpoint)).local(digest).read_bytes() == (tmp_path / "file").read_bytes()


def test_a_bucket_that_does_not_exist_is_named(endpoint: str, tmp_path: Path) -> None:
    blobs = open_blobs("s3://no-such-bucket/prefix", tmp_path / "cache", **options(endpoint))
    with pytest.raises((Unreachable, HomeError)) as caught:
        blobs.put(b"x")
    assert "no-such-bucket" in str(caught.value.where)

"""Blobs in a local folder: the contract, and what only a folder can suffer - kills, full disks, refused permissions."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from treadle.blobs import Blobs, Folder, open_blobs, transfer
from treadle.blobs import folder as folder_module
from treadle.core.content import digest_bytes
from treadle.core.errors import DataError, HomeError, StorageFull
from treadle.testing.blobs import BlobsContract, noise


class TestFolder(BlobsContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> Blobs:
        return Blobs(Folder(tmp_path / "store"), tmp_path / "cache")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(tmp_path / "store", tmp_path / "cache")


def test_stored_files_cannot_be_written_to_by_accident(blobs: Blobs) -> None:
    assert blobs.local(blobs.put(b"x")).stat().st_mode & 0o222 == 0


WRITER = """
import os, sys
from pathlib import Path
from treadle.blobs import open_blobs
from treadle.testing.blobs import noise
store, cache, path, kind = sys.argv[1:]
blobs = open_blobs(store, cache)
print("ready", flush=True)
number = 0
while True:
    number += 1
    if kind == "put":
        blobs.put(noise(300_000, number))
    elif kind == "pack":
        blobs.put_many([noise(3_000, number * 1000 + n) for n in range(300)])
    else:
        Path(path).write_bytes(noise(3 << 20, number))
        blobs.adopt(path)
    print(number, flush=True)
"""


@pytest.mark.parametrize("kind", ["put", "pack", "adopt"])
def test_a_killed_writer_leaves_only_whole_blobs(blobs: Blobs, tmp_path: Path, kind: str) -> None:
    for rounds in (1, 2, 4):
        words = [sys.executable, "-c", WRITER, str(tmp_path / "store"), str(tmp_path / "cache"), str(tmp_path / "file"), kind]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(rounds + 1):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
    found = list(blobs.verify())
    assert found == []
    blobs.sweep(set(), -1)
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


def test_leftovers_are_swept_only_after_the_grace_period(blobs: Blobs) -> None:
    kept = blobs.put(b"x")
    leftover = folder_module.staging_file(blobs.staging)
    leftover.write_bytes(b"half a blob")
    orphan = blobs.folder.path("packs/0123.pack") if blobs.folder else Path()
    orphan.parent.mkdir()
    orphan.write_bytes(b"a pack without an index")
    assert blobs.sweep({kept}, 3600).leftovers == 0
    assert leftover.exists()
    old = time.time() - 7200
    os.utime(leftover, (old, old))
    os.utime(orphan, (old, old))
    assert blobs.sweep({kept}, 3600, dry_run=True).leftovers == 11 + 23
    assert blobs.sweep({kept}, 3600).leftovers == 11 + 23
    assert not leftover.exists()
    assert not orphan.exists()


def test_content_that_is_wanted_again_is_young_again(blobs: Blobs) -> None:
    digests = [blobs.put(b"alone"), *blobs.put_many([noise(100, seed) for seed in range(50)])]
    old = time.time() - 90_000
    for held in list(blobs.objects.list("")):
        os.utime(blobs.folder.path(held.key) if blobs.folder else "", (old, old))
    assert blobs.sweep(set(), 86_400, dry_run=True).blobs == 51
    assert blobs.put(b"alone") == digests[0]
    assert blobs.missing(digests[1:2]) == set()
    assert blobs.sweep(set(), 86_400).blobs == 0
    assert blobs.missing(digests) == set()


def test_a_full_disk_stores_nothing(blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    source.write_bytes(noise(3 << 20))

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(os, "pwritev", full)
    monkeypatch.setattr(os, "copy_file_range", full)
    for store in (
        lambda: blobs.put(b"x"),
        lambda: blobs.adopt(source),
        lambda: blobs.put_many([noise(100, seed) for seed in range(50)]),
    ):
        with pytest.raises(StorageFull):
            store()
    monkeypatch.undo()
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []
    assert blobs.adopt(source) == digest_bytes(noise(3 << 20))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(HomeError) as caught:
        open_blobs(tmp_path / "file" / "store", tmp_path / "cache").put(b"x")
    assert str(tmp_path) in str(caught.value.where)


def test_a_file_that_cannot_be_read_is_named(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        blobs.adopt(tmp_path / "nowhere")
    assert "nowhere" in caught.value.what
    (tmp_path / "short").write_bytes(b"12")
    with pytest.raises(DataError):
        blobs.adopt(tmp_path / "short", size=3)


def test_copying_works_without_help_from_the_kernel(blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    (tmp_path / "source").write_bytes(noise(5 << 20))
    assert blobs.adopt(tmp_path / "source") == digest_bytes(noise(5 << 20))
    transfer.copy(tmp_path / "source", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == noise(5 << 20)


def test_a_damaged_index_does_not_hide_the_other_packs(blobs: Blobs, tmp_path: Path) -> None:
    first = blobs.put_many([noise(100, seed) for seed in range(50)])
    (index,) = (tmp_path / "store" / "packs").glob("*.index")
    second = blobs.put_many([noise(100, seed) for seed in range(100, 150)])
    data = bytearray(index.read_bytes())
    data[40] ^= 1
    index.unlink()
    index.write_bytes(data)
    other = open_blobs(tmp_path / "store", tmp_path / "cache")
    assert other.missing(second) == set()
    assert other.missing(first) == set(first)
    kinds = [flaw.kind for flaw in other.verify(set(first))]
    assert kinds == ["damaged"] + ["missing"] * 50
    other.sweep(set(second), -1)
    assert index.exists()

"""What is known of a folder's files, so that an unchanged file is never read twice: path, stat and digest of each.

A row is trusted when size, both times, inode and executable bit are what they were. That cannot see a file that was written
again within the same tick of the file system's clock after it had been read, so rows that are so fresh are saved as unknown.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from treadle.blobs.folder import staging_file
from treadle.blobs.transfer import storing, temporary
from treadle.core.content import digest_bytes
from treadle.data.manifest import making_many

_MAGIC = b"treadle-index-1\n"
_HEAD = struct.Struct("=16sQQQ")
_FINE_TICK, _COARSE_TICK = 20_000_000, 2_000_000_000  # nanoseconds: kernels stamp in ticks of up to 10 ms, old file systems 2 s
_UNKNOWN = -1


class Row(NamedTuple):
    """A file as it was when it was read. Times in nanoseconds, size in bytes; `executable` 0 or 1."""

    size: int
    mtime: int
    ctime: int
    inode: int
    executable: int
    digest: str

    def matches(self, about: os.stat_result) -> bool:
        return (
            self.size == about.st_size
            and self.mtime == about.st_mtime_ns
            and self.ctime == about.st_ctime_ns
            and self.inode == about.st_ino
        )


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """Which version a folder was made into or out of: its number, and the manifest that equals the folder then."""

    number: int
    manifest: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a folder, the manifest they make up, and per dataset the version the folder stands on."""

    rows: Mapping[str, Row] = msgspec.field(default_factory=dict)
    manifest: str = ""
    dataset: str = ""
    """The dataset that was added or pulled last."""
    bases: Mapping[str, Base] = msgspec.field(default_factory=dict)


class _Facts(msgspec.Struct, frozen=True):
    manifest: str
    dataset: str
    bases: dict[str, Base]


def row_of(about: os.stat_result, digest: str) -> Row:
    return Row(about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino, (about.st_mode >> 6) & 1, digest)


def index_path(cache: Path, folder: Path) -> Path:
    """Where the index of a folder lies: in the cache, because losing it costs time and nothing else."""
    return cache / "index" / digest_bytes(os.fsencode(os.path.realpath(folder)))[:32]


def load(path: Path) -> Index:
    """The index, empty when there is none or its file is not in order."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Index()
    if len(data) < _HEAD.size + 32 or not data.startswith(_MAGIC) or digest_bytes(memoryview(data)[:-32]) != data[-32:].hex():
        return Index()
    _magic, count, facts_length, names_length = _HEAD.unpack_from(data)
    facts = msgspec.json.decode(data[_HEAD.size : _HEAD.size + facts_length], type=_Facts)
    names_at = _HEAD.size + facts_length
    numbers_at = names_at + names_length
    numbers = array("q")
    numbers.frombytes(data[numbers_at : numbers_at + 40 * count])
    digests = data[numbers_at + 40 * count : -32].hex()
    paths = data[names_at:numbers_at].decode("utf-8", "surrogateescape").split("\0") if count else []
    columns = [numbers[i * count : (i + 1) * count] for i in range(5)]
    with making_many():
        made = map(Row._make, zip(*columns, (digests[i : i + 64] for i in range(0, 64 * count, 64)), strict=True))
        rows = dict(zip(paths, made, strict=True))
    return Index(rows=rows, manifest=facts.manifest, dataset=facts.dataset, bases=facts.bases)


def save(path: Path, index: Index, read_from: int) -> None:
    """Writes the index. `read_from` is when reading the files began (nanoseconds since 1970): younger rows are not trusted."""
    rows = list(index.rows.values())
    sizes = [_UNKNOWN if _too_fresh(row, read_from) else row.size for row in rows]
    numbers = array("q", sizes)
    for column in ([r.mtime for r in rows], [r.ctime for r in rows], [r.inode for r in rows], [r.executable for r in rows]):
        numbers.extend(array("q", column))
    facts = msgspec.json.encode(_Facts(index.manifest, index.dataset, dict(index.bases)))
    names = "\0".join(index.rows).encode("utf-8", "surrogateescape")
    head = _HEAD.pack(_MAGIC, len(rows), len(facts), len(names))
    body = b"".join((head, facts, names, numbers.tobytes(), bytes.fromhex("".join([row.digest for row in rows]))))
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary(staging_file(path.parent / "staging")) as growing:
            growing.write_bytes(body + bytes.fromhex(digest_bytes(body)))
            os.rename(growing, path)


def _too_fresh(row: Row, read_from: int) -> bool:
    # Only the change time counts: the modification time can be set by anybody, this one is the kernel's.
    tick = _FINE_TICK if row.ctime % 1_000_000_000 else _COARSE_TICK
    return row.ctime + tick >= read_from

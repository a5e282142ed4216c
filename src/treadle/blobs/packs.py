"""Packs: many small blobs in one object, and the sorted index that finds them.

A pack object is nothing but the blobs' bytes, one after the other. Its index is written last, so a pack is either findable
and complete, or does not exist. The index, little-endian, with N entries sorted by digest:

    16 bytes  "treadle-pack-1" and two zeros
    8 + 8     N; size of the pack in bytes
    32 x N    digests
    8 x N     offsets in the pack
    4 x N     sizes in bytes
    32        BLAKE3 of everything before
"""

from __future__ import annotations

import mmap
import struct
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from treadle.blobs.objects import Objects
from treadle.core.errors import Damaged, MissingContent

FOLDER = "packs/"
PACK, INDEX = ".pack", ".index"
_MAGIC = b"treadle-pack-1\0\0"
_MANY = 16  # from so many digests on, looking them all up at once is faster than one by one
_HEAD = struct.Struct("<16sQQ")


class Place(NamedTuple):
    """Where a blob lies inside a pack."""

    pack: str
    offset: int
    size: int


def pack_key(name: str) -> str:
    return f"{FOLDER}{name}{PACK}"


def index_key(name: str) -> str:
    return f"{FOLDER}{name}{INDEX}"


def encode_index(entries: list[tuple[bytes, int, int]], pack_size: int) -> bytes:
    """The index of these (digest, offset, size) entries."""
    entries = sorted(entries)
    count = len(entries)
    body = b"".join(
        (
            _HEAD.pack(_MAGIC, count, pack_size),
            b"".join(entry[0] for entry in entries),
            struct.pack(f"<{count}Q", *(entry[1] for entry in entries)),
            struct.pack(f"<{count}I", *(entry[2] for entry in entries)),
        )
    )
    return body + blake3(body).digest()


class PackIndex:
    """One pack's index, over bytes or a mapped file."""

    def __init__(self, name: str, data: bytes | mmap.mmap) -> None:
        """Raises Damaged when these are not the bytes of an index."""
        self.name = name
        self._data = data
        if len(data) < _HEAD.size + 32 or blake3(memoryview(data)[:-32]).digest() != data[-32:]:
            raise Damaged(f"the index of pack {name} is damaged", hint="treadle data verify")
        _magic, self.count, self.pack_size = _HEAD.unpack_from(data)
        self._offsets = _HEAD.size + 32 * self.count
        self._sizes = self._offsets + 8 * self.count

    def find(self, digest: bytes) -> Place | None:
        """Where the blob lies, or None."""
        row = bisect_left(range(self.count), digest, key=self._digest)
        return self._place(row) if row < self.count and self._digest(row) == digest else None

    def rows(self, digests: Sequence[bytes]) -> list[tuple[int, Place]]:
        """The positions in `digests` of those held here, each with its place: thousands at a time."""
        import numpy as np

        if not self.count:
            return []
        wanted: Any = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32)
        heads = wanted.view(">u8")[:, 0].astype(np.uint64)
        rows = np.minimum(np.searchsorted(self._heads, heads), self.count - 1)
        near = np.flatnonzero(self._heads[rows] == heads)
        rows = rows[near]
        table = np.frombuffer(self._data, np.uint8, 32 * self.count, _HEAD.size).reshape(-1, 32)
        same = (table[rows] == wanted[near]).all(axis=1)
        offsets = np.frombuffer(self._data, "<u8", self.count, self._offsets)[rows]
        sizes = np.frombuffer(self._data, "<u4", self.count, self._sizes)[rows]
        found = []
        for position, equal, offset, size in zip(near.tolist(), same.tolist(), offsets.tolist(), sizes.tolist(), strict=True):
            # Two digests that share their first eight bytes are next to unheard of, but then the slow way is the right way.
            place = Place(self.name, offset, size) if equal else self.find(digests[position])
            if place is not None:
                found.append((position, place))
        return found

    def entries(self) -> Iterator[tuple[bytes, Place]]:
        """Every blob of the pack with its place, in order of place."""
        places = sorted(((*self._place(row), self._digest(row)) for row in range(self.count)), key=lambda place: place[1])
        for name, offset, size, digest in places:
            yield digest, Place(name, offset, size)

    @cached_property
    def _heads(self) -> Any:
        import numpy as np

        table = np.frombuffer(self._data, dtype=">u8", count=4 * self.count, offset=_HEAD.size)
        return table[::4].astype(np.uint64)

    def _digest(self, row: int) -> bytes:
        start = _HEAD.size + 32 * row
        return self._data[start : start + 32]

    def _place(self, row: int) -> Place:
        offset = int.from_bytes(self._data[self._offsets + 8 * row : self._offsets + 8 * row + 8], "little")
        size = int.from_bytes(self._data[self._sizes + 4 * row : self._sizes + 4 * row + 4], "little")
        return Place(self.name, offset, size)


class Packs:
    """All packs of a store. Indexes never change, so they are loaded once; `refresh` looks for new ones and forgets old ones."""

    def __init__(self, objects: Objects, local_index: Callable[[str], Path]) -> None:
        self._objects = objects
        self._local_index = local_index
        self._known: dict[str, PackIndex] = {}
        self._damaged: dict[str, str] = {}
        self._loaded = False
        self._lock = threading.Lock()

    def indexes(self) -> list[PackIndex]:
        if not self._loaded:
            self.refresh()
        return list(self._known.values())

    def damaged(self) -> dict[str, str]:
        """Packs whose index cannot be used, with the reason."""
        self.indexes()
        return dict(self._damaged)

    def refresh(self) -> None:
        with self._lock:
            names = {held.key[len(FOLDER) : -len(INDEX)] for held in self._objects.list(FOLDER) if held.key.endswith(INDEX)}
            known = {name: index for name, index in self._known.items() if name in names}
            damaged: dict[str, str] = {}
            for name in sorted(names - known.keys()):
                try:
                    known[name] = PackIndex(name, _mapped(self._local_index(name)))
                except MissingContent:
                    continue  # swept between listing and loading
                except Damaged as error:
                    damaged[name] = error.what
            self._known, self._damaged, self._loaded = known, damaged, True

    def find(self, digest: bytes) -> Place | None:
        for index in self.indexes():
            place = index.find(digest)
            if place is not None:
                return place
        return None

    def find_many(self, digests: Sequence[bytes]) -> dict[bytes, Place]:
        """The places of those digests that lie in packs."""
        found: dict[bytes, Place] = {}
        if len(digests) < _MANY:
            places = ((digest, self.find(digest)) for digest in digests)
            return {digest: place for digest, place in places if place}
        for index in self.indexes():
            for position, place in index.rows(digests):
                found.setdefault(digests[position], place)
        return found


def _mapped(path: Path) -> bytes | mmap.mmap:
    with open(path, "rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            return b""  # an empty file cannot be mapped

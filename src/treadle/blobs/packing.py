"""Writing packs: small blobs are collected, those already stored are left out, the rest goes into as few objects as possible."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from blake3 import blake3

from treadle.blobs.folder import staging_file
from treadle.blobs.objects import Objects
from treadle.blobs.packs import encode_index, index_key, pack_key
from treadle.blobs.transfer import storing
from treadle.core.ids import new_key

SMALL = 1 << 20  # blobs from this size on (bytes) are objects of their own
PACK_SIZE = 256 << 20  # a pack is closed once it has reached this many bytes
_BATCH = 4 << 20  # bytes collected before looking which of them are new
_BATCH_COUNT = 1000  # writev takes at most 1024 pieces
_FEW = 16  # so few blobs become objects of their own: a pack for every edit would make reading slow


class PackWriter:
    """Takes blobs one by one and answers their digests; they are stored for good when the `with` block is left without error.

    Not for several threads at once; several writers, also in several processes, do not disturb each other.
    """

    def __init__(
        self,
        objects: Objects,
        staging: Path,
        held: Callable[[Sequence[bytes]], set[bytes]],
        put_whole: Callable[[str, bytes], None],
        published: Callable[[], None],
    ) -> None:
        self._objects = objects
        self._staging = staging
        self._held = held
        self._put_whole = put_whole
        self._published = published
        self._waiting: dict[bytes, bytes] = {}
        self._waiting_bytes = 0
        self._entries: list[tuple[bytes, int, int]] = []
        self._seen: set[bytes] = set()
        self._path: Path | None = None
        self._descriptor = -1
        self._end = 0
        self.written = 0
        """Bytes that were new and have been stored."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._discard()

    def add(self, data: bytes) -> str:
        """Takes a blob; answers its digest."""
        hasher = blake3(data)
        digest = hasher.digest()
        if len(data) >= SMALL:
            self._put_whole(digest.hex(), data)
        elif digest not in self._seen:
            self._seen.add(digest)
            self._waiting[digest] = data
            self._waiting_bytes += len(data)
            if self._waiting_bytes >= _BATCH or len(self._waiting) >= _BATCH_COUNT:
                self._flush()
        return digest.hex()

    def _flush(self) -> None:
        held = self._held(list(self._waiting))
        fresh = {digest: data for digest, data in self._waiting.items() if digest not in held} if held else self._waiting
        self._waiting, self._waiting_bytes = {}, 0
        if not fresh:
            return
        with storing(self._staging):
            self._append(fresh)
        if self._end >= PACK_SIZE:
            self._publish()

    def _append(self, blobs: dict[bytes, bytes]) -> None:
        if self._path is None:
            path = staging_file(self._staging)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._path = path
        size = sum(map(len, blobs.values()))
        # Writing at a fixed place makes the repetition after a short write correct.
        done = os.pwritev(self._descriptor, list(blobs.values()), self._end)
        if done < size:
            rest = memoryview(b"".join(blobs.values()))
            while done < size:
                done += os.pwrite(self._descriptor, rest[done:], self._end + done)
        for digest, data in blobs.items():
            self._entries.append((digest, self._end, len(data)))
            self._end += len(data)
        self.written += size

    def _finish(self) -> None:
        if self._path is None and len(self._waiting) <= _FEW:
            held = self._held(list(self._waiting))
            for digest, data in self._waiting.items():
                if digest not in held:
                    self._put_whole(digest.hex(), data)
                    self.written += len(data)
            return
        if self._waiting:
            self._flush()
        self._publish()

    def _publish(self) -> None:
        """Pack first, index last: whoever sees the index can read every blob it names."""
        if self._path is None:
            return
        name = new_key()
        with storing(self._staging):
            os.fchmod(self._descriptor, 0o444)
        self._objects.put(pack_key(name), self._path, move=True)
        self._objects.put(index_key(name), encode_index(self._entries, self._end))
        self._discard()
        self._published()

    def _discard(self) -> None:
        if self._path is not None:
            os.close(self._descriptor)
            self._path.unlink(missing_ok=True)
        self._path, self._descriptor, self._end, self._entries = None, -1, 0, []

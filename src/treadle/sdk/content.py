"""Bytes by digest on a server, with the methods that working with folders and outputs asks of a store of blobs.

Only what the server lacks is sent: small blobs many at a time, large files each as a stream, several side by side. What is fetched
is verified before anybody sees it, and kept in a local cache that can be removed at any time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from blake3 import blake3

from treadle.contract import content as words
from treadle.contract.content import MOST_BYTES, MOST_DIGESTS, SMALL_CONTENT, Stream
from treadle.core.content import digest_bytes, digest_file, is_digest
from treadle.core.errors import Damaged, DataError, StorageFull, UsageError

_BLOCK = 1 << 20
_SIDE_BY_SIDE = 4
_BATCH_BYTES = MOST_BYTES // 2
_BATCH_COUNT = 2000
_NO_ROOM = 28


class RemoteBlobs:
    """The blobs of a server. `call` performs operations there; `cache` is a local folder."""

    def __init__(self, call: Callable[..., Any], cache: Path, where: str) -> None:
        self.cache = cache
        self._call = call
        self._where = where

    def __repr__(self) -> str:
        return f"blobs of {self._where}"

    # --- storing -----------------------------------------------------------------------------------------------------

    def missing(self, digests: Iterable[str]) -> set[str]:
        """Those of the digests that the server does not hold."""
        wanted = sorted(set(digests))
        absent: set[str] = set()
        for at in range(0, len(wanted), MOST_DIGESTS):
            request = words.FindMissing(digests=tuple(wanted[at : at + MOST_DIGESTS]))
            absent.update(self._call(words.find_missing, request).digests)
        return absent

    def put(self, data: bytes) -> str:
        """Stores these bytes; answers their digest."""
        digest = digest_bytes(data)
        if self.missing([digest]):
            self._send(digest, [bytes(data[at : at + _BLOCK]) for at in range(0, len(data), _BLOCK)])
        return digest

    def put_changed(self, data: bytes, base: str) -> str:  # noqa: ARG002 - what is shared with `base` is for the server to find
        return self.put(data)

    def adopt(self, path: str | os.PathLike[str], digest: str | None = None, *, move: bool = False, size: int | None = None) -> str:
        """Stores a local file; answers its digest. With `move` it is removed afterwards.

        Raises DataError when it does not have the given `size` (bytes), or is written to while it is sent.
        """
        found = os.stat(path).st_size
        if size is not None and found != size:
            raise DataError(
                f"`{Path(path).name}` has {found} bytes, not {size}: it changed while it was being stored", where=os.fspath(path)
            )
        digest = digest or digest_file(path)
        if self.missing([digest]):
            self._send(digest, FileBlocks(path))
        if move:
            os.unlink(path)
        return digest

    def adopt_changed(self, path: str | os.PathLike[str], base: str) -> str:  # noqa: ARG002
        return self.adopt(path)

    def packing(self) -> Sending:
        """Takes small blobs one by one and sends them together: `with blobs.packing() as pack: pack.add(data)`."""
        return Sending(self)

    def send_many(self, blobs: dict[str, bytes]) -> None:
        """Stores what the server lacks of these blobs (digest -> bytes), in one request."""
        absent = self.missing(blobs)
        if absent:
            self._call(words.put_many, words.PutMany(blobs=tuple(blobs[digest] for digest in sorted(absent))))

    def _send(self, digest: str, blocks: Iterable[bytes]) -> None:
        self._call(words.put_content, words.PutContent(digest=digest), stream=blocks)

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, digest: str) -> bytes:
        """All bytes of a blob, verified."""
        cached = self._place(digest)
        if cached.exists():
            data = cached.read_bytes()
            if digest_bytes(data) == digest:
                return data
            cached.unlink(missing_ok=True)  # damaged here: fetched anew
        return b"".join(self._verified(digest))

    def local(self, digest: str) -> Path:
        """A verified local file with these bytes in the cache, never to be written to."""
        place = self._place(digest)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            self.export(digest, place, mode=0o444)
        return place

    def export(self, digest: str, path: str | os.PathLike[str], *, executable: bool = False, mode: int | None = None) -> None:
        """Writes a verified copy, replacing what lies at `path`; the folder must exist."""
        target = Path(path)
        growing = target.with_name(f".treadle-{os.urandom(8).hex()}")
        try:
            with _room(target), open(growing, "xb") as file:
                for block in self._verified(digest):
                    file.write(block)
                os.fchmod(file.fileno(), mode if mode is not None else 0o755 if executable else 0o644)
            growing.rename(target)
        finally:
            growing.unlink(missing_ok=True)

    def export_many(self, targets: Sequence[Any], done: Callable[[Any, os.stat_result], None]) -> None:
        """Writes verified copies (each target names `digest`, `path` and `executable`) where nothing lies yet; `done` is told of each."""
        by_digest: dict[str, list[Any]] = {}
        for target in targets:
            by_digest.setdefault(target.digest, []).append(target)
        waiting = list(by_digest)
        with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="treadle-fetch") as pool:
            large: list[Future[None]] = []
            while waiting:
                batch = waiting[:_BATCH_COUNT]
                blobs = self._call(words.read_many, words.ReadMany(digests=tuple(batch))).blobs
                for digest, data in zip(batch, blobs, strict=False):
                    if data is None:
                        large.append(pool.submit(self._write_large, by_digest[digest], done))
                    elif digest_bytes(data) != digest:
                        raise self._damaged(digest)
                    else:
                        for target in by_digest[digest]:
                            _write(target, data, done)
                waiting = waiting[len(blobs) :]
            for future in large:
                future.result()

    def _write_large(self, targets: Sequence[Any], done: Callable[[Any, os.stat_result], None]) -> None:
        for target in targets:
            self.export(target.digest, target.path, executable=target.executable)
            done(target, os.stat(target.path))

    def _verified(self, digest: str) -> Iterator[bytes]:
        """The blocks of a blob; raises Damaged after the last one when they were not what was asked for."""
        if not is_digest(digest):
            raise UsageError(f"`{digest}` is not a digest", hint="a digest is 64 hexadecimal characters")
        stream: Stream = self._call(words.get_content, words.GetContent(digest=digest))
        hasher = blake3()
        for block in stream.blocks:
            hasher.update(block)
            yield block
        if hasher.hexdigest() != digest:
            raise self._damaged(digest)

    def _damaged(self, digest: str) -> Damaged:
        return Damaged(f"the bytes of {digest[:12]} did not arrive as they were stored", where=self._where, hint="repeat the command")

    def _place(self, digest: str) -> Path:
        if not is_digest(digest):
            raise UsageError(f"`{digest}` is not a digest", hint="a digest is 64 hexadecimal characters")
        return self.cache / "content" / digest[:2] / digest[2:]


class Sending:
    """Collects small blobs into requests; a few requests are under way while the next one is collected."""

    def __init__(self, blobs: RemoteBlobs) -> None:
        self._blobs = blobs
        self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="treadle-send")
        self._under_way: list[Future[None]] = []
        self._batch: dict[str, bytes] = {}
        self._size = 0
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._flush()
                for future in self._under_way:
                    future.result()
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, data: bytes) -> str:
        """Takes a blob; answers its digest. All of them are stored when the block has ended."""
        digest = digest_bytes(data)
        if digest in self._seen:
            return digest
        self._seen.add(digest)
        if len(data) >= SMALL_CONTENT:
            self._blobs.put(data)
            return digest
        if self._batch and (self._size + len(data) > _BATCH_BYTES or len(self._batch) >= _BATCH_COUNT):
            self._flush()
        self._batch[digest] = data
        self._size += len(data)
        return digest

    def _flush(self) -> None:
        if not self._batch:
            return
        batch, self._batch, self._size = self._batch, {}, 0
        if len(self._under_way) >= _SIDE_BY_SIDE:  # no more in memory than are sent side by side
            self._under_way.pop(0).result()
        self._under_way.append(self._pool.submit(self._blobs.send_many, batch))


class FileBlocks(list[bytes]):
    """The blocks of a file, read anew each time they are asked for: so sending them can be repeated."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        with open(self._path, "rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                yield block


def _write(target: Any, data: bytes, done: Callable[[Any, os.stat_result], None]) -> None:
    mode = 0o777 if target.executable else 0o666
    with _room(Path(target.path)):
        descriptor = os.open(target.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            about = os.fstat(descriptor)
    done(target, about)


class _room:  # noqa: N801 - reads as a function where it is used
    """Says StorageFull where the disk has no room for what was fetched."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, OSError) and error.errno == _NO_ROOM:
            raise StorageFull("no room left for what was fetched", where=str(self._place), hint="make room and repeat") from error

"""Content addressing: every blob lies under the digest of its bytes, once.

Keys in the object store: `content/ab/cdef..` a blob as it is; `content/ab/cdef...recipe` one written as ranges of others;
`packs/NAME.pack` and `.index` many small ones together. What a reader is told about is always complete: objects appear whole,
a pack's index appears after the pack, a recipe after what it names.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from blake3 import blake3

from treadle.blobs import recipe as recipes
from treadle.blobs.exporting import Done, Target, export_many
from treadle.blobs.folder import STAGING, Folder, staging_file
from treadle.blobs.objects import Objects
from treadle.blobs.packing import PackWriter
from treadle.blobs.packs import FOLDER as PACKS
from treadle.blobs.packs import Packs, Place, index_key, pack_key
from treadle.blobs.recipe import Recipe
from treadle.blobs.sweep import Flaw, Swept, sweep, verify
from treadle.blobs.transfer import copy_hashed, storing, temporary, write_all
from treadle.core.content import digest_bytes, digest_file, is_digest
from treadle.core.errors import Damaged, DataError, MissingContent, UsageError

CONTENT = "content/"
_BLOCK = 4 << 20  # bytes handed out at a time by `stream`
_STILL_YOUNG = 3600.0  # seconds: content found younger than this is not renewed; far below any sensible grace period
_AT_ONCE = 16  # requests to an object store under way
_LIST_FROM = 8  # so many digests in one folder of the store, and listing it beats asking for each


class Whole(msgspec.Struct, frozen=True):
    """A blob that is an object of its own."""

    key: str
    size: int


def content_key(digest: str) -> str:
    return f"{CONTENT}{digest[:2]}/{digest[2:]}"


class Blobs:
    """Bytes by address. Safe for several threads and processes at once; nobody ever waits for a lock.

    `objects` is where they lie, `cache` a local folder for copies of what has no local file of its own. Every method that
    takes a digest raises MissingContent when the store does not hold it, and Damaged when its bytes are not what they should be;
    every method that stores raises StorageFull or HomeError, after which nothing half-written stays.
    """

    def __init__(self, objects: Objects, cache: str | os.PathLike[str]) -> None:
        self.objects = objects
        self.cache = Path(cache)
        self.folder = objects if isinstance(objects, Folder) else None
        self.staging = self.folder.staging if self.folder else self.cache / STAGING
        self.packs = Packs(objects, self._local_index)

    def __repr__(self) -> str:
        return f"blobs in {self.objects!r}"

    # --- storing ------------------------------------------------------------------------------------------------------

    def put(self, data: bytes) -> str:
        """Stores these bytes; answers their digest."""
        digest = digest_bytes(data)
        if not self._held([digest]):
            self.objects.put(content_key(digest), data)
        return digest

    def put_many(self, blobs: Iterable[bytes]) -> list[str]:
        """Stores many blobs, the small ones together in packs; answers their digests in order."""
        with self.packing() as pack:
            return [pack.add(data) for data in blobs]

    def packing(self) -> PackWriter:
        """A writer that packs small blobs given to it one by one: `with blobs.packing() as pack: pack.add(data)`."""
        self.packs.refresh()  # what others have packed meanwhile need not be packed again
        # In a bucket every look for a single object is a request, which costs more than a small blob stored twice.
        held = self._held_raw if self.folder else self._held_in_packs
        return PackWriter(self.objects, self.staging, held, self._put_whole, self.packs.refresh)

    def repacking(self) -> PackWriter:
        """A writer that stores every blob given to it anew, also those that are stored already; only a sweep needs that."""

        def put_whole(digest: str, data: bytes) -> None:
            self.objects.put(content_key(digest), data)

        return PackWriter(self.objects, self.staging, lambda _: set(), put_whole, self.packs.refresh)

    def put_changed(self, data: bytes, base: str) -> str:
        """Like `put`, storing only what differs from the blob `base`."""
        from treadle.blobs.rewriting import put_changed

        return put_changed(self, data, base)

    def adopt(self, path: str | os.PathLike[str], digest: str | None = None, *, move: bool = False, size: int | None = None) -> str:
        """Stores a local file; answers its digest.

        With `move` the file is taken away and becomes the stored one if it can; otherwise it is copied, sharing blocks where the
        file system can. A `digest` that the caller has computed is believed. Raises DataError when the file cannot be read, or
        does not have the given `size` (bytes).
        """
        source = Path(path)
        found = self._size_of(source)
        if size is not None and found != size:
            raise DataError(f"`{source.name}` has {found} bytes, not {size}: it changed while it was being stored", where=str(source))
        if digest is None and not move and self.folder:
            return self._adopt_copy(source)
        digest = digest or digest_file(source)
        if not self._held([digest]):
            self.objects.put(content_key(digest), source, move=move)
        elif move:
            source.unlink(missing_ok=True)
        return digest

    def adopt_changed(self, path: str | os.PathLike[str], base: str) -> str:
        """Like `adopt`, for a new version of the large blob `base`: stores only what differs from it."""
        from treadle.blobs.rewriting import adopt_changed

        return adopt_changed(self, Path(path), base)

    def put_recipe(self, digest: str, recipe: Recipe) -> None:
        """Stores how a blob is put together from others; the caller has checked that it gives the digest."""
        if not self._held([digest]):
            self.objects.put(content_key(digest) + recipes.SUFFIX, recipes.encode(recipe))

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self, digest: str) -> bytes:
        """All bytes of a blob, verified."""
        return b"".join(self.stream(digest))

    def stream(self, digest: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a blob in blocks, from `start` on, at most `length` of them.

        When the whole blob is asked for it is verified, and Damaged is raised after the last block; a part cannot be verified.
        """
        lies = self.locate(digest)
        left = lies.size - start if length is None else min(length, lies.size - start)
        hasher = blake3() if start == 0 and left == lies.size else None
        for block in self._blocks(digest, lies, start, left):
            if hasher:
                hasher.update(block)
            yield block
        if hasher and hasher.hexdigest() != digest:
            raise Damaged(f"the stored bytes of {digest[:12]} are damaged", where=repr(self.objects), hint="treadle data verify")

    def range(self, digest: str, start: int, length: int) -> bytes:
        """`length` bytes from `start` on, not verified."""
        return b"".join(self._blocks(digest, self.locate(digest), start, length))

    def size(self, digest: str) -> int:
        """The size of a blob in bytes."""
        return self.locate(digest).size

    def missing(self, digests: Iterable[str]) -> set[str]:
        """Those of the digests that are not stored. The others are made young, so that no sweep takes them before they are used."""
        wanted = set(digests)
        absent = wanted - self._held(wanted)
        if absent:
            self.packs.refresh()  # others, or another object of this class, may have packed them since
            absent -= {raw.hex() for raw in self._held_in_packs([bytes.fromhex(digest) for digest in absent])}
        return absent

    def local(self, digest: str) -> Path:
        """A local file with these bytes, never to be written to: the stored file itself, or a verified copy in the cache."""
        lies = self.locate(digest)
        if self.folder and isinstance(lies, Whole):
            return self.folder.path(lies.key)
        path = self.cache / "content" / digest[:2] / digest[2:]
        if not path.exists():
            with storing(self.cache):
                path.parent.mkdir(parents=True, exist_ok=True)
                with temporary(staging_file(self.cache / STAGING)) as growing:
                    self._write(digest, growing, 0o444)
                    os.rename(growing, path)
        return path

    def export(self, digest: str, path: str | os.PathLike[str], *, executable: bool = False) -> None:
        """Writes a verified copy that the user may edit, replacing what lies at `path`; the folder must exist."""
        target = Path(path)
        with storing(target), temporary(target.with_name(f".treadle-{os.urandom(8).hex()}")) as growing:
            self._write(digest, growing, 0o755 if executable else 0o644)
            os.rename(growing, target)

    def export_many(self, targets: Sequence[Target], done: Done) -> None:
        """Writes many verified copies to paths at which nothing lies; `done` is told of each. See `exporting.py`."""
        export_many(self, targets, done)

    def locate(self, digest: str) -> Whole | Place | Recipe:
        """Where and how a blob is stored."""
        if not is_digest(digest):
            raise UsageError(f"`{digest}` is not a digest", hint="a digest is 64 hexadecimal characters")
        raw = bytes.fromhex(digest)
        place = self.packs.find(raw)
        if place:
            return place
        key = content_key(digest)
        held = self.objects.find(key)
        if held:
            return Whole(key, held.size)
        with contextlib.suppress(MissingContent):
            return recipes.decode(self.objects.read(key + recipes.SUFFIX), digest)
        self.packs.refresh()
        place = self.packs.find(raw)
        if place:
            return place
        raise MissingContent(f"the store does not hold {digest}", where=repr(self.objects), hint="treadle data verify")

    def places(self, digests: Sequence[str]) -> dict[str, Place]:
        """Of many digests those that lie in packs, with their places."""
        found = self.packs.find_many([bytes.fromhex(digest) for digest in digests])
        return {raw.hex(): place for raw, place in found.items()}

    # --- cleaning up --------------------------------------------------------------------------------------------------

    def sweep(self, keep: set[str], older_than_seconds: float, *, dry_run: bool = False) -> Swept:
        """Removes what is not in `keep` and is older than that; what kept recipes are made of stays. See `sweep.py`."""
        return sweep(self, keep, older_than_seconds, dry_run=dry_run)

    def verify(self, expected: set[str] | None = None) -> Iterator[Flaw]:
        """Reads everything; yields what is damaged, and which of the `expected` digests are missing."""
        return verify(self, expected)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _write(self, digest: str, target: Path, mode: int) -> None:
        lies = self.locate(digest)
        if self.folder and isinstance(lies, Whole):
            if copy_hashed(self.folder.path(lies.key), target, mode) != digest:
                raise Damaged(f"the stored bytes of {digest[:12]} are damaged", where=repr(self.objects), hint="treadle data verify")
            return
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            for block in self.stream(digest):
                write_all(descriptor, block)
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)

    def _blocks(self, digest: str, lies: Whole | Place | Recipe, start: int, length: int) -> Iterator[bytes]:
        if isinstance(lies, Recipe):
            for segment in lies.between(start, length):
                yield from self._blocks(segment.source, self.locate(segment.source), segment.start, segment.length)
            return
        key, offset = (pack_key(lies.pack), lies.offset) if isinstance(lies, Place) else (lies.key, 0)
        end = min(start + length, lies.size)
        while start < end:
            try:
                block = self.objects.read(key, offset + start, min(_BLOCK, end - start))
            except MissingContent:
                self.packs.refresh()
                now = self.locate(digest)
                if now == lies:
                    raise
                yield from self._blocks(digest, now, start, end - start)  # a sweep has written the pack anew meanwhile
                return
            if not block:
                raise Damaged(f"`{key}` is shorter than it should be", where=repr(self.objects), hint="treadle data verify")
            start += len(block)
            yield block

    def _adopt_copy(self, source: Path) -> str:
        with storing(self.staging), temporary(staging_file(self.staging)) as growing:
            digest = copy_hashed(source, growing)
            if not self._held([digest]):
                self.objects.put(content_key(digest), growing, move=True)
        return digest

    def _put_whole(self, digest: str, data: bytes) -> None:
        if not self._held([digest]):
            self.objects.put(content_key(digest), data)

    def _held(self, digests: Iterable[str]) -> set[str]:
        return {raw.hex() for raw in self._held_raw([bytes.fromhex(digest) for digest in digests])}

    def _held_raw(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those that are stored; each has been made young, so that a sweep that runs meanwhile spares it."""
        found = self._held_in_packs(digests)
        folders: dict[str, list[bytes]] = {}
        for raw in digests:
            if raw not in found:
                folders.setdefault(raw[:1].hex(), []).append(raw)
        maybe: list[bytes] = []
        for folder, members in folders.items():
            maybe += self._listed(folder, members) if len(members) >= _LIST_FROM else members
        if self.folder or len(maybe) < _LIST_FROM:
            return found.union(filter(self._held_alone, maybe))
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="treadle-find") as pool:
            return found.union(raw for raw, held in zip(maybe, pool.map(self._held_alone, maybe), strict=True) if held)

    def _held_alone(self, raw: bytes) -> bool:
        key = content_key(raw.hex())
        return self._renewed(key) or self._renewed(key + recipes.SUFFIX)

    def _held_in_packs(self, digests: Sequence[bytes]) -> set[bytes]:
        places = self.packs.find_many(digests)
        alive = {name: self._renewed(index_key(name)) for name in {place.pack for place in places.values()}}
        if not all(alive.values()):
            self.packs.refresh()  # a sweep was here: what it kept lies in another pack now
            return self._held_in_packs(digests)
        return set(places)

    def _listed(self, folder: str, members: list[bytes]) -> list[bytes]:
        names = {held.key.rpartition("/")[2].removesuffix(recipes.SUFFIX) for held in self.objects.list(f"{CONTENT}{folder}/")}
        return [raw for raw in members if raw.hex()[2:] in names]

    def _renewed(self, key: str) -> bool:
        held = self.objects.find(key)
        if held and time.time() - held.modified > _STILL_YOUNG:
            held = self.objects.find(key, renew=True)
        return held is not None

    def _local_index(self, name: str) -> Path:
        if self.folder:
            path = self.folder.path(index_key(name))
            if not path.exists():
                raise MissingContent(f"the store holds no pack `{name}`")
            return path
        path = self.cache / PACKS / name
        if not path.exists():
            data = self.objects.read(index_key(name))
            with storing(self.cache):
                path.parent.mkdir(parents=True, exist_ok=True)
                with temporary(staging_file(self.cache / STAGING)) as growing:
                    growing.write_bytes(data)
                    os.rename(growing, path)
        return path

    def _size_of(self, path: Path) -> int:
        try:
            with open(path, "rb", buffering=0) as file:
                return os.fstat(file.fileno()).st_size
        except OSError as error:
            raise DataError(f"`{path.name}` cannot be read: {error.strerror}", where=str(path)) from error

"""Storing a new version of a large blob as what it shares with the former one, plus one blob of what is new."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

from treadle.blobs.changes import Read, Shared, compare
from treadle.blobs.folder import staging_file
from treadle.blobs.recipe import Recipe, Segment, joined
from treadle.blobs.transfer import storing, temporary, write_all
from treadle.core.content import digest_bytes, digest_file

if TYPE_CHECKING:
    from treadle.blobs.addressed import Blobs

_SMALLEST = 32 << 10  # bytes; below, a blob of its own is cheaper than a recipe
_BLOCK = 4 << 20  # bytes read at a time
_LARGEST_SHARE = 0.5  # of the size may be new, or the blob is stored whole: reading it is simpler and faster


def put_changed(blobs: Blobs, data: bytes, base: str) -> str:
    """Stores `data`, of which most is expected to lie in the blob `base` already."""
    digest = digest_bytes(data)
    if len(data) < _SMALLEST or not blobs.missing([digest]):
        return blobs.put(data)
    if not _store(blobs, digest, lambda start, length: data[start : start + length], len(data), base):
        blobs.put(data)
    return digest


def adopt_changed(blobs: Blobs, path: Path, base: str) -> str:
    """Stores a file of which most is expected to lie in the blob `base` already."""
    size = os.stat(path).st_size if path.is_file() else 0
    if size < _SMALLEST:
        return blobs.adopt(path)
    digest = digest_file(path)
    if not blobs.missing([digest]):
        return digest
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _store(blobs, digest, lambda start, length: os.pread(descriptor, length, start), size, base):
            return digest
    finally:
        os.close(descriptor)
    return blobs.adopt(path)


def _store(blobs: Blobs, digest: str, read: Read, size: int, base: str) -> bool:
    """Stores the recipe; False when that cannot be done or does not pay."""
    if blobs.missing([base]):
        return False
    lies = blobs.locate(base)
    known = lies.segments if isinstance(lies, Recipe) else (Segment(base, 0, lies.size),)
    former = Recipe(size=lies.size, segments=tuple(known))
    if blobs.missing({segment.source for segment in known}):
        return False
    with _reading(blobs, base) as read_base:
        stretches = compare(read, size, read_base, former.size)
        new = [stretch for stretch in stretches if stretch.base is None]
        if sum(stretch.length for stretch in new) > size * _LARGEST_SHARE:
            return False
        with storing(blobs.staging), temporary(staging_file(blobs.staging)) as growing:
            fresh = _write_fresh(growing, read, new)
            # Put together again before it is believed: this finds a damaged base, and a file that changed while it was compared.
            if _digest_of(stretches, read_base, growing) != digest:
                return False
            if new:
                blobs.adopt(growing, fresh, move=True)
    blobs.put_recipe(digest, Recipe(size=size, segments=tuple(joined(_segments(stretches, former, fresh)))))
    return True


@contextlib.contextmanager
def _reading(blobs: Blobs, base: str) -> Iterator[Read]:
    """Reads parts of the base: where it is stored, or from a local copy where every part would be a request."""
    if blobs.folder:
        yield lambda start, length: blobs.range(base, start, length)
        return
    descriptor = os.open(blobs.local(base), os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield lambda start, length: os.pread(descriptor, length, start)
    finally:
        os.close(descriptor)


def _write_fresh(path: Path, read: Read, new: list[Shared]) -> str:
    """Writes all that is new, one piece after the other; answers its digest."""
    hasher = blake3()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for stretch in new:
            for start in range(stretch.start, stretch.start + stretch.length, _BLOCK):
                block = read(start, min(_BLOCK, stretch.start + stretch.length - start))
                hasher.update(block)
                write_all(descriptor, block)
    finally:
        os.close(descriptor)
    return hasher.hexdigest()


def _digest_of(stretches: list[Shared], read_base: Read, fresh: Path) -> str:
    hasher = blake3()
    with open(fresh, "rb") as new:
        for stretch in stretches:
            for done in range(0, stretch.length, _BLOCK):
                length = min(_BLOCK, stretch.length - done)
                hasher.update(new.read(length) if stretch.base is None else read_base(stretch.base + done, length))
    return hasher.hexdigest()


def _segments(stretches: list[Shared], former: Recipe, fresh: str) -> Iterator[Segment]:
    used = 0
    for stretch in stretches:
        if stretch.base is None:
            yield Segment(fresh, used, stretch.length)
            used += stretch.length
        else:
            yield from former.between(stretch.base, stretch.length)

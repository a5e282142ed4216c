"""Storing a new version of a large blob as what it shares with the former one, plus one blob of what is new."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

from treadle.blobs.changes import Read, Shared, compare
from treadle.blobs.folder import staging_file
from treadle.blobs.recipe import Recipe, Segment, joined
from treadle.blobs.transfer import storing, temporary, write_all
from treadle.core.content import digest_bytes, digest_file
from treadle.core.errors import MissingContent

if TYPE_CHECKING:
    from treadle.blobs.addressed import Blobs

_SMALLEST = 32 << 10  # bytes; below, a blob of its own is cheaper than a recipe
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
    if blobs.missing({segment.source for segment in known}):
        return False
    former = Recipe(size=lies.size, segments=tuple(known))
    stretches = compare(read, size, lambda start, length: blobs.range(base, start, length), former.size)
    if sum(stretch.length for stretch in stretches if stretch.base is None) > size * _LARGEST_SHARE:
        return False
    try:
        fresh = _put_fresh(blobs, read, stretches)
        recipe = Recipe(size=size, segments=tuple(joined(_segments(stretches, former, fresh))))
        # Put together again before it is believed: this finds a damaged base, and a file that changed while it was compared.
        if _digest_of(blobs, recipe) != digest:
            return False
    except MissingContent:
        return False
    blobs.put_recipe(digest, recipe)
    return True


def _put_fresh(blobs: Blobs, read: Read, stretches: list[Shared]) -> str:
    """Stores all new bytes as one blob; answers its digest, or nothing if there are none."""
    new = [stretch for stretch in stretches if stretch.base is None]
    if not new:
        return ""
    with storing(blobs.staging), temporary(staging_file(blobs.staging)) as growing:
        hasher = blake3()
        descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            for stretch in new:
                for start in range(stretch.start, stretch.start + stretch.length, 1 << 20):
                    block = read(start, min(1 << 20, stretch.start + stretch.length - start))
                    hasher.update(block)
                    write_all(descriptor, block)
        finally:
            os.close(descriptor)
        return blobs.adopt(growing, hasher.hexdigest(), move=True)


def _segments(stretches: list[Shared], former: Recipe, fresh: str) -> Iterable[Segment]:
    used = 0
    for stretch in stretches:
        if stretch.base is None:
            yield Segment(fresh, used, stretch.length)
            used += stretch.length
        else:
            yield from former.between(stretch.base, stretch.length)


def _digest_of(blobs: Blobs, recipe: Recipe) -> str:
    hasher = blake3()
    for segment in recipe.segments:
        for start in range(segment.start, segment.start + segment.length, 4 << 20):
            hasher.update(blobs.range(segment.source, start, min(4 << 20, segment.start + segment.length - start)))
    return hasher.hexdigest()

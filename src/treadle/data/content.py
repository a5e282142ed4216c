"""The operations on bytes by digest. What is stored is verified while it arrives; nothing of it is believed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence

from blake3 import blake3

from treadle.blobs import Blobs
from treadle.blobs.folder import staging_file
from treadle.blobs.transfer import storing, temporary, write_all
from treadle.contract import content as words
from treadle.contract.content import MOST_BYTES, MOST_DIGESTS, SMALL_CONTENT, Stream
from treadle.core.content import is_digest
from treadle.core.errors import Damaged, DataError, TooLarge, UsageError
from treadle.core.operation import Call, performs
from treadle.data import manifest


@performs(words.find_missing)
def find_missing(request: words.FindMissing, _call: Call, blobs: Blobs) -> words.Missing:
    return words.Missing(digests=tuple(sorted(blobs.missing(_checked(request.digests)))))


@performs(words.put_content)
def put_content(request: words.PutContent, _call: Call, blobs: Blobs, stream: Iterable[bytes]) -> words.StoredContent:
    """Bytes with another digest are a DataError, and nothing is stored."""
    _checked([request.digest])
    if not blobs.missing([request.digest]):
        return words.StoredContent(digest=request.digest, size=blobs.size(request.digest), new=False)
    with storing(blobs.staging), temporary(staging_file(blobs.staging)) as growing:
        found, size = written(growing, stream)
        if found != request.digest:
            raise DataError(f"the {size} bytes that arrived have the digest {found}, not {request.digest}", hint="send the content again")
        blobs.adopt(growing, found, move=True)
    return words.StoredContent(digest=found, size=size, new=True)


@performs(words.put_many)
def put_many(request: words.PutMany, _call: Call, blobs: Blobs) -> words.PutDigests:
    size = sum(map(len, request.blobs))
    if size > MOST_BYTES:
        raise TooLarge(f"{size} bytes are more than one request stores ({MOST_BYTES})", hint="store less at once, or each blob by itself")
    return words.PutDigests(digests=tuple(blobs.put_many(request.blobs)))


@performs(words.read_many)
def read_many(request: words.ReadMany, _call: Call, blobs: Blobs) -> words.ManyBlobs:
    found: list[bytes | None] = []
    size = 0
    for digest in _checked(request.digests):
        here = blobs.size(digest)
        small = here < SMALL_CONTENT
        if small and found and size + here > MOST_BYTES:
            break
        size += here if small else 0
        found.append(blobs.read(digest) if small else None)
    return words.ManyBlobs(blobs=tuple(found))


@performs(words.get_content)
def get_content(request: words.GetContent, _call: Call, blobs: Blobs) -> Stream:
    """A range that lies behind the end is empty. Nothing is read before the first block is asked for."""
    total = blobs.size(request.digest)
    start = max(0, total + request.start) if request.start < 0 else min(request.start, total)
    length = total - start if request.length is None else max(0, min(request.length, total - start))
    return Stream(digest=request.digest, total=total, start=start, length=length, blocks=_blocks(blobs, request.digest, start, length))


@performs(words.list_tree)
def list_tree(request: words.ListTree, _call: Call, blobs: Blobs) -> list[words.TreeFile]:
    if not 0 < request.limit <= MOST_DIGESTS:
        raise UsageError(f"`limit` is a number from 1 to {MOST_DIGESTS}")
    data = blobs.read(request.digest)  # verified, so what cannot be decoded below was never a manifest
    try:
        files = manifest.decode(data)
    except Damaged as error:
        raise UsageError(f"{request.digest[:12]} is not the manifest of a folder or dataset version") from error
    # Names that are not UTF-8 are shown with replacements: what is answered here is looked at, never written to a disk.
    known = sorted((manifest.shown(path), entry) for path, entry in files.items())
    behind = ((path, entry) for path, entry in known if path > request.after)
    return [
        words.TreeFile(path=path, size=entry.size, digest=entry.digest, executable=entry.executable)
        for path, entry in itertools.islice(behind, request.limit)
    ]


def _blocks(blobs: Blobs, digest: str, start: int, length: int) -> Iterator[bytes]:
    yield from blobs.stream(digest, start, length)


def written(path: os.PathLike[str], stream: Iterable[bytes]) -> tuple[str, int]:
    """Writes what arrives into a new file; answers its digest and size."""
    hasher = blake3()
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for block in stream:
            hasher.update(block)
            write_all(descriptor, block)
            size += len(block)
        os.fchmod(descriptor, 0o444)
    finally:
        os.close(descriptor)
    return hasher.hexdigest(), size


def _checked(digests: Sequence[str]) -> Sequence[str]:
    """The digests, all of them well formed and not too many; raises UsageError otherwise."""
    if len(digests) > MOST_DIGESTS:
        raise TooLarge(f"{len(digests)} digests are more than one request may name ({MOST_DIGESTS})", hint="ask in several requests")
    for digest in digests:
        if not is_digest(digest):
            raise UsageError(f"`{digest[:80]}` is not a digest", hint="a digest is 64 hexadecimal characters")
    return digests

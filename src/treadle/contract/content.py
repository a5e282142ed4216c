"""Words about bytes by digest, as clients and workers exchange them with a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from treadle.core.operation import GET, POST, PUT, operation

MOST_DIGESTS = 20_000
"""Digests that one request may name."""

MOST_BYTES = 16 << 20
"""Bytes that `content.put_many` takes and `content.read_many` answers at once."""

SMALL_CONTENT = 1 << 20
"""Bytes: content below this size travels together with others, larger content by itself, as a stream."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that is raw bytes: `length` of them from `start` on, out of `total`, in `blocks`.

    Blocks are made while they are read, so a stream is read once. When all of it is read it is verified: the last step raises
    Damaged where the bytes do not have their digest. `digest` names the whole. Few bytes may stand in `ready` as well, read and
    verified: who has that needs no blocks.
    """

    digest: str
    total: int
    start: int
    length: int
    blocks: Iterator[bytes]
    ready: bytes | None = None


class FindMissing(msgspec.Struct, frozen=True, kw_only=True):
    """Which of these digests (at most MOST_DIGESTS) are not stored? The others are spared by a sweep that runs meanwhile."""

    digests: tuple[str, ...]


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    digests: tuple[str, ...]


find_missing = operation(
    "content.missing", POST, "/content/missing", FindMissing, Missing, allow="content:read", summary="Which digests are not stored."
)


class PutContent(msgspec.Struct, frozen=True, kw_only=True):
    digest: str


class StoredContent(msgspec.Struct, frozen=True, kw_only=True):
    """Stored bytes; `new` is False when they were stored before, and then what was sent may not have been read."""

    digest: str
    size: int
    new: bool


put_content = operation(
    "content.put",
    PUT,
    "/content/{digest}",
    PutContent,
    StoredContent,
    allow="content:write",
    summary="Store bytes under their digest.",
    body="bytes",
)


class PutMany(msgspec.Struct, frozen=True, kw_only=True):
    """Small blobs, together at most MOST_BYTES."""

    blobs: tuple[bytes, ...]


class PutDigests(msgspec.Struct, frozen=True, kw_only=True):
    """The digests of the blobs, in their order."""

    digests: tuple[str, ...]


put_many = operation(
    "content.put_many", POST, "/content/many", PutMany, PutDigests, allow="content:write", summary="Store many small blobs at once."
)


class ReadMany(msgspec.Struct, frozen=True, kw_only=True):
    """Blobs by digest. Asked for more than MOST_BYTES, the answer holds the first ones."""

    digests: tuple[str, ...]


class ManyBlobs(msgspec.Struct, frozen=True, kw_only=True):
    """The blobs in the order asked for, verified; None for one of SMALL_CONTENT bytes or more, which `content.get` answers.

    The list ends early when it has become large: ask again for the rest.
    """

    blobs: tuple[bytes | None, ...]


read_many = operation(
    "content.read_many", POST, "/content/read", ReadMany, ManyBlobs, allow="content:read", summary="Read many small blobs at once."
)


class GetContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bytes from `start` on (below 0: counted from the end), at most `length`. Over HTTP the header Range says the same."""

    digest: str
    start: int = 0
    length: int | None = None


get_content = operation(
    "content.get", GET, "/content/{digest}", GetContent, Stream, allow="content:read", summary="The bytes under a digest, as a stream."
)


class ListTree(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The files of a folder or dataset version by the digest of its manifest, in order of path, behind the path `after`."""

    digest: str
    after: str = ""
    limit: int = 1000


class TreeFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    path: str
    size: int
    digest: str
    executable: bool = False


list_tree = operation(
    "content.tree", GET, "/trees/{digest}", ListTree, list[TreeFile], allow="content:read", summary="The files that a manifest names."
)

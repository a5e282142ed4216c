"""Digests: the names of bytes and of values.

A digest is 64 hexadecimal characters of BLAKE3 (256 bits). The digest of a *value* is tagged with what kind of value it is, so
that equal bytes of different kinds never share a name, and computed over canonical JSON (sorted keys, no spaces), so that it
does not depend on the order in which a dictionary was filled.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec
from blake3 import blake3

DIGEST_LENGTH = 64
_ENCODER = msgspec.json.Encoder(order="deterministic")
_PARALLEL_FROM = 4 << 20  # below this size starting threads costs more than it saves


def digest_bytes(data: bytes | bytearray | memoryview) -> str:
    """The digest of these bytes."""
    return blake3(data).hexdigest()


def digest_value(tag: str, value: Any) -> str:
    """The digest of a plain value (anything msgspec turns into JSON) as a value of the kind `tag`."""
    hasher = blake3(tag.encode())
    hasher.update(b"\0")
    hasher.update(_ENCODER.encode(value))
    return hasher.hexdigest()


def digest_file(path: str | os.PathLike[str], *, threads: int = 0) -> str:
    """The digest of a file's bytes. `threads` 0 lets large files use all cores, 1 keeps to the calling thread."""
    size = os.stat(path).st_size
    if size < _PARALLEL_FROM:
        with open(path, "rb", buffering=0) as file:
            return blake3(file.read()).hexdigest()
    hasher = blake3(max_threads=threads or blake3.AUTO)
    hasher.update_mmap(path)
    return hasher.hexdigest()


def is_digest(text: str) -> bool:
    """Whether `text` has the form of a digest (so it can safely be part of a path)."""
    return len(text) == DIGEST_LENGTH and all(c in "0123456789abcdef" for c in text)

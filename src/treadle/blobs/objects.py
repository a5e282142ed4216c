"""The object protocol: bytes under a key, in five verbs.

A key is made of parts joined by `/`; every part is made of letters, digits, dot, dash and underscore. An object appears whole
or not at all, is never changed after it appeared, and two writers of one key write equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec


class Held(msgspec.Struct, frozen=True):
    """An object that is there: its key, its size in bytes, and when it was written or renewed (seconds since 1970)."""

    key: str
    size: int
    modified: float


class Objects(Protocol):
    """Where objects lie. Implementations: `Folder` (a local folder) and `Bucket` (S3, GCS, Azure).

    All verbs are safe to call from several threads and processes at once. A full disk is StorageFull, a place that cannot be
    written or reached is HomeError or Unreachable; after either, nothing half-written can be read.
    """

    def put(self, key: str, source: bytes | bytearray | memoryview | Path, *, move: bool = False) -> None:
        """Makes the object out of bytes or of a local file. `move` allows the file to be taken instead of copied."""
        ...

    def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes from `start`, at most `length` of them; raises MissingContent when there is no such object."""
        ...

    def find(self, key: str, *, renew: bool = False) -> Held | None:
        """The object's size and age, or None. `renew` makes an object young again, so that a sweep spares it."""
        ...

    def list(self, prefix: str) -> Iterator[Held]:
        """All objects whose key starts with `prefix`, which is empty or ends with `/`; in no particular order."""
        ...

    def delete(self, key: str) -> None:
        """Removes the object; no object of that key is fine."""
        ...

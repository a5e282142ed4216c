"""The identifiers that Valohai's clients see: our numbers, written as UUIDs (RFC 9562, version 8), so that nothing is kept twice."""

from __future__ import annotations

import re
import uuid
import zlib

KINDS = ("project", "run", "node", "datum", "user", "environment", "commit", "model", "version", "dataset", "deployment", "alias")
"""Their places count: what is new goes to the end."""
_MARK = 0x7EAD1E
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}")


def uuid_of(kind: str, number: int) -> str:
    """The identifier of number `number` (below 2**48) of a kind."""
    place = KINDS.index(kind) + 1
    return str(uuid.UUID(int=(_MARK << 104) | (place << 80) | (0x8 << 76) | (0x8 << 60) | number))


def number_of(kind: str, text: str) -> int | None:
    """The number behind an identifier of ours; None for any other text."""
    words = text.strip().lower()
    if not _UUID.fullmatch(words):
        return None
    value = uuid.UUID(words).int
    number = value & ((1 << 48) - 1)
    return number if uuid_of(kind, number) == words else None


def named(kind: str, name: str) -> str:
    """The identifier of something that has a name and no number: projects are known by theirs."""
    return uuid_of(kind, zlib.crc32(name.encode()) << 8 | len(name.encode()) & 0xFF)

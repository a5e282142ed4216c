"""Values that many runs share, kept once under their digest: definitions, codes, environments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select

from treadle.contract.runs import Code, Environment
from treadle.core.content import digest_value
from treadle.core.definition import Definition
from treadle.core.errors import MissingContent
from treadle.store import tables as t
from treadle.store.database import Transaction

T = TypeVar("T")
_KINDS: dict[type, str] = {Definition: "definition", Code: "code", Environment: "environment"}
_REMEMBERED = 2048
_written: set[tuple[Any, str]] = set()  # documents are never removed, so what was committed once need not be written again
_decoded: dict[str, Any] = {}  # immutable by digest, so remembering them across transactions is safe


def keep(tx: Transaction, values: Iterable[Any]) -> list[str | None]:
    """Writes the values that are not there yet; answers their digests in order (None for None)."""
    digests: list[str | None] = []
    rows: dict[str, dict[str, Any]] = {}
    seen: dict[int, str] = {}  # a thousand calls of one step share one definition object
    for value in values:
        if value is None:
            digests.append(None)
            continue
        digest = seen.get(id(value))
        if digest is None:
            kind = _KINDS[type(value)]
            seen[id(value)] = digest = digest_value(kind, value)
            if (tx.connection.engine.url, digest) not in _written:
                rows[digest] = {"digest": digest, "kind": kind, "body": msgspec.json.encode(value)}
        digests.append(digest)
    if rows:
        tx.insert_new(t.document, list(rows.values()))
        tx.committed.append(lambda: _written.update((tx.connection.engine.url, digest) for digest in rows))
    return digests


def one(tx: Transaction, digest: str | None, kind: type[T]) -> T | None:
    """The document under a digest, None for none; raises MissingContent when it is not there."""
    return fetch(tx, [digest], kind)[digest] if digest else None


def fetch(tx: Transaction, digests: Iterable[str | None], kind: type[T]) -> dict[str, T]:
    """The documents under these digests, decoded; raises MissingContent when one is not there."""
    wanted = {digest for digest in digests if digest is not None}
    unknown = [digest for digest in wanted if digest not in _decoded]
    if unknown:
        if len(_decoded) > _REMEMBERED:
            _decoded.clear()
            unknown = list(wanted)
        for row in tx.all(select(t.document.c.digest, t.document.c.body).where(t.document.c.digest.in_(unknown))):
            _decoded[row.digest] = msgspec.json.decode(row.body, type=kind)
    missing = [digest for digest in wanted if digest not in _decoded]
    if missing:
        raise MissingContent(f"the record has lost the {_KINDS[kind]} {missing[0][:12]}", hint="treadle doctor")
    return {digest: _decoded[digest] for digest in wanted}

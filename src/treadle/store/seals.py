"""Seals over the journal: a chain of digests in which no old entry can be changed, taken away or slipped in unseen.

Entries become visible in the order of their numbers (treadle.store.dialects.take_news_lock), so whatever one statement sees behind the
last seal is complete up to its newest: nothing can still appear below it. Numbers may have gaps, of transactions that came to nothing;
a seal says which numbers there were. Who can write the database can also make all seals anew: against that, one of them is noted
elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from blake3 import blake3
from sqlalchemy import select
from sqlalchemy.engine import Row

from treadle.core.content import digest_value
from treadle.store import tables as t
from treadle.store.database import Transaction

MOST_IN_SEAL = 1000
NO_SEAL = "0" * 64
"""What the first seal follows."""

_LINE = struct.Struct("<q32s")
_FACTS = ("id", "at", "actor", "project", "kind", "subject", "root", "cause", "data")


class Fault(NamedTuple):
    """`what`: changed, removed, inserted, or broken (a seal itself)."""

    what: str
    entry: int
    sentence: str


def newest(tx: Transaction) -> Row[Any] | None:
    """The last seal."""
    return tx.first(select(t.journal_seal).order_by(t.journal_seal.c.number.desc()).limit(1))


def behind(tx: Transaction, number: int, limit: int) -> Sequence[Row[Any]]:
    """Seals with numbers above `number`, in order."""
    of = t.journal_seal.c
    return tx.all(select(t.journal_seal).where(of.number > number).order_by(of.number).limit(limit))


def unsealed(tx: Transaction, limit: int = MOST_IN_SEAL) -> Sequence[Row[Any]]:
    """Entries that no seal covers yet, oldest first: at most so many."""
    last = newest(tx)
    return _entries(tx, last.last if last is not None else None, None, limit)


def seal(tx: Transaction) -> int:
    """Seals the next entries; answers how many, 0 where there are none or somebody else was faster."""
    last = newest(tx)
    rows = _entries(tx, last.last if last is not None else None, None, MOST_IN_SEAL)
    if not rows:
        return 0
    lines = b"".join(_LINE.pack(row.id, digest_of(row)) for row in rows)
    number = last.number + 1 if last is not None else 1
    digest = chained(last.digest if last is not None else NO_SEAL, lines)
    made = {"number": number, "last": rows[-1].id, "covers": len(rows), "entries": lines, "digest": digest, "sealed_at": tx.now}
    tx.insert_new(t.journal_seal, [made])
    kept = tx.all(select(t.journal_seal.c.digest, t.journal_seal.c.sealed_at).where(t.journal_seal.c.number == number))[0]
    return len(rows) if (kept.digest, kept.sealed_at) == (digest, made["sealed_at"]) else 0


def digest_of(row: Row[Any]) -> bytes:
    """The digest of an entry, over everything that it says."""
    return bytes.fromhex(digest_value("entry", {name: getattr(row, name) for name in _FACTS}))


def chained(before: str, lines: bytes) -> str:
    """The digest of a seal that follows another."""
    return blake3(b"seal\0" + bytes.fromhex(before) + lines).hexdigest()


def faults(tx: Transaction, row: Row[Any], before: Row[Any] | None) -> Iterator[Fault]:
    """What is not as it was when the seal `row` was made after the seal `before` (None: it is the first)."""
    number, first = (before.number + 1, int(before.last)) if before is not None else (1, None)
    said = _lines(row.entries)
    if row.number != number:
        first = min(said, default=row.last) - 1  # what the missing one covered is known no longer
        yield Fault("broken", row.last, f"seal {number} is missing: the next one is {row.number}")
    elif row.digest != chained(before.digest if before is not None else NO_SEAL, row.entries) or max(said, default=0) != row.last:
        yield Fault("broken", row.last, f"seal {row.number} does not follow from the seal before it: seals were rewritten")
    there = {entry.id: entry for entry in _entries(tx, first, row.last, None)}
    for entry in sorted(said.keys() | there.keys()):
        if entry not in there:
            yield Fault("removed", entry, f"entry {entry} was sealed and is gone")
        elif entry not in said:
            yield Fault("inserted", entry, f"entry {entry} ({there[entry].kind}) was not there when its neighbours were sealed")
        elif digest_of(there[entry]) != said[entry]:
            yield Fault("changed", entry, f"entry {entry} ({there[entry].kind}) says something else than when it was sealed")


def _lines(packed: bytes) -> Mapping[int, bytes]:
    """The digests of entries by number; of a blob that was cut, as many as are whole."""
    whole = len(packed) - len(packed) % _LINE.size
    return dict(_LINE.iter_unpack(packed[:whole]))


def _entries(tx: Transaction, after: int | None, upto: int | None, limit: int | None) -> Sequence[Row[Any]]:
    """Entries behind a number; without one from the very beginning, below 1 too: somebody may have written there."""
    of = t.journal.c
    query = select(t.journal).order_by(of.id)
    query = query.where(of.id > after) if after is not None else query
    query = query.where(of.id <= upto) if upto is not None else query
    return tx.all(query.limit(limit) if limit is not None else query)

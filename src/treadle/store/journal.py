"""Reading the record: what happened, in order, and what caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Row

from treadle.core.causes import Place, inherits, places_before
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Transaction


def entries(
    tx: Transaction,
    *,
    after: int = 0,
    kind: str | None = None,
    subject: str | None = None,
    root: int | None = None,
    limit: int = 500,
    newest: bool = False,
) -> Sequence[Row[Any]]:
    """Entries with a number above `after`, oldest first (or the newest `limit`, newest first). `kind` may end in `*`."""
    query = select(t.journal).where(t.journal.c.id > after)
    if kind:
        query = query.where(t.journal.c.kind.startswith(kind[:-1], autoescape=True) if kind.endswith("*") else t.journal.c.kind == kind)
    if subject:
        query = query.where(t.journal.c.subject == subject)
    if root is not None:
        query = query.where(t.journal.c.root == root)
    return tx.all(query.order_by(t.journal.c.id.desc() if newest else t.journal.c.id).limit(limit))


def last_number(tx: Transaction) -> int:
    """The number of the newest entry, 0 in an empty journal."""
    row = tx.first(select(func.max(t.journal.c.id)))
    return int(row[0]) if row and row[0] is not None else 0


def write(tx: Transaction, kind: str, subject: str, data: Mapping[str, Any], *, cause: int | None = None, actor: str | None = None) -> int:
    """Writes an entry at once and answers its number, for what is to be named as a cause in the same transaction.

    Keep such transactions short: from here to the commit nobody else's news is written."""
    tx.news(kind, subject)
    values = tx.entries.pop() | {"data": dict(data)}
    values |= {"cause": cause} if cause is not None else {}
    values |= {"actor": actor} if actor else {}
    dialects.take_news_lock(tx.connection)
    tx.told = True
    return int(tx.execute(insert(t.journal).returning(t.journal.c.id), values).scalar_one())


def entry(tx: Transaction, number: int) -> Row[Any] | None:
    return tx.first(select(t.journal).where(t.journal.c.id == number))


def causes(tx: Transaction, number: int) -> list[Row[Any]]:
    """The entry `number` and its chain of causes, nearest first; through entries without one by `treadle.core.causes`."""
    chain: list[Row[Any]] = []
    seen: set[int] = set()
    current = entry(tx, number)
    while current is not None and current.id not in seen:
        seen.add(current.id)
        chain.append(current)
        current = before(tx, current)
    return chain


def before(tx: Transaction, row: Row[Any]) -> Row[Any] | None:
    """The entry that caused this one, as it says itself or as the rule of `treadle.core.causes` finds it."""
    said = entry(tx, row.cause) if row.cause is not None else None
    if said is not None and not inherits(row.kind):
        return said
    found = _before(tx, row)
    return max((one for one in (said, found) if one is not None), key=lambda one: int(one.id), default=None)


def _before(tx: Transaction, row: Row[Any]) -> Row[Any] | None:
    for place in places_before(row.kind, row.subject, row.root, row.data):
        found = newest(tx, place, row.id)
        if found is not None:
            return found
    return None


def newest(tx: Transaction, place: Place, below: int) -> Row[Any] | None:
    """The newest entry of a place before number `below`."""
    query = select(t.journal).where(t.journal.c.subject == place.subject, t.journal.c.id < below)
    if place.kind:
        query = query.where(t.journal.c.kind == place.kind)
    return tx.first(query.order_by(t.journal.c.id.desc()).limit(1))

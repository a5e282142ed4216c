"""Reading the record: what happened, in order, and what caused it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

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


def causes(tx: Transaction, number: int) -> list[Row[Any]]:
    """The entry `number` and its chain of causes, nearest first."""
    chain: list[Row[Any]] = []
    seen: set[int] = set()
    current: int | None = number
    while current is not None and current not in seen:
        seen.add(current)
        row = tx.first(select(t.journal).where(t.journal.c.id == current))
        if row is None:
            break
        chain.append(row)
        current = row.cause
    return chain

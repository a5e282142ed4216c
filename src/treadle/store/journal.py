"""Reading the record: what happened, in order, and what caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, insert, or_, select, text, union_all
from sqlalchemy.engine import Row

from treadle.core.causes import Place, inherits, places_before
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Transaction

DISORDER = 3600.0
"""Seconds by which the time of an entry may lie before that of an earlier one: no transaction that writes news takes longer."""


class Wanted(NamedTuple):
    """Which entries: numbers above `after` and below `before` (0: no bound), times from `since` to `until`. `kind` may end in `*`;
    `text` is found in kind, subject or data, in any case of letters."""

    after: int = 0
    before: int = 0
    kind: str = ""
    subject: str = ""
    root: int | None = None
    actor: str = ""
    since: float | None = None
    until: float | None = None
    text: str = ""
    project: str = ""


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
    return found(tx, Wanted(after=after, kind=kind or "", subject=subject or "", root=root), limit=limit, newest=newest)


def found(tx: Transaction, wanted: Wanted, *, limit: int, newest: bool) -> Sequence[Row[Any]]:
    """The first (or with `newest` the last) entries of those wanted. A family of kinds is read kind by kind, each from the end of an
    index, where that beats a walk through everything: backwards, a rare kind may lie far away. A text is a walk in any case."""
    conditions = _conditions(tx, wanted)
    journal = t.journal.c
    order = journal.id.desc() if newest else journal.id
    if not wanted.kind.endswith("*") or not newest or wanted.text:
        if wanted.kind:
            conditions.append(_of_kind(wanted.kind))
        return tx.all(select(t.journal).where(*conditions).order_by(order).limit(limit))
    kinds = [kind for kind in kinds_of(tx) if kind.startswith(wanted.kind[:-1])]
    if not kinds:
        return []
    parts = [select(journal.id).where(journal.kind == kind, *conditions).order_by(order).limit(limit).subquery() for kind in kinds]
    numbers = union_all(*(select(part.c.id) for part in parts)).subquery()
    chosen = select(numbers.c.id).order_by(numbers.c.id.desc()).limit(limit).subquery()
    return tx.all(select(t.journal).join(chosen, chosen.c.id == journal.id).order_by(order))


def _of_kind(kind: str) -> ColumnElement[bool]:
    return t.journal.c.kind.startswith(kind[:-1], autoescape=True) if kind.endswith("*") else t.journal.c.kind == kind


def _conditions(tx: Transaction, wanted: Wanted) -> list[ColumnElement[bool]]:
    """All but the kind."""
    journal = t.journal.c
    after, before = wanted.after, wanted.before or None
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        after = max(after, _number_at(tx, wanted.since - DISORDER) - 1)
        conditions.append(journal.at >= wanted.since)
    if wanted.until is not None:
        upto = _number_at(tx, wanted.until + DISORDER)
        before = min(before, upto) if before is not None else upto
        conditions.append(journal.at <= wanted.until)
    conditions.append(journal.id > after)
    if before is not None:
        conditions.append(journal.id < before)
    equal = {journal.subject: wanted.subject, journal.actor: wanted.actor, journal.project: wanted.project}
    conditions += [column == value for column, value in equal.items() if value]
    if wanted.root is not None:
        conditions.append(journal.root == wanted.root)
    if wanted.text:
        places = (journal.kind, journal.subject, cast(journal.data, Text))
        conditions.append(or_(*(place.icontains(wanted.text, autoescape=True) for place in places)))
    return conditions


def _number_at(tx: Transaction, at: float) -> int:
    """The number at which the journal reaches a time; one behind the last where it never does. Found by halving: numbers grow with
    the time of their commit, which lies at most DISORDER behind the time that an entry says."""
    low, high = 1, last_number(tx) + 1
    while low < high:
        middle = (low + high) // 2
        row = tx.first(_NEXT, {"from": middle})
        if row is None or row.id >= high:
            high = middle
        elif row.at < at:
            low = int(row.id) + 1
        else:
            high = middle
    return low


_NEXT = select(t.journal.c.id, t.journal.c.at).where(t.journal.c.id >= bindparam("from")).order_by(t.journal.c.id).limit(1)

_WALK = (
    "WITH RECURSIVE known(kind) AS (SELECT min(kind) FROM journal UNION ALL"
    " SELECT (SELECT min(journal.kind) FROM journal WHERE journal.kind > known.kind) FROM known WHERE known.kind IS NOT NULL)"
    " SELECT kind FROM known WHERE kind IS NOT NULL"
)
_DISTINCT = {column: text(_WALK.replace("kind", column)) for column in ("kind", "actor")}
"""By one step in the index for each: a journal of a million entries has few kinds, and few actors."""


def kinds_of(tx: Transaction) -> list[str]:
    """Every kind of entry there is."""
    return [row.kind for row in tx.all(_DISTINCT["kind"])]


def actors_of(tx: Transaction) -> list[str]:
    """Everybody who stands in the journal."""
    return [row.actor for row in tx.all(_DISTINCT["actor"])]


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

"""What an entry of the journal caused, directly and through others: the way back of `treadle.store.journal.causes`.

Entries that name their cause are found by it. For those that do not, places are looked at in which they may stand, and each one found
there is asked what stands before it, so both ways follow the same rule.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.engine import Row

from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Transaction

_OUTPUTS = ("model.%", "dataset.%", "datum.%")
"""Kinds of news about what a run gave."""


class Found(NamedTuple):
    """Effects with the number of the entry right before each; `cut` when there may be more."""

    effects: list[tuple[Row[Any], int]]
    cut: bool


def effects(tx: Transaction, number: int, *, limit: int, steps: bool) -> Found:
    """At most `limit` effects of an entry, oldest first. News of steps within pipelines counts only when `steps`.

    An effect is younger than its cause, so in the order of numbers each is judged when all that could stand before it is known."""
    first = journal.entry(tx, number)
    if first is None:
        return Found([], False)
    known = {number}
    queue: list[tuple[int, Row[Any]]] = []
    queued: set[int] = set()
    shown: list[tuple[Row[Any], int]] = []
    cut = _add(queue, queued, _after(tx, first, limit, steps=steps), limit)
    while queue:
        _, row = heapq.heappop(queue)
        because = _because(tx, row, known)
        if because is None:
            continue
        if len(shown) == limit:
            return Found(shown, True)
        known.add(row.id)
        shown.append((row, because))
        cut = _add(queue, queued, _after(tx, row, limit, steps=steps), limit) or cut
    return Found(shown, cut)


def _add(queue: list[tuple[int, Row[Any]]], queued: set[int], parts: Sequence[Sequence[Row[Any]]], limit: int) -> bool:
    """Queues what was not queued before; True where a part is as long as it may be."""
    for row in (row for part in parts for row in part):
        if row.id not in queued:
            queued.add(row.id)
            heapq.heappush(queue, (row.id, row))
    return any(len(part) > limit for part in parts)


def _because(tx: Transaction, row: Row[Any], known: set[int]) -> int | None:
    """The nearest known entry in the chain of what stands before a row."""
    seen = {row.id}
    current = journal.before(tx, row)
    while current is not None and current.id not in seen:
        if current.id in known:
            return int(current.id)
        seen.add(current.id)
        current = journal.before(tx, current)
    return None


def _after(tx: Transaction, row: Row[Any], limit: int, *, steps: bool) -> list[Sequence[Row[Any]]]:
    """Entries that this one may stand before, part by part."""
    of = t.journal.c
    parts = [[of.cause == row.id]]
    family = row.kind.partition(".")[0]
    if family == "run" and row.root is not None:
        outputs: ColumnElement[bool] = or_(*(of.kind.like(kind) for kind in _OUTPUTS))
        asked_for = row.kind == "run.queued" and row.subject == f"run:{row.root}"
        own = of.kind.like("run.%") if steps else of.kind.like("run.%") & (of.subject == row.subject)
        parts.append([of.root == row.root, or_(outputs, own) if asked_for else outputs])
    if family in ("model", "version"):
        parts += [[of.subject == row.subject], [of.kind == "rollout.started"]]
    if row.kind in ("rollout.started", "alarm.opened"):
        parts.append([of.subject == row.subject, or_(of.kind.like("rollout.%"), of.kind.like("revision.%"), of.kind == "alarm.closed")])
    return [tx.all(select(t.journal).where(of.id > row.id, *part).order_by(of.id).limit(limit + 1)) for part in parts]

"""Levels in the store: large chunks of points seen from afar, written with the chunk and removed with it.

A level is only ever a shorter way to say what its chunk says, so one that is missing is made again from the chunk when that is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from treadle.core.errors import TreadleError
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking import series
from treadle.tracking.series import Series

_ADD = insert(t.series_chunk)
_ADD_LARGE = _ADD.returning(t.series_chunk.c.id)
_ADD_LEVEL = insert(t.series_level)
_REMOVE = delete(t.series_level).where(
    t.series_level.c.run == bindparam("of"),
    t.series_level.c.name == bindparam("called"),
    t.series_level.c.chunk.in_(bindparam("ids", expanding=True)),
)
_chunk = t.series_chunk.c
_STILL = select(_chunk.id).where(
    _chunk.id == bindparam("chunk"), _chunk.run == bindparam("of"), _chunk.name == bindparam("called"), _chunk.points == bindparam("count")
)


def add_chunks(tx: Transaction, rows: Sequence[Mapping[str, Any]], points: Sequence[Series]) -> None:
    """Adds chunks, given as rows and as points; the large ones with their levels."""
    small = [dict(row) for row, one in zip(rows, points, strict=True) if len(one.steps) < series.LEVELLED]
    if small:
        tx.execute(_ADD, small if len(small) > 1 else small[0])
    levels = []
    for row, one in zip(rows, points, strict=True):
        if len(one.steps) >= series.LEVELLED:
            chunk = int(tx.execute(_ADD_LARGE, dict(row)).scalar_one())
            levels.append(_row(row["run"], row["name"], chunk, one))
    if levels:
        tx.execute(_ADD_LEVEL, levels)


def remove_levels(tx: Transaction, run: int, name: str, chunks: Iterable[tuple[int, int]]) -> None:
    """Removes the levels of removed chunks, given by number and size. Numbers of chunks are used again, so none may stay."""
    large = [chunk for chunk, points in chunks if points >= series.LEVELLED]
    if large:
        tx.execute(_REMOVE, {"of": run, "called": name, "ids": large})


def fill_levels(store: Database, missing: Sequence[tuple[int, str, int, Series]]) -> None:
    """Adds levels to chunks (run, name, number, points) that have none yet, unless they were merged meanwhile."""
    if not missing:
        return
    try:
        with store.transaction() as tx:
            there = [
                _row(run, name, chunk, one)
                for run, name, chunk, one in missing
                if tx.first(_STILL, {"chunk": chunk, "of": run, "called": name, "count": len(one.steps)}) is not None
            ]
            tx.insert_new(t.series_level, there)
    except TreadleError:  # a full or read-only disk: the curve was read without them, and the next reader tries again
        return


def _row(run: int, name: str, chunk: int, points: Series) -> dict[str, Any]:
    return {"run": run, "name": name, "chunk": chunk, "points": len(points.steps), **series.level_of(points)._asdict()}

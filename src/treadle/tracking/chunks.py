"""Chunks of points in the store, as batches write them: no point twice, and no crumbs in the long run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.engine import Row

from treadle.data.artifacts import chunks as pieces
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.tracking import series
from treadle.tracking.levels import add_chunks, remove_levels
from treadle.tracking.series import Series, Summary

SOURCE = "client"
"""What a chunk says of where it came from, when that was no spool."""

GATHERED = 64
"""Points. Smaller batches are put down as they come, and gathered each time this many have come: most calls then write only."""

_METRIC_VALUES = ("last", "last_step", "lowest", "highest", "points", "at")
_METRICS = select(t.metric).where(t.metric.c.run == bindparam("of"), t.metric.c.name.in_(bindparam("names", expanding=True)))
_METRIC = select(t.metric).where(t.metric.c.run == bindparam("of"), t.metric.c.name == bindparam("called"))
_chunk = t.series_chunk.c
_SMALL = (
    select(_chunk.id, _chunk.points)
    .where(_chunk.run == bindparam("of"), _chunk.name == bindparam("called"), _chunk.points < series.CHUNK_POINTS)
    .order_by(_chunk.id)
)
_DATA = select(_chunk.points, _chunk.data).where(_chunk.id.in_(bindparam("ids", expanding=True))).order_by(_chunk.id)
_REMOVE = delete(t.series_chunk).where(_chunk.id.in_(bindparam("ids", expanding=True)))
_ACROSS = select(_chunk.points, _chunk.data).where(
    _chunk.run == bindparam("of"),
    _chunk.name == bindparam("called"),
    or_(_chunk.first_step.is_(None), _chunk.first_step <= bindparam("high")),
    or_(_chunk.last_step.is_(None), _chunk.last_step >= bindparam("low")),
)


def without_repetitions(one: Series) -> Series:
    """The points without those that are equal to an earlier one in step, time and value."""
    steps, times, _ = one
    if len(steps) < 2 or bool(np.all((steps[1:] > steps[:-1]) | ((steps[1:] == steps[:-1]) & (times[1:] > times[:-1])))):
        return one
    _, first = np.unique(_as_keys(one), return_index=True)
    return one if len(first) == len(steps) else _only(one, np.sort(first))


def unknown_points(tx: Transaction, run: int, name: str, one: Series, known: Summary | None) -> Series:
    """The points that are not in the store yet.

    A point behind the last one (by step, then time) cannot be there, so the store is asked only when some are not, and only for the
    chunks that hold steps like theirs.
    """
    if known is None:
        return one
    steps, times, _ = one
    old = (steps < known.last_step) | ((steps == known.last_step) & (times <= known.at))
    if not bool(old.any()):
        return one
    asked = steps[old]
    rows = tx.all(_ACROSS, {"of": run, "called": name, "low": int(asked.min()), "high": int(asked.max())})
    if not rows:
        return one
    there = _as_keys(series.joined([series.decode(row.data, row.points) for row in rows]))
    fresh = ~np.isin(_as_keys(one), there)
    return one if bool(fresh.all()) else _only(one, np.flatnonzero(fresh))


def _only(one: Series, places: Any) -> Series:
    return Series(one.steps[places], one.times[places], one.values[places])


def _as_keys(one: Series) -> Any:
    """Each point as one value of 24 bytes that compares by its bits; every "not a number" is the same one."""
    values = np.where(np.isnan(one.values), np.nan, one.values)
    table = np.column_stack((one.steps.view(np.uint64), one.times.view(np.uint64), values.view(np.uint64)))
    return np.ascontiguousarray(table).view(np.dtype((np.void, 24))).ravel()


def known_summaries(tx: Transaction, run: int, names: Sequence[str]) -> dict[str, Summary]:
    """What is known so far of these metrics of a run."""
    if len(names) == 1:
        rows = tx.all(_METRIC, {"of": run, "called": names[0]})
    else:
        rows = [row for part in pieces(names) for row in tx.all(_METRICS, {"of": run, "names": part})]
    return {row.name: Summary(row.last, row.last_step, row.at, row.lowest, row.highest, row.points) for row in rows}


def write_summaries(tx: Transaction, run: int, fresh: Mapping[str, Series], known: Mapping[str, Summary]) -> None:
    """Takes fresh points into what is known of their metrics."""
    merged = {name: series.merge(known.get(name), series.summary_of(one)) for name, one in fresh.items()}
    rows = [{"run": run, "name": name, **summary._asdict()} for name, summary in merged.items()]
    tx.upsert(t.metric, rows, keys=("run", "name"), values=_METRIC_VALUES)


def write(tx: Transaction, run: int, fresh: Mapping[str, Series], known: Mapping[str, Summary]) -> None:
    """Puts down points as chunks, together with the small chunks before them that they take in."""
    rows, points = [], []
    for name, one in fresh.items():
        before = known[name].points if name in known else 0
        if before and (len(one.steps) >= GATHERED or before // GATHERED != (before + len(one.steps)) // GATHERED):
            one = _gathered(tx, run, name, one)
        rows.append(_row(run, name, one, before))
        points.append(one)
    add_chunks(tx, rows, points)


def _row(run: int, name: str, one: Series, offset: int) -> dict[str, Any]:
    return {
        "run": run,
        "name": name,
        "source": SOURCE,
        "offset": offset,
        "points": len(one.steps),
        "data": series.encode(one),
        "first_step": int(one.steps.min()),
        "last_step": int(one.steps.max()),
    }


def _gathered(tx: Transaction, run: int, name: str, fresh: Series) -> Series:
    """The fresh points behind those of the small chunks that they take in, which are removed."""
    small: list[Row[Any]] = list(tx.all(_SMALL, {"of": run, "called": name}))
    count = series.absorbs([row.points for row in small], len(fresh.steps))
    if not count:
        return fresh
    ids = [row.id for row in small[len(small) - count :]]
    parts = [series.decode(row.data, row.points) for row in tx.all(_DATA, {"ids": ids})]
    tx.execute(_REMOVE, {"ids": ids})
    remove_levels(tx, run, name, [(row.id, row.points) for row in small[len(small) - count :]])
    return series.joined([*parts, fresh])

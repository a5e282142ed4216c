"""The points of a metric as they were logged, in pages: each page reads only the chunks that can hold points of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from sqlalchemy import select

from treadle.contract.points import MOST_HISTORY, History, Points, ReadHistory, RunPoints, read_history
from treadle.core.errors import QueryError, UsageError
from treadle.core.operation import Call, performs
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking import series
from treadle.tracking.chunks import without_repetitions
from treadle.tracking.parameters import MOST_NAME, storable
from treadle.tracking.refs import find_keyed
from treadle.tracking.series import Series

_MOST_RUNS = 200
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1
_AT_ONCE = 64  # chunks read together


class Place(NamedTuple):
    """Where a page ended: in which of the runs asked for, and the point's step, time and value (NaN comes last)."""

    run: int
    step: int
    time: float
    value: float


@performs(read_history)
def history(request: ReadHistory, call: Call, store: Database) -> History:
    if not 1 <= len(request.runs) <= _MOST_RUNS:
        raise UsageError(f"a history is of 1 to {_MOST_RUNS} runs, not {len(request.runs)}")
    name = storable(request.name, MOST_NAME)
    low = _LOWEST if request.start is None else request.start
    high = _HIGHEST if request.end is None else request.end
    with store.reading(call) as tx:
        runs = [(key, int(find_keyed(tx, key, call.project).id)) for key in dict.fromkeys(request.runs)]
        if request.sample:
            return _sampled(tx, runs, name, low, high, request.sample)
        return _page(tx, runs, name, low, high, request)


def _sampled(tx: Transaction, runs: Sequence[tuple[str, int]], name: str, low: int, high: int, count: int) -> History:
    found: list[RunPoints] = []
    for key, run in runs:
        one, _ = _read(tx, run, name, low, high, None)
        if len(one.steps):
            places = _chosen(one, min(count, MOST_HISTORY))
            found.append(RunPoints(run=key, points=_points(Series(one.steps[places], one.times[places], one.values[places]))))
    return History(runs=tuple(found))


def _chosen(one: Series, count: int) -> Any:
    """Places of about `count` points, evenly spread, always with the first, the last, the lowest and the highest."""
    total = len(one.steps)
    if total <= count:
        return np.arange(total)
    places = np.linspace(0, total - 1, max(2, count - 2)).round().astype(np.int64)
    if not bool(np.isnan(one.values).all()):
        places = np.concatenate((places, [np.nanargmin(one.values), np.nanargmax(one.values)]))
    return np.unique(places)


def _page(tx: Transaction, runs: Sequence[tuple[str, int]], name: str, low: int, high: int, request: ReadHistory) -> History:
    left = max(1, min(request.limit, MOST_HISTORY))
    after = _read_cursor(request.after) if request.after else None
    found: list[RunPoints] = []
    for place, (key, run) in enumerate(runs):
        if after is not None and place < after.run:
            continue
        start = after if after is not None and place == after.run else None
        one, more = _read(tx, run, name, low if start is None else max(low, start.step), high, left + 1, start)
        taken = Series(one.steps[:left], one.times[:left], one.values[:left])
        if len(taken.steps):
            found.append(RunPoints(run=key, points=_points(taken)))
        if len(one.steps) > left or more:
            last = Place(place, int(taken.steps[-1]), float(taken.times[-1]), float(taken.values[-1]))
            return History(runs=tuple(found), next=_write_cursor(last))
        left -= len(taken.steps)
        if left == 0:
            rest = place + 1 < len(runs)
            return History(runs=tuple(found), next=_write_cursor(Place(place + 1, _LOWEST, -np.inf, -np.inf)) if rest else None)
    return History(runs=tuple(found))


def _read(tx: Transaction, run: int, name: str, low: int, high: int, enough: int | None, after: Place | None = None) -> tuple[Series, bool]:
    """Ordered points with steps from `low` to `high` behind `after`; once `enough` are certain, the rest is not read (then True)."""
    chunk = t.series_chunk.c
    query = select(chunk.id, chunk.points, chunk.first_step, chunk.last_step).where(chunk.run == run, chunk.name == name)
    listed = [
        _Chunk(
            _LOWEST if row.first_step is None else row.first_step, _HIGHEST if row.last_step is None else row.last_step, row.id, row.points
        )
        for row in tx.all(query)
    ]
    waiting = sorted((one for one in listed if one.last >= low and one.first <= high), key=lambda one: (one.first, one.id))
    one = series.series_of((), (), ())
    while waiting:
        count = _so_many(waiting, enough)
        some, waiting = [chunk.id for chunk in waiting[:count]], waiting[count:]
        rows = {row.id: row for row in tx.all(select(chunk.id, chunk.points, chunk.data).where(chunk.id.in_(some)))}
        parts = [series.decode(rows[id].data, rows[id].points) for id in some]
        one = series.joined([one, *(_behind(part.between(low, high), after) for part in parts)])
        if enough is not None and waiting and np.count_nonzero(one.steps < waiting[0].first) >= enough:
            return _in_order(one.between(None, waiting[0].first - 1)), True
    return _in_order(one), False


class _Chunk(NamedTuple):
    first: int
    last: int
    id: int
    points: int


def _so_many(waiting: Sequence[_Chunk], enough: int | None) -> int:
    """How many chunks to read next: as many as hold the points that are wanted, within a limit."""
    if enough is None:
        return _AT_ONCE
    held = 0
    for count, one in enumerate(waiting[:_AT_ONCE], 1):
        held += one.points
        if held > enough:
            return count
    return _AT_ONCE


def _behind(one: Series, after: Place | None) -> Series:
    if after is None or after.time == -np.inf:
        return one
    steps, times, values = one
    later = np.isnan(values) if not np.isnan(after.value) else np.zeros(len(steps), bool)
    later |= values > after.value
    keep = (steps > after.step) | ((steps == after.step) & ((times > after.time) | ((times == after.time) & later)))
    return Series(steps[keep], times[keep], values[keep])


def _in_order(one: Series) -> Series:
    """By step, time and value, each point once; "not a number" comes last."""
    if len(one.steps) < 2 or bool(np.all(one.steps[1:] > one.steps[:-1])):
        return one
    order = np.lexsort((one.values, one.times, one.steps))
    return without_repetitions(Series(one.steps[order], one.times[order], one.values[order]))


def _points(one: Series) -> Points:
    values: list[float | None] = one.values.tolist()
    for place in np.flatnonzero(np.isnan(one.values)).tolist():
        values[place] = None
    return Points(one.steps.tolist(), one.times.tolist(), values)


def _write_cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(tuple(place))).decode().rstrip("=")


def _read_cursor(cursor: str) -> Place:
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        run, step, time, value = msgspec.msgpack.decode(data, type=tuple[int, int, float, float])
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise QueryError("the cursor of the page cannot be read", hint="give the `next` of the page before") from error
    return Place(run, step, time, value)

"""Curves: points gathered into buckets. What is wider than its points need is read from the levels of chunks, the rest from the chunks.

An entry of a level may stand for points on both sides of a bucket's border, and is taken into the bucket of its last point. So levels are
read only where their entries are narrow beside a bucket; a chunk with a wide entry (sparse, or with points that came late) is read
itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, and_, func, or_, select

from treadle.contract.tracking import AXES, Curve, ReadPoints, read_points
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs
from treadle.data.artifacts import chunks as pieces
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking import parameters, series
from treadle.tracking.levels import fill_levels
from treadle.tracking.refs import find_run
from treadle.tracking.series import Buckets, Floats, Series

MOST_BUCKETS = 20_000
_MOST_RUNS = 200
_NARROW = 4  # entries of a level are at most this part of a bucket
_FARTHEST = (1 << 64) - 1


class View(NamedTuple):
    """What is looked at: the axis, steps and times (seconds since 1970) inclusive, and buckets."""

    axis: str
    start: int | None
    end: int | None
    since: float | None
    until: float | None
    buckets: int

    def cut(self, one: Series) -> Series:
        return one.between(self.start, self.end).within(self.since, self.until)

    def ordered(self, one: Series) -> Series:
        return one.ordered() if self.axis == "step" else one.by_time()


@performs(read_points)
def points(request: ReadPoints, call: Call, store: Database) -> list[Curve]:
    """Curves in the order of the runs asked for, then by name; a run without points of a metric has no curve of it."""
    if not 1 <= request.buckets <= MOST_BUCKETS:
        raise UsageError(f"`buckets` is 1 to {MOST_BUCKETS}, not {request.buckets}")
    if len(request.runs) > _MOST_RUNS:
        raise UsageError(f"at most {_MOST_RUNS} runs at once, not {len(request.runs)}")
    if request.axis not in AXES:
        raise UsageError(f"there is no axis `{request.axis[:100]}`", hint=f"axes: {', '.join(AXES)}")
    names = [parameters.storable(name, parameters.MOST_NAME) for name in request.names]
    missing: list[tuple[int, str, int, Series]] = []
    with store.reading(call) as tx:
        curves: list[Curve] = []
        for run, origin in _runs(tx, request.runs, call.project).items():
            view = _view(request, origin)
            for name, rows in _listed(tx, run, names, view).items():
                reader = _Reader(tx, rows)
                count, found = _gathered(reader, view)
                missing += [(run, name, chunk, one) for chunk, one in reader.without_level()]
                if count:
                    curves.append(_curve(run, name, count, found, origin))
    fill_levels(store, missing)
    return curves


def _runs(tx: Transaction, texts: Sequence[str], project: str) -> dict[int, float]:
    """The runs that are meant, with when they began, or for want of that when they were asked for."""
    runs = list(dict.fromkeys(find_run(tx, text, project) for text in texts))
    query = select(t.run.c.id, func.coalesce(t.run.c.started_at, t.run.c.queued_at).label("began"))
    began = {row.id: float(row.began) for row in tx.all(query.where(t.run.c.id.in_(runs)))}
    return {run: began[run] for run in runs}


def _view(request: ReadPoints, origin: float) -> View:
    if request.axis == "step":
        return View(request.axis, request.start, request.end, None, None, request.buckets)
    shift = origin if request.axis == "relative" else 0.0
    since, until = (None if limit is None else limit + shift for limit in (request.since, request.until))
    return View(request.axis, request.start, request.end, since, until, request.buckets)


def _listed(tx: Transaction, run: int, names: Sequence[str], view: View) -> dict[str, list[Row[Any]]]:
    """The chunks of each metric in the order in which they came, with their levels: without a look at the chunks themselves, and without
    those whose levels show that no step of theirs is in view."""
    chunk, level = t.series_chunk.c, t.series_level.c
    same = and_(level.run == chunk.run, level.name == chunk.name, level.chunk == chunk.id)
    wanted = (level.points, level.first_step, level.first_time, level.last_step, level.last_time, level.timely, level.data)
    query = select(chunk.id, chunk.name.label("metric"), *wanted).join_from(t.series_chunk, t.series_level, same, isouter=True)
    query = query.where(chunk.run == run)
    if names:
        query = query.where(chunk.name.in_(names))
    if view.start is not None:
        query = query.where(or_(level.run.is_(None), level.last_step >= view.start))
    if view.end is not None:
        query = query.where(or_(level.run.is_(None), level.first_step <= view.end))
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in tx.all(query.order_by(chunk.name, chunk.id)):
        found[row.metric].append(row)
    return {name: found[name] for name in sorted(found)}


class _Reader:
    """Reads chunks once, when they are wanted."""

    def __init__(self, tx: Transaction, rows: Sequence[Row[Any]]) -> None:
        self._tx, self.rows = tx, rows
        self._read: dict[int, Series] = {}

    def points(self, chunks: Iterable[int]) -> dict[int, Series]:
        chunk = t.series_chunk.c
        for part in pieces([number for number in chunks if number not in self._read]):
            for row in self._tx.all(select(chunk.id, chunk.points, chunk.data).where(chunk.id.in_(part))):
                self._read[row.id] = series.decode(row.data, row.points)
        return self._read

    def without_level(self) -> list[tuple[int, Series]]:
        """The chunks that were read, are large enough for a level, and have none."""
        bare = {row.id for row in self.rows if row.data is None}
        return [(chunk, one) for chunk, one in self._read.items() if chunk in bare and len(one.steps) >= series.LEVELLED]


def _gathered(reader: _Reader, view: View) -> tuple[int, Buckets]:
    """How many points are in view, and their buckets."""
    near, far = _near_and_far(reader.rows, view)
    read = reader.points(row.id for row in near)
    cut = {row.id: view.cut(read[row.id]) for row in near}
    count = sum(len(one.steps) for one in cut.values()) + sum(row.points for row in far)
    wide = far if count <= view.buckets else _too_wide(far, _ends(far, cut.values(), view), view)
    read = reader.points(row.id for row in wide)
    cut |= {row.id: read[row.id] for row in wide}
    parts = sorted([*near, *far], key=lambda row: row.id)
    if all(row.id in cut for row in parts):
        one = view.ordered(series.joined([cut[row.id] for row in parts]))
        return count, series.gather(one, view.buckets) if view.axis == "step" else series.gather_times(one, view.buckets)
    some = series.entries(b"".join(series.single_entries(cut[row.id]).tobytes() if row.id in cut else row.data for row in parts))
    return count, series.gather_entries(_in_order(some, view.axis), view.buckets, view.axis)


def _near_and_far(rows: Sequence[Row[Any]], view: View) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """The chunks whose points must be read, and those whose levels may do because all of their points are in view; the rest is not."""
    near: list[Row[Any]] = []
    far: list[Row[Any]] = []
    for row in rows:
        if row.points is None:
            near.append(row)
            continue
        steps = _lies(row.first_step, row.last_step, view.start, view.end)
        times = 1 if view.axis == "step" else _lies(row.first_time, row.last_time, view.since, view.until) if row.timely else 0
        if min(steps, times) == 1:
            far.append(row)
        elif min(steps, times) == 0:
            near.append(row)
    return near, far


def _lies(first: float, last: float, low: float | None, high: float | None) -> int:
    """1: the range lies between the limits, 0: partly, -1: outside."""
    if (low is not None and last < low) or (high is not None and first > high):
        return -1
    return int((low is None or first >= low) and (high is None or last <= high))


def _ends(far: Sequence[Row[Any]], cut: Iterable[Series], view: View) -> tuple[Any, Any] | None:
    """The first and the last place on the axis."""
    if view.axis == "step":
        found = [(row.first_step, row.last_step) for row in far] + [(int(c.steps.min()), int(c.steps.max())) for c in cut if len(c.steps)]
    else:
        found = [(row.first_time, row.last_time) for row in far] + [
            (float(c.times.min()), float(c.times.max())) for c in cut if len(c.steps)
        ]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def _too_wide(far: Sequence[Row[Any]], ends: tuple[Any, Any] | None, view: View) -> list[Row[Any]]:
    """The chunks with entries that are wide beside a bucket."""
    if not far or ends is None:
        return []
    some = series.entries(b"".join(row.data for row in far))
    starts = np.cumsum([0, *(-(-row.points // series.LEVEL_POINTS) for row in far[:-1])])
    if view.axis == "step":
        spans: NDArray[Any] = some["last"].astype(np.uint64) - some["first"].astype(np.uint64)
        limit: Any = np.uint64(min(series.step_width(*ends, view.buckets) // _NARROW, _FARTHEST))
    else:
        spans, limit = some["until"] - some["since"], (ends[1] - ends[0]) / view.buckets / _NARROW
    widest = np.maximum.reduceat(spans, starts)
    return [row for row, wide in zip(far, (widest > limit).tolist(), strict=True) if wide]


def _in_order(some: NDArray[Any], axis: str) -> NDArray[Any]:
    first, then = ("last", "until") if axis == "step" else ("until", "last")
    if bool(np.all(some[first][1:] > some[first][:-1])):
        return some
    return some[np.lexsort((some[then], some[first]))]


def _curve(run: int, name: str, count: int, found: Buckets, origin: float) -> Curve:
    return Curve(
        run=run,
        name=name,
        points=count,
        exact=len(found.steps) == count,
        steps=found.steps.tolist(),
        times=found.times.tolist(),
        values=_numbers(found.values),
        lowest=_numbers(found.lowest),
        highest=_numbers(found.highest),
        origin=origin,
    )


def _numbers(values: Floats) -> list[float | None]:
    listed: list[float | None] = values.tolist()
    for place in np.flatnonzero(np.isnan(values)).tolist():
        listed[place] = None
    return listed

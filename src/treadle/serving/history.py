"""What endpoints answered over time: for each process and revision its counts at the end of each minute in which it reported.

Counts are cumulative, so a row may be dropped without losing what it counted: the next one holds it. Old minutes are thinned to hours
that way, and what is older than a month goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, delete, exists, func, select

from treadle.contract import serving as words
from treadle.contract.serving import EndpointSeries, RevisionSeries, Traffic
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs
from treadle.serving import rules
from treadle.serving.rows import find_endpoint, revisions_of
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

THINNED, KEPT = 3 * 24 * 60, 31 * 24 * 60
"""Minutes after which one row an hour is left, and after which none is."""
_MOST_BUCKETS = 2000


@performs(words.read_series)
def read_series(request: words.ReadSeries, call: Call, store: Database) -> EndpointSeries:
    if not 1 <= request.minutes <= KEPT or not 1 <= request.buckets <= _MOST_BUCKETS:
        raise UsageError(
            f"`minutes` is {request.minutes}, `buckets` {request.buckets}", hint=f"minutes 1 to {KEPT}, buckets 1 to {_MOST_BUCKETS}"
        )
    with store.reading(call) as tx:
        row = find_endpoint(tx, request.endpoint)
        last = int(tx.now // 60)
        width = -(-request.minutes // request.buckets)
        count = -(-request.minutes // width)
        first = last - count * width + 1
        counted = rules.over_time(_rows(tx, row.id, first), first, width, count)
        names = {one.number: one for one in revisions_of(tx, row.id)}
        revisions = [_told(number, names.get(number), counted[number]) for number in sorted(counted)]
        return EndpointSeries(endpoint=row.name, start=first * 60.0, seconds=width * 60.0, buckets=count, revisions=tuple(revisions))


def _rows(tx: Transaction, endpoint: int, first: int) -> list[tuple[str, int, Traffic]]:
    """Process, minute and counts from minute `first` on, and for each process and revision its last counts before that."""
    of = t.traffic_minute.c
    before = (
        select(of.process, of.revision, func.max(of.minute).label("minute"))
        .where(of.endpoint == endpoint, of.minute < first)
        .group_by(of.process, of.revision)
        .subquery()
    )
    same = and_(of.process == before.c.process, of.revision == before.c.revision, of.minute == before.c.minute)
    earlier = tx.all(select(t.traffic_minute).join(before, same).where(of.endpoint == endpoint))
    rows = tx.all(select(t.traffic_minute).where(of.endpoint == endpoint, of.minute >= first).order_by(of.minute))
    return [(one.process, int(one.minute), msgspec.convert(one.counts, Traffic)) for one in [*earlier, *rows]]


def _told(number: int, revision: Any, counted: Sequence[Traffic]) -> RevisionSeries:
    quantiles = [[rules.quantile(one.latency, share) for one in counted] for share in (0.5, 0.99)]
    return RevisionSeries(
        revision=number,
        ref=revision.ref if revision is not None else "",
        role=revision.role if revision is not None else "retired",
        requests=[one.requests for one in counted],
        rows=[one.rows for one in counted],
        errors=[one.errors for one in counted],
        invalid=[one.invalid for one in counted],
        refused=[one.refused for one in counted],
        p50=quantiles[0],
        p99=quantiles[1],
    )


def remember(tx: Transaction, endpoint: int, process: str, counted: Iterable[Traffic]) -> None:
    """Writes down where the counts of a process stand in this minute. The first report of an hour also clears up."""
    minute = int(tx.now // 60)
    rows = [
        {"endpoint": endpoint, "process": process, "revision": one.revision, "minute": minute, "counts": msgspec.to_builtins(one)}
        for one in counted
    ]
    if not rows:
        return
    of = t.traffic_minute.c
    fresh = tx.first(select(of.minute).where(of.endpoint == endpoint, of.minute >= minute // 60 * 60).limit(1)) is None
    tx.upsert(t.traffic_minute, rows, keys=("endpoint", "process", "revision", "minute"), values=("counts",))
    if fresh:
        _clear_up(tx, endpoint, minute)


def _clear_up(tx: Transaction, endpoint: int, now: int) -> None:
    later = t.traffic_minute.alias("later")
    mine = t.traffic_minute.c
    same = and_(later.c.endpoint == endpoint, later.c.process == mine.process, later.c.revision == mine.revision)
    next_in_hour = exists().where(same, later.c.minute > mine.minute, later.c.minute // 60 == mine.minute // 60)
    tx.execute(delete(t.traffic_minute).where(mine.endpoint == endpoint, mine.minute < now - THINNED, next_in_hour))
    # The last one before the limit stays as what later counts are compared with, unless its process was not heard of any more.
    next_before = exists().where(same, later.c.minute > mine.minute, later.c.minute < now - KEPT)
    alive = exists().where(same, later.c.minute >= now - KEPT)
    tx.execute(delete(t.traffic_minute).where(mine.endpoint == endpoint, mine.minute < now - KEPT, next_before | ~alive))

"""Runs gathered by what they have under a key, with what the last values of metrics come to. The arithmetic is the database's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, or_, select

from treadle.contract.search import Key
from treadle.contract.tracking import Group, GroupMetric, GroupRuns, Groups, group_runs
from treadle.core.errors import QueryError, UsageError
from treadle.core.operation import Call, performs
from treadle.search.conditions import Ground
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.query import ground_of, scope_of
from treadle.tracking.search import parse_sort

MOST_METRICS, MOST_GROUPS = 20, 1000


@performs(group_runs)
def group(request: GroupRuns, call: Call, store: Database) -> Groups:
    if len(request.metrics) > MOST_METRICS:
        raise UsageError(f"at most {MOST_METRICS} metrics at once, not {len(request.metrics)}")
    limit = max(1, min(request.limit, MOST_GROUPS))
    with store.reading(call) as tx:
        ground = ground_of(tx, tx.now)
        value = _value(request.by, ground).label("value")
        chosen = select(t.run.c.id, value).where(*scope_of(ground, request.query, call.project, children=request.children)).cte("chosen")
        counted = select(chosen.c.value, func.count().label("runs")).group_by(chosen.c.value)
        rows = tx.all(counted.order_by(func.count().desc(), chosen.c.value).limit(limit + 1).offset(max(0, request.after)))
        shown = rows[:limit]
        found: dict[Any, dict[str, GroupMetric]] = {row.value: {} for row in shown}
        for name in request.metrics:
            for key, one in _measured(tx, chosen, name, [row.value for row in shown]):
                found[key][name] = one
    groups = tuple(Group(value=row.value, runs=row.runs, metrics=found[row.value]) for row in shown)
    return Groups(groups=groups, next=max(0, request.after) + limit if len(rows) > limit else None)


def _value(by: str, ground: Ground) -> ColumnElement[Any]:
    """What runs are gathered by, as text; NULL for runs without it. Raises QueryError for a key that there is not."""
    area, dot, name = by.partition(".")
    if dot and area in ("inputs", "input") and name:
        line = t.lineage.c
        mine = and_(line.run == t.run.c.id, line.name == name.strip('`"'), line.position == 0)
        return select(line.source).where(mine).scalar_subquery()
    key: Key = parse_sort(by)[0].key
    named = ground.named.get(key.area)
    if named is None:
        return cast(ground.own(key), Text)
    if key.area == "metric":
        raise QueryError(
            f"runs are not gathered by a metric: `{by[:100]}`", hint="params.NAME, tags.NAME, inputs.NAME, step, experiment ..."
        )
    return named.scalar(key.name, named.table.c.text if key.area == "parameter" else named.value(key))


def _measured(tx: Transaction, chosen: Any, name: str, values: Sequence[str | None]) -> list[tuple[str | None, GroupMetric]]:
    """What a metric comes to in each of the groups. The spread is that of differences from the mean, so that large values lose nothing."""
    metric = t.metric.c
    wanted = or_(chosen.c.value.in_([one for one in values if one is not None]), *([chosen.c.value.is_(None)] if None in values else []))
    last = metric.last
    finite = and_(last.is_not(None), last < math.inf, last > -math.inf)
    mean = func.avg(last).over(partition_by=chosen.c.value)
    low = func.row_number().over(partition_by=chosen.c.value, order_by=(last.asc(), metric.run))
    high = func.row_number().over(partition_by=chosen.c.value, order_by=(last.desc(), metric.run))
    each: Select[Any] = (
        select(chosen.c.value, metric.run, last.label("last"), mean.label("mean"), low.label("low"), high.label("high"))
        .join(t.metric, and_(metric.run == chosen.c.id, metric.name == name))
        .where(wanted, finite)
    )
    one = each.subquery().c
    difference = one.last - one.mean
    query = select(
        one.value,
        func.count().label("runs"),
        func.min(one.mean).label("mean"),
        func.sum(difference * difference).label("squares"),
        func.min(one.last).label("lowest"),
        func.max(one.last).label("highest"),
        func.max(case((one.low == 1, one.run))).label("lowest_run"),
        func.max(case((one.high == 1, one.run))).label("highest_run"),
    ).group_by(one.value)
    return [
        (
            row.value,
            GroupMetric(
                runs=row.runs,
                mean=row.mean,
                spread=math.sqrt(row.squares / (row.runs - 1)) if row.runs > 1 else None,
                lowest=row.lowest,
                highest=row.highest,
                lowest_run=row.lowest_run,
                highest_run=row.highest_run,
            ),
        )
        for row in tx.all(query)
    ]

"""Runs gathered by what they have under a key, with what the last values of metrics come to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import CTE, ColumnElement, Row, Text, and_, case, cast, func, or_, select

from treadle.contract.search import Key
from treadle.contract.tracking import Group, GroupMetric, GroupRuns, Groups, group_runs
from treadle.core.errors import QueryError, UsageError
from treadle.core.operation import Call, performs
from treadle.search.conditions import Ground, by_bytes
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.query import ground_of, scope_of
from treadle.tracking.search import parse_column

MOST_METRICS, MOST_GROUPS = 20, 1000
_ORDERS = {"last": "mean", "lowest": "lowest_ever", "highest": "highest_ever"}
"""By what groups are ordered, where a metric's part is named."""


@performs(group_runs)
def group(request: GroupRuns, call: Call, store: Database) -> Groups:
    if len(request.metrics) > MOST_METRICS:
        raise UsageError(f"at most {MOST_METRICS} metrics at once, not {len(request.metrics)}")
    limit, after = max(1, min(request.limit, MOST_GROUPS)), max(0, request.after)
    with store.reading(call) as tx:
        ground = ground_of(tx, tx.now)
        value = _value(request.by, ground)
        chosen = (
            select(t.run.c.id, func.coalesce(value, "").label("value"), case((value.is_(None), 1), else_=0).label("absent"))
            .where(*scope_of(ground, request.query, call.project, children=request.children))
            .cte("chosen")
            .prefix_with("MATERIALIZED")
        )
        rows = _ordered(tx, chosen, request.sort, ground, limit + 1, after)
        shown = rows[:limit]
        found: dict[tuple[str, int], dict[str, GroupMetric]] = {(row.value, row.absent): {} for row in shown}
        for name, one, measured in _measured(tx, chosen, request.metrics, list(found)):
            found[one][name] = measured
    groups = tuple(Group(value=None if row.absent else row.value, runs=row.runs, metrics=found[row.value, row.absent]) for row in shown)
    return Groups(groups=groups, next=after + limit if len(rows) > limit else None, total=rows[0].total if rows else 0)


def _value(by: str, ground: Ground) -> ColumnElement[Any]:
    """What runs are gathered by, as text; NULL for runs without it. Raises QueryError for a key that there is not."""
    key = parse_column(by)
    named = ground.named.get(key.area)
    if named is None:
        return cast(ground.own(key), Text)
    if key.area == "metric":
        raise QueryError(
            f"runs are not gathered by a metric: `{by[:100]}`", hint="params.NAME, tags.NAME, inputs.NAME, step, experiment ..."
        )
    return named.scalar(key.name, named.table.c.text if key.area == "parameter" else named.value(key))


def _ordered(tx: Transaction, chosen: CTE, sort: str, ground: Ground, limit: int, after: int) -> Sequence[Row[Any]]:
    """The groups of a page, each with how many groups there are."""
    word, down = sort.removeprefix("-"), sort.startswith("-")
    counted = select(chosen.c.value, chosen.c.absent, func.count().label("runs")).group_by(chosen.c.value, chosen.c.absent).cte("counted")
    query = select(counted, func.count().over().label("total"))
    text, largest = by_bytes(counted.c.value, ground.dialect), counted.c.runs.desc()
    if word == "runs":
        order = [largest if down else counted.c.runs.asc()]
    elif word == "value":
        order = [counted.c.absent.asc(), text.desc() if down else text.asc()]
    else:
        key = _sortable(word)
        summed = _sums(chosen, key.name)
        query = query.outerjoin(summed, and_(summed.c.value == counted.c.value, summed.c.absent == counted.c.absent))
        measure = summed.c[_ORDERS[key.part]]
        order = [case((measure.is_(None), 1), else_=0).asc(), measure.desc() if down else measure.asc()]
    return tx.all(query.order_by(*order, largest, counted.c.absent, text).limit(limit).offset(after))


def _sortable(word: str) -> Key:
    key = parse_column(word)
    if key.area != "metric" or key.part not in _ORDERS:
        hint = "runs, value, metrics.NAME, metrics.NAME.lowest or metrics.NAME.highest, with `-` in front from above"
        raise QueryError(f"groups are not sorted by `{word[:100]}`", hint=hint)
    return key


def _each(chosen: CTE, names: Sequence[str]) -> Any:
    """The chosen runs that have one of these metrics with a finite last value, each with its group."""
    metric = t.metric.c
    return (
        select(chosen.c.value, chosen.c.absent, metric.name, metric.run, metric.last, _finite(metric.lowest), _finite(metric.highest))
        .join(t.metric, and_(metric.run == chosen.c.id, metric.name.in_(names)))
        .where(metric.last.is_not(None), metric.last < math.inf, metric.last > -math.inf)
        .with_hint(t.metric, dialects.by_primary_key(t.metric), "sqlite")
    )


def _finite(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((and_(column < math.inf, column > -math.inf), column)).label(str(column.key))


def _sums(chosen: CTE, name: str) -> CTE:
    """What groups are ordered by."""
    one = _each(chosen, [name]).subquery().c
    return (
        select(
            one.value,
            one.absent,
            func.avg(one.last).label("mean"),
            func.min(one.lowest).label("lowest_ever"),
            func.max(one.highest).label("highest_ever"),
        )
        .group_by(one.value, one.absent)
        .cte("summed")
    )


def _measured(
    tx: Transaction, chosen: CTE, names: Sequence[str], groups: Sequence[tuple[str, int]]
) -> Iterator[tuple[str, tuple[str, int], GroupMetric]]:
    """What metrics come to in each of the groups. All are fetched at once: those of a run lie side by side."""
    if not names or not groups:
        return
    values = [value for value, absent in groups if not absent]
    absent = [chosen.c.absent == 1] if any(absent for _, absent in groups) else []
    few = select(chosen).where(or_(and_(chosen.c.absent == 0, chosen.c.value.in_(values)), *absent)).cte("few")
    columns = list(zip(*tx.all(_each(few, list(dict.fromkeys(names)))), strict=True))
    if not columns:
        return
    numbers = {(name, *group): number for number, (name, group) in enumerate((name, group) for name in names for group in groups)}
    known = list(numbers)
    of = np.fromiter(map(numbers.__getitem__, zip(columns[2], columns[0], columns[1], strict=True)), np.int64, len(columns[0]))
    runs, (last, lowest, highest) = np.array(columns[3], np.int64), (np.array(column, np.float64) for column in columns[4:])
    order = np.lexsort((runs, of))
    for part in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
        name, *group = known[of[part[0]]]
        yield name, (group[0], group[1]), _told(runs[part], last[part], lowest[part], highest[part])


def _told(runs: Any, last: Any, lowest: Any, highest: Any) -> GroupMetric:
    """What runs, oldest first, come to. The spread is that of differences from the mean, so that large values lose nothing; of runs that
    share an extreme the oldest is named."""
    low, high = int(np.argmin(last)), int(np.argmax(last))
    ever: dict[str, Any] = {}
    if not np.isnan(lowest).all():
        place = int(np.nanargmin(lowest))
        ever |= {"lowest_ever": float(lowest[place]), "lowest_ever_run": int(runs[place])}
    if not np.isnan(highest).all():
        place = int(np.nanargmax(highest))
        ever |= {"highest_ever": float(highest[place]), "highest_ever_run": int(runs[place])}
    return GroupMetric(
        runs=len(runs),
        mean=float(last.mean()),
        spread=float(last.std(ddof=1)) if len(runs) > 1 else None,
        lowest=float(last[low]),
        highest=float(last[high]),
        lowest_run=int(runs[low]),
        highest_run=int(runs[high]),
        newest=float(last[-1]),
        newest_run=int(runs[-1]),
        **ever,
    )

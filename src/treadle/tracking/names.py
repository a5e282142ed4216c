"""The names that a query line can offer, found by leaping through an index from name to name: the number of runs does not count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Table, and_, exists, func, or_, select

from treadle.contract.tracking import KnownNames, ListMetrics, list_metrics
from treadle.core.operation import Call, performs
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

MOST_NAMES = 10_000
_MOST_LEAPS = 50_000  # names of an area that are gone through
_NEWEST, _SAMPLED = 2000, 200  # runs


@performs(list_metrics)
def names(request: ListMetrics, call: Call, store: Database) -> KnownNames:
    """Metrics, parameters and tags of all runs; inputs and steps of the newest ones.

    In a record of several projects a name is the project's if one of its newest runs has it, or one of the first that have it is of the
    project."""
    limit = max(1, min(request.limit, MOST_NAMES))

    def chosen(found: Sequence[str]) -> tuple[str, ...]:
        # Ordered by the bytes, whatever language the database server speaks; and LIKE of SQLite does not tell capitals.
        return tuple(sorted((one for one in found if one.startswith(request.prefix)), key=str.encode)[:limit])

    with store.reading(call) as tx:
        alone = _is_alone(tx, call.project)
        metrics, parameters, tags = (chosen(_names(tx, table, call.project, alone)) for table in (t.metric, t.parameter, t.tag))
        newest = _newest(call.project, _NEWEST)
        inputs = chosen(_texts(tx, select(t.lineage.c.name).where(t.lineage.c.run.in_(newest)).distinct()))
        steps = chosen(_texts(tx, select(t.run.c.step).where(t.run.c.id.in_(newest)).distinct()))
        known = t.experiment.c
        experiments = chosen(_texts(tx, select(known.name).where(known.project == call.project, known.deleted_at.is_(None))))
    return KnownNames(metrics=metrics, parameters=parameters, tags=tags, inputs=inputs, steps=steps, experiments=experiments)


def _texts(tx: Transaction, query: Any) -> list[str]:
    return [row[0] for row in tx.all(query)]


def _is_alone(tx: Transaction, project: str) -> bool:
    """Whether no other project has runs: asked of the two sides of the project in an index."""
    others = or_(exists().where(t.run.c.project < project), exists().where(t.run.c.project > project))
    return not tx.execute(select(others)).scalar_one()


def _newest(project: str, count: int) -> Select[Any]:
    """The newest runs of a project. Written so that SQLite begins at the end of the numbers, and not with an index on projects."""
    return select(t.run.c.id).where(func.coalesce(t.run.c.project, "") == project).order_by(t.run.c.id.desc()).limit(count)


def _names(tx: Transaction, table: Table, project: str, alone: bool) -> list[str]:
    leaps = select(func.min(table.c.name).label("name")).cte("leaps", recursive=True)
    following = select(func.min(table.c.name)).where(table.c.name > leaps.c.name).scalar_subquery()
    leaps = leaps.union_all(select(following).where(leaps.c.name.is_not(None)))
    everything = select(leaps.c.name).where(leaps.c.name.is_not(None))
    if alone:
        return _texts(tx, everything.limit(_MOST_LEAPS))
    having = select(table.c.run).where(table.c.name == leaps.c.name).limit(_SAMPLED).correlate(leaps)
    sampled = everything.where(exists().where(and_(t.run.c.project == project, t.run.c.id.in_(having)))).limit(_MOST_LEAPS)
    newest = select(table.c.name).where(table.c.run.in_(_newest(project, _SAMPLED))).distinct()
    return list(dict.fromkeys([*_texts(tx, newest), *_texts(tx, sampled)]))

"""Pages of runs that a query finds, in the order that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Double, Row, Select, and_, func, literal, or_, select

from treadle.contract.search import Both, Compare, Key, Sort, Term, keys_of
from treadle.search.conditions import Condition, Ground, Named, condition, holds
from treadle.search.pages import MOST_ROWS, page, read_cursor
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.tracking.parameters import MOST_TAG, storable
from treadle.tracking.search import parse, parse_sort

DEFAULT_EXPERIMENT = "Default"
"""What the experiment of runs without one is called."""

_FEW, _FEW_TO_TEST = 2000, 20_000  # runs: so many are fetched (or tested by a query) and sorted sooner than found in an index's order
_TIMES = {"created": t.run.c.queued_at, "started": t.run.c.started_at, "ended": t.run.c.ended_at, "deleted": t.run.c.deleted_at}
_KEYED = frozenset(("id", "key", "created", "name", "state", "kind", "step", "project", "actor", "engine", "experiment"))
CONTEXT = "mlflow.data.context"
"""The tag of a described input that says what it was for."""


class _Inputs(Named):
    """Inputs that clients described: the key names a column of theirs, not a row."""

    def of(self, name: str) -> Condition:  # noqa: ARG002 - every row is one of the run's inputs
        return self.mine

    def value(self, key: Key) -> ColumnElement[Any]:
        columns = self.table.c
        return columns.tags[CONTEXT].as_string() if key.name == "context" else columns[key.name]


class _Taken(Named):
    """What runs took in: compared by where it came from. Of a list of inputs the first counts."""

    def value(self, key: Key) -> ColumnElement[Any]:  # noqa: ARG002 - every key has it there
        return self.table.c.source


_NAMED: dict[str, Named] = {
    area: Named(table, table.c.run == t.run.c.id) for area, table in {"metric": t.metric, "parameter": t.parameter, "tag": t.tag}.items()
} | {
    "input": _Inputs(t.described_input, t.described_input.c.run == t.run.c.id),
    "taken": _Taken(t.lineage, and_(t.lineage.c.run == t.run.c.id, t.lineage.c.position == 0)),
}


def select_runs(
    tx: Transaction,
    query: str = "",
    sort: str = "-id",
    limit: int = 50,
    after: str | None = None,
    children: bool = False,
    project: str = "default",
    *,
    most: int = MOST_ROWS,
    columns: Sequence[Any] = (t.run,),
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the runs of a project, from a query and sort keys as people write them; see `find_runs`. Deleted runs are there
    only when the query names `deleted`."""
    where, sorts = parse(query), parse_sort(sort or "-id")
    named = any(key.area == "run" and key.name == "deleted" for key in keys_of(where))
    return find_runs(
        tx,
        project=project,
        where=where,
        sorts=sorts,
        limit=limit,
        after=after,
        deleted=None if named else False,
        children=children,
        most=most,
        columns=columns,
    )


MOST_COUNTED = 10_000
"""Runs: above this a count says "at least"."""


def count_runs(tx: Transaction, query: str, children: bool, project: str) -> tuple[int, bool]:
    """How many runs a query finds, and whether that is all of them."""
    ground, where = ground_of(tx, tx.now), parse(query)
    scope = scope_of(ground, query, project, children=children)
    few = few_runs(tx, where, ground) if where is not None and ground.dialect == "sqlite" else None
    if few is not None:
        scope = [t.run.c.id.in_(few), *scope_of(ground, query, project, children=children, hidden=True)]
    some = select(literal(1)).select_from(t.run).where(*scope).limit(MOST_COUNTED + 1).subquery()
    found = int(tx.execute(select(func.count()).select_from(some)).scalar_one())
    return min(found, MOST_COUNTED), found <= MOST_COUNTED


def find_runs(
    tx: Transaction,
    *,
    project: str,
    where: Term | None,
    sorts: Sequence[Sort],
    limit: int,
    after: str | None,
    experiments: Sequence[int | None] | None = None,
    deleted: bool | None = False,
    children: bool = True,
    most: int = MOST_ROWS,
    columns: Sequence[Any] = (t.run,),
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the runs of a project: rows of `run`, or `columns` of it, in order, and the cursor for the next page (None: this
    was the last).

    `experiments` limits them to some (None among them is the default experiment); `deleted` None is both, deleted and not. Without
    `children` only runs that nobody but a person or a trigger asked for. Runs that do not have the key to sort by come last; equal
    ones are ordered by id. "Now" stays that of the first page. Raises QueryError for a cursor that does not read.
    """
    sorts = sorts or [Sort(key=Key(area="run", name="id"), descending=True)]
    start = read_cursor(after, sorts) if after else None
    ground = ground_of(tx, start.now if start else tx.now)
    scope = _scope(ground, project, experiments, deleted, children)
    more = [] if where is None else [condition(where, ground)]
    statement, driven = select(t.run.c.id).where(*scope, *more), None
    if ground.dialect == "sqlite":
        # SQLite knows no statistics, so it is told where to begin: with the few that pass a part of the query, or in the order's index.
        hidden = _scope(ground, project, experiments, deleted, children, hidden=True)
        few = None if where is None else few_runs(tx, where, ground)
        if few is not None and _many(tx, scope, _FEW):
            statement = select(t.run.c.id).where(t.run.c.id.in_(few), *hidden, *more)
        elif _has_index(sorts[0].key, ground) and _many(tx, scope, _FEW if where is None else _FEW_TO_TEST):
            driven = select(t.run.c.id).where(*hidden, *more)
    found, following = page(tx, statement, sorts, ground, min(limit, most), start, driven, most=most)
    return _whole(tx, [row.id for row in found], columns), following


def _has_index(key: Key, ground: Ground) -> bool:
    """Whether an index gives the order of a key."""
    return key.area in ground.named or key.name in ("id", "name", "key")


def _whole(tx: Transaction, runs: Sequence[int], columns: Sequence[Any]) -> list[Row[Any]]:
    """The rows themselves, which are fetched once it is known which: what is sorted stays narrow."""
    if not runs:
        return []
    dialect = tx.connection.dialect.name
    query = select(*columns, t.run.c.id.label("numbered")).where(dialects.among_numbers(t.run.c.id, dialect))
    rows = {row.numbered: row for row in tx.all(query, dialects.numbers(runs, dialect))}
    return [rows[run] for run in runs if run in rows]


def few_runs(tx: Transaction, where: Term, ground: Ground) -> Select[Any] | None:
    """The runs that pass the part of a query that fewest pass, when an index shows that these are few; None when it does not."""
    counted = [(_so_few(tx, one), one) for one in (_indexed(term, ground) for term in _terms(where)) if one is not None]
    fewest = min(counted, key=lambda pair: pair[0], default=None)
    return fewest[1] if fewest is not None and fewest[0] <= _FEW_TO_TEST else None


def _terms(where: Term) -> Sequence[Term]:
    """What must all hold."""
    return [one for term in where.terms for one in _terms(term)] if isinstance(where, Both) else [where]


def _indexed(term: Term, ground: Ground) -> Select[Any] | None:
    """The runs for which a comparison holds, where an index on name and value finds them."""
    if not isinstance(term, Compare) or term.operator == "!=" or term.key.area not in ("metric", "parameter", "tag"):
        return None
    key, named = term.key, _NAMED[term.key.area]
    rows = select(named.table.c.run).where(named.table.c.name == key.name, holds(term, named, ground))
    if key.area == "tag" and term.operator == "=":
        return rows.where(named.table.c.value == storable(str(term.value), MOST_TAG))
    return rows if key.area != "tag" and not isinstance(term.value, str) and key.part in ("", "last") else None


def _so_few(tx: Transaction, runs: Select[Any]) -> int:
    some = runs.limit(_FEW_TO_TEST + 1).subquery()
    return int(tx.execute(select(func.count()).select_from(some)).scalar_one())


def _many(tx: Transaction, scope: Sequence[Condition], bound: int) -> bool:
    """Whether so many runs are meant that looking for them in the order of the sorted values finds a page sooner."""
    few = select(literal(1)).select_from(t.run).where(*scope).limit(bound + 1).subquery()
    return int(tx.execute(select(func.count()).select_from(few)).scalar_one()) > bound


def ground_of(tx: Transaction, now: float) -> Ground:
    """How keys of runs are found in the database."""
    return Ground(
        dialect=tx.connection.dialect.name,
        now=now,
        identity=t.run.c.id,
        column=_column,
        named=_NAMED,
        keyed=_KEYED,
        unique=frozenset(("id", "key")),
    )


def scope_of(ground: Ground, query: str, project: str, *, children: bool, hidden: bool = False) -> list[Condition]:
    """Conditions for the runs of a project that a query finds; deleted ones only when it names `deleted`."""
    where = parse(query)
    named = any(key.area == "run" and key.name == "deleted" for key in keys_of(where))
    found = _scope(ground, project, None, None if named else False, children, hidden=hidden)
    return found if where is None else [*found, condition(where, ground)]


def _column(key: Key, now: float) -> ColumnElement[Any]:
    """The expression for what a run has by itself."""
    if key.name == "duration":
        return func.coalesce(t.run.c.ended_at, literal(now, Double)) - t.run.c.started_at
    if key.name == "experiment":
        named = select(t.experiment.c.name).where(t.experiment.c.id == t.run.c.experiment).scalar_subquery()
        return func.coalesce(named, DEFAULT_EXPERIMENT)
    return _TIMES[key.name] if key.name in _TIMES else t.run.c[key.name]


def _scope(
    ground: Ground, project: str, experiments: Sequence[int | None] | None, deleted: bool | None, children: bool, *, hidden: bool = False
) -> list[Condition]:
    """Which runs are meant. `hidden` writes it so that SQLite, which knows no statistics, does not begin with an index on these columns:
    the one that gives the order is to be read from its end."""
    run, found = t.run.c, []
    found.append((func.coalesce(run.project, "") if hidden else run.project) == project)
    if experiments is not None:
        known = func.coalesce(run.experiment, 0) if hidden else run.experiment
        if hidden:
            found.append(known.in_([number or 0 for number in experiments]))
        elif len(experiments) == 1:
            found.append(known.is_(None) if experiments[0] is None else known == experiments[0])
        else:
            numbers = [number for number in experiments if number is not None]
            found.append(or_(known.in_(numbers), *([known.is_(None)] if None in experiments else [])))
    if deleted is not None:
        found.append(run.deleted_at.is_not(None) if deleted else run.deleted_at.is_(None))
    if not children:
        # SQLite knows no statistics: for a plain IS NULL it takes the index on `parent` and then sorts nearly every run there is.
        found.append(func.coalesce(run.parent, 0) == 0 if ground.dialect == "sqlite" else run.parent.is_(None))
    return found

"""Runs with the newest of all that they told, for a page at once: what clients of other systems ask for most."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from treadle.contract import client_runs as words
from treadle.contract.client_runs import DescribedInput, LastPoint, ModelLink, RunRow
from treadle.contract.search import Key, Sort
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.query import find_runs
from treadle.tracking.refs import find_keyed, known_as

MOST_ROWS = 50_000
_NEWEST = (Sort(key=Key(area="run", name="started"), descending=True), Sort(key=Key(area="run", name="id"), descending=True))
_DELETED: dict[str, bool | None] = {"no": False, "only": True, "both": None}


@performs(words.find_rows)
def find(request: words.FindRows, call: Call, store: Database) -> words.RowPage:
    """One page of runs, newest first unless told otherwise."""
    if request.deleted not in _DELETED:
        raise UsageError(f"`deleted` is no, only or both, not `{request.deleted}`")
    experiments = None if request.experiments is None else [number or None for number in request.experiments]
    with store.reading(call) as tx:
        rows, following = find_runs(
            tx,
            project=call.project,
            where=request.where,
            sorts=request.sorts or _NEWEST,
            limit=max(1, min(request.limit, MOST_ROWS)),
            after=request.after,
            experiments=experiments,
            deleted=_DELETED[request.deleted],
            children=True,
        )
        return words.RowPage(rows=tuple(rows_of(tx, rows)), next=following)


@performs(words.get_row)
def get(request: words.KeyedRun, call: Call, store: Database) -> RunRow:
    with store.reading(call) as tx:
        return rows_of(tx, [find_keyed(tx, request.run, call.project)])[0]


def rows_of(tx: Transaction, rows: Sequence[Row[Any]]) -> list[RunRow]:
    """Runs with their newest points, parameters, tags and inputs, each kind fetched for all of them at once."""
    if not rows:
        return []
    numbers = dialects.numbers([row.id for row in rows], tx.connection.dialect.name)
    asked = _statements(tx.connection.dialect.name)
    metrics: dict[int, list[LastPoint]] = defaultdict(list)
    for run, name, last, at, step in map(tuple, tx.all(asked["metrics"], numbers)):
        metrics[run].append(LastPoint(name, last, at, step))
    parameters: dict[int, dict[str, str]] = defaultdict(dict)
    for run, name, text in map(tuple, tx.all(asked["parameters"], numbers)):
        parameters[run][name] = text
    tags: dict[int, dict[str, str]] = defaultdict(dict)
    for run, name, value, whole in map(tuple, tx.all(asked["tags"], numbers)):
        tags[run][name] = value if whole is None else whole
    inputs: dict[int, list[DescribedInput]] = defaultdict(list)
    for row in tx.all(asked["inputs"], numbers):
        inputs[row.run].append(input_of(row))
    models: dict[tuple[int, str], list[ModelLink]] = defaultdict(list)
    for row in tx.all(asked["models"], numbers):
        models[row.run, row.role].append(ModelLink(model=row.model, step=row.step))
    return [
        row_of(
            row,
            metrics=tuple(metrics.get(row.id, ())),
            parameters=parameters.get(row.id, {}),
            tags=tags.get(row.id, {}),
            inputs=tuple(inputs.get(row.id, ())),
            models_in=tuple(models.get((row.id, "input"), ())),
            models_out=tuple(models.get((row.id, "output"), ())),
        )
        for row in rows
    ]


def row_of(row: Row[Any], **more: Any) -> RunRow:
    """A run by its own row; `more` adds what it told."""
    return RunRow(
        id=row.id,
        key=known_as(row),
        name=row.name,
        experiment=row.experiment or 0,
        kind=row.kind,
        step=row.step,
        state=row.state,
        actor=row.actor,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        deleted_at=row.deleted_at,
        **more,
    )


def input_of(row: Row[Any]) -> DescribedInput:
    return DescribedInput(
        name=row.name,
        digest=row.digest,
        source_type=row.source_type,
        source=row.source,
        schema=row.schema,
        profile=row.profile,
        tags=row.tags,
    )


@functools.cache
def _statements(dialect: str) -> dict[str, Any]:
    def within(table: Any, *columns: Any) -> Any:
        return select(*columns).where(dialects.among_numbers(table.c.run, dialect))

    m, p, g = t.metric.c, t.parameter.c, t.tag.c
    return {
        "metrics": within(t.metric, m.run, m.name, m.last, m.at, m.last_step),
        "parameters": within(t.parameter, p.run, p.name, p.text),
        "tags": within(t.tag, g.run, g.name, g.value, g.whole),
        "inputs": within(t.described_input, t.described_input).order_by(t.described_input.c.id),
        "models": within(t.model_link, t.model_link).order_by(t.model_link.c.model),
    }

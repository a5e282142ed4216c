"""Pipelines as people look at them: which there are, and the graph of one run. Read compactly: a fan-out may have thousands of runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from treadle.contract.graphs import MOST_EDGES, MOST_NODES, MOST_SHOWN, Graph, ListPipelines, Node, Pipeline, list_pipelines, read_graph
from treadle.contract.runs import RunRef
from treadle.core.operation import Call, performs
from treadle.runs.operations import load
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

_RUN = t.run.c
_SHOWN = (
    _RUN.id,
    _RUN.name,
    _RUN.step,
    _RUN.state,
    _RUN.kind,
    _RUN.reused_from,
    _RUN.queued_at,
    _RUN.started_at,
    _RUN.ended_at,
)


@performs(read_graph)
def graph(request: RunRef, call: Call, store: Database) -> Graph:
    with store.reading(call) as tx:
        row = load(tx, request.run)
        total = int(tx.execute(select(func.count()).where(_RUN.parent == row.id)).scalar_one())
        rows = tx.all(select(*_SHOWN, _RUN.bindings).where(_RUN.parent == row.id).order_by(_RUN.id).limit(MOST_NODES))
        edges = _edges(tx, row.id, rows)
    return Graph(
        run=_node(row),
        nodes=tuple(_node(one) for one in rows),
        edges=tuple(edges[:MOST_EDGES]),
        total=total,
        whole=total == len(rows) and len(edges) <= MOST_EDGES,
    )


def _edges(tx: Transaction, parent: int, rows: Any) -> list[tuple[int, int]]:
    """Who took something of whom: from the bindings, and from what a run had to wait for without taking anything."""
    siblings = {row.id for row in rows}
    found = {(giver, row.id) for row in rows for binding in (row.bindings or {}).values() for giver in _givers(binding)}
    waited = select(t.dependency.c.upstream, t.dependency.c.run).join(t.run, _RUN.id == t.dependency.c.run).where(_RUN.parent == parent)
    found |= {(row.upstream, row.run) for row in tx.all(waited.limit(MOST_EDGES))}
    return sorted(pair for pair in found if siblings.issuperset(pair))


def _givers(binding: Mapping[str, Any]) -> Iterator[int]:
    if binding.get("run") is not None:
        yield int(binding["run"])
    for one in binding.get("many") or ():
        yield from _givers(one)


@performs(list_pipelines)
def pipelines(request: ListPipelines, call: Call, store: Database) -> list[Pipeline]:
    """The one that ran last comes first."""
    show = max(1, min(request.show, MOST_SHOWN))
    mine = (_RUN.project == call.project, _RUN.kind == "pipeline", _RUN.parent.is_(None), _RUN.deleted_at.is_(None))
    place = func.row_number().over(partition_by=_RUN.step, order_by=_RUN.id.desc()).label("place")
    of_all = func.count().over(partition_by=_RUN.step).label("of_all")
    ranked = select(*_SHOWN, place, of_all).where(*mine).subquery()
    with store.reading(call) as tx:
        rows = tx.all(select(ranked).where(ranked.c.place <= show).order_by(ranked.c.id.desc()))
    gathered: dict[str, list[Row[Any]]] = {}
    for row in rows:
        gathered.setdefault(row.step, []).append(row)
    return [Pipeline(name=name, runs=last[0].of_all, last=tuple(_node(row) for row in last)) for name, last in gathered.items()]


def _node(row: Row[Any]) -> Node:
    return Node(
        id=row.id,
        name=row.name,
        step=row.step,
        state=row.state,
        kind=row.kind,
        reused_from=row.reused_from,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )

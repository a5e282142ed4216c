"""Columns of values of many runs, for charts."""

from __future__ import annotations

from treadle.contract.columns import MOST_COLUMNS, MOST_TABLED, ReadTable, RunTable, read_table
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs
from treadle.store import tables as t
from treadle.store.database import Database
from treadle.tracking.columns import Value, values_of
from treadle.tracking.query import ground_of, select_runs
from treadle.tracking.search import parse_column


@performs(read_table)
def table(request: ReadTable, call: Call, store: Database) -> RunTable:
    if not 1 <= request.limit <= MOST_TABLED:
        raise UsageError(f"`limit` is 1 to {MOST_TABLED}, not {request.limit}")
    if len(request.columns) > MOST_COLUMNS:
        raise UsageError(f"at most {MOST_COLUMNS} columns at once, not {len(request.columns)}")
    keys = {text: parse_column(text) for text in request.columns}
    with store.reading(call) as tx:
        ground = ground_of(tx, tx.now)
        own = {text: ground.own(key) for text, key in keys.items() if key.area not in ground.named}
        rows, following = select_runs(
            tx,
            request.query,
            request.sort,
            request.limit,
            None,
            request.children,
            call.project,
            most=MOST_TABLED,
            columns=(t.run.c.id, t.run.c.name, *(column.label(f"own_{place}") for place, column in enumerate(own.values()))),
        )
        plain = list(zip(*(tuple(row)[: 2 + len(own)] for row in rows), strict=True)) or [()] * (2 + len(own))
        runs: tuple[int, ...] = plain[0]
        elsewhere = values_of(tx, runs, {key for key in keys.values() if key.area in ground.named})
    columns: dict[str, tuple[Value, ...]] = dict(zip(own, plain[2:], strict=True))
    for text, key in keys.items():
        if text not in columns:
            columns[text] = tuple(map(elsewhere[key].get, runs))
    return RunTable(runs=runs, names=plain[1], columns={text: columns[text] for text in keys}, more=following is not None)

"""Words about columns of many runs at once, as charts take them."""

from __future__ import annotations

import msgspec

from treadle.core.operation import POST, operation

MOST_TABLED, MOST_COLUMNS = 20_000, 100
"""Runs in one table, and columns."""


class ReadTable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some values of all runs that a query finds, in the order of `sort`, at most `limit` (1 to 20000) of them.

    `columns` are keys as the search language writes them: a run's own (`state`, `duration`, `created` ...), `metrics.NAME` for the last
    value of a metric, `metrics.NAME.lowest`, `.highest`, `.step` or `.points` for its other summaries, `params.NAME`, `tags.NAME`, and
    `inputs.NAME` for what a run took in under a name."""

    columns: tuple[str, ...]
    query: str = ""
    sort: str = "-id"
    limit: int = 1000
    children: bool = False


class RunTable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Runs by number and name, and under each column as it was asked for one value for each run; None where a run has none.

    Parameters are numbers where they compare as numbers. `more`: the query finds more runs than these."""

    runs: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    columns: dict[str, tuple[float | str | None, ...]] = {}
    more: bool = False


read_table = operation(
    "tracking.table", POST, "/tracking/table", ReadTable, RunTable, allow="run:read", summary="Columns of values of many runs, for charts."
)

"""Values of chosen keys for many runs at once: each kind is fetched with one statement, whatever the number of runs."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from treadle.contract.search import Key
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Transaction

Value = float | str | None


def values_of(tx: Transaction, runs: Sequence[int], keys: Iterable[Key]) -> dict[Key, dict[int, Value]]:
    """What runs have under keys of named areas, by run; a run that has nothing under a key is not there."""
    wanted: dict[str, list[Key]] = defaultdict(list)
    for key in keys:
        wanted[key.area].append(key)
    found: dict[Key, dict[int, Value]] = {}
    for area, some in wanted.items():
        found |= _READ[area](tx, runs, some)
    return found


def named_rows(tx: Transaction, area: str, runs: Sequence[int], names: Iterable[str]) -> Sequence[Any]:
    """Rows of an area's table for these runs and names: run, name, and the area's own values (see _COLUMNS)."""
    if not runs:
        return ()
    dialect = tx.connection.dialect.name
    asked = {**dialects.numbers(runs, dialect), "names": list(dict.fromkeys(names))}
    return tx.all(_statement(area, dialect), asked)


_COLUMNS = {
    "metric": (t.metric, ("last", "last_step", "lowest", "highest", "points")),
    "parameter": (t.parameter, ("number", "text")),
    "tag": (t.tag, ("value", "whole")),
    "taken": (t.lineage, ("position", "source", "digest", "producer")),
}


@functools.cache
def _statement(area: str, dialect: str) -> Any:
    table, columns = _COLUMNS[area]
    within = dialects.among_numbers(table.c.run, dialect)
    query = select(table.c.run, table.c.name, *(table.c[name] for name in columns))
    return query.with_hint(table, dialects.by_primary_key(table), "sqlite").where(
        within, table.c.name.in_(bindparam("names", expanding=True))
    )


def _metrics(tx: Transaction, runs: Sequence[int], keys: Sequence[Key]) -> dict[Key, dict[int, Value]]:
    parts = _COLUMNS["metric"][1]
    found: dict[Key, dict[int, Value]] = {key: {} for key in keys}
    wanted: dict[str, list[tuple[int, dict[int, Value]]]] = defaultdict(list)
    for key in found:
        wanted[key.name].append((2 + parts.index(key.part), found[key]))
    for row in named_rows(tx, "metric", runs, wanted):
        for place, values in wanted[row[1]]:
            values[row[0]] = row[place]
    return found


def _parameters(tx: Transaction, runs: Sequence[int], keys: Sequence[Key]) -> dict[Key, dict[int, Value]]:
    rows = named_rows(tx, "parameter", runs, (key.name for key in keys))
    return _by_name(keys, [(run, name, text if number is None else number) for run, name, number, text in rows])


def _tags(tx: Transaction, runs: Sequence[int], keys: Sequence[Key]) -> dict[Key, dict[int, Value]]:
    rows = named_rows(tx, "tag", runs, (key.name for key in keys))
    return _by_name(keys, [(run, name, value if whole is None else whole) for run, name, value, whole in rows])


def _taken(tx: Transaction, runs: Sequence[int], keys: Sequence[Key]) -> dict[Key, dict[int, Value]]:
    rows = named_rows(tx, "taken", runs, (key.name for key in keys))
    return _by_name(keys, [(run, name, source) for run, name, position, source, *_ in rows if position == 0])


def _by_name(keys: Sequence[Key], rows: Iterable[tuple[int, str, Value]]) -> dict[Key, dict[int, Value]]:
    named: Mapping[str, dict[int, Value]] = {key.name: {} for key in keys}
    for run, name, value in rows:
        named[name][run] = value
    return {key: named[key.name] for key in keys}


_READ = {"metric": _metrics, "parameter": _parameters, "tag": _tags, "taken": _taken}

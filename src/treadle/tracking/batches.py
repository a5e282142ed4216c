"""Batches of what clients tell of their runs: taken whole or not at all, and the same batch a second time changes nothing."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import bindparam, insert, select, update

from treadle.contract.points import Logged, LogRun, Points, log_run
from treadle.core.errors import ParameterChanged, StateError, UsageError
from treadle.core.operation import Call, performs
from treadle.data.artifacts import chunks as pieces
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.store.together import Together
from treadle.tracking import chunks
from treadle.tracking.parameters import MOST_NAME, flatten, storable
from treadle.tracking.refs import find_keyed
from treadle.tracking.series import Series
from treadle.tracking.tags import write_tags

_BEYOND = 1 << 63
_PARAMETERS = select(t.parameter.c.name, t.parameter.c.text).where(
    t.parameter.c.run == bindparam("of"), t.parameter.c.name.in_(bindparam("names", expanding=True))
)
_INSERT_PARAMETERS = insert(t.parameter)


class Batch(NamedTuple):
    """A request as it can be written: names and texts as databases keep them, points as arrays without repetitions."""

    run: str
    project: str
    points: dict[str, Series]
    parameters: dict[str, tuple[str, float | None]]
    tags: dict[str, str | None]
    name: str | None
    parent: str | None


@performs(log_run)
def log(request: LogRun, call: Call, store: Database) -> Logged:
    batch = _read(request, call.project)
    together = _TOGETHER.get(store)
    if together is None:
        together = _TOGETHER.setdefault(store, Together(write, _run_of))
    return together(store, batch)


_TOGETHER: weakref.WeakKeyDictionary[Database, Together[Batch, Logged]] = weakref.WeakKeyDictionary()


def _run_of(batch: Batch) -> str:
    return batch.run


def _read(request: LogRun, project: str) -> Batch:
    """The request as a batch. Raises UsageError, naming what cannot be kept."""
    points = {_name("metric", name): _series(name, one) for name, one in request.points.items()}
    parameters = {_name("parameter", name): value for name, value in request.parameters.items()}
    tags = {_name("tag", name): value for name, value in request.tags.items()}
    return Batch(request.run, project, points, flatten(parameters), tags, request.name, request.parent)


def _name(what: str, name: str) -> str:
    if not name:
        raise UsageError(f"a {what} needs a name")
    clean = storable(name)
    if len(clean.encode()) > MOST_NAME:
        raise UsageError(f"the name of {what} `{name[:40]}...` has more than {MOST_NAME} bytes")
    return clean


def _series(name: str, points: Points) -> Series:
    if not len(points.steps) == len(points.times) == len(points.values):
        raise UsageError(f"metric `{name[:100]}` has {len(points.steps)} steps, {len(points.times)} times and {len(points.values)} values")
    try:
        one = Series(np.array(points.steps, np.int64), np.array(points.times, np.float64), np.array(points.values, np.float64))
    except (OverflowError, TypeError, ValueError) as error:
        raise UsageError(f"the points of metric `{name[:100]}` are not numbers, or a step is beyond 64 bits") from error
    if not bool(np.isfinite(one.times).all()):
        raise UsageError(f"a time of metric `{name[:100]}` is not a number")
    return chunks.without_repetitions(one)


# --- in a transaction ---------------------------------------------------------------------------------------------------------


def write(tx: Transaction, batch: Batch) -> Logged:
    """Writes a batch. Raises UnknownRun, StateError or ParameterChanged before anything is written."""
    row = find_keyed(tx, batch.run, batch.project, lock=True)
    if row.deleted_at is not None:
        raise StateError(f"run {row.id} {row.name} is deleted, so nothing can be logged to it", hint=f"treadle restore {row.id}")
    run = int(row.id)
    parameters = _fresh_parameters(tx, run, batch) if batch.parameters else []
    parent = find_keyed(tx, batch.parent, batch.project) if batch.parent else None
    count = write_points(tx, run, batch.points) if batch.points else 0
    if parameters:
        tx.execute(_INSERT_PARAMETERS, parameters)
    if batch.tags:
        write_tags(tx, run, batch.tags)
    changes: dict[str, Any] = {"name": storable(batch.name)} if batch.name else {}
    if parent is not None and nests(parent, run):
        changes |= {"parent": parent.id, "root": parent.root}
    if changes:
        tx.execute(update(t.run).where(t.run.c.id == run).values(**changes))
    return Logged(run=run, points=count)


def nests(parent: Any, run: int | None = None) -> bool:
    """Whether a client's run can stand inside `parent`: in a run that is performed by itself, too. The children of a pipeline are
    what its body called, so what its steps log elsewhere is not among them."""
    return bool(parent.kind == "script" and parent.id != run and parent.root != run)


def _fresh_parameters(tx: Transaction, run: int, batch: Batch) -> list[dict[str, Any]]:
    names = list(batch.parameters)
    known: dict[str, str] = {}
    for part in pieces(names):
        known.update((row.name, row.text) for row in tx.all(_PARAMETERS, {"of": run, "names": part}))
    for name, before in known.items():
        after = batch.parameters[name][0]
        if before != after:
            error = ParameterChanged(f"parameter `{name}` of run {run} is `{before[:200]}`, and cannot become `{after[:200]}`")
            error.name, error.before, error.after = name, before, after
            raise error
    return [
        {"run": run, "name": name, "text": text, "number": number} for name, (text, number) in batch.parameters.items() if name not in known
    ]


def write_points(tx: Transaction, run: int, points: Mapping[str, Series]) -> int:
    """Writes the points that are not there yet; answers how many. The run's row is locked by the caller."""
    known = chunks.known_summaries(tx, run, list(points))
    fresh: dict[str, Series] = {}
    for name, one in points.items():
        left = chunks.unknown_points(tx, run, name, one, known.get(name))
        if len(left.steps):
            fresh[name] = left
    if fresh:
        chunks.write_summaries(tx, run, fresh, known)
        chunks.write(tx, run, fresh, known)
    return sum(len(one.steps) for one in fresh.values())

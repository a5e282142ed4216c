"""Runs that clients open and end by themselves. Nobody dispatches, supervises or loses them, so they have no attempts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from treadle.contract import client_runs as words
from treadle.contract.client_runs import RunRow
from treadle.core.definition import Definition
from treadle.core.errors import StateError, UsageError
from treadle.core.ids import friendly_name
from treadle.core.operation import Call, performs
from treadle.runs import documents
from treadle.runs.rules import ENDED
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking import experiments
from treadle.tracking.batches import nests
from treadle.tracking.parameters import storable
from treadle.tracking.refs import find_keyed
from treadle.tracking.rows import rows_of
from treadle.tracking.tags import tag_row

NEVER = 1
"""What `waiting` is in such a run: no dispatcher takes a queued run that waits, and nothing ever releases this one."""

_MOST_WORDS = 500
_STATES = ("queued", "running", *ENDED)


@performs(words.open_run)
def open_run(request: words.OpenRun, call: Call, store: Database) -> RunRow:
    """Opens a run; the same key answers the same run again."""
    if len(request.name) > _MOST_WORDS or not 8 <= len(request.key) <= 100:
        raise UsageError(f"a name has at most {_MOST_WORDS} characters, a key 8 to 100")
    with store.transaction(call) as tx:
        known = tx.first(select(t.run).where(t.run.c.key == request.key))
        if known is None:
            _record(tx, request)
        return rows_of(tx, [find_keyed(tx, request.key, call.project)])[0]


def _record(tx: Transaction, request: words.OpenRun) -> None:
    if request.experiment and experiments.load(tx, request.experiment).deleted_at is not None:
        raise StateError(f"experiment {request.experiment} is deleted", hint=f"treadle experiments restore {request.experiment}")
    parent = find_keyed(tx, request.parent, tx.call.project) if request.parent else None
    step = storable(request.source.rpartition("/")[2] or "script", _MOST_WORDS)
    number = tx.next_numbers("run")[0]
    row = _row(tx, number, request, step) | {
        "definition": documents.keep(tx, [Definition(kind="script", name=step, outputs=())])[0],
        "root": number,
    }
    if parent is not None and nests(parent):
        row |= {"parent": parent.id, "root": parent.root}
    tx.execute(insert(t.run), row)
    if request.tags:
        tx.execute(insert(t.tag), [tag_row(number, name, value) for name, value in request.tags.items() if name])
    tx.news("run.running", f"run:{number}", root=row["root"], step=step, name=row["name"], parent=row.get("parent"))


def _row(tx: Transaction, number: int, request: words.OpenRun, step: str) -> dict[str, Any]:
    return {
        "id": number,
        "key": request.key,
        "project": tx.call.project,
        "kind": "script",
        "name": storable(request.name) or friendly_name(number),
        "step": step,
        "state": "running",
        "experiment": request.experiment or None,
        "parameters": {},
        "bindings": {},
        "options": {},
        "waiting": NEVER,
        "not_before": tx.now,
        "engine": "script",
        "attempts": 0,
        "failures": 0,
        "losses": 0,
        "stop_requested": False,
        "queued_at": tx.now if request.started_at is None else min(tx.now, request.started_at),
        "started_at": tx.now if request.started_at is None else request.started_at,
        "actor": tx.call.actor,
        "cause": tx.call.cause,
    }


@performs(words.change_run)
def change(request: words.ChangeRun, call: Call, store: Database) -> RunRow:
    """Changes the state of a client's run, its end and its name. Ended runs may be opened again."""
    with store.transaction(call) as tx:
        row = find_keyed(tx, request.run, call.project, lock=True)
        if row.deleted_at is not None:
            raise StateError(f"run {row.id} {row.name} is deleted", hint=f"treadle restore {row.id}")
        values: dict[str, Any] = {}
        if request.name:
            values["name"] = storable(request.name, _MOST_WORDS)
        if request.state is not None and request.state != row.state:
            values |= _moved(tx, row, request)
        elif request.ended_at is not None and row.state in ENDED and is_clients(row):
            values["ended_at"] = request.ended_at
        if values:
            tx.execute(update(t.run).where(t.run.c.id == row.id).values(**values))
            row = find_keyed(tx, request.run, call.project)
        return rows_of(tx, [row])[0]


def is_clients(row: Row[Any]) -> bool:
    """Whether a run is one that only its client moves."""
    return bool(row.kind == "script" and row.waiting == NEVER)


def _moved(tx: Transaction, row: Row[Any], request: words.ChangeRun) -> dict[str, Any]:
    state = str(request.state)
    if state not in _STATES:
        raise UsageError(f"`{state[:40]}` is not a state of a client's run", hint=f"states: {', '.join(_STATES)}")
    if not is_clients(row):
        raise StateError(f"run {row.id} {row.name} is performed here: a client does not say how it ends", hint=f"treadle stop {row.id}")
    about = {"step": row.step, "name": row.name, "parent": row.parent}
    if state not in ENDED:
        tx.news(f"run.{state}", f"run:{row.id}", root=row.root, again=True, **about)
        return {"state": state, "ended_at": None, "reason": None, "stop_requested": False}
    ended = tx.now if request.ended_at is None else request.ended_at
    wall = {"wall": round(max(0.0, ended - (row.started_at or ended)), 3)} if state == "done" else {}
    tx.news(f"run.{state}", f"run:{row.id}", root=row.root, **wall, **about)
    return {"state": state, "ended_at": ended, "reason": None if state == "done" else state}


@performs(words.delete_run)
def delete(request: words.KeyedRun, call: Call, store: Database) -> RunRow:
    """Hides a run, with all that it told; deleting twice changes nothing."""
    with store.transaction(call) as tx:
        row = find_keyed(tx, request.run, call.project, lock=True)
        if row.deleted_at is None:
            if row.state not in ENDED and not is_clients(row):
                raise StateError(f"run {row.id} {row.name} is {row.state}: it must end before it is deleted", hint=f"treadle stop {row.id}")
            tx.execute(update(t.run).where(t.run.c.id == row.id).values(deleted_at=tx.now))
            tx.news("run.deleted", f"run:{row.id}", root=row.root, step=row.step, name=row.name, parent=row.parent)
        return rows_of(tx, [find_keyed(tx, request.run, call.project)])[0]


@performs(words.restore_run)
def restore(request: words.KeyedRun, call: Call, store: Database) -> RunRow:
    with store.transaction(call) as tx:
        row = find_keyed(tx, request.run, call.project, lock=True)
        if row.deleted_at is not None:
            if row.experiment and experiments.load(tx, row.experiment).deleted_at is not None:
                raise StateError(
                    f"run {row.id} {row.name} is in a deleted experiment", hint=f"treadle experiments restore {row.experiment}"
                )
            tx.execute(update(t.run).where(t.run.c.id == row.id).values(deleted_at=None))
            tx.news("run.restored", f"run:{row.id}", root=row.root, step=row.step, name=row.name, parent=row.parent)
        return rows_of(tx, [find_keyed(tx, request.run, call.project)])[0]

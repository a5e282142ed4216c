"""The operations on runs: load, decide, apply."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract import runs as words
from treadle.contract.runs import Binding, Code, End, Environment, Run
from treadle.core.definition import APPROVAL, Definition
from treadle.core.errors import StateError
from treadle.core.operation import Call, performs
from treadle.runs import documents, said
from treadle.runs.endings import fail_waiting, release, stop_children, stop_one
from treadle.runs.rows import listed, listed_with, run_of, whole
from treadle.runs.rules import ENDED
from treadle.runs.submission import Wanted, record, requeue
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.query import count_runs, select_runs
from treadle.tracking.refs import find_run
from treadle.tracking.search import parse_column


def load(tx: Transaction, ref: str) -> Row[Any]:
    """The row of a run named by number, friendly name, unique prefix or `@-1`; raises UnknownRun."""
    number = find_run(tx, ref, tx.call.project)
    return tx.all(select(t.run).where(t.run.c.id == number))[0]


@performs(words.submit)
def submit(request: words.SubmitRun, call: Call, store: Database) -> Run:
    with store.transaction(call) as tx:
        known = tx.first(select(t.run).where(t.run.c.key == request.key))
        if known is not None:
            return run_of(known)
        want = Wanted(
            key=request.key,
            definition=request.definition,
            parameters=request.parameters,
            bindings=request.bindings,
            code=request.code,
            environment=request.environment,
            options=request.options,
        )
        number = record(tx, [want])[0]
        return run_of(tx.all(select(t.run).where(t.run.c.id == number))[0])


@performs(words.list_runs)
def list_runs(request: words.ListRuns, call: Call, store: Database) -> words.RunPage:
    with store.reading(call) as tx:
        rows, following = select_runs(tx, request.query, request.sort, request.limit, request.after, request.children, call.project)
        runs = listed(tx, rows) if request.columns is None else listed_with(tx, rows, [parse_column(one) for one in request.columns])
        total, exact = count_runs(tx, request.query, request.children, call.project) if request.count else (None, True)
        return words.RunPage(runs=tuple(runs), next=following, total=total, total_exact=exact)


@performs(words.get_run)
def get_run(request: words.RunRef, call: Call, store: Database) -> Run:
    with store.reading(call) as tx:
        return whole(tx, load(tx, request.run))


@performs(words.stop)
def stop(request: words.StopRun, call: Call, store: Database) -> Run:
    with store.transaction(call) as tx:
        row = load(tx, request.run)
        if row.state in ENDED:
            raise StateError(f"run {row.id} {row.name} has ended already ({row.state})", hint=f"treadle show {row.id}")
        tx.news("run.stop_asked", f"run:{row.id}", root=row.root, step=row.step, name=row.name, why=request.why)
        stop_one(tx, row)
        stop_children(tx, row)
        return whole(tx, load(tx, str(row.id)))


@performs(words.decide)
def decide(request: words.DecideRun, call: Call, store: Database) -> Run:
    """Ends a run that waits for a person: done when it was approved, failed when it was not."""
    with store.transaction(call) as tx:
        row = load(tx, request.run)
        if row.kind != APPROVAL or row.state != "queued":
            raise StateError(f"run {row.id} {row.name} ({row.step}, {row.state}) waits for no approval", hint=f"treadle show {row.id}")
        if row.waiting > 1:
            raise StateError(f"run {row.id} {row.name} waits for other runs before it can be approved", hint=f"treadle show {row.id}")
        state = "done" if request.approve else "failed"
        error = None if request.approve else msgspec.to_builtins(End(kind="stopped", message=f"not approved: {request.why}".rstrip(": ")))
        reason = "approved" if request.approve else "not approved"
        values = {"state": state, "reason": reason, "ended_at": tx.now, "error": error, "note": request.why or None}
        tx.execute(update(t.run).where(t.run.c.id == row.id, t.run.c.state == "queued").values(**values))
        facts = {"root": row.root, "step": row.step, "name": row.name, "parent": row.parent, "reason": reason, "message": request.why}
        tx.news(f"run.{state}", f"run:{row.id}", **facts)
        if request.approve:
            release(tx, [row.id])
        else:
            fail_waiting(tx, row.id)
        return whole(tx, load(tx, str(row.id)))


@performs(words.resume)
def resume(request: words.ResumeRun, call: Call, store: Database) -> Run:
    with store.transaction(call) as tx:
        row = load(tx, request.run)
        if row.state not in ("failed", "stopped"):
            raise StateError(
                f"run {row.id} {row.name} is {row.state}: only a failed or stopped run is resumed", hint=f"treadle rerun {row.id}"
            )
        requeue(tx, [row.id])
        return whole(tx, load(tx, str(row.id)))


@performs(words.rerun)
def rerun(request: words.RerunRun, call: Call, store: Database) -> Run:
    with store.transaction(call) as tx:
        known = tx.first(select(t.run).where(t.run.c.key == request.key))
        if known is not None:
            return whole(tx, known)
        row = load(tx, request.run)
        definition = documents.fetch(tx, [row.definition], Definition)[row.definition]
        if definition.kind == "script":
            raise StateError(f"run {row.id} {row.name} is a script that ran by itself: run the script again", hint=f"python {row.step}")
        bindings = {name: b for name, b in msgspec.convert(row.bindings, dict[str, Binding]).items() if name not in request.parameters}
        want = Wanted(
            key=request.key,
            definition=definition,
            parameters={k: v for k, v in row.parameters.items() if definition.parameter(k) is not None} | request.parameters,
            bindings=bindings,
            code=documents.one(tx, row.code, Code),
            environment=documents.one(tx, row.environment, Environment),
            options=_options(row, request),
        )
        number = record(tx, [want])[0]
        tx.news("run.rerun", f"run:{number}", root=number, of=row.id)
        return whole(tx, load(tx, str(number)))


def _options(row: Row[Any], request: words.RerunRun) -> words.Options:
    """What is said of the new run goes before what was said of the old one."""
    earlier = msgspec.convert(row.options, words.Options)
    given = {name: getattr(request.options, name) for name in words.Options.__struct_fields__}
    default = words.Options()
    return msgspec.structs.replace(earlier, **{name: value for name, value in given.items() if value != getattr(default, name)})


@performs(words.read_log)
def read_log(request: words.ReadLog, call: Call, store: Database, blobs: Blobs) -> words.Log:
    with store.reading(call) as tx:
        row = load(tx, request.run)
        attempt = _attempt_of(tx, row, request.attempt)
        if attempt is None:
            return words.Log(attempt="", offset=request.offset, data=b"", ended=row.state in ENDED)
        offset = request.offset if request.offset >= 0 else max(0, attempt.log_size + request.offset)
        kept, behind = _parts(tx, attempt, offset, request.limit)
        marks = _marks(tx, attempt, offset, offset + request.limit) if request.marks else ()
    data = _stored(blobs, attempt, offset, kept) + behind
    over = attempt.ended_at is not None and offset + len(data) >= attempt.log_size
    return words.Log(attempt=attempt.id, offset=offset, data=data, ended=over, size=attempt.log_size, marks=marks)


def _marks(tx: Transaction, attempt: Row[Any], start: int, end: int) -> tuple[words.LogMark, ...]:
    """The marks of a piece. Where nobody noted what it begins with, that is the code's own output, said when the attempt began."""
    mark = t.log_mark.c
    query = select(mark.offset, mark.at, mark.stream).where(mark.attempt == attempt.id)
    before = tx.first(query.where(mark.offset <= start).order_by(mark.offset.desc()).limit(1))
    first = before or said.Mark(0, attempt.started_at or attempt.claimed_at, "stdout")
    within = tx.all(query.where(mark.offset > start, mark.offset < end).order_by(mark.offset))
    return tuple(words.LogMark(offset=one.offset, at=one.at, stream=one.stream) for one in (first, *within))


MOST_READ = 64 << 20
"""Bytes of a log that are read for its lines."""
_MOST_LINE = 2048  # bytes that a line is thought to have, where only the last ones are wanted


@performs(words.read_events)
def read_events(request: words.ReadEvents, call: Call, store: Database, blobs: Blobs) -> words.Events:
    with store.reading(call) as tx:
        row = load(tx, request.run)
        attempt = _attempt_of(tx, row, request.attempt)
        if attempt is None:
            return words.Events(events=(), total=0)
        size = min(MOST_READ, max(1 << 20, request.limit * _MOST_LINE)) if request.limit > 0 else MOST_READ
        start = max(0, attempt.log_size - size)
        mark = t.log_mark.c
        marks = [
            said.Mark(one.offset, one.at, one.stream)
            for one in tx.all(select(t.log_mark).where(mark.attempt == attempt.id).order_by(mark.offset))
        ]
        kept, behind = _parts(tx, attempt, start, size)
    data = _stored(blobs, attempt, start, kept) + behind
    since = attempt.started_at or attempt.claimed_at
    found = said.lines(data, start, marks, since, over=attempt.ended_at is not None)
    if start and found:
        found = found[1:]  # it began before
    return words.Events(events=tuple(found[-request.limit :] if request.limit > 0 else found), total=len(found), whole=start == 0)


def _attempt_of(tx: Transaction, row: Row[Any], number: int) -> Row[Any] | None:
    """The attempt of a run with that number, 0 for the newest; a reused run has those of the run whose result it took."""
    query = select(t.attempt).where(t.attempt.c.run == (row.reused_from or row.id))
    if number:
        query = query.where(t.attempt.c.number == number)
    return tx.first(query.order_by(t.attempt.c.number.desc()).limit(1))


def _parts(tx: Transaction, attempt: Row[Any], offset: int, limit: int) -> tuple[int, bytes]:
    """How many bytes of a log from `offset` on lie in the store, and what the record holds behind them: what was said after the end of
    an attempt whose log lies in the store is a piece of its own."""
    stored = attempt.log_size if attempt.log_digest is not None else 0
    if stored:
        first = select(func.min(t.log_chunk.c.offset)).where(t.log_chunk.c.attempt == attempt.id)
        stored = tx.execute(first).scalar_one_or_none() or stored
    size = max(0, min(limit, stored - offset))
    start, left = offset + size, limit - size
    return size, _from_chunks(tx, attempt, start, left) if left and start < attempt.log_size else b""


def _stored(blobs: Blobs, attempt: Row[Any], offset: int, size: int) -> bytes:
    return b"".join(blobs.stream(attempt.log_digest, offset, size)) if size else b""


def _from_chunks(tx: Transaction, attempt: Row[Any], offset: int, limit: int) -> bytes:
    """Log bytes from `offset` on, from the chunk that holds it and those behind."""
    chunk = t.log_chunk.c
    first = tx.first(select(chunk.offset).where(chunk.attempt == attempt.id, chunk.offset <= offset).order_by(chunk.offset.desc()).limit(1))
    if first is None:
        return b""
    found = bytearray()
    for row in tx.all(
        select(t.log_chunk)
        .where(chunk.attempt == attempt.id, chunk.offset >= first.offset, chunk.offset < offset + limit)
        .order_by(chunk.offset)
    ):
        found += row.data
    start = offset - first.offset
    return bytes(found[start : start + limit])

"""What follows when attempts end: the state of their runs, their outputs, another try, and who was waiting for them.

Everything here happens in the transaction that checked the token, so a result is taken once or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Row

from treadle.contract.data import Artifact
from treadle.contract.runs import STREAMS, End, Options, Usage
from treadle.contract.tracking import read_records
from treadle.contract.work import FinishAttempt, Held
from treadle.core.definition import Definition
from treadle.core.errors import TreadleError
from treadle.data.artifacts import artifact_of, artifact_row, chunks
from treadle.data.datum_rows import take_aliases
from treadle.data.outputs import commit_output, commits_of
from treadle.registry.outputs import register_checked, register_offered, register_output
from treadle.runs import documents
from treadle.runs.rules import ENDED, after_end, move
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.store.leases import LIVE

_NOT_TRACKED = frozenset({"out", "end", "artifact", "open", "stream"})

_END_ATTEMPT = (
    update(t.attempt)
    .where(t.attempt.c.id == bindparam("attempt_id"))
    .values(
        state=bindparam("to"),
        ended_at=bindparam("at"),
        started_at=bindparam("began"),
        end=bindparam("how"),
        usage=bindparam("used"),
        host=bindparam("where"),
        handle=bindparam("found_by"),
    )
)
_END_RUN = (
    update(t.run)
    .where(t.run.c.id == bindparam("run_id"))
    .values(
        state=bindparam("to"),
        reason=bindparam("because"),
        ended_at=bindparam("at"),
        error=bindparam("how"),
        usage=bindparam("used"),
        failures=bindparam("failed"),
        losses=bindparam("lost"),
        not_before=bindparam("next_try"),
    )
)


def held_attempts(tx: Transaction, held: Iterable[Held]) -> dict[str, Row[Any]]:
    """The attempts that are live and really held by these tokens, locked until the transaction ends."""
    tokens = {h.attempt: h.token for h in held}
    found: dict[str, Row[Any]] = {}
    for part in chunks(sorted(tokens)):
        query = select(t.attempt).where(t.attempt.c.id.in_(part), t.attempt.c.state.in_(LIVE)).order_by(t.attempt.c.id)
        for row in tx.all(query.with_for_update()):
            if row.token == tokens[row.id]:
                found[row.id] = row
    return found


def end_attempts(tx: Transaction, finished: Sequence[tuple[Row[Any], FinishAttempt]], *, keeper: bool) -> None:
    """Ends live attempts. `keeper`: somebody is there to try lost runs again."""
    runs = {
        row.id: row
        for row in tx.all(select(t.run).where(t.run.c.id.in_([a.run for a, _ in finished])).order_by(t.run.c.id).with_for_update())
    }
    definitions = documents.fetch(tx, [row.definition for row in runs.values()], Definition)
    attempt_rows: list[dict[str, Any]] = []
    run_rows: list[dict[str, Any]] = []
    artifacts: list[dict[str, Any]] = []
    done: list[int] = []
    ended_well: list[tuple[Row[Any], Row[Any], Definition, FinishAttempt]] = []
    broken: list[int] = []
    for attempt, report in finished:
        run = runs[attempt.run]
        definition = definitions[run.definition]
        _take_streams(tx, attempt, report)
        event, delay = after_end(
            report.end, failures=run.failures, losses=run.losses, retry=definition.retry, stop_requested=run.stop_requested, keeper=keeper
        )
        state = move(run.state, event)
        attempt_rows.append(_ended_attempt(tx, attempt, report))
        run_rows.append(_ended_run(tx, run, report, state, delay))
        for position, logged in enumerate(report.logged):
            artifacts.append(artifact_row(logged.artifact, run=run.id, role="logged", position=position, at=tx.now, step=logged.step))
        if state == "done":
            done.append(run.id)
            artifacts.extend(artifact_row(a, run=run.id, role="output", position=i, at=tx.now) for i, a in enumerate(report.outputs))
            with tx.within(run.project):
                _commit_datasets(tx, run, definition, report)
            ended_well.append((attempt, run, definition, report))
        elif state in ENDED:
            broken.append(run.id)
        with tx.within(run.project):
            _announce(tx, run, report, state, attempt.number)
    tx.execute(_END_ATTEMPT, attempt_rows)
    tx.execute(_END_RUN, run_rows)
    if artifacts:
        tx.execute(insert(t.artifact), artifacts)
    for attempt, run, definition, report in ended_well:
        with tx.within(run.project):
            _register_models(tx, run, definition, report)
            _say(tx, attempt, _take_names(tx, run, report.outputs))
    release(tx, done)
    for number in broken:
        fail_waiting(tx, number)
        stop_children(tx, runs[number])


def _take_streams(tx: Transaction, attempt: Row[Any], report: FinishAttempt) -> None:
    take_spool(tx, attempt, report.spool_offset, report.spool, last=True)
    if report.log_digest is not None:
        tx.execute(t.log_chunk.delete().where(t.log_chunk.c.attempt == attempt.id))
        tx.execute(
            update(t.attempt)
            .where(t.attempt.c.id == attempt.id)
            .values(log_digest=report.log_digest, log_size=report.log_offset + len(report.log))
        )
    else:
        take_log(tx, attempt, report.log_offset, report.log)


def take_spool(tx: Transaction, attempt: Row[Any], offset: int, data: bytes, *, last: bool = False) -> None:
    """Takes the part of `data` that lies behind what is already known; nothing follows the `last`."""
    known = attempt.spool_offset
    fresh = data[max(0, known - offset) :]
    if fresh and offset <= known:
        records, _ = read_records(fresh)
        _take_marks(tx, attempt, records)
        if any(record.get("k") not in _NOT_TRACKED for record in records):
            # Imported here because it brings numpy, which a step that logs nothing should not wait for.
            from treadle.tracking.operations import ingest

            ingest(tx, attempt.run, attempt.id, known, fresh, records=records)
        if not last:
            tx.execute(update(t.attempt).where(t.attempt.c.id == attempt.id).values(spool_offset=known + len(fresh)))


def _take_marks(tx: Transaction, attempt: Row[Any], records: Sequence[Mapping[str, Any]]) -> None:
    """Which part of the log came from where: records {"k": "stream", "t": time, "at": offset, "s": stream}."""
    rows = [
        {"attempt": attempt.id, "offset": record["at"], "at": float(record["t"]), "stream": record["s"]}
        for record in records
        if record.get("k") == "stream" and record.get("s") in STREAMS and type(record.get("at")) is int and 0 <= record["at"] < 1 << 62
    ]
    tx.insert_new(t.log_mark, rows)


def take_log(tx: Transaction, attempt: Row[Any], offset: int, data: bytes) -> None:
    """Keeps the part of `data` that lies behind what is already known."""
    known = attempt.log_size
    fresh = data[max(0, known - offset) :]
    if fresh and offset <= known:
        tx.execute(insert(t.log_chunk), {"attempt": attempt.id, "offset": known, "data": fresh})
        tx.execute(update(t.attempt).where(t.attempt.c.id == attempt.id).values(log_size=known + len(fresh)))


def _ended_attempt(tx: Transaction, attempt: Row[Any], report: FinishAttempt) -> dict[str, Any]:
    return {
        "attempt_id": attempt.id,
        "began": attempt.started_at or (tx.now - report.usage.wall if report.begun else None),
        "where": report.begun.host if report.begun else attempt.host,
        "found_by": report.begun.handle if report.begun else attempt.handle,
        "to": "lost" if report.end.kind == "lost" else "ended",
        "at": tx.now,
        "how": msgspec.to_builtins(report.end),
        "used": msgspec.to_builtins(report.usage),
    }


def _ended_run(tx: Transaction, run: Row[Any], report: FinishAttempt, state: str, delay: float) -> dict[str, Any]:
    end = report.end
    lost = end.kind == "lost"
    return {
        "run_id": run.id,
        "to": state,
        "because": None if state == "done" else reason_of(end),
        "at": tx.now if state in ENDED else None,
        "how": None if end.kind == "done" else msgspec.to_builtins(end),
        "used": msgspec.to_builtins(report.usage) if report.usage != Usage() else run.usage,
        "failed": run.failures + (0 if lost or end.kind in ("done", "stopped") else 1),
        "lost": run.losses + (1 if lost else 0),
        "next_try": tx.now + delay,
    }


def reason_of(end: End) -> str:
    """How an attempt ended, in a few words for a list."""
    words = {
        "raised": end.error or "raised",
        "exit": f"exit {end.exit}",
        "signal": f"signal {end.signal}",
        "memory": "out of memory",
        "time": "time limit",
        "stopped": "stopped",
        "lost": "lost",
        "start": "could not start",
    }
    return words.get(end.kind, end.kind)


def _announce(tx: Transaction, run: Row[Any], report: FinishAttempt, state: str, attempt: int) -> None:
    end = report.end
    data: dict[str, Any] = {"step": run.step, "name": run.name, "parent": run.parent, "attempt": attempt}
    if state == "done":
        tx.news("run.done", f"run:{run.id}", root=run.root, wall=round(report.usage.wall, 3), **data)
    elif state == "queued":
        tx.news("run.retried", f"run:{run.id}", root=run.root, reason=reason_of(end), message=end.message[:500], **data)
    else:
        tx.news(f"run.{state}", f"run:{run.id}", root=run.root, reason=reason_of(end), message=end.message[:500], **data)


def _commit_datasets(tx: Transaction, run: Row[Any], definition: Definition, report: FinishAttempt) -> None:
    names = {output.name: output.dataset for output in definition.outputs if output.dataset}
    for artifact in report.outputs:
        name = names.get(artifact.name)
        if name:
            commit_output(tx, name, artifact, run=run, key=f"{run.key}/{artifact.name}")


def _register_models(tx: Transaction, run: Row[Any], definition: Definition, report: FinishAttempt) -> None:
    """Makes versions of the outputs that are models, and takes in what a check of a model found. After the news of the run's end,
    because it follows from it. What cannot become a version is told as news: the run has ended all the same. A run that only
    reproduces another one registers nothing: what it proves is already on record."""
    if options_of(run).reproduces is not None:
        return
    names = {output.name: output.model for output in definition.outputs if output.model}
    try:
        for artifact in report.outputs:
            name = names.get(artifact.name)
            if name:
                register_output(tx, name, artifact, run=run, key=f"{run.key}/{artifact.name}")
        if definition.registers is not None:
            register_checked(tx, definition.registers, run, report.outputs)
    except TreadleError as error:
        tx.news("model.refused", f"run:{run.id}", root=run.root, model=definition.registers, code=error.code, reason=error.what)


def _take_names(tx: Transaction, run: Row[Any], outputs: Sequence[Artifact]) -> list[str]:
    """Gives what a run made the names that it asked for; answers, in words, why it cannot have some of them: it has ended as it ended.
    A run that only reproduces another one takes no name away from anything."""
    if options_of(run).reproduces is not None:
        return []
    refused = take_aliases(tx, run, outputs)
    for name, artifact in commits_of(outputs):
        refused += commit_output(tx, name, artifact, run=run, key=f"{run.key}/{artifact.name}")
    for artifact in outputs:
        if artifact.about.get("registers"):
            refused += register_offered(tx, artifact, run=run)
    for reason in refused:
        tx.news("name.refused", f"run:{run.id}", root=run.root, reason=reason)
    return refused


def _say(tx: Transaction, attempt: Row[Any], warnings: Sequence[str]) -> None:
    """Adds lines to the log of an attempt that has ended; behind one that lies in the store they are a piece of their own."""
    if warnings:
        data = "".join(f"treadle: warning: {words}\n" for words in warnings).encode(errors="backslashreplace")
        size = tx.execute(select(t.attempt.c.log_size).where(t.attempt.c.id == attempt.id)).scalar_one()
        tx.execute(insert(t.log_chunk), {"attempt": attempt.id, "offset": size, "data": data})
        tx.execute(update(t.attempt).where(t.attempt.c.id == attempt.id).values(log_size=size + len(data)))


def release(tx: Transaction, done: Sequence[int]) -> None:
    """Tells the runs that waited for these that one thing less is missing."""
    counts: Counter[int] = Counter()
    for part in chunks(done):
        counts.update(row.run for row in tx.all(select(t.dependency.c.run).where(t.dependency.c.upstream.in_(part))))
    if counts:
        rows = [{"run_id": number, "less": count} for number, count in sorted(counts.items())]
        statement = update(t.run).where(t.run.c.id == bindparam("run_id"), t.run.c.state == "queued")
        tx.execute(statement.values(waiting=t.run.c.waiting - bindparam("less")), rows)


def fail_waiting(tx: Transaction, number: int) -> None:
    """Fails the queued runs that waited for a run which did not end well, and those that waited for them."""
    pending = [number]
    while pending:
        upstream = pending.pop()
        query = (
            select(t.run)
            .join(t.dependency, t.dependency.c.run == t.run.c.id)
            .where(t.dependency.c.upstream == upstream, t.run.c.state == "queued")
        )
        for row in tx.all(query.order_by(t.run.c.id)):
            reason = f"run {upstream} before it did not end well"
            tx.execute(update(t.run).where(t.run.c.id == row.id).values(state="failed", reason=reason, ended_at=tx.now))
            tx.news("run.failed", f"run:{row.id}", root=row.root, step=row.step, name=row.name, reason=reason, parent=row.parent)
            pending.append(row.id)


def stop_children(tx: Transaction, parent: Row[Any]) -> None:
    """Stops what a pipeline that has ended badly, or is being stopped, had started: queued runs at once, live ones by asking."""
    pending = [parent.id]
    while pending:
        children = tx.all(select(t.run).where(t.run.c.parent == pending.pop(), t.run.c.state.not_in(ENDED)).order_by(t.run.c.id))
        for row in children:
            stop_one(tx, row)
            pending.append(row.id)


def stop_one(tx: Transaction, row: Row[Any]) -> None:
    """Stops a queued run; asks the worker of a live one to end it."""
    changed = tx.execute(
        update(t.run)
        .where(t.run.c.id == row.id, t.run.c.state == "queued")
        .values(state="stopped", reason="stopped", ended_at=tx.now, stop_requested=True)
    )
    if changed.rowcount:
        tx.news("run.stopped", f"run:{row.id}", root=row.root, step=row.step, name=row.name, reason="stopped", parent=row.parent)
        fail_waiting(tx, row.id)
    else:
        tx.execute(update(t.run).where(t.run.c.id == row.id, t.run.c.state.in_(LIVE)).values(stop_requested=True))


def reuse(tx: Transaction, pairs: Sequence[tuple[Row[Any], Row[Any]]]) -> None:
    """Ends queued runs with the results of earlier equal ones: (run, the run whose result it takes)."""
    sources = {row.id: (earlier.reused_from or earlier.id) for row, earlier in pairs}
    numbers = sorted(set(sources.values()))
    by_source: dict[int, list[Row[Any]]] = {number: [] for number in numbers}
    metrics: dict[int, list[Row[Any]]] = {number: [] for number in numbers}
    for part in chunks(numbers):
        query = select(t.artifact).where(t.artifact.c.run.in_(part), t.artifact.c.role == "output")
        for artifact in tx.all(query.order_by(t.artifact.c.position)):
            by_source[artifact.run].append(artifact)
        for metric in tx.all(select(t.metric).where(t.metric.c.run.in_(part))):
            metrics[metric.run].append(metric)
    artifacts: list[dict[str, Any]] = []
    copied: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for row, earlier in pairs:
        source = sources[row.id]
        changes.append({"run_id": row.id, "source": source, "at": tx.now, "equal": earlier.cache_key})
        artifacts.extend(
            {k: v for k, v in (dict(a._mapping) | {"run": row.id, "created_at": tx.now}).items() if k != "id"} for a in by_source[source]
        )
        copied.extend(dict(m._mapping) | {"run": row.id} for m in metrics[source])
        with tx.within(row.project):
            tx.news("run.done", f"run:{row.id}", root=row.root, step=row.step, name=row.name, parent=row.parent, reused_from=source)
    tx.execute(
        update(t.run)
        .where(t.run.c.id == bindparam("run_id"), t.run.c.state == "queued")
        .values(
            state="done",
            reason="reused",
            reused_from=bindparam("source"),
            started_at=bindparam("at"),
            ended_at=bindparam("at"),
            cache_key=bindparam("equal"),
        ),
        changes,
    )
    if artifacts:
        tx.execute(insert(t.artifact), artifacts)
    if copied:
        tx.execute(insert(t.metric), copied)
    for row, _ in pairs:  # a name is where the last run that asked for it has put it, whether it was performed or not
        with tx.within(row.project):
            _take_names(tx, row, [artifact_of(one) for one in by_source[sources[row.id]]])
    release(tx, [row.id for row, _ in pairs])


def keeper_alive(tx: Transaction, seconds: float) -> bool:
    """Whether a process that dispatches for everybody (`treadle up`, `treadle work`) has been heard of lately."""
    query = select(t.process.c.id).where(t.process.c.role == "keeper", t.process.c.seen_at > tx.now - seconds)
    return tx.first(query.limit(1)) is not None


def options_of(row: Row[Any]) -> Options:
    return msgspec.convert(row.options, Options)

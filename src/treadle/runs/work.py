"""What workers report, performed: each report names its attempt and token, and is taken once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract import work as w
from treadle.contract.data import Artifact
from treadle.contract.runs import Binding, End, Metric, Options
from treadle.core.definition import Definition
from treadle.core.errors import CircleError, LeaseLost, NotFound, PipelineChanged
from treadle.core.operation import Call, performs
from treadle.data.artifacts import chunks, outputs_of
from treadle.data.outputs import commits_of, composed
from treadle.runs import documents
from treadle.runs.dispatch import job_of
from treadle.runs.endings import end_attempts, held_attempts, stop_children, stop_one, take_log, take_spool
from treadle.runs.evaluation import source_binding
from treadle.runs.rows import metrics_of
from treadle.runs.rules import ENDED, check_arguments
from treadle.runs.submission import Wanted, placed, record, requeue, same
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.store.leases import LEASE_SECONDS, LIVE, renew

_BEGIN_ATTEMPT = (
    update(t.attempt)
    .where(t.attempt.c.id == bindparam("attempt_id"))
    .values(
        state="running", started_at=bindparam("at"), host=bindparam("where"), handle=bindparam("found_by"), environment=bindparam("inside")
    )
)
_BEGIN_RUN = update(t.run).where(t.run.c.id == bindparam("run_id")).values(state="running", environment=bindparam("inside"))


@performs(w.begin)
def begin(request: w.BeginAttempts, call: Call, store: Database) -> w.Answers:
    """Marks attempts and their runs as running."""
    with store.transaction(call) as tx:
        held = held_attempts(tx, [b.held for b in request.attempts])
        mine = [b for b in request.attempts if b.held.attempt in held]
        if mine:
            runs = {row.id: row for row in tx.all(select(t.run).where(t.run.c.id.in_([held[b.held.attempt].run for b in mine])))}
            environments = documents.keep(tx, [b.environment for b in mine])
            attempt_rows, run_rows = [], []
            for report, environment in zip(mine, environments, strict=True):
                run = runs[held[report.held.attempt].run]
                attempt_rows.append(
                    {
                        "attempt_id": report.held.attempt,
                        "at": tx.now,
                        "where": report.host,
                        "found_by": report.handle,
                        "inside": environment,
                    }
                )
                run_rows.append({"run_id": run.id, "inside": environment or run.environment})
                if held[report.held.attempt].state == "starting":
                    number = held[report.held.attempt].number
                    with tx.within(run.project):
                        tx.news(
                            "run.running", f"run:{run.id}", root=run.root, step=run.step, name=run.name, parent=run.parent, attempt=number
                        )
            tx.execute(_BEGIN_ATTEMPT, attempt_rows)
            tx.execute(_BEGIN_RUN, run_rows)
    return w.Answers(lost=tuple(b.held.attempt for b in request.attempts if b.held.attempt not in held))


@performs(w.take_job)
def take_job(request: w.TakeJob, call: Call, store: Database) -> w.Job:
    """The job of an attempt, for a worker that was started with nothing but its number."""
    with store.reading(call) as tx:
        row = tx.first(select(t.attempt).where(t.attempt.c.id == request.attempt))
        if row is None:
            raise NotFound(f"there is no attempt {request.attempt}")
        if row.token != request.token or row.state not in LIVE:
            raise LeaseLost(f"attempt {request.attempt} is no longer this worker's")
        return job_of(tx, row)


@performs(w.beat)
def beat(request: w.Beat, call: Call, store: Database) -> w.Answers:
    """Extends leases that have run for a while; names what was lost and what should stop."""
    tokens = {h.attempt: h.token for h in request.held}
    with store.reading(call) as tx:
        now = tx.now
        rows = [row for part in chunks(sorted(tokens)) for row in tx.all(_HELD.where(t.attempt.c.id.in_(part)))]
        seen = tx.first(select(t.process.c.seen_at).where(t.process.c.id == request.process)) if request.process else None
    mine = {row.id: row for row in rows if row.token == tokens[row.id] and row.state in LIVE}
    due = {id: tokens[id] for id, row in mine.items() if row.lease_until < now + LEASE_SECONDS * 2 / 3}
    late = seen is not None and seen.seen_at < now - LEASE_SECONDS / 3
    if due or late:
        with store.transaction(call) as tx:
            still = renew(tx, t.attempt, due)
            if late:
                tx.execute(update(t.process).where(t.process.c.id == request.process).values(seen_at=tx.now))
        mine = {id: row for id, row in mine.items() if id not in due or id in still}
    return w.Answers(
        lost=tuple(sorted(tokens.keys() - mine.keys())), stop=tuple(sorted(id for id, row in mine.items() if row.stop_requested))
    )


_HELD = select(t.attempt.c.id, t.attempt.c.token, t.attempt.c.state, t.attempt.c.lease_until, t.run.c.stop_requested).join(
    t.run, t.run.c.id == t.attempt.c.run
)


MOST_NESTED = 20
"""How deep pipelines may call pipelines."""

FOREVER = 4e9
"""A script that logs by itself has no supervisor and no lease: whoever collects its spool sees whether it still lives."""


@performs(w.ship_log)
def ship_log(request: w.ShipLog, call: Call, store: Database) -> w.Answers:
    with store.transaction(call) as tx:
        held = held_attempts(tx, [request.held])
        for row in held.values():
            take_log(tx, row, request.offset, request.data)
    return w.Answers(lost=() if held else (request.held.attempt,))


@performs(w.ship_spool)
def ship_spool(request: w.ShipSpool, call: Call, store: Database) -> w.Answers:
    with store.transaction(call) as tx:
        held = held_attempts(tx, [request.held])
        for row in held.values():
            take_spool(tx, row, request.offset, request.data)
    return w.Answers(lost=() if held else (request.held.attempt,))


@performs(w.finish)
def finish(request: w.FinishAttempts, call: Call, store: Database, blobs: Blobs) -> w.Answers:
    """Takes how attempts ended, all in one transaction. A report that comes again finds its attempt ended and changes nothing."""
    request = w.FinishAttempts(attempts=tuple(_composed(one, call, store, blobs) for one in request.attempts))
    with store.transaction(call) as tx:
        held = held_attempts(tx, [f.held for f in request.attempts])
        mine = [(held[f.held.attempt], f) for f in request.attempts if f.held.attempt in held]
        for keeper in (True, False):  # nobody can try a script again that ran by itself
            some = [pair for pair in mine if (pair[0].engine != "script") == keeper]
            if some:
                end_attempts(tx, some, keeper=keeper)
    return w.Answers(lost=tuple(f.held.attempt for f in request.attempts if f.held.attempt not in held))


def _composed(report: w.FinishAttempt, call: Call, store: Database, blobs: Blobs) -> w.FinishAttempt:
    """The report with the files of earlier dataset versions in outputs that go on from them."""
    if report.end.kind != "done" or not commits_of(report.outputs):
        return report
    with store.reading(call) as tx:
        mine = select(t.run.c.project).join(t.attempt, t.attempt.c.run == t.run.c.id).where(t.attempt.c.id == report.held.attempt)
        project = tx.execute(mine).scalar_one_or_none() or call.project
        outputs = tuple(composed(tx, artifact, blobs, project) for artifact in report.outputs)
    return msgspec.structs.replace(report, outputs=outputs)


@performs(w.submit_children)
def submit_children(request: w.SubmitChildren, call: Call, store: Database) -> w.Submitted:
    """Records the step calls of a pipeline's body; calls that the record holds already are answered from it."""
    with store.transaction(call) as tx:
        attempt = held_attempts(tx, [request.held]).get(request.held.attempt)
        if attempt is None:
            raise LeaseLost("this pipeline is now performed by another worker")
        parent = tx.all(select(t.run).where(t.run.c.id == attempt.run))[0]
        known = _known_calls(tx, parent.id, request.calls)
        numbers = {key: int(row.id) for key, row in known.items()}
        again: list[int] = []
        fresh: list[w.ChildCall] = []
        for child in request.calls:
            earlier = known.get(child.call)
            if earlier is None:
                fresh.append(child)
                continue
            _check_same_call(tx, parent, child, earlier, numbers)
            if earlier.state in ("failed", "stopped") and (earlier.ended_at or 0.0) <= attempt.claimed_at:
                again.append(earlier.id)
        requeue(tx, again)
        if any(child.definition.kind == "pipeline" for child in fresh):
            _check_no_circle(tx, parent, fresh)
        if fresh:
            options = msgspec.convert(parent.options, Options)
            earlier_calls = _reproduced(tx, options)
            with tx.within(parent.project):
                made = record(tx, [_wanted(parent, child, options, earlier_calls.get(child.call)) for child in fresh], numbers)
            numbers.update({child.call: number for child, number in zip(fresh, made, strict=True)})
    return w.Submitted(runs=tuple(numbers[child.call] for child in request.calls))


def _check_no_circle(tx: Transaction, parent: Row[Any], fresh: Sequence[w.ChildCall]) -> None:
    """Raises CircleError when a pipeline would call itself with the same arguments, or go too deep to be meant."""
    line = [parent]
    while line[-1].parent is not None and len(line) <= MOST_NESTED:
        line.append(tx.all(select(t.run).where(t.run.c.id == line[-1].parent))[0])
    names = [row.step for row in reversed(line)]
    for child in fresh:
        if child.definition.kind != "pipeline":
            continue
        path = " -> ".join([*names[-8:], child.definition.name])
        if len(line) > MOST_NESTED:
            raise CircleError(f"pipelines are nested more than {MOST_NESTED} deep: ... {path}", hint="end the recursion with an `if`")
        filled = check_arguments(child.definition, child.parameters, child.bindings)
        if not child.bindings and any(row.step == child.definition.name and row.parameters == filled and not row.bindings for row in line):
            raise CircleError(
                f"the pipeline calls itself with the same arguments, so it would never end: {path}",
                hint="break the circle, or change an argument",
            )


def _known_calls(tx: Transaction, parent: int, calls: Sequence[w.ChildCall]) -> dict[str, Row[Any]]:
    """The recorded runs of these calls, and of the calls that they refer to."""
    wanted: set[str] = set()
    for child in calls:
        wanted.add(child.call)
        wanted.update(child.after)
        for binding in child.bindings.values():
            wanted.update(b.call for b in (binding.many or (binding,)) if b.call is not None)
    found: dict[str, Row[Any]] = {}
    for part in chunks(sorted(wanted)):
        for row in tx.all(select(t.run).where(t.run.c.parent == parent, t.run.c.call_key.in_(part))):
            found[row.call_key] = row
    return found


def _check_same_call(tx: Transaction, parent: Row[Any], child: w.ChildCall, earlier: Row[Any], numbers: dict[str, int]) -> None:
    definition = documents.fetch(tx, [earlier.definition], Definition)[earlier.definition]
    bindings = {name: placed(binding, numbers) for name, binding in child.bindings.items()}
    recorded = msgspec.convert(earlier.bindings, dict[str, Binding])
    equal = recorded.keys() == bindings.keys() and all(same(recorded[name], binding) for name, binding in bindings.items())
    parameters = check_arguments(child.definition, child.parameters, child.bindings)
    if definition.name != child.definition.name or not equal or earlier.parameters != parameters:
        raise PipelineChanged(
            f"call `{child.call}` of pipeline `{parent.step}` is not the one on record there (run {earlier.id} {earlier.name})",
            hint=f"treadle rerun {parent.id}",
        )


class _Earlier(msgspec.Struct, frozen=True):
    """A call of the pipeline run that is being reproduced: its number, and the versions of datasets and models it took by input."""

    run: int
    versions: dict[str, str]


def _reproduced(tx: Transaction, options: Options) -> dict[str, _Earlier]:
    """The calls of the pipeline run that this one reproduces: they took certain versions, so these take the same."""
    if options.reproduces is None:
        return {}
    rows = tx.all(select(t.run.c.id, t.run.c.call_key).where(t.run.c.parent == options.reproduces))
    found = {row.call_key: _Earlier(row.id, {}) for row in rows}
    names = {row.id: row.call_key for row in rows}
    line = t.lineage.c
    for part in chunks(sorted(names)):
        named = line.source.startswith("dataset://") | line.source.startswith("model://")
        for row in tx.all(select(t.lineage).where(line.run.in_(part), named, line.position == 0)):
            found[names[row.run]].versions[row.name] = row.source
    return found


def _wanted(parent: Row[Any], child: w.ChildCall, options: Options, earlier: _Earlier | None) -> Wanted:
    """A pipeline's choices hold for what it calls: the engine it was sent to, whether results may be reused, what it reproduces."""
    inherited = msgspec.structs.replace(
        child.options,
        engine=child.options.engine or options.engine,
        cache=child.options.cache and options.cache,
        reproduces=earlier.run if earlier is not None else None,
        metrics_from_output=child.options.metrics_from_output or options.metrics_from_output,
    )
    bindings = dict(child.bindings)
    for name, source in (earlier.versions if earlier is not None else {}).items():
        if name not in bindings or bindings[name].dataset is not None or bindings[name].model is not None:
            bindings[name] = source_binding(source)
    return Wanted(
        key=f"{parent.key}/{child.call}",
        definition=child.definition,
        parameters=child.parameters,
        bindings=bindings,
        code=child.code,
        environment=None,
        options=inherited,
        parent=parent.id,
        root=parent.root,
        call_key=child.call,
        after=child.after,
    )


@performs(w.settled)
def settled(request: w.Await, call: Call, store: Database) -> w.SettledRuns:
    """Those of the runs that have ended, with their outputs."""
    found: list[w.Settled] = []
    progress: dict[int, dict[str, tuple[float, int]]] = {}
    with store.reading(call) as tx:
        for part in chunks(request.runs):
            rows = tx.all(select(t.run).where(t.run.c.id.in_(part), t.run.c.state.in_(ENDED)).order_by(t.run.c.id))
            outputs = outputs_of(tx, [row.id for row in rows if row.state == "done"])
            metrics = metrics_of(tx, list(part)) if request.metrics else {}
            found.extend(_settled(row, outputs.get(row.id, []), metrics.get(row.id, ())) for row in rows)
            for number in set(metrics) - {row.id for row in rows}:
                progress[number] = {one.name: (one.last, one.last_step) for one in metrics[number] if one.last is not None}
    return w.SettledRuns(runs=tuple(found), progress=progress)


def _settled(row: Row[Any], outputs: list[Artifact], metrics: Sequence[Metric]) -> w.Settled:
    error = msgspec.convert(row.error, End) if row.error else None
    if error is None and row.state != "done":
        error = End(kind=row.state, message=row.reason or row.state)
    summaries = {metric.name: metric for metric in metrics}
    return w.Settled(run=row.id, name=row.name, step=row.step, state=row.state, outputs=tuple(outputs), error=error, metrics=summaries)


@performs(w.read_recorded)
def read_recorded(request: w.ReadRecorded, call: Call, store: Database) -> list[w.RecordedCall]:
    with store.reading(call) as tx:
        attempt = tx.first(select(t.attempt).where(t.attempt.c.id == request.held.attempt))
        if attempt is None or attempt.token != request.held.token:
            raise LeaseLost("this pipeline is now performed by another worker")
        rows = tx.all(select(t.run).where(t.run.c.parent == attempt.run, t.run.c.call_key.is_not(None)).order_by(t.run.c.id))
        return [w.RecordedCall(call=row.call_key, run=row.id, state=row.state, parameters=row.parameters) for row in rows]


@performs(w.stop_calls)
def stop_calls(request: w.StopCalls, call: Call, store: Database) -> w.Answers:
    with store.transaction(call) as tx:
        attempt = held_attempts(tx, [request.held]).get(request.held.attempt)
        if attempt is None:
            return w.Answers(lost=(request.held.attempt,))
        for part in chunks(request.calls):
            for row in tx.all(select(t.run).where(t.run.c.parent == attempt.run, t.run.c.call_key.in_(part), t.run.c.state.not_in(ENDED))):
                stop_one(tx, row)
                stop_children(tx, row)
    return w.Answers()


@performs(w.open_script)
def open_script(request: w.OpenScript, call: Call, store: Database) -> w.OpenedScript:
    """Records a bare script as a run with one live attempt; the same key answers the same attempt again."""
    with store.transaction(call) as tx:
        row = tx.first(select(t.run).where(t.run.c.key == request.key))
        if row is None:
            definition = Definition(kind="script", name=request.name, outputs=())
            want = Wanted(
                key=request.key,
                definition=definition,
                parameters={},
                bindings={},
                code=request.code,
                environment=request.environment,
                options=request.options,
            )
            number = record(tx, [want])[0]
            changes = {
                "state": "running",
                "started_at": request.started_at,
                "attempts": 1,
                "engine": "script",
                "parameters": request.parameters,
            }
            tx.execute(update(t.run).where(t.run.c.id == number).values(**changes))
            tx.execute(insert(t.attempt), _script_attempt(tx, number, request))
            row = tx.all(select(t.run).where(t.run.c.id == number))[0]
            tx.news("run.running", f"run:{number}", root=number, step=request.name, name=row.name, parent=None, attempt=1)
        attempt = tx.all(select(t.attempt).where(t.attempt.c.run == row.id).order_by(t.attempt.c.number.desc()).limit(1))[0]
    return w.OpenedScript(held=w.Held(attempt=attempt.id, token=attempt.token), run=row.id, spool_offset=attempt.spool_offset)


def _script_attempt(tx: Transaction, number: int, request: w.OpenScript) -> dict[str, Any]:
    return {
        "id": request.key,
        "run": number,
        "number": 1,
        "state": "running",
        "engine": "script",
        "handle": request.handle,
        "token": secrets.token_hex(16),
        "owner": "",
        "lease_until": FOREVER,
        "claimed_at": tx.now,
        "started_at": request.started_at,
        "host": request.host,
        "log_size": 0,
        "spool_offset": 0,
    }

"""The loop that turns queued into running.

Each turn: results that an earlier equal run already has are taken; the rest are claimed, as many as there is room for, and
handed to their engine. A claim is a lease. Any number of dispatchers may work on one record: a run is claimed by one guarded
update, and whoever touches no row has come too late.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.engine import Row

from treadle.contract.runs import End, Environment, Options
from treadle.contract.work import FinishAttempt, Held, Job
from treadle.core.definition import Definition
from treadle.core.errors import TreadleError
from treadle.core.ids import new_key
from treadle.core.operation import Call
from treadle.engines.protocol import Engine
from treadle.runs import documents
from treadle.runs.endings import end_attempts, fail_waiting, keeper_alive, reason_of, reuse
from treadle.runs.evaluation import Evaluated, equal_runs, evaluate
from treadle.runs.rules import ENDED
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.store.leases import LEASE_SECONDS, LIVE

_MOST = 256  # runs looked at in one turn

_CLAIM = (
    update(t.run)
    .where(t.run.c.id == bindparam("run_id"), t.run.c.state == "queued")
    .values(
        state="starting",
        attempts=bindparam("attempt_number"),
        cache_key=bindparam("equal"),
        started_at=bindparam("at"),
        bindings=bindparam("pinned"),
        environment=bindparam("inside"),
        reason=None,
    )
)


class Dispatch:
    """Turns queued runs into running ones.

    `roots` limits it to the trees of some runs (a command in the foreground looks after its own); None is everybody's keeper.
    `process` names the row of the table `process` under which it holds its claims. `environments` gives, for a definition, the
    recorded environment in which its engine would perform it.
    """

    def __init__(
        self,
        store: Database,
        engines: Mapping[str, Engine],
        *,
        process: str,
        environment: Callable[[Any], Environment],
        roots: set[int] | None = None,
        call: Call | None = None,
    ) -> None:
        self.store = store
        self.engines = engines
        self.process = process
        self.environment = environment
        self.roots = roots
        self.call = call or Call(actor="dispatch")
        self._look = 4
        self.ended: list[int] = []
        """Runs that ended without being performed since somebody last took this list."""

    def tick(self, *, likely: bool = False) -> bool:
        """One turn; answers whether anything moved (then another turn may move more).

        Unless it is `likely` that something is ready it looks first, so that idle dispatchers hold nobody up with a lock.
        """
        free = {name: engine.room() for name, engine in self.engines.items()}
        jobs: list[tuple[str, Job]] = []
        if not likely:
            with self.store.reading(self.call) as tx:
                if not self._ready(tx, 1, free):
                    return False
        with self.store.transaction(self.call) as tx:
            rows = self._ready(tx, self._look, free, lock=True)
            environments = {row.id: self._environment(tx, row) for row in rows}
            evaluated = [e for row in rows for e in evaluate(tx, [row], environments[row.id].digest)] if rows else []
            moved = self._fail_impossible(tx, evaluated)
            possible = [e for e in evaluated if e.failure is None]
            reused = self._reuse(tx, possible)
            misses = [e for e in possible if e.row.id not in reused]
            jobs = self._claim(tx, misses, free, environments)
        everything_hit = bool(rows) and not misses
        self._look = min(self._look * 4, _MOST) if everything_hit else max(4, len(jobs) * 2)
        for engine, job in jobs:
            self._start(engine, job)
        return bool(moved or reused or jobs)

    def _ready(self, tx: Transaction, limit: int, free: Mapping[str, float], *, lock: bool = False) -> Sequence[Row[Any]]:
        run = t.run.c
        names = [name for name, room in free.items() if room > 0]
        # A pipeline's body only waits, so it takes no room: otherwise pipelines could fill all places and wait for ever.
        query = select(t.run).where(run.state == "queued", run.waiting == 0, run.not_before <= tx.now)
        query = query.where(or_(run.engine.in_(names), (run.kind == "pipeline") & run.engine.in_(list(free))))
        if self.roots is not None:
            query = query.where(run.root.in_(sorted(self.roots)))
        query = query.order_by(run.waiting, run.id).limit(limit)
        return tx.all(query.with_for_update(skip_locked=True) if lock else query)

    def _environment(self, tx: Transaction, row: Row[Any]) -> Environment:
        return self.environment(documents.fetch(tx, [row.definition], Definition)[row.definition])

    def _fail_impossible(self, tx: Transaction, evaluated: Sequence[Evaluated]) -> int:
        """Runs whose arguments cannot be had end here, saying why."""
        count = 0
        for one in evaluated:
            if one.failure is None:
                continue
            values = {"state": "failed", "reason": reason_of(one.failure), "ended_at": tx.now, "error": msgspec.to_builtins(one.failure)}
            tx.execute(update(t.run).where(t.run.c.id == one.row.id).values(**values))
            tx.news(
                "run.failed",
                f"run:{one.row.id}",
                root=one.row.root,
                step=one.row.step,
                name=one.row.name,
                reason="could not start",
                message=one.failure.message,
                parent=one.row.parent,
            )
            fail_waiting(tx, one.row.id)
            self.ended.append(one.row.id)
            count += 1
        return count

    def _reuse(self, tx: Transaction, possible: Sequence[Evaluated]) -> set[int]:
        askers = {e.row.id: e.key for e in possible if e.key is not None and msgspec.convert(e.row.options, Options).cache}
        equal = equal_runs(tx, sorted(set(askers.values())))
        pairs = [(e.row, equal[askers[e.row.id]]) for e in possible if askers.get(e.row.id) in equal]
        if pairs:
            reuse(tx, pairs)
            lineage = [line for e in possible if askers.get(e.row.id) in equal for line in e.lineage]
            tx.insert_new(t.lineage, lineage)
            self.ended.extend(row.id for row, _ in pairs)
        return {row.id for row, _ in pairs}

    def _claim(
        self, tx: Transaction, misses: Sequence[Evaluated], free: Mapping[str, float], environments: Mapping[int, Environment]
    ) -> list[tuple[str, Job]]:
        room = dict(free)
        chosen: list[Evaluated] = []
        for one in misses:
            cost = 0.0 if one.definition.kind == "pipeline" else one.definition.resources.cpu
            engine = one.row.engine
            most = self.engines[engine].most()
            if cost and room[engine] < min(cost, most):
                continue
            room[engine] -= cost
            chosen.append(one)
        if not chosen:
            return []
        kept = documents.keep(tx, [environments[e.row.id] for e in chosen])
        attempts: list[dict[str, Any]] = []
        claims: list[dict[str, Any]] = []
        jobs: list[tuple[str, Job]] = []
        for one, inside in zip(chosen, kept, strict=True):
            row = one.row
            attempt = self._attempt(tx, row)
            attempts.append(attempt)
            claims.append(
                {
                    "run_id": row.id,
                    "attempt_number": row.attempts + 1,
                    "equal": one.key,
                    "at": row.started_at or tx.now,
                    "pinned": pin_versions(row.bindings, one),
                    "inside": inside,
                }
            )
            jobs.append((row.engine, _job(one, attempt, environments[row.id])))
        tx.execute(_CLAIM, claims)
        tx.execute(insert(t.attempt), attempts)
        tx.insert_new(t.lineage, [line for e in chosen for line in e.lineage])
        return jobs

    def _attempt(self, tx: Transaction, row: Row[Any]) -> dict[str, Any]:
        return {
            "id": new_key(),
            "run": row.id,
            "number": row.attempts + 1,
            "state": "starting",
            "engine": row.engine,
            "handle": None,
            "token": secrets.token_hex(16),
            "owner": self.process,
            "lease_until": tx.now + LEASE_SECONDS,
            "claimed_at": tx.now,
            "log_size": 0,
            "spool_offset": 0,
        }

    def _start(self, engine: str, job: Job) -> None:
        """Hands a claimed job to its engine. The claim is on record before, so a crash in between is found by its lease."""
        try:
            self.engines[engine].submit(job)
        except TreadleError as error:
            end = End(kind="start", message=error.what, error=type(error).__name__, code=error.code, place=error.where, hint=error.hint)
            self._end([(job.attempt, job.token)], end)

    def _end(self, held: Sequence[tuple[str, str]], end: End) -> None:
        tokens = dict(held)
        with self.store.transaction(self.call) as tx:
            rows = tx.all(select(t.attempt).where(t.attempt.c.id.in_(list(tokens)), t.attempt.c.state.in_(LIVE)).with_for_update())
            mine = [row for row in rows if row.token == tokens[row.id]]
            reports = [
                (
                    row,
                    FinishAttempt(
                        held=Held(attempt=row.id, token=row.token), end=end, spool_offset=row.spool_offset, log_offset=row.log_size
                    ),
                )
                for row in mine
            ]
            if reports:
                end_attempts(tx, reports, keeper=True)

    def waiting(self) -> bool:
        """Whether any run in this dispatcher's care has not ended yet."""
        with self.store.reading(self.call) as tx:
            query = select(t.run.c.id).where(t.run.c.state.not_in(ENDED))
            if self.roots is not None:
                query = query.where(t.run.c.root.in_(sorted(self.roots)))
            return tx.first(query.limit(1)) is not None

    def next_due(self) -> float | None:
        """Seconds until a run that waits for its next try may start; None when there is none."""
        with self.store.reading(self.call) as tx:
            query = select(t.run.c.not_before).where(t.run.c.state == "queued", t.run.c.waiting == 0, t.run.c.not_before > tx.now)
            if self.roots is not None:
                query = query.where(t.run.c.root.in_(sorted(self.roots)))
            row = tx.first(query.order_by(t.run.c.not_before).limit(1))
            return None if row is None else max(0.0, row.not_before - tx.now)


def pin_versions(bindings: dict[str, Any], one: Evaluated) -> dict[str, Any]:
    """The bindings with `dataset@latest` and `model@champion` replaced by the version that was found, so that a later look finds
    the same."""
    pinned = dict(bindings)
    for line in one.lineage:
        if line["source"].startswith("model://") and not one.inputs[line["name"]].many:
            pinned[line["name"]] = {"model": line["source"]}
    for name, value in one.inputs.items():
        artifacts = value.artifacts
        if len(artifacts) == 1 and artifacts[0].format == "dataset" and not value.many:
            pinned[name] = {"dataset": artifacts[0].name}
    return pinned


def _job(one: Evaluated, attempt: Mapping[str, Any], environment: Environment) -> Job:
    row = one.row
    return Job(
        attempt=attempt["id"],
        token=attempt["token"],
        run=row.id,
        run_name=row.name,
        number=attempt["number"],
        root=row.root,
        project=row.project,
        definition=one.definition,
        parameters=one.parameters,
        inputs=one.inputs,
        code=one.code,
        environment=environment,
        options=msgspec.convert(row.options, Options),
        seed=row.seed,
    )


def job_of(tx: Transaction, attempt: Row[Any]) -> Job:
    """The job of a claimed attempt, built again from the record."""
    row = tx.all(select(t.run).where(t.run.c.id == attempt.run))[0]
    environment = documents.fetch(tx, [row.environment], Environment)[row.environment]
    one = evaluate(tx, [row], environment.digest)[0]
    return _job(one, {"id": attempt.id, "token": attempt.token, "number": attempt.number}, environment)


def sweep(
    store: Database, call: Call, *, gone: Callable[[Row[Any], Row[Any] | None], bool], keeper: bool, expired: set[str] | None = None
) -> int:
    """Ends the attempts whose worker is no more; answers how many.

    `gone(attempt, process)` says whether the owner of an attempt is certainly dead (it can be seen on this machine). Others
    count as lost when their lease has run out and `expired` names them: the caller has seen them so a heartbeat ago already,
    so that a clock that jumps forward does not end healthy work.
    """
    with store.reading(call) as tx:
        rows = tx.all(select(t.attempt).where(t.attempt.c.state.in_(LIVE), t.attempt.c.engine != "script"))
        owners = {row.id: row for row in tx.all(select(t.process).where(t.process.c.id.in_({row.owner for row in rows})))} if rows else {}
        now = tx.now
    dead = [
        row.id for row in rows if gone(row, owners.get(row.owner)) or (expired is not None and row.id in expired and row.lease_until < now)
    ]
    if not dead:
        return 0
    with store.transaction(call) as tx:
        lost = tx.all(
            select(t.attempt)
            .where(t.attempt.c.id.in_(dead), t.attempt.c.state.in_(LIVE))
            .order_by(t.attempt.c.id)
            .with_for_update(skip_locked=True)
        )
        alive = keeper or keeper_alive(tx, LEASE_SECONDS)
        words = "its worker was not heard of again: it was killed, or its machine went away"
        reports = [
            (
                row,
                FinishAttempt(
                    held=Held(attempt=row.id, token=row.token),
                    end=End(kind="lost", message=words),
                    spool_offset=row.spool_offset,
                    log_offset=row.log_size,
                ),
            )
            for row in lost
        ]
        if reports:
            end_attempts(tx, reports, keeper=alive)
    return len(lost)


def silent(store: Database, call: Call) -> set[str]:
    """The live attempts whose lease has run out by now."""
    with store.reading(call) as tx:
        rows = tx.all(
            select(t.attempt.c.id).where(t.attempt.c.state.in_(LIVE), t.attempt.c.engine != "script", t.attempt.c.lease_until < tx.now)
        )
        return {row.id for row in rows}

"""What needs somebody now, in one project. Each question is one query, answered from indexes, with its total beside its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row

from treadle.contract.delivery import FailedRun, StuckRun, Today, TodayCounts, WaitingRun, WaitingVersion
from treadle.contract.monitoring import Alarm
from treadle.contract.registry import GateResult
from treadle.contract.serving import Rollout
from treadle.core.definition import APPROVAL
from treadle.monitoring.rows import alarm_of
from treadle.people.operations import count_unseen, mentions_of
from treadle.runs.endings import keeper_alive
from treadle.runs.rows import waits_for
from treadle.serving.rows import RUNNING, rollout_of
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.store.leases import LEASE_SECONDS, LIVE

MOST = 50
DAY = 86_400.0
PATIENCE = 60.0
"""Seconds that a run may wait in the queue before anybody is told."""

_TOTAL = func.count().over().label("total")


def today(tx: Transaction) -> Today:
    """Everything at once."""
    versions, waiting_versions = _versions(tx)
    runs, waiting_runs = _approvals(tx)
    fresh, alarms = _alarms(tx, acknowledged=False)
    seen, acknowledged = _alarms(tx, acknowledged=True)
    failed, failed_steps = _failed(tx)
    stuck, stuck_runs = _stuck(tx)
    rollouts, running = _rollouts(tx)
    counts = TodayCounts(
        versions=waiting_versions,
        runs=waiting_runs,
        alarms=alarms,
        acknowledged=acknowledged,
        failed=failed_steps,
        stuck=stuck_runs,
        rollouts=running,
        mentions=count_unseen(tx),
    )
    return Today(
        at=tx.now,
        counts=counts,
        versions=versions,
        runs=runs,
        alarms=fresh,
        acknowledged=seen,
        failed=failed,
        stuck=stuck,
        rollouts=rollouts,
        mentions=tuple(mentions_of(tx, unseen=True, limit=MOST)),
    )


def _total(rows: Sequence[Row[Any]]) -> int:
    return int(rows[0].total) if rows else 0


# --- what waits for a person ------------------------------------------------------------------------------------------------------


def _versions(tx: Transaction) -> tuple[tuple[WaitingVersion, ...], int]:
    of = t.model_version.c
    query = (
        select(of.id, of.number, of.created_at, of.actor, of.run, t.model.c.name.label("model_name"), _TOTAL)
        .join(t.model, t.model.c.id == of.model)
        .where(t.model.c.project == tx.call.project, of.stage == "waiting")
    )
    rows = tx.all(query.order_by(of.id.desc()).limit(MOST))
    gates = _gates(tx, [row.id for row in rows])
    return tuple(
        WaitingVersion(
            ref=f"{row.model_name}@v{row.number}",
            model=row.model_name,
            version=row.number,
            since=row.created_at,
            actor=row.actor,
            run=row.run,
            gates=tuple(gates.get(row.id, {}).values()),
        )
        for row in rows
    ), _total(rows)


def _gates(tx: Transaction, versions: Sequence[int]) -> dict[int, dict[str, GateResult]]:
    """What the gates of the newest check of each version found."""
    of = t.gate_result.c
    newest = t.model_version.c.check.is_not_distinct_from(of.run)
    query = select(t.gate_result).join(t.model_version, t.model_version.c.id == of.version).where(of.version.in_(versions), newest)
    found: dict[int, dict[str, GateResult]] = {}
    for row in tx.all(query.order_by(of.id)) if versions else ():
        found.setdefault(row.version, {})[row.gate] = GateResult(
            gate=row.gate, kind=row.kind, state=row.state, sentence=row.sentence, evidence=row.evidence, at=row.at, run=row.run
        )
    return found


def _approvals(tx: Transaction) -> tuple[tuple[WaitingRun, ...], int]:
    of, root = t.run.c, t.run.alias("root_run")
    query = (
        select(of.id, of.name, of.step, of.root, of.queued_at, of.actor, root.c.name.label("root_name"), _TOTAL)
        .join(root, root.c.id == of.root)
        .where(of.state == "queued", of.kind == APPROVAL, of.waiting <= 1, of.project == tx.call.project, of.deleted_at.is_(None))
    )
    rows = tx.all(query.order_by(of.id.desc()).limit(MOST))
    return tuple(
        WaitingRun(run=row.id, name=row.name, step=row.step, root=row.root, pipeline=row.root_name, since=row.queued_at, actor=row.actor)
        for row in rows
    ), _total(rows)


# --- what goes wrong, or is under way ---------------------------------------------------------------------------------------------


def _alarms(tx: Transaction, *, acknowledged: bool) -> tuple[tuple[Alarm, ...], int]:
    query = (
        select(
            t.alarm,
            t.monitor.c.name.label("name"),
            t.endpoint.c.name.label("endpoint_name"),
            t.model.c.name.label("model_name"),
            _TOTAL,
        )
        .join(t.monitor, t.monitor.c.id == t.alarm.c.monitor)
        .join(t.endpoint, t.endpoint.c.id == t.monitor.c.endpoint)
        .join(t.model, t.model.c.id == t.endpoint.c.model)
        .where(t.monitor.c.project == tx.call.project, t.alarm.c.state == "open")
        .where(t.alarm.c.acknowledged_by != "" if acknowledged else t.alarm.c.acknowledged_by == "")
    )
    rows = tx.all(query.order_by(t.alarm.c.id.desc()).limit(MOST))
    return tuple(alarm_of(row, row) for row in rows), _total(rows)


def _failed(tx: Transaction) -> tuple[tuple[FailedRun, ...], int]:
    """Steps that nobody but a person asked for, that failed, and have not succeeded since: the newest failure of each."""
    of = t.run.c
    mine = (of.project == tx.call.project, of.deleted_at.is_(None))
    recent = select(of.id, of.step).where(of.state == "failed", of.ended_at >= tx.now - DAY, of.parent.is_(None), *mine).cte("recent")
    first = select(func.min(recent.c.id)).scalar_subquery()
    healed = select(of.step, func.max(of.id).label("last")).where(of.state == "done", of.id > first, *mine).group_by(of.step).cte("healed")
    groups = (
        select(func.max(recent.c.id).label("newest"), func.count().label("times"), _TOTAL)
        .select_from(recent.outerjoin(healed, healed.c.step == recent.c.step))
        .where(or_(healed.c.last.is_(None), healed.c.last < recent.c.id))
        .group_by(recent.c.step)
    )
    found = tx.all(groups.order_by(func.max(recent.c.id).desc()).limit(MOST))
    times = {int(row.newest): int(row.times) for row in found}
    rows = tx.all(select(t.run).where(of.id.in_(list(times))).order_by(of.id.desc())) if times else ()
    return tuple(_failure(row, times[row.id]) for row in rows), _total(found)


def _failure(row: Row[Any], times: int) -> FailedRun:
    return FailedRun(
        run=row.id,
        name=row.name,
        step=row.step,
        kind=row.kind,
        at=row.ended_at,
        actor=row.actor,
        reason=row.reason or "",
        message=str((row.error or {}).get("message", ""))[:500],
        times=times,
    )


def _stuck(tx: Transaction) -> tuple[tuple[StuckRun, ...], int]:
    """Runs whose worker is silent, then those that wait longer than they should."""
    silent, quiet = _silent(tx)
    queued, waiting = _queued(tx)
    both = sorted((*silent, *queued), key=lambda one: one.run, reverse=True)
    return tuple(both[:MOST]), quiet + waiting


def _silent(tx: Transaction) -> tuple[list[StuckRun], int]:
    query = (
        select(t.run, t.attempt.c.lease_until, t.attempt.c.host, _TOTAL)
        .join(t.run, t.run.c.id == t.attempt.c.run)
        .where(t.attempt.c.state.in_(LIVE), t.attempt.c.lease_until < tx.now, t.run.c.project == tx.call.project)
    )
    rows = tx.all(query.order_by(t.run.c.id.desc()).limit(MOST))
    return [_stuck_of(row, row.lease_until, _sign_of_life(tx.now - row.lease_until, row.host)) for row in rows], _total(rows)


def _sign_of_life(seconds: float, host: str | None) -> str:
    where = f" on {host}" if host else ""
    return f"a sign of life of its worker{where}: nothing was heard for {seconds + LEASE_SECONDS:.0f} seconds"


def _queued(tx: Transaction) -> tuple[list[StuckRun], int]:
    """Children that wait for their siblings are left out: those are what is stuck, if anything is."""
    of = t.run.c
    query = select(t.run, _TOTAL).where(
        of.state == "queued",
        of.kind != APPROVAL,
        of.queued_at < tx.now - PATIENCE,
        or_(of.waiting == 0, of.parent.is_(None)),
        of.project == tx.call.project,
        of.deleted_at.is_(None),
    )
    rows = tx.all(query.order_by(of.id.desc()).limit(MOST))
    kept = bool(rows) and keeper_alive(tx, LEASE_SECONDS)
    return [_stuck_of(row, row.queued_at, _missing(row, tx.now, kept=kept)) for row in rows], _total(rows)


def _missing(row: Row[Any], now: float, *, kept: bool) -> str:
    if row.not_before > now:
        return f"the next try, in {row.not_before - now:.0f} seconds"
    if row.waiting == 0 and not kept:
        return "somebody who performs runs: treadle up, or treadle work"
    return waits_for(row) or "nothing that its row tells"


def _stuck_of(row: Row[Any], since: float, words: str) -> StuckRun:
    return StuckRun(
        run=row.id,
        name=row.name,
        step=row.step,
        root=row.root,
        state=row.state,
        engine=row.engine,
        since=since,
        waits_for=words,
        actor=row.actor,
    )


def _rollouts(tx: Transaction) -> tuple[tuple[Rollout, ...], int]:
    query = (
        select(t.rollout, t.endpoint.c.name.label("endpoint_name"), _TOTAL)
        .join(t.endpoint, t.endpoint.c.id == t.rollout.c.endpoint)
        .where(t.rollout.c.state.in_(RUNNING), t.endpoint.c.project == tx.call.project)
    )
    rows = tx.all(query.order_by(t.rollout.c.id.desc()).limit(MOST))
    return tuple(rollout_of(row, row.endpoint_name) for row in rows), _total(rows)

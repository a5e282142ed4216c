"""What the platform does, holds and costs, over all projects. The database adds up; only sums leave it."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Float, Table, and_, case, cast, func, literal, select
from sqlalchemy.engine import Row

from treadle.contract.delivery import (
    Cost,
    EndpointOn,
    EngineLoad,
    PlatformUsage,
    QueueLoad,
    SeenProcess,
    Stored,
    StoredOfDay,
)
from treadle.core.definition import APPROVAL
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.store.leases import LEASE_SECONDS, LIVE

MOST = 50
DAY = 86_400.0
POINT_BYTES = 24
"""A step, a time and a value."""


def usage(tx: Transaction, days: float) -> PlatformUsage:
    """Everything at once, of the last `days` days."""
    since = tx.now - days * DAY
    return PlatformUsage(
        since=since,
        until=tx.now,
        engines=_engines(tx),
        processes=_processes(tx),
        queue=_queue(tx, since),
        stored=tuple(_stored(tx, kind, kept) for kind, kept in _KEPT.items()),
        stored_by_day=_stored_by_day(tx, since),
        cost=_whole_cost(tx, since),
        cost_by_project=_costs(tx, since, t.run.c.project),
        cost_by_step=_costs(tx, since, t.run.c.step),
        cost_by_actor=_costs(tx, since, t.run.c.actor),
        cost_by_day=_cost_by_day(tx, since),
        endpoints=_endpoints(tx),
    )


# --- what works -------------------------------------------------------------------------------------------------------------------


def _processes(tx: Transaction) -> tuple[SeenProcess, ...]:
    of = t.process.c
    rows = tx.all(select(of.role, of.host, of.pid, of.started_at, of.seen_at).order_by(of.seen_at.desc()).limit(MOST))
    alive = tx.now - LEASE_SECONDS
    return tuple(
        SeenProcess(role=r.role, host=r.host, pid=r.pid, started_at=r.started_at, seen_at=r.seen_at, alive=r.seen_at > alive) for r in rows
    )


def _engines(tx: Transaction) -> tuple[EngineLoad, ...]:
    """Engines that have work, or that a live process gives work to."""
    of = t.attempt.c
    live = tx.all(select(of.engine, of.state, func.count().label("many")).where(of.state.in_(LIVE)).group_by(of.engine, of.state))
    waiting = select(t.run.c.engine, func.count().label("many")).where(t.run.c.state == "queued", t.run.c.kind != APPROVAL)
    counts = {(row.engine, row.state): int(row.many) for row in live}
    counts |= {(row.engine, "queued"): int(row.many) for row in tx.all(waiting.group_by(t.run.c.engine))}
    cores = _cores(tx)
    return tuple(
        EngineLoad(
            engine=name,
            starting=counts.get((name, "starting"), 0),
            running=counts.get((name, "running"), 0),
            queued=counts.get((name, "queued"), 0),
            cores=cores.get(name),
        )
        for name in sorted({name for name, _ in counts} | set(cores))
    )


def _cores(tx: Transaction) -> dict[str, float]:
    """Cores by engine. A command in the foreground has its own for its own runs, so only those that work for everybody count."""
    query = select(t.process.c.engines).where(t.process.c.role == "keeper", t.process.c.seen_at > tx.now - LEASE_SECONDS)
    found: dict[str, float] = {}
    for row in tx.all(query):
        for name, cores in (row.engines or {}).items():
            found[name] = found.get(name, 0.0) + float(cores)
    return found


def _queue(tx: Transaction, since: float) -> QueueLoad:
    of = t.run.c
    queued = (of.state == "queued", of.kind != APPROVAL)
    ready = func.coalesce(func.sum(case((of.waiting == 0, 1), else_=0)), 0).label("ready")
    now = tx.all(select(func.count().label("waiting"), ready).where(*queued))[0]
    wait = (t.attempt.c.claimed_at - of.queued_at).label("wait")
    first = t.attempt.join(t.run, of.id == t.attempt.c.run)
    ended = (t.attempt.c.ended_at >= since, t.attempt.c.number == 1)
    count = int(tx.all(select(func.count()).select_from(first).where(*ended))[0][0])
    middle = select(wait).select_from(first).where(*ended).order_by(wait).offset(max(0, (count - 1) // 2)).limit(2 - count % 2)
    waits = [float(row.wait) for row in tx.all(middle)] if count else []
    return QueueLoad(
        waiting=int(now.waiting), ready=int(now.ready), started=count, wait=max(0.0, sum(waits) / len(waits)) if waits else None
    )


def _endpoints(tx: Transaction) -> tuple[EndpointOn, ...]:
    live = and_(t.revision.c.endpoint == t.endpoint.c.id, t.revision.c.role == "live")
    query = (
        select(t.endpoint, t.model.c.name.label("model_name"), t.model_version.c.number.label("version"))
        .outerjoin(t.revision, live)
        .outerjoin(t.model_version, t.model_version.c.id == t.revision.c.version)
        .outerjoin(t.model, t.model.c.id == t.model_version.c.model)
        .where(t.endpoint.c.state == "on")
    )
    return tuple(
        EndpointOn(
            name=row.name,
            project=row.project,
            address=row.address,
            ref=f"{row.model_name}@v{row.version}" if row.version is not None else None,
        )
        for row in tx.all(query.order_by(t.endpoint.c.name))
    )


# --- what is stored ---------------------------------------------------------------------------------------------------------------


class Kept(NamedTuple):
    """Where one kind of bytes is told: how many in a row, since when, and which rows hold any."""

    table: Table
    size: ColumnElement[Any]
    at: ColumnElement[Any]
    where: ColumnElement[bool]


_KEPT: dict[str, Kept] = {
    "artifacts": Kept(t.artifact, t.artifact.c.size, t.artifact.c.created_at, t.artifact.c.purged_at.is_(None)),
    "datasets": Kept(t.dataset_version, t.dataset_version.c.size, t.dataset_version.c.created_at, t.dataset_version.c.size >= 0),
    "predictions": Kept(t.prediction_chunk, t.prediction_chunk.c.size, t.prediction_chunk.c.shipped_at, t.prediction_chunk.c.size >= 0),
    "logs": Kept(t.attempt, t.attempt.c.log_size, t.attempt.c.ended_at, t.attempt.c.log_size > 0),
    "points": Kept(t.metric, t.metric.c.points * POINT_BYTES, t.metric.c.at, t.metric.c.points > 0),
}


def _stored(tx: Transaction, kind: str, kept: Kept) -> Stored:
    query = select(func.count().label("many"), _sum(kept.size).label("bytes")).select_from(kept.table).where(kept.where)
    row = tx.all(query)[0]
    many = int(row.bytes) // POINT_BYTES if kind == "points" else int(row.many)
    return Stored(kind=kind, count=many, bytes=int(row.bytes))


def _stored_by_day(tx: Transaction, since: float) -> tuple[StoredOfDay, ...]:
    days: dict[int, dict[str, int]] = {}
    for kind, kept in _KEPT.items():
        day = _day(tx, kept.at)
        query = select(day, _sum(kept.size).label("bytes")).select_from(kept.table).where(kept.where, kept.at >= since).group_by(day)
        for row in tx.all(query):
            days.setdefault(int(row.day), {})[kind] = int(row.bytes)
    return tuple(StoredOfDay(at=day * DAY, **days[day]) for day in sorted(days))


# --- what it cost -----------------------------------------------------------------------------------------------------------------


def _whole_cost(tx: Transaction, since: float) -> Cost:
    return _cost("", tx.all(_spent(since, literal("").label("name")))[0])


def _costs(tx: Transaction, since: float, by: ColumnElement[Any]) -> tuple[Cost, ...]:
    name = by.label("name")
    query = _spent(since, name).group_by(name).order_by(_CPU.desc(), name).limit(MOST)
    return tuple(_cost(str(row.name), row) for row in tx.all(query))


def _cost_by_day(tx: Transaction, since: float) -> tuple[Cost, ...]:
    day = _day(tx, t.attempt.c.ended_at)
    return tuple(_cost(_date(int(row.day)), row) for row in tx.all(_spent(since, day).group_by(day).order_by(day)))


def _used(name: str) -> ColumnElement[Any]:
    """A number of an attempt's usage; nothing where the attempt said nothing of it."""
    return func.coalesce(t.attempt.c.usage[name].as_float(), 0.0)


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


_CPU = _sum(_used("cpu"))
# A pipeline's body waits for its steps, whose time is counted already.
_WALL = _sum(case((t.run.c.kind == "pipeline", 0.0), else_=_used("wall")))
_MEMORY = cast(func.coalesce(func.max(_used("memory")), 0.0), Float)


def _spent(since: float, name: ColumnElement[Any]) -> Any:
    columns = (func.count().label("attempts"), _CPU.label("cpu"), _WALL.label("wall"), _MEMORY.label("memory"))
    attempts = t.attempt.join(t.run, t.run.c.id == t.attempt.c.run)
    return select(name, *columns).select_from(attempts).where(t.attempt.c.ended_at >= since)


def _cost(name: str, row: Row[Any]) -> Cost:
    return Cost(name=name, attempts=int(row.attempts), cpu=float(row.cpu), wall=float(row.wall), memory=int(row.memory))


def _day(tx: Transaction, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The number of the day (UTC) since 1970."""
    return dialects.whole(at / DAY, tx.connection.dialect.name).label("day")


def _date(day: int) -> str:
    return datetime.datetime.fromtimestamp(day * DAY, datetime.UTC).date().isoformat()

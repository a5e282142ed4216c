"""From rows of the store to the words of watching; leases; and what has arrived for a monitor."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import func, or_, select, update
from sqlalchemy.engine import Row

from treadle.contract.monitoring import Alarm, Monitor, MonitorSettings, Window
from treadle.contract.registry import ModelVersion
from treadle.contract.serving import PredictionChunk
from treadle.core.errors import NotFound
from treadle.monitoring.rules import FUTURE, Progress, in_order
from treadle.registry.versions import version_by_id, version_of
from treadle.serving.joined import labels_of, last_label
from treadle.serving.rows import chunk_of
from treadle.store import tables as t
from treadle.store.database import Transaction

WATCHING, PAUSED = "watching", "paused"
LEASE = 60.0
"""Seconds for which a look holds a monitor; it is renewed while chunks are read."""

_ONE_BY_ONE = 20_000
"""So many keys are looked up by name."""

_MONITOR = (
    select(
        t.monitor,
        t.endpoint.c.name.label("endpoint_name"),
        t.endpoint.c.state.label("endpoint_state"),
        t.model.c.name.label("model_name"),
    )
    .join(t.endpoint, t.endpoint.c.id == t.monitor.c.endpoint)
    .join(t.model, t.model.c.id == t.endpoint.c.model)
)
_WINDOW_FACTS = (
    t.window.c.number,
    t.window.c.start,
    t.window.c.end,
    t.window.c.rows,
    t.window.c.labelled,
    t.window.c.version,
    t.window.c.verdicts,
    t.window.c.looked_at,
)


def find_monitor(tx: Transaction, name: str, *, lock: bool = False) -> Row[Any]:
    """The row of a monitor with the names of its endpoint and model; raises NotFound with the name that is near."""
    query = _MONITOR.where(t.monitor.c.name == name)
    row = tx.first(query.with_for_update(of=t.monitor) if lock else query)
    if row is None:
        known = [r.name for r in tx.all(select(t.monitor.c.name).limit(1000))]
        near = difflib.get_close_matches(name, known, n=1)
        raise NotFound(f"there is no monitor `{name}`", hint=f"did you mean `{near[0]}`?" if near else "treadle monitors")
    return row


def monitor_by_id(tx: Transaction, number: int) -> Row[Any] | None:
    return tx.first(_MONITOR.where(t.monitor.c.id == number))


def all_monitors(tx: Transaction) -> Sequence[Row[Any]]:
    return tx.all(_MONITOR.where(t.monitor.c.project == tx.call.project).order_by(t.monitor.c.name))


def settings_of(row: Row[Any]) -> MonitorSettings:
    return msgspec.convert(row.settings, MonitorSettings)


def progress_of(row: Row[Any]) -> Progress:
    return msgspec.convert(row.progress, Progress)


def monitor_of(tx: Transaction, row: Row[Any], *, whole: bool) -> Monitor:
    """A monitor with its open alarms and newest window; the window's report only in a `whole` one."""
    said = tx.all(select(t.alarm.c.useful, func.count().label("count")).where(t.alarm.c.monitor == row.id).group_by(t.alarm.c.useful))
    counts = {None if one.useful is None else bool(one.useful): int(one._mapping["count"]) for one in said}
    latest = windows_of(tx, row, limit=1, reports=whole)
    return Monitor(
        name=row.name,
        endpoint=row.endpoint_name,
        settings=settings_of(row),
        state=row.state,
        windows=progress_of(row).number,
        latest=latest[0] if latest else None,
        alarms=tuple(open_alarms(tx, row)),
        useful=counts.get(True, 0),
        noise=counts.get(False, 0),
        created_at=row.created_at,
        project=row.project,
    )


def windows_of(tx: Transaction, row: Row[Any], *, before: int = 0, limit: int = 50, reports: bool = True) -> list[Window]:
    """Windows of a monitor, newest first."""
    query = select(t.window) if reports else select(*_WINDOW_FACTS)
    query = query.where(t.window.c.monitor == row.id)
    if before:
        query = query.where(t.window.c.number < before)
    return [window_of(one, row.name) for one in tx.all(query.order_by(t.window.c.number.desc()).limit(limit))]


def window_of(row: Row[Any], monitor: str) -> Window:
    return Window(
        monitor=monitor,
        number=row.number,
        start=row.start,
        end=row.end,
        rows=row.rows,
        labelled=row.labelled,
        version=row.version,
        verdicts={key: row.verdicts[key] for key in sorted(row.verdicts, key=in_order)},
        report=row._mapping.get("report", {}),
        looked_at=row.looked_at,
    )


def waiting_windows(tx: Transaction, row: Row[Any]) -> Sequence[Row[Any]]:
    """Windows whose labels may still come, oldest first."""
    return tx.all(select(t.window).where(t.window.c.monitor == row.id, t.window.c.open).order_by(t.window.c.number))


def window_before(tx: Transaction, row: Row[Any], number: int, *, version: int | None = None, labelled: int = 0) -> Row[Any] | None:
    """The newest window before `number` that holds rows, of a version and with so many labels where that is asked for."""
    query = select(t.window).where(t.window.c.monitor == row.id, t.window.c.number < number, t.window.c.rows > 0)
    if version is not None:
        query = query.where(t.window.c.version == version)
    return tx.first(query.where(t.window.c.labelled >= labelled).order_by(t.window.c.number.desc()).limit(1))


def open_alarms(tx: Transaction, row: Row[Any]) -> list[Alarm]:
    """The open alarms of one monitor, oldest first."""
    query = select(t.alarm).where(t.alarm.c.monitor == row.id, t.alarm.c.state == "open")
    return [alarm_of(one, row) for one in tx.all(query.order_by(t.alarm.c.id))]


def alarm_of(row: Row[Any], monitor: Row[Any]) -> Alarm:
    """`monitor` is a row with the names of monitor, endpoint and model."""
    return Alarm(
        id=row.id,
        monitor=monitor.name,
        endpoint=monitor.endpoint_name,
        model=monitor.model_name,
        kind=row.kind,
        state=row.state,
        severity=row.severity,
        sentence=row.sentence,
        columns=tuple(row.columns),
        slice=row.slice,
        evidence=row.evidence,
        window=row.window,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closing=row.closing,
        acknowledged_by=row.acknowledged_by,
        words=row.words,
        useful=None if row.useful is None else bool(row.useful),
    )


def known_labels(tx: Transaction, endpoint: int, keys: Sequence[str]) -> dict[str, Any]:
    """What is known of these keys. Of very many the labels are read in one go, unless there are far more of them."""
    if len(keys) > _ONE_BY_ONE:
        mine = t.label.c.endpoint == endpoint
        count = int(tx.all(select(func.count()).select_from(t.label).where(mine))[0][0])
        if count <= 4 * len(keys):
            wanted = set(keys)
            return {row.key: row.value for row in tx.all(select(t.label.c.key, t.label.c.value).where(mine)) if row.key in wanted}
    return {key: known[0] for key, known in labels_of(tx, endpoint, keys).items()}


# --- leases: whoever looks holds the monitor by a token ------------------------------------------------------------------------


def claim(tx: Transaction, monitor: int, token: str, *, take_over: bool = False) -> bool:
    """Takes a monitor for a look; False when somebody else holds it. To take it over makes the other's result void."""
    statement = update(t.monitor).where(t.monitor.c.id == monitor)
    if not take_over:
        statement = statement.where(t.monitor.c.lease_until < tx.now, t.monitor.c.state == WATCHING)
    return bool(tx.execute(statement.values(token=token, lease_until=tx.now + LEASE)).rowcount)


def held(tx: Transaction, monitor: int, token: str, **values: Any) -> bool:
    """Writes what a look found, or renews its lease; False when somebody else holds the monitor by now: the result is dropped."""
    statement = update(t.monitor).where(t.monitor.c.id == monitor, t.monitor.c.token == token)
    return bool(tx.execute(statement.values(lease_until=tx.now + LEASE, **values)).rowcount)


def let_go(tx: Transaction, monitor: int, token: str, due_at: float) -> None:
    statement = update(t.monitor).where(t.monitor.c.id == monitor, t.monitor.c.token == token)
    tx.execute(statement.values(token=None, lease_until=0.0, due_at=due_at))


class Arrived(NamedTuple):
    """The newest chunk and label of an endpoint."""

    chunk: int
    label: int


def due_monitors(tx: Transaction, seen: Mapping[int, Arrived]) -> dict[int, Arrived]:
    """Monitors that nobody holds and whose time has come, or for which something has arrived since `seen`."""
    free = t.monitor.c.lease_until < tx.now
    query = select(t.monitor.c.id, t.monitor.c.endpoint, t.monitor.c.due_at).where(t.monitor.c.state == WATCHING, free)
    found: dict[int, Arrived] = {}
    for row in tx.all(query.order_by(t.monitor.c.id)):
        arrived_now = Arrived(newest_chunk(tx, row.endpoint), last_label(tx, row.endpoint))
        if row.due_at <= tx.now or seen.get(row.id) != arrived_now:
            found[row.id] = arrived_now
    return found


# --- what has arrived ------------------------------------------------------------------------------------------------------------


def newest_chunk(tx: Transaction, endpoint: int) -> int:
    return int(tx.all(select(func.max(t.prediction_chunk.c.id)).where(t.prediction_chunk.c.endpoint == endpoint))[0][0] or 0)


def settled_chunk(tx: Transaction, endpoint: int) -> int:
    """The newest chunk below which no other can still appear. PostgreSQL hands out numbers before transactions end, so those under
    way are waited for; SQLite has one writer at a time."""
    if tx.connection.dialect.name == "postgresql":
        tx.connection.exec_driver_sql("LOCK TABLE prediction_chunk IN SHARE MODE")
    return newest_chunk(tx, endpoint)


def rows_behind(tx: Transaction, endpoint: int, after: int) -> int:
    """How many rows chunks with numbers above `after` hold, those of shadows among them."""
    chunk = t.prediction_chunk
    return int(tx.all(select(func.sum(chunk.c.rows)).where(chunk.c.endpoint == endpoint, chunk.c.id > after))[0][0] or 0)


def chunks_behind(tx: Transaction, endpoint: int, after: int, upto: int) -> list[PredictionChunk]:
    """Chunks with numbers above `after` up to `upto`, oldest first."""
    chunk = t.prediction_chunk
    query = select(chunk).where(chunk.c.endpoint == endpoint, chunk.c.id > after, chunk.c.id <= upto)
    return [chunk_of(row) for row in tx.all(query.order_by(chunk.c.id))]


def chunks_of_strays(tx: Transaction, endpoint: int, after: int, upto: int, before: float) -> list[PredictionChunk]:
    """Those of them that hold something for times before `before`, or from the future."""
    chunk = t.prediction_chunk
    query = select(chunk).where(chunk.c.endpoint == endpoint, chunk.c.id > after, chunk.c.id <= upto)
    query = query.where(or_(chunk.c.first < before, chunk.c.last > chunk.c.shipped_at + FUTURE))
    return [chunk_of(row) for row in tx.all(query.order_by(chunk.c.id))]


def arrived(tx: Transaction, endpoint: int, base: int, start: float | None) -> tuple[Row[Any], list[PredictionChunk], float | None]:
    """Of chunks behind `base` with events from `start` on: earliest and latest event time; those among them with events from the
    future, whose times only their rows can tell; and when the latest event arrived."""
    chunk = t.prediction_chunk
    mine = [chunk.c.endpoint == endpoint, chunk.c.id > base]
    mine += [chunk.c.last >= start] if start is not None else []
    honest = chunk.c.last <= chunk.c.shipped_at + FUTURE
    extremes = tx.all(select(func.min(chunk.c.first).label("first"), func.max(chunk.c.last).label("last")).where(*mine, honest))[0]
    at = None
    if extremes.last is not None:
        newest = select(chunk.c.shipped_at).where(*mine, honest, chunk.c.last == extremes.last)
        at = float(tx.all(newest.order_by(chunk.c.shipped_at).limit(1))[0].shipped_at)
    odd = tx.all(select(chunk).where(*mine, ~honest).order_by(chunk.c.id))
    return extremes, [chunk_of(row) for row in odd], at


def base_for(tx: Transaction, endpoint: int, base: int, upto: int, start: float) -> int:
    """The number before the first chunk that holds anything from `start` on; `upto` where there is none."""
    chunk = t.prediction_chunk
    query = select(func.min(chunk.c.id)).where(chunk.c.endpoint == endpoint, chunk.c.id > base, chunk.c.id <= upto, chunk.c.last >= start)
    first = tx.all(query)[0][0]
    return upto if first is None else int(first) - 1


def last_arrival(tx: Transaction, endpoint: int) -> float | None:
    """When the newest prediction arrived."""
    query = select(t.prediction_chunk.c.shipped_at).where(t.prediction_chunk.c.endpoint == endpoint)
    row = tx.first(query.order_by(t.prediction_chunk.c.id.desc()).limit(1))
    return None if row is None else float(row.shipped_at)


def versions_at(tx: Transaction, endpoint: int, revisions: Iterable[int]) -> dict[int, ModelVersion]:
    """The model versions of revisions, by the revision's number."""
    wanted = list(revisions)
    query = select(t.revision.c.number, t.revision.c.version).where(t.revision.c.endpoint == endpoint, t.revision.c.number.in_(wanted))
    return {row.number: version_of(tx, version_by_id(tx, row.version)) for row in tx.all(query)}

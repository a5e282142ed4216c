"""Monitors: declared, paused, looked at, asked; alarms acknowledged."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract import monitoring as words
from treadle.contract.monitoring import Alarm, Looked, Monitor, MonitorSettings, Window
from treadle.core.errors import Conflict, NotFound, StateError
from treadle.core.operation import Call, performs
from treadle.monitoring import alarms, rows, rules
from treadle.monitoring.look import Look, Lost
from treadle.monitoring.rules import Progress
from treadle.serving.rows import find_endpoint
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

_MOST = 1000


@performs(words.list_monitors)
def list_monitors(_request: words.ListMonitors, call: Call, store: Database) -> list[Monitor]:
    """Without the reports of their windows."""
    with store.reading(call) as tx:
        return [rows.monitor_of(tx, row, whole=False) for row in rows.all_monitors(tx)]


@performs(words.get_monitor)
def get_monitor(request: words.MonitorName, call: Call, store: Database) -> Monitor:
    with store.reading(call) as tx:
        return rows.monitor_of(tx, rows.find_monitor(tx, request.monitor), whole=True)


@performs(words.declare_monitor)
def declare_monitor(request: words.DeclareMonitor, call: Call, store: Database) -> Monitor:
    """A new monitor looks at everything that its endpoint has recorded, oldest first."""
    rules.check_monitor(request.monitor, request.settings)
    with store.transaction(call) as tx:
        endpoint = find_endpoint(tx, request.endpoint)
        settings = msgspec.to_builtins(request.settings)
        known = tx.first(select(t.monitor).where(t.monitor.c.name == request.monitor).with_for_update())
        if known is None:
            values = {
                "project": call.project,
                "name": request.monitor,
                "endpoint": endpoint.id,
                "settings": settings,
                "state": rows.WATCHING,
                "progress": {},
                "lease_until": 0.0,
                "due_at": 0.0,
                "created_at": tx.now,
            }
            tx.execute(insert(t.monitor), values)
            tx.news(
                "monitor.declared", f"monitor:{request.monitor}", monitor=request.monitor, endpoint=endpoint.name, model=endpoint.model_name
            )
        elif known.endpoint != endpoint.id:
            raise Conflict(
                f"monitor `{request.monitor}` watches another endpoint", hint=f"treadle monitors remove {request.monitor}, then again"
            )
        elif known.settings != settings:
            _change(tx, known, request.settings, settings)
            changed = sorted(k for k in settings.keys() | known.settings.keys() if settings.get(k) != known.settings.get(k))
            tx.news("monitor.changed", f"monitor:{known.name}", monitor=known.name, endpoint=endpoint.name, changed=changed)
        return rows.monitor_of(tx, rows.find_monitor(tx, request.monitor), whole=True)


def _change(tx: Transaction, known: Row[Any], wished: MonitorSettings, settings: dict[str, Any]) -> None:
    """Windows of another kind go on behind the last one. A look that is under way is void."""
    progress = rules.turned(rows.progress_of(known), rows.settings_of(known), wished)
    values = {"settings": settings, "progress": msgspec.to_builtins(progress), "token": None, "lease_until": 0.0, "due_at": 0.0}
    tx.execute(update(t.monitor).where(t.monitor.c.id == known.id).values(**values))


@performs(words.pause_monitor)
def pause_monitor(request: words.PauseMonitor, call: Call, store: Database) -> Monitor:
    """Predictions that arrive in the meantime are looked at when it goes on."""
    with store.transaction(call) as tx:
        row = rows.find_monitor(tx, request.monitor, lock=True)
        state = rows.PAUSED if request.paused else rows.WATCHING
        if row.state != state:
            values = {"state": state, "token": None, "lease_until": 0.0, "due_at": 0.0}
            tx.execute(update(t.monitor).where(t.monitor.c.id == row.id).values(**values))
            kind = "monitor.paused" if request.paused else "monitor.resumed"
            tx.news(kind, f"monitor:{row.name}", monitor=row.name, endpoint=row.endpoint_name)
        return rows.monitor_of(tx, rows.find_monitor(tx, request.monitor), whole=True)


@performs(words.remove_monitor)
def remove_monitor(request: words.MonitorName, call: Call, store: Database) -> Monitor:
    """Its windows and alarms go with it; what they were stays in the journal."""
    with store.transaction(call) as tx:
        row = rows.find_monitor(tx, request.monitor, lock=True)
        last = rows.monitor_of(tx, row, whole=False)
        for alarm in rows.open_alarms(tx, row):
            alarms.close(tx, row, alarm, "the monitor was removed", _seen(rows.progress_of(row)), call.actor)
        for table in (t.alarm, t.window):
            tx.execute(delete(table).where(table.c.monitor == row.id))
        tx.execute(delete(t.monitor).where(t.monitor.c.id == row.id))
        tx.news("monitor.removed", f"monitor:{row.name}", monitor=row.name, endpoint=row.endpoint_name)
        return last


def _seen(progress: Progress) -> alarms.Seen:
    return alarms.Seen(progress.number, None, 0.0, 0.0, (), {})


@performs(words.list_windows)
def list_windows(request: words.ListWindows, call: Call, store: Database) -> list[Window]:
    with store.reading(call) as tx:
        row = rows.find_monitor(tx, request.monitor)
        limit = max(1, min(request.limit, _MOST))
        return rows.windows_of(tx, row, before=request.before, limit=limit, reports=request.reports)


@performs(words.get_window)
def get_window(request: words.WindowNumber, call: Call, store: Database) -> Window:
    with store.reading(call) as tx:
        row = rows.find_monitor(tx, request.monitor)
        found = rows.windows_of(tx, row, before=request.number + 1, limit=1) if request.number > 0 else []
        if not found or found[0].number != request.number:
            newest = rows.progress_of(row).number
            what = f"it has windows 1 to {newest}" if newest else "it has none yet"
            raise NotFound(f"monitor `{row.name}` has no window {request.number}: {what}", hint=f"treadle monitors windows {row.name}")
        return found[0]


@performs(words.list_alarms)
def list_alarms(request: words.ListAlarms, call: Call, store: Database) -> list[Alarm]:
    with store.reading(call) as tx:
        monitors = [rows.find_monitor(tx, request.monitor)] if request.monitor else rows.all_monitors(tx)
        by_id = {row.id: row for row in monitors}
        query = select(t.alarm).where(t.alarm.c.monitor.in_(list(by_id)))
        if request.state:
            query = query.where(t.alarm.c.state == request.state)
        found = tx.all(query.order_by(t.alarm.c.id.desc()).limit(max(1, min(request.limit, _MOST))))
        return [rows.alarm_of(one, by_id[one.monitor]) for one in found]


@performs(words.acknowledge)
def acknowledge(request: words.Acknowledge, call: Call, store: Database) -> Alarm:
    """An alarm that is closed by hand opens again only for windows that are bad from now on."""
    with store.transaction(call) as tx:
        alarm = tx.first(select(t.alarm).where(t.alarm.c.id == request.alarm))
        row = None if alarm is None else rows.monitor_by_id(tx, alarm.monitor)
        if alarm is None or row is None:
            raise NotFound(f"there is no alarm {request.alarm}", hint="treadle monitors alarms --all")
        row = rows.find_monitor(tx, row.name, lock=True)
        if request.close and alarm.state != "open":
            raise StateError(f"alarm {alarm.id} is closed already: {alarm.closing}", hint="treadle monitors alarms --all")
        values: dict[str, Any] = {"acknowledged_by": call.actor, "words": request.words or alarm.words}
        if request.useful is not None:
            values["useful"] = request.useful
        tx.execute(update(t.alarm).where(t.alarm.c.id == alarm.id).values(**values))
        said = rows.alarm_of(tx.all(select(t.alarm).where(t.alarm.c.id == alarm.id))[0], row)
        facts = {"monitor": row.name, "endpoint": row.endpoint_name, "kind": said.kind, "slice": said.slice, "alarm": said.id}
        tx.news("alarm.acknowledged", f"monitor:{row.name}", words=request.words, useful=request.useful, **facts)
        tx.entries[-1]["cause"] = alarms.entry_of_opening(tx, row, said) or call.cause
        if request.close:
            _close_by_hand(tx, row, said, request.words)
        return rows.alarm_of(tx.all(select(t.alarm).where(t.alarm.c.id == alarm.id))[0], row)


def _close_by_hand(tx: Transaction, row: Row[Any], alarm: Alarm, said: str) -> None:
    progress = rows.progress_of(row)
    closing = f"closed by {tx.call.actor}" + (f": {said}" if said else "")
    alarms.close(tx, row, alarm, closing, _seen(progress), tx.call.actor)
    since = progress.since | {rules.key_of(alarm.kind, alarm.slice): progress.number}
    kept = msgspec.to_builtins(msgspec.structs.replace(progress, since=since))
    values = {"progress": kept, "token": None, "lease_until": 0.0, "due_at": 0.0}  # a look that is under way knows the old progress
    tx.execute(update(t.monitor).where(t.monitor.c.id == row.id).values(**values))


@performs(words.look)
def look(request: words.Look, call: Call, store: Database, blobs: Blobs) -> Looked:
    """What a keeper would do by itself, for those who have none. A look of a keeper that is under way is taken over."""
    token = secrets.token_hex(8)
    with store.transaction(call) as tx:
        row = rows.find_monitor(tx, request.monitor)
        rows.claim(tx, row.id, token, take_over=True)
    try:
        found = Look(store, blobs, call, row.id, token).all(close=request.close)
    except Lost:
        raise Conflict(f"somebody else looks at monitor `{row.name}` now", hint=f"treadle monitors look {row.name}") from None
    finally:
        with store.transaction(call) as tx:
            rows.let_go(tx, row.id, token, due_at=0.0)
    return Looked(windows=tuple(found))

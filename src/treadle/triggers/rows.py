"""Rows of triggers and firings, and what is asked of the record about them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Row

from treadle.contract import triggers as words
from treadle.contract.triggers import Declared, Firing, Trigger
from treadle.core.errors import NotFound
from treadle.core.operation import Call
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.triggers.rules import Past
from treadle.triggers.sentences import sentence

_SHOWN = 10  # firings shown with a trigger
_LOOKED = 200  # firings looked through for what is still under way
_FIRINGS = select(t.firing, t.trigger.c.name.label("name")).join(t.trigger, t.trigger.c.id == t.firing.c.trigger)
_COUNTED = ("due", "holding", "acting", "done", "failed", "dry")
"""States of firings that limits count: what was skipped did not happen."""


def declared_of(row: Row[Any]) -> Declared:
    return msgspec.convert(
        {"name": row.name, "when": row.when, "do": row.do, "limits": row.limits, "file": row.file, "paused": bool(row.seen.get("paused"))},
        Declared,
        builtin_types=(),
        strict=False,
    )


def firing_of(row: Row[Any]) -> Firing:
    return Firing(
        id=row.id,
        trigger=row.name,
        cause=row.cause,
        entry=row.entry,
        fired=row.fired,
        state=row.state,
        why=row.why,
        news=row.news,
        answer=row.answer,
        tries=row.tries,
        next_at=row.next_at if row.state in ("due", "holding", "acting") else None,
        at=row.at,
        done_at=row.done_at,
    )


def trigger_of(tx: Transaction, row: Row[Any], shown: int = _SHOWN) -> Trigger:
    declared = declared_of(row)
    firings = tx.all(_FIRINGS.where(t.firing.c.trigger == row.id).order_by(t.firing.c.id.desc()).limit(shown)) if shown else []
    return Trigger(
        name=row.name,
        sentence=sentence(declared),
        state=row.state,
        declared=declared,
        position=row.position,
        passed=int(row.seen.get("passed", 0)),
        next_at=row.next_at if row.state == "on" else None,
        note=str(row.seen.get("note", "")),
        firings=tuple(firing_of(one) for one in firings),
        actor=row.actor,
        created_at=row.created_at,
        applied_at=row.applied_at,
        project=row.project,
    )


def all_rows(tx: Transaction, *where: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Triggers that are there, by name."""
    return tx.all(select(t.trigger).where(t.trigger.c.state != "removed", *where).order_by(t.trigger.c.name))


def find(tx: Transaction, name: str, *, lock: bool = False) -> Row[Any]:
    """The row of a trigger; raises NotFound with the name that is near."""
    query = select(t.trigger).where(t.trigger.c.name == name, t.trigger.c.state != "removed")
    row = tx.first(query.with_for_update() if lock else query)
    if row is None:
        near = difflib.get_close_matches(name, [one.name for one in all_rows(tx)], n=1)
        raise NotFound(f"there is no trigger `{name}`", hint=f"did you mean `{near[0]}`?" if near else "treadle triggers")
    return row


def firings(tx: Transaction, request: words.ListFirings) -> list[Firing]:
    query = _FIRINGS
    if request.trigger:
        query = query.where(t.trigger.c.id == find(tx, request.trigger).id)
    if request.state:
        query = query.where(t.firing.c.state == request.state)
    if request.before:
        query = query.where(t.firing.c.id < request.before)
    limit = max(1, min(request.limit, 1000))
    return [firing_of(row) for row in tx.all(query.order_by(t.firing.c.id.desc()).limit(limit))]


def firing(tx: Transaction, number: int) -> Row[Any]:
    row = tx.first(_FIRINGS.where(t.firing.c.id == number))
    if row is None:
        raise NotFound(f"there is no firing {number}", hint="treadle triggers firings")
    return row


def call_for(row: Row[Any], fired: int | None) -> Call:
    """In whose name, and because of which entry, a trigger acts."""
    return Call(actor=f"trigger {row.name}", cause=fired, project=row.project)


def past(tx: Transaction, row: Row[Any], news: Mapping[str, Any], entry: int | None) -> Past:
    """What the limits of this trigger need to know, now."""
    declared = declared_of(row)
    limits = declared.limits
    counting = _counting(tx, row.id, limits.shared)
    counted = t.firing.c.trigger.in_(counting), t.firing.c.state.in_(_COUNTED)
    last = tx.first(select(t.firing.c.at).where(*counted).order_by(t.firing.c.id.desc()).limit(1))
    recent = (
        tx.all(select(t.firing.c.at).where(*counted, t.firing.c.at > tx.now - limits.per).order_by(t.firing.c.id)) if limits.most else []
    )
    return Past(
        now=tx.now,
        last=last.at if last else None,
        recent=tuple(one.at for one in recent),
        underway=underway(tx, counting) if limits.concurrency else (),
        alarms=open_alarms(tx, limits.unless_open, news),
        rounds=_rounds(tx, row.name, entry) if entry is not None else 0,
    )


def _counting(tx: Transaction, own: int, shared: Sequence[str]) -> list[int]:
    """The triggers whose firings count for the limits of this one."""
    names = tx.all(select(t.trigger.c.id).where(t.trigger.c.name.in_(list(shared)))) if shared else []
    return sorted({own, *(row.id for row in names)})


def underway(tx: Transaction, triggers: Sequence[int]) -> tuple[str, ...]:
    """What the firings of these triggers have started and is not over: firings not performed yet, runs, rollouts. In words."""
    rows = tx.all(
        select(t.firing.c.id, t.firing.c.state, t.firing.c.answer)
        .where(t.firing.c.trigger.in_(list(triggers)), t.firing.c.state.in_(("due", "holding", "acting", "done")))
        .order_by(t.firing.c.id.desc())
        .limit(_LOOKED)
    )
    waiting = [f"firing {row.id}" for row in rows if row.state != "done"]
    answers = [one for row in rows if row.state == "done" for one in row.answer]
    runs = [one["run"] for one in answers if "run" in one]
    keys = [one["key"] for one in answers if "key" in one]
    open_runs = tx.all(select(t.run.c.id, t.run.c.name).where(t.run.c.id.in_(runs), t.run.c.state.in_(("queued", "starting", "running"))))
    open_rollouts = tx.all(select(t.rollout.c.id).where(t.rollout.c.key.in_(keys), t.rollout.c.state.in_(("running", "paused"))))
    return (*waiting, *(f"run {one.id} {one.name}" for one in open_runs), *(f"rollout {one.id}" for one in open_rollouts))


def open_alarms(tx: Transaction, kinds: Sequence[str], news: Mapping[str, Any]) -> tuple[str, ...]:
    """Alarms of these kinds that are open where the news comes from: at its monitor or endpoint, or anywhere if it names none."""
    if not kinds:
        return ()
    data = news.get("data") or {}
    alarm, monitor, endpoint = t.alarm.c, t.monitor.c, t.endpoint.c
    query = (
        select(alarm.id, alarm.kind, alarm.sentence)
        .join(t.monitor, monitor.id == alarm.monitor)
        .join(t.endpoint, endpoint.id == monitor.endpoint)
        .where(alarm.state == "open", alarm.kind.in_(list(kinds)))
    )
    if isinstance(data.get("endpoint"), str):
        query = query.where(endpoint.name == data["endpoint"])
    elif isinstance(data.get("monitor"), str):
        query = query.where(monitor.name == data["monitor"])
    return tuple(f"alarm {row.id} ({row.kind}): {row.sentence}" for row in tx.all(query.order_by(alarm.id)))


def alarm_is_over(tx: Transaction, news: Mapping[str, Any]) -> bool:
    """Whether the alarm that the news speaks of is closed. News that names none is never over."""
    number = (news.get("data") or {}).get("alarm")
    if not isinstance(number, int):
        return False
    row = tx.first(select(t.alarm.c.state).where(t.alarm.c.id == number))
    return row is not None and row.state != "open"


def _rounds(tx: Transaction, name: str, entry: int) -> int:
    return sum(1 for row in journal.causes(tx, entry) if row.kind == "trigger.fired" and row.subject == f"trigger:{name}")

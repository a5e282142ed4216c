"""Alarms: opened, raised and closed in the transaction in which the window is written, each with its news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from treadle.contract.monitoring import Alarm, MonitorSettings
from treadle.contract.registry import ModelVersion
from treadle.monitoring import rows, rules
from treadle.monitoring.checks import told
from treadle.monitoring.rules import Check, Progress
from treadle.serving.rows import revisions_of
from treadle.serving.rules import live_of
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Transaction

_WINDOWS_BACK = 500


class Seen(NamedTuple):
    """A window that was judged."""

    number: int
    version: ModelVersion | None
    start: float
    end: float
    checks: Sequence[Check]
    report: dict[str, Any]


def settle(tx: Transaction, row: Row[Any], settings: MonitorSettings, progress: Progress, seen: Seen) -> Progress:
    """Opens, raises and closes the alarms that the verdicts that count now ask for; answers the progress with that noted."""
    opened = {rules.key_of(alarm.kind, alarm.slice): alarm for alarm in rows.open_alarms(tx, row)}
    severities = {key: alarm.severity for key, alarm in opened.items() if alarm.kind != rules.SILENCE}
    since = dict(progress.since)
    for move in rules.moves(severities, progress.heard, progress.since, settings):
        if move.act == "open":
            _open(tx, row, move, seen)
        elif move.act == "raise":
            _raise(tx, row, opened[move.key], seen)
        else:
            ref = seen.version.ref if seen.version else ""
            close(tx, row, opened[move.key], rules.closing_words(settings, opened[move.key], ref), seen)
        if move.act != "raise":
            since[move.key] = max(number for number, _, _ in progress.heard[move.key])
    return msgspec.structs.replace(progress, since=since)


def _open(tx: Transaction, row: Row[Any], move: rules.Move, seen: Seen) -> None:
    kind, _, slice = move.key.partition("@")
    check = next((one for one in seen.checks if one.key == move.key), None)
    if check is None:  # a window whose labels came late made the one before it count
        check = Check(kind=kind, slice=slice, verdict="bad", sentence=f"{kind} was bad in several windows")
    evidence: dict[str, Any] = {"check": told(check), "report": {name: seen.report.get(name) for name in ("ref", "versions", "reference")}}
    evidence["ref"] = seen.version.ref if seen.version else ""
    evidence["columns"] = [
        line
        for line in seen.report.get("columns", [])
        if line["check"] == kind and line["name"] in check.columns and line.get("slice", "") == slice
    ][:20]
    where = f"window {seen.number} of `{row.name}`" + (f", {slice}" if slice else "")
    write(tx, row, kind, slice, move.severity, f"{kind} of {where}: {check.sentence}", check.columns, evidence, seen)


def write(
    tx: Transaction,
    row: Row[Any],
    kind: str,
    slice: str,
    severity: str,
    sentence: str,
    columns: Sequence[str],
    evidence: dict[str, Any],
    seen: Seen,
) -> None:
    """A new alarm, and its news."""
    values = {
        "monitor": row.id,
        "kind": kind,
        "slice": slice,
        "state": "open",
        "severity": severity,
        "sentence": sentence,
        "columns": list(columns),
        "evidence": evidence,
        "window": seen.number,
        "opened_at": tx.now,
        "closing": "",
        "acknowledged_by": "",
        "words": "",
    }
    made = tx.execute(insert(t.alarm).returning(t.alarm.c.id), values).scalar_one()
    _tell(tx, row, "alarm.opened", rows.alarm_of(tx.all(select(t.alarm).where(t.alarm.c.id == made))[0], row), seen)


def _raise(tx: Transaction, row: Row[Any], alarm: Alarm, seen: Seen) -> None:
    """A note that persists becomes a page."""
    tx.execute(update(t.alarm).where(t.alarm.c.id == alarm.id).values(severity="page"))
    cause = entry_of_opening(tx, row, alarm)
    _tell(tx, row, "alarm.raised", msgspec.structs.replace(alarm, severity="page"), seen, cause=cause)


def close(tx: Transaction, row: Row[Any], alarm: Alarm, words: str, seen: Seen, actor: str = "") -> None:
    """Ends an alarm; its news names the entry of its opening as the cause."""
    tx.execute(update(t.alarm).where(t.alarm.c.id == alarm.id).values(state="closed", closed_at=tx.now, closing=words))
    cause = entry_of_opening(tx, row, alarm)
    closed = msgspec.structs.replace(alarm, state="closed", closing=words)
    _tell(tx, row, "alarm.closed", closed, seen, cause=cause, closing=words, closed_in=seen.number, by=actor)


def entry_of_opening(tx: Transaction, row: Row[Any], alarm: Alarm) -> int | None:
    """The journal entry with which an alarm began."""
    found = journal.entries(tx, kind="alarm.opened", subject=f"monitor:{row.name}", limit=_WINDOWS_BACK, newest=True)
    return next((int(entry.id) for entry in found if entry.data.get("alarm") == alarm.id), None)


def _tell(tx: Transaction, row: Row[Any], kind: str, alarm: Alarm, seen: Seen, *, cause: int | None = None, **more: Any) -> None:
    """News of an alarm. `version` and `ref` are those that answered the window it is about."""
    version = seen.version
    data = rules.news_of(
        alarm, version=version.number if version else None, ref=version.ref if version else "", start=seen.start, end=seen.end
    )
    tx.news(kind, f"monitor:{row.name}", **data, **{name: value for name, value in more.items() if value != ""})
    if cause is not None:
        tx.entries[-1]["cause"] = cause


# --- silence ------------------------------------------------------------------------------------------------------------


def silence(tx: Transaction, row: Row[Any], settings: MonitorSettings, progress: Progress) -> None:
    """Nothing for too long is an alarm by itself, at once; the next prediction closes it. An endpoint that is off may be silent."""
    opened = next((alarm for alarm in rows.open_alarms(tx, row) if alarm.kind == rules.SILENCE), None)
    if not settings.silence and opened is None:
        return
    last = rows.last_arrival(tx, row.endpoint)
    since = max(row.created_at, last or 0.0)
    quiet = tx.now - since
    live = live_of(revisions_of(tx, row.endpoint))
    version = next(iter(rows.versions_at(tx, row.endpoint, [live.number]).values()), None) if live else None
    seen = Seen(progress.number, version, since, tx.now, (), {})
    if opened is None and quiet >= settings.silence and row.endpoint_state == "on":
        sentence = f"no prediction for {quiet:.0f} s at endpoint `{row.endpoint_name}`; {settings.silence:g} s are the limit"
        evidence = {"seconds": round(quiet, 3), "last": last, "ref": version.ref if version else ""}
        write(tx, row, rules.SILENCE, "", "page", sentence, (), evidence, seen)
    elif opened is not None and last is not None and last > opened.opened_at:
        close(tx, row, opened, "predictions come again", seen)
    elif opened is not None and not settings.silence:
        close(tx, row, opened, "silence is no longer watched", seen)

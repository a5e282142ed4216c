"""Recording that a trigger's news came: the firing, its entry in the journal and the trigger's position, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.triggers import rows
from treadle.triggers.rules import Decision, decide
from treadle.triggers.sentences import said_news


def record(tx: Transaction, row: Row[Any], cause: str, news: Mapping[str, Any]) -> int | None:
    """Records what is decided about news, unless this cause was recorded before; answers the firing's number.

    `row` is the trigger's, locked. `news` is a journal entry as `{"id", "kind", "subject", "at", "data"}`."""
    if tx.first(select(t.firing.c.id).where(t.firing.c.trigger == row.id, t.firing.c.cause == cause)) is not None:
        return None
    entry = news.get("id")
    decision = decide(rows.declared_of(row), rows.past(tx, row, news, entry))
    return _insert(tx, row, cause, news, decision)


def said_first(tx: Transaction, row: Row[Any], kind: str, cause: str, data: Mapping[str, Any]) -> int | None:
    """News that the trigger's own source makes (a moment, a delivery, a commit, files, counts): told to the journal, then recorded."""
    if tx.first(select(t.firing.c.id).where(t.firing.c.trigger == row.id, t.firing.c.cause == cause)) is not None:
        return None
    subject = f"trigger:{row.name}"
    number = journal.write(tx, kind, subject, data, actor=f"trigger {row.name}")
    return record(tx, row, cause, {"id": number, "kind": kind, "subject": subject, "at": tx.now, "data": dict(data)})


def _insert(tx: Transaction, row: Row[Any], cause: str, news: Mapping[str, Any], decision: Decision) -> int:
    limits = rows.declared_of(row).limits
    values = {
        "trigger": row.id,
        "cause": cause,
        "entry": news.get("id"),
        "fired": None,
        "state": decision.state,
        "why": f"{said_news(news)}; {decision.why}",
        "news": dict(news),
        "answer": [],
        "tries": 0,
        "next_at": {"due": tx.now, "holding": tx.now + limits.persists}.get(decision.state),
        "at": tx.now,
        "done_at": None if decision.state in ("due", "holding") else tx.now,
    }
    number = int(tx.execute(insert(t.firing).returning(t.firing.c.id), values).scalar_one())
    if decision.state == "due":
        fire(tx, row, number, news.get("id"), str(values["why"]))
    return number


def fire(tx: Transaction, row: Row[Any], firing: int, entry: int | None, why: str) -> None:
    """The entry that everything this firing does will name as its cause."""
    data = {"firing": firing, "trigger": row.name, "why": why}
    fired = journal.write(tx, "trigger.fired", f"trigger:{row.name}", data, cause=entry, actor=f"trigger {row.name}")
    tx.execute(t.firing.update().where(t.firing.c.id == firing).values(fired=fired))


def news_of(entry: Row[Any]) -> dict[str, Any]:
    """A journal entry as news."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "subject": entry.subject,
        "at": entry.at,
        "actor": entry.actor,
        "project": entry.project,
        "root": entry.root,
        "cause": entry.cause,
        "data": entry.data,
    }

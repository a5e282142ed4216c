"""Reading the journal, and asking whether the record is well."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from treadle import __version__
from treadle.blobs import Blobs
from treadle.contract import record as words
from treadle.contract.record import Effect, Effects, Entry, Health
from treadle.core.operation import Call, performs
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import SCHEMA, Database
from treadle.store.effects import effects
from treadle.store.leases import LEASE_SECONDS

MOST_ENTRIES = 5000
MOST_EFFECTS = 1000


@performs(words.read_journal)
def read_journal(request: words.ReadJournal, call: Call, store: Database) -> list[Entry]:
    limit = max(1, min(request.limit, MOST_ENTRIES))
    wanted = journal.Wanted(
        after=request.after,
        before=request.before,
        kind=request.kind,
        subject=request.subject,
        root=request.root,
        actor=request.actor,
        since=request.since,
        until=request.until,
        text=request.text,
        project=request.project,
    )
    with store.reading(call) as tx:
        return [entry_of(row) for row in journal.found(tx, wanted, limit=limit, newest=request.newest)]


@performs(words.list_kinds)
def list_kinds(_request: words.ListKinds, call: Call, store: Database) -> list[str]:
    with store.reading(call) as tx:
        return journal.kinds_of(tx)


@performs(words.read_causes)
def read_causes(request: words.ExplainEntry, call: Call, store: Database) -> list[Entry]:
    with store.reading(call) as tx:
        return [entry_of(row) for row in journal.causes(tx, request.entry)]


@performs(words.read_effects)
def read_effects(request: words.ReadEffects, call: Call, store: Database) -> Effects:
    limit = max(1, min(request.limit, MOST_EFFECTS))
    with store.reading(call) as tx:
        found = effects(tx, request.entry, limit=limit, steps=request.steps)
    return Effects(effects=tuple(Effect(entry=entry_of(row), because=because) for row, because in found.effects), cut=found.cut)


def entry_of(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        project=row.project,
        kind=row.kind,
        subject=row.subject,
        root=row.root,
        cause=row.cause,
        data=row.data,
    )


@performs(words.check_health)
def check_health(_request: words.CheckHealth, call: Call, store: Database, blobs: Blobs) -> Health:
    with store.reading(call) as tx:
        runs = {row.state: int(row.number) for row in tx.all(select(t.run.c.state, func.count().label("number")).group_by(t.run.c.state))}
        keepers = tx.all(select(t.process.c.id).where(t.process.c.role == "keeper", t.process.c.seen_at > tx.now - LEASE_SECONDS))
        return Health(
            version=__version__,
            dialect=store.dialect,
            schema=SCHEMA,
            database=store.shown_url,
            blobs=repr(blobs),
            clock=tx.now,
            last_entry=journal.last_number(tx),
            runs=runs,
            keepers=len(keepers),
        )

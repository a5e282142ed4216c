"""Reading the journal, and asking whether the record is well."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from treadle import __version__
from treadle.blobs import Blobs
from treadle.contract import record as words
from treadle.contract.record import Entry, Health
from treadle.core.operation import Call, performs
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import SCHEMA, Database
from treadle.store.leases import LEASE_SECONDS

MOST_ENTRIES = 5000


@performs(words.read_journal)
def read_journal(request: words.ReadJournal, call: Call, store: Database) -> list[Entry]:
    limit = max(1, min(request.limit, MOST_ENTRIES))
    with store.reading(call) as tx:
        rows = journal.entries(
            tx,
            after=request.after,
            kind=request.kind or None,
            subject=request.subject or None,
            root=request.root,
            limit=limit,
            newest=request.newest,
        )
    return [entry_of(row) for row in rows]


@performs(words.read_causes)
def read_causes(request: words.ExplainEntry, call: Call, store: Database) -> list[Entry]:
    with store.reading(call) as tx:
        return [entry_of(row) for row in journal.causes(tx, request.entry)]


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

"""What pace and stories are made from: the entries that tell decisions, and facts that stand beside the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Text, cast, literal, select
from sqlalchemy.engine import Row

from treadle.access.record import entry_of
from treadle.contract.delivery import Live
from treadle.contract.record import Entry
from treadle.contract.runs import Code
from treadle.delivery.chains import Chains
from treadle.runs import documents
from treadle.store import tables as t
from treadle.store.database import Transaction

_AT_ONCE = 5000
_TOLD = ("run.tagged", "run.noted")
"""Said of runs that decide nothing."""


def decisions(tx: Transaction) -> Chains:
    """All entries of this project but those about the steps within pipelines, of which there can be very many."""
    journal = t.journal.c
    asked_for = journal.kind.not_like("run.%") | (journal.subject == literal("run:") + cast(journal.root, Text))
    entries: list[Entry] = []
    after = 0
    while True:
        query = select(t.journal).where(journal.id > after, journal.project == tx.call.project, asked_for, journal.kind.not_in(_TOLD))
        rows = tx.all(query.order_by(journal.id).limit(_AT_ONCE))
        entries += map(entry_of, rows)
        if len(rows) < _AT_ONCE:
            break
        after = rows[-1].id
    named = {int(entry.data["run"]) for entry in entries if isinstance(entry.data.get("run"), int)}
    return Chains(entries, roots_of(tx, named))


def roots_of(tx: Transaction, runs: Iterable[int]) -> dict[int, int]:
    """The run that was asked for, of each run."""
    wanted, found = sorted(runs), {}
    for at in range(0, len(wanted), 500):
        for row in tx.all(select(t.run.c.id, t.run.c.root).where(t.run.c.id.in_(wanted[at : at + 500]))):
            found[row.id] = row.root
    return found


def cpu_of(tx: Transaction, roots: Sequence[int]) -> dict[int, float]:
    """CPU seconds of each of these runs with everything that it started."""
    total: dict[int, float] = {}
    for at in range(0, len(roots), 500):
        for row in tx.all(select(t.run.c.root, t.run.c.usage).where(t.run.c.root.in_(roots[at : at + 500]), t.run.c.usage.is_not(None))):
            total[row.root] = total.get(row.root, 0.0) + float((row.usage or {}).get("cpu", 0.0))
    return total


def live_now(tx: Transaction) -> tuple[Live, ...]:
    """What answers at each endpoint, and whether its record suffices to perform it again."""
    query = (
        select(t.endpoint.c.name.label("endpoint"), t.model.c.name.label("model"), t.model_version)
        .join(t.revision, t.revision.c.endpoint == t.endpoint.c.id)
        .join(t.model_version, t.model_version.c.id == t.revision.c.version)
        .join(t.model, t.model.c.id == t.model_version.c.model)
        .where(t.revision.c.role == "live", t.endpoint.c.project == tx.call.project)
        .order_by(t.endpoint.c.name)
    )
    return tuple(_live(tx, row) for row in tx.all(query))


def _live(tx: Transaction, row: Row[Any]) -> Live:
    missing = lacking(tx, row.run)
    until = row.data_until if row.data_until is not None else newest_data(tx, row.run)
    return Live(
        endpoint=row.endpoint,
        ref=f"{row.model}@v{row.number}",
        reproducible=not missing,
        missing=missing,
        age=max(0.0, tx.now - until) if until is not None else None,
    )


def lacking(tx: Transaction, run: int | None) -> tuple[str, ...]:
    """What the record of a run lacks to be performed again."""
    row = tx.first(select(t.run).where(t.run.c.id == run)) if run is not None else None
    if row is None:
        return ("the run that made it",)
    source = tx.first(select(t.run).where(t.run.c.id == row.reused_from)) if row.reused_from else row
    code = documents.one(tx, row.code, Code)
    found = [] if code is not None and code.snapshot else ["the snapshot of its code"]
    found += [] if source is not None and source.environment else ["its environment"]
    taken = tx.first(select(t.lineage.c.run).where(t.lineage.c.run == run).limit(1))
    return (*found, *([] if taken is not None or not row.bindings else ["its inputs"]))


def newest_data(tx: Transaction, run: int | None) -> float | None:
    """When the newest of the dataset versions was made that a run, or the pipeline it belongs to, took in."""
    row = tx.first(select(t.run.c.root).where(t.run.c.id == run)) if run is not None else None
    if row is None:
        return None
    versions = data_of(tx, row.root)
    return max((one.created_at for one in versions), default=None)


def data_of(tx: Transaction, root: int) -> Sequence[Row[Any]]:
    """The dataset versions that a run and everything it started took in."""
    taken = (
        select(t.lineage.c.dataset_version)
        .join(t.run, t.run.c.id == t.lineage.c.run)
        .where(t.run.c.root == root, t.lineage.c.dataset_version.is_not(None))
    )
    query = select(t.dataset.c.name, t.dataset_version).join(t.dataset, t.dataset.c.id == t.dataset_version.c.dataset)
    return tx.all(query.where(t.dataset_version.c.id.in_(taken)).order_by(t.dataset.c.name, t.dataset_version.c.number))

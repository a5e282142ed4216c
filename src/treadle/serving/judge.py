"""The loop that judges rollouts: looks at what the new revision did, moves it on, or takes it back.

A look is claimed by the number of looks that the rollout's evidence holds: two judges that look at once write one of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from sqlalchemy import select, update
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract.serving import Rollout, Traffic
from treadle.core.operation import Call
from treadle.serving import guards, rules
from treadle.serving.guards import Known, Verdict
from treadle.serving.joined import chunks_between, last_label, outputs_in, read_predictions, with_labels
from treadle.serving.operations import advance, take_back
from treadle.serving.rows import RUNNING, endpoint_by_id, revisions_of, rollout_of, traffic_of
from treadle.statistics.losses import row_losses
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

if TYPE_CHECKING:
    import polars as pl

_BUSY, _IDLE = 0.2, 1.0  # seconds between looks while a rollout is under way, and while none is


class Opened(Protocol):
    """What a judge needs of a record that is open."""

    store: Database
    blobs: Blobs


class Judge:
    """Judges all rollouts that are under way."""

    def __init__(self, record: Opened, call: Call) -> None:
        self._store = record.store
        self._blobs = record.blobs
        self._call = call

    def tick(self) -> float:
        """One look at every rollout; answers the seconds until the next one is due."""
        with self._store.reading(self._call) as tx:
            running = [row.id for row in tx.all(select(t.rollout.c.id).where(t.rollout.c.state.in_(RUNNING)).order_by(t.rollout.c.id))]
        for number in running:
            look(self._store, self._blobs, number, self._call)
        return _BUSY if running else _IDLE


def look(store: Database, blobs: Blobs, number: int, call: Call) -> None:
    """One look at one rollout."""
    with store.reading(call) as tx:
        row = tx.first(select(t.rollout).where(t.rollout.c.id == number, t.rollout.c.state.in_(RUNNING)))
        if row is None:
            return
        endpoint = endpoint_by_id(tx, row.endpoint)
        rollout = rollout_of(row, endpoint.name)
        known = guards.known_of(row.evidence)
        revisions = revisions_of(tx, endpoint.id)
        live = rules.live_of(revisions)
        traffic = traffic_of(tx, endpoint.id)
        if live is None:
            return
        guards.count(known, rollout.guardrails, traffic, live.number, rollout.revision)
        if rollout.guardrails.loss is not None or rollout.stages[rollout.stage].labels:
            _take_labels(tx, blobs, endpoint, rollout, known, live.number)
    found = guards.verdict(known, rollout.guardrails, rollout.revision)
    known.guardrails = found.sentences
    _apply(store, call, rollout, known, found)


def _take_labels(tx: Transaction, blobs: Blobs, endpoint: Row[Any], rollout: Rollout, known: Known, live: int) -> None:
    """Takes in the losses of predictions whose truth has become known since the last look."""
    newest = last_label(tx, endpoint.id)
    recent = chunks_between(tx, endpoint.id, shipped=rollout.started_at)  # looked for five times a second: not all that there ever was
    chunks = [chunk for chunk in recent if {live, rollout.revision} & chunk.revisions.keys()]
    latest = max((chunk.id for chunk in chunks), default=0)
    if (newest, latest) == (known.label, known.chunk) or not chunks or not newest:
        return
    rows = with_labels(tx, endpoint.id, read_predictions(blobs, chunks, columns=_outputs(blobs, chunks)))
    _take_losses(rows, rollout, known, live)
    known.label, known.chunk = newest, latest


def _outputs(blobs: Blobs, chunks: list[Any]) -> list[str]:
    """The names of the columns that hold outputs."""
    import polars as pl

    found: dict[str, None] = {}
    for chunk in chunks[:1] + chunks[-1:]:
        found.update(dict.fromkeys(pl.read_parquet_schema(blobs.local(chunk.digest))))
    return [name for name in found if name.startswith("out.")]


def _take_losses(rows: pl.DataFrame, rollout: Rollout, known: Known, live: int) -> None:
    """The losses of rows that are new: their label, or their chunk, came after the last look."""
    import polars as pl

    usable = rows.filter(pl.col("label").is_not_null() & pl.col("error").is_null() & pl.col("revision").is_in([live, rollout.revision]))
    if usable.is_empty():
        return
    usable = usable.with_columns(loss=pl.Series(row_losses(outputs_in(usable), usable["label"].to_list())))
    fresh = (pl.col("label_number") > known.label) | (pl.col("chunk") > known.chunk)
    new = pl.col("revision") == rollout.revision
    shadow = usable.filter(new & (pl.col("role") == "shadow"))
    pairs = shadow.join(usable.filter(pl.col("revision") == live), on=["key", "at"], suffix=".live").unique(
        ["key", "at"], maintain_order=True
    )
    pairs = pairs.filter(fresh | (pl.col("chunk.live") > known.chunk)).sort("label_number")
    if not pairs.is_empty():
        guards.lose(known, rollout.guardrails, "loss in shadow", pairs["loss.live"].to_numpy(), pairs["loss"].to_numpy(), paired=True)
    canary = usable.filter(new & (pl.col("role") == "canary") & fresh).sort("label_number")
    if not canary.is_empty() or "loss" in known.guards:
        control = usable.filter((pl.col("revision") == live) & (pl.col("role") == "live") & fresh).sort("label_number")
        guards.lose(known, rollout.guardrails, "loss", control["loss"].to_numpy(), canary["loss"].to_numpy(), paired=False)
    known.labelled += pairs.height + canary.height


def _apply(store: Database, call: Call, rollout: Rollout, known: Known, found: Verdict) -> None:
    """Writes what was seen, and what follows from it."""
    before = known.looks
    known.looks += 1
    with store.transaction(call) as tx:
        row = tx.first(select(t.rollout).where(t.rollout.c.id == rollout.id, t.rollout.c.state.in_(RUNNING)).with_for_update())
        if row is None or row.stage != rollout.stage or row.evidence.get("looks", 0) != before:
            return
        endpoint = endpoint_by_id(tx, row.endpoint)
        tx.call = msgspec.structs.replace(call, project=endpoint.project, cause=started_entry(tx, endpoint.name, rollout.id))
        tx.execute(update(t.rollout).where(t.rollout.c.id == rollout.id).values(evidence=guards.evidence_of(known)))
        fresh = tx.all(select(t.rollout).where(t.rollout.c.id == rollout.id))[0]
        if found.harm:
            take_back(tx, endpoint, fresh, found.harm)
        elif rollout.state == "running" and _due(tx, rollout, known):
            stage = rollout.stages[rollout.stage]
            advance(tx, endpoint, fresh, f"{rules.stage_words(stage)}: no harm found{_seen(found)}")


def _due(tx: Transaction, rollout: Rollout, known: Known) -> bool:
    key = str(rollout.revision)
    now = known.last.get(key, Traffic(revision=rollout.revision))
    rows = rules.minus(now, known.stage_base.get(key) or known.base.get(key)).rows
    return rules.due(
        rollout.stages[rollout.stage], rows=rows, seconds=tx.now - rollout.stage_at, labels=known.labelled - known.stage_labelled
    )


def _seen(found: Verdict) -> str:
    said = "; ".join(str(one["sentence"]) for one in found.sentences.values())
    return f" ({said})" if said else ""


def started_entry(tx: Transaction, endpoint: str, rollout: int) -> int | None:
    """The journal entry of a rollout's start, which caused whatever the judge does with it."""
    query = select(t.journal).where(t.journal.c.subject == f"endpoint:{endpoint}", t.journal.c.kind == "rollout.started")
    for entry in tx.all(query.order_by(t.journal.c.id.desc()).limit(50)):
        if entry.data.get("rollout") == rollout:
            return int(entry.id)
    return None

"""What runs tell of themselves, taken into the record and read from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update

from treadle.contract.tracking import (
    NoteRun,
    RunNote,
    RunTags,
    TagRun,
    note_run,
    read_records,
    tag_run,
)
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs
from treadle.data.artifacts import chunks as pieces
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking import parameters, rules, series
from treadle.tracking.chunks import known_summaries, write_summaries
from treadle.tracking.levels import add_chunks, remove_levels
from treadle.tracking.refs import find_run
from treadle.tracking.series import Series, Summary
from treadle.tracking.tags import value_of, write_tags

# --- taking in --------------------------------------------------------------------------------------------------------------


def ingest(tx: Transaction, run: int, source: str, offset: int, data: bytes, *, records: Sequence[Mapping[str, Any]] | None = None) -> None:
    """Takes whole records of a run's spool into its parameters, tags, note, metrics and series.

    `source` names the spool (the attempt's id) and `offset` where `data` begins in it. The caller sees to it that each byte
    arrives once and that one transaction at a time takes in for a run; `records` are those of `data` where it has read them
    already. Raises Damaged when the bytes are not records.
    """
    if records is None:
        records = read_records(data)[0]
    known = known_summaries(tx, run, sorted(rules.metric_names(records)))
    said = rules.told(records, {name: summary.last_step + 1 for name, summary in known.items()})
    if said.odd:
        said.notes.append(f"{said.odd} record{'s' if said.odd > 1 else ''} of its spool could not be understood")
    write_parameters(tx, run, said.parameters)
    write_tags(tx, run, said.tags)
    if said.notes:
        lines = "\n".join(said.notes)
        tx.execute(update(t.run).where(t.run.c.id == run).values(note=func.coalesce(t.run.c.note + "\n", "") + lines))
    _write_points(tx, run, source, offset, said.points, known)


def write_parameters(tx: Transaction, run: int, values: Mapping[str, Any]) -> None:
    """Writes parameters as rows for search; nested values are named `model.depth`. A parameter known already gets the new value."""
    rows = [{"run": run, "name": name, "text": text, "number": number} for name, (text, number) in parameters.flatten(values).items()]
    tx.upsert(t.parameter, rows, keys=("run", "name"), values=("text", "number"))


def _write_points(tx: Transaction, run: int, source: str, offset: int, points: Mapping[str, Series], known: Mapping[str, Summary]) -> None:
    if not points:
        return
    write_summaries(tx, run, points, known)
    merged = _with_neighbours(tx, run, points, known)
    rows = [
        {"run": run, "name": name, "source": source, "offset": offset, "points": len(one.steps), "data": series.encode(one)}
        for name, one in merged.items()
    ]
    add_chunks(tx, rows, list(merged.values()))


def _with_neighbours(tx: Transaction, run: int, fresh: Mapping[str, Series], known: Mapping[str, Summary]) -> dict[str, Series]:
    """The fresh points together with the last chunks that they absorb, which are removed."""
    sizes: dict[str, list[tuple[int, int]]] = defaultdict(list)
    names = [name for name, one in fresh.items() if name in known and len(one.steps) < series.CHUNK_POINTS]
    chunk = t.series_chunk.c
    for part in pieces(names):
        query = select(chunk.id, chunk.name, chunk.points).where(chunk.run == run, chunk.name.in_(part), chunk.points < series.CHUNK_POINTS)
        for row in tx.all(query.order_by(chunk.id)):
            sizes[row.name].append((row.id, row.points))
    taken: list[int] = []
    for name, chunks in sizes.items():
        count = series.absorbs([size for _, size in chunks], len(fresh[name].steps))
        taken += [id for id, _ in chunks[len(chunks) - count :]]
        remove_levels(tx, run, name, chunks[len(chunks) - count :])
    parts: dict[str, list[Series]] = defaultdict(list)
    for piece in pieces(taken):
        for row in tx.all(select(chunk.name, chunk.points, chunk.data).where(chunk.id.in_(piece)).order_by(chunk.id)):
            parts[row.name].append(series.decode(row.data, row.points))
        tx.execute(delete(t.series_chunk).where(chunk.id.in_(piece)))
    return {name: series.joined([*parts.get(name, ()), one]) for name, one in fresh.items()}


def _key(name: str) -> str:
    return parameters.storable(name, parameters.MOST_NAME)


# --- asked from outside -----------------------------------------------------------------------------------------------------


@performs(tag_run)
def tag(request: TagRun, call: Call, store: Database) -> RunTags:
    """Sets and removes tags, and tells it to the journal."""
    for name in request.tags:
        if not name:
            raise UsageError("a tag needs a name")
    clean = {_key(name): None if value is None else parameters.storable(value, parameters.MOST_TAG) for name, value in request.tags.items()}
    with store.transaction(call) as tx:
        run = find_run(tx, request.run, call.project)
        write_tags(tx, run, clean)
        if clean:
            tx.news("run.tagged", f"run:{run}", tags=clean)
        rows = tx.all(select(t.tag).where(t.tag.c.run == run).order_by(t.tag.c.name))
    return RunTags(run=run, tags={row.name: value_of(row) for row in rows})


@performs(note_run)
def note(request: NoteRun, call: Call, store: Database) -> RunNote:
    """Replaces the note, and tells it to the journal."""
    text = parameters.storable(request.text).strip() or None
    with store.transaction(call) as tx:
        run = find_run(tx, request.run, call.project)
        tx.execute(update(t.run).where(t.run.c.id == run).values(note=text))
        tx.news("run.noted", f"run:{run}", note=text)
    return RunNote(run=run, note=text)

"""From rows of the store to the words of the contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Row

from treadle.contract.files import KeptFile
from treadle.contract.runs import Attempt, Binding, Code, End, Environment, Metric, Options, Run, TakenInput, Usage
from treadle.contract.search import Key
from treadle.core.definition import APPROVAL, Definition
from treadle.data.artifacts import chunks, outputs_of
from treadle.runs import documents
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.store.leases import LIVE
from treadle.tracking.columns import named_rows
from treadle.tracking.files import ROLE as FILE
from treadle.tracking.refs import known_as
from treadle.tracking.rows import input_of
from treadle.tracking.tags import value_of


def run_of(row: Row[Any], **more: Any) -> Run:
    """A run as lists show it; `more` adds what `runs.get` fills in."""
    return Run(
        id=row.id,
        name=row.name,
        kind=row.kind,
        step=row.step,
        state=row.state,
        reason=row.reason,
        project=row.project,
        parent=row.parent,
        root=row.root,
        call_key=row.call_key,
        engine=row.engine,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        actor=row.actor,
        reused_from=row.reused_from,
        stop_requested=row.stop_requested,
        usage=msgspec.convert(row.usage, Usage) if row.usage else None,
        error=msgspec.convert(row.error, End) if row.error else None,
        note=row.note,
        cause=row.cause,
        seed=row.seed,
        **({"parameters": row.parameters} | more),
    )


def listed(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Run]:
    """Runs for a list: with metrics and tags, fetched for all of them at once."""
    numbers = [row.id for row in rows]
    metrics, tags = metrics_of(tx, numbers), tags_of(tx, numbers)
    return [run_of(row, metrics=tuple(metrics.get(row.id, ())), tags=tags.get(row.id, {}), waits_for=waits_for(row)) for row in rows]


def listed_with(tx: Transaction, rows: Sequence[Row[Any]], columns: Sequence[Key]) -> list[Run]:
    """Runs for a list that shows some columns: only the metrics, parameters, tags and inputs that these name travel."""
    numbers = [row.id for row in rows]
    names = {area: {key.name for key in columns if key.area == area} for area in ("metric", "parameter", "tag", "taken")}
    found = {area: _by_run(named_rows(tx, area, numbers, some)) for area, some in names.items() if some}
    experiments = _experiments(tx, {row.experiment for row in rows if row.experiment is not None})

    def of(area: str, run: int) -> list[tuple[Any, ...]]:
        return sorted(found.get(area, {}).get(run, ()))

    return [
        run_of(
            row,
            parameters={
                name: row.parameters.get(name, text if number is None else number) for _, name, number, text in of("parameter", row.id)
            },
            metrics=tuple(
                Metric(name=name, last=last, last_step=step, lowest=lowest, highest=highest, points=points)
                for _, name, last, step, lowest, highest, points in of("metric", row.id)
            ),
            tags={name: value if whole is None else whole for _, name, value, whole in of("tag", row.id)},
            inputs=tuple(
                TakenInput(name=name, position=position, digest=digest, source=source, producer=producer)
                for _, name, position, source, digest, producer in of("taken", row.id)
            ),
            experiment=experiments.get(row.experiment),
            waits_for=waits_for(row),
        )
        for row in rows
    ]


def _by_run(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _experiments(tx: Transaction, numbers: set[int]) -> dict[int | None, str]:
    known = t.experiment.c
    return {row.id: row.name for row in tx.all(select(known.id, known.name).where(known.id.in_(numbers)))} if numbers else {}


def waits_for(row: Row[Any]) -> str | None:
    """For a queued run, what it waits for, as far as its own row tells."""
    if row.state != "queued":
        return None
    if row.kind == APPROVAL and row.waiting <= 1:
        return f"somebody's yes: treadle approve {row.id} -m WORDS"
    if row.waiting:
        return f"{row.waiting} earlier run{'s' if row.waiting > 1 else ''}"
    if row.failures or row.losses:
        return "the next try"
    return "a free place"


def metrics_of(tx: Transaction, runs: Sequence[int]) -> dict[int, list[Metric]]:
    found: dict[int, list[Metric]] = defaultdict(list)
    for part in chunks(runs):
        for row in tx.all(select(t.metric).where(t.metric.c.run.in_(part)).order_by(t.metric.c.run, t.metric.c.name)):
            found[row.run].append(
                Metric(name=row.name, last=row.last, last_step=row.last_step, lowest=row.lowest, highest=row.highest, points=row.points)
            )
    return found


def tags_of(tx: Transaction, runs: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for part in chunks(runs):
        for row in tx.all(select(t.tag).where(t.tag.c.run.in_(part)).order_by(t.tag.c.name)):
            found[row.run][row.name] = value_of(row)
    return found


def attempts_of(tx: Transaction, run: int) -> list[Attempt]:
    """The attempts of a run, oldest first."""
    now = tx.now
    return [
        Attempt(
            id=row.id,
            number=row.number,
            state=row.state,
            engine=row.engine,
            host=row.host,
            claimed_at=row.claimed_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            silent=now - row.lease_until if row.state in LIVE and now > row.lease_until else None,
            end=msgspec.convert(row.end, End) if row.end else None,
            usage=msgspec.convert(row.usage, Usage) if row.usage else None,
            log_size=row.log_size,
        )
        for row in tx.all(select(t.attempt).where(t.attempt.c.run == run).order_by(t.attempt.c.number))
    ]


def inputs_of(tx: Transaction, run: int) -> list[TakenInput]:
    rows = tx.all(select(t.lineage).where(t.lineage.c.run == run).order_by(t.lineage.c.name, t.lineage.c.position))
    return [TakenInput(name=r.name, position=r.position, digest=r.digest, source=r.source, producer=r.producer) for r in rows]


_DESCRIBED = select(t.described_input).where(t.described_input.c.run == bindparam("of")).order_by(t.described_input.c.id)
_MOST_FILES = 1000


def environment_of(tx: Transaction, row: Row[Any]) -> str | None:
    """The digest of a run's environment. A reused run was performed in none: its source's is equal, or it would not be reused."""
    if row.environment or not row.reused_from:
        return row.environment or None
    source = tx.first(select(t.run.c.environment).where(t.run.c.id == row.reused_from))
    return source.environment if source else None


def _files(tx: Transaction, run: int) -> list[KeptFile]:
    query = select(t.artifact).where(t.artifact.c.run == run, t.artifact.c.role == FILE)
    return [KeptFile(path=r.name, size=r.size, digest=r.digest) for r in tx.all(query.order_by(t.artifact.c.name).limit(_MOST_FILES))]


def _experiment(tx: Transaction, number: int | None) -> str | None:
    row = tx.first(select(t.experiment.c.name).where(t.experiment.c.id == number)) if number is not None else None
    return None if row is None else str(row.name)


def whole(tx: Transaction, row: Row[Any]) -> Run:
    """A run with everything recorded of it; children as lists show them."""
    definition = documents.fetch(tx, [row.definition], Definition)[row.definition]
    code = documents.one(tx, row.code, Code)
    environment = documents.one(tx, row.environment, Environment)
    logged = {p.name: p.number if p.number is not None else p.text for p in tx.all(select(t.parameter).where(t.parameter.c.run == row.id))}
    children = tx.all(select(t.run).where(t.run.c.parent == row.id).order_by(t.run.c.id))
    return run_of(
        row,
        logged_parameters={name: value for name, value in sorted(logged.items()) if name.partition(".")[0] not in row.parameters},
        metrics=tuple(metrics_of(tx, [row.id]).get(row.id, ())),
        tags=tags_of(tx, [row.id]).get(row.id, {}),
        waits_for=waits_for(row),
        cache_key=row.cache_key,
        code=code,
        environment=environment,
        definition=definition,
        options=msgspec.convert(row.options, Options),
        bindings=msgspec.convert(row.bindings, dict[str, Binding]),
        inputs=tuple(inputs_of(tx, row.id)),
        outputs=tuple(outputs_of(tx, [row.id]).get(row.id, ())),
        logged=tuple(outputs_of(tx, [row.id], "logged").get(row.id, ())),
        key=known_as(row),
        experiment=_experiment(tx, row.experiment),
        deleted_at=row.deleted_at,
        files=tuple(_files(tx, row.id)),
        described=tuple(input_of(one) for one in tx.all(_DESCRIBED, {"of": row.id})),
        attempts=tuple(attempts_of(tx, row.id)),
        children=tuple(listed(tx, children)),
    )

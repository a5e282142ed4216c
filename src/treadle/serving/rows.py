"""From rows of the store to the words of serving, and the few writes that several operations share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row

from treadle.contract.serving import (
    Endpoint,
    EndpointSettings,
    Guardrails,
    PredictionChunk,
    Revision,
    Rollout,
    Stage,
    Traffic,
)
from treadle.core.errors import NotFound
from treadle.serving.rules import summed
from treadle.store import tables as t
from treadle.store.database import Transaction

RUNNING = ("running", "paused")
_ENDPOINT = select(t.endpoint, t.model.c.name.label("model_name")).join(t.model, t.model.c.id == t.endpoint.c.model)


def find_endpoint(tx: Transaction, name: str, *, lock: bool = False) -> Row[Any]:
    """The row of an endpoint with its model's name; raises NotFound with the name that is near."""
    query = _ENDPOINT.where(t.endpoint.c.name == name)
    row = tx.first(query.with_for_update(of=t.endpoint) if lock else query)
    if row is None:
        known = [r.name for r in tx.all(select(t.endpoint.c.name).limit(1000))]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "treadle endpoints"
        raise NotFound(f"there is no endpoint `{name}`", hint=hint)
    return row


def all_endpoints(tx: Transaction, *, everywhere: bool = False) -> Sequence[Row[Any]]:
    query = _ENDPOINT if everywhere else _ENDPOINT.where(t.endpoint.c.project == tx.call.project)
    return tx.all(query.order_by(t.endpoint.c.name))


def endpoint_by_id(tx: Transaction, number: int) -> Row[Any]:
    return tx.all(_ENDPOINT.where(t.endpoint.c.id == number))[0]


def settings_of(row: Row[Any]) -> EndpointSettings:
    return msgspec.convert(row.settings, EndpointSettings)


def revisions_of(tx: Transaction, endpoint: int) -> list[Revision]:
    """All revisions of an endpoint, oldest first."""
    query = (
        select(t.revision, t.model_version.c.number.label("version_number"), t.model.c.name.label("model_name"))
        .join(t.model_version, t.model_version.c.id == t.revision.c.version)
        .join(t.model, t.model.c.id == t.model_version.c.model)
        .where(t.revision.c.endpoint == endpoint)
        .order_by(t.revision.c.number)
    )
    return [
        Revision(
            number=row.number,
            model=row.model_name,
            version=row.version_number,
            role=row.role,
            share=row.share,
            created_at=row.created_at,
            live_at=row.live_at,
            ended_at=row.ended_at,
            reason=row.reason,
        )
        for row in tx.all(query)
    ]


def write_revisions(tx: Transaction, endpoint: int, changed: Iterable[Revision], new: dict[int, int] | None = None) -> None:
    """Writes changed revisions; `new` maps the number of one that is not there yet to the id of its model version."""
    for one in changed:
        live_at = tx.now if one.role == "live" else one.live_at
        values = {"role": one.role, "share": one.share, "reason": one.reason, "ended_at": one.ended_at, "live_at": live_at}
        if new and one.number in new:
            row = {"endpoint": endpoint, "number": one.number, "version": new[one.number], "created_at": tx.now}
            tx.execute(insert(t.revision), row | values)
        else:
            tx.execute(update(t.revision).where(t.revision.c.endpoint == endpoint, t.revision.c.number == one.number).values(**values))


def next_generation(tx: Transaction, endpoint: int, **values: Any) -> None:
    """What should answer has changed: the endpoint's processes will notice."""
    tx.execute(update(t.endpoint).where(t.endpoint.c.id == endpoint).values(generation=t.endpoint.c.generation + 1, **values))


def running_rollout(tx: Transaction, endpoint: int) -> Row[Any] | None:
    query = select(t.rollout).where(t.rollout.c.endpoint == endpoint, t.rollout.c.state.in_(RUNNING))
    return tx.first(query.order_by(t.rollout.c.id.desc()).limit(1))


def end_rollout(tx: Transaction, row: Row[Any], state: str, reason: str, **values: Any) -> bool:
    """Ends a rollout that is still running; False when somebody else was faster."""
    statement = update(t.rollout).where(t.rollout.c.id == row.id, t.rollout.c.state.in_(RUNNING))
    return bool(tx.execute(statement.values(state=state, reason=reason, ended_at=tx.now, **values)).rowcount)


def rollout_of(row: Row[Any], endpoint: str) -> Rollout:
    return Rollout(
        id=row.id,
        endpoint=endpoint,
        revision=row.revision,
        former=row.former,
        stages=tuple(msgspec.convert(row.stages, list[Stage])),
        guardrails=msgspec.convert(row.guardrails, Guardrails),
        stage=row.stage,
        state=row.state,
        reason=row.reason,
        override=row.override,
        evidence=row.evidence,
        started_at=row.started_at,
        stage_at=row.stage_at,
        ended_at=row.ended_at,
        actor=row.actor,
        cause=row.cause,
    )


def traffic_of(tx: Transaction, endpoint: int) -> dict[int, Traffic]:
    """What each revision has answered, over all processes."""
    return summed(msgspec.convert(row.counts, Traffic) for row in tx.all(select(t.traffic).where(t.traffic.c.endpoint == endpoint)))


def chunk_of(row: Row[Any]) -> PredictionChunk:
    return PredictionChunk(
        id=row.id,
        digest=row.digest,
        size=row.size,
        rows=row.rows,
        first=row.first,
        last=row.last,
        revisions={int(number): count for number, count in row.revisions.items()},
        shipped_at=row.shipped_at,
    )


def endpoint_of(tx: Transaction, row: Row[Any], *, counted: bool = True) -> Endpoint:
    """An endpoint, whole; predictions and labels, of which there can be millions, only where they are to be `counted`."""
    rollout = running_rollout(tx, row.id)
    predictions, labels = _recorded(tx, row.id) if counted else (0, 0)
    traffic = traffic_of(tx, row.id)
    return Endpoint(
        name=row.name,
        model=row.model_name,
        settings=settings_of(row),
        state=row.state,
        generation=row.generation,
        address=row.address,
        revisions=tuple(revisions_of(tx, row.id)),
        rollout=rollout_of(rollout, row.name) if rollout is not None else None,
        traffic=tuple(traffic[number] for number in sorted(traffic)),
        predictions=predictions,
        labels=labels,
        created_at=row.created_at,
        project=row.project,
    )


def _recorded(tx: Transaction, endpoint: int) -> tuple[int, int]:
    predictions = tx.execute(select(func.sum(t.prediction_chunk.c.rows)).where(t.prediction_chunk.c.endpoint == endpoint)).scalar_one()
    labels = tx.execute(select(func.count()).select_from(t.label).where(t.label.c.endpoint == endpoint)).scalar_one()
    return int(predictions or 0), int(labels)

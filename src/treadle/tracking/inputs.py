"""Inputs that clients describe without handing over their bytes, and the logged models that runs take in and make."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from treadle.contract import client_runs as words
from treadle.contract.client_runs import InputSummary
from treadle.core.errors import StateError, UsageError
from treadle.core.operation import Call, performs
from treadle.store import tables as t
from treadle.store.database import Database
from treadle.tracking.parameters import storable
from treadle.tracking.query import CONTEXT
from treadle.tracking.refs import find_keyed

MOST_NAME, MOST_DIGEST = 500, 100
_MOST_SUMMARIES = 1000


@performs(words.describe_inputs)
def describe(request: words.DescribeInputs, call: Call, store: Database) -> words.Described:
    """Keeps descriptions; the same one again gets the tags named then."""
    rows = [_row(one) for one in request.inputs]
    links = [("input", one) for one in request.models_in] + [("output", one) for one in request.models_out]
    with store.transaction(call) as tx:
        run = find_keyed(tx, request.run, call.project, lock=True)
        if run.deleted_at is not None:
            raise StateError(f"run {run.id} {run.name} is deleted, so nothing can be logged to it")
        known = {(row.name, row.digest): row.tags for row in tx.all(select(t.described_input).where(t.described_input.c.run == run.id))}
        merged: dict[tuple[str, str], dict[str, Any]] = {}
        for row in rows:
            key = row["name"], row["digest"]
            tags = {**known.get(key, {}), **(merged[key]["tags"] if key in merged else {}), **row["tags"]}
            merged[key] = row | {"run": run.id, "tags": tags}
        tx.upsert(t.described_input, list(merged.values()), keys=("run", "name", "digest"), values=("tags",))
        made = {(one.model, role): {"run": run.id, "model": one.model, "role": role, "step": one.step} for role, one in links}
        tx.upsert(t.model_link, list(made.values()), keys=("run", "model", "role"), values=("step",))
    return words.Described(run=run.id)


def _row(one: words.DescribedInput) -> dict[str, Any]:
    if not one.name or not one.digest:
        raise UsageError("an input needs a name and a digest")
    if len(one.name.encode()) > MOST_NAME or len(one.digest.encode()) > MOST_DIGEST:
        raise UsageError(f"the name of an input has at most {MOST_NAME} bytes, its digest at most {MOST_DIGEST}")
    return {
        "name": storable(one.name),
        "digest": storable(one.digest),
        "source_type": storable(one.source_type),
        "source": storable(one.source),
        "schema": None if one.schema is None else storable(one.schema),
        "profile": None if one.profile is None else storable(one.profile),
        "tags": {storable(name): storable(value) for name, value in one.tags.items()},
    }


@performs(words.summarize_inputs)
def summarize(request: words.InputSummaries, call: Call, store: Database) -> list[InputSummary]:
    """Each input once for each experiment and context, in the order in which they were described."""
    found: dict[InputSummary, None] = {}
    described = t.described_input.c
    with store.reading(call) as tx:
        for number in dict.fromkeys(request.experiments[:100]):
            inside = t.run.c.experiment == number if number else t.run.c.experiment.is_(None)
            query = (
                select(described.name, described.digest, described.tags)
                .join(t.run, t.run.c.id == described.run)
                .where(t.run.c.project == call.project, inside, t.run.c.deleted_at.is_(None))
                .order_by(described.id)
            )
            for row in tx.all(query.limit(50 * _MOST_SUMMARIES)):
                one = InputSummary(experiment=number, name=row.name, digest=row.digest, context=row.tags.get(CONTEXT, ""))
                found.setdefault(one)
    return list(found)[:_MOST_SUMMARIES]

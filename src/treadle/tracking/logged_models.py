"""Logged models: opened, filled with files, ready, found. A ready one is a folder of bytes like any other that a run has made."""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract import logged_models as words
from treadle.contract.data import Artifact
from treadle.contract.logged_models import STATES, LoggedModel, ModelMetric
from treadle.core.errors import NotFound, UsageError
from treadle.core.operation import Call, performs
from treadle.data import manifest
from treadle.data.artifacts import artifact_row, chunks
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.files import Owner, files_of, role_of
from treadle.tracking.parameters import storable
from treadle.tracking.refs import find_keyed, known_as

FORMAT = "mlflow"
"""The format of a folder that MLflow's clients wrote: it holds a file MLmodel that says how to load it."""

MOST_NAME, MOST_TAG = 500, 8000
_ID = re.compile(r"m-[0-9a-f]{32}")


@performs(words.open_model)
def open_model(request: words.OpenLoggedModel, call: Call, store: Database) -> LoggedModel:
    if request.id and not _ID.fullmatch(request.id):
        raise UsageError(f"`{request.id[:100]}` is not the id of a logged model", hint="m-, then 32 hexadecimal characters")
    if len(request.name) > MOST_NAME:
        raise UsageError(f"the name of a logged model has at most {MOST_NAME} characters")
    number = request.id or f"m-{secrets.token_hex(16)}"
    with store.transaction(call) as tx:
        if tx.first(select(t.logged_model.c.id).where(t.logged_model.c.id == number)) is None:
            run = find_keyed(tx, request.run, call.project) if request.run else None
            row = {
                "id": number,
                "project": call.project,
                "experiment": (run.experiment if run is not None else request.experiment) or None,
                "run": None if run is None else run.id,
                "name": storable(request.name) or "model",
                "type": storable(request.type),
                "state": "pending",
                "message": "",
                "parameters": _texts(request.parameters),
                "tags": _texts(request.tags),
                "artifact": None,
                "created_at": tx.now if request.created_at is None else request.created_at,
                "updated_at": tx.now,
                "deleted_at": None,
            }
            tx.execute(insert(t.logged_model), row)
        return told(tx, [load(tx, number)])[0]


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    return {storable(name): storable(value) for name, value in values.items() if name}


@performs(words.get_model)
def get(request: words.LoggedModelRef, call: Call, store: Database) -> LoggedModel:
    with store.reading(call) as tx:
        return told(tx, [load(tx, request.id)])[0]


@performs(words.change_model)
def change(request: words.ChangeLoggedModel, call: Call, store: Database, blobs: Blobs) -> LoggedModel:
    """A model that becomes ready is sealed: its files are one folder from then on, which its run has logged."""
    if request.state is not None and request.state not in STATES:
        raise UsageError(f"`{request.state[:40]}` is not a state of a logged model", hint=f"states: {', '.join(STATES)}")
    with store.transaction(call) as tx:
        row = load(tx, request.id, lock=True)
        values: dict[str, Any] = {"updated_at": tx.now}
        if request.parameters:
            values["parameters"] = {**row.parameters, **_texts(request.parameters)}
        if request.tags:
            values["tags"] = _tagged(row.tags, request.tags)
        if request.state is not None:
            values |= {"state": request.state, "message": storable(request.message)}
            if request.state == "ready":
                values["artifact"] = msgspec.to_builtins(_seal(tx, row, blobs))
        tx.execute(update(t.logged_model).where(t.logged_model.c.id == row.id).values(**values))
        return told(tx, [load(tx, request.id)])[0]


def _tagged(before: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    found = dict(before)
    for name, value in changes.items():
        if value is None:
            found.pop(storable(name), None)
        elif name:
            found[storable(name)] = storable(value)
    return found


def _seal(tx: Transaction, row: Row[Any], blobs: Blobs) -> Artifact:
    """The folder of a model's files, also recorded as what its run logged."""
    files = files_of(tx, Owner(None, role_of("models", row.id)))
    made = folder_of(row.name, files, blobs, about={"logged_model": row.id, "type": row.type})
    if row.run is not None:
        mine = (t.artifact.c.run == row.run, t.artifact.c.role == "logged", t.artifact.c.name == row.name)
        known = {one.about.get("logged_model") for one in tx.all(select(t.artifact).where(*mine))}
        if row.id not in known:
            tx.execute(insert(t.artifact), [artifact_row(made, run=row.run, role="logged", position=0, at=tx.now)])
    return made


def folder_of(name: str, files: Sequence[Row[Any]], blobs: Blobs, *, about: dict[str, Any], below: str = "") -> Artifact:
    """Files that were kept one by one as one folder; `below` is the part of their paths that is left out.

    `pickled` is true when one of them is of a kind whose loading may execute code: of a model that came from outside that is assumed
    unless every file is known to be data."""
    entries = {row.name[len(below) :]: manifest.Entry(row.size, False, row.digest) for row in files}
    data = manifest.encode(entries)
    return Artifact(
        name=name,
        digest=blobs.put(data),
        size=sum(row.size for row in files),
        format=FORMAT,
        tree=True,
        pickled=any(_may_execute(path) for path in entries),
        about=about,
    )


_DATA = (".json", ".yaml", ".yml", ".txt", ".md", ".csv", ".parquet", ".skops", ".onnx", ".safetensors", ".lgb", ".ubj", ".npy", ".html")
_DATA_NAMES = ("MLmodel", "registered_model_meta", "input_example")


def _may_execute(path: str) -> bool:
    name = path.rpartition("/")[2]
    return not (name.endswith(_DATA) or name in _DATA_NAMES)


@performs(words.delete_model)
def delete_model(request: words.LoggedModelRef, call: Call, store: Database) -> LoggedModel:
    """Its files stay with the run and with registered versions that were made of it."""
    with store.transaction(call) as tx:
        row = load(tx, request.id, lock=True)
        found = told(tx, [row])[0]
        tx.execute(update(t.logged_model).where(t.logged_model.c.id == row.id).values(deleted_at=tx.now))
    return found


@performs(words.log_model_metrics)
def log_metrics(request: words.LogModelMetrics, call: Call, store: Database) -> words.LoggedMetrics:
    """Metrics of models that do not exist are refused before anything is written."""
    with store.transaction(call) as tx:
        run = find_keyed(tx, request.run, call.project)
        names = list(dict.fromkeys(one.model for one in request.metrics))
        rows = {row.id: row for name in names for row in [load(tx, name, lock=True)]}
        known = {_same(row) for name in rows for row in tx.all(select(_metric).where(_metric.c.model == name))}
        fresh = []
        for one in request.metrics:
            values = {
                "model": one.model,
                "name": storable(one.name),
                "run": int(run.id),
                "step": one.step,
                "at": one.at,
                "value": one.value,
                "dataset_name": storable(one.dataset_name),
                "dataset_digest": storable(one.dataset_digest),
            }
            if tuple(values.values()) not in known:
                known.add(tuple(values.values()))
                fresh.append(values)
        if fresh:
            tx.execute(insert(_metric), fresh)
    return words.LoggedMetrics(count=len(fresh))


_metric = t.logged_model_metric


def _same(row: Row[Any]) -> tuple[Any, ...]:
    return (row.model, row.name, row.run, row.step, row.at, row.value, row.dataset_name, row.dataset_digest)


# --- rows ---------------------------------------------------------------------------------------------------------------------


def load(tx: Transaction, number: str, *, lock: bool = False) -> Row[Any]:
    """The row of a logged model of the project; raises NotFound for one that does not exist or is deleted."""
    query = select(t.logged_model).where(
        t.logged_model.c.id == number.replace("\0", ""), t.logged_model.c.project == tx.call.project, t.logged_model.c.deleted_at.is_(None)
    )
    row = tx.first(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"there is no logged model `{number[:100]}`")
    return row


def told(tx: Transaction, rows: Sequence[Row[Any]]) -> list[LoggedModel]:
    """Logged models with their newest metrics."""
    metrics: dict[str, list[Row[Any]]] = defaultdict(list)
    for part in chunks([row.id for row in rows]):
        for one in tx.all(select(_metric).where(_metric.c.model.in_(part)).order_by(_metric.c.id)):
            metrics[one.model].append(one)
    numbers = {row.run for row in rows if row.run is not None} | {one.run for many in metrics.values() for one in many if one.run}
    keys = {row.id: known_as(row) for part in chunks(sorted(numbers)) for row in tx.all(select(t.run).where(t.run.c.id.in_(part)))}
    return [
        LoggedModel(
            id=row.id,
            experiment=row.experiment or 0,
            run=keys.get(row.run, ""),
            name=row.name,
            type=row.type,
            state=row.state,
            message=row.message,
            parameters=row.parameters,
            tags=row.tags,
            metrics=tuple(_metric_of(one, keys) for one in metrics[row.id]),
            artifact=msgspec.convert(row.artifact, Artifact) if row.artifact else None,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def _metric_of(row: Row[Any], keys: Mapping[int, str]) -> ModelMetric:
    return ModelMetric(
        model=row.model,
        name=row.name,
        value=row.value,
        at=row.at,
        step=row.step,
        run=keys.get(row.run, ""),
        dataset_name=row.dataset_name,
        dataset_digest=row.dataset_digest,
    )

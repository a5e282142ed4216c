"""Rows of models and versions, and the queries that find them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.engine import Row

from treadle.contract.data import Artifact
from treadle.contract.registry import Approval, Facts, GateResult, Model, ModelVersion, Signature
from treadle.core.errors import UnknownModel
from treadle.core.ids import ModelRef
from treadle.data.artifacts import chunks
from treadle.store import tables as t
from treadle.store.database import Transaction

_VERSION = select(t.model_version, t.model.c.name.label("model_name"), t.model.c.project.label("project")).join(
    t.model, t.model.c.id == t.model_version.c.model
)
_MOST_NAMES = 1000  # models looked through for a "did you mean"


def find_model(tx: Transaction, name: str, project: str | None = None) -> Row[Any]:
    """The row of a model of the project (default: the caller's); raises UnknownModel with the near name."""
    inside = t.model.c.project == (project or tx.call.project)
    row = tx.first(select(t.model).where(inside, t.model.c.name == name))
    if row is not None:
        return row
    known = tx.all(select(t.model.c.name).where(inside).limit(_MOST_NAMES))
    near = difflib.get_close_matches(name, [one.name for one in known], n=1)
    raise UnknownModel(f"there is no model `{name}`", hint=f"did you mean `{near[0]}`?" if near else "treadle models")


def locked_model(tx: Transaction, name: str, project: str | None = None) -> Row[Any]:
    """The model's row, made if need be, locked until the transaction ends: numbers of versions are handed out one by one."""
    inside = project or tx.call.project
    tx.insert_new(t.model, [{"project": inside, "name": name, "card": {}, "created_at": tx.now}])
    query = select(t.model).where(t.model.c.project == inside, t.model.c.name == name)
    return tx.execute(query.with_for_update()).one()


def find_version(tx: Transaction, ref: ModelRef, project: str | None = None) -> Row[Any]:
    """The row of a version; raises UnknownModel saying whether the model, the version or the alias is missing."""
    model = find_model(tx, ref.name, project)
    number = ref.version
    if ref.alias is not None:
        found = tx.first(select(t.alias.c.version).where(t.alias.c.model == model.id, t.alias.c.name == ref.alias))
        if found is None:
            known = ", ".join(sorted(aliases_of(tx, model.id))) or "none yet"
            raise UnknownModel(
                f"`{ref.name}` has no alias `{ref.alias}`; its aliases: {known}",
                hint=f"treadle models alias {ref.name} {ref.alias} VERSION",
            )
        number = found.version
    query = _VERSION.where(t.model_version.c.model == model.id)
    if number is not None:
        row = tx.first(query.where(t.model_version.c.number == number))
    else:
        row = tx.first(query.order_by(t.model_version.c.number.desc()).limit(1))
    if row is None:
        newest = newest_number(tx, model.id)
        what = f"has no version {number}; the newest is v{newest}" if newest else "has no versions yet"
        raise UnknownModel(f"`{ref.name}` {what}", hint=f"treadle models versions {ref.name}")
    return row


def version_by_id(tx: Transaction, number: int) -> Row[Any]:
    """The row of a version by the number of its row, with the model's name beside it."""
    return tx.execute(_VERSION.where(t.model_version.c.id == number)).one()


def version_by_key(tx: Transaction, key: str) -> Row[Any] | None:
    """The version that an earlier registration with the same idempotency key made."""
    return tx.first(_VERSION.where(t.model_version.c.key == key))


def newest_number(tx: Transaction, model: int) -> int:
    """The number of a model's newest version; 0 where it has none."""
    return int(tx.execute(select(func.max(t.model_version.c.number)).where(t.model_version.c.model == model)).scalar_one_or_none() or 0)


def rows_of(tx: Transaction, model: int) -> Sequence[Row[Any]]:
    """The rows of a model's versions, newest first."""
    return tx.all(_VERSION.where(t.model_version.c.model == model).order_by(t.model_version.c.number.desc()))


def rows_of_many(tx: Transaction, models: Sequence[int]) -> Sequence[Row[Any]]:
    """The rows of several models' versions, newest first."""
    return tx.all(_VERSION.where(t.model_version.c.model.in_(models)).order_by(t.model_version.c.number.desc()))


def aliases_of(tx: Transaction, model: int) -> dict[str, int]:
    return {row.name: row.version for row in tx.all(select(t.alias).where(t.alias.c.model == model).order_by(t.alias.c.name))}


def versions_of(tx: Transaction, rows: Sequence[Row[Any]]) -> list[ModelVersion]:
    """The versions of these rows with gates, approvals and aliases, fetched for all of them at once."""
    numbers = [row.id for row in rows]
    gates: dict[int, dict[str, GateResult]] = {number: {} for number in numbers}
    approvals: dict[int, list[Approval]] = {number: [] for number in numbers}
    checks = {row.id: row.check for row in rows}
    for part in chunks(numbers):
        for row in tx.all(select(t.gate_result).where(t.gate_result.c.version.in_(part)).order_by(t.gate_result.c.id)):
            if row.run == checks[row.version]:  # what an earlier check found stays on record, and no longer counts
                gates[row.version][row.gate] = _gate_of(row)
        for row in tx.all(select(t.approval).where(t.approval.c.version.in_(part)).order_by(t.approval.c.id)):
            approvals[row.version].append(
                Approval(gate=row.gate, decision=row.decision, words=row.words, actor=row.actor, at=row.at, overridden=row.overridden)
            )
    aliases = {model: aliases_of(tx, model) for model in {row.model for row in rows}}
    return [
        _version_of(
            row,
            gates=tuple(gates[row.id].values()),
            approvals=tuple(approvals[row.id]),
            aliases=tuple(name for name, number in aliases[row.model].items() if number == row.number),
        )
        for row in rows
    ]


def version_of(tx: Transaction, row: Row[Any]) -> ModelVersion:
    return versions_of(tx, [row])[0]


def _version_of(row: Row[Any], **more: Any) -> ModelVersion:
    return ModelVersion(
        model=row.model_name,
        number=row.number,
        stage=row.stage,
        artifact=msgspec.convert(row.artifact, Artifact),
        run=row.run,
        check=row.check,
        signature=msgspec.convert(row.signature, Signature) if row.signature else None,
        onnx=_artifact(row.onnx),
        profile=row.profile,
        sample=_artifact(row.sample),
        holdout=_artifact(row.holdout),
        label=row.label,
        data_until=row.data_until,
        metrics=row.metrics,
        facts=msgspec.convert(row.facts, Facts),
        card=row.card,
        project=row.project,
        created_at=row.created_at,
        actor=row.actor,
        cause=row.cause,
        **more,
    )


def _artifact(value: Any) -> Artifact | None:
    return msgspec.convert(value, Artifact) if value else None


def _gate_of(row: Row[Any]) -> GateResult:
    return GateResult(gate=row.gate, kind=row.kind, state=row.state, sentence=row.sentence, evidence=row.evidence, at=row.at, run=row.run)


def all_models(tx: Transaction, prefix: str) -> list[Model]:
    """Models with their newest version and aliases, by name."""
    query = select(t.model).where(t.model.c.project == tx.call.project).order_by(t.model.c.name)
    if prefix:
        query = query.where(t.model.c.name.startswith(prefix, autoescape=True))
    return [model_of(tx, row) for row in tx.all(query)]


def model_of(tx: Transaction, row: Row[Any]) -> Model:
    """A model as lists show it."""
    count = int(tx.execute(select(func.count()).select_from(t.model_version).where(t.model_version.c.model == row.id)).scalar_one())
    newest = tx.first(_VERSION.where(t.model_version.c.model == row.id).order_by(t.model_version.c.number.desc()).limit(1))
    return Model(
        name=row.name,
        versions=count,
        latest=version_of(tx, newest) if newest is not None else None,
        aliases=aliases_of(tx, row.id),
        card=row.card,
        created_at=row.created_at,
    )

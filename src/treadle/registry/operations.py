"""The operations on models: load, decide, apply."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from treadle.contract import registry as words
from treadle.contract.data import Artifact
from treadle.contract.registry import ModelVersion
from treadle.core.errors import MissingContent, StateError, UnknownRun, UsageError
from treadle.core.ids import parse_model_ref
from treadle.core.operation import Call, performs
from treadle.data.artifacts import outputs_of
from treadle.registry import cards, outputs, rules, versions
from treadle.store import tables as t
from treadle.store.database import Database, Transaction


@performs(words.list_models)
def list_models(request: words.ListModels, call: Call, store: Database) -> list[words.Model]:
    with store.reading(call) as tx:
        return versions.all_models(tx, request.prefix)


@performs(words.list_versions)
def list_versions(request: words.ModelName, call: Call, store: Database) -> list[ModelVersion]:
    with store.reading(call) as tx:
        model = versions.find_model(tx, parse_model_ref(request.model).name)
        return versions.versions_of(tx, versions.rows_of(tx, model.id))


@performs(words.get_version)
def get_version(request: words.VersionRef, call: Call, store: Database) -> ModelVersion:
    with store.reading(call) as tx:
        return outputs.resolve(tx, parse_model_ref(request.ref))


@performs(words.register)
def register(request: words.Register, call: Call, store: Database) -> ModelVersion:
    name = parse_model_ref(request.model).name
    if name != request.model:
        raise UsageError(f"`{request.model}` is not the name of a model", hint=f"write {name}")
    if (request.run is None) == (request.artifact is None):
        raise UsageError("a version is made of a run's output or of stored bytes: give `run` or `artifact`")
    with store.transaction(call) as tx:
        known = versions.version_by_key(tx, request.key)
        if known is not None:
            return versions.version_of(tx, known)
        if request.run is not None:
            run, artifact = _output(tx, request.run, request.output)
            row = outputs.register_output(tx, name, artifact, run=run, key=request.key, label=request.label)
        else:
            assert request.artifact is not None
            row = outputs.register_output(tx, name, request.artifact, run=_nobody(tx), key=request.key, label=request.label)
        if request.card:
            cards.write_sections(tx, t.model_version, row.id, row.card, request.card)
        return versions.version_of(tx, versions.version_by_id(tx, row.id))


@performs(words.conclude)
def conclude(request: words.Conclude, call: Call, store: Database) -> ModelVersion:
    with store.transaction(call) as tx:
        row = versions.find_version(tx, parse_model_ref(request.ref))
        versions.locked_model(tx, row.model_name)
        run, _ = _output(tx, request.check, outputs.EVIDENCE)
        lines = {line.name: line for line in tx.all(select(t.lineage).where(t.lineage.c.run == run.id, t.lineage.c.position == 0))}
        looked_at = lines.get(outputs.MODEL)
        if looked_at is None or looked_at.digest != row.digest:
            raise StateError(f"run {run.id} looked at another model than {row.model_name}@v{row.number}", hint=f"treadle show {run.id}")
        if row.check != run.id:
            outputs.conclude(tx, row, run, outputs_of(tx, [run.id]).get(run.id, []), lines)
        return versions.version_of(tx, versions.version_by_id(tx, row.id))


@performs(words.decide)
def decide(request: words.Decide, call: Call, store: Database) -> ModelVersion:
    with store.transaction(call) as tx:
        row = versions.find_version(tx, parse_model_ref(request.ref))
        versions.locked_model(tx, row.model_name)
        version = versions.version_of(tx, versions.version_by_id(tx, row.id))
        verdict = rules.decide(
            version.ref, version.stage, version.gates, request, actor=call.actor, role=call.role, trained_by=version.actor
        )
        tx.execute(update(t.model_version).where(t.model_version.c.id == row.id).values(stage=verdict.stage))
        outputs.keep_gates(tx, row.id, verdict.gates, row.check)
        values = {
            "version": row.id,
            "gate": request.gate or ", ".join(gate.gate for gate in verdict.gates),
            "decision": request.decision,
            "words": request.words,
            "actor": call.actor,
            "overridden": verdict.overridden,
            "at": tx.now,
        }
        tx.execute(insert(t.approval), values)
        kind, sentence = _told(version.ref, verdict, request, call.actor)
        outputs.announce(tx, kind, row, sentence, run=row.check, words=request.words, overridden=verdict.overridden, by=call.actor)
        return versions.version_of(tx, versions.version_by_id(tx, row.id))


def _told(ref: str, verdict: rules.Verdict, word: words.Decide, actor: str) -> tuple[str, str]:
    if verdict.stage == "rejected":
        return "version.rejected", f"{ref} was rejected by {actor}: {word.words}"
    if verdict.stage == "waiting":
        return "version.waiting", f"{ref} has the yes of {actor} and waits for another: {word.words}"
    override = " although its gates had not passed" if verdict.overridden else ""
    return "version.approved", f"{ref} was approved by {actor}{override}: {word.words}"


@performs(words.set_alias)
def set_alias(request: words.SetAlias, call: Call, store: Database) -> words.Model:
    """Moving an alias to where it stands already changes nothing."""
    rules.check_alias(request.alias)
    with store.transaction(call) as tx:
        row = versions.find_version(tx, parse_model_ref(f"{parse_model_ref(request.model).name}@v{request.version}"))
        model = versions.locked_model(tx, row.model_name)
        move_alias(tx, row, request.alias, request.reason)
        return versions.model_of(tx, model)


def move_alias(tx: Transaction, row: Row[Any], alias: str, reason: str, *, overridden: bool = False) -> None:
    """Puts an alias on a version, with its history and news; whoever releases a version calls this in its own transaction.

    Raises NotPassed when the champion would be a version that is not approved, unless that was `overridden` on record. The
    model's row must be locked.
    """
    version = versions.version_of(tx, versions.version_by_id(tx, row.id))
    if not overridden:
        rules.check_champion(version.ref, alias, version.stage, version.gates)
    former = versions.aliases_of(tx, row.model).get(alias)
    if former == row.number:
        return
    values = {"model": row.model, "name": alias, "version": row.number, "at": tx.now}
    tx.upsert(t.alias, [values], keys=["model", "name"], values=["version", "at"])
    _note_move(tx, row, alias, row.number, former, reason)


@performs(words.remove_alias)
def remove_alias(request: words.RemoveAlias, call: Call, store: Database) -> words.Model:
    with store.transaction(call) as tx:
        row = versions.find_version(tx, parse_model_ref(f"{parse_model_ref(request.model).name}@{request.alias}"))
        model = versions.locked_model(tx, row.model_name)
        drop_alias(tx, row, request.alias, "")
        return versions.model_of(tx, model)


def drop_alias(tx: Transaction, row: Row[Any], alias: str, reason: str) -> None:
    """Removes an alias from the version it stands on. The model's row must be locked."""
    tx.execute(delete(t.alias).where(t.alias.c.model == row.model, t.alias.c.name == alias))
    _note_move(tx, row, alias, None, row.number, reason)


def _note_move(tx: Transaction, row: Row[Any], alias: str, version: int | None, former: int | None, reason: str) -> None:
    values = {
        "model": row.model,
        "alias": alias,
        "version": version,
        "former": former,
        "actor": tx.call.actor,
        "reason": reason,
        "at": tx.now,
    }
    tx.execute(insert(t.alias_change), values)
    came = f" from v{former}" if former is not None else ""
    what = f"the {alias} of {row.model_name} is now v{version}{', it was v' + str(former) if former is not None else ''}"
    sentence = what if version is not None else f"the alias {alias} of {row.model_name} was removed{came}"
    outputs.announce(tx, "alias.moved", row, sentence, run=row.run, alias=alias, former=former, removed=version is None, reason=reason)


@performs(words.alias_history)
def alias_history(request: words.ModelName, call: Call, store: Database) -> list[words.AliasChange]:
    with store.reading(call) as tx:
        return cards.moves_of(tx, versions.find_model(tx, parse_model_ref(request.model).name).id)


def _output(tx: Transaction, number: int, name: str) -> tuple[Row[Any], Artifact]:
    """A run that is done, and its output of that name."""
    run = tx.first(select(t.run).where(t.run.c.id == number, t.run.c.project == tx.call.project))
    if run is None:
        raise UnknownRun(f"there is no run {number}", hint="treadle runs")
    if run.state != "done":
        raise StateError(f"run {number} is {run.state}: only a run that is done gives a model", hint=f"treadle show {number}")
    found = outputs_of(tx, [number]).get(number, [])
    artifact = next((one for one in found if one.name == name), None)
    if artifact is None:
        names = ", ".join(f"`{one.name}`" for one in found) or "none"
        raise MissingContent(f"run {number} has no output `{name}`; its outputs: {names}", hint=f"treadle show {number}")
    return run, artifact


class _Nobody(msgspec.Struct, frozen=True):
    """Stands for the run of a version that was made of bytes alone."""

    actor: str
    cause: int | None
    project: str
    id: None = None
    root: None = None


def _nobody(tx: Transaction) -> Any:
    return _Nobody(tx.call.actor, tx.call.cause, tx.call.project)

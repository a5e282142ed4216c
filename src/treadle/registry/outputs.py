"""Model versions made and judged inside the transaction that takes a run's result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from treadle.contract.data import Artifact
from treadle.contract.registry import Evidence, GateResult, ModelVersion
from treadle.contract.runs import Binding
from treadle.core.errors import InputError, MissingContent, TreadleError
from treadle.core.ids import ModelRef, parse_model_ref
from treadle.data.artifacts import outputs_of
from treadle.data.versions import version_row
from treadle.registry import rules, versions
from treadle.store import tables as t
from treadle.store.database import Transaction

MODEL = "model"
EVIDENCE = "evidence"


def resolve(tx: Transaction, ref: ModelRef, project: str | None = None) -> ModelVersion:
    """The version that a reference means now in a project (default: the caller's); raises UnknownModel."""
    return versions.version_of(tx, versions.find_version(tx, ref, project))


def register_output(tx: Transaction, name: str, artifact: Artifact, *, run: Row[Any], key: str, label: str | None = None) -> Row[Any]:
    """Makes the next version of model `name` from a run's output. Bytes equal to a version's make nothing: that version is
    answered, because it is the same model."""
    model = versions.locked_model(tx, name, run.project)
    known = versions.version_by_key(tx, key) or _same_bytes(tx, model.id, artifact)
    if known is not None:
        return known
    number = versions.newest_number(tx, model.id) + 1
    values = {
        "model": model.id,
        "number": number,
        "key": key,
        "stage": "candidate",
        "artifact": msgspec.to_builtins(artifact),
        "digest": artifact.digest,
        "run": run.id,
        "output": artifact.name,
        "label": label,
        "metrics": {},
        "facts": {},
        "card": {},
        "created_at": tx.now,
        "actor": run.actor,
        "cause": run.cause,
    }
    made = tx.execute(insert(t.model_version).returning(t.model_version.c.id), values).scalar_one()
    row = versions.version_by_id(tx, made)
    announce(tx, "model.registered", row, f"{name}@v{number} was registered from run {run.id}", run=run.id, source=run)
    return row


class Offered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an output says, under `registers`, of the model that it is a version of: tags of that version, and words about it."""

    model: str
    tags: tuple[str, ...] = ()
    note: str = ""


NOTE = "release note"
"""The section of a version's card that holds what its maker said of it."""


def register_offered(tx: Transaction, artifact: Artifact, *, run: Row[Any]) -> list[str]:
    """Makes the next version of the model that an output says it is one of: a candidate, until gates or a person have spoken.

    Answers, in words, why there is none: the run has ended as it ended."""
    try:
        _register_offered(tx, artifact, msgspec.convert(artifact.about["registers"], Offered), run)
    except msgspec.ValidationError as error:
        return [f"no version of a model was made of output `{artifact.name}`: what it says under `registers` is wrong: {error}"]
    except TreadleError as error:
        return [f"no version of a model was made of output `{artifact.name}`: {error.what}"]
    return []


def _register_offered(tx: Transaction, artifact: Artifact, said: Offered, run: Row[Any]) -> None:
    about = {key: value for key, value in artifact.about.items() if key != "registers"}
    plain = msgspec.structs.replace(artifact, about=about)
    row = register_output(tx, said.model, plain, run=run, key=f"{run.key}/{artifact.name}")
    tags = [{"model": row.model, "version": row.number, "name": tag, "value": ""} for tag in said.tags]
    tx.upsert(t.registry_tag, tags, keys=("model", "version", "name"), values=("value",))
    if said.note:
        card = row.card | {NOTE: said.note}
        tx.execute(update(t.model_version).where(t.model_version.c.id == row.id).values(card=card))


def _same_bytes(tx: Transaction, model: int, artifact: Artifact) -> Row[Any] | None:
    query = select(t.model_version.c.id).where(t.model_version.c.model == model, t.model_version.c.digest == artifact.digest)
    row = tx.first(query.order_by(t.model_version.c.number.desc()).limit(1))
    return versions.version_by_id(tx, row.id) if row is not None else None


def register_checked(tx: Transaction, name: str, run: Row[Any], outputs: Sequence[Artifact]) -> Row[Any]:
    """Takes in the end of a check: makes a version of its input `model`, unless that is one already, and writes what it found."""
    taken = {row.name: row for row in tx.all(select(t.lineage).where(t.lineage.c.run == run.id, t.lineage.c.position == 0))}
    line = taken.get(MODEL)
    if line is None:
        raise InputError(f"run {run.id} has no input `{MODEL}`, so it checked nothing")
    if line.source.startswith("model://"):
        version = versions.find_version(tx, parse_model_ref(line.source), run.project)
    else:
        artifact = taken_artifact(tx, run, line)
        producer = tx.first(select(t.run).where(t.run.c.id == line.producer)) if line.producer is not None else None
        version = register_output(tx, name, artifact, run=producer or run, key=f"{run.key}/{MODEL}")
    conclude(tx, version, run, outputs, taken)
    return version


def conclude(tx: Transaction, version: Row[Any], check: Row[Any], outputs: Sequence[Artifact], taken: Mapping[str, Row[Any]]) -> None:
    """Writes what a check found about a version, the stage that follows from it, and the news of both."""
    named = {artifact.name: artifact for artifact in outputs}
    about = named[EVIDENCE].about.get(EVIDENCE) if EVIDENCE in named else None
    if about is None:
        raise MissingContent(f"run {check.id} left no evidence, so it is no check of a model")
    found = rules.bounded(msgspec.convert(about, Evidence))
    sources = {name: line.source for name, line in taken.items()}
    # What a person has rejected stays so until a person says otherwise, whatever gates find later.
    stage = "rejected" if version.stage == "rejected" else rules.stage_after(found.gates)
    holdout = taken_artifact(tx, check, taken["holdout"]) if "holdout" in taken else None
    onnx = named.get("onnx")
    profile = named.get("profile")
    values = {
        "stage": stage,
        "check": check.id,
        "signature": msgspec.to_builtins(found.signature) if found.signature else None,
        "onnx": msgspec.to_builtins(onnx) if onnx is not None and onnx.format == "onnx" else None,
        "profile": profile.digest if profile is not None and profile.format == "file" else None,
        "sample": msgspec.to_builtins(named["sample"]) if "sample" in named and named["sample"].format == "parquet" else None,
        "holdout": msgspec.to_builtins(holdout) if holdout is not None else None,
        "label": found.label or version.label,
        "data_until": found.data_until if found.data_until is not None else version.data_until,
        "metrics": found.metrics,
        "facts": msgspec.to_builtins(msgspec.structs.replace(found.facts, sources=sources)),
    }
    tx.execute(update(t.model_version).where(t.model_version.c.id == version.id).values(**values))
    keep_gates(tx, version.id, found.gates, check.id)
    row = versions.version_by_id(tx, version.id)
    ref = f"{row.model_name}@v{row.number}"
    sentence = rules.sentence_of(ref, stage, found.gates)
    gates = {gate.gate: gate.state for gate in found.gates}
    announce(tx, "version.checked", row, sentence, run=check.id, source=check, stage=stage, gates=gates, metrics=found.metrics)
    if stage in ("approved", "failed", "waiting"):
        announce(tx, f"version.{stage}", row, sentence, run=check.id, source=check, gates=gates, metrics=found.metrics)


def keep_gates(tx: Transaction, version: int, gates: Sequence[GateResult], run: int | None) -> None:
    """Adds what gates found; earlier rows stay, the newest of a gate counts."""
    if gates:
        rows = [
            {
                "version": version,
                "gate": gate.gate,
                "kind": gate.kind,
                "state": gate.state,
                "sentence": gate.sentence,
                "evidence": gate.evidence,
                "run": run,
                "at": tx.now,
            }
            for gate in gates
        ]
        tx.execute(insert(t.gate_result), rows)


def taken_artifact(tx: Transaction, run: Row[Any], line: Row[Any]) -> Artifact:
    """The bytes that a run took in under a name, as the artifact they were: a dataset version, another run's output, or given."""
    if line.source.startswith("dataset://"):
        version = version_row(tx, int(line.dataset_version))
        about = {"rows": version.rows, "columns": version.columns} if version.columns else {}
        return Artifact(
            name=f"{version.dataset_name}@v{version.number}",
            digest=version.manifest,
            size=version.size,
            format="dataset",
            tree=True,
            about=about,
        )
    if line.source.startswith("run://") and line.producer is not None:
        name = line.source.rpartition("/")[2]
        found = next((a for a in outputs_of(tx, [line.producer]).get(line.producer, ()) if a.name == name), None)
        if found is not None:
            return found
    if line.source.startswith("model://"):
        return resolve(tx, parse_model_ref(line.source), run.project).artifact
    bindings = msgspec.convert(run.bindings, dict[str, Binding])
    given = bindings.get(line.name)
    if given is None or given.artifact is None:
        raise MissingContent(f"the record does not say what run {run.id} took in as `{line.name}`")
    return given.artifact


def announce(
    tx: Transaction, kind: str, row: Row[Any], sentence: str, *, run: int | None, source: Row[Any] | None = None, **data: Any
) -> None:
    """News about a version: subject `model:flight-delay@v3`, with everything a trigger's condition may ask for.

    News that follows from a run is in the name of who asked for the run, and has the run's own cause.
    """
    ref = f"{row.model_name}@v{row.number}"
    facts = {"model": row.model_name, "version": row.number, "ref": ref, "run": run, "sentence": sentence}
    tx.news(kind, f"model:{ref}", root=source.root if source is not None else None, **facts, **data)
    if source is not None:
        tx.entries[-1] |= {"actor": source.actor, "cause": source.cause, "project": source.project}

"""From a queued run to what exactly it would compute: its inputs as bytes, its parameters as values, its cache key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import exists, func, select
from sqlalchemy.engine import Row

from treadle.contract.data import PLAIN_INLINE, Artifact
from treadle.contract.runs import Binding, Code, End
from treadle.contract.work import JobInput
from treadle.core.definition import Definition
from treadle.core.errors import InputError, TreadleError, UnknownModel
from treadle.core.ids import parse_dataset_ref, parse_datum_ref, parse_model_ref
from treadle.data import datum_rows
from treadle.data.artifacts import GIVEN, outputs_of
from treadle.data.outputs import resolve
from treadle.registry.outputs import resolve as registered
from treadle.runs import documents
from treadle.runs.rules import cache_key
from treadle.store import tables as t
from treadle.store.database import Transaction


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known of a run to evaluate it: the columns of its row that matter, for a run that is only planned."""

    id: int
    definition: str
    code: str | None
    parameters: Mapping[str, Any]
    bindings: Mapping[str, Binding]
    seed: int


class Evaluated(msgspec.Struct, kw_only=True):
    """A run whose arguments are known. `key` is None when its result must not be shared; `failure` when they cannot be had."""

    row: Any
    definition: Definition
    code: Code | None
    parameters: dict[str, Any]
    inputs: dict[str, JobInput]
    lineage: list[dict[str, Any]]
    key: str | None
    failure: End | None = None


def evaluate(
    tx: Transaction,
    rows: Sequence[Row[Any] | Pending],
    environment: str,
    *,
    known: Mapping[str, tuple[Definition, Code | None]] | None = None,
) -> list[Evaluated]:
    """Resolves runs whose upstream runs have all ended. `environment` is the digest of where they would be performed.

    `known` gives definition and code of runs that are not recorded, by the name their `definition` column holds.
    """
    definitions: dict[str, Definition]
    codes: dict[str | None, Code | None]
    if known is not None:
        definitions = {name: pair[0] for name, pair in known.items()}
        codes = {}
        codes.update((name, pair[1]) for name, pair in known.items())
    else:
        definitions = documents.fetch(tx, [row.definition for row in rows], Definition)
        codes = {}
        codes.update(documents.fetch(tx, [row.code for row in rows], Code))
    bindings = [row.bindings if isinstance(row, Pending) else msgspec.convert(row.bindings, dict[str, Binding]) for row in rows]
    producers = {b.run for some in bindings for top in some.values() for b in (top.many or (top,)) if b.run is not None}
    outputs = outputs_of(tx, sorted(producers))
    made: list[Evaluated] = []
    for row, bound in zip(rows, bindings, strict=True):
        with tx.within(getattr(row, "project", None) or tx.call.project):
            made.append(_evaluate_one(tx, row, definitions[row.definition], codes.get(row.code), bound, outputs, environment))
    return made


def _evaluate_one(
    tx: Transaction,
    row: Row[Any] | Pending,
    definition: Definition,
    code: Code | None,
    bindings: Mapping[str, Binding],
    outputs: Mapping[int, list[Artifact]],
    environment: str,
) -> Evaluated:
    made = Evaluated(row=row, definition=definition, code=code, parameters=dict(row.parameters), inputs={}, lineage=[], key=None)
    try:
        for parameter in definition.parameters:
            if parameter.name in bindings:
                made.parameters[parameter.name] = _plain(tx, parameter.name, bindings[parameter.name], outputs, made)
        for declared in definition.inputs:
            binding = bindings.get(declared.name)
            if binding is None and declared.source is not None:
                binding = source_binding(declared.source)
                if declared.optional and is_absent(tx, binding, made.row):
                    continue
            if binding is not None:
                parts = binding.many if binding.many is not None else (binding,)
                artifacts = tuple(_artifact(tx, declared.name, position, part, outputs, made) for position, part in enumerate(parts))
                own = all(part.run is not None or (part.model is not None and _made_here(made, i)) for i, part in enumerate(parts))
                made.inputs[declared.name] = JobInput(artifacts=artifacts, many=binding.many is not None, own=own)
    except TreadleError as error:
        made.failure = End(
            kind="start", message=error.what, error=type(error).__name__, code=error.code, place=error.where, hint=error.hint
        )
        return made
    if definition.cache is not False and definition.kind != "pipeline":
        digests = {name: [a.digest for a in value.artifacts] for name, value in made.inputs.items()}
        made.key = cache_key(definition, code, made.parameters, digests, environment, row.seed)
    return made


def source_binding(source: str) -> Binding:
    """What a declared default source asks for: `model://churn@champion`, else a dataset."""
    return Binding(model=source) if source.startswith("model://") else Binding(dataset=source)


def is_absent(tx: Transaction, binding: Binding, row: Any) -> bool:
    """Whether a model that an argument can do without is not there: the first champion has none before it."""
    if binding.model is None:
        return False
    try:
        registered(tx, parse_model_ref(binding.model), getattr(row, "project", None))
    except UnknownModel:
        return True
    return False


def _made_here(made: Evaluated, position: int) -> bool:
    """Whether the model taken last at this position came from a run of this record."""
    lines = [line for line in made.lineage if line["position"] == position and line["source"].startswith("model://")]
    return bool(lines) and lines[-1]["producer"] is not None


def _artifact(
    tx: Transaction, name: str, position: int, binding: Binding, outputs: Mapping[int, list[Artifact]], made: Evaluated
) -> Artifact:
    line: dict[str, Any] = {"run": made.row.id, "name": name, "position": position, "dataset_version": None, "producer": None}
    if binding.run is not None:
        artifact = next((a for a in outputs.get(binding.run, ()) if a.name == binding.output), None)
        if artifact is None:
            names = ", ".join(f"`{a.name}`" for a in outputs.get(binding.run, ())) or "none"
            raise InputError(f"run {binding.run} has no output `{binding.output}`", hint=f"its outputs are {names}")
        line |= {"source": f"run://{binding.run}/{binding.output}", "producer": binding.run}
        if made.definition.kind == "pipeline":  # it hands the artifact on, and whoever takes it is to know who made it
            artifact = msgspec.structs.replace(artifact, about=artifact.about | {"source": line["source"]})
    elif binding.dataset is not None:
        version, row = resolve(tx, parse_dataset_ref(binding.dataset), getattr(made.row, "project", None))
        about: dict[str, Any] = {"rows": version.rows, "columns": version.columns} if version.columns else {}
        about |= {"properties": row.properties} if row.properties else {}
        artifact = Artifact(name=version.ref, digest=version.manifest, size=version.size, format="dataset", tree=True, about=about)
        line |= {"source": f"dataset://{version.ref}", "dataset_version": row.id}
    elif binding.model is not None:
        model = registered(tx, parse_model_ref(binding.model), getattr(made.row, "project", None))
        about = model.artifact.about | ({"signature": msgspec.to_builtins(model.signature)} if model.signature is not None else {})
        artifact = msgspec.structs.replace(model.artifact, name=model.ref, about=about)
        line |= {"source": f"model://{model.ref}", "producer": model.run}
    elif binding.artifact is not None or binding.datum is not None:  # a datum by name is what is only planned
        artifact = binding.artifact or datum_rows.taken(tx, parse_datum_ref(str(binding.datum)))
        maker = re.fullmatch(r"run://(\d+)/.*", str(artifact.about.get("source", "")), re.DOTALL)
        line |= {"source": "given"} if maker is None else {"source": maker[0], "producer": int(maker[1])}
    else:
        raise InputError(f"the binding of `{name}` names neither a run, a dataset, a model, a datum nor an artifact")
    made.lineage.append(line | {"digest": artifact.digest})
    return artifact


def _plain(tx: Transaction, name: str, binding: Binding, outputs: Mapping[int, list[Artifact]], made: Evaluated) -> Any:
    """The plain value of a parameter that is fed by another run's output."""
    if binding.many is not None:
        return [_plain(tx, name, part, outputs, made) for part in binding.many]
    artifact = _artifact(tx, name, len(made.lineage), binding, outputs, made)
    if artifact.format in ("json", "text") and artifact.inline is None:
        raise InputError(
            f"parameter `{name}` of `{made.definition.name}` is fed from run {binding.run} `{binding.output}`, "
            f"whose {artifact.size:,} bytes are more than the record carries ({PLAIN_INLINE:,})",
            hint=f"annotate `{name}: Any`, so that it is an input",
        )
    if artifact.format not in ("json", "text") or artifact.inline is None:
        raise InputError(
            f"parameter `{name}` of `{made.definition.name}` is fed from run {binding.run} `{binding.output}`, "
            f"which is {artifact.format} and not plain data",
            hint=f"annotate `{name}` with the type of the value, so that it is an input",
        )
    return artifact.inline.decode() if artifact.format == "text" else msgspec.json.decode(artifact.inline)


def equal_runs(tx: Transaction, keys: Sequence[str]) -> dict[str, Row[Any]]:
    """For each key that has one, the newest finished run with it, unless something that it gave was purged."""
    found: dict[str, Row[Any]] = {}
    if keys:
        gave = t.artifact.c.run == func.coalesce(t.run.c.reused_from, t.run.c.id)
        purged = exists().where(gave, t.artifact.c.role.in_(GIVEN), t.artifact.c.purged_at.is_not(None))
        query = select(t.run).where(t.run.c.cache_key.in_(list(keys)), t.run.c.state == "done", ~purged).order_by(t.run.c.id)
        for row in tx.all(query):
            found[row.cache_key] = row
    return found

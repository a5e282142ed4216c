"""Recording that runs are wanted: one row a run, one line of news, and an edge to each run it waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from treadle.access.rules import ROLES
from treadle.contract.access import permits
from treadle.contract.runs import Binding, Code, Environment, Options
from treadle.core.definition import APPROVAL, Definition, Input
from treadle.core.errors import NotAllowed, NotFound, UnknownRun, UsageError
from treadle.core.ids import friendly_name, parse_dataset_ref, parse_datum_ref, parse_model_ref
from treadle.data import datum_rows
from treadle.data.versions import find_version
from treadle.engines import engine_names
from treadle.registry.versions import find_version as find_model_version
from treadle.runs import documents
from treadle.runs.rules import ENDED, check_arguments, run_seed
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.tracking.parameters import flatten

DEFAULT_ENGINE = "local"


class Wanted(msgspec.Struct, kw_only=True):
    """A run to be recorded. `call_key` is its place in the pipeline `parent`; `after` are runs it waits for without data."""

    key: str
    definition: Definition
    parameters: Mapping[str, Any]
    bindings: Mapping[str, Binding]
    code: Code | None
    environment: Environment | None
    options: Options
    parent: int | None = None
    root: int | None = None
    call_key: str | None = None
    after: Sequence[str] = ()


def record(tx: Transaction, wanted: Sequence[Wanted], siblings: Mapping[str, int] | None = None) -> list[int]:
    """Writes the runs as queued (or as failed, when a run they wait for has failed already); answers their numbers.

    Bindings and `after` may name calls of the same pipeline: those in `siblings`, and earlier ones of `wanted` itself.
    """
    numbers = tx.next_numbers("run", len(wanted))
    calls = dict(siblings or {})
    calls.update({w.call_key: number for w, number in zip(wanted, numbers, strict=True) if w.call_key is not None})
    for want in wanted:
        want.bindings = {name: settled(tx, placed(binding, calls)) for name, binding in want.bindings.items()}
    definitions = documents.keep(tx, [w.definition for w in wanted])
    codes = documents.keep(tx, [w.code for w in wanted])
    environments = documents.keep(tx, [w.environment for w in wanted])
    upstreams = [sorted(upstream_runs(w) | {calls[key] for key in w.after}) for w in wanted]
    states = upstream_states(tx, {number for some in upstreams for number in some}, set(numbers))
    rows: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    parameters: list[dict[str, Any]] = []
    for number, want, definition, code, environment, upstream in zip(
        numbers, wanted, definitions, codes, environments, upstreams, strict=True
    ):
        filled = check_arguments(want.definition, want.parameters, want.bindings)
        check_sources(tx, want)
        check_engine(want)
        check_release(tx, want)
        broken = next((u for u in upstream if states[u] in ("failed", "stopped")), None)
        open_upstream = [u for u in upstream if states[u] not in ENDED]
        row = _row(tx, number, want, filled)
        row |= {
            "definition": definition,
            "code": code,
            "environment": environment,
            "waiting": len(open_upstream) + (want.definition.kind == APPROVAL),
        }
        if broken is not None:
            row |= {"state": "failed", "reason": f"run {broken} before it {states[broken]}", "ended_at": tx.now}
            states[number] = "failed"
        rows.append(row)
        edges.extend({"upstream": u, "run": number} for u in upstream)
        parameters.extend({"run": number, "name": name, "text": text, "number": value} for name, (text, value) in flatten(filled).items())
        tx.news(
            "run.queued", f"run:{number}", root=row["root"], step=row["step"], name=row["name"], parent=row["parent"], run_kind=row["kind"]
        )
        if broken is not None:
            tx.news(
                "run.failed",
                f"run:{number}",
                root=row["root"],
                step=row["step"],
                name=row["name"],
                reason=row["reason"],
                parent=row["parent"],
            )
    tx.execute(insert(t.run), rows)
    if edges:
        tx.execute(insert(t.dependency), edges)
    if parameters:
        tx.execute(insert(t.parameter), parameters)
    tags = [{"run": n, "name": k, "value": v} for n, w in zip(numbers, wanted, strict=True) for k, v in w.options.tags.items()]
    if tags:
        tx.execute(insert(t.tag), tags)
    return list(numbers)


def _row(tx: Transaction, number: int, want: Wanted, filled: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "key": want.key,
        "project": tx.call.project,
        "kind": want.definition.kind,
        "name": friendly_name(number),
        "step": want.definition.name,
        "state": "queued",
        "reason": None,
        "parent": want.parent,
        "root": want.root if want.root is not None else number,
        "call_key": want.call_key,
        "parameters": filled,
        "bindings": msgspec.to_builtins(want.bindings),
        "options": msgspec.to_builtins(want.options),
        "cache_key": None,
        "reused_from": None,
        "not_before": tx.now,
        "engine": want.options.engine or want.definition.engine or DEFAULT_ENGINE,
        "attempts": 0,
        "failures": 0,
        "losses": 0,
        "stop_requested": False,
        "queued_at": tx.now,
        "started_at": None,
        "ended_at": None,
        "actor": tx.call.actor,
        "cause": tx.call.cause,
        "error": None,
        "usage": None,
        "seed": run_seed(want.definition, want.options.seed, filled),
        "note": want.options.note,
    }


def placed(binding: Binding, calls: Mapping[str, int]) -> Binding:
    """The binding with calls of the pipeline replaced by the numbers of their runs."""
    if binding.many is not None:
        return msgspec.structs.replace(binding, many=tuple(placed(part, calls) for part in binding.many))
    if binding.call is not None:
        return msgspec.structs.replace(binding, call=None, run=calls[binding.call])
    return binding


def settled(tx: Transaction, binding: Binding) -> Binding:
    """The binding with datums replaced by the artifacts that they are now: whoever copies the run takes the same ones.

    Raises UnknownDatum, and StateError for one that was purged."""
    if binding.many is not None:
        return msgspec.structs.replace(binding, many=tuple(settled(tx, part) for part in binding.many))
    if binding.datum is not None:
        return Binding(artifact=datum_rows.taken(tx, parse_datum_ref(binding.datum)))
    return binding


def same(recorded: Binding | None, asked: Binding) -> bool:
    """Whether a binding on record is the one that is asked for again; a datum is by the name that it was asked for with."""
    if recorded is None or (recorded.many is None) != (asked.many is None):
        return False
    if recorded.many is not None and asked.many is not None:
        return len(recorded.many) == len(asked.many) and all(map(same, recorded.many, asked.many))
    if asked.datum is not None:
        return recorded.artifact is not None and recorded.artifact.about.get("asked") == str(parse_datum_ref(asked.datum))
    if recorded.artifact is None or asked.artifact is None:
        return recorded == asked
    # Records from before datums had numbers say none.
    unnumbered = [msgspec.structs.replace(one.artifact, datum=None) for one in (recorded, asked) if one.artifact is not None]
    return unnumbered[0] == unnumbered[1]


def check_release(tx: Transaction, want: Wanted) -> None:
    """Raises NotAllowed for a pipeline that makes a deployment, asked for by somebody who may not release."""
    nodes = want.definition.words.get("nodes") if want.parent is None and want.definition.kind == "pipeline" else None
    if nodes and any(node.get("type") == "deployment" for node in nodes) and not permits(ROLES.get(tx.call.role, ()), "endpoint:release"):
        raise NotAllowed(
            f"the pipeline `{want.definition.name}` makes a deployment, and the role {tx.call.role} does not allow endpoint:release",
            hint="an approver asks for it",
        )


def upstream_runs(want: Wanted) -> set[int]:
    """The numbers of all runs whose outputs this one takes."""
    found: set[int] = set()
    for binding in want.bindings.values():
        found.update(b.run for b in (binding.many or (binding,)) if b.run is not None)
    return found


def upstream_states(tx: Transaction, numbers: set[int], own: set[int]) -> dict[int, str]:
    """The states of runs that others are about to wait for. Their rows are locked against ending until we have committed:
    otherwise a run could end between our look and our edge, and nobody would release us."""
    states = dict.fromkeys(own, "queued")
    wanted = sorted(numbers - own)
    if wanted:
        for row in tx.all(select(t.run.c.id, t.run.c.state).where(t.run.c.id.in_(wanted)).order_by(t.run.c.id).with_for_update(read=True)):
            states[row.id] = row.state
    for number in numbers:
        if number not in states:
            raise UnknownRun(f"there is no run {number} to take an input from", hint="treadle runs")
    return states


def check_engine(want: Wanted) -> None:
    """Raises UsageError for an engine that nobody provides."""
    name = want.options.engine or want.definition.engine or DEFAULT_ENGINE
    if name != DEFAULT_ENGINE and name not in engine_names():
        raise UsageError(
            f"there is no engine `{name}`, which `{want.definition.name}` asks for", hint=f"the engines are {', '.join(engine_names())}"
        )


def check_sources(tx: Transaction, want: Wanted) -> None:
    """Raises UnknownDataset or UnknownModel for a source that does not exist, unless an earlier run may still make it."""
    if want.parent is not None:
        return
    for declared in want.definition.inputs:
        for source in _named_sources(declared, want.bindings.get(declared.name)):
            try:
                if source.startswith("model://"):
                    find_model_version(tx, parse_model_ref(source))
                else:
                    find_version(tx, parse_dataset_ref(source))
            except NotFound as error:
                raise type(error)(
                    f"{error.what}, which input `{declared.name}` of `{want.definition.name}` asks for", where=error.where, hint=error.hint
                ) from None


def _named_sources(declared: Input, binding: Binding | None) -> list[str]:
    """The datasets and models that an input names; a default that it can do without may be missing."""
    if binding is None:
        return [declared.source] if declared.source and not declared.optional else []
    parts = binding.many if binding.many is not None else (binding,)
    named = (f"model://{one.model.removeprefix('model://')}" if one.model else one.dataset for one in parts)
    return [source for source in named if source]


def requeue(tx: Transaction, numbers: Sequence[int]) -> None:
    """Queues ended runs again, in the order given; each waits for those of its upstream runs that are not done."""
    for number in numbers:
        upstream = tx.all(
            select(t.run.c.state)
            .join(t.dependency, t.dependency.c.upstream == t.run.c.id)
            .where(t.dependency.c.run == number)
            .with_for_update(read=True)
        )
        waiting = sum(1 for row in upstream if row.state != "done")
        waiting += tx.first(select(t.run.c.id).where(t.run.c.id == number, t.run.c.kind == APPROVAL)) is not None
        fresh = {
            "state": "queued",
            "reason": None,
            "waiting": waiting,
            "not_before": tx.now,
            "stop_requested": False,
            "ended_at": None,
            "error": None,
        }
        if not tx.execute(
            update(t.run).where(t.run.c.id == number, t.run.c.state.in_(("failed", "stopped"))).values(failures=0, losses=0, **fresh)
        ).rowcount:
            raise UsageError(f"run {number} has not ended, or is done", hint=f"treadle show {number}")
        row = tx.all(select(t.run.c.root, t.run.c.step, t.run.c.name, t.run.c.parent).where(t.run.c.id == number))[0]
        tx.news("run.queued", f"run:{number}", root=row.root, step=row.step, name=row.name, parent=row.parent, again=True)

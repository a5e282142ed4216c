"""Explaining runs: why one was performed or reused, how two differ, and what a call would do."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Row

from treadle.contract import runs as words
from treadle.contract.runs import Code, Difference, Environment, KeyPart, Options, Run
from treadle.core.definition import Definition
from treadle.core.errors import TreadleError
from treadle.core.operation import Call, performs
from treadle.data.artifacts import outputs_of
from treadle.runs import documents
from treadle.runs.evaluation import Pending, equal_runs, evaluate
from treadle.runs.operations import load
from treadle.runs.rows import environment_of, inputs_of, metrics_of, run_of, waits_for, whole
from treadle.runs.rules import check_arguments, compare_code, compare_environment, differences, key_parts, run_seed
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

Sides = tuple[Definition, Code | None, Environment | None, dict[str, Any], dict[str, str]]


def _sides(tx: Transaction, row: Row[Any]) -> Sides:
    definition = documents.fetch(tx, [row.definition], Definition)[row.definition]
    code = documents.one(tx, row.code, Code)
    held = environment_of(tx, row)
    environment = documents.one(tx, held, Environment)
    inputs = {f"{i.name}[{i.position}]" if i.position else i.name: i.digest for i in inputs_of(tx, row.id)}
    return definition, code, environment, row.parameters, inputs


@performs(words.why)
def why(request: words.RunRef, call: Call, store: Database) -> words.Why:
    with store.reading(call) as tx:
        return _why(tx, load(tx, request.run), deep=True)


def _why(tx: Transaction, row: Row[Any], *, deep: bool) -> words.Why:
    children: tuple[words.Why, ...] = ()
    if deep:
        rows = tx.all(select(t.run).where(t.run.c.parent == row.id).order_by(t.run.c.id).limit(200))
        children = tuple(_why(tx, child, deep=False) for child in rows)
    shown = run_of(row, waits_for=waits_for(row))
    story = tuple(_line(entry) for entry in _story(tx, row)) if deep else ()
    if row.reused_from:
        sentence = f"reused the result of run {row.reused_from}: definition, code, parameters, inputs and environment are equal"
        return words.Why(run=shown, sentence=sentence, compared_with=row.reused_from, story=story, children=children)
    if row.kind in ("pipeline", "script"):
        what = (
            "a pipeline's body is always performed; its steps are reused one by one"
            if row.kind == "pipeline"
            else "it is a script that ran by itself"
        )
        return words.Why(run=shown, sentence=what, story=story, children=children)
    options = msgspec.convert(row.options, Options)
    earlier = _earlier(tx, row)
    if not options.cache:
        again = f" (it reproduces run {options.reproduces})" if options.reproduces else ""
        sentence = f"performed because it was asked for without the cache{again}"
        return words.Why(run=shown, sentence=sentence, compared_with=earlier.id if earlier else None, story=story, children=children)
    definition = documents.fetch(tx, [row.definition], Definition)[row.definition]
    if definition.cache is False:
        return words.Why(run=shown, sentence="performed because the step says cache=False", story=story, children=children)
    if earlier is None:
        return words.Why(
            run=shown, sentence=f"performed because no earlier run of `{row.step}` has finished", story=story, children=children
        )
    parts = key_parts(_sides(tx, row), _sides(tx, earlier))
    return words.Why(
        run=shown, sentence=_sentence(row, parts, earlier), compared_with=earlier.id, parts=parts, story=story, children=children
    )


def _sentence(row: Row[Any], parts: Sequence[KeyPart], earlier: Row[Any]) -> str:
    changed = [p for p in parts if not p.equal]
    if row.state == "queued":
        return f"it has not started; it waits for {waits_for(row)}"
    if not changed:
        return f"performed although run {earlier.id} is equal: that run had not finished when this one started"
    details = [line for p in changed for line in p.detail[:3]]
    return f"performed because {' and '.join(p.part for p in changed)} changed since run {earlier.id}: {'; '.join(details[:6])}"


def _earlier(tx: Transaction, row: Row[Any]) -> Row[Any] | None:
    """The run to compare with: the newest earlier finished run of the same step, at the same call of its pipeline if there is one."""
    query = select(t.run).where(
        t.run.c.step == row.step, t.run.c.kind == row.kind, t.run.c.project == row.project, t.run.c.id < row.id, t.run.c.state == "done"
    )
    query = query.order_by(t.run.c.id.desc()).limit(1)
    if row.call_key:
        same = tx.first(query.where(t.run.c.call_key == row.call_key, t.run.c.root != row.root))
        if same is not None:
            return same
        return tx.first(query.where(t.run.c.root != row.root))
    return tx.first(query)


def _story(tx: Transaction, row: Row[Any]) -> list[Row[Any]]:
    return list(tx.all(select(t.journal).where(t.journal.c.subject == f"run:{row.id}").order_by(t.journal.c.id).limit(100)))


def _line(entry: Row[Any]) -> str:
    at = datetime.datetime.fromtimestamp(entry.at, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    words = {
        k: v
        for k, v in entry.data.items()
        if k in ("reason", "message", "attempt", "reused_from", "wall", "why", "of", "again") and v not in (None, "")
    }
    detail = ", ".join(f"{k} {v}" for k, v in words.items())
    cause = f" (caused by entry {entry.cause})" if entry.cause else ""
    return f"{at} {entry.kind} by {entry.actor}{cause}{': ' + detail if detail else ''}"


@performs(words.diff)
def diff(request: words.DiffRuns, call: Call, store: Database) -> words.RunDiff:
    with store.reading(call) as tx:
        a, b = load(tx, request.a), load(tx, request.b)
        left, right = whole(tx, a), whole(tx, b)
        rows = differences("state", _about(left), _about(right))
        rows += differences("parameters", left.parameters, right.parameters)
        metrics = metrics_of(tx, [a.id, b.id])
        rows += differences("metrics", {m.name: m.last for m in metrics.get(a.id, [])}, {m.name: m.last for m in metrics.get(b.id, [])})
        rows += differences("inputs", _inputs(left), _inputs(right))
        rows += differences("outputs", _outputs(left), _outputs(right))
        rows += _changed("code", compare_code(right.code, left.code), _digest(left.code), _digest(right.code))
        here, there = left.environment, right.environment
        rows += _changed("environment", compare_environment(there, here), _digest(here), _digest(there))
        rows += _children(tx, left, right)
    return words.RunDiff(a=left, b=right, differences=tuple(rows))


def _digest(value: Code | Environment | None) -> str | None:
    return value.digest if value is not None else None


def _about(run: Run) -> dict[str, Any]:
    wall = run.ended_at - run.started_at if run.ended_at and run.started_at else None
    state = "done, reused" if run.reused_from else run.state
    return {"state": state, "step": run.step, "engine": run.engine, "seconds": wall, "commit": run.code.commit if run.code else None}


def _inputs(run: Run) -> dict[str, str]:
    return {f"{i.name}[{i.position}]" if i.position else i.name: f"{i.source} {i.digest[:12]}" for i in run.inputs}


def _outputs(run: Run) -> dict[str, str]:
    return {a.name: f"{a.format} {a.digest[:12]}" for a in run.outputs}


def _changed(section: str, lines: Sequence[str], a: str | None, b: str | None) -> list[Difference]:
    rows = [Difference(section=section, name="digest", a=(a or "")[:12] or None, b=(b or "")[:12] or None, equal=a == b)]
    return rows + [Difference(section=section, name=line, a=None, b=None, equal=False) for line in lines]


def _children(tx: Transaction, left: Run, right: Run) -> list[Difference]:
    """For two pipelines: their steps side by side, by call."""
    rows: list[Difference] = []
    a, b = ({c.call_key or c.step: c for c in run.children} for run in (left, right))
    outputs = outputs_of(tx, [c.id for c in (*left.children, *right.children)])
    for key in dict.fromkeys([*a, *b]):
        values = [_child(side.get(key), outputs) for side in (a, b)]
        rows.append(Difference(section="steps", name=key, a=values[0], b=values[1], equal=values[0] == values[1]))
        pair = [{m.name: m.last for m in side[key].metrics} if key in side else {} for side in (a, b)]
        rows += [msgspec.structs.replace(d, name=f"{key} {d.name}") for d in differences("metrics", pair[0], pair[1])]
    return rows


def _child(run: Run | None, outputs: dict[int, Any]) -> str | None:
    if run is None:
        return None
    return f"{run.state} " + " ".join(a.digest[:12] for a in outputs.get(run.id, []))


@performs(words.plan)
def plan(request: words.PlanRun, call: Call, store: Database) -> words.Planned:
    """Whether a call would be answered from the cache now. Writes nothing."""
    with store.reading(call) as tx:
        filled = check_arguments(request.definition, request.parameters, request.bindings)
        pending = Pending(
            id=0, definition="", code="", parameters=filled, bindings=request.bindings, seed=run_seed(request.definition, None, filled)
        )
        try:
            one = evaluate(tx, [pending], request.environment.digest, known={"": (request.definition, request.code)})[0]
        except TreadleError as error:
            return words.Planned(because=error.what)
        if one.failure is not None:
            return words.Planned(because=one.failure.message)
        if one.key is None:
            return words.Planned(
                because="its step says cache=False" if request.definition.cache is False else "a pipeline's body is always performed"
            )
        equal = equal_runs(tx, [one.key]).get(one.key)
        if equal is not None:
            source = equal.reused_from or equal.id
            return words.Planned(reuse=source, outputs=tuple(outputs_of(tx, [source]).get(source, ())), because="equal")
        return words.Planned(because=_difference(tx, request, filled, one.lineage, call.project))


def _difference(
    tx: Transaction, request: words.PlanRun, parameters: dict[str, Any], lineage: Sequence[dict[str, Any]], project: str
) -> str:
    query = (
        select(t.run)
        .where(t.run.c.step == request.definition.name, t.run.c.project == project, t.run.c.state == "done")
        .order_by(t.run.c.id.desc())
        .limit(1)
    )
    earlier = tx.first(query)
    if earlier is None:
        return "it has never finished before"
    inputs = {f"{line['name']}[{line['position']}]" if line["position"] else line["name"]: line["digest"] for line in lineage}
    parts = key_parts((request.definition, request.code, request.environment, parameters, inputs), _sides(tx, earlier))
    details = [line for p in parts if not p.equal for line in p.detail[:2]]
    return f"since run {earlier.id}: {'; '.join(details[:4])}" if details else f"it differs from run {earlier.id}"

"""Endpoints and what answers there: declared, released, rolled back, steered."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row

from treadle.contract import serving as words
from treadle.contract.serving import Endpoint, Plan, Planned, Revision, Rollout
from treadle.core.errors import Conflict, NotAllowed, StateError, UsageError
from treadle.core.ids import parse_model_ref
from treadle.core.operation import Call, performs
from treadle.registry.operations import drop_alias, move_alias
from treadle.registry.versions import aliases_of, find_version, locked_model, version_by_id, version_of
from treadle.serving import rules
from treadle.serving.rows import (
    all_endpoints,
    chunk_of,
    end_rollout,
    endpoint_of,
    find_endpoint,
    next_generation,
    revisions_of,
    rollout_of,
    running_rollout,
    settings_of,
    traffic_of,
    write_revisions,
)
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

ALIASES = {"live": "champion", "canary": "challenger", "shadow": "shadow"}
"""The alias of its model that follows the revision in a role."""


@performs(words.list_endpoints)
def list_endpoints(request: words.ListEndpoints, call: Call, store: Database) -> list[Endpoint]:
    with store.reading(call) as tx:
        rows = all_endpoints(tx, everywhere=request.everywhere)
        return [endpoint_of(tx, row, counted=not request.everywhere) for row in rows]


@performs(words.get_endpoint)
def get_endpoint(request: words.EndpointName, call: Call, store: Database) -> Endpoint:
    with store.reading(call) as tx:
        return endpoint_of(tx, find_endpoint(tx, request.endpoint))


@performs(words.list_rollouts)
def list_rollouts(request: words.Rollouts, call: Call, store: Database) -> list[Rollout]:
    with store.reading(call) as tx:
        row = find_endpoint(tx, request.endpoint)
        query = select(t.rollout).where(t.rollout.c.endpoint == row.id).order_by(t.rollout.c.id.desc())
        return [rollout_of(one, row.name) for one in tx.all(query.limit(max(1, min(request.limit, 1000))))]


@performs(words.declare_endpoint)
def declare_endpoint(request: words.DeclareEndpoint, call: Call, store: Database) -> Endpoint:
    """The model need not exist yet: its first version may still be in training."""
    rules.check_endpoint(request.endpoint, request.settings)
    with store.transaction(call) as tx:
        model = locked_model(tx, request.model).id
        settings = msgspec.to_builtins(request.settings)
        known = tx.first(select(t.endpoint).where(t.endpoint.c.name == request.endpoint).with_for_update())
        if known is None:
            tx.execute(
                insert(t.endpoint),
                {
                    "project": call.project,
                    "name": request.endpoint,
                    "model": model,
                    "settings": settings,
                    "state": "on",
                    "generation": 1,
                    "address": "",
                    "created_at": tx.now,
                },
            )
            tx.news("endpoint.declared", f"endpoint:{request.endpoint}", endpoint=request.endpoint, model=request.model)
        elif known.model != model:
            raise Conflict(
                f"endpoint `{request.endpoint}` answers for another model", hint=f"treadle endpoints remove {request.endpoint}, then again"
            )
        elif known.settings != settings:
            next_generation(tx, known.id, settings=settings)
            changed = sorted(k for k in settings.keys() | known.settings.keys() if settings.get(k) != known.settings.get(k))
            tx.news("endpoint.changed", f"endpoint:{request.endpoint}", endpoint=request.endpoint, model=request.model, changed=changed)
        return endpoint_of(tx, find_endpoint(tx, request.endpoint))


@performs(words.switch_endpoint)
def switch_endpoint(request: words.SwitchEndpoint, call: Call, store: Database) -> Endpoint:
    with store.transaction(call) as tx:
        row = find_endpoint(tx, request.endpoint, lock=True)
        state = "on" if request.on else "off"
        if row.state != state:
            next_generation(tx, row.id, state=state)
            tx.news(f"endpoint.{state}", f"endpoint:{row.name}", endpoint=row.name, model=row.model_name)
        return endpoint_of(tx, find_endpoint(tx, request.endpoint))


@performs(words.remove_endpoint)
def remove_endpoint(request: words.EndpointName, call: Call, store: Database) -> Endpoint:
    with store.transaction(call) as tx:
        row = find_endpoint(tx, request.endpoint, lock=True)
        if row.state != "off":
            raise StateError(f"endpoint `{row.name}` is on", hint=f"treadle endpoints off {row.name}")
        if tx.first(select(t.monitor.c.id).where(t.monitor.c.endpoint == row.id).limit(1)) is not None:
            raise Conflict(f"a monitor watches endpoint `{row.name}`", hint="treadle monitors, then treadle monitors remove NAME")
        last = endpoint_of(tx, row)
        for table in (t.label, t.prediction_chunk, t.traffic, t.traffic_minute, t.rollout, t.revision):
            tx.execute(delete(table).where(table.c.endpoint == row.id))
        tx.execute(delete(t.endpoint).where(t.endpoint.c.id == row.id))
        tx.news("endpoint.removed", f"endpoint:{row.name}", endpoint=row.name, model=row.model_name)
        return last


# --- releases --------------------------------------------------------------------------------------------------------


@performs(words.release)
def release(request: words.Release, call: Call, store: Database) -> Endpoint:
    """Repeating a release with its key changes nothing."""
    rules.check_stages(request.stages, request.guardrails)
    with store.transaction(call) as tx:
        row = find_endpoint(tx, request.endpoint, lock=True)
        if request.key is not None and tx.first(select(t.rollout.c.id).where(t.rollout.c.key == request.key)) is not None:
            return endpoint_of(tx, row)
        version = find_version(tx, parse_model_ref(request.ref))
        _check_version(row, version_of(tx, version), request)
        before = revisions_of(tx, row.id)
        live = rules.live_of(before)
        replaced = running_rollout(tx, row.id)
        if live is not None and live.version == version.number and replaced is None:
            raise StateError(f"{live.ref} is live on endpoint `{row.name}` already", hint=f"treadle endpoints show {row.name}")
        number = max((one.number for one in before), default=0) + 1
        if replaced is not None:
            _take_back(tx, row, replaced, f"the release of {version.model_name}@v{version.number} took its place")
            before = revisions_of(tx, row.id)
        changed = rules.released(before, number, version.model_name, version.number, request.stages, tx.now)
        write_revisions(tx, row.id, changed, new={number: version.id})
        made = changed[-1]
        rollout = _write_rollout(tx, row, request, number, live, staged=made.role != "live")
        next_generation(tx, row.id)
        follow_aliases(tx, row, f"release to endpoint {row.name}")
        facts = _facts(row, made, rollout=rollout, former=live.ref if live else "")
        words_of = [rules.stage_words(stage) for stage in request.stages] if made.role != "live" else []
        tx.news("rollout.started", f"endpoint:{row.name}", stages=words_of, override=request.override, **facts)
        if made.role == "live":
            tx.news("rollout.done", f"endpoint:{row.name}", seconds=0.0, **facts)
            tx.news("revision.live", f"endpoint:{row.name}", **facts)
        return endpoint_of(tx, find_endpoint(tx, request.endpoint))


def _check_version(row: Row[Any], version: Any, request: words.Release) -> None:
    if version.model != row.model_name:
        raise UsageError(f"endpoint `{row.name}` answers for `{row.model_name}`, not for `{version.model}`", hint="treadle endpoints")
    if version.stage != "approved" and not request.override:
        broken = next((gate for gate in version.gates if gate.state != "passed"), None)
        why = f": {broken.gate}: {broken.sentence}" if broken else ""
        raise NotAllowed(
            f"{version.ref} is {version.stage}, and only approved versions are released{why}",
            hint=f"treadle models show {version.ref}; to release it all the same: --override REASON",
        )


def _write_rollout(tx: Transaction, row: Row[Any], request: words.Release, number: int, live: Revision | None, *, staged: bool) -> int:
    traffic = traffic_of(tx, row.id)
    values = {
        "endpoint": row.id,
        "revision": number,
        "former": live.number if live else None,
        "stages": msgspec.to_builtins(request.stages) if staged else [],
        "guardrails": msgspec.to_builtins(request.guardrails),
        "stage": 0,
        "state": "running" if staged else "done",
        "reason": "" if staged else ("released at once" if live else "the first release"),
        "override": request.override,
        "evidence": {"base": rules.kept(traffic)},
        "started_at": tx.now,
        "stage_at": tx.now,
        "ended_at": None if staged else tx.now,
        "actor": tx.call.actor,
        "cause": tx.call.cause,
        "key": request.key,
    }
    tx.execute(insert(t.rollout), values)
    found = tx.all(select(func.max(t.rollout.c.id)).where(t.rollout.c.endpoint == row.id, t.rollout.c.revision == number))
    return int(found[0][0])


def _take_back(tx: Transaction, row: Row[Any], rollout: Row[Any], reason: str) -> bool:
    """Ends a running rollout in favour of what is live."""
    if not end_rollout(tx, rollout, "taken back", reason):
        return False
    before = revisions_of(tx, row.id)
    write_revisions(tx, row.id, rules.taken_back(before, rollout.revision, tx.now, reason))
    next_generation(tx, row.id)
    one = next(r for r in before if r.number == rollout.revision)
    live = rules.live_of(before)
    seconds = tx.now - rollout.started_at
    facts = _facts(row, one, rollout=rollout.id, former=live.ref if live else "")
    tx.news("rollout.taken_back", f"endpoint:{row.name}", reason=reason, seconds=round(seconds, 3), **facts)
    return True


def follow_aliases(tx: Transaction, row: Row[Any], reason: str) -> None:
    """Moves champion, challenger and shadow of the endpoint's model to what has these roles now.

    Whoever released the version has been asked already whether it may go: a release on an override moves the alias as well.
    """
    tx.execute(select(t.model.c.id).where(t.model.c.id == row.model).with_for_update())
    revisions = revisions_of(tx, row.id)
    stands = aliases_of(tx, row.model)
    for role, alias in ALIASES.items():
        holder = next((one for one in revisions if one.role == role), None)
        if holder is not None:
            move_alias(tx, _numbered(tx, row.model, holder.version), alias, reason, overridden=True)
        elif alias in stands:
            drop_alias(tx, _numbered(tx, row.model, stands[alias]), alias, reason)


def _numbered(tx: Transaction, model: int, number: int) -> Row[Any]:
    found = tx.all(select(t.model_version.c.id).where(t.model_version.c.model == model, t.model_version.c.number == number))
    return version_by_id(tx, found[0].id)


def _facts(row: Row[Any], one: Revision, **more: Any) -> dict[str, Any]:
    return {"endpoint": row.name, "revision": one.number, "model": one.model, "version": one.version, "ref": one.ref, **more}


@performs(words.roll_back)
def roll_back(request: words.RollBack, call: Call, store: Database) -> Endpoint:
    reason = request.reason or f"asked for by {call.actor}"
    with store.transaction(call) as tx:
        row = find_endpoint(tx, request.endpoint, lock=True)
        if request.key is not None and tx.first(select(t.rollout.c.id).where(t.rollout.c.key == request.key)) is not None:
            return endpoint_of(tx, row)
        running = running_rollout(tx, row.id)
        if running is not None:
            _take_back(tx, row, running, reason)
            if request.key is not None:
                tx.execute(update(t.rollout).where(t.rollout.c.id == running.id, t.rollout.c.key.is_(None)).values(key=request.key))
        else:
            go_back(tx, row, reason, key=request.key)
        follow_aliases(tx, row, reason)
        return endpoint_of(tx, find_endpoint(tx, request.endpoint))


def go_back(tx: Transaction, row: Row[Any], reason: str, *, key: str | None = None) -> Revision:
    """The live revision gives way to the one before it; raises StateError where there is none."""
    before = revisions_of(tx, row.id)
    failed, back = rules.gone_back(before, tx.now, reason)
    write_revisions(tx, row.id, [failed, back])
    next_generation(tx, row.id)
    facts = _facts(row, failed, former=back.ref)
    started = tx.first(select(t.rollout).where(t.rollout.c.endpoint == row.id, t.rollout.c.revision == failed.number).limit(1))
    if started is not None:
        values: dict[str, Any] = {"state": "taken back", "reason": reason, "ended_at": tx.now}
        if key is not None:
            values["key"] = key
        tx.execute(update(t.rollout).where(t.rollout.c.id == started.id).values(**values))
        facts |= {"rollout": started.id, "seconds": round(tx.now - started.started_at, 3)}
    tx.news("rollout.taken_back", f"endpoint:{row.name}", reason=reason, **facts)
    tx.news("revision.live", f"endpoint:{row.name}", back=True, **_facts(row, back, former=failed.ref))
    return back


@performs(words.steer_rollout)
def steer_rollout(request: words.SteerRollout, call: Call, store: Database) -> Endpoint:
    """Pausing holds the stage, not the guardrails: a paused rollout is still taken back when it does harm."""
    moves = {"pause": ("running", "paused"), "resume": ("paused", "running")}
    with store.transaction(call) as tx:
        row = find_endpoint(tx, request.endpoint, lock=True)
        rollout = running_rollout(tx, row.id)
        if rollout is None:
            raise StateError(f"no rollout is under way on endpoint `{row.name}`", hint=f"treadle endpoints show {row.name}")
        if request.act == "advance":
            advance(tx, row, rollout, request.reason or f"asked for by {call.actor}")
        elif request.act in moves:
            expected, state = moves[request.act]
            if rollout.state != expected:
                raise StateError(f"the rollout is {rollout.state}", hint=f"treadle endpoints show {row.name}")
            tx.execute(update(t.rollout).where(t.rollout.c.id == rollout.id).values(state=state))
            one = next(r for r in revisions_of(tx, row.id) if r.number == rollout.revision)
            tx.news(f"rollout.{state}", f"endpoint:{row.name}", reason=request.reason, **_facts(row, one, rollout=rollout.id))
        else:
            raise UsageError(f"`{request.act}` is nothing that a rollout can do", hint="pause, resume or advance")
        return endpoint_of(tx, find_endpoint(tx, request.endpoint))


def advance(tx: Transaction, row: Row[Any], rollout: Row[Any], reason: str) -> bool:
    """Moves a rollout to its next stage, or ends it well behind the last one. False when somebody else was faster."""
    stages = rollout_of(rollout, row.name).stages
    following = rollout.stage + 1
    before = revisions_of(tx, row.id)
    one = next(r for r in before if r.number == rollout.revision)
    live = rules.live_of(before)
    facts = _facts(row, one, rollout=rollout.id, former=live.ref if live else "")
    if following < len(stages):
        statement = update(t.rollout).where(t.rollout.c.id == rollout.id, t.rollout.c.stage == rollout.stage)
        evidence = rollout.evidence
        base = {**evidence, "stage_base": rules.kept(traffic_of(tx, row.id)), "stage_labelled": evidence.get("labelled", 0)}
        if not tx.execute(statement.values(stage=following, stage_at=tx.now, state="running", evidence=base)).rowcount:
            return False
        role, share = rules.role_of(stages[following])
        write_revisions(tx, row.id, [msgspec.structs.replace(one, role=role, share=share)])
        tx.news("rollout.stage", f"endpoint:{row.name}", stage=following, share=share, reason=reason, **facts)
    else:
        if not end_rollout(tx, rollout, "done", reason):
            return False
        write_revisions(tx, row.id, rules.finished(before, rollout.revision, tx.now))
        tx.news("rollout.done", f"endpoint:{row.name}", reason=reason, seconds=round(tx.now - rollout.started_at, 3), **facts)
        tx.news("revision.live", f"endpoint:{row.name}", **facts)
    next_generation(tx, row.id)
    follow_aliases(tx, row, reason)
    return True


def take_back(tx: Transaction, row: Row[Any], rollout: Row[Any], reason: str) -> bool:
    """Ends a running rollout that did harm."""
    if not _take_back(tx, row, rollout, reason):
        return False
    follow_aliases(tx, row, reason)
    return True


# --- what an endpoint's process asks ------------------------------------------------------------------------------------


@performs(words.get_plan)
def get_plan(request: words.GetPlan, call: Call, store: Database) -> Plan:
    with store.reading(call) as tx:
        row = find_endpoint(tx, request.endpoint)
        plan = Plan(endpoint=row.name, state=row.state, generation=row.generation, settings=settings_of(row))
        if row.generation == request.known:
            return plan
        query = select(t.revision).where(t.revision.c.endpoint == row.id, t.revision.c.role.in_(rules.ANSWERING))
        planned = [_planned(tx, one) for one in tx.all(query.order_by(t.revision.c.number))]
        return msgspec.structs.replace(plan, revisions=tuple(planned))


def _planned(tx: Transaction, row: Row[Any]) -> Planned:
    version = version_of(tx, version_by_id(tx, row.version))
    return Planned(
        number=row.number,
        model=version.model,
        version=version.number,
        role=row.role,
        share=row.share,
        artifact=version.artifact,
        onnx=version.onnx,
        signature=version.signature,
        label=version.label,
        profile=version.profile,
        sample=version.sample,
    )


@performs(words.list_predictions)
def list_predictions(request: words.ListPredictions, call: Call, store: Database) -> list[words.PredictionChunk]:
    with store.reading(call) as tx:
        row = find_endpoint(tx, request.endpoint)
        chunk = t.prediction_chunk
        query = select(chunk).where(chunk.c.endpoint == row.id, chunk.c.id > request.after)
        if request.start is not None:
            query = query.where(chunk.c.last >= request.start)
        if request.end is not None:
            query = query.where(chunk.c.first <= request.end)
        return [chunk_of(one) for one in tx.all(query.order_by(chunk.c.id).limit(max(1, min(request.limit, 10_000))))]

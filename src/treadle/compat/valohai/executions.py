"""Executions: asked for, listed, followed, stopped and deleted."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from treadle.compat.valohai import told
from treadle.compat.valohai.commits import usable
from treadle.compat.valohai.data import datum_of, outputs_of
from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.wire import ValohaiError, answer, listed, moment
from treadle.contract.client_runs import KeyedRun, delete_run
from treadle.contract.projects import Commit, Project, secrets_group
from treadle.contract.runs import Options, ReadEvents, Run, StopRun, SubmitRun, read_events, stop, submit
from treadle.core.errors import InputError, ParameterError
from treadle.core.ids import new_key
from treadle.valohai import reading
from treadle.valohai.steps import Given, compile_step

NOUN = "executions"
_LIMIT = 2000
"""Log messages that are told when nothing is said of how many."""


class NewExecution(msgspec.Struct):
    project: str = ""
    commit: str = ""
    step: str = ""
    inputs: dict[str, list[str] | str] = {}
    parameters: dict[str, Any] = {}
    image: str = ""
    command: str | list[str] | None = None
    title: str = ""
    environment: str = ""
    environment_variables: dict[str, str] = {}
    environment_variable_groups: list[str] = []
    tags: list[str] = []
    time_limit: float | None = None
    runtime_config: dict[str, Any] = {}
    allow_reuse: bool = False


@route("POST", "executions/")
async def create(ask: Ask) -> Any:
    said = await ask.body(NewExecution)
    project = await ask.project(said.project)
    commit = await usable(ask, project, said.commit)
    config = reading.parse(commit.text or "", commit.yaml)
    step = config.steps.get(said.step)
    if step is None:
        known = ", ".join(config.steps) or "none"
        raise ValohaiError(400, "does_not_exist", f"{commit.yaml} declares no step `{said.step}`; its steps are {known}", "step")
    given = Given(
        parameters=said.parameters,
        inputs={name: [value] if isinstance(value, str) else value for name, value in said.inputs.items()},
        image=said.image or None,
        command=said.command,
        variables=variables_of(project) | {name: str(value) for name, value in said.environment_variables.items()},
        groups=(*groups_of(project), *said.environment_variable_groups),
        time_limit=said.time_limit or None,
        no_output_timeout=said.runtime_config.get("no_output_timeout"),
        reuse=said.allow_reuse,
    )
    try:
        compiled = compile_step(step, given, yaml=commit.yaml)
    except (ParameterError, InputError) as error:
        field = "parameters" if isinstance(error, ParameterError) else "inputs"
        raise ValohaiError(400, "invalid", f"{error.what}; {error.hint}" if error.hint else error.what, field) from error
    asked = SubmitRun(
        key=new_key(),
        definition=compiled.definition,
        parameters=compiled.parameters,
        bindings=compiled.bindings,
        code=commit.code,
        options=options_of(said.tags, said.title, commit, (await ask.door.caller(ask.request)).actor),
    )
    run = await ask.perform(submit, asked, project=project.name)
    return answer(told.summary_of(run, project, ask, NOUN), 201)


def variables_of(project: Project) -> dict[str, str]:
    """The environment variables that every run of a project is given."""
    return {name: one.value for name, one in project.variables.items() if not one.secret}


def groups_of(project: Project) -> tuple[str, ...]:
    """The group that holds its secrets, where it has any."""
    return (secrets_group(project.name),) if any(one.secret for one in project.variables.values()) else ()


def options_of(tags: list[str], title: str, commit: Commit, actor: str) -> Options:
    made = {tag: "" for tag in tags if tag and not tag.startswith("valohai.")}
    made |= {"valohai.commit": commit.identifier, "valohai.creator": actor} | ({"valohai.title": title} if title else {})
    return Options(tags=made)


@route("GET", "executions/")
async def list_all(ask: Ask) -> dict[str, Any]:
    return listed([told.summary_of(run, project, ask, NOUN) for run, project in await told.search(ask, told.EXECUTIONS)])


@route("GET", "executions/multi_download_metadata_csv/")
async def metadata_of_many(ask: Ask) -> Any:
    """The last values of several executions, a line for each: the identifiers come in the body, or as `ids` in the query."""
    from starlette.responses import Response

    body = await ask.door.body(ask.request)
    wanted = list(msgspec.json.decode(body, type=_Identifiers).ids) if body else ask.queries("ids")
    rows: list[dict[str, Any]] = []
    for identifier in wanted:
        ask.path = {"reference": identifier}
        run, _ = await told.find(ask, NOUN, told.EXECUTIONS)
        rows.append({"id": identifier, "counter": run.id} | told.metadata_of(run))
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["id", "counter"]
    return Response(_csv(names, rows), media_type="text/csv")


class _Identifiers(msgspec.Struct):
    ids: list[str] = []


def _csv(names: list[str], rows: list[dict[str, Any]]) -> str:
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names)
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


@route("GET", "executions/{reference}/")
async def detail(ask: Ask) -> dict[str, Any]:
    run, project = await told.find(ask, NOUN, told.EXECUTIONS)
    made = told.execution_of(run, project, ask)
    excluded = ask.queries("exclude")
    if "outputs" not in excluded:
        made["outputs"] = [datum_of(one, ask) for one in await outputs_of(ask, run, project)]
    if "events" in ask.queries("include"):
        made["events"] = (await _events(ask, run, project, _LIMIT))["events"]
    return told.without(made, ask)


@route("DELETE", "executions/{reference}/")
async def delete(ask: Ask) -> Any:
    run, project = await told.find(ask, NOUN, told.EXECUTIONS)
    if not run.ended:
        raise ValohaiError(409, "conflict", f"execution #{run.id} has not ended: vh exec stop {run.id}")
    await ask.perform(delete_run, KeyedRun(run=run.key), project=project.name)
    return answer({})


@route("POST", "executions/{reference}/stop/")
async def stop_it(ask: Ask) -> dict[str, Any]:
    run, project = await told.find(ask, NOUN, told.EXECUTIONS)
    return await stopped(ask, run, project, "execution")


async def stopped(ask: Ask, run: Run, project: Project, noun: str) -> dict[str, Any]:
    if run.ended:
        return {"message": f"{noun} {run.id} has ended: {told.status_of(run)}"}
    await ask.perform(stop, StopRun(run=str(run.id), why="asked for over Valohai's API"), project=project.name)
    return {"message": f"stopping {noun} {run.id}"}


# --- what it says ------------------------------------------------------------------------------------------------------------------


@route("GET", "executions/{reference}/events/")
async def events(ask: Ask) -> dict[str, Any]:
    run, project = await told.find(ask, NOUN, told.EXECUTIONS)
    return await _events(ask, run, project, ask.number("limit", _LIMIT))


async def _events(ask: Ask, run: Run, project: Project, limit: int) -> dict[str, Any]:
    """The last `limit` messages; 0 stands for all of them."""
    found = await ask.perform(read_events, ReadEvents(run=str(run.id), limit=limit), project=project.name)
    said = [{"stream": one.stream, "time": moment(one.at), "message": one.message} for one in found.events]
    return {"total": found.total, "truncated": len(said) < found.total, "events": said}


@route("GET", "executions/{reference}/status-events/")
async def status_events(ask: Ask) -> dict[str, Any]:
    run, project = await told.find(ask, NOUN, told.EXECUTIONS)
    made = await _events(ask, run, project, 0)
    own = [one for one in made["events"] if one["stream"] == "status"]
    return {"status_events": own[-ask.number("limit", 100) :]}


@route("GET", "executions/{reference}/metadata/")
async def metadata(ask: Ask) -> list[dict[str, Any]]:
    """Every JSON object that was printed, with when that was."""
    run, project = await told.find(ask, NOUN, told.EXECUTIONS)
    found = []
    for one in (await _events(ask, run, project, 0))["events"]:
        if one["stream"] == "stdout" and one["message"].lstrip().startswith("{"):
            try:
                said = json.loads(one["message"])
            except ValueError:
                continue
            if isinstance(said, dict):
                found.append({"_time": one["time"]} | said)
    return found

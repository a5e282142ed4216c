"""Tasks: many executions of one step, which are sweeps of ours."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.compat.valohai import told
from treadle.compat.valohai.commits import usable
from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.executions import groups_of, options_of, stopped, variables_of
from treadle.compat.valohai.wire import ValohaiError, answer, listed
from treadle.contract.runs import submit
from treadle.core.errors import UsageError
from treadle.valohai import reading, tasks
from treadle.valohai.identity import uuid_of
from treadle.valohai.steps import Given

NOUN = "tasks"


class NewTask(msgspec.Struct):
    project: str = ""
    commit: str = ""
    step: str = ""
    type: str = "grid_search"
    parameters: dict[str, Any] = {}
    inputs: dict[str, list[str] | str] = {}
    configuration: dict[str, Any] = {}
    maximum_queued_executions: int | None = None
    on_child_error: str | None = None
    task_stop_expression: str | None = None
    allow_reuse: bool = False
    image: str = ""
    title: str = ""
    environment_variables: dict[str, str] = {}
    tags: list[str] = []


@route("POST", "tasks/")
async def create(ask: Ask) -> Any:
    said = await ask.body(NewTask)
    project = await ask.project(said.project)
    commit = await usable(ask, project, said.commit)
    config = reading.parse(commit.text or "", commit.yaml)
    step = config.steps.get(said.step)
    if step is None or commit.code is None:
        known = ", ".join(config.steps) or "none"
        raise ValohaiError(400, "does_not_exist", f"{commit.yaml} declares no step `{said.step}`; its steps are {known}", "step")
    template = {name.replace("_", "-"): value for name, value in msgspec.to_builtins(said).items() if value is not None}
    wanted, fixed = tasks.of_template(template, said.parameters, {})
    given = Given(
        parameters=fixed,
        inputs={name: [value] if isinstance(value, str) else value for name, value in said.inputs.items()},
        image=said.image or None,
        variables=variables_of(project) | {name: str(value) for name, value in said.environment_variables.items()},
        groups=groups_of(project),
    )
    options = options_of(said.tags, said.title, commit, (await ask.door.caller(ask.request)).actor)
    try:
        sweep = tasks.sweep_of(step, wanted, given, commit.code, yaml=commit.yaml, options=options)
        asked = tasks.submission(said.title or said.step, sweep, commit.code, options)
    except UsageError as error:
        raise ValohaiError(400, "invalid", f"{error.what}; {error.hint}" if error.hint else error.what, "parameters") from error
    run = await ask.perform(submit, asked, project=project.name)
    return answer(told.summary_of(run, project, ask, NOUN), 201)


@route("GET", "tasks/")
async def list_all(ask: Ask) -> dict[str, Any]:
    return listed([told.summary_of(run, project, ask, NOUN) for run, project in await told.search(ask, told.TASKS)])


@route("GET", "tasks/{reference}/")
async def detail(ask: Ask) -> dict[str, Any]:
    run, project = await told.find(ask, NOUN, told.TASKS)
    executions = [told.summary_of(child, project, ask, "executions") for child in run.children]
    made = told.summary_of(run, project, ask, NOUN) | {"executions": executions, "execution_count": len(executions)}
    return told.without(made, ask)


@route("GET", "tasks/{reference}/execution_ids/")
async def execution_ids(ask: Ask) -> list[str]:
    run, _ = await told.find(ask, NOUN, told.TASKS)
    return [uuid_of("run", child.id) for child in run.children]


@route("POST", "tasks/{reference}/stop/")
async def stop_it(ask: Ask) -> dict[str, Any]:
    run, project = await told.find(ask, NOUN, told.TASKS)
    return await stopped(ask, run, project, "task")

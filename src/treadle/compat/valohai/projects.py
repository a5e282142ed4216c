"""Projects, their environment variables, and what they fetch."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import msgspec

from treadle.compat.valohai.access import user
from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.wire import ValohaiError, listed, moment, read
from treadle.contract import projects as words
from treadle.contract.projects import Project
from treadle.contract.tracking import GroupRuns, group_runs
from treadle.core.errors import UsageError
from treadle.valohai.identity import named

_STATUS = {
    "queued": "queued",
    "starting": "started",
    "running": "started",
    "done": "complete",
    "failed": "error",
    "stopped": "stopped",
}


def project_of(one: Project, ask: Ask) -> dict[str, Any]:
    identifier = named("project", one.name)
    return {
        "id": identifier,
        "name": one.name,
        "description": one.description,
        "owner": user(one.actor or "treadle"),
        "yaml_path": one.yaml,
        "ctime": moment(one.created_at),
        "url": f"{ask.base}/api/v0/projects/{identifier}/",
        "urls": {"display": f"{ask.base}/runs?project={one.name}"},
        "repository": {"url": one.repository} if one.repository else None,
        "environment_variables": {
            name: {"value": None if variable.secret else variable.value, "secret": variable.secret}
            for name, variable in one.variables.items()
        },
    }


@route("GET", "projects/")
async def list_all(ask: Ask) -> dict[str, Any]:
    return listed([project_of(one, ask) for one in await ask.projects()])


class NewProject(msgspec.Struct):
    name: str = ""
    description: str = ""


@route("POST", "projects/")
async def create(ask: Ask) -> Any:
    body = await ask.door.body(ask.request)
    if ask.request.headers.get("content-type", "").startswith("application/json"):
        said = read(body, NewProject)
    else:
        form = parse_qs(body.decode(errors="replace"))
        said = NewProject(**{name: form[name][0] for name in ("name", "description") if name in form})
    if not said.name:
        raise ValohaiError(400, "required", "a project needs a name", "name")
    if any(named("project", said.name) == named("project", one.name) for one in await ask.projects() if one.name != said.name):
        raise ValohaiError(400, "invalid", f"`{said.name}` cannot be told from another project: choose another name", "name")
    try:
        made = await ask.perform(words.create_project, words.CreateProject(project=said.name, description=said.description))
    except UsageError as error:
        raise ValohaiError(400, "invalid", f"{error.what}: {error.hint}", "name") from error
    return project_of(made, ask)


@route("GET", "projects/ownership_options/")
async def ownership_options(ask: Ask) -> list[str]:
    return [(await ask.door.caller(ask.request)).actor]


@route("GET", "projects/{project}/")
async def detail(ask: Ask) -> dict[str, Any]:
    one = await ask.project(ask.path["project"])
    asked = GroupRuns(by="state", query="kind in (step, command)", children=True)
    groups = await ask.perform(group_runs, asked, project=one.name)
    counts: dict[str, int] = {"count": 0}
    for group in groups.groups:
        status = _STATUS.get(str(group.value), "created")
        counts[f"{status}_count"] = counts.get(f"{status}_count", 0) + group.runs
        counts["count"] += group.runs
    return project_of(one, ask) | {"execution_summary": counts}


@route("POST", "projects/{project}/fetch/")
async def fetch(ask: Ask) -> dict[str, Any]:
    one = await ask.project(ask.path["project"])
    fetched = await ask.perform(words.fetch_commits, words.ProjectName(project=one.name))
    return {"commits": [{"ref": commit.ref, "identifier": commit.identifier} for commit in fetched.commits], "errors": []}


class SaidVariable(msgspec.Struct):
    name: str = ""
    value: str = ""
    secret: bool = False


@route("POST", "projects/{project}/environment_variable/")
async def set_variable(ask: Ask) -> dict[str, Any]:
    one = await ask.project(ask.path["project"])
    said = await ask.body(SaidVariable)
    asked = words.SetVariable(project=one.name, name=said.name, value=said.value, secret=said.secret)
    await ask.perform(words.set_variable, asked)
    return {"name": said.name, "value": None if said.secret else said.value, "secret": said.secret}


@route("DELETE", "projects/{project}/environment_variable/")
async def drop_variable(ask: Ask) -> dict[str, Any]:
    one = await ask.project(ask.path["project"])
    said = await ask.body(SaidVariable)
    await ask.perform(words.drop_variable, words.DropVariable(project=one.name, name=said.name))
    return {}

"""Deployments and their versions."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from treadle.compat.valohai.access import user
from treadle.compat.valohai.commits import usable
from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.executions import groups_of, variables_of
from treadle.compat.valohai.wire import ValohaiError, answer, listed, moment
from treadle.contract import deployments as words
from treadle.contract.deployments import ROUTE, Deployment, DeploymentVersion
from treadle.contract.projects import Project
from treadle.contract.runs import Binding
from treadle.core.errors import UsageError
from treadle.core.ids import new_key
from treadle.valohai import reading
from treadle.valohai.applications import application_of
from treadle.valohai.identity import named, number_of, uuid_of


def _deployment_of(one: Deployment, ask: Ask) -> dict[str, Any]:
    identifier = named("deployment", f"{one.project}:{one.name}")
    return {
        "id": identifier,
        "name": one.name,
        "project": {"id": named("project", one.project), "name": one.project},
        "version_count": one.versions,
        "aliases": [{"name": alias, "version": version} for alias, version in one.aliases.items()],
        "ctime": moment(one.created_at),
        "url": f"{ask.base}/api/v0/deployments/{identifier}/",
        "urls": {"display": f"{ask.base}{ROUTE}/{one.project}/{one.name}"},
    }


def _version_of(one: DeploymentVersion, ask: Ask) -> dict[str, Any]:
    identifier = uuid_of("deployment", one.id)
    address = f"{ask.base}{ROUTE}/{one.project}/{one.deployment}/{one.name}"
    return {
        "id": identifier,
        "name": one.name,
        "deployment": named("deployment", f"{one.project}:{one.deployment}"),
        "enabled": one.enabled,
        "commit": {"identifier": one.commit},
        "creator": user(one.actor),
        "ctime": moment(one.created_at),
        "endpoint_urls": {name: f"{address}/{name}/" for name in one.applications},
        "url": f"{ask.base}/api/v0/deployment-versions/{identifier}/",
        "urls": {"display": address},
    }


async def _all(ask: Ask) -> list[tuple[Deployment, Project]]:
    one = await ask.project_of_query()
    return [
        (deployment, project)
        for project in ([one] if one else await ask.projects())
        for deployment in await ask.perform(words.list_deployments, words.ListDeployments(), project=project.name)
    ]


async def _find(ask: Ask, text: str) -> tuple[Deployment, Project]:
    for one, project in await _all(ask):
        if text.lower() in (named("deployment", f"{one.project}:{one.name}"), one.name.lower()):
            return one, project
    raise ValohaiError(404, "not_found", f"there is no deployment {text[:80]}")


@route("GET", "deployments/")
async def list_all(ask: Ask) -> dict[str, Any]:
    return listed([_deployment_of(one, ask) for one, _ in await _all(ask)])


class NewDeployment(msgspec.Struct):
    project: str = ""
    name: str = ""


@route("POST", "deployments/")
async def create(ask: Ask) -> Any:
    said = await ask.body(NewDeployment)
    project = await ask.project(said.project)
    made = await ask.perform(words.add_deployment, words.AddDeployment(deployment=said.name), project=project.name)
    return answer(_deployment_of(made, ask), 201)


@route("GET", "deployments/{deployment}/")
async def detail(ask: Ask) -> dict[str, Any]:
    return _deployment_of((await _find(ask, ask.path["deployment"]))[0], ask)


@route("GET", "deployments/{deployment}/suggest_version_name/")
async def suggest_version_name(ask: Ask) -> dict[str, Any]:
    one, project = await _find(ask, ask.path["deployment"])
    known = await ask.perform(words.list_versions, words.ListDeploymentVersions(deployment=one.name), project=project.name)
    day, taken = time.strftime("%Y%m%d", time.gmtime()), {version.name for version in known}
    return {"name": next(name for count in range(len(taken) + 1) if (name := f"{day}.{count}") not in taken)}


@route("GET", "deployment-versions/")
async def versions(ask: Ask) -> dict[str, Any]:
    said = ask.query("deployment")
    pairs = [await _find(ask, said)] if said else await _all(ask)
    found = [
        version
        for one, project in pairs
        for version in await ask.perform(words.list_versions, words.ListDeploymentVersions(deployment=one.name), project=project.name)
    ]
    return listed([_version_of(version, ask) for version in found[: ask.number("limit", 100)]])


class Configuration(msgspec.Struct):
    enabled: bool = True
    files: dict[str, str | list[str]] = {}


class NewVersion(msgspec.Struct):
    deployment: str = ""
    commit: str = ""
    name: str = ""
    enabled: bool = True
    environment_variables: dict[str, str] = {}
    inherit_environment_variables: bool = True
    endpoint_configurations: dict[str, Configuration] = {}
    aliases: list[str] = []


@route("POST", "deployment-versions/")
async def create_version(ask: Ask) -> Any:
    said = await ask.body(NewVersion)
    one, project = await _find(ask, said.deployment)
    commit = await usable(ask, project, said.commit)
    config = reading.parse(commit.text or "", commit.yaml)
    try:
        applications = {
            name: application_of(config, name, {file: _datum(value, file) for file, value in configuration.files.items()}, commit.yaml)
            for name, configuration in said.endpoint_configurations.items()
            if configuration.enabled
        }
    except UsageError as error:
        raise ValohaiError(
            400, "invalid", f"{error.what}; {error.hint}" if error.hint else error.what, "endpoint_configurations"
        ) from error
    assert commit.code is not None
    inherited = said.inherit_environment_variables
    asked = words.AddDeploymentVersion(
        key=new_key(),
        deployment=one.name,
        name=said.name,
        commit=commit.identifier,
        code=commit.code,
        applications=applications,
        variables=(variables_of(project) if inherited else {}) | said.environment_variables,
        groups=groups_of(project) if inherited else (),
        aliases=tuple(said.aliases),
        enabled=said.enabled,
    )
    return answer(_version_of(await ask.perform(words.add_version, asked, project=project.name), ask), 201)


def _datum(value: str | list[str], file: str) -> Binding:
    text = (value if isinstance(value, str) else value[0] if value else "").removeprefix("datum://")
    number = number_of("datum", text)
    if not text:
        raise ValohaiError(400, "required", f"the file `{file}` is no datum", "endpoint_configurations")
    return Binding(datum=str(number) if number is not None else text)
